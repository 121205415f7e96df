//! Cues, a kind of derived features: what happens to good and to bad things.
//!
//! "Outflows dry up" is good news made of words that are bad news each, and "rally dries up" the
//! reverse. This step gives words roles (a good or a bad thing, more or less of it, an end, a
//! refusal, a negation …), finds the thing that each of these is about, and adds a feature for both
//! together:
//!
//! | feature | meaning | example |
//! |---|---|---|
//! | `<down bad>` | there is less of a bad thing | outflows **dry up** |
//! | `<end good>` | a good thing ends | client **drops** supplier |
//! | `<not end bad>` | a bad thing is not ended | does **not rule out** tax |
//! | `<not good>` | a good thing is missing | **no** growth |
//! | `<better>`, `<worse>` | the product of the signs | |
//! | `<though worse>` | the same in a concessive clause | **despite** falling sales |
//!
//! The signs multiply: a bad thing (−) of which there is less (−) that is negated (−) is worse (−).
//! It is the compositional reading of Polanyi and Zaenen 2006 ("Contextual Valence Shifters") over
//! a window of words instead of a parse. How much each combination weighs is fitted like the weight
//! of any word.
//!
//! Windows are counted in words, so that the work is linear in the text.

use alloc::vec::Vec;

mod lexicon;

use core::ops::Range;

use Role::{
    Avert, Bad, Begin, Border, Costly, Cut, Deny, Down, End, Good, Harm, Higher, In, Lower, Not,
    Out, OutBegins, Prep, Price, Raise, Though, Up,
};
use lexicon::Lexicon;

use super::derived::Part::{self, Name, Word};
use super::derived::{DerivedFeatures, Found, SegmentedText, Triggers};
use super::hash::hash16;

/// The hash of the word "by".
const BY: u64 = hash16(b"by\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 2);

/// The role of a word: what it says happens, what it happens to, or how clauses are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(u8)]
pub(crate) enum Role {
    /// No role.
    #[default]
    None,
    /// A thing that one wants more of.
    Good,
    /// A thing that one wants less of.
    Bad,
    /// There is more of the thing before the word: "sales rise".
    Up,
    /// There is more of the thing after the word: "raises output".
    Raise,
    /// There is more of the thing right after the word, or else before it: "rising costs".
    Higher,
    /// There is less of the thing before the word: "sales fall".
    Down,
    /// There is less of the thing after the word: "trims costs".
    Cut,
    /// There is less of the thing right after the word, or else before it: "falling costs".
    Lower,
    /// There is less of the thing after the word, and of no other: "hurts sales".
    Harm,
    /// Something begins.
    Begin,
    /// Something ends.
    End,
    /// Something that was to come does not come.
    Avert,
    /// Somebody refuses something.
    Deny,
    /// A negation.
    Not,
    /// A word that begins a concessive clause, which counts less.
    Though,
    /// A word that begins another clause.
    Border,
    /// A particle that makes an end of the word before it: "out" in "throws out".
    Out,
    /// A word that is an end together with [`Out`]: "throws" in "throws out".
    OutBegins,
    /// A preposition, which begins something other than an object.
    Prep,
    /// A preposition that joins an amount to a thing: "drop in outages".
    In,
    /// A price: a good thing, unless it is the price of a [`Costly`] thing before it.
    Price,
    /// A thing that is consumed, and should be cheap.
    Costly,
}

impl Role {
    /// Whether a word with this role is a thing, good or bad.
    fn is_thing(self) -> bool {
        matches!(self, Good | Bad | Price)
    }

    /// The kind of trigger word that a word with this role is.
    pub(crate) fn triggers(self) -> Triggers {
        if self.is_trigger() { TRIGGER } else { Triggers::NONE }
    }

    /// Whether a word with this role is a trigger word: a text without one has no cue.
    #[inline]
    fn is_trigger(self) -> bool {
        !matches!(self, Role::None | Good | Bad | Border | Out | Prep | In | Price | Costly)
    }
}

/// The words of a text, with their roles.
#[derive(Debug, Clone, Copy)]
struct Words<'a> {
    roles: &'a [Role],
    text: &'a SegmentedText<'a>,
}

