//! Request bodies: bytes → a value, within the limits.

use axum::body::{Body, HttpBody};
use axum::http::header::{ACCEPT_ENCODING, CONNECTION, CONTENT_ENCODING, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, Request, StatusCode};
use http_body_util::BodyExt;
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use super::failure::Failure;
use super::limits::Limits;

/// The most bytes of a body that is too large which are read and discarded, so that the client can
/// read the error. If a client sends more, it may find the connection closed.
const DISCARDED_BYTES: usize = 8 << 20;

/// The name of the content coding that changes nothing.
const IDENTITY: &str = "identity";

/// Reads a JSON body within the limits.
pub(super) async fn read_json<T: DeserializeOwned>(
    request: Request<Body>,
    limits: &Limits,
) -> Result<T, Failure> {
    check_content_type(request.headers())?;
    check_content_encoding(request.headers())?;
    let body = request.into_body();
    // By the announced length; hyper makes sure that no more comes.
    let is_too_large = body.size_hint().lower() > limits.max_body as u64;
    let bytes = tokio::time::timeout(limits.body_timeout, collect(body, limits)).await.map_err(
        |_| {
            if is_too_large {
                return too_large(limits);
            }
            let seconds = limits.body_timeout.as_secs_f64();
            Failure::new(
                StatusCode::REQUEST_TIMEOUT,
                "body_timeout",
                format!("expected the whole body within {seconds} s; it did not come"),
            )
            .with_header(CONNECTION, HeaderValue::from_static("close"))
        },
    )??;
    let text = std::str::from_utf8(&bytes).map_err(|error| {
        Failure::new(
            StatusCode::BAD_REQUEST,
            "invalid_utf8",
            format!("expected UTF-8, found something else at byte {}", error.valid_up_to()),
        )
    })?;
    // serde would accept a list in place of an object.
    if text.trim_ascii_start().starts_with('[') {
        return Err(Failure::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "invalid_request",
            "expected a JSON object, found a list; /docs shows what is expected",
        ));
    }
    serde_json::from_str(text).map_err(|error| match error.classify() {
        Category::Data => Failure::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "invalid_request",
            format!("{error}; /docs shows what is expected"),
        ),
        Category::Eof | Category::Io | Category::Syntax => {
            Failure::new(StatusCode::BAD_REQUEST, "invalid_json", format!("expected JSON: {error}"))
        }
    })
}

fn check_content_type(headers: &HeaderMap) -> Result<(), Failure> {
    let found = headers.get(CONTENT_TYPE).map(|value| String::from_utf8_lossy(value.as_bytes()));
    let essence = found.as_deref().unwrap_or_default().split(';').next().unwrap_or_default();
    let essence = essence.trim().to_ascii_lowercase();
    if essence == "application/json"
        || essence.starts_with("application/") && essence.ends_with("+json")
    {
        return Ok(());
    }
    let found = if essence.is_empty() { "none" } else { &essence };
    Err(Failure::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "unsupported_media_type",
        format!("expected the header Content-Type: application/json, found {found}"),
    ))
}

/// Refuses a body with a content coding: RFC 9110, 8.4 and 15.5.16.
fn check_content_encoding(headers: &HeaderMap) -> Result<(), Failure> {
    let codings = headers.get_all(CONTENT_ENCODING).iter();
    let codings =
        codings.map(|value| String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase());
    let found: Vec<String> = codings
        .flat_map(|codings| {
            codings.split(',').map(|coding| coding.trim().to_owned()).collect::<Vec<_>>()
        })
        // Empty names and `identity` stand for no coding.
        .filter(|coding| !coding.is_empty() && coding != IDENTITY)
        .collect();
    if found.is_empty() {
        return Ok(());
    }
    Err(Failure::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "unsupported_content_encoding",
        format!(
            "expected a body as it is, found the header Content-Encoding: {}; send it unpacked, \
             without that header",
            found.join(", ")
        ),
    )
    .with_header(ACCEPT_ENCODING, HeaderValue::from_static(IDENTITY)))
}

async fn collect(mut body: Body, limits: &Limits) -> Result<Vec<u8>, Failure> {
    // Memory grows with the bytes that arrive, not with the length that is announced.
    let mut bytes = Vec::new();
    let mut length = 0;
    let mut is_too_large = body.size_hint().lower() > limits.max_body as u64;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| {
            Failure::new(
                StatusCode::BAD_REQUEST,
                "incomplete_body",
                "expected the whole body, found that it breaks off or is wrongly framed",
            )
        })?;
        let Ok(data) = frame.into_data() else { continue };
        length += data.len();
        is_too_large |= length > limits.max_body;
        if is_too_large {
            bytes = Vec::new();
            if length > DISCARDED_BYTES {
                break;
            }
        } else {
            bytes.extend_from_slice(&data);
        }
    }
    if is_too_large { Err(too_large(limits)) } else { Ok(bytes) }
}

fn too_large(limits: &Limits) -> Failure {
    let most = limits.max_body;
    Failure::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "body_too_large",
        format!("expected a body of at most {most} bytes, found more; send several requests"),
    )
    .with_header(CONNECTION, HeaderValue::from_static("close"))
}
