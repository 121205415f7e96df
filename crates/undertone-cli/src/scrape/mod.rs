//! `undertone scrape`: sources → headlines → scores.

mod charset;
mod coding;
mod date;
mod feed;
mod fetch;
mod filter;
#[cfg(feature = "_fuzzing")]
pub(super) mod fuzzing;
mod headline;
mod json;
mod output;
mod page;
mod period;
mod robots;
mod source;
mod visible;
#[cfg(feature = "serve")]
pub(super) mod watch;
mod xml;

use std::collections::BTreeMap;
use std::io::Write;
use std::process::ExitCode;
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use chrono::{DateTime, SecondsFormat, Utc};
use clap::Args;
use url::Url;

pub(super) use self::fetch::Validators;
use self::fetch::{Failed, FetchOptions, Fetched, Fetcher};
use self::filter::Filter;
use self::headline::Found;
use self::output::{Format, ScoredHeadline};
use self::source::{Source, SourceOptions};
use super::model::ModelOption;
use super::names::{NamesOption, named};
use super::store::{Address, Entry, KeptResponse, Store};

/// The exit code if some sources could not be read.
const SOME_CAME: u8 = 3;
/// The exit code if no source could be read.
const NONE_CAME: u8 = 4;

/// Read headlines from feeds and pages, and score them
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  undertone scrape                      # Bitcoin Ticker
  undertone scrape --all --store news.sqlite
  undertone scrape https://example.org/feed.xml --format csv
  undertone scrape https://example.org/news --selector 'h3.headline' --separator ' | '
  undertone history --store news.sqlite

A feed is RSS, Atom or JSON Feed. robots.txt is respected. Progress and counts go to standard error.
Exit code: 0 when every source came, 3 when some did, 4 when none did, 2 for wrong usage.")]
pub(super) struct Arguments {
    #[command(flatten)]
    model: ModelOption,
    #[command(flatten)]
    sources: SourceOptions,
    /// Switch a filter off; give it several times for several
    #[arg(long, value_enum, value_name = "FILTER")]
    keep: Vec<Filter>,
    /// Keep headlines, scores and what servers said in this SQLite file, or PostgreSQL database
    #[arg(long, value_name = "STORE")]
    store: Option<Address>,
    /// Print only what the store has not seen before
    #[arg(long, requires = "store")]
    new: bool,
    /// How to print
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    /// Print no progress and no counts
    #[arg(long, short)]
    quiet: bool,
    #[command(flatten)]
    names: NamesOption,
    #[command(flatten)]
    fetch: FetchOptions,
}

/// The result of visiting one source.
struct Visit {
    /// The place of the source in the list.
    index: usize,
    /// The answer, to be stored for the next visit.
    response: Option<KeptResponse>,
    outcome: Result<Found, String>,
    seconds: f64,
    is_modified: bool,
    /// The pause that a server asked for which can't be had now.
    #[cfg_attr(not(feature = "serve"), expect(dead_code, reason = "read by `watch` alone"))]
    pause: Duration,
}

/// Where the answers of a source are read: one at a time. A page can be made to take hours to read,
/// and whoever visits its source again must not begin to read another one meanwhile.
#[derive(Debug, Clone, Default)]
struct Desk(Arc<()>);

impl Desk {
    /// Whether an answer is still being read here.
    fn is_busy(&self) -> bool {
        Arc::strong_count(&self.0) > 1
    }
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let sources = arguments.sources.read()?;
    let model = arguments.model.identify()?;
    arguments.names.check_is_used(arguments.store.is_some(), "--store")?;
    let names = arguments.names.read()?;
    let mut store = arguments.store.as_ref().map(Store::open_or_create).transpose()?;
    let mut known = Vec::new();
    for source in &sources {
        known.push(match &mut store {
            Some(store) => store.response(source.url.as_str())?,
            None => None,
        });
    }

    let visits = arguments.visit_all(&sources, &known)?;
    let came = visits.iter().filter(|visit| visit.outcome.is_ok()).count();
    let mut headlines = Vec::new();
    let mut left_out = LeftOut::default();
    for visit in visits {
        if let (Some(store), Some(response)) = (&mut store, &visit.response) {
            store.keep_response(sources[visit.index].url.as_str(), response)?;
        }
        if let Ok(mut found) = visit.outcome {
            left_out.untitled += found.untitled;
            left_out.damaged += found.damaged;
            left_out.beyond_limit += found.headlines.len().saturating_sub(arguments.sources.limit);
            found.headlines.truncate(arguments.sources.limit);
            headlines.append(&mut found.headlines);
        }
    }

