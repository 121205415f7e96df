//! The parts of a report in any form: sections of a few kinds of blocks.
//!
//! All texts are plain; each form escapes what it would take for markup.

use super::chart::Chart;
use undertone::train::Spread;

/// A whole report, ready to be written in any form.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) title: &'static str,
    /// The blocks between the title and the first section.
    pub(super) intro: Vec<Block>,
    pub(super) sections: Vec<Section>,
    /// The end of the report: which model it is about.
    pub(super) model: Vec<Run>,
}

/// Blocks of a report under a heading of their own.
#[derive(Debug)]
pub(super) struct Section {
    /// The name of the section in links, unique in the report.
    pub(super) id: &'static str,
    pub(super) title: String,
    pub(super) blocks: Vec<Block>,
}

#[derive(Debug)]
pub(super) enum Block {
    Paragraph(Vec<Run>),
    /// A remark on the block before it.
    Note(String),
    /// The few numbers that matter most, each with its name.
    Scores(Vec<(&'static str, String)>),
    Table(Table),
    /// A chart with the table of its numbers.
    Figure {
        chart: Chart,
        /// A description of the chart, for readers who don't see it.
        about: String,
        table: Table,
    },
    /// Named lists side by side: items and their weights, the heaviest first.
    Rankings(Vec<(String, Vec<(String, f32)>)>),
}

/// A piece of a paragraph.
#[derive(Debug)]
pub(super) enum Run {
    Text(String),
    Code(String),
    /// How to read a chart, only for forms that draw it.
    Drawn(&'static str),
}

/// A table; each row has a cell for each heading.
#[derive(Debug)]
pub(super) struct Table {
    /// The caption, without a full stop.
    pub(super) caption: String,
    pub(super) headings: Vec<Heading>,
    pub(super) rows: Vec<Vec<Cell>>,
    /// Rows of sums and means, below the other rows.
    pub(super) totals: Vec<Vec<Cell>>,
}

/// The heading of a column.
#[derive(Debug)]
pub(super) enum Heading {
    /// A word that a form may begin with a capital.
    Own(&'static str),
    /// A name that stays as it is, such as a label.
    Given(String),
}

#[derive(Debug)]
pub(super) enum Cell {
    /// The heading of the row.
    Name(String),
    Number(String),
    /// A count, and its share of another count.
    Share {
        part: u64,
        whole: u64,
        /// Whether forms with tones show the share as one behind the numbers.
        is_toned: bool,
    },
    Spread(Spread),
    /// A text of any length.
    Text(String),
    /// A text of a few words, which stay on one line.
    Short(String),
    /// The place of something, less prominent than the thing itself.
    Place(String),
    /// Short texts, one below the other.
    List(Vec<String>),
}

impl Block {
    pub(super) fn paragraph(text: impl Into<String>) -> Self {
        Self::Paragraph(vec![Run::Text(text.into())])
    }
}

impl Cell {
    pub(super) fn count(count: u64) -> Self {
        Self::Number(count.to_string())
    }

    pub(super) fn score(score: f64) -> Self {
        Self::Number(three(score))
    }
}

/// A score as reports show it, with three decimals.
pub(super) fn three(score: f64) -> String {
    format!("{score:.3}")
}

/// A share as a percentage with one decimal.
pub(super) fn percent(part: u64, whole: u64) -> String {
    format!("{:.1} %", 100.0 * part as f64 / whole.max(1) as f64)
}
