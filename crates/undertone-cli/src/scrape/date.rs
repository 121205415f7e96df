//! Dates as feeds and servers write them. An ambiguous form is not read: a wrong date is worse than
//! no date.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

/// The longest date in bytes, even with a weekday, a zone and a comment.
const LONGEST: usize = 80;
/// The largest offset of a zone from Greenwich, in hours.
const FURTHEST_ZONE_HOURS: i64 = 14;

/// The names of months in feeds, whole and short, in lower case. Names that stand for different
/// months in two languages are left out.
const MONTHS: [&[&str]; 12] = [
    &[
        "january", "jan", "januar", "jän", "jänner", "janvier", "janv", "enero", "ene", "gennaio",
        "gen", "janeiro", "januari",
    ],
    &[
        "february",
        "feb",
        "februar",
        "février",
        "févr",
        "fév",
        "febrero",
        "febbraio",
        "febr",
        "fevereiro",
        "fev",
        "februari",
    ],
    &["march", "mar", "märz", "mär", "mrz", "mars", "marzo", "março", "maart", "mrt"],
    &["april", "apr", "avril", "avr", "abril", "abr", "aprile"],
    &["may", "mai", "mayo", "maggio", "mag", "maio", "mei", "maj"],
    &["june", "jun", "juni", "juin", "junio", "giugno", "giu", "junho"],
    &["july", "jul", "juli", "juillet", "juil", "julio", "luglio", "lug", "julho"],
    &["august", "aug", "août", "aout", "agosto", "ago", "augustus"],
    &["september", "sep", "sept", "septembre", "septiembre", "settembre", "set", "setembro"],
    &["october", "oct", "oktober", "okt", "octobre", "octubre", "ottobre", "ott", "outubro", "out"],
    &["november", "nov", "novembre", "noviembre", "novembro"],
    &[
        "december",
        "dec",
        "dezember",
        "dez",
        "décembre",
        "déc",
        "diciembre",
        "dic",
        "dicembre",
        "dezembro",
    ],
];
/// The beginnings of the names of months in Russian; "мая" and "май" are one month.
const RUSSIAN: [&str; 12] =
    ["янв", "фев", "мар", "апр", "ма", "июн", "июл", "авг", "сен", "окт", "ноя", "дек"];
/// Zones by name, in minutes east of Greenwich: those of the mail standard (RFC 5322), and others
/// that are unambiguous, which IST and AST are not. BST is British Summer Time, as feeds mean it.
const ZONES: &[(&str, i64)] = &[
    ("Z", 0),
    ("UT", 0),
    ("UTC", 0),
    ("GMT", 0),
    ("WET", 0),
    ("EST", -300),
    ("EDT", -240),
    ("CST", -360),
    ("CDT", -300),
    ("MST", -420),
    ("MDT", -360),
    ("PST", -480),
    ("PDT", -420),
    ("AKST", -540),
    ("AKDT", -480),
    ("HST", -600),
    ("ADT", -180),
    ("NST", -210),
    ("NDT", -150),
    ("BRT", -180),
    ("ART", -180),
    ("BST", 60),
    ("WEST", 60),
    ("CET", 60),
    ("MEZ", 60),
    ("CEST", 120),
    ("MESZ", 120),
    ("EET", 120),
    ("SAST", 120),
    ("CAT", 120),
    ("EEST", 180),
    ("MSK", 180),
    ("EAT", 180),
    ("TRT", 180),
    ("PKT", 300),
    ("NPT", 345),
    ("WIB", 420),
    ("HKT", 480),
    ("SGT", 480),
    ("AWST", 480),
    ("JST", 540),
    ("KST", 540),
    ("ACST", 570),
    ("AEST", 600),
    ("AEDT", 660),
    ("NZDT", 780),
];
/// Words between the parts of a date that have no meaning.
const FILLERS: &[&str] =
    &["at", "um", "uhr", "de", "del", "of", "on", "the", "le", "à", "den", "kl", "o'clock", "г"];

