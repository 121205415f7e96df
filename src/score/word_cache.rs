//! Caches for vectorizers of words: many texts are segmented at once, and each word is looked up
//! and weighed once.

use alloc::vec;
use alloc::vec::Vec;

use core::ops::Range;

use super::Added;
use super::interner::NormalizedWords;
use crate::classifier::{Classifier, accumulate, share};
use crate::counts::{Counts, Scratch};
use crate::text::{
    AnalyzerKind, Feature, NormalizedWord, Role, TextsRef, Tokens, Triggers, cue_role,
    letter_triggers, may_contain_change, may_contain_cue,
};
use crate::tfidf::Vectorizer;
use crate::vocabulary::{Match, Matches};

/// What each word gives to the logits of a text, for a classifier's vectorizers of words. It is
/// valid until the classifier's coefficients change.
#[derive(Debug)]
pub(crate) struct WordCache {
    /// The vectorizers whose words may be kept, grouped by their segmentation.
    groups: Vec<SharedGroup>,
}

/// The width of [`Products`]: numbers that a vector instruction adds at once.
const LANES: usize = 4;

/// A part of what a feature adds to the sums of a text: the square of its value, then for each
/// class the product of value and coefficient. These 1 + K numbers take as many `Products` as it
/// needs.
type Products = [f64; LANES];

/// The most vectorizers of single words in a group: each has a bit in [`CachedWord::known`].
const MOST_CACHES: usize = 32;
const _: () = assert!(MOST_CACHES <= u32::BITS as usize);

/// Neighbouring vectorizers that share a segmentation, and the texts that were segmented last.
#[derive(Debug, Default)]
struct SharedGroup {
    caches: Vec<VectorizerCache>,
    /// The number of vectorizers that read single words; a word has products for these alone.
    single: usize,
    /// The number of [`Products`] that hold 1 + K numbers.
    chunks: usize,
    /// Whether one of the vectorizers reads cues.
    has_cues: bool,
    /// Whether one of the vectorizers reads changes.
    has_changes: bool,
    normalized: NormalizedWords,
    /// What is known of each word, by its number in `normalized`.
    cached: Vec<CachedWord>,
    /// For each word, and for each vectorizer that reads single words, the products in a text that
    /// has the word once; zeros where it is out of vocabulary.
    products: Vec<Products>,
    tokens: Tokens,
    /// Working memory for looking n-grams up.
    matches: Matches,
    /// The texts that were read last.
    texts: Vec<Text>,
    /// The words of `texts`, by their numbers in `normalized`.
    words: Vec<u16>,
    /// The roles that the words of a text have in cues.
    roles: Vec<Role>,
    /// How often a text has each word, by the number of the word in place of a column.
    counts: Counts,
    /// The number of texts that were looked through for a word that occurs twice.
    texts_read: u32,
    /// The sums of a text and a vectorizer.
    sums: Vec<Products>,
}

/// What is known of a word, whatever text it stands in.
#[derive(Debug, Clone, Copy, Default)]
struct CachedWord {
    /// A bit for each vectorizer of single words whose vocabulary has the word.
    known: u32,
    /// The kinds of trigger words that the word is one of.
    triggers: Triggers,
    /// What role the word has in cues.
    role: Role,
    /// The number of the last text that has the word, by [`SharedGroup::texts_read`].
    last_text: u32,
}

/// The words of a text that has some of them twice, and what is known of all words.
struct Repeated<'a> {
    counts: &'a Counts,
    cached: &'a [CachedWord],
    words: &'a [NormalizedWord],
    products: &'a [Products],
}

/// A text that was segmented with others.
#[derive(Debug, Clone)]
struct Text {
    /// The words of the text, by their places among those of all texts.
    words: Range<usize>,
    /// Whether these are all that the text alone would be segmented into; if not, the text must be
    /// read by itself.
    is_segmented: bool,
    /// The kinds of trigger words among the words.
    triggers: Triggers,
}

