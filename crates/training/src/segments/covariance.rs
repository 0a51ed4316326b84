//! How uncertain the weights of a segment are.
//!
//! The weights `t` of a segment solve `sum_i x_i (y_i - p_i(t)) - a (t - b) = 0` over its rows, where `b` are the global weights
//! and `a` is the strength; those solve their own equations over all rows. To first order the two together are moved by customer
//! `c` by (stacked estimating equations; Stefanski & Boos 2002, Am Stat 56:29)
//!
//! ```text
//! psi_c = H^-1 (u_c + a K v_c)
//! ```
//!
//! with `H` the Hessian of the segment's penalised loss, `u_c` the customer's summed scores at `t` (0 for customers of other
//! segments), `K` the inverse Hessian of the global model, `v_c` the summed scores at `b`. The covariance is the sum of
//! `psi_c psi_c'`, so that what both have in common, the segment's own customers, is in it once and with its sign:
//!
//! ```text
//! V = H^-1 (B + a (C K + K C') + a^2 V_g) H^-1,   B = sum u u',   C = sum u v'
//! ```
//!
//! and `V_g` the covariance of the global model. At an infinite strength it is `V_g`, at none that of a model of the segment
//! alone. Sums over `G` customers are multiplied by `G / (G - 1)`, the cross terms by the root of both factors, which leaves it
//! without negative variances.

use std::collections::BTreeMap;

type Square = Vec<Vec<f64>>;

/// What is needed of the rows of a segment.
#[derive(Debug, Clone, Copy)]
pub(super) struct SegmentScores<'a> {
    pub(super) columns: &'a [Vec<f64>],
    pub(super) churned: &'a [bool],
    pub(super) customers: &'a [u32],
    /// Logits of the segment's model, and of the global one.
    pub(super) logits: &'a [f64],
    pub(super) global_logits: &'a [f64],
    /// How much each row counts, where they do not count alike.
    pub(super) weights: Option<&'a [f64]>,
}

/// What is needed of the global model.
#[derive(Debug, Clone, Copy)]
pub(super) struct GlobalScores<'a> {
    pub(super) inverse_hessian: &'a [Vec<f64>],
    pub(super) covariance: &'a [Vec<f64>],
    /// Customers that it was fitted on.
    pub(super) customers: usize,
}

/// The covariance of (intercept, coefficients), by its lower triangle.
pub(super) fn covariance(
    segment: &SegmentScores<'_>,
    inverse_hessian: &Square,
    strength: f64,
    global: &GlobalScores<'_>,
) -> Square {
    let size = inverse_hessian.len();
    // Customers in the order of their numbers, so that sums have one order.
    let mut of_customer: BTreeMap<u32, (Vec<f64>, Vec<f64>)> = BTreeMap::new();
    for (row, customer) in segment.customers.iter().enumerate() {
        let (own, by_global) = of_customer.entry(*customer).or_insert_with(|| (vec![0.0; size], vec![0.0; size]));
        let weight = segment.weights.map_or(1.0, |weights| weights[row]);
        let residual = |logit: f64| weight * (f64::from(u8::from(segment.churned[row])) - 1.0 / (1.0 + (-logit).exp()));
        let (r, g) = (residual(segment.logits[row]), residual(segment.global_logits[row]));
        own[0] += r;
        by_global[0] += g;
        for (at, column) in segment.columns.iter().enumerate() {
            own[at + 1] += r * column[row];
            by_global[at + 1] += g * column[row];
        }
    }
    let (mut b, mut c) = (vec![vec![0.0; size]; size], vec![vec![0.0; size]; size]);
    for (own, by_global) in of_customer.values() {
        for (i, u) in own.iter().enumerate() {
            b[i].iter_mut().zip(own).for_each(|(sum, other)| *sum += u * other);
            c[i].iter_mut().zip(by_global).for_each(|(sum, other)| *sum += u * other);
        }
    }
    let factor = |customers: usize| customers as f64 / (customers.max(2) - 1) as f64;
    let (own, both) = (factor(of_customer.len()), factor(of_customer.len()).sqrt() * factor(global.customers).sqrt());
    let ck = product(&c, global.inverse_hessian);
    let middle = |i: usize, j: usize| {
        own * b[i][j] + strength * both * (ck[i][j] + ck[j][i]) + strength * strength * global.covariance[i][j]
    };
    let middle: Square = (0..size).map(|i| (0..size).map(|j| middle(i, j)).collect()).collect();
    let whole = product(&product(inverse_hessian, &middle), inverse_hessian);
    // A variance of 0, of a column that is 0 everywhere, may come out a little below it.
    let entry = |i: usize, j: usize| if i == j { whole[i][i].max(0.0) } else { 0.5 * (whole[i][j] + whole[j][i]) };
    (0..size).map(|i| (0..=i).map(|j| entry(i, j)).collect()).collect()
}

fn product(a: &[Vec<f64>], b: &[Vec<f64>]) -> Square {
    let row = |a: &Vec<f64>| {
        let mut sums = vec![0.0; b.len()];
        for (a, b) in a.iter().zip(b) {
            sums.iter_mut().zip(b).for_each(|(sum, b)| *sum += a * b);
        }
        sums
    };
    a.iter().map(row).collect()
}
