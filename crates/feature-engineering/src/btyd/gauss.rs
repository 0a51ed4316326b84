//! Gauss-Legendre quadrature.

/// A rule: half of its nodes on `[-1, 1]`, which lie symmetrically, each with its weight. Roots of Legendre polynomials,
/// computed in 40 digits with mpmath 1.4.1.
pub(super) type Rule = [(f64, f64)];

/// Eight nodes: exact for polynomials up to degree 15.
pub(super) const EIGHT: &Rule = &[
    (0.1834346424956498, 0.362683783378362),
    (0.525532409916329, 0.31370664587788727),
    (0.7966664774136267, 0.22238103445337448),
    (0.9602898564975363, 0.10122853629037626),
];

/// Sixteen nodes: exact for polynomials up to degree 31.
pub(super) const SIXTEEN: &Rule = &[
    (0.09501250983763744, 0.1894506104550685),
    (0.2816035507792589, 0.18260341504492358),
    (0.45801677765722737, 0.16915651939500254),
    (0.6178762444026438, 0.14959598881657674),
    (0.755404408355003, 0.12462897125553388),
    (0.8656312023878318, 0.09515851168249279),
    (0.9445750230732326, 0.062253523938647894),
    (0.9894009349916499, 0.027152459411754096),
];

/// Nodes of the rule of sixteen on the interval of this width from `start` on, with their weights.
pub fn gauss_legendre(start: f64, width: f64) -> impl Iterator<Item = (f64, f64)> {
    nodes(SIXTEEN, start, width)
}

/// Nodes of a rule on the interval of this width from `start` on, with their weights.
pub(super) fn nodes(rule: &'static Rule, start: f64, width: f64) -> impl Iterator<Item = (f64, f64)> {
    let half = width / 2.0;
    let middle = start + half;
    let pair = move |(node, weight): &(f64, f64)| {
        let (offset, weight) = (half * node, half * weight);
        [(middle - offset, weight), (middle + offset, weight)]
    };
    rule.iter().flat_map(pair)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polynomials_of_less_than_twice_as_many_degrees_as_nodes_are_integrated_exactly() {
        for (rule, degrees) in [(EIGHT, 16), (SIXTEEN, 32)] {
            for degree in 0..degrees {
                let found: f64 = nodes(rule, 0.0, 2.0).map(|(y, weight)| weight * (y / 2.0).powi(degree)).sum();
                let expected = 2.0 / f64::from(degree + 1);
                assert!((found - expected).abs() < 1e-14 * expected, "degree {degree}: {found}");
            }
        }
    }
}
