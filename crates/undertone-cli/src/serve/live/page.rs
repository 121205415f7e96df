//! The page /live, as it is before any script: complete, and readable without one. live.js keeps it
//! up to date, in the same elements.

use chrono::{DateTime, Utc};
use maud::{DOCTYPE, Markup, html};

use super::answers::{DailyAnswer, Headline, Headlines, MoodAnswer, Part};
use super::mood::Mood;
use super::query::{Filters, USUAL_HEADLINES, USUAL_HOURS};
use crate::store::{Kind, Store, Subject};
use undertone::balance::Scale;

/// The days of the history.
const DAYS: u32 = 30;
/// The choices of hours.
const HOURS: [(u32, &str); 4] = [(6, "6 hours"), (24, "24 hours"), (72, "3 days"), (168, "7 days")];

/// What a reader looks at: filters, and what the store has for them.
#[derive(Debug)]
pub(super) struct View {
    filters: Filters,
    hours: u32,
    /// The id of the headline behind which an older page of the list begins.
    before: Option<i64>,
    labels: Vec<String>,
    mood: MoodAnswer,
    daily: DailyAnswer,
    headlines: Headlines,
    /// The coins and sources to choose from.
    coins: Vec<String>,
    sources: Vec<String>,
    now: DateTime<Utc>,
}

impl View {
    pub(super) fn read(
        store: &mut Store,
        filters: Filters,
        hours: u32,
        before: Option<i64>,
        labels: Vec<String>,
        now: DateTime<Utc>,
    ) -> anyhow::Result<Self> {
        let mood = MoodAnswer::read(store, &filters, hours, &labels, now)?;
        let daily = DailyAnswer::read(store, &filters, DAYS, &labels, now)?;
        let headlines = Headlines::read(store, &filters, before, USUAL_HEADLINES)?;
        let since = now - chrono::TimeDelta::days(i64::from(DAYS));
        let mut terms = |kind, chosen: &Option<String>| -> anyhow::Result<Vec<String>> {
            let mut terms = store.terms(kind, since)?;
            terms.extend(chosen.clone());
            terms.sort_by_cached_key(|term| term.to_lowercase());
            terms.dedup();
            Ok(terms)
        };
        let coins = terms(Kind::Name, &filters.coin)?;
        let sources = terms(Kind::Source, &filters.source)?;
        Ok(Self { filters, hours, before, labels, mood, daily, headlines, coins, sources, now })
    }

