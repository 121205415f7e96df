//! The store: headlines with their scores, and answers of servers, in one SQLite file.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, anyhow, ensure};
use chrono::{DateTime, SecondsFormat, Utc};
use rusqlite::TransactionBehavior::Immediate;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, params};
use url::Url;

use super::claim::Claim;
use super::fetch::Validators;
use super::headline::Headline;

/// The application id of a store, "UNDR", by which it is told from other SQLite files.
const APPLICATION: i32 = 0x554e_4452;
/// The version of the tables below.
const VERSION: i32 = 1;
/// The longest time to wait for another process that writes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(60);

const TABLES: &str = "
CREATE TABLE headlines (
    title TEXT PRIMARY KEY,
    source TEXT NOT NULL,
    url TEXT,
    published TEXT,                 -- RFC 3339, UTC, like every time here
    first_seen TEXT NOT NULL,
    last_seen TEXT NOT NULL,
    label TEXT NOT NULL,            -- the last score, and the model that it comes from
    probabilities TEXT NOT NULL,    -- JSON: label → probability
    model TEXT NOT NULL             -- SHA-256 of its file
) STRICT;
CREATE INDEX headlines_first_seen ON headlines (first_seen);
CREATE TABLE responses (            -- to ask a server whether anything is new
    url TEXT PRIMARY KEY,
    etag TEXT,
    last_modified TEXT,
    content_type TEXT NOT NULL,
    body BLOB NOT NULL
) STRICT;
";

/// The table of headlines that are stored but not printed yet, each with the [`Claim`] by which it
/// is going to be. It is an addition to the tables of version 1, whose readers don't need it.
const UNPRINTED: &str = "
CREATE TABLE IF NOT EXISTS unprinted (title TEXT PRIMARY KEY, claim TEXT NOT NULL) STRICT;
";

/// The headlines of the last so many days that have any, each with its day.
const OF_DAYS: &str = "
WITH dated AS (
    SELECT substr(min(first_seen, coalesce(published, first_seen)), 1, 10) AS day, label, title
    FROM headlines
), recent AS (
    SELECT * FROM dated
    WHERE day IN (SELECT DISTINCT day FROM dated ORDER BY day DESC LIMIT ?1)
)";

#[derive(Debug)]
pub(crate) struct Store {
    connection: Connection,
    /// The canonical path of the file.
    path: PathBuf,
}

/// The last answer of a server for a source.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct KeptResponse {
    pub(super) validators: Validators,
    pub(super) content_type: String,
    pub(super) body: Vec<u8>,
}

/// A score to be stored.
#[derive(Debug)]
pub(super) struct Score<'a> {
    pub(super) label: &'a str,
    /// The probabilities as JSON: label → probability.
    pub(super) probabilities: String,
    pub(super) model: &'a str,
}

/// What the store knows of a headline.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Seen {
    /// The time at which the headline was first seen, by RFC 3339.
    pub(super) first: String,
    /// Whether no process has printed the headline.
    pub(super) is_new: bool,
}

/// The result of storing headlines.
#[derive(Debug)]
pub(super) struct Kept {
    /// What the store knows of each headline, in their order.
    pub(super) seen: Vec<Seen>,
    /// The claim of this process to print the new ones; `None` if none is new.
    claim: Option<Claim>,
}

/// The number of headlines of a day with a label.
#[derive(Debug, PartialEq)]
pub(crate) struct DayCount {
    /// The day in UTC, such as `2026-11-23`.
    pub(crate) day: String,
    pub(crate) label: String,
    pub(crate) headlines: u32,
}

/// The identity of an SQLite file.
#[derive(Debug)]
struct Identity {
    application: i32,
    version: i32,
    tables: u32,
}

impl Identity {
    fn of(connection: &Connection) -> rusqlite::Result<Self> {
        // One statement, so that all values are of one moment.
        connection.query_row(
            "SELECT application_id, user_version, (SELECT count(*) FROM sqlite_schema)
             FROM pragma_application_id, pragma_user_version",
            [],
            |row| Ok(Self { application: row.get(0)?, version: row.get(1)?, tables: row.get(2)? }),
        )
    }

    /// Whether the file is an empty database.
    fn is_empty(&self) -> bool {
        self.application == 0 && self.version == 0 && self.tables == 0
    }
}

impl Store {
    /// Opens a store, and creates it if there is no file.
    pub(super) fn open_or_create(path: &Path) -> anyhow::Result<Self> {
        let store = Self::prepare(Connection::open(path), path)?;
        // A write-ahead log lets others read meanwhile, and makes a commit one write, so that
        // hardly any time passes between printing and recording that. Where it can't be had (on
        // some file systems, or if another process has the file open), SQLite goes on without it.
        let _ = store.connection.pragma_update(None, "journal_mode", "WAL");
        Ok(store)
    }

