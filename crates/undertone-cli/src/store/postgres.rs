//! A store in a PostgreSQL database: tables in a schema of their own.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt::{self, Debug, Formatter};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use bytes::BytesMut;
use postgres::binary_copy::BinaryCopyInWriter;
use postgres::fallible_iterator::FallibleIterator;
use postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use postgres::{Client, Config, NoTls, Statement};

use super::address::Address;
use super::claim::Claim;
use super::database::{Database, Row, Take, Value, first, integer};
use super::schema::{INDICES, TABLES, VERSION, of_postgres};

/// The number of the lock of those who write, "UNDR", and the first of two of a claim's.
const LOCK: i32 = 0x554e_4452;
/// The longest time to wait for another process that writes.
const LOCK_TIMEOUT: Duration = Duration::from_secs(60);
/// The longest time to wait for a server that doesn't answer.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// A server that was restarted is asked again so soon.
const PAUSE: Duration = Duration::from_millis(250);

/// A connection to a PostgreSQL database.
pub(super) struct Postgres {
    config: Config,
    client: Client,
    /// The address without a password.
    shown: String,
    /// Statements that the server has compiled for this connection.
    statements: BTreeMap<String, Statement>,
}

impl Debug for Postgres {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Postgres").field("address", &self.shown).finish_non_exhaustive()
    }
}

impl Postgres {
    /// Opens a store, and makes its tables if there are none.
    pub(super) fn open_or_create(address: &str) -> anyhow::Result<Self> {
        let mut store = Self::connect(address)?;
        let shown = store.shown.clone();
        store.create().context(shown)?;
        store.check()?;
        Ok(store)
    }

    /// Opens an existing store.
    pub(super) fn open(address: &str) -> anyhow::Result<Self> {
        let mut store = Self::connect(address)?;
        store.check()?;
        Ok(store)
    }

    fn connect(address: &str) -> anyhow::Result<Self> {
        let shown = Address::Postgres(address.to_owned()).to_string();
        let mut config: Config = address.parse().with_context(|| {
            format!("{shown}: expected an address such as postgres://user@host/database")
        })?;
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT_TIMEOUT);
        }
        if config.get_application_name().is_none() {
            config.application_name("undertone");
        }
        let client =
            connected(&config).with_context(|| format!("could not open the store {shown}"))?;
        Ok(Self { config, client, shown, statements: BTreeMap::new() })
    }

    fn is_there(&mut self) -> anyhow::Result<bool> {
        // Not to_regclass, which may answer from what this connection knew before it waited.
        let select = "SELECT count(*) FROM pg_catalog.pg_tables
                      WHERE schemaname = 'undertone' AND tablename = 'counters'";
        Ok(first(self, select, &[], |row| integer(row, 0))? == Some(1))
    }

    fn create(&mut self) -> anyhow::Result<()> {
        if self.is_there()? {
            return Ok(());
        }
        // Again with the lock: two processes may find none.
        self.begin()?;
        if !self.is_there()? {
            self.run("CREATE SCHEMA IF NOT EXISTS undertone")?;
            self.run(&of_postgres(TABLES))?;
            self.index()?;
            // The numbers of claims, which no transaction takes back.
            self.run("CREATE SEQUENCE claims AS INTEGER CYCLE")?;
            let insert = "INSERT INTO counters VALUES ('version', $1)";
            self.execute(insert, &[VERSION.into()])?;
        }
        self.run("COMMIT")
    }

    fn check(&mut self) -> anyhow::Result<()> {
        let shown = self.shown.clone();
        ensure!(
            self.is_there()?,
            "expected a store at {shown}, found none; `undertone scrape --store` makes one"
        );
        let select = "SELECT value FROM counters WHERE name = 'version'";
        let version = first(self, select, &[], |row| integer(row, 0))?.unwrap_or_default();
        ensure!(
            version == VERSION,
            "{shown}: expected a store of version {VERSION}, found version {version}; use the \
             undertone that wrote it, or a newer one"
        );
        Ok(())
    }

    fn statement(&mut self, text: &str) -> anyhow::Result<Statement> {
        if let Some(known) = self.statements.get(text) {
            return Ok(known.clone());
        }
        let statement = self.client.prepare(text)?;
        self.statements.insert(text.to_owned(), statement.clone());
        Ok(statement)
    }
}

fn connected(config: &Config) -> anyhow::Result<Client> {
    let mut client = config.connect(NoTls)?;
    // A plan for any LIMIT is one for a tenth of the table, which sorts it.
    client.batch_execute(
        "SET search_path TO undertone; SET client_min_messages TO warning; \
         SET plan_cache_mode TO force_custom_plan",
    )?;
    Ok(client)
}

impl Database for Postgres {
    fn run(&mut self, statements: &str) -> anyhow::Result<()> {
        Ok(self.client.batch_execute(statements)?)
    }