impl Words<'_> {
    /// Whether a comma, semicolon or colon stands between a word and the one before.
    fn is_apart(&self, at: usize) -> bool {
        let Some(before) = at.checked_sub(1) else { return false };
        let gap = self.text.words[before].source.end..self.text.words[at].source.start;
        let gap = self.text.text.as_bytes().get(gap).unwrap_or_default();
        gap.iter().any(|byte| matches!(byte, b',' | b';' | b':'))
    }

    /// Whether a word is "by".
    fn is_by(&self, at: usize) -> bool {
        self.text.hashes.get(at) == Some(&BY)
    }
}

/// The kind of trigger words: words with a [trigger's](Role::is_trigger) role. Its number is none
/// of those of [changes](super::change), as a cache of words keeps both together.
const TRIGGER: Triggers = Triggers::kind(7);

/// The role of a word, by its hash.
pub(crate) fn cue_role(hash: u64) -> Role {
    Lexicon::get().role_of(hash)
}

/// Whether a text may have a cue, by the kinds of trigger words in it.
pub(crate) fn may_contain_cue(triggers: Triggers) -> bool {
    triggers.contains(TRIGGER)
}

/// The cues of texts, with working memory for finding them.
#[derive(Debug, Default)]
pub(super) struct Cues {
    /// The roles of the words of the text at hand.
    roles: Vec<Role>,
}

impl DerivedFeatures for Cues {
    fn triggers(&self, text: &SegmentedText<'_>) -> Triggers {
        let lexicon = Lexicon::get();
        let has_trigger = text.hashes.iter().any(|&hash| lexicon.is_trigger(hash));
        if has_trigger { TRIGGER } else { Triggers::NONE }
    }

    fn may_contain(&self, triggers: Triggers, _: &str) -> bool {
        may_contain_cue(triggers)
    }

    fn derive(&mut self, text: &SegmentedText<'_>, found: &mut Found<'_>) {
        let lexicon = Lexicon::get();
        self.roles.clear();
        self.roles.extend(text.hashes.iter().map(|&hash| lexicon.role_of(hash)));
        derive_cues(text, &self.roles, found);
    }
}

/// How many words after a word the thing that it is about may stand.
const REACH_ON: usize = 5;
/// How many words before a word the thing that it is about may stand.
const REACH_BACK: usize = 8;
/// How many words before a word its negation may stand.
const REACH_NOT: usize = 4;

/// What a text says happens, in the terms of the names of features.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Event {
    Up,
    Down,
    Begin,
    End,
    Avert,
    Deny,
}

impl Event {
    /// Whether there is more of the thing after the event.
    fn is_more(self) -> bool {
        matches!(self, Self::Up | Self::Begin)
    }

    /// The event in the name of a feature.
    fn name(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
            Self::Begin => "begin",
            Self::End => "end",
            Self::Avert => "avert",
            Self::Deny => "deny",
        }
    }
}

/// An event of a text, with the places of its words.
#[derive(Debug, Clone, Copy)]
struct Shift {
    event: Event,
    /// The place of the word that says what happens.
    at: usize,
    /// The place of the thing that it happens to.
    thing: Option<usize>,
    /// Whether the thing is bad.
    is_bad: bool,
    /// The place of a word that negates the event.
    negation: Option<usize>,
}

impl Shift {
    /// The event that a word says; none if it says none, or itself negates an event after it.
    fn at(words: Words<'_>, at: usize) -> Option<Self> {
        let (mut event, is_about_next) = event(words, at)?;
        if negates(words, at) {
            return None;
        }
        let next = words.roles.get(at + 1).copied().filter(|_| !words.is_apart(at + 1));
        let thing = if matches!(words.roles[at], Higher | Lower) {
            match next {
                Some(role) if role.is_thing() => object(words, at, false),
                _ => subject(words, at),
            }
        } else if is_about_next {
            // Passive: in "hit by strikes" the strikes begin.
            if matches!(words.roles[at], Cut | Harm) && words.is_by(at + 1) {
                event = Event::Begin;
                object(words, at + 1, true)
            } else {
                object(words, at, event == Event::Begin).or_else(|| {
                    if words.roles[at] == Harm {
                        return None;
                    }
                    let is_passive =
                        matches!(next, Option::None | Some(Prep | In | Border | Though | Out));
                    if is_passive { subject(words, at) } else { beside(words, at) }
                })
            }
        } else {
            subject(words, at).or_else(|| match next {
                Some(In) => object(words, at + 1, false),
                Some(role) if role.is_thing() => object(words, at, false),
                _ => None,
            })
        };
        // "finds no fraud" negates what is found.
        let between = thing.map_or(at..at, |thing| at + 1..thing.max(at + 1));
        let missing = between.into_iter().find(|&between| words.roles[between] == Not);
        let negation = negation(words, at, event).or(missing);
        let is_bad = thing.is_some_and(|thing| is_bad(words, thing));
        Some(Self { event, at, thing, is_bad, negation })
    }

