//! The terms of the likelihoods that depend on numbers of purchases only, summed once for all customers that got as far.

use super::expansion::Expansion;
use super::sample::Reached;

/// `sum ln(r + k)` over the purchases `k = 0, 1, ...` of all customers: `ln Gamma(r+x) - ln Gamma(r)`.
pub(super) fn ln_rising(r: f64, reached: &[Reached]) -> f64 {
    reached.iter().map(|reached| reached.customers * reached.numbers().map(|k| (r + k).ln()).sum::<f64>()).sum()
}

/// The same with its derivatives by `ln r`, the first unknown.
pub(super) fn add_ln_rising<const N: usize>(r: f64, reached: &[Reached], sum: &mut Expansion<N>) {
    sum.value += ln_rising(r, reached);
    for reached in reached {
        for k in reached.numbers() {
            let share = r / (r + k);
            sum.gradient[0] += reached.customers * share;
            sum.hessian[0][0] += reached.customers * share * (k / (r + k));
        }
    }
}

/// `-sum ln(1 + a/(b+k))` over the chances to leave `k = 0, 1, ...` that all customers survived or took:
/// `ln B(a, b+c) - ln B(a, b)` with `c` chances.
pub(super) fn ln_survival(a: f64, b: f64, chances: &[Reached]) -> f64 {
    let of = |reached: &Reached| -> f64 { reached.numbers().map(|k| (a / (b + k)).ln_1p()).sum() };
    -chances.iter().map(|reached| reached.customers * of(reached)).sum::<f64>()
}

/// The same with its derivatives by `ln a` and `ln b`, the third and fourth unknown.
pub(super) fn add_ln_survival(a: f64, b: f64, chances: &[Reached], sum: &mut Expansion<4>) {
    sum.value += ln_survival(a, b, chances);
    for reached in chances {
        let n = reached.customers;
        for k in reached.numbers() {
            let (bk, abk) = (b + k, a + b + k);
            sum.gradient[2] -= n * (a / abk);
            sum.gradient[3] += n * (a / abk) * (b / bk);
            sum.hessian[2][2] -= n * (a / abk) * (bk / abk);
            sum.hessian[3][2] += n * (a / abk) * (b / abk);
            sum.hessian[3][3] += n * ((b / bk) * (k / bk) - (b / abk) * ((a + k) / abk));
        }
    }
}
