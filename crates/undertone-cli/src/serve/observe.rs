//! Observation: each request as a line of the log and a number in the metrics. Neither ever holds a
//! text: a line has the route but not the address, the code of an error but not its message.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{Request, State};
use axum::http::HeaderValue;
use axum::http::header::X_CONTENT_TYPE_OPTIONS;
use axum::middleware::Next;
use axum::response::Response;
use clap::ValueEnum;
use tracing::level_filters::LevelFilter;
use tracing::{debug, info};

use super::app::App;
use super::connections::Peer;
use super::failure::FailureCode;

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum LogLevel {
    /// Nothing
    Off,
    /// What went wrong
    Error,
    /// What may go wrong
    Warn,
    /// Start, stop, reload and each request
    Info,
    /// Also health checks, metrics and broken connections
    Debug,
}

/// Starts the log: lines on standard error, each a JSON object.
pub(super) fn start_log(level: LogLevel) {
    let level = match level {
        LogLevel::Off => LevelFilter::OFF,
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
    };
    // Fails if a log has been started already, which then stays.
    let _ = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_target(false)
        .with_max_level(level)
        .with_writer(std::io::stderr)
        // Told of on standard error, too, an error would end its thread where the log's disk is
        // full.
        .log_internal_errors(false)
        .try_init();
}

/// The route of a path; "other" for a path that is no route, such as a file of the page.
fn route(path: &str) -> &'static str {
    const ROUTES: [&str; 13] = [
        "/",
        "/api/events",
        "/api/headlines",
        "/api/mood",
        "/api/mood/daily",
        "/classify",
        "/docs",
        "/feed.atom",
        "/health",
        "/live",
        "/metrics",
        "/openapi.json",
        "/predict",
    ];
    ROUTES.into_iter().find(|route| *route == path).unwrap_or("other")
}

pub(super) async fn observe(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let route = route(request.uri().path());
    let method = request.method().clone();
    let client = request.extensions().get::<Peer>().map(|Peer(peer)| peer.ip());
    let mut response = next.run(request).await;
    response.headers_mut().insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    let duration = begun.elapsed();
    let status = response.status().as_u16();
    app.metrics.request(route, status, duration);
    let error = response.extensions().get::<FailureCode>().map(|FailureCode(code)| *code);
    // Any token is a valid method; one that a client made up could hold a text.
    const METHODS: [&str; 6] = ["DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"];
    let method = METHODS.into_iter().find(|known| method == *known).unwrap_or("other");
    let client = client.map(tracing::field::display);
    let milliseconds = duration.as_secs_f64() * 1e3;
    if matches!(route, "/health" | "/metrics") && error.is_none() {
        debug!(method, route, status, milliseconds, error, client, "request");
    } else {
        info!(method, route, status, milliseconds, error, client, "request");
    }
    response
}
