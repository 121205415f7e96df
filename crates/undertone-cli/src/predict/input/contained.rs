//! Readers and writers of others that panic: Arrow's reader where a buffer is said to lie outside of
//! its message, Parquet's writer at a type that it doesn't know.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::path::Path;
use std::sync::Once;

thread_local! {
    static IS_CONTAINED: Cell<bool> = const { Cell::new(false) };
}

/// What `read` gives; a panic in it is an error that names the file, and nothing is printed.
pub(super) fn contained<T>(
    path: &Path,
    read: impl FnOnce() -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    unless_panicked(read, || in_file(path, anyhow::anyhow!("its bytes are damaged")))
}

/// What `act` gives, or the error that stands for its panic, of which nothing is printed.
pub(in crate::predict) fn unless_panicked<T>(
    act: impl FnOnce() -> anyhow::Result<T>,
    error: impl FnOnce() -> anyhow::Error,
) -> anyhow::Result<T> {
    static QUIET: Once = Once::new();
    QUIET.call_once(|| {
        let print = take_hook();
        set_hook(Box::new(move |panic| {
            if !IS_CONTAINED.get() {
                print(panic);
            }
        }));
    });
    IS_CONTAINED.set(true);
    // Whoever gets the error reads no more from what broke off in the middle.
    let result = catch_unwind(AssertUnwindSafe(act));
    IS_CONTAINED.set(false);
    result.unwrap_or_else(|_| Err(error()))
}

/// Says in which file a table is not as it should be.
pub(super) fn in_file(path: &Path, error: anyhow::Error) -> anyhow::Error {
    error.context(format!(
        "{}: expected a whole table of the format that its name or --input-format says",
        path.display()
    ))
}
