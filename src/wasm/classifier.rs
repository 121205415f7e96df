//! The module with the classifier, and with `model.bin` inside. Its outer half is
//! `npm/classifier.js`, which checks arguments and makes objects.

use std::mem::take;

use wasm_bindgen::prelude::*;

use super::describe::describe;
use super::error::error;
use super::text;
use crate::Learner;
use crate::error::OpenError;
use crate::score::KEPT_BYTES;
use crate::text::{TextsRef, equal_bytes};

/// The model that the page and the package come with.
static MODEL: &[u8] = include_bytes!("../../model.bin");

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
    /// Where the texts that were scored last end in the input.
    ends: Vec<usize>,
    /// What JavaScript has written: UTF-8, valid only as far as the next call says.
    input: Vec<u8>,
    /// What JavaScript reads after a call.
    output: Vec<f64>,
    /// What the model said of itself, until it is handed over.
    said: String,
}

#[wasm_bindgen]
impl Classifier {
    /// Opens the model inside this module.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Result<Classifier, JsValue> {
        crate::Classifier::open_own(MODEL).map(Self::of).map_err(unopened)
    }

    /// Opens the bytes of a `model.bin`. Throws an `Error` whose `code` says why it can't.
    pub fn open(bytes: &[u8]) -> Result<Classifier, JsValue> {
        crate::Classifier::open(bytes).map(Self::of).map_err(unopened)
    }

    /// Makes an input buffer of so many bytes in place of the last one, and gives its address.
    pub fn input(&mut self, bytes: usize) -> Result<usize, JsValue> {
        self.input = Vec::new();
        self.input = super::buffer(bytes).ok_or_else(|| too_long(bytes))?;
        Ok(self.input.as_ptr() as usize)
    }

    /// Scores the text in the first `bytes` bytes of the input. Gives the address of K
    /// probabilities and the share of the text that the model knows.
    pub fn score(&mut self, bytes: usize) -> usize {
        self.output.clear();
        let joined = text(&self.input, bytes);
        if joined.len() <= KEPT_BYTES {
            // As a batch of one: what was looked up of words is kept from one text to the next.
            self.ends.clear();
            self.ends.push(joined.len());
            let texts = TextsRef { joined, ends: &self.ends };
            self.learner.predict_texts(texts, &mut self.output);
        } else {
            let known = self.learner.predict_into(joined, &mut self.output);
            self.output.push(known);
        }
        self.output.as_ptr() as usize
    }

    /// Scores each of the `count` lines, parted by `\n`, in the first `bytes` bytes of the input.
    /// Gives the address of `count`×(K + 1) numbers, for each line as of one text, or 0 when there
    /// are more or fewer lines.
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
    /// contributions; [`Classifier::output`] has K probabilities and the share of the text that the
    /// model knows, K biases, K logits, and for each
    /// contribution its start and end in UTF-16 units and its K weights.
    pub fn explain(&mut self, bytes: usize) -> usize {
        let explanation = self.learner.classifier().explain(text(&self.input, bytes));
        self.output.clear();
        self.output.extend(explanation.prediction.probabilities);
        self.output.push(explanation.prediction.known);
        self.output.extend(explanation.bias);
        self.output.extend(explanation.logits);
        for contribution in &explanation.contributions {
            let units = &contribution.utf16;
            self.output.extend([units.start as f64, units.end as f64]);
            self.output.extend(&contribution.weights);
        }
        explanation.contributions.len()
    }

    /// Learns that the text in the first `bytes` bytes of the input is of a class, given by its
    /// place among the labels. Gives the address of the text's new numbers, as a score's, or 0
    /// where there is no such class.
    pub fn learn(&mut self, bytes: usize, class: usize) -> usize {
        let Some(prediction) = self.learner.learn(text(&self.input, bytes), class) else {
            return 0;
        };
        self.output.clear();
        self.output.extend(prediction.probabilities);
        self.output.push(prediction.known);
        self.output.as_ptr() as usize
    }

    /// Learns that a text is of a label, which may be new, together with the words of the text that
    /// are unknown. The first `label` of the first `bytes` bytes of the input are the label, and
    /// the others the text. Gives the words, one a line, or nothing where there is no label;
    /// [`Classifier::output`] has the text's new numbers.
    #[wasm_bindgen(js_name = learnGrowing)]
    pub fn learn_growing(&mut self, label: usize, bytes: usize) -> Option<String> {
        let (label, text) = text(&self.input, bytes).split_at_checked(label)?;
        let learnt = self.learner.learn_growing(text, label)?;
        self.output.clear();
        self.output.extend(learnt.prediction.probabilities);
        self.output.push(learnt.prediction.known);
        Some(lines_of(&learnt.words))
    }

    /// The words of the text in the first `bytes` bytes of the input that the model does not know,
    /// one a line.
    #[wasm_bindgen(js_name = unknownWords)]
    pub fn unknown_words(&self, bytes: usize) -> String {
        lines_of(&self.learner.classifier().unknown_words(text(&self.input, bytes)))
    }

    /// Gives the word in the first `bytes` bytes of the input a weight for a class; false where it
    /// is not one word, or there is no such class or strength.
    pub fn teach(&mut self, bytes: usize, class: usize, strength: f64) -> bool {
        self.learner.teach(text(&self.input, bytes), class, strength)
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
    pub fn export(&self) -> Result<Vec<u8>, JsValue> {
        self.learner.to_bytes().map_err(|reason| error("content", &reason.to_string()))
    }

    /// The address of what the last call put out.
    pub fn output(&self) -> usize {
        self.output.as_ptr() as usize
    }

    /// The numbers of what the model says of itself, which may change when it learns; their order
    /// is that of `npm/info.js`.
    pub fn describe(&mut self) -> Vec<f64> {
        let mut numbers = Vec::new();
        self.said.clear();
        describe(self.learner.classifier(), &mut self.said, &mut numbers);
        numbers
    }

    /// Hands over the strings of what [`Classifier::describe`] described, one after the other, in
    /// UTF-8.
    pub fn said(&mut self) -> Vec<u8> {
        take(&mut self.said).into_bytes()
    }
}

