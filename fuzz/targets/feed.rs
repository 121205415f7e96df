//! Any bytes as a feed in any encoding: headlines or an error.
#![no_main]

use libfuzzer_sys::fuzz_target;
use undertone_cli::fuzzing::headlines;

/// Which of them is the input's first byte.
const CONTENT_TYPES: [&str; 4] =
    ["application/rss+xml", "text/xml; charset=windows-1251", "application/feed+json", ""];

fuzz_target!(|bytes: &[u8]| {
    let Some((first, body)) = bytes.split_first() else { return };
    let content_type = CONTENT_TYPES[usize::from(*first) % CONTENT_TYPES.len()];
    match headlines(body, content_type, None, None) {
        Ok(headlines) => {
            for headline in headlines {
                assert!(!headline.title.is_empty() && !headline.source.is_empty());
                assert!(!headline.title.contains(char::is_control));
                assert!(!headline.source.contains(char::is_control));
                assert!(headline.url.is_none_or(|url| url.starts_with("http")));
            }
        }
        Err(reason) => assert!(!reason.is_empty()),
    }
});
