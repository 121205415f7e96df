//! How threads are told to stop while they wait.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Instant;

/// A sign to stop, for which threads can wait.
#[derive(Debug, Default)]
pub(super) struct Halt {
    is_given: Mutex<bool>,
    told: Condvar,
}

impl Halt {
    pub(super) fn give(&self) {
        // A flag is valid whatever happened to its last holder.
        *self.is_given.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.told.notify_all();
    }

    /// Waits until a time; whether to go on then.
    pub(super) fn wait_until(&self, time: Instant) -> bool {
        let mut is_given = self.is_given.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let left = time.saturating_duration_since(Instant::now());
            if *is_given || left.is_zero() {
                return !*is_given;
            }
            is_given =
                self.told.wait_timeout(is_given, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn whoever_waits_is_told_at_once() {
        let halt = Halt::default();
        assert!(halt.wait_until(Instant::now()));
        std::thread::scope(|scope| {
            let waits =
                scope.spawn(|| halt.wait_until(Instant::now() + Duration::from_secs(86_400)));
            halt.give();
            assert!(!waits.join().unwrap());
        });
        assert!(!halt.wait_until(Instant::now()));
    }
}
