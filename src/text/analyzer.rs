//! Lowercase text → n-grams, as scikit-learn's analyzers read them off.

use alloc::borrow::ToOwned;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use core::fmt;
use core::num::NonZeroU32;
use core::ops::Range;

use super::batch::TextsRef;
use super::bucket::bucket;
use super::change::Changes;
use super::cue::{Cues, Role, derive_cues};
use super::derived::{DerivedFeatures, Found, SegmentedText};
use super::feature::{Feature, Ngram};
use super::filter::HashFilter;
use super::hash::{PADDING, WordKey, combine, hash_of, hash16, is_short, short_hash, short_hashes};
use super::lowercase::{lowercase, lowercase_spans};
use super::pattern::{PatternError, TokenPattern};
use super::spans::{Span, source_range};
use super::words::{SHORT_WORD, Segmenter, join, shape_numbers};
use super::{WORDS_ALONE, is_space};
use crate::setters::setters;
use crate::spelling::spelled;

/// What an n-gram is made of.
///
/// ```
/// use undertone::text::AnalyzerKind;
/// assert_eq!("char_wb".parse(), Ok(AnalyzerKind::CharWb));
/// assert_eq!(AnalyzerKind::default().as_str(), "word");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum), value(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum AnalyzerKind {
    /// Tokens, joined by one space.
    #[default]
    Word,
    /// Characters of the whole text, runs of white space taken as one space.
    Char,
    /// Characters inside words, each word between two spaces.
    CharWb,
    /// What tokens together say happens to good and to bad things: "outflows dry up" is
    /// `<down bad>`, `<down outflows>`, `<dry bad>` and `<better>`. N-gram ranges don't matter.
    Cue,
}

spelled!(AnalyzerKind { Word => "word", Char => "char", CharWb => "char_wb", Cue => "cue" });

/// How a text becomes features.
///
/// ```
/// use undertone::text::{Analyzer, AnalyzerKind, AnalyzerSettings};
/// let settings = AnalyzerSettings::default().kind(AnalyzerKind::CharWb).ngrams((3, 5));
/// assert_eq!(Analyzer::new(settings)?.settings().ngrams, (3, 5));
/// # Ok::<(), undertone::text::SettingsError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AnalyzerSettings {
    /// What the n-grams are made of.
    pub kind: AnalyzerKind,
    /// Fewest and most tokens or characters in an n-gram; 1 ≤ fewest ≤ most ≤ 16.
    pub ngrams: (u8, u8),
    /// Whether the text is lowercased first.
    pub lowercase: bool,
    /// What a token is, for [`AnalyzerKind::Word`]; see [`TokenPattern`].
    pub token_pattern: String,
    /// Tokens left out before n-grams are formed, for [`AnalyzerKind::Word`]; in ascending order,
    /// none twice.
    pub stop_words: Vec<String>,
    /// Write every digit as `0`, so that numbers of one shape are one feature: `2010` and `2011`
    /// are both `0000`.
    pub number_shapes: bool,
    /// Add a feature for every change told in figures or direction words, for
    /// [`AnalyzerKind::Word`]: "to EUR 13.1 mn from EUR 8.7 mn" is `<up>`. The added features
    /// stand alone: n-grams don't run through them.
    pub changes: bool,
    /// Let each token stand for the number of its bucket among so many (feature hashing), for
    /// [`AnalyzerKind::Word`]; see [`bucket`](super::bucket). Stop words are taken out before.
    pub buckets: Option<NonZeroU32>,
}

impl Default for AnalyzerSettings {
    /// scikit-learn's defaults: lowercase words of two or more characters, one by one.
    fn default() -> Self {
        Self {
            kind: AnalyzerKind::Word,
            ngrams: (1, 1),
            lowercase: true,
            token_pattern: TokenPattern::DEFAULT.to_owned(),
            stop_words: Vec::new(),
            number_shapes: false,
            changes: false,
            buckets: None,
        }
    }
}

setters!(AnalyzerSettings {
    kind: AnalyzerKind,
    ngrams: (u8, u8),
    lowercase: bool,
    token_pattern: @into String,
    stop_words: @into Vec<String>,
    number_shapes: bool,
    changes: bool,
    buckets: @into Option<NonZeroU32>,
});

