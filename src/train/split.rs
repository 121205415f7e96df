//! Documents → folds of cross-validation.

use std::collections::HashMap;

use super::corpus::{Corpus, text_key};
use super::error::Error;
use super::order::{order, sort};
use super::spellings::label_key;

/// Which documents a model is tested on in each fold, and which it is trained on.
#[derive(Debug)]
pub(crate) struct Folds {
    /// The fold in which each document is tested; `None` for documents of sets that are not tested.
    tested_in: Vec<Option<u32>>,
    /// For each document the number of its kin, the documents that belong together with it.
    kin: Vec<usize>,
    /// For each number of kin the folds in which one of the documents is tested, ascending.
    folds_of: Vec<Vec<u32>>,
}

impl Folds {
    /// Deals the tested documents out to `folds` folds.
    ///
    /// Documents with the same text (but for case and surrounding white space) or the same group
    /// belong together, whichever set they are of: where one is tested, none of the others is
    /// trained on, since a memorised text proves nothing. Without a column of folds they are also
    /// tested together, and every fold gets nearly the same share of each label. With a column of
    /// folds, documents with the same value are tested together, and every fold gets nearly as many
    /// documents. The seed decides everything else.
    ///
    /// # Errors
    /// [`Error::RareLabel`] when a label has fewer documents than there are folds.
    pub(crate) fn new(corpus: &Corpus, folds: u32, seed: u64) -> Result<Self, Error> {
        check_labels(corpus, folds)?;
        let kin = kin(corpus);
        // The units that are dealt out, in the order of their first documents.
        let mut number_of: HashMap<(Option<&str>, usize), usize> = HashMap::new();
        let mut units: Vec<Unit> = Vec::new();
        let strata = strata(corpus);
        let mut unit_of = vec![None; corpus.documents.len()];
        for (index, document) in corpus.documents.iter().enumerate() {
            if !corpus.is_tested(index) {
                continue;
            }
            let key = match &document.fold[..] {
                "" => (None, kin[index]),
                fold => (Some(fold), 0),
            };
            let number = *number_of.entry(key).or_insert_with(|| {
                let order = (strata[index], random(seed, units.len() as u64));
                units.push(Unit { is_named: key.0.is_some(), order, documents: 0 });
                units.len() - 1
            });
            units[number].documents += 1;
            unit_of[index] = Some(number);
        }
        let fold_of_unit = deal(&units, folds);
        let tested_in: Vec<Option<u32>> =
            unit_of.iter().map(|unit| Some(fold_of_unit[(*unit)?])).collect();
        let mut folds_of = vec![Vec::new(); kin.iter().max().map_or(0, |most| most + 1)];
        for (kin, fold) in kin.iter().zip(&tested_in) {
            folds_of[*kin].extend(*fold);
        }
        for folds in &mut folds_of {
            folds.sort_unstable();
            folds.dedup();
        }
        Ok(Self { tested_in, kin, folds_of })
    }

    /// The documents that a fold's model is trained on, and those that it is tested on.
    pub(crate) fn parts(&self, fold: u32) -> (Vec<u32>, Vec<u32>) {
        let part = |wanted: &dyn Fn(usize) -> bool| {
            let all = 0..self.tested_in.len();
            all.filter(|&document| wanted(document)).map(|document| document as u32).collect()
        };
        (
            part(&|document| !self.folds_of[self.kin[document]].contains(&fold)),
            part(&|document| self.tested_in[document] == Some(fold)),
        )
    }
}

/// Documents that are tested together, in one fold.
struct Unit {
    /// Whether a column of folds names the unit.
    is_named: bool,
    /// The sort key: the stratum of the first document, then a random number.
    order: (usize, u64),
    /// The number of documents.
    documents: usize,
}

