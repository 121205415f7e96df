//! The bytes of `model.bin`; the only file that knows how they are laid out.
//!
//! ```text
//! offset  length  content
//!      0       8  "undrtone"
//!      8       4  format version, u32 little endian: 1 to 6
//!     12       4  payload length in bytes, u32 little endian
//!     16       4  CRC-32 (ISO-HDLC) of bytes 0 to 15 and the payload, u32 little endian
//!     20       …  payload: bincode 2, its standard configuration
//! ```
//!
//! Version 2 is version 1 with what models from elsewhere need after its payload, and version 3 is
//! version 2 with a licence after that, and with vectorizers of cues. Version 4 is version 3 with
//! thresholds and a count of words after that, and version 5 is version 4 with one more link.
//! A model is written in the oldest of these that can represent it, which most readers open.
//!
//! Version 6 is for 8-bit coefficients, which are for models that are downloaded. Its vocabularies
//! are put together from pieces behind the payload, and its levels are of a feature's effect rather
//! than of its coefficient, which is two thirds of the bytes after brotli.
//!
//! bincode never sees bytes that the header has not vouched for. A file that was *made* to deceive
//! passes the checksum, so every count is compared with every other, and whatever opening allocates
//! is charged to a budget first: [`MEMORY_LIMIT`] times the file.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use alloc::collections::BinaryHeap;
use core::mem::take;
use core::num::NonZeroU32;
use core::ops::Range;

use bincode::de::BorrowDecoder;
use bincode::de::read::Reader as _;
use bincode::enc::Encoder;
use bincode::error::{DecodeError, EncodeError as BincodeError};
use bincode::{BorrowDecode, Decode, Encode};

use crate::checksum::crc32;
use crate::classifier::Classifier;
use crate::error::{EncodeError, OpenError};
use crate::link::Link;
use crate::provenance::{DataSet, Provenance, Scores};
use crate::spelling::spelled;
use crate::sqrt::sqrt;
use crate::text::{Analyzer, AnalyzerKind, AnalyzerSettings, BLOCK, WORDS_ALONE, block};
use crate::tfidf::{Vectorizer, Weighting};
use crate::thresholds::Thresholds;
use crate::vocabulary::Vocabulary;

/// The newest version of the format; all versions from 1 on are read.
pub const VERSION: u32 = 6;

const MAGIC: [u8; 8] = *b"undrtone";
const HEADER_LENGTH: usize = 20;
/// The length of the part of the header that the checksum covers: all before the checksum.
const CHECKED_HEADER: usize = 16;
/// The memory limit: opening allocates at most this many times the payload, or 16 KiB if that is
/// more.
pub const MEMORY_LIMIT: usize = LIST_LIMIT + MODEL_LIMIT;

/// The part of [`MEMORY_LIMIT`] for the lists that the payload is decoded into. A feature has four
/// bytes or more in the payload, and takes twelve in three lists.
const LIST_LIMIT: usize = 4;
const LIST_ALLOWANCE: usize = 4 << 10;

/// The part of [`MEMORY_LIMIT`] for the classifier. With two labels or more a feature takes 64
/// bytes and its text. Within [`UNFOLDING_LIMIT`] and [`PIECES_LIMIT`] that is less than this many
/// times its size in a file.
const MODEL_LIMIT: usize = 16;
const MODEL_ALLOWANCE: usize = 12 << 10;

/// The unfolding limit: a vocabulary is not front coded if it would unfold to more than this many
/// times its size. English n-grams unfold to less than three times.
const UNFOLDING_LIMIT: usize = 8;

/// The same for version 6: pieces and features together, in proportion to the bytes that they are
/// read from. They unfold to about twice their size in the shipped model.
const PIECES_LIMIT: usize = 4;

/// The most bytes of memory that a byte of a token pattern takes once it is parsed; most are for
/// one of many alternatives, each with a table of the ASCII characters.
const PATTERN_BYTES: usize = 128;

/// The highest level of [`Precision::Int8`], where no other is asked for: all that fits.
pub const HIGHEST_LEVEL: u8 = i8::MAX.cast_unsigned();

/// The bits of the first byte of a piece: those that mark it as no byte of a character's beginning,
/// whether the piece may follow another one, and how many bytes it shares with the piece before.
const MARK: u8 = 0b1000_0000;
const MARK_BITS: u8 = 0b1100_0000;
const FOLLOWS: u8 = 0b0010_0000;
const SHARED: u8 = 0b0001_1111;

const LAYOUT: OpenError = OpenError::Content("a payload laid out as its version is");

const TOO_LARGE: OpenError =
    OpenError::Content("a model that takes at most 20 times its length in memory");

const VOCABULARY: OpenError =
    OpenError::Content("a vocabulary of different features in ascending order");

/// How coefficients are stored.
///
/// ```
/// use undertone::format::Precision;
///
/// assert_eq!("int8".parse(), Ok(Precision::Int8));
/// assert_eq!(Precision::default().as_str(), "float32");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "lowercase")
)]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum), value(rename_all = "lowercase"))]
#[non_exhaustive]
pub enum Precision {
    /// As they are in memory.
    #[default]
    Float32,
    /// The difference of each class's coefficient to that of the first class, as an integer from
    /// −127 to 127 times a scale, which is finer for features that decide more; see
    /// [`write_levels`]. Probabilities depend on nothing else; on opening, the coefficients of a
    /// feature are shifted to mean 0.
    Int8,
}

spelled!(Precision { Float32 => "float32", Int8 => "int8" });

/// The memory budget of opening: the bytes that may still be allocated.
struct Budget(usize);

impl Budget {
    /// Charges `count` items of `size` bytes. `None` if there is not enough left.
    // Not inlined: the browser module holds one copy instead of a dozen.
    #[inline(never)]
    fn take(&mut self, count: usize, size: usize) -> Option<()> {
        self.0 = self.0.checked_sub(count.checked_mul(size)?)?;
        Some(())
    }

    /// Charges a list of strings with their content.
    #[inline(never)]
    fn take_strings(&mut self, strings: &[&str]) -> Option<()> {
        self.take(strings.len(), size_of::<String>())?;
        strings.iter().try_for_each(|string| self.take(string.len(), 1))
    }
}

/// The payload of version 1, with which the payload of later versions begins.
#[derive(Encode, BorrowDecode)]
#[bincode(decode_context = "Budget")]
struct Payload<'a> {
    version: &'a str,
    recipe: &'a str,
    date: &'a str,
    data: List<DataSetRecord<'a>>,
    scores: Option<ScoresRecord>,
    labels: List<&'a str>,
    bias: List<f64>,
    vectorizers: List<VectorizerRecord<'a>>,
}

