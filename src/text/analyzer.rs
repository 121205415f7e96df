//! Lowercase text → n-grams, as scikit-learn's analyzers read them off.

use std::fmt;
use std::num::NonZeroU32;
use std::ops::Range;

use super::bucket::bucket;
use super::change::{Item, changes};
use super::hash::feature_hash;
use super::is_space;
use super::lowercase::{lowercase, lowercase_pieces};
use super::pattern::{PatternError, TokenPattern};
use super::pieces::{Piece, source_range};

/// What an n-gram is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnalyzerKind {
    /// Tokens, joined by one space.
    Word,
    /// Characters of the whole text, runs of white space taken as one space.
    Char,
    /// Characters inside words, each word between two spaces.
    CharWb,
}

/// How a text becomes features.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnalyzerSettings {
    /// What the n-grams are made of.
    pub kind: AnalyzerKind,
    /// Fewest and most tokens or characters in an n-gram; 1 ≤ fewest ≤ most ≤ 16.
    pub ngrams: (u8, u8),
    /// Whether the text is lowercased first.
    pub lowercase: bool,
    /// What a token is, for [`AnalyzerKind::Word`]; see [`TokenPattern`].
    pub token_pattern: String,
    /// Tokens left out before n-grams are formed, for [`AnalyzerKind::Word`].
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

/// Why an [`Analyzer`] can't be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SettingsError {
    /// The n-gram range is empty or too long.
    Ngrams(u8, u8),
    /// The token pattern can't be read.
    Pattern(PatternError),
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
        }
    }
}

impl std::error::Error for SettingsError {}

/// One n-gram of a text.
#[derive(Debug, Clone, Copy)]
pub struct Feature<'a> {
    /// The n-gram as the vocabulary spells it, in UTF-8.
    pub bytes: &'a [u8],
    /// [`feature_hash`](super::feature_hash) of `bytes`.
    pub hash: u64,
    /// Byte position in [`Tokens`], for [`Sources::find`].
    at: usize,
}

impl<'a> Feature<'a> {
    #[inline]
    fn new(tokens: &'a [u8], range: Range<usize>) -> Self {
        let bytes = &tokens[range.clone()];
        Self { bytes, hash: feature_hash(bytes), at: range.start }
    }

    /// The n-gram as the vocabulary spells it.
    pub fn text(&self) -> &'a str {
        // Tokens end where characters do.
        str::from_utf8(self.bytes).unwrap_or_default()
    }

    /// The feature's place among the tokens, for [`Sources::find`].
    pub fn range(&self) -> Range<usize> {
        self.at..self.at + self.bytes.len()
    }
}

/// A text cut into pieces; kept between texts so that its memory is used again.
#[derive(Debug, Default)]
pub struct Tokens {
    lower: String,
    /// The pieces in UTF-8, with one space between neighbours (and around each word for `CharWb`).
    text: Vec<u8>,
    pieces: Vec<Piece>,
    /// How many of the pieces n-grams are made of. What [`changes`] finds follows them.
    cut: usize,
    /// What [`changes`] looks at.
    items: Vec<Item>,
}

impl Tokens {
    /// The way back from the tokens to `original`, the text that `analyzer` last read into them.
    pub fn sources(&self, analyzer: &Analyzer, original: &str) -> Sources<'_> {
        let as_it_was = !analyzer.settings.lowercase || original.is_ascii();
        Sources {
            pieces: &self.pieces,
            lowercase: if as_it_was { Vec::new() } else { lowercase_pieces(original) },
        }
    }

    /// Gives back memory beyond what a usual text takes.
    pub fn shrink(&mut self, bytes: usize) {
        self.lower.clear();
        self.text.clear();
        self.pieces.clear();
        self.items.clear();
        self.lower.shrink_to(bytes);
        self.text.shrink_to(bytes);
        self.pieces.shrink_to(bytes / size_of::<Piece>());
        self.items.shrink_to(bytes / size_of::<Item>());
    }

    fn push(&mut self, text: &str, source: Range<usize>) {
        let start = self.text.len();
        self.text.extend_from_slice(text.as_bytes());
        self.pieces.push(Piece { at: start..self.text.len(), source });
    }
}

/// Where tokens came from; made by [`Tokens::sources`].
#[derive(Debug)]
pub struct Sources<'a> {
    pieces: &'a [Piece],
    /// Empty where lowercasing moved nothing.
    lowercase: Vec<Piece>,
}

impl Sources<'_> {
    /// The byte range of the text for a [`Feature::range`].
    pub fn find(&self, range: Range<usize>) -> Range<usize> {
        let lower = source_range(self.pieces, range);
        if self.lowercase.is_empty() { lower } else { source_range(&self.lowercase, lower) }
    }
}

