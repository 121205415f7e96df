//! Labels that differ in case or space alone: one label, as several hands have spelled it.

use super::order::order;

/// The key by which labels are compared: equal for labels that differ in case and white space
/// alone.
///
/// ```
/// use undertone::train::spellings::label_key;
///
/// assert_eq!(label_key("Very  Good "), label_key("very good"));
/// assert_ne!(label_key("good"), label_key("bad"));
/// ```
pub fn label_key(label: &str) -> String {
    label.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// The labels that differ from another one in case or space alone: for each such set their indices,
/// ascending.
///
/// ```
/// use undertone::train::spellings::alike;
///
/// assert_eq!(alike(["Good", "bad", "good"]), [[0, 2]]);
/// ```
pub fn alike<'a>(labels: impl IntoIterator<Item = &'a str>) -> Vec<Vec<usize>> {
    let keys: Vec<String> = labels.into_iter().map(label_key).collect();
    let key = |label: u32| &keys[label as usize];
    let sorted = order(keys.len(), &|one, other| key(one).cmp(key(other)));
    let sets = sorted.chunk_by(|&one, &other| key(one) == key(other));
    let several = sets.filter(|set| set.len() > 1);
    several.map(|set| set.iter().map(|&label| label as usize).collect()).collect()
}

/// The spelling that stands for each of several labels, as an index: of those that are alike the
/// one with most documents, the first of equals.
pub(super) fn kept_spellings(counts: &[(&str, u64)]) -> Vec<usize> {
    let mut kept: Vec<usize> = (0..counts.len()).collect();
    for set in alike(counts.iter().map(|(label, _)| *label)) {
        let rarest_last = |&&index: &&usize| (counts[index].1, std::cmp::Reverse(index));
        let best = set.iter().max_by_key(rarest_last).copied();
        for index in set {
            kept[index] = best.unwrap_or(index);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_frequent_spelling_stands_for_all_the_first_of_equals() {
        let counts = [("Down", 1), ("UP", 2), ("Up", 5), ("down", 1), ("flat", 9), ("up", 5)];
        assert_eq!(kept_spellings(&counts), [0, 2, 2, 0, 4, 2]);
        assert_eq!(alike(counts.map(|(label, _)| label)), [vec![0, 3], vec![1, 2, 5]]);
    }
}
