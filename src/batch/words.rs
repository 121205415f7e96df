//! Vectorizers of words: texts are cut together, and a word is looked up and weighed once.

use std::ops::Range;

use super::glossary::Glossary;
use crate::classifier::Classifier;
use crate::text::{AnalyzerKind, Texts, Tokens, Triggers, may_contain_change};
use crate::tfidf::{Counts, Scratch, Vectorizer};
use crate::vocabulary::{Known, KnownFeature};

/// What a classifier's vectorizers know of words. It holds for as long as the classifier's coefficients do.
#[derive(Debug)]
pub(crate) struct Words {
    groups: Vec<Group>,
}

/// Numbers that are added together.
const LANES: usize = 4;

/// Of a vectorizer: the square of a value, and for each class the product of the value and the
/// coefficient, in as many of these as it takes.
type Products = [f64; LANES];

/// So many vectorizers of single words at most have a group: a bit of a [`Fact`] each.
const MOST_READERS: usize = 32;

/// Vectorizers side by side that share a cut, and the texts that were cut last.
#[derive(Debug, Default)]
struct Group {
    readers: Vec<Reader>,
    /// How many of them read single words; they come first in a word's [`Products`].
    single: usize,
    /// [`Products`] for each reader.
    chunks: usize,
    /// Whether one of them reads cues.
    has_cues: bool,
    glossary: Glossary,
    /// Of each word of the glossary.
    facts: Vec<Fact>,
    /// Of each word and each reader of single words, in a text that has it once; 0 where it is unknown.
    products: Vec<Products>,
    tokens: Tokens,
    known: Known,
    texts: Vec<Text>,
    /// The numbers of their words.
    words: Vec<u16>,
    /// How often a text has each word, its number in place of a column.
    counts: Counts,
    sums: Vec<Products>,
    misses: Vec<u32>,
}

/// What is known of a word, whatever text it stands in.
#[derive(Debug, Clone, Copy, Default)]
struct Fact {
    /// A bit for each reader of single words that has a column for it.
    known: u32,
    /// The kinds of trigger words that it is.
    triggers: Triggers,
}

#[derive(Debug, Clone)]
struct Text {
    words: Range<usize>,
    /// Whether it is made of these and nothing else.
    is_cut: bool,
}

/// A vectorizer, and what it makes of several words.
#[derive(Debug, Default)]
struct Reader {
    /// Its place among the vectorizers.
    index: usize,
    first_column: u32,
    /// Its place among those that read single words.
    single: Option<usize>,
    /// The known n-grams of several words, numbered as if the texts were one: all of two words, then all of
    /// three, and so on.
    longer: Vec<KnownFeature>,
    lengths: Vec<Length>,
    /// The changes in a text, by their columns.
    changes: Vec<u32>,
    /// The cues of all texts, by their columns.
    cues: Vec<u32>,
    /// Of each text, where its cues end in that list, and how many others it has.
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

impl Words {
    pub(crate) fn new(classifier: &Classifier) -> Self {
        let mut groups: Vec<Vec<Reader>> = Vec::new();
        let mut first_column = 0;
        for (index, (vectorizer, cuts)) in
            classifier.vectorizers().iter().zip(classifier.cuts()).enumerate()
        {
            if *cuts {
                groups.push(Vec::new());
            }
            if let Some(readers) = groups.last_mut() {
                readers.push(Reader { index, first_column, ..Reader::default() });
            }
            first_column += vectorizer.vocabulary().len() as u32;
        }
        let groups = groups.into_iter().filter_map(|readers| Group::new(readers, classifier));
        Self { groups: groups.collect() }
    }

    /// Reads texts.
    pub(crate) fn read(&mut self, texts: Texts<'_>, classifier: &Classifier) {
        for group in &mut self.groups {
            group.read(texts, classifier);
        }
    }

