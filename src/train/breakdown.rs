//! Scores of parts of the data, and of groups of texts that belong together.
//!
//! A group holds variants of one text: a minimal pair, whose labels differ, or the same news under
//! other names. A model has understood the group when all predictions are right; it is invariant to
//! changes that should not matter when all are the same (Ribeiro et al. 2020, "CheckList").

use std::collections::BTreeMap;

use serde::Serialize;

use super::metrics::share;

/// Scores of labelled lines by the values of a column, and in total.
///
/// ```
/// use undertone::train::breakdown::{Breakdown, Column, Lines};
///
/// let lines = Lines { truth: &[0, 1, 1], predicted: &[0, 1, 0], files: &[0, 0, 0] };
/// let sources = ["wire", "wire", "blog"].map(str::to_owned);
/// let by = Column { name: "source", values: &sources };
/// let breakdown = Breakdown::measure(lines, Some(by), None);
/// assert_eq!(breakdown.parts[1].value, "wire");
/// assert_eq!(breakdown.parts[1].scores.accuracy, 1.0);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Breakdown {
    /// The name of the column whose values make the parts; `None` if there is only the total.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// The name of the column whose equal values form groups; `None` if there are no groups.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// The part of each value: in numeric order if all values are numbers, otherwise in byte order.
    pub parts: Vec<Part>,
    /// The scores of all lines.
    pub total: Scores,
}

/// The lines that share a value, with their scores.
///
/// ```
/// use undertone::train::breakdown::{Breakdown, Column, Lines, Part};
///
/// let lines = Lines { truth: &[0, 1], predicted: &[0, 0], files: &[0, 0] };
/// let years = ["2025", "2026"].map(str::to_owned);
/// let by = Column { name: "year", values: &years };
/// let [Part { value, scores }, _] = &Breakdown::measure(lines, Some(by), None).parts[..] else {
///     unreachable!("one part for each of two years")
/// };
/// assert_eq!((value.as_str(), scores.accuracy), ("2025", 1.0));
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Part {
    /// The value.
    pub value: String,
    /// The scores of the lines.
    #[serde(flatten)]
    pub scores: Scores,
}

/// Scores of some lines.
///
/// ```
/// use undertone::train::breakdown::{Breakdown, Lines};
///
/// let lines = Lines { truth: &[0, 1, 1, 0], predicted: &[0, 1, 0, 0], files: &[0; 4] };
/// let scores = Breakdown::measure(lines, None, None).total;
/// assert_eq!((scores.lines, scores.accuracy, scores.groups), (4, 0.75, None));
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Scores {
    /// The number of lines.
    pub lines: u64,
    /// The share of lines whose most probable class is right, 0 to 1.
    pub accuracy: f64,
    /// The scores of the groups; `None` if no column of groups was given.
    #[serde(flatten)]
    pub groups: Option<GroupScores>,
}

/// Scores of the groups that some lines form.
///
/// ```
/// use undertone::train::breakdown::{Breakdown, Column, Lines};
///
/// // Two variants of one text, and two of another: one variant is mistaken.
/// let lines = Lines { truth: &[0, 0, 1, 1], predicted: &[0, 0, 1, 0], files: &[0; 4] };
/// let pairs = ["a", "a", "b", "b"].map(str::to_owned);
/// let group = Column { name: "pair", values: &pairs };
/// let groups = Breakdown::measure(lines, None, Some(group)).total.groups.unwrap();
/// assert_eq!((groups.groups_right, groups.invariance), (Some(0.5), Some(0.5)));
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GroupScores {
    /// The number of groups.
    pub groups: u64,
    /// The share of groups whose lines are all right, 0 to 1; `None` without groups.
    pub groups_right: Option<f64>,
    /// The number of groups whose lines all have the same right label.
    pub one_label_groups: u64,
    /// The share of one-label groups whose lines all get the same prediction, 0 to 1; `None`
    /// without such groups.
    pub invariance: Option<f64>,
}

