//! Caches for vectorizers of words: many texts are segmented at once, and each word is looked up
//! and weighed once.

use alloc::vec;
use alloc::vec::Vec;

use core::ops::Range;

use super::Added;
use super::interner::Interner;
use crate::classifier::{Classifier, share};
use crate::counts::{Counts, Scratch};
use crate::text::{AnalyzerKind, TextsRef, Tokens, Triggers, may_contain_change};
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
    interner: Interner,
    /// What is known of each word, by its number in `interner`.
    cached: Vec<CachedWord>,
    /// For each word, and for each vectorizer that reads single words, the products in a text that
    /// has the word once; zeros where it is out of vocabulary.
    products: Vec<Products>,
    tokens: Tokens,
    /// Working memory for looking n-grams up.
    matches: Matches,
    /// The texts that were read last.
    texts: Vec<Text>,
    /// The words of `texts`, by their numbers in `interner`.
    words: Vec<u16>,
    /// How often a text has each word, by the number of the word in place of a column.
    counts: Counts,
    /// The sums of a text: first those of vectorizers that read single words, then those of others.
    sums: Vec<Products>,
    /// The number of out-of-vocabulary words of a text, for each vectorizer that reads single
    /// words.
    oov: Vec<u32>,
}

/// What is known of a word, whatever text it stands in.
#[derive(Debug, Clone, Copy, Default)]
struct CachedWord {
    /// A bit for each vectorizer of single words whose vocabulary has the word.
    known: u32,
    /// The kinds of trigger words that the word is one of.
    triggers: Triggers,
}

/// A text that was segmented with others.
#[derive(Debug, Clone)]
struct Text {
    /// The words of the text, by their places among those of all texts.
    words: Range<usize>,
    /// Whether these are all that the text alone would be segmented into; if not, the text must be
    /// read by itself.
    is_segmented: bool,
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
    /// The multiword n-grams in the vocabulary, numbered as if the texts were one: all n-grams of
    /// two words, then all of three, and so on.
    multiword: Vec<Match>,
    /// The lengths of n-grams in `multiword`.
    lengths: Vec<NgramLength>,
    /// The changes in the text at hand, by their columns.
    changes: Vec<u32>,
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
    /// The number of the first n-gram of this length.
    first: usize,
    /// The n-grams of the text at hand, by their places in [`VectorizerCache::multiword`].
    known: Range<usize>,
}