/// Why an [`Analyzer`] can't be made.
///
/// ```
/// use undertone::text::{Analyzer, AnalyzerSettings};
/// let error = Analyzer::new(AnalyzerSettings::default().ngrams((3, 2))).unwrap_err();
/// assert_eq!(error.to_string(), "n-gram range 3 to 2: expected 1 ≤ fewest ≤ most ≤ 16");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SettingsError {
    /// The n-gram range is empty or too long.
    Ngrams(u8, u8),
    /// The token pattern can't be read.
    Pattern(PatternError),
    /// The stop words are not in ascending order.
    StopWords,
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ngrams(low, high) => write!(
                f,
                "n-gram range {low} to {high}: expected 1 ≤ fewest ≤ most ≤ {}",
                Analyzer::LONGEST_NGRAM
            ),
            Self::Pattern(error) => error.fmt(f),
            Self::StopWords => f.write_str("stop words: expected ascending order, none twice"),
        }
    }
}

impl core::error::Error for SettingsError {}

/// A word of up to 16 bytes as it becomes a token: lowercased, its digits as shapes, if the
/// analyzer does that.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct NormalizedWord {
    /// Its bytes, padded with zeros.
    text: [u8; SHORT_WORD],
    pub(crate) hash: u64,
    length: u8,
}

impl NormalizedWord {
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.text[..usize::from(self.length)]
    }

    /// The key of a word that stands in a text as this one is written.
    pub(crate) fn key(&self) -> WordKey {
        WordKey::beginning(&self.text, 0..usize::from(self.length))
    }
}

/// A text segmented into tokens; kept between texts so that its memory is used again.
///
/// ```
/// use undertone::text::{Analyzer, AnalyzerSettings, Tokens};
/// let analyzer = Analyzer::new(AnalyzerSettings::default())?;
/// let mut tokens = Tokens::default();
/// let mut count = 0;
/// for text in ["Profit doubles", "Exchange halts withdrawals"] {
///     analyzer.analyze(text, &mut tokens).for_each(|_| count += 1);
/// }
/// assert_eq!(count, 5);
/// # Ok::<(), undertone::text::SettingsError>(())
/// ```
#[derive(Debug, Default)]
pub struct Tokens {
    lower: String,
    /// The spans in UTF-8, with one space between neighbours (and around each word for `CharWb`),
    /// and then [`PADDING`].
    text: Vec<u8>,
    spans: Vec<Span>,
    /// How many of the spans n-grams are made of; spans of derived features follow them.
    tokens: usize,
    /// The hash of each of the first `tokens` spans; empty for character analyzers.
    hashes: Vec<u64>,
    /// Whether each run of letters from a to z is one of the spans.
    has_letters: bool,
    changes: Changes,
    cues: Cues,
    /// Derived features, before they follow the spans.
    derived: Vec<Span>,
    /// Where characters begin, and where the last one ends.
    borders: Vec<usize>,
    /// The hash of the n-gram that begins at each word, of the length that was read last.
    joined_hashes: Vec<u64>,
    /// The block of n-grams that was handed on last.
    ngrams: Vec<Ngram>,
    /// The n-grams that may be in a vocabulary.
    candidates: Vec<Candidate>,
}

/// An n-gram of words that may be in a vocabulary.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Candidate {
    hash: u64,
    /// The number of its first word.
    pub(crate) first: u32,
}

