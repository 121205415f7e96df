//! Error answers.

use axum::Json;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

/// The body of an error answer: `{"error": {"code", "message"}}`.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FailureBody {
    error: FailureDetail,
}

#[derive(Debug, Serialize, ToSchema)]
struct FailureDetail {
    /// For programs; does not change.
    #[schema(value_type = String, example = "text_too_long")]
    code: &'static str,
    /// For people: expected, found, remedy.
    message: String,
}

/// An error answer. The log has its code, never its message, which may quote the text.
#[derive(Debug)]
pub(super) struct Failure {
    status: StatusCode,
    code: &'static str,
    message: String,
    /// A header of the answer. Boxed, as most errors have none, and the results of all handlers
    /// would have its size.
    header: Option<Box<(HeaderName, HeaderValue)>>,
}

/// The code of a failure, attached to the response for the log.
#[derive(Debug, Clone, Copy)]
pub(super) struct FailureCode(pub(super) &'static str);

impl Failure {
    pub(super) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), header: None }
    }

    pub(super) fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.header = Some(Box::new((name, value)));
        self
    }

    /// The whole answer as bytes, for connections outside the HTTP library.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let body = serde_json::to_string(&self.body()).unwrap_or_default();
        format!(
            "HTTP/1.1 {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
             connection: close\r\n\r\n{body}",
            self.status,
            body.len()
        )
        .into_bytes()
    }

    fn body(&self) -> FailureBody {
        FailureBody { error: FailureDetail { code: self.code, message: self.message.clone() } }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.body())).into_response();
        if let Some(header) = self.header {
            let (name, value) = *header;
            response.headers_mut().insert(name, value);
        }
        response.extensions_mut().insert(FailureCode(self.code));
        response
    }
}
