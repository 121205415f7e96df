//! What holds for every store, in SQLite and in PostgreSQL.

use std::time::Instant;

use chrono::{DateTime, Utc};
use tempfile::TempDir;

use super::keep::Kept;
use super::times::{DAY, HOUR, time};
use super::{Address, Entry, Filter, Finished, Kind, PATIENCE, Store, StoredHeadline, Subject};

#[cfg(all(feature = "postgres", unix))]
#[path = "../../tests/postgres/cluster.rs"]
mod cluster;

const LABELS: [&str; 3] = ["negative", "neutral", "positive"];
/// Monday, 2026-11-23, 00:00 UTC.
const MONDAY: i64 = 1_795_392_000;

fn labels() -> Vec<String> {
    LABELS.map(str::to_owned).to_vec()
}

/// A test with an SQLite file.
fn in_sqlite(test: fn(&Address)) {
    let folder = tempfile::tempdir().unwrap();
    test(&Address::File(folder.path().join("news.sqlite")));
}

/// Every test of a store, in a PostgreSQL server. Where this machine has none it is ignored by
/// name, by the tests with a harness of their own.
#[test]
#[cfg(all(feature = "postgres", unix))]
fn postgresql_is_a_store_as_sqlite_is() {
    if cluster::programs().is_none() {
        return;
    }
    let cluster = cluster::Cluster::start();
    for (name, test) in TESTS {
        test(&cluster.database(name).parse().unwrap());
    }
}

