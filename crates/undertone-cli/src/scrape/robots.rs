//! robots.txt (RFC 9309): what a site allows programs to read, and how often.

use std::time::Duration;

use texting_robots::Robot;

/// The most bytes of a robots.txt that are read: 500 KiB, the least that the RFC demands.
pub(super) const MOST_BYTES: usize = 500 << 10;
/// The longest pause that is kept; longer ones are not meant for a visit that reads one page.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// The rules of the robots.txt of a site for this program.
pub(super) enum Robots {
    /// There is no robots.txt, or it may not be read (4xx): all is allowed.
    Silent,
    /// The robots.txt could not be fetched, for this reason: nothing is allowed.
    Unknown(String),
    Rules(Box<Robot>),
}

impl Robots {
    /// Parses the file for a product, the one that the User-Agent begins with.
    pub(super) fn parse(product: &str, text: &[u8]) -> Self {
        match Robot::new(product, &with_plain_rules(text)) {
            Ok(robot) => Self::Rules(Box::new(robot)),
            Err(error) => Self::Unknown(format!("robots.txt cannot be read: {error}")),
        }
    }

    /// The reason why `url` may not be read, if it may not.
    pub(super) fn objection(&self, url: &str) -> Option<String> {
        match self {
            Self::Silent => None,
            Self::Unknown(reason) => Some(reason.clone()),
            Self::Rules(robot) => {
                let plain = String::from_utf8_lossy(&plain(url.as_bytes())).into_owned();
                (!robot.allowed(&plain)).then(|| "robots.txt does not allow it".to_owned())
            }
        }
    }

    /// The pause between requests that the file asks for.
    pub(super) fn delay(&self) -> Duration {
        let Self::Rules(robot) = self else { return Duration::ZERO };
        let delay = robot.delay.and_then(|seconds| Duration::try_from_secs_f32(seconds).ok());
        delay.unwrap_or_default().min(LONGEST_PAUSE)
    }
}

/// The file with its rules in the normal form of addresses; texting_robots compares them as they
/// are written.
fn with_plain_rules(text: &[u8]) -> Vec<u8> {
    let mut rules = Vec::with_capacity(text.len());
    for line in text.split_inclusive(|byte| matches!(byte, b'\n' | b'\r' | b'\0')) {
        let end = line.iter().position(|byte| matches!(byte, b'#' | b'\n' | b'\r' | b'\0'));
        let (said, rest) = line.split_at(end.unwrap_or(line.len()));
        // A colon or white space separates name and path. Names may be misspelt; a path begins with
        // a slash or a star.
        let path = said.iter().position(|byte| matches!(byte, b'/' | b'*'));
        let name = said.trim_ascii_start().to_ascii_lowercase();
        let is_rule = name.starts_with(b"al") || name.starts_with(b"di");
        match path.filter(|_| is_rule) {
            Some(path) => {
                rules.extend_from_slice(&said[..path]);
                rules.extend(plain(said[path..].trim_ascii_end()));
            }
            // A product with a version stands for the product.
            None if name.starts_with(b"user") => {
                let value =
                    said.iter().position(|byte| *byte == b':').map_or(said.len(), |at| at + 1);
                let (key, value) = said.split_at(value);
                let product = value.trim_ascii_start();
                let is_part = |byte: &u8| byte.is_ascii_alphabetic() || b"-_".contains(byte);
                let length = product.iter().position(|byte| !is_part(byte));
                let any = usize::from(product.starts_with(b"*"));
                rules.extend_from_slice(key);
                rules.extend_from_slice(&product[..length.map_or(product.len(), |it| it.max(any))]);
            }
            None => rules.extend_from_slice(said),
        }
        rules.extend_from_slice(rest);
    }
    rules
}