    /// Adds to the logits of a text, one of those that were read last and by its place among them, in their
    /// order, what a vectorizer and those that share its cut give. Returns how many vectorizers that are: none
    /// where the text must be read by itself.
    pub(crate) fn add(
        &mut self,
        classifier: &Classifier,
        vectorizer: usize,
        text: (usize, &str),
        scratch: &mut Scratch,
        logits: &mut [f64],
    ) -> usize {
        let group = self.groups.iter_mut().find(|group| group.readers[0].index == vectorizer);
        group.map_or(0, |group| group.add(classifier, text, scratch, logits))
    }
}

impl Group {
    /// `None` where nothing is kept of words.
    fn new(mut readers: Vec<Reader>, classifier: &Classifier) -> Option<Self> {
        let mut single = 0;
        for reader in &mut readers {
            let settings = reader.vectorizer(classifier).analyzer().settings();
            if settings.kind == AnalyzerKind::Word && settings.ngrams.0 == 1 {
                reader.single = Some(single);
                single += 1;
            }
        }
        let analyzer = |reader: &Reader| reader.vectorizer(classifier).analyzer();
        let is_kept =
            single <= MOST_READERS && readers.iter().all(|reader| analyzer(reader).keeps_words());
        let has_cues = readers.iter().any(|reader| analyzer(reader).is_of_cues());
        is_kept.then(|| Self {
            single,
            chunks: (1 + classifier.labels().len()).div_ceil(LANES),
            has_cues,
            misses: vec![0; readers.len()],
            readers,
            ..Self::default()
        })
    }

    fn read(&mut self, texts: Texts<'_>, classifier: &Classifier) {
        let Self { readers, glossary, tokens, words, .. } = self;
        let analyzer = readers[0].vectorizer(classifier).analyzer();
        let cut = &mut self.texts;
        cut.clear();
        words.clear();
        analyzer.cut_texts(texts, tokens, |words, is_cut| cut.push(Text { words, is_cut }));
        // Each may add two entries.
        let most = 2 * tokens.words();
        if most > Glossary::MOST {
            cut.clear();
            return;
        }
        if glossary.len() + most > Glossary::MOST {
            glossary.clear();
            self.facts.clear();
            self.products.clear();
        }
        words.extend(tokens.keys().map(|key| {
            glossary.find(key).unwrap_or_else(|place| glossary.add(key, place, analyzer))
        }));
        let written = glossary.written();
        for word in &written[self.facts.len()..] {
            let mut fact = Fact { triggers: word.triggers, known: 0 };
            for reader in readers.iter() {
                let Some(single) = reader.single else { continue };
                let start = self.products.len();
                self.products.resize(start + self.chunks, Products::default());
                let vocabulary = reader.vectorizer(classifier).vocabulary();
                if let Some(column) = vocabulary.search(word.hash, word.bytes()) {
                    reader.products(classifier, column, 1, &mut self.products[start..]);
                    fact.known |= 1 << single;
                }
            }
            self.facts.push(fact);
        }
        tokens.write(words.iter().map(|&word| &written[usize::from(word)]));
        if self.has_cues {
            self.find_cues(texts, classifier);
        }
        for reader in &mut self.readers {
            reader.read(classifier, &mut self.tokens, &mut self.known);
        }
    }