/// A vectorizer, and what it found beyond single words in the texts that were read last.
#[derive(Debug, Default)]
struct VectorizerCache {
    /// The place of the vectorizer among those of the classifier.
    index: usize,
    /// The number of columns of the vectorizers before it.
    first_column: u32,
    /// The place of the vectorizer among those of its group that read single words, if it does.
    single: Option<usize>,
    /// The multiword n-grams in the vocabulary, by the places of their first words among those of
    /// all texts: all n-grams of two words, then all of three, and so on.
    multiword: Vec<Match>,
    /// The lengths of n-grams in `multiword`.
    lengths: Vec<NgramLength>,
    /// What the text at hand has beyond single words, by its columns.
    columns: Vec<u32>,
    /// The cues of all texts, by their columns.
    cues: Vec<u32>,
    /// For each text, where its cues end in `cues`, and the number of its cues that are out of
    /// vocabulary.
    cue_ends: Vec<(usize, u32)>,
}

/// The n-grams of one length in the texts that were read last.
#[derive(Debug)]
struct NgramLength {
    /// The number of words in each n-gram.
    words: usize,
    /// The n-grams that are still to be handed out, by their places in
    /// [`VectorizerCache::multiword`].
    rest: Range<usize>,
}

impl WordCache {
    /// An empty cache for a classifier.
    pub(crate) fn new(classifier: &Classifier) -> Self {
        let mut groups: Vec<SharedGroup> = Vec::new();
        let mut first_column = 0;
        for (index, (vectorizer, segments)) in
            classifier.vectorizers().iter().zip(classifier.segments()).enumerate()
        {
            if *segments {
                groups.push(SharedGroup::default());
            }
            if let Some(group) = groups.last_mut() {
                let cache = VectorizerCache { index, first_column, ..VectorizerCache::default() };
                group.caches.push(cache);
            }
            first_column += vectorizer.vocabulary().len() as u32;
        }
        groups.retain_mut(|group| group.prepare(classifier));
        Self { groups }
    }

    /// Reads texts, whose scores are then [added](Self::add) in their order.
    pub(crate) fn read(&mut self, texts: TextsRef<'_>, classifier: &Classifier) {
        for group in &mut self.groups {
            group.read(texts, classifier);
        }
    }

    /// Adds to the logits of a text what a vectorizer and those after it that share its
    /// segmentation give. The text, with its place, is one of those that were read last, taken in
    /// their order. `None` where the text must be read by itself.
    pub(crate) fn add(
        &mut self,
        classifier: &Classifier,
        vectorizer: usize,
        text: (usize, &str),
        scratch: &mut Scratch,
        logits: &mut [f64],
    ) -> Option<Added> {
        let group = self.groups.iter_mut().find(|group| group.caches[0].index == vectorizer);
        group?.add(classifier, text, scratch, logits)
    }
}

// What is done for a batch, for a text and for a vectorizer is a function each, here and in the
// analyzer: how long a browser's engine takes to compile a function grows with its variables times
// its blocks.

impl SharedGroup {
    /// Makes a group of its vectorizers ready; `false` where nothing of words may be kept.
    fn prepare(&mut self, classifier: &Classifier) -> bool {
        self.chunks = (1 + classifier.labels().len()).div_ceil(LANES);
        let mut is_kept = true;
        for cache in &mut self.caches {
            let analyzer = cache.vectorizer(classifier).analyzer();
            let settings = analyzer.settings();
            if settings.kind == AnalyzerKind::Word && settings.ngrams.0 == 1 {
                cache.single = Some(self.single);
                self.single += 1;
            }
            self.has_cues |= analyzer.is_of_cues();
            self.has_changes |= settings.changes;
            is_kept &= analyzer.keeps_words();
        }
        is_kept && self.single <= MOST_CACHES
    }