    pub(super) fn html(&self) -> String {
        let feed = format!("/feed.atom{}", self.filters.query(&[]));
        let markup = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { "Mood of the news · Undertone" }
                    link rel="icon" href="data:,";
                    link rel="alternate" type="application/atom+xml" title="Headlines" href=(feed);
                    link rel="stylesheet" href="/live.css";
                    script src="/live.js" type="module" {}
                }
                body {
                    a.skip href="#headlines" { "Skip to the headlines" }
                    header {
                        h1 { "Mood of the news" }
                        p {
                            "Headlines as this server reads them from news sites, each scored by "
                            "Undertone. Nothing you read or write is sent: the page asks this "
                            "server for its own headlines, and tells it your filters."
                        }
                    }
                    main {
                        (self.form(&feed))
                        (self.mood_section())
                        (self.top_section())
                        @if !self.mood.by_source.is_empty() || !self.mood.by_coin.is_empty() {
                            section.parts aria-label="By source and by coin" {
                                (self.parts("sources", "By source", "source", &self.mood.by_source))
                                (self.parts("coins", "By coin", "coin", &self.mood.by_coin))
                            }
                        }
                        (self.list_section())
                    }
                    (self.templates())
                }
            }
        };
        markup.into_string()
    }

    fn form(&self, feed: &str) -> Markup {
        let Filters { label, coin, source } = &self.filters;
        let options = |name: &str, all: &str, terms: &[String], chosen: &Option<String>| {
            html! {
                select name=(name) {
                    option value="" { (all) }
                    @for term in terms {
                        option value=(term) selected[Some(term) == chosen.as_ref()] { (term) }
                    }
                }
            }
        };
        html! {
            search {
                form action="/live" aria-label="Filters" {
                    label { "Label " (options("label", "all labels", &self.labels, label)) }
                    label { "Coin " (options("coin", "all coins", &self.coins, coin)) }
                    label { "Source " (options("source", "all sources", &self.sources, source)) }
                    label {
                        "Mood of the last "
                        select name="hours" {
                            @for (hours, name) in self.hour_choices() {
                                option value=(hours) selected[hours == self.hours] { (name) }
                            }
                        }
                    }
                    button { "Show" }
                }
                p.quiet {
                    "The address is a permanent link to this view. "
                    @if self.filters != Filters::default() {
                        a href="/live" { "All headlines" } " · "
                    }
                    a href=(feed) { "Atom feed" } " · "
                    a href={ "/api/headlines" (self.filters.query(&[])) } { "JSON" } " · "
                    a href="/docs" { "API" }
                }
            }
        }
    }

    /// The usual numbers of hours, and the one that was asked for.
    fn hour_choices(&self) -> Vec<(u32, String)> {
        let mut choices: Vec<(u32, String)> =
            HOURS.iter().map(|(hours, name)| (*hours, (*name).to_owned())).collect();
        if !choices.iter().any(|(hours, _)| *hours == self.hours) {
            choices.push((self.hours, format!("{} hours", self.hours)));
            choices.sort();
        }
        choices
    }

    /// Of whose headlines the mood is, in words.
    fn whose(&self) -> String {
        match self.filters.subject() {
            Subject::Name(coin) => format!(" of {coin}"),
            Subject::Source(source) => format!(" at {source}"),
            Subject::All => String::new(),
        }
    }

    fn mood_section(&self) -> Markup {
        let MoodAnswer { mood, by_hour, .. } = &self.mood;
        html! {
            section #mood aria-labelledby="mood-heading" {
                h2 #mood-heading { "Mood" (self.whose()) ", last " (self.hours) " hours" }
                p.number {
                    data #number value=[mood.mood] { (points(mood.mood)) }
                    " "
                    span #error { (error(mood)) }
                }
                p #counted { (counted(mood, &self.labels)) }
                details {
                    summary { "What the number is" }
                    p {
                        "100 × (good − bad) / headlines, from −100, all bad news, to 100, all "
                        "good. A headline counts as the model labels it, in the hour of its "
                        "publication, or in which it was read first where that was earlier or "
                        "nothing else is known; the same story told in nearly the same words "
                        "within a day counts once. The last " (self.hours) " hours are the one "
                        "that has begun and those before it, in UTC."
                    }
                    p {
                        "Its standard error is 100 × √((a + b − (a − b)²) / (n + 2)), with "
                        "a = (good + 1) / (n + 2) and b = (bad + 1) / (n + 2) of n headlines "
                        "(Bonett and Price, 2012), which takes the headlines as a random sample "
                        "of the news. They are not quite: one event makes several. A change of "
                        "less than twice the error is none to speak of."
                    }
                }
                div.histories {
                    (history("hours", "By hour", by_hour))
                    (history("days", "By day", &self.daily.days))
                }
            }
        }
    }

    fn top_section(&self) -> Markup {
        html! {
            section #top aria-labelledby="top-heading" {
                h2 #top-heading { "Strongest headlines" (self.whose()) }
                div.columns {
                    @for label in &self.labels {
                        div {
                            h3 { (label) }
                            ol data-label=(label) {
                                @for headline in self.mood.top.get(label).into_iter().flatten() {
                                    (self.item(Some(headline)))
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    /// A table of sources or coins, each a link to its own view.
    fn parts(&self, id: &str, heading: &str, filter: &str, parts: &[Part]) -> Markup {
        html! {
            div {
                table id=(id) data-filter=(filter) {
                    caption { (heading) }
                    (columns(filter))
                    tbody { @for part in parts { (self.row(part, filter)) } }
                }
            }
        }
    }

    fn row(&self, part: &Part, filter: &str) -> Markup {
        let hours = (self.hours != USUAL_HOURS).then(|| ("hours", self.hours.to_string()));
        let more: Vec<_> = [(filter, part.of.clone())].into_iter().chain(hours).collect();
        let href = format!("/live{}", Filters::default().query(&more));
        html! {
            tr {
                th scope="row" { a href=(href) dir="auto" { (part.of) } }
                (cells(&part.mood))
            }
        }
    }

    fn list_section(&self) -> Markup {
        let hours = (self.hours != USUAL_HOURS).then(|| ("hours", self.hours.to_string()));
        let link = |before: Option<i64>| {
            let before = before.map(|before| ("before", before.to_string()));
            let more: Vec<_> = before.into_iter().chain(hours.clone()).collect();
            format!("/live{}", self.filters.query(&more))
        };
        let last = self.headlines.headlines.first().map(|headline| headline.id);
        html! {
            section #headlines aria-labelledby="headlines-heading" tabindex="-1" {
                h2 #headlines-heading {
                    @if self.before.is_some() { "Earlier headlines" }
                    @else { "Headlines as they come" }
                }
                @if self.before.is_some() {
                    p { a href=(link(None)) { "Back to the newest" } }
                } @else {
                    div.stream {
                        p #status role="status" {
                            "As of " (shown_time(&crate::scrape::rfc_3339(self.now))) " UTC."
                        }
                        button #pause type="button" aria-pressed="false" hidden { "Pause" }
                    }
                    noscript {
                        p { "Without JavaScript, load the page again to see what is new." }
                    }
                }
                ol #list reversed data-last=[last] data-live[self.before.is_none()] {
                    @for headline in &self.headlines.headlines { (self.item(Some(headline))) }
                }
                p #none hidden[!self.headlines.headlines.is_empty()] {
                    "No headlines yet that pass the filters."
                }
                @if let Some(before) = self.headlines.before {
                    p { a rel="next" href=(link(Some(before))) { "Earlier headlines" } }
                }
            }
        }
    }

    /// A headline of the list; without one, the template by which the script makes more.
    fn item(&self, headline: Option<&Headline>) -> Markup {
        let label = headline.map_or("", |one| &one.label);
        html! {
            li data-id=[headline.map(|one| one.id)] {
                p.title dir="auto" {
                    @match headline {
                        Some(Headline { url: Some(url), title, .. }) => {
                            a href=(url) rel="noopener noreferrer nofollow" { (title) }
                        }
                        Some(Headline { title, .. }) => (title),
                        None => {}
                    }
                }
                p.about {
                    span class=(tone(label)) {
                        @if let Some(one) = headline {
                            (one.label) " " (format!("{:.0}%", 100.0 * one.confidence))
                        }
                    }
                    " "
                    span.source dir="auto" { @if let Some(one) = headline { (one.source) } }
                    " "
                    @match headline {
                        Some(one) => time datetime=(one.at) { (shown_time(&one.at)) },
                        None => time {},
                    }
                    " "
                    span.coins { @if let Some(one) = headline { (one.coins.join(", ")) } }
                }
            }
        }
    }

    /// What the script makes elements of, so that they are made in one place.
    fn templates(&self) -> Markup {
        let tones = self.labels.iter().map(|label| (label, tone(label)));
        html! {
            template #item { (self.item(None)) }
            template #row { tr { th scope="row" {} td {} td {} td {} } }
            dl #tones hidden {
                @for (label, tone) in tones { dt { (label) } dd { (tone) } }
            }
        }
    }
}

