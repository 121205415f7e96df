//! The model that a verb works with: a file, or the one built into the command.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;

use crate::Classifier;
use crate::train::corpus::read_file;

/// The model that the command comes with; see MODEL_CARD.md.
static BUILT_IN: &[u8] = include_bytes!("../../model.bin");

#[derive(Debug, Args)]
pub(super) struct ModelOption {
    /// A model.bin to use in place of the one built in
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
}

impl ModelOption {
    pub(super) fn open(&self) -> anyhow::Result<Classifier> {
        match &self.model {
            Some(path) => open(path),
            None => Classifier::open(BUILT_IN).context("the built-in model"),
        }
    }
}

pub(super) fn open(path: &Path) -> anyhow::Result<Classifier> {
    Classifier::open(&read_file(path)?).with_context(|| path.display().to_string())
}
