//! Changes told in figures: the commonest sentence of financial news, read as up, down or same.
//!
//! "Operating profit rose to EUR 13.1 mn from EUR 8.7 mn" says more than its words do. This step
//! finds pairs of comparable figures around *from*, *compared with*, *versus*, *against* and the
//! like, and direction words together with what moves, and adds one feature for each:
//!
//! | feature | meaning |
//! |---|---|
//! | `<up>`, `<down>`, `<same>` | the newer figure against the older one |
//! | `<up profit>` … | the same with its subject: profit, sales, loss, cost, other, or turn (from loss to profit or back) |
//! | `<move up profit>` … | a direction word such as *rose*, with the subject that it goes with |
//!
//! Figures are comparable when both or neither are percentages, both or neither are bare counts,
//! and no two different currencies are named. Years are not figures. After *loss* a positive
//! figure counts as negative, so that "net loss narrowed to EUR 2 mn from EUR 5 mn" is up.
//! The features can't be mistaken for tokens: no token holds a `<`.
//!
//! Windows are counted in words, numbers and signs, so that the work is linear in the text.

use std::ops::Range;

use super::hash::usual_hash;
use super::is_word_char;
use super::words::USUAL;

/// How far before a figure its subject, and before a connective its newer figure, may stand.
const REACH_BACK: usize = 40;
/// How far after a connective its older figure may stand.
const REACH_ON: usize = 12;
/// How far apart the two figures of "from A to B" may stand.
const REACH_TO: usize = 6;
/// How far after "from" the first figure of "from A to B" may stand.
const REACH_FROM: usize = 3;
/// How far before a direction word its subject may stand, and how far after.
const SUBJECT_BACK: usize = 12;
const SUBJECT_ON: usize = 4;
/// Bare numbers in this range are years.
const YEARS: std::ops::RangeInclusive<f64> = 1900.0..=2100.0;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Subject {
    Profit,
    Sales,
    Loss,
    Cost,
    Other,
    Turn,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Meaning {
    /// What a figure is of, and whether a figure after it is a gain (1), a loss (−1) or unsaid.
    Subject(Subject, i8),
    /// Says the sign of a figure without being a subject; of the next one only where `true`.
    Sign(i8, bool),
    Connective,
    Up,
    Down,
    Widen,
    /// A power of ten.
    Scale(u8),
    Currency(u8),
    Percent,
    None,
}

/// What the words of a text mean, as far as is known: a bit for each of these. No change is told without a
/// connective or a direction.
pub(crate) type Hints = u8;
const HAS_CONNECTIVE: Hints = 1;
const HAS_DIRECTION: Hints = 2;
const HAS_SUBJECT: Hints = 4;
const MOVE: Hints = HAS_DIRECTION | HAS_SUBJECT;

impl Meaning {
    const fn hint(self) -> Hints {
        match self {
            Connective => HAS_CONNECTIVE,
            Up | Down | Widen => HAS_DIRECTION,
            Meaning::Subject(..) => HAS_SUBJECT,
            _ => 0,
        }
    }
}

use Meaning::{Connective, Currency, Down, Percent, Scale, Sign, Up, Widen};
use Subject::{Cost, Loss, Profit, Sales};

const EUR: Meaning = Currency(0);
const USD: Meaning = Currency(1);
const GBP: Meaning = Currency(2);
const INR: Meaning = Currency(3);

/// Words with a meaning here, in ascending byte order.
static LEXICON: &[(&str, Meaning)] = &[
    ("advance", Up),
    ("advanced", Up),
    ("advances", Up),
    ("against", Connective),
    ("b", Scale(9)),
    ("beat", Up),
    ("beats", Up),
    ("billion", Scale(9)),
    ("bln", Scale(9)),
    ("bn", Scale(9)),
    ("charges", Meaning::Subject(Cost, 0)),
    ("chf", Currency(11)),
    ("climb", Up),
    ("climbed", Up),
    ("climbing", Up),
    ("climbs", Up),
    ("compared", Connective),
    ("comparison", Connective),
    ("contracted", Down),
    ("cost", Meaning::Subject(Cost, 0)),
    ("costs", Meaning::Subject(Cost, 0)),
    ("cr", Scale(7)),
    ("crore", Scale(7)),
    ("cut", Down),
    ("cuts", Down),
    ("cutting", Down),
    ("debt", Meaning::Subject(Cost, 0)),
    ("decline", Down),
    ("declined", Down),
    ("declines", Down),
    ("declining", Down),
    ("decrease", Down),
    ("decreased", Down),
    ("decreases", Down),
    ("decreasing", Down),
    ("deficit", Meaning::Subject(Loss, -1)),
    ("diminished", Down),
    ("dip", Down),
    ("dipped", Down),
    ("dips", Down),
    ("dkk", Currency(6)),
    ("dollars", USD),
    ("doubled", Up),
    ("down", Down),
    ("drop", Down),
    ("dropped", Down),
    ("dropping", Down),
    ("drops", Down),
    ("earnings", Meaning::Subject(Profit, 1)),
    ("ebit", Meaning::Subject(Profit, 1)),
    ("ebitda", Meaning::Subject(Profit, 1)),
    ("eek", Currency(7)),
    ("eps", Meaning::Subject(Profit, 1)),
    ("eur", EUR),
    ("euro", EUR),
    ("euros", EUR),
    ("exceeded", Up),
    ("expanded", Up),
    ("expenses", Meaning::Subject(Cost, 0)),
    ("fall", Down),
    ("fallen", Down),
    ("falling", Down),
    ("falls", Down),
    ("fell", Down),
    ("from", Connective),
    ("gain", Up),
    ("gained", Up),
    ("gaining", Up),
    ("gains", Up),
    ("gbp", GBP),
    ("gearing", Meaning::Subject(Cost, 0)),
    ("grew", Up),
    ("grow", Up),
    ("growing", Up),
    ("grown", Up),
    ("grows", Up),
    ("growth", Up),
    ("halved", Down),
    ("higher", Up),
    ("improve", Up),
    ("improved", Up),
    ("improvement", Up),
    ("improves", Up),
    ("income", Meaning::Subject(Profit, 1)),
    ("increase", Up),
    ("increased", Up),
    ("increases", Up),
    ("increasing", Up),
    ("inflation", Meaning::Subject(Cost, 0)),
    ("inr", INR),
    ("jpy", Currency(12)),
    ("jump", Up),
    ("jumped", Up),
    ("jumps", Up),
    ("k", Scale(3)),
    ("lakh", Scale(5)),
    ("loss", Meaning::Subject(Loss, -1)),
    ("losses", Meaning::Subject(Loss, -1)),
    ("lost", Down),
    ("lower", Down),
    ("ltl", Currency(8)),
    ("lvl", Currency(9)),
    ("m", Scale(6)),
    ("margin", Meaning::Subject(Profit, 0)),
    ("million", Scale(6)),
    ("millions", Scale(6)),
    ("minus", Sign(-1, true)),
    ("mio", Scale(6)),
    ("miss", Down),
    ("missed", Down),
    ("misses", Down),
    ("mln", Scale(6)),
    ("mn", Scale(6)),
    ("narrowed", Down),
    ("narrower", Down),
    ("narrows", Down),
    ("negative", Sign(-1, true)),
    ("nok", Currency(5)),
    ("orders", Meaning::Subject(Sales, 0)),
    ("pc", Percent),
    ("pct", Percent),
    ("percent", Percent),
    ("pln", Currency(13)),
    ("plummeted", Down),
    ("plunge", Down),
    ("plunged", Down),
    ("plunges", Down),
    ("positive", Sign(1, false)),
    ("profit", Meaning::Subject(Profit, 1)),
    ("profits", Meaning::Subject(Profit, 1)),
    ("raise", Up),
    ("raised", Up),
    ("raises", Up),
    ("rallied", Up),
    ("rallies", Up),
    ("rally", Up),
    ("reduce", Down),
    ("reduced", Down),
    ("reduces", Down),
    ("result", Meaning::Subject(Profit, 0)),
    ("revenue", Meaning::Subject(Sales, 1)),
    ("revenues", Meaning::Subject(Sales, 1)),
    ("rise", Up),
    ("risen", Up),
    ("rises", Up),
    ("rising", Up),
    ("rose", Up),
    ("rs", INR),
    ("rub", Currency(10)),
    ("sales", Meaning::Subject(Sales, 1)),
    ("sank", Down),
    ("sek", Currency(4)),
    ("shed", Down),
    ("sheds", Down),
    ("shrank", Down),
    ("sink", Down),
    ("sinks", Down),
    ("slid", Down),
    ("slide", Down),
    ("slides", Down),
    ("slip", Down),
    ("slipped", Down),
    ("slipping", Down),
    ("slips", Down),
    ("slump", Down),
    ("slumped", Down),
    ("slumps", Down),
    ("soar", Up),
    ("soared", Up),
    ("soars", Up),
    ("strengthened", Up),
    ("surge", Up),
    ("surged", Up),
    ("surges", Up),
    ("surging", Up),
    ("surplus", Sign(1, false)),
    ("tanked", Down),
    ("tanks", Down),
    ("thousand", Scale(3)),
    ("tn", Scale(12)),
    ("topped", Up),
    ("tops", Up),
    ("trillion", Scale(12)),
    ("tripled", Up),
    ("tumble", Down),
    ("tumbled", Down),
    ("tumbles", Down),
    ("turnover", Meaning::Subject(Sales, 1)),
    ("unemployment", Meaning::Subject(Cost, 0)),
    ("up", Up),
    ("usd", USD),
    ("versus", Connective),
    ("volume", Meaning::Subject(Sales, 0)),
    ("volumes", Meaning::Subject(Sales, 0)),
    ("vs", Connective),
    ("weaken", Down),
    ("weakened", Down),
    ("weaker", Down),
    ("widen", Widen),
    ("widened", Widen),
    ("widens", Widen),
    ("wider", Widen),
];

/// Where the words with each first letter begin in [`LEXICON`], from `a` on, and where `z` ends.
static BY_LETTER: [u8; 27] = {
    let mut borders = [0; 27];
    let mut index = 0;
    while index < LEXICON.len() {
        let first = LEXICON[index].0.as_bytes()[0];
        let mut letter = 0;
        while letter < 27 {
            borders[letter] += (first < b'a' + letter as u8) as u8;
            letter += 1;
        }
        index += 1;
    }
    borders
};

/// The lengths of the words with each first and last letter, a bit for each. Most words of a text are
/// told to be none of [`LEXICON`] by this.
static LENGTHS: [[u32; 26]; 26] = {
    let mut lengths = [[0; 26]; 26];
    let mut index = 0;
    while index < LEXICON.len() {
        let word = LEXICON[index].0.as_bytes();
        let (first, last) = (word[0] - b'a', word[word.len() - 1] - b'a');
        lengths[first as usize][last as usize] |= 1 << word.len();
        index += 1;
    }
    lengths
};

/// The hints of words by their hashes: each word's in two places. One word in some hundreds that means nothing
/// is taken for one that does (a Bloom filter for each hint).
static HINTS: [Hints; 1 << HINTS_BITS] = {
    let mut hints = [0; 1 << HINTS_BITS];
    let mut index = 0;
    while index < LEXICON.len() {
        let (word, meaning) = LEXICON[index];
        let mut bytes = [0; USUAL];
        let mut at = 0;
        while at < word.len() {
            bytes[at] = word.as_bytes()[at];
            at += 1;
        }
        let (one, other) = hint_places(usual_hash(&bytes, word.len()));
        hints[one] |= meaning.hint();
        hints[other] |= meaning.hint();
        index += 1;
    }
    hints
};

const HINTS_BITS: u32 = 12;

/// The two places of a hash.
#[inline]
const fn hint_places(hash: u64) -> (usize, usize) {
    (hash as usize % (1 << HINTS_BITS), (hash >> HINTS_BITS) as usize % (1 << HINTS_BITS))
}

/// What words with these hashes may mean.
pub(super) fn hints_of(hashes: &[u64]) -> Hints {
    hashes.iter().fold(0, |hints, &hash| {
        let (one, other) = hint_places(hash);
        hints | HINTS[one] & HINTS[other]
    })
}

/// Whether a text may tell a change, if its words may mean this: a direction has a subject, and a connective has
/// figures around it.
pub(crate) fn may_tell(hints: Hints, text: &str) -> bool {
    hints & MOVE == MOVE
        || hints & HAS_CONNECTIVE != 0 && text.bytes().any(|byte| byte.is_ascii_digit())
}

fn word_meaning(word: &[u8]) -> Meaning {
    if !may_mean(word) {
        return Meaning::None;
    }
    let first = usize::from(word[0] - b'a');
    let same_letter = &LEXICON[usize::from(BY_LETTER[first])..usize::from(BY_LETTER[first + 1])];
    let found = same_letter.binary_search_by_key(&word, |&(known, _)| known.as_bytes());
    found.map_or(Meaning::None, |index| same_letter[index].1)
}

/// Whether [`LEXICON`] has a word of these letters at the ends and of this length.
#[inline]
fn may_mean(word: &[u8]) -> bool {
    let ([first, ..], [.., last]) = (word, word) else { return false };
    let letter = |byte: u8| usize::from(byte.wrapping_sub(b'a'));
    let lengths = LENGTHS.get(letter(*first)).and_then(|lengths| lengths.get(letter(*last)));
    lengths.is_some_and(|lengths| lengths >> word.len().min(31) & 1 == 1)
}

/// The meaning of a sign; `None` where a character is none.
fn sign_meaning(sign: char) -> Option<Meaning> {
    match sign {
        '%' => Some(Percent),
        '$' => Some(USD),
        '€' => Some(EUR),
        '£' => Some(GBP),
        '&' | '?' | '!' | '(' | ')' | '+' | ';' | ',' | '.' | '-' => Some(Meaning::None),
        _ => None,
    }
}

/// A word, a number or a sign.
#[derive(Debug, Clone)]
pub(super) struct Item {
    at: Range<usize>,
    meaning: Meaning,
    is_number: bool,
}

#[derive(Debug, Clone, Copy)]
struct Figure {
    /// Index of its item.
    item: usize,
    /// As written, and times its scale word.
    written: f64,
    scaled: f64,
    currency: Option<u8>,
    percent: bool,
    /// Nothing but digits: no unit, no currency, no fraction.
    bare: bool,
    in_parentheses: bool,
}

impl Figure {
    fn is_comparable(&self, other: &Self) -> bool {
        self.percent == other.percent
            && self.bare == other.bare
            && (self.currency == other.currency
                || self.currency.is_none()
                || other.currency.is_none())
    }

    /// Both values in one unit: in "EUR 8.3 mn, from EUR 8.4" the second leaves the unit out.
    fn values(&self, other: &Self) -> (f64, f64) {
        let scaled = (self.scaled != self.written, other.scaled != other.written);
        let unscaled = if scaled.0 { other } else { self };
        if scaled.0 != scaled.1 && unscaled.written.abs() < 1000.0 {
            (self.written, other.written)
        } else {
            (self.scaled, other.scaled)
        }
    }
}

/// Calls `found` with every change told in `lower`, a lowercase text, and where it is told.
pub(super) fn changes(
    lower: &str,
    items: &mut Vec<Item>,
    found: &mut dyn FnMut(&str, Range<usize>),
) {
    let Told { connectives, directions } = scan(lower, items);
    if connectives {
        comparisons(lower, items, &figures(lower, items), found);
    }
    if directions {
        moves(items, found);
    }
}

/// What the words of a lowercase text may mean, up to where it is known that they may tell a change. A word that
/// has letters beyond ASCII may be taken for one of its parts.
pub(super) fn hints(lower: &[u8]) -> Hints {
    let (mut rest, mut hints) = (lower, 0);
    while hints & MOVE != MOVE
        && let Some(start) = rest.iter().position(u8::is_ascii_lowercase)
    {
        let word = &rest[start..];
        let length = word.iter().position(|byte| !byte.is_ascii_lowercase()).unwrap_or(word.len());
        let (word, after) = word.split_at(length);
        hints |= word_meaning(word).hint();
        rest = after;
    }
    hints
}

/// Most texts have fewer items.
const BYTES_AN_ITEM: usize = 4;

/// What there is among some items.
struct Told {
    connectives: bool,
    directions: bool,
}

/// Cuts a text into words (letters only), numbers with their separators, and signs.
fn scan(lower: &str, items: &mut Vec<Item>) -> Told {
    items.clear();
    // A long text's list would be copied each time that it grows.
    items.reserve(lower.len() / BYTES_AN_ITEM);
    let mut told = Told { connectives: false, directions: false };
    let bytes = lower.as_bytes();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let start = at;
        if byte == b' ' {
            at += 1;
        } else if byte.is_ascii_digit() {
            at += number_length(&bytes[at..]);
            items.push(Item { at: start..at, meaning: Meaning::None, is_number: true });
        } else if let after @ 1.. = letters(lower, at) {
            at += after;
            let meaning = word_meaning(&bytes[start..at]);
            told.connectives |= meaning == Connective;
            told.directions |= meaning.hint() == HAS_DIRECTION;
            items.push(Item { at: start..at, meaning, is_number: false });
        } else {
            let sign = first_char(lower, at).unwrap_or_default();
            at += sign.len_utf8();
            if let Some(meaning) = sign_meaning(sign) {
                items.push(Item { at: start..at, meaning, is_number: false });
            }
        }
    }
    told
}

