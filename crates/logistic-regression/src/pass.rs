//! One pass over blocks of rows: loss, gradient and, if wanted, Hessian, while a block is in the cache.
//!
//! What tasks found is added in their order: the same bits for any number of threads.

use fearless_simd::{Level, Select as _, Simd, SimdBase as _, SimdFloat as _, dispatch, f64x8};

use crate::gram::{self, Lower, NARROW_LANES, Narrow, total};
use crate::math::{EXP_LIMIT, exp_of_minus, ln, ln_1p};
use crate::matrix::{BLOCK_LANES, BLOCK_ROWS, Lane, Matrix, Room, Strip};
use crate::pack::{joined, widen};
use crate::response::Response;
use crate::scale::{Extent, Scale};
use crate::tasks::in_tasks;

/// What a pass shall find.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Want {
    Loss,
    Gradient,
    /// The Hessian in single precision: good to steer by.
    Steering,
    /// The Hessian in double precision.
    Hessian,
    /// A quarter of `X'WX` in place of the Hessian: nowhere is the Hessian larger (Böhning & Lindsay 1988, Ann. Inst. Stat.
    /// Math. 40:641). A step by it never overshoots, and it depends on no parameter and no offset.
    Bound,
}

/// Sums over rows, of stored columns; the intercept is the last parameter.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sums {
    pub(crate) loss: f64,
    /// Empty for [`Want::Loss`].
    pub(crate) gradient: Vec<f64>,
    /// Row-major, of which only the lower triangle counts; empty unless wanted.
    pub(crate) hessian: Vec<f64>,
    /// What the columns span; empty unless [`Data::first`].
    pub(crate) extents: Vec<Extent>,
}

/// The rows of a pass.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Data<'a> {
    pub(crate) matrix: &'a Matrix<'a>,
    /// By which its columns are standardised.
    pub(crate) scales: &'a [Scale],
    pub(crate) response: &'a Response,
    pub(crate) blocks: &'a [usize],
    pub(crate) level: Level,
    /// Whether no pass has seen these numbers before, and this one is to say what they span.
    pub(crate) first: bool,
}

/// Sums at some parameters, the intercept last.
pub(crate) fn sums(data: Data<'_>, parameters: &[f64], want: Want) -> Sums {
    let task = |blocks: &[usize]| {
        let mut task = Task::new(parameters.len(), want);
        if data.first {
            task.sums.extents = vec![Extent::NONE; data.scales.len()];
        }
        dispatch!(data.level, simd => {
            for block in blocks {
                task.add(simd, data, *block, parameters, want);
            }
        });
        task.sums
    };
    in_tasks(data.blocks, task, |mut sums, next| {
        sums.loss += next.loss;
        add(&mut sums.gradient, &next.gradient);
        add(&mut sums.hessian, &next.hessian);
        sums.extents = joined(sums.extents, next.extents);
        sums
    })
    .unwrap_or_else(|| Task::new(parameters.len(), want).sums)
}

/// The logit of each slot of some blocks, one block after the other.
pub(crate) fn logits(data: Data<'_>, parameters: &[f64]) -> Vec<f64> {
    let task = |blocks: &[usize]| {
        let mut all = Vec::with_capacity(blocks.len() * BLOCK_ROWS);
        let mut logits = [Lane::ZERO; BLOCK_LANES];
        let mut room = Room::default();
        for block in blocks {
            let columns = data.matrix.block(*block, data.scales, &mut room);
            dispatch!(data.level, simd => linear(simd, data, *block, columns, parameters, &mut logits));
            all.extend(logits.iter().flat_map(|lane| lane.0));
        }
        all
    };
    in_tasks(data.blocks, task, chained).unwrap_or_default()
}

/// `w (y - p)` of each slot of some blocks, one block after the other.
pub(crate) fn residuals(data: Data<'_>, parameters: &[f64]) -> Vec<f64> {
    let task = |blocks: &[usize]| {
        let mut all = Vec::with_capacity(blocks.len() * BLOCK_ROWS);
        let mut task = Task::new(parameters.len(), Want::Gradient);
        for block in blocks {
            dispatch!(data.level, simd => task.add(simd, data, *block, parameters, Want::Gradient));
            all.extend(task.residuals.iter().flat_map(|lane| lane.0.map(|residual| -residual)));
        }
        all
    };
    in_tasks(data.blocks, task, chained).unwrap_or_default()
}

fn chained(mut all: Vec<f64>, next: Vec<f64>) -> Vec<f64> {
    all.extend(next);
    all
}

fn add(sums: &mut [f64], next: &[f64]) {
    for (sum, next) in sums.iter_mut().zip(next) {
        *sum += next;
    }
}

/// The sums of one task and the room that it needs.
struct Task {
    sums: Sums,
    room: Room,
    logits: Strip,
    residuals: Strip,
    /// Square roots of the Hessian's weights.
    roots: Strip,
    narrow: Vec<Narrow>,
    wide: Vec<Lane>,
}