    /// Opens an existing store for reading, also in a folder that can't be written to.
    pub(crate) fn open(path: &Path) -> anyhow::Result<Self> {
        ensure!(
            path.is_file(),
            "expected a store at {}, found none; `undertone scrape --store` makes one",
            path.display()
        );
        // For writing: only such a connection rolls back what a killed process has half written.
        let opened = Self::prepare(Connection::open(path), path);
        match opened {
            // Reading a store with a log needs a file beside it.
            Err(error) if is_refused(&error) => Self::open_unwritable(path),
            opened => opened,
        }
    }

    /// Opens a store in a folder that can't be written to, so that no other process here writes to
    /// it.
    fn open_unwritable(path: &Path) -> anyhow::Result<Self> {
        let path = path.canonicalize().with_context(|| path.display().to_string())?;
        for kind in ["-wal", "-journal"] {
            let mut log = path.clone().into_os_string();
            log.push(kind);
            let log = PathBuf::from(log);
            ensure!(
                log.metadata().map_or(0, |log| log.len()) == 0,
                "{}: expected a folder that can be written to, since {} holds what is to be done to \
                 the store's file yet; copy both into another folder",
                path.display(),
                log.display()
            );
        }
        let mut address = Url::from_file_path(&path)
            .map_err(|()| anyhow!("{}: expected an absolute path", path.display()))?;
        address.set_query(Some("immutable=1"));
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
            | OpenFlags::SQLITE_OPEN_NO_MUTEX
            | OpenFlags::SQLITE_OPEN_URI;
        Self::prepare(Connection::open_with_flags(address.as_str(), flags), &path)
    }

    fn prepare(connection: rusqlite::Result<Connection>, path: &Path) -> anyhow::Result<Self> {
        let connection =
            connection.with_context(|| format!("could not open the store {}", path.display()))?;
        let path_of_file = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let mut store = Self { connection, path: path_of_file };
        store.check().with_context(|| path.display().to_string())?;
        Ok(store)
    }

    fn check(&mut self) -> anyhow::Result<()> {
        self.connection.busy_timeout(BUSY_TIMEOUT)?;
        // Without a lock: readers must not wait for writers.
        if Identity::of(&self.connection)?.is_empty() {
            // Again with the write lock: two processes may find the same file empty.
            let transaction = self.connection.transaction_with_behavior(Immediate)?;
            if Identity::of(&transaction)?.is_empty() {
                transaction.execute_batch(TABLES)?;
                transaction.pragma_update(None, "application_id", APPLICATION)?;
                transaction.pragma_update(None, "user_version", VERSION)?;
            }
            transaction.commit()?;
        }
        let Identity { application, version, .. } = Identity::of(&self.connection)?;
        ensure!(
            application == APPLICATION,
            "expected a store of undertone, found another SQLite file"
        );
        ensure!(
            version == VERSION,
            "expected a store of version {VERSION}, found version {version}; use the undertone \
             that wrote it"
        );
        Ok(())
    }

    pub(super) fn response(&self, url: &str) -> anyhow::Result<Option<KeptResponse>> {
        let found = self.connection.query_row(
            "SELECT etag, last_modified, content_type, body FROM responses WHERE url = ?1",
            [url],
            |row| {
                Ok(KeptResponse {
                    validators: Validators { etag: row.get(0)?, last_modified: row.get(1)? },
                    content_type: row.get(2)?,
                    body: row.get(3)?,
                })
            },
        );
        Ok(found.optional()?)
    }

    pub(super) fn keep_response(&self, url: &str, response: &KeptResponse) -> anyhow::Result<()> {
        self.connection.execute(
            "INSERT OR REPLACE INTO responses VALUES (?1, ?2, ?3, ?4, ?5)",
            params![
                url,
                response.validators.etag,
                response.validators.last_modified,
                response.content_type,
                response.body
            ],
        )?;
        Ok(())
    }

