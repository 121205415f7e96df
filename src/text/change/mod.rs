//! Changes, a kind of derived features: what figures and direction words say about profit, sales
//! and the like.
//!
//! The commonest sentence of financial news compares two figures, and "Operating profit rose to EUR
//! 13.1 mn from EUR 8.7 mn" says more than its words do. This step finds pairs of comparable
//! figures around *from*, *compared with*, *versus*, *against* and the like, and direction words
//! together with what moves, and derives a feature from each:
//!
//! | feature | meaning |
//! |---|---|
//! | `<up>`, `<down>`, `<same>` | the newer figure is more than the older one, less, or as much |
//! | `<up profit>` … | likewise, with the subject: profit, sales, loss, cost, turn, other |
//! | `<move up profit>` … | a direction word such as *rose*, with the subject that it goes with |
//!
//! The subject *turn* is a change from loss to profit or back; *other* is one that no word names.
//! Figures are comparable when both or neither are percentages, both or neither are bare counts,
//! and no two different currencies are named. Years are not figures. After *loss* a positive
//! figure counts as negative, so that "net loss narrowed to EUR 2 mn from EUR 5 mn" is up.
//!
//! Windows are counted in words, numbers and signs, so that the work is linear in the text.

use alloc::vec;
use alloc::vec::Vec;

mod figure;
mod lexicon;

use core::ops::Range;

use super::derived::{DerivedFeatures, Found, Part, SegmentedText, Triggers};
use figure::{Figure, Item, figures, scan};
use lexicon::Meaning::{self, Connective, Down, Sign, Up};
use lexicon::{CONNECTIVE, DIRECTION, Lexicon, SUBJECT, Subject};

/// How many items before a figure its subject, and before a connective its newer figure, may stand.
const REACH_BACK: usize = 40;
/// How many items after a connective its older figure may stand.
const REACH_ON: usize = 12;
/// How many items apart the two figures of "from A to B" may stand.
const REACH_TO: usize = 6;
/// How many items after "from" the first figure of "from A to B" may stand.
const REACH_FROM: usize = 3;
/// How many items before a direction word its subject may stand.
const SUBJECT_BACK: usize = 12;
/// How many items after a direction word its subject may stand.
const SUBJECT_ON: usize = 4;

/// The kinds of trigger words that a feature of a direction word and its subject needs.
const MOVE: Triggers = DIRECTION.union(SUBJECT);

/// The changes of texts, with working memory for finding them.
#[derive(Debug, Default)]
pub(super) struct Changes {
    /// The words, numbers and signs of the text at hand.
    items: Vec<Item>,
}

impl DerivedFeatures for Changes {
    fn triggers(&self, text: &SegmentedText<'_>) -> Triggers {
        if text.runs_are_words {
            let lexicon = Lexicon::get();
            let kinds = text.hashes.iter().map(|&hash| lexicon.triggers_by_hash(hash));
            kinds.fold(Triggers::NONE, Triggers::union)
        } else {
            letter_triggers(text.text.as_bytes())
        }
    }

    fn may_contain(&self, triggers: Triggers, text: &str) -> bool {
        may_contain_change(triggers, text)
    }

    fn derive(&mut self, text: &SegmentedText<'_>, found: &mut Found<'_>) {
        self.read(text.text, found);
    }
}

impl Changes {
    /// Adds the changes in a text to `found`.
    pub(super) fn read(&mut self, lower: &str, found: &mut Found<'_>) {
        let triggers = scan(lower, &mut self.items);
        if triggers.contains(CONNECTIVE) {
            comparisons(lower, &self.items, &figures(lower, &self.items), found);
        }
        if triggers.contains(DIRECTION) {
            moves(&self.items, found);
        }
    }
}

/// Whether a text may have a change, by the kinds of trigger words in it: a direction word goes
/// with a subject, and a connective joins figures. Most texts have neither.
pub(crate) fn may_contain_change(triggers: Triggers, text: &str) -> bool {
    triggers.contains(MOVE)
        || triggers.contains(CONNECTIVE) && text.bytes().any(|byte| byte.is_ascii_digit())
}

/// The kinds of trigger words among the longest runs of letters from a to z in a lowercase text or
/// word. The search ends as soon as there are enough for a change. A run beside other letters, as
/// in "upé", may be taken for a trigger word that the text doesn't have.
pub(crate) fn letter_triggers(lower: &[u8]) -> Triggers {
    let (lexicon, mut at, mut triggers) = (Lexicon::get(), 0, Triggers::NONE);
    let length_of = |at: usize, is_letter: bool| {
        let rest = lower.get(at..).unwrap_or_default();
        rest.iter().take_while(|byte| byte.is_ascii_lowercase() == is_letter).count()
    };
    while !triggers.contains(MOVE) {
        let start = at + length_of(at, false);
        at = start + length_of(start, true);
        if at == start {
            break;
        }
        triggers |= lexicon.meaning(lower, start..at).triggers();
    }
    triggers
}