/// Parses a moment; without a zone it is in UTC.
pub(super) fn read(text: &str) -> Option<DateTime<Utc>> {
    let mut plain = String::new();
    let mut depth = 0_u32;
    for c in text.trim().chars() {
        match c {
            // Comments of mail, `(CET)`, and names of zones after their offsets, `[Europe/Berlin]`.
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.checked_sub(1)?,
            _ if depth > 0 => {}
            '\u{2212}' | '\u{2013}' | '\u{2010}' => plain.push('-'),
            c if c.is_whitespace() => plain.push(' '),
            c => plain.push(c),
        }
        if plain.len() > LONGEST {
            return None;
        }
    }
    let plain = plain.trim();
    let moment = numeric(plain).or_else(|| in_words(plain))?.resolve()?;
    // The epoch is what clocks and programs without a time show.
    (moment != DateTime::UNIX_EPOCH).then_some(moment)
}

/// A date, with time of day and zone if they were given.
#[derive(Debug, Default, Clone, Copy)]
struct Parts {
    date: NaiveDate,
    /// The time of day in seconds.
    seconds: i64,
    /// The zone in minutes east of Greenwich.
    zone: i64,
}

impl Parts {
    fn resolve(self) -> Option<DateTime<Utc>> {
        let moment = self.date.and_hms_opt(0, 0, 0)?.and_utc();
        moment.checked_add_signed(TimeDelta::seconds(self.seconds - 60 * self.zone))
    }
}

fn date(year: u32, month: u32, day: u32) -> Option<NaiveDate> {
    // Other numbers are no years; Go prints 1 for a missing date.
    let year = i32::try_from(year).ok().filter(|year| (1000..=9999).contains(year))?;
    NaiveDate::from_ymd_opt(year, month, day)
}

/// A year; two or three digits are read as by RFC 5322.
fn year(digits: &str) -> Option<u32> {
    let number: u32 = digits.parse().ok()?;
    match digits.len() {
        2 => Some(if number < 50 { 2000 + number } else { 1900 + number }),
        3 => Some(1900 + number),
        4 => Some(number),
        _ => None,
    }
}

/// Reads a date that begins with the year (ISO 8601 and similar), or a count of seconds or
/// milliseconds.
fn numeric(text: &str) -> Option<Parts> {
    let (digits, rest) = digits(text);
    let number = |text: &str| text.parse::<u32>().ok();
    match digits.len() {
        4 => {
            let year = number(digits)?;
            let (date, rest) = after_year(year, rest)?;
            let (seconds, zone) = time(rest)?;
            Some(Parts { date, seconds, zone })
        }
        // 20260304, 20260304T183000Z, 20260304183000
        8 | 14 => {
            let (day, clock) = digits.split_at(8);
            let (year, month, day) = (number(&day[..4])?, number(&day[4..6])?, number(&day[6..])?);
            let (seconds, zone) =
                if clock.is_empty() { time(rest)? } else { (self::clock(clock)?.0, zone(rest)?) };
            Some(Parts { date: date(year, month, day)?, seconds, zone })
        }
        // Seconds or milliseconds since 1970; a number that begins with 19 may be a year.
        10 | 13 if rest.is_empty() && digits.starts_with('1') && !digits.starts_with("19") => {
            let seconds: i64 = digits[..10].parse().ok()?;
            Some(Parts { date: DateTime::UNIX_EPOCH.date_naive(), seconds, zone: 0 })
        }
        _ => None,
    }
}

/// Reads the rest of a date after its year. Returns the date, and the text after it.
fn after_year(year: u32, text: &str) -> Option<(NaiveDate, &str)> {
    let one_or_two =
        |text: &str| text.parse::<u32>().ok().filter(|_| (1..=2).contains(&text.len()));
    let separator = text.chars().next()?;
    let rest = &text[separator.len_utf8()..];
    let i_year = i32::try_from(year).ok()?;
    // A date by week or by day of the year: 2026-W10-3, 2026-063.
    if let Some(week) = rest.strip_prefix('W').filter(|_| separator == '-') {
        let (week, rest) = (week.get(..2)?, week.get(2..)?.strip_prefix('-')?);
        let (day, rest) = digits(rest);
        let day = day
            .parse::<u8>()
            .ok()
            .and_then(|day| chrono::Weekday::try_from(day.checked_sub(1)?).ok());
        return Some((NaiveDate::from_isoywd_opt(i_year, week.parse().ok()?, day?)?, rest));
    }
    let (month, rest) = digits(rest);
    if separator == '-' && month.len() == 3 {
        return Some((NaiveDate::from_yo_opt(i_year, month.parse().ok()?)?, rest));
    }
    let month = one_or_two(month)?;
    let (second, last) = match separator {
        '年' => ('月', Some('日')),
        '-' | '/' | '.' => (separator, None),
        _ => return None,
    };
    let (day, rest) = digits(rest.strip_prefix(second)?);
    let rest = match last {
        Some(last) => rest.strip_prefix(last)?,
        None => rest,
    };
    Some((date(year, month, one_or_two(day)?)?, rest))
}

