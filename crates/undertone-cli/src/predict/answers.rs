//! Scoring: rows → rows with answers.

use std::str::Utf8Error;
use std::sync::Arc;

use arrow_array::builder::{BooleanBuilder, Float64Builder, ListBuilder, StringBuilder};
use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, BinaryArray, RecordBatch, RecordBatchOptions};
use arrow_schema::{DataType, Field, Schema, SchemaRef};

use super::arrow_error;
use super::choice::Choice;
use super::format::OutputFormat;
use super::input::two_columns;
use super::selection::{Selection, is_bytes, unfolded};
use undertone::link::highest;
use undertone::{Classifier, Prediction, Scorer};

/// The name of the JSON object with the probabilities of all labels.
pub(super) const PROBABILITIES: &str = "probabilities";

/// The name of the column with all labels of a row, of a model that gives several.
pub(super) const LABELS: &str = "labels";

/// The numbers of rows with and without an answer.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Counts {
    pub(super) rows: u64,
    pub(super) scored: u64,
    /// The number of rows whose text is bytes that are not valid UTF-8.
    pub(super) refused: u64,
}

impl Counts {
    pub(super) fn add(&mut self, more: Self) {
        self.rows += more.rows;
        self.scored += more.scored;
        self.refused += more.refused;
    }

    /// A sentence on the rows that were read; `done` of them were scored before.
    pub(super) fn summary(self, done: u64) -> String {
        let Self { rows, scored, refused } = self;
        let before = if done > 0 { format!(", {done} before") } else { String::new() };
        let without = rows - scored - refused;
        let s = if rows == 1 { "" } else { "s" };
        format!(
            "{rows} row{s} read{before}, {scored} scored, {without} without text, {refused} refused"
        )
    }
}

/// The columns of answers: label, confidence, and the probability of each label, as far as they are
/// chosen. A row whose text is null has no answer. If texts are bytes, one more column says why a
/// row has no answer.
#[derive(Debug)]
pub(super) struct AnswerColumns<'a> {
    classifier: &'a Classifier,
    selection: &'a Selection,
    /// The schema of the rows with answers.
    pub(super) schema: SchemaRef,
    /// The number of columns that come from the input.
    pub(super) kept: usize,
    choice: Choice,
    /// Whether several labels of a row stand apart, in a list, or in one text with `;` between
    /// them.
    apart: bool,
    has_errors: bool,
}

impl<'a> AnswerColumns<'a> {
    /// The columns of answers for rows of `input`, the schema of what `selection` has selected.
    ///
    /// # Errors
    /// When two columns of the output have one name.
    pub(super) fn new(
        classifier: &'a Classifier,
        selection: &'a Selection,
        input: &Schema,
        prefix: &str,
        choice: Choice,
        format: OutputFormat,
    ) -> anyhow::Result<Self> {
        let mut fields: Vec<Field> =
            selection.kept().map(|column| unfolded(input.field(column))).collect();
        let kept = fields.len();
        let mut add = |name: &str, data_type| {
            fields.push(Field::new(format!("{prefix}{name}"), data_type, true));
        };
        let (several, apart) = (classifier.gives_several(), format.has_lists());
        match (several, apart) {
            (false, _) => add("label", DataType::Utf8),
            (true, false) => add(LABELS, DataType::Utf8),
            (true, true) => add(LABELS, DataType::new_list(DataType::Utf8, true)),
        }
        add("confidence", DataType::Float64);
        for label in classifier.labels() {
            add(label, DataType::Float64);
        }
        if choice.known {
            add("known", DataType::Float64);
            add("foreign", DataType::Boolean);
        }
        let has_errors = is_bytes(input.field(selection.text).data_type());
        if has_errors {
            add("error", DataType::Utf8);
        }
        for (index, field) in fields.iter().enumerate() {
            let is_new = fields[..index].iter().all(|before| before.name() != field.name());
            anyhow::ensure!(is_new, two_columns(field.name()));
        }
        if matches!(format, OutputFormat::Json | OutputFormat::Jsonl) {
            let object = format!("{prefix}{PROBABILITIES}");
            let is_new = fields[..kept].iter().all(|before| *before.name() != object);
            anyhow::ensure!(is_new, two_columns(&object));
        }
        let schema = Schema::new_with_metadata(fields, input.metadata().clone()).into();
        Ok(Self { classifier, selection, schema, kept, choice, apart, has_errors })
    }

