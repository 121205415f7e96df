//! Tables of balances: of days, or of names.

use std::io::Write;

use clap::ValueEnum;
use serde::ser::{Serialize, SerializeMap, Serializer};
use undertone::balance::Scale;

/// Characters of the chart on each side of its middle.
const CHART_HALF: usize = 20;
/// The first column is at least so wide as a day.
const LEAST_WIDTH: usize = 10;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// A table with a chart
    Chart,
    /// One JSON array
    Json,
    /// One JSON object a line
    Jsonl,
    /// CSV, with a column for each label
    Csv,
}

/// What the lines of a table are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    #[cfg(feature = "scrape")]
    Days,
    Names,
}

impl Of {
    /// The name of the first column.
    fn column(self) -> &'static str {
        match self {
            #[cfg(feature = "scrape")]
            Self::Days => "day",
            Self::Names => "name",
        }
    }

    /// What a table without lines says.
    fn nothing(self) -> &'static str {
        match self {
            #[cfg(feature = "scrape")]
            Self::Days => "no headlines yet",
            Self::Names => "no headline with a name of the list",
        }
    }
}

/// A balance a line.
#[derive(Debug)]
pub(super) struct Balances {
    pub(super) of: Of,
    pub(super) labels: Vec<String>,
    /// None where no label is good or bad news.
    pub(super) scale: Option<Scale>,
    pub(super) lines: Vec<Line>,
}

/// The headlines of a day, or with a name.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) key: String,
    /// How many there are of each label, in the labels' order.
    pub(super) counts: Vec<u32>,
}

impl Line {
    fn headlines(&self) -> u32 {
        self.counts.iter().sum()
    }
}

impl Balances {
    /// Of names with headlines, most headlines first, those of equally many by their names.
    pub(super) fn of_names(
        names: &[String],
        labels: Vec<String>,
        scale: Option<Scale>,
        counts: &[u32],
    ) -> Self {
        let rows = counts.chunks_exact(labels.len().max(1));
        let mut lines: Vec<Line> = names
            .iter()
            .zip(rows)
            .map(|(name, counts)| Line { key: name.clone(), counts: counts.to_vec() })
            .filter(|line| line.headlines() > 0)
            .collect();
        lines.sort_by(|one, other| {
            other.headlines().cmp(&one.headlines()).then_with(|| one.key.cmp(&other.key))
        });
        Self { of: Of::Names, labels, scale, lines }
    }

    fn balance(&self, line: &Line) -> Option<f64> {
        self.scale.and_then(|scale| scale.balance(&line.counts))
    }

    pub(super) fn write(&self, out: &mut impl Write, format: Format) -> anyhow::Result<()> {
        match format {
            Format::Chart => self.write_chart(out)?,
            Format::Json => {
                let lines: Vec<_> = self.members().collect();
                serde_json::to_writer_pretty(&mut *out, &lines)?;
                writeln!(out)?;
            }
            Format::Jsonl => {
                for line in self.members() {
                    serde_json::to_writer(&mut *out, &line)?;
                    writeln!(out)?;
                }
            }
            Format::Csv => self.write_csv(out)?,
        }
        Ok(())
    }

