//! `undertone serve` as its clients meet it: a real process, real sockets.
#![cfg(feature = "serve")]

use crate::common;

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::server::{Answer, PATIENCE, Server};
use common::root;
use serde_json::{Value, json};
use tempfile::TempDir;
use undertone::Classifier;

const HEADLINE: &str = "Exchange halts withdrawals as losses mount";
const KEY: &str = "0123456789abcdef";

fn shipped() -> Classifier {
    Classifier::open(&std::fs::read(root().join("model.bin")).unwrap()).unwrap()
}

#[test]
fn a_model_of_several_labels_gives_each_text_its_own() {
    let folder = TempDir::new().unwrap();
    let model = folder.path().join("model.bin");
    let recipe = undertone::train::Recipe::default().data([common::fixture_source("topics.csv")]);
    let trained = undertone::train::run(&recipe, &mut ()).unwrap();
    std::fs::write(&model, trained.to_bytes().unwrap()).unwrap();
    let server = Server::start(&["--model", model.to_str().unwrap()]);
    let texts = ["Norvik Ferries cuts jobs after a wider quarterly loss", "Bank opens a centre"];
    let found = server.predict(&json!({ "texts": texts }));
    let labels = |found: &Value, text: usize| found["predictions"][text]["labels"].clone();
    assert_eq!(labels(&found, 0), json!(["earnings", "jobs"]));
    assert_eq!(labels(&found, 1), json!([]));
    assert_eq!(found["predictions"][0]["probabilities"].as_object().unwrap().len(), 4);
    let strict =
        server.post("/predict?min_confidence=1", json!({ "texts": texts }).to_string().as_bytes());
    assert_eq!(labels(&strict.json(), 0), json!([]));
    let why =
        server.post("/predict?explain=true", json!({ "text": texts[0] }).to_string().as_bytes());
    let why = why.json();
    assert_eq!(why["labels"], json!(["earnings", "jobs"]));
    let logit = why["explanation"]["logits"]["jobs"].as_f64().unwrap();
    let probability = why["probabilities"]["jobs"].as_f64().unwrap();
    assert!((1.0 / (1.0 + (-logit).exp()) - probability).abs() < 1e-12);
    let described = server.get("/openapi.json").json();
    let prediction = &described["components"]["schemas"]["Prediction"];
    assert!(prediction["properties"]["labels"].is_object(), "{prediction}");
    // A model of one label says nothing of it.
    let own = Server::start(&[]).predict(&json!({ "text": HEADLINE }));
    assert!(own.get("labels").is_none(), "{own}");
}

#[test]
fn predicts_what_the_library_predicts() {
    let server = Server::start(&[]);
    let classifier = shipped();
    let texts = [HEADLINE, "Bitcoin rallies after upbeat inflation report", "", "日本 \u{0} 🚀"];
    let expected = |text: &str| {
        let answer = classifier.answer(classifier.predict(text));
        let json = json!({
            "prediction": answer.label,
            "probabilities": answer.probabilities,
            "known": answer.known,
            "foreign": answer.foreign,
        });
        // Read back, as the server's answers are: the last bit may differ.
        serde_json::from_str::<Value>(&json.to_string()).unwrap()
    };
    for text in texts {
        assert_eq!(server.predict(&json!({ "text": text })), expected(text));
    }
    let all: Vec<Value> = texts.into_iter().map(expected).collect();
    assert_eq!(server.predict(&json!({ "texts": texts })), json!({ "predictions": all }));
    assert_eq!(server.predict(&json!({ "texts": [] })), json!({ "predictions": [] }));

    let title = json!({ "title": HEADLINE }).to_string();
    let answer = server.post("/classify", title.as_bytes());
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json(), expected(HEADLINE)["probabilities"]);
    let labels: Vec<String> = answer.json().as_object().unwrap().keys().cloned().collect();
    assert_eq!(labels, classifier.labels());
}