/// The first character that `text` has from byte `start` on.
// Where `text[start..]` is written, the browser module is larger by what a panic would say of a string.
fn first_char(text: &str, start: usize) -> Option<char> {
    text.get(start..)?.chars().next()
}

/// Bytes of the letters that `text` has from byte `start` on.
fn letters(text: &str, start: usize) -> usize {
    let mut end = start;
    loop {
        let rest = text.as_bytes().get(end..).unwrap_or_default();
        end += rest.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        match first_char(text, end) {
            Some(c) if !c.is_ascii() && is_word_char(c) => end += c.len_utf8(),
            _ => return end - start,
        }
    }
}

/// Digits, then any number of "." or "," with digits; one space may stand before a separator.
fn number_length(bytes: &[u8]) -> usize {
    let digits =
        |from: usize| bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut end = digits(0);
    loop {
        let separator = end + usize::from(bytes.get(end) == Some(&b' '));
        if !matches!(bytes.get(separator), Some(b'.' | b',')) {
            return end;
        }
        match digits(separator + 1) {
            0 => return end,
            count => end = separator + 1 + count,
        }
    }
}

/// The value of a number, and whether it has a fraction. Commas that are all followed by three
/// digits group thousands; otherwise a comma is a decimal point, and of several points the last is.
///
/// To the last bit what `str::parse` gives, up to 15 digits. `str::parse` itself adds 14 KB of
/// tables and code to the browser module after brotli, for digits that no comparison of figures
/// needs.
fn value(number: &str) -> (f64, bool) {
    let number = number.as_bytes();
    let grouped = number
        .split(|&byte| byte == b',')
        .skip(1)
        .all(|part| part.iter().take_while(|byte| byte.is_ascii_digit()).count() == 3);
    let point = number.iter().rposition(|&byte| byte == b'.' || (byte == b',' && !grouped));
    let (whole, fraction) = number.split_at(point.unwrap_or(number.len()));
    fn digits(part: &[u8]) -> impl Iterator<Item = f64> {
        part.iter().filter(|byte| byte.is_ascii_digit()).map(|byte| f64::from(byte - b'0'))
    }
    let mut value = digits(whole).fold(0.0, |value, digit| value * 10.0 + digit);
    let mut unit = 1.0;
    for digit in digits(fraction) {
        // One more digit could leave the integers that an f64 holds exactly.
        if value >= 9e14 {
            break;
        }
        value = value * 10.0 + digit;
        unit *= 10.0;
    }
    (value / unit, point.is_some())
}

