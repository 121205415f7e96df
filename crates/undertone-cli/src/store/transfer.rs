//! A store as JSON lines, and back: to move it to another database, and as a back-up that anything
//! reads. A first line says what follows, and a last one that all of it came.

use std::io::{BufRead, Write};

use anyhow::{Context, ensure};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::Store;
use super::database::{first, integer};
use super::keep::rounded;
use super::query::{Filter, Side, StoredHeadline, select};
use super::record::{Record, Writer};
use super::schema::VERSION;

/// So many headlines are held in memory at a time.
const BATCH: usize = 1000;

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    undertone_store: i64,
    /// The id of the headline that was stored last, which may be forgotten by now.
    last_id: i64,
}

/// The last line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct End {
    headlines: u64,
}

/// A headline's line. Its times are seconds since 1970.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    id: i64,
    title: String,
    source: String,
    url: Option<String>,
    published: Option<i64>,
    first_seen: i64,
    last_seen: i64,
    label: String,
    confidence: f64,
    probabilities: Box<RawValue>,
    model: String,
    names: Vec<String>,
    /// Whether it is still to be printed by `scrape --new`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    unprinted: bool,
}

impl Line {
    fn of(headline: StoredHeadline) -> anyhow::Result<Self> {
        Ok(Self {
            id: headline.id,
            title: headline.title,
            source: headline.source,
            url: headline.url,
            published: headline.published.map(|time| time.timestamp()),
            first_seen: headline.first_seen.timestamp(),
            last_seen: headline.last_seen.timestamp(),
            label: headline.label,
            confidence: headline.confidence,
            probabilities: RawValue::from_string(headline.probabilities)?,
            model: headline.model,
            names: headline.names,
            unprinted: false,
        })
    }

    fn record(self) -> Record {
        Record {
            id: Some(self.id),
            title: self.title,
            source: self.source,
            url: self.url,
            published: self.published,
            first_seen: self.first_seen,
            last_seen: self.last_seen,
            label: self.label,
            confidence: rounded(self.confidence),
            probabilities: self.probabilities.get().to_owned(),
            model: self.model,
            names: self.names,
            // By nobody yet: a claim is of one store.
            claim: self.unprinted.then(String::new),
        }
    }
}

impl Store {
    /// Writes all headlines as they are at one moment, and returns their number.
    pub(crate) fn export(&mut self, out: &mut impl Write) -> anyhow::Result<u64> {
        let mut written = 0;
        self.read(|database| {
            let counter = "SELECT value FROM counters WHERE name = 'headline'";
            let last_id = first(database, counter, &[], |row| integer(row, 0))?.unwrap_or_default();
            write_line(out, &Head { undertone_store: VERSION, last_id })?;
            let mut last = 0;
            loop {
                let side = Side::After(last);
                let found = select(database, &Filter::default(), side, BATCH as u32)?;
                let Some(until) = found.last().map(|one| one.id) else { break };
                let mut lines = found.into_iter().map(Line::of).collect::<Result<Vec<_>, _>>()?;
                let unprinted = "SELECT headline FROM unprinted
                                 WHERE headline > $1 AND headline <= $2";
                database.query(unprinted, &[last.into(), until.into()], &mut |row| {
                    let id = integer(row, 0)?;
                    if let Ok(place) = lines.binary_search_by_key(&id, |line| line.id)
                        && let Some(line) = lines.get_mut(place)
                    {
                        line.unprinted = true;
                    }
                    Ok(())
                })?;
                for line in &lines {
                    write_line(out, line)?;
                }
                written += lines.len() as u64;
                last = until;
            }
            write_line(out, &End { headlines: written })?;
            Ok(())
        })?;
        out.flush()?;
        Ok(written)
    }

    /// Fills an empty store with headlines that were written by [`Store::export`], all or none, and
    /// returns their number.
    pub(crate) fn import(&mut self, lines: impl BufRead) -> anyhow::Result<u64> {
        let mut lines = lines.lines().enumerate().map(|(place, line)| {
            let line = line.with_context(|| format!("line {}", place + 1))?;
            anyhow::Ok((place + 1, line))
        });
        let head = lines.next().transpose()?.map(|(_, line)| line).unwrap_or_default();
        let head: Head = serde_json::from_str(&head)
            .context("line 1: expected the first line of `undertone store export`")?;
        ensure!(
            head.undertone_store == VERSION,
            "line 1: expected an export of version {VERSION}, found version {}; use the undertone \
             that wrote it to export it, or import it with a newer one",
            head.undertone_store
        );
        self.write(|database| {
            let count =
                "SELECT CAST(count(*) AS BIGINT) FROM (SELECT id FROM headlines LIMIT 1) AS one";
            let is_filled = first(database, count, &[], |row| integer(row, 0))? != Some(0);
            ensure!(!is_filled, "expected an empty store, found headlines; import into a new one");
            let mut writer = Writer::of_all(database)?;
            let mut records = Vec::with_capacity(BATCH);
            let (mut last_id, mut read, mut end) = (0, 0, None);
            for line in lines {
                let (place, line) = line?;
                ensure!(end.is_none(), "line {place}: expected no line after the last one");
                if let Ok(last) = serde_json::from_str::<End>(&line) {
                    end = Some(last.headlines);
                    continue;
                }
                let line: Line = serde_json::from_str(&line)
                    .with_context(|| format!("line {place}: expected a headline"))?;
                ensure!(
                    line.id > last_id,
                    "line {place}: expected an id above {last_id}, found {}",
                    line.id
                );
                last_id = line.id;
                read += 1;
                records.push(line.record());
                if records.len() == BATCH {
                    writer.insert(&records).with_context(|| format!("up to line {place}"))?;
                    records.clear();
                }
            }
            writer.insert(&records)?;
            ensure!(
                end == Some(read),
                "expected a last line with the number of headlines, {read}, found {}; the export \
                 was cut off",
                end.map_or_else(|| "none".to_owned(), |end| end.to_string())
            );
            writer.raise(head.last_id);
            writer.finish()?;
            Ok(read)
        })
    }
}

fn write_line(out: &mut impl Write, line: &impl Serialize) -> anyhow::Result<()> {
    serde_json::to_writer(&mut *out, line)?;
    writeln!(out)?;
    Ok(())
}
