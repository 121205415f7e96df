//! A store in an SQLite file.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, anyhow, ensure};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, OpenFlags, ToSql, params_from_iter};
use url::Url;

use super::claim::Claim;
use super::database::{Database, Row, Take, Value, places};
use super::migrate;
use super::schema::{INDICES, TABLES, VERSION, of_sqlite};

/// The application id of a store, "UNDR", by which it is told from other SQLite files.
const APPLICATION: i32 = 0x554e_4452;
/// The longest time to wait for another process that writes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(60);
/// Statements that are kept compiled: a statement of many rows is another for each number of rows.
const KEPT_STATEMENTS: usize = 256;
/// What a connection may hold of the file in memory while it makes indices, in KiB: of many
/// headlines when a store is imported. Else it has SQLite's own 2 MiB, which fill up as the store
/// grows: a watcher has up to five connections.
const CACHE_TO_INDEX: i64 = 64 * 1024;

/// An SQLite file.
#[derive(Debug)]
pub(super) struct Sqlite {
    connection: Connection,
    /// The canonical path of the file.
    path: PathBuf,
}

/// The identity of an SQLite file.
#[derive(Debug)]
struct Identity {
    application: i32,
    version: i64,
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

    /// Refuses what is no store, and one of a newer version.
    fn check(&self) -> anyhow::Result<()> {
        ensure!(
            self.application == APPLICATION,
            "expected a store of undertone, found another SQLite file"
        );
        ensure!(
            (1..=VERSION).contains(&self.version),
            "expected a store of version {VERSION} or older, found version {}; use the undertone \
             that wrote it, or a newer one",
            self.version
        );
        Ok(())
    }
}

impl Sqlite {
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
    pub(super) fn open(path: &Path) -> anyhow::Result<Self> {
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
        self.connection.set_prepared_statement_cache_capacity(KEPT_STATEMENTS);
        // Without a lock: readers must not wait for writers.
        let mut found = Identity::of(&self.connection)?;
        if !found.is_empty() {
            found.check()?;
        }
        if found.version < VERSION {
            // Again with the write lock: two processes may find the same file empty, or old.
            self.begin()?;
            let done = self.bring_up_to_date();
            match done {
                Ok(()) => self.run("COMMIT")?,
                Err(error) => {
                    let _ = self.run("ROLLBACK");
                    return Err(error);
                }
            }
            found = Identity::of(&self.connection)?;
        }
        found.check()
    }

    /// Makes the tables, or makes those of an older version into them.
    fn bring_up_to_date(&mut self) -> anyhow::Result<()> {
        let found = Identity::of(&self.connection)?;
        if found.is_empty() {
            self.run(&of_sqlite(TABLES))?;
            self.index()?;
        } else if found.version == 1 {
            migrate::from_1(self).context(
                "could not bring the store from version 1 to version 2; it is as it was",
            )?;
        }
        self.connection.pragma_update(None, "application_id", APPLICATION)?;
        self.connection.pragma_update(None, "user_version", VERSION)?;
        Ok(())
    }
}

impl Database for Sqlite {
    fn run(&mut self, statements: &str) -> anyhow::Result<()> {
        Ok(self.connection.execute_batch(statements)?)
    }