impl Tokens {
    /// The way back from the tokens to `original`, the text that `analyzer` last segmented into
    /// them.
    pub(crate) fn offsets(&self, analyzer: &Analyzer, original: &str) -> Offsets<'_> {
        let as_it_was = !analyzer.settings.lowercase || original.is_ascii();
        Offsets {
            spans: &self.spans,
            lowercase: if as_it_was { Vec::new() } else { lowercase_spans(original) },
        }
    }

    /// The number of words that the texts were segmented into.
    pub(crate) fn words(&self) -> usize {
        self.spans.len()
    }

    /// The keys of these words, or of as much of them as fits.
    pub(crate) fn keys(&self) -> impl Iterator<Item = WordKey> {
        self.spans.iter().map(|span| WordKey::beginning(&self.text, span.source.clone()))
    }

    /// The byte range of each word in the texts, and its key, `None` for the few words that are too
    /// long for one.
    pub(crate) fn sources(&self) -> impl Iterator<Item = (Range<usize>, Option<WordKey>)> {
        let spans = self.spans.iter();
        spans.map(|Span { source, .. }| (source.clone(), WordKey::new(&self.text, source.clone())))
    }

    /// The byte range of a word in the texts.
    pub(crate) fn source(&self, word: usize) -> Range<usize> {
        self.spans[word].source.clone()
    }

    /// Puts written words in their places.
    pub(crate) fn write<'a>(&mut self, words: impl Iterator<Item = &'a NormalizedWord>) {
        let Self { text, spans, hashes, .. } = &mut *self;
        text.resize(text.len() + spans.len() + SHORT_WORD, 0);
        hashes.resize(spans.len(), 0);
        let mut at = 0;
        for ((Span { at: place, .. }, hash), word) in spans.iter_mut().zip(hashes).zip(words) {
            let end = at + usize::from(word.length);
            if let Some(room) = text.get_mut(at..).and_then(<[u8]>::first_chunk_mut::<SHORT_WORD>) {
                *room = word.text;
            }
            text[end] = b' ';
            *hash = word.hash;
            *place = at..end;
            at = end + 1;
        }
        self.tokens = self.spans.len();
    }

    /// Calls `on_length` for each length from `fewest` to `most` words, two or more, with those
    /// n-grams that a filter lets through, and with the number of the first word of each.
    // Not inlined: see score/word_cache.rs.
    #[inline(never)]
    pub(crate) fn multiword_ngrams(
        &mut self,
        (fewest, most): (u8, u8),
        filter: &HashFilter,
        mut on_length: impl FnMut(usize, &[u8], &[Ngram], &[Candidate]),
    ) {
        let Self { text, spans, hashes, joined_hashes, ngrams, candidates, .. } = self;
        joined_hashes.clear();
        joined_hashes.extend_from_slice(hashes);
        candidates.resize(hashes.len(), Candidate::default());
        for words in 2..=usize::from(most) {
            let lasts = hashes.get(words - 1..).unwrap_or_default();
            let joined = joined_hashes.iter_mut().zip(lasts);
            let joined = joined.map(|(hash, last)| {
                *hash = combine(*hash, *last);
                *hash
            });
            if words < usize::from(fewest) {
                joined.for_each(drop);
                continue;
            }
            let mut count = 0;
            let ends = spans.iter().zip(spans.get(words - 1..).unwrap_or_default());
            for (first, (mut hash, (span, last))) in (0..).zip(joined.zip(ends)) {
                if is_short(last.at.end - span.at.start) {
                    hash = short_hash(text, span.at.start..last.at.end);
                }
                candidates[count] = Candidate { hash, first };
                // Without a branch: which n-grams are let through is unpredictable.
                count += usize::from(filter.may_have(hash));
            }
            ngrams.clear();
            ngrams.extend(candidates[..count].iter().map(|&Candidate { hash, first }| {
                let first = first as usize;
                Ngram { range: spans[first].at.start..spans[first + words - 1].at.end, hash }
            }));
            on_length(words, text, ngrams, candidates);
        }
    }

    /// Calls `each` with every cue of one of several texts that were segmented together: `text` is
    /// all of them, `words` are the numbers of its words, and `roles` are their roles.
    // Not inlined: a browser's engine needn't compile this before a text has a cue.
    #[inline(never)]
    pub(crate) fn each_cue(
        &mut self,
        text: &str,
        words: Range<usize>,
        roles: &[Role],
        each: &mut dyn FnMut(&Feature<'_>),
    ) {
        let Self { text: tokens, spans, hashes, derived, .. } = self;
        let (words, hashes) = (&spans[words.clone()], &hashes[words]);
        let segmented = SegmentedText { text, words, hashes, runs_are_words: false };
        each_derived(tokens, derived, &mut |found| derive_cues(&segmented, roles, found), each);
    }

    /// Puts the derived features of the text, its cues or its changes, after the spans that
    /// n-grams are made of.
    fn push_derived(&mut self, is_of_cues: bool) {
        if WORDS_ALONE {
            return;
        }
        let end = self.end();
        let Self { lower, text, spans, hashes, has_letters, changes, cues, derived, .. } = self;
        let kind: &mut dyn DerivedFeatures = if is_of_cues { cues } else { changes };
        let segmented =
            SegmentedText { text: lower, words: spans, hashes, runs_are_words: *has_letters };
        if kind.passes_prefilter(&segmented) {
            text.truncate(end);
            derived.clear();
            kind.derive(&segmented, &mut Found { tokens: text, spans: derived });
            spans.append(derived);
            text.extend_from_slice(PADDING.as_bytes());
        }
    }

    /// Where the last span ends in the text.
    fn end(&self) -> usize {
        self.spans.last().map_or(0, |span| span.at.end)
    }

    fn push(&mut self, text: &str, source: Range<usize>) {
        let start = self.text.len();
        self.text.extend_from_slice(text.as_bytes());
        self.spans.push(Span { at: start..self.text.len(), source });
    }
}