/// A pair of figures that a text compares, by their indexes in the list of figures.
#[derive(Debug, Clone, Copy)]
struct Pair {
    newer: usize,
    older: usize,
}

/// Adds the features of the pairs of figures that connectives join.
fn comparisons(lower: &str, items: &[Item], figures: &[Figure], found: &mut Found<'_>) {
    // For each figure, whether it is known to be an older one.
    let mut is_old = vec![false; figures.len()];
    for (connective, item) in items.iter().enumerate() {
        if item.meaning != Connective {
            continue;
        }
        let after = figures_after(lower, items, figures, connective);
        if after.is_empty() {
            continue;
        }
        let is_from = item.text(lower) == "from";
        let from_to = if is_from && figures[after.start].item - connective <= REACH_FROM {
            from_to(lower, items, figures, after.clone())
        } else {
            None
        };
        let pair = from_to.or_else(|| across(figures, &is_old, connective, after.clone()));
        match pair {
            Some(pair) => {
                is_old[pair.older] = true;
                compare(items, figures, connective, pair, found);
            }
            None => is_old[after.start] |= is_from,
        }
    }
}

/// The indexes of the figures after a connective that may be its older one: those within reach, up
/// to a semicolon.
fn figures_after(
    lower: &str,
    items: &[Item],
    figures: &[Figure],
    connective: usize,
) -> Range<usize> {
    let end = connective + 1 + REACH_ON;
    let stop = (connective + 1..items.len().min(end))
        .find(|&after| items[after].text(lower) == ";")
        .unwrap_or(end);
    let before = |item: usize| figures.partition_point(|figure| figure.item < item);
    before(connective + 1)..before(stop)
}

/// The pair of "from A to B", where A is the first of the figures `after` the connective.
fn from_to(lower: &str, items: &[Item], figures: &[Figure], after: Range<usize>) -> Option<Pair> {
    let older = after.start;
    let first = &figures[older];
    let newer = (older + 1..after.end).find(|&later| {
        let later = &figures[later];
        later.item - first.item <= REACH_TO
            && first.is_comparable(later)
            && items[first.item + 1..later.item].iter().any(|item| item.text(lower) == "to")
    });
    newer.map(|newer| Pair { newer, older })
}

/// The pair of "B from A" or "B against A". A is the first of the figures `after` the connective
/// that can be compared with one before it; B is the last such figure before, preferably in the
/// same currency.
fn across(
    figures: &[Figure],
    is_old: &[bool],
    connective: usize,
    mut after: Range<usize>,
) -> Option<Pair> {
    let start = figures.partition_point(|figure| figure.item + REACH_BACK < connective);
    let before = start..after.start;
    after.find_map(|older| {
        let old = &figures[older];
        let candidates = || {
            before.clone().rev().filter(|&newer| {
                let new = &figures[newer];
                !is_old[newer] && new.is_comparable(old) && new.in_parentheses == old.in_parentheses
            })
        };
        candidates()
            .find(|&newer| figures[newer].currency == old.currency)
            .or_else(|| candidates().next())
            .map(|newer| Pair { newer, older })
    })
}

/// Adds the two features of a pair of figures.
fn compare(
    items: &[Item],
    figures: &[Figure],
    connective: usize,
    pair: Pair,
    found: &mut Found<'_>,
) {
    let (new, old) = (&figures[pair.newer], &figures[pair.older]);
    let start = new.item.min(old.item);
    let end = new.item.max(old.item);
    let before = start.saturating_sub(REACH_BACK)..start;
    let (sign, is_local) = sign_before(items, before.clone());
    let (old_sign, _) =
        if old.item > new.item { sign_before(items, connective..old.item) } else { (0, false) };
    let inherited = if is_local { 0 } else { sign };
    let (new_value, old_value) = new.values(old);
    let new_value = signed(new_value, sign);
    let old_value = signed(old_value, if old_sign == 0 { inherited } else { old_sign });
    let subject = if new_value * old_value < 0.0 {
        Subject::Turn
    } else if sign < 0 && !is_local {
        Subject::Loss
    } else {
        items[before].iter().rev().find_map(Item::subject).unwrap_or(Subject::Other)
    };
    let direction = if new_value > old_value {
        "up"
    } else if new_value < old_value {
        "down"
    } else {
        "same"
    };
    let at = items[start].at.start..items[end].at.end;
    push([direction, "", ""], at.clone(), found);
    push([direction, subject.name(), ""], at, found);
}