    fn execute(&mut self, statement: &str, values: &[Value<'_>]) -> anyhow::Result<u64> {
        let mut prepared = self.connection.prepare_cached(&numbered(statement))?;
        Ok(prepared.execute(params_from_iter(values))? as u64)
    }

    fn append(&mut self, table: &str, columns: usize, values: &[Value<'_>]) -> anyhow::Result<()> {
        let insert = format!("INSERT INTO {table} VALUES {}", places(1, columns));
        let mut prepared = self.connection.prepare_cached(&numbered(&insert))?;
        for row in values.chunks(columns) {
            prepared.execute(params_from_iter(row))?;
        }
        Ok(())
    }

    fn query(
        &mut self,
        statement: &str,
        values: &[Value<'_>],
        take: Take<'_>,
    ) -> anyhow::Result<()> {
        let mut prepared = self.connection.prepare_cached(&numbered(statement))?;
        let mut rows = prepared.query(params_from_iter(values))?;
        while let Some(row) = rows.next()? {
            take(row)?;
        }
        Ok(())
    }

    fn is_lost(&self) -> bool {
        false
    }

    fn revive(&mut self, _: Duration) -> anyhow::Result<()> {
        Ok(())
    }

    fn begin(&mut self) -> anyhow::Result<()> {
        self.run("BEGIN IMMEDIATE").with_context(|| {
            format!(
                "could not write to the store within {} seconds, as another process writes to it",
                BUSY_TIMEOUT.as_secs()
            )
        })
    }

    fn begin_reading(&mut self) -> anyhow::Result<()> {
        self.run("BEGIN")
    }

    fn living_claims(&mut self) -> anyhow::Result<BTreeSet<String>> {
        Ok(Claim::alive(&self.path))
    }

    fn claim(&mut self) -> anyhow::Result<Claim> {
        Ok(Claim::beside(&self.path)?)
    }

    fn give_up(&mut self, claim: Claim) -> anyhow::Result<()> {
        drop(claim);
        Ok(())
    }

    fn index(&mut self) -> anyhow::Result<()> {
        let usual: i64 =
            self.connection.pragma_query_value(None, "cache_size", |row| row.get(0))?;
        self.connection.pragma_update(None, "cache_size", -CACHE_TO_INDEX)?;
        let made = self.run(&of_sqlite(INDICES));
        // Who made the store may go on for months, and would hold as much of it.
        self.connection.pragma_update(None, "cache_size", usual)?;
        made
    }

    fn vacuum(&mut self) -> anyhow::Result<()> {
        self.run("VACUUM; ANALYZE; PRAGMA wal_checkpoint(TRUNCATE)")
    }

    fn damage(&mut self) -> anyhow::Result<Vec<String>> {
        let mut found = Vec::new();
        self.query("PRAGMA integrity_check", &[], &mut |row| {
            found.extend(row.text(0)?.filter(|line| line != "ok"));
            Ok(())
        })?;
        Ok(found)
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match *self {
            Self::Null => ValueRef::Null,
            Self::Integer(value) => ValueRef::Integer(value),
            Self::Text(value) => ValueRef::Text(value.as_bytes()),
            Self::Bytes(value) => ValueRef::Blob(value),
        }))
    }
}

impl Row for rusqlite::Row<'_> {
    fn integer(&self, column: usize) -> anyhow::Result<Option<i64>> {
        Ok(self.get(column)?)
    }

    fn text(&self, column: usize) -> anyhow::Result<Option<String>> {
        Ok(self.get(column)?)
    }

    fn bytes(&self, column: usize) -> anyhow::Result<Vec<u8>> {
        Ok(self.get(column)?)
    }
}

/// A statement whose values SQLite numbers as it is written; it would take `$2` for a name.
fn numbered(statement: &str) -> String {
    statement.replace('$', "?")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_that_another_process_writes_to_is_read_and_says_why_it_cannot_be_written_to() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("news.sqlite");
        let mut store = Sqlite::open_or_create(&path).unwrap();
        let mut other = Sqlite::open_or_create(&path).unwrap();
        other.begin().unwrap();
        other.run("DELETE FROM counters").unwrap();
        // Nobody waits a minute for a test.
        store.connection.busy_timeout(Duration::ZERO).unwrap();
        let error = format!("{:#}", store.begin().unwrap_err());
        assert!(error.contains("as another process writes to it"), "{error}");
        let mut rows = 0;
        let select = "SELECT value FROM counters";
        store.query(select, &[], &mut |row| row.integer(0).map(|_| rows += 1)).unwrap();
        assert_eq!(rows, 2);
        other.run("ROLLBACK").unwrap();
        store.begin().unwrap();
    }

    #[test]
    fn a_store_beside_which_nothing_can_be_written_is_read_or_says_why_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a news?.sqlite");
        let mut store = Sqlite::open_or_create(&path).unwrap();
        store.run("UPDATE counters SET value = 7 WHERE name = 'headline'").unwrap();
        drop(store);
        let before = std::fs::read(&path).unwrap();
        let mut store = Sqlite::open_unwritable(&path).unwrap();
        let mut value = None;
        let select = "SELECT value FROM counters WHERE name = $1";
        store
            .query(select, &["headline".into()], &mut |row| {
                value = row.integer(0)?;
                Ok(())
            })
            .unwrap();
        assert_eq!(value, Some(7));
        // Neither a file beside it was created nor anything in it.
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        assert_eq!(std::fs::read(&path).unwrap(), before);

        for kind in ["-wal", "-journal"] {
            let log = folder.path().join(format!("a news?.sqlite{kind}"));
            std::fs::write(&log, b"rows").unwrap();
            let error = Sqlite::open_unwritable(&path).unwrap_err().to_string();
            assert!(error.contains(&format!("{kind} holds what is")), "{error}");
            std::fs::remove_file(log).unwrap();
        }
    }
}
