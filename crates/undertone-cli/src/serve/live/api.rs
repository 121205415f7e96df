//! The routes over the store.

use std::sync::Arc;

use axum::Router;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::get;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::super::api::docs;
use super::super::app::App;
use super::super::failure::{Failure, FailureBody};
use super::answers::{DailyAnswer, Headlines, MoodAnswer};
use super::query::{self, DailyQuery, Filters, HeadlinesQuery, MoodQuery, ViewQuery};
use super::{Live, atom, events, page};
use crate::store::Store;

/// The media type of JSON.
const JSON: &str = "application/json";

/// The routes over the store, which read alone and need no key: who reaches the server may read.
pub(in super::super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(mood))
        .routes(routes!(daily))
        .routes(routes!(headlines))
        .routes(routes!(feed))
        .routes(routes!(events::events))
        .merge(OpenApiRouter::from(files()))
}

/// The page and what it loads.
fn files() -> Router<Arc<App>> {
    Router::new()
        .route("/live", get(view))
        .route("/live.css", get(async || docs("text/css", include_str!("live.css"))))
        .route("/live.js", get(async || docs("text/javascript", include_str!("live.js"))))
}

impl App {
    /// What is served of the store.
    pub(super) fn live(&self) -> Result<&Live, Failure> {
        self.live.as_ref().ok_or_else(|| {
            let message = "expected a server with --store, found one without";
            Failure::new(StatusCode::NOT_FOUND, "not_found", message)
        })
    }

    /// The labels of the model in use, by which headlines without any label are counted as none.
    fn labels(&self) -> Vec<String> {
        self.model.load().classifier.labels().to_vec()
    }
}

/// The mood of the last hours: of all headlines, of each hour, source and coin.
///
/// 100 × (good − bad) / headlines, from -100 to 100, with its standard error.
#[utoipa::path(
    get,
    path = "/api/mood",
    params(MoodQuery),
    responses(
        (status = 200, description = "The mood; with an ETag", body = MoodAnswer),
        (status = 304, description = "What `If-None-Match` names is still so"),
        (status = "4XX", description = "What was expected and what was found", body = FailureBody),
        (status = 503, description = "The store can't be read now", body = FailureBody),
    ),
)]
async fn mood(
    State(app): State<Arc<App>>,
    asked: Result<Query<MoodQuery>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let Query(asked) = asked?;
    let hours = query::hours(asked.hours)?;
    let filters = Filters::of_mood(asked.coin, asked.source)?;
    of_mood(&app, &headers, ("mood", hours), filters, MoodAnswer::read).await
}

/// The mood of each of the last days.
#[utoipa::path(
    get,
    path = "/api/mood/daily",
    params(DailyQuery),
    responses(
        (status = 200, description = "A mood for each day; with an ETag", body = DailyAnswer),
        (status = 304, description = "What `If-None-Match` names is still so"),
        (status = "4XX", description = "What was expected and what was found", body = FailureBody),
        (status = 503, description = "The store can't be read now", body = FailureBody),
    ),
)]
async fn daily(
    State(app): State<Arc<App>>,
    asked: Result<Query<DailyQuery>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let Query(asked) = asked?;
    let days = query::days(asked.days)?;
    let filters = Filters::of_mood(asked.coin, asked.source)?;
    of_mood(&app, &headers, ("daily", days), filters, DailyAnswer::read).await
}

/// Answers with what is read of so many hours or days.
async fn of_mood<Answer: Serialize>(
    app: &App,
    headers: &HeaderMap,
    (what, number): (&str, u32),
    filters: Filters,
    read: impl FnOnce(&mut Store, &Filters, u32, &[String], DateTime<Utc>) -> anyhow::Result<Answer>
    + Send
    + 'static,
) -> Result<Response, Failure> {
    let labels = app.labels();
    let key = format!("{what} {number} {}", filters.query(&[]));
    let make = move |store: &mut _, now| {
        Ok(serde_json::to_vec(&read(store, &filters, number, &labels, now)?)?)
    };
    app.live()?.answer(app, headers, JSON, key, make).await
}

/// Headlines, the newest first.
#[utoipa::path(
    get,
    path = "/api/headlines",
    params(HeadlinesQuery),
    responses(
        (status = 200, description = "Headlines; with an ETag", body = Headlines),
        (status = 304, description = "What `If-None-Match` names is still so"),
        (status = "4XX", description = "What was expected and what was found", body = FailureBody),
        (status = 503, description = "The store can't be read now", body = FailureBody),
    ),
)]
async fn headlines(
    State(app): State<Arc<App>>,
    asked: Result<Query<HeadlinesQuery>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let make = |headlines: &Headlines, _: &Filters| Ok(serde_json::to_vec(headlines)?);
    of_headlines(&app, asked, &headers, JSON, make).await
}

/// Headlines as an Atom feed, the newest first.
#[utoipa::path(
    get,
    path = "/feed.atom",
    params(HeadlinesQuery),
    responses(
        (status = 200, description = "A feed; with an ETag", body = String,
         content_type = "application/atom+xml"),
        (status = 304, description = "What `If-None-Match` names is still so"),
        (status = "4XX", description = "What was expected and what was found", body = FailureBody),
        (status = 503, description = "The store can't be read now", body = FailureBody),
    ),
)]
async fn feed(
    State(app): State<Arc<App>>,
    asked: Result<Query<HeadlinesQuery>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let make = |headlines: &Headlines, filters: &Filters| {
        Ok(atom::feed(&headlines.headlines, filters).into_bytes())
    };
    of_headlines(&app, asked, &headers, atom::CONTENT_TYPE, make).await
}

async fn of_headlines(
    app: &App,
    asked: Result<Query<HeadlinesQuery>, QueryRejection>,
    headers: &HeaderMap,
    content_type: &'static str,
    make: impl FnOnce(&Headlines, &Filters) -> anyhow::Result<Vec<u8>> + Send + 'static,
) -> Result<Response, Failure> {
    let Query(asked) = asked?;
    let limit = query::limit(asked.limit)?;
    let filters = Filters::new(asked.label, asked.coin, asked.source)?;
    let before = asked.before;
    let key = format!("{content_type} {before:?} {limit} {}", filters.query(&[]));
    let make =
        move |store: &mut _, _| make(&Headlines::read(store, &filters, before, limit)?, &filters);
    app.live()?.answer(app, headers, content_type, key, make).await
}

/// The page, as it is without JavaScript.
async fn view(
    State(app): State<Arc<App>>,
    asked: Result<Query<ViewQuery>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let Query(asked) = asked?;
    let hours = query::hours(asked.hours)?;
    let filters = Filters::new(asked.label, asked.coin, asked.source)?;
    let (before, labels) = (asked.before, app.labels());
    let key = format!("view {before:?} {hours} {}", filters.query(&[]));
    let make = move |store: &mut _, now| {
        Ok(page::View::read(store, filters, hours, before, labels, now)?.html().into_bytes())
    };
    app.live()?.answer(&app, &headers, "text/html; charset=utf-8", key, make).await
}
