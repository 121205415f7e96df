//! Scored headlines as a table, JSON or CSV.

use std::borrow::Cow;
use std::io::Write;

use clap::ValueEnum;
use serde::Serialize;
use unicode_width::UnicodeWidthStr;

use undertone::answer::Answer;

/// The width of the column of sources, in characters; longer names are truncated.
const SOURCE_WIDTH: usize = 20;
/// The width of the column of times, such as `2026-11-23 21:05`.
const TIME_WIDTH: usize = 16;

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum Format {
    /// Label, probabilities, time, source and headline in columns
    Table,
    /// One JSON array
    Json,
    /// One JSON object a line
    Jsonl,
    /// CSV, with a column for each label
    Csv,
}

#[derive(Debug, Serialize)]
pub(super) struct ScoredHeadline<'a> {
    pub(super) title: &'a str,
    pub(super) source: &'a str,
    pub(super) url: Option<&'a str>,
    /// The time of publication in UTC, by RFC 3339.
    pub(super) published: Option<String>,
    /// The time at which a store first saw the headline, in UTC, by RFC 3339; only with a store.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) first_seen: Option<String>,
    #[serde(flatten)]
    pub(super) answer: Answer<'a>,
}

pub(super) fn write(
    out: &mut impl Write,
    format: Format,
    labels: &[String],
    headlines: &[ScoredHeadline<'_>],
) -> anyhow::Result<()> {
    match format {
        Format::Table => write_table(out, labels, headlines)?,
        Format::Json => {
            serde_json::to_writer_pretty(&mut *out, headlines)?;
            writeln!(out)?;
        }
        Format::Jsonl => {
            for headline in headlines {
                serde_json::to_writer(&mut *out, headline)?;
                writeln!(out)?;
            }
        }
        Format::Csv => write_csv(out, labels, headlines)?,
    }
    out.flush()?;
    Ok(())
}

fn write_table(
    out: &mut impl Write,
    labels: &[String],
    headlines: &[ScoredHeadline<'_>],
) -> std::io::Result<()> {
    if headlines.is_empty() {
        return Ok(());
    }
    let widest = |texts: &mut dyn Iterator<Item = &str>| texts.map(UnicodeWidthStr::width).max();
    let label_width = widest(&mut labels.iter().map(String::as_str).chain(["label"])).unwrap_or(0);
    let sources = &mut headlines.iter().map(|headline| headline.source).chain(["source"]);
    let source_width = widest(sources).unwrap_or(0).min(SOURCE_WIDTH);
    // "100%" has four characters.
    let probability_widths: Vec<usize> = labels.iter().map(|label| label.width().max(4)).collect();

    write!(out, "{}", padded("label", label_width))?;
    for (label, width) in labels.iter().zip(&probability_widths) {
        write!(out, "  {}{label}", " ".repeat(width - label.width()))?;
    }
    writeln!(out, "  {:TIME_WIDTH$}  {}  headline", "time", padded("source", source_width))?;
    for headline in headlines {
        write!(out, "{}", padded(&told(&headline.answer), label_width))?;
        let probabilities = headline.answer.probabilities.values();
        for (probability, width) in probabilities.iter().zip(&probability_widths) {
            write!(out, "  {:>digits$.0}%", 100.0 * probability, digits = width - 1)?;
        }
        // "2026-11-23T21:05:00Z" without the seconds.
        let time = headline.published.as_deref().and_then(|time| time.get(..TIME_WIDTH));
        writeln!(
            out,
            "  {:TIME_WIDTH$}  {}  {}",
            time.unwrap_or("").replace('T', " "),
            padded(headline.source, source_width),
            headline.title
        )?;
    }
    Ok(())
}

/// The label of a headline; all of them, where it may have several.
fn told<'a>(answer: &'a Answer<'_>) -> Cow<'a, str> {
    match &answer.labels {
        None => answer.label.into(),
        Some(labels) => labels.join(";").into(),
    }
}

/// A text truncated or padded to a width in columns of a terminal.
fn padded(text: &str, width: usize) -> String {
    let mut padded = text.to_owned();
    if text.width() > width {
        while padded.width() >= width && padded.pop().is_some() {}
        padded.push('…');
    }
    let missing = width.saturating_sub(padded.width());
    padded + &" ".repeat(missing)
}

fn write_csv(
    out: &mut impl Write,
    labels: &[String],
    headlines: &[ScoredHeadline<'_>],
) -> anyhow::Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    let several = headlines.iter().any(|headline| headline.answer.labels.is_some());
    let label = if several { "labels" } else { "label" };
    let names =
        ["title", "source", "url", "published", "first_seen", label, "confidence"].into_iter();
    writer.write_record(names.chain(labels.iter().map(String::as_str)))?;
    for headline in headlines {
        let numbers = std::iter::once(&headline.answer.confidence)
            .chain(headline.answer.probabilities.values());
        let numbers: Vec<String> = numbers.map(f64::to_string).collect();
        let label = told(&headline.answer);
        let cells = [
            headline.title,
            headline.source,
            headline.url.unwrap_or_default(),
            headline.published.as_deref().unwrap_or_default(),
            headline.first_seen.as_deref().unwrap_or_default(),
            &label,
        ];
        writer.write_record(cells.into_iter().chain(numbers.iter().map(String::as_str)))?;
    }
    writer.flush()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::padded;

    #[test]
    fn columns_are_columns_of_a_terminal() {
        assert_eq!(padded("ab", 4), "ab  ");
        assert_eq!(padded("abcdef", 4), "abc…");
        assert_eq!(padded("日本経済", 4), "日…  ".trim_end().to_owned() + " ");
        assert_eq!(padded("abcd", 4), "abcd");
        assert_eq!(padded("", 0), "");
    }
}