#[test]
fn explains_where_asked() {
    let server = Server::start(&["--max-text=100"]);
    let body = json!({ "text": HEADLINE }).to_string();
    let answer = server.post("/predict?explain=true", body.as_bytes()).json();
    let explanation = &answer["explanation"];
    for (label, logit) in explanation["logits"].as_object().unwrap() {
        let contributions = explanation["contributions"].as_array().unwrap();
        assert!(!contributions.is_empty());
        let sum: f64 =
            contributions.iter().map(|one| one["weights"][label].as_f64().unwrap()).sum();
        let sum = sum + explanation["bias"][label].as_f64().unwrap();
        assert!((sum - logit.as_f64().unwrap()).abs() < 1e-9, "{label}: {sum} and {logit}");
        for one in contributions {
            let (start, end) = (one["start"].as_u64().unwrap(), one["end"].as_u64().unwrap());
            assert_eq!(one["text"], HEADLINE[start as usize..end as usize]);
        }
    }
    let plain = server.post("/predict?explain=false", body.as_bytes()).json();
    assert_eq!(plain["explanation"], Value::Null);
    server.post("/predict?explain=perhaps", body.as_bytes()).refused(400, "invalid_query");
    server.post("/predict?explian=true", body.as_bytes()).refused(400, "invalid_query");
    // An explanation is much larger than its text: all texts of a request share one limit.
    let several = json!({ "texts": [HEADLINE, HEADLINE, HEADLINE] }).to_string();
    server.post("/predict?explain=true", several.as_bytes()).refused(413, "text_too_long");
    assert_eq!(server.post("/predict", several.as_bytes()).status, 200);
}

#[test]
fn says_nothing_where_it_is_not_sure_enough() {
    let server = Server::start(&[]);
    let body = json!({ "texts": [HEADLINE, "Der Vorstand tagt im Mai"] }).to_string();
    let ask = |path: &str| server.post(path, body.as_bytes()).json()["predictions"].clone();
    let all = ask("/predict");
    assert_eq!([&all[0]["foreign"], &all[1]["foreign"]], [false, true]);
    assert!(all[0]["known"].as_f64().unwrap() > all[1]["known"].as_f64().unwrap());
    for path in ["/predict?min_confidence=1", "/predict?min_confidence=1&explain=true"] {
        let unsure = ask(path);
        assert_eq!(unsure[0]["prediction"], Value::Null, "{path}");
        assert_eq!(unsure[0]["probabilities"], all[0]["probabilities"], "{path}");
    }
    assert_eq!(ask("/predict?min_confidence=0"), all);
    let label = all[0]["prediction"].as_str().unwrap();
    let top = ask("/predict?top_k=1");
    assert_eq!(top[0]["probabilities"], json!({ label: all[0]["probabilities"][label] }));
    for query in ["min_confidence=1.5", "min_confidence=NaN", "top_k=0", "top_k=many"] {
        let path = format!("/predict?{query}");
        server.post(&path, body.as_bytes()).refused(400, "invalid_query");
    }
}

#[test]
fn names_coins_and_companies_where_asked() {
    let folder = TempDir::new().unwrap();
    let own = folder.path().join("own.csv");
    std::fs::write(&own, "name,ticker\nQuorvex Labs,QVXL\n").unwrap();
    let server = Server::start(&["--names", own.to_str().unwrap()]);
    let ask = |path: &str, body: Value| server.post(path, body.to_string().as_bytes()).json();
    let texts = ["Tesla buys BTC, bitcoin and QVXL", HEADLINE, "日本 $NEAR"];
    let answer = ask("/predict?names=true", json!({ "texts": texts }));
    let names = |place: usize| answer["predictions"][place]["names"].clone();
    assert_eq!(names(0), json!(["Tesla", "Bitcoin", "Quorvex Labs"]));
    assert_eq!(names(1), json!([]));
    assert_eq!(names(2), json!(["Near Protocol"]));
    let both = ask("/predict?names=true&explain=true", json!({ "text": texts[0] }));
    assert_eq!(both["names"], names(0));
    assert!(both["explanation"].is_object());
    let plain = ask("/predict", json!({ "text": texts[0] }));
    assert!(plain.get("names").is_none(), "{plain}");
    server.post("/predict?names=2", b"{}").refused(400, "invalid_query");
    let document = server.get("/openapi.json").json();
    let parameters = document["paths"]["/predict"]["post"]["parameters"].as_array().unwrap();
    assert!(parameters.iter().any(|one| one["name"] == "names"), "{parameters:?}");

    // What the list is may change, and what is none is refused.
    std::fs::write(&own, "Quorvex Corp,QVXL\n").unwrap();
    server.signal("HUP");
    server.wait_for_log("\"reloaded\"");
    let ask_again = || ask("/predict?names=true", json!({ "text": "QVXL falls" }))["names"].clone();
    assert_eq!(ask_again(), json!(["Quorvex Corp"]));
    std::fs::write(&own, ",QVXL\n").unwrap();
    server.signal("HUP");
    server.wait_for_log("expected a name");
    assert_eq!(ask_again(), json!(["Quorvex Corp"]));
}

