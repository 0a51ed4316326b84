//! Penalised logistic regression by Newton's method: weights, offsets, ridge and lasso, paths of penalties, standard errors,
//! and diagnoses of data that have no fit or should not be trusted.
//!
//! Minimised over the intercept `b0` and the coefficients `b` is
//!
//! ```text
//! sum_i w_i log(1 + exp(-s_i (x_i'b + b0 + offset_i)))  +  1/2 sum_j ridge_j b_j^2  +  sum_j lasso_j |b_j|
//! ```
//!
//! where `s_i` is +1 for the label `true` and -1 for `false`. The loss is summed, not averaged; the intercept is free.
//!
//! ```
//! use logistic_regression::{Matrix, Options, Penalty, Problem, Response};
//!
//! let days_since_purchase = [3.0, 40.0, 75.0, 10.0, 90.0, 20.0];
//! let churned = [false, true, true, false, false, true];
//! let matrix = Matrix::from_columns(&[&days_since_purchase])?;
//! let response = Response::new(&matrix, &churned)?;
//! let problem = Problem::new(&matrix, &response)?;
//! let fit = problem.fit(&Penalty::ridge(1.0), &Options::exact())?;
//! let error = problem.covariance(&fit)?.standard_errors()[1];
//! assert!(fit.coefficients[0] > 0.0 && error > fit.coefficients[0]);
//! # Ok::<(), logistic_regression::SolverError>(())
//! ```
//!
//! How it is done, and why so:
//!
//! - Rows come in blocks ([`Matrix`]), columns centred and scaled, and one pass over a block gives loss, gradient and
//!   Hessian. Blocks are kept for many fits; for one large fit each is made in the cache when its turn comes. Rows in groups,
//!   such as folds, have blocks of their own: a fit without a fold copies nothing.
//! - Many rows are begun with a sample of the blocks. Its Hessian then steers the steps on all rows, whose gradient decides
//!   where the minimum is; it is replaced where it steers badly ([`Problem::fit`]).
//! - Hessians that only steer are in single precision. What is reported is not ([`Problem::covariance`]).
//! - Every sum has one order, for any number of threads and any processor: vectors have a fixed number of lanes, fused
//!   multiply-adds are fused everywhere, exponentials and logarithms are our own. Same data, same bits.
//! - A fit that did not converge is an error, never a fit. What can be said about the data is data: [`Finding`],
//!   [`SolverError`].

mod cholesky;
mod coordinate;
mod covariance;
mod diagnosis;
mod error;
mod fit;
mod gram;
mod layout;
mod math;
mod matrix;
mod newton;
mod options;
mod pack;
mod pass;
mod path;
mod penalty;
mod problem;
mod response;
mod scale;
mod tasks;

pub use covariance::Covariance;
pub use diagnosis::Finding;
pub use error::SolverError;
pub use fit::Fit;
pub use matrix::Matrix;
pub use options::Options;
pub use path::{CrossValidation, cross_validate};
pub use penalty::Penalty;
pub use problem::Problem;
pub use response::Response;
