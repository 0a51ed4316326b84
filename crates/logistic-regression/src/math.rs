//! Exponentials and logarithms on eight lanes.
//!
//! Polynomials that interpolate at the Chebyshev nodes, made in 50 digits by `tests/reference/polynomials.py`. Only additions,
//! multiplications, divisions and fused multiply-adds, each of them rounded once: every processor gives the same bits, which
//! the mathematical library of the system does not promise.

use fearless_simd::{Bytes as _, Simd, SimdBase as _, SimdFloat as _, f64x8, u64x8};

const LOG2_E: f64 = std::f64::consts::LOG2_E;
/// ln 2 in two parts, of which the first has 21 zeros at its end: a product with a whole number below 2^21 is exact.
const LN2_HIGH: f64 = 0.693_147_180_369_123_8;
const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;
/// 1.5 * 2^52: a number added to it is rounded to a whole one, which stands in the lowest bits.
const TO_WHOLE: f64 = 6_755_399_441_055_744.0;
/// `exp(-x)` is a normal number up to here.
pub(crate) const EXP_LIMIT: f64 = 708.0;

/// `(exp(r) - 1 - r) / r^2` for `|r| <= ln(2) / 2`; 1.3e-17 off at most, after multiplication by `r^2`.
const EXP: [f64; 10] = [
    0.500_000_000_000_000_1,
    0.166_666_666_666_666_69,
    0.041_666_666_666_624_13,
    0.008_333_333_333_330_062,
    0.001_388_888_891_721_371_7,
    0.000_198_412_698_630_536_18,
    2.480_152_129_595_437_6e-5,
    2.755_726_845_999_706_4e-6,
    2.762_008_844_540_974_6e-7,
    2.510_038_549_551_032e-8,
];

/// `(atanh(s) - s) / s^3` as a function of `s^2 <= 1/9`; 1.4e-19 off at most, after multiplication by `s^2`.
const ATANH: [f64; 11] = [
    0.333_333_333_333_333_3,
    0.199_999_999_999_997_62,
    0.142_857_142_858_000_5,
    0.111_111_110_991_183_86,
    0.090_909_099_489_813_57,
    0.076_922_719_824_302_75,
    0.066_675_893_157_246_29,
    0.058_671_395_306_515_99,
    0.054_225_891_974_400_07,
    0.037_460_718_977_753_83,
    0.078_152_889_004_614_26,
];

#[inline(always)]
fn polynomial<S: Simd>(simd: S, coefficients: &[f64], x: f64x8<S>) -> f64x8<S> {
    let mut sum = f64x8::splat(simd, coefficients[coefficients.len() - 1]);
    for coefficient in coefficients.iter().rev().skip(1) {
        sum = sum.mul_add_precise(x, f64x8::splat(simd, *coefficient));
    }
    sum
}

/// `exp(-x)` for `x` from 0 to [`EXP_LIMIT`].
#[inline(always)]
pub(crate) fn exp_of_minus<S: Simd>(simd: S, x: f64x8<S>) -> f64x8<S> {
    let splat = |value| f64x8::splat(simd, value);
    let shifted = x.mul_add_precise(splat(-LOG2_E), splat(TO_WHOLE));
    let twos = shifted - splat(TO_WHOLE);
    let rest = twos.mul_add_precise(splat(-LN2_HIGH), -x);
    let rest = twos.mul_add_precise(splat(-LN2_LOW), rest);
    let near_one = (rest * rest).mul_add_precise(polynomial(simd, &EXP, rest), rest) + splat(1.0);
    let bits: u64x8<S> = shifted.bitcast();
    let power: u64x8<S> = (bits + u64x8::splat(simd, 1_023)) << 52;
    near_one * power.bitcast::<f64x8<S>>()
}

