//! The module as the package's JavaScript uses it. The same tests run in Node and, with
//! `WASM_BINDGEN_USE_BROWSER` set, in headless Chromium: `cargo xtask test` does both. What users
//! of the package see is tested in `tests/package`.
#![cfg(target_arch = "wasm32")]
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "clippy.toml allows them in tests, but knows only #[test]"
)]

use js_sys::{Error, Float64Array, Function, Reflect, Uint8Array, Uint32Array, WebAssembly};
use undertone::wasm::classifier::Classifier;
use undertone::wasm::names;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;

/// What the module embeds.
static MODEL: &[u8] = include_bytes!("../model.bin");

const LABELS: [&str; 3] = ["negative", "neutral", "positive"];

/// A classifier with room for this many bytes, and the way JavaScript reaches its buffers.
struct Used {
    classifier: Classifier,
    address: usize,
}

impl Used {
    fn new(room: usize) -> Self {
        let mut classifier = Classifier::new().expect("the embedded model opens");
        let address = classifier.input(room).expect("room");
        Self { classifier, address }
    }

    fn write(&self, bytes: &[u8]) -> usize {
        Uint8Array::new(&buffer()).set(&Uint8Array::from(bytes), self.address as u32);
        bytes.len()
    }

    /// The probabilities of a text, and the share of it that the model knows.
    fn score(&mut self, text: &str) -> Vec<f64> {
        let bytes = self.write(text.as_bytes());
        let address = self.classifier.score(bytes);
        let classes = LABELS.len();
        let numbers = read(address, classes + 1);
        let (probabilities, known) = (&numbers[..classes], numbers[classes]);
        assert!((0.0..=1.0).contains(&known), "{known}");
        assert!(probabilities.iter().all(|p| (0.0..=1.0).contains(p)), "{probabilities:?}");
        assert!((probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{probabilities:?}");
        numbers
    }
}

fn buffer() -> JsValue {
    wasm_bindgen::memory().unchecked_into::<WebAssembly::Memory>().buffer()
}

fn read(address: usize, numbers: usize) -> Vec<f64> {
    Float64Array::new_with_byte_offset_and_length(&buffer(), address as u32, numbers as u32)
        .to_vec()
}

fn get(object: &JsValue, key: &str) -> JsValue {
    Reflect::get(object, &key.into()).expect("an object")
}

/// A module whose model was written for another version of the code answers, but with nonsense.
#[wasm_bindgen_test]
fn the_shipped_model_tells_good_news_from_bad() {
    let mut used = Used::new(1000);
    let positive = LABELS.iter().position(|label| *label == "positive").unwrap();
    for (good, bad) in [
        ("Profit rises and beats expectations", "Profit falls and misses expectations"),
        ("Bitcoin surges to record high", "Bitcoin crashes as exchange is hacked"),
        ("Company wins large order", "Company warns of heavy losses and layoffs"),
    ] {
        assert!(used.score(good)[positive] > used.score(bad)[positive], "{good}; {bad}");
    }
}

#[wasm_bindgen_test]
fn lines_are_scored_one_by_one() {
    let mut used = Used::new(1000);
    let lines = ["Exchange halts withdrawals as losses mount", "", "Board meets", "Profit doubles"];
    let expected: Vec<f64> = lines.iter().flat_map(|line| used.score(line)).collect();
    let bytes = used.write(lines.join("\n").as_bytes());
    let address = used.classifier.score_lines(bytes, lines.len());
    assert_eq!(read(address, expected.len()), expected);
    assert_eq!(used.classifier.score_lines(bytes, lines.len() - 1), 0, "more lines than said");
    assert_eq!(used.classifier.score_lines(bytes, lines.len() + 1), 0, "fewer lines than said");
}

#[wasm_bindgen_test]
fn an_explanation_adds_up() {
    let mut used = Used::new(1000);
    // The emoji takes two UTF-16 units and four bytes: ranges must count the former.
    let text = "📉 Shares fall as the lender warns of losses";
    let score = used.score(text);
    let bytes = used.write(text.as_bytes());
    let contributions = used.classifier.explain(bytes);
    assert!(contributions > 0, "the model knows some of these words");

    let classes = score.len() - 1;
    let numbers = read(used.classifier.output(), 3 * classes + 1 + contributions * (2 + classes));
    let (found, rest) = numbers.split_at(classes + 1);
    let (bias, rest) = rest.split_at(classes);
    let (logits, rest) = rest.split_at(classes);
    assert_eq!(found, score);
    let mut sums = bias.to_vec();
    let utf16: Vec<u16> = text.encode_utf16().collect();
    for contribution in rest.chunks(2 + classes) {
        let stretch = &utf16[contribution[0] as usize..contribution[1] as usize];
        assert!(!String::from_utf16(stretch).unwrap().is_empty());
        for (sum, weight) in sums.iter_mut().zip(&contribution[2..]) {
            *sum += weight;
        }
    }
    for (sum, logit) in sums.iter().zip(logits) {
        assert!((sum - logit).abs() < 1e-9, "{sum} is not {logit}");
    }
}

#[wasm_bindgen_test]
fn a_correction_is_learnt_exported_and_taken_back() {
    let mut used = Used::new(1000);
    let text = "Exchange pauses withdrawals";
    let before = used.score(text);
    let bytes = used.write(text.as_bytes());
    let address = used.classifier.learn(bytes, 1);
    let after = read(address, before.len());
    assert!(after[1] > before[1]);
    assert_eq!(used.score(text), after);

    let mut opened = Classifier::open(&used.classifier.export().unwrap()).unwrap();
    let address = opened.input(1000).unwrap();
    let opened = Used { classifier: opened, address }.score(text);
    assert_eq!(opened, after);

    assert_eq!(used.classifier.learn(bytes, LABELS.len()), 0);
    assert_eq!(used.classifier.corrections(), 1);
    assert!(used.classifier.undo());
    assert!(!used.classifier.undo());
    assert_eq!(used.score(text), before);
}

#[wasm_bindgen_test]
fn the_model_is_described_by_numbers_and_strings_one_after_the_other() {
    let mut classifier = Classifier::new().unwrap();
    let numbers = classifier.describe();
    let said = String::from_utf8(classifier.said()).unwrap();
    let [labels, data_sets, features, ..] = numbers[..] else { panic!("{numbers:?}") };
    assert_eq!(labels, LABELS.len() as f64);
    assert!(features > 0.0, "{features}");
    assert!(said.starts_with("softmax"), "{said}");
    assert!(said.contains(&LABELS.concat()), "{said}");
    // The link, a version, a recipe, a date and a licence; labels; and two of each data set.
    let strings = 5 + labels as usize + 2 * data_sets as usize;
    let lengths: f64 = numbers[numbers.len() - strings..].iter().sum();
    assert_eq!(lengths, said.len() as f64);
    let version = numbers[numbers.len() - strings + 1];
    assert!(version > 0.0, "{said}");
}

#[wasm_bindgen_test]
fn open_throws_an_error_with_a_code() {
    let mut flipped = MODEL.to_vec();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 1;
    let longer = [MODEL, b"\0"].concat();
    let classifier = JsValue::from(Classifier::open(MODEL).unwrap());
    let open = Function::new_with_args("c, bytes", "return c.constructor.open(bytes)");
    let thrown = |bytes: &[u8]| {
        open.call2(&JsValue::NULL, &classifier, &Uint8Array::from(bytes)).expect_err("an exception")
    };
    for (bytes, code) in [
        (&b"not a model at all, but long enough for a header"[..], "not-a-model"),
        (&MODEL[..MODEL.len() / 2], "truncated"),
        (&flipped, "checksum"),
        (&longer, "trailing-bytes"),
    ] {
        let error = thrown(bytes);
        assert!(error.is_instance_of::<Error>(), "{code}");
        assert_eq!(get(&error, "code").as_string().as_deref(), Some(code));
        assert!(get(&error, "message").as_string().is_some_and(|message| !message.is_empty()));
    }
    for length in [0, 1, 7, 8, 15, 16, 17] {
        assert!(get(&thrown(&MODEL[..length]), "code").is_string(), "{length} bytes");
    }
}

#[wasm_bindgen_test]
fn any_bytes_have_a_prediction() {
    let mut used = Used::new(1 << 21);
    let long_word = "a".repeat(1 << 20);
    let long_text = "profit falls, shares rise; ".repeat((1 << 20) / 27);
    for text in ["", " \t\r\n\u{a0}\u{2003}", "\0\0profit\0", &long_word, &long_text] {
        used.score(text);
        assert!(used.classifier.explain(text.len()) <= text.len());
    }
    // What is no UTF-8, or more than the buffer holds, is an empty text.
    let empty = used.score("");
    let bytes = used.write(b"profit \xff falls");
    let address = used.classifier.score(bytes);
    assert_eq!(read(address, empty.len()), empty);
    let address = used.classifier.score(usize::MAX);
    assert_eq!(read(address, empty.len()), empty);
}

#[wasm_bindgen_test]
fn an_input_larger_than_the_memory_is_an_error() {
    let mut classifier = Classifier::new().unwrap();
    let error = classifier.input(usize::MAX).expect_err("more than 2 GB");
    assert_eq!(get(&error, "code").as_string().as_deref(), Some("too-long"));
    assert!(classifier.input(10).is_ok(), "and it can go on");
}

#[wasm_bindgen_test]
fn names_are_found_by_their_places_and_utf16_units() {
    let address = names::input(1000);
    let write = |text: &str| {
        Uint8Array::new(&buffer()).set(&Uint8Array::from(text.as_bytes()), address as u32);
        text.len()
    };
    let answer = || {
        let (address, bytes) = (names::answer() as u32, names::answer_bytes() as u32);
        let bytes = Uint8Array::new_with_byte_offset_and_length(&buffer(), address, bytes);
        String::from_utf8(bytes.to_vec()).unwrap()
    };
    assert!(names::set_names(write("Bitcoin, BTC\0Coin of mine, BTC")), "two lists");
    assert_eq!(answer(), "Bitcoin\nCoin of mine\n");
    assert_eq!(names::mentions(write("🚀 bitcoin, $BTC")), 2);
    let output = names::output() as u32;
    let found = Uint32Array::new_with_byte_offset_and_length(&buffer(), output, 6);
    assert_eq!(found.to_vec(), [0, 3, 10, 1, 12, 16]);
    // What is no list leaves the names as they were.
    assert!(!names::set_names(write("A\n,")), "no list");
    assert!(answer().starts_with("line 2: expected a name"), "{}", answer());
    assert_eq!(names::mentions(write("nothing, BTC")), 1);
    assert_eq!(names::input(usize::MAX), 0, "more than 2 GB");
    assert_ne!(names::input(10), 0, "and it can go on");
}
