//! From rows in the order of the files to rows by customer and time, in parallel and with each row in memory about once.
//!
//! Customers are cut into ranges of a few ten thousand rows, and ranges into groups. Each chunk of rows is taken apart by
//! range and given back in one part for each group; then the groups are put together one after the other, range by range,
//! and their parts are freed.

use std::ops::Range;

use rayon::prelude::*;

use super::columns::{Columns, scatter};
use super::range::RangeRows;
use super::raw::{Kept, RawRows};
use super::spill::{Chunk, SpillFile};
use crate::error::ReadError;
use crate::options::MemoryLimit;

/// Rows of a range, about.
const ROWS_OF_A_RANGE: u64 = 1 << 15;
/// The most customers of a range.
const MOST_CUSTOMERS_OF_A_RANGE: u32 = 1 << 12;
/// The fewest groups that ranges are put together in: the parts of one of them are in memory twice.
const FEWEST_GROUPS: u64 = 16;

/// How customers are cut into ranges. It follows from the rows and customers there are, and from nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cut {
    pub(crate) n_customers: u32,
    /// Customers of a range, as a power of two.
    pub(crate) shift: u32,
}

impl Cut {
    pub(crate) fn of(rows: u64, n_customers: u32) -> Self {
        let customers = ROWS_OF_A_RANGE.saturating_mul(u64::from(n_customers)) / rows.max(1);
        let customers = customers.clamp(1, u64::from(MOST_CUSTOMERS_OF_A_RANGE));
        Self { n_customers, shift: customers.ilog2() }
    }

    pub(crate) fn ranges(self) -> usize {
        (self.n_customers as usize).div_ceil(1 << self.shift)
    }

    pub(crate) fn range_of(self, customer: u32) -> usize {
        (customer >> self.shift) as usize
    }

    /// The customers of a range.
    pub(crate) fn customers(self, range: usize) -> Range<u32> {
        let first = (range as u64) << self.shift;
        let end = (first + (1 << self.shift)).min(u64::from(self.n_customers));
        first as u32..end as u32
    }
}

/// Rows of a chunk that belong to one group, by range.
#[derive(Debug)]
struct Part<R> {
    /// `starts[r]..starts[r + 1]` are the rows of the r-th range of the group.
    starts: Vec<u32>,
    rows: R,
}

/// Lays out all rows. `places` gives for each customer's number its place among the customers of the cut. `done` gets the
/// sorted rows of each range, many at a time; what it makes of them comes back in the order of the ranges. `begin` is
/// told before how many rows each range of the next group has.
pub(crate) fn lay_out<T: Send>(
    raw: RawRows,
    places: &[u32],
    cut: Cut,
    limit: Option<&MemoryLimit>,
    mut begin: impl FnMut(Range<usize>, &[u64]),
    done: impl Fn(usize, RangeRows) -> Result<T, ReadError> + Sync,
) -> Result<Vec<T>, ReadError> {
    let columns = raw.columns;
    let (chunks, spill) = raw.finish();
    let spill = spill.as_deref();
    let rows: u64 = chunks.iter().map(|chunk| chunk.rows() as u64).sum();
    let bytes = rows * (columns.width as u64 * 8 + 4);
    let groups = limit.map_or(0, |limit| bytes / limit.of_group()).max(FEWEST_GROUPS);
    let ranges_of_a_group = cut.ranges().div_ceil(usize::try_from(groups).unwrap_or(usize::MAX)).max(1);

    let parts: Vec<Vec<Part<Kept>>> = chunks
        .into_par_iter()
        .map(|chunk| take_apart(chunk.load(spill, &columns)?, places, cut, ranges_of_a_group, spill, &columns))
        .collect::<Result<_, ReadError>>()?;
    let mut parts: Vec<std::vec::IntoIter<Part<Kept>>> = parts.into_iter().map(Vec::into_iter).collect();

    let mut results = Vec::with_capacity(cut.ranges());
    for first in (0..cut.ranges()).step_by(ranges_of_a_group) {
        let ranges = first..cut.ranges().min(first + ranges_of_a_group);
        let group: Vec<Part<Kept>> = parts.iter_mut().filter_map(Iterator::next).collect();
        let group = group
            .into_par_iter()
            .map(|part| Ok(Part { starts: part.starts, rows: part.rows.load(spill, &columns)? }))
            .collect::<Result<Vec<Part<Chunk>>, ReadError>>()?;
        let rows_of = |at: usize| group.iter().map(|part| u64::from(part.starts[at + 1] - part.starts[at])).sum();
        let counts: Vec<u64> = (0..ranges.len()).map(rows_of).collect();
        begin(ranges.clone(), &counts);
        let of_range = |range: usize| {
            let at = range - first;
            let pieces: Vec<_> = group
                .iter()
                .map(|part| {
                    let rows = part.starts[at] as usize..part.starts[at + 1] as usize;
                    let words = rows.start * columns.width..rows.end * columns.width;
                    (&part.rows.customer[rows], &part.rows.words[words])
                })
                .collect();
            done(range, RangeRows::sort(cut.customers(range), &pieces, columns.width))
        };
        results.extend(ranges.into_par_iter().map(of_range).collect::<Result<Vec<T>, ReadError>>()?);
    }
    Ok(results)
}

/// Sorts the rows of a chunk by range, and cuts them into one part for each group.
fn take_apart(
    chunk: Chunk,
    places: &[u32],
    cut: Cut,
    ranges_of_a_group: usize,
    spill: Option<&SpillFile>,
    columns: &Columns,
) -> Result<Vec<Part<Kept>>, ReadError> {
    let Chunk { customer: mut customers, words } = chunk;
    let width = columns.width;
    customers.iter_mut().for_each(|customer| *customer = places[*customer as usize]);
    let mut starts = vec![0_u32; cut.ranges() + 1];
    customers.iter().for_each(|customer| starts[cut.range_of(*customer) + 1] += 1);
    for at in 1..starts.len() {
        starts[at] += starts[at - 1];
    }
    // Each range's next row, within the part of its group.
    let mut of_groups: Vec<Vec<u32>> = Vec::new();
    let mut next = vec![0_u32; cut.ranges()];
    for first in (0..cut.ranges()).step_by(ranges_of_a_group) {
        let end = cut.ranges().min(first + ranges_of_a_group);
        let of_group: Vec<u32> = starts[first..=end].iter().map(|start| start - starts[first]).collect();
        next[first..end].copy_from_slice(&of_group[..end - first]);
        of_groups.push(of_group);
    }
    let rows_of = |starts: &Vec<u32>| starts.last().map_or(0, |end| *end as usize);
    let mut of_rows: Vec<Vec<u32>> = of_groups.iter().map(|starts| vec![0; rows_of(starts)]).collect();
    let mut rows: Vec<Vec<i64>> = of_groups.iter().map(|starts| vec![0; rows_of(starts) * width]).collect();
    scatter(&words, width, &mut rows, |row| {
        let range = cut.range_of(customers[row]);
        let (group, at) = (range / ranges_of_a_group, next[range] as usize);
        next[range] += 1;
        of_rows[group][at] = customers[row];
        (group, at)
    });
    drop((customers, words));
    let chunks = of_rows.into_iter().zip(rows).map(|(customer, words)| Chunk { customer, words });
    let keep = |(starts, chunk): (Vec<u32>, Chunk)| {
        let rows = match spill {
            Some(file) => Kept::File(file.write(&chunk)?),
            None => Kept::Memory(chunk),
        };
        Ok(Part { starts, rows })
    };
    of_groups.into_iter().zip(chunks).map(keep).collect()
}