/// The fold of each unit. Named units come first, the largest before others, each to the fold with
/// fewest documents so far. The others are dealt in turn, label after label, so that the numbers of
/// units in the folds differ by at most one.
fn deal(units: &[Unit], folds: u32) -> Vec<u32> {
    let mut fold_of = vec![0; units.len()];
    let of = |unit: u32| &units[unit as usize];
    let dealt = order(units.len(), &|one, other| of(one).order.cmp(&of(other).order));
    let (mut named, others): (Vec<u32>, Vec<u32>) =
        dealt.into_iter().partition(|&unit| of(unit).is_named);
    sort(&mut named, &|one, other| of(other).documents.cmp(&of(one).documents));
    let mut documents = vec![0; folds as usize];
    for unit in named {
        let unit = unit as usize;
        let emptiest = (0..folds).min_by_key(|&fold| documents[fold as usize]).unwrap_or_default();
        documents[emptiest as usize] += units[unit].documents;
        fold_of[unit] = emptiest;
    }
    for (fold, unit) in (0..folds).cycle().zip(others) {
        fold_of[unit as usize] = fold;
    }
    fold_of
}

/// The stratum of each document, of which every fold gets nearly the same share: its label, or the
/// set of its labels.
fn strata(corpus: &Corpus) -> Vec<usize> {
    #[cfg(feature = "train")]
    if corpus.has_several {
        return sets_of_labels(corpus);
    }
    corpus.classes()
}

/// The set of labels of each document that may have several. Sets are ordered by their rarest
/// label, then by the next: so a label's documents stand together in the order in which they are
/// dealt, the better the rarer it is (as Sechidis, Tsoumakas and Vlahavas 2011 deal the rarest
/// label first).
#[cfg(feature = "train")]
fn sets_of_labels(corpus: &Corpus) -> Vec<usize> {
    let counts = corpus.label_counts();
    let keys: Vec<Vec<(u64, usize)>> = (0..corpus.documents.len())
        .map(|document| {
            let labels = corpus.labels_of(document).iter();
            let mut key: Vec<_> = labels.map(|&label| (counts[label].1, label)).collect();
            key.sort_unstable();
            key
        })
        .collect();
    let mut sets: Vec<_> = keys.iter().collect();
    sets.sort_unstable();
    sets.dedup();
    keys.iter().map(|key| sets.binary_search(&key).unwrap_or_default()).collect()
}

/// Checks that no label has fewer documents than there are folds.
fn check_labels(corpus: &Corpus, folds: u32) -> Result<(), Error> {
    let mut rows = vec![(0usize, 0usize); corpus.labels.len()];
    for index in (0..corpus.documents.len()).rev() {
        if !corpus.is_tested(index) {
            continue;
        }
        for &label in corpus.labels_of(index) {
            let (count, first) = &mut rows[label];
            *count += 1;
            *first = index;
        }
    }
    for (label, &(count, first)) in rows.iter().enumerate() {
        if count > 0 && count < folds as usize {
            return Err(Error::RareLabel {
                place: corpus.label_place(first),
                label: corpus.labels[label].clone(),
                rows: count,
                folds,
                like: other_spelling(&corpus.labels, label),
            });
        }
    }
    Ok(())
}

/// Another label that differs from this one in case or space alone.
fn other_spelling(labels: &[String], label: usize) -> Option<String> {
    let key = label_key(&labels[label]);
    let mut others = labels.iter().enumerate();
    let like = others.find(|(other, name)| *other != label && label_key(name) == key)?;
    Some(like.1.clone())
}

