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

/// The most bytes of an answer; one about health has a few hundred.
const MOST_BYTES: usize = 1 << 20;

/// Ask a server whether it answers
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  undertone health                             # this machine, at the port of UNDERTONE_LISTEN
  undertone health http://127.0.0.1:8080 --timeout 1

Prints the server's answer. Exits with 0 when it is healthy and with 2 when it is not.")]
pub(super) struct Arguments {
    /// The server's address; http:// only [default: this machine's at the port of --listen]
    #[arg(value_name = "URL")]
    url: Option<Uri>,
    /// Where the server listens, as `undertone serve` was told
    #[arg(
        long,
        value_name = "ADDRESS:PORT",
        default_value = "127.0.0.1:8080",
        env = "UNDERTONE_LISTEN",
        conflicts_with = "url"
    )]
    listen: String,
    /// How long it may take
    #[arg(long, value_name = "SECONDS", default_value = "3", value_parser = seconds)]
    timeout: Duration,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let url = match &arguments.url {
        Some(url) => url.clone(),
        None => beside(&arguments.listen)?,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let answer = runtime.block_on(async {
        let asked = tokio::time::timeout(arguments.timeout, ask(&url));
        asked.await.unwrap_or_else(|_| {
            let seconds = arguments.timeout.as_secs_f64();
            bail!("expected an answer within {seconds} s, found none")
        })
    });
    let answer = answer.with_context(|| format!("{url} is not healthy"))?;
    writeln!(std::io::stdout(), "{answer}")?;
    Ok(())
}

/// The address at which a server on this machine answers if it listens at `listen`: one that
/// listens at every address answers at the loopback address.
fn beside(listen: &str) -> anyhow::Result<Uri> {
    let (host, port) = listen
        .rsplit_once(':')
        .with_context(|| format!("expected ADDRESS:PORT in --listen, found {listen:?}"))?;
    let host = if matches!(host, "0.0.0.0" | "[::]") { "127.0.0.1" } else { host };
    Ok(format!("http://{host}:{port}").parse()?)
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

#[cfg(test)]
mod tests {
    use super::beside;

    #[test]
    fn asks_where_the_server_listens() {
        for (listen, url) in [
            ("0.0.0.0:8080", "http://127.0.0.1:8080/"),
            ("[::]:80", "http://127.0.0.1:80/"),
            ("127.0.0.1:9", "http://127.0.0.1:9/"),
            ("[::1]:9", "http://[::1]:9/"),
        ] {
            assert_eq!(beside(listen).unwrap().to_string(), url);
        }
        assert!(beside("8080").is_err());
    }
}
