//! Any bytes as a request's body: scores, or a refusal in the shape that every refusal has.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use undertone_cli::fuzzing::{Server, server};

static SERVER: LazyLock<Server> = LazyLock::new(|| {
    server(&["--max-body=3000", "--max-batch=20", "--max-text=1000"]).expect("a server")
});

/// Which of them is the input's first byte.
const PATHS: [&str; 4] =
    ["/predict", "/predict?explain=true", "/classify", "/predict?explain=perhaps"];

fuzz_target!(|bytes: &[u8]| {
    let Some((first, body)) = bytes.split_first() else { return };
    let path = PATHS[usize::from(*first) % PATHS.len()];
    let (status, answer) = SERVER.post(path, "application/json", body).expect("an answer");
    let answer: Value = serde_json::from_slice(&answer).expect("JSON");
    if status != 200 {
        assert!(matches!(status, 400 | 413 | 422), "{status}: {answer}");
        let (code, message) = (&answer["error"]["code"], &answer["error"]["message"]);
        assert!(code.as_str().is_some_and(|code| !code.is_empty()), "{answer}");
        assert!(message.as_str().is_some_and(|message| !message.is_empty()), "{answer}");
        return;
    }
    let asked: Value = serde_json::from_slice(body).expect("what was answered is JSON");
    match (&answer["predictions"], &asked["texts"]) {
        (Value::Array(predictions), Value::Array(texts)) => {
            assert_eq!(predictions.len(), texts.len());
            predictions.iter().for_each(|prediction| check(&prediction["probabilities"]));
        }
        _ if path == "/classify" => check(&answer),
        _ => check(&answer["probabilities"]),
    }
});

fn check(probabilities: &Value) {
    let probabilities = probabilities.as_object().expect("label → probability");
    let sum: f64 = probabilities.values().filter_map(Value::as_f64).sum();
    assert!((sum - 1.0).abs() < 1e-9, "{probabilities:?}");
}