    /// The number of columns of probabilities.
    pub(super) fn classes(&self) -> usize {
        self.classifier.labels().len()
    }

    /// Adds the answers to the rows of a batch, by a scorer of the classifier.
    pub(super) fn add_to(
        &self,
        batch: &RecordBatch,
        scorer: &mut Scorer<'_>,
    ) -> anyhow::Result<(RecordBatch, Counts)> {
        let rows = batch.num_rows();
        let mut columns: Vec<ArrayRef> = Vec::with_capacity(self.schema.fields().len());
        for (column, field) in self.selection.kept().zip(self.schema.fields()) {
            columns.push(cast(batch.column(column), field.data_type())?);
        }
        let column = bytes(batch.column(self.selection.text))?;
        let texts = texts(&column);
        let (valid, counts) = valid(&texts);
        let mut predictions = scorer.predict_batch(&valid).into_iter();
        let mut answers = Answers::with_capacity(rows, self.classes());
        for text in texts {
            let (prediction, error) = match text {
                Some(Ok(_)) => (predictions.next(), None),
                Some(Err(error)) => (None, Some(error)),
                None => (None, None),
            };
            answers.push(self.classifier, self.choice, prediction, error);
        }
        answers.append_to(&mut columns, self);
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let batch = RecordBatch::try_new_with_options(self.schema.clone(), columns, &options);
        Ok((batch.map_err(arrow_error)?, counts))
    }
}

/// The texts of a column of [`bytes`]; none for null.
pub(super) fn texts(column: &ArrayRef) -> Vec<Option<Result<&str, Utf8Error>>> {
    column.as_binary::<i32>().iter().map(|text| text.map(std::str::from_utf8)).collect()
}

/// The texts that can be scored, and how many of all they are.
pub(super) fn valid<'a>(texts: &[Option<Result<&'a str, Utf8Error>>]) -> (Vec<&'a str>, Counts) {
    let valid: Vec<&str> = texts.iter().filter_map(|text| text.as_ref()?.ok()).collect();
    let refused = texts.iter().filter(|text| matches!(text, Some(Err(_)))).count() as u64;
    let counts = Counts { rows: texts.len() as u64, scored: valid.len() as u64, refused };
    (valid, counts)
}

/// A column of texts, whatever its type, as the one type that holds all texts, and bytes that are
/// none.
pub(super) fn bytes(column: &ArrayRef) -> anyhow::Result<ArrayRef> {
    match column.data_type() {
        DataType::Null => Ok(Arc::new(BinaryArray::new_null(column.len()))),
        DataType::Utf8 => Ok(Arc::new(BinaryArray::from(column.as_string::<i32>().clone()))),
        DataType::Dictionary(_, values) => bytes(&cast(column, values)?),
        DataType::Utf8View => bytes(&cast(column, &DataType::Utf8)?),
        _ => cast(column, &DataType::Binary),
    }
}

/// Casts a column, and refuses values that don't fit, where `arrow_cast::cast` gives null.
fn cast(column: &ArrayRef, data_type: &DataType) -> anyhow::Result<ArrayRef> {
    if column.data_type() == data_type {
        return Ok(Arc::clone(column));
    }
    #[cfg(feature = "columnar")]
    {
        let options = arrow_cast::CastOptions { safe: false, ..Default::default() };
        arrow_cast::cast_with_options(column, data_type, &options).map_err(arrow_error)
    }
    // Without `columnar`, formats have one type for texts; the code of casts is larger than the
    // rest of Arrow together.
    #[cfg(not(feature = "columnar"))]
    anyhow::bail!("expected {data_type}, found {}", column.data_type())
}

