//! A static file server for the page, as plain as the page needs one.

use std::fs::File;
use std::thread;

use anyhow::{Context, Result, anyhow};
use rouille::{Request, Response, Server, match_assets};

use crate::page;

/// What the `<meta>` of index.html says, and what only a header can: no other site frames the page.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
    img-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'none'";

/// Starts serving the page to this machine, at a free port for 0, and gives the address.
pub(crate) fn start(port: u16) -> Result<(String, thread::JoinHandle<()>)> {
    let server = Server::new(("127.0.0.1", port), respond)
        .map_err(|error| anyhow!(error))
        .with_context(|| format!("could not serve at port {port}; give another one with --port"))?;
    let address = format!("http://{}/", server.server_addr());
    Ok((address, thread::spawn(|| server.run())))
}

fn respond(request: &Request) -> Response {
    let response =
        match (request.url().as_str(), File::open(format!("{}/index.html", page::FOLDER))) {
            ("/", Ok(index)) => Response::from_file("text/html; charset=utf-8", index),
            _ => match_assets(request, page::FOLDER),
        };
    // The next build has to show at once, whatever rouille thinks of caching.
    response
        .without_header("Cache-Control")
        .without_header("ETag")
        .with_additional_header("Cache-Control", "no-store")
        .with_additional_header("X-Content-Type-Options", "nosniff")
        .with_additional_header("Content-Security-Policy", POLICY)
        .with_additional_header("Referrer-Policy", "no-referrer")
}

#[cfg(test)]
mod tests {
    use super::{POLICY, respond};
    use rouille::Request;

    fn get(url: &str) -> (u16, String) {
        // Tests run in the package's folder; the page is served from the repository's.
        std::env::set_current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).unwrap();
        let response = respond(&Request::fake_http("GET", url, Vec::new(), Vec::new()));
        let mime = response.headers.iter().find(|(name, _)| name == "Content-Type");
        (response.status_code, mime.map(|(_, value)| value.to_string()).unwrap_or_default())
    }

    #[test]
    fn serves_the_page_with_mime_types() {
        assert_eq!(get("/"), (200, "text/html; charset=utf-8".to_owned()));
        assert!(get("/app.js").1.contains("javascript"));
        assert!(get("/style.css").1.starts_with("text/css"));
    }

    #[test]
    fn header_and_page_have_one_policy() {
        let page = include_str!("../../www/index.html");
        let shared = POLICY.strip_suffix("; frame-ancestors 'none'").unwrap();
        assert!(page.contains(&format!("content=\"{shared}\"")));
    }

    #[test]
    fn serves_nothing_outside_the_page() {
        assert_eq!(get("/../Cargo.toml").0, 404);
        assert_eq!(get("/%2e%2e/Cargo.toml").0, 404);
        assert_eq!(get("/no-such-file").0, 404);
    }
}
