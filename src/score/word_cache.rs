//! Vectorizers of words: texts are cut together, and a word is looked up and weighed once.

use alloc::vec;
use alloc::vec::Vec;

use core::ops::Range;

use super::interner::Interner;
use crate::classifier::Classifier;
use crate::counts::{Counts, Scratch};
use crate::text::{AnalyzerKind, TextsRef, Tokens, Triggers, may_contain_change};
use crate::tfidf::Vectorizer;
use crate::vocabulary::{Match, Matches};

/// What a classifier's vectorizers know of words. It holds for as long as the classifier's coefficients do.
#[derive(Debug)]
pub(crate) struct WordCache {
    groups: Vec<SharedGroup>,
}

/// Numbers that are added together.
const LANES: usize = 4;

/// Of a vectorizer: the square of a value, and for each class the product of the value and the
/// coefficient, in as many of these as it takes.
type Products = [f64; LANES];

/// So many vectorizers of single words at most have a group: a bit of a [`CachedWord`] each.
const MOST_CACHES: usize = 32;
const _: () = assert!(MOST_CACHES <= u32::BITS as usize);

/// Vectorizers side by side that share a segmentation, and the texts that were cut last.
#[derive(Debug, Default)]
struct SharedGroup {
    caches: Vec<VectorizerCache>,
    /// How many of them read single words; they come first in a word's [`Products`].
    single: usize,
    /// [`Products`] for each cache.
    chunks: usize,
    /// Whether one of them reads cues.
    has_cues: bool,
    interner: Interner,
    /// What is known of each word of the interner.
    cached: Vec<CachedWord>,
    /// The products of each word under each cache of single words, in a text that has it once; 0 where it is
    /// unknown.
    products: Vec<Products>,
    tokens: Tokens,
    known: Matches,
    texts: Vec<Text>,
    /// The numbers of their words.
    words: Vec<u16>,
    /// How often a text has each word, its number in place of a column.
    counts: Counts,
    sums: Vec<Products>,
    oov: Vec<u32>,
}

/// What is known of a word, whatever text it stands in.
#[derive(Debug, Clone, Copy, Default)]
struct CachedWord {
    /// A bit for each cache of single words that has a column for it.
    known: u32,
    /// The kinds of trigger words that it is.
    triggers: Triggers,
}

#[derive(Debug, Clone)]
struct Text {
    words: Range<usize>,
    /// Whether it is made of these and nothing else.
    is_segmented: bool,
}

/// A vectorizer, and what it makes of several words.
#[derive(Debug, Default)]
struct VectorizerCache {
    /// Its place among the vectorizers.
    index: usize,
    first_column: u32,
    /// Its place among those that read single words.
    single: Option<usize>,
    /// The known n-grams of several words, numbered as if the texts were one: all of two words, then all of
    /// three, and so on.
    longer: Vec<Match>,
    lengths: Vec<Length>,
    /// The changes in a text, by their columns.
    changes: Vec<u32>,
    /// The cues of all texts, by their columns.
    cues: Vec<u32>,
    /// For each text, where its cues end in `cues`, and how many it has that are unknown.
    cue_ends: Vec<(usize, u32)>,
}

/// The n-grams of so many words.
#[derive(Debug)]
struct Length {
    words: usize,
    /// The number of the first.
    first: usize,
    /// The places of the known ones that a text has.
    known: Range<usize>,
}

impl WordCache {
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

    /// Reads texts.
    pub(crate) fn read(&mut self, texts: TextsRef<'_>, classifier: &Classifier) {
        for group in &mut self.groups {
            group.read(texts, classifier);
        }
    }

    /// Adds to the logits of a text, one of those that were read last and by its place among them, in their
    /// order, what a vectorizer and those that share its segmentation give. Returns how many vectorizers that are: none
    /// where the text must be read by itself.
    pub(crate) fn add(
        &mut self,
        classifier: &Classifier,
        vectorizer: usize,
        text: (usize, &str),
        scratch: &mut Scratch,
        logits: &mut [f64],
    ) -> usize {
        let group = self.groups.iter_mut().find(|group| group.caches[0].index == vectorizer);
        group.map_or(0, |group| group.add(classifier, text, scratch, logits))
    }
}

impl SharedGroup {
    /// `None` where nothing is kept of words.
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

