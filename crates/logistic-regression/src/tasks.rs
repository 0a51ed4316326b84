//! Work on many blocks, shared out in the same way for any number of threads.

use rayon::prelude::*;

/// Up to this many blocks one task does it all: they take less time than to share them out.
const BLOCKS_OF_ONE_TASK: usize = 16;
const TASKS: usize = 32;

/// Calls `task` for ranges of the blocks, which depend on their number alone, and joins in their order; `None` without
/// blocks.
pub(crate) fn in_tasks<T: Send>(
    blocks: &[usize],
    task: impl Fn(&[usize]) -> T + Sync,
    join: impl Fn(T, T) -> T,
) -> Option<T> {
    if blocks.len() <= BLOCKS_OF_ONE_TASK {
        return (!blocks.is_empty()).then(|| task(blocks));
    }
    let of_task = |at: usize| at * blocks.len() / TASKS;
    let found: Vec<T> =
        (0..TASKS).into_par_iter().with_max_len(1).map(|at| task(&blocks[of_task(at)..of_task(at + 1)])).collect();
    found.into_iter().reduce(join)
}
