//! Filters: duplicates, and what is no headline, are left out.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use clap::ValueEnum;
use serde::Serialize;

use super::headline::Headline;

/// The fewest words of a headline; shorter ones say too little to have a sentiment.
const FEWEST_WORDS: usize = 4;
/// The similarity at which titles are near duplicates: the Jaccard index of their words, in per
/// cent.
const ALIKE_PERCENT: usize = 80;

/// Titles that sites show where there is no news, in lower case and without punctuation.
const PLACEHOLDERS: [&str; 18] = [
    "advertisement",
    "click here to read more",
    "click here to subscribe",
    "coming soon",
    "error 404 page not found",
    "just a moment",
    "loading",
    "loading please wait",
    "no headlines available at this time",
    "no news available",
    "page not found",
    "please enable javascript and cookies to continue",
    "please enable javascript to continue",
    "please enable javascript to view this page",
    "removed",
    "subscribe to our newsletter",
    "this article is for subscribers only",
    "untitled",
];
/// The beginnings of titles of advertisements.
const PLACEHOLDER_STARTS: [&str; 5] =
    ["[ad]", "[sponsored]", "advertisement:", "sponsored:", "sponsored content:"];

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Filter {
    /// Titles that sites show where there is no news: "Loading…", "Advertisement"
    Placeholders,
    /// Titles under four words
    Short,
    /// The same title again, whatever its case and punctuation
    Duplicates,
    /// Nearly the same title: four fifths of the words, and every figure
    NearDuplicates,
}

impl Filter {
    fn name(self) -> &'static str {
        match self {
            Self::Placeholders => "placeholders",
            Self::Short => "short",
            Self::Duplicates => "duplicates",
            Self::NearDuplicates => "near-duplicates",
        }
    }
}

/// The headlines that passed the filters, and the number that each filter left out.
#[derive(Debug)]
pub(super) struct Filtered {
    pub(super) headlines: Vec<Headline>,
    pub(super) left_out: BTreeMap<Filter, usize>,
}

impl Filtered {
    /// The numbers that were left out, as text: `2 duplicates, 1 short`.
    pub(super) fn shown(&self) -> String {
        let counts = self.left_out.iter().map(|(filter, n)| format!("{n} {}", filter.name()));
        counts.collect::<Vec<_>>().join(", ")
    }
}

/// Applies every filter but those in `switched_off`. The first of two similar headlines stays.
pub(super) fn apply(headlines: Vec<Headline>, switched_off: &[Filter]) -> Filtered {
    let filters: Vec<Filter> = Filter::value_variants()
        .iter()
        .copied()
        .filter(|filter| !switched_off.contains(filter))
        .collect();
    let mut left_out: BTreeMap<Filter, usize> = filters.iter().map(|filter| (*filter, 0)).collect();
    let mut seen = HashSet::new();
    let mut kept: Vec<(Headline, Words)> = Vec::new();
    for headline in headlines {
        let words = Words::of(&headline.title);
        let catches = |filter: &Filter| match filter {
            Filter::Placeholders => is_placeholder(&headline.title, &words),
            Filter::Short => headline.title.split_whitespace().count() < FEWEST_WORDS,
            Filter::Duplicates => seen.contains(&words.in_order),
            Filter::NearDuplicates => kept.iter().any(|(_, other)| words.nearly(other)),
        };
        if let Some(filter) = filters.iter().copied().find(catches) {
            *left_out.entry(filter).or_default() += 1;
            continue;
        }
        seen.insert(words.in_order.clone());
        kept.push((headline, words));
    }
    let headlines = kept.into_iter().map(|(headline, _)| headline).collect();
    Filtered { headlines, left_out }
}

/// The words of a title, by which titles are compared.
#[derive(Debug)]
pub(super) struct Words {
    /// The title in lower case and without punctuation, with single spaces.
    in_order: String,
    plain: BTreeSet<String>,
    /// The words with a digit: "falls 5%" and "falls 6%" are different news.
    figures: BTreeSet<String>,
}

