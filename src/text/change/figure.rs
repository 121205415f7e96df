//! Figures: the numbers of a text with their scale, currency and sign.

use alloc::vec::Vec;

use core::ops::Range;

use super::super::derived::Triggers;
use super::super::is_word_char;
use super::lexicon::Meaning::{self, Currency, Percent, Scale};
use super::lexicon::{Lexicon, Subject, sign_meaning};

/// Bare numbers in this range are years, and no figures.
const YEARS: core::ops::RangeInclusive<f64> = 1900.0..=2100.0;

/// A word, a number or a sign of a text, with its meaning.
#[derive(Debug, Clone)]
pub(super) struct Item {
    /// The byte range of the item in the text.
    pub(super) at: Range<usize>,
    /// The meaning of a word or sign; [`Meaning::None`] for a number.
    pub(super) meaning: Meaning,
    /// Whether the item is a number.
    pub(super) is_number: bool,
}

impl Item {
    /// The item as it stands in the text.
    pub(super) fn text<'a>(&self, lower: &'a str) -> &'a str {
        lower.get(self.at.clone()).unwrap_or_default()
    }

    /// The subject of a figure that the item names, if it names one.
    pub(super) fn subject(&self) -> Option<Subject> {
        match self.meaning {
            Meaning::Subject(subject, _) => Some(subject),
            _ => None,
        }
    }
}

/// Bytes of text for each item that memory is set aside for; most texts have fewer items.
const BYTES_AN_ITEM: usize = 4;

/// Writes the items of a text to `items`, in place of what it holds: words of letters alone,
/// numbers with their separators, and signs. Returns the kinds of trigger words among them.
pub(super) fn scan(lower: &str, items: &mut Vec<Item>) -> Triggers {
    items.clear();
    // A long text's list would be copied each time that it grows.
    items.reserve(lower.len() / BYTES_AN_ITEM);
    let (lexicon, mut triggers) = (Lexicon::get(), Triggers::NONE);
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
            let meaning = lexicon.meaning(bytes, start..at);
            triggers |= meaning.triggers();
            items.push(Item { at: start..at, meaning, is_number: false });
        } else {
            let sign = first_char(lower, at).unwrap_or_default();
            at += sign.len_utf8();
            if let Some(meaning) = sign_meaning(sign) {
                items.push(Item { at: start..at, meaning, is_number: false });
            }
        }
    }
    triggers
}

/// The character of `text` at byte `start`.
// With `text[start..]` the browser module would be larger by the panic message of a string slice.
fn first_char(text: &str, start: usize) -> Option<char> {
    text.get(start..)?.chars().next()
}

/// The length in bytes of the run of letters that begins at byte `start` of `text`.
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

/// The length in bytes of the number that `bytes` begins with: digits, then any number of groups of
/// "." or "," and digits; one space may stand before a separator.
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
/// digits group thousands; otherwise a comma is a decimal point, and the last of several points is
/// it.
///
/// Up to 15 digits the value is that of `str::parse`, to the last bit. `str::parse` itself adds 14
/// KB of tables and code to the browser module after brotli, for digits that no comparison of
/// figures needs.
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

/// A number that says how much something is: not a year.
#[derive(Debug, Clone, Copy)]
pub(super) struct Figure {
    /// The index of the number among the items.
    pub(super) item: usize,
    /// The value as written, without the scale word.
    written: f64,
    /// The value times the scale word.
    scaled: f64,
    /// The number of the currency, if one is named.
    pub(super) currency: Option<u8>,
    /// Whether the figure is a percentage.
    percent: bool,
    /// Whether the figure is nothing but digits: no unit, no currency, no fraction.
    bare: bool,
    /// Whether the figure stands in parentheses.
    pub(super) in_parentheses: bool,
}

impl Figure {
    /// Whether this figure and another one can be compared: both or neither are percentages, both
    /// or neither are bare, and they have no two different currencies.
    pub(super) fn is_comparable(&self, other: &Self) -> bool {
        self.percent == other.percent
            && self.bare == other.bare
            && (self.currency == other.currency
                || self.currency.is_none()
                || other.currency.is_none())
    }

    /// The values of this figure and another one in the same unit: in "EUR 8.3 mn, from EUR 8.4"
    /// the second figure leaves the scale word out.
    pub(super) fn values(&self, other: &Self) -> (f64, f64) {
        let scaled = (self.scaled != self.written, other.scaled != other.written);
        let unscaled = if scaled.0 { other } else { self };
        if scaled.0 != scaled.1 && unscaled.written.abs() < 1000.0 {
            (self.written, other.written)
        } else {
            (self.scaled, other.scaled)
        }
    }
}

/// The figures among the items of a text, in their order.
pub(super) fn figures(lower: &str, items: &[Item]) -> Vec<Figure> {
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
        // A dash after a word or a currency sign is a minus; after a number it makes a range.
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
        // By bytes: a search for a character is 1 KB of the browser module.
        if bare && YEARS.contains(&number) && !text(index).bytes().any(|byte| byte == b',') {
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

#[cfg(test)]
mod tests {
    use super::*;

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
}
