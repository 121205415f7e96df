//! The module as JavaScript sees it. The same tests run in Node and, with
//! `WASM_BINDGEN_USE_BROWSER` set, in headless Chromium: `cargo xtask test` does both.
#![cfg(target_arch = "wasm32")]
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "clippy.toml allows them in tests, but knows only #[test]"
)]

use js_sys::{Array, Error, Function, JSON, Object, Reflect, Uint8Array};
use undertone::wasm::Classifier;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;

/// What the module embeds.
static MODEL: &[u8] = include_bytes!("../model.bin");

fn shipped() -> Classifier {
    Classifier::new().expect("the embedded model opens")
}

fn get(object: &JsValue, key: &str) -> JsValue {
    Reflect::get(object, &key.into()).expect("an object")
}

fn number(object: &JsValue, key: &str) -> f64 {
    get(object, key).as_f64().unwrap_or_else(|| panic!("{key} is a number"))
}

fn json(value: &JsValue) -> String {
    JSON::stringify(value).expect("plain values").into()
}

/// Label, confidence and probabilities agree with each other and with the model's labels.
fn assert_is_prediction(classifier: &Classifier, prediction: &JsValue) {
    let prototype = Object::get_prototype_of(prediction);
    assert!(Object::is(&prototype, &Object::get_prototype_of(&Object::new())), "a plain object");

    let probabilities = get(prediction, "probabilities");
    let keys: Vec<_> = Object::keys(probabilities.unchecked_ref::<Object>())
        .iter()
        .map(|key| key.as_string().expect("a string"))
        .collect();
    assert_eq!(keys, classifier.labels(), "a probability for every label, in the model's order");

    let values: Vec<_> = keys.iter().map(|key| number(&probabilities, key)).collect();
    assert!(values.iter().all(|value| (0.0..=1.0).contains(value)), "{values:?}");
    assert!((values.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{values:?} sum to 1");

    let label = get(prediction, "label").as_string().expect("a string");
    let confidence = number(prediction, "confidence");
    assert_eq!(confidence, number(&probabilities, &label));
    assert_eq!(confidence, values.iter().copied().fold(0.0, f64::max));
}

#[wasm_bindgen_test]
fn classify_gives_a_plain_object() {
    let classifier = shipped();
    let prediction = classifier.classify("Chipmaker raises outlook after record quarter").unwrap();
    assert_is_prediction(&classifier, &prediction);
}

/// A module whose model was written for another version of the code answers, but with nonsense.
#[wasm_bindgen_test]
fn the_shipped_model_tells_good_news_from_bad() {
    let classifier = shipped();
    let positive =
        |text: &str| number(&get(&classifier.classify(text).unwrap(), "probabilities"), "positive");
    for (good, bad) in [
        ("Profit rises and beats expectations", "Profit falls and misses expectations"),
        ("Bitcoin surges to record high", "Bitcoin crashes as exchange is hacked"),
        ("Company wins large order", "Company warns of heavy losses and layoffs"),
    ] {
        assert!(
            positive(good) > positive(bad),
            "{good}: {}, {bad}: {}",
            positive(good),
            positive(bad)
        );
    }
}

#[wasm_bindgen_test]
fn a_batch_is_its_texts_one_by_one() {
    let classifier = shipped();
    let texts = [
        "Exchange halts withdrawals as losses mount",
        "",
        "Board meets on Thursday",
        "Profit doubles, dividend raised",
        "Exchange halts withdrawals as losses mount",
    ]
    .map(str::to_owned);
    let batch: Array = classifier.classify_batch(texts.to_vec()).unwrap().unchecked_into();
    assert_eq!(batch.length(), 5);
    for (text, found) in texts.iter().zip(batch.iter()) {
        assert_eq!(json(&found), json(&classifier.classify(text).unwrap()), "{text}");
    }
    let empty: Array = classifier.classify_batch(Vec::new()).unwrap().unchecked_into();
    assert_eq!(empty.length(), 0);
}

#[wasm_bindgen_test]
fn an_explanation_adds_up() {
    let classifier = shipped();
    // The emoji takes two UTF-16 units and four bytes: ranges must count the former.
    let text = "📉 Shares fall as the lender warns of losses";
    let utf16: Vec<u16> = text.encode_utf16().collect();
    let explanation = classifier.explain(text).unwrap();
    assert_is_prediction(&classifier, &explanation);

    let contributions: Array = get(&explanation, "contributions").unchecked_into();
    assert!(contributions.length() > 0, "the model knows some of these words");
    for contribution in contributions.iter() {
        let (start, end) = (number(&contribution, "start"), number(&contribution, "end"));
        let stretch = String::from_utf16(&utf16[start as usize..end as usize]).unwrap();
        assert_eq!(get(&contribution, "text").as_string(), Some(stretch));
    }
    for label in classifier.labels() {
        let sum = contributions
            .iter()
            .map(|contribution| number(&get(&contribution, "weights"), &label))
            .fold(number(&get(&explanation, "bias"), &label), |sum, weight| sum + weight);
        let logit = number(&get(&explanation, "logits"), &label);
        assert!((sum - logit).abs() < 1e-9, "{label}: {sum} is not {logit}");
    }
}

#[wasm_bindgen_test]
fn labels_and_info_describe_the_model() {
    let classifier = shipped();
    assert!(classifier.labels().len() >= 2, "{:?}", classifier.labels());
    let info = classifier.info().unwrap();
    assert!(number(&info, "features") > 0.0);
    assert!(get(&info, "version").as_string().is_some_and(|version| !version.is_empty()));
    let labels: Array = get(&info, "labels").unchecked_into();
    let labels: Vec<_> = labels.iter().filter_map(|label| label.as_string()).collect();
    assert_eq!(labels, classifier.labels());
}

#[wasm_bindgen_test]
fn open_takes_the_bytes_of_a_model() {
    let opened = Classifier::open(MODEL).unwrap();
    let text = "Bank cuts forecast";
    assert_eq!(json(&opened.classify(text).unwrap()), json(&shipped().classify(text).unwrap()));
}

#[wasm_bindgen_test]
fn open_throws_an_error_with_a_code() {
    let mut flipped = MODEL.to_vec();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 1;
    let longer = [MODEL, b"\0"].concat();
    let classifier = JsValue::from(shipped());
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
fn any_text_has_a_prediction() {
    let classifier = shipped();
    let long_word = "a".repeat(1 << 20);
    let long_text = "profit falls, shares rise; ".repeat((1 << 20) / 27);
    for text in [
        "",
        " \t\r\n\u{a0}\u{2003}",
        "\0\0profit\0",
        "🚀🚀🚀 👩‍👩‍👧‍👦 🇫🇮",
        "الأسهم ترتفع بعد إعلان الأرباح",
        "株価が急落、業績予想を下方修正",
        "e\u{301}\u{301}\u{301} İstanbul ſs ΣΑΣ",
        "<img src=x onerror=alert(1)>",
        &long_word,
        &long_text,
    ] {
        assert_is_prediction(&classifier, &classifier.classify(text).unwrap());
        assert_is_prediction(&classifier, &classifier.explain(text).unwrap());
    }
}

/// A JavaScript string may hold half a surrogate pair; it arrives as U+FFFD.
#[wasm_bindgen_test]
fn a_lone_surrogate_has_a_prediction() {
    let classifier = shipped();
    let expected = json(&classifier.classify("profit \u{fffd} falls").unwrap());
    let classifier = JsValue::from(classifier);
    let classify = Function::new_with_args("c", r"return c.classify('profit \uD83D falls')");
    let prediction = classify.call1(&JsValue::NULL, &classifier).expect("no exception");
    assert_eq!(json(&prediction), expected);
}