#[test]
fn refuses_with_reasons() {
    let server = Server::start(&["--max-body=2000", "--max-batch=3", "--max-text=50"]);
    let refused = |body: &[u8], status, code, part: &str| {
        let message = server.post("/predict", body).refused(status, code);
        assert!(message.contains(part), "{message}");
    };
    refused(b"", 400, "invalid_json", "line 1");
    refused(b"{\"text\": ", 400, "invalid_json", "column 9");
    refused(b"{'text': 1}", 400, "invalid_json", "column 2");
    refused(b"{\"text\": \"a\"} {}", 400, "invalid_json", "trailing");
    refused(&[b"[".repeat(1900), b"".to_vec()].concat(), 422, "invalid_request", "");
    refused(b" [\"a\", null]", 422, "invalid_request", "found a list");
    refused(b"{\"text\": \"caf\xe9\"}", 400, "invalid_utf8", "byte 13");
    refused(b"{\"text\": \"\\ud800\"}", 400, "invalid_json", "");
    refused(b"{}", 422, "invalid_request", "text");
    refused(b"{\"text\": 1}", 422, "invalid_request", "expected a string");
    refused(b"{\"text\": \"a\", \"texts\": []}", 422, "invalid_request", "either");
    refused(b"{\"txt\": \"a\"}", 422, "invalid_request", "unknown field");
    refused(b"{\"texts\": \"a\"}", 422, "invalid_request", "sequence");
    refused(b"{\"texts\": [\"a\", null]}", 422, "invalid_request", "null");
    let long = json!({ "text": "ü".repeat(51) }).to_string();
    refused(long.as_bytes(), 413, "text_too_long", "at most 50 characters, found 51");
    let long = json!({ "text": "ü".repeat(50) });
    server.predict(&long);
    let many = json!({ "texts": ["a", "b", "c", "d"] }).to_string();
    refused(many.as_bytes(), 413, "batch_too_large", "at most 3 texts, found 4");
    let large = vec![b' '; 2001];
    refused(&large, 413, "body_too_large", "at most 2000 bytes");
    // Larger than what the sockets hold: the answer still arrives.
    refused(&vec![b' '; 4 << 20], 413, "body_too_large", "at most 2000 bytes");
    server.post("/classify", b"{\"text\": \"a\"}").refused(422, "invalid_request");

    let body = b"{\"text\": \"a\"}";
    for content_type in ["text/plain", "application/x-www-form-urlencoded", "json", ""] {
        let headers = [("content-type", content_type)];
        let answer = server.send("POST", "/predict", &headers, body);
        answer.refused(415, "unsupported_media_type");
    }
    server.send("POST", "/predict", &[], body).refused(415, "unsupported_media_type");
    for content_type in ["application/json; charset=utf-8", "Application/JSON"] {
        let headers = [("content-type", content_type)];
        assert_eq!(server.send("POST", "/predict", &headers, body).status, 200);
    }

    let answer = server.get("/predict");
    answer.refused(405, "method_not_allowed");
    assert_eq!(answer.header("allow"), Some("POST"));
    let answer = server.post("/health", b"");
    answer.refused(405, "method_not_allowed");
    assert_eq!(answer.header("allow"), Some("GET,HEAD"));
    server.send("DELETE", "/classify", &[], b"").refused(405, "method_not_allowed");
    server.get("/predict/").refused(404, "not_found");
    server.get("/../../etc/passwd").refused(404, "not_found");
    server.post("/nothing", b"{}").refused(404, "not_found");

    // A body that is announced and does not come, in whole.
    let stream = server.raw(
        b"POST /predict HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\n\
          content-length: 100\r\n\r\n{\"te",
    );
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    Answer::read(stream).refused(400, "incomplete_body");
    // No HTTP at all, and heads that are too large: refused, and the server lives.
    let many_headers = format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(100));
    let long_header = format!("GET / HTTP/1.1\r\na: {}\r\n\r\n", "b".repeat(100_000));
    for (bytes, status) in
        [("\u{16}\u{3}\u{1} hello\r\n\r\n", 400), (&many_headers, 431), (&long_header, 431)]
    {
        let mut stream = server.connect();
        // May fail in the middle: the answer comes as soon as it is clear.
        let _ = stream.write_all(bytes.as_bytes());
        assert_eq!(Answer::read(stream).status, status);
    }
    server.predict(&json!({ "text": "still there" }));
}