/// The links in the order of their codes. From version 2 on the payload is followed by the code of
/// the link, one byte, and for each vectorizer an [`Addition`]. The last one came with version 5.
const LINKS: [Link; 4] = [Link::Softmax, Link::OneVsRest, Link::Margins, Link::Independent];

/// What versions from 2 on add for each vectorizer: flags, and the number of hashing buckets, u32
/// little endian, 0 for none. Zeros mean what version 1 means.
type Addition = [u8; 5];

/// The flag of a vectorizer that counts repeated occurrences once.
const BINARY: u8 = 1;
/// The flag of a vectorizer whose rows are not scaled to unit length.
const NOT_UNIT: u8 = 2;

fn addition(vectorizer: &Vectorizer) -> Addition {
    let Weighting { binary, unit, .. } = vectorizer.weighting();
    let settings = vectorizer.analyzer().settings();
    let flags = if binary { BINARY } else { 0 } | if unit { 0 } else { NOT_UNIT };
    let buckets = settings.buckets.map_or(0, NonZeroU32::get);
    let [a, b, c, d] = buckets.to_le_bytes();
    [flags, a, b, c, d]
}

#[derive(Encode, BorrowDecode)]
struct DataSetRecord<'a> {
    name: &'a str,
    sha256: &'a str,
    documents: u32,
}

#[derive(Encode, Decode)]
struct ScoresRecord {
    folds: u32,
    accuracy: f64,
    macro_f1: f64,
    log_loss: f64,
    calibration_error: f64,
}

#[derive(Encode, BorrowDecode)]
#[bincode(decode_context = "Budget")]
struct VectorizerRecord<'a> {
    kind: KindRecord,
    ngrams: (u8, u8),
    lowercase: bool,
    token_pattern: &'a str,
    stop_words: List<&'a str>,
    number_shapes: bool,
    changes: bool,
    sublinear_tf: bool,
    scale: f32,
    unknown: f32,
    documents: u32,
    /// The front-coded vocabulary: the number of bytes that each feature shares with the one
    /// before, the number of bytes that follow, and these bytes.
    ///
    /// In version 6 a feature is put together from pieces: how many pieces after the last
    /// feature's first one its own first one is, how many more it has, and which these are, two
    /// bytes each, big endian, as places among the pieces that may follow.
    shared: Numbers,
    own: Numbers,
    suffixes: &'a [u8],
    /// In version 6 the places of the frequencies in a list behind the payload.
    document_frequencies: Numbers,
    coefficients: CoefficientsRecord<'a>,
}

#[derive(Encode, Decode)]
enum KindRecord {
    Word,
    Char,
    CharWb,
    Cue,
}

/// Coefficients, class after class: neighbours are similar, which compresses well.
#[derive(Encode, BorrowDecode)]
#[bincode(decode_context = "Budget")]
enum CoefficientsRecord<'a> {
    /// 32-bit floats, little endian.
    Float32(&'a [u8]),
    /// The scales and the levels of every class but the first; in version 6 the levels are feature
    /// after feature, and of effects.
    Int8 { scales: List<f32>, levels: &'a [u8] },
}

/// A list whose memory is charged to the budget before its items are decoded.
struct List<T>(Vec<T>);

impl<T: Encode> Encode for List<T> {
    fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), BincodeError> {
        (self.0.len() as u64).encode(encoder)?;
        self.0.iter().try_for_each(|item| item.encode(encoder))
    }
}

impl<'de, T: BorrowDecode<'de, Budget>> BorrowDecode<'de, Budget> for List<T> {
    fn borrow_decode<D: BorrowDecoder<'de, Context = Budget>>(
        decoder: &mut D,
    ) -> Result<Self, DecodeError> {
        let (length, mut items) = empty_list(decoder)?;
        for _ in 0..length {
            items.push(T::borrow_decode(decoder)?);
        }
        Ok(Self(items))
    }
}

/// The length of the list that comes next, and room for it, which is charged to the budget first.
fn empty_list<'de, T, D: BorrowDecoder<'de, Context = Budget>>(
    decoder: &mut D,
) -> Result<(usize, Vec<T>), DecodeError> {
    let length = usize::try_from(u64::decode(decoder)?).unwrap_or(usize::MAX);
    decoder.context().take(length, size_of::<T>()).ok_or(DecodeError::LimitExceeded)?;
    Ok((length, Vec::with_capacity(length)))
}

/// A [`List`] of numbers, most of which are one byte each.
#[derive(Encode)]
struct Numbers(Vec<u32>);

impl<'de> BorrowDecode<'de, Budget> for Numbers {
    fn borrow_decode<D: BorrowDecoder<'de, Context = Budget>>(
        decoder: &mut D,
    ) -> Result<Self, DecodeError> {
        // The lowest byte that is no number by itself (bincode's specification, "Varint").
        const LONG: u8 = 251;
        // How many are read at once where none of them is longer.
        const RUN: usize = 64;
        let (length, mut numbers) = empty_list(decoder)?;
        while numbers.len() < length {
            let rest = length - numbers.len();
            let bytes = decoder.borrow_reader().peek_read(rest).unwrap_or_default();
            let runs = bytes.as_chunks::<RUN>().0;
            let highest = |run: &[u8; RUN]| run.iter().fold(0, |all, one| *one.max(&all));
            let short = runs.iter().take_while(|run| highest(run) < LONG).count();
            let read = runs[..short].as_flattened();
            numbers.extend(read.iter().map(|byte| u32::from(*byte)));
            let read = read.len();
            decoder.borrow_reader().consume(read);
            for _ in 0..(rest - read).min(RUN) {
                numbers.push(u32::decode(decoder)?);
            }
        }
        Ok(Self(numbers))
    }
}

impl Classifier {
    /// Opens the bytes of a `model.bin`.
    ///
    /// # Errors
    /// When the bytes are not a whole, undamaged model of a version that this build reads.
    pub fn open(bytes: &[u8]) -> Result<Self, OpenError> {
        let (version, payload) = checked_payload(bytes)?;
        read(version, payload, false)
    }

    /// Opens a model that is part of this program, and as undamaged as it: neither its checksum is
    /// computed nor its features and labels compared with one another.
    #[cfg(any(feature = "wasm", feature = "wasm-small"))]
    pub(crate) fn open_own(bytes: &[u8]) -> Result<Self, OpenError> {
        let (version, payload, _) = parts(bytes)?;
        read(version, payload, true)
    }
}

