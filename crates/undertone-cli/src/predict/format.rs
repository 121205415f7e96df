//! The formats of tables in files and pipes.

use std::path::Path;

use clap::ValueEnum;

/// The error of a build without the feature `columnar` for a format that it lacks.
#[cfg(not(feature = "columnar"))]
pub(super) const LEFT_OUT: &str = "expected lines, csv, json or jsonl: this build of \
     undertone, as the container's, has neither Parquet nor Arrow; what `cargo install --path .` \
     builds has both";

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum InputFormat {
    /// One text a line
    Lines,
    /// CSV with a header; delimited by commas, semicolons, tabs or bars, as its first lines show
    Csv,
    /// A JSON document: a list of texts or of objects, or an object that holds one
    Json,
    /// One JSON object a line
    Jsonl,
    /// Arrow IPC, a stream or a file
    Arrow,
    /// Parquet; not from standard input
    Parquet,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum OutputFormat {
    /// Label, probability and text in columns
    Text,
    /// One JSON array
    Json,
    /// One JSON object a line
    Jsonl,
    /// CSV: the input's columns, label, confidence, and a column for each label
    Csv,
    /// Arrow IPC stream, with the columns of csv
    Arrow,
    /// Arrow IPC file (Feather 2), with the columns of csv
    ArrowFile,
    /// Parquet, with the columns of csv
    Parquet,
}

impl InputFormat {
    /// The format by the extension of a file.
    pub(super) fn of(path: &Path) -> Option<Self> {
        let inside = packed(path).then(|| path.with_extension(""));
        Some(match &extension(inside.as_deref().unwrap_or(path))?[..] {
            "csv" | "tsv" | "tab" | "psv" => Self::Csv,
            "json" => Self::Json,
            "jsonl" | "ndjson" => Self::Jsonl,
            "arrow" | "arrows" | "feather" | "ipc" => Self::Arrow,
            "parquet" => Self::Parquet,
            _ => return None,
        })
    }
}

impl OutputFormat {
    /// The format by the extension of a file.
    pub(super) fn of(path: &Path) -> Option<Self> {
        Some(match &extension(path)?[..] {
            "txt" => Self::Text,
            "json" => Self::Json,
            "csv" => Self::Csv,
            "jsonl" | "ndjson" => Self::Jsonl,
            "arrows" => Self::Arrow,
            "arrow" | "feather" | "ipc" => Self::ArrowFile,
            "parquet" => Self::Parquet,
            _ => return None,
        })
    }

    /// Refuses a format that this build lacks.
    pub(super) fn check_is_built(self) -> anyhow::Result<()> {
        #[cfg(not(feature = "columnar"))]
        anyhow::ensure!(self.is_readable(), LEFT_OUT);
        Ok(())
    }

    /// Whether a value may be a list.
    pub(super) fn has_lists(self) -> bool {
        !matches!(self, Self::Text | Self::Csv)
    }

    /// Whether the format is readable on a terminal.
    pub(super) fn is_readable(self) -> bool {
        matches!(self, Self::Text | Self::Json | Self::Jsonl | Self::Csv)
    }
}

/// Whether the extension of a file is that of gzip or Zstandard.
pub(super) fn packed(path: &Path) -> bool {
    matches!(extension(path).as_deref(), Some("gz" | "zst"))
}

fn extension(path: &Path) -> Option<String> {
    Some(path.extension()?.to_str()?.to_ascii_lowercase())
}