    /// Whether the event is good news.
    fn is_better(&self) -> bool {
        self.event.is_more() ^ self.is_bad ^ self.negation.is_some()
    }

    /// The words from the first one of the event to the last.
    fn words(&self) -> Range<usize> {
        let places = || [Some(self.at), self.thing, self.negation].into_iter().flatten();
        let first = places().min().unwrap_or(self.at);
        first..places().max().unwrap_or(self.at) + 1
    }
}

/// Adds every cue of a text to `found`, given the role of each of its words.
pub(super) fn derive_cues(text: &SegmentedText<'_>, roles: &[Role], found: &mut Found<'_>) {
    const NOTHING: Part = Name("");
    let words = Words { roles, text };
    let mut though = false;
    for (at, role) in roles.iter().enumerate() {
        though = match role {
            Though => true,
            Border => false,
            _ => though && !words.is_apart(at),
        };
        let mut push = |parts, Range { start, end }: Range<usize>| {
            let source = text.words[start].source.start..text.words[end - 1].source.end;
            found.push(parts, text.words, source);
        };
        let Some(shift) = Shift::at(words, at) else {
            match role {
                Not => {
                    if let Some(thing) = missing(words, at) {
                        let is_bad = is_bad(words, thing);
                        let kind = Name(if is_bad { "bad" } else { "good" });
                        let sum = Name(if is_bad { "better" } else { "worse" });
                        let places = at..thing + 1;
                        push([Name("not"), kind, NOTHING], places.clone());
                        push([Name("not"), Word(thing), NOTHING], places.clone());
                        push([sum, NOTHING, NOTHING], places);
                    }
                }
                Good if though => push([Name("though"), Name("good"), NOTHING], at..at + 1),
                Bad if though => push([Name("though"), Name("bad"), NOTHING], at..at + 1),
                _ => {}
            }
            continue;
        };
        if shift.thing.is_none() && shift.negation.is_none() {
            if though {
                let name = if shift.event.is_more() { "up" } else { "down" };
                push([Name("though"), Name(name), NOTHING], at..at + 1);
            }
            continue;
        }
        let places = shift.words();
        let sum = Name(if shift.is_better() { "better" } else { "worse" });
        if though {
            push([Name("though"), sum, NOTHING], places);
            continue;
        }
        let not = Name(if shift.negation.is_some() { "not" } else { "" });
        let event = Name(shift.event.name());
        if let Some(thing) = shift.thing {
            let kind = Name(if shift.is_bad { "bad" } else { "good" });
            push([not, event, kind], places.clone());
            push([not, event, Word(thing)], places.clone());
            push([not, Word(at), kind], places.clone());
        } else {
            push([not, event, NOTHING], places.clone());
        }
        push([sum, NOTHING, NOTHING], places);
    }
}

/// The event that a word says, and whether the thing that it happens to is first looked for after
/// the word.
fn event(words: Words<'_>, at: usize) -> Option<(Event, bool)> {
    Some(match words.roles[at] {
        Up => (Event::Up, false),
        Raise => (Event::Up, true),
        Higher => (Event::Up, false),
        Lower => (Event::Down, false),
        Harm => (Event::Down, true),
        Down => (Event::Down, false),
        Cut => (Event::Down, true),
        Begin => (Event::Begin, true),
        End => (Event::End, true),
        Avert => (Event::Avert, true),
        Deny => (Event::Deny, true),
        OutBegins if words.roles.get(at + 1) == Some(&Out) => (Event::End, true),
        _ => return None,
    })
}

/// Whether a role turns an event after it into its opposite. A negation or refusal turns any event;
/// an end turns growing and shrinking: "halts slide", but not "traced and returned".
fn turns(role: Role, event: Event) -> bool {
    match role {
        Not | Deny => true,
        Avert | End => matches!(event, Event::Up | Event::Down),
        _ => false,
    }
}