/// A history: a place for its drawing, and the table that the drawing is made of.
fn history(id: &str, heading: &str, parts: &[Part]) -> Markup {
    html! {
        div.history {
            h3 { (heading) }
            div.chart data-of=(id) {}
            details {
                summary { (heading) " as a table" }
                div.scroll tabindex="0" role="region" aria-label={ (heading) " as a table" } {
                    table id=(id) {
                        (columns(if id == "hours" { "hour (UTC)" } else { "day (UTC)" }))
                        tbody {
                            @for part in parts {
                                tr {
                                    th scope="row" {
                                        time datetime=(part.of) { (shown_time(&part.of)) }
                                    }
                                    (cells(&part.mood))
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn columns(first: &str) -> Markup {
    html! {
        thead {
            tr {
                th scope="col" { (first) }
                th scope="col" { "mood" }
                th scope="col" { "error" }
                th scope="col" { "headlines" }
            }
        }
    }
}

fn cells(mood: &Mood) -> Markup {
    html! {
        td data-value=[mood.mood] { (points(mood.mood)) }
        td { (error(mood)) }
        td { (mood.headlines) }
    }
}

/// A mood in whole points, with the sign that it has in print: +12, −4, 0; – for none.
fn points(mood: Option<f64>) -> String {
    let Some(mood) = mood else { return "–".to_owned() };
    let rounded = mood.round();
    let sign = if rounded < 0.0 {
        "−"
    } else if rounded > 0.0 {
        "+"
    } else {
        ""
    };
    format!("{sign}{:.0}", rounded.abs())
}

fn error(mood: &Mood) -> String {
    mood.standard_error.map(|error| format!("± {error:.0}")).unwrap_or_default()
}

/// `321 headlines: 120 positive, 101 neutral, 100 negative`.
fn counted(mood: &Mood, labels: &[String]) -> String {
    let count = |label: &String| mood.labels.get(label).copied().unwrap_or(0);
    let labels = labels.iter().map(|label| format!("{} {label}", count(label)));
    let noun = if mood.headlines == 1 { "headline" } else { "headlines" };
    format!("{} {noun}: {}", mood.headlines, labels.collect::<Vec<_>>().join(", "))
}

/// A time as a reader wants it: `29 Nov 17:05` of `2026-11-29T17:05:00Z`, `29 Nov` of a day.
fn shown_time(time: &str) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let number = |range| time.get(range).and_then(|digits: &str| digits.parse::<usize>().ok());
    let month = number(5..7).and_then(|month| MONTHS.get(month.wrapping_sub(1)));
    let (Some(month), Some(day)) = (month, number(8..10)) else { return time.to_owned() };
    match time.get(11..16) {
        Some(clock) => format!("{day} {month} {clock}"),
        None => format!("{day} {month}"),
    }
}

/// The class of a label's mark: good and bad news differ in colour and in shape.
fn tone(label: &str) -> &'static str {
    // Alone in a list, a label is an end of the scale or none.
    let end = Scale::among([label].into_iter()).and_then(|scale| scale.balance(&[1]));
    match end {
        Some(end) if end > 0.0 => "good",
        Some(_) => "bad",
        None => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_times_are_shown_as_in_print() {
        for (mood, shown) in [
            (Some(12.4), "+12"),
            (Some(-3.6), "−4"),
            (Some(-0.4), "0"),
            (Some(0.0), "0"),
            (Some(100.0), "+100"),
            (None, "–"),
        ] {
            assert_eq!(points(mood), shown);
        }
        for (time, shown) in [
            ("2026-11-29T17:05:00Z", "29 Nov 17:05"),
            ("2026-01-02", "2 Jan"),
            ("2026-13-02", "2026-13-02"),
            ("", ""),
        ] {
            assert_eq!(shown_time(time), shown);
        }
    }

    #[test]
    fn good_and_bad_news_have_marks_of_their_own() {
        for (label, mark) in
            [("positive", "good"), ("Bearish", "bad"), ("neutral", "other"), ("", "other")]
        {
            assert_eq!(tone(label), mark, "{label}");
        }
    }
}
