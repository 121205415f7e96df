//! What is thrown.

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// JavaScript's.
    type Error;

    #[wasm_bindgen(constructor)]
    fn new(message: &str) -> Error;

    #[wasm_bindgen(method, setter)]
    fn set_code(this: &Error, code: &str);
}

/// An `Error` with a `code`.
pub(super) fn error(code: &str, message: &str) -> JsValue {
    let error = Error::new(message);
    error.set_code(code);
    error.into()
}