#[test]
fn slow_clients_are_told_and_dropped() {
    // One in a hurry for heads and one for bodies, so that a test that is held up meets no other
    // limit.
    let server = Server::start(&["--header-timeout=0.3"]);
    let patient = Server::start(&["--header-timeout=600", "--body-timeout=0.3"]);
    let begun = Instant::now();
    let stream = server.raw(b"POST /predict HTTP/1.1\r\nhost: te");
    Answer::read(stream).refused(408, "header_timeout");
    let stream = patient.raw(
        b"POST /predict HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\n\
          content-length: 15\r\n\r\n{\"te",
    );
    Answer::read(stream).refused(408, "body_timeout");
    // Whoever announces too much and waits is told the true reason.
    let stream = patient.raw(
        b"POST /predict HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\n\
          expect: 100-continue\r\ncontent-length: 99999999\r\n\r\n",
    );
    let answer = BufReader::new(stream).lines().map(Result::unwrap).collect::<Vec<_>>();
    assert!(answer.iter().any(|line| line.contains("body_too_large")), "{answer:?}");
    // A byte now and then does not help.
    let mut stream = server.raw(b"GET /health HTTP/1.1\r\n");
    let mut clone = stream.try_clone().unwrap();
    std::thread::spawn(move || {
        while clone.write_all(b"a").is_ok() {
            std::thread::sleep(Duration::from_millis(50));
        }
    });
    // Ends with an end or with a reset, and either will do, but not with our own patience.
    if let Err(error) = stream.read_to_end(&mut Vec::new()) {
        let kind = error.kind();
        assert!(
            !matches!(kind, ErrorKind::TimedOut | ErrorKind::WouldBlock),
            "waited {PATIENCE:?}"
        );
    }
    // Nobody who says nothing holds a connection.
    let mut idle = Vec::new();
    server.connect().read_to_end(&mut idle).unwrap();
    assert_eq!(idle, b"");
    // Nor after a request. One that comes too late, because this test was held up, is sent again.
    let answer = loop {
        let mut answer = String::new();
        let mut stream = server.raw(b"GET /health HTTP/1.1\r\nhost: test\r\n\r\n");
        stream.read_to_string(&mut answer).unwrap();
        if !answer.starts_with("HTTP/1.1 408") && !answer.is_empty() {
            break answer;
        }
        assert!(begun.elapsed() < PATIENCE, "waited {PATIENCE:?} for a request to come in time");
    };
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with('}'), "{answer}");
    assert!(begun.elapsed() >= Duration::from_millis(1500));
}

#[test]
fn who_has_said_all_is_answered() {
    let server = Server::start(&[]);
    let request = |body: &str, length: usize| {
        let stream = server.raw(
            format!(
                "POST /predict HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\n\
                 content-length: {length}\r\n\r\n{body}"
            )
            .as_bytes(),
        );
        stream.shutdown(Shutdown::Write).unwrap();
        Answer::read(stream)
    };
    let body = json!({"texts": vec![HEADLINE; 100]}).to_string();
    // The end comes sometimes with the request, sometimes while it is being answered.
    for _ in 0..100 {
        assert_eq!(request(&body, body.len()).status, 200);
    }
    assert_eq!(request(&body[..9], body.len()).status, 400);
}

#[test]
fn an_answer_that_nobody_reads_is_given_up() {
    let server = Server::start(&[
        "--write-timeout=0.3",
        "--header-timeout=600",
        "--max-connections=1",
        "--max-text=1000000",
    ]);
    // A long answer, larger than what the sockets hold.
    let body = json!({ "text": "losses mount ".repeat(50_000) }).to_string();
    let head = format!(
        "POST /predict?explain=true HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n",
        body.len()
    );
    let stream = server.raw(&[head.as_bytes(), body.as_bytes()].concat());
    let begun = Instant::now();
    // The only connection becomes free again.
    while server.get("/health").status != 200 {
        assert!(
            begun.elapsed() < PATIENCE,
            "waited {PATIENCE:?} for the only connection to become free:\n{}",
            server.log()
        );
        std::thread::sleep(Duration::from_millis(50));
    }
    drop(stream);
}