/// Reads a time of day with its zone, both of which may be missing: seconds, and minutes east of
/// Greenwich.
fn time(text: &str) -> Option<(i64, i64)> {
    let text = text.strip_prefix(['T', 't', ',']).unwrap_or(text).trim();
    if text.is_empty() {
        return Some((0, 0));
    }
    if !text.starts_with(|c: char| c.is_ascii_digit()) {
        return Some((0, zone(text)?));
    }
    let (seconds, rest) = clock(text)?;
    Some((seconds, zone(rest)?))
}

/// Reads a time of day. Returns its seconds, and the text after it.
fn clock(text: &str) -> Option<(i64, &str)> {
    let number = |text: &str| text.parse::<i64>().ok();
    let (first, mut rest) = digits(text);
    let (hours, minutes, mut seconds);
    if let Some(after) = rest.strip_prefix(':').filter(|_| first.len() <= 2) {
        let (second, after) = digits(after);
        (hours, minutes, seconds) = (number(first)?, number(second)?, 0);
        rest = after;
        if !(1..=2).contains(&second.len()) {
            return None;
        }
        if let Some(after) = rest.strip_prefix(':') {
            let (third, after) = digits(after);
            if !(1..=2).contains(&third.len()) {
                return None;
            }
            seconds = number(third)?;
            rest = after;
        }
    } else {
        // 1830, 183000
        if !matches!(first.len(), 4 | 6) {
            return None;
        }
        (hours, minutes) = (number(&first[..2])?, number(&first[2..4])?);
        seconds = if first.len() == 6 { number(&first[4..])? } else { 0 };
    }
    if let Some(after) = rest.strip_prefix(['.', ',']) {
        let (fraction, after) = digits(after);
        if fraction.is_empty() {
            return None;
        }
        rest = after;
    }
    let trimmed = rest.trim_start();
    let mut hours = hours;
    for (name, is_afternoon) in [("am", false), ("a.m.", false), ("pm", true), ("p.m.", true)] {
        let after = trimmed.get(name.len()..);
        let is_it = trimmed.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
        if let Some(after) = after.filter(|_| is_it)
            && !after.starts_with(char::is_alphanumeric)
        {
            if !(1..=12).contains(&hours) {
                return None;
            }
            hours = hours % 12 + if is_afternoon { 12 } else { 0 };
            rest = after;
            break;
        }
    }
    let is_end_of_day = (hours, minutes, seconds) == (24, 0, 0);
    // A leap second is read as the first second of the next minute.
    let is_fine = hours < 24 && minutes < 60 && seconds <= 60 || is_end_of_day;
    is_fine.then_some((3600 * hours + 60 * minutes + seconds, rest))
}

/// Reads a zone, in minutes east of Greenwich; an empty text is UTC. There may be two that agree:
/// `+0100 CET`.
fn zone(text: &str) -> Option<i64> {
    let mut found: Option<i64> = None;
    // `GMT +02:00` is one zone.
    let text = text.trim().replace("GMT +", "GMT+").replace("UTC +", "UTC+");
    for part in text.split([' ', ',']).filter(|part| !part.is_empty()) {
        let minutes = one_zone(part)?;
        match found {
            None => found = Some(minutes),
            Some(before) if before == minutes => {}
            Some(_) => return None,
        }
    }
    Some(found.unwrap_or(0))
}