fn figures(lower: &str, items: &[Item]) -> Vec<Figure> {
    let text = |index: usize| items.get(index).map_or("", |item: &Item| item.text(lower));
    let mut figures = Vec::new();
    let mut depth = 0u32;
    for (index, item) in items.iter().enumerate() {
        match lower.as_bytes()[item.at.start] {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if !item.is_number {
            continue;
        }
        let (number, fraction) = value(text(index));
        let mut before = index.checked_sub(1);
        let mut negative = false;
        // A minus stands after a word or a currency sign; after a number it is a range.
        if let Some(two_before) = index.checked_sub(2)
            && text(index - 1) == "-"
            && !items[two_before].is_number
        {
            negative = true;
            before = Some(two_before);
        }
        let currency_of = |index: usize| match items.get(index).map(|item| item.meaning) {
            Some(Currency(currency)) => Some(currency),
            _ => None,
        };
        let mut currency = before.and_then(currency_of);
        let mut after = index + 1;
        let mut scale = 1.0;
        if let Some(Scale(power)) = items.get(after).map(|item| item.meaning) {
            scale = (0..power).fold(1.0, |scale, _| scale * 10.0);
            after += 1;
        }
        let percent = items.get(after).is_some_and(|item| item.meaning == Percent)
            || (text(after) == "per" && text(after + 1) == "cent");
        if !percent && currency.is_none() && !matches!(text(after), "$" | "€" | "£") {
            currency = currency_of(after);
        }
        let bare = scale == 1.0 && currency.is_none() && !percent && !fraction;
        if bare && YEARS.contains(&number) && !text(index).contains(',') {
            continue;
        }
        let sign = if negative && !bare { -1.0 } else { 1.0 };
        figures.push(Figure {
            item: index,
            written: sign * number,
            scaled: sign * number * scale,
            currency,
            percent,
            bare,
            in_parentheses: depth > 0,
        });
    }
    figures
}

/// Pairs of figures around a connective.
fn comparisons(
    lower: &str,
    items: &[Item],
    figures: &[Figure],
    found: &mut dyn FnMut(&str, Range<usize>),
) {
    let text = |index: usize| items[index].text(lower);
    // Figures already told to be the older one, by index into `figures`.
    let mut is_old = vec![false; figures.len()];
    for (index, item) in items.iter().enumerate() {
        if item.meaning != Connective {
            continue;
        }
        let from = text(index) == "from";
        let first_after = figures.partition_point(|figure| figure.item <= index);
        let stop = (index + 1..items.len().min(index + 1 + REACH_ON))
            .find(|&after| text(after) == ";")
            .unwrap_or(index + 1 + REACH_ON);
        let end_after = figures.partition_point(|figure| figure.item < stop);
        if first_after >= end_after {
            continue;
        }
        let first = &figures[first_after];

        // from A to B
        let mut pair = None;
        if from && first.item - index <= REACH_FROM {
            pair = (first_after + 1..end_after)
                .find(|&later| {
                    let later = &figures[later];
                    later.item - first.item <= REACH_TO
                        && first.is_comparable(later)
                        && (first.item + 1..later.item).any(|between| text(between) == "to")
                })
                .map(|newer| (newer, first_after));
        }
        // B from A, B against A
        if pair.is_none() {
            let start = figures.partition_point(|figure| figure.item + REACH_BACK < index);
            pair = (first_after..end_after).find_map(|older| {
                let old = &figures[older];
                let candidates = || {
                    (start..first_after).rev().filter(|&newer| {
                        let new = &figures[newer];
                        !is_old[newer]
                            && new.is_comparable(old)
                            && new.in_parentheses == old.in_parentheses
                    })
                };
                candidates()
                    .find(|&newer| figures[newer].currency == old.currency)
                    .or_else(|| candidates().next())
                    .map(|newer| (newer, older))
            });
        }
        let Some((newer, older)) = pair else {
            is_old[first_after] |= from;
            continue;
        };
        is_old[older] = true;
        let (new, old) = (&figures[newer], &figures[older]);
        let start = new.item.min(old.item);
        let (sign, local) = sign_before(items, start.saturating_sub(REACH_BACK)..start);
        let (old_sign, _) =
            if old.item > new.item { sign_before(items, index..old.item) } else { (0, false) };
        let inherited = if local { 0 } else { sign };
        let (new_value, old_value) = new.values(old);
        let new_value = signed(new_value, sign);
        let old_value = signed(old_value, if old_sign == 0 { inherited } else { old_sign });
        let subject = if new_value * old_value < 0.0 {
            Subject::Turn
        } else if sign < 0 && !local {
            Loss
        } else {
            let before = items[start.saturating_sub(REACH_BACK)..start].iter().rev();
            before.filter_map(Item::subject).next().unwrap_or(Subject::Other)
        };
        let direction = if new_value > old_value {
            "up"
        } else if new_value < old_value {
            "down"
        } else {
            "same"
        };
        let end = new.item.max(old.item);
        let at = items[start].at.start..items[end].at.end;
        found(&format!("<{direction}>"), at.clone());
        found(&format!("<{direction} {}>", subject.name()), at);
    }
}

fn signed(value: f64, sign: i8) -> f64 {
    if sign < 0 && value > 0.0 { -value } else { value }
}

/// The last word among the items that tells a sign, and whether it tells it of one figure only.
fn sign_before(items: &[Item], range: Range<usize>) -> (i8, bool) {
    let signs = items[range].iter().rev().filter_map(|item| match item.meaning {
        Meaning::Subject(_, sign) if sign != 0 => Some((sign, false)),
        Sign(sign, local) => Some((sign, local)),
        _ => None,
    });
    signs.into_iter().next().unwrap_or((0, false))
}

/// Direction words with the last subject before them, or the first one after.
fn moves(items: &[Item], found: &mut dyn FnMut(&str, Range<usize>)) {
    for (index, item) in items.iter().enumerate() {
        let direction = match item.meaning {
            Up | Widen => "up",
            Down => "down",
            _ => continue,
        };
        let before = items[index.saturating_sub(SUBJECT_BACK)..index].iter().rev();
        let after = items[index + 1..].iter().take(SUBJECT_ON);
        if let Some(subject) = before.chain(after).find_map(Item::subject) {
            found(&format!("<move {direction} {}>", subject.name()), item.at.clone());
        }
    }
}

impl Item {
    fn text<'a>(&self, lower: &'a str) -> &'a str {
        lower.get(self.at.clone()).unwrap_or_default()
    }

    fn subject(&self) -> Option<Subject> {
        match self.meaning {
            Meaning::Subject(subject, _) => Some(subject),
            _ => None,
        }
    }
}

