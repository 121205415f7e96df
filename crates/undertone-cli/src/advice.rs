//! Advice: errors of the library → what to type. The library gives facts and names no options, as
//! others depend on it, too.

use undertone::OpenError;
use undertone::files::FileError;
use undertone::train::Error;

/// Which of the command's options would help against an error, to be printed after its message.
pub(crate) fn advice(error: &anyhow::Error) -> Option<&'static str> {
    if error.chain().any(|cause| cause.is::<OpenError>()) {
        return Some("`undertone train` writes a model.bin");
    }
    error.chain().find_map(|cause| match cause.downcast_ref::<Error>() {
        Some(Error::File(FileError::Read { .. })) => Some(
            "a recipe's files are looked for beside it, and then in the folder that UNDERTONE_DATA names",
        ),
        Some(Error::File(file)) => of_file(file),
        Some(error) => of_training(error),
        None => of_file(cause.downcast_ref()?),
    })
}

fn of_file(error: &FileError) -> Option<&'static str> {
    match error {
        FileError::UnknownEncoding { .. } | FileError::Encoding { mixed: false, .. } => {
            Some("--encoding windows-1252")
        }
        FileError::Foreign { remedy, .. } if remedy.contains("utf-16le") => {
            Some("--encoding utf-16le")
        }
        FileError::Foreign { remedy, .. } if remedy.contains("utf-16be") => {
            Some("--encoding utf-16be")
        }
        FileError::Foreign { what: "JSON", .. } => {
            Some("`undertone predict` with --input-format json or jsonl")
        }
        FileError::Foreign { remedy: "read it as Parquet", .. } => {
            Some("`undertone predict` with --input-format parquet")
        }
        FileError::Foreign { remedy: "read it as Arrow", .. } => {
            Some("`undertone predict` with --input-format arrow")
        }
        FileError::Foreign { what: "a model", .. } => Some("--model"),
        FileError::Foreign { remedy, .. } if remedy.starts_with("read feeds") => {
            Some("`undertone scrape ADDRESS`")
        }
        FileError::LaterHeading { .. } => Some("--text-column"),
        FileError::NoRows { .. } => Some("--no-header"),
        FileError::UnknownColumn { setting: "text_column", .. } => Some("--text-column"),
        FileError::UnknownColumn { setting: "label_column", .. } => Some("--label-column"),
        FileError::UnknownColumn { setting: "labels_column", .. } => Some("--labels-column"),
        _ => None,
    }
}

fn of_training(error: &Error) -> Option<&'static str> {
    match error {
        Error::OneClass { .. } | Error::ManyLabels { .. } | Error::UnknownLabel { .. } => {
            Some("--label-column")
        }
        Error::RareLabel { like: Some(_), .. } => Some("--join-labels, --folds"),
        Error::RareLabel { .. } => Some("--folds"),
        Error::OtherSpelling { .. } => Some("--join-labels"),
        _ => None,
    }
}
