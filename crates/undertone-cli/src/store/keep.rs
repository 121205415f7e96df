//! Storing the headlines of a visit, each exactly once.

use std::collections::BTreeMap;

use anyhow::Context;
use chrono::{DateTime, Utc};

use super::Store;
use super::claim::Claim;
use super::counts::{CHUNK, UNIT};
use super::database::{Value, integer, places, text};
use super::record::{Key, Record, Scored, TITLE, Writer, key};
use super::times::time;

/// A headline with its score, to be stored.
#[derive(Debug, Clone)]
pub(crate) struct Entry<'a> {
    pub(crate) title: &'a str,
    /// The publisher.
    pub(crate) source: &'a str,
    pub(crate) url: Option<&'a str>,
    pub(crate) published: Option<DateTime<Utc>>,
    pub(crate) label: &'a str,
    /// The model's labels, and the probability of each.
    pub(crate) labels: &'a [String],
    pub(crate) probabilities: &'a [f64],
    /// The SHA-256 of the model's file.
    pub(crate) model: &'a str,
    /// The coins and companies that it is about.
    pub(crate) names: Vec<&'a str>,
}

/// What the store knows of a headline.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Seen {
    pub(crate) id: i64,
    /// The time at which the headline was first seen.
    pub(crate) first: DateTime<Utc>,
    /// Whether it was seen now for the first time.
    pub(crate) is_first: bool,
    /// Whether no process has printed the headline, and no living one is about to.
    pub(crate) is_new: bool,
}

/// The result of storing headlines.
#[derive(Debug)]
pub(crate) struct Kept {
    /// What the store knows of each headline, in their order.
    pub(crate) seen: Vec<Seen>,
    /// The claim of this process to print the new ones; `None` if none is new.
    claim: Option<Claim>,
}

/// A row that is there already.
struct Known {
    id: i64,
    first_seen: i64,
    last_seen: i64,
    label: String,
    probabilities: String,
    model: String,
    claim: Option<String>,
}

/// A probability in ten-thousandths.
pub(super) fn rounded(probability: f64) -> i64 {
    (UNIT * probability).round() as i64
}

/// Probabilities as JSON: label → probability, in millionths, as more digits are noise.
fn as_json(labels: &[String], probabilities: &[f64]) -> anyhow::Result<String> {
    let rounded = probabilities.iter().map(|&one| ((1e6 * one).round() / 1e6).into());
    let map: serde_json::Map<String, serde_json::Value> =
        labels.iter().cloned().zip(rounded).collect();
    Ok(serde_json::to_string(&map)?)
}

/// The confidence that follows from probabilities.
pub(super) fn confidence(labels: &[String], probabilities: &[f64], label: &str) -> i64 {
    let place = labels.iter().position(|one| one == label);
    rounded(place.and_then(|place| probabilities.get(place)).copied().unwrap_or(0.0))
}

