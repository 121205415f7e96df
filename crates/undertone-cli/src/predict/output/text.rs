//! Text as output: label, probability and text in columns, for people.

use std::fmt::Write;

use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_array::types::Float64Type;
use arrow_cast::display::{ArrayFormatter, FormatOptions};

use crate::predict::arrow_error;

/// Encodes a batch, whose columns are the text and its answer. A text without an answer has a dash,
/// and one whose label is not sure enough says so.
pub(super) fn encode(batch: &RecordBatch, widest: usize) -> anyhow::Result<Vec<u8>> {
    let options = FormatOptions::default();
    let texts = ArrayFormatter::try_new(batch.column(0).as_ref(), &options).map_err(arrow_error)?;
    let labels = batch.column(1).as_string::<i32>();
    let confidences = batch.column(2).as_primitive::<Float64Type>();
    let mut out = String::new();
    for (row, (label, confidence)) in labels.iter().zip(confidences).enumerate() {
        match (label, confidence) {
            (Some(label), Some(confidence)) => {
                let label = if label.is_empty() { "none" } else { label };
                write!(out, "{label:widest$}  {:>4.0}%  ", 100.0 * confidence)?;
            }
            (None, Some(confidence)) => {
                write!(out, "{:widest$}  {:>4.0}%  ", "unsure", 100.0 * confidence)?;
            }
            _ => write!(out, "{:widest$}  {:5}  ", "-", "")?,
        }
        let text = texts.value(row).to_string();
        // A control character in a pasted text must not move the reader's cursor.
        out.extend(text.chars().map(|c| if c.is_control() { ' ' } else { c }));
        out.push('\n');
    }
    Ok(out.into_bytes())
}
