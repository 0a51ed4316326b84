//! Newton's method on the penalised loss, with Hessians that are kept while they steer well.
//!
//! Steps are halved until the objective falls enough (Armijo), so it never rises by more than its rounding. Where there is a
//! lasso the step is the minimum of the quadratic model with it (proximal Newton: Lee, Sun & Saunders 2014, algorithm 1).

use crate::cholesky::{Cholesky, DEPENDENT};
use crate::coordinate;
use crate::options::Options;
use crate::pass::{self, Data, Sums, Want};
use crate::penalty::Stored;
use crate::scale::Extent;

/// In single precision a pivot this small may be rounding.
const DEPENDENT_NARROW: f64 = 1e-4;
const ARMIJO: f64 = 1e-4;
const MAX_HALVINGS: u32 = 40;
/// Decrements per weight above which the Hessian will have changed much at the end of the step.
const FAR: f64 = 0.02;
/// A Hessian of an earlier point is replaced at once if the decrement shrank to more than this, ...
const USELESS: f64 = 0.5;
/// ... and with the next step if more steps than this seem to lie ahead: it takes about as long as five of them.
const MANY_STEPS: f64 = 7.0;

/// `factor * loss + penalty`, over some of the parameters; the others stay 0. The intercept is last.
#[derive(Debug, Clone)]
pub(crate) struct Objective<'a> {
    pub(crate) data: Data<'a>,
    /// How many times each row counts: more than once where they are a sample.
    pub(crate) factor: f64,
    /// Total weight of the rows, times the factor.
    pub(crate) weight: f64,
    pub(crate) penalty: &'a Stored,
    pub(crate) active: &'a [bool],
}

/// The objective around some parameters.
#[derive(Debug, Clone)]
pub(crate) struct Point {
    pub(crate) parameters: Vec<f64>,
    pub(crate) objective: f64,
    pub(crate) loss: f64,
    /// Of the smooth part: loss and ridge. 0 where a parameter is not active.
    pub(crate) gradient: Vec<f64>,
}

/// Where the method begins.
#[derive(Debug, Clone)]
pub(crate) struct Begin {
    pub(crate) point: Point,
    /// The Hessian of the loss at this point, or at one near it.
    hessian: Vec<f64>,
    fresh: bool,
}

/// Where the method ended.
#[derive(Debug, Clone)]
pub(crate) struct Minimum {
    pub(crate) point: Point,
    /// The Hessian of the loss that steered last.
    pub(crate) steering: Vec<f64>,
    /// The step that would come next.
    pub(crate) step: Vec<f64>,
    pub(crate) gradient_norm: f64,
    pub(crate) decrement: f64,
    pub(crate) iterations: u32,
    pub(crate) trace: Vec<f64>,
}

/// Why it ended without a minimum.
#[derive(Debug, Clone)]
pub(crate) enum Stuck {
    /// Iterations, or halvings of a step, ran out here.
    NotConverged(Box<Minimum>),
    /// The Hessian is singular to rounding.
    Singular(usize),
}

/// A step, and by how much it would lower the model of the objective: for a Newton step twice that, the decrement.
struct Step {
    to: Vec<f64>,
    decrement: f64,
}