    /// Reads texts: their words, with what is cached of each, their multiword n-grams and cues.
    #[inline(never)]
    fn read(&mut self, texts: TextsRef<'_>, classifier: &Classifier) {
        let Self { caches, normalized, tokens, words, .. } = self;
        let analyzer = caches[0].vectorizer(classifier).analyzer();
        let segmented = &mut self.texts;
        segmented.clear();
        words.clear();
        analyzer.segment_all(texts, tokens, |words, is_told, has_keys| {
            let is_segmented = is_told && has_keys;
            segmented.push(Text { words, is_segmented, triggers: Triggers::default() })
        });
        if !normalized.has_room(tokens.words()) {
            segmented.clear();
            return;
        }
        if normalized.words().is_empty() {
            self.cached.clear();
            self.products.clear();
        }
        words.extend(tokens.keys().map(|key| normalized.number(key, analyzer)));
        let normalized = normalized.words();
        for word in &normalized[self.cached.len()..] {
            let mut cached_word = CachedWord::default();
            if self.has_changes {
                cached_word.triggers = letter_triggers(word.bytes());
            }
            if self.has_cues {
                cached_word.role = cue_role(word.hash);
                cached_word.triggers |= cached_word.role.triggers();
            }
            for cache in caches.iter() {
                let Some(single) = cache.single else { continue };
                let start = self.products.len();
                self.products.resize(start + self.chunks, Products::default());
                let vocabulary = cache.vectorizer(classifier).vocabulary();
                if let Some(column) = vocabulary.column_of(word.hash, word.bytes()) {
                    cache.products(classifier, column, 1, &mut self.products[start..]);
                    cached_word.known |= 1 << single;
                }
            }
            self.cached.push(cached_word);
        }
        for Text { words: of_text, triggers, .. } in segmented {
            let words = words[of_text.clone()].iter();
            *triggers =
                words.fold(*triggers, |all, &word| all | self.cached[usize::from(word)].triggers);
        }
        tokens.write(words.iter().map(|&word| &normalized[usize::from(word)]));
        if self.has_cues {
            self.find_cues(texts, classifier);
        }
        for cache in &mut self.caches {
            cache.read(classifier, &mut self.tokens, &mut self.matches);
        }
    }

