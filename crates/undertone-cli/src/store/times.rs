//! Times as a store has them: seconds since 1970, which sort and subtract.

use chrono::{DateTime, Utc};

pub(super) const HOUR: i64 = 60 * 60;
pub(super) const HOURS_OF_DAY: i64 = 24;
pub(super) const DAY: i64 = HOURS_OF_DAY * HOUR;

/// A time of a store; that of 1970 where there is no such time.
pub(super) fn time(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap_or_default()
}

/// A time of a store that may be unknown.
pub(super) fn optional(seconds: Option<i64>) -> Option<DateTime<Utc>> {
    seconds.map(time)
}

/// The time to which a headline belongs: that of its publication; where that is unknown, or later
/// than it was first seen, the latter.
pub(super) fn belongs_to(published: Option<i64>, first_seen: i64) -> i64 {
    // No headline is older than 1970; a document may say so.
    published.map_or(first_seen, |published| published.clamp(0, first_seen.max(0)))
}
