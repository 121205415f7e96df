//! The browser module: the classifier with `model.bin` inside, for JavaScript. The only file that
//! names JavaScript.
//!
//! It is the inner half of the npm package, whose outer half (`npm/classifier.js`) checks arguments
//! and makes objects. Between the two, texts and numbers pass through two buffers of this module's
//! memory: JavaScript writes UTF-8 to the address that [`Classifier::input`] gives, and reads
//! 64-bit floats at the address that a call returns. That costs no allocation and no copy a call.

use serde::Serialize;
use wasm_bindgen::prelude::*;

use crate::error::OpenError;
use crate::text::TextsRef;
use crate::{Learner, Names};

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
pub struct Classifier {
    learner: Learner,
    /// Whom [`Classifier::mentions`] looks for.
    names: Names,
    /// Where the lines of the last batch end.
    ends: Vec<usize>,
    /// What JavaScript has written: UTF-8, valid only as far as the next call says.
    input: Vec<u8>,
    /// What JavaScript reads after a call.
    output: Vec<f64>,
}

#[wasm_bindgen]
impl Classifier {
    /// Opens the model inside this module.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Result<Classifier, js_sys::Error> {
        Self::open(MODEL)
    }

    /// Opens the bytes of a `model.bin`. Throws an `Error` whose `code` says why it can't.
    pub fn open(bytes: &[u8]) -> Result<Classifier, js_sys::Error> {
        let classifier = crate::Classifier::open(bytes).map_err(unopened)?;
        Ok(Self {
            learner: Learner::new(classifier),
            names: Names::default(),
            ends: Vec::new(),
            input: Vec::new(),
            output: Vec::new(),
        })
    }

    /// Makes an input buffer of so many bytes in place of the last one, and gives its address.
    pub fn input(&mut self, bytes: usize) -> Result<usize, js_sys::Error> {
        self.input = Vec::new();
        self.input.try_reserve_exact(bytes).map_err(|_| {
            let message = format!(
                "the text is too long: expected at most what WebAssembly's memory holds, found a \
                 text that may need {bytes} bytes; score it in parts"
            );
            error("too-long", &message)
        })?;
        self.input.resize(bytes, 0);
        Ok(self.input.as_ptr() as usize)
    }

    /// Scores the text in the first `bytes` bytes of the input. Gives the address of K
    /// probabilities.
    pub fn score(&mut self, bytes: usize) -> usize {
        self.output.clear();
        self.learner.predict_into(text(&self.input, bytes), &mut self.output);
        self.output.as_ptr() as usize
    }

    /// Scores each of the `count` lines, parted by `\n`, in the first `bytes` bytes of the input.
    /// Gives the address of `count`×K probabilities, or 0 when there are more or fewer lines.
    #[wasm_bindgen(js_name = scoreLines)]
    pub fn score_lines(&mut self, bytes: usize, count: usize) -> usize {
        self.output.clear();
        let lines = text(&self.input, bytes);
        line_ends(lines.as_bytes(), &mut self.ends);
        if self.ends.len() != count {
            return 0;
        }
        let texts = TextsRef { joined: lines, ends: &self.ends };
        self.learner.predict_texts(texts, &mut self.output);
        self.output.as_ptr() as usize
    }

    /// Explains the text in the first `bytes` bytes of the input. Gives the number of
    /// contributions; [`Classifier::output`] has K probabilities, K biases, K logits, and for each
    /// contribution its start and end in UTF-16 units and its K weights.
    pub fn explain(&mut self, bytes: usize) -> usize {
        let explanation = self.learner.classifier().explain(text(&self.input, bytes));
        self.output.clear();
        self.output.extend(explanation.prediction.probabilities);
        self.output.extend(explanation.bias);
        self.output.extend(explanation.logits);
        for contribution in &explanation.contributions {
            let units = &contribution.utf16;
            self.output.extend([units.start as f64, units.end as f64]);
            self.output.extend(&contribution.weights);
        }
        explanation.contributions.len()
    }

    /// Looks from now on for the names of the lists in the first `bytes` bytes of the input, of which
    /// a NUL parts each from the next, which goes before it. Gives the names, or throws an `Error` and
    /// leaves those that there were.
    #[wasm_bindgen(js_name = setNames)]
    pub fn set_names(&mut self, bytes: usize) -> Result<Vec<String>, js_sys::Error> {
        let mut lists = text(&self.input, bytes).split('\0');
        let names = lists.try_fold(Names::default(), Names::with);
        self.names = names.map_err(|reason| error("bad-names", &reason.to_string()))?;
        Ok(self.names.names().to_vec())
    }

    /// Finds names in the text in the first `bytes` bytes of the input. Gives how many stretches there
    /// are; [`Classifier::output`] has for each the place of its name, and its start and end in UTF-16
    /// units.
    pub fn mentions(&mut self, bytes: usize) -> usize {
        let mentions = self.names.find(text(&self.input, bytes));
        self.output.clear();
        for mention in &mentions {
            let numbers = [mention.name, mention.utf16.start, mention.utf16.end];
            self.output.extend(numbers.map(|number| number as f64));
        }
        mentions.len()
    }

    /// Learns that the text in the first `bytes` bytes of the input is of a class, given by its
    /// place among the labels. Gives the address of the text's K new probabilities, or 0 where
    /// there is no such class.
    pub fn learn(&mut self, bytes: usize, class: usize) -> usize {
        let Some(prediction) = self.learner.learn(text(&self.input, bytes), class) else {
            return 0;
        };
        self.output.clear();
        self.output.extend(prediction.probabilities);
        self.output.as_ptr() as usize
    }

    /// Takes the last correction back; false where there is none.
    pub fn undo(&mut self) -> bool {
        self.learner.undo()
    }

    /// Takes every correction back.
    pub fn reset(&mut self) {
        self.learner.reset();
    }

    /// How many corrections the model holds.
    #[wasm_bindgen(getter)]
    pub fn corrections(&self) -> usize {
        self.learner.corrections()
    }

    /// The bytes of a `model.bin` with the corrections in it.
    pub fn export(&self) -> Result<Vec<u8>, js_sys::Error> {
        self.learner.to_bytes().map_err(|reason| error("content", &reason.to_string()))
    }

    /// The address of what the last call put out.
    pub fn output(&self) -> usize {
        self.output.as_ptr() as usize
    }

    /// The class names.
    #[wasm_bindgen(getter)]
    pub fn labels(&self) -> Vec<String> {
        self.learner.classifier().labels().to_vec()
    }

    /// What the model was trained on and how it scored: a plain object.
    #[wasm_bindgen(getter)]
    pub fn info(&self) -> Result<JsValue, JsValue> {
        let info = self.learner.classifier().info();
        Ok(info.serialize(&serde_wasm_bindgen::Serializer::json_compatible())?)
    }
}

