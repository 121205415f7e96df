//! The modules for browsers, the only files that name JavaScript: the classifier with `model.bin`
//! inside (feature `wasm`), and by itself what finds names (feature `wasm-names`), which is fetched
//! only by who asks for it. Each is built without the other.
//!
//! They are the inner half of the npm package. Texts and numbers pass through buffers of a module's
//! memory: JavaScript writes UTF-8 to the address that `input` gives, and reads numbers at the
//! address that a call returns. That costs no allocation and no copy a call.

#[cfg(feature = "wasm")]
pub mod classifier;
#[cfg(feature = "wasm-names")]
pub mod names;

/// A buffer of so many bytes, or nothing where WebAssembly's memory has no room for it.
fn buffer(bytes: usize) -> Option<Vec<u8>> {
    let mut buffer = Vec::new();
    buffer.try_reserve_exact(bytes).ok()?;
    buffer.resize(bytes, 0);
    Some(buffer)
}

/// The text that the first bytes of an input hold. JavaScript's encoder writes nothing but UTF-8;
/// should something else write there, it is an empty text and no undefined behaviour.
fn text(input: &[u8], bytes: usize) -> &str {
    input.get(..bytes).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default()
}