    /// Finds the cues of the texts.
    fn find_cues(&mut self, texts: Texts<'_>, classifier: &Classifier) {
        let Self { readers, tokens, .. } = self;
        for reader in readers.iter_mut() {
            reader.cues.clear();
            reader.cue_ends.clear();
        }
        for Text { words, .. } in &self.texts {
            for reader in readers.iter_mut() {
                let vectorizer = &classifier.vectorizers()[reader.index];
                let (cues, mut misses) = (&mut reader.cues, 0);
                if vectorizer.analyzer().is_of_cues() {
                    let vocabulary = vectorizer.vocabulary();
                    tokens.each_cue(texts.joined, words.clone(), &mut |cue| match vocabulary
                        .column(cue)
                    {
                        Some(column) => cues.push(column),
                        None => misses += 1,
                    });
                }
                reader.cue_ends.push((cues.len(), misses));
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
        let Some(Text { words, is_cut: true }) = self.texts.get(place).cloned() else { return 0 };
        let triggers = self.count(words.clone());
        let may_contain_change = may_contain_change(triggers, text);
        let (single, chunks) = (self.single, self.chunks);
        self.sums.clear();
        self.sums.resize(self.readers.len() * chunks, Products::default());
        // Those of single words come first.
        let sums_of = |reader: &Reader, others: &mut usize| match reader.single {
            Some(place) => place * chunks,
            None => {
                *others += chunks;
                *others - chunks
            }
        };
        let mut others = single * chunks;
        for reader in &mut self.readers {
            let mut misses = reader.single.map_or(0, |place| self.misses[place]);
            misses += reader.find(words.clone());
            reader.changes.clear();
            if may_contain_change {
                misses += reader.find_changes(classifier, text, &mut scratch.tokens);
            }
            misses += reader.cue_ends.get(place).map_or(0, |&(_, misses)| misses);
            let weighting = reader.vectorizer(classifier).weighting();
            let sums = sums_of(reader, &mut others);
            self.sums[sums][0] = weighting.unknown_squares(misses);
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
                let written = &self.glossary.written()[word as usize];
                let count = self.counts.of(word);
                let readers =
                    self.readers.iter().filter_map(|reader| Some((reader, reader.single?)));
                for (reader, place) in readers {
                    let start = word as usize * stride + place * chunks;
                    let mut products = &self.products[start..start + chunks];
                    if count > 1 && self.facts[word as usize].known >> place & 1 == 1 {
                        let vocabulary = reader.vectorizer(classifier).vocabulary();
                        if let Some(column) = vocabulary.search(written.hash, written.bytes()) {
                            again.fill(Products::default());
                            reader.products(classifier, column, count, &mut again);
                            products = &again;
                        }
                    }
                    add_products(products, &mut self.sums[place * chunks..][..chunks]);
                }
            }
        }
        let mut others = single * chunks;
        for reader in &self.readers {
            let start = sums_of(reader, &mut others);
            let sums = &mut self.sums[start..start + chunks];
            reader.add(classifier, place, &mut scratch.counts, sums, logits);
        }
        self.readers.len()
    }

    /// Counts the words of a text, and those of them that each reader of single words doesn't know.
    /// Returns the kinds of trigger words among them.
    fn count(&mut self, words: Range<usize>) -> Triggers {
        let Self { facts, misses, single, counts, .. } = self;
        let misses = &mut misses[..*single];
        misses.fill(0);
        counts.begin(facts.len());
        let mut triggers = Triggers::default();
        counts.add(self.words[words].iter().map(|&word| {
            let fact = &facts[usize::from(word)];
            triggers |= fact.triggers;
            for (place, misses) in misses.iter_mut().enumerate() {
                *misses += !(fact.known >> place) & 1;
            }
            word.into()
        }));
        triggers
    }
}

impl Reader {
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
    fn read(&mut self, classifier: &Classifier, tokens: &mut Tokens, known: &mut Known) {
        let vectorizer = self.vectorizer(classifier);
        let (fewest, most) = vectorizer.analyzer().settings().ngrams;
        self.longer.clear();
        self.lengths.clear();
        if most < 2 || vectorizer.analyzer().is_of_cues() {
            return;
        }
        let words = tokens.words();
        let mut first = 0;
        vectorizer.analyzer().read_longer(tokens, &mut |tokens, ngrams| {
            vectorizer.vocabulary().find(tokens, ngrams, known);
            self.longer.extend(known.features().iter().map(|feature| KnownFeature {
                index: feature.index + first,
                column: feature.column,
            }));
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
        let mut misses = 0;
        for Length { words: length, first, known } in &mut self.lengths {
            let all = (words.len() + 1).saturating_sub(*length);
            // Those before begin in another text, or end in one.
            let before = |next: usize, place: usize| {
                let known = self.longer[next..].iter();
                next + known.take_while(|feature| (feature.index as usize) < *first + place).count()
            };
            known.start = before(known.end, words.start);
            known.end = before(known.start, words.start + all);
            misses += (all - known.len()) as u32;
        }
        misses
    }

    /// Finds the changes in a text, and returns how many are unknown.
    #[inline(never)]
    fn find_changes(&mut self, classifier: &Classifier, text: &str, tokens: &mut Tokens) -> u32 {
        let vectorizer = self.vectorizer(classifier);
        let mut misses = 0;
        if vectorizer.analyzer().settings().changes {
            vectorizer.analyzer().each_change(text, tokens, &mut |change| match vectorizer
                .vocabulary()
                .column(change)
            {
                Some(column) => self.changes.push(column),
                None => misses += 1,
            });
        }
        misses
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
