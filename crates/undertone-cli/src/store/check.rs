//! Whether a store is what it should be.

use super::Store;
use super::counts::COUNTED;
use super::database::{Database, first, integer, text};
use super::record::{TITLE, key};
use super::schema::{LABEL, MODEL, NAME, SOURCE};
use super::times::belongs_to;

/// So many faults of a kind are told one by one.
const SHOWN: usize = 10;

/// What was looked at, and what is wrong with it.
#[derive(Debug, Default)]
pub(crate) struct Checked {
    pub(crate) headlines: u64,
    pub(crate) faults: Vec<String>,
}

impl Store {
    /// Checks the files as far as the database can, and what must hold between the tables.
    pub(crate) fn check(&mut self) -> anyhow::Result<Checked> {
        let mut checked =
            Checked { faults: self.with(|database| database.damage())?, headlines: 0 };
        // Of damaged files nothing else is to be said.
        if checked.faults.is_empty() {
            self.read(|database| {
                of_rows(database, &mut checked)?;
                of_references(database, &mut checked)
            })?;
        }
        Ok(checked)
    }
}

fn of_rows(database: &mut dyn Database, checked: &mut Checked) -> anyhow::Result<()> {
    let counter = "SELECT value FROM counters WHERE name = 'headline'";
    let last = first(database, counter, &[], |row| integer(row, 0))?.unwrap_or_default();
    let mut wrong = 0;
    let select = "SELECT id, title, key, published, first_seen, last_seen, at, probabilities
                  FROM headlines";
    database.query(select, &[], &mut |row| {
        checked.headlines += 1;
        let id = integer(row, 0)?;
        let (first_seen, last_seen) = (integer(row, 4)?, integer(row, 5)?);
        let probabilities = text(row, 7)?;
        let faults = [
            (row.bytes(2)? != key(TITLE, &text(row, 1)?), "its key is not that of its title"),
            (id > last, "its id was never given"),
            (last_seen < first_seen, "it was last seen before it was first seen"),
            (
                integer(row, 6)? != belongs_to(row.integer(3)?, first_seen),
                "it belongs to another time",
            ),
            (
                serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(&probabilities)
                    .is_err(),
                "its probabilities are no JSON object",
            ),
        ];
        for (_, fault) in faults.into_iter().filter(|(is_wrong, _)| *is_wrong) {
            wrong += 1;
            if wrong <= SHOWN {
                checked.faults.push(format!("headline {id}: {fault}"));
            }
        }
        Ok(())
    })?;
    if wrong > SHOWN {
        checked.faults.push(format!("and {} more of headlines", wrong - SHOWN));
    }
    Ok(())
}

fn of_references(database: &mut dyn Database, checked: &mut Checked) -> anyhow::Result<()> {
    let of_term = |table: &str, column: &str, kind: &str| {
        format!(
            "SELECT count(*) FROM {table} WHERE NOT EXISTS (
                 SELECT 1 FROM terms WHERE terms.id = {table}.{column} AND kind = '{kind}')"
        )
    };
    let of_headline = |table: &str| {
        format!(
            "SELECT count(*) FROM {table} WHERE NOT EXISTS (
                 SELECT 1 FROM headlines WHERE headlines.id = {table}.headline)"
        )
    };
    let unlike = |one: &str, other: &str| {
        format!(
            "SELECT count(*) FROM (SELECT * FROM ({one}) AS a EXCEPT SELECT * FROM ({other}) AS b) AS c"
        )
    };
    for (select, what) in [
        (of_term("headlines", "label", LABEL), "headlines have a label that is none"),
        (of_term("headlines", "source", SOURCE), "headlines have a source that is none"),
        (of_term("headlines", "model", MODEL), "headlines have a model that is none"),
        (of_term("mentions", "name", NAME), "mentions are of a name that is none"),
        (of_headline("mentions"), "mentions are of a headline that is not there"),
        (of_headline("unprinted"), "headlines are to be printed that are not there"),
        (unlike(COUNTED, "SELECT * FROM counts"), "counts of an hour are missing or wrong"),
        (unlike("SELECT * FROM counts", COUNTED), "counts of an hour are of other headlines"),
    ] {
        let wrong = first(database, &select, &[], |row| integer(row, 0))?.unwrap_or_default();
        if wrong > 0 {
            checked.faults.push(format!("{wrong} {what}"));
        }
    }
    Ok(())
}
