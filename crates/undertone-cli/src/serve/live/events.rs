//! The stream of headlines as server-sent events.
//!
//! A reader holds no queue: one who is behind by more than the events that wait for all reads pages
//! of the store, each when the one before has been sent. One who doesn't read at all is closed by
//! the connection's write timeout. Either resumes after the last event that was read.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::header::{HeaderName, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::sse::{self, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{OwnedSemaphorePermit, broadcast, watch};

use super::super::app::App;
use super::super::failure::{Failure, FailureBody};
use super::Live;
use super::query::{EventsQuery, Filters};
use super::tail::Event;

/// The most headlines that are read from the store for a reader at a time: what a reader who reads
/// nothing holds, besides what waits in its connection.
const PAGE: u32 = 10;
/// The most headlines that a reader is given to catch up with; one who has missed more is told to
/// ask for the list again.
const MOST_MISSED: i64 = 1000;
/// The pause after which a reader is sent an empty line, so that proxies keep the connection and
/// readers who are gone are noticed.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// The pause after which a browser connects again.
const RETRY: Duration = Duration::from_secs(3);
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// Headlines as they come, as server-sent events: `event: headline` with a headline as JSON, and
/// its id. Resumes behind `Last-Event-ID`; whoever has missed more than 1000 gets `event: reset`
/// and asks for the list again.
#[utoipa::path(
    get,
    path = "/api/events",
    params(EventsQuery),
    responses(
        (status = 200, description = "Events without end", body = String,
         content_type = "text/event-stream"),
        (status = "4XX", description = "What was expected and what was found", body = FailureBody),
        (status = 503, description = "Too many readers, or no store now", body = FailureBody),
    ),
)]
pub(super) async fn events(
    State(app): State<Arc<App>>,
    query: Result<Query<EventsQuery>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let Query(query) = query?;
    let filters = Filters::new(query.label, query.coin, query.source)?;
    let live = app.live()?;
    let Ok(place) = live.readers.clone().try_acquire_owned() else {
        app.metrics.refused_readers.inc();
        return Err(too_many(live));
    };
    let resumed = headers.get(LAST_EVENT_ID).and_then(|id| id.to_str().ok()?.trim().parse().ok());
    // Before the store is asked, so that nothing is missed in between.
    let receiver = live.events.subscribe();
    let newest = live.read(&app, |store| store.last_id()).await?;
    let asked = resumed.or(query.after);
    let is_reset = asked.is_some_and(|asked| newest.saturating_sub(asked) > MOST_MISSED);
    // An id beyond the last one is of another store.
    let sent = asked.filter(|_| !is_reset).unwrap_or(newest).min(newest);
    app.metrics.readers.inc();
    let reader = Reader {
        filters,
        sent,
        is_behind: sent < newest,
        is_new: true,
        is_reset,
        page: VecDeque::new(),
        receiver,
        stopping: app.stopping.subscribe(),
        app: app.clone(),
        _place: place,
    };
    let events = stream::unfold(reader, async |mut reader| {
        let event = reader.next().await?;
        Some((Ok::<_, Infallible>(event), reader))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response())
}

fn too_many(live: &Live) -> Failure {
    let most = live.most_readers;
    Failure::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "too_many_readers",
        format!("expected at most {most} readers of the stream at a time; ask /api/headlines"),
    )
    .with_header(RETRY_AFTER, HeaderValue::from_static("60"))
}

/// A reader of the stream.
struct Reader {
    filters: Filters,
    /// The id of the last headline that was sent, or passed over.
    sent: i64,
    /// Whether headlines are to be read from the store before those that come.
    is_behind: bool,
    is_new: bool,
    is_reset: bool,
    /// Headlines of the store that are to be sent.
    page: VecDeque<Event>,
    receiver: broadcast::Receiver<Arc<Event>>,
    stopping: watch::Receiver<bool>,
    app: Arc<App>,
    _place: OwnedSemaphorePermit,
}

impl Reader {
    /// The next event; `None` when the server stops, or the store can't be read: the reader comes
    /// again.
    async fn next(&mut self) -> Option<sse::Event> {
        if std::mem::take(&mut self.is_new) {
            // With an id at once, from which a reader resumes who got nothing else.
            let name = if self.is_reset { "reset" } else { "start" };
            let event = sse::Event::default().event(name).id(self.sent.to_string());
            return Some(event.retry(RETRY).data("{}"));
        }
        loop {
            if let Some(event) = self.page.pop_front() {
                return Some(self.send(&event));
            }
            if self.is_behind {
                self.read_page().await?;
                continue;
            }
            let received = tokio::select! {
                received = self.receiver.recv() => received,
                // Fails if the server is gone, which also means to stop.
                _ = self.stopping.wait_for(|stopping| *stopping) => return None,
            };
            match received {
                Ok(event) if event.id > self.sent && event.is_of(&self.filters) => {
                    return Some(self.send(&event));
                }
                Ok(_) => {}
                Err(RecvError::Lagged(_)) => {
                    self.app.metrics.readers_behind.inc();
                    self.is_behind = true;
                }
                Err(RecvError::Closed) => return None,
            }
        }
    }

    async fn read_page(&mut self) -> Option<()> {
        let (filters, sent) = (self.filters.clone(), self.sent);
        let live = self.app.live().ok()?;
        let page = live.read(&self.app, move |store| store.after(&filters.of_store(), sent, PAGE));
        let page = page.await.ok()?;
        self.is_behind = page.len() == PAGE as usize;
        self.page = page.into_iter().map(|headline| Event::new(headline.into())).collect();
        Some(())
    }

    fn send(&mut self, event: &Event) -> sse::Event {
        self.sent = event.id;
        self.app.metrics.events.inc();
        sse::Event::default().event("headline").id(event.id.to_string()).data(&event.json)
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.app.metrics.readers.dec();
    }
}
