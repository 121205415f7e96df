//! From older versions of the tables to today's. Each step runs in one transaction: a store is of
//! one version or of the next, whenever the process is killed.
//!
//! Version 1 was `headlines` with all in one row, and `responses`; `unprinted` came to it later.

use chrono::DateTime;
use serde_json::Value as Json;

use super::database::{Database, integer, text};
use super::keep::confidence;
use super::record::{Record, Writer};
use super::schema::{TABLES, of_sqlite};
use crate::names::{built_in, named};

/// So many headlines are held in memory at a time.
const BATCH: i64 = 10_000;

/// Makes the tables of version 1 those of version 2.
pub(super) fn from_1(database: &mut dyn Database) -> anyhow::Result<()> {
    database.run(
        "CREATE TABLE IF NOT EXISTS unprinted (title TEXT PRIMARY KEY, claim TEXT NOT NULL) STRICT;
         ALTER TABLE unprinted RENAME TO old_unprinted;
         ALTER TABLE headlines RENAME TO old_headlines;",
    )?;
    database.run(&of_sqlite(TABLES))?;
    let names = built_in()?;
    let mut writer = Writer::of_all(database)?;
    let mut last = Some((String::new(), 0));
    while let Some((seen, row)) = last.take() {
        let select = "SELECT title, source, url, published, first_seen, last_seen, label,
                      probabilities, model, rowid,
                      (SELECT claim FROM old_unprinted WHERE old_unprinted.title = old_headlines.title)
                      FROM old_headlines WHERE (first_seen, rowid) > ($1, $2)
                      ORDER BY first_seen, rowid LIMIT $3";
        let values = [(&seen[..]).into(), row.into(), BATCH.into()];
        let mut records = Vec::new();
        writer.database.query(select, &values, &mut |row| {
            let title = text(row, 0)?;
            let seen = text(row, 4)?;
            let first_seen = seconds(&seen).unwrap_or_default();
            let label = text(row, 6)?;
            let json = text(row, 7)?;
            let confidence = of_json(&json, &label);
            records.push(Record {
                source: text(row, 1)?,
                url: row.text(2)?,
                published: row.text(3)?.as_deref().and_then(seconds),
                first_seen,
                last_seen: seconds(&text(row, 5)?).unwrap_or(first_seen).max(first_seen),
                label,
                confidence,
                probabilities: json,
                model: text(row, 8)?,
                names: named(&names, &title).into_iter().map(str::to_owned).collect(),
                claim: row.text(10)?,
                id: None,
                title,
            });
            last = Some((seen, integer(row, 9)?));
            Ok(())
        })?;
        writer.insert(&records)?;
    }
    writer.finish()?;
    database.run("DROP TABLE old_headlines; DROP TABLE old_unprinted;")
}

/// The seconds since 1970 of a time by RFC 3339.
fn seconds(time: &str) -> Option<i64> {
    DateTime::parse_from_rfc3339(time).ok().map(|time| time.timestamp())
}

/// The confidence that follows from probabilities in JSON.
fn of_json(json: &str, label: &str) -> i64 {
    let map: serde_json::Map<String, Json> = serde_json::from_str(json).unwrap_or_default();
    let (labels, values): (Vec<String>, Vec<f64>) = map
        .into_iter()
        .filter_map(|(label, value)| value.as_f64().map(|value| (label, value)))
        .unzip();
    confidence(&labels, &values, label)
}
