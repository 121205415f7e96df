//! The square root.

/// The square root, rounded correctly and therefore the same everywhere.
///
/// libm has it by instruction on most processors, and in a hundred operations on integers on
/// WebAssembly, whose own instruction is reached without std by way of its vectors alone.
#[inline]
pub(crate) fn sqrt(x: f64) -> f64 {
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    {
        use core::arch::wasm32::{f64x2_extract_lane, f64x2_splat, f64x2_sqrt};
        f64x2_extract_lane::<0>(f64x2_sqrt(f64x2_splat(x)))
    }
    #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
    libm::sqrt(x)
}
