//! The content security policy of the page. It has a file of its own, which `cargo xtask web`
//! includes.

/// The policy of the page. The `<meta>` of www/index.html is the same except for what only a header
/// can say: that no other site may frame the page.
pub(crate) const PAGE_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; \
    style-src 'self'; img-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