/// Text → features.
///
/// ```
/// use undertone::text::{Analyzer, AnalyzerSettings, Tokens};
///
/// let settings = AnalyzerSettings { ngrams: (1, 2), ..AnalyzerSettings::default() };
/// let analyzer = Analyzer::new(settings)?;
/// let mut features = Vec::new();
/// analyzer.read("Profit FELL again", &mut Tokens::default(), |feature| {
///     features.push(feature.text().to_owned());
/// });
/// assert_eq!(features, ["profit", "profit fell", "fell", "fell again", "again"]);
/// # Ok::<(), undertone::text::SettingsError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Analyzer {
    settings: AnalyzerSettings,
    pattern: TokenPattern,
}

impl Analyzer {
    /// No language has a construction longer than this; it bounds the features of a text.
    pub const LONGEST_NGRAM: u8 = 16;

    /// Checks the settings.
    ///
    /// # Errors
    /// When the n-gram range is impossible or the token pattern can't be read.
    pub fn new(mut settings: AnalyzerSettings) -> Result<Self, SettingsError> {
        let (low, high) = settings.ngrams;
        if low < 1 || low > high || high > Self::LONGEST_NGRAM {
            return Err(SettingsError::Ngrams(low, high));
        }
        let pattern =
            TokenPattern::parse(&settings.token_pattern).map_err(SettingsError::Pattern)?;
        settings.stop_words.sort_unstable();
        settings.stop_words.dedup();
        Ok(Self { settings, pattern })
    }

    /// What the analyzer was made from.
    pub fn settings(&self) -> &AnalyzerSettings {
        &self.settings
    }