/// Writes where the lines of a text end, in bytes, in place of what `ends` holds.
fn line_ends(text: &[u8], ends: &mut Vec<usize>) {
    const LINE_END: u64 = u64::from_ne_bytes([b'\n'; 8]);
    const ALL_BUT_HIGHEST: u64 = u64::from_ne_bytes([0x7f; 8]);
    ends.clear();
    let (chunks, rest) = text.as_chunks();
    for (place, chunk) in chunks.iter().enumerate() {
        // The highest bit of each byte that is 0 in `other` (Warren, Hacker's Delight, section 6-1).
        let other = u64::from_le_bytes(*chunk) ^ LINE_END;
        let carried = (other & ALL_BUT_HIGHEST) + ALL_BUT_HIGHEST;
        let mut found = !(carried | other | ALL_BUT_HIGHEST);
        while found != 0 {
            ends.push(8 * place + found.trailing_zeros() as usize / 8);
            found &= found - 1;
        }
    }
    let found = (text.len() - rest.len()..).zip(rest).filter(|(_, byte)| **byte == b'\n');
    ends.extend(found.map(|(place, _)| place));
    ends.push(text.len());
}

/// The text that the first bytes of an input hold. JavaScript's encoder writes nothing but UTF-8;
/// should something else write there, it is an empty text and no undefined behaviour.
fn text(input: &[u8], bytes: usize) -> &str {
    input.get(..bytes).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default()
}

/// Why bytes are not a model.
fn unopened(reason: OpenError) -> js_sys::Error {
    error(reason.code(), &reason.to_string())
}

fn error(code: &str, message: &str) -> js_sys::Error {
    let error = js_sys::Error::new(message);
    // Setting a property of a new object can't fail.
    let _ = js_sys::Reflect::set(&error, &"code".into(), &code.into());
    error
}