impl Task {
    fn new(size: usize, want: Want) -> Self {
        let count = |wanted: bool, count: usize| if wanted { count } else { 0 };
        let hessian = !matches!(want, Want::Loss | Want::Gradient);
        Self {
            sums: Sums {
                loss: 0.0,
                gradient: vec![0.0; count(want != Want::Loss, size)],
                hessian: vec![0.0; count(hessian, size * size)],
                extents: Vec::new(),
            },
            room: Room::default(),
            logits: [Lane::ZERO; BLOCK_LANES],
            residuals: [Lane::ZERO; BLOCK_LANES],
            roots: [Lane::ZERO; BLOCK_LANES],
            narrow: vec![Narrow::ZERO; count(want == Want::Steering, size * NARROW_LANES)],
            wide: vec![Lane::ZERO; count(matches!(want, Want::Hessian | Want::Bound), size * BLOCK_LANES)],
        }
    }

    #[inline(always)]
    fn add<S: Simd>(&mut self, simd: S, data: Data<'_>, block: usize, parameters: &[f64], want: Want) {
        // Taken out, since what follows changes the rest of the task.
        let mut room = std::mem::take(&mut self.room);
        let columns = data.matrix.block(block, data.scales, &mut room);
        widen(&mut self.sums.extents, columns);
        self.add_columns(simd, data, block, columns, parameters, want);
        self.room = room;
    }

    #[inline(always)]
    fn add_columns<S: Simd>(
        &mut self,
        simd: S,
        data: Data<'_>,
        block: usize,
        columns: &[Lane],
        parameters: &[f64],
        want: Want,
    ) {
        linear(simd, data, block, columns, parameters, &mut self.logits);
        let (signs, weights) = (&data.response.signs[block], &data.response.weights[block]);
        let parts = match (data.response.unit, want) {
            (true, Want::Loss | Want::Gradient | Want::Bound) => self.link::<S, true, false>(simd, signs, weights),
            (true, Want::Steering | Want::Hessian) => self.link::<S, true, true>(simd, signs, weights),
            (false, Want::Loss | Want::Gradient | Want::Bound) => self.link::<S, false, false>(simd, signs, weights),
            (false, Want::Steering | Want::Hessian) => self.link::<S, false, true>(simd, signs, weights),
        };
        self.sums.loss += parts;
        if want == Want::Loss {
            return;
        }
        self.gradient(simd, columns);
        let size = parameters.len();
        match want {
            Want::Steering => {
                weigh_narrow(columns, &self.roots, &mut self.narrow);
                gram::add_narrow(simd, &self.narrow, &mut Lower { sums: &mut self.sums.hessian, size });
            }
            Want::Hessian | Want::Bound => {
                if want == Want::Bound {
                    for (root, weight) in self.roots.iter_mut().zip(weights) {
                        root.0 = weight.0.map(|weight| 0.5 * weight.sqrt());
                    }
                }
                weigh(columns, &self.roots, &mut self.wide);
                gram::add_double(simd, &self.wide, &mut Lower { sums: &mut self.sums.hessian, size });
            }
            Want::Loss | Want::Gradient => {}
        }
    }

    /// From logits to the block's loss, its residuals and, with `H`, the roots of its weights in the Hessian. With `UNIT`
    /// weights the loss is the logarithm of one product, of 64 factors between 1 and 2 in each lane.
    #[inline(always)]
    fn link<S: Simd, const UNIT: bool, const H: bool>(&mut self, simd: S, signs: &Strip, weights: &Strip) -> f64 {
        let splat = |value| f64x8::splat(simd, value);
        let (zero, one, limit) = (splat(0.0), splat(1.0), splat(EXP_LIMIT));
        let (mut linear_part, mut product, mut curved_part) = (zero, one, zero);
        for at in 0..BLOCK_LANES {
            let sign = f64x8::load_array_ref(simd, &signs[at].0);
            let weight = f64x8::load_array_ref(simd, &weights[at].0);
            let margin = sign * f64x8::load_array_ref(simd, &self.logits[at].0);
            // exp(-|margin|): log(1 + exp(-margin)) = max(-margin, 0) + log(1 + it), and nothing overflows.
            let small = exp_of_minus(simd, margin.abs().min(limit));
            linear_part = weight.mul_add_precise((-margin).max(zero), linear_part);
            if UNIT {
                product *= weight.mul_add_precise(small, one);
            } else {
                curved_part = weight.mul_add_precise(ln_1p(simd, small), curved_part);
            }
            let inverse = one / (small + one);
            let other = small * inverse;
            let wrong = margin.simd_ge(zero).select(other, inverse);
            let residual: f64x8<S> = -(sign * weight * wrong);
            self.residuals[at].0 = residual.into();
            if H {
                self.roots[at].0 = (weight * other * inverse).sqrt().into();
            }
        }
        let curved: f64 = if UNIT {
            let lanes: [f64; 8] = product.into();
            total(lanes.map(ln))
        } else {
            total(curved_part.into())
        };
        total(linear_part.into()) + curved
    }

