//! Vectorizers of words: texts are cut together, and a word is looked up and weighed once.

use std::ops::Range;

use super::glossary::Glossary;
use crate::classifier::Classifier;
use crate::text::{Hints, Texts, Tokens, WrittenWord, may_tell};
use crate::tfidf::{Counts, Scratch, Vectorizer};
use crate::vocabulary::{Known, KnownFeature};

/// What a classifier's vectorizers know of words. It holds for as long as the classifier's coefficients do.
#[derive(Debug)]
pub(crate) struct Words {
    groups: Vec<Group>,
}

/// So many vectorizers at most have a group.
const READERS: usize = 2;

/// One more than the most classes.
const LANES: usize = 4;

/// The square of a value, and for each class the product of the value and the coefficient.
type Products = [f64; LANES];

/// Vectorizers side by side that share a cut, and the texts that were cut last.
#[derive(Debug, Default)]
struct Group {
    readers: Vec<Reader>,
    glossary: Glossary,
    /// Of each word of the glossary.
    facts: Vec<Fact>,
    tokens: Tokens,
    known: Known,
    texts: Vec<Text>,
    /// The numbers of their words.
    words: Vec<u16>,
    /// How often a text has each word, its number in place of a column.
    counts: Counts,
}

/// What is known of a word, whatever text it stands in.
#[derive(Debug, Default)]
struct Fact {
    /// For each reader, in a text that has it once; 0 where it is unknown.
    products: [Products; READERS],
    /// For each reader.
    columns: [Option<u32>; READERS],
    /// 1 for each reader that has no column for it, [`MISS_BITS`] apart.
    misses: u32,
    hints: Hints,
}

/// A text has fewer words.
const MISS_BITS: u32 = 16;

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
    /// The known n-grams of several words, numbered as if the texts were one: all of two words, then all of
    /// three, and so on.
    longer: Vec<KnownFeature>,
    lengths: Vec<Length>,
    /// The changes that a text tells, by their columns.
    changes: Vec<u32>,
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
        groups.retain(|readers| {
            let mut vectorizers = readers.iter().map(|reader| reader.vectorizer(classifier));
            readers.len() <= READERS
                && classifier.labels().len() < LANES
                && vectorizers.all(|vectorizer| vectorizer.analyzer().keeps_words())
        });
        let groups = groups.into_iter().map(|readers| Group { readers, ..Group::default() });
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
        }
        words.extend(tokens.keys().map(|key| {
            glossary.find(key).unwrap_or_else(|place| glossary.add(key, place, analyzer))
        }));
        let written = glossary.written();
        for word in &written[self.facts.len()..] {
            self.facts.push(Fact::new(word, readers, classifier));
        }
        tokens.write(words.iter().map(|&word| &written[usize::from(word)]));
        for reader in readers {
            reader.read(classifier, tokens, &mut self.known);
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
        let (mut misses, hints) = self.count(words.clone());
        let tells = may_tell(hints, text);
        let mut sums = [[0.0; LANES]; READERS];
        for (reader, sums) in self.readers.iter_mut().zip(&mut sums) {
            let mut misses_here = misses % (1 << MISS_BITS);
            misses >>= MISS_BITS;
            misses_here += reader.find(words.clone());
            reader.changes.clear();
            if tells {
                misses_here += reader.find_changes(classifier, text, &mut scratch.tokens);
            }
            sums[0] = reader.vectorizer(classifier).weighting().unknown_squares(misses_here);
        }
        let distinct = self.counts.columns();
        if distinct.len() == words.len() {
            // Most texts have no word twice.
            for &word in distinct {
                let fact = &self.facts[word as usize];
                for (sums, products) in sums.iter_mut().zip(&fact.products) {
                    add_products(products, sums);
                }
            }
        } else {
            for &word in distinct {
                let fact = &self.facts[word as usize];
                let count = self.counts.of(word);
                for ((reader, sums), (products, column)) in
                    self.readers.iter().zip(&mut sums).zip(fact.products.iter().zip(fact.columns))
                {
                    match column {
                        Some(column) if count > 1 => {
                            add_products(&reader.products(classifier, column, count), sums);
                        }
                        _ => add_products(products, sums),
                    }
                }
            }
        }
        for (reader, sums) in self.readers.iter().zip(&mut sums) {
            reader.add(classifier, &mut scratch.counts, sums, logits);
        }
        self.readers.len()
    }

    /// Counts the words of a text. Returns how many are unknown and what they may mean, as a [`Fact`] does.
    fn count(&mut self, words: Range<usize>) -> (u32, Hints) {
        let (mut misses, mut hints) = (0, 0);
        self.counts.begin(self.facts.len());
        self.counts.add(self.words[words].iter().map(|&word| {
            let fact = &self.facts[usize::from(word)];
            misses += fact.misses;
            hints |= fact.hints;
            word.into()
        }));
        (misses, hints)
    }
}

