//! Whom a text is about: the names of a list, found in texts.
//!
//! A list is plain text: a name a line, and after commas (or semicolons, or tabs) its other forms,
//! aliases and tickers. A field that holds commas stands in double quotes.
//!
//! ```text
//! # coins
//! Bitcoin, BTC, XBT
//! Near Protocol, ~Near, $NEAR
//! Apple Inc, ^Apple, AAPL
//! - Apple Valley, Amazon rainforest
//! ```
//!
//! | form | is found |
//! |---|---|
//! | `Bitcoin` | however it is written, and with an `s` at its end |
//! | `BTC`, up to five capitals | in capitals, and as `$BTC` |
//! | `$NEAR` | after a dollar sign only |
//! | `^Apple` | with a capital, unless all of the text is in capitals |
//! | `~Near`, also a word | with a capital where that says something, see below |
//! | `~UPS`, also a word | in capitals, unless all of the text is |
//!
//! The capital of a name that is also a word says something inside a sentence, and at its beginning
//! before words such as "shares"; not in Titles Like This One.
//!
//! A line that begins with a hyphen and a space has phrases that are nobody's name. Empty lines and
//! those that begin with `#` are left out, and so is a first line whose first field is `name`.
//!
//! The longest form that begins at a word is taken, and what is taken is no part of another:
//! "Bitcoin Cash" is not Bitcoin. Spaces and hyphens between the words of a form are one. The
//! search takes time in proportion to the text. Nothing here is inlined into several places: it is
//! called seldom, and the browser module has to be small.

mod list;
mod writing;

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::ops::Range;

pub use self::list::{NamesError, NamesErrorReason};

use self::list::fields;
use self::writing::{
    Case, Style, Word, begins_sentence, continues_a_name, gap, is_hyphened, style, tells_of_a_name,
    words, written,
};
use crate::text::{Feature, is_space, is_word_char, lowercase_of};

/// A form of a name has at most so many words, and so many bytes. What bounds the time of a search.
const MOST_WORDS: usize = 8;
const MOST_BYTES: usize = 100;
/// A form in capitals is a ticker, or an abbreviation, up to so many letters.
const MOST_TICKER: usize = 5;
/// Without its last `s`, a plural is a form of at least so many bytes.
const LEAST_SINGULAR: usize = 4;
/// A name that is nobody's.
const NOBODY: u32 = u32::MAX;

/// Names that can be found in texts.
///
/// ```
/// use undertone::Names;
/// let names = Names::parse("Bitcoin, BTC\nBitcoin Cash, BCH")?;
/// let found = names.find_names("BTC falls, and Bitcoin Cash falls further");
/// let found: Vec<&String> = found.iter().map(|&name| &names.names()[name]).collect();
/// assert_eq!(found, ["Bitcoin", "Bitcoin Cash"]);
/// # Ok::<(), undertone::mentions::NamesError>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Names {
    names: Vec<String>,
    forms: Vec<Form>,
    /// Open addressing with linear probing: one more than the place of a form, or 0. Its length is
    /// 0 or a power of two, of which forms take up to a half.
    index: Vec<u32>,
    /// How many lists there were.
    lists: u32,
}

#[derive(Debug, Clone)]
struct Form {
    /// Its words in lowercase and what stands between them, as [`Key`] writes both.
    key: String,
    rule: Rule,
    /// Its name's place.
    name: u32,
    /// The number of the list that has it.
    list: u32,
}

/// When a form is a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rule {
    /// Never: it is how a longer form begins.
    Beginning,
    Always,
    Capital,
    WordWithCapital,
    Ticker,
    WordInCapitals,
    Cashtag,
}

/// Where a text names somebody.
///
/// ```
/// use undertone::Names;
/// let text = "Shares of Orvo Systems rise";
/// let mention = &Names::parse("Orvo Systems, OVS")?.find(text)[0];
/// assert_eq!(&text[mention.bytes.clone()], "Orvo Systems");
/// # Ok::<(), undertone::mentions::NamesError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// The name's place in [`Names::names`].
    pub name: usize,
    /// The stretch of the text, in bytes.
    pub bytes: Range<usize>,
    /// The stretch of the text, in UTF-16 code units.
    pub utf16: Range<usize>,
}

