//! The module that finds names: no model and no classifier.
//!
//! One instance of it has one list of names; who needs another list makes another instance. Nothing
//! but numbers passes between it and JavaScript, whose half (`npm/names.js`) is therefore all that
//! it needs to be started.

use std::cell::RefCell;

use wasm_bindgen::prelude::*;

use super::text;
use crate::Names;

thread_local! {
    static FINDER: RefCell<Finder> = RefCell::default();
}

/// What an instance of the module holds.
#[derive(Default)]
struct Finder {
    /// Whom [`mentions`] looks for.
    names: Names,
    /// What JavaScript has written: UTF-8, valid only as far as the next call says.
    input: Vec<u8>,
    /// What [`set_names`] says: UTF-8.
    answer: String,
    /// What JavaScript reads after [`mentions`], as 32-bit numbers.
    output: Vec<usize>,
}

/// Makes an input buffer of so many bytes in place of the last one. Gives its address, or 0 where
/// WebAssembly's memory has no room for it.
#[wasm_bindgen]
pub fn input(bytes: usize) -> usize {
    FINDER.with_borrow_mut(|finder| {
        finder.input = Vec::new();
        let Some(buffer) = super::buffer(bytes) else { return 0 };
        finder.input = buffer;
        finder.input.as_ptr() as usize
    })
}

/// Looks from now on for the names of the lists in the first `bytes` bytes of the input, of which a
/// NUL parts each from the next, which goes before it. Gives whether they are lists; the answer has
/// the names, one a line, or why not.
#[wasm_bindgen(js_name = setNames)]
pub fn set_names(bytes: usize) -> bool {
    FINDER.with_borrow_mut(|finder| {
        finder.answer.clear();
        let mut lists = text(&finder.input, bytes).split('\0');
        match lists.try_fold(Names::default(), Names::with) {
            Ok(names) => {
                for name in names.names() {
                    finder.answer.push_str(name);
                    finder.answer.push('\n');
                }
                finder.names = names;
                true
            }
            Err(reason) => {
                finder.answer = reason.to_string();
                false
            }
        }
    })
}

/// The address of what [`set_names`] said last.
#[wasm_bindgen]
pub fn answer() -> usize {
    FINDER.with_borrow(|finder| finder.answer.as_ptr() as usize)
}

/// How many bytes [`set_names`] said last.
#[wasm_bindgen(js_name = answerBytes)]
pub fn answer_bytes() -> usize {
    FINDER.with_borrow(|finder| finder.answer.len())
}

/// Finds names in the text in the first `bytes` bytes of the input. Gives how many stretches there
/// are; the output has for each the place of its name, and its start and end in UTF-16 units.
#[wasm_bindgen]
pub fn mentions(bytes: usize) -> usize {
    FINDER.with_borrow_mut(|finder| {
        let mentions = finder.names.find(text(&finder.input, bytes));
        finder.output.clear();
        for mention in &mentions {
            finder.output.extend([mention.name, mention.utf16.start, mention.utf16.end]);
        }
        mentions.len()
    })
}

/// The address of what [`mentions`] has put out.
#[wasm_bindgen]
pub fn output() -> usize {
    FINDER.with_borrow(|finder| finder.output.as_ptr() as usize)
}