/// The places of up to `reach` words after a word, up to the next clause.
fn following(words: Words<'_>, at: usize, reach: usize) -> impl Iterator<Item = usize> {
    let end = words.roles.len().min(at + 1 + reach);
    (at + 1..end).take_while(move |&next| {
        !words.is_apart(next) && !matches!(words.roles[next], Border | Though)
    })
}

/// The place of the first thing after a word; of several things side by side that of the last,
/// which the others qualify. A preposition ends the search unless it `passes` prepositions.
fn object(words: Words<'_>, at: usize, passes: bool) -> Option<usize> {
    let is_thing = |at: &usize| words.roles[*at].is_thing();
    let mut following = following(words, at, REACH_ON)
        .take_while(|&next| passes || words.roles[next] != Prep)
        .skip_while(|next| !is_thing(next))
        .take_while(is_thing);
    let first = following.next()?;
    Some(following.last().unwrap_or(first))
}

/// The place of the thing right before a word: "rate cut".
fn beside(words: Words<'_>, at: usize) -> Option<usize> {
    let before = at.checked_sub(1).filter(|_| !words.is_apart(at))?;
    words.roles[before].is_thing().then_some(before)
}

/// The place of the last thing before a word. If a preposition joins it to another thing before it,
/// as in "demand for oil falls", that of the other.
fn subject(words: Words<'_>, at: usize) -> Option<usize> {
    let mut found = None;
    let mut is_of = false;
    for before in (at.saturating_sub(REACH_BACK)..at).rev() {
        if words.is_apart(before + 1) {
            break;
        }
        match words.roles[before] {
            role if role.is_thing() && (found.is_none() || is_of) => {
                (found, is_of) = (Some(before), false)
            }
            Prep | In => is_of = found.is_some(),
            Border | Though => break,
            Up | Down | Cut | Raise | Higher | Lower | Harm | End | Avert | Deny | Begin
                if found.is_some() =>
            {
                break;
            }
            _ => {}
        }
    }
    found
}

/// Whether a word turns an event after it into its opposite; a thing before the event prevents
/// that.
fn negates(words: Words<'_>, at: usize) -> bool {
    let role = words.roles[at];
    // What turns any event turns growth.
    turns(role, Event::Up)
        && following(words, at, REACH_NOT)
            .find(|&next| words.roles[next].is_thing() || event(words, next).is_some())
            .and_then(|next| event(words, next))
            .is_some_and(|(event, _)| turns(role, event))
}

/// The place of the word that turns an event into its opposite.
fn negation(words: Words<'_>, at: usize, event: Event) -> Option<usize> {
    (at.saturating_sub(REACH_NOT)..at)
        .rev()
        .take_while(|&before| {
            !words.is_apart(before + 1)
                && !matches!(words.roles[before], Border | Though)
                && !words.roles[before].is_thing()
        })
        .find(|&before| turns(words.roles[before], event))
}

/// Whether a thing is one that one wants less of.
fn is_bad(words: Words<'_>, thing: usize) -> bool {
    let role = |before: usize| thing.checked_sub(before).map(|at| words.roles[at]);
    match role(0) {
        Some(Bad) => true,
        Some(Price) => role(1) == Some(Costly),
        // "consumer price growth"
        _ => role(1) == Some(Price) && role(2) == Some(Costly),
    }
}

/// The place of the thing whose absence a negation states: "no growth".
fn missing(words: Words<'_>, at: usize) -> Option<usize> {
    if negates(words, at) { None } else { object(words, at, true) }
}

#[cfg(test)]
mod tests {
    use crate::text::{Analyzer, AnalyzerKind, AnalyzerSettings, Tokens};

    fn analyzer(settings: AnalyzerSettings) -> Analyzer {
        let token_pattern = r"\w+|[$%!?&]".to_owned();
        Analyzer::new(AnalyzerSettings { token_pattern, ..settings }).unwrap()
    }

    /// The cues of a text without those that hold one of its words.
    fn cues_of(text: &str) -> Vec<String> {
        let settings = AnalyzerSettings { kind: AnalyzerKind::Cue, ..AnalyzerSettings::default() };
        let mut cues = Vec::new();
        analyzer(settings).analyze(text, &mut Tokens::default()).for_each(|cue| {
            cues.push(cue.text().trim_matches(['<', '>']).to_owned());
        });
        let names = "avert bad begin better deny down end good not though up worse";
        let of_names =
            |cue: &String| cue.split(' ').all(|word| names.split(' ').any(|n| n == word));
        cues.retain(of_names);
        cues
    }

