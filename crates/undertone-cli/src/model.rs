//! The model of a verb: a file, or the one that is built into the command.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use sha2::{Digest, Sha256};

use undertone::Classifier;
use undertone::files::{hex, read_file};

/// The model that is built into the command; see MODEL_CARD.md.
pub(super) static BUILT_IN: &[u8] = include_bytes!("../model.bin");

#[derive(Debug, Clone, Args)]
pub(super) struct ModelOption {
    /// A model.bin to use in place of the one built in
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
}

impl ModelOption {
    /// Opens the model and gives its identity with it, for those who store predictions or exchange
    /// models.
    pub(super) fn identify(&self) -> anyhow::Result<IdentifiedModel> {
        let (name, bytes) = match &self.model {
            Some(path) => (path.display().to_string(), Cow::from(read_file(path)?)),
            None => ("the built-in model".to_owned(), Cow::from(BUILT_IN)),
        };
        let classifier = Classifier::open(&bytes).with_context(|| name.clone())?;
        Ok(IdentifiedModel {
            classifier,
            #[cfg(any(feature = "scrape", feature = "serve"))]
            name,
            sha256: hex(&Sha256::digest(&bytes)),
        })
    }
}

/// A classifier with the identity of its model.
#[derive(Debug)]
pub(super) struct IdentifiedModel {
    pub(super) classifier: Classifier,
    /// The name of the model: its file.
    #[cfg(any(feature = "scrape", feature = "serve"))]
    pub(super) name: String,
    /// The SHA-256 of the bytes of the model, in hexadecimal.
    pub(super) sha256: String,
}

pub(super) fn open(path: &Path) -> anyhow::Result<Classifier> {
    Classifier::open(&read_file(path)?).with_context(|| path.display().to_string())
}
