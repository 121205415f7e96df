//! When each source is visited next: at an interval of its own with jitter, later after failures.

use std::time::Duration;

/// The share of an interval by which a visit may come earlier or later, so that watchers that were
/// started together don't ask together for ever.
const JITTER: f64 = 0.1;
/// The longest pause after failures, unless the interval itself is longer.
const LONGEST_BACKOFF: Duration = Duration::from_secs(6 * 60 * 60);
/// The longest pause after what was read could not be kept: that is no fault of the source.
const LONGEST_UNKEPT: Duration = Duration::from_secs(60);
/// The longest pause that a site can ask for.
const LONGEST_REQUEST: Duration = Duration::from_secs(24 * 60 * 60);

/// How a visit went, for the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Went {
    /// The source was read.
    Well,
    /// It could not be read; its server asked for a pause of at least this.
    Badly { pause: Duration },
    /// The store could not be read or written.
    Unkept,
    /// Another watcher has the source, or had it lately; it is due again after this.
    Elsewhere { pause: Duration },
}

/// The next visits of some sources, in time since the watcher began. That time is monotonic: no
/// change of the system's clock moves a visit.
#[derive(Debug)]
pub(super) struct Schedule {
    seed: u64,
    plans: Vec<Plan>,
}

#[derive(Debug)]
struct Plan {
    every: Duration,
    due: Duration,
    visits: u64,
    /// The number of failures in a row.
    failures: u32,
}

impl Schedule {
    /// A schedule of sources with these intervals, each due at once.
    pub(super) fn new(intervals: impl IntoIterator<Item = Duration>, seed: u64) -> Self {
        let plan = |every| Plan { every, due: Duration::ZERO, visits: 0, failures: 0 };
        Self { seed, plans: intervals.into_iter().map(plan).collect() }
    }

    /// The source whose visit is due first, the first of equals, and when that is; `None` without
    /// sources.
    pub(super) fn next(&self) -> Option<(usize, Duration)> {
        let plans = self.plans.iter().enumerate();
        plans.map(|(source, plan)| (source, plan.due)).min_by_key(|(_, due)| *due)
    }

    /// Plans the next visit of a source after one that ended at `now`, and returns the pause until
    /// then.
    pub(super) fn plan(&mut self, source: usize, now: Duration, went: Went) -> Duration {
        let seed = self.seed;
        let Some(plan) = self.plans.get_mut(source) else { return Duration::ZERO };
        plan.visits += 1;
        let pause = match went {
            Went::Well => {
                plan.failures = 0;
                plan.every
            }
            Went::Unkept => plan.every.min(LONGEST_UNKEPT),
            Went::Elsewhere { pause } => pause.min(plan.every),
            Went::Badly { pause } => {
                plan.failures = plan.failures.saturating_add(1);
                let doubled = plan.every.saturating_mul(2_u32.saturating_pow(plan.failures));
                let backoff = doubled.min(LONGEST_BACKOFF.max(plan.every));
                backoff.max(pause.min(LONGEST_REQUEST))
            }
        };
        let chance = chance(seed ^ (source as u64) << 32 ^ plan.visits);
        let jittered = pause.mul_f64(1.0 + JITTER * (2.0 * chance - 1.0));
        let pause = match went {
            // What a site asked for is the least.
            Went::Badly { pause: asked } => jittered.max(asked.min(LONGEST_REQUEST)),
            Went::Well | Went::Unkept | Went::Elsewhere { .. } => jittered,
        };
        plan.due = now.saturating_add(pause);
        pause
    }
}

/// A number from 0 to under 1 that looks random: the finalizer of SplitMix64 (Steele, Lea and
/// Flood, 2014).
fn chance(seed: u64) -> f64 {
    let mut bits = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ bits >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ bits >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^= bits >> 31;
    // The 53 bits of a double's significand.
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);
    const FAILED: Went = Went::Badly { pause: Duration::ZERO };

    /// Whether a pause is another one, give or take the jitter.
    #[track_caller]
    fn is_about(pause: Duration, expected: Duration) {
        let share = pause.as_secs_f64() / expected.as_secs_f64();
        assert!((1.0 - JITTER..=1.0 + JITTER).contains(&share), "{pause:?}, not {expected:?}");
    }

    #[test]
    fn each_source_has_its_interval() {
        let mut schedule = Schedule::new([15 * MINUTE, 60 * MINUTE], 7);
        let mut visits = [0, 0];
        while let Some((source, due)) = schedule.next() {
            if due > 24 * 60 * MINUTE {
                break;
            }
            visits[source] += 1;
            is_about(schedule.plan(source, due, Went::Well), [15, 60][source] * MINUTE);
        }
        assert!((90..=105).contains(&visits[0]) && (22..=27).contains(&visits[1]), "{visits:?}");
        assert_eq!(Schedule::new([], 7).next(), None);
    }

    #[test]
    fn failures_in_a_row_double_the_pause_up_to_hours() {
        let mut schedule = Schedule::new([15 * MINUTE, 48 * 60 * MINUTE], 7);
        for expected in [30, 60, 120, 240, 360, 360] {
            is_about(schedule.plan(0, MINUTE, FAILED), expected * MINUTE);
        }
        // That another watcher has the source, or that the disk is full, says nothing of its site.
        is_about(schedule.plan(0, MINUTE, Went::Elsewhere { pause: 3 * MINUTE }), 3 * MINUTE);
        is_about(schedule.plan(0, MINUTE, Went::Elsewhere { pause: 99 * MINUTE }), 15 * MINUTE);
        is_about(schedule.plan(0, MINUTE, Went::Unkept), MINUTE);
        is_about(schedule.plan(0, MINUTE, FAILED), 360 * MINUTE);
        is_about(schedule.plan(0, MINUTE, Went::Well), 15 * MINUTE);
        is_about(schedule.plan(0, MINUTE, FAILED), 30 * MINUTE);
        // A long interval stays what it is.
        is_about(schedule.plan(1, MINUTE, FAILED), 48 * 60 * MINUTE);
        for _ in 0..100 {
            schedule.plan(0, Duration::MAX, FAILED);
        }
        is_about(schedule.plan(0, Duration::MAX, FAILED), 360 * MINUTE);
        assert_eq!(schedule.plan(9, MINUTE, Went::Well), Duration::ZERO);
    }

    #[test]
    fn a_site_may_ask_for_a_longer_pause_of_a_day_at_most() {
        let mut schedule = Schedule::new([MINUTE], 7);
        for (asked, least) in [(3 * 60 * MINUTE, 3 * 60), (Duration::MAX, 24 * 60)] {
            let pause = schedule.plan(0, MINUTE, Went::Badly { pause: asked });
            assert!(pause >= least * MINUTE && pause <= least * MINUTE * 11 / 10, "{pause:?}");
        }
    }

    #[test]
    fn jitter_comes_from_the_seed() {
        let pauses = |seed| {
            let mut schedule = Schedule::new([MINUTE], seed);
            (0..20).map(|_| schedule.plan(0, MINUTE, Went::Well)).collect::<Vec<_>>()
        };
        assert_eq!(pauses(1), pauses(1));
        assert_ne!(pauses(1), pauses(2));
        let pauses = pauses(3);
        assert!(pauses.iter().any(|pause| *pause < MINUTE));
        assert!(pauses.iter().any(|pause| *pause > MINUTE));
    }
}
