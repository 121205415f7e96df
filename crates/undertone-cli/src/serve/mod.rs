//! `undertone serve`: the classifier as an HTTP API.

mod api;
mod app;
mod body;
mod connections;
mod failure;
#[cfg(feature = "_fuzzing")]
pub(super) mod fuzzing;
mod keys;
mod limits;
#[cfg(feature = "scrape")]
mod live;
mod metrics;
mod observe;
mod page;
mod policy;
mod rate;
mod signals;

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use arc_swap::ArcSwap;
use axum::http::HeaderValue;
use clap::Args;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tracing::info;

pub(super) use self::app::App;
use self::keys::Keys;
use self::limits::Limits;
#[cfg(feature = "scrape")]
use self::live::{Live, LiveOptions};
use self::metrics::Metrics;
use self::observe::LogLevel;
use self::page::Page;
use self::rate::Rate;
use self::signals::Stop;
use super::model::ModelOption;
use super::names::NamesOption;
#[cfg(feature = "scrape")]
use super::store::Address;

/// The interval at which clients that have been quiet are forgotten.
const FORGET_EVERY: Duration = Duration::from_secs(60);

/// Answer over HTTP
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  undertone serve
  undertone serve --listen 0.0.0.0:8080 --model model.bin --api-keys keys.txt --rate 50
  undertone serve --cors https://example.org --max-batch 100
  curl http://127.0.0.1:8080/predict -H 'Content-Type: application/json' \\
       -d '{\"text\": \"Bitcoin rallies after upbeat inflation report\"}'
  kill -HUP PID    # reads model, names and keys again; bad files are refused and the old ones stay

/docs describes the API, /openapi.json too; /health and /metrics are for operators. Logs go to
standard error as JSON and never hold a text. Behind a proxy, which also ends TLS, --rate without
--api-keys counts all of its clients as one.")]
pub(super) struct Arguments {
    #[command(flatten)]
    model: ModelOption,
    #[command(flatten)]
    names: NamesOption,
    /// Where to listen; port 0 takes a free one
    #[arg(
        long,
        value_name = "ADDRESS:PORT",
        default_value = "127.0.0.1:8080",
        env = "UNDERTONE_LISTEN"
    )]
    listen: String,
    /// A file of API keys, one a line, `NAME: KEY` or just the key; without it nobody needs one
    #[arg(long, value_name = "FILE", env = "UNDERTONE_API_KEYS")]
    api_keys: Option<PathBuf>,
    /// Requests a second for each API key, or each address where there are no keys
    #[arg(long, value_name = "N")]
    rate: Option<f64>,
    /// Requests that may come at once before --rate counts
    #[arg(long, value_name = "N", default_value = "20", requires = "rate")]
    burst: NonZeroU32,
    /// An origin whose pages may ask from browsers, or * for all; give it several times for several
    #[arg(long, value_name = "ORIGIN", value_parser = origin)]
    cors: Vec<HeaderValue>,
    /// A folder with the web page to serve in place of the one built in, under the same content
    /// security policy: what it loads is its own
    #[arg(long, value_name = "DIR")]
    page: Option<PathBuf>,
    /// What to log
    #[arg(long, value_enum, default_value = "info", value_name = "LEVEL")]
    log: LogLevel,
    /// Threads that answer [default: one for each processor]
    #[arg(long, value_name = "N")]
    threads: Option<NonZeroU32>,
    #[command(flatten)]
    limits: Limits,
    #[cfg(feature = "scrape")]
    #[command(flatten)]
    live: LiveOptions,
}

/// Parses an origin: `https://example.org`, without a path, or `*`.
fn origin(text: &str) -> Result<HeaderValue, String> {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let is_origin = host.is_some_and(|host| !host.is_empty() && !host.contains(['/', ' ']));
    match text.parse() {
        Ok(value) if is_origin || text == "*" => Ok(value),
        _ => Err("expected an origin such as https://example.org, without a path, or *".to_owned()),
    }
}

#[cfg(feature = "scrape")]
impl Arguments {
    /// The store that is served, if there is one.
    pub(super) fn store(&self) -> Option<&Address> {
        self.live.store.as_ref()
    }

    pub(super) fn shutdown_timeout(&self) -> Duration {
        self.limits.shutdown_timeout
    }
}

impl Arguments {
    fn app(&self) -> anyhow::Result<App> {
        Ok(App {
            model: ArcSwap::from_pointee(self.model.identify()?),
            model_option: self.model.clone(),
            names: ArcSwap::from_pointee(self.names.read()?),
            names_option: self.names.clone(),
            keys: match &self.api_keys {
                Some(path) => Some(ArcSwap::from_pointee(Keys::read(path)?)),
                None => None,
            },
            keys_file: self.api_keys.clone(),
            rate: self.rate.map(|rate| Rate::new(rate, self.burst)).transpose()?,
            limits: self.limits.clone(),
            metrics: Metrics::new(),
            page: match &self.page {
                Some(folder) => Page::read(folder)?,
                None => Page::embedded()?,
            },
            #[cfg(feature = "scrape")]
            live: Live::open(&self.live, self.limits.max_connections)?,
            stopping: watch::Sender::new(false),
        })
    }
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    run_beside(arguments, |_| Ok(()))
}

/// Serves, and does something else beside it, which `begin` begins once the server listens. What it
/// returns is dropped when the server has stopped.
pub(super) fn run_beside<T>(
    arguments: &Arguments,
    begin: impl FnOnce(&Arc<App>) -> anyhow::Result<T>,
) -> anyhow::Result<()> {
    let app = Arc::new(arguments.app()?);
    let router = api::router(app.clone(), &arguments.cors)?;
    observe::start_log(arguments.log);
    // Outside of the runtime, within which the client of PostgreSQL panics.
    #[cfg(feature = "scrape")]
    if let Some(live) = &app.live {
        live.start(&app)?;
        // Nor may it be dropped there: the store stays open until the process ends.
        std::mem::forget(app.clone());
    }
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    if let Some(threads) = arguments.threads {
        runtime.worker_threads(threads.get() as usize);
    }
    let runtime = runtime.enable_all().build()?;
    let result = runtime.block_on(async {
        let listener = TcpListener::bind(&arguments.listen)
            .await
            .with_context(|| format!("could not listen at {}", arguments.listen))?;
        let stop = Stop::listen()?;
        listen_for_reloads(app.clone())?;
        forget_quiet_clients(app.clone());
        {
            let model = app.model.load();
            let address = listener.local_addr()?.to_string();
            info!(address, model = model.name, sha256 = model.sha256, "listening");
        }
        let beside = begin(&app)?;
        connections::serve(listener, app, router, stop).await;
        Ok(beside)
    });
    // Requests that are still running have had their time.
    runtime.shutdown_background();
    result.map(drop)
}

#[cfg(unix)]
fn listen_for_reloads(app: Arc<App>) -> std::io::Result<()> {
    let mut reloads = signals::reloads()?;
    tokio::spawn(async move {
        while reloads.recv().await.is_some() {
            tokio::task::block_in_place(|| app.reload());
        }
    });
    Ok(())
}

/// Does nothing, on systems without SIGHUP.
#[cfg(not(unix))]
fn listen_for_reloads(_: Arc<App>) -> std::io::Result<()> {
    Ok(())
}

fn forget_quiet_clients(app: Arc<App>) {
    if app.rate.is_none() {
        return;
    }
    tokio::spawn(async move {
        let mut ticks = tokio::time::interval(FORGET_EVERY);
        loop {
            ticks.tick().await;
            if let Some(rate) = &app.rate {
                rate.forget_quiet_clients();
            }
        }
    });
}
