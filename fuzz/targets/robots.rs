//! Any bytes as a robots.txt: allowed or not, and a pause that is bounded.
#![no_main]

use libfuzzer_sys::fuzz_target;
use undertone_cli::fuzzing::robots;

fuzz_target!(|text: &[u8]| {
    let (objection, pause) = robots(text, "https://example.org/news/today?page=1");
    assert!(objection.is_none_or(|reason| !reason.is_empty()));
    assert!((0.0..=60.0).contains(&pause), "{pause}");
});