impl Subject {
    fn name(self) -> &'static str {
        match self {
            Self::Profit => "profit",
            Self::Sales => "sales",
            Self::Loss => "loss",
            Self::Cost => "cost",
            Self::Other => "other",
            Self::Turn => "turn",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn features(text: &str) -> Vec<String> {
        let (lower, mut features) = (text.to_lowercase(), Vec::new());
        changes(&lower, &mut Vec::new(), &mut |feature, _| features.push(feature.to_owned()));
        // Nothing is missed by asking the words first.
        assert!(features.is_empty() || may_tell(hints(lower.as_bytes()), &lower), "{text}");
        features
    }

    #[test]
    fn most_texts_tell_no_change_by_their_words() {
        for text in
            ["Shares rose", "Profit of 7 %", "Bitcoin up 7 % to $ 9", "Letter from a friend"]
        {
            assert!(!may_tell(hints(text.to_lowercase().as_bytes()), text), "{text}");
        }
    }

    #[test]
    fn the_lexicon_can_be_searched() {
        assert!(LEXICON.windows(2).all(|pair| pair[0].0 < pair[1].0));
        for (word, meaning) in LEXICON {
            assert_eq!(word_meaning(word.as_bytes()), *meaning);
        }
    }

    #[test]
    fn words_with_a_meaning_are_known_by_their_hashes() {
        let hash = |word: &str| {
            usual_hash(format!("{word:\0<16}").as_bytes().first_chunk().unwrap(), word.len())
        };
        for (word, meaning) in LEXICON {
            let hints = hints_of(&[1, hash(word), 2]);
            assert_eq!(hints & meaning.hint(), meaning.hint(), "{word}");
        }
        let hints = |number| hints_of(&[hash(&format!("w{number}"))]);
        let others = (0..100_000).filter(|&number| hints(number) != 0).count();
        assert!(others < 1000, "{others}");
    }

    #[test]
    fn reads_numbers() {
        for (number, expected) in [
            ("13.1", (13.1, true)),
            ("1,210.5", (1210.5, true)),
            ("1 ,234", (1234.0, false)),
            ("0,57", (0.57, true)),
            ("1.234.5", (1234.5, true)),
            ("12,34,567", (1234.567, true)),
            ("0", (0.0, false)),
        ] {
            assert_eq!(value(number), expected, "{number}");
        }
        // Fifteen digits, the point anywhere among them.
        for whole in [7, 100, 123_456, 99_999_999] {
            for fraction in ["0", "1", "3333333", "0000007", "999999", "1415926"] {
                let number = format!("{whole}.{fraction}");
                assert_eq!(value(&number), (number.parse().unwrap(), true), "{number}");
            }
        }
        // However long, never NaN, which would be neither up nor down nor the same.
        for digits in [20, 400] {
            let (nines, zeros) = ("9".repeat(digits), "0".repeat(digits));
            for number in [&nines, &format!("{nines}.{nines}"), &format!("0.{nines}")] {
                let parsed: f64 = number.parse().unwrap();
                let (found, _) = value(number);
                assert!(found == parsed || (found / parsed - 1.0).abs() < 1e-14, "{number}");
            }
            assert_eq!(value(&format!("0.{zeros}1")).0, if digits < 300 { 1e-21 } else { 0.0 });
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
    fn says_where() {
        let text = "profit rose to eur 13.1 mn from eur 8.7 mn";
        let mut places = Vec::new();
        changes(text, &mut Vec::new(), &mut |feature, at| {
            places.push((feature.to_owned(), &text[at]))
        });
        assert_eq!(
            places,
            [
                ("<up>".to_owned(), "13.1 mn from eur 8.7"),
                ("<up profit>".to_owned(), "13.1 mn from eur 8.7"),
                ("<move up profit>".to_owned(), "rose"),
            ]
        );
    }
}
