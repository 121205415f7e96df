//! Document frequencies from idf: the number of documents, and those with each feature.
//!
//! A model holds n and df, and its idf is `ln((1 + n) / (1 + df)) + 1` (`tfidf::idf`). scikit-learn
//! keeps only the idf. With N = 1 + n and D = 1 + df, N / D = exp(idf − 1) is known for each
//! feature, and the right N is one that makes every D an integer. Without smoothing, idf is `ln(n /
//! df) + 1`, for which N = n and D = df.

use undertone::tfidf::idf;

/// The most by which an idf may differ from the one given, in proportion: 32-bit floats can't tell
/// such numbers apart.
const TOLERANCE: f64 = 1e-7;

/// The highest D that is tried for the rarest feature: it is 1 + min_df, or a small multiple.
const MOST_TRIED: u32 = 1 << 16;

/// The number of documents n, and the document frequency of each feature; `None` if no numbers give
/// these weights.
pub(super) fn document_frequencies(given: &[f64]) -> Option<(u32, Vec<u32>)> {
    let rarest = given.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let largest_ratio = (rarest - 1.0).exp();
    if given.is_empty() {
        return Some((0, Vec::new()));
    }
    if !largest_ratio.is_finite() {
        return None;
    }
    // An N for each D of the rarest feature; in the end the largest N, which comes close to weights
    // that are of no n and df, or were rounded.
    let most = f64::from(u32::MAX) + 1.0;
    let tried = (1..=MOST_TRIED).map(|rarest| (f64::from(rarest) * largest_ratio).round());
    tried.take_while(|&total| total <= most).chain([most]).find_map(|total| solve(total, given))
}

/// The frequencies for an N, if every one is close to an integer.
fn solve(total: f64, given: &[f64]) -> Option<(u32, Vec<u32>)> {
    let documents = whole(total - 1.0)?;
    let frequencies = given.iter().map(|&given| {
        let frequency = whole((total / (given - 1.0).exp()).round() - 1.0)?;
        let close = (idf(documents, frequency) - given).abs() <= TOLERANCE * given.abs();
        close.then_some(frequency)
    });
    Some((documents, frequencies.collect::<Option<_>>()?))
}

/// A number rounded to an integer of at most 32 bits, if there is one.
fn whole(value: f64) -> Option<u32> {
    (0.0..=f64::from(u32::MAX)).contains(&value).then_some(value as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_the_weights_came_from() {
        for (documents, frequencies) in [
            (240, vec![1, 1, 2, 57, 240]),
            (4846, vec![5, 6, 7, 4000]),
            (1_000_003, vec![2, 3, 999_999]),
            (3, vec![0]),
        ] {
            let weights: Vec<f64> = frequencies.iter().map(|&df| idf(documents, df)).collect();
            let (found, of_each) = document_frequencies(&weights).unwrap();
            for (weight, df) in weights.iter().zip(&of_each) {
                assert!((idf(found, *df) - weight).abs() < 1e-12);
            }
            if frequencies.len() > 1 {
                assert_eq!((found, of_each), (documents, frequencies));
            }
        }
    }

    #[test]
    fn finds_them_without_smoothing_and_after_rounding() {
        let counts = [1u32, 2, 3, 17, 200];
        let unsmoothed = counts.map(|df| (200.0 / f64::from(df)).ln() + 1.0);
        let (documents, frequencies) = document_frequencies(&unsmoothed).unwrap();
        assert_eq!((documents, frequencies), (199, counts.map(|df| df - 1).into()));

        let rounded = counts.map(|df| f64::from(idf(5000, df) as f32));
        let (documents, frequencies) = document_frequencies(&rounded).unwrap();
        for (weight, df) in rounded.iter().zip(frequencies) {
            assert!((idf(documents, df) - weight).abs() <= TOLERANCE * weight);
        }
    }

    #[test]
    fn refuses_what_no_documents_give() {
        // 30 = ln(N / D) + 1 needs N far beyond 32 bits.
        assert!(document_frequencies(&[30.0, 1.0]).is_none());
        assert!(document_frequencies(&[f64::INFINITY]).is_none());
        assert!(document_frequencies(&[f64::NAN, 1.0]).is_none());
        assert_eq!(document_frequencies(&[]), Some((0, Vec::new())));
    }
}
