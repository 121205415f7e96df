//! Writing headlines: rows, terms, mentions and counts, which change together.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context;
use sha2::{Digest, Sha256};

use super::counts::{CHUNK, COUNTED, Changes};
use super::database::{Database, Value, first, integer, places};
use super::schema::{EVERYTHING, LABEL, MODEL, NAME, SOURCE, indices};
use super::times::{HOUR, belongs_to};

/// The key of a title, or of a term with its kind: the first half of the SHA-256, against which
/// nobody finds a second text.
pub(super) type Key = [u8; 16];

pub(super) fn key(kind: &str, text: &str) -> Key {
    let digest = Sha256::new().chain_update(kind).chain_update([0]).chain_update(text).finalize();
    let mut key = [0; 16];
    key.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
    key
}

/// The number of columns of a headline.
const COLUMNS: usize = 13;

/// The kind of titles among [keys](key).
pub(super) const TITLE: &str = "title";

/// A headline as its row has it, with what is in other tables.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Record {
    /// `None` for the next one.
    pub(super) id: Option<i64>,
    pub(super) title: String,
    pub(super) source: String,
    pub(super) url: Option<String>,
    pub(super) published: Option<i64>,
    pub(super) first_seen: i64,
    pub(super) last_seen: i64,
    pub(super) label: String,
    pub(super) confidence: i64,
    pub(super) probabilities: String,
    pub(super) model: String,
    pub(super) names: Vec<String>,
    /// The claim by which it is going to be printed.
    pub(super) claim: Option<String>,
}

impl Record {
    pub(super) fn at(&self) -> i64 {
        belongs_to(self.published, self.first_seen)
    }
}

/// Whether two records hold the same score.
pub(super) struct Scored<'a> {
    pub(super) label: &'a str,
    pub(super) confidence: i64,
    pub(super) probabilities: &'a str,
    pub(super) model: &'a str,
}

/// Writes headlines within one transaction.
pub(super) struct Writer<'a> {
    pub(super) database: &'a mut dyn Database,
    last_headline: i64,
    last_term: i64,
    /// The numbers of terms, by kind.
    terms: BTreeMap<&'static str, BTreeMap<String, i64>>,
    /// `None` where all is counted at the end.
    changes: Option<Changes>,
}

impl<'a> Writer<'a> {
    pub(super) fn new(database: &'a mut dyn Database) -> anyhow::Result<Self> {
        let mut counter = |name: &str| -> anyhow::Result<i64> {
            let select = "SELECT value FROM counters WHERE name = $1";
            let value = first(database, select, &[name.into()], |row| integer(row, 0))?;
            Ok(value.unwrap_or_default())
        };
        let (last_headline, last_term) = (counter("headline")?, counter("term")?);
        Ok(Self {
            database,
            last_headline,
            last_term,
            terms: BTreeMap::new(),
            changes: Some(Changes::default()),
        })
    }

    /// Fills a store that has no headlines: they are counted and indexed at the end.
    pub(super) fn of_all(database: &'a mut dyn Database) -> anyhow::Result<Self> {
        for index in indices() {
            database.run(&format!("DROP INDEX IF EXISTS {index}"))?;
        }
        Ok(Self { changes: None, ..Self::new(database)? })
    }

    /// The number of a term, which is made where there is none.
    fn term(&mut self, kind: &'static str, term: &str) -> anyhow::Result<i64> {
        let known = self.terms.get(kind).and_then(|terms| terms.get(term));
        if let Some(&known) = known {
            return Ok(known);
        }
        let key = key(kind, term);
        let select = "SELECT id FROM terms WHERE key = $1";
        let known = first(self.database, select, &[key[..].into()], |row| integer(row, 0))?;
        let id = match known {
            Some(id) => id,
            None => {
                self.last_term += 1;
                let insert = "INSERT INTO terms VALUES ($1, $2, $3, $4)";
                let values = [self.last_term.into(), key[..].into(), kind.into(), term.into()];
                self.database.execute(insert, &values)?;
                self.last_term
            }
        };
        self.terms.entry(kind).or_default().insert(term.to_owned(), id);
        Ok(id)
    }

