//! The modules for browsers, the only files that name JavaScript: the classifier with `model.bin`
//! inside (feature `wasm`), the same with a small model and no more than scoring (feature
//! `wasm-small`), and by themselves what finds names (feature `wasm-names`) and what trains
//! (feature `wasm-train`), which are fetched only by who asks for them. Each is built without the
//! others.
//!
//! They are the inner half of the npm package. Texts and numbers pass through buffers of a module's
//! memory: JavaScript writes UTF-8 to the address that `input` gives, and reads numbers at the
//! address that a call returns. That costs no allocation and no copy a call.

#[cfg(feature = "wasm")]
pub mod classifier;
#[cfg(any(feature = "wasm", feature = "wasm-small"))]
mod describe;
#[cfg(any(feature = "wasm", feature = "wasm-train"))]
mod error;
#[cfg(feature = "wasm-names")]
pub mod names;
#[cfg(feature = "wasm-small")]
pub mod small;
#[cfg(feature = "wasm-train")]
pub mod train;

/// The allocator of each module. std's own is 2 KB larger after brotli, and a browser compiles most
/// of that before it can allocate anything.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

/// A buffer of so many bytes, or nothing where WebAssembly's memory has no room for it.
#[cfg(any(feature = "wasm", feature = "wasm-names", feature = "wasm-small"))]
fn buffer(bytes: usize) -> Option<alloc::vec::Vec<u8>> {
    let mut buffer = alloc::vec::Vec::new();
    buffer.try_reserve_exact(bytes).ok()?;
    buffer.resize(bytes, 0);
    Some(buffer)
}

/// The text that the first bytes of an input hold. JavaScript's encoder writes nothing but UTF-8;
/// should something else write there, it is an empty text and no undefined behaviour.
#[cfg(any(feature = "wasm", feature = "wasm-names", feature = "wasm-small"))]
fn text(input: &[u8], bytes: usize) -> &str {
    input.get(..bytes).and_then(|bytes| core::str::from_utf8(bytes).ok()).unwrap_or_default()
}
