//! API keys: who may send requests.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, ensure};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use sha2::{Digest, Sha256};

/// The shortest key, in characters; shorter ones can be guessed.
const SHORTEST_KEY: usize = 16;

/// The keys of a file: one a line, each after an optional name and a colon; `#` begins a comment.
#[derive(Debug)]
pub(super) struct Keys {
    /// The names of keys by their hashes. The time of comparing hashes does not reveal how much of
    /// a guess was right.
    names: BTreeMap<[u8; 32], Arc<str>>,
}

impl Keys {
    pub(super) fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("could not read the API keys in {}", path.display()))?;
        Self::parse(&text).with_context(|| path.display().to_string())
    }

    fn parse(text: &str) -> anyhow::Result<Self> {
        let mut names = BTreeMap::new();
        for (index, line) in text.lines().enumerate() {
            let number = index + 1;
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (name, key) = match line.split_once(':') {
                Some((name, key)) => (name.trim().to_owned(), key.trim()),
                None => (format!("line {number}"), line),
            };
            ensure!(
                key.len() >= SHORTEST_KEY && key.bytes().all(|byte| byte.is_ascii_graphic()),
                "line {number}: expected a key of at least {SHORTEST_KEY} visible ASCII \
                 characters, for example from `openssl rand -hex 24`"
            );
            let known = names.insert(hash(key), name.into());
            ensure!(known.is_none(), "line {number}: expected a new key, found an earlier one");
        }
        ensure!(!names.is_empty(), "expected a key a line, found none");
        Ok(Self { names })
    }

    /// The name of the key that a request carries, as `Authorization: Bearer …` or `X-API-Key`.
    pub(super) fn name(&self, headers: &HeaderMap) -> Option<Arc<str>> {
        let bearer = headers.get(AUTHORIZATION).and_then(|value| {
            let (scheme, key) = value.to_str().ok()?.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then_some(key.trim())
        });
        let key =
            bearer.or_else(|| headers.get("x-api-key").and_then(|value| value.to_str().ok()))?;
        self.names.get(&hash(key)).cloned()
    }
}

fn hash(key: &str) -> [u8; 32] {
    Sha256::digest(key.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_names_comments_and_bare_keys() {
        let keys = Keys::parse("# ours\n\nnews: 0123456789abcdef\nfedcba9876543210\n").unwrap();
        let named = |name: &'static str, value: &'static str| {
            let headers = HeaderMap::from_iter([(name.parse().unwrap(), value.parse().unwrap())]);
            keys.name(&headers).map(|name| name.to_string())
        };
        assert_eq!(named("x-api-key", "0123456789abcdef").as_deref(), Some("news"));
        assert_eq!(named("authorization", "Bearer fedcba9876543210").as_deref(), Some("line 4"));
        assert_eq!(named("authorization", "bearer 0123456789abcdef").as_deref(), Some("news"));
        assert_eq!(named("authorization", "Basic 0123456789abcdef"), None);
        assert_eq!(named("x-api-key", "0123456789abcdeg"), None);
        assert_eq!(named("accept", "0123456789abcdef"), None);
    }

    #[test]
    fn refuses_what_protects_nothing() {
        for (text, part) in [
            ("", "found none"),
            ("# only this\n", "found none"),
            ("a: short", "line 1"),
            ("0123456789abcdef\na:0123456789abcdef", "line 2"),
            ("0123456789 abcdefg", "line 1"),
        ] {
            let error = Keys::parse(text).unwrap_err().to_string();
            assert!(error.contains(part), "{text:?}: {error}");
        }
    }
}
