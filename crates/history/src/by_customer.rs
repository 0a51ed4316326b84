//! Rows of a table in one order: by customer, and within a customer by everything they hold.

use std::cmp::Ordering;

use rayon::prelude::*;

/// Customers whose rows are sorted by one task.
const CUSTOMERS_OF_A_PART: usize = 1_024;

/// Row numbers by customer.
#[derive(Debug)]
pub(crate) struct ByCustomer {
    /// `offsets[c]..offsets[c + 1]` are the places of the rows of customer `c`.
    pub(crate) offsets: Vec<u32>,
    /// The row at each place.
    pub(crate) order: Vec<u32>,
}

impl ByCustomer {
    /// Sorts rows that belong to these customers. Rows that compare as equal must be interchangeable: then the result
    /// does not depend on their order.
    pub(crate) fn sort(
        customer: &[u32],
        n_customers: usize,
        compare: impl Fn(usize, usize) -> Ordering + Sync,
    ) -> Self {
        let mut offsets = vec![0_u32; n_customers + 1];
        for customer in customer {
            offsets[*customer as usize + 1] += 1;
        }
        for at in 0..n_customers {
            offsets[at + 1] += offsets[at];
        }
        let mut next = offsets.clone();
        let mut order = vec![0_u32; customer.len()];
        for (row, customer) in (0_u32..).zip(customer) {
            let place = &mut next[*customer as usize];
            order[*place as usize] = row;
            *place += 1;
        }

        let mut parts: Vec<(&mut [u32], &[u32])> = Vec::new();
        let mut rest = order.as_mut_slice();
        for first in (0..n_customers).step_by(CUSTOMERS_OF_A_PART) {
            let bounds = &offsets[first..=(first + CUSTOMERS_OF_A_PART).min(n_customers)];
            let (part, after) = rest.split_at_mut((bounds[bounds.len() - 1] - bounds[0]) as usize);
            parts.push((part, bounds));
            rest = after;
        }
        parts.into_par_iter().for_each(|(part, bounds)| {
            for pair in bounds.windows(2) {
                let rows = &mut part[(pair[0] - bounds[0]) as usize..(pair[1] - bounds[0]) as usize];
                rows.sort_unstable_by(|a, b| compare(*a as usize, *b as usize));
            }
        });
        Self { offsets, order }
    }

    /// A column in this order.
    pub(crate) fn arrange<T: Copy + Send + Sync>(&self, column: &[T]) -> Vec<T> {
        self.order.par_iter().map(|row| column[*row as usize]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_sorted_within_their_customer() {
        // Customers of many sizes, in more than one part; the first and the last without rows.
        let n = 3 * CUSTOMERS_OF_A_PART + 5;
        let customer: Vec<u32> = (0..40_000_u32).map(|row| 1 + row * 7_919 % 509 * 6 % (n as u32 - 2)).collect();
        let value: Vec<u32> = (0..40_000_u32).map(|row| row * 104_729 % 10_007).collect();
        let sorted = ByCustomer::sort(&customer, n, |a, b| value[a].cmp(&value[b]));
        let mut expected: Vec<(u32, u32)> = customer.iter().copied().zip(value.iter().copied()).collect();
        expected.sort_unstable();
        let found: Vec<(u32, u32)> = sorted.arrange(&customer).into_iter().zip(sorted.arrange(&value)).collect();
        assert_eq!(found, expected);
        for at in 0..n {
            let rows = sorted.offsets[at] as usize..sorted.offsets[at + 1] as usize;
            assert!(found[rows].iter().all(|(customer, _)| *customer as usize == at));
        }
        assert!(ByCustomer::sort(&[], 0, |_, _| Ordering::Equal).order.is_empty());
    }
}
