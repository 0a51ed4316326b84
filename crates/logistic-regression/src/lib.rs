//! Penalised logistic regression by Newton's method.
mod error;
mod gram;
mod math;
mod matrix;
mod pass;
mod response;
mod scale;

pub use error::SolverError;
pub use matrix::Matrix;
pub use response::Response;
