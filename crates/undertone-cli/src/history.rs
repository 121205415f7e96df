//! `undertone history`: the balance of each day, or of each name.

use std::collections::BTreeMap;
use std::io::{BufWriter, Write};

use chrono::{DateTime, Utc};
use clap::Args;

use super::balances::{Balances, Format, Line, Of};
use super::names::{By, NamesOption, place_of};
use super::store::{Address, Store};
use undertone::balance::Scale;

/// Print the daily balance of the headlines in a store
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  undertone history --store news.sqlite
  undertone history --store news.sqlite --days 30 --format csv
  undertone history --store news.sqlite --by name --days 7
  undertone history --store news.sqlite --name Bitcoin

A balance is (positive − negative) / headlines, from -1 to 1. Days are UTC; a headline belongs to the
day of its publication, or on which it was first seen where that is not known. With --by name a
headline counts once for each name in it.")]
pub(super) struct Arguments {
    /// The store of `undertone scrape --store`
    #[arg(long, value_name = "STORE")]
    store: Address,
    /// The last so many days that have headlines
    #[arg(long, value_name = "N", default_value_t = 14)]
    days: u32,
    /// A line for each name in place of each day
    #[arg(long, value_enum, value_name = "WHAT")]
    by: Option<By>,
    /// Only headlines about this coin or company, however they write it
    #[arg(long, value_name = "NAME", conflicts_with = "by")]
    name: Option<String>,
    #[command(flatten)]
    names: NamesOption,
    /// How to print
    #[arg(long, value_enum, default_value = "chart")]
    format: Format,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let table = arguments.table()?;
    let mut out = BufWriter::new(std::io::stdout().lock());
    table.write(&mut out, arguments.format)?;
    out.flush()?;
    Ok(())
}

impl Arguments {
    fn table(&self) -> anyhow::Result<Balances> {
        let asked = self.by.is_some() || self.name.is_some();
        self.names.check_is_used(asked, "--by name or --name")?;
        let mut store = Store::open(&self.store)?;
        match (&self.name, self.by) {
            (None, None) => {
                let periods = store.last_days(self.days)?.into_iter();
                let counts = periods.map(|period| DayCount {
                    day: day(period.start),
                    label: period.label,
                    headlines: u32::try_from(period.headlines).unwrap_or(u32::MAX),
                });
                Ok(of_days(counts.collect()))
            }
            (None, Some(By::Name)) => self.of_names(&mut store),
            (Some(name), _) => self.of_days_with(&mut store, name),
        }
    }

    fn of_names(&self, store: &mut Store) -> anyhow::Result<Balances> {
        let names = self.names.read()?;
        let mut counts: BTreeMap<String, Vec<u32>> = BTreeMap::new();
        store.each_headline(self.days, |_, label, title| {
            let found = names.find_names(title);
            let of_label = counts.entry(label.to_owned());
            let of_label = of_label.or_insert_with(|| vec![0; names.names().len()]);
            found.into_iter().for_each(|name| of_label[name] += 1);
        })?;
        let rows = 0..names.names().len();
        let by_name: Vec<u32> =
            rows.flat_map(|name| counts.values().map(move |of_label| of_label[name])).collect();
        let labels: Vec<String> = counts.keys().cloned().collect();
        let scale = Scale::among(labels.iter().map(String::as_str));
        Ok(Balances::of_names(names.names(), labels, scale, &by_name))
    }

    fn of_days_with(&self, store: &mut Store, name: &str) -> anyhow::Result<Balances> {
        let names = self.names.read()?;
        let wanted = place_of(&names, name)?;
        let mut counts: BTreeMap<(String, String), u32> = BTreeMap::new();
        store.each_headline(u32::MAX, |at, label, title| {
            if names.find_names(title).contains(&wanted) {
                *counts.entry((day(at), label.to_owned())).or_default() += 1;
            }
        })?;
        let counts = counts.into_iter();
        let mut table = of_days(
            counts.map(|((day, label), headlines)| DayCount { day, label, headlines }).collect(),
        );
        let too_many = table.lines.len().saturating_sub(self.days as usize);
        table.lines.drain(..too_many);
        Ok(table)
    }
}

/// The number of headlines of a day with a label.
#[derive(Debug)]
struct DayCount {
    /// The day in UTC, such as `2026-11-23`.
    day: String,
    label: String,
    headlines: u32,
}

fn day(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%d").to_string()
}

fn of_days(counts: Vec<DayCount>) -> Balances {
    // Every day has every label, if only 0 times.
    let labels: BTreeMap<String, u32> =
        counts.iter().map(|count| (count.label.clone(), 0)).collect();
    let mut days: BTreeMap<String, BTreeMap<String, u32>> = BTreeMap::new();
    for count in counts {
        let day = days.entry(count.day).or_insert_with(|| labels.clone());
        day.insert(count.label, count.headlines);
    }
    let lines = days.into_iter();
    Balances {
        of: Of::Days,
        scale: Scale::among(labels.keys().map(String::as_str)),
        labels: labels.into_keys().collect(),
        lines: lines.map(|(key, day)| Line { key, counts: day.into_values().collect() }).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_has_every_label() {
        let count = |day: &str, label: &str, headlines| {
            let (day, label) = (day.to_owned(), label.to_owned());
            DayCount { day, label, headlines }
        };
        let table = of_days(vec![
            count("2026-11-23", "positive", 2),
            count("2026-11-24", "negative", 1),
            count("2026-11-24", "neutral", 3),
        ]);
        assert_eq!(table.labels, ["negative", "neutral", "positive"]);
        let counts: Vec<&[u32]> = table.lines.iter().map(|line| &line.counts[..]).collect();
        assert_eq!(counts, [[0, 0, 2], [1, 3, 0]]);
        let mut out = Vec::new();
        table.write(&mut out, Format::Csv).unwrap();
        let csv = String::from_utf8(out).unwrap();
        assert!(csv.ends_with("2026-11-23,2,0,0,2,1\n2026-11-24,4,1,3,0,-0.25\n"), "{csv}");
        assert!(of_days(vec![count("2026-11-23", "sport", 2)]).scale.is_none());
    }
}