/// A column, and its value in each of n lines.
///
/// ```
/// use undertone::train::breakdown::Column;
///
/// let sources = ["wire", "blog"].map(str::to_owned);
/// let column = Column { name: "source", values: &sources };
/// assert_eq!(column.values[1], "blog");
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Column<'a> {
    /// The name of the column.
    pub name: &'a str,
    /// The values, n.
    pub values: &'a [String],
}

/// Labelled lines to score: right classes, predicted classes and files, n each.
///
/// ```
/// use undertone::train::breakdown::{Breakdown, Lines};
///
/// let lines = Lines { truth: &[2, 1], predicted: &[2, 0], files: &[0, 0] };
/// assert_eq!(Breakdown::measure(lines, None, None).total.accuracy, 0.5);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Lines<'a> {
    /// The right classes.
    pub truth: &'a [usize],
    /// The predicted classes.
    pub predicted: &'a [usize],
    /// The number of the file that each line is from.
    pub files: &'a [usize],
}

impl Breakdown {
    /// Scores lines, by the values of the column `by` if there is one.
    ///
    /// Lines of one file with the same value in the column `group` form a group; those where it is
    /// empty are in no group. A group with lines in several parts counts in each of them with the
    /// lines that it has there, and once in the total.
    pub fn measure(lines: Lines<'_>, by: Option<Column<'_>>, group: Option<Column<'_>>) -> Self {
        let everything: Vec<usize> = (0..lines.truth.len()).collect();
        let mut values: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        if let Some(by) = by {
            for (line, value) in by.values.iter().enumerate() {
                values.entry(value).or_default().push(line);
            }
        }
        let mut values: Vec<(&str, Vec<usize>)> = values.into_iter().collect();
        let numbers: Option<Vec<f64>> = values.iter().map(|(value, _)| number(value)).collect();
        if numbers.is_some() {
            // Stable: 1 and 1.0 stay in byte order.
            values.sort_by(|(one, _), (other, _)| {
                let [one, other] = [one, other].map(|value| number(value).unwrap_or_default());
                one.total_cmp(&other)
            });
        }
        let part = |(value, members): (&str, Vec<usize>)| Part {
            value: value.to_owned(),
            scores: lines.score(&members, group),
        };
        Self {
            by: by.map(|column| column.name.to_owned()),
            group: group.map(|column| column.name.to_owned()),
            parts: values.into_iter().map(part).collect(),
            total: lines.score(&everything, group),
        }
    }
}

/// A value as a finite number, if it is one.
fn number(value: &str) -> Option<f64> {
    value.parse().ok().filter(|number: &f64| number.is_finite())
}

impl Lines<'_> {
    /// Whether the prediction of a line is right.
    fn is_right(&self, line: usize) -> bool {
        self.truth[line] == self.predicted[line]
    }

    /// The scores of the lines `members`.
    fn score(&self, members: &[usize], group: Option<Column<'_>>) -> Scores {
        let right = members.iter().filter(|&&line| self.is_right(line)).count();
        Scores {
            lines: members.len() as u64,
            accuracy: share(right as u64, members.len() as u64),
            groups: group.map(|column| self.score_groups(members, column)),
        }
    }

    /// The scores of the groups that the lines `members` form.
    fn score_groups(&self, members: &[usize], group: Column<'_>) -> GroupScores {
        let mut groups: BTreeMap<(usize, &str), Vec<usize>> = BTreeMap::new();
        for &line in members.iter().filter(|&&line| !group.values[line].is_empty()) {
            groups.entry((self.files[line], &group.values[line])).or_default().push(line);
        }
        let (mut right, mut one_label, mut one_answer) = (0, 0, 0);
        for lines in groups.values() {
            right += u64::from(lines.iter().all(|&line| self.is_right(line)));
            if all_equal(lines, self.truth) {
                one_label += 1;
                one_answer += u64::from(all_equal(lines, self.predicted));
            }
        }
        let of = |part, whole| (whole > 0).then(|| share(part, whole));
        GroupScores {
            groups: groups.len() as u64,
            groups_right: of(right, groups.len() as u64),
            one_label_groups: one_label,
            invariance: of(one_answer, one_label),
        }
    }
}