    /// Finds the cues of all texts.
    fn find_cues(&mut self, texts: TextsRef<'_>, classifier: &Classifier) {
        let Self { caches, tokens, cached, roles, .. } = self;
        for cache in caches {
            let vectorizer = cache.vectorizer(classifier);
            cache.cues.clear();
            cache.cue_ends.clear();
            if !vectorizer.analyzer().is_of_cues() {
                continue;
            }
            for Text { words, triggers, .. } in &self.texts {
                let mut oov = 0;
                if may_contain_cue(*triggers) {
                    let numbers = self.words[words.clone()].iter();
                    roles.clear();
                    roles.extend(numbers.map(|&word| cached[usize::from(word)].role));
                    let mut each = |cue: &Feature<'_>| match vectorizer.vocabulary().column(cue) {
                        Some(column) => cache.cues.push(column),
                        None => oov += 1,
                    };
                    tokens.each_cue(texts.joined, words.clone(), roles, &mut each);
                }
                cache.cue_ends.push((cache.cues.len(), oov));
            }
        }
    }

    /// Adds what the vectorizers of the group give to the logits of a text; see [`WordCache::add`].
    #[inline(never)]
    fn add(
        &mut self,
        classifier: &Classifier,
        (place, text): (usize, &str),
        scratch: &mut Scratch,
        logits: &mut [f64],
    ) -> Option<Added> {
        let Text { words, triggers, .. } =
            self.texts.get(place).filter(|text| text.is_segmented).cloned()?;
        let may_contain_change = may_contain_change(triggers, text);
        let repeats = self.count(words.clone());
        let Self { caches, normalized, cached, products, sums, single, chunks, counts, .. } = self;
        let (stride, text_words) = (*single * *chunks, &self.words[words.clone()]);
        let mut known = None;
        for cache in caches.iter_mut() {
            let mut oov = cache.find(place, words.clone());
            if may_contain_change {
                oov += cache.find_changes(classifier, text, &mut scratch.tokens);
            }
            let mut found = cache.columns.len() as u32;
            if let Some(single) = cache.single {
                let is_known = |word: &u16| cached[usize::from(*word)].known >> single & 1;
                let known: u32 = text_words.iter().map(is_known).sum();
                found += known;
                oov += text_words.len() as u32 - known;
            }
            known.get_or_insert(share(found, oov));
            if found == 0 {
                continue;
            }
            sums.clear();
            sums.resize(*chunks, Products::default());
            sums[0][0] = cache.vectorizer(classifier).weighting().oov_squares(oov);
            if let Some(single) = cache.single {
                let place = |word: usize| word * stride + single * *chunks;
                let of = |word: usize| &products[place(word)..][..*chunks];
                if !repeats && let [sums] = &mut sums[..] {
                    // As in most texts, no word occurs twice. The sums are kept in registers.
                    let mut kept = *sums;
                    for &word in text_words {
                        add_products(&products[place(word.into())], &mut kept);
                    }
                    *sums = kept;
                } else if !repeats {
                    for &word in text_words {
                        add_each(of(word.into()), sums);
                    }
                } else {
                    let words = Repeated { counts, cached, words: normalized.words(), products };
                    cache.add_repeated(classifier, &words, (stride, single * *chunks), sums);
                }
            }
            cache.add(classifier, &mut scratch.counts, sums, logits);
        }
        Some(Added { vectorizers: caches.len(), known: known.unwrap_or_default() })
    }

    /// Whether a text has a word twice. If so, its words are counted.
    fn count(&mut self, words: Range<usize>) -> bool {
        let Self { cached, counts, texts_read, .. } = self;
        let words = &self.words[words];
        *texts_read = texts_read.wrapping_add(1);
        let mut repeats = false;
        for &word in words {
            let last_text = &mut cached[usize::from(word)].last_text;
            repeats |= *last_text == *texts_read;
            *last_text = *texts_read;
        }
        if repeats {
            counts.begin(cached.len());
            counts.add(words.iter().map(|&word| word.into()));
        }
        repeats
    }
}

