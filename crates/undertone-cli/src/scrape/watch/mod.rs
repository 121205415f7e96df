//! `undertone watch`: sources are visited on a schedule, what is new goes into a store, and the
//! store is served, in one process.

mod halt;
mod recent;
mod schedule;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use anyhow::Context;
use chrono::{DateTime, TimeDelta, Utc};
use clap::Args;
use tracing::{info, warn};

use self::halt::Halt;
use self::recent::Recent;
use self::schedule::{Schedule, Went};
use super::fetch::{FetchOptions, Fetcher};
use super::filter;
use super::headline::{Found, Headline};
use super::period;
use super::source::{Source, SourceOptions};
use super::{Desk, Visit};
use crate::names::named;
use crate::serve::{self, App};
use crate::store::{Entry, Finished, Store};

/// The share of the pause until a source's next visit after which other watchers may visit it.
const DUE_SHARE: f64 = 0.8;
/// The least pause before a source that another watcher has is asked for again.
const LEAST_PAUSE: Duration = Duration::from_secs(1);
/// The time between two times of forgetting old headlines.
const FORGET_EVERY: Duration = Duration::from_secs(60 * 60);

/// Visit sources on a schedule, and serve what they say
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  undertone watch --store news.sqlite                  # Bitcoin Ticker, every 15 minutes
  undertone watch --all --store news.sqlite --every 30m --keep 400d
  undertone watch --sources sources.toml --store news.sqlite --listen 0.0.0.0:8080
  undertone serve --store news.sqlite --listen 127.0.0.1:8081

Serves as `undertone serve` does, which has these options too and serves a store alone. Several
watchers may share a store: each source is visited by one of them at a time. A source that fails is
visited less often, up to every six hours. SIGTERM and Ctrl-C finish the visits that have begun.")]
// Those of `serve` have the same name.
#[group(skip)]
#[command(mut_arg("store", |store| store.required(true)))]
pub(crate) struct Arguments {
    #[command(flatten)]
    sources: SourceOptions,
    /// How often a source is visited whose entry in the list has no `every`, give or take a tenth
    #[arg(long, value_name = "PERIOD", default_value = "15m", value_parser = period::parse)]
    every: Duration,
    /// Forget headlines that were last seen so long ago, such as 400d
    #[arg(long, value_name = "PERIOD", value_parser = period::parse)]
    keep: Option<Duration>,
    /// How long a source waits for its watcher if that is killed within a visit; longer than visits
    /// take
    #[arg(long, value_name = "PERIOD", default_value = "10m", value_parser = period::parse)]
    lease: Duration,
    #[command(flatten)]
    fetch: FetchOptions,
    #[command(flatten)]
    serve: serve::Arguments,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let sources = arguments.sources.read()?;
    let address = arguments.serve.store().context("expected --store, found none")?;
    let open = || Store::open_or_create(address).with_context(|| address.to_string());
    // Before the server opens it, which creates none.
    let store = open()?;
    let old = arguments.keep.map(|keep| anyhow::Ok((open()?, keep))).transpose()?;
    serve::run_beside(&arguments.serve, |app| {
        let watcher = Arc::new(Watcher::new(arguments, sources, store, app.clone()));
        watcher.start(old, arguments.serve.shutdown_timeout())
    })
}

/// The threads that visit; they are told to stop, and waited for, when it is dropped.
struct Watching {
    halt: Arc<Halt>,
    /// Disconnected when the last thread has ended.
    ended: mpsc::Receiver<()>,
    patience: Duration,
}

impl Drop for Watching {
    fn drop(&mut self) {
        // The task that gives it as well may have ended with the runtime before it was its turn.
        self.halt.give();
        match self.ended.recv_timeout(self.patience) {
            Err(mpsc::RecvTimeoutError::Timeout) => {
                warn!("stopped before every visit was finished: they took too long");
            }
            Ok(()) | Err(mpsc::RecvTimeoutError::Disconnected) => info!("every visit is finished"),
        }
    }
}

/// What the threads share.
struct Watcher {
    sources: Vec<Source>,
    every: Duration,
    /// The time for which a source is leased.
    lease: Duration,
    /// The most headlines of a source.
    limit: usize,
    fetcher: Fetcher,
    app: Arc<App>,
    keeper: Mutex<Keeper>,
    halt: Arc<Halt>,
    /// The name of this process in leases.
    owner: String,
    seed: u64,
    begun: Instant,
}

/// The store, and what is known of it.
struct Keeper {
    store: Store,
    recent: Recent,
    /// False from a failure of the store until headlines are kept again.
    is_well: bool,
}

/// What became of the headlines of a visit.
#[derive(Debug, Default, PartialEq)]
struct Sums {
    new: usize,
    known: usize,
    left_out: usize,
}