    /// Calls `each` for every n-gram of `text`, repeated ones as often as they occur.
    pub fn read(&self, text: &str, tokens: &mut Tokens, each: impl FnMut(Feature<'_>)) {
        self.cut(text, tokens);
        self.read_cut(tokens, each);
    }

    /// Whether a text that the other one has cut needn't be cut again.
    pub(crate) fn cuts_like(&self, other: &Self) -> bool {
        let cut = |analyzer: &Self| AnalyzerSettings {
            ngrams: (1, 1),
            changes: false,
            ..analyzer.settings.clone()
        };
        cut(self) == cut(other)
    }

    /// Cuts a text into the pieces that n-grams are made of.
    pub(crate) fn cut(&self, text: &str, tokens: &mut Tokens) {
        let mut lower = std::mem::take(&mut tokens.lower);
        if self.settings.lowercase {
            lowercase(text, &mut lower);
        } else {
            lower.clear();
            lower.push_str(text);
        }
        tokens.text.clear();
        tokens.pieces.clear();
        match self.settings.kind {
            AnalyzerKind::Word => self.cut_words(&lower, tokens),
            AnalyzerKind::Char => collapse_spaces(&lower, tokens),
            AnalyzerKind::CharWb => pad_words(&lower, tokens),
        }
        if self.settings.number_shapes {
            // A digit for a digit, so that no position moves.
            for byte in tokens.text.iter_mut().filter(|byte| byte.is_ascii_digit()) {
                *byte = b'0';
            }
        }
        if let (Some(buckets), AnalyzerKind::Word) = (self.settings.buckets, self.settings.kind) {
            Self::fill_buckets(buckets, tokens);
        }
        tokens.cut = tokens.pieces.len();
        tokens.lower = lower;
    }

    /// Calls `each` for every n-gram of the text that was cut last, by this analyzer or by one that
    /// [cuts alike](Self::cuts_like).
    pub(crate) fn read_cut(&self, tokens: &mut Tokens, mut each: impl FnMut(Feature<'_>)) {
        match self.settings.kind {
            AnalyzerKind::Word => self.word_ngrams(tokens, &mut each),
            AnalyzerKind::Char => self.ngrams_within(&tokens.text, 0..tokens.text.len(), &mut each),
            AnalyzerKind::CharWb => self.padded_ngrams(tokens, &mut each),
        }
        if self.settings.changes && self.settings.kind == AnalyzerKind::Word {
            tokens.pieces.truncate(tokens.cut);
            tokens.text.truncate(tokens.pieces.last().map_or(0, |piece| piece.at.end));
            let mut items = std::mem::take(&mut tokens.items);
            let lower = std::mem::take(&mut tokens.lower);
            changes(&lower, &mut items, |feature, source| tokens.push(feature, source));
            (tokens.items, tokens.lower) = (items, lower);
            for piece in &tokens.pieces[tokens.cut..] {
                each(Feature::new(&tokens.text, piece.at.clone()));
            }
        }
    }

    /// Copies the tokens with one space between neighbours. Neighbours that have just that between
    /// them in the text, as most have, are copied together.
    fn cut_words(&self, lower: &str, tokens: &mut Tokens) {
        let Tokens { text, pieces, .. } = tokens;
        let bytes = lower.as_bytes();
        // What is to be copied at once, and where the last token ends.
        let mut from = 0;
        let mut end = 0;
        for source in self.pattern.tokens(lower) {
            let stop_words = &self.settings.stop_words;
            if !stop_words.is_empty()
                && stop_words
                    .binary_search_by(|word| word.as_str().cmp(&lower[source.clone()]))
                    .is_ok()
            {
                continue;
            }
            if pieces.is_empty() {
                from = source.start;
            } else if source.start != end + 1 || bytes.get(end) != Some(&b' ') {
                text.extend_from_slice(&bytes[from..end]);
                text.push(b' ');
                from = source.start;
            }
            end = source.end;
            let at = text.len() + source.start - from;
            pieces.push(Piece { at: at..at + source.len(), source });
        }
        text.extend_from_slice(&bytes[from..end]);
    }

    /// The number of each token's bucket in its place.
    fn fill_buckets(buckets: NonZeroU32, tokens: &mut Tokens) {
        let words = std::mem::take(&mut tokens.text);
        for piece in &mut tokens.pieces {
            if !tokens.text.is_empty() {
                tokens.text.push(b' ');
            }
            let start = tokens.text.len();
            let number = bucket(&words[piece.at.clone()], buckets).to_string();
            tokens.text.extend_from_slice(number.as_bytes());
            piece.at = start..tokens.text.len();
        }
    }

    /// `_word_ngrams`: each start extended token by token.
    fn word_ngrams(&self, tokens: &Tokens, each: &mut impl FnMut(Feature<'_>)) {
        let (fewest, most) =
            (usize::from(self.settings.ngrams.0), usize::from(self.settings.ngrams.1));
        let words = &tokens.pieces[..tokens.cut];
        for (first, start) in words.iter().enumerate() {
            for last in words[first..].iter().take(most).skip(fewest - 1) {
                each(Feature::new(&tokens.text, start.at.start..last.at.end));
            }
        }
    }

    /// `_char_wb_ngrams`: over each word and the spaces around it; a padded word shorter than the
    /// shortest n-gram is one feature itself.
    fn padded_ngrams(&self, tokens: &Tokens, each: &mut impl FnMut(Feature<'_>)) {
        let fewest = usize::from(self.settings.ngrams.0);
        for word in &tokens.pieces {
            let padded = word.at.start - 1..word.at.end + 1;
            // A character takes four bytes at most, and those after its first begin with bits 10.
            let is_short =
                |text: &[u8]| text.iter().filter(|&&byte| byte & 0xc0 != 0x80).count() < fewest;
            if padded.len() < 4 * fewest && is_short(&tokens.text[padded.clone()]) {
                each(Feature::new(&tokens.text, padded));
            } else {
                self.ngrams_within(&tokens.text, padded, each);
            }
        }
    }

    /// `_char_ngrams`, over a stretch of the text.
    fn ngrams_within(&self, text: &[u8], range: Range<usize>, each: &mut impl FnMut(Feature<'_>)) {
        let (fewest, most) = self.settings.ngrams;
        let after = |at: usize| if at < range.end { at + char_length(text[at]) } else { at };
        let mut start = range.start;
        let mut shortest = (1..fewest).fold(start, |end, _| after(end));
        while shortest < range.end {
            shortest = after(shortest);
            let mut end = shortest;
            each(Feature::new(text, start..end));
            for _ in fewest..most {
                if end == range.end {
                    break;
                }
                end = after(end);
                each(Feature::new(text, start..end));
            }
            start = after(start);
        }
    }
}

/// Length in bytes of the UTF-8 character that begins with `first`.
#[inline]
fn char_length(first: u8) -> usize {
    match first {
        0..0xc0 => 1,
        0xc0..0xe0 => 2,
        0xe0..0xf0 => 3,
        _ => 4,
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
                tokens.push(&lower[kept..start], kept..start);
            }
            tokens.push(" ", start..end);
            kept = end;
        }
    }
    if kept < lower.len() {
        tokens.push(&lower[kept..], kept..lower.len());
    }
}

/// `text.split()`, with a space before, between and after.
fn pad_words(lower: &str, tokens: &mut Tokens) {
    tokens.text.push(b' ');
    for word in lower.split(is_space).filter(|word| !word.is_empty()) {
        let start = word.as_ptr() as usize - lower.as_ptr() as usize;
        tokens.push(word, start..start + word.len());
        tokens.text.push(b' ');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranges(settings: AnalyzerSettings, text: &str) -> Vec<(String, String)> {
        let analyzer = Analyzer::new(settings).unwrap();
        let mut tokens = Tokens::default();
        let mut features = Vec::new();
        analyzer.read(text, &mut tokens, |feature| {
            features.push((feature.text().to_owned(), feature.range()));
        });
        let sources = tokens.sources(&analyzer, text);
        features
            .into_iter()
            .map(|(feature, range)| (feature, text[sources.find(range)].to_owned()))
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
