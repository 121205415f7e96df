//! Connections: how many there are at a time, and how long each may keep the server waiting.

use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio_io_timeout::TimeoutStream;
use tracing::{debug, info, warn};

use super::app::App;
use super::failure::Failure;
use super::signals::Stop;

/// The most header fields of a request; browsers send less than a quarter of it.
const MOST_HEADERS: usize = 64;
/// The most bytes of the head of a request; browsers send less than a quarter of it.
const HEAD_BYTES: usize = 32 << 10;
/// The pause after accepting a connection failed, as it does when file descriptors have run out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// The most connections over the limit that get an error answer at a time; more are just closed.
const REFUSALS: usize = 64;
/// The time that a refused client has to read its error.
const REFUSAL_TIMEOUT: Duration = Duration::from_secs(1);

/// The address from which a request comes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Peer(pub(super) SocketAddr);

/// Serves until a signal to stop, then finishes the requests that have begun.
pub(super) async fn serve(listener: TcpListener, app: Arc<App>, router: Router, mut stop: Stop) {
    let most = app.limits.max_connections;
    let slots = Arc::new(Semaphore::new(most as usize));
    let refusals = Arc::new(Semaphore::new(REFUSALS));
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.asked() => break,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                warn!(%error, "could not accept a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        if let Ok(slot) = slots.clone().try_acquire_owned() {
            let (app, router, told) = (app.clone(), router.clone(), app.stopping.subscribe());
            tokio::spawn(async move {
                app.metrics.connections.inc();
                connection(stream, peer, &app, router, told).await;
                app.metrics.connections.dec();
                drop(slot);
            });
        } else {
            app.metrics.refused_connections.inc();
            if let Ok(turn) = refusals.clone().try_acquire_owned() {
                tokio::spawn(refuse(stream, most, turn));
            }
        }
    }
    drop(listener);
    info!("stopping: finishing the requests that have begun");
    app.stopping.send_replace(true);
    tokio::select! {
        // All slots are free when every connection is done.
        _ = slots.acquire_many(most) => info!("stopped"),
        () = tokio::time::sleep(app.limits.shutdown_timeout) => {
            warn!("stopped before every request was finished: they took too long");
        }
        () = stop.asked() => warn!("stopped at once, as asked twice"),
    }
}

async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    app: &App,
    router: Router,
    mut told: watch::Receiver<bool>,
) {
    // Answers are one write each: delaying them for more (Nagle) has no use.
    let _ = stream.set_nodelay(true);
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(app.limits.write_timeout));
    let router = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: hyper::Request<hyper::body::Incoming>| {
        request.extensions_mut().insert(Peer(peer));
        router.call(request)
    });
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(app.limits.header_timeout)
        .max_headers(MOST_HEADERS)
        .max_buf_size(HEAD_BYTES)
        // A client that closes its side after a request still wants the answer.
        .half_close(true)
        .serve_connection(TokioIo::new(Box::pin(stream)), service);
    let mut stopping = pin!(async move {
        // Fails when the server is gone, which also means to stop.
        let _ = told.wait_for(|stopping| *stopping).await;
    });
    let mut is_stopping = false;
    let result = loop {
        tokio::select! {
            result = poll_fn(|context| connection.poll_without_shutdown(context)) => break result,
            () = &mut stopping, if !is_stopping => {
                is_stopping = true;
                Pin::new(&mut connection).graceful_shutdown();
            }
        }
    };
    let parts = connection.into_parts();
    let mut stream = parts.io.into_inner();
    if let Err(error) = result {
        if is_unread(&error) {
            app.metrics.unread_answers.inc();
        }
        debug!(%error, client = %peer.ip(), "connection broken");
        // A connection that is idle between requests is just closed; a client that has begun to
        // send a head gets an error answer.
        if error.is_timeout() && !parts.read_buf.is_empty() {
            let seconds = app.limits.header_timeout.as_secs_f64();
            let failure = Failure::new(
                StatusCode::REQUEST_TIMEOUT,
                "header_timeout",
                format!("expected the request's head within {seconds} s; it did not come"),
            );
            app.metrics.request(
                "other",
                StatusCode::REQUEST_TIMEOUT.as_u16(),
                app.limits.header_timeout,
            );
            let _ = stream.write_all(&failure.to_bytes()).await;
        }
    }
    // Fails if the client is gone already.
    let _ = stream.shutdown().await;
}

/// Whether a connection ended because its client left an answer unread.
fn is_unread(error: &hyper::Error) -> bool {
    let source = std::error::Error::source(error);
    let io = source.and_then(|source| source.downcast_ref::<std::io::Error>());
    io.is_some_and(|error| error.kind() == std::io::ErrorKind::TimedOut)
}

/// Answers that there are too many connections. What the client sends is read for a moment: closing
/// a connection with unread bytes would reset it, and the answer would be lost.
async fn refuse(mut stream: TcpStream, most: u32, turn: OwnedSemaphorePermit) {
    let failure = Failure::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "too_many_connections",
        format!("expected at most {most} connections at a time; try again later"),
    );
    let _ = tokio::time::timeout(REFUSAL_TIMEOUT, async {
        stream.write_all(&failure.to_bytes()).await?;
        stream.shutdown().await?;
        let mut rest = [0; 1024];
        while stream.read(&mut rest).await? > 0 {}
        std::io::Result::Ok(())
    })
    .await;
    drop(turn);
}