impl Names {
    /// Reads a list.
    ///
    /// # Errors
    /// The first line that is none of a list.
    pub fn parse(list: &str) -> Result<Self, NamesError> {
        Self::default().with(list)
    }

    /// These names and those of another list, whose forms are taken first: an own list over a
    /// general one. A name that both have is one.
    ///
    /// # Errors
    /// The first line that is none of a list.
    pub fn with(mut self, list: &str) -> Result<Self, NamesError> {
        self.lists += 1;
        let mut is_first = true;
        let list = list.strip_prefix('\u{feff}').unwrap_or(list);
        for (place, line) in list.lines().enumerate() {
            let line = line.trim_ascii();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let is_heading = is_first
                && fields(line).next().is_some_and(|name| name.eq_ignore_ascii_case("name"));
            is_first = false;
            if !is_heading {
                let failed = |reason| NamesError { line: place + 1, reason };
                self.add(line).map_err(failed)?;
            }
        }
        Ok(self)
    }

    #[inline(never)]
    fn add(&mut self, line: &str) -> Result<(), NamesErrorReason> {
        let (mut name, line) = match line.strip_prefix("- ") {
            Some(phrases) => (Some(NOBODY), phrases),
            None => (None, line),
        };
        for field in fields(line) {
            // `Name,,TICKER`: a table's empty cell. The name itself may not be one.
            if field.is_empty() && name.is_some() {
                continue;
            }
            let (mark, form) = match field.as_bytes().first() {
                Some(mark @ (b'~' | b'^' | b'$')) => (*mark, &field[1..]),
                _ => (0, &*field),
            };
            let form = form.trim_ascii();
            let key = Key::of(form)?;
            let name = match name {
                Some(name) => name,
                None => {
                    let shown = if mark == b'$' { &*field } else { form };
                    *name.insert(self.number(&key.text, shown))
                }
            };
            let letters = form.bytes().filter(|byte| !byte.is_ascii_digit()).count();
            let is_ticker = letters <= MOST_TICKER && key.is_in_capitals;
            let rule = match mark {
                b'$' => Rule::Cashtag,
                b'^' => Rule::Capital,
                b'~' if is_ticker => Rule::WordInCapitals,
                b'~' => Rule::WordWithCapital,
                _ if is_ticker => Rule::Ticker,
                _ => Rule::Always,
            };
            if rule != Rule::Cashtag {
                self.insert(&key, rule, name, form)?;
            }
            if mark == b'$' || is_ticker {
                self.insert(&key.as_cashtag(), Rule::Cashtag, name, form)?;
            }
        }
        Ok(())
    }

    /// The number of a name, which may be there already: then its form is its.
    #[inline(never)]
    fn number(&mut self, key: &str, shown: &str) -> u32 {
        let known = self.find_form(key).map(|form| form.name);
        let is_it = |name: &u32| self.names.get(*name as usize).is_some_and(|known| known == shown);
        known.filter(is_it).unwrap_or_else(|| {
            self.names.push(shown.to_owned());
            self.names.len() as u32 - 1
        })
    }

    #[inline(never)]
    fn insert(
        &mut self,
        key: &Key,
        rule: Rule,
        name: u32,
        written: &str,
    ) -> Result<(), NamesErrorReason> {
        for &end in &key.ends {
            let is_whole = end == key.text.len();
            let beginning = key.text.get(..end).unwrap_or_default();
            match self.place(beginning) {
                Ok(place) => {
                    let (lists, names) = (self.lists, &self.names);
                    let Some(form) = self.forms.get_mut(place) else { continue };
                    if !is_whole {
                        continue;
                    }
                    if form.rule == Rule::Beginning || form.list < lists {
                        (form.rule, form.name, form.list) = (rule, name, lists);
                    } else if form.name != name {
                        let by = names.get(form.name as usize).cloned().unwrap_or_default();
                        return Err(NamesErrorReason::Taken { form: written.to_owned(), by });
                    }
                }
                Err(place) => {
                    let (rule, name) =
                        if is_whole { (rule, name) } else { (Rule::Beginning, NOBODY) };
                    if let Some(entry) = self.index.get_mut(place) {
                        *entry = self.forms.len() as u32 + 1;
                    }
                    let list = self.lists;
                    self.forms.push(Form { key: beginning.to_owned(), rule, name, list });
                    self.make_room();
                }
            }
        }
        Ok(())
    }

