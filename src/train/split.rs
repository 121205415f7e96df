//! Documents → stratified folds.

use std::collections::HashMap;

use super::corpus::Corpus;
use super::error::Error;

/// The fold, 0 to `folds` − 1, that each document is tested in.
///
/// Every fold gets nearly the same share of each label, and documents with the same text (but for
/// case and surrounding white space) are always together: a text that was learnt by heart proves
/// nothing. The seed decides everything else.
///
/// # Errors
/// [`Error::RareLabel`] when a label has fewer documents than there are folds.
pub fn stratified_folds(corpus: &Corpus, folds: u32, seed: u64) -> Result<Vec<u32>, Error> {
    let mut rows = vec![(0usize, 0usize); corpus.labels.len()];
    for (index, document) in corpus.documents.iter().enumerate().rev() {
        let (count, first) = &mut rows[document.label];
        *count += 1;
        *first = index;
    }
    for (label, &(count, first)) in rows.iter().enumerate() {
        if count < folds as usize {
            return Err(Error::RareLabel {
                place: corpus.label_place(first),
                label: corpus.labels[label].clone(),
                rows: count,
                folds,
            });
        }
    }

    // Texts in the order of their first document; each with the label of that document.
    let mut number_of: HashMap<String, usize> = HashMap::new();
    let mut texts: Vec<(usize, u64)> = Vec::new();
    let mut text_of: Vec<usize> = Vec::with_capacity(corpus.documents.len());
    for document in &corpus.documents {
        let next = texts.len();
        let number = *number_of.entry(document.text.trim().to_lowercase()).or_insert(next);
        if number == next {
            texts.push((document.label, random(seed, next as u64)));
        }
        text_of.push(number);
    }
    let mut order: Vec<usize> = (0..texts.len()).collect();
    order.sort_by_key(|&text| texts[text]);
    // Dealt out in turn, label after label: the folds' sizes differ by one at most.
    let mut fold_of = vec![0; texts.len()];
    for (fold, text) in (0..folds).cycle().zip(order) {
        fold_of[text] = fold;
    }
    Ok(text_of.into_iter().map(|text| fold_of[text]).collect())
}

/// SplitMix64 (Steele, Lea and Flood 2014): the `index`-th number of a seed's sequence.
fn random(seed: u64, index: u64) -> u64 {
    let mut z = seed.wrapping_add((index + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
