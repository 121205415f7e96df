//! What can go wrong with a model: when bytes are opened, when parts are put together, when it is written.

mod encode;
mod model;
mod open;

pub use encode::EncodeError;
pub use model::ModelError;
pub use open::OpenError;