    #[track_caller]
    fn assert_cues(text: &str, expected: &[&str]) {
        assert_eq!(cues_of(text), expected, "{text}");
    }

    #[test]
    fn less_of_a_bad_thing_is_better_and_less_of_a_good_one_is_worse() {
        assert_cues("Outflows from solar funds dwindle", &["down bad", "better"]);
        assert_cues("Bookings at ski resorts dwindle", &["down good", "worse"]);
        assert_cues("Arrears among renters mount", &["up bad", "worse"]);
        assert_cues("Airline trims fuel costs", &["down bad", "better"]);
        assert_cues("Airline trims its workforce", &["down good", "worse"]);
        assert_cues("Drop in complaints", &["down bad", "better"]);
        assert_cues("Rate cut likely", &["down bad", "better"]);
    }

    #[test]
    fn ends_and_refusals_turn_what_they_are_about() {
        assert_cues("Charges against Ferrow dismissed", &["end bad", "better"]);
        assert_cues("Prosecutors dismiss charges", &["end bad", "better"]);
        assert_cues("Ministry scraps subsidy", &["end good", "worse"]);
        assert_cues("Minister rules out tax", &["end bad", "better"]);
        assert_cues("Judge throws out lawsuit", &["end bad", "better"]);
        assert_cues("Bridge operator averts hack", &["avert bad", "better"]);
        assert_cues("Town denies permit", &["deny good", "worse"]);
        assert_cues("Mill hurt by strikes", &["begin bad", "worse"]);
    }

    #[test]
    fn a_negation_turns_it_once_more() {
        assert_cues("Minister does not rule out tax", &["not end bad", "worse"]);
        assert_cues("Strike fails to hurt sales", &["not down good", "better"]);
        assert_cues("Bank refuses to renew credit", &["not up good", "worse"]);
        assert_cues("No layoffs at Unistel", &["not bad", "better"]);
        assert_cues("Harbour never recovered", &["not up", "worse"]);
        assert_cues("Coins traced and returned", &[]);
    }

    #[test]
    fn clauses_keep_to_themselves() {
        assert_cues("Profit rises, layoffs fade", &["up good", "better", "down bad", "better"]);
        assert_cues("Shares fall on inflation data", &["down good", "worse"]);
        assert_cues("Index slips as fraud spreads", &["up bad", "worse"]);
        assert_cues("Despite falling sales, Orvo thrives", &["though worse", "though good"]);
    }

    #[test]
    fn a_cue_points_at_the_words_that_it_is_read_off() {
        let settings = AnalyzerSettings { kind: AnalyzerKind::Cue, ..AnalyzerSettings::default() };
        let (analyzer, text) =
            (analyzer(settings), "Brisk: CLIENT Exodus quickly slows, says Lomax");
        let (mut tokens, mut places) = (Tokens::default(), Vec::new());
        let mut analysis = analyzer.analyze(text, &mut tokens);
        analysis.for_each(|cue| places.push((cue.text().to_owned(), cue.range())));
        let offsets = analysis.offsets();
        let found: Vec<(String, &str)> = places
            .into_iter()
            .map(|(cue, range)| (cue, &text[offsets.source_range(range)]))
            .collect();
        let of = |cue: &str| (cue.to_owned(), "Exodus quickly slows");
        assert_eq!(
            found,
            [of("<down bad>"), of("<down exodus>"), of("<slows bad>"), of("<better>")]
        );
    }

    #[test]
    fn any_order_of_roles_is_read() {
        let words =
            ["not", "out", "rules", "by", "hurt", "fraud", ",", "profit", "despite", "as", "stops"];
        let mut seed = 7_u64;
        for length in 0..40 {
            for _ in 0..50 {
                let text: Vec<&str> = (0..length)
                    .map(|_| {
                        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                        words[(seed >> 33) as usize % words.len()]
                    })
                    .collect();
                let features = cues_of(&text.join(" "));
                assert!(features.len() <= 4 * length, "{text:?}");
            }
        }
    }
}
