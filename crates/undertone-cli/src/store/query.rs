//! Reading a store: headlines, and counts of them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::Store;
use super::counts::{CHUNK, UNIT};
use super::database::{Database, Row, Value, all, first, integer, places, text};
use super::record::key;
use super::schema::{EVERYTHING, LABEL, NAME, SOURCE};
use super::times::{DAY, HOUR, HOURS_OF_DAY, optional, time};

/// Which headlines are wanted: those for which all holds that is given.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Filter<'a> {
    pub(crate) label: Option<&'a str>,
    /// A coin or company that they are about.
    pub(crate) name: Option<&'a str>,
    /// The publisher.
    pub(crate) source: Option<&'a str>,
}

/// A headline of the store.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct StoredHeadline {
    /// Its number for ever. A headline that is stored later has a higher one, and none is given
    /// again after a headline was forgotten.
    pub(crate) id: i64,
    pub(crate) title: String,
    /// The publisher.
    pub(crate) source: String,
    pub(crate) url: Option<String>,
    pub(crate) published: Option<DateTime<Utc>>,
    pub(crate) first_seen: DateTime<Utc>,
    pub(crate) last_seen: DateTime<Utc>,
    /// The time to which it belongs: the earlier of `published` and `first_seen`.
    pub(crate) at: DateTime<Utc>,
    pub(crate) label: String,
    /// The probability of the label.
    pub(crate) confidence: f64,
    /// The probabilities as JSON: label → probability.
    pub(crate) probabilities: String,
    /// The SHA-256 of the model's file.
    pub(crate) model: String,
    /// The coins and companies that it is about.
    pub(crate) names: Vec<String>,
}

/// Of which headlines counts are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Subject<'a> {
    All,
    /// About a coin or company
    Name(&'a str),
    /// Of a publisher
    Source(&'a str),
}

/// What there are counts for, one by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Coins and companies
    Name,
    /// Publishers
    Source,
}

impl Kind {
    /// The kind of its terms.
    fn of_terms(self) -> &'static str {
        match self {
            Self::Name => NAME,
            Self::Source => SOURCE,
        }
    }
}

/// The headlines of a label in an hour or a day.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Period {
    /// Its first moment, in UTC.
    pub(crate) start: DateTime<Utc>,
    pub(crate) label: String,
    pub(crate) headlines: i64,
}

/// The headlines of a label about a name, or of a source.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Total {
    pub(crate) term: String,
    pub(crate) label: String,
    pub(crate) headlines: i64,
}

/// The columns of a [`StoredHeadline`]; scalar subqueries, so that no plan begins with terms.
const COLUMNS: &str =
    "id, title, url, published, first_seen, last_seen, at, confidence, probabilities,
    (SELECT term FROM terms WHERE terms.id = headlines.source),
    (SELECT term FROM terms WHERE terms.id = headlines.label),
    (SELECT term FROM terms WHERE terms.id = headlines.model)";

fn headline(row: &dyn Row) -> anyhow::Result<StoredHeadline> {
    Ok(StoredHeadline {
        id: integer(row, 0)?,
        title: text(row, 1)?,
        url: row.text(2)?,
        published: optional(row.integer(3)?),
        first_seen: time(integer(row, 4)?),
        last_seen: time(integer(row, 5)?),
        at: time(integer(row, 6)?),
        confidence: integer(row, 7)? as f64 / UNIT,
        probabilities: text(row, 8)?,
        source: text(row, 9)?,
        label: text(row, 10)?,
        model: text(row, 11)?,
        names: Vec::new(),
    })
}

/// The number of a term, if the store has it.
fn term(database: &mut dyn Database, kind: &str, term: &str) -> anyhow::Result<Option<i64>> {
    let key = key(kind, term);
    first(database, "SELECT id FROM terms WHERE key = $1", &[key[..].into()], |row| integer(row, 0))
}

/// Adds the names that headlines are about.
fn add_names(database: &mut dyn Database, headlines: &mut [StoredHeadline]) -> anyhow::Result<()> {
    let mut names: BTreeMap<i64, Vec<String>> = BTreeMap::new();
    for chunk in headlines.chunks(CHUNK) {
        let ids: Vec<Value<'_>> = chunk.iter().map(|one| one.id.into()).collect();
        let select = format!(
            "SELECT headline, term FROM mentions JOIN terms ON terms.id = mentions.name
             WHERE headline IN {} ORDER BY headline, term",
            places(1, ids.len())
        );
        database.query(&select, &ids, &mut |row| {
            names.entry(integer(row, 0)?).or_default().push(text(row, 1)?);
            Ok(())
        })?;
    }
    for headline in headlines {
        headline.names = names.remove(&headline.id).unwrap_or_default();
    }
    Ok(())
}