fn one_zone(text: &str) -> Option<i64> {
    let name = text.trim_end_matches('.').to_ascii_uppercase();
    if let Some((_, minutes)) = ZONES.iter().find(|(zone, _)| *zone == name) {
        return Some(*minutes);
    }
    // Military letters were once defined with the wrong sign, so that they have no meaning.
    if name.len() == 1 && name.chars().all(|c| c.is_ascii_uppercase() && c != 'J') {
        return Some(0);
    }
    let offset = ["UTC", "GMT", "UT", "Z"].iter().find_map(|utc| name.strip_prefix(utc));
    let offset = offset.unwrap_or(&name);
    let (sign, rest) = match offset.chars().next()? {
        '+' => (1, &offset[1..]),
        '-' => (-1, &offset[1..]),
        _ => return None,
    };
    let (hours, minutes) = match rest.split_once(':') {
        Some((hours, minutes)) if minutes.len() == 2 => (hours, minutes),
        Some(_) => return None,
        None if rest.len() > 2 => rest.split_at_checked(rest.len() - 2)?,
        None => (rest, "0"),
    };
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !is_number(hours) || !is_number(minutes) || hours.len() > 2 {
        return None;
    }
    let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours <= FURTHEST_ZONE_HOURS && minutes < 60).then_some(sign * (60 * hours + minutes))
}

/// Reads a date with the month in letters (RFC 5322, RFC 850, asctime, and what people write), or
/// with the day first.
fn in_words(text: &str) -> Option<Parts> {
    let words: Vec<&str> = text.split([' ', ',']).filter(|word| !word.is_empty()).collect();
    // `04-Mar-26` and `4/Mar/2026`.
    let words = words.into_iter().flat_map(|word| {
        let is_joined = word.starts_with(|c: char| c.is_ascii_digit())
            && word.contains(char::is_alphabetic)
            && !word.contains(':');
        word.split(move |c| is_joined && matches!(c, '-' | '/')).filter(|word| !word.is_empty())
    });
    let words: Vec<&str> = words.collect();
    let later_month = |from: usize| words[from..].iter().any(|word| month(word).is_some());
    let (mut day, mut month, mut the_year, mut whole) = (None, None, None, None);
    let mut seconds = None;
    let mut zones = Vec::new();
    let mut at = 0;
    while let Some(word) = words.get(at).copied() {
        at += 1;
        let (number, rest) = digits(word);
        if at == 1 && number.is_empty() && word.chars().all(|c| c.is_alphabetic() || c == '.') {
            // A weekday in any language is skipped; "mar" is Tuesday or March.
            match self::month(word) {
                Some(found) if !later_month(1) => month = Some(found),
                _ => {}
            }
        } else if word.contains(':') && !number.is_empty() && seconds.is_none() {
            // A time, with a word that may belong to it: `18:30:00 PM`.
            let next = words.get(at).filter(|next| {
                ["am", "pm", "a.m.", "p.m."].iter().any(|half| half.eq_ignore_ascii_case(next))
            });
            let joined = match next {
                Some(next) => {
                    at += 1;
                    format!("{word} {next}")
                }
                None => word.to_owned(),
            };
            let (found, rest) = clock(&joined)?;
            seconds = Some(found);
            zones.push(rest.trim().to_owned());
        } else if let Some(found) = self::month(word).filter(|_| month.is_none()) {
            month = Some(found);
        } else if !number.is_empty() && number.len() <= 2 && is_ordinal(rest) {
            match (day, month) {
                (None, _) => day = Some(number.parse().ok()?),
                (Some(_), Some(_))
                    if the_year.is_none() && number.len() == 2 && rest.is_empty() =>
                {
                    the_year = Some(year(number)?);
                }
                _ => return None,
            }
        } else if matches!(number.len(), 3 | 4) && rest.is_empty() && the_year.is_none() {
            the_year = Some(year(number)?);
        } else if !number.is_empty() && whole.is_none() && day.is_none() && month.is_none() {
            whole = Some(day_first(word)?);
        } else if !number.is_empty() {
            return None;
        } else if !FILLERS.contains(&word.to_lowercase().trim_end_matches('.')) {
            zones.push(word.to_owned());
        }
    }
    let date = match (whole, day, month, the_year) {
        (Some(date), None, None, None) => date,
        (None, Some(day), Some(month), Some(year)) => date(year, month, day)?,
        _ => return None,
    };
    Some(Parts { date, seconds: seconds.unwrap_or(0), zone: zone(&zones.join(" "))? })
}

