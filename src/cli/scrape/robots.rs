//! robots.txt (RFC 9309): what a site wants read by programs, and how often.

use std::time::Duration;

use texting_robots::Robot;

/// Crawlers read at least 500 kibibytes of it.
pub(super) const MOST_BYTES: usize = 500 << 10;
/// Whoever asks for longer pauses does not mean a visit that reads one page.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// What one site's robots.txt says to us.
pub(super) enum Robots {
    /// There is none, or it is nobody's to read (4xx): all is allowed.
    Silent,
    /// It may be there and could not be had; the reason. Nothing is allowed then.
    Unknown(String),
    Rules(Box<Robot>),
}

impl Robots {
    /// Reads the file for the product that our User-Agent begins with.
    pub(super) fn parse(product: &str, text: &[u8]) -> Self {
        match Robot::new(product, text) {
            Ok(robot) => Self::Rules(Box::new(robot)),
            Err(error) => Self::Unknown(format!("robots.txt cannot be read: {error}")),
        }
    }

    /// Why `url` may not be read.
    pub(super) fn objection(&self, url: &str) -> Option<String> {
        match self {
            Self::Silent => None,
            Self::Unknown(reason) => Some(reason.clone()),
            Self::Rules(robot) => {
                (!robot.allowed(url)).then(|| "robots.txt does not allow it".to_owned())
            }
        }
    }

    /// The pause between requests that it asks for.
    pub(super) fn delay(&self) -> Duration {
        let Self::Rules(robot) = self else { return Duration::ZERO };
        let delay = robot.delay.and_then(|seconds| Duration::try_from_secs_f32(seconds).ok());
        delay.unwrap_or_default().min(LONGEST_PAUSE)
    }
}
