//! The decoder panics on some files whose bytes contradict each other. That ends the reading of the file, not the program.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use crate::error::ReadError;

thread_local! {
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

/// Whether this thread decodes bytes of which nothing is known: a panic in there is caught and comes back as an error, so
/// that the program's hook for panics has nothing to say about it.
#[must_use]
pub fn decodes_untrusted_bytes() -> bool {
    DEPTH.with(Cell::get) > 0
}

/// What `decode` returns, or an error where it panics. What it works on is not used again.
pub(crate) fn caught<T>(path: &Path, decode: impl FnOnce() -> Result<T, ReadError>) -> Result<T, ReadError> {
    DEPTH.with(|depth| depth.set(depth.get() + 1));
    let result = catch_unwind(AssertUnwindSafe(decode));
    DEPTH.with(|depth| depth.set(depth.get() - 1));
    result.unwrap_or_else(|_| {
        let message = "its bytes contradict each other: the file is damaged".to_owned();
        Err(ReadError::Parquet { path: path.to_owned(), message })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error() {
        let found = caught::<()>(Path::new("a.parquet"), || {
            assert!(decodes_untrusted_bytes());
            std::panic::resume_unwind(Box::new(()))
        });
        assert!(found.is_err_and(|error| error.to_string().contains("contradict each other")));
        assert!(!decodes_untrusted_bytes());
    }
}