/// The columns of answers while they are filled, row by row.
struct Answers {
    labels: StringBuilder,
    /// Several labels, as a list.
    lists: ListBuilder<StringBuilder>,
    confidences: Float64Builder,
    probabilities: Vec<Float64Builder>,
    known: Float64Builder,
    foreign: BooleanBuilder,
    errors: StringBuilder,
}

impl Answers {
    fn with_capacity(rows: usize, classes: usize) -> Self {
        Self {
            labels: StringBuilder::with_capacity(rows, 8 * rows),
            lists: ListBuilder::new(StringBuilder::new()),
            confidences: Float64Builder::with_capacity(rows),
            probabilities: vec![(); classes]
                .into_iter()
                .map(|()| Float64Builder::with_capacity(rows))
                .collect(),
            known: Float64Builder::new(),
            foreign: BooleanBuilder::new(),
            errors: StringBuilder::new(),
        }
    }

    fn push(
        &mut self,
        classifier: &Classifier,
        choice: Choice,
        prediction: Option<Prediction>,
        error: Option<Utf8Error>,
    ) {
        self.errors.append_option(
            error.map(|error| {
                format!("expected UTF-8, found another byte at {}", error.valid_up_to())
            }),
        );
        if classifier.gives_several() {
            self.push_several(classifier, choice, prediction.as_ref());
        } else {
            let sure = prediction.as_ref().filter(|found| {
                choice.min_confidence.is_none_or(|least| classifier.is_sure(found, least))
            });
            let label = sure.and_then(|found| classifier.labels().get(found.class));
            self.labels.append_option(label);
        }
        self.confidences.append_option(prediction.as_ref().map(|found| found.confidence()));
        let probabilities = prediction.as_ref().map_or(&[][..], |found| &found.probabilities);
        let given = choice.top_k.map(|most| highest(probabilities, most.get()));
        for (class, column) in self.probabilities.iter_mut().enumerate() {
            let is_given = given.as_ref().is_none_or(|given| given.contains(&class));
            column.append_option(probabilities.get(class).copied().filter(|_| is_given));
        }
        if choice.known {
            self.known.append_option(prediction.as_ref().map(|found| found.known));
            let foreign = prediction.as_ref().map(|found| classifier.is_foreign(found));
            self.foreign.append_option(foreign);
        }
    }

    /// Adds the labels of a text that may have several: null without an answer.
    fn push_several(
        &mut self,
        classifier: &Classifier,
        choice: Choice,
        prediction: Option<&Prediction>,
    ) {
        let given: Option<Vec<&str>> = prediction.map(|found| {
            let given = classifier.given(found, choice.min_confidence.unwrap_or_default());
            given.map(|class| classifier.labels()[class].as_str()).collect()
        });
        self.labels.append_option(given.as_ref().map(|given| given.join(";")));
        given.iter().flatten().for_each(|label| self.lists.values().append_value(label));
        self.lists.append(given.is_some());
    }

    fn append_to(mut self, columns: &mut Vec<ArrayRef>, answers: &AnswerColumns<'_>) {
        let (with_known, with_errors) = (answers.choice.known, answers.has_errors);
        if answers.classifier.gives_several() && answers.apart {
            columns.push(Arc::new(self.lists.finish()));
        } else {
            columns.push(Arc::new(self.labels.finish()));
        }
        columns.push(Arc::new(self.confidences.finish()));
        for mut column in self.probabilities {
            columns.push(Arc::new(column.finish()));
        }
        if with_known {
            columns.push(Arc::new(self.known.finish()));
            columns.push(Arc::new(self.foreign.finish()));
        }
        if with_errors {
            columns.push(Arc::new(self.errors.finish()));
        }
    }
}
