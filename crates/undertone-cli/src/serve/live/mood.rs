//! The mood: one number for the headlines of a time, from −100 to 100.
//!
//! It is 100 times the balance of these headlines ([`Scale::balance`]), with 100 times its standard
//! error. docs/operations.md says so to operators, and the page to its readers.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use undertone::balance::Scale;

/// The number of points from none to all of the headlines.
const POINTS: f64 = 100.0;

/// The mood of some headlines.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(super) struct Mood {
    /// 100 × (good − bad) / headlines, from -100 to 100; null without headlines, and where no label
    /// is good or bad news.
    #[schema(example = 12.5)]
    pub(super) mood: Option<f64>,
    /// The standard error of the mood, in the same points, taking the headlines as a sample of the
    /// news; null where the mood is.
    #[schema(example = 4.1)]
    pub(super) standard_error: Option<f64>,
    /// The number of headlines.
    pub(super) headlines: u32,
    /// The number of headlines with each label.
    pub(super) labels: BTreeMap<String, u32>,
}

/// Headlines counted by label. The labels of the model are there from the beginning: an hour may by
/// chance hold neutral headlines alone, whose mood is 0.
#[derive(Debug, Clone)]
pub(super) struct Counts(BTreeMap<String, u32>);

impl Counts {
    pub(super) fn of(labels: &[String]) -> Self {
        Self(labels.iter().map(|label| (label.clone(), 0)).collect())
    }

    pub(super) fn add(&mut self, label: &str, headlines: u32) {
        match self.0.get_mut(label) {
            Some(count) => *count = count.saturating_add(headlines),
            None => drop(self.0.insert(label.to_owned(), headlines)),
        }
    }

    pub(super) fn headlines(&self) -> u32 {
        self.0.values().fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// The mood of the counted headlines.
    pub(super) fn mood(&self) -> Mood {
        let counts: Vec<u32> = self.0.values().copied().collect();
        let scale = Scale::among(self.0.keys().map(String::as_str));
        let balance = scale.and_then(|scale| Some((scale, scale.balance(&counts)?)));
        Mood {
            mood: balance.map(|(_, balance)| in_points(balance)),
            standard_error: balance.map(|(scale, _)| in_points(scale.standard_error(&counts))),
            headlines: self.headlines(),
            labels: self.0.clone(),
        }
    }
}

/// A balance in points, to the hundredth.
fn in_points(balance: f64) -> f64 {
    let hundredths = (balance * POINTS * 100.0).round() / 100.0;
    // Not -0.
    hundredths + 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mood(labels: &[&str], counts: &[(&str, u32)]) -> Mood {
        let labels: Vec<String> = labels.iter().map(|&label| label.to_owned()).collect();
        let mut counted = Counts::of(&labels);
        for (label, headlines) in counts {
            counted.add(label, *headlines);
        }
        counted.mood()
    }

    const USUAL: [&str; 3] = ["negative", "neutral", "positive"];

    #[test]
    fn the_mood_is_a_hundred_times_the_balance() {
        let found = mood(&USUAL, &[("negative", 29), ("neutral", 20), ("positive", 49)]);
        assert_eq!((found.mood, found.headlines), (Some(20.41), 98));
        assert_eq!(found.standard_error, Some(8.72));
        assert_eq!(mood(&USUAL, &[("neutral", 3)]).mood, Some(0.0));
        // Headlines of an earlier model may have labels of their own.
        assert_eq!(mood(&[], &[("bearish", 2)]).mood, Some(-100.0));
    }

    #[test]
    fn nothing_has_no_mood() {
        for (labels, counts) in [(&USUAL[..], &[][..]), (&["sport"], &[("sport", 2)])] {
            let none = mood(labels, counts);
            assert_eq!((none.mood, none.standard_error), (None, None), "{labels:?}");
        }
    }
}