impl Fact {
    fn new(word: &WrittenWord, readers: &[Reader], classifier: &Classifier) -> Self {
        let mut fact = Self { hints: word.hints, ..Self::default() };
        for (place, reader) in readers.iter().enumerate() {
            let vectorizer = reader.vectorizer(classifier);
            if vectorizer.analyzer().settings().ngrams.0 > 1 {
                continue;
            }
            let column = vectorizer.vocabulary().search(word.hash, word.bytes());
            fact.columns[place] = column;
            match column {
                Some(column) => fact.products[place] = reader.products(classifier, column, 1),
                None => fact.misses |= 1 << (place as u32 * MISS_BITS),
            }
        }
        fact
    }
}

impl Reader {
    fn vectorizer<'a>(&self, classifier: &'a Classifier) -> &'a Vectorizer {
        &classifier.vectorizers()[self.index]
    }

    /// Of a feature that a text has so many times.
    fn products(&self, classifier: &Classifier, column: u32, count: u32) -> Products {
        let value = self.vectorizer(classifier).value(column, count);
        let mut products = [0.0; LANES];
        products[0] = value * value;
        let weights = classifier.weights(self.first_column + column);
        for (product, weight) in products[1..].iter_mut().zip(weights) {
            *product = value * f64::from(*weight);
        }
        products
    }

    /// Reads the n-grams of several words off texts.
    fn read(&mut self, classifier: &Classifier, tokens: &mut Tokens, known: &mut Known) {
        let vectorizer = self.vectorizer(classifier);
        let (fewest, most) = vectorizer.analyzer().settings().ngrams;
        self.longer.clear();
        self.lengths.clear();
        if most < 2 {
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

    /// Finds the changes that a text tells, and returns how many are unknown.
    #[inline(never)]
    fn find_changes(&mut self, classifier: &Classifier, text: &str, tokens: &mut Tokens) -> u32 {
        let vectorizer = self.vectorizer(classifier);
        let mut misses = 0;
        if vectorizer.analyzer().settings().changes {
            vectorizer.analyzer().each_change(text, tokens, &mut |change| match vectorizer
                .vocabulary()
                .column(&change.into())
            {
                Some(column) => self.changes.push(column),
                None => misses += 1,
            });
        }
        misses
    }

    /// Adds to the logits what the words give, and what was found beside them.
    fn add(
        &self,
        classifier: &Classifier,
        counts: &mut Counts,
        sums: &mut Products,
        logits: &mut [f64],
    ) {
        let vectorizer = self.vectorizer(classifier);
        let columns = vectorizer.vocabulary().len();
        counts.begin(columns);
        for Length { known, .. } in &self.lengths {
            counts.add(self.longer[known.clone()].iter().map(|feature| feature.column));
        }
        counts.add(self.changes.iter().copied());
        counts.take(columns, |column, count| {
            add_products(&self.products(classifier, column, count), sums);
        });
        let factor = vectorizer.weighting().factor(sums[0]);
        for (logit, sum) in logits.iter_mut().zip(&sums[1..]) {
            *logit += factor * sum;
        }
    }
}

#[inline]
fn add_products(products: &Products, sums: &mut Products) {
    for (sum, product) in sums.iter_mut().zip(products) {
        *sum += product;
    }
}
