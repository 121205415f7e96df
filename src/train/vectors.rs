//! Word vectors: knowledge of words from elsewhere, before the first labelled document.
//!
//! A vectors file adds one vectorizer, whose vocabulary is the file's words and whose coefficient
//! matrix is E·B: E (V×d) the vectors, fixed, B (d×K) fitted together with everything else. With
//! u a document's unit tf-idf row over these words (1×V), its part of the logits is
//!
//! ```text
//! (u·E)·B = u·(E·B)
//! ```
//!
//! by associativity, as u·E is not scaled to unit length again. So B is fitted on the d columns of
//! u·E, and E·B is stored as one coefficient for each word and class: the model that ships is a
//! plain linear model over words, which also has words that no labelled document has.
//!
//! E as a whole is divided by a number, so that the mean square length of its rows is 1, and
//! multiplied by the recipe's `scale`; the penalty ½‖B‖² then means the same for every file.

use std::path::Path;

use ndarray::{Array2, ArrayView1, Axis};

use super::error::Error;
use super::head_start::Supplied;
use super::recipe::VectorsRecipe;
#[cfg(feature = "train")]
use crate::files::{FileError, Place, decode};
use crate::provenance::DataSet;

/// Words and their vectors.
#[derive(Debug, Clone)]
pub(crate) struct Vectors {
    /// The V different words, in ascending byte order.
    pub(crate) words: Vec<String>,
    /// E, V×d, scaled.
    pub(crate) matrix: Array2<f32>,
}

impl Vectors {
    /// Reads the recipe's file, and adds it to `sets`. It is in the text form of word2vec (first
    /// line "V d") or GloVe (without that line): a word and its components on each line, separated
    /// by spaces. If the recipe also names a file of words, it has d signed bytes for each of
    /// these. Of a word that occurs twice the first line counts.
    ///
    /// # Errors
    /// When the file can't be read, is not the recipe's, or a line is ragged or not of numbers.
    pub(crate) fn read(
        recipe: &VectorsRecipe,
        supplied: &Supplied<'_>,
        sets: &mut Vec<DataSet>,
    ) -> Result<Self, Error> {
        let bytes = supplied.read(&recipe.path, &recipe.sha256, sets)?;
        let mut vectors = if recipe.words.as_os_str().is_empty() {
            Self::of_text(&recipe.path, &bytes)?
        } else {
            let words = supplied.read(&recipe.words, &recipe.words_sha256, sets)?;
            let words = text(&recipe.words, &words)?;
            Self::of_bytes(&recipe.path, &bytes, words.lines().collect())?
        };
        let squares: f64 = vectors.matrix.iter().map(|x| f64::from(*x) * f64::from(*x)).sum();
        let length = libm::sqrt(squares / vectors.words.len() as f64);
        if length > 0.0 {
            let factor = f64::from(recipe.scale) / length;
            vectors.matrix.mapv_inplace(|x| (f64::from(x) * factor) as f32);
        }
        Ok(vectors)
    }

    #[cfg(feature = "train")]
    fn of_text(path: &Path, bytes: &[u8]) -> Result<Self, Error> {
        Self::parse(path, &text(path, bytes)?)
    }

    /// None, as the text form stands in a file: this build reads none.
    #[cfg(not(feature = "train"))]
    fn of_text(path: &Path, _: &[u8]) -> Result<Self, Error> {
        Err(Error::NotSupplied { path: path.to_owned() })
    }

