//! What the page may do. A file of its own, so that `cargo xtask web` sends the very same.

/// The `<meta>` of www/index.html says so too, but for what only a header can say: no other site
/// frames the page.
pub(crate) const PAGE_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; \
    style-src 'self'; img-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
