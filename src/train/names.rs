//! Names, which have no weight: what a headline says decides, not whom it is about.
//!
//! A list of names (coins, companies, offices, places, persons) keeps every n-gram that holds one
//! out of the vocabulary, and so out of the model: a text is scored as if the name were a word that
//! nobody has seen.

use std::collections::HashSet;

#[cfg(feature = "train")]
use super::error::Error;
#[cfg(feature = "train")]
use super::recipe::FileRecipe;
#[cfg(feature = "train")]
use crate::files::{checked_sha256, decode, read_file};
use crate::text::{Analyzer, AnalyzerKind, AnalyzerSettings, Tokens};

/// A list of names, each as the tokens that an analyzer makes of it.
#[derive(Debug, Clone, Default)]
pub struct Names {
    /// The tokens of each name, with one space between neighbours.
    names: HashSet<String>,
    /// The number of tokens of the longest name.
    longest: usize,
}

/// Reads a file of names: one name a line; empty lines and those that begin with `#` are left out.
///
/// # Errors
/// When the file can't be read, is not the recipe's or not UTF-8.
#[cfg(feature = "train")]
pub fn read_names(recipe: &FileRecipe) -> Result<Vec<String>, Error> {
    let bytes = read_file(&recipe.path)?;
    checked_sha256(&recipe.path, &bytes[..], &recipe.sha256)?;
    Ok(parse(&decode(&recipe.path, &bytes, "utf-8")?))
}

/// The names in the text of a file.
#[cfg(feature = "train")]
fn parse(text: &str) -> Vec<String> {
    let lines = text.lines().map(str::trim);
    lines.filter(|line| !line.is_empty() && !line.starts_with('#')).map(str::to_owned).collect()
}

impl Names {
    /// Segments names by `analyzer`. An analyzer of characters leaves no name, as its n-grams don't
    /// hold words.
    pub fn new(names: &[String], analyzer: &Analyzer) -> Self {
        let mut segmented = Self::default();
        if analyzer.settings().kind != AnalyzerKind::Word {
            return segmented;
        }
        let single =
            AnalyzerSettings { ngrams: (1, 1), changes: false, ..analyzer.settings().clone() };
        let Ok(analyzer) = Analyzer::new(single) else { return segmented };
        let mut tokens = Tokens::default();
        for name in names {
            let mut words: Vec<String> = Vec::new();
            let mut analysis = analyzer.analyze(name, &mut tokens);
            analysis.for_each(|token| words.push(token.text().to_owned()));
            if !words.is_empty() {
                segmented.longest = segmented.longest.max(words.len());
                segmented.names.insert(words.join(" "));
            }
        }
        segmented
    }

    /// Whether a name is among the tokens of an n-gram.
    pub fn occur_in(&self, ngram: &str) -> bool {
        if self.names.is_empty() {
            return false;
        }
        let starts = || std::iter::once(0).chain(ngram.match_indices(' ').map(|(at, _)| at + 1));
        starts().any(|start| {
            let rest = &ngram[start..];
            let ends = rest.match_indices(' ').map(|(at, _)| at).chain([rest.len()]);
            ends.take(self.longest).any(|end| self.names.contains(&rest[..end]))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_among_the_tokens_of_an_ngram() {
        let lines = parse("# coins\nBitcoin\n\n bank of america\r\nS&P\n");
        assert_eq!(lines, ["Bitcoin", "bank of america", "S&P"]);
        let settings = AnalyzerSettings {
            token_pattern: r"\w+|[&]".to_owned(),
            ngrams: (2, 3),
            ..AnalyzerSettings::default()
        };
        let names = Names::new(&lines, &Analyzer::new(settings.clone()).unwrap());
        for ngram in
            ["bitcoin", "of bitcoin falls", "s & p", "bank of america", "a bank of america"]
        {
            assert!(names.occur_in(ngram), "{ngram}");
        }
        for ngram in ["bitcoins", "bank of", "of america", "s &", "bank of americans", ""] {
            assert!(!names.occur_in(ngram), "{ngram}");
        }
        let characters = AnalyzerSettings { kind: AnalyzerKind::CharWb, ..settings };
        assert!(!Names::new(&lines, &Analyzer::new(characters).unwrap()).occur_in("bitcoin"));
    }
}