/// The number of kin of each document: documents that belong together have the same number. Numbers
/// are in the order of first documents.
fn kin(corpus: &Corpus) -> Vec<usize> {
    // Union-find: an earlier document that each is known to belong together with, or itself.
    let mut first: Vec<usize> = (0..corpus.documents.len()).collect();
    fn root(first: &mut [usize], mut document: usize) -> usize {
        while first[document] != document {
            first[document] = first[first[document]];
            document = first[document];
        }
        document
    }
    let mut seen: HashMap<Result<String, u32>, usize> = HashMap::new();
    for (index, document) in corpus.documents.iter().enumerate() {
        let keys = [Some(Ok(text_key(&document.text))), document.group.map(Err)];
        for key in keys.into_iter().flatten() {
            let other = *seen.entry(key).or_insert(index);
            let (one, other) = (root(&mut first, index), root(&mut first, other));
            first[one.max(other)] = one.min(other);
        }
    }
    let mut numbers = HashMap::new();
    (0..first.len())
        .map(|document| {
            let next = numbers.len();
            *numbers.entry(root(&mut first, document)).or_insert(next)
        })
        .collect()
}

/// SplitMix64 (Steele, Lea and Flood 2014): the `index`-th number of a seed's sequence.
pub(super) fn random(seed: u64, index: u64) -> u64 {
    let mut z = seed.wrapping_add((index + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::corpus::Document;

    /// Documents of one set, tested: text, label, group and fold.
    fn corpus(rows: &[(&str, usize, Option<u32>, &str)]) -> Corpus {
        let file = tempfile::NamedTempFile::new().unwrap();
        let header = "text,label,source\n".to_owned();
        let lines = rows.iter().map(|(text, label, _, fold)| format!("{text},{label},{fold}\n"));
        std::fs::write(file.path(), header + &lines.collect::<String>()).unwrap();
        let source = crate::train::recipe::DataSource {
            path: file.path().to_owned(),
            fold_column: "source".to_owned(),
            ..Default::default()
        };
        let mut corpus = Corpus::read(&[source]).unwrap();
        for (Document { group, .. }, row) in corpus.documents.iter_mut().zip(rows) {
            *group = row.2;
        }
        corpus
    }

    #[test]
    fn nothing_is_trained_on_that_belongs_to_what_is_tested() {
        let rows = [
            ("a one", 0, Some(7), "x"),
            ("a two", 1, Some(7), "y"),
            ("b", 0, None, "x"),
            ("B ", 1, None, "z"),
            ("c", 1, None, "x"),
            ("d", 0, None, "y"),
            ("e", 1, None, "z"),
            ("f", 0, None, "z"),
        ];
        let corpus = corpus(&rows);
        let folds = Folds::new(&corpus, 2, 1).unwrap();
        let mut tested_in_all = Vec::new();
        for fold in 0..2 {
            let (training, tested) = folds.parts(fold);
            let source = |&document: &u32| rows[document as usize].3;
            for document in &tested {
                // Sources stay together.
                assert!(training.iter().all(|other| source(other) != source(document)));
            }
            let has = |documents: &[u32], one: u32| documents.contains(&one);
            for [one, other] in [[0, 1], [2, 3]] {
                let is_apart = |one, other| has(&tested, one) && has(&training, other);
                assert!(!is_apart(one, other) && !is_apart(other, one), "{one} {other}");
            }
            tested_in_all.extend(tested);
        }
        tested_in_all.sort_unstable();
        assert_eq!(tested_in_all, [0, 1, 2, 3, 4, 5, 6, 7]);
    }

    #[test]
    fn without_sources_what_belongs_together_is_tested_together() {
        let rows: Vec<(String, usize)> = (0..40).map(|n| (format!("text {n}"), n % 2)).collect();
        let rows: Vec<_> = rows
            .iter()
            .enumerate()
            .map(|(n, (text, label))| (text.as_str(), *label, Some(n as u32 / 4), ""))
            .collect();
        let corpus = corpus(&rows);
        let folds = Folds::new(&corpus, 5, 1).unwrap();
        for fold in 0..5 {
            let (training, tested) = folds.parts(fold);
            assert_eq!((training.len(), tested.len()), (32, 8));
            let group = |document: &u32| document / 4;
            assert!(
                tested.iter().all(|one| training.iter().all(|other| group(one) != group(other)))
            );
        }
    }
}