/// Adds a feature whose name is made of these words.
fn push(names: [&'static str; 3], source: Range<usize>, found: &mut Found<'_>) {
    found.push(names.map(Part::Name), &[], source);
}

/// A value with the sign that a word before it gives: after the word *loss* a positive value is
/// negative.
fn signed(value: f64, sign: i8) -> f64 {
    if sign < 0 && value > 0.0 { -value } else { value }
}

/// The sign that a range of items gives to a figure after it, from the last item that has one, or
/// 0; and whether the sign is for the next figure alone.
fn sign_before(items: &[Item], range: Range<usize>) -> (i8, bool) {
    let sign = items[range].iter().rev().find_map(|item| match item.meaning {
        Meaning::Subject(_, sign) if sign != 0 => Some((sign, false)),
        Sign(sign, is_local) => Some((sign, is_local)),
        _ => None,
    });
    sign.unwrap_or((0, false))
}

/// Adds a feature for each direction word with a subject: the last one before it, or else the
/// first one after.
fn moves(items: &[Item], found: &mut Found<'_>) {
    for (index, item) in items.iter().enumerate() {
        let direction = match item.meaning {
            Up => "up",
            Down => "down",
            _ => continue,
        };
        let before = items[index.saturating_sub(SUBJECT_BACK)..index].iter().rev();
        let after = items[index + 1..].iter().take(SUBJECT_ON);
        if let Some(subject) = before.chain(after).find_map(Item::subject) {
            push(["move", direction, subject.name()], item.at.clone(), found);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::spans::Span;
    use crate::text::{Analyzer, AnalyzerSettings, Tokens};

    /// The changes of a text, each with the stretch that it is read off.
    fn changes(text: &str) -> Vec<(String, String)> {
        let lower = text.to_lowercase();
        let (mut names, mut spans) = (Vec::new(), Vec::new());
        let mut found = Found { tokens: &mut names, spans: &mut spans };
        Changes::default().read(&lower, &mut found);
        // The prefilter lets it pass.
        let triggers = letter_triggers(lower.as_bytes());
        assert!(spans.is_empty() || may_contain_change(triggers, &lower), "{lower}");
        let feature = |span: &Span| {
            let name = str::from_utf8(&names[span.at.clone()]).unwrap();
            (name.to_owned(), lower[span.source.clone()].to_owned())
        };
        spans.iter().map(feature).collect()
    }

    fn features(text: &str) -> Vec<String> {
        changes(text).into_iter().map(|(feature, _)| feature).collect()
    }

    #[test]
    fn the_prefilter_stops_texts_without_a_change() {
        for text in
            ["shares rose", "profit of 7 %", "bitcoin up 7 % to $ 9", "letter from a friend"]
        {
            assert!(!may_contain_change(letter_triggers(text.as_bytes()), text), "{text}");
        }
    }

    #[test]
    fn changes_are_found_whatever_stands_beside_them() {
        // Where every word is of letters or has none, the prefilter asks their hashes; elsewhere it
        // reads the letters of the text.
        let settings = AnalyzerSettings {
            token_pattern: r"\w+|[$%]".to_owned(),
            changes: true,
            ..AnalyzerSettings::default()
        };
        let analyzer = Analyzer::new(settings).unwrap();
        for text in ["Profit rose", "Q3 profit rose", "Naïve: profit rose", "Profit rose 5mn"] {
            let mut found = Vec::new();
            analyzer.analyze(text, &mut Tokens::default()).for_each(|feature| {
                found.push(feature.text().to_owned());
            });
            assert!(found.contains(&"<move up profit>".to_owned()), "{text}: {found:?}");
        }
    }

    #[test]
    fn compares_figures() {
        for (text, expected) in [
            ("Operating profit was EUR 13.1 mn, compared to EUR 8.7 mn", "<up profit>"),
            ("Net sales fell to EUR 1,210.5 million from EUR 1.3 bn", "<down sales>"),
            ("Net loss narrowed to EUR 2 mn from EUR 5 mn a year earlier", "<up loss>"),
            ("Profit of EUR 2 mn against a loss of EUR 5 mn", "<up turn>"),
            ("Operating margin from 4.2 % to 3.9 %", "<down profit>"),
            ("Costs were USD 3.5m vs USD 3.5m", "<same cost>"),
            ("Pairs traded at $101.2 versus $99.8", "<up other>"),
        ] {
            assert!(features(text).contains(&expected.to_owned()), "{text}: {:?}", features(text));
        }
    }

    #[test]
    fn leaves_years_and_unlike_figures_alone() {
        for text in [
            "Profit from 2008 to 2009",
            "From EUR 5 mn to 7 %",
            "Revenue of EUR 5 mn compared with USD 7 mn",
            "from",
            "1-2 vs",
        ] {
            assert_eq!(features(text), [] as [&str; 0], "{text}");
        }
    }

    #[test]
    fn direction_words_go_with_their_subject() {
        assert_eq!(features("Quarterly losses widened"), ["<move up loss>"]);
        assert_eq!(features("Higher sales"), ["<move up sales>"]);
        assert_eq!(features("Prices rose"), [] as [&str; 0]);
    }

    #[test]
    fn a_change_points_at_the_words_that_it_is_read_off() {
        assert_eq!(
            changes("Profit rose to EUR 13.1 mn from EUR 8.7 mn"),
            [
                ("<up>", "13.1 mn from eur 8.7"),
                ("<up profit>", "13.1 mn from eur 8.7"),
                ("<move up profit>", "rose"),
            ]
            .map(|(feature, source)| (feature.to_owned(), source.to_owned()))
        );
    }
}
