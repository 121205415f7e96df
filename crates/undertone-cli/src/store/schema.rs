//! The tables of a store.

/// The version of the tables below. A store of an older version is brought up to it when it is
/// opened for writing; one of a newer version is refused.
pub(super) const VERSION: i64 = 2;

/// The kinds of [terms](TABLES).
pub(super) const LABEL: &str = "label";
pub(super) const MODEL: &str = "model";
pub(super) const NAME: &str = "name";
pub(super) const SOURCE: &str = "source";

/// The subject of counts of all headlines, which is no term.
pub(super) const EVERYTHING: i64 = 0;

/// The tables, in what SQLite and PostgreSQL have in common. In braces stands where they differ.
pub(super) const TABLES: &str = "
-- Numbers that go up only, such as the id of the last headline.
CREATE TABLE counters (name TEXT PRIMARY KEY, value BIGINT NOT NULL) {STRICT};
INSERT INTO counters VALUES ('headline', 0), ('term', 0);
-- Labels, models (the SHA-256 of their files), sources (publishers), and names of coins and companies.
CREATE TABLE terms (
    id INTEGER PRIMARY KEY,
    key {BYTES} NOT NULL UNIQUE,        -- 16 bytes of a SHA-256, as long terms fit in no index
    kind TEXT NOT NULL,
    term TEXT {SORTED} NOT NULL
) {STRICT};
CREATE TABLE headlines (
    id {LONG_ID} PRIMARY KEY,           -- in the order of commits, and never used again
    key {BYTES} NOT NULL,               -- likewise, of the title
    title TEXT NOT NULL,
    url TEXT,
    source INTEGER NOT NULL,            -- a term
    published BIGINT,                   -- seconds since 1970, like every time here
    first_seen BIGINT NOT NULL,
    last_seen BIGINT NOT NULL,
    at BIGINT NOT NULL,                 -- the earlier of published and first_seen
    label INTEGER NOT NULL,             -- a term: the last score, and the model that it comes from
    confidence INTEGER NOT NULL,        -- the label's probability, in ten-thousandths
    probabilities TEXT NOT NULL,        -- JSON: label -> probability
    model INTEGER NOT NULL              -- a term
) {STRICT};
-- Which coins and companies headlines are about.
CREATE TABLE mentions (
    name INTEGER NOT NULL,              -- a term
    headline BIGINT NOT NULL,
    PRIMARY KEY (name, headline)
) {STRICT_BY_KEY};
-- Headlines by subject, hour and label: what a mood and its standard error are computed of.
CREATE TABLE counts (
    subject INTEGER NOT NULL,           -- a source's or name's term; 0: all
    hour INTEGER NOT NULL,              -- hours since 1970 of the headlines' `at`
    label INTEGER NOT NULL,             -- a term
    headlines BIGINT NOT NULL,
    PRIMARY KEY (subject, hour, label)
) {STRICT_BY_KEY};
-- Headlines that are stored but not printed yet, each with the claim by which it is going to be.
CREATE TABLE unprinted (headline BIGINT PRIMARY KEY, claim TEXT NOT NULL) {STRICT};
-- The last answers of servers, to ask them whether anything is new.
CREATE TABLE IF NOT EXISTS responses (
    url TEXT PRIMARY KEY,
    etag TEXT,
    last_modified TEXT,
    content_type TEXT NOT NULL,
    body {BYTES} NOT NULL
) {STRICT};
-- When which source is to be fetched next, and who does it now.
CREATE TABLE schedule (
    name TEXT {SORTED} PRIMARY KEY,
    owner TEXT,
    leased BIGINT,                      -- since when
    leased_until BIGINT,
    fetched BIGINT,                     -- the last attempt
    succeeded BIGINT,                   -- the last attempt that gave headlines
    due BIGINT,
    failures BIGINT NOT NULL,           -- since the last success
    error TEXT
) {STRICT};
";

/// The indices, which are made last where a store is filled: a title's key stands anywhere in its
/// index, and to write there row by row takes hours of ten million headlines.
pub(super) const INDICES: &str = "
CREATE UNIQUE INDEX headlines_key ON headlines (key);
CREATE INDEX headlines_at ON headlines (at, label, confidence);
CREATE INDEX headlines_label ON headlines (label{AND_ID});
CREATE INDEX headlines_source ON headlines (source{AND_ID});
CREATE INDEX mentions_headline ON mentions (headline);
-- All of it, so that the table itself needn't be read.
CREATE INDEX counts_hour ON counts (hour, subject, label, headlines);
";

/// The names of the [`INDICES`].
pub(super) fn indices() -> impl Iterator<Item = &'static str> {
    INDICES.split(" INDEX ").skip(1).filter_map(|one| one.split(' ').next())
}

/// [`TABLES`] or [`INDICES`] as SQLite has them.
pub(super) fn of_sqlite(statements: &str) -> String {
    written(
        statements,
        &[
            ("{STRICT_BY_KEY}", "STRICT, WITHOUT ROWID"),
            ("{STRICT}", "STRICT"),
            ("{BYTES}", "BLOB"),
            // Only this type makes the column the number of the row.
            ("{LONG_ID}", "INTEGER"),
            ("BIGINT", "INTEGER"),
            // Each index has the number of the row.
            ("{AND_ID}", ""),
            ("{SORTED}", ""),
        ],
    )
}

/// [`TABLES`] or [`INDICES`] as PostgreSQL has them.
#[cfg(feature = "postgres")]
pub(super) fn of_postgres(statements: &str) -> String {
    written(
        statements,
        &[
            ("{STRICT_BY_KEY}", ""),
            ("{STRICT}", ""),
            ("{BYTES}", "BYTEA"),
            ("{LONG_ID}", "BIGINT"),
            ("{AND_ID}", ", id"),
            // By code points, as SQLite sorts, and not by the language of the server.
            ("{SORTED}", "COLLATE \"C\""),
        ],
    )
}

fn written(statements: &str, differences: &[(&str, &str)]) -> String {
    differences.iter().fold(statements.to_owned(), |text, (from, to)| text.replace(from, to))
}