#[test]
fn connections_over_the_limit_are_refused() {
    let server = Server::start(&["--max-connections=2", "--header-timeout=600"]);
    let mut held: Vec<TcpStream> = (0..2)
        .map(|_| {
            let mut stream = server.raw(b"GET /health HTTP/1.1\r\nhost: test\r\n\r\n");
            let mut first = [0; 12];
            stream.read_exact(&mut first).unwrap();
            assert_eq!(&first, b"HTTP/1.1 200");
            stream
        })
        .collect();
    let message = server.get("/health").refused(503, "too_many_connections");
    assert!(message.contains("at most 2"), "{message}");
    held.pop();
    let begun = Instant::now();
    loop {
        let answer = server.get("/metrics");
        if answer.status == 200 {
            let refused = "undertone_refused_connections_total ";
            let line = answer.text().lines().find(|line| line.starts_with(refused)).unwrap();
            assert_ne!(line, "undertone_refused_connections_total 0");
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "waited {PATIENCE:?} for a connection to become free");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn keys_and_rates() {
    let folder = TempDir::new().unwrap();
    let keys = folder.path().join("keys.txt");
    std::fs::write(&keys, format!("one: {KEY}\ntwo: fedcba9876543210\n")).unwrap();
    let option = format!("--api-keys={}", keys.display());
    let server = Server::start(&[&option, "--rate=0.01", "--burst=2"]);
    let body = json!({ "text": HEADLINE }).to_string();
    let with = |name: &str, key: &str| {
        let headers = [("content-type", "application/json"), (name, key)];
        server.send("POST", "/predict", &headers, body.as_bytes())
    };
    let answer = server.post("/predict", body.as_bytes());
    answer.refused(401, "unauthorized");
    assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
    with("x-api-key", "0123456789abcdee").refused(401, "unauthorized");
    with("authorization", KEY).refused(401, "unauthorized");
    server.get("/metrics").refused(401, "unauthorized");
    assert_eq!(server.get("/health").status, 200);

    assert_eq!(with("x-api-key", KEY).status, 200);
    assert_eq!(with("authorization", &format!("Bearer {KEY}")).status, 200);
    let answer = with("x-api-key", KEY);
    answer.refused(429, "rate_limited");
    let wait: u64 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=100).contains(&wait), "{wait}");
    assert_eq!(with("x-api-key", "fedcba9876543210").status, 200);
    // A scrape of the metrics is no request for scores.
    for _ in 0..5 {
        assert_eq!(server.send("GET", "/metrics", &[("x-api-key", KEY)], b"").status, 200);
    }
    assert!(!server.log().contains(KEY), "a key is in the log");

    let unlimited = Server::start(&["--rate=0.01", "--burst=1"]);
    unlimited.predict(&json!({ "text": "a" }));
    unlimited.post("/predict", body.as_bytes()).refused(429, "rate_limited");
}

#[test]
fn finishes_what_it_began() {
    // How long a body may take is no part of this.
    let server = Server::start(&["--body-timeout=600"]);
    let body = json!({ "text": HEADLINE }).to_string();
    let mut begun = server.begin(body.len());
    let idle = server.connect();
    // Once this is answered, the server has seen the one before it.
    assert_eq!(server.get("/health").status, 200);
    server.signal("TERM");
    server.wait_for_log("stopping");
    assert!(TcpStream::connect(&server.address).is_err(), "still accepting");
    begun.write_all(body.as_bytes()).unwrap();
    let answer = Answer::read(begun);
    assert_eq!(answer.status, 200);
    let (status, log) = server.ended();
    assert!(status.success(), "{status}");
    assert!(log.contains("\"stopped\""), "{log}");
    drop(idle);
}

#[test]
fn stops_in_spite_of_who_never_ends() {
    let server = Server::start(&["--shutdown-timeout=0.2", "--body-timeout=600"]);
    let _stream = server.begin(100);
    server.signal("INT");
    let (status, log) = server.ended();
    assert!(status.success(), "{status}");
    assert!(log.contains("took too long"), "{log}");
}

#[test]
fn reloads_a_good_model_and_refuses_a_bad_one() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("model.bin");
    let shipped = std::fs::read(root().join("model.bin")).unwrap();
    std::fs::write(&path, &shipped).unwrap();
    let option = format!("--model={}", path.display());
    let server = Server::start(&[&option]);
    let labels = |server: &Server| server.get("/health").json()["model"]["labels"].clone();
    assert_eq!(labels(&server), json!(["negative", "neutral", "positive"]));

    std::fs::write(&path, &shipped[..1000]).unwrap();
    server.signal("HUP");
    server.wait_for_log("not reloaded");
    assert_eq!(labels(&server), json!(["negative", "neutral", "positive"]));
    server.predict(&json!({ "text": HEADLINE }));

    train_two_labels(&path);
    server.signal("HUP");
    server.wait_for_log("\"reloaded\"");
    let two = labels(&server);
    assert_eq!(two.as_array().unwrap().len(), 2, "{two}");
    server.predict(&json!({ "text": HEADLINE }));
    let metrics = server.get("/metrics").text().to_owned();
    assert!(metrics.contains("undertone_reloads_total{outcome=\"failed\"} 1"), "{metrics}");
    assert!(metrics.contains("undertone_reloads_total{outcome=\"succeeded\"} 1"), "{metrics}");
}

