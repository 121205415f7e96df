//! Cases: complete requests, good and bad, each with the answer that it must always get.

use anyhow::{Result, ensure};

use super::client::{Answer, Client};

/// The one kind of request that has a route to itself.
pub(super) const COUNTED: &str = "POST /classify";

pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) request: Vec<u8>,
    pub(super) status: u16,
    /// The body of the first answer.
    body: Vec<u8>,
}

impl Case {
    pub(super) fn check(&self, answer: &Answer<'_>) -> Result<()> {
        ensure!(
            answer.status == self.status && answer.body == self.body,
            "{}: expected {} and always the same answer, found {}: {}",
            self.name,
            self.status,
            answer.status,
            String::from_utf8_lossy(answer.body)
        );
        Ok(())
    }
}

/// The cases in the order in which they are sent, a good one first; each was sent once for its
/// answer.
pub(super) fn all(address: &str) -> Result<Vec<Case>> {
    let json = |path: &str, body: &[u8]| post(path, "application/json", body);
    let headlines = [
        "Exchange halts withdrawals as losses mount",
        "Bitcoin rallies after upbeat inflation report",
        "Central bank leaves rates unchanged for a third time",
        "Retailer's profit falls by a third, shares slide",
        "市场 🚀 Ålesund",
    ];
    let text = |text: &str| json("/predict", format!("{{\"text\": \"{text}\"}}").as_bytes());
    let batch = format!("{{\"texts\": [{}]}}", ["\"Profit rose to EUR 13.1 mn\""; 10].join(","));
    let too_many = format!("{{\"texts\": [{}]}}", ["\"a\""; 1001].join(","));
    let deep = format!("{{\"text\": {}", "[".repeat(20_000));
    let deep_texts = format!("{{\"texts\": [{}", "{\"a\":".repeat(4_000));
    let classify = json("/classify", b"{\"title\": \"Token falls to its lowest price\"}");
    let explain = json(
        "/predict?explain=true",
        b"{\"text\": \"Profit rose to EUR 13.1 mn from EUR 8.7 mn in 2025\"}",
    );
    let good = headlines.map(|headline| ("POST /predict", text(headline), 200));
    let others = [
        (COUNTED, classify, 200),
        ("POST /predict, ten texts", json("/predict", batch.as_bytes()), 200),
        ("POST /predict?explain=true", explain, 200),
        ("GET /health", get("/health"), 200),
        ("GET /openapi.json", get("/openapi.json"), 200),
    ];
    let bad = [
        ("no UTF-8", json("/predict", b"{\"text\": \"caf\xe9\"}"), 400),
        ("deep JSON", json("/predict", deep.as_bytes()), 422),
        ("deep JSON in a list", json("/predict", deep_texts.as_bytes()), 422),
        ("half of a JSON value", json("/predict", b"{\"text\": \"a"), 400),
        ("half of a surrogate pair", json("/predict", b"{\"text\": \"\\ud83d\"}"), 400),
        ("a number for a text", json("/predict", b"{\"text\": 1}"), 422),
        ("a field that is none", json("/predict", b"{\"txt\": \"a\"}"), 422),
        ("a text that is too long", text(&"a ".repeat(5001)), 413),
        ("too many texts", json("/predict", too_many.as_bytes()), 413),
        ("no JSON by its type", post("/predict", "text/plain", b""), 415),
        ("another method", get("/predict"), 405),
        ("another path", get("/admin/../../etc/passwd"), 404),
        ("an option that is none", json("/predict?explain=7", b"{\"text\": \"a\"}"), 400),
    ];
    let mut client = Client::connect_patiently(address)?;
    let mut cases = Vec::new();
    // Two of three requests are good.
    let mut good = good.into_iter().chain(others).cycle();
    for bad in bad {
        for (name, request, status) in good.by_ref().take(2).chain([bad]) {
            client.send(request.iter().copied())?;
            let body = client.receive()?.body.to_vec();
            cases.push(Case { name, request, status, body });
        }
    }
    Ok(cases)
}

pub(super) fn get(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: soak\r\n\r\n").into_bytes()
}

fn post(path: &str, content_type: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let mut request = format!(
        "POST {path} HTTP/1.1\r\nhost: soak\r\ncontent-type: {content_type}\r\n\
         content-length: {length}\r\n\r\n"
    )
    .into_bytes();
    request.extend_from_slice(body);
    request
}