/// Opens a payload, of this program's own model or another; see [`Classifier::open`].
fn read(version: u32, payload: &[u8], is_own: bool) -> Result<Classifier, OpenError> {
    let mut rest = payload;
    let record: Payload<'_> = decode(&mut rest)?;
    let (mut link, mut additions): (_, &[Addition]) = (Link::Softmax, &[]);
    let mut licence = "";
    if version > 1 {
        let (&place, after) = rest.split_first().ok_or(LAYOUT)?;
        link = *LINKS.get(usize::from(place)).ok_or(LAYOUT)?;
        if link == Link::Independent && version < 5 {
            return Err(LAYOUT);
        }
        let length = record.vectorizers.0.len().saturating_mul(size_of::<Addition>());
        let (flags, after) = after.split_at_checked(length).ok_or(LAYOUT)?;
        (additions, rest) = (flags.as_chunks().0, after);
        if additions.iter().any(|[flags, ..]| *flags > BINARY | NOT_UNIT) {
            return Err(LAYOUT);
        }
    }
    if version > 2 {
        let (length, after) = rest.split_first_chunk().ok_or(LAYOUT)?;
        let length = usize::from(u16::from_le_bytes(*length));
        let (bytes, after) = after.split_at_checked(length).ok_or(LAYOUT)?;
        (licence, rest) = (str::from_utf8(bytes).map_err(|_| LAYOUT)?, after);
    } else if record.vectorizers.0.iter().any(|one| matches!(one.kind, KindRecord::Cue)) {
        return Err(LAYOUT);
    }
    let classes = record.labels.0.len();
    let (mut shares, mut grown): (&[[u8; 4]], _) = (&[], 0);
    if version > 3 {
        // What is known, and then a confidence for each label.
        let length = classes.saturating_add(1).saturating_mul(size_of::<f32>());
        let (bytes, after) = rest.split_at_checked(length).ok_or(LAYOUT)?;
        let (words, after) = after.split_first_chunk().ok_or(LAYOUT)?;
        grown = u32::from_le_bytes(*words);
        (shares, rest) = (bytes.as_chunks().0, after);
    }
    let mut budget =
        Budget(MODEL_LIMIT.saturating_mul(payload.len()).saturating_add(MODEL_ALLOWANCE));
    let mut six = None;
    if version > 5 {
        let (count, after) = rest.split_first_chunk().ok_or(LAYOUT)?;
        let length = (u32::from_le_bytes(*count) as usize).saturating_mul(size_of::<u32>());
        let (frequencies, after) = after.split_at_checked(length).ok_or(LAYOUT)?;
        let lists = record.vectorizers.0.iter();
        let lists = lists.map(|one| one.shared.0.len() + one.own.0.len() + one.suffixes.len());
        let length = after.len() + lists.sum::<usize>();
        let room = length.saturating_mul(PIECES_LIMIT);
        let pieces = Pieces::read(after, room, &mut budget)?;
        // What the pieces leave, whose spaces don't count.
        let room = room.saturating_sub(pieces.text.length - pieces.borders.len());
        (six, rest) = (Some(Six { frequencies: frequencies.as_chunks().0, pieces, room }), &[]);
    }
    if !rest.is_empty() {
        return Err(OpenError::Content("no bytes after the payload's last field"));
    }

    if record.bias.0.len() != classes {
        return Err(OpenError::Content("one bias for each of one or more labels"));
    }
    budget.take(licence.len(), 1).ok_or(TOO_LARGE)?;
    budget.take(shares.len(), size_of::<f32>()).ok_or(TOO_LARGE)?;
    budget_for(&record, &mut budget).ok_or(TOO_LARGE)?;
    let weights: usize =
        record.vectorizers.0.iter().map(|vectorizer| vectorizer.own.0.len() * classes).sum();
    let mut coefficients = Vec::with_capacity(weights);
    let mut vectorizers = Vec::with_capacity(record.vectorizers.0.len());
    for (number, mut record) in record.vectorizers.0.into_iter().enumerate() {
        let addition = additions.get(number).copied().unwrap_or_default();
        if link != Link::Softmax && matches!(record.coefficients, CoefficientsRecord::Int8 { .. }) {
            return Err(OpenError::Content("32-bit floats where the link is not the softmax"));
        }
        let vectorizer =
            unpack_vectorizer(&mut record, addition, six.as_mut(), is_own, &mut budget)?;
        let effects = six.is_some().then_some(&vectorizer);
        let features = vectorizer.vocabulary().len();
        unpack_coefficients(&record.coefficients, features, classes, effects, &mut coefficients)?;
        vectorizers.push(vectorizer);
    }
    if !is_own {
        check_labels(&record.labels.0)?;
    }
    let classifier = Classifier::from_parts(
        record.labels.0.into_iter().map(str::to_owned).collect(),
        vectorizers,
        coefficients,
        record.bias.0,
        Provenance {
            licence: licence.to_owned(),
            grown,
            version: record.version.to_owned(),
            recipe: record.recipe.to_owned(),
            date: record.date.to_owned(),
            data: record
                .data
                .0
                .iter()
                .map(|set| DataSet {
                    name: set.name.to_owned(),
                    sha256: set.sha256.to_owned(),
                    documents: set.documents,
                })
                .collect(),
            scores: record.scores.map(|scores| Scores {
                folds: scores.folds,
                accuracy: scores.accuracy,
                macro_f1: scores.macro_f1,
                log_loss: scores.log_loss,
                calibration_error: scores.calibration_error,
            }),
        },
    )?;
    let mut shares = shares.iter().map(|bytes| f32::from_le_bytes(*bytes));
    let known = shares.next().unwrap_or_default();
    let thresholds = Thresholds::default().known(known).confidence(shares.collect::<Vec<_>>());
    Ok(classifier.with_link(link).with_thresholds(thresholds)?)
}

/// Refuses a label that stands twice.
// Not inlined: a browser's engine needn't compile this for a module's own model.
#[inline(never)]
fn check_labels(labels: &[&str]) -> Result<(), OpenError> {
    // A heap, because sorting is 4 KB of the browser module after brotli.
    let labels = BinaryHeap::from(labels.to_vec()).into_sorted_vec();
    match labels.windows(2).any(|pair| pair[0] == pair[1]) {
        true => Err(OpenError::Content("labels that differ")),
        false => Ok(()),
    }
}