/// Reads a date of numbers. In `04.03.2026` the day comes first everywhere; `04/03/2026` is
/// ambiguous and not read, unless one of its numbers is too high for a month.
fn day_first(text: &str) -> Option<NaiveDate> {
    let (first, rest) = digits(text);
    let separator = rest.chars().next().filter(|c| matches!(c, '.' | '/' | '-'))?;
    let (second, rest) = digits(&rest[1..]);
    let (third, rest) = digits(rest.strip_prefix(separator)?);
    if !rest.is_empty() || third.len() != 4 || first.len() > 2 || second.len() > 2 {
        return None;
    }
    let (first, second, year): (u32, u32, u32) =
        (first.parse().ok()?, second.parse().ok()?, third.parse().ok()?);
    let day_first = date(year, second, first);
    match date(year, first, second) {
        _ if separator == '.' => day_first,
        Some(month_first) if day_first.is_some_and(|day_first| day_first != month_first) => None,
        Some(month_first) => Some(month_first),
        None => day_first,
    }
}

/// Whether a text is the ending of an ordinal number: `th` of `4th`, `er` of `1er`, `.` of `4.`
fn is_ordinal(rest: &str) -> bool {
    matches!(&rest.to_lowercase()[..], "" | "." | "st" | "nd" | "rd" | "th" | "er" | "º" | "ª")
}

fn month(word: &str) -> Option<u32> {
    let word = word.trim_end_matches('.').to_lowercase();
    let latin = MONTHS.iter().position(|names| names.contains(&&word[..]));
    let russian = || {
        let is_russian = word.chars().count() >= 3;
        RUSSIAN.iter().position(|start| is_russian && word.starts_with(start))
    };
    latin.or_else(russian).and_then(|month| u32::try_from(month + 1).ok())
}