impl Store {
    /// Stores headlines with their scores, all or none, and returns what is known of each. A
    /// headline is new if no process has printed it, and no living process is about to.
    ///
    /// After printing them the process calls [`Store::printed`]. If it ends before that, they stay
    /// new for the next process.
    pub(crate) fn keep(
        &mut self,
        entries: &[Entry<'_>],
        now: DateTime<Utc>,
    ) -> anyhow::Result<Kept> {
        let now = now.timestamp();
        // Claims are only looked for and made in a transaction.
        self.write(|database| {
            let alive = database.living_claims()?;
            let keys: Vec<Key> = entries.iter().map(|entry| key(TITLE, entry.title)).collect();
            let mut known = known(database, &keys)?;
            let mut claim: Option<Claim> = None;
            let mut seen = Vec::with_capacity(entries.len());
            let mut again = Vec::new();
            let mut claimed = Vec::new();
            let mut records = Vec::new();
            // Titles of this list that the store has not: their places in `records`, `seen`.
            let mut first: BTreeMap<Key, usize> = BTreeMap::new();
            let mut writer = Writer::new(database)?;
            for (entry, key) in entries.iter().zip(&keys) {
                if let Some(&place) = first.get(key) {
                    // Further down the same list.
                    let earlier: &Seen = &seen[place];
                    let twice = Seen { is_first: false, is_new: false, ..earlier.clone() };
                    seen.push(twice);
                    continue;
                }
                first.insert(*key, seen.len());
                let probabilities = as_json(entry.labels, entry.probabilities)?;
                let confidence = confidence(entry.labels, entry.probabilities, entry.label);
                let is_new = known
                    .get(key)
                    .is_none_or(|known| known.claim.as_ref().is_some_and(|by| !alive.contains(by)));
                if is_new && claim.is_none() {
                    claim = Some(writer.database.claim()?);
                }
                let by = claim.as_ref().filter(|_| is_new).map(|claim| claim.name().to_owned());
                let Some(known) = known.remove(key) else {
                    records.push(Record {
                        title: entry.title.to_owned(),
                        source: entry.source.to_owned(),
                        url: entry.url.map(str::to_owned),
                        published: entry.published.map(|time| time.timestamp()),
                        first_seen: now,
                        last_seen: now,
                        label: entry.label.to_owned(),
                        confidence,
                        probabilities,
                        model: entry.model.to_owned(),
                        names: entry.names.iter().map(|&name| name.to_owned()).collect(),
                        claim: by,
                        id: None,
                    });
                    // The id follows.
                    seen.push(Seen { id: 0, first: time(now), is_first: true, is_new });
                    continue;
                };
                if let Some(by) = by {
                    claimed.push((known.id, by));
                }
                // The clock may have gone back.
                if known.last_seen < now {
                    again.push(known.id);
                }
                let is_same = known.label == entry.label
                    && known.model == entry.model
                    && known.probabilities == probabilities;
                if !is_same {
                    let scored = Scored {
                        label: entry.label,
                        confidence,
                        probabilities: &probabilities,
                        model: entry.model,
                    };
                    writer.score(known.id, &scored)?;
                }
                let first = time(known.first_seen);
                seen.push(Seen { id: known.id, first, is_first: false, is_new });
            }
            for (id, by) in claimed {
                let update = "UPDATE unprinted SET claim = $2 WHERE headline = $1";
                writer.database.execute(update, &[id.into(), Value::Text(&by)])?;
            }
            for chunk in again.chunks(CHUNK) {
                let mut values = vec![Value::Integer(now)];
                values.extend(chunk.iter().copied().map(Value::Integer));
                let list: Vec<String> = (2..=values.len()).map(|n| format!("${n}")).collect();
                let list = list.join(", ");
                let update = format!("UPDATE headlines SET last_seen = $1 WHERE id IN ({list})");
                writer.database.execute(&update, &values)?;
            }
            let mut ids = writer.insert(&records)?.into_iter();
            let mut id_of = BTreeMap::new();
            for (seen, key) in seen.iter_mut().zip(&keys) {
                if seen.is_first {
                    seen.id = ids.next().unwrap_or_default();
                    id_of.insert(*key, seen.id);
                } else if seen.id == 0 {
                    seen.id = id_of.get(key).copied().unwrap_or_default();
                }
            }
            writer.finish()?;
            Ok(Kept { seen, claim })
        })
    }

    /// Records that stored headlines were printed.
    pub(crate) fn printed(&mut self, kept: Kept) -> anyhow::Result<()> {
        let Some(claim) = kept.claim else { return Ok(()) };
        let delete = "DELETE FROM unprinted WHERE claim = $1";
        let mut done = self.patiently(|database| database.execute(delete, &[claim.name().into()]));
        if done.is_err() && self.database.is_lost() {
            // The server was stopped meanwhile, which is seen only when it is asked.
            done = self.patiently(|database| database.execute(delete, &[claim.name().into()]));
        }
        done.context(
            "could not record that the new headlines were printed; they will be once more",
        )?;
        self.database.give_up(claim)
    }
}

/// The headlines of `keys` that the store has.
fn known(
    database: &mut dyn super::database::Database,
    keys: &[Key],
) -> anyhow::Result<BTreeMap<Key, Known>> {
    let mut found = BTreeMap::new();
    for chunk in keys.chunks(CHUNK) {
        let list = places(1, chunk.len());
        let select = format!(
            "SELECT key, id, first_seen, last_seen, probabilities,
             (SELECT term FROM terms WHERE terms.id = headlines.label),
             (SELECT term FROM terms WHERE terms.id = headlines.model),
             (SELECT claim FROM unprinted WHERE headline = headlines.id)
             FROM headlines WHERE key IN {list}"
        );
        let values: Vec<Value<'_>> = chunk.iter().map(|key| Value::Bytes(key)).collect();
        database.query(&select, &values, &mut |row| {
            let key = row.bytes(0)?;
            let key = Key::try_from(&key[..]).context("a key is too short")?;
            let known = Known {
                id: integer(row, 1)?,
                first_seen: integer(row, 2)?,
                last_seen: integer(row, 3)?,
                probabilities: text(row, 4)?,
                label: text(row, 5)?,
                model: text(row, 6)?,
                claim: row.text(7)?,
            };
            found.insert(key, known);
            Ok(())
        })?;
    }
    Ok(found)
}
