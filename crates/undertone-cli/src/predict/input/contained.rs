//! Containment of panics in the readers and writers of other crates: Arrow's reader panics at a
//! buffer outside its message, Parquet's writer at a type that it doesn't know.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::path::Path;
use std::sync::Once;

thread_local! {
    static IS_CONTAINED: Cell<bool> = const { Cell::new(false) };
}

/// Runs `read`. A panic in it becomes an error that names the file, and its message is not printed.
pub(super) fn contained<T>(
    path: &Path,
    read: impl FnOnce() -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    unless_panicked(read, || in_file(path, anyhow::anyhow!("its bytes are damaged")))
}

/// Runs `act`. A panic in it becomes an error, and its message is not printed.
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
    // Unwind safe: after the error nothing is read from what was interrupted.
    let result = catch_unwind(AssertUnwindSafe(act));
    IS_CONTAINED.set(false);
    result.unwrap_or_else(|_| Err(error()))
}

/// Adds to an error the file whose table is not as it should be.
pub(super) fn in_file(path: &Path, error: anyhow::Error) -> anyhow::Error {
    error.context(format!(
        "{}: expected a whole table of the format that its name or --input-format says",
        path.display()
    ))
}
