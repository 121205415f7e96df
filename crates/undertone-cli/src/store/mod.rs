//! The store: headlines with their scores, and answers of servers, in an SQLite file or in a
//! PostgreSQL database.

mod address;
mod check;
mod claim;
mod counts;
mod database;
mod keep;
mod measure;
mod migrate;
#[cfg(feature = "postgres")]
mod postgres;
mod prune;
mod query;
mod record;
mod response;
mod schedule;
mod schema;
mod sqlite;
mod times;
mod transfer;
pub(crate) mod verb;

#[cfg(test)]
mod tests;

use std::time::Duration;

use anyhow::Context;

pub(crate) use self::address::Address;
pub(crate) use self::keep::Entry;
pub(crate) use self::query::{Filter, Kind, Period, StoredHeadline, Subject};
pub(crate) use self::response::KeptResponse;
pub(crate) use self::schedule::Finished;

use self::database::Database;
#[cfg(feature = "postgres")]
use self::postgres::Postgres;
use self::sqlite::Sqlite;

/// How long who writes waits for a server that was stopped and is started again.
const PATIENCE: Duration = Duration::from_secs(60);

/// A connection to a store. Each statement waits for the disk: it is nothing for an event loop.
#[derive(Debug)]
pub(crate) struct Store {
    database: Box<dyn Database>,
}

impl Store {
    /// Opens a store, and creates it if there is none.
    pub(crate) fn open_or_create(address: &Address) -> anyhow::Result<Self> {
        match address {
            Address::File(path) => Ok(Self::of(Sqlite::open_or_create(path)?)),
            #[cfg(feature = "postgres")]
            Address::Postgres(address) => Ok(Self::of(Postgres::open_or_create(address)?)),
            #[cfg(not(feature = "postgres"))]
            Address::Postgres(_) => Err(not_built()),
        }
    }

    /// Opens an existing store for reading, also in a folder that can't be written to.
    pub(crate) fn open(address: &Address) -> anyhow::Result<Self> {
        match address {
            Address::File(path) => Ok(Self::of(Sqlite::open(path)?)),
            #[cfg(feature = "postgres")]
            Address::Postgres(address) => Ok(Self::of(Postgres::open(address)?)),
            #[cfg(not(feature = "postgres"))]
            Address::Postgres(_) => Err(not_built()),
        }
    }

    fn of(database: impl Database + 'static) -> Self {
        Self { database: Box::new(database) }
    }

    /// Runs one statement, or some that only read.
    fn with<T>(
        &mut self,
        work: impl FnOnce(&mut dyn Database) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        self.database.revive(Duration::ZERO)?;
        work(&mut *self.database)
    }

    /// Runs one statement, if need be on a server that is being started.
    fn patiently<T>(
        &mut self,
        work: impl FnOnce(&mut dyn Database) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        self.database.revive(PATIENCE)?;
        work(&mut *self.database)
    }

    /// Reads what is there at one moment, whoever writes meanwhile.
    fn read<T>(
        &mut self,
        work: impl FnOnce(&mut dyn Database) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        self.with(|database| {
            database.begin_reading()?;
            let done = work(database);
            // Nothing was written.
            let _ = database.run("ROLLBACK");
            done
        })
    }

    /// Gives the room of what was deleted back to the disk.
    pub(crate) fn vacuum(&mut self) -> anyhow::Result<()> {
        self.with(|database| database.vacuum())
    }

    /// Writes all or nothing. Only one process at a time is at it.
    fn write<T>(
        &mut self,
        work: impl FnOnce(&mut dyn Database) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        self.patiently(|database| database.begin()).or_else(|error| {
            if !self.database.is_lost() {
                return Err(error);
            }
            // The server was stopped meanwhile, which is seen only when it is asked.
            self.patiently(|database| database.begin())
        })?;
        let done = work(&mut *self.database).and_then(|done| {
            self.database.run("COMMIT")?;
            Ok(done)
        });
        if done.is_err() {
            // Where the connection is lost, or the disk is full, this has happened already.
            let _ = self.database.run("ROLLBACK");
        }
        done.context("could not write to the store, which is as it was")
    }
}

/// The error of a command without the client of PostgreSQL.
#[cfg(not(feature = "postgres"))]
fn not_built() -> anyhow::Error {
    anyhow::anyhow!(
        "expected the path of an SQLite file, found the address of a PostgreSQL database; this \
         undertone was built without it: build it with `--features postgres`"
    )
}
