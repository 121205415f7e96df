//! Polite HTTP: robots.txt first, pauses, timeouts, few retries, and limits on everything that a
//! server could make large.

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use clap::Args;
use ureq::Agent;
use ureq::http::header::{
    CONTENT_ENCODING, CONTENT_TYPE, ETAG, HeaderName, IF_MODIFIED_SINCE, IF_NONE_MATCH,
    LAST_MODIFIED, LOCATION, RETRY_AFTER,
};
use ureq::http::{HeaderMap, Response, StatusCode};
use url::{Origin, Url};

use super::robots::{self, Robots};
use super::source::is_web;
use super::{coding, date};
use crate::seconds;

/// The product token by which robots.txt addresses this program.
const PRODUCT: &str = "undertone";
/// The most redirects that are followed; five, as in RFC 9309 for robots.txt.
const MOST_REDIRECTS: usize = 5;
/// The pause before the first retry; each further one is twice as long.
const FIRST_BACKOFF: Duration = Duration::from_millis(500);
/// The longest pause before a retry; a server that asks for a longer one is not asked again.
const LONGEST_BACKOFF: Duration = Duration::from_secs(30);

/// The time for which a robots.txt is valid: RFC 9309, 2.4.
const ROBOTS_VALID: Duration = Duration::from_secs(24 * 60 * 60);
/// The time after which a robots.txt is asked for again that could not be had.
const ROBOTS_RETRY: Duration = Duration::from_secs(5 * 60);
/// The most sites that are known at a time, besides those of the last moment.
const MOST_SITES: usize = 256;

#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Network")]
pub(super) struct FetchOptions {
    /// How long one request may take, from the connection to its last byte, and then its reading
    #[arg(long, value_name = "SECONDS", default_value = "20", value_parser = seconds)]
    timeout: Duration,
    /// How often a request that failed in passing is repeated
    #[arg(long, value_name = "N", default_value_t = 2,
          value_parser = clap::value_parser!(u32).range(0..=10))]
    retries: u32,
    /// The least pause between requests to one site; its robots.txt may ask for more
    #[arg(long, value_name = "SECONDS", default_value = "1", value_parser = seconds)]
    delay: Duration,
    /// The largest response, unpacked
    #[arg(long, value_name = "BYTES", default_value_t = 5 << 20)]
    max_size: usize,
    /// Who we say we are; robots.txt is always read as `undertone`
    #[arg(long, value_name = "TEXT", value_parser = user_agent,
          default_value = concat!("undertone/", env!("CARGO_PKG_VERSION"), " (headline reader)"))]
    user_agent: String,
}

fn user_agent(text: &str) -> Result<String, String> {
    let is_fine = !text.trim().is_empty() && text.bytes().all(|b| (b' '..=b'~').contains(&b));
    is_fine.then(|| text.to_owned()).ok_or_else(|| "expected visible ASCII".to_owned())
}

/// The validators of an answer, by which the server is asked whether it has changed.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Validators {
    pub(crate) etag: Option<String>,
    pub(crate) last_modified: Option<String>,
}

#[derive(Debug, PartialEq)]
pub(super) enum Fetched {
    Document {
        bytes: Vec<u8>,
        content_type: String,
        validators: Validators,
        /// The reason why the body is incomplete, if the connection broke.
        broken: Option<String>,
    },
    /// The document has not changed since it had these validators.
    NotModified,
}

/// A failed request.
#[derive(Debug)]
pub(super) struct Failed {
    pub(super) reason: String,
    /// The status of the answer, if there was one.
    status: Option<StatusCode>,
    /// The least time to wait before a retry; `None` if the failure is permanent.
    pub(super) retry_after: Option<Duration>,
    /// The part of the document that came before the failure.
    partial: Option<Box<Fetched>>,
}

impl Failed {
    pub(super) fn for_good(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), status: None, retry_after: None, partial: None }
    }

    fn in_passing(reason: impl Into<String>) -> Self {
        let retry_after = Some(Duration::ZERO);
        Self { reason: reason.into(), status: None, retry_after, partial: None }
    }
}

/// A site: what one robots.txt is valid for.
struct Site {
    /// The robots.txt, and when it is to be read again.
    robots: Option<(Arc<Robots>, Instant)>,
    /// The time at which the next request may begin.
    next: Instant,
}

pub(super) struct Fetcher {
    options: FetchOptions,
    agent: Agent,
    sites: Mutex<BTreeMap<String, Site>>,
}

impl Fetcher {
    pub(super) fn new(options: FetchOptions) -> Self {
        let agent = Agent::config_builder()
            .user_agent(&options.user_agent)
            .accept(
                "application/rss+xml, application/atom+xml, application/feed+json, \
                     text/html;q=0.9, */*;q=0.5",
            )
            // Decoded by `coding`, which also handles codings that were not asked for.
            .accept_encoding("gzip")
            .timeout_global(Some(options.timeout))
            // Redirects are followed by `follow`, which checks each of them.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .build()
            .new_agent();
        Self { options, agent, sites: Mutex::default() }
    }

