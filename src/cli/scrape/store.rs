//! Headlines and answers that are kept, in one SQLite file.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, ensure};
use chrono::{DateTime, SecondsFormat, Utc};
use rusqlite::{Connection, OptionalExtension, params};

use super::fetch::Validators;
use super::headline::Headline;

/// "UNDR": tells our files from others.
const APPLICATION: i32 = 0x554e_4452;
/// Of the tables below.
const VERSION: i32 = 1;
/// How long to wait for another process that writes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

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

#[derive(Debug)]
pub(in crate::cli) struct Store {
    connection: Connection,
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

/// How many headlines of a day have a label.
#[derive(Debug, PartialEq)]
pub(in crate::cli) struct DayCount {
    /// `2026-11-23`, UTC.
    pub(in crate::cli) day: String,
    pub(in crate::cli) label: String,
    pub(in crate::cli) headlines: u32,
}

impl Store {
    /// Opens a store, and makes it where there is no file.
    pub(super) fn open_or_create(path: &Path) -> anyhow::Result<Self> {
        Self::prepare(Connection::open(path), path)
    }

    /// Opens a store that is there.
    pub(in crate::cli) fn open(path: &Path) -> anyhow::Result<Self> {
        ensure!(
            path.is_file(),
            "expected a store at {}, found none; `undertone scrape --store` makes one",
            path.display()
        );
        Self::prepare(Connection::open(path), path)
    }

    fn prepare(connection: rusqlite::Result<Connection>, path: &Path) -> anyhow::Result<Self> {
        let mut store = Self {
            connection: connection
                .with_context(|| format!("could not open the store {}", path.display()))?,
        };
        store.check().with_context(|| path.display().to_string())?;
        Ok(store)
    }

    fn check(&mut self) -> anyhow::Result<()> {
        self.connection.busy_timeout(BUSY_TIMEOUT)?;
        // Takes the write lock at once: two processes may find the same file empty.
        let transaction =
            self.connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let number = |name| transaction.pragma_query_value(None, name, |row| row.get(0));
        let (application, version): (i32, i32) =
            (number("application_id")?, number("user_version")?);
        let tables: u32 =
            transaction.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        if application == 0 && version == 0 && tables == 0 {
            transaction.execute_batch(TABLES)?;
            transaction.pragma_update(None, "application_id", APPLICATION)?;
            transaction.pragma_update(None, "user_version", VERSION)?;
        } else {
            ensure!(
                application == APPLICATION,
                "expected a store of undertone, found another SQLite file"
            );
            ensure!(
                version == VERSION,
                "expected a store of version {VERSION}, found version {version}; use the undertone \
                 that wrote it"
            );
        }
        transaction.commit()?;
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

    /// Keeps headlines with their scores, all or none, and says when each was first seen.
    pub(super) fn keep(
        &mut self,
        headlines: &[(&Headline, Score<'_>)],
        now: DateTime<Utc>,
    ) -> anyhow::Result<Vec<String>> {
        let transaction = self.connection.transaction()?;
        let mut first_seen = Vec::with_capacity(headlines.len());
        {
            let mut insert = transaction.prepare(
                "INSERT INTO headlines VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6, ?7, ?8)
                 ON CONFLICT (title) DO UPDATE SET
                     last_seen = excluded.last_seen,
                     label = excluded.label,
                     probabilities = excluded.probabilities,
                     model = excluded.model
                 RETURNING first_seen",
            )?;
            for (headline, score) in headlines {
                let seen: String = insert.query_row(
                    params![
                        headline.title,
                        headline.source,
                        headline.url,
                        headline.published.map(rfc_3339),
                        rfc_3339(now),
                        score.label,
                        score.probabilities,
                        score.model
                    ],
                    |row| row.get(0),
                )?;
                first_seen.push(seen);
            }
        }
        transaction.commit()?;
        Ok(first_seen)
    }

    /// The headlines of each day by label, the last `days` days that have any, oldest first.
    /// A headline belongs to the day of its publication, or on which it was first seen where that
    /// is not known or said to be later.
    pub(in crate::cli) fn days(&self, days: u32) -> anyhow::Result<Vec<DayCount>> {
        let mut query = self.connection.prepare(
            "WITH dated AS (
                 SELECT substr(min(first_seen, coalesce(published, first_seen)), 1, 10) AS day,
                        label
                 FROM headlines
             )
             SELECT day, label, count(*) FROM dated
             WHERE day IN (SELECT DISTINCT day FROM dated ORDER BY day DESC LIMIT ?1)
             GROUP BY day, label ORDER BY day, label",
        )?;
        let rows = query.query_map([days], |row| {
            Ok(DayCount { day: row.get(0)?, label: row.get(1)?, headlines: row.get(2)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

pub(super) fn rfc_3339(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}