    /// Adds headlines that the store doesn't have, and returns their ids in their order.
    pub(super) fn insert(&mut self, records: &[Record]) -> anyhow::Result<Vec<i64>> {
        let mut ids = Vec::with_capacity(records.len());
        let keys: Vec<Key> = records.iter().map(|one| key(TITLE, &one.title)).collect();
        let mut headlines: Vec<Value<'_>> = Vec::with_capacity(COLUMNS * records.len());
        let mut mentions = Vec::new();
        let mut claims: Vec<Value<'_>> = Vec::new();
        for (record, key) in records.iter().zip(&keys) {
            let id = record.id.unwrap_or(self.last_headline + 1);
            self.last_headline = self.last_headline.max(id);
            ids.push(id);
            let source = self.term(SOURCE, &record.source)?;
            let label = self.term(LABEL, &record.label)?;
            let model = self.term(MODEL, &record.model)?;
            let at = record.at();
            let row: [Value<'_>; COLUMNS] = [
                id.into(),
                key[..].into(),
                (&record.title[..]).into(),
                record.url.as_deref().into(),
                source.into(),
                record.published.into(),
                record.first_seen.into(),
                record.last_seen.into(),
                at.into(),
                label.into(),
                record.confidence.into(),
                (&record.probabilities[..]).into(),
                model.into(),
            ];
            headlines.extend(row);
            let mut subjects = vec![EVERYTHING, source];
            let names: BTreeSet<&String> = record.names.iter().collect();
            for name in names {
                let name = self.term(NAME, name)?;
                mentions.extend([name, id].map(Value::Integer));
                subjects.push(name);
            }
            self.change(&subjects, at, label, 1);
            if let Some(claim) = &record.claim {
                claims.extend([id.into(), Value::Text(claim)]);
            }
        }
        for (table, columns, values) in
            [("headlines", COLUMNS, headlines), ("mentions", 2, mentions), ("unprinted", 2, claims)]
        {
            if !values.is_empty() {
                self.database.append(table, columns, &values)?;
            }
        }
        Ok(ids)
    }

    /// Gives a headline another score.
    pub(super) fn score(&mut self, id: i64, scored: &Scored<'_>) -> anyhow::Result<()> {
        self.count(id, -1)?;
        let label = self.term(LABEL, scored.label)?;
        let model = self.term(MODEL, scored.model)?;
        let values = [
            id.into(),
            label.into(),
            scored.confidence.into(),
            scored.probabilities.into(),
            model.into(),
        ];
        self.database.execute(
            "UPDATE headlines SET label = $2, confidence = $3, probabilities = $4, model = $5 \
             WHERE id = $1",
            &values,
        )?;
        self.count(id, 1)
    }

    /// Forgets headlines.
    pub(super) fn delete(&mut self, ids: &[i64]) -> anyhow::Result<()> {
        for &id in ids {
            self.count(id, -1)?;
        }
        for chunk in ids.chunks(CHUNK) {
            let list = places(1, chunk.len());
            let values: Vec<Value<'_>> = chunk.iter().copied().map(Value::Integer).collect();
            for (table, column) in
                [("mentions", "headline"), ("unprinted", "headline"), ("headlines", "id")]
            {
                let delete = format!("DELETE FROM {table} WHERE {column} IN {list}");
                self.database.execute(&delete, &values)?;
            }
        }
        Ok(())
    }

    /// Counts a headline as it is now so many times, for all that it belongs to.
    fn count(&mut self, id: i64, times: i64) -> anyhow::Result<()> {
        let mut subjects = vec![EVERYTHING];
        let mut found = None;
        let select = "SELECT source, at, label FROM headlines WHERE id = $1";
        self.database.query(select, &[id.into()], &mut |row| {
            subjects.push(integer(row, 0)?);
            found = Some((integer(row, 1)?, integer(row, 2)?));
            Ok(())
        })?;
        let Some((at, label)) = found else { return Ok(()) };
        let select = "SELECT name FROM mentions WHERE headline = $1";
        self.database.query(select, &[id.into()], &mut |row| {
            subjects.push(integer(row, 0)?);
            Ok(())
        })?;
        self.change(&subjects, at, label, times);
        Ok(())
    }

    fn change(&mut self, subjects: &[i64], at: i64, label: i64, times: i64) {
        let Some(changes) = &mut self.changes else { return };
        for subject in subjects {
            changes.add(*subject, at / HOUR, label, times);
        }
    }

    /// Raises the id after which new headlines come.
    pub(super) fn raise(&mut self, last_headline: i64) {
        self.last_headline = self.last_headline.max(last_headline);
    }

    /// Writes what is left to write; the transaction may be committed then.
    pub(super) fn finish(mut self) -> anyhow::Result<()> {
        match &mut self.changes {
            Some(changes) => changes.write(self.database)?,
            None => {
                self.database
                    .index()
                    .context("could not index the headlines; expected each title once")?;
                self.database.execute(&format!("INSERT INTO counts {COUNTED}"), &[])?;
            }
        }
        for (name, value) in [("headline", self.last_headline), ("term", self.last_term)] {
            let update = "UPDATE counters SET value = $1 WHERE name = $2 AND value < $1";
            self.database.execute(update, &[value.into(), name.into()])?;
        }
        Ok(())
    }
}
