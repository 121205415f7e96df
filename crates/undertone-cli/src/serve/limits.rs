//! How much a client may ask for, and how long it may take.

use std::time::Duration;

use clap::Args;

use crate::seconds;

#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Limits")]
pub(super) struct Limits {
    /// The largest request body
    #[arg(long, value_name = "BYTES", default_value_t = 1 << 20)]
    pub(super) max_body: usize,
    /// The most texts in one request
    #[arg(long, value_name = "N", default_value_t = 1000)]
    pub(super) max_batch: usize,
    /// The longest text, in characters; also of all texts together where they are explained
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    pub(super) max_text: usize,
    /// The most connections at a time
    #[arg(long, value_name = "N", default_value_t = 512,
          value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(super) max_connections: u32,
    /// How long a client may take to send a request's head, and stay idle between requests
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    pub(super) header_timeout: Duration,
    /// How long a client may take to send a request's body
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    pub(super) body_timeout: Duration,
    /// How long a client may leave an answer unread
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    pub(super) write_timeout: Duration,
    /// How long what has begun may take after SIGTERM or Ctrl-C
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    pub(super) shutdown_timeout: Duration,
}
