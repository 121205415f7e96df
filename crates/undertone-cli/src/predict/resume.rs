//! Resumable jobs: finished parts are kept beside the output, and survive a kill.
//!
//! Beside `scores.parquet` there is a folder `scores.parquet.parts` with
//!
//! - `lock`, held by the process that works on it;
//! - `job.json`, which says what is scored with which model, and how;
//! - `000000-131072`, `000001-131072` …: finished parts, each named for its place and its rows.
//!
//! A part is written under another name, synced, and then renamed. So every file with the name of a
//! part is complete, and a job that is resumed goes on after the last part without a gap. After the
//! last row the parts are joined into the output, which is replaced atomically, and only then is
//! the folder deleted, `job.json` first: parts without it belong to no job.

use std::fs::{self, File, TryLockError};
use std::io::{BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
#[cfg(feature = "columnar")]
use arrow_ipc::reader::StreamReader;
use arrow_schema::SchemaRef;
use serde_json::Value;

#[cfg(feature = "columnar")]
use super::arrow_error;
use super::format::OutputFormat;
#[cfg(feature = "columnar")]
use super::output::append_parquet;
use super::output::{Encoded, Sink};
use undertone::files::{Replacement, replace_file};

/// The default number of rows in a part: some seconds of work, and a Parquet row group.
pub(super) const PART_ROWS: u64 = 1 << 17;

const LOCK: &str = "lock";
const JOB: &str = "job.json";

/// A job that was begun or resumed.
pub(super) struct Job<'a> {
    output: &'a Path,
    format: OutputFormat,
    schema: SchemaRef,
    part_rows: u64,
    folder: PathBuf,
    /// The lock, held as long as the file is open.
    lock: File,
    /// The finished parts, in order.
    parts: Vec<PathBuf>,
    /// The number of rows in finished parts.
    rows: u64,
    /// The part that is being written, and the number of its rows.
    current: Option<(Sink<BufWriter<Replacement>>, u64)>,
}