impl Objective<'_> {
    /// The objective where the method begins, and what the columns span if this is the first pass over them. Without a
    /// Hessian of the loss near these parameters it takes the one there.
    pub(crate) fn begin(
        &self,
        parameters: Vec<f64>,
        near: Option<Vec<f64>>,
        options: &Options,
    ) -> (Begin, Vec<Extent>) {
        let want = if near.is_some() { Want::Gradient } else { steering(options) };
        let mut sums = pass::sums(self.data, &parameters, want);
        let extents = std::mem::take(&mut sums.extents);
        let (point, hessian) = self.of(parameters, sums);
        let fresh = near.is_none();
        (Begin { point, hessian: near.unwrap_or(hessian), fresh }, extents)
    }

    /// The objective at some parameters, and the Hessian of the loss if wanted.
    fn at(&self, parameters: Vec<f64>, want: Want) -> (Point, Vec<f64>) {
        let data = Data { first: false, ..self.data };
        let sums = pass::sums(data, &parameters, want);
        self.of(parameters, sums)
    }

    fn of(&self, parameters: Vec<f64>, mut sums: Sums) -> (Point, Vec<f64>) {
        for value in sums.gradient.iter_mut().chain(&mut sums.hessian) {
            *value *= self.factor;
        }
        let loss = self.factor * sums.loss;
        let mut gradient = sums.gradient;
        for (at, slope) in gradient.iter_mut().enumerate() {
            *slope = if self.active[at] { *slope + self.penalty.ridge[at] * parameters[at] } else { 0.0 };
        }
        let objective = loss + self.penalty.of(&parameters);
        (Point { parameters, objective, loss, gradient }, sums.hessian)
    }

    /// The Hessian of the smooth part: ridge added, parameters that are not active apart.
    pub(crate) fn with_ridge(&self, hessian: &[f64]) -> Vec<f64> {
        let size = self.active.len();
        let mut full = hessian.to_vec();
        for i in 0..size {
            full[i * size + i] += self.penalty.ridge[i];
            for j in 0..=i {
                if !(self.active[i] && self.active[j]) {
                    full[i * size + j] = if i == j { 1.0 } else { 0.0 };
                }
            }
        }
        full
    }

    /// The largest part of the gradient; with a lasso, of the subgradient nearest to zero.
    fn gradient_norm(&self, point: &Point) -> f64 {
        let part = |at: usize| {
            let (slope, lasso, parameter) = (point.gradient[at], self.penalty.lasso[at], point.parameters[at]);
            if !self.active[at] {
                0.0
            } else if parameter == 0.0 {
                (slope.abs() - lasso).max(0.0)
            } else {
                (slope + lasso * parameter.signum()).abs()
            }
        };
        (0..self.active.len()).map(part).fold(0.0, f64::max)
    }

    fn step(&self, point: &Point, hessian: &[f64], want: Want) -> Result<Step, usize> {
        let least = if want == Want::Hessian { DEPENDENT } else { DEPENDENT_NARROW };
        let full = self.with_ridge(hessian);
        let size = self.active.len();
        if self.penalty.has_lasso() {
            let to = coordinate::minimise(&full, point, self)?;
            let slope: f64 = point.gradient.iter().zip(&to).map(|(g, d)| g * d).sum();
            let there: Vec<f64> = point.parameters.iter().zip(&to).map(|(b, d)| b + d).collect();
            let lasso = |b: &[f64]| -> f64 { b.iter().zip(&self.penalty.lasso).map(|(b, l)| l * b.abs()).sum() };
            let decrement = -(slope + lasso(&there) - lasso(&point.parameters));
            return Ok(Step { to, decrement });
        }
        let cholesky = Cholesky::of(&full, size, least).map_err(|dependent| dependent.column)?;
        let mut to = cholesky.solve(&point.gradient);
        for step in &mut to {
            *step = -*step;
        }
        let decrement = -point.gradient.iter().zip(&to).map(|(g, d)| g * d).sum::<f64>();
        Ok(Step { to, decrement })
    }

    /// What rounding may do to the objective.
    fn rounding(&self, objective: f64) -> f64 {
        f64::EPSILON * (16.0 * objective.abs() + 2.0 * self.weight)
    }
}

impl Begin {
    /// Whether one can go on from here: not where numbers are missing or infinite.
    pub(crate) fn is_finite(&self) -> bool {
        self.point.objective.is_finite() && self.point.gradient.iter().all(|slope| slope.is_finite())
    }
}

fn steering(options: &Options) -> Want {
    if options.exact { Want::Hessian } else { Want::Steering }
}

