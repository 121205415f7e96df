//! Rows → a balance for each name.

use std::io::{BufWriter, Write};
use std::num::NonZero;

use arrow_array::RecordBatch;

use super::answers::{Counts, bytes, texts, valid};
use super::format::OutputFormat;
use super::input::{Kept, Table, cut};
use super::ordered::map_ordered;
use super::selection::Selection;
use super::{Arguments, TEXT, cores};
use crate::balances::{Balances, Format};
use undertone::Classifier;
use undertone::balance::Scale;
use undertone::files::Replacement;

/// What a batch of rows says.
struct Found {
    counts: Counts,
    /// Texts without a name.
    nameless: u64,
    /// A name's place and a class, once for each text and name.
    pairs: Vec<(usize, usize)>,
}

/// Scores, writes the table, and gives the line that says what became of the rows.
pub(super) fn run(arguments: &Arguments, classifier: &Classifier) -> anyhow::Result<String> {
    let format = match arguments.output_format() {
        OutputFormat::Text => Format::Chart,
        OutputFormat::Json => Format::Json,
        OutputFormat::Jsonl => Format::Jsonl,
        OutputFormat::Csv => Format::Csv,
        OutputFormat::Arrow | OutputFormat::ArrowFile | OutputFormat::Parquet => anyhow::bail!(
            "--by: expected --format text, csv, json or jsonl, found arrow or parquet; a table of \
             balances is short"
        ),
    };
    anyhow::ensure!(
        !classifier.gives_several(),
        "--by name: expected a model that gives one label a text, which a balance counts, found one \
         that gives several"
    );
    let names = arguments.names.read()?;
    let mut table = Table::open(&arguments.source(), &arguments.reading()?)?;
    let text = arguments.text_column.as_deref().unwrap_or(TEXT);
    let nothing = [String::new()];
    let mut selection = Selection::new(&table.path, &table.schema, text, Some(&nothing))?;
    table.prepare(&mut selection, Kept::Literals, false)?;
    let path = table.path.clone();

    let labels = classifier.labels();
    let mut counts = vec![0_u32; names.names().len() * labels.len()];
    let (mut rows, mut nameless) = (Counts::default(), 0);
    let threads = arguments.threads.map_or_else(cores, NonZero::get);
    let worker = || {
        let (mut scorer, names, selection) = (classifier.scorer(), &names, &selection);
        move |batch: RecordBatch| {
            let column = bytes(batch.column(selection.text))?;
            let (valid, counts) = valid(&texts(&column));
            let mut found = Found { counts, nameless: 0, pairs: Vec::new() };
            for (text, prediction) in valid.iter().zip(scorer.predict_batch(&valid)) {
                let names = names.find_names(text);
                found.nameless += u64::from(names.is_empty());
                found.pairs.extend(names.into_iter().map(|name| (name, prediction.class)));
            }
            Ok(found)
        }
    };
    let batches = cut(table.batches(&selection, 0)?, 0, u64::MAX);
    map_ordered(threads, batches, worker, |found: Found| {
        rows.add(found.counts);
        nameless += found.nameless;
        for (name, class) in found.pairs {
            counts[name * labels.len() + class] += 1;
        }
        Ok(())
    })?;

    let balances = Balances::of_names(names.names(), labels.to_vec(), Scale::of(labels), &counts);
    match &arguments.output {
        None => {
            let mut out = BufWriter::new(std::io::stdout().lock());
            balances.write(&mut out, format)?;
            out.flush()?;
        }
        Some(path) => {
            let mut out = BufWriter::new(Replacement::beside(path)?);
            balances.write(&mut out, format)?;
            out.into_inner().map_err(std::io::IntoInnerError::into_error)?.finish(path)?;
        }
    }
    Ok(format!("{}: {}, {nameless} without a name", path.display(), rows.summary(0)))
}