    /// The place of a form, or the place in the index that is for it.
    #[inline(never)]
    fn place(&self, key: &str) -> Result<usize, usize> {
        let mut place = Feature::from(key).hash() as usize;
        loop {
            // An empty index has no place: one is made before the first is put there.
            let at = place & self.index.len().wrapping_sub(1);
            match self.index.get(at).copied().unwrap_or(0).checked_sub(1) {
                None => return Err(at),
                Some(found) => {
                    let found = found as usize;
                    if self.forms.get(found).is_some_and(|form| form.key == key) {
                        return Ok(found);
                    }
                }
            }
            place = place.wrapping_add(1);
        }
    }

    #[inline(never)]
    fn find_form(&self, key: &str) -> Option<&Form> {
        self.place(key).ok().and_then(|place| self.forms.get(place))
    }

    /// Makes the index anew where more than half of it is taken.
    #[inline(never)]
    fn make_room(&mut self) {
        if 2 * self.forms.len() <= self.index.len() {
            return;
        }
        self.index = vec![0; (4 * self.forms.len()).next_power_of_two()];
        for form in 0..self.forms.len() {
            let place = self.forms.get(form).map(|form| self.place(&form.key));
            if let Some(Err(place)) = place
                && let Some(entry) = self.index.get_mut(place)
            {
                *entry = form as u32 + 1;
            }
        }
    }

    /// The names, in the order of the lists.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Where a text names somebody, in the order of the text; no two stretches overlap.
    pub fn find(&self, text: &str) -> Vec<Mention> {
        let mut search = Search::new(self, text);
        // Most texts name nobody, whatever their style is.
        let possible = search.hits(None);
        if possible.is_empty() {
            return Vec::new();
        }
        let mut is_name = vec![false; search.words.len()];
        for hit in possible {
            is_name.get_mut(hit.words).into_iter().flatten().for_each(|one| *one = true);
        }
        let style = style(text, &search.words, |place| is_name.get(place) == Some(&true));
        let (mut at, mut units) = (0, 0);
        let mut units_to = |end| {
            let stretch = text.get(at..end).unwrap_or_default();
            units += stretch.chars().map(char::len_utf16).sum::<usize>();
            at = end;
            units
        };
        let hits = search.hits(Some(style)).into_iter();
        hits.filter(|hit| hit.name != NOBODY)
            .map(|Hit { name, bytes, .. }| {
                let utf16 = units_to(bytes.start)..units_to(bytes.end);
                Mention { name: name as usize, bytes, utf16 }
            })
            .collect()
    }

    /// The names in a text, each once, in the order of the text: places in [`Names::names`].
    pub fn find_names(&self, text: &str) -> Vec<usize> {
        let mut names: Vec<usize> =
            self.find(text).into_iter().map(|mention| mention.name).collect();
        if names.len() > 1 {
            let mut seen = vec![false; self.names.len()];
            names.retain(|&name| {
                seen.get_mut(name).is_some_and(|seen| !core::mem::replace(seen, true))
            });
        }
        names
    }
}

/// The words of a form in lowercase, with what stands between them: one space for spaces or a
/// hyphen, else the signs that are there.
#[derive(Debug)]
struct Key {
    text: String,
    /// Where its words end, in bytes.
    ends: Vec<usize>,
    is_in_capitals: bool,
}

