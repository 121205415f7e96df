//! The answers of the routes over the store, as JSON has them.

use std::collections::BTreeMap;

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::mood::{Counts, Mood};
use super::query::Filters;
use crate::scrape::rfc_3339;
use crate::store::{Kind, Period, Store, StoredHeadline};

/// The number of the strongest headlines of each label.
const MOST_OF_LABEL: u32 = 5;
/// The number of sources, and of coins, with a mood of their own.
const MOST_PARTS: usize = 20;

/// A headline with its score.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Headline {
    /// Rises in the order in which headlines came.
    pub(super) id: i64,
    pub(super) title: String,
    pub(super) source: String,
    /// The address of the article.
    pub(super) url: Option<String>,
    /// The time of publication in UTC, if the source gives it.
    pub(super) published: Option<String>,
    /// The time at which it was read first, in UTC.
    pub(super) first_seen: String,
    /// The time that it counts for: the earlier one of the two.
    pub(super) at: String,
    #[schema(example = "positive")]
    pub(super) label: String,
    /// The probability of the label.
    pub(super) confidence: f64,
    /// The probability of every label.
    #[schema(value_type = BTreeMap<String, f64>)]
    pub(super) probabilities: serde_json::Value,
    /// The coins and companies that it names.
    #[schema(example = json!(["Bitcoin"]))]
    pub(super) coins: Vec<String>,
}

impl From<StoredHeadline> for Headline {
    fn from(stored: StoredHeadline) -> Self {
        Self {
            id: stored.id,
            title: stored.title,
            source: stored.source,
            url: stored.url,
            published: stored.published.map(rfc_3339),
            first_seen: rfc_3339(stored.first_seen),
            at: rfc_3339(stored.at),
            label: stored.label,
            confidence: stored.confidence,
            // The store writes nothing else.
            probabilities: serde_json::from_str(&stored.probabilities).unwrap_or_default(),
            coins: stored.names,
        }
    }
}

/// Headlines, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Headlines {
    pub(super) headlines: Vec<Headline>,
    /// What to ask for as `before` for the next page; null on the last one.
    pub(super) before: Option<i64>,
}

impl Headlines {
    pub(super) fn read(
        store: &mut Store,
        filters: &Filters,
        before: Option<i64>,
        limit: u32,
    ) -> anyhow::Result<Self> {
        // One more tells whether there is a next page.
        let mut headlines =
            store.headlines(&filters.of_store(), before, limit.saturating_add(1))?;
        let is_last = headlines.len() <= limit as usize;
        headlines.truncate(limit as usize);
        let before = headlines.last().filter(|_| !is_last).map(|last| last.id);
        Ok(Self { headlines: headlines.into_iter().map(Headline::from).collect(), before })
    }
}

/// The mood of an hour, a day, a source or a coin.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Part {
    /// The beginning of the hour, the day, the source or the coin.
    #[schema(example = "2026-11-29T17:00:00Z")]
    pub(super) of: String,
    #[serde(flatten)]
    pub(super) mood: Mood,
}

/// The mood of some hours, and what it is made of.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MoodAnswer {
    #[serde(flatten)]
    pub(super) mood: Mood,
    /// The number of hours, the one that has begun as the last.
    pub(super) hours: u32,
    /// The beginning of the first hour.
    pub(super) from: String,
    /// Each hour, the first one first.
    pub(super) by_hour: Vec<Part>,
    /// The sources with most headlines; empty where one coin or source was asked for.
    pub(super) by_source: Vec<Part>,
    /// The coins and companies that most headlines name; empty where one coin or source was asked
    /// for.
    pub(super) by_coin: Vec<Part>,
    /// The headlines of each label that are most probably so.
    pub(super) top: BTreeMap<String, Vec<Headline>>,
}

