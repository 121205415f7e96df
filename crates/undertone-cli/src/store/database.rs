//! The little that a store needs of a database, so that each statement is written once for SQLite
//! and PostgreSQL.

use std::collections::BTreeSet;
use std::time::Duration;

use super::claim::Claim;

/// A value of a statement.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Value<'a> {
    Null,
    Integer(i64),
    Text(&'a str),
    Bytes(&'a [u8]),
}

impl From<i64> for Value<'_> {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(value: &'a str) -> Self {
        Self::Text(value)
    }
}

impl<'a> From<&'a [u8]> for Value<'a> {
    fn from(value: &'a [u8]) -> Self {
        Self::Bytes(value)
    }
}

impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// A row of an answer, its columns by their places.
pub(super) trait Row {
    fn integer(&self, column: usize) -> anyhow::Result<Option<i64>>;
    fn text(&self, column: usize) -> anyhow::Result<Option<String>>;
    fn bytes(&self, column: usize) -> anyhow::Result<Vec<u8>>;
}

/// What is done with each row of an answer.
pub(super) type Take<'a> = &'a mut dyn FnMut(&dyn Row) -> anyhow::Result<()>;

/// A connection to a database. The values of a statement are `$1`, `$2` and so on.
pub(super) trait Database: std::fmt::Debug + Send {
    /// Runs statements that have no values.
    fn run(&mut self, statements: &str) -> anyhow::Result<()>;

    /// Runs a statement, and returns the number of rows that it changed.
    fn execute(&mut self, statement: &str, values: &[Value<'_>]) -> anyhow::Result<u64>;

    /// Adds rows to a table, each of so many values: those of all columns, in their order.
    fn append(&mut self, table: &str, columns: usize, values: &[Value<'_>]) -> anyhow::Result<()>;

    /// Runs a statement, and hands over each row of its answer.
    fn query(
        &mut self,
        statement: &str,
        values: &[Value<'_>],
        take: Take<'_>,
    ) -> anyhow::Result<()>;

    /// Whether the connection was lost.
    fn is_lost(&self) -> bool;

    /// Connects anew where the connection was lost, and waits so long for a server that is not
    /// there.
    fn revive(&mut self, patience: Duration) -> anyhow::Result<()>;

    /// Begins a transaction. Only one at a time writes to a store: others wait here.
    fn begin(&mut self) -> anyhow::Result<()>;

    /// Begins a transaction in which all that is read is of one moment.
    fn begin_reading(&mut self) -> anyhow::Result<()>;

    /// The names of claims whose processes live; within a transaction.
    fn living_claims(&mut self) -> anyhow::Result<BTreeSet<String>>;

    /// Makes a claim of this process; within a transaction.
    fn claim(&mut self) -> anyhow::Result<Claim>;

    /// Gives a claim up.
    fn give_up(&mut self, claim: Claim) -> anyhow::Result<()>;

    /// Makes the indices.
    fn index(&mut self) -> anyhow::Result<()>;

    /// Gives the room of what was deleted back, and counts anew what queries are planned by.
    fn vacuum(&mut self) -> anyhow::Result<()>;

    /// What the database finds wrong with its own files.
    fn damage(&mut self) -> anyhow::Result<Vec<String>>;
}

/// The first row of an answer, if there is one.
pub(super) fn first<T>(
    database: &mut dyn Database,
    statement: &str,
    values: &[Value<'_>],
    mut of_row: impl FnMut(&dyn Row) -> anyhow::Result<T>,
) -> anyhow::Result<Option<T>> {
    let mut found = None;
    database.query(statement, values, &mut |row| {
        if found.is_none() {
            found = Some(of_row(row)?);
        }
        Ok(())
    })?;
    Ok(found)
}

/// All rows of an answer.
pub(super) fn all<T>(
    database: &mut dyn Database,
    statement: &str,
    values: &[Value<'_>],
    mut of_row: impl FnMut(&dyn Row) -> anyhow::Result<T>,
) -> anyhow::Result<Vec<T>> {
    let mut found = Vec::new();
    database.query(statement, values, &mut |row| {
        found.push(of_row(row)?);
        Ok(())
    })?;
    Ok(found)
}

/// An integer that is never NULL.
pub(super) fn integer(row: &dyn Row, column: usize) -> anyhow::Result<i64> {
    Ok(row.integer(column)?.unwrap_or_default())
}

/// A text that is never NULL.
pub(super) fn text(row: &dyn Row, column: usize) -> anyhow::Result<String> {
    Ok(row.text(column)?.unwrap_or_default())
}

/// The places of so many rows of values, for VALUES: `($1, $2), ($3, $4)`.
pub(super) fn places(rows: usize, columns: usize) -> String {
    let row = |row: usize| {
        let places: Vec<String> =
            (1..=columns).map(|column| format!("${}", row * columns + column)).collect();
        format!("({})", places.join(", "))
    };
    (0..rows).map(row).collect::<Vec<_>>().join(", ")
}