    pub(super) fn timeout(&self) -> Duration {
        self.options.timeout
    }

    /// Fetches a document if robots.txt allows it, unless it has not changed since the validators
    /// `known`. Also returns the address at which it was found after redirects.
    pub(super) fn fetch(&self, url: &Url, known: &Validators) -> Result<(Fetched, Url), Failed> {
        self.follow(url, |url| {
            let robots = self.robots(url);
            match robots.objection(url.as_str()) {
                Some(objection) => Err(Failed::for_good(objection)),
                None => self.get(url, known, self.options.max_size, robots.delay()),
            }
        })
    }

    /// Follows redirects, a limited number of them and only on the web.
    fn follow(
        &self,
        url: &Url,
        get: impl Fn(&Url) -> Result<Got, Failed>,
    ) -> Result<(Fetched, Url), Failed> {
        let mut url = url.clone();
        for _ in 0..=MOST_REDIRECTS {
            let got = self.with_retries(|| get(&url)).or_else(|mut failed| {
                failed.partial.take().map(|partial| Got::Fetched(*partial)).ok_or(failed)
            });
            match got? {
                Got::Fetched(fetched) => return Ok((fetched, url)),
                Got::Redirect(location) => {
                    let next = url.join(&location).ok().filter(is_web);
                    url = next.ok_or_else(|| {
                        Failed::for_good("it redirects to something that is not on the web")
                    })?;
                }
            }
        }
        Err(Failed::for_good(format!("expected at most {MOST_REDIRECTS} redirects, found more")))
    }

    fn with_retries(&self, get: impl Fn() -> Result<Got, Failed>) -> Result<Got, Failed> {
        let mut backoff = FIRST_BACKOFF;
        for _ in 0..self.options.retries {
            match get() {
                Err(Failed { retry_after: Some(wait), .. }) if wait <= LONGEST_BACKOFF => {
                    std::thread::sleep(wait.max(backoff));
                    backoff = (2 * backoff).min(LONGEST_BACKOFF);
                }
                decided => return decided,
            }
        }
        get()
    }

    /// The robots.txt of a site, fetched once a day.
    fn robots(&self, url: &Url) -> Arc<Robots> {
        let origin = url.origin().ascii_serialization();
        if let Some((robots, until)) = self.site(&origin, |site| site.robots.clone())
            && until > Instant::now()
        {
            return robots;
        }
        let robots = Arc::new(self.read_robots(&url.origin()));
        let valid = match *robots {
            Robots::Unknown(_) => ROBOTS_RETRY,
            _ => ROBOTS_VALID,
        };
        let until = Instant::now() + valid;
        self.site(&origin, |site| site.robots = Some((robots.clone(), until)));
        robots
    }

    fn read_robots(&self, origin: &Origin) -> Robots {
        let Ok(url) = Url::parse(&format!("{}/robots.txt", origin.ascii_serialization())) else {
            return Robots::Unknown("its site has no address".to_owned());
        };
        let most = robots::MOST_BYTES;
        let get = |url: &Url| self.get(url, &Validators::default(), most, Duration::ZERO);
        match self.follow(&url, get) {
            Ok((Fetched::Document { bytes, broken: None, .. }, _)) => {
                Robots::parse(PRODUCT, &bytes)
            }
            Ok((Fetched::Document { broken: Some(reason), .. }, _)) => {
                Robots::Unknown(format!("robots.txt could not be read: {reason}"))
            }
            Ok((Fetched::NotModified, _)) => Robots::Unknown("robots.txt was not sent".to_owned()),
            Err(Failed { status: Some(status), .. })
                if status.is_client_error() && status != StatusCode::TOO_MANY_REQUESTS =>
            {
                Robots::Silent
            }
            Err(failed) => {
                Robots::Unknown(format!("robots.txt could not be read: {}", failed.reason))
            }
        }
    }

    fn site<T>(&self, origin: &str, with: impl FnOnce(&mut Site) -> T) -> T {
        // After a panic of another thread the list of sites is still valid.
        let mut sites = self.sites.lock().unwrap_or_else(PoisonError::into_inner);
        if sites.len() >= MOST_SITES {
            // A site that redirects to another one each time must not fill the memory.
            let now = Instant::now();
            sites.retain(|_, site| site.next > now);
        }
        let new = || Site { robots: None, next: Instant::now() };
        with(sites.entry(origin.to_owned()).or_insert_with(new))
    }

    /// Waits until the next request to a site may begin.
    fn pause(&self, url: &Url, delay: Duration) {
        let delay = delay.max(self.options.delay);
        let begin = self.site(&url.origin().ascii_serialization(), |site| {
            let begin = site.next.max(Instant::now());
            site.next = begin + delay;
            begin
        });
        std::thread::sleep(begin.saturating_duration_since(Instant::now()));
    }

