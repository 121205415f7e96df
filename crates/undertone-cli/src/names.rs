//! Whom texts are about: the names that come with the command, and a list of one's own.

use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, ValueEnum};

use undertone::Names;
use undertone::files::{decode, read_file};

/// Coins and companies.
static BUILT_IN: &str = include_str!("../mentions.txt");

#[derive(Debug, Clone, Args)]
pub(super) struct NamesOption {
    /// Names of your own, which go before the built-in coins and companies: a name a line, and
    /// after commas its aliases and tickers
    #[arg(long, value_name = "FILE")]
    names: Option<PathBuf>,
}

impl NamesOption {
    /// Refuses a list that nothing would use.
    ///
    /// # Errors
    /// When there is one and nobody asks for names with one of these options.
    pub(super) fn check_is_used(&self, asked: bool, options: &str) -> anyhow::Result<()> {
        anyhow::ensure!(
            asked || self.names.is_none(),
            "--names: expected {options} with it, which says what the names are for"
        );
        Ok(())
    }

    /// The built-in names, with those of the file over them.
    pub(super) fn read(&self) -> anyhow::Result<Names> {
        let built_in = built_in()?;
        let Some(path) = &self.names else { return Ok(built_in) };
        let list = decode(path, &read_file(path)?, "utf-8")?;
        built_in.with(&list).with_context(|| path.display().to_string())
    }
}

/// The names that come with the command.
pub(super) fn built_in() -> anyhow::Result<Names> {
    Names::parse(BUILT_IN).context("the built-in names")
}

/// The names that a text mentions.
#[cfg(feature = "scrape")]
pub(super) fn named<'a>(names: &'a Names, text: &str) -> Vec<&'a str> {
    let found = names.find_names(text).into_iter();
    found.filter_map(|place| names.names().get(place)).map(String::as_str).collect()
}

/// What a table of balances has a line for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum By {
    /// Each coin and company that headlines name
    Name,
}

/// The place of a name that was typed: the name itself, or one of its forms.
///
/// # Errors
/// When it is nobody's.
#[cfg(feature = "scrape")]
pub(super) fn place_of(names: &Names, typed: &str) -> anyhow::Result<usize> {
    let lowercase = typed.to_lowercase();
    let is_typed = |name: &String| name.to_lowercase() == lowercase;
    if let Some(place) = names.names().iter().position(is_typed) {
        return Ok(place);
    }
    // A ticker may be typed small, and without its dollar sign.
    let forms = [typed.to_owned(), typed.to_uppercase(), format!("${typed}")];
    let found = forms.iter().find_map(|form| match names.find_names(form)[..] {
        [place] => Some(place),
        _ => None,
    });
    found.with_context(|| {
        format!(
            "--name: expected a coin or company of the list, or a form of it, such as Bitcoin or \
             BTC, found {typed:?}; give names of your own with --names"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(feature = "scrape")]
    fn a_name_is_typed_in_any_of_its_forms() {
        let names = NamesOption { names: None }.read().unwrap();
        for (typed, name) in [
            ("bitcoin", "Bitcoin"),
            ("btc", "Bitcoin"),
            ("target", "Target"),
            ("$NEAR", "Near Protocol"),
        ] {
            assert_eq!(names.names()[place_of(&names, typed).unwrap()], name, "{typed}");
        }
        for typed in ["", "nobody at all", "BTC and ETH"] {
            assert!(place_of(&names, typed).is_err(), "{typed}");
        }
    }
}