    fn execute(&mut self, statement: &str, values: &[Value<'_>]) -> anyhow::Result<u64> {
        let statement = self.statement(statement)?;
        let values: Vec<&(dyn ToSql + Sync)> =
            values.iter().map(|value| value as &(dyn ToSql + Sync)).collect();
        Ok(self.client.execute(&statement, &values)?)
    }

    fn append(&mut self, table: &str, columns: usize, values: &[Value<'_>]) -> anyhow::Result<()> {
        let of_table = self.statement(&format!("SELECT * FROM {table}"))?;
        let types: Vec<Type> = of_table.columns().iter().map(|one| one.type_().clone()).collect();
        let copy = self.statement(&format!("COPY {table} FROM STDIN (FORMAT binary)"))?;
        let mut rows = BinaryCopyInWriter::new(self.client.copy_in(&copy)?, &types);
        for row in values.chunks(columns) {
            rows.write_raw(row)?;
        }
        rows.finish()?;
        Ok(())
    }

    fn query(
        &mut self,
        statement: &str,
        values: &[Value<'_>],
        take: Take<'_>,
    ) -> anyhow::Result<()> {
        let statement = self.statement(statement)?;
        let mut rows = self.client.query_raw(&statement, values)?;
        while let Some(row) = rows.next()? {
            take(&row)?;
        }
        Ok(())
    }

    fn is_lost(&self) -> bool {
        self.client.is_closed()
    }

    fn revive(&mut self, patience: Duration) -> anyhow::Result<()> {
        let end = Instant::now() + patience;
        while self.client.is_closed() {
            self.statements.clear();
            match connected(&self.config) {
                Ok(client) => self.client = client,
                Err(error) if Instant::now() >= end => {
                    return Err(error).with_context(|| format!("lost the store {}", self.shown));
                }
                Err(_) => std::thread::sleep(PAUSE),
            }
        }
        Ok(())
    }

    fn begin(&mut self) -> anyhow::Result<()> {
        let seconds = LOCK_TIMEOUT.as_secs();
        self.run(&format!(
            "BEGIN; SET LOCAL lock_timeout TO '{seconds}s'; SELECT pg_advisory_xact_lock({LOCK})"
        ))
        .with_context(|| {
            let _ = self.run("ROLLBACK");
            format!("could not write to the store {} within {seconds} seconds", self.shown)
        })
    }

    fn begin_reading(&mut self) -> anyhow::Result<()> {
        self.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    }

    fn living_claims(&mut self) -> anyhow::Result<BTreeSet<String>> {
        let select = format!(
            "SELECT CAST(objid AS TEXT) FROM pg_locks WHERE locktype = 'advisory' AND granted
             AND classid = {LOCK} AND objsubid = 2
             AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        );
        let mut alive = BTreeSet::new();
        self.query(&select, &[], &mut |row| {
            alive.extend(row.text(0)?);
            Ok(())
        })?;
        Ok(alive)
    }

    fn claim(&mut self) -> anyhow::Result<Claim> {
        let number = first(self, "SELECT nextval('claims')", &[], |row| integer(row, 0))?;
        let name = number.unwrap_or_default().to_string();
        // Of this connection: whatever becomes of the transaction, it ends with the connection.
        self.run(&format!("SELECT pg_advisory_lock({LOCK}, {name})"))?;
        Ok(Claim::of_connection(name))
    }

    fn give_up(&mut self, claim: Claim) -> anyhow::Result<()> {
        // A connection that was lost meanwhile has no lock any more, of which it is only warned.
        self.run(&format!("SELECT pg_advisory_unlock({LOCK}, {})", claim.name()))
    }

    fn index(&mut self) -> anyhow::Result<()> {
        self.run(&of_postgres(INDICES))
    }

    fn vacuum(&mut self) -> anyhow::Result<()> {
        for table in
            ["headlines", "terms", "mentions", "counts", "unprinted", "responses", "schedule"]
        {
            self.run(&format!("VACUUM (ANALYZE) {table}"))?;
        }
        Ok(())
    }

    fn damage(&mut self) -> anyhow::Result<Vec<String>> {
        // The server's own tools look into its files: pg_amcheck.
        Ok(Vec::new())
    }
}

impl ToSql for Value<'_> {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match *self {
            Self::Null => Ok(IsNull::Yes),
            Self::Integer(value) if *ty == Type::INT4 => i32::try_from(value)?.to_sql(ty, out),
            Self::Integer(value) => value.to_sql(ty, out),
            Self::Text(value) => value.to_sql(ty, out),
            Self::Bytes(value) => value.to_sql(ty, out),
        }
    }

    fn accepts(ty: &Type) -> bool {
        [Type::INT4, Type::INT8, Type::TEXT, Type::BYTEA].contains(ty)
    }

    to_sql_checked!();
}

impl Row for postgres::Row {
    fn integer(&self, column: usize) -> anyhow::Result<Option<i64>> {
        let is_short = self.columns().get(column).is_some_and(|one| *one.type_() == Type::INT4);
        if is_short {
            return Ok(self.try_get::<_, Option<i32>>(column)?.map(i64::from));
        }
        Ok(self.try_get(column)?)
    }

    fn text(&self, column: usize) -> anyhow::Result<Option<String>> {
        Ok(self.try_get(column)?)
    }

    fn bytes(&self, column: usize) -> anyhow::Result<Vec<u8>> {
        Ok(self.try_get(column)?)
    }
}