/// The offset mapping of an [`Analysis`]: where in the text each of its features stands.
///
/// ```
/// use undertone::text::{Analyzer, AnalyzerSettings, Tokens};
/// let analyzer = Analyzer::new(AnalyzerSettings::default().ngrams((2, 2)))?;
/// let mut tokens = Tokens::default();
/// let mut analysis = analyzer.analyze("Profit – DOUBLES", &mut tokens);
/// let mut range = 0..0;
/// analysis.for_each(|feature| range = feature.range());
/// // "profit doubles" is 14 bytes long, and what it was read off has 18.
/// assert_eq!((range.clone(), analysis.offsets().source_range(range)), (0..14, 0..18));
/// # Ok::<(), undertone::text::SettingsError>(())
/// ```
#[derive(Debug)]
pub struct Offsets<'a> {
    spans: &'a [Span],
    /// Empty where lowercasing moved nothing.
    lowercase: Vec<Span>,
}

impl Offsets<'_> {
    /// The byte range of the text for a [`Feature::range`].
    pub fn source_range(&self, range: Range<usize>) -> Range<usize> {
        let lower = source_range(self.spans, range);
        if self.lowercase.is_empty() { lower } else { source_range(&self.lowercase, lower) }
    }
}

/// A text segmented by an [`Analyzer`]: its features, and the way back from each of them to the
/// text.
///
/// ```
/// use undertone::text::{Analyzer, AnalyzerSettings, Tokens};
///
/// let analyzer = Analyzer::new(AnalyzerSettings::default())?;
/// let (text, mut tokens) = ("Ärger für Börse", Tokens::default());
/// let mut analysis = analyzer.analyze(text, &mut tokens);
/// let mut ranges = Vec::new();
/// analysis.for_each(|feature| ranges.push((feature.text().to_owned(), feature.range())));
/// let (last, range) = &ranges[2];
/// assert_eq!(last, "börse");
/// assert_eq!(&text[analysis.offsets().source_range(range.clone())], "Börse");
/// # Ok::<(), undertone::text::SettingsError>(())
/// ```
#[derive(Debug)]
pub struct Analysis<'a> {
    analyzer: &'a Analyzer,
    text: &'a str,
    tokens: &'a mut Tokens,
}

impl Analysis<'_> {
    /// Calls `each` with every feature of the text, repeated ones as often as they occur.
    pub fn for_each(&mut self, mut each: impl FnMut(Feature<'_>)) {
        self.analyzer.ngrams_of_segmented(self.tokens, None, &mut |tokens, ngrams| {
            ngrams.iter().for_each(|ngram| each(ngram.of(tokens)));
        });
    }

    /// Where in the text the features stand that [`for_each`](Self::for_each) has given.
    pub fn offsets(&self) -> Offsets<'_> {
        self.tokens.offsets(self.analyzer, self.text)
    }
}

/// Text → features.
///
/// ```
/// use undertone::text::{Analyzer, AnalyzerSettings, Tokens};
///
/// let settings = AnalyzerSettings::default().ngrams((1, 2));
/// let analyzer = Analyzer::new(settings)?;
/// let mut features = Vec::new();
/// analyzer.analyze("Profit FELL again", &mut Tokens::default()).for_each(|feature| {
///     features.push(feature.text().to_owned());
/// });
/// assert_eq!(features, ["profit", "fell", "again", "profit fell", "fell again"]);
/// # Ok::<(), undertone::text::SettingsError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Analyzer {
    settings: AnalyzerSettings,
    segmenter: Segmenter,
}

impl Analyzer {
    /// No language has a construction longer than this; it bounds the features of a text.
    pub const LONGEST_NGRAM: u8 = 16;

    /// Checks the settings.
    ///
    /// # Errors
    /// When the n-gram range is impossible, the token pattern can't be read, or stop words are out
    /// of order.
    pub fn new(settings: AnalyzerSettings) -> Result<Self, SettingsError> {
        let (low, high) = settings.ngrams;
        if low < 1 || low > high || high > Self::LONGEST_NGRAM {
            return Err(SettingsError::Ngrams(low, high));
        }
        let parse = |pattern: &str| TokenPattern::parse(pattern).map_err(SettingsError::Pattern);
        let pattern = parse(&settings.token_pattern)?;
        if !settings.stop_words.is_sorted_by(|one, next| one < next) {
            return Err(SettingsError::StopWords);
        }
        let segmenter = Segmenter::new(match settings.kind {
            AnalyzerKind::CharWb => parse(TokenPattern::SOLID)?,
            _ => pattern,
        });
        Ok(Self { settings, segmenter })
    }

    /// What the analyzer was made from.
    pub fn settings(&self) -> &AnalyzerSettings {
        &self.settings
    }