impl MoodAnswer {
    pub(super) fn read(
        store: &mut Store,
        filters: &Filters,
        hours: u32,
        labels: &[String],
        now: DateTime<Utc>,
    ) -> anyhow::Result<Self> {
        let hour = TimeDelta::hours(1);
        let from = begun(now, hour) - hour * i32::try_from(hours.saturating_sub(1))?;
        let periods = store.by_hour(filters.subject(), from)?;
        let (total, by_hour) = parts(&periods, from, hour, hours, labels);
        let is_of_all = filters.coin.is_none() && filters.source.is_none();
        let mut by = |kind| {
            if is_of_all { of_terms(store, kind, from, labels) } else { Ok(Vec::new()) }
        };
        let (by_source, by_coin) = (by(Kind::Source)?, by(Kind::Name)?);
        let mut top = BTreeMap::new();
        for label in labels {
            let headlines = store.top(&filters.of_mood_with(label), from, MOST_OF_LABEL)?;
            top.insert(label.clone(), headlines.into_iter().map(Headline::from).collect());
        }
        let (mood, from) = (total.mood(), rfc_3339(from));
        Ok(Self { mood, hours, from, by_hour, by_source, by_coin, top })
    }
}

/// The mood of each of some days.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DailyAnswer {
    /// Each day, the first one first.
    pub(super) days: Vec<Part>,
}

impl DailyAnswer {
    pub(super) fn read(
        store: &mut Store,
        filters: &Filters,
        days: u32,
        labels: &[String],
        now: DateTime<Utc>,
    ) -> anyhow::Result<Self> {
        let day = TimeDelta::days(1);
        let from = begun(now, day) - day * i32::try_from(days.saturating_sub(1))?;
        let periods = store.by_day(filters.subject(), from)?;
        let (_, mut days) = parts(&periods, from, day, days, labels);
        for part in &mut days {
            // `2026-11-29` of `2026-11-29T00:00:00Z`.
            part.of.truncate(10);
        }
        Ok(Self { days })
    }
}

/// The beginning of the hour or day of a time.
fn begun(time: DateTime<Utc>, period: TimeDelta) -> DateTime<Utc> {
    // Fails for times beyond the years of an i64 of nanoseconds, 1677 to 2262.
    time.duration_trunc(period).unwrap_or(time)
}

/// The counts of all periods from `from` on, and the mood of each: so many of them, those without
/// headlines too. What lies beyond them, as after the clock went back, belongs to the last one.
fn parts(
    periods: &[Period],
    from: DateTime<Utc>,
    length: TimeDelta,
    number: u32,
    labels: &[String],
) -> (Counts, Vec<Part>) {
    let mut total = Counts::of(labels);
    let mut counts = vec![Counts::of(labels); number as usize];
    for period in periods {
        let place = (period.start - from).num_seconds() / length.num_seconds();
        let place = usize::try_from(place).unwrap_or(0).min(counts.len().saturating_sub(1));
        let headlines = u32::try_from(period.headlines).unwrap_or(u32::MAX);
        total.add(&period.label, headlines);
        if let Some(counts) = counts.get_mut(place) {
            counts.add(&period.label, headlines);
        }
    }
    let starts = (0..).map(|place| from + length * place);
    let parts = starts.zip(&counts);
    let parts = parts.map(|(start, counts)| Part { of: rfc_3339(start), mood: counts.mood() });
    (total, parts.collect())
}

/// The mood of each source or coin with most headlines.
fn of_terms(
    store: &mut Store,
    kind: Kind,
    from: DateTime<Utc>,
    labels: &[String],
) -> anyhow::Result<Vec<Part>> {
    let mut terms: BTreeMap<String, Counts> = BTreeMap::new();
    for total in store.totals(kind, from)? {
        let headlines = u32::try_from(total.headlines).unwrap_or(u32::MAX);
        let counts = terms.entry(total.term).or_insert_with(|| Counts::of(labels));
        counts.add(&total.label, headlines);
    }
    let parts = terms.into_iter().map(|(of, counts)| Part { of, mood: counts.mood() });
    let mut parts: Vec<Part> = parts.collect();
    // Stable: those of equally many headlines stay in the order of their names.
    parts.sort_by_key(|part| std::cmp::Reverse(part.mood.headlines));
    parts.truncate(MOST_PARTS);
    Ok(parts)
}
