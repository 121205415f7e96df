//! The balance of headlines: the share of good news minus that of bad news, from −1 to 1.
//!
//! Of n headlines, p with the label that is good news and q with its opposite, the balance is
//! (p − q) / n. It is the same wherever one is shown: of a list, of a day, of a name.

use alloc::string::String;

/// Which labels are the ends of the scale, by their places in a list of labels.
///
/// ```
/// use undertone::balance::Scale;
/// let scale = Scale::among(["negative", "neutral", "positive"].into_iter()).unwrap();
/// assert_eq!(scale.balance(&[1, 4, 5]), Some(0.4));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scale {
    positive: Option<usize>,
    negative: Option<usize>,
}

impl Scale {
    /// The scale of a model's labels, where they have both ends: the first whose name begins with
    /// `pos` or `bull`, and the first whose name begins with `neg` or `bear`, however written.
    pub fn of(labels: &[String]) -> Option<Self> {
        let scale = Self::ends(labels.iter().map(String::as_str));
        (scale.positive.is_some() && scale.negative.is_some()).then_some(scale)
    }

    /// The scale of labels that some headlines have, which may by chance be of one end only.
    pub fn among<'a>(labels: impl Iterator<Item = &'a str> + Clone) -> Option<Self> {
        let scale = Self::ends(labels);
        (scale.positive.is_some() || scale.negative.is_some()).then_some(scale)
    }

    fn ends<'a>(labels: impl Iterator<Item = &'a str> + Clone) -> Self {
        let first = |beginnings: [&str; 2]| {
            labels.clone().position(|label| beginnings.iter().any(|one| begins(label, one)))
        };
        Self { positive: first(["pos", "bull"]), negative: first(["neg", "bear"]) }
    }

    /// The balance of headlines of which so many have each label, in the order of the labels;
    /// `None` where there are none.
    pub fn balance(self, counts: &[u32]) -> Option<f64> {
        let total: f64 = counts.iter().copied().map(f64::from).sum();
        let of = |end: Option<usize>| end.and_then(|end| counts.get(end)).copied().unwrap_or(0);
        let difference = f64::from(of(self.positive)) - f64::from(of(self.negative));
        (total > 0.0).then(|| difference / total)
    }

    /// The standard error of [`Scale::balance`], taking the headlines as a sample of the news: half
    /// of the Bonett-Price interval (2012) of the difference of two shares of one sample, divided
    /// by the normal distribution's quantile. Of n headlines, p good and q bad, it is
    /// √((a + b − (a − b)²) / (n + 2)) with a = (p + 1) / (n + 2) and b = (q + 1) / (n + 2), which
    /// is no more 0 for a single headline than for none.
    pub fn standard_error(self, counts: &[u32]) -> f64 {
        let of = |end: Option<usize>| end.and_then(|end| counts.get(end)).copied().unwrap_or(0);
        let n = counts.iter().copied().map(f64::from).sum::<f64>() + 2.0;
        let a = (f64::from(of(self.positive)) + 1.0) / n;
        let b = (f64::from(of(self.negative)) + 1.0) / n;
        libm::sqrt((a + b - (a - b) * (a - b)) / n)
    }

    /// The probability of good news minus that of bad news, in the order of the labels: the balance
    /// to be expected of one headline, from −1 to 1.
    ///
    /// ```
    /// use undertone::balance::Scale;
    /// let scale = Scale::among(["negative", "neutral", "positive"].into_iter()).unwrap();
    /// assert_eq!(scale.difference(&[0.25, 0.25, 0.5]), 0.25);
    /// ```
    pub fn difference(self, probabilities: &[f64]) -> f64 {
        let of = |end: Option<usize>| end.and_then(|end| probabilities.get(end)).copied();
        of(self.positive).unwrap_or(0.0) - of(self.negative).unwrap_or(0.0)
    }
}

/// Whether a text begins with an ASCII one, however it is written.
fn begins(text: &str, beginning: &str) -> bool {
    text.get(..beginning.len()).is_some_and(|start| start.eq_ignore_ascii_case(beginning))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_balance_is_the_share_of_good_news_minus_that_of_bad_news() {
        let labels = ["negative", "neutral", "positive"].map(String::from);
        let scale = Scale::of(&labels).unwrap();
        for (counts, balance) in [
            ([1, 2, 1], Some(0.0)),
            ([3, 0, 1], Some(-0.5)),
            ([0, 0, 7], Some(1.0)),
            ([0, 4, 1], Some(0.2)),
            ([0, 0, 0], None),
        ] {
            assert_eq!(scale.balance(&counts), balance, "{counts:?}");
        }
        assert_eq!(scale.balance(&[]), None);
        assert_eq!(scale.balance(&[u32::MAX, 0, u32::MAX]), Some(0.0));
    }

    #[test]
    fn a_standard_error_falls_with_the_root_of_the_number() {
        let labels = ["negative", "neutral", "positive"].map(String::from);
        let scale = Scale::of(&labels).unwrap();
        // By hand: n + 2 = 100, a = 0.5, b = 0.3.
        let of_many = scale.standard_error(&[29, 20, 49]);
        assert!((of_many - (0.76_f64 / 100.0).sqrt()).abs() < 1e-12, "{of_many}");
        assert!((scale.standard_error(&[]) - 0.5_f64.sqrt()).abs() < 1e-12);
        // One headline says little, and says so.
        assert!(scale.standard_error(&[0, 0, 1]) > 0.4);
        let of_more = scale.standard_error(&[2900, 2000, 4900]);
        assert!((of_many / of_more - 10.0).abs() < 0.2, "{of_more}");
    }

    #[test]
    fn the_ends_of_the_scale_are_known_by_their_names() {
        for (labels, is_scale) in [
            (&["Bearish", "BULLISH"][..], true),
            (&["positive", "negative", "positive2"], true),
            (&["positive", "other"], false),
            (&["po", "ne", "büll"], false),
            (&[], false),
        ] {
            let labels: Vec<String> = labels.iter().map(|&label| label.to_owned()).collect();
            assert_eq!(Scale::of(&labels).is_some(), is_scale, "{labels:?}");
        }
        // A store of one day may hold no bad news.
        let seen = Scale::among(["neutral", "positive"].into_iter()).unwrap();
        assert_eq!(seen.balance(&[1, 1]), Some(0.5));
        assert_eq!(Scale::among(["bear"].into_iter()).unwrap().balance(&[2]), Some(-1.0));
        assert_eq!(Scale::among(["sport", "weather"].into_iter()), None);
    }
}
