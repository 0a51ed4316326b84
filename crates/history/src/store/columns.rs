//! What a row of the transactions holds, as words of 64 bits side by side.
//!
//! Rows of one export all have the same words, so they are kept as a flat array with a fixed stride: a row is copied,
//! compared, hashed, spilled and read back without looking at what its words mean. Rows are compared word by word, so
//! the order of the words is the canonical order of rows.

use crate::spec::TransactionsSpec;

/// The moment of a row is its first word.
pub(crate) const TIMESTAMP: usize = 0;

/// Which words a row has, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Columns {
    /// Tag of the order's id. In purchases: number of the row before it of the same order, or -1.
    pub(crate) order: Option<usize>,
    pub(crate) recorded_at: Option<usize>,
    pub(crate) amount: usize,
    pub(crate) discount: Option<usize>,
    pub(crate) margin: Option<usize>,
    pub(crate) quantity: Option<usize>,
    pub(crate) channel: Option<usize>,
    pub(crate) product: Option<usize>,
    pub(crate) category: Option<usize>,
    /// Words of a row.
    pub(crate) width: usize,
    /// Words of a purchase: all but the product and the category, which differ between the rows of a purchase.
    pub(crate) purchase_width: usize,
}

impl Columns {
    /// The words that the mapped columns make.
    pub(crate) fn of(spec: &TransactionsSpec) -> Self {
        let mut width = TIMESTAMP;
        let mut next = |mapped: bool| {
            width += usize::from(mapped);
            mapped.then_some(width)
        };
        let order = next(spec.order_id.is_some());
        let recorded_at = next(spec.recorded_at.is_some());
        let amount = next(true).unwrap_or_default();
        let discount = next(spec.discount.is_some());
        let margin = next(spec.margin.is_some());
        let quantity = next(spec.quantity.is_some());
        let channel = next(spec.channel.is_some());
        let product = next(spec.product.is_some());
        let category = next(spec.category.is_some());
        let width = width + 1;
        let purchase_width = width - usize::from(product.is_some()) - usize::from(category.is_some());
        Self {
            order,
            recorded_at,
            amount,
            discount,
            margin,
            quantity,
            channel,
            product,
            category,
            width,
            purchase_width,
        }
    }

    /// Whether single rows are kept beside the purchases they make up.
    pub(crate) fn has_lines(&self) -> bool {
        self.product.is_some() || self.category.is_some()
    }
}

/// Copies rows to their places: `place` says for each, in turn, to which of the parts it goes and as which row there.
pub(crate) fn scatter(
    rows: &[i64],
    width: usize,
    parts: &mut [Vec<i64>],
    mut place: impl FnMut(usize) -> (usize, usize),
) {
    /// Rows of usual widths are copied without a call for each.
    fn fixed<const WIDTH: usize>(rows: &[i64], parts: &mut [Vec<i64>], mut place: impl FnMut(usize) -> (usize, usize)) {
        for (number, row) in rows.as_chunks::<WIDTH>().0.iter().enumerate() {
            let (part, at) = place(number);
            parts[part].as_chunks_mut::<WIDTH>().0[at] = *row;
        }
    }
    match width {
        2 => fixed::<2>(rows, parts, place),
        3 => fixed::<3>(rows, parts, place),
        4 => fixed::<4>(rows, parts, place),
        5 => fixed::<5>(rows, parts, place),
        _ => {
            for (number, row) in rows.chunks_exact(width).enumerate() {
                let (part, at) = place(number);
                parts[part][at * width..(at + 1) * width].copy_from_slice(row);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_any_width_go_to_their_places() {
        for width in 1..8 {
            let rows: Vec<i64> = (0..4 * width as i64).collect();
            let mut parts = vec![vec![-1; 3 * width], vec![-1; width]];
            scatter(&rows, width, &mut parts, |row| [(0, 2), (1, 0), (0, 0), (0, 1)][row]);
            let row = |at: usize| &rows[at * width..(at + 1) * width];
            assert_eq!(parts, [[row(2), row(3), row(0)].concat(), row(1).to_vec()]);
        }
    }
}
