//! Counts of headlines and of their scores.

use std::collections::BTreeMap;
use std::ops::AddAssign;

use super::database::{Database, Value, places};

/// A probability, or a difference of two, is kept as an integer of ten-thousandths: sums of them
/// are exact, whatever is added and taken back. The squares of 10¹⁰ headlines fit in an i64.
pub(super) const UNIT: f64 = 10_000.0;

/// The rows of one statement: each statement is prepared for so many, and for fewer.
pub(super) const CHUNK: usize = 64;

/// So many headlines, and the sums of their scores.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) headlines: i64,
    /// Those with a score; a model without positive and negative labels gives none.
    pub(crate) scored: i64,
    /// The sum of their scores, in ten-thousandths.
    pub(crate) sum: i64,
    /// The sum of the squares of their scores.
    pub(crate) squares: i64,
}

impl Counts {
    pub(super) fn of_one(score: Option<i64>) -> Self {
        let points = score.unwrap_or_default();
        let scored = i64::from(score.is_some());
        Self { headlines: 1, scored, sum: points, squares: points * points }
    }

    pub(super) fn negated(self) -> Self {
        Self {
            headlines: -self.headlines,
            scored: -self.scored,
            sum: -self.sum,
            squares: -self.squares,
        }
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.headlines += other.headlines;
        self.scored += other.scored;
        self.sum += other.sum;
        self.squares += other.squares;
    }
}

/// What the table of counts is to be changed by: subject, hour, label → counts.
#[derive(Debug, Default)]
pub(super) struct Changes(BTreeMap<(i64, i64, i64), Counts>);

impl Changes {
    pub(super) fn add(&mut self, subject: i64, hour: i64, label: i64, counts: Counts) {
        *self.0.entry((subject, hour, label)).or_default() += counts;
    }

    /// Writes the changes to the table. Rows that count nothing go.
    pub(super) fn write(&mut self, database: &mut dyn Database) -> anyhow::Result<()> {
        let changes: Vec<_> = std::mem::take(&mut self.0).into_iter().collect();
        let is_less = changes.iter().any(|(_, counts)| counts.headlines <= 0);
        for chunk in changes.chunks(CHUNK) {
            let mut values: Vec<Value<'_>> = Vec::with_capacity(7 * chunk.len());
            for ((subject, hour, label), counts) in chunk {
                let row = [
                    *subject,
                    *hour,
                    *label,
                    counts.headlines,
                    counts.scored,
                    counts.sum,
                    counts.squares,
                ];
                values.extend(row.map(Value::Integer));
            }
            let insert = format!(
                "INSERT INTO counts VALUES {}
                 ON CONFLICT (subject, hour, label) DO UPDATE SET
                 headlines = counts.headlines + excluded.headlines,
                 scored = counts.scored + excluded.scored,
                 sum = counts.sum + excluded.sum,
                 squares = counts.squares + excluded.squares",
                places(chunk.len(), 7)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_away_leaves_what_was_there() {
        let mut counts = Counts::default();
        for score in [Some(10_000), Some(-10_000), Some(5_000), None] {
            counts += Counts::of_one(score);
        }
        assert_eq!((counts.headlines, counts.scored), (4, 3));
        counts += Counts::of_one(Some(5_000)).negated();
        assert_eq!((counts.headlines, counts.sum, counts.squares), (3, 0, 200_000_000));
    }
}