    let found = headlines.len();
    let filtered = filter::apply(headlines, &arguments.keep);
    let shown = [filtered.shown(), left_out.shown()];
    let shown: Vec<&str> = shown.iter().map(|one| &one[..]).filter(|one| !one.is_empty()).collect();
    arguments.say(&format!(
        "{} of {found} headlines; left out: {}",
        filtered.headlines.len(),
        if shown.is_empty() { "none".to_owned() } else { shown.join(", ") }
    ))?;

    let classifier = &model.classifier;
    let mut scorer = classifier.scorer();
    let mut scored = Vec::with_capacity(filtered.headlines.len());
    for headline in &filtered.headlines {
        scored.push(ScoredHeadline {
            title: &headline.title,
            source: &headline.source,
            url: headline.url.as_deref(),
            published: headline.published.map(rfc_3339),
            first_seen: None,
            answer: classifier.answer(scorer.predict(&headline.title)),
        });
    }
    let print = |scored: &[ScoredHeadline<'_>]| -> anyhow::Result<()> {
        // Printed at once, to make it unlikely that the process is killed between printing and
        // recording that.
        let mut text = Vec::new();
        output::write(&mut text, arguments.format, classifier.labels(), scored)?;
        let mut out = std::io::stdout().lock();
        out.write_all(&text)?;
        out.flush()?;
        Ok(())
    };
    let Some(store) = &mut store else {
        print(&scored)?;
        return Ok(exit_code(came, sources.len()));
    };
    let entries: Vec<Entry<'_>> = filtered
        .headlines
        .iter()
        .zip(&scored)
        .map(|(headline, scored)| {
            let probabilities = &scored.answer.probabilities;
            Entry {
                title: &headline.title,
                source: &headline.source,
                url: headline.url.as_deref(),
                published: headline.published,
                label: scored.answer.label,
                labels: probabilities.labels(),
                probabilities: probabilities.values(),
                model: &model.sha256,
                names: named(&names, &headline.title),
            }
        })
        .collect();
    let kept = store.keep(&entries, Utc::now())?;
    drop(entries);
    for (scored, seen) in scored.iter_mut().zip(&kept.seen) {
        scored.first_seen = Some(rfc_3339(seen.first));
    }
    if arguments.new {
        let mut seen = kept.seen.iter();
        scored.retain(|_| seen.next().is_some_and(|seen| seen.is_new));
        print(&scored)?;
        store.printed(kept)?;
    } else {
        // A reader who closes the output early has seen what they wanted.
        let printed = print(&scored);
        store.printed(kept)?;
        printed?;
    }
    Ok(exit_code(came, sources.len()))
}

pub(super) fn rfc_3339(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn exit_code(came: usize, sources: usize) -> ExitCode {
    match came {
        all if all == sources => ExitCode::SUCCESS,
        0 => NONE_CAME.into(),
        _ => SOME_CAME.into(),
    }
}

/// The numbers of items that are left out before any filter.
#[derive(Debug, Default)]
struct LeftOut {
    untitled: usize,
    damaged: usize,
    beyond_limit: usize,
}

impl LeftOut {
    /// The numbers as text: `1 without title, 2 damaged`.
    fn shown(&self) -> String {
        let counts = [
            (self.untitled, "without title"),
            (self.damaged, "damaged"),
            (self.beyond_limit, "beyond --limit"),
        ];
        let counts = counts.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}"));
        counts.collect::<Vec<_>>().join(", ")
    }
}

impl Arguments {
    /// Visits sites in parallel, and the sources of one site one after the other.
    fn visit_all(
        &self,
        sources: &[Source],
        known: &[Option<KeptResponse>],
    ) -> anyhow::Result<Vec<Visit>> {
        let fetcher = Fetcher::new(self.fetch.clone());
        let mut sites: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (index, source) in sources.iter().enumerate() {
            sites.entry(source.url.origin().ascii_serialization()).or_default().push(index);
        }
        let (send, receive) = mpsc::channel();
        std::thread::scope(|scope| {
            for indices in sites.into_values() {
                let (send, fetcher) = (send.clone(), &fetcher);
                scope.spawn(move || {
                    for index in indices {
                        let (source, known) = (&sources[index], known[index].as_ref());
                        let visit = visit(fetcher, index, source, known, &Desk::default());
                        // Fails if the result is no longer wanted.
                        if send.send(visit).is_err() {
                            return;
                        }
                    }
                });
            }
            drop(send);
            let mut visits = Vec::new();
            for visit in receive {
                self.say(&visit.shown(&sources[visit.index]))?;
                visits.push(visit);
            }
            // In the order of the list, not of arrival.
            visits.sort_by_key(|visit| visit.index);
            Ok(visits)
        })
    }