fn train_two_labels(path: &Path) {
    let output = Command::new(env!("CARGO_BIN_EXE_undertone"))
        .args(["train", "--folds=0", "--data"])
        .arg(common::fixture("two.csv"))
        .arg("--out")
        .arg(path)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn logs_and_metrics_hold_no_text() {
    let server = Server::start(&[]);
    server.predict(&json!({ "texts": ["a sekrit headline", "another sekrit"] }));
    server.post("/predict", b"{\"sekrit\": 1}").refused(422, "invalid_request");
    server.post("/predict", b"{\"text\": {\"sekrit\": 1}}").refused(422, "invalid_request");
    server.get("/sekrit?text=sekrit").refused(404, "not_found");
    server.send("SEKRIT", "/predict?sekrit", &[], b"").refused(405, "method_not_allowed");
    let metrics = server.get("/metrics");
    let content_type = metrics.header("content-type").unwrap();
    assert!(content_type.starts_with("application/openmetrics-text"), "{content_type}");
    let text = metrics.text().to_owned();
    assert!(
        text.contains("undertone_requests_total{route=\"/predict\",status=\"200\"} 1"),
        "{text}"
    );
    assert!(
        text.contains("undertone_requests_total{route=\"/predict\",status=\"422\"} 2"),
        "{text}"
    );
    assert!(text.contains("undertone_request_duration_seconds_bucket"), "{text}");
    let scored: u64 = text
        .lines()
        .filter(|line| line.starts_with("undertone_texts_total"))
        .map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap())
        .sum();
    assert_eq!(scored, 2);
    assert!(text.ends_with("# EOF\n"), "{text}");
    assert!(!text.to_lowercase().contains("sekrit"), "{text}");

    server.signal("TERM");
    let (_, log) = server.ended();
    assert!(!log.to_lowercase().contains("sekrit"), "{log}");
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let refused = lines.iter().find(|line| line["status"] == 422).expect(&log);
    assert_eq!(refused["route"], "/predict");
    assert_eq!(refused["method"], "POST");
    assert_eq!(refused["error"], "invalid_request");
    assert_eq!(refused["client"], "127.0.0.1");
    assert!(refused["milliseconds"].as_f64().unwrap() > 0.0);
}

