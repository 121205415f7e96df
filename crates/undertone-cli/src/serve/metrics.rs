//! The metrics of `GET /metrics`.

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// The upper bounds of the buckets of durations, in seconds: a headline takes tens of µs, a full
/// batch tens of ms, the body of a slow client seconds.
const SECONDS: [f64; 12] =
    [0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.05, 0.25, 1.0, 10.0];

/// The media type of the exposition.
pub(super) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    /// A route of the API or "other", never a path that a client made up.
    route: &'static str,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    route: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct LabelLabels {
    label: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OutcomeLabels {
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StoreLabels {
    operation: &'static str,
}

#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    durations: Family<RouteLabels, Histogram, fn() -> Histogram>,
    texts: Family<LabelLabels, Counter>,
    reloads: Family<OutcomeLabels, Counter>,
    pub(super) connections: Gauge,
    pub(super) refused_connections: Counter<u64, AtomicU64>,
    pub(super) unread_answers: Counter<u64, AtomicU64>,
    /// The readers of the stream of headlines: those there are, those over the limit, and how often
    /// one was too slow for the events that wait for all.
    pub(super) readers: Gauge,
    pub(super) refused_readers: Counter<u64, AtomicU64>,
    pub(super) readers_behind: Counter<u64, AtomicU64>,
    pub(super) events: Counter<u64, AtomicU64>,
    store_errors: Family<StoreLabels, Counter>,
    visits: Family<OutcomeLabels, Counter>,
    headlines: Family<OutcomeLabels, Counter>,
}

impl Metrics {
    pub(super) fn new() -> Self {
        let mut registry = Registry::with_prefix("undertone");
        let new_histogram: fn() -> Histogram = || Histogram::new(SECONDS);
        let metrics = Self {
            registry: Registry::default(),
            requests: Family::default(),
            durations: Family::new_with_constructor(new_histogram),
            texts: Family::default(),
            reloads: Family::default(),
            connections: Gauge::default(),
            refused_connections: Counter::default(),
            unread_answers: Counter::default(),
            readers: Gauge::default(),
            refused_readers: Counter::default(),
            readers_behind: Counter::default(),
            events: Counter::default(),
            store_errors: Family::default(),
            visits: Family::default(),
            headlines: Family::default(),
        };
        registry.register("requests", "Answered requests", metrics.requests.clone());
        registry.register_with_unit(
            "request_duration",
            "From a request's head to its answer, the time for its body included",
            Unit::Seconds,
            metrics.durations.clone(),
        );
        registry.register("texts", "Scored texts by predicted label", metrics.texts.clone());
        registry.register("reloads", "Reloads of model and keys", metrics.reloads.clone());
        registry.register("connections", "Open connections", metrics.connections.clone());
        registry.register(
            "refused_connections",
            "Connections over the limit",
            metrics.refused_connections.clone(),
        );
        registry.register(
            "unread_answers",
            "Connections closed as their client read nothing",
            metrics.unread_answers.clone(),
        );
        metrics.register_live(&mut registry);
        Self { registry, ..metrics }
    }

    /// Registers what only a server with a store counts.
    fn register_live(&self, registry: &mut Registry) {
        if cfg!(not(feature = "scrape")) {
            return;
        }
        registry.register("event_readers", "Readers of the stream", self.readers.clone());
        registry.register(
            "refused_event_readers",
            "Readers of the stream over the limit",
            self.refused_readers.clone(),
        );
        registry.register(
            "event_readers_behind",
            "Times that a reader of the stream was behind and went on from the store",
            self.readers_behind.clone(),
        );
        registry.register("events", "Headlines sent to readers of the stream", self.events.clone());
        registry.register(
            "store_errors",
            "Failures to read or write the store",
            self.store_errors.clone(),
        );
        registry.register("visits", "Visits of sources", self.visits.clone());
        registry.register("headlines", "Headlines that visits gave", self.headlines.clone());
    }

    pub(super) fn request(&self, route: &'static str, status: u16, duration: Duration) {
        self.requests.get_or_create(&RequestLabels { route, status }).inc();
        self.durations.get_or_create(&RouteLabels { route }).observe(duration.as_secs_f64());
    }

    pub(super) fn text(&self, label: &str) {
        self.texts.get_or_create(&LabelLabels { label: label.to_owned() }).inc();
    }

    pub(super) fn reload(&self, succeeded: bool) {
        let outcome = if succeeded { "succeeded" } else { "failed" };
        self.reloads.get_or_create(&OutcomeLabels { outcome }).inc();
    }

    /// Counts a failure of the store to be read or written.
    #[cfg(feature = "scrape")]
    pub(crate) fn store_error(&self, operation: &'static str) {
        self.store_errors.get_or_create(&StoreLabels { operation }).inc();
    }

    /// Counts a visit of a source.
    #[cfg(feature = "scrape")]
    pub(crate) fn visit(&self, outcome: &'static str) {
        self.visits.get_or_create(&OutcomeLabels { outcome }).inc();
    }

    /// Counts headlines that a visit gave.
    #[cfg(feature = "scrape")]
    pub(crate) fn headlines(&self, outcome: &'static str, number: usize) {
        let counter = self.headlines.get_or_create(&OutcomeLabels { outcome });
        counter.inc_by(number as u64);
    }

    /// The exposition in OpenMetrics' text format.
    pub(super) fn encode(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}
