//! Documents → stratified folds.

use std::collections::HashMap;

use super::corpus::{Corpus, text_key};
use super::error::Error;

/// The fold, 0 to `folds` − 1, that each document belongs to: it is left out of the training part
/// of that fold, and tested there if its data set is tested. Documents of other data sets belong
/// to no fold, but for those whose text is tested.
///
/// Every fold gets nearly the same share of each label, and documents with the same text (but for
/// case and surrounding white space) are always together: a text that was learnt by heart proves
/// nothing. The seed decides everything else.
///
/// # Errors
/// [`Error::RareLabel`] when a label has fewer documents than there are folds.
pub fn stratified_folds(corpus: &Corpus, folds: u32, seed: u64) -> Result<Vec<Option<u32>>, Error> {
    let mut rows = vec![(0usize, 0usize); corpus.labels.len()];
    for (index, document) in corpus.documents.iter().enumerate().rev() {
        if !corpus.is_tested(index) {
            continue;
        }
        let (count, first) = &mut rows[document.label];
        *count += 1;
        *first = index;
    }
    for (label, &(count, first)) in rows.iter().enumerate() {
        if count > 0 && count < folds as usize {
            return Err(Error::RareLabel {
                place: corpus.label_place(first),
                label: corpus.labels[label].clone(),
                rows: count,
                folds,
            });
        }
    }

    // Tested texts in the order of their first document; each with the label of that document.
    let mut number_of: HashMap<String, usize> = HashMap::new();
    let mut texts: Vec<(usize, u64)> = Vec::new();
    for (index, document) in corpus.documents.iter().enumerate() {
        if corpus.is_tested(index) {
            number_of.entry(text_key(&document.text)).or_insert_with(|| {
                texts.push((document.label, random(seed, texts.len() as u64)));
                texts.len() - 1
            });
        }
    }
    let mut order: Vec<usize> = (0..texts.len()).collect();
    order.sort_by_key(|&text| texts[text]);
    // Dealt out in turn, label after label: the folds' sizes differ by one text at most.
    let mut fold_of = vec![0; texts.len()];
    for (fold, text) in (0..folds).cycle().zip(order) {
        fold_of[text] = fold;
    }
    let documents = corpus.documents.iter();
    let folds = documents.map(|document| Some(fold_of[*number_of.get(&text_key(&document.text))?]));
    Ok(folds.collect())
}

/// The documents that a fold's model is trained on, and those that it is tested on.
pub(super) fn fold_parts(
    corpus: &Corpus,
    fold_of: &[Option<u32>],
    fold: u32,
) -> (Vec<u32>, Vec<u32>) {
    let part = |wanted: &dyn Fn(usize) -> bool| {
        let all = 0..corpus.documents.len();
        all.filter(|&document| wanted(document)).map(|document| document as u32).collect()
    };
    let is_out = |document: usize| fold_of[document] == Some(fold);
    (
        part(&|document| !is_out(document)),
        part(&|document| is_out(document) && corpus.is_tested(document)),
    )
}

/// SplitMix64 (Steele, Lea and Flood 2014): the `index`-th number of a seed's sequence.
pub(super) fn random(seed: u64, index: u64) -> u64 {
    let mut z = seed.wrapping_add((index + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
