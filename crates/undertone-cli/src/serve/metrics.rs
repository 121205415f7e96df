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
struct ReloadLabels {
    outcome: &'static str,
}

#[derive(Debug)]
pub(super) struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    durations: Family<RouteLabels, Histogram, fn() -> Histogram>,
    texts: Family<LabelLabels, Counter>,
    reloads: Family<ReloadLabels, Counter>,
    pub(super) connections: Gauge,
    pub(super) refused_connections: Counter<u64, AtomicU64>,
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
        Self { registry, ..metrics }
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
        self.reloads.get_or_create(&ReloadLabels { outcome }).inc();
    }

    /// The exposition in OpenMetrics' text format.
    pub(super) fn encode(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}