    /// Reads the text form of word2vec or GloVe.
    #[cfg(feature = "train")]
    fn parse(path: &Path, text: &str) -> Result<Self, Error> {
        let place =
            |line: usize, column| Place { path: path.to_owned(), line: line as u64 + 1, column };
        let mut rows: Vec<(&str, Vec<f32>)> = Vec::new();
        let mut width = None;
        for (number, line) in text.lines().enumerate() {
            let mut fields = line.split_ascii_whitespace();
            let Some(word) = fields.next() else { continue };
            let mut row = Vec::with_capacity(width.unwrap_or(0));
            for (column, field) in fields.enumerate() {
                let component = field.parse().ok().filter(|value: &f32| value.is_finite());
                row.push(component.ok_or_else(|| Error::VectorComponent {
                    place: place(number, column + 2),
                    found: field.to_owned(),
                })?);
            }
            if number == 0 && row.len() == 1 && word.parse::<usize>().is_ok() {
                continue;
            }
            let expected = *width.get_or_insert(row.len());
            if row.len() != expected || row.is_empty() {
                return Err(Error::RaggedVector {
                    place: place(number, row.len().min(expected) + 2),
                    word: word.to_owned(),
                    expected: expected.max(1),
                    found: row.len(),
                });
            }
            rows.push((word, row));
        }
        let Some(width) = width else {
            return Err(FileError::NoRows { place: place(0, 1) }.into());
        };
        Ok(Self::sorted(rows, width))
    }

    /// Reads signed bytes, equally many for each word.
    fn of_bytes(path: &Path, bytes: &[u8], words: Vec<&str>) -> Result<Self, Error> {
        let width = bytes.len() / words.len().max(1);
        if width == 0 || width * words.len() != bytes.len() {
            return Err(Error::VectorBytes {
                path: path.to_owned(),
                words: words.len(),
                bytes: bytes.len(),
            });
        }
        let component = |byte: &u8| f32::from(i8::from_le_bytes([*byte]));
        let rows = bytes.chunks_exact(width).map(|row| row.iter().map(component).collect());
        Ok(Self::sorted(words.into_iter().zip(rows).collect(), width))
    }

    /// Sorts words with their vectors, and removes repeated words.
    fn sorted(mut rows: Vec<(&str, Vec<f32>)>, width: usize) -> Self {
        // Stable: of equal words the first stays first.
        rows.sort_by_key(|(word, _)| *word);
        rows.dedup_by_key(|(word, _)| *word);
        let words = rows.iter().map(|(word, _)| (*word).to_owned()).collect();
        let mut matrix = Array2::zeros((rows.len(), width));
        for ((_, row), mut target) in rows.iter().zip(matrix.axis_iter_mut(Axis(0))) {
            target.assign(&ArrayView1::from(row));
        }
        Self { words, matrix }
    }
}

/// The text of a file in UTF-8.
#[cfg(feature = "train")]
fn text(path: &Path, bytes: &[u8]) -> Result<String, Error> {
    Ok(decode(path, bytes, "utf-8")?)
}

/// The text of supplied bytes: that they are the ones that belong here, their hash says.
#[cfg(not(feature = "train"))]
fn text(_: &Path, bytes: &[u8]) -> Result<String, Error> {
    Ok(String::from_utf8_lossy(bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_both_forms_and_names_what_is_wrong() {
        let path = Path::new("v.txt");
        let word2vec = Vectors::parse(path, "2 3\nup 1 2 3\ndown 4 5 6\n").unwrap();
        let glove = Vectors::parse(path, "up 1 2 3\ndown 4 5 6\nup 7 8 9").unwrap();
        assert_eq!(word2vec.words, ["down", "up"]);
        assert_eq!(glove.words, word2vec.words);
        assert_eq!(glove.matrix, word2vec.matrix);
        assert_eq!(glove.matrix, ndarray::array![[4.0, 5.0, 6.0], [1.0, 2.0, 3.0]]);
        for (text, place, word) in [
            ("up 1 2\ndown 3", "v.txt, line 2, column 3", "expected 2"),
            ("up 1 x", "v.txt, line 1, column 3", "\"x\""),
            ("up 1 NaN", "v.txt, line 1, column 3", "\"NaN\""),
            ("", "v.txt, line 1, column 1", "none"),
        ] {
            let message = Vectors::parse(path, text).unwrap_err().to_string();
            assert!(message.contains(place) && message.contains(word), "{message}");
        }
    }
}