    fn members(&self) -> impl Iterator<Item = Members<'_>> {
        self.lines.iter().map(|line| Members { table: self, line })
    }

    fn write_chart(&self, out: &mut impl Write) -> std::io::Result<()> {
        if self.lines.is_empty() {
            return writeln!(out, "{}", self.of.nothing());
        }
        // A control character in a list of one's own must not move the reader's cursor.
        let shown = |key: &str| -> String {
            key.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
        };
        let widest = self.lines.iter().map(|line| line.key.chars().count()).max();
        let first = widest.unwrap_or(0).max(LEAST_WIDTH);
        let widths: Vec<usize> =
            self.labels.iter().map(|label| label.chars().count().max(8)).collect();
        write!(out, "{:first$}  {:>9}", self.of.column(), "headlines")?;
        for (label, width) in self.labels.iter().zip(&widths) {
            write!(out, "  {label:>width$}")?;
        }
        writeln!(out, "  balance")?;
        for line in &self.lines {
            write!(out, "{:first$}  {:>9}", shown(&line.key), line.headlines())?;
            for (count, width) in line.counts.iter().zip(&widths) {
                write!(out, "  {count:>width$}")?;
            }
            match self.balance(line) {
                Some(balance) => writeln!(out, "  {balance:+7.2}  {}", bar(balance))?,
                None => writeln!(out)?,
            }
        }
        Ok(())
    }

    fn write_csv(&self, out: &mut impl Write) -> anyhow::Result<()> {
        let mut writer = csv::Writer::from_writer(out);
        let names = [self.of.column(), "headlines"].into_iter();
        let labels = self.labels.iter().map(String::as_str);
        writer.write_record(names.chain(labels).chain(["balance"]))?;
        for line in &self.lines {
            let balance = self.balance(line).map(|balance| balance.to_string()).unwrap_or_default();
            let headlines = line.headlines();
            let counts = std::iter::once(&headlines).chain(&line.counts).map(u32::to_string);
            let cells = std::iter::once(line.key.clone()).chain(counts);
            writer.write_record(cells.chain([balance]))?;
        }
        writer.flush()?;
        Ok(())
    }
}

/// A line as JSON: `{ day or name, headlines, labels: { label: number }, balance }`.
struct Members<'a> {
    table: &'a Balances,
    line: &'a Line,
}

impl Serialize for Members<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { table, line } = self;
        let mut map = serializer.serialize_map(Some(4))?;
        map.serialize_entry(table.of.column(), &line.key)?;
        map.serialize_entry("headlines", &line.headlines())?;
        map.serialize_entry("labels", &Labels(&table.labels, &line.counts))?;
        map.serialize_entry("balance", &table.balance(line))?;
        map.end()
    }
}

/// Counts keyed by label.
struct Labels<'a>(&'a [String], &'a [u32]);

impl Serialize for Labels<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().zip(self.1))
    }
}

/// A bar from the middle to the left or to the right; −1 and 1 reach the ends.
fn bar(balance: f64) -> String {
    let length = (balance.abs() * CHART_HALF as f64).round() as usize;
    let (left, right) = if balance < 0.0 { (length, 0) } else { (0, length) };
    format!("{}{}│{}", " ".repeat(CHART_HALF - left), "█".repeat(left), "█".repeat(right))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_begin_in_the_middle() {
        assert_eq!(bar(0.0), " ".repeat(20) + "│");
        assert_eq!(bar(-1.0), "█".repeat(20) + "│");
        assert_eq!(bar(0.5), " ".repeat(20) + "│" + &"█".repeat(10));
    }

    #[test]
    fn names_stand_in_the_order_of_their_headlines() {
        let words = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
        let names: Vec<String> = words(&["B", "C\u{1b}", "A", "Nobody"]);
        let labels: Vec<String> = words(&["negative", "positive"]);
        let scale = Scale::of(&labels);
        let table = Balances::of_names(&names, labels, scale, &[1, 0, 2, 2, 0, 1, 0, 0]);
        let printed = |format| {
            let mut out = Vec::new();
            table.write(&mut out, format).unwrap();
            String::from_utf8(out).unwrap()
        };
        assert_eq!(
            printed(Format::Csv),
            "name,headlines,negative,positive,balance\nC\u{1b},4,2,2,0\nA,1,0,1,1\nB,1,1,0,-1\n"
        );
        let chart = printed(Format::Chart);
        assert!(
            chart.starts_with("name        headlines  negative  positive  balance\nC "),
            "{chart}"
        );
        assert!(!chart.contains('\u{1b}'));
        let first = printed(Format::Jsonl).lines().next().map(str::to_owned);
        assert_eq!(
            first.as_deref(),
            Some(
                r#"{"name":"C\u001b","headlines":4,"labels":{"negative":2,"positive":2},"balance":0.0}"#
            )
        );
    }
}