/// Splits a text after the digits at its beginning.
fn digits(text: &str) -> (&str, &str) {
    text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::scrape::rfc_3339;

    #[track_caller]
    fn reads(text: &str, expected: &str) {
        assert_eq!(read(text).map(rfc_3339).as_deref(), Some(expected), "{text:?}");
    }

    #[test]
    fn dates_of_mail_and_http() {
        for text in [
            "Wed, 04 Mar 2026 18:30:00 GMT",
            "Wed, 4 Mar 2026 18:30:00 +0000",
            "04 Mar 2026 18:30 Z",
            "4 Mar 2026 13:30 EST",
            "Wed, 04 Mar 2026 10:30:00 PST",
            "Wed, 04 Mar 26 18:30:00 UT",
            "Wed, 04 Mar 126 18:30:00 GMT",
            "Wednesday, 04-Mar-26 18:30:00 GMT",
            "Wed Mar  4 18:30:00 2026",
            "Wed Mar 4 19:30:00 CET 2026",
            "wed,04 mar 2026 18:30:00 gmt",
            "Tue, 04 Mar 2026 18:30:00 -0000",
            "Wed, 04 Mar 2026 20:30:00 +0200 (EET)",
            "Wed, 04 Mar 2026 19:30:00 +0100 CET",
            "Wed, 04 March 2026 20:30:00 UTC+2",
            "Wed, 04 Mar 2026 20:30:00 GMT+02:00",
            "Wed Mar 04 2026 19:30:00 GMT+0100 (Central European Standard Time)",
            "Wed, 04 Mar 2026 16:00:00 \u{2212}0230",
            "Mi, 04 Mär 2026 18:30:00 GMT",
            "mar. 4 mars 2026 18:30",
            "mié, 04 mar 2026 18:30:00",
            "Ср, 04 марта 2026 18:30:00",
            "  Wed,\n\t04 Mar 2026 18:30:00   GMT ",
            "Wed, 04 Mar 2026 18:30:00 A",
            "Wed, 04 Mar 2026 19:30:00 MEZ",
        ] {
            reads(text, "2026-03-04T18:30:00Z");
        }
        reads("Fri, 31 Dec 1999 23:59:60 GMT", "2000-01-01T00:00:00Z");
        reads("Sun, 06 Nov 94 08:49:37 GMT", "1994-11-06T08:49:37Z");
        reads("Sat, 04 Jul 2026 18:30:00 CEST", "2026-07-04T16:30:00Z");
        reads("Sat, 04 Jul 2026 18:30:00 BST", "2026-07-04T17:30:00Z");
    }

    #[test]
    fn dates_that_begin_with_the_year() {
        for text in [
            "2026-03-04T18:30:00Z",
            "2026-03-04t18:30:00z",
            "2026-03-04T18:30:00",
            "2026-03-04 18:30",
            "2026-03-04T18:30:00.123456789Z",
            "2026-03-04T18:30:00,5+00:00",
            "2026-03-04T19:30:00+01:00[Europe/Berlin]",
            "2026-03-04T19:30:00+0100",
            "2026-03-04T19:30:00+01",
            "2026-03-04 13:30:00 -0500 EST",
            "2026-03-04 18:30:00 +0000 UTC",
            "2026-03-04 18:30:00 UTC",
            "2026-3-4T18:30:0",
            "2026/03/04 18:30:00",
            "2026.03.04 18:30",
            "2026-03-04 6:30 PM",
            "20260304T183000Z",
            "20260304T1830",
            "20260304183000",
            "2026-063T18:30:00Z",
            "2026-W10-3T18:30:00Z",
            "2026年3月4日 18:30",
            "1772649000",
            "1772649000123",
        ] {
            reads(text, "2026-03-04T18:30:00Z");
        }
        reads("2026-03-04", "2026-03-04T00:00:00Z");
        reads("20260304", "2026-03-04T00:00:00Z");
        reads("2026-03-04T24:00:00Z", "2026-03-05T00:00:00Z");
        reads("2026-12-31T24:00", "2027-01-01T00:00:00Z");
    }

    #[test]
    fn dates_that_people_write() {
        for text in [
            "March 4, 2026 6:30 PM",
            "March 4th, 2026 at 6:30pm",
            "4. März 2026, 18:30 Uhr",
            "4 de marzo de 2026 18:30",
            "04.03.2026 18:30",
            "4/Mar/2026 18:30",
            "2026 Mar 4 18:30",
        ] {
            reads(text, "2026-03-04T18:30:00Z");
        }
        reads("1er août 2026", "2026-08-01T00:00:00Z");
        reads("25/03/2026", "2026-03-25T00:00:00Z");
        reads("03/25/2026", "2026-03-25T00:00:00Z");
        reads("03/03/2026", "2026-03-03T00:00:00Z");
        reads("4 Mar 2026 12:05 am", "2026-03-04T00:05:00Z");
    }

    #[test]
    fn what_leaves_two_readings_or_none_is_no_date() {
        for text in [
            "",
            "today",
            "2 hours ago",
            "2026",
            "2026-03",
            "March 2026",
            "4 March",
            "04/03/2026",
            "04-03-2026",
            "26-03-04",
            "03.04.26",
            "2026-13-01",
            "2026-02-30",
            "30 Feb 2026",
            "2026-03-04T25:00:00Z",
            "2026-03-04T24:00:01Z",
            "2026-03-04T18:60:00Z",
            "2026-03-04T18:30:00+25:00",
            "2026-03-04 13:30 PM",
            "Wed, 04 Mar 2026 18:30:00 IST",
            "Wed, 04 Mar 2026 18:30:00 XYZ",
            "Wed, 04 Mar 2026 18:30:00 +0100 EST",
            "Wed, 04 Mar 2026 Thu, 05 Mar 2026",
            "2026-03-04T18:30:00Z 2026-03-05T18:30:00Z",
            "0001-01-01T00:00:00Z",
            "0000-00-00 00:00:00",
            "1970-01-01T00:00:00Z",
            "99999999999999999999",
            "2026030418",
            "12345",
            "18:30",
            "(((((",
            "Wed, 04 Mar 2026 18:30:00 GMT )",
        ] {
            assert_eq!(read(text), None, "{text:?}");
        }
        assert_eq!(read(&"1 ".repeat(1000)), None);
        assert_eq!(read(&"é".repeat(30)), None);
    }
}
