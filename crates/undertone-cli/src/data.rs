//! Options that say how to read labelled CSV files, for `train` and `evaluate`.

use std::path::PathBuf;

use clap::Args;

use undertone::train::recipe::DataSource;

#[derive(Debug, Args)]
pub(super) struct DataOptions {
    /// A labelled CSV file; give it several times to read several
    #[arg(long, value_name = "FILE")]
    pub(super) data: Vec<PathBuf>,
    /// The files' encoding: utf-8, latin1, windows-1252 or another WHATWG label
    #[arg(long, default_value = "utf-8")]
    encoding: String,
    /// The first row holds data, not column names; needs --columns
    #[arg(long, requires = "columns")]
    no_header: bool,
    /// The column names, from left to right, of files without header
    #[arg(long, value_name = "NAME,…", value_delimiter = ',', requires = "no_header")]
    columns: Vec<String>,
    /// The name of the column of texts
    #[arg(long, value_name = "NAME", default_value = "text")]
    text_column: String,
    /// The name of the column of labels
    #[arg(long, value_name = "NAME", default_value = "label")]
    label_column: String,
    /// The name of a column with all labels of a text, parted by ;, where texts have several labels
    /// or none [default: labels, where there is no column label]
    #[arg(long, value_name = "NAME", conflicts_with = "label_column")]
    labels_column: Option<String>,
    /// Take labels that differ in case or space alone for one, spelled as most often
    #[arg(long)]
    pub(super) join_labels: bool,
}

impl DataOptions {
    pub(super) fn sources(&self) -> Vec<DataSource> {
        self.data
            .iter()
            .map(|path| {
                DataSource::default()
                    .path(path)
                    .encoding(&self.encoding)
                    .header(!self.no_header)
                    .columns(self.columns.clone())
                    .text_column(&self.text_column)
                    .label_column(&self.label_column)
                    .labels_column(self.labels_column.as_deref().unwrap_or_default())
            })
            .collect()
    }
}
