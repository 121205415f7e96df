//! `undertone history`: the balance of the headlines of each day.

use std::collections::BTreeMap;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde::Serialize;

use super::scrape::store::Store;

/// The label whose headlines count 1 in a balance.
const POSITIVE: &str = "positive";
/// The label whose headlines count −1 in a balance.
const NEGATIVE: &str = "negative";
/// The width of the chart on each side of its middle, in characters.
const CHART_HALF: usize = 20;

/// Print the daily balance of the headlines in a store
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  undertone history --store news.sqlite
  undertone history --store news.sqlite --days 30 --format csv

A day's balance is (positive − negative) / headlines, from -1 to 1. Days are UTC; a headline belongs
to the day of its publication, or on which it was first seen where that is not known.")]
pub(super) struct Arguments {
    /// The SQLite file of `undertone scrape --store`
    #[arg(long, value_name = "FILE")]
    store: PathBuf,
    /// The last so many days that have headlines
    #[arg(long, value_name = "N", default_value_t = 14)]
    days: u32,
    /// How to print
    #[arg(long, value_enum, default_value = "chart")]
    format: Format,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// A table with a chart
    Chart,
    /// One JSON array
    Json,
    /// One JSON object a line
    Jsonl,
    /// CSV, with a column for each label
    Csv,
}

#[derive(Debug, Serialize)]
struct Day {
    day: String,
    headlines: u32,
    labels: BTreeMap<String, u32>,
    balance: Option<f64>,
}

impl Day {
    fn new(day: String, labels: BTreeMap<String, u32>) -> Self {
        let headlines: u32 = labels.values().sum();
        let count = |label: &str| labels.get(label).copied().map_or(0.0, f64::from);
        let balance = (labels.contains_key(POSITIVE) || labels.contains_key(NEGATIVE))
            .then(|| (count(POSITIVE) - count(NEGATIVE)) / f64::from(headlines));
        Self { day, headlines, labels, balance }
    }
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let counts = Store::open(&arguments.store)?.days(arguments.days)?;
    // Every day has a number for every label, even if it is 0.
    let labels: BTreeMap<String, u32> =
        counts.iter().map(|count| (count.label.clone(), 0)).collect();
    let mut days: BTreeMap<String, BTreeMap<String, u32>> = BTreeMap::new();
    for count in counts {
        let day = days.entry(count.day).or_insert_with(|| labels.clone());
        day.insert(count.label, count.headlines);
    }
    let days: Vec<Day> = days.into_iter().map(|(day, labels)| Day::new(day, labels)).collect();

    let mut out = BufWriter::new(std::io::stdout().lock());
    match arguments.format {
        Format::Chart => write_chart(&mut out, &labels, &days)?,
        Format::Json => {
            serde_json::to_writer_pretty(&mut out, &days)?;
            writeln!(out)?;
        }
        Format::Jsonl => {
            for day in &days {
                serde_json::to_writer(&mut out, day)?;
                writeln!(out)?;
            }
        }
        Format::Csv => write_csv(&mut out, &labels, &days)?,
    }
    out.flush()?;
    Ok(())
}

fn write_chart(
    out: &mut impl Write,
    labels: &BTreeMap<String, u32>,
    days: &[Day],
) -> std::io::Result<()> {
    if days.is_empty() {
        return writeln!(out, "no headlines yet");
    }
    write!(out, "{:10}  {:>9}", "day", "headlines")?;
    for label in labels.keys() {
        write!(out, "  {label:>8}")?;
    }
    writeln!(out, "  balance")?;
    for day in days {
        write!(out, "{:10}  {:>9}", day.day, day.headlines)?;
        for (label, count) in &day.labels {
            write!(out, "  {count:>width$}", width = label.chars().count().max(8))?;
        }
        match day.balance {
            Some(balance) => writeln!(out, "  {balance:+7.2}  {}", bar(balance))?,
            None => writeln!(out)?,
        }
    }
    Ok(())
}

/// The bar of a balance, from the middle to the left or to the right; −1 and 1 reach the ends.
fn bar(balance: f64) -> String {
    let length = (balance.abs() * CHART_HALF as f64).round() as usize;
    let (left, right) = if balance < 0.0 { (length, 0) } else { (0, length) };
    format!("{}{}│{}", " ".repeat(CHART_HALF - left), "█".repeat(left), "█".repeat(right))
}

fn write_csv(
    out: &mut impl Write,
    labels: &BTreeMap<String, u32>,
    days: &[Day],
) -> anyhow::Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    let names = ["day", "headlines"].into_iter().chain(labels.keys().map(String::as_str));
    writer.write_record(names.chain(["balance"]))?;
    for day in days {
        let balance = day.balance.map(|balance| balance.to_string()).unwrap_or_default();
        let counts = std::iter::once(&day.headlines).chain(day.labels.values());
        let cells = std::iter::once(day.day.clone()).chain(counts.map(u32::to_string));
        writer.write_record(cells.chain([balance]))?;
    }
    writer.flush()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_balance_of_a_day() {
        let day = |counts: &[(&str, u32)]| {
            let labels = counts.iter().map(|(label, n)| ((*label).to_owned(), *n)).collect();
            Day::new("2026-11-23".to_owned(), labels).balance
        };
        assert_eq!(day(&[("negative", 1), ("neutral", 2), ("positive", 1)]), Some(0.0));
        assert_eq!(day(&[("negative", 3), ("neutral", 0), ("positive", 1)]), Some(-0.5));
        assert_eq!(day(&[("positive", 2)]), Some(1.0));
        assert_eq!(day(&[("bear", 2)]), None);
    }

    #[test]
    fn bars_begin_in_the_middle() {
        assert_eq!(bar(0.0), " ".repeat(20) + "│");
        assert_eq!(bar(-1.0), "█".repeat(20) + "│");
        assert_eq!(bar(0.5), " ".repeat(20) + "│" + &"█".repeat(10));
    }
}