impl Key {
    #[inline(never)]
    fn of(form: &str) -> Result<Self, NamesErrorReason> {
        let mut found = Vec::new();
        words(form, &mut found);
        let too_long = NamesErrorReason::TooLong { words: MOST_WORDS, bytes: MOST_BYTES };
        if found.is_empty() {
            return Err(NamesErrorReason::NoWord);
        }
        if found.len() > MOST_WORDS {
            return Err(too_long);
        }
        let mut key = Self { text: String::new(), ends: Vec::new(), is_in_capitals: false };
        for (place, word) in found.iter().enumerate() {
            if place > 0 && !push_gap(gap(form, &found, place), &mut key.text) {
                return Err(too_long);
            }
            push_lowercase(written(form, word), &mut key.text);
            key.ends.push(key.text.len());
        }
        key.is_in_capitals = is_in_capitals(&found);
        if key.text.len() > MOST_BYTES { Err(too_long) } else { Ok(key) }
    }

    fn as_cashtag(&self) -> Self {
        let ends = self.ends.iter().map(|end| end + 1).collect();
        Self { text: ["$", &self.text].concat(), ends, is_in_capitals: self.is_in_capitals }
    }
}

/// Appends what stands between two words as keys have it; false where nothing joins them.
#[inline(never)]
fn push_gap(gap: &str, key: &mut String) -> bool {
    /// Of which most is white space.
    const LONGEST: usize = 8;
    if gap.len() > LONGEST {
        return false;
    }
    let (mut last, mut is_spaced) = (None, false);
    for c in gap.chars() {
        match c {
            _ if is_space(c) => is_spaced = true,
            '\u{2019}' => last = Some('\''),
            '\u{2010}' | '\u{2011}' => last = Some('-'),
            _ => last = Some(c),
        }
        if !is_space(c) {
            key.extend(last);
        }
    }
    match last {
        None => key.push(' '),
        // A full stop inside "J.P." is one thing, one before a new sentence another.
        Some('.' | ',') if is_spaced => key.push(' '),
        Some('-') if !is_spaced && gap.chars().count() == 1 => {
            key.pop();
            key.push(' ');
        }
        Some(_) => {}
    }
    true
}

/// Appends a word's lowercase, character by character: what it is doesn't depend on its neighbours.
#[inline(never)]
fn push_lowercase(word: &str, key: &mut String) {
    key.extend(word.chars().flat_map(lowercase_of));
}

fn is_in_capitals(words: &[Word]) -> bool {
    let is_upper = |word: &Word| word.case == Case::Upper;
    words.iter().any(is_upper)
        && words.iter().all(|word| is_upper(word) || word.case == Case::Number)
}

/// A form that was found.
struct Hit {
    name: u32,
    /// The places of its words.
    words: Range<usize>,
    /// Its stretch of the text.
    bytes: Range<usize>,
}

/// A search of one text.
struct Search<'a> {
    names: &'a Names,
    text: &'a str,
    words: Vec<Word>,
    /// What is looked up, kept for its memory.
    key: String,
}

impl<'a> Search<'a> {
    fn new(names: &'a Names, text: &'a str) -> Self {
        let mut search = Self { names, text, words: Vec::new(), key: String::new() };
        words(text, &mut search.words);
        search
    }

    /// The forms in the text: those that are names in a style, or all that might be in some style.
    fn hits(&mut self, style: Option<Style>) -> Vec<Hit> {
        let mut hits = Vec::new();
        let mut from = 0;
        while let Some(word) = self.words.get(from).copied() {
            let mut before = self.text.get(..word.start).unwrap_or_default().chars();
            let sign = before.next_back();
            let is_sum = matches!(sign, Some('$' | '\u{20ac}' | '\u{a3}' | '\u{a5}'))
                && self.text.as_bytes().get(word.start).is_some_and(u8::is_ascii_digit);
            let is_cashtag = sign == Some('$') && !before.next_back().is_some_and(is_word_char);
            // "$3M" is money and no firm.
            let hit = if is_sum { None } else { self.longest(from, is_cashtag, style) };
            from = hit.as_ref().map_or(from + 1, |hit| hit.words.end);
            hits.extend(hit);
        }
        hits
    }