impl Watcher {
    fn new(arguments: &Arguments, sources: Vec<Source>, store: Store, app: Arc<App>) -> Self {
        let nanoseconds = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .map_or(0, |since| since.as_nanos());
        Self {
            sources,
            every: arguments.every,
            lease: arguments.lease,
            limit: arguments.sources.limit,
            fetcher: Fetcher::new(arguments.fetch.clone()),
            app,
            keeper: Mutex::new(Keeper { store, recent: Recent::default(), is_well: true }),
            halt: Arc::default(),
            owner: format!("{}-{nanoseconds:x}", std::process::id()),
            // Watchers must differ, or they would ask together.
            seed: nanoseconds as u64 ^ u64::from(std::process::id()) << 32,
            begun: Instant::now(),
        }
    }

    /// Starts a thread for each site, and one that forgets old headlines in a store of its own.
    fn start(
        self: Arc<Self>,
        old: Option<(Store, Duration)>,
        patience: Duration,
    ) -> anyhow::Result<Watching> {
        let mut sites: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (index, source) in self.sources.iter().enumerate() {
            sites.entry(source.url.origin().ascii_serialization()).or_default().push(index);
        }
        let (alive, ended) = mpsc::channel::<()>();
        let spawn = |name: String, run: Box<dyn FnOnce(&Self) + Send>| {
            let (watcher, alive) = (self.clone(), alive.clone());
            let thread = thread::Builder::new().name(name).spawn(move || {
                run(&watcher);
                drop(alive);
            });
            thread.map(drop).context("could not start a thread")
        };
        info!(sources = self.sources.len(), sites = sites.len(), "watching");
        for (site, sources) in sites {
            spawn(site, Box::new(move |watcher| watcher.watch_site(&sources)))?;
        }
        if let Some((store, keep)) = old {
            spawn("forget".to_owned(), Box::new(move |watcher| watcher.forget(store, keep)))?;
        }
        let mut stopping = self.app.stopping.subscribe();
        // Without the store, which may not be dropped within the runtime.
        let (halt, told) = (self.halt.clone(), self.halt.clone());
        tokio::spawn(async move {
            // Fails if the server is gone, which also means to stop.
            let _ = stopping.wait_for(|stopping| *stopping).await;
            told.give();
        });
        Ok(Watching { halt, ended, patience })
    }

    /// Visits the sources of a site, one after the other.
    fn watch_site(&self, sources: &[usize]) {
        let intervals =
            sources.iter().map(|&index| self.sources[index].every.unwrap_or(self.every));
        let mut schedule = Schedule::new(intervals, self.seed);
        let desks: Vec<Desk> = sources.iter().map(|_| Desk::default()).collect();
        while let Some((place, due)) = schedule.next() {
            let due = self.begun.checked_add(due);
            if !due.is_some_and(|due| self.halt.wait_until(due)) {
                return;
            }
            let source = &self.sources[sources[place]];
            let (went, error) = self.visit(source, &desks[place]);
            let pause = schedule.plan(place, self.begun.elapsed(), went);
            // What could not be kept is this watcher's to visit again.
            if matches!(went, Went::Well | Went::Badly { .. }) {
                self.finish(source, pause, error);
            }
        }
    }

    /// Visits a source, unless another watcher does, and keeps what it says.
    fn visit(&self, source: &Source, desk: &Desk) -> (Went, Option<String>) {
        let name = source.shown();
        let claimed = self.with_store(|keeper| {
            let (store, now) = (&mut keeper.store, Utc::now());
            if store
                .claim_source(source.url.as_str(), &self.owner, now, now + self.lease)?
                .is_none()
            {
                let mut states = store.sources()?.into_iter();
                let state = states.find(|state| state.name == source.url.as_str());
                return Ok(Err(state.and_then(|state| state.leased_until.max(state.due))));
            }
            Ok(Ok(store.response(source.url.as_str())?))
        });
        let known = match claimed {
            Some(Ok(known)) => known,
            Some(Err(until)) => {
                self.app.metrics.visit("elsewhere");
                let pause = until.and_then(|until| (until - Utc::now()).to_std().ok());
                let pause = pause.unwrap_or_default().max(LEAST_PAUSE);
                return (Went::Elsewhere { pause }, None);
            }
            None => return (Went::Unkept, Some("the store could not be used".to_owned())),
        };
        let visit = super::visit(&self.fetcher, 0, source, known.as_ref(), desk);
        let seconds = visit.seconds;
        let Visit { response, outcome, is_modified, pause, .. } = visit;
        let found = match outcome {
            Ok(found) => found,
            Err(reason) => {
                self.app.metrics.visit("failed");
                warn!(source = name, seconds, reason, "not read");
                return (Went::Badly { pause }, Some(reason));
            }
        };
        for remark in &found.remarks {
            info!(source = name, remark, "remark");
        }
        let kept = self.with_store(|keeper| {
            let sums = keeper.keep(&self.app, found, self.limit)?;
            if let Some(response) = &response {
                // Last: an answer counts as known when all of its headlines are kept.
                keeper.store.keep_response(source.url.as_str(), response)?;
            }
            Ok(sums)
        });
        let Some(Sums { new, known, left_out }) = kept else {
            return (Went::Unkept, Some("its headlines could not be kept".to_owned()));
        };
        self.say_well();
        let metrics = &self.app.metrics;
        metrics.visit(if is_modified { "read" } else { "unchanged" });
        for (outcome, number) in [("new", new), ("known", known), ("left out", left_out)] {
            metrics.headlines(outcome, number);
        }
        info!(source = name, seconds, new, known, left_out, is_modified, "read");
        (Went::Well, None)
    }