    fn read(&mut self, texts: TextsRef<'_>, classifier: &Classifier) {
        let Self { caches, interner, tokens, words, .. } = self;
        let analyzer = caches[0].vectorizer(classifier).analyzer();
        let cut = &mut self.texts;
        cut.clear();
        words.clear();
        analyzer.segment_all(texts, tokens, |words, is_segmented| {
            cut.push(Text { words, is_segmented })
        });
        // Each may add two entries.
        let most = 2 * tokens.words();
        if most > Interner::MOST {
            cut.clear();
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
        let written = interner.written();
        for word in &written[self.cached.len()..] {
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
        tokens.write(words.iter().map(|&word| &written[usize::from(word)]));
        if self.has_cues {
            self.find_cues(texts, classifier);
        }
        for cache in &mut self.caches {
            cache.read(classifier, &mut self.tokens, &mut self.known);
        }
    }

    /// Finds the cues of the texts.
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

    fn add(
        &mut self,
        classifier: &Classifier,
        (place, text): (usize, &str),
        scratch: &mut Scratch,
        logits: &mut [f64],
    ) -> usize {
        let Some(Text { words, is_segmented: true }) = self.texts.get(place).cloned() else {
            return 0;
        };
        let triggers = self.count(words.clone());
        let may_contain_change = may_contain_change(triggers, text);
        let (single, chunks) = (self.single, self.chunks);
        self.sums.clear();
        self.sums.resize(self.caches.len() * chunks, Products::default());
        // Those of single words come first.
        let sums_of = |cache: &VectorizerCache, others: &mut usize| match cache.single {
            Some(place) => place * chunks,
            None => {
                *others += chunks;
                *others - chunks
            }
        };
        let mut others = single * chunks;
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
        }
        let stride = single * chunks;
        let distinct = self.counts.columns();
        if distinct.len() == words.len() {
            // Most texts have no word twice.
            for &word in distinct {
                let products = &self.products[word as usize * stride..][..stride];
                add_products(products, &mut self.sums[..stride]);
            }
        } else {
            let mut again = vec![Products::default(); chunks];
            for &word in distinct {
                let written = &self.interner.written()[word as usize];
                let count = self.counts.of(word);
                let caches = self.caches.iter().filter_map(|cache| Some((cache, cache.single?)));
                for (cache, place) in caches {
                    let start = word as usize * stride + place * chunks;
                    let mut products = &self.products[start..start + chunks];
                    if count > 1 && self.cached[word as usize].known >> place & 1 == 1 {
                        let vocabulary = cache.vectorizer(classifier).vocabulary();
                        if let Some(column) = vocabulary.search(written.hash, written.bytes()) {
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
        for cache in &self.caches {
            let start = sums_of(cache, &mut others);
            let sums = &mut self.sums[start..start + chunks];
            cache.add(classifier, place, &mut scratch.counts, sums, logits);
        }
        self.caches.len()
    }

    /// Counts the words of a text, and those of them that each cache of single words doesn't know.
    /// Returns the kinds of trigger words among them.
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
    fn vectorizer<'a>(&self, classifier: &'a Classifier) -> &'a Vectorizer {
        &classifier.vectorizers()[self.index]
    }

    /// Writes those of a feature that a text has so many times.
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

    /// Reads the n-grams of several words off texts.
    fn read(&mut self, classifier: &Classifier, tokens: &mut Tokens, known: &mut Matches) {
        let vectorizer = self.vectorizer(classifier);
        let (fewest, most) = vectorizer.analyzer().settings().ngrams;
        self.longer.clear();
        self.lengths.clear();
        if most < 2 || vectorizer.analyzer().is_of_cues() {
            return;
        }
        let words = tokens.words();
        let mut first = 0;
        vectorizer.analyzer().multiword_ngrams(tokens, &mut |tokens, ngrams| {
            vectorizer.vocabulary().find(tokens, ngrams, known);
            self.longer.extend(
                known
                    .features()
                    .iter()
                    .map(|feature| Match { index: feature.index + first, column: feature.column }),
            );
            first += ngrams.len() as u32;
        });
        let mut first = 0;
        for length in usize::from(fewest.max(2))..=usize::from(most) {
            let next = self.longer.partition_point(|feature| (feature.index as usize) < first);
            self.lengths.push(Length { words: length, first, known: next..next });
            first += (words + 1).saturating_sub(length);
        }
    }

    /// Finds the n-grams of several words of the next text, and returns how many are unknown.
    fn find(&mut self, words: Range<usize>) -> u32 {
        let mut oov = 0;
        for Length { words: length, first, known } in &mut self.lengths {
            let all = (words.len() + 1).saturating_sub(*length);
            // Those before begin in another text, or end in one.
            let before = |next: usize, place: usize| {
                let known = self.longer[next..].iter();
                next + known.take_while(|feature| (feature.index as usize) < *first + place).count()
            };
            known.start = before(known.end, words.start);
            known.end = before(known.start, words.start + all);
            oov += (all - known.len()) as u32;
        }
        oov
    }

    /// Finds the changes in a text, and returns how many are unknown.
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

    /// Adds to the logits what the words of a text give, and what was found beside them.
    fn add(
        &self,
        classifier: &Classifier,
        place: usize,
        counts: &mut Counts,
        sums: &mut [Products],
        logits: &mut [f64],
    ) {
        let vectorizer = self.vectorizer(classifier);
        let columns = vectorizer.vocabulary().len();
        counts.begin(columns);
        for Length { known, .. } in &self.lengths {
            counts.add(self.longer[known.clone()].iter().map(|feature| feature.column));
        }
        counts.add(self.changes.iter().copied());
        if let Some(&(end, _)) = self.cue_ends.get(place) {
            let start = place.checked_sub(1).map_or(0, |before| self.cue_ends[before].0);
            counts.add(self.cues[start..end].iter().copied());
        }
        let sums = sums.as_flattened_mut();
        counts.take(columns, |column, count| {
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
    }
}

#[inline]
fn add_products(products: &[Products], sums: &mut [Products]) {
    for (sums, products) in sums.iter_mut().zip(products) {
        for (sum, product) in sums.iter_mut().zip(products) {
            *sum += product;
        }
    }
}
