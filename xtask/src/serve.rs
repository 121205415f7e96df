//! A plain static file server for the page.

use std::net::{Ipv4Addr, TcpListener};
use std::thread;

use anyhow::{Context, Result};
use axum::Router;
use axum::http::{HeaderName, HeaderValue, header};
use axum::serve::ListenerExt;
use tower_http::services::ServeDir;
use tower_http::set_header::SetResponseHeaderLayer;

use crate::page;

/// The content security policy that `undertone serve` sends with the page.
#[path = "../../crates/undertone-cli/src/serve/policy.rs"]
mod policy;
use policy::PAGE_POLICY;

/// The bytes of a file that are read at once: the whole of each file of the page.
const LARGEST_READ_BYTES: usize = 1 << 20;

/// The headers of every answer.
const HEADERS: [(HeaderName, &str); 4] = [
    // The next build must show at once.
    (header::CACHE_CONTROL, "no-store"),
    (header::CONTENT_SECURITY_POLICY, PAGE_POLICY),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
];

/// Starts to serve the page to this machine, at a free port if `port` is 0. Returns the address.
pub(crate) fn start(port: u16) -> Result<(String, thread::JoinHandle<()>)> {
    let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .with_context(|| format!("could not serve at port {port}; give another one with --port"))?;
    socket.set_nonblocking(true)?;
    let address = format!("http://{}/", socket.local_addr()?);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let serving = thread::spawn(move || {
        let served = runtime.block_on(async {
            // With Nagle's algorithm the end of a file would wait for the acknowledgement of its
            // beginning: 40 ms each.
            let listener = tokio::net::TcpListener::from_std(socket)?
                .tap_io(|stream| drop(stream.set_nodelay(true)));
            axum::serve(listener, app()).await
        });
        if let Err(error) = served {
            eprintln!("the server stopped: {error}");
        }
    });
    Ok((address, serving))
}

fn app() -> Router {
    HEADERS.into_iter().fold(
        Router::new()
            .fallback_service(ServeDir::new(page::FOLDER).with_buf_chunk_size(LARGEST_READ_BYTES)),
        |app, (name, value)| {
            app.layer(SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value)))
        },
    )
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::{Request, header};
    use tower::ServiceExt;

    use super::{PAGE_POLICY, app};

    fn get(url: &str) -> (u16, String) {
        // Tests run in the folder of the package; the page is served from that of the repository.
        std::env::set_current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let request = Request::get(url).body(Body::empty()).unwrap();
        let response = runtime.block_on(app().oneshot(request)).unwrap();
        assert_eq!(response.headers()[header::CONTENT_SECURITY_POLICY], PAGE_POLICY);
        let mime = response.headers().get(header::CONTENT_TYPE);
        let mime = mime.map(|value| value.to_str().unwrap().to_owned());
        (response.status().as_u16(), mime.unwrap_or_default())
    }

    #[test]
    fn serves_the_page_with_mime_types() {
        assert_eq!(get("/"), (200, "text/html".to_owned()));
        assert!(get("/app.js").1.contains("javascript"));
        assert!(get("/style.css").1.starts_with("text/css"));
        assert_eq!(get("/manifest.webmanifest").1, "application/manifest+json");
    }

    #[test]
    fn header_and_page_have_one_policy() {
        let page = include_str!("../../www/index.html");
        let shared = PAGE_POLICY.strip_suffix("; frame-ancestors 'none'").unwrap();
        assert!(page.contains(&format!("content=\"{shared}\"")));
    }

    #[test]
    fn serves_nothing_outside_the_page() {
        assert_eq!(get("/../Cargo.toml").0, 404);
        assert_eq!(get("/%2e%2e/Cargo.toml").0, 404);
        assert_eq!(get("/no-such-file").0, 404);
    }
}
