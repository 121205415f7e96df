//! Many texts at a time: what is known of a word is kept from one text to the next.
//!
//! Most words of a text have been met before in the texts around it (Zipf's law). What is kept follows from
//! the classifier alone: in a batch and by itself, a text has the same probabilities, to the last bit.

mod characters;
mod glossary;
mod words;

pub(crate) use characters::{Characters, CharactersOf};
pub(crate) use words::Words;
