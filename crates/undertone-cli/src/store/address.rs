//! Where a store is: the path of an SQLite file, or the address of a PostgreSQL database.

use std::convert::Infallible;
use std::fmt::{self, Display, Formatter};
use std::path::PathBuf;
use std::str::FromStr;

use url::Url;

/// Where a store is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Address {
    /// The path of an SQLite file
    File(PathBuf),
    /// `postgres://…` or `postgresql://…`
    Postgres(String),
}

impl FromStr for Address {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        let is_postgres = ["postgres://", "postgresql://"].iter().any(|one| text.starts_with(one));
        Ok(if is_postgres { Self::Postgres(text.to_owned()) } else { Self::File(text.into()) })
    }
}

/// Without the password, as messages are kept in logs.
impl Display for Address {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Postgres(address) => match Url::parse(address) {
                Ok(mut url) => {
                    // An address without a host may have no password.
                    let _ = url.set_password(None);
                    url.set_query(None);
                    url.fmt(f)
                }
                Err(_) => f.write_str("postgres://…"),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_path_or_a_database_and_shows_no_password() {
        for (text, shown) in [
            ("news.sqlite", "news.sqlite"),
            ("postgres.sqlite", "postgres.sqlite"),
            ("postgres://me:secret@db.example/news?password=x", "postgres://me@db.example/news"),
            ("postgresql:///news?host=/run/postgresql", "postgresql:///news"),
            ("postgres://me:secret@a:1,b:2/news", "postgres://…"),
        ] {
            let address: Address = text.parse().unwrap();
            assert_eq!(address.to_string(), shown);
            let is_file = matches!(address, Address::File(_));
            assert_eq!(is_file, text.ends_with(".sqlite"), "{text}");
        }
    }
}