/// `ln(1 + x)` for `x` from 0 to 1.
#[inline(always)]
pub(crate) fn ln_1p<S: Simd>(simd: S, x: f64x8<S>) -> f64x8<S> {
    let s = x / (x + f64x8::splat(simd, 2.0));
    let z = s * s;
    let s = s + s;
    (s * z).mul_add_precise(polynomial(simd, &ATANH, z), s)
}

/// `ln(x)` for a normal `x` above 0.
pub(crate) fn ln(x: f64) -> f64 {
    let bits = x.to_bits();
    let mut exponent = (bits >> 52) as i32 - 1_023;
    let mut mantissa = f64::from_bits((bits & ((1 << 52) - 1)) | (1_023 << 52));
    if mantissa > std::f64::consts::SQRT_2 {
        mantissa *= 0.5;
        exponent += 1;
    }
    let s = (mantissa - 1.0) / (mantissa + 1.0);
    let z = s * s;
    let series = ATANH.iter().rev().fold(0.0_f64, |sum, coefficient| sum.mul_add(z, *coefficient));
    let of_mantissa = (2.0 * s * z).mul_add(series, 2.0 * s);
    let exponent = f64::from(exponent);
    exponent.mul_add(LN2_HIGH, exponent.mul_add(LN2_LOW, of_mantissa))
}

#[cfg(test)]
mod tests {
    use super::*;
    use fearless_simd::{Level, dispatch};

    /// Distance in units of the last place.
    fn ulps(found: f64, expected: f64) -> f64 {
        (found - expected).abs() / (expected.abs() * f64::EPSILON).max(f64::MIN_POSITIVE)
    }

    fn all(xs: &[f64; 8]) -> ([f64; 8], [f64; 8]) {
        dispatch!(Level::new(), simd => {
            let x = f64x8::load_array(simd, *xs);
            let one = f64x8::splat(simd, 1.0);
            (exp_of_minus(simd, x).into(), ln_1p(simd, x.min(one)).into())
        })
    }

    #[test]
    fn they_agree_with_the_library_to_two_units_of_the_last_place() {
        for step in 0..40_000_u32 {
            // From 1e-12 to 708, each twice as dense as the one before.
            let x = 1e-12 * (f64::from(step) * (708e12_f64.ln() / 39_999.0)).exp();
            let x = x.min(EXP_LIMIT);
            let (exp, ln_1p) = all(&[x; 8]);
            assert!(ulps(exp[3], (-x).exp()) < 2.0, "exp(-{x}) = {}", exp[3]);
            assert!(ulps(ln_1p[5], x.min(1.0).ln_1p()) < 2.5, "ln_1p({x}) = {}", ln_1p[5]);
            let expected = (1.0 + x).ln();
            assert!((ln(1.0 + x) - expected).abs() < 1.5e-16 + 4e-16 * expected, "ln(1 + {x})");
        }
        assert_eq!(all(&[0.0; 8]), ([1.0; 8], [0.0; 8]));
        assert_eq!(ln(1.0), 0.0);
        assert!(ulps(ln(1e-300), 1e-300_f64.ln()) < 2.0 && ulps(ln(1e300), 1e300_f64.ln()) < 2.0);
    }

    #[test]
    fn processors_without_wide_vectors_give_the_same_bits() {
        for step in 0..2_000_u32 {
            let x = f64::from(step) * 0.017;
            let xs = [x, x / 3.0, x / 30.0, x * 1.1, x + 0.1, x + 1.0, x / 1e9, x * 7.0];
            let found = all(&xs);
            let plain: ([f64; 8], [f64; 8]) = dispatch!(Level::baseline(), simd => {
                let x = f64x8::load_array(simd, xs);
                let one = f64x8::splat(simd, 1.0);
                (exp_of_minus(simd, x).into(), ln_1p(simd, x.min(one)).into())
            });
            assert_eq!(found.0.map(f64::to_bits), plain.0.map(f64::to_bits));
            assert_eq!(found.1.map(f64::to_bits), plain.1.map(f64::to_bits));
        }
    }
}
