//! The browser module: the classifier with `model.bin` inside, for JavaScript. The only file that
//! names JavaScript.

use serde::Serialize;
use wasm_bindgen::prelude::*;

use crate::error::OpenError;

/// The model that the page and the package come with.
static MODEL: &[u8] = include_bytes!("../model.bin");

/// Reports a panic as a console error with its message instead of `unreachable`.
#[wasm_bindgen(start)]
pub fn start() {
    console_error_panic_hook::set_once();
}

/// A trained model, ready to score texts.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Classifier(crate::Classifier);

#[wasm_bindgen]
impl Classifier {
    /// Opens the model inside this module.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Result<Classifier, js_sys::Error> {
        Self::open(MODEL)
    }

    /// Opens the bytes of a `model.bin`. Throws an `Error` whose `code` says why it can't.
    pub fn open(bytes: &[u8]) -> Result<Classifier, js_sys::Error> {
        crate::Classifier::open(bytes).map(Self).map_err(error)
    }

    /// Scores a text: `{ label, confidence, probabilities }`.
    #[wasm_bindgen(unchecked_return_type = "Prediction")]
    pub fn classify(&self, text: &str) -> Result<JsValue, JsValue> {
        object(&self.0.answer(self.0.predict(text)))
    }

    /// Scores texts, in order.
    #[wasm_bindgen(js_name = classifyBatch, unchecked_return_type = "Prediction[]")]
    pub fn classify_batch(&self, texts: Vec<String>) -> Result<JsValue, JsValue> {
        let answers: Vec<_> =
            self.0.predict_batch(&texts).into_iter().map(|found| self.0.answer(found)).collect();
        object(&answers)
    }

    /// Scores a text and says which stretches of it decided, with UTF-16 ranges.
    #[wasm_bindgen(unchecked_return_type = "Explanation")]
    pub fn explain(&self, text: &str) -> Result<JsValue, JsValue> {
        object(&self.0.explained_answer(text, self.0.explain(text)))
    }

    /// The class names.
    #[wasm_bindgen(getter)]
    pub fn labels(&self) -> Vec<String> {
        self.0.labels().to_vec()
    }

    /// What the model was trained on and how it scored.
    #[wasm_bindgen(getter, unchecked_return_type = "Info")]
    pub fn info(&self) -> Result<JsValue, JsValue> {
        object(&self.0.info())
    }
}

/// A plain object: what `JSON.parse` would give.
fn object(value: &impl Serialize) -> Result<JsValue, JsValue> {
    Ok(value.serialize(&serde_wasm_bindgen::Serializer::json_compatible())?)
}

fn error(reason: OpenError) -> js_sys::Error {
    let error = js_sys::Error::new(&reason.to_string());
    // Setting a property of a new object can't fail.
    let _ = js_sys::Reflect::set(&error, &"code".into(), &reason.code().into());
    error
}

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** What a text was found to be. */
export interface Prediction {
  /** The most probable label. */
  label: string;
  /** Its probability, 0 to 1. */
  confidence: number;
  /** The probability of every label; they sum to 1. */
  probabilities: Record<string, number>;
}

/** Why: for every label, `bias` plus all `contributions[i].weights` is the logit. */
export interface Explanation extends Prediction {
  bias: Record<string, number>;
  logits: Record<string, number>;
  /** By position. `start` and `end` count UTF-16 units, as JavaScript strings do. */
  contributions: { text: string; start: number; end: number; weights: Record<string, number> }[];
}

/** What a model was trained on and how it scored in cross-validation. */
export interface Info {
  labels: string[];
  features: number;
  version: string;
  recipe: string;
  date: string;
  data: { name: string; sha256: string; documents: number }[];
  scores: {
    folds: number; accuracy: number; macro_f1: number; log_loss: number; calibration_error: number;
  } | null;
}
"#;
