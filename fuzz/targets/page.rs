//! Any bytes as a page, under any selector and separator: headlines or an error.
//!
//! An input is a selector, a line end, a separator, a line end, and the page.
#![no_main]

use libfuzzer_sys::fuzz_target;
use undertone_cli::fuzzing::headlines;

fuzz_target!(|bytes: &[u8]| {
    let mut parts = bytes.splitn(3, |byte| *byte == b'\n');
    let (Some(selector), Some(separator), Some(page)) = (parts.next(), parts.next(), parts.next())
    else {
        return;
    };
    let (Ok(selector), Ok(separator)) =
        (std::str::from_utf8(selector), std::str::from_utf8(separator))
    else {
        return;
    };
    let separator = Some(separator).filter(|separator| !separator.is_empty());
    match headlines(page, "text/html", Some(selector), separator) {
        Ok(headlines) => {
            for headline in headlines {
                assert!(!headline.title.is_empty() && !headline.source.is_empty());
                assert!(!headline.title.contains(char::is_control));
                assert!(headline.url.is_none_or(|url| url.starts_with("http")));
            }
        }
        Err(reason) => assert!(!reason.is_empty()),
    }
});
