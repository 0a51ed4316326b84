//! How a column is centred and scaled for the sake of the arithmetic, and back.

use fearless_simd::{Simd, SimdBase as _, SimdFloat as _, f64x8};

use crate::gram::total;
use crate::matrix::Lane;

/// Standard deviations outside this range, in units of the column, ask for another unit.
const STANDARD: std::ops::RangeInclusive<f64> = 1.0 / 128.0..=128.0;
/// A mean that is further from the centre, in standard deviations, asks for another centre.
const OFF_CENTRE: f64 = 16.0;

/// `stored = (x - centre) / unit`; the unit is a power of two.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Scale {
    pub(crate) centre: f64,
    pub(crate) unit: f64,
    /// `1 / unit`, exactly.
    pub(crate) inverse: f64,
    /// Whether all rows have one value.
    pub(crate) constant: bool,
}

impl Scale {
    /// From some values, finite or not.
    pub(crate) fn guess(values: &[f64]) -> Self {
        Self::of(|| values.iter().copied().filter(|value| value.is_finite()), values.len())
    }

    /// From `count` values, which are gone through three times.
    pub(crate) fn of<I: Iterator<Item = f64>>(values: impl Fn() -> I, count: usize) -> Self {
        let n = count.max(1) as f64;
        // Divided before they are added, so that no sum overflows.
        let centre: f64 = values().map(|value| value / n).sum();
        let largest = values().map(|value| (value - centre).abs()).fold(0.0, f64::max);
        if largest == 0.0 {
            return Self { centre, unit: 1.0, inverse: 1.0, constant: false };
        }
        let coarse = power_of_two(largest);
        let variance = values().map(|value| ((value - centre) / coarse).powi(2) / n).sum::<f64>();
        let unit = power_of_two(variance.sqrt() * coarse);
        Self { centre, unit, inverse: 1.0 / unit, constant: false }
    }

    #[inline(always)]
    pub(crate) fn standardised(&self, value: f64) -> f64 {
        (value - self.centre) * self.inverse
    }
}

/// The power of two at or below a number; within the range of which the inverse is a normal number too.
fn power_of_two(value: f64) -> f64 {
    let exponent = (value.to_bits() >> 52).clamp(3, 2_043);
    f64::from_bits(exponent << 52)
}

/// What the stored numbers of a column span.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Extent {
    rows: f64,
    least: f64,
    most: f64,
    sum: f64,
    squares: f64,
}

impl Extent {
    /// Of nothing.
    pub(crate) const NONE: Self =
        Self { rows: 0.0, least: f64::INFINITY, most: f64::NEG_INFINITY, sum: 0.0, squares: 0.0 };

    #[inline(always)]
    pub(crate) fn of<S: Simd>(simd: S, lanes: &[Lane]) -> Self {
        let splat = |value| f64x8::splat(simd, value);
        let (mut least, mut most) = (splat(f64::INFINITY), splat(f64::NEG_INFINITY));
        let (mut sum, mut squares) = (splat(0.0), splat(0.0));
        for lane in lanes {
            let x = f64x8::load_array_ref(simd, &lane.0);
            // Where one is not a number, what these two give is of no account: the squares tell.
            least = least.min(x);
            most = most.max(x);
            sum += x;
            squares = x.mul_add_precise(x, squares);
        }
        let [least, most, sum, squares]: [[f64; 8]; 4] = [least.into(), most.into(), sum.into(), squares.into()];
        Self {
            rows: 8.0 * lanes.len() as f64,
            least: least.into_iter().fold(f64::INFINITY, f64::min),
            most: most.into_iter().fold(f64::NEG_INFINITY, f64::max),
            sum: total(sum),
            squares: total(squares),
        }
    }

    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            rows: self.rows + other.rows,
            least: self.least.min(other.least),
            most: self.most.max(other.most),
            sum: self.sum + other.sum,
            squares: self.squares + other.squares,
        }
    }

    pub(crate) fn is_constant(&self) -> bool {
        self.least == self.most
    }

    /// Whether the scale serves: mean near 0, standard deviation near 1, every number finite.
    pub(crate) fn is_standard(&self) -> bool {
        let mean = self.sum / self.rows;
        let variance = self.squares / self.rows - mean * mean;
        let sd = variance.max(0.0).sqrt();
        self.squares.is_finite()
            && (self.is_constant() && self.least == 0.0 || STANDARD.contains(&sd) && mean.abs() <= OFF_CENTRE * sd)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fearless_simd::{Level, dispatch};

    fn extent_of(lanes: &[Lane]) -> Extent {
        dispatch!(Level::new(), simd => Extent::of(simd, lanes))
    }

    #[test]
    fn units_are_powers_of_two_near_the_standard_deviation() {
        let values: Vec<f64> = (0..1_000).map(|i| 1e6 + 3.0 * f64::from(i % 10)).collect();
        let scale = Scale::guess(&values);
        assert_eq!(scale.unit, 8.0);
        assert!((scale.centre - 1_000_013.5).abs() < 1e-6);
        let lanes: Vec<Lane> =
            values.chunks_exact(8).map(|some| Lane(std::array::from_fn(|at| scale.standardised(some[at])))).collect();
        let extent = extent_of(&lanes);
        assert!(extent.is_standard() && !extent.is_constant());
        assert!(extent_of(&[Lane([2.0; 8])]).is_constant() && !extent_of(&[Lane([2.0; 8])]).is_standard());
        assert!(!extent_of(&[Lane([f64::NAN; 8])]).is_standard());
        assert!(!extent_of(&[Lane([0.0, 1e6, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0])]).is_standard());
    }

    #[test]
    fn the_largest_and_smallest_numbers_have_units() {
        for size in [1e-320, 1e-300, 1e300, f64::MAX / 4.0] {
            let scale = Scale::guess(&[size, -size, 0.5 * size, 0.0]);
            assert!(scale.unit > 0.0 && (1.0 / scale.unit).is_finite(), "{size}: {scale:?}");
            assert!(scale.standardised(size).is_finite());
        }
    }
}
