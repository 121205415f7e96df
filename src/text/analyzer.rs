//! Lowercase text → n-grams, as scikit-learn's analyzers read them off.

use std::fmt;
use std::num::NonZeroU32;
use std::ops::Range;

use super::bucket::bucket;
use super::change::{Item, changes, tells, word_tells};
use super::hash::{PADDING, hash, is_short, joined, word_hash};
use super::is_space;
use super::lowercase::{lowercase, lowercase_pieces};
use super::pattern::{PatternError, TokenPattern};
use super::pieces::{Piece, source_range};
use super::words::{Cutter, shape_numbers};

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

/// One n-gram of a text, as the vocabulary spells it.
#[derive(Debug, Clone)]
pub struct Feature<'a> {
    /// What it is a stretch of.
    tokens: &'a [u8],
    range: Range<usize>,
    hash: u64,
}

impl<'a> Feature<'a> {
    #[inline]
    fn new(tokens: &'a [u8], range: Range<usize>) -> Self {
        let bytes = &tokens[range.clone()];
        // A short one is read together with what stands after it.
        let hash =
            if is_short(bytes.len()) { word_hash(tokens, range.clone()) } else { hash(bytes) };
        Self { tokens, range, hash }
    }

    /// The n-gram.
    pub fn text(&self) -> &'a str {
        // Tokens end where characters do.
        str::from_utf8(self.bytes()).unwrap_or_default()
    }

    /// The n-gram in UTF-8.
    #[inline]
    pub fn bytes(&self) -> &'a [u8] {
        self.tokens.get(self.range.clone()).unwrap_or_default()
    }

    /// A hash of the n-gram alone, wherever it stands.
    pub fn hash(&self) -> u64 {
        self.hash
    }

    /// Its place among the tokens, in bytes, for [`Sources::find`].
    pub fn range(&self) -> Range<usize> {
        self.range.clone()
    }
}

/// A feature on its own.
impl<'a> From<&'a str> for Feature<'a> {
    fn from(text: &'a str) -> Self {
        Self::new(text.as_bytes(), 0..text.len())
    }
}

