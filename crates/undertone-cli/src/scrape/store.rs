//! Headlines and answers that are kept, in one SQLite file.

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

/// "UNDR": tells our files from others.
const APPLICATION: i32 = 0x554e_4452;
/// Of the tables below.
const VERSION: i32 = 1;
/// How long to wait for another process that writes.
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

/// Headlines that are kept and were not printed yet, and by which [`Claim`] they are going to be. Beside
/// the tables of version 1, which needs none of it.
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
    /// By one name, however it was given.
    path: PathBuf,
}

/// The last answer of a server.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct KeptResponse {
    pub(super) validators: Validators,
    pub(super) content_type: String,
    pub(super) body: Vec<u8>,
}

/// A score to be kept.
#[derive(Debug)]
pub(super) struct Score<'a> {
    pub(super) label: &'a str,
    /// JSON: label → probability.
    pub(super) probabilities: String,
    pub(super) model: &'a str,
}

/// What the store knew of a headline.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Seen {
    /// When that was first: RFC 3339.
    pub(super) first: String,
    /// Whether nobody has printed it.
    pub(super) is_new: bool,
}

/// Headlines that the store keeps from now on.
#[derive(Debug)]
pub(super) struct Kept {
    /// One for each, in their order.
    pub(super) seen: Vec<Seen>,
    /// That this process prints them; none: none is new.
    claim: Option<Claim>,
}

/// How many headlines of a day have a label.
#[derive(Debug, PartialEq)]
pub(crate) struct DayCount {
    /// `2026-11-23`, UTC.
    pub(crate) day: String,
    pub(crate) label: String,
    pub(crate) headlines: u32,
}

/// What a file says it is.
#[derive(Debug)]
struct Identity {
    application: i32,
    version: i32,
    tables: u32,
}

impl Identity {
    fn of(connection: &Connection) -> rusqlite::Result<Self> {
        // In one statement, so that it is of one moment.
        connection.query_row(
            "SELECT application_id, user_version, (SELECT count(*) FROM sqlite_schema)
             FROM pragma_application_id, pragma_user_version",
            [],
            |row| Ok(Self { application: row.get(0)?, version: row.get(1)?, tables: row.get(2)? }),
        )
    }

    /// Whether it is a file without anything.
    fn is_empty(&self) -> bool {
        self.application == 0 && self.version == 0 && self.tables == 0
    }
}

impl Store {
    /// Opens a store, and makes it where there is no file.
    pub(super) fn open_or_create(path: &Path) -> anyhow::Result<Self> {
        let store = Self::prepare(Connection::open(path), path)?;
        // A log of what is to be written lets others read meanwhile, and makes a commit one write, so
        // that hardly any time is between printing and saying so. Where that is not to be had (on some
        // file systems; or another process has the file open), SQLite goes on as before.
        let _ = store.connection.pragma_update(None, "journal_mode", "WAL");
        Ok(store)
    }

    /// Opens a store that is there, to read; also in a folder that can't be written to.
    pub(crate) fn open(path: &Path) -> anyhow::Result<Self> {
        ensure!(
            path.is_file(),
            "expected a store at {}, found none; `undertone scrape --store` makes one",
            path.display()
        );
        // As one that may write: only such a one takes back what another, killed in the middle, has half written.
        let opened = Self::prepare(Connection::open(path), path);
        match opened {
            // Whoever reads a store with a log tells others so by a file beside it.
            Err(error) if is_refused(&error) => Self::open_unwritable(path),
            opened => opened,
        }
    }

    /// Opens a store beside which nothing can be written, and so by nobody else here either.
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
        // Without a lock: whoever reads is not to wait for who writes.
        if Identity::of(&self.connection)?.is_empty() {
            // With the write lock: two processes may find the same file empty.
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

    /// Keeps headlines with their scores, all or none, and says what was known of each: it is new if no
    /// process has printed it, and none that lives is about to.
    ///
    /// Whoever has printed them says so with [`Store::printed`]. A process that ends before that leaves
    /// them new for the next.
    pub(super) fn keep(
        &mut self,
        headlines: &[(&Headline, Score<'_>)],
        now: DateTime<Utc>,
    ) -> anyhow::Result<Kept> {
        let now = rfc_3339(now);
        // Claims are looked for and made under this lock alone.
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
                    // Our own is that of the same title before in this list.
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

    /// What was kept was printed.
    pub(super) fn printed(&self, kept: Kept) -> anyhow::Result<()> {
        if let Some(claim) = kept.claim {
            self.connection.execute("DELETE FROM unprinted WHERE claim = ?1", [claim.name()])?;
        }
        Ok(())
    }

    /// The headlines of each day by label, the last `days` days that have any, oldest first.
    /// A headline belongs to the day of its publication, or on which it was first seen where that
    /// is not known or said to be later.
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
        // Nothing was made beside it, and nothing in it.
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