/// Whether all lines have the same class.
fn all_equal(lines: &[usize], classes: &[usize]) -> bool {
    lines.windows(2).all(|pair| classes[pair[0]] == classes[pair[1]])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strings(values: &[&str]) -> Vec<String> {
        values.iter().map(|&value| value.to_owned()).collect()
    }

    /// The values of a breakdown by `values`, with the lines of each.
    fn order(values: &[&str]) -> Vec<(String, u64)> {
        let classes = vec![0; values.len()];
        let lines = Lines { truth: &classes, predicted: &classes, files: &classes };
        let values = strings(values);
        let by = Column { name: "by", values: &values };
        let breakdown = Breakdown::measure(lines, Some(by), None);
        breakdown.parts.into_iter().map(|part| (part.value, part.scores.lines)).collect()
    }

    #[test]
    fn values_are_in_numeric_order_where_all_are_numbers() {
        let found = order(&["10", "9", "-1", "1.5", "9"]);
        let expected = [("-1", 1), ("1.5", 1), ("9", 2), ("10", 1)];
        assert_eq!(found, expected.map(|(value, lines)| (value.to_owned(), lines)));
        let found = order(&["10", "9", "b", "B", ""]);
        let expected = ["", "10", "9", "B", "b"].map(|value| (value.to_owned(), 1));
        assert_eq!(found, expected);
        // Words to Rust, but no numbers to anybody.
        assert_eq!(order(&["nan", "1"])[0].0, "1");
    }

    #[test]
    fn a_group_is_right_as_a_whole_and_invariant_with_one_label() {
        let groups = strings(&["a", "a", "b", "b", "c", "c", "", "a"]);
        let lines = Lines {
            truth: &[0, 1, 2, 2, 1, 1, 0, 0],
            predicted: &[0, 1, 1, 1, 1, 0, 1, 0],
            // The last line is of another file, and so of another group.
            files: &[0, 0, 0, 0, 0, 0, 0, 1],
        };
        let group = Column { name: "group", values: &groups };
        let total = Breakdown::measure(lines, None, Some(group)).total;
        assert_eq!((total.lines, total.accuracy), (8, 0.5));
        // a is right; b is wrong and invariant, c neither; the last has one line, which is right.
        let expected = GroupScores {
            groups: 4,
            groups_right: Some(0.5),
            one_label_groups: 3,
            invariance: Some(2.0 / 3.0),
        };
        assert_eq!(total.groups, Some(expected));
    }

    #[test]
    fn a_group_counts_in_each_of_its_parts_with_the_lines_there() {
        let groups = strings(&["a", "a", "a", ""]);
        let parts = strings(&["x", "x", "y", "z"]);
        let classes = [0, 0, 1, 1];
        let lines = Lines { truth: &classes, predicted: &[0, 0, 0, 1], files: &[0; 4] };
        let by = Column { name: "part", values: &parts };
        let group = Column { name: "group", values: &groups };
        let breakdown = Breakdown::measure(lines, Some(by), Some(group));
        let found = |scores: &Scores| {
            let groups = scores.groups.clone().unwrap();
            (groups.groups, groups.groups_right, groups.invariance)
        };
        let parts: Vec<_> = breakdown.parts.iter().map(|part| found(&part.scores)).collect();
        assert_eq!(parts, [(1, Some(1.0), Some(1.0)), (1, Some(0.0), Some(1.0)), (0, None, None)]);
        assert_eq!(found(&breakdown.total), (1, Some(0.0), None));
    }
}
