//! The state that all requests share.

use std::path::PathBuf;
use std::sync::Arc;

use arc_swap::ArcSwap;
use tokio::sync::watch;
use tracing::{error, info};

use super::keys::Keys;
use super::limits::Limits;
#[cfg(feature = "scrape")]
use super::live::Live;
use super::metrics::Metrics;
use super::page::Page;
use super::rate::Rate;
use crate::model::{IdentifiedModel, ModelOption};
use crate::names::NamesOption;
use undertone::Names;

#[derive(Debug)]
pub(crate) struct App {
    pub(crate) model: ArcSwap<IdentifiedModel>,
    pub(super) model_option: ModelOption,
    /// What `?names=true` looks for.
    pub(crate) names: ArcSwap<Names>,
    pub(super) names_option: NamesOption,
    /// The API keys; `None` if everybody who reaches the server may send requests.
    pub(super) keys: Option<ArcSwap<Keys>>,
    pub(super) keys_file: Option<PathBuf>,
    pub(super) rate: Option<Rate>,
    pub(super) limits: Limits,
    pub(crate) metrics: Metrics,
    pub(super) page: Page,
    /// What is served of a store, if there is one.
    #[cfg(feature = "scrape")]
    pub(super) live: Option<Live>,
    /// Whether the process is about to stop.
    pub(crate) stopping: watch::Sender<bool>,
}

impl App {
    /// Reads model, names and keys again and puts all to use, or none: what is refused leaves what
    /// is in use as it is.
    pub(super) fn reload(&self) {
        match self.read_again() {
            Ok((model, names, keys)) => {
                let model = Arc::new(model);
                self.model.store(model.clone());
                self.names.store(names.into());
                if let (Some(current), Some(keys)) = (&self.keys, keys) {
                    current.store(keys.into());
                }
                self.metrics.reload(true);
                // Last: who reads it may count on it.
                info!(model = model.name, sha256 = model.sha256, "reloaded");
            }
            Err(reason) => {
                error!(reason = format!("{reason:#}"), "not reloaded; the old model stays in use");
                self.metrics.reload(false);
            }
        }
    }

    fn read_again(&self) -> anyhow::Result<(IdentifiedModel, Names, Option<Keys>)> {
        let keys = self.keys_file.as_deref().map(Keys::read).transpose()?;
        Ok((self.model_option.identify()?, self.names_option.read()?, keys))
    }
}
