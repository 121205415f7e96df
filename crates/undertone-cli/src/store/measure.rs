//! `undertone store measure`, which `cargo xtask bench store` runs: how long a store takes.

use std::time::Instant;

use chrono::{TimeDelta, Utc};
use serde_json::{Map, Value, json};

use super::{Entry, Filter, Kind, Store, Subject};

/// So often each query is asked; the first time doesn't count.
const TIMES: usize = 200;
/// Batches that are stored, each of so many headlines.
const BATCHES: usize = 20;
const BATCH: usize = 200;

/// Times the queries of the living page and the storing of batches, in milliseconds.
pub(super) fn measure(store: &mut Store) -> anyhow::Result<Value> {
    let last = store.last_id()?;
    let newest = store.headlines(&Filter::default(), None, 1)?;
    let Some(newest) = newest.first() else { anyhow::bail!("expected a filled store") };
    // The store's own last day, as its headlines may be of any time.
    let day = newest.at - TimeDelta::days(1);
    let quarter = newest.at - TimeDelta::days(90);
    let totals = |store: &mut Store, kind| -> anyhow::Result<Vec<String>> {
        let mut found = store.totals(kind, quarter)?;
        found.sort_by_key(|one| one.headlines);
        Ok(found.into_iter().map(|one| one.term).collect())
    };
    let names = totals(store, Kind::Name)?;
    let sources = totals(store, Kind::Source)?;
    let (Some(rare), Some(frequent)) = (names.first(), names.last()) else {
        anyhow::bail!("expected headlines that name somebody")
    };
    let source = sources.first().map(String::as_str);
    let all = Filter::default();
    let label = Some(&newest.label[..]);
    // A cursor anywhere.
    let place = |n: usize| (last / TIMES as i64) * n as i64 + 1;
    let mut found = Map::new();
    let mut time = |what: &str, work: &mut dyn FnMut(usize) -> anyhow::Result<()>| {
        let mut times = Vec::with_capacity(TIMES);
        work(0)?;
        for n in 0..TIMES {
            let begun = Instant::now();
            work(n)?;
            times.push(begun.elapsed().as_secs_f64() * 1000.0);
        }
        times.sort_by(f64::total_cmp);
        let at = |share: f64| times.get((share * TIMES as f64) as usize).copied();
        found.insert(what.to_owned(), json!({ "p50": at(0.5), "p99": at(0.99) }));
        anyhow::Ok(())
    };
    time("newest 50", &mut |_| store.headlines(&all, None, 50).map(drop))?;
    time("50 before a random one", &mut |n| store.headlines(&all, Some(place(n)), 50).map(drop))?;
    time("50 of a label", &mut |n| {
        store.headlines(&Filter { label, ..all }, Some(place(n)), 50).map(drop)
    })?;
    time("50 of a frequent name and a label", &mut |n| {
        let filter = Filter { label, name: Some(frequent), ..all };
        store.headlines(&filter, Some(place(n)), 50).map(drop)
    })?;
    time("50 of the rarest name", &mut |_| {
        store.headlines(&Filter { name: Some(rare), ..all }, None, 50).map(drop)
    })?;
    time("50 of the rarest source", &mut |_| {
        store.headlines(&Filter { source, ..all }, None, 50).map(drop)
    })?;
    time("100 after an id", &mut |n| store.after(&all, place(n), 100).map(drop))?;
    time("top 10 of a label, 24 hours", &mut |_| {
        store.top(&Filter { label, ..all }, day, 10).map(drop)
    })?;
    time("top 10 of a frequent name and a label, 24 hours", &mut |_| {
        store.top(&Filter { label, name: Some(frequent), ..all }, day, 10).map(drop)
    })?;
    time("top 10 of the most frequent source and a label, 24 hours", &mut |_| {
        store
            .top(&Filter { label, source: sources.last().map(String::as_str), ..all }, day, 10)
            .map(drop)
    })?;
    time("mood by hour, 24 hours", &mut |_| store.by_hour(Subject::All, day).map(drop))?;
    time("mood by day, 90 days", &mut |_| store.by_day(Subject::All, quarter).map(drop))?;
    time("mood by day of a name, 90 days", &mut |_| {
        store.by_day(Subject::Name(frequent), quarter).map(drop)
    })?;
    time("each name, 24 hours", &mut |_| store.totals(Kind::Name, day).map(drop))?;
    time("each source, 24 hours", &mut |_| store.totals(Kind::Source, day).map(drop))?;
    time("which names have headlines, 90 days", &mut |_| {
        store.terms(Kind::Name, quarter).map(drop)
    })?;

    let labels = [newest.label.clone()];
    let mut batches = Vec::with_capacity(BATCHES);
    for batch in 0..BATCHES {
        let titles: Vec<String> = (0..BATCH)
            .map(|n| format!("Bitcoin miners report result {batch}.{n}, {last}"))
            .collect();
        let entries: Vec<Entry<'_>> = titles
            .iter()
            .map(|title| Entry {
                title,
                source: &newest.source,
                url: None,
                published: None,
                label: &newest.label,
                labels: &labels,
                probabilities: &[1.0],
                model: &newest.model,
                names: vec![frequent],
            })
            .collect();
        // New ones, and the same again.
        let begun = Instant::now();
        for _ in 0..2 {
            let kept = store.keep(&entries, Utc::now())?;
            store.printed(kept)?;
        }
        batches.push(begun.elapsed().as_secs_f64() * 1000.0);
    }
    batches.sort_by(f64::total_cmp);
    let middle = batches.get(BATCHES / 2);
    Ok(
        json!({ "queries": found, "headlines": last, "batch": { "p50": middle, "p99": batches.last() } }),
    )
}
