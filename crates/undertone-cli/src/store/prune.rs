//! Forgetting old headlines.

use chrono::{DateTime, Utc};

use super::Store;
use super::database::{Value, all, integer};
use super::record::Writer;
use super::times::HOUR;

/// So many are forgotten at a time, so that others may write in between.
const BATCH: i64 = 1000;

impl Store {
    /// Forgets the headlines that were seen last before then, with all that is counted of them, and
    /// returns how many there were. One that comes again is new again, with another id.
    pub(crate) fn prune(&mut self, before: DateTime<Utc>) -> anyhow::Result<u64> {
        let before = before.timestamp();
        let select = "SELECT DISTINCT hour FROM counts WHERE subject = 0 AND hour <= $1
                      ORDER BY hour";
        // What was seen last before then belongs to an hour before then.
        let hours = self.with(|database| {
            all(database, select, &[(before / HOUR).into()], |row| integer(row, 0))
        })?;
        let mut pruned = 0;
        for hour in hours {
            loop {
                let found = self.write(|database| {
                    let select = "SELECT id FROM headlines WHERE at >= $1 AND at < $2
                                  AND last_seen < $3 ORDER BY id LIMIT $4";
                    let values = [hour * HOUR, (hour + 1) * HOUR, before, BATCH];
                    let values = values.map(Value::Integer);
                    let old = all(database, select, &values, |row| integer(row, 0))?;
                    let mut writer = Writer::new(database)?;
                    writer.delete(&old)?;
                    writer.finish()?;
                    Ok(old.len())
                })?;
                pruned += found as u64;
                if found < BATCH as usize {
                    break;
                }
            }
        }
        Ok(pruned)
    }
}