/// Charges the budget with what [`read`] allocates for a payload, except the decoded lists.
fn budget_for(record: &Payload<'_>, budget: &mut Budget) -> Option<()> {
    let classes = record.labels.0.len();
    budget.take_strings(&[record.version, record.recipe, record.date])?;
    for set in &record.data.0 {
        budget.take(1, size_of::<DataSet>())?;
        budget.take(set.name.len() + set.sha256.len(), 1)?;
    }
    // The labels once more, for sorting.
    budget.take(classes, size_of::<&str>())?;
    budget.take_strings(&record.labels.0)?;
    for vectorizer in &record.vectorizers.0 {
        let features = vectorizer.own.0.len();
        budget.take(1, size_of::<Vectorizer>())?;
        budget.take(vectorizer.token_pattern.len(), PATTERN_BYTES)?;
        budget.take_strings(&vectorizer.stop_words.0)?;
        // For each feature its idf, and its border in the text.
        budget.take(features, size_of::<f32>() + size_of::<u32>())?;
        budget.take(Vocabulary::index_size(features)?, 1)?;
        budget.take(features.checked_mul(classes)?, size_of::<f32>())?;
    }
    Some(())
}

/// Decodes a record from the beginning of `bytes`, and leaves the bytes after it.
fn decode<'a, T: BorrowDecode<'a, Budget>>(bytes: &mut &'a [u8]) -> Result<T, OpenError> {
    let budget = Budget(LIST_LIMIT.saturating_mul(bytes.len()).saturating_add(LIST_ALLOWANCE));
    // bincode's own error is not passed on: the code that formats it is larger than this module.
    let (record, used) =
        bincode::borrow_decode_from_slice_with_context(bytes, bincode::config::standard(), budget)
            .map_err(|_| LAYOUT)?;
    *bytes = bytes.get(used..).unwrap_or_default();
    Ok(record)
}

/// The version and the payload, after checking magic, version, length and checksum.
fn checked_payload(bytes: &[u8]) -> Result<(u32, &[u8]), OpenError> {
    let (version, payload, expected) = parts(bytes)?;
    let found = checksum(bytes, payload);
    if found != expected {
        return Err(OpenError::Checksum { found, expected });
    }
    Ok((version, payload))
}

/// The version, the payload and the checksum, after checking magic, version and length.
fn parts(bytes: &[u8]) -> Result<(u32, &[u8], u32), OpenError> {
    let magic = &MAGIC[..MAGIC.len().min(bytes.len())];
    if !bytes.starts_with(magic) || bytes.is_empty() {
        return Err(OpenError::NotAModel);
    }
    let (Some(version), Some(length), Some(expected), Some(payload)) =
        (word(bytes, 8), word(bytes, 12), word(bytes, 16), bytes.get(HEADER_LENGTH..))
    else {
        return Err(OpenError::Truncated { found: bytes.len(), expected: HEADER_LENGTH });
    };
    if !(1..=VERSION).contains(&version) {
        return Err(OpenError::Version { found: version, expected: VERSION });
    }
    let length = length as usize;
    if payload.len() < length {
        return Err(OpenError::Truncated {
            found: bytes.len(),
            expected: HEADER_LENGTH.saturating_add(length),
        });
    }
    if payload.len() > length {
        return Err(OpenError::TrailingBytes {
            found: bytes.len(),
            expected: HEADER_LENGTH + length,
        });
    }
    Ok((version, payload, expected))
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|word| u32::from_le_bytes(*word))
}

fn checksum(header: &[u8], payload: &[u8]) -> u32 {
    crc32(&[header.get(..CHECKED_HEADER).unwrap_or_default(), payload])
}

fn unpack_vectorizer(
    record: &mut VectorizerRecord<'_>,
    [flags, buckets @ ..]: Addition,
    six: Option<&mut Six<'_>>,
    is_own: bool,
    budget: &mut Budget,
) -> Result<Vectorizer, OpenError> {
    if WORDS_ALONE && (record.changes || matches!(record.kind, KindRecord::Cue)) {
        return Err(OpenError::Derived);
    }
    let analyzer = Analyzer::new(AnalyzerSettings {
        kind: match record.kind {
            KindRecord::Word => AnalyzerKind::Word,
            KindRecord::Char => AnalyzerKind::Char,
            KindRecord::CharWb => AnalyzerKind::CharWb,
            KindRecord::Cue => AnalyzerKind::Cue,
        },
        ngrams: record.ngrams,
        lowercase: record.lowercase,
        token_pattern: record.token_pattern.to_owned(),
        stop_words: record.stop_words.0.iter().map(|&word| word.to_owned()).collect(),
        number_shapes: record.number_shapes,
        changes: record.changes,
        buckets: NonZeroU32::new(u32::from_le_bytes(buckets)),
    })
    .map_err(|_| {
        OpenError::Content(
            "a token pattern that can be read, an n-gram range, and stop words in ascending order",
        )
    })?;

    let mut document_frequencies = take(&mut record.document_frequencies.0);
    let (text, borders) = match six {
        None => unfold(record, budget)?,
        Some(six) => {
            for place in &mut document_frequencies {
                let frequency = six.frequencies.get(*place as usize).ok_or(LAYOUT)?;
                *place = u32::from_le_bytes(*frequency);
            }
            let (text, borders) = six.pieces.unfold(record, six.room)?;
            six.room = six.room.saturating_sub(text.len());
            (text, borders)
        }
    };
    let text = String::from_utf8(text).map_err(|_| VOCABULARY)?;
    let vocabulary = match is_own {
        false => Vocabulary::from_text(text, borders),
        true => Vocabulary::from_ordered(text, borders),
    };
    let vocabulary = vocabulary.map_err(|_| VOCABULARY)?;
    let vectorizer = Vectorizer::new(
        analyzer,
        Weighting {
            binary: flags & BINARY != 0,
            sublinear_tf: record.sublinear_tf,
            unit: flags & NOT_UNIT == 0,
            scale: record.scale,
            unknown: record.unknown,
        },
        vocabulary,
        record.documents,
        document_frequencies,
    )?;
    Ok(vectorizer)
}

/// The features of a record, one after the other, with the front coding undone, and their borders.
// Not inlined: a browser's engine needn't compile this for a model of version 6.
#[inline(never)]
fn unfold(
    record: &VectorizerRecord<'_>,
    budget: &mut Budget,
) -> Result<(Vec<u8>, Vec<u32>), OpenError> {
    if record.shared.0.len() != record.own.0.len() {
        return Err(VOCABULARY);
    }
    let lengths = || record.shared.0.iter().zip(&record.own.0);
    let total = lengths().try_fold(0usize, |total, (&shared, &own)| {
        total.checked_add(shared as usize)?.checked_add(own as usize)
    });
    let total = total.ok_or(TOO_LARGE)?;
    budget.take(total, 1).ok_or(TOO_LARGE)?;
    let mut text = Vec::with_capacity(total);
    let mut borders = Vec::with_capacity(record.own.0.len() + 1);
    borders.push(0);
    let mut suffixes = record.suffixes;
    let mut last = 0;
    for (&shared, &own) in lengths() {
        let start = text.len();
        // No overflow: the lengths together are the total at most.
        let shared = last..last + shared as usize;
        if shared.end > start {
            return Err(VOCABULARY);
        }
        text.extend_from_within(shared);
        let (suffix, rest) = suffixes.split_at_checked(own as usize).ok_or(VOCABULARY)?;
        text.extend_from_slice(suffix);
        suffixes = rest;
        last = start;
        borders.push(u32::try_from(text.len()).map_err(|_| VOCABULARY)?);
    }
    if !suffixes.is_empty() {
        return Err(VOCABULARY);
    }
    Ok((text, borders))
}

