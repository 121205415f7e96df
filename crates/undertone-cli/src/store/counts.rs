//! Counts of headlines.

use std::collections::BTreeMap;

use super::database::{Database, Value, places};

/// A probability is kept as an integer of ten-thousandths, by which an index sorts.
pub(super) const UNIT: f64 = 10_000.0;

/// The rows of the table of counts as they follow from headlines.
pub(super) const COUNTED: &str = "
    SELECT 0 AS subject, at / 3600 AS hour, label, count(*) AS headlines
    FROM headlines GROUP BY at / 3600, label
    UNION ALL
    SELECT source, at / 3600, label, count(*) FROM headlines GROUP BY source, at / 3600, label
    UNION ALL
    SELECT name, at / 3600, label, count(*)
    FROM mentions JOIN headlines ON headlines.id = mentions.headline
    GROUP BY name, at / 3600, label";

/// The rows of one statement: each statement is prepared for so many, and for fewer.
pub(super) const CHUNK: usize = 64;

/// What the table of counts is to be changed by: subject, hour, label → headlines more or fewer.
#[derive(Debug, Default)]
pub(super) struct Changes(BTreeMap<(i64, i64, i64), i64>);

impl Changes {
    pub(super) fn add(&mut self, subject: i64, hour: i64, label: i64, headlines: i64) {
        *self.0.entry((subject, hour, label)).or_default() += headlines;
    }

    /// Writes the changes to the table. Rows that count nothing go.
    pub(super) fn write(&mut self, database: &mut dyn Database) -> anyhow::Result<()> {
        let changes: Vec<_> = std::mem::take(&mut self.0).into_iter().collect();
        let is_less = changes.iter().any(|(_, headlines)| *headlines <= 0);
        for chunk in changes.chunks(CHUNK) {
            let mut values: Vec<Value<'_>> = Vec::with_capacity(4 * chunk.len());
            for ((subject, hour, label), headlines) in chunk {
                values.extend([*subject, *hour, *label, *headlines].map(Value::Integer));
            }
            let insert = format!(
                "INSERT INTO counts VALUES {}
                 ON CONFLICT (subject, hour, label) DO UPDATE SET
                 headlines = counts.headlines + excluded.headlines",
                places(chunk.len(), 4)
            );
            database.execute(&insert, &values)?;
        }
        if is_less {
            for ((subject, hour, label), _) in &changes {
                let gone = "DELETE FROM counts
                            WHERE subject = $1 AND hour = $2 AND label = $3 AND headlines = 0";
                database.execute(gone, &[*subject, *hour, *label].map(Value::Integer))?;
            }
        }
        Ok(())
    }
}