impl Words {
    pub(super) fn of(title: &str) -> Self {
        // A point or comma inside a figure belongs to it.
        let title = title.to_lowercase();
        let words = title.split_whitespace().flat_map(|word| {
            let is_figure = word.contains(|c: char| c.is_numeric());
            let between =
                move |c: char| !(c.is_alphanumeric() || is_figure && matches!(c, '.' | ','));
            word.split(between).map(|part| part.trim_matches(['.', ',']).to_owned())
        });
        let words: Vec<String> = words.filter(|word| !word.is_empty()).collect();
        let in_order = words.join(" ");
        let (figures, plain) =
            words.into_iter().partition(|word| word.contains(|c: char| c.is_numeric()));
        Self { in_order, plain, figures }
    }

    /// Whether another title has these words, in any case and punctuation, or nearly these.
    #[cfg(feature = "serve")]
    pub(super) fn tells(&self, other: &Self) -> bool {
        self.in_order == other.in_order || self.nearly(other)
    }

    fn nearly(&self, other: &Self) -> bool {
        if self.figures != other.figures {
            return false;
        }
        let shared = self.plain.intersection(&other.plain).count() + self.figures.len();
        let all = self.plain.union(&other.plain).count() + self.figures.len();
        all > 0 && shared < all && 100 * shared >= ALIKE_PERCENT * all
    }
}

fn is_placeholder(title: &str, words: &Words) -> bool {
    let lower = title.to_lowercase();
    PLACEHOLDERS.contains(&words.in_order.as_str())
        || PLACEHOLDER_STARTS.iter().any(|start| lower.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filtered(titles: &[&str], switched_off: &[Filter]) -> (Vec<String>, String) {
        let headlines = titles.iter().map(|title| Headline {
            title: (*title).to_owned(),
            source: "a".to_owned(),
            url: None,
            published: None,
        });
        let filtered = apply(headlines.collect(), switched_off);
        let shown = filtered.shown();
        (filtered.headlines.into_iter().map(|headline| headline.title).collect(), shown)
    }

    const TITLES: [&str; 9] = [
        "Exchange halts withdrawals as losses mount",
        "EXCHANGE HALTS WITHDRAWALS, AS LOSSES MOUNT!",
        "Exchange halts all withdrawals as losses mount",
        "Bitcoin falls 5% to $60,000 in a day",
        "Bitcoin falls 6% to $60,000 in a day",
        "Markets wrap",
        "Please enable JavaScript to continue",
        "Sponsored: the wallet that everybody should have",
        "Miners report record revenue",
    ];

    #[test]
    fn each_filter_is_counted() {
        let (titles, shown) = filtered(&TITLES, &[]);
        assert_eq!(titles, [TITLES[0], TITLES[3], TITLES[4], TITLES[8]]);
        assert_eq!(shown, "2 placeholders, 1 short, 1 duplicates, 1 near-duplicates");
    }

    #[test]
    fn each_filter_can_be_switched_off() {
        let (all, shown) = filtered(&TITLES, Filter::value_variants());
        assert_eq!((all.len(), &shown[..]), (TITLES.len(), ""));
        for (filter, title) in [
            (Filter::Placeholders, TITLES[6]),
            (Filter::Short, TITLES[5]),
            (Filter::Duplicates, TITLES[1]),
            (Filter::NearDuplicates, TITLES[2]),
        ] {
            let (titles, _) = filtered(&TITLES, &[filter]);
            assert!(titles.iter().any(|kept| kept == title), "{filter:?}: {titles:?}");
        }
    }

    #[test]
    fn other_scripts_have_words_too() {
        let (titles, _) = filtered(
            &["Биткоин вырос до нового максимума", "БИТКОИН вырос до нового максимума"],
            &[],
        );
        assert_eq!(titles.len(), 1);
        // A title of punctuation alone is similar only to itself.
        let (titles, _) = filtered(&["? ? ? ?", "! ! ! !"], &[Filter::Duplicates]);
        assert_eq!(titles.len(), 2);
    }
}