/// Adds the numbers of the terms that a filter names to the values of a statement, and returns the
/// places of name, source and label there. `None` if the store lacks one: no headline has it.
fn places_of(
    database: &mut dyn Database,
    filter: &Filter<'_>,
    values: &mut Vec<Value<'_>>,
) -> anyhow::Result<Option<[Option<usize>; 3]>> {
    let mut places = [None; 3];
    for (place, (kind, wanted)) in
        places.iter_mut().zip([(NAME, filter.name), (SOURCE, filter.source), (LABEL, filter.label)])
    {
        let Some(wanted) = wanted else { continue };
        let Some(found) = term(database, kind, wanted)? else { return Ok(None) };
        values.push(found.into());
        *place = Some(values.len());
    }
    Ok(Some(places))
}

/// On which side of an id headlines are wanted, and in which order.
#[derive(Debug, Clone, Copy)]
pub(super) enum Side {
    Before(i64),
    After(i64),
}

/// Headlines on one side of an id, those that are nearest to it.
pub(super) fn select(
    database: &mut dyn Database,
    filter: &Filter<'_>,
    side: Side,
    limit: u32,
) -> anyhow::Result<Vec<StoredHeadline>> {
    let (compared, order, id) = match side {
        Side::Before(id) => ("<", "DESC", id),
        Side::After(id) => (">", "ASC", id),
    };
    let mut values = vec![Value::Integer(id), i64::from(limit).into()];
    let Some([name, source, label]) = places_of(database, filter, &mut values)? else {
        return Ok(Vec::new());
    };
    // The index of what is rarest is walked; the plus keeps the others out of the plan.
    let (table, column) = match name {
        Some(_) => ("mentions JOIN headlines ON headlines.id = mentions.headline", "headline"),
        None => ("headlines", "id"),
    };
    let mut conditions = vec![format!("{column} {compared} $1")];
    conditions.extend(name.map(|n| format!("mentions.name = ${n}")));
    let plus = if name.is_some() { "+" } else { "" };
    conditions.extend(source.map(|n| format!("{plus}source = ${n}")));
    let plus = if name.is_some() || source.is_some() { "+" } else { "" };
    conditions.extend(label.map(|n| format!("{plus}label = ${n}")));
    let statement = format!(
        "SELECT {COLUMNS} FROM {table} WHERE {} ORDER BY {column} {order} LIMIT $2",
        conditions.join(" AND ")
    );
    let mut found = all(database, &statement, &values, headline)?;
    add_names(database, &mut found)?;
    Ok(found)
}

impl Store {
    /// The id of the headline that was stored last; 0 if there never was one.
    pub(crate) fn last_id(&mut self) -> anyhow::Result<i64> {
        self.with(|database| {
            let select = "SELECT value FROM counters WHERE name = 'headline'";
            Ok(first(database, select, &[], |row| integer(row, 0))?.unwrap_or_default())
        })
    }

    /// Headlines that were stored before that with an id, or the last ones; the newest first.
    pub(crate) fn headlines(
        &mut self,
        filter: &Filter<'_>,
        before: Option<i64>,
        limit: u32,
    ) -> anyhow::Result<Vec<StoredHeadline>> {
        let side = Side::Before(before.unwrap_or(i64::MAX));
        self.with(|database| select(database, filter, side, limit))
    }

    /// Headlines that were stored after that with an id, the oldest first. Who asks again with the
    /// last id gets each headline once.
    pub(crate) fn after(
        &mut self,
        filter: &Filter<'_>,
        id: i64,
        limit: u32,
    ) -> anyhow::Result<Vec<StoredHeadline>> {
        self.with(|database| select(database, filter, Side::After(id), limit))
    }