/// What version 6 has behind the payload.
struct Six<'a> {
    /// The document frequencies that occur.
    frequencies: &'a [[u8; 4]],
    pieces: Pieces,
    /// How many bytes the features that are still to be put together may have.
    room: usize,
}

/// The pieces of version 6, of which features are put together: tokens, or whole features.
struct Pieces {
    /// All pieces, one after the other, each after a space.
    text: Joined,
    /// Where the space before each piece stands in `text`, and then where the last one ends.
    borders: Vec<u32>,
    /// The pieces that may follow another one.
    following: Vec<u32>,
}

// What is done for each piece or feature is a function by itself, here and in what is called: a
// browser's engine opens a model before it has optimised anything, and optimises meanwhile what is
// long under way, the whole function at a time.

/// Takes the next of the front-coded pieces: its first byte, and the bytes that it doesn't share
/// with the piece before. These are whole characters, so that a byte of 10xxxxxx after them begins
/// a piece.
fn next_piece<'a>(rest: &mut &'a [u8]) -> Option<(u8, &'a [u8])> {
    let (&first, after) = rest.split_first()?;
    let mut end = 0;
    while end < after.len() {
        // Most characters are ASCII.
        const OTHERS: u64 = u64::from_ne_bytes([0x80; BLOCK]);
        let others = u64::from_le_bytes(block(after, end)) & OTHERS;
        end += others.trailing_zeros() as usize / 8;
        end += match after.get(end) {
            _ if others == 0 => 0,
            Some(0x80..0xc0) => break,
            Some(0xc0..0xe0) => 2,
            Some(0xe0..0xf0) => 3,
            _ => 4,
        };
    }
    let (own, after) = after.split_at(end.min(after.len()));
    *rest = after;
    Some((first, own))
}

/// A text that is put together of short stretches, eight bytes at a time: what is written beyond a
/// stretch, the next one overwrites. To copy just the bytes would be a call for each stretch.
struct Joined {
    /// The bytes of the text, and more.
    bytes: Vec<u8>,
    /// The number of bytes that are in place.
    length: usize,
    /// How many there may be, but for a block; their number fits into 32 bits.
    room: usize,
}

impl Joined {
    fn new(room: usize) -> Self {
        const MOST: usize = u32::MAX as usize - BLOCK;
        Self { bytes: Vec::new(), length: 0, room: room.min(MOST) }
    }

    /// Why something could not be put together, if it is not for want of room.
    fn error(&self, other: OpenError) -> OpenError {
        if self.length > self.room { TOO_LARGE } else { other }
    }

    /// Appends a stretch of another text. `None` where there is no room.
    #[inline]
    fn push(&mut self, text: &[u8], stretch: Range<usize>) -> Option<()> {
        self.append(stretch, |_, from| block(text, from))
    }

    /// Appends a stretch of itself.
    #[inline]
    fn repeat(&mut self, stretch: Range<usize>) -> Option<()> {
        self.append(stretch, block)
    }

    /// Appends a stretch of what `read` reads from a place on, given the bytes that are there.
    #[inline]
    fn append(
        &mut self,
        stretch: Range<usize>,
        read: impl Fn(&[u8], usize) -> [u8; BLOCK],
    ) -> Option<()> {
        let Range { start: mut from, end } = stretch;
        let mut at = self.length;
        self.length += end - from;
        while from < end {
            let block = read(&self.bytes, from);
            match self.place(at) {
                Some(place) => *place = block,
                None => self.grow(at, block)?,
            }
            at += BLOCK;
            from += BLOCK;
        }
        Some(())
    }

    #[inline]
    fn place(&mut self, at: usize) -> Option<&mut [u8; BLOCK]> {
        self.bytes.get_mut(at..)?.first_chunk_mut()
    }

    /// Makes room, and writes a block.
    #[cold]
    fn grow(&mut self, at: usize, block: [u8; BLOCK]) -> Option<()> {
        const LEAST: usize = 1 << 12;
        let most = self.room + BLOCK;
        let length = self.bytes.len().saturating_mul(2).clamp(LEAST.min(most), most);
        self.bytes.reserve_exact(length - self.bytes.len());
        self.bytes.resize(length, 0);
        *self.place(at)? = block;
        Some(())
    }

    fn finish(mut self) -> Vec<u8> {
        self.bytes.truncate(self.length);
        self.bytes.shrink_to_fit();
        self.bytes
    }
}

impl Pieces {
    /// Reads front-coded pieces, of so many bytes in all at most.
    fn read(bytes: &[u8], room: usize, budget: &mut Budget) -> Result<Self, OpenError> {
        // A character that isn't ASCII has bytes that look like the beginning of a piece, too.
        let count = bytes.iter().filter(|&&byte| byte & MARK_BITS == MARK).count();
        budget.take(2 * count + 1, size_of::<u32>()).ok_or(TOO_LARGE)?;
        // With the spaces. While a text grows, both the old one and the new one are there.
        let room = room.saturating_add(count + 1);
        budget.take(room, 2).ok_or(TOO_LARGE)?;
        let mut text = Joined::new(room);
        // The space before the first piece.
        text.grow(0, [b' '; BLOCK]).ok_or(TOO_LARGE)?;
        text.length = 1;
        let mut pieces = Self { text, borders: vec![0; count + 1], following: vec![0; count] };
        pieces.add(bytes).ok_or_else(|| pieces.text.error(LAYOUT))?;
        Ok(pieces)
    }

    /// Adds front-coded pieces.
    #[inline(never)]
    fn add(&mut self, bytes: &[u8]) -> Option<()> {
        let Self { text, borders, following } = self;
        let (mut last, mut rest, mut number, mut follow) = (0, bytes, 0, 0);
        while let Some((first, own)) = next_piece(&mut rest) {
            let start = text.length;
            let shared = last..last + 1 + usize::from(first & SHARED);
            if first & MARK_BITS != MARK || shared.end > start {
                return None;
            }
            *following.get_mut(follow)? = number as u32;
            follow += usize::from(first & FOLLOWS != 0);
            *borders.get_mut(number)? = start as u32;
            number += 1;
            text.repeat(shared)?;
            let end = bytes.len() - rest.len();
            text.push(bytes, end - own.len()..end)?;
            last = start;
        }
        *borders.get_mut(number)? = text.length as u32;
        borders.truncate(number + 1);
        following.truncate(follow);
        Some(())
    }

