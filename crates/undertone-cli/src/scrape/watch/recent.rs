//! The headlines of the last day, among which those that tell a story again are left out.

use std::collections::{HashSet, VecDeque};

use chrono::{DateTime, TimeDelta, Utc};

use super::super::filter::Words;
use super::super::headline::Headline;
use crate::store::{Filter, Store};

/// The time after which a story may come again.
const LONGEST: TimeDelta = TimeDelta::days(1);
/// The most headlines among which stories are looked for, the latest ones.
const MOST: usize = 5000;
/// The most headlines that are read from the store at a time.
const MOST_AT_ONCE: u32 = 500;

/// The latest headlines of the store, whoever has put them there.
#[derive(Debug, Default)]
pub(super) struct Recent {
    /// The id of the latest one; `None` before the first reading.
    last: Option<i64>,
    headlines: VecDeque<Known>,
    titles: HashSet<String>,
}

#[derive(Debug)]
struct Known {
    first_seen: DateTime<Utc>,
    title: String,
    words: Words,
}

impl Recent {
    /// Reads what has come into the store since the last time, and forgets what is older than a
    /// day.
    pub(super) fn refresh(&mut self, store: &mut Store, now: DateTime<Utc>) -> anyhow::Result<()> {
        let mut last = match self.last {
            Some(last) => last,
            None => (store.last_id()?).saturating_sub(MOST as i64),
        };
        loop {
            let headlines = store.after(&Filter::default(), last, MOST_AT_ONCE)?;
            let Some(newest) = headlines.last() else { break };
            last = newest.id;
            for headline in headlines {
                self.add(headline.title, headline.first_seen);
            }
            self.forget(now);
        }
        self.last = Some(last);
        self.forget(now);
        Ok(())
    }

    fn add(&mut self, title: String, first_seen: DateTime<Utc>) {
        if self.titles.insert(title.clone()) {
            let words = Words::of(&title);
            self.headlines.push_back(Known { first_seen, title, words });
        }
    }

    fn forget(&mut self, now: DateTime<Utc>) {
        while let Some(oldest) = self.headlines.front() {
            if self.headlines.len() <= MOST && now - oldest.first_seen <= LONGEST {
                break;
            }
            if let Some(oldest) = self.headlines.pop_front() {
                self.titles.remove(&oldest.title);
            }
        }
    }

    /// Takes out the headlines that say what another one of the last day says in nearly the same
    /// words. The very same title stays: it is that one again.
    pub(super) fn leave_out_repeated(&self, headlines: &mut Vec<Headline>) {
        headlines.retain(|headline| {
            let is_known = self.titles.contains(&headline.title);
            let words = Words::of(&headline.title);
            is_known || !self.headlines.iter().any(|known| known.words.tells(&words))
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headline(title: &str) -> Headline {
        let source = "Ledger".to_owned();
        Headline { title: title.to_owned(), source, url: None, published: None }
    }

    #[test]
    fn a_story_counts_once_a_day() {
        let now = DateTime::UNIX_EPOCH + TimeDelta::days(9);
        let mut recent = Recent::default();
        recent.add("Exchange halts withdrawals as losses mount".to_owned(), now);
        let stays = |recent: &Recent, title: &str| {
            let mut headlines = vec![headline(title)];
            recent.leave_out_repeated(&mut headlines);
            !headlines.is_empty()
        };
        // The same headline is seen again at every visit.
        assert!(stays(&recent, "Exchange halts withdrawals as losses mount"));
        assert!(!stays(&recent, "EXCHANGE halts withdrawals, as losses mount!"));
        assert!(!stays(&recent, "Exchange halts all withdrawals as losses mount"));
        assert!(stays(&recent, "Exchange opens withdrawals as profits mount"));
        recent.forget(now + TimeDelta::hours(24));
        assert!(!stays(&recent, "Exchange halts all withdrawals as losses mount"));
        recent.forget(now + TimeDelta::hours(25));
        assert!(stays(&recent, "Exchange halts all withdrawals as losses mount"));
    }

    #[test]
    fn only_the_latest_are_held() {
        let now = DateTime::UNIX_EPOCH;
        let mut recent = Recent::default();
        for number in 0..MOST + 10 {
            recent.add(format!("Number {number} of very many headlines"), now);
            recent.add(format!("Number {number} of very many headlines"), now);
        }
        // The clock went back a year.
        recent.forget(now - TimeDelta::days(365));
        assert_eq!((recent.headlines.len(), recent.titles.len()), (MOST, MOST));
        assert!(!recent.titles.contains("Number 9 of very many headlines"));
    }
}