    /// The headlines that belong to the time since then, those that are most probably what their
    /// label says first.
    pub(crate) fn top(
        &mut self,
        filter: &Filter<'_>,
        since: DateTime<Utc>,
        limit: u32,
    ) -> anyhow::Result<Vec<StoredHeadline>> {
        self.with(|database| {
            let mut values = vec![since.timestamp().into(), i64::from(limit).into()];
            let Some([name, source, label]) = places_of(database, filter, &mut values)? else {
                return Ok(Vec::new());
            };
            // By the index of times, which has the label too: whole rows only of those of a source,
            // and of those that are wanted.
            let mut conditions = vec!["at >= $1".to_owned()];
            conditions.extend(label.map(|n| format!("+label = ${n}")));
            conditions.extend(name.map(|n| {
                format!(
                    "EXISTS (SELECT 1 FROM mentions
                     WHERE mentions.name = ${n} AND mentions.headline = headlines.id)"
                )
            }));
            conditions.extend(source.map(|n| format!("+source = ${n}")));
            let statement = format!(
                "SELECT {COLUMNS} FROM headlines WHERE id IN (
                     SELECT id FROM headlines WHERE {}
                     ORDER BY confidence DESC, id DESC LIMIT $2
                 ) ORDER BY confidence DESC, id DESC",
                conditions.join(" AND ")
            );
            let mut found = all(database, &statement, &values, headline)?;
            add_names(database, &mut found)?;
            Ok(found)
        })
    }

    /// Counts of whole hours, from that of `since` on, the oldest first. Hours without headlines
    /// are left out.
    pub(crate) fn by_hour(
        &mut self,
        subject: Subject<'_>,
        since: DateTime<Utc>,
    ) -> anyhow::Result<Vec<Period>> {
        self.by(subject, 1, since.timestamp() / HOUR)
    }

    /// Counts of whole days in UTC, from that of `since` on, the oldest first. Days without
    /// headlines are left out.
    pub(crate) fn by_day(
        &mut self,
        subject: Subject<'_>,
        since: DateTime<Utc>,
    ) -> anyhow::Result<Vec<Period>> {
        self.by(subject, HOURS_OF_DAY, since.timestamp() / DAY * HOURS_OF_DAY)
    }

    /// Counts of the last so many days that have headlines, the oldest first.
    pub(crate) fn last_days(&mut self, days: u32) -> anyhow::Result<Vec<Period>> {
        let first_hour = self.first_day(days)? * HOURS_OF_DAY;
        self.by(Subject::All, HOURS_OF_DAY, first_hour)
    }

    /// The first of the last so many days that have headlines, in days since 1970.
    fn first_day(&mut self, days: u32) -> anyhow::Result<i64> {
        self.with(|database| {
            let select = "SELECT min(day) FROM (
                SELECT DISTINCT hour / 24 AS day FROM counts WHERE subject = 0
                ORDER BY day DESC LIMIT $1
            ) AS days";
            let day = first(database, select, &[i64::from(days).into()], |row| integer(row, 0))?;
            Ok(day.unwrap_or_default())
        })
    }

    fn by(
        &mut self,
        subject: Subject<'_>,
        hours: i64,
        first_hour: i64,
    ) -> anyhow::Result<Vec<Period>> {
        self.with(|database| {
            let subject = match subject {
                Subject::All => Some(EVERYTHING),
                Subject::Name(name) => term(database, NAME, name)?,
                Subject::Source(source) => term(database, SOURCE, source)?,
            };
            let Some(subject) = subject else { return Ok(Vec::new()) };
            let statement = format!(
                "SELECT hour / {hours} AS period,
                 (SELECT term FROM terms WHERE terms.id = counts.label) AS named,
                 CAST(sum(headlines) AS BIGINT) FROM counts WHERE subject = $1 AND hour >= $2
                 GROUP BY period, label ORDER BY period, named"
            );
            all(database, &statement, &[subject.into(), first_hour.into()], |row| {
                Ok(Period {
                    start: time(integer(row, 0)? * hours * HOUR),
                    label: text(row, 1)?,
                    headlines: integer(row, 2)?,
                })
            })
        })
    }

    /// Counts for each name, or each source, of whole hours from that of `since` on.
    pub(crate) fn totals(
        &mut self,
        kind: Kind,
        since: DateTime<Utc>,
    ) -> anyhow::Result<Vec<Total>> {
        self.with(|database| {
            // The plus keeps the order of the groups out of the plan, by which all hours were read.
            let statement =
                "SELECT terms.term, (SELECT term FROM terms WHERE terms.id = found.label), headlines
                 FROM (
                     SELECT +subject AS subject, label, CAST(sum(headlines) AS BIGINT) AS headlines
                     FROM counts WHERE hour >= $1 GROUP BY +subject, label
                 ) AS found JOIN terms ON terms.id = found.subject
                 WHERE terms.kind = $2 ORDER BY 1, 2";
            let values = [(since.timestamp() / HOUR).into(), kind.of_terms().into()];
            all(database, statement, &values, |row| {
                Ok(Total { term: text(row, 0)?, label: text(row, 1)?, headlines: integer(row, 2)? })
            })
        })
    }

    /// The names, or the sources, that have headlines in the hours from that of `since` on, in order.
    pub(crate) fn terms(
        &mut self,
        kind: Kind,
        since: DateTime<Utc>,
    ) -> anyhow::Result<Vec<String>> {
        self.with(|database| {
            let select = "SELECT term FROM terms WHERE kind = $1 AND EXISTS (
                              SELECT 1 FROM counts WHERE subject = terms.id AND hour >= $2
                          ) ORDER BY term";
            let values = [kind.of_terms().into(), (since.timestamp() / HOUR).into()];
            all(database, select, &values, |row| text(row, 0))
        })
    }

    /// Hands over day, label and title of each headline of the last `days` days that have any, as
    /// [`Store::last_days`] counts them.
    pub(crate) fn each_headline(
        &mut self,
        days: u32,
        mut take: impl FnMut(DateTime<Utc>, &str, &str),
    ) -> anyhow::Result<()> {
        let since = self.first_day(days)? * DAY;
        self.with(|database| {
            let select = "SELECT at, (SELECT term FROM terms WHERE terms.id = headlines.label),
                          title FROM headlines WHERE at >= $1";
            database.query(select, &[since.into()], &mut |row| {
                take(time(integer(row, 0)?), &text(row, 1)?, &text(row, 2)?);
                Ok(())
            })
        })
    }
}
