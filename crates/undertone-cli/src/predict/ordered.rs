//! Parallel work on all cores, with results in the order of the input.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// The number of batches for each thread that are waiting or in work, which bounds the memory.
const IN_FLIGHT: usize = 2;

/// Maps the items of `input` on `threads` threads, each with a worker of its own, and passes the
/// results to `sink` in the order of the input, on the caller's thread. Ends at the first error of
/// input, worker or sink.
pub(super) fn map_ordered<I: Send, O: Send, W: FnMut(I) -> anyhow::Result<O>>(
    threads: usize,
    input: impl Iterator<Item = anyhow::Result<I>> + Send,
    worker: impl Fn() -> W + Sync,
    mut sink: impl FnMut(O) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    type Answer<O> = SyncSender<anyhow::Result<O>>;
    let threads = threads.max(1);
    // Each item has a channel for its result. The receivers are queued in the order of the input,
    // and their number is bounded: a slow item holds the others up rather than being overtaken.
    let (wait, waiting) = sync_channel::<Receiver<anyhow::Result<O>>>(IN_FLIGHT * threads);
    let (ask, asked) = sync_channel::<(I, Answer<O>)>(IN_FLIGHT * threads);
    let asked = Mutex::new(asked);
    thread::scope(|scope| {
        scope.spawn(move || {
            // A closed channel means that another thread failed: reading ends.
            for item in input {
                let (answer, answered) = sync_channel(1);
                if wait.send(answered).is_err() {
                    return;
                }
                match item {
                    Ok(item) => {
                        if ask.send((item, answer)).is_err() {
                            return;
                        }
                    }
                    Err(error) => {
                        let _ = answer.send(Err(error));
                        return;
                    }
                }
            }
        });
        for _ in 0..threads {
            scope.spawn(|| {
                let mut work = worker();
                loop {
                    let next = asked.lock().unwrap_or_else(PoisonError::into_inner).recv();
                    let Ok((item, answer)) = next else { return };
                    // Fails if the result is no longer wanted.
                    let _ = answer.send(work(item));
                }
            });
        }
        for answered in waiting {
            sink(answered.recv()??)?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;

    #[test]
    fn results_come_in_order_and_few_are_in_flight() {
        const THREADS: usize = 4;
        let (read, written) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let most = AtomicUsize::new(0);
        let input = (0..500).map(|item| {
            let ahead = read.fetch_add(1, Ordering::SeqCst) + 1 - written.load(Ordering::SeqCst);
            most.fetch_max(ahead, Ordering::SeqCst);
            Ok(item)
        });
        let mut found = Vec::new();
        let work = |item: usize| {
            // Every seventh item is slow.
            thread::sleep(Duration::from_micros(if item.is_multiple_of(7) { 2000 } else { 10 }));
            Ok(item)
        };
        map_ordered(
            THREADS,
            input,
            || work,
            |item| {
                written.fetch_add(1, Ordering::SeqCst);
                found.push(item);
                Ok(())
            },
        )
        .unwrap();
        assert!(found.iter().copied().eq(0..500));
        // The bounded ones, one in the reader, and one in the sink.
        assert!(most.load(Ordering::SeqCst) <= IN_FLIGHT * THREADS + 2, "{most:?}");
    }

    #[test]
    fn the_first_error_ends_it_after_what_came_before() {
        let bad = |at: usize| {
            move |item: usize| {
                if item == at { Err(anyhow::anyhow!("item {item}")) } else { Ok(item) }
            }
        };
        let (never, third) = (usize::MAX, 3);
        for (reading, working, writing) in
            [(third, never, never), (never, third, never), (never, never, third)]
        {
            let mut found = Vec::new();
            let input = (0..1000).map(bad(reading));
            let error = map_ordered(
                2,
                input,
                || bad(working),
                |item| {
                    found.push(bad(writing)(item)?);
                    Ok(())
                },
            )
            .unwrap_err();
            assert_eq!((error.to_string(), found), ("item 3".to_owned(), vec![0, 1, 2]));
        }
    }
}