impl VectorizerCache {
    /// The vectorizer whose cache this is.
    fn vectorizer<'a>(&self, classifier: &'a Classifier) -> &'a Vectorizer {
        &classifier.vectorizers()[self.index]
    }

    /// Writes the products of a feature that a text has `count` times.
    fn products(
        &self,
        classifier: &Classifier,
        column: u32,
        count: u32,
        products: &mut [Products],
    ) {
        let value = self.vectorizer(classifier).value(column, count);
        let products = products.as_flattened_mut();
        products[0] = value * value;
        let weights = classifier.weights(self.first_column + column);
        for (product, weight) in products[1..].iter_mut().zip(weights) {
            *product = value * f64::from(*weight);
        }
    }

    /// Looks up the multiword n-grams of all texts.
    fn read(&mut self, classifier: &Classifier, tokens: &mut Tokens, matches: &mut Matches) {
        let vectorizer = self.vectorizer(classifier);
        let (fewest, most) = vectorizer.analyzer().settings().ngrams;
        self.multiword.clear();
        self.lengths.clear();
        if most < 2 || vectorizer.analyzer().is_of_cues() {
            return;
        }
        let vocabulary = vectorizer.vocabulary();
        tokens.multiword_ngrams(
            (fewest, most),
            vocabulary.filter(),
            |words, tokens, ngrams, candidates| {
                let start = self.multiword.len();
                vocabulary.find(tokens, ngrams, matches);
                self.multiword.extend(matches.features().iter().map(|&Match { index, column }| {
                    Match { index: candidates[index as usize].first, column }
                }));
                self.lengths.push(NgramLength { words, rest: start..self.multiword.len() });
            },
        );
    }

    /// Finds the multiword n-grams and the cues of the next text, whose place and words these are,
    /// and returns the number of those out of vocabulary.
    fn find(&mut self, place: usize, words: Range<usize>) -> u32 {
        let mut oov = 0;
        self.columns.clear();
        for NgramLength { words: length, rest } in &mut self.lengths {
            let all = (words.len() + 1).saturating_sub(*length);
            let known = self.columns.len();
            while let Some(&Match { index, column }) = self.multiword[rest.clone()].first()
                && (index as usize) < words.end
            {
                // Some n-grams begin or end in another text.
                if (words.start..words.start + all).contains(&(index as usize)) {
                    self.columns.push(column);
                }
                rest.start += 1;
            }
            oov += (all - (self.columns.len() - known)) as u32;
        }
        if let Some(&(end, oov_cues)) = self.cue_ends.get(place) {
            let start = place.checked_sub(1).map_or(0, |before| self.cue_ends[before].0);
            self.columns.extend_from_slice(&self.cues[start..end]);
            oov += oov_cues;
        }
        oov
    }

    /// Finds the changes in a text, and returns the number of those out of vocabulary.
    #[inline(never)]
    fn find_changes(&mut self, classifier: &Classifier, text: &str, tokens: &mut Tokens) -> u32 {
        let vectorizer = self.vectorizer(classifier);
        let mut oov = 0;
        if vectorizer.analyzer().settings().changes {
            vectorizer.analyzer().each_change(text, tokens, &mut |change| match vectorizer
                .vocabulary()
                .column(change)
            {
                Some(column) => self.columns.push(column),
                None => oov += 1,
            });
        }
        oov
    }

    /// Adds single words of a text that has some twice to its sums. The products of a word are
    /// `stride` after those of the one before; `start` is where those of this vectorizer begin.
    // Not inlined: a browser's engine needn't compile this before there is such a text.
    #[inline(never)]
    fn add_repeated(
        &self,
        classifier: &Classifier,
        Repeated { counts, cached, words, products }: &Repeated<'_>,
        (stride, start): (usize, usize),
        sums: &mut [Products],
    ) {
        let Some(single) = self.single else { return };
        let vocabulary = self.vectorizer(classifier).vocabulary();
        let mut again = vec![Products::default(); sums.len()];
        for &word in counts.columns() {
            let (count, word) = (counts.of(word), word as usize);
            let mut products = &products[word * stride + start..][..sums.len()];
            if count > 1
                && cached[word].known >> single & 1 == 1
                && let Some(column) = vocabulary.column_of(words[word].hash, words[word].bytes())
            {
                again.fill(Products::default());
                self.products(classifier, column, count, &mut again);
                products = &again;
            }
            add_each(products, sums);
        }
    }

    /// Adds to the logits of the text what the vectorizer gives: `sums`, which hold its single
    /// words, and what was found beyond these.
    #[inline(never)]
    fn add(
        &self,
        classifier: &Classifier,
        counts: &mut Counts,
        sums: &mut [Products],
        logits: &mut [f64],
    ) {
        let vectorizer = self.vectorizer(classifier);
        let sums = sums.as_flattened_mut();
        if !self.columns.is_empty() {
            let columns = vectorizer.vocabulary().len();
            counts.begin(columns);
            counts.add(self.columns.iter().copied());
            counts.take(columns, |column, count| {
                let value = vectorizer.value(column, count);
                sums[0] += value * value;
                accumulate(value, classifier.weights(self.first_column + column), &mut sums[1..]);
            });
        }
        let factor = vectorizer.weighting().factor(sums[0]);
        for (logit, sum) in logits.iter_mut().zip(&sums[1..]) {
            *logit += factor * sum;
        }
    }
}

/// Adds products to sums, number by number.
#[inline]
fn add_each(products: &[Products], sums: &mut [Products]) {
    sums.iter_mut().zip(products).for_each(|(sums, products)| add_products(products, sums));
}

/// Adds products to sums, number by number.
#[inline]
fn add_products(products: &Products, sums: &mut Products) {
    for (sum, product) in sums.iter_mut().zip(products) {
        *sum += product;
    }
}