/// A text cut into pieces; kept between texts so that its memory is used again.
#[derive(Debug, Default)]
pub struct Tokens {
    lower: String,
    /// The pieces in UTF-8, with one space between neighbours (and around each word for `CharWb`),
    /// and then [`PADDING`].
    text: Vec<u8>,
    pieces: Vec<Piece>,
    /// How many of the pieces n-grams are made of. What [`changes`] finds follows them.
    cut: usize,
    /// Of these pieces, if they are words.
    hashes: Vec<u64>,
    /// Whether each run of letters from a to z is one of the pieces.
    has_letters: bool,
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
        self.hashes.clear();
        self.items.clear();
        self.lower.shrink_to(bytes);
        self.text.shrink_to(bytes);
        self.pieces.shrink_to(bytes / size_of::<Piece>());
        self.hashes.shrink_to(bytes / size_of::<u64>());
        self.items.shrink_to(bytes / size_of::<Item>());
    }

    /// Where the last piece ends in the text.
    fn end(&self) -> usize {
        self.pieces.last().map_or(0, |piece| piece.at.end)
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
    cutter: Cutter,
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
        let cutter = Cutter::new(pattern, &settings);
        Ok(Self { settings, cutter })
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
        if self.settings.kind != AnalyzerKind::Word && self.settings.number_shapes {
            // A digit for a digit, so that no position moves.
            shape_numbers(&mut tokens.text);
        }
        tokens.text.extend_from_slice(&PADDING);
        tokens.cut = tokens.pieces.len();
        tokens.lower = lower;
    }

    fn cut_words(&self, lower: &str, tokens: &mut Tokens) {
        let Tokens { text, pieces, .. } = tokens;
        tokens.has_letters = self.cutter.cut(lower, &self.settings, text, pieces);
        if let Some(buckets) = self.settings.buckets {
            Self::fill_buckets(buckets, tokens);
        }
        let Tokens { text, pieces, hashes, .. } = tokens;
        hashes.clear();
        hashes.extend(pieces.iter().map(|piece| {
            let word = piece.at.clone();
            if self.cutter.has_spaces() { hash(&text[word]) } else { word_hash(text, word) }
        }));
    }

    /// Calls `each` for every n-gram of the text that was cut last, by this analyzer or by one that
    /// [cuts alike](Self::cuts_like).
    pub(crate) fn read_cut<'a>(&self, tokens: &'a mut Tokens, mut each: impl FnMut(Feature<'a>)) {
        let changes = self.settings.changes && self.settings.kind == AnalyzerKind::Word;
        if changes {
            Self::tell_changes(tokens);
        }
        let tokens = &*tokens;
        match self.settings.kind {
            AnalyzerKind::Word => self.word_ngrams(tokens, &mut each),
            AnalyzerKind::Char => {
                self.ngrams_within(&tokens.text, 0..tokens.end(), &mut each);
            }
            AnalyzerKind::CharWb => self.padded_ngrams(tokens, &mut each),
        }
        if changes {
            for piece in &tokens.pieces[tokens.cut..] {
                each(Feature::new(&tokens.text, piece.at.clone()));
            }
        }
    }

    /// Puts what [`changes`] finds after the pieces that n-grams are made of.
    fn tell_changes(tokens: &mut Tokens) {
        tokens.pieces.truncate(tokens.cut);
        // Most texts tell none.
        let tells = if tokens.has_letters {
            tokens.pieces.iter().any(|piece| word_tells(&tokens.text[piece.at.clone()]))
        } else {
            tells(tokens.lower.as_bytes())
        };
        if !tells {
            return;
        }
        let mut items = std::mem::take(&mut tokens.items);
        let lower = std::mem::take(&mut tokens.lower);
        changes(&lower, &mut items, |feature, source| {
            tokens.text.truncate(tokens.end());
            tokens.push(feature, source);
            tokens.text.extend_from_slice(&PADDING);
        });
        (tokens.items, tokens.lower) = (items, lower);
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
    fn word_ngrams<'a>(&self, tokens: &'a Tokens, each: &mut impl FnMut(Feature<'a>)) {
        let (fewest, most) = self.settings.ngrams;
        let Tokens { text, hashes, .. } = tokens;
        let words = &tokens.pieces[..tokens.cut];
        let has_spaces = self.cutter.has_spaces();
        for (index, first) in words.iter().enumerate() {
            let mut hash = hashes[index];
            let mut last = index;
            loop {
                let range = first.at.start..words[last].at.end;
                last += 1;
                if last - index >= usize::from(fewest) {
                    each(if last - index > 1 && (has_spaces || is_short(range.len())) {
                        Feature::new(text, range)
                    } else {
                        Feature { tokens: text, range, hash }
                    });
                }
                if last == words.len() || last - index == usize::from(most) {
                    break;
                }
                hash = joined(hash, hashes[last]);
            }
        }
    }

    /// `_char_wb_ngrams`: over each word and the spaces around it; a padded word shorter than the
    /// shortest n-gram is one feature itself.
    fn padded_ngrams<'a>(&self, tokens: &'a Tokens, each: &mut impl FnMut(Feature<'a>)) {
        for word in &tokens.pieces {
            let padded = word.at.start - 1..word.at.end + 1;
            if !self.ngrams_within(&tokens.text, padded.clone(), each) {
                each(Feature::new(&tokens.text, padded));
            }
        }
    }

    /// `_char_ngrams`, over a stretch of the text. False where it is shorter than each n-gram.
    fn ngrams_within<'a>(
        &self,
        text: &'a [u8],
        range: Range<usize>,
        each: &mut impl FnMut(Feature<'a>),
    ) -> bool {
        let (fewest, most) = self.settings.ngrams;
        let after = |at: usize| if at < range.end { at + char_length(text[at]) } else { at };
        let mut start = range.start;
        let mut shortest = (1..fewest).fold(start, |end, _| after(end));
        let is_long = shortest < range.end;
        while shortest < range.end {
            shortest = after(shortest);
            let mut end = shortest;
            let mut count = fewest;
            loop {
                each(Feature::new(text, start..end));
                if count == most || end == range.end {
                    break;
                }
                count += 1;
                end = after(end);
            }
            start = after(start);
        }
        is_long
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
