//! Any bytes as `model.bin`, and any bytes as the payload of one whose header is right: opened or
//! refused, and what was opened scores, explains and is written again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use undertone::Classifier;
use undertone::format::{Precision, VERSION, write};

const TEXT: &str = "Profit rose to EUR 13.1 mn from EUR 8.7 mn, says Ålesund's 市场 🚀 exchange!";

fuzz_target!(|bytes: &[u8]| {
    try_out(bytes);
    try_out(&sealed(bytes));
});

fn sealed(payload: &[u8]) -> Vec<u8> {
    let mut file = b"undrtone".to_vec();
    file.extend(VERSION.to_le_bytes());
    file.extend((payload.len() as u32).to_le_bytes());
    let crc = crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC);
    let mut digest = crc.digest();
    digest.update(&file);
    digest.update(payload);
    file.extend(digest.finalize().to_le_bytes());
    file.extend(payload);
    file
}

fn try_out(bytes: &[u8]) {
    let classifier = match Classifier::open(bytes) {
        Ok(classifier) => classifier,
        Err(error) => {
            assert!(!error.to_string().is_empty() && !error.code().is_empty());
            return;
        }
    };
    let prediction = classifier.predict(TEXT);
    assert!(prediction.class < classifier.labels().len());
    assert_eq!(classifier.explain(TEXT).prediction, prediction);
    let written = write(&classifier, Precision::Float32).expect("what was opened can be written");
    let again = Classifier::open(&written).expect("what was written can be opened");
    let same = |one: f64, other: f64| one == other || one.is_nan() && other.is_nan();
    let again = again.predict(TEXT).probabilities;
    assert!(again.iter().zip(&prediction.probabilities).all(|(one, other)| same(*one, *other)));
}
