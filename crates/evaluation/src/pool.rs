//! Pooling adjacent violators: the nearest monotone sequence.

/// A run of neighbours that share one mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Pool {
    pub(crate) sum: f64,
    pub(crate) weight: f64,
    /// How many entries of the sequence are in it.
    pub(crate) entries: usize,
}

impl Pool {
    pub(crate) fn mean(&self) -> f64 {
        self.sum / self.weight
    }
}

/// Which neighbours have to be pooled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keep {
    /// Means may be equal; only a fall is pooled.
    Ties,
    /// Equal means are pooled too, so that means rise strictly.
    Rises,
}

/// Appends an entry, then pools backwards as long as the last two means are in the wrong order: the minimum of the
/// weighted sum of squares over rising sequences (Ayer, Brunk, Ewing, Reid & Silverman 1955, Ann Math Stat 26:641).
pub(crate) fn push(pools: &mut Vec<Pool>, entry: Pool, keep: Keep) {
    let mut last = entry;
    while let Some(previous) = pools.last() {
        let in_order = match keep {
            Keep::Ties => previous.mean() <= last.mean(),
            Keep::Rises => previous.mean() < last.mean(),
        };
        if in_order {
            break;
        }
        last = Pool {
            sum: previous.sum + last.sum,
            weight: previous.weight + last.weight,
            entries: previous.entries + last.entries,
        };
        pools.pop();
    }
    pools.push(last);
}
