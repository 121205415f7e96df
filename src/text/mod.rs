//! Text → features: the one tokenizer, for training, the browser, the command line and the server.
//!
//! A text is lowercased, cut into spans (words, or stretches between white space) and read off as
//! n-grams. Each step keeps where its output came from, so that an n-gram can be shown in the text
//! that was pasted. The definitions are those of scikit-learn's `TfidfVectorizer`
//! (`CountVectorizer.build_analyzer`), checked against it in `tests/golden`.

mod analyzer;
mod batch;
mod bucket;
mod case;
mod change;
mod char_set;
mod cue;
mod derived;
mod feature;
mod filter;
mod hash;
mod lowercase;
mod pattern;
mod spans;
mod word_chars;
mod word_list;
mod words;

pub(crate) use analyzer::NormalizedWord;
pub use analyzer::{
    Analysis, Analyzer, AnalyzerKind, AnalyzerSettings, Offsets, SettingsError, Tokens,
};
pub(crate) use batch::{TextBatch, TextsRef};
pub use bucket::bucket;
pub(crate) use case::lowercase_of;
pub(crate) use change::{letter_triggers, may_contain_change};
pub(crate) use cue::{Role, cue_role, may_contain_cue};
pub(crate) use derived::Triggers;
pub use feature::Feature;
pub(crate) use feature::Ngram;
pub(crate) use filter::HashFilter;
#[cfg(feature = "wasm")]
pub(crate) use hash::equal_bytes;
pub(crate) use hash::{BLOCK, WordKey, block, bytes_equal, first_bytes, is_injective};
pub use pattern::{PatternError, TokenPattern};

/// Whether this is the module with the small model, which has the bytes for words and no more. Cues
/// and changes are left out of it, and models that have them are refused; and filters, which gain
/// nothing where no features are pairs of words.
pub(crate) const WORDS_ALONE: bool = cfg!(all(target_arch = "wasm32", feature = "wasm-small"));

/// Whether Python's `\w` matches: a letter, a number or the underscore, but no combining mark.
pub(crate) fn is_word_char(c: char) -> bool {
    match c {
        '0'..='9' | 'A'..='Z' | 'a'..='z' | '_' => true,
        // ASCII's signs, and the quotation marks and dashes of many texts.
        '\0'..='\x7f' | '\u{2000}'..='\u{206f}' => false,
        _ => word_chars::WORD_CHARS.contains(c),
    }
}

/// Whether Python's `str.isspace` holds: Unicode white space and the four ASCII separators.
pub fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\x1c'..='\x1f')
}