/// The minimum.
pub(crate) fn minimise(objective: &Objective<'_>, begin: Begin, options: &Options) -> Result<Minimum, Stuck> {
    let mut want = steering(options);
    // Fresh is a Hessian of this point.
    let Begin { mut point, mut hessian, mut fresh } = begin;
    // Whether it is a bound of the Hessian.
    let mut bounded = false;
    let mut before = f64::INFINITY;
    let mut trace = vec![point.objective];
    let mut best: Option<Minimum> = None;
    let mut iterations = 0;
    loop {
        let step = match objective.step(&point, &hessian, want) {
            Ok(step) if step.decrement >= 0.0 => step,
            Ok(_) | Err(_) if !fresh || want == Want::Steering => {
                want = Want::Hessian;
                hessian = objective.at(point.parameters.clone(), want).1;
                fresh = true;
                continue;
            }
            Ok(step) => step,
            Err(_) if !bounded => {
                hessian = objective.at(point.parameters.clone(), Want::Bound).1;
                bounded = true;
                continue;
            }
            Err(column) => return best.ok_or(Stuck::Singular(column)),
        };
        let gradient_norm = objective.gradient_norm(&point);
        let here = || Minimum {
            point: point.clone(),
            steering: Vec::new(),
            step: step.to.clone(),
            gradient_norm,
            decrement: step.decrement,
            iterations,
            trace: trace.clone(),
        };
        let small = options.small_gradient(objective.weight) >= gradient_norm
            && step.decrement <= options.small_decrement(point.objective.max(objective.rounding(point.objective)));
        if small {
            // To the last digits: as long as the gradient halves.
            let better = best.as_ref().is_none_or(|best| gradient_norm < 0.5 * best.gradient_norm);
            if better {
                best = Some(Minimum { steering: hessian.clone(), ..here() });
            }
            if !options.exact || !better || gradient_norm == 0.0 {
                return Ok(best.expect("the first small one is the best"));
            }
        }
        if iterations >= options.max_iterations {
            return best.map_or_else(|| Err(Stuck::NotConverged(Box::new(here()))), Ok);
        }
        let shrunk_to = step.decrement / before;
        if !fresh && shrunk_to > USELESS {
            hessian = objective.at(point.parameters.clone(), want).1;
            fresh = true;
            before = f64::INFINITY;
            continue;
        }
        // The gradient shrinks like the root of the decrement.
        let ahead = 2.0 * (options.small_gradient(objective.weight) / gradient_norm).ln() / shrunk_to.ln();
        let replace =
            options.exact || bounded || step.decrement > FAR * objective.weight || !fresh && ahead > MANY_STEPS;
        let lower = lower_point(objective, &point, &step, if replace { want } else { Want::Gradient });
        let Some((next, next_hessian)) = lower else {
            if bounded || best.is_some() {
                return best.map_or_else(|| Err(Stuck::NotConverged(Box::new(here()))), Ok);
            }
            // A Hessian that is next to nothing asks for steps that no halving shortens enough.
            bounded = fresh && want == Want::Hessian;
            want = Want::Hessian;
            hessian = objective.at(point.parameters.clone(), if bounded { Want::Bound } else { want }).1;
            fresh = true;
            continue;
        };
        bounded = false;
        iterations += 1;
        before = step.decrement;
        point = next;
        trace.push(point.objective);
        fresh = !next_hessian.is_empty();
        if fresh {
            hessian = next_hessian;
        }
    }
}

/// The first of the points at 1, 1/2, 1/4 ... of a step at which the objective is lower by enough.
fn lower_point(objective: &Objective<'_>, from: &Point, step: &Step, want: Want) -> Option<(Point, Vec<f64>)> {
    let mut part = 1.0;
    for _ in 0..MAX_HALVINGS {
        let there = from.parameters.iter().zip(&step.to).map(|(b, d)| b + part * d).collect();
        let (point, hessian) = objective.at(there, want);
        let enough = from.objective - ARMIJO * part * step.decrement + objective.rounding(from.objective);
        if point.objective <= enough {
            return Some((point, hessian));
        }
        part *= 0.5;
    }
    None
}
