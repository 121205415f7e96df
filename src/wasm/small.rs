//! The module that scores and does nothing else, with the small model inside. Without std and what
//! comes with it, which would be a fifth of the module.
//!
//! Nothing but numbers passes between it and JavaScript, whose half (`npm/small-classifier.js`) is
//! therefore all that it needs to be started.

use alloc::string::String;
use alloc::vec::Vec;

use wasm_bindgen::prelude::*;

use super::describe::describe;
use super::text;
use crate::Classifier;
use crate::counts::Scratch;
use crate::error::Part;
use crate::score::KEPT_BYTES;

/// The small model of `recipes/small.toml`.
static MODEL: &[u8] = include_bytes!("../../recipes/small.bin");

#[cfg(target_arch = "wasm32")]
mod alone {
    //! What std would bring.

    /// JavaScript sees a panic as a `RuntimeError`. Messages of panics are not in this module.
    #[panic_handler]
    fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
        core::arch::wasm32::unreachable()
    }
}

/// A trained model, ready to score texts, once it is opened.
#[wasm_bindgen]
#[derive(Debug, Default)]
pub struct Small {
    classifier: Option<Classifier>,
    /// Working memory, which one text leaves to the next.
    scratch: Scratch,
    /// What JavaScript has written: UTF-8, or a model.
    input: Vec<u8>,
    /// What [`open`](Self::open) says: UTF-8.
    said: String,
    /// What JavaScript reads after a call.
    output: Vec<f64>,
}

#[wasm_bindgen]
impl Small {
    /// Without a model, for now.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Small {
        Small::default()
    }

    /// Makes an input buffer of so many bytes in place of the last one. Gives its address, or 0
    /// where WebAssembly's memory has no room for it.
    pub fn input(&mut self, bytes: usize) -> usize {
        self.input = Vec::new();
        let Some(buffer) = super::buffer(bytes) else { return 0 };
        self.input = buffer;
        self.input.as_ptr() as usize
    }

    /// Opens the model in the first `bytes` bytes of the input; the one inside this module if there
    /// are none. Gives whether it is one. If so, [`said`](Self::said) is the strings of what it
    /// says of itself, one after the other, and [`output`](Self::output) has the numbers and the
    /// lengths of these strings; or else `said` is why not: a code, a space and a message.
    pub fn open(&mut self, bytes: usize) -> bool {
        self.said.clear();
        self.output.clear();
        let given = self.input.get(..bytes).unwrap_or_default();
        let opened = if bytes == 0 { Classifier::open_own(MODEL) } else { Classifier::open(given) };
        match opened {
            Ok(classifier) => {
                describe(&classifier, &mut self.said, &mut self.output);
                self.classifier = Some(classifier);
                true
            }
            Err(reason) => {
                self.said.push_str(reason.code());
                self.said.push(' ');
                for part in reason.message() {
                    match part {
                        Part::Text(text) => self.said.push_str(text),
                        Part::Number(number) => self.say_digits(number, 10, 1),
                        Part::Checksum(sum) => self.say_digits(sum as usize, 16, 8),
                    }
                }
                false
            }
        }
    }

    /// Scores the text in the first `bytes` bytes of the input. Gives the address of K
    /// probabilities and the share of the text that the model knows, or 0 where no model is open.
    pub fn score(&mut self, bytes: usize) -> usize {
        let Some(classifier) = &self.classifier else { return 0 };
        self.output.clear();
        let text = text(&self.input, bytes);
        // The plain path: what makes a scorer faster would be a fifth of the module.
        let known = classifier.logits_into(text, &mut self.scratch, &mut self.output);
        classifier.link().apply(&mut self.output);
        if text.len() > KEPT_BYTES {
            self.scratch = Scratch::default();
        }
        self.output.push(known);
        self.output.as_ptr() as usize
    }

    /// The address of what [`open`](Self::open) said.
    pub fn said(&self) -> usize {
        self.said.as_ptr() as usize
    }

    /// How many bytes [`open`](Self::open) said.
    #[wasm_bindgen(js_name = saidBytes)]
    pub fn said_bytes(&self) -> usize {
        self.said.len()
    }

    /// The address of what the last call put out.
    pub fn output(&self) -> usize {
        self.output.as_ptr() as usize
    }
}

impl Small {
    /// Says a number in digits to a base of 16 at most, with zeros before them where these are
    /// fewer than `least`.
    fn say_digits(&mut self, number: usize, base: usize, least: usize) {
        if number >= base || least > 1 {
            self.say_digits(number / base, base, least.saturating_sub(1));
        }
        self.said.extend("0123456789abcdef".chars().nth(number % base));
    }
}