#[cfg(all(feature = "postgres", unix))]
type Test = (&'static str, fn(&Address));
#[cfg(all(feature = "postgres", unix))]
const TESTS: [Test; 7] = [
    ("lists", lists),
    ("counts", counts),
    ("news", news),
    ("leases", leases),
    ("races", races),
    ("transfers", transfers),
    ("checks", checks),
];

/// A headline: title, source, hour of its publication, probabilities, names.
type Line<'a> = (&'a str, &'a str, i64, [f64; 3], &'a [&'a str]);

fn keep(store: &mut Store, now: i64, model: &str, lines: &[Line<'_>]) -> Kept {
    let labels = labels();
    let entries: Vec<Entry<'_>> = lines
        .iter()
        .map(|(title, source, hour, probabilities, names)| {
            let most = |a: &usize, b: &usize| probabilities[*a].total_cmp(&probabilities[*b]);
            Entry {
                title,
                source,
                url: None,
                published: Some(time(MONDAY + hour * HOUR)),
                label: LABELS[(0..3).max_by(most).unwrap()],
                labels: &labels,
                probabilities,
                model,
                names: names.to_vec(),
            }
        })
        .collect();
    store.keep(&entries, time(now)).unwrap()
}

fn titles(found: Vec<super::StoredHeadline>) -> Vec<String> {
    found.into_iter().map(|one| one.title).collect()
}

const LINES: [Line<'_>; 4] = [
    ("Bitcoin falls", "A", 1, [0.9, 0.05, 0.05], &["Bitcoin"]),
    ("Ether and bitcoin rise", "B", 1, [0.1, 0.2, 0.7], &["Bitcoin", "Ethereum"]),
    ("Profit rose", "A", 25, [0.0, 0.0, 1.0], &[]),
    ("A meeting", "B", 26, [0.2, 0.6, 0.2], &[]),
];
const NOW: i64 = MONDAY + 2 * DAY;

/// A headline by its id.
fn headline(store: &mut Store, id: i64) -> Option<StoredHeadline> {
    let found = store.after(&Filter::default(), id - 1, 1).unwrap();
    found.into_iter().next().filter(|found| found.id == id)
}

#[test]
fn headlines_are_listed_by_label_name_and_source_and_each_is_met_once() {
    in_sqlite(lists);
}

fn lists(address: &Address) {
    let mut store = Store::open_or_create(address).unwrap();
    assert_eq!(store.last_id().unwrap(), 0);
    let kept = keep(&mut store, NOW, "m", &LINES);
    assert_eq!(kept.seen.iter().map(|one| one.id).collect::<Vec<_>>(), [1, 2, 3, 4]);
    assert!(kept.seen.iter().all(|one| one.is_first && one.is_new));
    assert_eq!(store.last_id().unwrap(), 4);
    let all = Filter::default();
    for (filter, expected) in [
        (all, &["A meeting", "Profit rose", "Ether and bitcoin rise", "Bitcoin falls"][..]),
        (Filter { label: Some("positive"), ..all }, &["Profit rose", "Ether and bitcoin rise"]),
        (Filter { source: Some("A"), ..all }, &["Profit rose", "Bitcoin falls"]),
        (Filter { name: Some("Bitcoin"), ..all }, &["Ether and bitcoin rise", "Bitcoin falls"]),
        (
            Filter { name: Some("Bitcoin"), source: Some("B"), label: Some("positive") },
            &["Ether and bitcoin rise"],
        ),
        (Filter { source: Some("A"), label: Some("neutral"), ..all }, &[]),
        (Filter { name: Some("nobody"), ..all }, &[]),
    ] {
        assert_eq!(titles(store.headlines(&filter, None, 10).unwrap()), expected, "{filter:?}");
        let mut turned = titles(store.after(&filter, 0, 10).unwrap());
        turned.reverse();
        assert_eq!(turned, expected, "{filter:?}");
        // A page at a time.
        let (mut before, mut pages) = (None, Vec::new());
        while let Some(one) = store.headlines(&filter, before, 1).unwrap().pop() {
            before = Some(one.id);
            pages.push(one.title);
        }
        assert_eq!(pages, expected, "{filter:?}");
    }
    let one = headline(&mut store, 2).unwrap();
    assert_eq!(
        (&one.names[..], &one.label[..]),
        (&["Bitcoin".into(), "Ethereum".into()][..], "positive")
    );
    assert_eq!(one.confidence, 0.7);
    assert_eq!(one.at, time(MONDAY + HOUR));
    assert_eq!(one.probabilities, r#"{"negative":0.1,"neutral":0.2,"positive":0.7}"#);
    assert!(headline(&mut store, 5).is_none());
    for (filter, hour, expected) in [
        (all, 0, &["Profit rose", "Bitcoin falls", "Ether and bitcoin rise"][..]),
        (Filter { label: Some("positive"), ..all }, 0, &["Profit rose", "Ether and bitcoin rise"]),
        (Filter { label: Some("positive"), ..all }, 26, &[]),
        (Filter { source: Some("B"), ..all }, 0, &["Ether and bitcoin rise", "A meeting"]),
        (Filter { name: Some("Bitcoin"), ..all }, 0, &["Bitcoin falls", "Ether and bitcoin rise"]),
        (
            Filter { name: Some("Bitcoin"), source: Some("A"), label: Some("negative") },
            0,
            &["Bitcoin falls"],
        ),
        (Filter { name: Some("Bitcoin"), label: Some("neutral"), ..all }, 0, &[]),
        (Filter { name: Some("nobody"), ..all }, 0, &[]),
    ] {
        let top = store.top(&filter, time(MONDAY + hour * HOUR), 3).unwrap();
        assert_eq!(titles(top), expected, "{filter:?}");
    }
}

/// Counts as tuples: start, label, headlines.
fn shown(periods: Vec<super::Period>) -> Vec<(DateTime<Utc>, String, i64)> {
    let periods = periods.into_iter();
    periods.map(|one| (one.start, one.label, one.headlines)).collect()
}

#[test]
fn counts_follow_what_is_stored_scored_again_and_forgotten() {
    in_sqlite(counts);
}

fn counts(address: &Address) {
    let mut store = Store::open_or_create(address).unwrap();
    keep(&mut store, NOW, "m", &LINES);
    let all = |store: &mut Store| shown(store.by_day(Subject::All, time(MONDAY)).unwrap());
    let row = |day, label: &str, n| (time(MONDAY + day * DAY), label.to_owned(), n);
    let first =
        [row(0, "negative", 1), row(0, "positive", 1), row(1, "neutral", 1), row(1, "positive", 1)];
    assert_eq!(all(&mut store), first);
    // Again, in a list that has one twice: nothing is counted twice.
    let again = keep(&mut store, NOW + 9, "m", &[LINES[0], LINES[0]]);
    assert_eq!(again.seen[0].id, again.seen[1].id);
    assert_eq!(again.seen[0].first, time(NOW));
    assert_eq!(all(&mut store), first);
    // Another model.
    let mut other = LINES[0];
    other.3 = [0.2, 0.1, 0.7];
    keep(&mut store, NOW + 10, "other", &[other]);
    assert_eq!(all(&mut store)[0], row(0, "positive", 2));
    let hours = store.by_hour(Subject::Name("Bitcoin"), time(MONDAY + HOUR)).unwrap();
    assert_eq!(hours.len(), 1);
    assert_eq!((hours[0].start, hours[0].headlines), (time(MONDAY + HOUR), 2));
    assert!(store.by_hour(Subject::Source("A"), time(NOW)).unwrap().is_empty());
    let totals = store.totals(Kind::Source, time(MONDAY)).unwrap();
    let totals: Vec<_> =
        totals.iter().map(|one| (&one.term[..], &one.label[..], one.headlines)).collect();
    assert_eq!(totals, [("A", "positive", 2), ("B", "neutral", 1), ("B", "positive", 1)]);
    assert_eq!(store.terms(Kind::Source, time(MONDAY)).unwrap(), ["A", "B"]);
    assert_eq!(store.terms(Kind::Source, time(MONDAY + 26 * HOUR)).unwrap(), ["B"]);
    let names = store.totals(Kind::Name, time(MONDAY)).unwrap();
    assert_eq!(names.len(), 2);
    assert_eq!(shown(store.last_days(1).unwrap()), first[2..]);
    // What was not seen since then is forgotten, and its id is never given again.
    assert_eq!(store.prune(time(NOW + 5)).unwrap(), 3);
    assert_eq!(all(&mut store), [row(0, "positive", 1)]);
    assert!(store.by_hour(Subject::Name("Ethereum"), time(MONDAY)).unwrap().is_empty());
    let kept = keep(&mut store, NOW + 20, "m", &LINES[2..]);
    assert_eq!(kept.seen.iter().map(|one| one.id).collect::<Vec<_>>(), [5, 6]);
}

#[test]
fn what_is_new_is_so_until_it_was_printed_and_a_clock_that_went_back_changes_nothing() {
    in_sqlite(news);
}

fn news(address: &Address) {
    let mut store = Store::open_or_create(address).unwrap();
    let kept = keep(&mut store, NOW, "m", &LINES[..2]);
    // As another process does while this one prints.
    let mut second = Store::open_or_create(address).unwrap();
    let is_new = |kept: &Kept| kept.seen.iter().map(|one| one.is_new).collect::<Vec<_>>();
    let other = keep(&mut second, NOW - 10 * DAY, "m", &LINES[..3]);
    assert_eq!(is_new(&other), [false, false, true]);
    second.printed(other).unwrap();
    drop(kept);
    drop(store);
    let mut store = second;
    // It ended without having said so, which a server notices in its own time.
    let begun = Instant::now();
    let next = loop {
        let next = keep(&mut store, NOW, "m", &LINES[..3]);
        if next.seen[0].is_new || begun.elapsed() > PATIENCE {
            break next;
        }
    };
    assert_eq!(is_new(&next), [true, true, false]);
    store.printed(next).unwrap();
    assert_eq!(is_new(&keep(&mut store, NOW, "m", &LINES[..3])), [false; 3]);
    let one = headline(&mut store, 1).unwrap();
    assert_eq!((one.first_seen, one.last_seen), (time(NOW), time(NOW)));
    // Seen first by the clock that had gone back, which is all that is known.
    let one = headline(&mut store, 3).unwrap();
    assert_eq!((one.first_seen, one.at), (time(NOW - 10 * DAY), time(NOW - 10 * DAY)));
}

#[test]
fn a_source_is_leased_to_one_until_it_is_done_or_the_lease_ends() {
    in_sqlite(leases);
}

fn leases(address: &Address) {
    let mut store = Store::open_or_create(address).unwrap();
    let mut claim = |owner: &str, now: i64| {
        store.claim_source("s", owner, time(now), time(now + 60)).unwrap().is_some()
    };
    assert!(claim("a", NOW));
    assert!(!claim("b", NOW + 59));
    assert!(claim("a", NOW + 59));
    // The lease has ended: who was slow records nothing.
    assert!(claim("b", NOW + 119));
    let failed = Finished { due: time(NOW + 300), error: Some("no answer".into()) };
    assert!(!store.finish_source("s", "a", time(NOW + 120), &failed).unwrap());
    assert!(store.finish_source("s", "b", time(NOW + 130), &failed).unwrap());
    let state = store.sources().unwrap().remove(0);
    assert_eq!((state.failures, state.succeeded, state.owner), (1, None, None));
    assert_eq!(state.error.as_deref(), Some("no answer"));
    let mut claim = |owner: &str, now: i64| {
        store.claim_source("s", owner, time(now), time(now + 60)).unwrap().is_some()
    };
    assert!(!claim("a", NOW + 299));
    // The clock went back by a day: what it said then binds nobody.
    assert!(claim("a", NOW - DAY));
    assert!(claim("b", NOW - 2 * DAY));
    let done = Finished { due: time(NOW), error: None };
    assert!(store.finish_source("s", "b", time(NOW - 2 * DAY), &done).unwrap());
    let state = store.sources().unwrap().remove(0);
    assert_eq!((state.failures, state.error), (0, None));
    assert_eq!(state.succeeded, Some(time(NOW - 2 * DAY)));
}

#[test]
fn of_many_who_write_at_once_one_gets_each_source_and_each_headline() {
    in_sqlite(races);
}

fn races(address: &Address) {
    const SOURCES: usize = 12;
    let owners = ["a", "b", "c"];
    // All at once, the making of the tables included.
    let found: Vec<(usize, usize)> = std::thread::scope(|scope| {
        let threads: Vec<_> = owners
            .iter()
            .map(|owner| {
                scope.spawn(move || {
                    let mut store = Store::open_or_create(address).unwrap();
                    let (mut leased, mut new) = (0, 0);
                    for source in 0..SOURCES {
                        let (name, until) = (source.to_string(), time(NOW + 60));
                        let got = store.claim_source(&name, owner, time(NOW), until).unwrap();
                        leased += usize::from(got.is_some());
                        let title = format!("Headline {source}");
                        let line: Line<'_> = (&title, "A", 0, [0.5, 0.25, 0.25], &["Bitcoin"]);
                        let kept = keep(&mut store, NOW, "m", &[line, LINES[0]]);
                        new += kept.seen.iter().filter(|one| one.is_new).count();
                        store.printed(kept).unwrap();
                    }
                    (leased, new)
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let sum = |of: fn(&(usize, usize)) -> usize| found.iter().map(of).sum::<usize>();
    assert_eq!((sum(|one| one.0), sum(|one| one.1)), (SOURCES, SOURCES + 1));
    let mut store = Store::open(address).unwrap();
    let ids: Vec<i64> =
        store.after(&Filter::default(), 0, 100).unwrap().iter().map(|one| one.id).collect();
    assert_eq!(ids, (1..=SOURCES as i64 + 1).collect::<Vec<_>>());
    assert_eq!(store.check().unwrap().faults, [""; 0]);
}

#[test]
fn what_is_exported_and_imported_is_the_same_store() {
    in_sqlite(transfers);
}

fn transfers(address: &Address) {
    let mut store = Store::open_or_create(address).unwrap();
    let kept = keep(&mut store, NOW, "m", &LINES);
    store.printed(kept).unwrap();
    // Forgotten: its id is not given again in the new store either.
    keep(&mut store, NOW + 9, "m", &LINES[..3]);
    assert_eq!(store.prune(time(NOW + 1)).unwrap(), 1);
    let unprinted =
        keep(&mut store, NOW + 9, "other", &[("Bitcoin, \"\u{7}\n日", "B", 3, [0.3; 3], &[])]);
    drop(unprinted);
    let mut lines = Vec::new();
    assert_eq!(store.export(&mut lines).unwrap(), 4);

    let folder = tempfile::tempdir().unwrap();
    let place = Address::File(folder.path().join("copy.sqlite"));
    let mut copy = Store::open_or_create(&place).unwrap();
    let text = String::from_utf8(lines.clone()).unwrap();
    // Cut off, or changed: nothing of it is stored.
    let cut: String = text.split_inclusive('\n').take(3).collect();
    let twice = text.replacen("\"id\":2", "\"id\":1", 1);
    let other = text.replacen("\"undertone_store\":2", "\"undertone_store\":3", 1);
    for (bad, part) in [
        (&cut, "cut off"),
        (&twice, "line 3: expected an id above 1"),
        (&other, "found version 3"),
        (&String::new(), "line 1"),
        (&text.replacen("\"title\"", "\"tile\"", 1), "line 2: expected a headline"),
    ] {
        let error = format!("{:#}", copy.import(bad.as_bytes()).unwrap_err());
        assert!(error.contains(part), "expected {part:?}, found {error}");
        assert_eq!(copy.last_id().unwrap(), 0);
    }
    assert_eq!(copy.import(&lines[..]).unwrap(), 4);
    let mut again = Vec::new();
    copy.export(&mut again).unwrap();
    assert_eq!(String::from_utf8(again).unwrap(), text);
    for subject in [Subject::All, Subject::Name("Bitcoin"), Subject::Source("B")] {
        assert_eq!(
            copy.by_hour(subject, time(0)).unwrap(),
            store.by_hour(subject, time(0)).unwrap()
        );
    }
    assert_eq!(copy.check().unwrap().faults, [""; 0]);
    // What was not printed yet is new, and what is stored next has the next id.
    let more: [Line<'_>; 2] =
        [("Bitcoin, \"\u{7}\n日", "B", 3, [0.3; 3], &[]), ("Another", "B", 3, [0.3; 3], &[])];
    let kept = keep(&mut copy, NOW + 20, "other", &more);
    let found: Vec<(i64, bool)> = kept.seen.iter().map(|one| (one.id, one.is_new)).collect();
    assert_eq!(found, [(5, true), (6, true)]);
    let error = format!("{:#}", copy.import(&lines[..]).unwrap_err());
    assert!(error.contains("expected an empty store"), "{error}");
}

#[test]
fn a_check_finds_what_does_not_belong_together() {
    in_sqlite(checks);
}

fn checks(address: &Address) {
    let mut store = Store::open_or_create(address).unwrap();
    let kept = keep(&mut store, NOW, "m", &LINES);
    store.printed(kept).unwrap();
    store.vacuum().unwrap();
    let checked = store.check().unwrap();
    assert_eq!((checked.headlines, &checked.faults[..]), (4, &[][..]));
    for (change, back, fault) in [
        ("title = 'Another' WHERE id = 1", "title = 'Bitcoin falls' WHERE id = 1", "its key"),
        ("probabilities = '{' WHERE id = 2", "probabilities = '{}' WHERE id = 2", "no JSON"),
        ("label = 1000 WHERE id = 3", "label = 1000 WHERE id = 3", "label that is none"),
        ("id = 9 WHERE id = 4", "id = 4 WHERE id = 9", "was never given"),
    ] {
        store.with(|database| database.run(&format!("UPDATE headlines SET {change}"))).unwrap();
        let faults = store.check().unwrap().faults;
        assert!(faults.iter().any(|one| one.contains(fault)), "{fault}: {faults:?}");
        store.with(|database| database.run(&format!("UPDATE headlines SET {back}"))).unwrap();
    }
    store.with(|database| database.run("DELETE FROM counts WHERE subject = 0")).unwrap();
    let faults = store.check().unwrap().faults;
    assert!(faults.iter().any(|one| one.contains("missing or wrong")), "{faults:?}");
}

/// A store of version 1, as a dump of it says; with what came to it later.
fn of_version_1(is_later: bool) -> (TempDir, Address) {
    let fixtures =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/stores");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("old.sqlite");
    let connection = rusqlite::Connection::open(&path).unwrap();
    for name in ["1.sql", "1-unprinted.sql"].iter().take(if is_later { 2 } else { 1 }) {
        connection.execute_batch(&std::fs::read_to_string(fixtures.join(name)).unwrap()).unwrap();
    }
    (folder, Address::File(path))
}

#[test]
fn a_store_of_version_1_is_brought_up_to_date_with_all_that_it_holds() {
    for is_later in [false, true] {
        let (_folder, address) = of_version_1(is_later);
        // Opened for reading, as `history` does.
        let mut store = Store::open(&address).unwrap();
        let found = store.headlines(&Filter::default(), None, 10).unwrap();
        // In the order in which they were first seen.
        assert_eq!(
            titles(found.clone()),
            [
                "Exchange halts withdrawals",
                "Bitcoin miners report record revenue",
                "A title with 'quotes' and 日本"
            ]
        );
        let miners = &found[1];
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        assert_eq!(miners.published, Some(at("2026-11-20T23:59:59Z")));
        assert_eq!(miners.at, at("2026-11-20T23:59:59Z"));
        assert_eq!(miners.first_seen, at("2026-11-21T08:00:00Z"));
        assert_eq!(miners.last_seen, at("2026-11-22T08:00:00Z"));
        assert_eq!(miners.confidence, 0.8);
        assert_eq!((&miners.source[..], &miners.model[..]), ("Example Wire", "aa"));
        assert_eq!(miners.names, ["Bitcoin"]);
        // A publication that was still to come.
        assert_eq!(found[2].at, at("2026-11-21T07:00:00Z"));
        assert_eq!(shown(store.last_days(9).unwrap()).len(), 3);
        let response = store.response("https://example.org/feed").unwrap().unwrap();
        assert_eq!(
            (response.validators.etag.as_deref(), &response.body[..]),
            (Some("\"1\""), &b"<rss/>"[..])
        );
        // What a process that has ended was about to print is new.
        let kept = keep(
            &mut store,
            NOW,
            "m",
            &[("Exchange halts withdrawals", "A", 0, [1.0, 0.0, 0.0], &[])],
        );
        assert_eq!((kept.seen[0].id, kept.seen[0].is_new), (3, is_later));
    }
}

#[test]
fn a_store_that_cannot_be_brought_up_to_date_stays_as_it_was() {
    let (folder, address) = of_version_1(true);
    let path = folder.path().join("old.sqlite");
    let old = rusqlite::Connection::open(&path).unwrap();
    // As of another program's.
    old.execute_batch("CREATE TABLE terms (a)").unwrap();
    let error = format!("{:#}", Store::open_or_create(&address).unwrap_err());
    assert!(error.contains("it is as it was") && error.contains("terms"), "{error}");
    let rows: i64 = old.query_row("SELECT count(*) FROM headlines", [], |row| row.get(0)).unwrap();
    let version: i64 = old.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
    assert_eq!((rows, version), (3, 1));
}
