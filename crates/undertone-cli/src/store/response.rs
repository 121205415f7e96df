//! The last answers of servers, to ask them whether anything is new.

use super::Store;
use super::database::{Value, first, text};
use crate::scrape::Validators;

/// The last answer of a server for a source.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct KeptResponse {
    pub(crate) validators: Validators,
    pub(crate) content_type: String,
    pub(crate) body: Vec<u8>,
}

impl Store {
    /// The last answer that was kept for an address.
    pub(crate) fn response(&mut self, url: &str) -> anyhow::Result<Option<KeptResponse>> {
        let select = "SELECT etag, last_modified, content_type, body FROM responses WHERE url = $1";
        self.with(|database| {
            first(database, select, &[url.into()], |row| {
                Ok(KeptResponse {
                    validators: Validators { etag: row.text(0)?, last_modified: row.text(1)? },
                    content_type: text(row, 2)?,
                    body: row.bytes(3)?,
                })
            })
        })
    }

    /// Keeps an answer in place of the last one.
    pub(crate) fn keep_response(
        &mut self,
        url: &str,
        response: &KeptResponse,
    ) -> anyhow::Result<()> {
        let Validators { etag, last_modified } = &response.validators;
        let values: [Value<'_>; 5] = [
            url.into(),
            etag.as_deref().into(),
            last_modified.as_deref().into(),
            (&response.content_type[..]).into(),
            (&response.body[..]).into(),
        ];
        let insert = "INSERT INTO responses VALUES ($1, $2, $3, $4, $5)
                      ON CONFLICT (url) DO UPDATE SET etag = excluded.etag,
                      last_modified = excluded.last_modified,
                      content_type = excluded.content_type, body = excluded.body";
        self.with(|database| database.execute(insert, &values))?;
        Ok(())
    }
}