    fn say(&self, line: &str) -> std::io::Result<()> {
        if self.quiet { Ok(()) } else { writeln!(std::io::stderr(), "{line}") }
    }
}

fn visit(
    fetcher: &Fetcher,
    index: usize,
    source: &Source,
    known: Option<&KeptResponse>,
    desk: &Desk,
) -> Visit {
    let begun = Instant::now();
    let validators = known.map(|known| known.validators.clone()).unwrap_or_default();
    let mut is_modified = true;
    let mut response = None;
    let mut pause = Duration::ZERO;
    let fetched = if desk.is_busy() {
        Err(Failed::for_good("what it sent before is still being read"))
    } else {
        fetcher.fetch(&source.url, &validators)
    };
    let fetched = fetched.map_err(|failed| {
        pause = failed.retry_after.unwrap_or_default();
        failed.reason
    });
    let outcome = fetched.and_then(|(fetched, address)| {
        let current = match (fetched, known) {
            (Fetched::Document { bytes, content_type, broken: Some(reason), .. }, _) => {
                // The complete items of a feed are of use. The answer is not stored, so that the
                // next visit asks for all of it.
                let partial =
                    KeptResponse { validators: Validators::default(), content_type, body: bytes };
                let found = read(&partial, source, address, fetcher.timeout(), desk);
                let found = found.ok().filter(|_| source.selector.is_none());
                let mut found = found.ok_or_else(|| reason.clone())?;
                found.remarks.push(reason);
                return Ok(found);
            }
            (Fetched::Document { bytes, content_type, validators, broken: None }, _) => {
                KeptResponse { validators, content_type, body: bytes }
            }
            (Fetched::NotModified, Some(known)) if validators != Validators::default() => {
                is_modified = false;
                known.clone()
            }
            (Fetched::NotModified, _) => return Err("it sent nothing, and was not asked to".into()),
        };
        // An answer that can't be read is not stored, so that the next visit asks for all of it.
        let found = read(&current, source, address, fetcher.timeout(), desk)?;
        response = Some(current);
        Ok(found)
    });
    let seconds = begun.elapsed().as_secs_f64();
    Visit { index, response, outcome, seconds, is_modified, pause }
}

/// Reads the headlines of a document that was found at `address`, with a timeout, as one can be
/// made to take long; its thread ends with the command.
fn read(
    response: &KeptResponse,
    source: &Source,
    address: Url,
    timeout: Duration,
    desk: &Desk,
) -> Result<Found, String> {
    let KeptResponse { body, content_type, .. } = response.clone();
    let (source, desk) = (source.clone(), desk.clone());
    let (send, receive) = mpsc::sync_channel(1);
    std::thread::spawn(move || {
        let found = headlines(&body, &content_type, &source, &address);
        drop(desk);
        // Fails after the timeout.
        let _ = send.send(found);
    });
    match receive.recv_timeout(timeout) {
        Ok(headlines) => headlines.map_err(|error| format!("{error:#}")),
        Err(mpsc::RecvTimeoutError::Timeout) => Err("its content took too long to read".to_owned()),
        Err(mpsc::RecvTimeoutError::Disconnected) => {
            Err("its content could not be read; please report it".to_owned())
        }
    }
}

/// The headlines of a source, which is a feed or a page.
fn headlines(
    body: &[u8],
    content_type: &str,
    source: &Source,
    address: &Url,
) -> anyhow::Result<Found> {
    let decoded = charset::text(body, content_type).map_err(anyhow::Error::msg)?;
    let text = &decoded.text;
    let kind = match &source.selector {
        None => feed::kind(text, content_type),
        Some(_) => None,
    };
    let mut found = match kind {
        Some(kind) => feed::headlines(text, kind, source, address)?,
        None => page::headlines(text, source, address)?,
    };
    found.remarks.extend(decoded.remark);
    let bent = found.headlines.iter().filter(|one| headline::is_bent(&one.title)).count();
    if bent > 0 {
        found.remarks.push(format!("{bent} of its titles hold characters that were lost before"));
    }
    Ok(found)
}