impl WordCache {
    /// An empty cache for a classifier.
    pub(crate) fn new(classifier: &Classifier) -> Self {
        let mut groups: Vec<Vec<VectorizerCache>> = Vec::new();
        let mut first_column = 0;
        for (index, (vectorizer, segments)) in
            classifier.vectorizers().iter().zip(classifier.segments()).enumerate()
        {
            if *segments {
                groups.push(Vec::new());
            }
            if let Some(caches) = groups.last_mut() {
                caches.push(VectorizerCache { index, first_column, ..VectorizerCache::default() });
            }
            first_column += vectorizer.vocabulary().len() as u32;
        }
        let groups = groups.into_iter().filter_map(|caches| SharedGroup::new(caches, classifier));
        Self { groups: groups.collect() }
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

impl SharedGroup {
    /// A group of vectorizers that share a segmentation; `None` if nothing of words may be kept.
    fn new(mut caches: Vec<VectorizerCache>, classifier: &Classifier) -> Option<Self> {
        let mut single = 0;
        for cache in &mut caches {
            let settings = cache.vectorizer(classifier).analyzer().settings();
            if settings.kind == AnalyzerKind::Word && settings.ngrams.0 == 1 {
                cache.single = Some(single);
                single += 1;
            }
        }
        let analyzer = |cache: &VectorizerCache| cache.vectorizer(classifier).analyzer();
        let is_kept =
            single <= MOST_CACHES && caches.iter().all(|cache| analyzer(cache).keeps_words());
        let has_cues = caches.iter().any(|cache| analyzer(cache).is_of_cues());
        is_kept.then(|| Self {
            single,
            chunks: (1 + classifier.labels().len()).div_ceil(LANES),
            has_cues,
            oov: vec![0; caches.len()],
            caches,
            ..Self::default()
        })
    }

    /// Reads texts: their words, with what is cached of each, their multiword n-grams and cues.
    fn read(&mut self, texts: TextsRef<'_>, classifier: &Classifier) {
        let Self { caches, interner, tokens, words, .. } = self;
        let analyzer = caches[0].vectorizer(classifier).analyzer();
        let segmented = &mut self.texts;
        segmented.clear();
        words.clear();
        analyzer.segment_all(texts, tokens, |words, is_segmented| {
            segmented.push(Text { words, is_segmented })
        });
        // Each word may add two entries.
        let most = 2 * tokens.words();
        if most > Interner::MOST {
            segmented.clear();
            return;
        }
        if interner.len() + most > Interner::MOST {
            interner.clear();
            self.cached.clear();
            self.products.clear();
        }
        words.extend(tokens.keys().map(|key| {
            interner.find(key).unwrap_or_else(|place| interner.add(key, place, analyzer))
        }));
        let normalized = interner.normalized();
        for word in &normalized[self.cached.len()..] {
            let mut cached_word = CachedWord { triggers: word.triggers, known: 0 };
            for cache in caches.iter() {
                let Some(single) = cache.single else { continue };
                let start = self.products.len();
                self.products.resize(start + self.chunks, Products::default());
                let vocabulary = cache.vectorizer(classifier).vocabulary();
                if let Some(column) = vocabulary.search(word.hash, word.bytes()) {
                    cache.products(classifier, column, 1, &mut self.products[start..]);
                    cached_word.known |= 1 << single;
                }
            }
            self.cached.push(cached_word);
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
        let Self { caches, tokens, .. } = self;
        for cache in caches.iter_mut() {
            cache.cues.clear();
            cache.cue_ends.clear();
        }
        for Text { words, .. } in &self.texts {
            for cache in caches.iter_mut() {
                let vectorizer = &classifier.vectorizers()[cache.index];
                let (cues, mut oov) = (&mut cache.cues, 0);
                if vectorizer.analyzer().is_of_cues() {
                    let vocabulary = vectorizer.vocabulary();
                    tokens.each_cue(texts.joined, words.clone(), &mut |cue| match vocabulary
                        .column(cue)
                    {
                        Some(column) => cues.push(column),
                        None => oov += 1,
                    });
                }
                cache.cue_ends.push((cues.len(), oov));
            }
        }
    }

    /// Adds what the vectorizers of the group give to the logits of a text; see [`WordCache::add`].
    fn add(
        &mut self,
        classifier: &Classifier,
        (place, text): (usize, &str),
        scratch: &mut Scratch,
        logits: &mut [f64],
    ) -> Option<Added> {
        let Some(Text { words, is_segmented: true }) = self.texts.get(place).cloned() else {
            return None;
        };
        let triggers = self.count(words.clone());
        let may_contain_change = may_contain_change(triggers, text);
        let (single, chunks) = (self.single, self.chunks);
        self.sums.clear();
        self.sums.resize(self.caches.len() * chunks, Products::default());
        // The sums of vectorizers that read single words come first.
        let sums_of = |cache: &VectorizerCache, others: &mut usize| match cache.single {
            Some(place) => place * chunks,
            None => {
                *others += chunks;
                *others - chunks
            }
        };
        let mut others = single * chunks;
        let mut first_oov = None;
        for cache in &mut self.caches {
            let mut oov = cache.single.map_or(0, |place| self.oov[place]);
            oov += cache.find(words.clone());
            cache.changes.clear();
            if may_contain_change {
                oov += cache.find_changes(classifier, text, &mut scratch.tokens);
            }
            oov += cache.cue_ends.get(place).map_or(0, |&(_, oov)| oov);
            let weighting = cache.vectorizer(classifier).weighting();
            let sums = sums_of(cache, &mut others);
            self.sums[sums][0] = weighting.oov_squares(oov);
            first_oov.get_or_insert(oov);
        }
        let stride = single * chunks;
        let distinct = self.counts.columns();
        if distinct.len() == words.len() {
            // As in most texts, no word occurs twice.
            for &word in distinct {
                let products = &self.products[word as usize * stride..][..stride];
                add_products(products, &mut self.sums[..stride]);
            }
        } else {
            let mut again = vec![Products::default(); chunks];
            for &word in distinct {
                let normalized = &self.interner.normalized()[word as usize];
                let count = self.counts.of(word);
                let caches = self.caches.iter().filter_map(|cache| Some((cache, cache.single?)));
                for (cache, place) in caches {
                    let start = word as usize * stride + place * chunks;
                    let mut products = &self.products[start..start + chunks];
                    if count > 1 && self.cached[word as usize].known >> place & 1 == 1 {
                        let vocabulary = cache.vectorizer(classifier).vocabulary();
                        if let Some(column) = vocabulary.search(normalized.hash, normalized.bytes())
                        {
                            again.fill(Products::default());
                            cache.products(classifier, column, count, &mut again);
                            products = &again;
                        }
                    }
                    add_products(products, &mut self.sums[place * chunks..][..chunks]);
                }
            }
        }
        let mut others = single * chunks;
        let mut first_found = None;
        for cache in &self.caches {
            let start = sums_of(cache, &mut others);
            let sums = &mut self.sums[start..start + chunks];
            let counted = cache.add(classifier, place, &mut scratch.counts, sums, logits);
            first_found.get_or_insert(counted);
        }
        let oov = first_oov.unwrap_or_default();
        let single = self.caches.first()?.single;
        let single_found = single.map_or(0, |place| words.len() as u32 - self.oov[place]);
        let known = share(single_found + first_found.unwrap_or_default(), oov);
        Some(Added { vectorizers: self.caches.len(), known })
    }

    /// Counts the words of a text, and for each vectorizer of single words those out of vocabulary.
    /// Returns the kinds of trigger words among the words.
    fn count(&mut self, words: Range<usize>) -> Triggers {
        let Self { cached, oov, single, counts, .. } = self;
        let oov = &mut oov[..*single];
        oov.fill(0);
        counts.begin(cached.len());
        let mut triggers = Triggers::default();
        counts.add(self.words[words].iter().map(|&word| {
            let cached_word = &cached[usize::from(word)];
            triggers |= cached_word.triggers;
            for (place, oov) in oov.iter_mut().enumerate() {
                *oov += !(cached_word.known >> place) & 1;
            }
            word.into()
        }));
        triggers
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
        let words = tokens.words();
        let mut first = 0;
        vectorizer.analyzer().multiword_ngrams(tokens, &mut |tokens, ngrams| {
            vectorizer.vocabulary().find(tokens, ngrams, matches);
            self.multiword.extend(
                matches
                    .features()
                    .iter()
                    .map(|feature| Match { index: feature.index + first, column: feature.column }),
            );
            first += ngrams.len() as u32;
        });
        let mut first = 0;
        for length in usize::from(fewest.max(2))..=usize::from(most) {
            let next = self.multiword.partition_point(|feature| (feature.index as usize) < first);
            self.lengths.push(NgramLength { words: length, first, known: next..next });
            first += (words + 1).saturating_sub(length);
        }
    }

    /// Finds the multiword n-grams of the next text, whose words these are, and returns the number
    /// of those out of vocabulary.
    fn find(&mut self, words: Range<usize>) -> u32 {
        let mut oov = 0;
        for NgramLength { words: length, first, known } in &mut self.lengths {
            let all = (words.len() + 1).saturating_sub(*length);
            // Skips n-grams that begin or end in another text.
            let before = |next: usize, place: usize| {
                let known = self.multiword[next..].iter();
                next + known.take_while(|feature| (feature.index as usize) < *first + place).count()
            };
            known.start = before(known.end, words.start);
            known.end = before(known.start, words.start + all);
            oov += (all - known.len()) as u32;
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
                Some(column) => self.changes.push(column),
                None => oov += 1,
            });
        }
        oov
    }

    /// Adds to the logits of the text at a place what the vectorizer gives: `sums`, which hold its
    /// single words, and what was found beyond these.
    fn add(
        &self,
        classifier: &Classifier,
        place: usize,
        counts: &mut Counts,
        sums: &mut [Products],
        logits: &mut [f64],
    ) -> u32 {
        let vectorizer = self.vectorizer(classifier);
        let columns = vectorizer.vocabulary().len();
        let mut found = 0;
        counts.begin(columns);
        for NgramLength { known, .. } in &self.lengths {
            counts.add(self.multiword[known.clone()].iter().map(|feature| feature.column));
        }
        counts.add(self.changes.iter().copied());
        if let Some(&(end, _)) = self.cue_ends.get(place) {
            let start = place.checked_sub(1).map_or(0, |before| self.cue_ends[before].0);
            counts.add(self.cues[start..end].iter().copied());
        }
        let sums = sums.as_flattened_mut();
        counts.take(columns, |column, count| {
            found += count;
            let value = vectorizer.value(column, count);
            sums[0] += value * value;
            let weights = classifier.weights(self.first_column + column);
            for (sum, weight) in sums[1..].iter_mut().zip(weights) {
                *sum += value * f64::from(*weight);
            }
        });
        let factor = vectorizer.weighting().factor(sums[0]);
        for (logit, sum) in logits.iter_mut().zip(&sums[1..]) {
            *logit += factor * sum;
        }
        found
    }
}

/// Adds products to sums, number by number.
#[inline]
fn add_products(products: &[Products], sums: &mut [Products]) {
    for (sums, products) in sums.iter_mut().zip(products) {
        for (sum, product) in sums.iter_mut().zip(products) {
            *sum += product;
        }
    }
}