/// The normal form of an address or path, by RFC 9309: characters that need no escape have none,
/// and the others have one in upper case. So an escaped slash and an escaped `%` stay escaped.
fn plain(address: &[u8]) -> Vec<u8> {
    const HEXADECIMAL: &[u8; 16] = b"0123456789ABCDEF";
    let mut plain = Vec::with_capacity(address.len());
    let mut rest = address;
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        let digit = |at: usize| char::from(*after.get(at)?).to_digit(16);
        let escaped = match (first, digit(0), digit(1)) {
            (b'%', Some(high), Some(low)) => u8::try_from(16 * high + low).ok(),
            _ => None,
        };
        let byte = escaped.unwrap_or(first);
        let is_unreserved = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        let is_reserved = b":/?#[]@!$&'()*+,;=%".contains(&byte);
        if escaped.is_some() {
            rest = &after[2..];
        }
        if is_unreserved || escaped.is_none() && is_reserved {
            plain.push(byte);
        } else {
            let digits = [byte >> 4, byte & 15].map(|digit| HEXADECIMAL[usize::from(digit)]);
            plain.extend([b'%', digits[0], digits[1]]);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_and_addresses_are_compared_unescaped() {
        for (rule, address, is_allowed) in [
            ("/r/a%62c", "/r/abc", false),
            ("/r/abc", "/r/a%62c", false),
            ("/r/%61%62%63", "/r/%61bc", false),
            ("/%7ejoe/", "/~joe/a", false),
            ("/~joe/", "/%7Ejoe/a", false),
            ("/a%3cd", "/a%3Cd", false),
            ("/caf\u{e9}", "/caf%C3%A9", false),
            ("/caf%c3%a9", "/caf\u{e9}", false),
            ("/a b", "/a%20b", false),
            ("/a%20b", "/a b", false),
            ("/a|b", "/a%7Cb", false),
            ("/*/%61.php$", "/b/a.php", false),
            ("/*/%61.php$", "/b/a.php?c", true),
            ("*%61.php", "/a.php", false),
            // An escaped reserved character means something else.
            ("/a/b", "/a%2Fb", true),
            ("/a%2Fb", "/a/b", true),
            ("/a%2fb", "/a%2Fb", false),
            ("/a%2562", "/ab", true),
            ("/a%25", "/a%2562", false),
            ("/a%62", "/a%2562", true),
            ("/a?b", "/a%3Fb", true),
            ("/a%", "/a%", false),
            ("/a%6", "/a%6", false),
            ("/a%zz", "/a%zz", false),
            ("/a # %62", "/a/b", false),
        ] {
            for line in ["Disallow: ", "disallow :", "DISALLOW ", " Disalow:"] {
                let robots = Robots::parse(
                    "undertone",
                    format!("User-agent: *\r\n{line}{rule}\r\n").as_bytes(),
                );
                let objection = robots.objection(&format!("https://example.org{address}"));
                assert_eq!(objection.is_none(), is_allowed, "{line}{rule} {address}");
            }
        }
        let robots =
            Robots::parse("undertone", b"User-agent: *\nDisallow: /\nAllow: /%61$\nCrawl-delay: 2");
        assert!(robots.objection("https://example.org/a").is_none());
        assert!(robots.objection("https://example.org/ab").is_some());
        assert_eq!(robots.delay(), Duration::from_secs(2));
        // Versions of products are ignored.
        for agent in ["undertone", "Undertone/0.1", "UNDERTONE 1.0 (reader)", "undertone*"] {
            let file = format!("User-agent: {agent}\nDisallow: /a\n\nUser-agent : *\nDisallow:\n");
            let robots = Robots::parse("undertone", file.as_bytes());
            assert!(robots.objection("https://example.org/a").is_some(), "{agent}");
        }
        let robots = Robots::parse("undertone", b"User-agent: 7bot\nDisallow: /a\n");
        assert!(robots.objection("https://example.org/a").is_none());
        // A file that is not valid UTF-8 has rules, too.
        let robots = Robots::parse("undertone", b"User-agent: *\nDisallow: /caf\xe9\n");
        assert!(robots.objection("https://example.org/caf%E9").is_some());
    }
}