impl Visit {
    fn shown(&self, source: &Source) -> String {
        let name = source.shown();
        match &self.outcome {
            Ok(found) => {
                let unchanged = if self.is_modified { "" } else { ", unchanged" };
                let n = found.headlines.len();
                let remarks: String =
                    found.remarks.iter().map(|remark| format!("; {remark}")).collect();
                format!("{name}: {n} headlines in {:.1} s{unchanged}{remarks}", self.seconds)
            }
            Err(reason) => format!("{name}: failed after {:.1} s: {reason}", self.seconds),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Builds a title from bytes, as HTML and as its visible text: each byte adds a text, opens or
    /// closes an element, breaks the line, or hides something.
    fn build(bytes: &[u8]) -> (String, String) {
        let texts =
            ["a", "Bitcoin", " ", "&", "<", ">", "\"", "R&D", "a<b", "&amp;", "é", "日本", "<b>"];
        let inline = ["b", "i", "em", "span", "small", "sub"];
        let apart = ["div", "p", "section", "ul"];
        let hidden = [
            "<script>x</script>",
            "<style>x</style>",
            "<template>x</template>",
            "<span hidden=\"\">x</span>",
            "<i style=\"display:none\">x</i>",
        ];
        let (mut html, mut seen) = (String::new(), String::new());
        let mut open: Vec<&str> = Vec::new();
        for byte in bytes {
            let which = usize::from(byte / 8);
            match byte % 8 {
                0..=2 => {
                    let text = texts[which % texts.len()];
                    html += &text.replace('&', "&amp;").replace('<', "&lt;");
                    seen += text;
                }
                3 | 4 if open.len() < 12 => {
                    let list = if byte % 8 == 3 { &inline[..] } else { &apart };
                    let name = list[which % list.len()];
                    html += &format!("<{name}>");
                    seen += if byte % 8 == 3 { "" } else { " " };
                    open.push(name);
                }
                5 => {
                    html += "<br/>";
                    seen += " ";
                }
                6 => html += hidden[which % hidden.len()],
                _ => {
                    if let Some(name) = open.pop() {
                        html += &format!("</{name}>");
                        seen += if inline.contains(&name) { "" } else { " " };
                    }
                }
            }
        }
        for name in open.into_iter().rev() {
            html += &format!("</{name}>");
            seen += if inline.contains(&name) { "" } else { " " };
        }
        (html, seen.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    proptest! {
        /// In every form of a document, the visible text of a title is read.
        #[test]
        fn titles_are_what_is_seen_in_every_form(bytes: Vec<u8>) {
            let (html, seen) = build(&bytes);
            let escaped = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;");
            let rss = |title: &str| format!("<rss><item><title>{title}</title></item></rss>");
            let atom = |kind: &str, title: &str| {
                format!("<feed xmlns='http://www.w3.org/2005/Atom'><entry><title type='{kind}'>{title}\
                         </title></entry></feed>")
            };
            let xhtml = format!("<x:div xmlns:x='http://www.w3.org/1999/xhtml'>{html}</x:div>");
            let json = serde_json::json!({ "version": "a", "items": [{ "title": seen }] });
            let page = format!("<!doctype html><article>{html}</article>");
            for (document, css) in [
                (rss(&escaped(&html)), None),
                (rss(&format!("<![CDATA[{html}]]>")), None),
                (rss(&format!("<![CDATA[{html}")), None),
                (atom("html", &escaped(&html)), None),
                (atom("xhtml", &xhtml), None),
                (atom("text", &escaped(&seen)), None),
                (json.to_string(), None),
                (page, Some("article")),
            ] {
                let source = source::at("https://example.org", css, None).unwrap();
                let found = headlines(document.as_bytes(), "", &source, &source.url);
                let titles: Vec<String> = found.map_or_else(
                    |_| Vec::new(),
                    |found| found.headlines.into_iter().map(|one| one.title).collect(),
                );
                let expected: &[&str] = if seen.is_empty() { &[] } else { &[&seen] };
                prop_assert_eq!(&titles, expected, "{}", document);
            }
        }
    }
}