    /// Ends the lease of a source, which is due again after a part of the pause.
    fn finish(&self, source: &Source, pause: Duration, error: Option<String>) {
        let now = Utc::now();
        let pause = TimeDelta::from_std(pause.mul_f64(DUE_SHARE)).unwrap_or(TimeDelta::MAX);
        let due = now.checked_add_signed(pause).unwrap_or(DateTime::<Utc>::MAX_UTC);
        let finished = Finished { due, error };
        // If it fails, the lease runs out.
        self.with_store(|keeper| {
            keeper.store.finish_source(source.url.as_str(), &self.owner, now, &finished)
        });
    }

    /// Forgets headlines that were last seen too long ago, now and every hour.
    fn forget(&self, mut store: Store, keep: Duration) {
        let mut next = self.begun;
        while self.halt.wait_until(next) {
            next = Instant::now() + FORGET_EVERY;
            let keep = TimeDelta::from_std(keep).ok();
            let Some(before) = keep.and_then(|keep| Utc::now().checked_sub_signed(keep)) else {
                return;
            };
            match store.prune(before) {
                Ok(0) => {}
                Ok(headlines) => info!(headlines, "forgot old headlines"),
                Err(error) => {
                    self.app.metrics.store_error("forget");
                    warn!(reason = format!("{error:#}"), "could not forget old headlines");
                }
            }
        }
    }

    /// Uses the store; `None` if that failed, which is said once, until headlines are kept again.
    fn with_store<T>(&self, with: impl FnOnce(&mut Keeper) -> anyhow::Result<T>) -> Option<T> {
        let mut keeper = self.keeper();
        let error = match with(&mut keeper) {
            Ok(done) => return Some(done),
            Err(error) => error,
        };
        self.app.metrics.store_error("write");
        if std::mem::replace(&mut keeper.is_well, false) {
            let reason = format!("{error:#}");
            warn!(reason, "the store could not be used; trying again");
        }
        None
    }

    /// Says, after a failure, that headlines are kept again. What changes nothing, such as asking
    /// for a source that another has, also succeeds on a full disk.
    fn say_well(&self) {
        if !std::mem::replace(&mut self.keeper().is_well, true) {
            info!("the store can be used again");
        }
    }

    fn keeper(&self) -> MutexGuard<'_, Keeper> {
        // What a thread that panicked left half done the store undoes.
        self.keeper.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Keeper {
    /// Scores headlines and keeps them, all or none, those left out that are none or tell a story
    /// again.
    fn keep(&mut self, app: &App, found: Found, limit: usize) -> anyhow::Result<Sums> {
        let now = Utc::now();
        self.recent.refresh(&mut self.store, now)?;
        let all = found.items();
        let mut headlines = found.headlines;
        headlines.truncate(limit);
        let mut headlines = filter::apply(headlines, &[]).headlines;
        self.recent.leave_out_repeated(&mut headlines);
        let (model, names) = (app.model.load(), app.names.load());
        let classifier = &model.classifier;
        let mut scorer = classifier.scorer();
        let answers: Vec<_> =
            headlines.iter().map(|one| classifier.answer(scorer.predict(&one.title))).collect();
        let entries = headlines.iter().zip(&answers).map(|(headline, answer)| {
            let Headline { title, source, url, published } = headline;
            Entry {
                title,
                source,
                url: url.as_deref(),
                published: *published,
                label: answer.label,
                labels: answer.probabilities.labels(),
                probabilities: answer.probabilities.values(),
                model: &model.sha256,
                names: named(&names, title),
            }
        });
        let entries: Vec<Entry<'_>> = entries.collect();
        let kept = self.store.keep(&entries, now)?;
        let new = kept.seen.iter().filter(|seen| seen.is_first).count();
        // A server shows what a command would print.
        self.store.printed(kept)?;
        Ok(Sums { new, known: entries.len() - new, left_out: all - entries.len() })
    }
}
