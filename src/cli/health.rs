//! `undertone health`: for health checks in containers that have no other HTTP client.

use std::io::Write;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use axum::http::{Request, Uri};
use clap::Args;
use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1::handshake;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::seconds;

/// A health answer has some hundred bytes.
const MOST_BYTES: usize = 1 << 20;

/// Ask a server whether it answers
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  undertone health
  undertone health http://127.0.0.1:8080 --timeout 1

Prints the server's answer. Exits with 0 when it is healthy and with 2 when it is not.")]
pub(super) struct Arguments {
    /// The server's address; http:// only
    #[arg(value_name = "URL", default_value = "http://127.0.0.1:8080")]
    url: Uri,
    /// How long it may take
    #[arg(long, value_name = "SECONDS", default_value = "3", value_parser = seconds)]
    timeout: Duration,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let answer = runtime.block_on(async {
        let asked = tokio::time::timeout(arguments.timeout, ask(&arguments.url));
        asked.await.unwrap_or_else(|_| {
            let seconds = arguments.timeout.as_secs_f64();
            bail!("expected an answer within {seconds} s, found none")
        })
    });
    let answer = answer.with_context(|| format!("{} is not healthy", arguments.url))?;
    writeln!(std::io::stdout(), "{answer}")?;
    Ok(())
}

async fn ask(url: &Uri) -> anyhow::Result<String> {
    ensure!(url.scheme_str() == Some("http"), "expected an address that begins with http://");
    let host = url.host().context("expected a host in the address")?;
    let port = url.port_u16().unwrap_or(80);
    let stream = TcpStream::connect((host.trim_matches(['[', ']']), port)).await?;
    let (mut sender, connection) = handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let authority = url.authority().map_or("", |authority| authority.as_str());
    let request = Request::get("/health").header("host", authority).body(Empty::<Bytes>::new())?;
    let response = sender.send_request(request).await?;
    let status = response.status();
    ensure!(status.is_success(), "expected the status 200, found {status}");
    let body = Limited::new(response.into_body(), MOST_BYTES).collect().await;
    let body = body.map_err(anyhow::Error::from_boxed)?.to_bytes();
    let answer: serde_json::Value =
        serde_json::from_slice(&body).context("expected the answer of an undertone server")?;
    ensure!(answer["status"] == "ok", "expected the status \"ok\", found {}", answer["status"]);
    Ok(answer.to_string())
}