    /// The longest form that begins at a word; with the dollar sign before it, if there is one.
    #[inline(never)]
    fn longest(&mut self, from: usize, is_cashtag: bool, style: Option<Style>) -> Option<Hit> {
        let mut key = core::mem::take(&mut self.key);
        let cashtag = if is_cashtag { self.walk(from, true, style, &mut key) } else { None };
        let hit = cashtag.or_else(|| self.walk(from, false, style, &mut key));
        self.key = key;
        hit
    }

    #[inline(never)]
    fn walk(
        &self,
        from: usize,
        with_dollar: bool,
        style: Option<Style>,
        key: &mut String,
    ) -> Option<Hit> {
        key.clear();
        if with_dollar {
            key.push('$');
        }
        let start = self.words.get(from)?.start - usize::from(with_dollar);
        let mut longest = None;
        for (to, word) in self.words.iter().enumerate().skip(from).take(MOST_WORDS) {
            // A lowercase has a third of the bytes at least.
            let is_too_long = word.end - word.start > 3 * MOST_BYTES || key.len() > MOST_BYTES;
            if is_too_long || to > from && !push_gap(gap(self.text, &self.words, to), key) {
                break;
            }
            push_lowercase(written(self.text, word), key);
            let whole = self.names.find_form(key);
            let form = whole.or_else(|| {
                let singular = key.strip_suffix('s').filter(|one| one.len() >= LEAST_SINGULAR)?;
                self.names.find_form(singular).filter(|form| form.rule == Rule::Always)
            });
            let Some(form) = form else { break };
            let words = from..to + 1;
            if self.is_name(form, words.clone(), with_dollar, style) {
                longest = Some(Hit { name: form.name, words, bytes: start..word.end });
            }
            if whole.is_none() {
                break;
            }
        }
        longest
    }