#[test]
fn describes_itself() {
    let server = Server::start(&[]);
    let health = server.get("/health");
    assert_eq!(health.status, 200);
    let health = health.json();
    assert_eq!(health["status"], "ok");
    assert_eq!(health["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(health["model"]["sha256"].as_str().unwrap().len(), 64);
    assert_eq!(health["model"]["features"], shipped().features());

    let document = server.get("/openapi.json");
    assert_eq!(document.status, 200);
    let document = document.json();
    assert!(document["openapi"].as_str().unwrap().starts_with("3."));
    let paths: Vec<&String> = document["paths"].as_object().unwrap().keys().collect();
    assert_eq!(paths, ["/classify", "/health", "/metrics", "/predict"]);
    // Every reference leads somewhere.
    let text = document.to_string();
    for (at, _) in text.match_indices("\"$ref\":\"#") {
        let pointer = text[at + "\"$ref\":\"#".len()..].split('"').next().unwrap();
        assert!(document.pointer(pointer).is_some(), "{pointer}");
    }
    // The example that the document gives is one that the server takes.
    let example = &document["components"]["schemas"]["PredictRequest"]["example"];
    let answer = server.predict(example);
    let described = &document["components"]["schemas"]["Prediction"]["properties"];
    for name in answer.as_object().unwrap().keys() {
        assert!(described.get(name).is_some(), "{name} is not described: {described}");
    }

    for (path, content_type) in [
        ("/docs", "text/html; charset=utf-8"),
        ("/docs.js", "text/javascript; charset=utf-8"),
        ("/docs.css", "text/css; charset=utf-8"),
    ] {
        let answer = server.get(path);
        assert_eq!((answer.status, answer.header("content-type")), (200, Some(content_type)));
        assert!(!answer.text().contains("https://"), "{path} needs something from elsewhere");
        assert!(!answer.text().contains("innerHTML"));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'"), "{policy}");
    }
}

#[test]
fn answers_browsers_of_chosen_origins() {
    let chosen = Server::start(&["--cors=https://example.org", "--cors=http://localhost:3000"]);
    let preflight = |server: &Server, origin: &str| {
        let headers = [
            ("origin", origin),
            ("access-control-request-method", "POST"),
            ("access-control-request-headers", "content-type"),
        ];
        let answer = server.send("OPTIONS", "/predict", &headers, b"");
        answer.header("access-control-allow-origin").map(str::to_owned)
    };
    let allowed = preflight(&chosen, "http://localhost:3000");
    assert_eq!(allowed.as_deref(), Some("http://localhost:3000"));
    assert_eq!(preflight(&chosen, "https://elsewhere.example"), None);
    // Errors can be read, too.
    let headers = [("origin", "https://example.org"), ("content-type", "application/json")];
    let answer = chosen.send("POST", "/predict", &headers, b"{");
    answer.refused(400, "invalid_json");
    assert_eq!(answer.header("access-control-allow-origin"), Some("https://example.org"));
    assert_eq!(preflight(&Server::start(&["--cors=*"]), "https://a.example").as_deref(), Some("*"));
    assert_eq!(preflight(&Server::start(&[]), "https://a.example"), None);
}

#[test]
fn serves_a_page_from_a_folder() {
    let folder = TempDir::new().unwrap();
    let page = folder.path().join("page");
    std::fs::create_dir_all(page.join("pkg")).unwrap();
    std::fs::write(page.join("index.html"), "<!doctype html>").unwrap();
    std::fs::write(page.join("pkg/undertone_bg.wasm"), b"\0asm").unwrap();
    std::fs::write(page.join(".hidden"), "hidden").unwrap();
    std::fs::write(folder.path().join("outside.txt"), "outside").unwrap();
    let option = format!("--page={}", page.display());
    let server = Server::start(&[&option]);
    let index = server.get("/");
    assert_eq!((index.status, index.text()), (200, "<!doctype html>"));
    assert_eq!(index.header("content-type"), Some("text/html; charset=utf-8"));
    let policy = index.header("content-security-policy").unwrap();
    // The page itself says the same, but for what only a header can say.
    let (own, _) = policy.split_once("; frame-ancestors 'none'").unwrap();
    assert!(
        include_str!("../../../../www/index.html").contains(&format!("content=\"{own}\"")),
        "{policy}"
    );
    let etag = index.header("etag").unwrap();
    let again = server.send("GET", "/", &[("if-none-match", etag)], b"");
    assert_eq!(again.header("content-security-policy"), Some(policy));
    assert_eq!((again.status, again.text()), (304, ""));
    let wasm = server.get("/pkg/undertone_bg.wasm");
    assert_eq!((wasm.status, &wasm.body[..]), (200, &b"\0asm"[..]));
    assert_eq!(wasm.header("content-type"), Some("application/wasm"));
    for path in ["/.hidden", "/../outside.txt", "/%2e%2e/outside.txt", "/pkg", "/pkg/", "//"] {
        server.get(path).refused(404, "not_found");
    }
    server.post("/index.html", b"").refused(404, "not_found");
}

#[test]
fn the_page_is_compressed_for_whoever_reads_that() {
    let folder = TempDir::new().unwrap();
    let script = "scored = score(text);\n".repeat(100);
    for (name, content) in [("index.html", "<p>"), ("app.js", &script)] {
        std::fs::write(folder.path().join(name), content).unwrap();
    }
    let server = Server::start(&[&format!("--page={}", folder.path().display())]);
    let get = |path, accepted, known| {
        let headers = [("accept-encoding", accepted), ("if-none-match", known)];
        server.send("GET", path, &headers, b"")
    };
    let plain = server.get("/app.js");
    assert_eq!((plain.text(), plain.header("content-encoding")), (&script[..], None));
    let packed = get("/app.js", "br;q=1, GZIP ; q=0.5", "");
    assert_eq!(packed.header("content-encoding"), Some("gzip"));
    assert_eq!(packed.header("content-type"), plain.header("content-type"));
    assert!(packed.body.len() < script.len() / 10);
    let mut unpacked = String::new();
    flate2::read::GzDecoder::new(&packed.body[..]).read_to_string(&mut unpacked).unwrap();
    assert_eq!(unpacked, script);
    // A cache must not take the one for the other.
    for answer in [&plain, &packed] {
        assert_eq!(answer.header("vary"), Some("accept-encoding"));
    }
    let (etag, other) = (packed.header("etag").unwrap(), plain.header("etag").unwrap());
    assert_eq!(get("/app.js", "gzip", etag).status, 304);
    assert_eq!(get("/app.js", "gzip", other).status, 200);
    for (path, accepted) in
        [("/app.js", "gzip;q=0"), ("/app.js", "br, gzipped"), ("/app.js", "gzip;q"), ("/", "gzip")]
    {
        assert_eq!(get(path, accepted, "").header("content-encoding"), None, "{path} {accepted}");
    }
}

#[test]
fn refuses_wrong_options() {
    let folder = TempDir::new().unwrap();
    let damaged = folder.path().join("model.bin");
    std::fs::write(&damaged, b"undrtone").unwrap();
    let taken = Server::start(&[]);
    let damaged = format!("--model={}", damaged.display());
    let empty = format!("--page={}", folder.path().display());
    for (options, part) in [
        (&[damaged.as_str()][..], "model.bin"),
        (&["--listen", &taken.address], "could not listen"),
        (&["--page=no-such-folder"], "no-such-folder"),
        (&[&empty], "index.html"),
        (&["--api-keys=no-such-file"], "no-such-file"),
        (&["--rate=0"], "requests a second"),
        (&["--cors=example.org"], "origin"),
        (&["--cors=https://example.org/path"], "origin"),
        (&["--header-timeout=-1"], "seconds"),
        (&["--max-connections=0"], "max-connections"),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_undertone"))
            .arg("serve")
            .args(options)
            .output()
            .unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{options:?}: {message}");
        assert!(message.starts_with("error: ") && message.contains(part), "{options:?}: {message}");
    }
}

#[test]
fn the_health_verb_tells_well_from_ill() {
    let health = |address: &str| {
        Command::new(env!("CARGO_BIN_EXE_undertone"))
            .args(["health", address, "--timeout=120"])
            .env_remove("UNDERTONE_LISTEN")
            .output()
            .unwrap()
    };
    let server = Server::start(&[]);
    let output = health(&format!("http://{}", server.address));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["status"], "ok");
    let listening = Command::new(env!("CARGO_BIN_EXE_undertone"))
        .args(["health", "--timeout=120"])
        .env("UNDERTONE_LISTEN", &server.address)
        .status();
    assert!(listening.unwrap().success());
    let address = format!("http://{}", server.address);
    drop(server);
    assert_eq!(health(&address).status.code(), Some(2));
    assert_eq!(health("https://127.0.0.1:1").status.code(), Some(2));
}

/// The cases of tests/cases/files.toml that are requests.
#[test]
fn a_packed_body_is_refused_by_the_name_of_its_packing() {
    let server = Server::start(&[]);
    let cases = std::fs::read_to_string(root().join("tests/cases/files.toml")).unwrap();
    let cases: toml::Table = toml::from_str(&cases).unwrap();
    let mut asked = 0;
    for (name, case) in &cases {
        let Some(path) = case.get("path").and_then(toml::Value::as_str) else { continue };
        asked += 1;
        let file = root().join("tests/cases").join(case["file"].as_str().unwrap());
        let mut body = std::fs::read(file).unwrap();
        if case.get("packed").is_some() {
            let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            packer.write_all(&body).unwrap();
            body = packer.finish().unwrap();
        }
        let headers = case["headers"].as_table().unwrap().iter();
        let headers: Vec<(&str, &str)> =
            headers.map(|(name, value)| (&name[..], value.as_str().unwrap())).collect();
        let answer = server.send("POST", path, &headers, &body);
        assert_eq!(Some(i64::from(answer.status)), case["status"].as_integer(), "{name}");
        for word in case["names"].as_array().unwrap() {
            assert!(answer.text().contains(word.as_str().unwrap()), "{name}: {}", answer.text());
        }
        assert_eq!(answer.header("accept-encoding"), Some("identity"));
    }
    assert_eq!(asked, 2);

    let body = br#"{"text": "Profit rises"}"#;
    let json = ("content-type", "application/json");
    for coding in ["deflate", "br", "zstd", "compress", "identity, GZIP", "x-gzip"] {
        let answer = server.send("POST", "/predict", &[json, ("content-encoding", coding)], body);
        let message = answer.refused(415, "unsupported_content_encoding");
        let named = coding.rsplit(' ').next().unwrap().to_lowercase();
        assert!(message.contains(&named), "{message}");
    }
    for coding in ["identity", "Identity", ""] {
        let answer = server.send("POST", "/predict", &[json, ("content-encoding", coding)], body);
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
}
