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
    key {BYTES} NOT NULL UNIQUE,        -- likewise, of the title
    title TEXT NOT NULL,
    url TEXT,
    source INTEGER NOT NULL,            -- a term
    published BIGINT,                   -- seconds since 1970, like every time here
    first_seen BIGINT NOT NULL,
    last_seen BIGINT NOT NULL,
    at BIGINT NOT NULL,                 -- the earlier of published and first_seen
    label INTEGER NOT NULL,             -- a term: the last score, and the model that it comes from
    confidence INTEGER NOT NULL,        -- the label's probability, in ten-thousandths
    score INTEGER,                      -- P(positive) - P(negative), in ten-thousandths
    probabilities TEXT NOT NULL,        -- JSON: label -> probability
    model INTEGER NOT NULL              -- a term
) {STRICT};
CREATE INDEX headlines_at ON headlines (at, label, confidence);
CREATE INDEX headlines_label ON headlines (label{AND_ID});
CREATE INDEX headlines_source ON headlines (source{AND_ID});
-- Which coins and companies headlines are about.
CREATE TABLE mentions (
    name INTEGER NOT NULL,              -- a term
    headline BIGINT NOT NULL,
    PRIMARY KEY (name, headline)
) {STRICT_BY_KEY};
CREATE INDEX mentions_headline ON mentions (headline);
-- Headlines by subject, hour and label: what a mean and its standard error are computed of.
CREATE TABLE counts (
    subject INTEGER NOT NULL,           -- a source's or name's term; 0: all
    hour INTEGER NOT NULL,              -- hours since 1970 of the headlines' `at`
    label INTEGER NOT NULL,             -- a term
    headlines BIGINT NOT NULL,
    scored BIGINT NOT NULL,             -- those that have a score
    sum BIGINT NOT NULL,                -- of their scores
    squares BIGINT NOT NULL,            -- of the squares of their scores
    PRIMARY KEY (subject, hour, label)
) {STRICT_BY_KEY};
CREATE INDEX counts_hour ON counts (hour);
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

/// The tables as SQLite has them.
pub(super) fn of_sqlite() -> String {
    written(&[
        ("{STRICT_BY_KEY}", "STRICT, WITHOUT ROWID"),
        ("{STRICT}", "STRICT"),
        ("{BYTES}", "BLOB"),
        // Only this type makes the column the number of the row.
        ("{LONG_ID}", "INTEGER"),
        ("BIGINT", "INTEGER"),
        // Each index has the number of the row.
        ("{AND_ID}", ""),
        ("{SORTED}", ""),
    ])
}

/// The tables as PostgreSQL has them.
#[cfg(feature = "postgres")]
pub(super) fn of_postgres() -> String {
    let tables = written(&[
        ("{STRICT_BY_KEY}", ""),
        ("{STRICT}", ""),
        ("{BYTES}", "BYTEA"),
        ("{LONG_ID}", "BIGINT"),
        ("{AND_ID}", ", id"),
        // By code points, as SQLite sorts, and not by the language of the server.
        ("{SORTED}", "COLLATE \"C\""),
    ]);
    // The numbers of claims, which no transaction takes back.
    format!("{tables}CREATE SEQUENCE claims AS INTEGER CYCLE;")
}

fn written(differences: &[(&str, &str)]) -> String {
    differences.iter().fold(TABLES.to_owned(), |tables, (from, to)| tables.replace(from, to))
}