    /// Appends the features of a record to a text, and writes where each begins to `borders`.
    #[inline(never)]
    fn join(
        &self,
        record: &VectorizerRecord<'_>,
        text: &mut Joined,
        borders: &mut [u32],
    ) -> Option<()> {
        let (places, rest) = record.suffixes.as_chunks();
        let mut places = places.iter().map(|place| usize::from(u16::from_be_bytes(*place)));
        let mut first = 0u32;
        let records = record.shared.0.iter().zip(&record.own.0);
        for ((&step, &more), border) in records.zip(borders) {
            *border = text.length as u32;
            first = first.wrapping_add(step);
            // The first piece is without its space.
            let (mut piece, mut more, mut space) = (first, more, 1);
            loop {
                let [start, end] = *self.borders.get(piece as usize..)?.first_chunk()?;
                text.push(&self.text.bytes, start as usize + space..end as usize)?;
                if more == 0 {
                    break;
                }
                (piece, more, space) = (*self.following.get(places.next()?)?, more - 1, 0);
            }
        }
        (places.next().is_none() && rest.is_empty()).then_some(())
    }

    /// The features of a record, one after the other, and their borders. They may have so many
    /// bytes in all.
    fn unfold(
        &self,
        record: &VectorizerRecord<'_>,
        room: usize,
    ) -> Result<(Vec<u8>, Vec<u32>), OpenError> {
        let features = record.own.0.len();
        if record.shared.0.len() != features {
            return Err(VOCABULARY);
        }
        let mut text = Joined::new(room);
        let mut borders = vec![0; features + 1];
        self.join(record, &mut text, &mut borders).ok_or_else(|| text.error(VOCABULARY))?;
        borders[features] = text.length as u32;
        Ok((text.finish(), borders))
    }
}

/// The effect of a column for a coefficient of 1: how far it moves a logit, in the root mean square
/// over documents but for a factor that all columns share. With the half, a feature that no
/// document has counts as half as frequent as one of a single document.
#[inline]
fn effect(df: u32, idf: f32) -> f32 {
    // idf is 1 or more, unless a file lies.
    let idf = if idf > 1.0 { idf } else { 1.0 };
    // What is rounded to 64 bits and then to 32 is the root rounded to 32.
    idf * sqrt(f64::from(df as f32 + 0.5)) as f32
}

/// Appends the coefficients of a vectorizer, V×K, row by row. In version 6 levels are of the
/// `effects` of its columns.
fn unpack_coefficients(
    record: &CoefficientsRecord<'_>,
    features: usize,
    classes: usize,
    effects: Option<&Vectorizer>,
    coefficients: &mut Vec<f32>,
) -> Result<(), OpenError> {
    let shape = OpenError::Content("one coefficient for each feature and label");
    let start = coefficients.len();
    match record {
        CoefficientsRecord::Float32(bytes) => {
            let (values, rest) = bytes.as_chunks::<4>();
            if features.checked_mul(classes) != Some(values.len()) || !rest.is_empty() {
                return Err(shape);
            }
            coefficients.resize(start + values.len(), 0.0);
            for (index, value) in values.iter().enumerate() {
                let (class, feature) = (index / features, index % features);
                coefficients[start + feature * classes + class] = f32::from_le_bytes(*value);
            }
        }
        CoefficientsRecord::Int8 { scales, levels } => {
            let others = classes.saturating_sub(1);
            if features.checked_mul(others) != Some(levels.len()) || scales.0.len() != others {
                return Err(shape);
            }
            coefficients.resize(start + features * classes, 0.0);
            from_levels(levels, &scales.0, effects, &mut coefficients[start..]);
        }
    }
    Ok(())
}

/// Fills rows of coefficients, V×K, from V×(K − 1) levels: in version 6 row by row, and of the
/// `effects` of columns.
#[inline(never)]
fn from_levels(levels: &[u8], scales: &[f32], effects: Option<&Vectorizer>, rows: &mut [f32]) {
    let classes = scales.len() + 1;
    let (step, next) = match effects {
        None => (rows.len() / classes, 1),
        Some(_) => (1, scales.len()),
    };
    let (frequencies, idf) = effects
        .map(|vectorizer| (vectorizer.document_frequencies(), vectorizer.idf()))
        .unwrap_or_default();
    let mut columns = frequencies.iter().zip(idf);
    let mut first = 0;
    for row in rows.chunks_exact_mut(classes) {
        let effect = columns.next().map_or(1.0, |(&df, &idf)| effect(df, idf));
        let (mut sum, mut at, mut class) = (0.0, first, 0);
        while let (Some(scale), Some(level)) = (scales.get(class), levels.get(at)) {
            let weight = f32::from(level.cast_signed()) * scale / effect;
            sum += weight;
            at += step;
            class += 1;
            if let Some(place) = row.get_mut(class) {
                *place = weight;
            }
        }
        first += next;
        let mean = sum / classes as f32;
        // Backwards, so that the compiler doesn't write the loop for four numbers at once, too.
        while let Some(weight) = row.get_mut(class) {
            *weight -= mean;
            class = class.wrapping_sub(1);
        }
    }
}

/// Encodes a classifier as the bytes of a `model.bin`.
///
/// # Errors
/// [`EncodeError`], when the payload would be longer than its 32-bit length can say, or the
/// precision is [`Precision::Int8`] and the link not the softmax.
pub fn write(classifier: &Classifier, precision: Precision) -> Result<Vec<u8>, EncodeError> {
    match precision {
        Precision::Float32 => write_exact(classifier),
        Precision::Int8 => write_levels(classifier, HIGHEST_LEVEL),
    }
}

