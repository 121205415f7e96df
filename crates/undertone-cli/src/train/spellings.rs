//! What `undertone train` says of labels that differ in case or space alone.

use std::io::{self, Write};

use serde::Serialize;
use undertone::train::spellings::alike;
use undertone::train::{Corpus, Trained};

/// Labels that differ in case or space alone, joined or not.
#[derive(Debug, Serialize)]
pub(super) struct Spellings<'a> {
    /// The sets of labels that are alike.
    alike: Vec<Vec<Spelled<'a>>>,
    /// The spellings that were given up.
    joined: Vec<Joined<'a>>,
}

#[derive(Debug, Serialize)]
struct Spelled<'a> {
    label: &'a str,
    documents: u64,
    /// The place of its first row; unknown of streamed files.
    first: Option<String>,
}

#[derive(Debug, Serialize)]
struct Joined<'a> {
    label: &'a str,
    to: &'a str,
}

impl<'a> Spellings<'a> {
    /// What a training run found; `corpus` are its documents, where they are held in memory.
    pub(super) fn of(trained: &'a Trained, corpus: Option<&Corpus>) -> Self {
        let counts = &trained.label_counts;
        let first = |label: usize| {
            let corpus = corpus?;
            let mut documents = 0..corpus.documents.len();
            let first = documents.find(|&one| corpus.labels_of(one).contains(&label));
            Some(corpus.label_place(first?))
        };
        let spelled = |index: usize| Spelled {
            label: &counts[index].0,
            documents: counts[index].1,
            first: first(index).map(|place| place.to_string()),
        };
        let alike = alike(counts.iter().map(|(label, _)| label.as_str()));
        Self {
            alike: alike.into_iter().map(|set| set.into_iter().map(spelled).collect()).collect(),
            joined: trained.joined.iter().map(|(label, to)| Joined { label, to }).collect(),
        }
    }

    /// Writes a line for each set of labels that are alike and for each that was given up.
    pub(super) fn write(&self, out: &mut impl Write) -> io::Result<()> {
        for set in &self.alike {
            let spelled = set.iter().map(|Spelled { label, documents, first }| {
                let first = first.iter().map(|place| format!(", first in {place}"));
                format!("{label:?} ({documents} documents{})", first.collect::<String>())
            });
            let spelled = spelled.collect::<Vec<_>>().join(", ");
            writeln!(
                out,
                "labels that differ in case or space alone: {spelled}; --join-labels takes them for one"
            )?;
        }
        for Joined { label, to } in &self.joined {
            writeln!(out, "joined label {label:?} with {to:?}")?;
        }
        Ok(())
    }
}
