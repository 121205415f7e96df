//! What is served of a store: headlines as they come, their mood, and the page that shows both.

mod answers;
mod api;
mod atom;
mod events;
mod mood;
mod page;
mod query;
mod tail;

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Context;
use axum::body::Bytes;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH, REFERRER_POLICY,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use clap::Args;
use sha2::{Digest, Sha256};
use tokio::sync::{Mutex, Semaphore, broadcast};

pub(super) use self::api::routes;
use self::tail::Event;
use super::app::App;
use super::failure::Failure;
use crate::store::{Address, Store};
use undertone::files::hex;

/// The most events that wait for readers who are behind; whoever is further behind reads from the
/// store again, at their own pace.
const WAITING_EVENTS: usize = 256;
/// The most answers that are kept for whoever asks the same.
const MOST_ANSWERS: usize = 64;
/// The most bytes of an answer that is kept: with the number of them 8 MiB in all.
const MOST_KEPT: usize = 128 << 10;
/// The policy of the page: what it loads and sends to is this server.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    connect-src 'self'; img-src data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

#[derive(Debug, Clone, Args)]
pub(super) struct LiveOptions {
    /// Also serve what this store holds: the page /live, its feed and its JSON. An SQLite file, or
    /// a PostgreSQL database as postgres://…
    #[arg(long, value_name = "STORE")]
    pub(super) store: Option<Address>,
    /// The most readers of the stream of headlines at a time [default: half of --max-connections]
    #[arg(long, value_name = "N", requires = "store", help_heading = "Limits")]
    pub(super) max_readers: Option<u32>,
}

/// What is served of a store.
#[derive(Debug)]
pub(super) struct Live {
    address: Address,
    reader: Arc<Mutex<Reader>>,
    /// The store as the stream reads it, one page at a time: readers who catch up wait for no mood.
    pages: Arc<Mutex<Store>>,
    events: broadcast::Sender<Arc<Event>>,
    /// A place for each reader of the stream.
    readers: Arc<Semaphore>,
    most_readers: u32,
}

/// The store as requests read it, one at a time, and what was read of it.
#[derive(Debug)]
struct Reader {
    store: Store,
    answers: BTreeMap<String, Answer>,
}

/// An answer, and what it was made of.
#[derive(Debug, Clone)]
struct Answer {
    bytes: Bytes,
    etag: HeaderValue,
    /// The last headline of the store, and the minute, as of which it is true.
    as_of: (i64, i64),
}

impl Live {
    pub(super) fn open(
        options: &LiveOptions,
        max_connections: u32,
    ) -> anyhow::Result<Option<Self>> {
        let Some(address) = &options.store else { return Ok(None) };
        let open = || Store::open(address).with_context(|| address.to_string());
        let reader = Reader { store: open()?, answers: BTreeMap::new() };
        let most_readers = options.max_readers.unwrap_or((max_connections / 2).max(1));
        Ok(Some(Self {
            address: address.clone(),
            reader: Arc::new(Mutex::new(reader)),
            pages: Arc::new(Mutex::new(open()?)),
            events: broadcast::Sender::new(WAITING_EVENTS),
            readers: Arc::new(Semaphore::new(most_readers as usize)),
            most_readers,
        }))
    }

    /// Begins to tell readers of what comes into the store.
    pub(super) fn start(&self, app: &Arc<App>) -> anyhow::Result<()> {
        let store = Store::open(&self.address).with_context(|| self.address.to_string())?;
        tail::start(store, self.events.clone(), app.clone())
    }

    /// Reads from the store for the stream, one reader at a time.
    async fn read<T: Send + 'static>(
        &self,
        app: &App,
        read: impl FnOnce(&mut Store) -> anyhow::Result<T> + Send + 'static,
    ) -> Result<T, Failure> {
        with(&self.pages, app, read).await
    }

    /// The answer to a request, made by `make` unless the same was asked for in this minute and
    /// nothing has come into the store since. `key` says what was asked for.
    async fn answer(
        &self,
        app: &App,
        headers: &HeaderMap,
        content_type: &'static str,
        key: String,
        make: impl FnOnce(&mut Store, DateTime<Utc>) -> anyhow::Result<Vec<u8>> + Send + 'static,
    ) -> Result<Response, Failure> {
        let answer = with(&self.reader, app, move |reader| {
            let now = Utc::now();
            let as_of = (reader.store.last_id()?, now.timestamp().div_euclid(60));
            if let Some(answer) = reader.answers.get(&key).filter(|one| one.as_of == as_of) {
                return Ok(answer.clone());
            }
            let bytes = make(&mut reader.store, now)?;
            let etag = format!("\"{}\"", hex(&Sha256::digest(&bytes))).parse()?;
            let answer = Answer { bytes: bytes.into(), etag, as_of };
            if reader.answers.len() >= MOST_ANSWERS {
                reader.answers.clear();
            }
            if answer.bytes.len() <= MOST_KEPT {
                reader.answers.insert(key, answer.clone());
            }
            Ok(answer)
        })
        .await?;
        let common = [
            (ETAG, answer.etag.clone()),
            (CACHE_CONTROL, HeaderValue::from_static("no-cache")),
            (CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
            (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        ];
        if is_known(headers, &answer.etag) {
            return Ok((StatusCode::NOT_MODIFIED, common).into_response());
        }
        let content_type = [(CONTENT_TYPE, HeaderValue::from_static(content_type))];
        Ok((common, content_type, answer.bytes).into_response())
    }
}

/// Does what waits for the disk with what one request at a time may have, where that holds no other
/// up.
async fn with<S: Send + 'static, T: Send + 'static>(
    shared: &Arc<Mutex<S>>,
    app: &App,
    work: impl FnOnce(&mut S) -> anyhow::Result<T> + Send + 'static,
) -> Result<T, Failure> {
    let mut shared = shared.clone().lock_owned().await;
    let result = tokio::task::spawn_blocking(move || work(&mut shared)).await;
    let result = result.map_err(anyhow::Error::new).flatten();
    result.map_err(|error| {
        app.metrics.store_error("read");
        tracing::warn!(reason = format!("{error:#}"), "the store could not be read");
        unavailable()
    })
}

/// Whether a client has what an entity tag stands for already (RFC 9110, 13.1.2).
fn is_known(headers: &HeaderMap, etag: &HeaderValue) -> bool {
    let known = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    known.flat_map(|value| value.split(',')).any(|known| {
        let known = known.trim();
        known == "*" || known.strip_prefix("W/").unwrap_or(known).as_bytes() == etag.as_bytes()
    })
}

fn unavailable() -> Failure {
    Failure::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "store_unavailable",
        "expected a store that can be read, found that it cannot be now; try again later, and see \
         the server's log",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entity_tag_is_known_in_every_way_of_writing_it() {
        let etag = HeaderValue::from_static("\"a\"");
        for (sent, known) in [
            ("\"a\"", true),
            ("W/\"a\"", true),
            ("\"b\", \"a\"", true),
            ("*", true),
            ("\"b\"", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(IF_NONE_MATCH, HeaderValue::from_static(sent));
            assert_eq!(is_known(&headers, &etag), known, "{sent}");
        }
        assert!(!is_known(&HeaderMap::new(), &etag));
    }
}
