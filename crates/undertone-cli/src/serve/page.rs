//! The files of the web page, held in memory, so that requests can reach no others.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;
use std::sync::OnceLock;

use anyhow::{Context, ensure};
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG,
    IF_NONE_MATCH, REFERRER_POLICY, VARY,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

use super::policy::PAGE_POLICY;
use undertone::files::hex;

/// The most bytes of a page; a larger folder was given by mistake.
const MOST_BYTES: usize = 64 << 20;

/// The folder `www/`, with the module that `cargo xtask binary` has built.
#[cfg(feature = "_page")]
#[derive(rust_embed::RustEmbed)]
#[folder = "../../www/"]
struct Embedded;

/// Makes a missing module a compile error: without it the page has no model.
#[cfg(feature = "_page")]
const _: &[u8] = include_bytes!("../../../../www/pkg/undertone_bg.wasm");

#[derive(Debug, Default)]
pub(super) struct Page {
    /// The files by their paths, without the slash at the beginning.
    files: BTreeMap<String, File>,
}

#[derive(Debug)]
struct File {
    plain: Form,
    /// The compressed form, made once at the first request for it, so that many requests cost no
    /// more work.
    packed: OnceLock<Option<Form>>,
    content_type: HeaderValue,
}

/// A form in which a file is sent: its bytes, and an entity tag for them.
#[derive(Debug)]
struct Form {
    bytes: axum::body::Bytes,
    etag: HeaderValue,
}

impl Form {
    fn new(bytes: axum::body::Bytes) -> anyhow::Result<Self> {
        let etag = format!("\"{}\"", hex(&Sha256::digest(&bytes))).parse()?;
        Ok(Self { bytes, etag })
    }
}

impl File {
    /// The compressed form; `None` if it is not shorter, as for pictures.
    fn packed(&self) -> Option<&Form> {
        self.packed.get_or_init(|| pack(&self.plain.bytes).ok()?).as_ref()
    }
}

fn pack(bytes: &[u8]) -> io::Result<Option<Form>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes)?;
    let packed = encoder.finish()?;
    Ok(Form::new(packed.into()).ok().filter(|packed| packed.bytes.len() < bytes.len()))
}

impl Page {
    /// The page inside the executable; empty if it was built without one.
    pub(super) fn embedded() -> anyhow::Result<Self> {
        #[cfg(feature = "_page")]
        {
            let mut page = Self::default();
            for path in Embedded::iter() {
                if let Some(file) = Embedded::get(&path) {
                    page.add(path.into_owned(), file.data)?;
                }
            }
            Ok(page)
        }
        #[cfg(not(feature = "_page"))]
        Ok(Self::default())
    }

    /// Reads the page from a folder.
    pub(super) fn read(folder: &Path) -> anyhow::Result<Self> {
        let mut page = Self::default();
        let mut bytes_left = MOST_BYTES;
        page.read_folder(folder, "", &mut bytes_left)
            .with_context(|| format!("could not read the page in {}", folder.display()))?;
        ensure!(
            page.files.contains_key("index.html"),
            "expected a page with index.html in {}, found none",
            folder.display()
        );
        Ok(page)
    }

    fn read_folder(
        &mut self,
        folder: &Path,
        prefix: &str,
        bytes_left: &mut usize,
    ) -> anyhow::Result<()> {
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            let kind = entry.file_type()?;
            // Hidden files and symbolic links are left out.
            if name.starts_with('.') || kind.is_symlink() {
                continue;
            }
            let path = format!("{prefix}{name}");
            if kind.is_dir() {
                self.read_folder(&entry.path(), &format!("{path}/"), bytes_left)?;
                continue;
            }
            let bytes = std::fs::read(entry.path()).with_context(|| path.clone())?;
            *bytes_left = bytes_left
                .checked_sub(bytes.len())
                .with_context(|| format!("expected at most {MOST_BYTES} bytes, found more"))?;
            self.add(path, bytes.into())?;
        }
        Ok(())
    }

    fn add(&mut self, path: String, bytes: Cow<'static, [u8]>) -> anyhow::Result<()> {
        let mut content_type = mime_guess::from_path(&path).first_or_octet_stream().to_string();
        if content_type.starts_with("text/") {
            content_type.push_str("; charset=utf-8");
        }
        let bytes = match bytes {
            Cow::Borrowed(bytes) => axum::body::Bytes::from_static(bytes),
            Cow::Owned(bytes) => bytes.into(),
        };
        let file = File {
            plain: Form::new(bytes)?,
            packed: OnceLock::new(),
            content_type: content_type.parse()?,
        };
        self.files.insert(path, file);
        Ok(())
    }

    /// The answer to a request for a path, if the page has such a file.
    pub(super) fn answer(&self, path: &str, headers: &HeaderMap) -> Option<Response> {
        let path = path.strip_prefix('/')?;
        let path = if path.is_empty() { "index.html" } else { path };
        let file = self.files.get(path)?;
        let packed = if takes_gzip(headers) { file.packed() } else { None };
        let form = packed.unwrap_or(&file.plain);
        let common = [
            (ETAG, form.etag.clone()),
            (VARY, HeaderValue::from(ACCEPT_ENCODING)),
            (CACHE_CONTROL, HeaderValue::from_static("no-cache")),
            (CONTENT_SECURITY_POLICY, HeaderValue::from_static(PAGE_POLICY)),
            (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        ];
        if headers.get(IF_NONE_MATCH).is_some_and(|known| known == form.etag) {
            return Some((StatusCode::NOT_MODIFIED, common).into_response());
        }
        let content_type = [(CONTENT_TYPE, file.content_type.clone())];
        let encoding = packed.map(|_| [(CONTENT_ENCODING, HeaderValue::from_static("gzip"))]);
        let mut response = (common, content_type, form.bytes.clone()).into_response();
        response.headers_mut().extend(encoding.into_iter().flatten());
        Some(response)
    }
}

/// Whether a client accepts gzip (RFC 9110, 12.5.3).
fn takes_gzip(headers: &HeaderMap) -> bool {
    let values = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, "q=1"));
        let weight = weight.trim().strip_prefix("q=").and_then(|weight| weight.parse().ok());
        name.trim().eq_ignore_ascii_case("gzip") && weight.is_some_and(|weight: f32| weight > 0.0)
    })
}
