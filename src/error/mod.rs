//! The errors of models: of opening bytes, of putting parts together, of writing bytes.

mod encode;
mod model;
mod open;

pub use encode::EncodeError;
pub use model::ModelError;
pub use open::OpenError;
#[cfg(feature = "wasm-small")]
pub(crate) use open::Part;