impl Classifier {
    fn of(classifier: crate::Classifier) -> Self {
        Self {
            learner: Learner::new(classifier),
            ends: Vec::new(),
            input: Vec::new(),
            output: Vec::new(),
            said: String::new(),
        }
    }
}

/// Words, each with a line end behind it.
fn lines_of(words: &[String]) -> String {
    let mut lines = String::new();
    for word in words {
        lines.push_str(word);
        lines.push('\n');
    }
    lines
}

/// Writes where the lines of a text end, in bytes, in place of what `ends` holds.
fn line_ends(text: &[u8], ends: &mut Vec<usize>) {
    ends.clear();
    let (chunks, rest) = text.as_chunks();
    for (place, chunk) in chunks.iter().enumerate() {
        let mut found = equal_bytes(u64::from_le_bytes(*chunk), b'\n');
        while found != 0 {
            ends.push(8 * place + found.trailing_zeros() as usize / 8);
            found &= found - 1;
        }
    }
    let found = (text.len() - rest.len()..).zip(rest).filter(|(_, byte)| **byte == b'\n');
    ends.extend(found.map(|(place, _)| place));
    ends.push(text.len());
}

/// Why there is no input buffer of so many bytes.
// Not inlined, so that a browser's engine needn't compile it with what makes a buffer.
#[inline(never)]
fn too_long(bytes: usize) -> JsValue {
    let message = format!(
        "the text is too long: expected at most what WebAssembly's memory holds, found a text that \
         may need {bytes} bytes; score it in parts"
    );
    error("too-long", &message)
}

/// Why bytes are not a model.
fn unopened(reason: OpenError) -> JsValue {
    error(reason.code(), &reason.to_string())
}