impl<'a> Job<'a> {
    /// Begins or resumes the job that `description` describes.
    ///
    /// # Errors
    /// When another process works on the job, when there are parts of another job, or when the
    /// folder can't be written.
    pub(super) fn open(
        output: &'a Path,
        format: OutputFormat,
        schema: SchemaRef,
        part_rows: u64,
        description: &Value,
    ) -> anyhow::Result<Self> {
        let mut folder = output.as_os_str().to_owned();
        folder.push(".parts");
        let folder = PathBuf::from(folder);
        let shown = folder.display().to_string();
        fs::create_dir_all(&folder).with_context(|| shown.clone())?;
        let lock = File::create(folder.join(LOCK)).with_context(|| shown.clone())?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => anyhow::anyhow!(
                "{shown}: expected no other process at work here, found one; wait until it has \
                 ended, or choose another --output"
            ),
            TryLockError::Error(error) => anyhow::Error::new(error).context(shown.clone()),
        })?;
        let mut job = Self {
            output,
            format,
            schema,
            part_rows,
            folder,
            lock,
            parts: Vec::new(),
            rows: 0,
            current: None,
        };
        job.take_up(description)?;
        Ok(job)
    }

    /// The number of rows that need not be scored again.
    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    fn take_up(&mut self, description: &Value) -> anyhow::Result<()> {
        let path = self.folder.join(JOB);
        let begun: Option<Value> =
            fs::read(&path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        if let Some(begun) = begun.as_ref().filter(|begun| *begun != description) {
            anyhow::bail!(
                "{}: expected the parts of this job, found those of another: {}; delete the \
                 folder to begin anew, or choose another --output",
                self.folder.display(),
                difference(begun, description)
            );
        }
        let mut there = self.listed()?;
        if begun.is_some() {
            there.sort_unstable();
            for (index, rows, path) in there {
                if index == self.parts.len() {
                    self.parts.push(path);
                    self.rows += rows;
                } else {
                    // A part after a gap, which only a power cut can leave.
                    fs::remove_file(path)?;
                }
            }
        } else {
            for (_, _, path) in there {
                fs::remove_file(path)?;
            }
            replace_file(&path, &serde_json::to_vec_pretty(description)?)?;
        }
        Ok(())
    }

    /// Lists the finished parts, and removes those that an earlier process left unfinished.
    fn listed(&self) -> anyhow::Result<Vec<(usize, u64, PathBuf)>> {
        let mut parts = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            let name = entry.file_name();
            match name.to_str().and_then(numbers) {
                Some((index, rows)) => parts.push((index, rows, entry.path())),
                None if name == JOB || name == LOCK => {}
                None => fs::remove_file(entry.path())?,
            }
        }
        Ok(parts)
    }

    /// Adds the rows of a batch, which must not cross the end of a part.
    pub(super) fn write(&mut self, encoded: Encoded) -> anyhow::Result<()> {
        let format = self.format_of_parts();
        let (sink, rows) = match &mut self.current {
            Some(current) => current,
            none => {
                // The part gets its name when its rows are counted.
                let file = BufWriter::new(Replacement::in_folder(&self.folder)?);
                none.insert((Sink::without_header(format, &self.schema, file)?, 0))
            }
        };
        *rows += encoded.rows as u64;
        sink.write(encoded)?;
        if *rows >= self.part_rows { self.finish_part() } else { Ok(()) }
    }

    fn finish_part(&mut self) -> anyhow::Result<()> {
        let Some((sink, rows)) = self.current.take() else { return Ok(()) };
        let file = sink.finish()?.into_inner().map_err(std::io::IntoInnerError::into_error)?;
        let path = self.folder.join(format!("{:06}-{rows}", self.parts.len()));
        file.finish(&path)?;
        self.parts.push(path);
        self.rows += rows;
        Ok(())
    }

    /// The format of parts. Arrow files can't be concatenated as they are; streams can be read
    /// again.
    fn format_of_parts(&self) -> OutputFormat {
        match self.format {
            OutputFormat::ArrowFile => OutputFormat::Arrow,
            other => other,
        }
    }

    /// Joins the parts into the output, and removes them.
    ///
    /// # Errors
    /// When the output can't be written; the parts are then kept.
    pub(super) fn finish(mut self) -> anyhow::Result<()> {
        self.finish_part()?;
        let out = BufWriter::new(Replacement::beside(self.output)?);
        let out = match self.format {
            #[cfg(feature = "columnar")]
            OutputFormat::Parquet => append_parquet(&self.schema, &self.parts, out)?,
            _ => {
                let mut sink = Sink::new(self.format, &self.schema, out)?;
                for part in &self.parts {
                    append(&mut sink, part)?;
                }
                sink.finish()?
            }
        };
        let file = out.into_inner().map_err(std::io::IntoInnerError::into_error)?;
        file.finish(self.output)?;
        fs::remove_file(self.folder.join(JOB))?;
        // Not every system deletes open files.
        drop(self.lock);
        fs::remove_dir_all(&self.folder).with_context(|| self.folder.display().to_string())
    }
}

fn append<W: Write + Send>(sink: &mut Sink<W>, part: &Path) -> anyhow::Result<()> {
    let mut file = BufReader::new(File::open(part)?);
    match sink {
        Sink::Bytes(out) => {
            std::io::copy(&mut file, out)?;
        }
        #[cfg(feature = "columnar")]
        _ => {
            for batch in StreamReader::try_new(file, None).map_err(arrow_error)? {
                sink.write_batch(batch.map_err(arrow_error)?)?;
            }
        }
        #[cfg(not(feature = "columnar"))]
        Sink::Array(..) => anyhow::bail!("a job with parts has no format json"),
    }
    Ok(())
}

/// The place of a part and the number of its rows, from its name.
fn numbers(name: &str) -> Option<(usize, u64)> {
    let (index, rows) = name.split_once('-')?;
    Some((index.parse().ok()?, rows.parse().ok()?))
}

/// The first thing in which two descriptions differ.
fn difference(begun: &Value, wanted: &Value) -> String {
    let keys = wanted.as_object().into_iter().flat_map(|wanted| wanted.keys());
    let differing = keys.map(|key| (key, &begun[key], &wanted[key])).find(|(_, a, b)| a != b);
    differing.map_or_else(
        || begun.to_string(),
        |(key, begun, wanted)| format!("{key} was {begun} and is {wanted}"),
    )
}