    #[inline(always)]
    fn gradient<S: Simd>(&mut self, simd: S, columns: &[Lane]) {
        let (slopes, intercept) = self.sums.gradient.split_at_mut(columns.len() / BLOCK_LANES);
        let mut fours = columns.chunks_exact(4 * BLOCK_LANES);
        let mut slopes = slopes.iter_mut();
        for four in &mut fours {
            for (sum, slope) in dots::<S, 4>(simd, four, &self.residuals).into_iter().zip(&mut slopes) {
                *slope += sum;
            }
        }
        for (column, slope) in fours.remainder().chunks_exact(BLOCK_LANES).zip(slopes) {
            *slope += dots::<S, 1>(simd, column, &self.residuals)[0];
        }
        let mut sum = f64x8::splat(simd, 0.0);
        for residual in &self.residuals {
            sum += f64x8::load_array_ref(simd, &residual.0);
        }
        intercept[0] += total(sum.into());
    }
}

/// Logits of a block: offset, intercept, then each column in turn.
#[inline(always)]
fn linear<S: Simd>(simd: S, data: Data<'_>, block: usize, columns: &[Lane], parameters: &[f64], logits: &mut Strip) {
    let (slopes, intercept) = parameters.split_at(parameters.len() - 1);
    match &data.response.offsets {
        None => logits.fill(Lane([intercept[0]; 8])),
        Some(offsets) => {
            for (logit, offset) in logits.iter_mut().zip(&offsets[block]) {
                logit.0 = offset.0.map(|offset| offset + intercept[0]);
            }
        }
    }
    let mut eights = slopes.chunks_exact(8);
    let mut columns_of_eight = columns.chunks_exact(8 * BLOCK_LANES);
    for (slopes, columns) in (&mut eights).zip(&mut columns_of_eight) {
        add_columns::<S, 8>(simd, columns, slopes, logits);
    }
    let rest = columns_of_eight.remainder().chunks_exact(BLOCK_LANES);
    for (slope, column) in eights.remainder().iter().zip(rest) {
        add_columns::<S, 1>(simd, column, std::slice::from_ref(slope), logits);
    }
}

#[inline(always)]
fn add_columns<S: Simd, const N: usize>(simd: S, columns: &[Lane], slopes: &[f64], logits: &mut Strip) {
    let slopes: [f64x8<S>; N] = std::array::from_fn(|j| f64x8::splat(simd, slopes[j]));
    let columns: [&[Lane]; N] = std::array::from_fn(|j| &columns[j * BLOCK_LANES..(j + 1) * BLOCK_LANES]);
    for (at, logit) in logits.iter_mut().enumerate() {
        let mut sum = f64x8::load_array_ref(simd, &logit.0);
        for j in 0..N {
            sum = slopes[j].mul_add_precise(f64x8::load_array_ref(simd, &columns[j][at].0), sum);
        }
        logit.0 = sum.into();
    }
}

/// Inner products of columns with a vector.
#[inline(always)]
fn dots<S: Simd, const N: usize>(simd: S, columns: &[Lane], with: &Strip) -> [f64; N] {
    let columns: [&[Lane]; N] = std::array::from_fn(|j| &columns[j * BLOCK_LANES..(j + 1) * BLOCK_LANES]);
    let mut sums = [f64x8::splat(simd, 0.0); N];
    for (at, with) in with.iter().enumerate() {
        let with = f64x8::load_array_ref(simd, &with.0);
        for j in 0..N {
            sums[j] = f64x8::load_array_ref(simd, &columns[j][at].0).mul_add_precise(with, sums[j]);
        }
    }
    sums.map(|sum| total(sum.into()))
}

/// Columns, and last a column of ones, times the roots.
#[inline(always)]
fn weigh(columns: &[Lane], roots: &Strip, weighted: &mut [Lane]) {
    let (slopes, ones) = weighted.split_at_mut(columns.len());
    for (column, weighted) in columns.chunks_exact(BLOCK_LANES).zip(slopes.chunks_exact_mut(BLOCK_LANES)) {
        for ((x, root), product) in column.iter().zip(roots).zip(weighted) {
            product.0 = std::array::from_fn(|at| x.0[at] * root.0[at]);
        }
    }
    ones.copy_from_slice(roots);
}

#[inline(always)]
fn weigh_narrow(columns: &[Lane], roots: &Strip, weighted: &mut [Narrow]) {
    let (slopes, ones) = weighted.split_at_mut(columns.len() / 2);
    for (column, weighted) in columns.chunks_exact(BLOCK_LANES).zip(slopes.chunks_exact_mut(NARROW_LANES)) {
        for ((x, root), product) in column.chunks_exact(2).zip(roots.chunks_exact(2)).zip(weighted) {
            for half in 0..2 {
                for at in 0..8 {
                    product.0[half * 8 + at] = (x[half].0[at] * root[half].0[at]) as f32;
                }
            }
        }
    }
    for (root, one) in roots.chunks_exact(2).zip(ones) {
        let both = root.iter().flat_map(|half| half.0);
        for (one, root) in one.0.iter_mut().zip(both) {
            *one = root as f32;
        }
    }
}
