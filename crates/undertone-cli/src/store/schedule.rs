//! When which source is fetched next, and by whom: a lease for each, so that of several processes
//! one fetches it.

use chrono::{DateTime, Utc};

use super::Store;
use super::database::{Row, all, first, integer, text};
use super::times::optional;

/// How far clocks of machines may be apart, in seconds. A lease or a due time that was written
/// later than that from now is of a clock that has gone back since, and counts as none.
const CLOCKS_APART: i64 = 5 * 60;

/// What is known of a source.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SourceState {
    pub(crate) name: String,
    /// Who fetches it, or did so last.
    pub(crate) owner: Option<String>,
    pub(crate) leased_until: Option<DateTime<Utc>>,
    /// The last attempt.
    pub(crate) fetched: Option<DateTime<Utc>>,
    /// The last attempt that gave headlines.
    pub(crate) succeeded: Option<DateTime<Utc>>,
    pub(crate) due: Option<DateTime<Utc>>,
    /// The failures since the last success.
    pub(crate) failures: i64,
    /// The last of them.
    pub(crate) error: Option<String>,
}

/// The end of a visit.
#[derive(Debug, Clone)]
pub(crate) struct Finished {
    /// When the source is to be fetched again.
    pub(crate) due: DateTime<Utc>,
    pub(crate) error: Option<String>,
}

const COLUMNS: &str = "name, owner, leased_until, fetched, succeeded, due, failures, error";

fn state(row: &dyn Row) -> anyhow::Result<SourceState> {
    Ok(SourceState {
        name: text(row, 0)?,
        owner: row.text(1)?,
        leased_until: optional(row.integer(2)?),
        fetched: optional(row.integer(3)?),
        succeeded: optional(row.integer(4)?),
        due: optional(row.integer(5)?),
        failures: integer(row, 6)?,
        error: row.text(7)?,
    })
}

impl Store {
    /// Leases a source to `owner` until then, if it is due and nobody else has it. Of several who
    /// ask at once one gets it.
    pub(crate) fn claim_source(
        &mut self,
        name: &str,
        owner: &str,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> anyhow::Result<Option<SourceState>> {
        let now = now.timestamp();
        self.write(|database| {
            let insert = "INSERT INTO schedule (name, failures) VALUES ($1, 0)
                          ON CONFLICT (name) DO NOTHING";
            database.execute(insert, &[name.into()])?;
            let claim = format!(
                "UPDATE schedule SET owner = $2, leased = $3, leased_until = $4
                 WHERE name = $1
                 AND (due IS NULL OR due <= $3 OR fetched > $5)
                 AND (owner IS NULL OR owner = $2 OR leased_until <= $3 OR leased > $5)
                 RETURNING {COLUMNS}"
            );
            let values = [
                name.into(),
                owner.into(),
                now.into(),
                until.timestamp().into(),
                (now + CLOCKS_APART).into(),
            ];
            first(database, &claim, &values, state)
        })
    }

    /// Records a visit of a source that was leased to `owner`, and ends the lease. False if another
    /// has it by now: then nothing is recorded.
    pub(crate) fn finish_source(
        &mut self,
        name: &str,
        owner: &str,
        now: DateTime<Utc>,
        finished: &Finished,
    ) -> anyhow::Result<bool> {
        self.write(|database| {
            let succeeded = finished.error.is_none();
            let update = "UPDATE schedule SET owner = NULL, leased = NULL, leased_until = NULL,
                          fetched = $3, due = $4, error = $5,
                          succeeded = CASE WHEN $6 = 1 THEN $3 ELSE succeeded END,
                          failures = CASE WHEN $6 = 1 THEN 0 ELSE failures + 1 END
                          WHERE name = $1 AND owner = $2";
            let values = [
                name.into(),
                owner.into(),
                now.timestamp().into(),
                finished.due.timestamp().into(),
                finished.error.as_deref().into(),
                i64::from(succeeded).into(),
            ];
            Ok(database.execute(update, &values)? == 1)
        })
    }

    /// What is known of each source, by name.
    pub(crate) fn sources(&mut self) -> anyhow::Result<Vec<SourceState>> {
        let select = format!("SELECT {COLUMNS} FROM schedule ORDER BY name");
        self.with(|database| all(database, &select, &[], state))
    }
}