    /// Segments `text` into `tokens`, in place of the text that they held.
    pub fn analyze<'a>(&'a self, text: &'a str, tokens: &'a mut Tokens) -> Analysis<'a> {
        self.segment(text, tokens);
        Analysis { analyzer: self, text, tokens }
    }

    /// Whether both analyzers segment every text alike, apart from what becomes of its digits.
    pub(crate) fn segments_like(&self, other: &Self) -> bool {
        let cut = |analyzer: &Self| AnalyzerSettings {
            kind: if analyzer.is_of_words() { AnalyzerKind::Word } else { analyzer.settings.kind },
            ngrams: (1, 1),
            number_shapes: false,
            changes: false,
            ..analyzer.settings.clone()
        };
        cut(self) == cut(other)
    }

    /// Whether its features are cues.
    pub(crate) fn is_of_cues(&self) -> bool {
        self.settings.kind == AnalyzerKind::Cue
    }

    /// Whether features are made of tokens.
    fn is_of_words(&self) -> bool {
        matches!(self.settings.kind, AnalyzerKind::Word | AnalyzerKind::Cue)
    }

    /// Whether n-grams are made of one word each, whatever stands around it.
    pub(crate) fn is_by_word(&self) -> bool {
        self.settings.kind == AnalyzerKind::CharWb
    }

    /// Whether words may be kept from one text to the next: [`segment_all`](Self::segment_all)
    /// segments most texts as [`segment`](Self::segment) does, and the words of a text tell whether
    /// it may hold a change.
    pub(crate) fn keeps_words(&self) -> bool {
        let AnalyzerSettings { lowercase, stop_words, buckets, changes, .. } = &self.settings;
        let segmenter = &self.segmenter;
        self.is_of_words()
            && stop_words.is_empty()
            && buckets.is_none()
            && segmenter.is_bytewise()
            && !segmenter.has_spaces()
            && !segmenter.holds(TextsRef::BORDER)
            && (segmenter.ignores_case() || !lowercase)
            // A change is no word.
            && (!changes || segmenter.keeps_letters() && !segmenter.holds('<'))
    }

    /// The word of a key as it becomes a token.
    pub(crate) fn normalize_word(&self, key: WordKey) -> NormalizedWord {
        let mut text = key.bytes();
        let length = key.length as usize;
        if self.settings.lowercase {
            text.make_ascii_lowercase();
        }
        if self.settings.number_shapes {
            shape_numbers(&mut text);
        }
        NormalizedWord { text, hash: hash16(&text, length), length: length as u8 }
    }

    /// Segments texts together. `each` is called for each text, in order, with the range of its
    /// words among all words, whether it consists of these and nothing else, which is not so where
    /// bytes alone do not show the words, and whether each of them is short enough for a key.
    // Not inlined: see score/word_cache.rs.
    #[inline(never)]
    pub(crate) fn segment_all(
        &self,
        texts: TextsRef<'_>,
        tokens: &mut Tokens,
        mut each: impl FnMut(Range<usize>, bool, bool),
    ) {
        let Tokens { text: joined, spans, .. } = tokens;
        joined.clear();
        joined.extend_from_slice(texts.joined.as_bytes());
        joined.extend_from_slice(PADDING.as_bytes());
        let mut untold = self.segmenter.segment_all(texts.joined, spans).peekable();
        let mut words = 0..0;
        for &end in texts.ends {
            let mut longest = 0;
            while let Some(Span { source, .. }) = spans.get(words.end)
                && source.start < end
            {
                longest = longest.max(source.len());
                words.end += 1;
            }
            let is_told = untold.peek().is_none_or(|&at| at >= end);
            while untold.next_if(|&at| at < end).is_some() {}
            each(words.clone(), is_told, longest <= SHORT_WORD);
            words.start = words.end;
        }
    }

    /// Calls `each` with every [change](AnalyzerSettings::changes) in a text.
    pub(crate) fn each_change(
        &self,
        text: &str,
        tokens: &mut Tokens,
        each: &mut dyn FnMut(&Feature<'_>),
    ) {
        let Tokens { lower, text: tokens, changes, derived, .. } = tokens;
        self.lower(text, lower);
        each_derived(tokens, derived, &mut |found| changes.read(lower, found), each);
    }

    /// Segments a text that is one word.
    pub(crate) fn segment_word(&self, word: &str, tokens: &mut Tokens) {
        self.lower(word, &mut tokens.lower);
        tokens.spans.clear();
        tokens.spans.push(Span { at: 0..0, source: 0..tokens.lower.len() });
        self.join_words(tokens);
    }

    /// Segments a text into the spans that n-grams are made of.
    pub(crate) fn segment(&self, text: &str, tokens: &mut Tokens) {
        self.lower(text, &mut tokens.lower);
        tokens.spans.clear();
        if self.settings.kind == AnalyzerKind::Char {
            tokens.text.clear();
            let lower = core::mem::take(&mut tokens.lower);
            collapse_spaces(&lower, tokens);
            tokens.lower = lower;
            if self.settings.number_shapes {
                // A digit for a digit, so that no position moves.
                shape_numbers(&mut tokens.text);
            }
            tokens.text.extend_from_slice(PADDING.as_bytes());
            tokens.tokens = tokens.spans.len();
        } else {
            // Stop words and buckets are for words alone.
            let is_word = self.is_of_words();
            let stop_words = if is_word { &self.settings.stop_words[..] } else { &[] };
            let Tokens { lower, spans, has_letters, .. } = tokens;
            *has_letters = self.segmenter.segment(lower, stop_words, spans);
            self.join_words(tokens);
        }
    }

    fn lower(&self, text: &str, lower: &mut String) {
        if self.settings.lowercase {
            lowercase(text, lower);
        } else {
            lower.clear();
            lower.push_str(text);
        }
    }

    /// Joins the words of the text: for `CharWb`, which is `text.split()`, with a space before,
    /// between and after them; for tokens with one between.
    fn join_words(&self, tokens: &mut Tokens) {
        let Tokens { lower, text, spans, hashes, has_letters, .. } = &mut *tokens;
        let is_word = self.is_of_words();
        let length = lower.len();
        lower.push_str(PADDING);
        let spaces = usize::from(!is_word);
        hashes.clear();
        join(lower.as_bytes(), self.settings.number_shapes, spaces, text, spans, hashes);
        lower.truncate(length);
        if let Some(buckets) = self.settings.buckets.filter(|_| is_word) {
            *has_letters = false;
            Self::fill_buckets(buckets, tokens);
        } else if self.segmenter.has_spaces() {
            hashes.clear();
            hashes.extend(spans.iter().map(|span| hash_of(text, span.at.clone())));
        }
        tokens.tokens = tokens.spans.len();
    }

    /// Calls `on_block` with block after block of the n-grams of the text that was segmented last,
    /// by this analyzer or by one that [segments alike](Self::segments_like), and with its tokens.
    /// A filter may rule n-grams out before; returns how many.
    pub(crate) fn ngrams_of_segmented(
        &self,
        tokens: &mut Tokens,
        filter: Option<&HashFilter>,
        on_block: &mut dyn FnMut(&[u8], &[Ngram]),
    ) -> u32 {
        let changes = self.settings.changes && self.settings.kind == AnalyzerKind::Word;
        tokens.spans.truncate(tokens.tokens);
        let cues = self.is_of_cues();
        if cues || changes {
            tokens.push_derived(cues);
        }
        let mut ngrams = core::mem::take(&mut tokens.ngrams);
        ngrams.clear();
        let mut ruled_out = 0;
        match self.settings.kind {
            AnalyzerKind::Word => {
                ruled_out = self.word_ngrams(tokens, filter, &mut ngrams, on_block);
            }
            AnalyzerKind::Char => {
                self.ngrams_within(0..tokens.end(), tokens, &mut ngrams, on_block);
            }
            AnalyzerKind::CharWb => self.padded_ngrams(tokens, &mut ngrams, on_block),
            AnalyzerKind::Cue => {}
        }
        if cues || changes {
            let found = tokens.spans.get(tokens.tokens..).unwrap_or_default();
            ngrams.extend(found.iter().map(|span| Ngram::new(&tokens.text, span.at.clone())));
        }
        on_block(&tokens.text, &ngrams);
        tokens.ngrams = ngrams;
        ruled_out
    }

    /// The number of each token's bucket in its place.
    fn fill_buckets(buckets: NonZeroU32, tokens: &mut Tokens) {
        let words = core::mem::take(&mut tokens.text);
        for span in &mut tokens.spans {
            if !tokens.text.is_empty() {
                tokens.text.push(b' ');
            }
            let start = tokens.text.len();
            let number = bucket(&words[span.at.clone()], buckets).to_string();
            tokens.text.extend_from_slice(number.as_bytes());
            span.at = start..tokens.text.len();
        }
        tokens.hashes.clear();
        let hashes = tokens.spans.iter().map(|span| hash_of(&tokens.text, span.at.clone()));
        tokens.hashes.extend(hashes);
        tokens.text.extend_from_slice(PADDING.as_bytes());
    }

    /// `_word_ngrams`: the shorter ones first. Returns how many the filter rules out.
    fn word_ngrams(
        &self,
        tokens: &mut Tokens,
        filter: Option<&HashFilter>,
        ngrams: &mut Vec<Ngram>,
        on_block: &mut dyn FnMut(&[u8], &[Ngram]),
    ) -> u32 {
        let mut ruled_out = 0;
        let (fewest, most) = self.settings.ngrams;
        let Tokens { text, spans, hashes, joined_hashes, .. } = tokens;
        let words = &spans[..tokens.tokens];
        let has_spaces = self.segmenter.has_spaces();
        joined_hashes.clear();
        joined_hashes.extend_from_slice(hashes);
        for more in 0..usize::from(most).min(words.len()) {
            if more > 0 {
                for (hash, last) in joined_hashes.iter_mut().zip(&hashes[more..]) {
                    *hash = combine(*hash, *last);
                }
            }
            if more + 1 < usize::from(fewest) {
                continue;
            }
            if more > 0 && has_spaces {
                for (first, last) in words.iter().zip(&words[more..]) {
                    ngrams.push(Ngram::new(text, first.at.start..last.at.end));
                    hand_on(text, ngrams, on_block);
                }
                continue;
            }
            let (firsts, lasts) = (&words[..words.len() - more], &words[more..]);
            let some_of = |from: usize| from..firsts.len().min(from + NGRAM_BLOCK);
            for some_words in (0..firsts.len()).step_by(NGRAM_BLOCK).map(some_of) {
                let ends = firsts[some_words.clone()].iter().zip(&lasts[some_words.clone()]);
                let mut count = ngrams.len();
                ngrams.resize(count + some_words.len(), Ngram::default());
                for ((first, last), &hash) in ends.zip(&joined_hashes[some_words]) {
                    let range = first.at.start..last.at.end;
                    let is_short = more > 0 && is_short(range.len());
                    let hash = if is_short { short_hash(text, range.clone()) } else { hash };
                    ngrams[count] = Ngram { range, hash };
                    // Without a branch: which n-grams are let through is unpredictable.
                    count += usize::from(filter.is_none_or(|filter| filter.may_have(hash)));
                }
                ruled_out += (ngrams.len() - count) as u32;
                ngrams.truncate(count);
                hand_on(text, ngrams, on_block);
            }
        }
        ruled_out
    }

    /// `_char_wb_ngrams`: over each word and the spaces around it; a padded word shorter than the
    /// shortest n-gram is one feature itself.
    fn padded_ngrams(
        &self,
        tokens: &mut Tokens,
        ngrams: &mut Vec<Ngram>,
        on_block: &mut dyn FnMut(&[u8], &[Ngram]),
    ) {
        for index in 0..tokens.spans.len() {
            let word = &tokens.spans[index].at;
            let padded = word.start - 1..word.end + 1;
            if !self.ngrams_within(padded.clone(), tokens, ngrams, on_block) {
                ngrams.push(Ngram::new(&tokens.text, padded));
            }
        }
    }

    /// `_char_ngrams`, over a stretch of the text. False where it is shorter than each n-gram.
    fn ngrams_within(
        &self,
        range: Range<usize>,
        tokens: &mut Tokens,
        ngrams: &mut Vec<Ngram>,
        on_block: &mut dyn FnMut(&[u8], &[Ngram]),
    ) -> bool {
        let Tokens { text, borders, .. } = tokens;
        let (fewest, most) = self.settings.ngrams;
        let (fewest, most) = (usize::from(fewest), usize::from(most));
        if is_short(most) && text[range.clone()].is_ascii() {
            for length in fewest..=most {
                let end = (range.end + 1).saturating_sub(length);
                for start in (range.start..end).step_by(NGRAM_BLOCK) {
                    let starts = start..end.min(start + NGRAM_BLOCK);
                    let hashes = short_hashes(text, starts.clone(), length);
                    let ranges = starts.map(|start| start..start + length);
                    ngrams.extend(ranges.zip(hashes).map(|(range, hash)| Ngram { range, hash }));
                    hand_on(text, ngrams, on_block);
                }
            }
            return range.len() >= fewest;
        }
        borders.clear();
        borders.extend(range.clone().filter(|&at| text[at] as i8 >= -0x40));
        borders.push(range.end);
        for length in fewest..=most {
            for characters in borders.windows(length + 1) {
                ngrams.push(Ngram::new(text, characters[0]..characters[length]));
                hand_on(text, ngrams, on_block);
            }
        }
        borders.len() > fewest
    }
}