/// Encodes a classifier with coefficients as they are in memory.
// By itself, so that what corrects a model in a browser doesn't hold how to write 8 bits.
pub(crate) fn write_exact(classifier: &Classifier) -> Result<Vec<u8>, EncodeError> {
    let classes = classifier.labels().len();
    let mut rest = classifier.coefficients();
    let mut packed = Vec::new();
    for vectorizer in classifier.vectorizers() {
        let (own, others) = rest.split_at(vectorizer.vocabulary().len() * classes);
        rest = others;
        let column = |class| own.iter().skip(class).step_by(classes).copied();
        let values = (0..classes).flat_map(column).flat_map(f32::to_le_bytes);
        packed.push(Packed { coefficients: values.collect(), ..Packed::fold(vectorizer) });
    }
    let provenance = classifier.provenance();
    let is_new = |one: &Vectorizer| one.analyzer().settings().kind == AnalyzerKind::Cue;
    let version = if classifier.gives_several() {
        5
    } else if *classifier.thresholds() != Thresholds::default() || provenance.grown > 0 {
        4
    } else if classifier.vectorizers().iter().any(is_new) || !provenance.licence.is_empty() {
        3
    } else if classifier.link() != Link::Softmax
        || classifier.vectorizers().iter().any(|one| addition(one) != Addition::default())
    {
        2
    } else {
        1
    };
    assemble(classifier, version, &packed, &[])
}

/// Encodes a classifier with [`Precision::Int8`] and levels from −`highest` to `highest`. The fewer
/// levels, the fewer bytes after compression.
///
/// A level stands for a difference between coefficients times the column's effect, idf · √(df + ½):
/// for how far it moves logits apart over all training documents. A common feature is so rounded
/// finely, and a rare one coarsely, where it matters least.
///
/// ```
/// use undertone::Classifier;
/// use undertone::format::write_levels;
/// # use undertone::train::{Corpus, Recipe, Training};
/// # let corpus = Corpus::from_documents([("profit rose", "up"), ("profit fell", "down")]);
/// # let recipe = Recipe::default().folds(0);
/// # let trained = Training::new(&recipe).on(corpus).run(&mut ())?;
///
/// let bytes = write_levels(&trained.classifier, 15)?;
/// let opened = Classifier::open(&bytes)?;
/// assert_eq!(opened.labels()[opened.predict("profit rose").class], "up");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`EncodeError`], when the payload would be longer than its 32-bit length can say, or the link is
/// not the softmax.
pub fn write_levels(classifier: &Classifier, highest: u8) -> Result<Vec<u8>, EncodeError> {
    if classifier.link() != Link::Softmax {
        return Err(EncodeError::OnlySoftmax);
    }
    // Less is cut and shared where a reader would need too much memory for what there is.
    let (mut packed, pieces) = [(true, true), (false, true)]
        .into_iter()
        .find_map(|(cut, share)| folded(classifier, cut, share))
        .or_else(|| folded(classifier, false, false))
        .ok_or(EncodeError::TooLong)?;

    let mut frequencies: Vec<u32> = Vec::new();
    for &frequency in classifier.vectorizers().iter().flat_map(Vectorizer::document_frequencies) {
        if let Err(place) = frequencies.binary_search(&frequency) {
            frequencies.insert(place, frequency);
        }
    }
    let classes = classifier.labels().len();
    let mut rows = classifier.coefficients().chunks_exact(classes);
    // Effects, V×(K − 1) of each vectorizer, and the largest of all.
    let mut largest = 0f32;
    let effects: Vec<Vec<f32>> = classifier
        .vectorizers()
        .iter()
        .map(|vectorizer| {
            let columns = 0..vectorizer.vocabulary().len();
            let rows = columns.zip(&mut rows).flat_map(|(column, row)| {
                let (df, idf) =
                    (vectorizer.document_frequencies()[column], vectorizer.idf()[column]);
                let effect = effect(df, idf);
                row[1..].iter().map(move |weight| (weight - row[0]) * effect)
            });
            let effects: Vec<f32> = rows.collect();
            let scale = vectorizer.weighting().scale;
            largest = effects.iter().fold(largest, |most, one| most.max(one.abs() * scale));
            effects
        })
        .collect();
    for ((packed, vectorizer), effects) in
        packed.iter_mut().zip(classifier.vectorizers()).zip(effects)
    {
        let step = largest / f32::from(highest) / vectorizer.weighting().scale;
        packed.scales = vec![step; classes - 1];
        // 0/0 is NaN and becomes 0, which is right where nothing has an effect.
        let levels = effects.into_iter().map(|effect| libm::roundf(effect / step) as i8);
        packed.coefficients = levels.map(i8::cast_unsigned).collect();
        let places = vectorizer.document_frequencies().iter();
        let place = |one: &u32| frequencies.binary_search(one).unwrap_or_default() as u32;
        packed.document_frequencies = places.map(place).collect();
        packed.precision = Precision::Int8;
    }
    let mut end = (frequencies.len() as u32).to_le_bytes().to_vec();
    end.extend(frequencies.into_iter().flat_map(u32::to_le_bytes));
    end.extend(pieces);
    assemble(classifier, VERSION, &packed, &end)
}

/// The bytes of a version, from the lists that its vectorizers borrow, and what follows all else.
fn assemble(
    classifier: &Classifier,
    version: u32,
    packed: &[Packed],
    end: &[u8],
) -> Result<Vec<u8>, EncodeError> {
    let provenance = classifier.provenance();
    let payload = Payload {
        version: &provenance.version,
        recipe: &provenance.recipe,
        date: &provenance.date,
        data: List(
            provenance
                .data
                .iter()
                .map(|set| DataSetRecord {
                    name: &set.name,
                    sha256: &set.sha256,
                    documents: set.documents,
                })
                .collect(),
        ),
        scores: provenance.scores.map(|scores| ScoresRecord {
            folds: scores.folds,
            accuracy: scores.accuracy,
            macro_f1: scores.macro_f1,
            log_loss: scores.log_loss,
            calibration_error: scores.calibration_error,
        }),
        labels: List(classifier.labels().iter().map(String::as_str).collect()),
        bias: List(classifier.bias().to_vec()),
        vectorizers: List(
            classifier
                .vectorizers()
                .iter()
                .zip(packed)
                .map(|(vectorizer, packed)| packed.record(vectorizer))
                .collect(),
        ),
    };
    let mut payload = bincode::encode_to_vec(&payload, bincode::config::standard())
        .map_err(|_| EncodeError::TooLong)?;
    if version > 1 {
        payload.push(classifier.link() as u8);
        classifier.vectorizers().iter().for_each(|one| payload.extend(addition(one)));
    }
    if version > 2 {
        let found = provenance.licence.len();
        let length = u16::try_from(found).map_err(|_| EncodeError::LongLicence { found })?;
        payload.extend(length.to_le_bytes());
        payload.extend(provenance.licence.bytes());
    }
    if version > 3 {
        let labels = 0..classifier.labels().len();
        let confidences = labels.map(|class| classifier.threshold(class) as f32);
        let shares = [classifier.thresholds().known].into_iter().chain(confidences);
        payload.extend(shares.flat_map(f32::to_le_bytes));
        payload.extend(provenance.grown.to_le_bytes());
    }
    payload.extend(end);
    let length = u32::try_from(payload.len()).map_err(|_| EncodeError::TooLong)?;

    let mut bytes = Vec::with_capacity(HEADER_LENGTH + payload.len());
    bytes.extend_from_slice(&MAGIC);
    bytes.extend_from_slice(&version.to_le_bytes());
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(&checksum(&bytes, &payload).to_le_bytes());
    bytes.extend_from_slice(&payload);
    Ok(bytes)
}