    #[inline(never)]
    fn is_name(
        &self,
        form: &Form,
        range: Range<usize>,
        with_dollar: bool,
        style: Option<Style>,
    ) -> bool {
        let Some(style) = style else { return form.rule != Rule::Beginning };
        let (text, all) = (self.text, &self.words);
        let words = all.get(range.clone()).unwrap_or_default();
        let has_capital = words.iter().all(|word| word.case != Case::Lower);
        match form.rule {
            Rule::Beginning => false,
            Rule::Always => true,
            // `$t` and `$a` are no tickers; of longer ones many are written small.
            Rule::Cashtag => is_in_capitals(words) || form.key.len() > 2,
            // What follows a dollar sign is a ticker that the list hasn't.
            _ if !with_dollar && gap(text, all, range.start).ends_with('$') => false,
            Rule::Capital => style != Style::Capitals && has_capital,
            Rule::WordWithCapital => {
                let is_told = tells_of_a_name(text, all, range.end);
                let says_so = if begins_sentence(text, all, range.start) {
                    style != Style::Capitals && is_told
                } else {
                    // "Red Sea", "Circle Line": of a longer name that the list hasn't.
                    let is_part = continues_a_name(text, all, range.start)
                        || !is_told && continues_a_name(text, all, range.end);
                    style == Style::Sentence && !is_part
                };
                let is_hyphened =
                    is_hyphened(text, all, range.start) || is_hyphened(text, all, range.end);
                has_capital && !is_hyphened && says_so
            }
            Rule::Ticker => is_in_capitals(words),
            Rule::WordInCapitals => style != Style::Capitals && is_in_capitals(words),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "
# coins
Bitcoin, BTC, XBT
Bitcoin Cash, BCH
Near Protocol, ~Near, $NEAR
Ethereum, ETH, ether

^Apple, AAPL
^Meta
~Target, $TGT
~Block, $XYZ
United Parcel Service, ~UPS
AT&T, $T
J.P. Morgan, JPM
Nestlé, Nestle
Coca-Cola, KO
Crypto.com, CRO
L'Oréal
1inch, 1INCH
\"Amazon, the shop\"; ^Amazon; Amazon.com
- Amazon rainforest, Meta-analysis
";

    fn names() -> Names {
        Names::parse(LIST).unwrap()
    }

    #[track_caller]
    fn assert_found(names: &Names, text: &str, expected: &[(&str, &str)]) {
        let found = names.find(text);
        let shown: Vec<(&str, &str)> = found
            .iter()
            .map(|mention| (&names.names()[mention.name][..], &text[mention.bytes.clone()]))
            .collect();
        assert_eq!(shown, expected, "{text}");
        let units: Vec<u16> = text.encode_utf16().collect();
        for mention in found {
            let stretch = String::from_utf16(&units[mention.utf16]).unwrap();
            assert_eq!(stretch, text[mention.bytes]);
        }
    }

    #[test]
    fn names_are_found_however_they_are_written() {
        let names = names();
        for (text, expected) in [
            ("bitcoin and BITCOIN", &[("Bitcoin", "bitcoin"), ("Bitcoin", "BITCOIN")][..]),
            ("Bitcoin's rally, bitcoins", &[("Bitcoin", "Bitcoin"), ("Bitcoin", "bitcoins")]),
            ("Bitcoin’s loan", &[("Bitcoin", "Bitcoin")]),
            ("A Bitcoin-backed loan", &[("Bitcoin", "Bitcoin")]),
            ("(BTC) XBT/USD", &[("Bitcoin", "BTC"), ("Bitcoin", "XBT")]),
            ("$BTC, $btc", &[("Bitcoin", "$BTC"), ("Bitcoin", "$btc")]),
            ("btc, Btc, bitcoiner, unbitcoin, BTCUSD, bit coin", &[]),
            ("Bitcoin Cash", &[("Bitcoin Cash", "Bitcoin Cash")]),
            ("Bitcoin. Cash flows", &[("Bitcoin", "Bitcoin")]),
            ("Bitcoin, Cash", &[("Bitcoin", "Bitcoin")]),
            ("AT&T, AT & T and at&t", &[("AT&T", "AT&T"), ("AT&T", "AT & T")]),
            ("JPM, J.P. Morgan", &[("J.P. Morgan", "JPM"), ("J.P. Morgan", "J.P. Morgan")]),
            ("NESTLÉ or nestle", &[("Nestlé", "NESTLÉ"), ("Nestlé", "nestle")]),
            ("Coca Cola, Coca‑Cola", &[("Coca-Cola", "Coca Cola"), ("Coca-Cola", "Coca‑Cola")]),
            ("crypto.com, Crypto. Com", &[("Crypto.com", "crypto.com")]),
            ("L’Oréal", &[("L'Oréal", "L’Oréal")]),
            ("1inch gains $1INCH", &[("1inch", "1inch")]),
            ("🚀🚀 BTC 🚀 ether", &[("Bitcoin", "BTC"), ("Ethereum", "ether")]),
            ("Amazon.com", &[("Amazon, the shop", "Amazon.com")]),
            ("", &[]),
            ("$ $$ $$$BTC", &[("Bitcoin", "$BTC")]),
        ] {
            assert_found(&names, text, expected);
        }
    }

    #[test]
    fn words_that_are_names_too_count_where_their_capital_says_so() {
        let names = names();
        let (near, target, block) = ("Near Protocol", "Target", "Block");
        for (text, expected) in [
            ("Shares of Target and Block fall", &[(target, "Target"), (block, "Block")][..]),
            ("Analysts raise the target near $60,000 and block it", &[]),
            ("Price Target Near Record as Regulators Block Deal", &[]),
            ("Target price raised by analysts", &[]),
            ("Analysts: Target price raised", &[]),
            ("Target shares fall on weak outlook", &[(target, "Target")]),
            ("Target Shares Fall on Weak Outlook", &[(target, "Target")]),
            ("Target's profit falls", &[(target, "Target")]),
            ("Block CEO Says Hiring Is Over", &[(block, "Block")]),
            ("BLOCK CEO SAYS HIRING IS OVER NEAR TARGET", &[]),
            ("Why traders like Near now", &[(near, "Near")]),
            ("Retailer Target cuts jobs in Block Island", &[(target, "Target")]),
            (
                "The two leave New Block and Target Hill to merge with Target Inc",
                &[(target, "Target")],
            ),
            ("Developers leave Near-Term plans", &[]),
            ("near protocol and $NEAR", &[(near, "near protocol"), (near, "$NEAR")]),
            ("Apple Cuts Jobs as apple harvest falls", &[("Apple", "Apple")]),
            ("APPLE CUTS JOBS; AAPL FALLS", &[("Apple", "AAPL")]),
            ("Meta-analysis finds Meta ahead", &[("Meta", "Meta")]),
            ("Loss of Amazon rainforest troubles Amazon", &[("Amazon, the shop", "Amazon")]),
            ("UPS cuts jobs", &[("United Parcel Service", "UPS")]),
            ("UPS AND DOWNS OF A YEAR, Ups and downs", &[]),
            ("Raises $3M, $T up, $5T and US$T", &[("AT&T", "$T")]),
            ("Sells $Apple and $t", &[]),
        ] {
            assert_found(&names, text, expected);
        }
    }

    #[test]
    fn each_name_of_a_text_is_counted_once() {
        let names = names();
        let found = names.find_names("ETH, BTC, bitcoin and ether: $ETH");
        let found: Vec<&str> = found.iter().map(|&name| &names.names()[name][..]).collect();
        assert_eq!(found, ["Ethereum", "Bitcoin"]);
        assert_eq!(names.find_names("Profit rose 7%"), [0; 0]);
    }

    #[test]
    fn an_own_list_goes_before_a_general_one() {
        let own = "Name;Ticker\r\nMy Coin;BTC\r\nBitcoin;orange coin\r\n~Rivers\r\n";
        let names = names().with(own).unwrap();
        assert_found(
            &names,
            "BTC, bitcoin and orange coins, said Rivers",
            &[
                ("My Coin", "BTC"),
                ("Bitcoin", "bitcoin"),
                ("Bitcoin", "orange coins"),
                ("Rivers", "Rivers"),
            ],
        );
        // The names that were there keep their places.
        assert_eq!(names.names()[0], "Bitcoin");
        assert_eq!(names.names().iter().filter(|name| *name == "Bitcoin").count(), 1);
    }

    #[test]
    fn a_list_that_is_none_is_refused_with_its_line() {
        let long = "a ".repeat(MOST_WORDS + 1);
        let wide = "a".repeat(MOST_BYTES + 1);
        for (list, line, part) in [
            ("A\n, BTC", 2, "expected a name"),
            ("# a\n\n\"\"", 3, "expected a name"),
            ("...", 1, "expected a name"),
            ("Coin, ~", 1, "expected a name"),
            (&long, 1, "at most 8 words"),
            (&wide, 1, "100 bytes"),
            ("a          b", 1, "at most 8 words"),
            ("Bitcoin, BTC\nMy Coin, BTC", 2, "\"BTC\", which is Bitcoin's already"),
            ("Bitcoin, BTC\nMy Coin, $btc", 2, "\"btc\", which is Bitcoin's already"),
        ] {
            let error = Names::parse(list).unwrap_err();
            assert_eq!(error.line, line, "{list}");
            assert!(error.to_string().contains(part), "{list}: {error}");
        }
        for list in ["", "\u{feff}# nothing", "name, alias", "Bitcoin, bitcoin, , BITCOIN"] {
            assert!(Names::parse(list).is_ok(), "{list}");
        }
        assert_eq!(Names::parse("").unwrap().find("Bitcoin"), []);
        assert_eq!(Names::parse("Bitcoin, bitcoin, , BITCOIN").unwrap().names(), ["Bitcoin"]);
    }

    #[test]
    fn many_names_are_all_found() {
        let name = |n: usize| format!("Firm{n} Holdings{}", n % 7);
        let list: String = (0..5000).map(|n| format!("{}, F{n}X\n", name(n))).collect();
        let names = Names::parse(&list).unwrap();
        for n in 0..5000 {
            let text = format!("{} and $F{n}X", name(n));
            let found: Vec<usize> = names.find(&text).iter().map(|mention| mention.name).collect();
            assert_eq!(found, [n, n]);
        }
    }
}
