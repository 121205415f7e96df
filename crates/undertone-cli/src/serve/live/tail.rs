//! The tail of the store: what comes into it, whoever writes it, is told to the readers of the
//! stream.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use anyhow::Context;
use tokio::sync::broadcast;
use tracing::{info, warn};

use super::super::app::App;
use super::answers::Headline;
use super::query::Filters;
use crate::store::{Filter, Store};

/// The time between two looks at the store. Looking costs one row.
const POLL: Duration = Duration::from_millis(500);
/// The most headlines that are read at a time.
const MOST_AT_ONCE: u32 = 200;

/// A headline that came, made into JSON once for all readers.
#[derive(Debug)]
pub(super) struct Event {
    pub(super) id: i64,
    headline: Headline,
    pub(super) json: String,
}

impl Event {
    pub(super) fn new(headline: Headline) -> Self {
        // Strings and numbers only: there is nothing that can't be written.
        let json = serde_json::to_string(&headline).unwrap_or_default();
        Self { id: headline.id, headline, json }
    }

    /// Whether a reader with these filters wants the headline, as the store would say.
    pub(super) fn is_of(&self, filters: &Filters) -> bool {
        let Headline { label, source, coins, .. } = &self.headline;
        filters.label.as_ref().is_none_or(|wanted| wanted == label)
            && filters.source.as_ref().is_none_or(|wanted| wanted == source)
            && filters.coin.as_ref().is_none_or(|wanted| coins.contains(wanted))
    }
}

/// Starts the thread that looks at the store. It ends with the process.
pub(super) fn start(
    mut store: Store,
    events: broadcast::Sender<Arc<Event>>,
    app: Arc<App>,
) -> anyhow::Result<()> {
    let mut last = store.last_id()?;
    let mut is_readable = true;
    let look = move || {
        loop {
            let told = tell(&mut store, &events, &mut last);
            // Said once, however often it fails.
            match &told {
                Ok(()) if !is_readable => info!("the store can be read again"),
                Err(error) if is_readable => {
                    let reason = format!("{error:#}");
                    warn!(reason, "the store could not be read; trying again");
                }
                Ok(()) | Err(_) => {}
            }
            is_readable = told.is_ok();
            if !is_readable {
                app.metrics.store_error("read");
            }
            thread::sleep(POLL);
        }
    };
    thread::Builder::new()
        .name("tail".to_owned())
        .spawn(look)
        .context("could not start a thread")?;
    Ok(())
}

fn tell(
    store: &mut Store,
    events: &broadcast::Sender<Arc<Event>>,
    last: &mut i64,
) -> anyhow::Result<()> {
    let newest = store.last_id()?;
    if events.receiver_count() == 0 {
        // Whoever comes reads from the store what they have missed.
        *last = newest;
    }
    while *last < newest {
        let headlines = store.after(&Filter::default(), *last, MOST_AT_ONCE)?;
        if headlines.is_empty() {
            break;
        }
        for headline in headlines {
            *last = headline.id;
            // Fails if every reader has left meanwhile.
            let _ = events.send(Arc::new(Event::new(headline.into())));
        }
    }
    Ok(())
}