    /// Stores headlines with their scores, all or none, and returns what is known of each. A
    /// headline is new if no process has printed it, and no living process is about to.
    ///
    /// After printing them the process calls [`Store::printed`]. If it ends before that, they stay
    /// new for the next process.
    pub(super) fn keep(
        &mut self,
        headlines: &[(&Headline, Score<'_>)],
        now: DateTime<Utc>,
    ) -> anyhow::Result<Kept> {
        let now = rfc_3339(now);
        // Claims are only looked for and made under this lock.
        let transaction = self
            .connection
            .transaction_with_behavior(Immediate)
            .context("could not write to the store, which another process may be doing")?;
        transaction.execute_batch(UNPRINTED)?;
        let alive = Claim::alive(&self.path);
        let mut claim = None;
        let mut seen = Vec::with_capacity(headlines.len());
        {
            let mut insert = transaction.prepare(
                "INSERT INTO headlines VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6, ?7, ?8)
                 ON CONFLICT (title) DO NOTHING",
            )?;
            let mut update = transaction.prepare(
                "UPDATE headlines SET last_seen = ?2, label = ?3, probabilities = ?4, model = ?5
                 WHERE title = ?1 RETURNING first_seen",
            )?;
            let mut claimed =
                transaction.prepare("SELECT claim FROM unprinted WHERE title = ?1")?;
            let mut make_claim =
                transaction.prepare("INSERT OR REPLACE INTO unprinted VALUES (?1, ?2)")?;
            for (Headline { title, source, url, published }, score) in headlines {
                let Score { label, probabilities, model } = score;
                let published = published.map(rfc_3339);
                let row = params![title, source, url, published, now, label, probabilities, model];
                let is_first = insert.execute(row)? == 1;
                let mut one = Seen { first: now.clone(), is_new: is_first };
                if !is_first {
                    let row = params![title, now, label, probabilities, model];
                    one.first = update.query_row(row, |row| row.get(0))?;
                    let by: Option<String> =
                        claimed.query_row([title], |row| row.get(0)).optional()?;
                    // Our own claim is from the same title earlier in this list.
                    let is_ours =
                        |by: &str| claim.as_ref().is_some_and(|own: &Claim| own.name() == by);
                    one.is_new = by.is_some_and(|by| !alive.contains(&by) && !is_ours(&by));
                }
                if one.is_new {
                    if claim.is_none() {
                        claim = Some(Claim::new(&self.path)?);
                    }
                    make_claim.execute(params![title, claim.as_ref().map(Claim::name)])?;
                }
                seen.push(one);
            }
        }
        transaction.commit()?;
        Ok(Kept { seen, claim })
    }

    /// Records that stored headlines were printed.
    pub(super) fn printed(&self, kept: Kept) -> anyhow::Result<()> {
        if let Some(claim) = kept.claim {
            self.connection.execute("DELETE FROM unprinted WHERE claim = ?1", [claim.name()])?;
        }
        Ok(())
    }

    /// The numbers of headlines by day and label, for the last `days` days with headlines, the
    /// oldest first. A headline belongs to the day of its publication; if that is unknown or later
    /// than the day on which it was first seen, to the latter.
    pub(crate) fn days(&self, days: u32) -> anyhow::Result<Vec<DayCount>> {
        let mut query = self.connection.prepare(&format!(
            "{OF_DAYS} SELECT day, label, count(*) FROM recent
             GROUP BY day, label ORDER BY day, label"
        ))?;
        let rows = query.query_map([days], |row| {
            Ok(DayCount { day: row.get(0)?, label: row.get(1)?, headlines: row.get(2)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Hands over day, label and title of each headline of the last `days` days that have any, as
    /// [`Store::days`] counts them.
    pub(crate) fn each_headline(
        &self,
        days: u32,
        mut take: impl FnMut(&str, &str, &str),
    ) -> anyhow::Result<()> {
        let select = format!("{OF_DAYS} SELECT day, label, title FROM recent");
        let mut query = self.connection.prepare(&select)?;
        let mut rows = query.query([days])?;
        while let Some(row) = rows.next()? {
            let text = |column| -> rusqlite::Result<String> { row.get(column) };
            take(&text(0)?, &text(1)?, &text(2)?);
        }
        Ok(())
    }
}

/// Whether SQLite could not open a file, or write beside it.
fn is_refused(error: &anyhow::Error) -> bool {
    let refused = [ErrorCode::CannotOpen, ErrorCode::ReadOnly];
    error.chain().any(|cause| {
        let sqlite = cause.downcast_ref::<rusqlite::Error>();
        sqlite
            .and_then(rusqlite::Error::sqlite_error_code)
            .is_some_and(|code| refused.contains(&code))
    })
}

pub(super) fn rfc_3339(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_beside_which_nothing_can_be_written_is_read_or_says_why_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a news?.sqlite");
        let store = Store::open_or_create(&path).unwrap();
        let row = "INSERT INTO headlines VALUES ('Profit rose', 'x', NULL, NULL, '2026-11-01T00:00:00Z', \
                   '2026-11-01T00:00:00Z', 'positive', '{}', '')";
        store.connection.execute(row, []).unwrap();
        drop(store);
        let before = std::fs::read(&path).unwrap();
        let days = Store::open_unwritable(&path).unwrap().days(7).unwrap();
        assert_eq!((&days[0].day[..], days[0].headlines), ("2026-11-01", 1));
        // Neither a file beside it was created nor anything in it.
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        assert_eq!(std::fs::read(&path).unwrap(), before);

        for kind in ["-wal", "-journal"] {
            let log = folder.path().join(format!("a news?.sqlite{kind}"));
            std::fs::write(&log, b"rows").unwrap();
            let error = Store::open_unwritable(&path).unwrap_err().to_string();
            assert!(error.contains(&format!("{kind} holds what is")), "{error}");
            std::fs::remove_file(log).unwrap();
        }
    }
}