/// The lists that the record of a vectorizer borrows.
#[derive(Default)]
struct Packed {
    shared: Vec<u32>,
    own: Vec<u32>,
    suffixes: Vec<u8>,
    document_frequencies: Vec<u32>,
    /// The scales of [`Precision::Int8`], one for each class but the first.
    scales: Vec<f32>,
    coefficients: Vec<u8>,
    precision: Precision,
}

impl Packed {
    /// The vocabulary and the document frequencies of a vectorizer, front coded as far as a reader
    /// has the memory for.
    fn fold(vectorizer: &Vectorizer) -> Self {
        let vocabulary = vectorizer.vocabulary();
        let mut packed = Self {
            document_frequencies: vectorizer.document_frequencies().to_vec(),
            ..Self::default()
        };
        packed.front_code(vocabulary, true);
        if vocabulary.text().len() > UNFOLDING_LIMIT * packed.suffixes.len() {
            packed.front_code(vocabulary, false);
        }
        packed
    }

    /// Front codes a vocabulary; without `share` every feature is written out.
    fn front_code(&mut self, vocabulary: &Vocabulary, share: bool) {
        self.shared.clear();
        self.own.clear();
        self.suffixes.clear();
        let mut last: &[u8] = b"";
        for feature in vocabulary.features() {
            let feature = feature.as_bytes();
            let shared = if share { shared_bytes(last, feature) } else { 0 };
            self.shared.push(shared as u32);
            self.own.push((feature.len() - shared) as u32);
            self.suffixes.extend_from_slice(&feature[shared..]);
            last = feature;
        }
    }

    fn record<'a>(&'a self, vectorizer: &'a Vectorizer) -> VectorizerRecord<'a> {
        let settings = vectorizer.analyzer().settings();
        VectorizerRecord {
            kind: match settings.kind {
                AnalyzerKind::Word => KindRecord::Word,
                AnalyzerKind::Char => KindRecord::Char,
                AnalyzerKind::CharWb => KindRecord::CharWb,
                AnalyzerKind::Cue => KindRecord::Cue,
            },
            ngrams: settings.ngrams,
            lowercase: settings.lowercase,
            token_pattern: &settings.token_pattern,
            stop_words: List(settings.stop_words.iter().map(String::as_str).collect()),
            number_shapes: settings.number_shapes,
            changes: settings.changes,
            sublinear_tf: vectorizer.weighting().sublinear_tf,
            scale: vectorizer.weighting().scale,
            unknown: vectorizer.weighting().unknown,
            documents: vectorizer.documents(),
            shared: Numbers(self.shared.clone()),
            own: Numbers(self.own.clone()),
            suffixes: &self.suffixes,
            document_frequencies: Numbers(self.document_frequencies.clone()),
            coefficients: match self.precision {
                Precision::Float32 => CoefficientsRecord::Float32(&self.coefficients),
                Precision::Int8 => CoefficientsRecord::Int8 {
                    scales: List(self.scales.clone()),
                    levels: &self.coefficients,
                },
            },
        }
    }
}

/// The number of bytes with which both begin.
fn shared_bytes(one: &[u8], other: &[u8]) -> usize {
    one.iter().zip(other).take_while(|(one, other)| one == other).count()
}

/// The vocabularies of version 6 and their pieces: with `cut` the tokens of features, and otherwise
/// whole features, front coded with `share`. `None` where that can't be said, or unfolds to more
/// than [`PIECES_LIMIT`] times its size.
fn folded(classifier: &Classifier, cut: bool, share: bool) -> Option<(Vec<Packed>, Vec<u8>)> {
    let vectorizers = classifier.vectorizers();
    let most = |vectorizer: &Vectorizer| match vectorizer.analyzer().settings().kind {
        AnalyzerKind::Word | AnalyzerKind::Cue if cut => usize::MAX,
        _ => 1,
    };
    let (mut pieces, mut following) = (Vec::new(), Vec::new());
    for vectorizer in vectorizers {
        for feature in vectorizer.vocabulary().features() {
            let mut parts = feature.splitn(most(vectorizer), ' ');
            pieces.extend(parts.next());
            following.extend(parts);
        }
    }
    following = sorted(following);
    pieces.extend(&following);
    pieces = sorted(pieces);
    // Their places are two bytes each.
    u16::try_from(following.len()).ok()?;

    let (mut coded, mut last, mut unfolded) = (Vec::new(), "", 0);
    for piece in &pieces {
        let shared = shared_bytes(last.as_bytes(), piece.as_bytes()).min(usize::from(SHARED));
        let shared = if share { piece.floor_char_boundary(shared) } else { 0 };
        let follows = if following.binary_search(piece).is_ok() { FOLLOWS } else { 0 };
        coded.push(MARK | follows | shared as u8);
        coded.extend_from_slice(&piece.as_bytes()[shared..]);
        unfolded += piece.len();
        last = piece;
    }
    let mut length = coded.len();
    let mut packed = Vec::with_capacity(vectorizers.len());
    for vectorizer in vectorizers {
        let (mut one, mut first) = (Packed::default(), 0);
        for feature in vectorizer.vocabulary().features() {
            let mut parts = feature.splitn(most(vectorizer), ' ');
            let part = parts.next().unwrap_or_default();
            let number = pieces.binary_search(&part).unwrap_or_default() as u32;
            one.shared.push(number.wrapping_sub(first));
            first = number;
            let places = parts.map(|part| following.binary_search(&part).unwrap_or_default());
            let before = one.suffixes.len();
            one.suffixes.extend(places.flat_map(|place| (place as u16).to_be_bytes()));
            one.own.push(((one.suffixes.len() - before) / 2) as u32);
        }
        unfolded += vectorizer.vocabulary().text().len();
        length += one.shared.len() + one.own.len() + one.suffixes.len();
        packed.push(one);
    }
    (unfolded <= PIECES_LIMIT * length).then_some((packed, coded))
}

/// Texts in ascending byte order, each once.
fn sorted(texts: Vec<&str>) -> Vec<&str> {
    let mut texts = BinaryHeap::from(texts).into_sorted_vec();
    texts.dedup();
    texts
}