/// Calls `each` with every derived feature that `find` finds. Their names stand after the tokens
/// for as long as that takes.
fn each_derived(
    tokens: &mut Vec<u8>,
    derived: &mut Vec<Span>,
    find: &mut dyn FnMut(&mut Found<'_>),
    each: &mut dyn FnMut(&Feature<'_>),
) {
    let length = tokens.len();
    derived.clear();
    find(&mut Found { tokens, spans: derived });
    tokens.extend_from_slice(PADDING.as_bytes());
    for span in derived.drain(..) {
        each(&Ngram::new(tokens, span.at).of(tokens));
    }
    tokens.truncate(length);
}

/// The number of n-grams that are handed on together: few enough to stay in the nearest cache, and
/// so many that each step is a loop of its own, in which a processor works on several at a time.
const NGRAM_BLOCK: usize = 256;

#[inline]
fn hand_on(tokens: &[u8], ngrams: &mut Vec<Ngram>, on_block: &mut dyn FnMut(&[u8], &[Ngram])) {
    if ngrams.len() >= NGRAM_BLOCK {
        on_block(tokens, ngrams);
        ngrams.clear();
    }
}

/// `re.sub(r"\s\s+", " ", text)`: only runs of two or more become a space.
fn collapse_spaces(lower: &str, tokens: &mut Tokens) {
    let mut kept = 0;
    let mut rest = lower.char_indices().peekable();
    while let Some((start, c)) = rest.next() {
        if !is_space(c) {
            continue;
        }
        let mut end = start + c.len_utf8();
        let first_end = end;
        while let Some((at, c)) = rest.next_if(|&(_, c)| is_space(c)) {
            end = at + c.len_utf8();
        }
        if end > first_end {
            if kept < start {
                tokens.push(lower.get(kept..start).unwrap_or_default(), kept..start);
            }
            tokens.push(" ", start..end);
            kept = end;
        }
    }
    if kept < lower.len() {
        tokens.push(lower.get(kept..).unwrap_or_default(), kept..lower.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranges(settings: AnalyzerSettings, text: &str) -> Vec<(String, String)> {
        let analyzer = Analyzer::new(settings).unwrap();
        let mut tokens = Tokens::default();
        let mut features = Vec::new();
        let mut analysis = analyzer.analyze(text, &mut tokens);
        analysis.for_each(|feature| features.push((feature.text().to_owned(), feature.range())));
        let offsets = analysis.offsets();
        features
            .into_iter()
            .map(|(feature, range)| (feature, text[offsets.source_range(range)].to_owned()))
            .collect()
    }

    #[test]
    fn every_feature_points_at_its_source() {
        let words = AnalyzerSettings { ngrams: (2, 2), ..AnalyzerSettings::default() };
        assert_eq!(
            ranges(words, "20\u{212a}  Bankası – KÂR"),
            [("20k bankası", "20\u{212a}  Bankası"), ("bankası kâr", "Bankası – KÂR")]
                .map(|(feature, source)| (feature.to_owned(), source.to_owned()))
        );
        let padded = AnalyzerSettings {
            kind: AnalyzerKind::CharWb,
            ngrams: (3, 3),
            ..AnalyzerSettings::default()
        };
        assert_eq!(
            ranges(padded, "\tUP 2%"),
            [(" up", "UP"), ("up ", "UP"), (" 2%", "2%"), ("2% ", "2%")]
                .map(|(feature, source)| (feature.to_owned(), source.to_owned()))
        );
        let chars = AnalyzerSettings {
            kind: AnalyzerKind::Char,
            ngrams: (2, 2),
            ..AnalyzerSettings::default()
        };
        assert_eq!(
            ranges(chars, "A \n B"),
            [("a ", "A \n "), (" b", " \n B")]
                .map(|(feature, source)| (feature.to_owned(), source.to_owned()))
        );
    }

    #[test]
    fn hashed_tokens_point_at_their_source() {
        let hashed = AnalyzerSettings {
            token_pattern: r"\S+".to_owned(),
            buckets: NonZeroU32::new(1 << 18),
            ..AnalyzerSettings::default()
        };
        let buckets: Vec<(String, String)> = ["profit", "rose"]
            .map(|token| {
                (bucket(token.as_bytes(), NonZeroU32::new(1 << 18).unwrap()).to_string(), token)
            })
            .map(|(bucket, token)| (bucket, token.to_uppercase()))
            .into();
        assert_eq!(ranges(hashed, "  PROFIT ROSE "), buckets);
    }

    #[test]
    fn refuses_stop_words_out_of_order() {
        for stop_words in [["the", "and"], ["and", "and"]] {
            let stop_words = stop_words.map(str::to_owned).into();
            let settings = AnalyzerSettings { stop_words, ..AnalyzerSettings::default() };
            assert_eq!(Analyzer::new(settings).unwrap_err(), SettingsError::StopWords);
        }
    }

    #[test]
    fn refuses_impossible_ngram_ranges() {
        for ngrams in [(0, 1), (2, 1), (1, 17)] {
            let settings = AnalyzerSettings { ngrams, ..AnalyzerSettings::default() };
            assert_eq!(
                Analyzer::new(settings).unwrap_err(),
                SettingsError::Ngrams(ngrams.0, ngrams.1)
            );
        }
    }
}
