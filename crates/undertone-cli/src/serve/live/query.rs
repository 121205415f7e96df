//! What a request asks of the store: filters and times, checked.

use axum::extract::rejection::QueryRejection;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::IntoParams;

use super::super::failure::Failure;
use crate::store::{Filter, Subject};

/// The most hours of a mood: a month of them.
pub(super) const MOST_HOURS: u32 = 31 * 24;
/// The hours of a mood, unless others are asked for.
pub(super) const USUAL_HOURS: u32 = 24;
/// The most days of a history: ten years of them.
const MOST_DAYS: u32 = 3660;
/// The most headlines of an answer.
const MOST_HEADLINES: u32 = 500;
/// The headlines of an answer, unless another number is asked for.
pub(super) const USUAL_HEADLINES: u32 = 50;
/// The most characters of a filter; labels, coins and sources have fewer.
const LONGEST_FILTER: usize = 200;

/// Whose mood, and of how many hours.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct MoodQuery {
    /// So many hours, the one that has begun as the last.
    #[param(minimum = 1, maximum = 744, default = 24)]
    pub(super) hours: Option<u32>,
    /// Only headlines about this coin or company.
    #[param(example = "Bitcoin")]
    pub(super) coin: Option<String>,
    /// Only headlines of this source; not together with `coin`.
    pub(super) source: Option<String>,
}

/// Whose mood, and of how many days.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct DailyQuery {
    /// So many days (UTC), the one that has begun as the last.
    #[param(minimum = 1, maximum = 3660, default = 90)]
    pub(super) days: Option<u32>,
    /// Only headlines about this coin or company.
    pub(super) coin: Option<String>,
    /// Only headlines of this source; not together with `coin`.
    pub(super) source: Option<String>,
}

/// Which headlines, the newest first.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct HeadlinesQuery {
    /// Only headlines with this label.
    #[param(example = "positive")]
    pub(super) label: Option<String>,
    /// Only headlines about this coin or company.
    pub(super) coin: Option<String>,
    /// Only headlines of this source.
    pub(super) source: Option<String>,
    /// Only headlines that came before the one with this id: the next page of an answer.
    #[param(value_type = Option<i64>)]
    pub(super) before: Option<i64>,
    /// At most so many headlines.
    #[param(minimum = 1, maximum = 500, default = 50)]
    pub(super) limit: Option<u32>,
}

/// Which headlines, from which on.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct EventsQuery {
    /// Only headlines with this label.
    pub(super) label: Option<String>,
    /// Only headlines about this coin or company.
    pub(super) coin: Option<String>,
    /// Only headlines of this source.
    pub(super) source: Option<String>,
    /// Begin after the headline with this id, as the header `Last-Event-ID` does; else with what
    /// comes next.
    pub(super) after: Option<i64>,
}

/// The view of the page: its filters, and from where its list begins.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ViewQuery {
    pub(super) label: Option<String>,
    pub(super) coin: Option<String>,
    pub(super) source: Option<String>,
    pub(super) before: Option<i64>,
    pub(super) hours: Option<u32>,
}

/// The filters that queries share; an empty one, as a form sends it, is none.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Filters {
    pub(super) label: Option<String>,
    pub(super) coin: Option<String>,
    pub(super) source: Option<String>,
}

impl Filters {
    pub(super) fn new(
        label: Option<String>,
        coin: Option<String>,
        source: Option<String>,
    ) -> Result<Self, Failure> {
        let check = |name, text: Option<String>| match text.filter(|text| !text.is_empty()) {
            Some(text) if text.chars().count() > LONGEST_FILTER => Err(invalid(format!(
                "{name}: expected at most {LONGEST_FILTER} characters, found {}",
                text.chars().count()
            ))),
            text => Ok(text),
        };
        Ok(Self {
            label: check("label", label)?,
            coin: check("coin", coin)?,
            source: check("source", source)?,
        })
    }

    pub(super) fn of_store(&self) -> Filter<'_> {
        Filter {
            label: self.label.as_deref(),
            name: self.coin.as_deref(),
            source: self.source.as_deref(),
        }
    }

    /// The headlines with a label among those that the mood is of.
    pub(super) fn of_mood_with<'a>(&'a self, label: &'a str) -> Filter<'a> {
        let (name, source) = match self.subject() {
            Subject::Name(name) => (Some(name), None),
            Subject::Source(source) => (None, Some(source)),
            Subject::All => (None, None),
        };
        Filter { label: Some(label), name, source }
    }

    /// Whose mood it is: the coin's where there is one, or else the source's.
    pub(super) fn subject(&self) -> Subject<'_> {
        match (&self.coin, &self.source) {
            (Some(coin), _) => Subject::Name(coin),
            (None, Some(source)) => Subject::Source(source),
            (None, None) => Subject::All,
        }
    }

    /// The filters of a mood, which knows one of coin and source at a time.
    pub(super) fn of_mood(coin: Option<String>, source: Option<String>) -> Result<Self, Failure> {
        let filters = Self::new(None, coin, source)?;
        if filters.coin.is_some() && filters.source.is_some() {
            return Err(invalid("expected coin or source, found both; ask for each by itself"));
        }
        Ok(filters)
    }

    /// The query string of the filters, with more parameters behind them; empty or with a `?`.
    pub(super) fn query(&self, more: &[(&str, String)]) -> String {
        let own = [("label", &self.label), ("coin", &self.coin), ("source", &self.source)];
        let own = own.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?)));
        let more = more.iter().map(|(name, value)| (*name, value.as_str()));
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(own.chain(more));
        match query.finish() {
            query if query.is_empty() => query,
            query => format!("?{query}"),
        }
    }
}

pub(super) fn hours(asked: Option<u32>) -> Result<u32, Failure> {
    within("hours", asked.unwrap_or(USUAL_HOURS), MOST_HOURS)
}

pub(super) fn days(asked: Option<u32>) -> Result<u32, Failure> {
    within("days", asked.unwrap_or(90), MOST_DAYS)
}

pub(super) fn limit(asked: Option<u32>) -> Result<u32, Failure> {
    within("limit", asked.unwrap_or(USUAL_HEADLINES), MOST_HEADLINES)
}

fn within(name: &str, found: u32, most: u32) -> Result<u32, Failure> {
    if (1..=most).contains(&found) {
        return Ok(found);
    }
    Err(invalid(format!("{name}: expected a number from 1 to {most}, found {found}")))
}

fn invalid(message: impl Into<String>) -> Failure {
    Failure::new(StatusCode::BAD_REQUEST, "invalid_query", message)
}

impl From<QueryRejection> for Failure {
    fn from(error: QueryRejection) -> Self {
        invalid(error.body_text())
    }
}
