//! Which part of an answer is given.

use std::num::NonZero;

use clap::Args;

#[derive(Debug, Clone, Copy, Args)]
pub(super) struct Choice {
    /// Leave the label out where it is less probable than this or than the model's own threshold
    /// for it; 0 for that threshold alone
    #[arg(long, value_name = "PROBABILITY", value_parser = share)]
    pub(super) min_confidence: Option<f64>,
    /// Give the probabilities of the N most probable labels, and leave the others out
    #[arg(long, value_name = "N")]
    pub(super) top_k: Option<NonZero<usize>>,
    /// Add what share of each text the model knows, and whether that is so little that the text is
    /// foreign to it
    #[arg(long)]
    pub(super) known: bool,
}

fn share(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err("expected a number from 0 to 1, such as 0.7".to_owned()),
    }
}