    /// Sends a single request.
    fn get(
        &self,
        url: &Url,
        known: &Validators,
        most: usize,
        delay: Duration,
    ) -> Result<Got, Failed> {
        self.pause(url, delay);
        let mut request = self.agent.get(url.as_str());
        for (name, value) in
            [(IF_NONE_MATCH, &known.etag), (IF_MODIFIED_SINCE, &known.last_modified)]
        {
            if let Some(value) = value {
                request = request.header(name, value);
            }
        }
        let mut response = request.call().map_err(failed)?;
        let status = response.status();
        if status == StatusCode::NOT_MODIFIED {
            return Ok(Got::Fetched(Fetched::NotModified));
        }
        if status.is_redirection() {
            let location = header(response.headers(), LOCATION);
            let location = location.ok_or_else(|| Failed::for_good("it redirects to nowhere"))?;
            return Ok(Got::Redirect(location));
        }
        if !status.is_success() {
            return Err(refused(&response));
        }
        let validators = Validators {
            etag: header(response.headers(), ETAG),
            last_modified: header(response.headers(), LAST_MODIFIED),
        };
        let content_type = header(response.headers(), CONTENT_TYPE).unwrap_or_default();
        let codings = response.headers().get_all(CONTENT_ENCODING).iter();
        let codings = codings.map(|value| String::from_utf8_lossy(value.as_bytes()));
        let codings = codings.collect::<Vec<_>>().join(",");
        let limited = response.body_mut().with_config().limit(most as u64);
        let mut bytes = Vec::new();
        if let Err(error) = limited.reader().read_to_end(&mut bytes) {
            let mut failed = failed(error.into());
            // A compressed body can't be used in part, and a robots.txt must not be.
            if failed.retry_after.is_some() && codings.is_empty() && !bytes.is_empty() {
                let broken = Some(failed.reason.clone());
                let document = Fetched::Document { bytes, content_type, validators, broken };
                failed.partial = Some(Box::new(document));
            }
            return Err(failed);
        }
        let bytes = coding::unpack(bytes, &codings, most).map_err(Failed::for_good)?;
        Ok(Got::Fetched(Fetched::Document { bytes, content_type, validators, broken: None }))
    }
}

enum Got {
    Fetched(Fetched),
    Redirect(String),
}

fn refused(response: &Response<ureq::Body>) -> Failed {
    let status = response.status();
    let passes = [
        StatusCode::TOO_MANY_REQUESTS,
        StatusCode::INTERNAL_SERVER_ERROR,
        StatusCode::BAD_GATEWAY,
        StatusCode::SERVICE_UNAVAILABLE,
        StatusCode::GATEWAY_TIMEOUT,
    ];
    let retry_after = header(response.headers(), RETRY_AFTER);
    let retry_after = retry_after.map_or(Duration::ZERO, |value| wait(value.trim(), Utc::now()));
    Failed {
        reason: format!("status {status}"),
        status: Some(status),
        retry_after: passes.contains(&status).then_some(retry_after),
        partial: None,
    }
}

/// The time that a `Retry-After` asks to wait, in seconds or until a date; zero if the date has
/// passed or the header can't be read.
fn wait(value: &str, now: DateTime<Utc>) -> Duration {
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // A number too large for 64 bits is the largest one.
        return Duration::from_secs(value.parse().unwrap_or(u64::MAX));
    }
    let until = date::read(value).map(|until| until - now);
    until.and_then(|wait| wait.to_std().ok()).unwrap_or_default()
}

fn failed(error: ureq::Error) -> Failed {
    use ureq::Error;
    match error {
        Error::BodyExceedsLimit(most) => {
            Failed::for_good(format!("expected at most {most} bytes, found more"))
        }
        Error::Timeout(_) => Failed::in_passing("it took too long"),
        Error::HostNotFound => Failed::in_passing("its host was not found"),
        Error::ConnectionFailed | Error::Io(_) | Error::BodyStalled => {
            Failed::in_passing(format!("the connection failed: {error}"))
        }
        other => Failed::for_good(other.to_string()),
    }
}

fn header(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = date::read("Wed, 04 Mar 2026 18:30:00 GMT").unwrap();
        for (value, seconds) in [
            ("120", 120),
            ("0", 0),
            ("99999999999999999999999", u64::MAX),
            ("Wed, 04 Mar 2026 18:30:05 GMT", 5),
            ("Wednesday, 04-Mar-26 18:31:00 GMT", 60),
            ("Wed Mar  4 18:30:07 2026", 7),
            ("Wed, 04 Mar 2026 18:29:59 GMT", 0),
            ("Fri, 31 Dec 1999 23:59:59 GMT", 0),
            ("-5", 0),
            ("1.5", 0),
            ("soon", 0),
            ("", 0),
        ] {
            assert_eq!(wait(value, now), Duration::from_secs(seconds), "{value}");
        }
        assert!(wait("Fri, 31 Dec 2100 23:59:59 GMT", now) > LONGEST_BACKOFF);
    }
}
