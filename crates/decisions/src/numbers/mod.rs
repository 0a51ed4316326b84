//! Distributions that intervals and tests need.

mod beta;
mod chi_square;
mod gamma;
mod normal;
mod student;

pub(crate) use beta::beta_cdf;
pub use chi_square::chi_square_tail;
pub use normal::normal_cdf;
pub(crate) use normal::normal_quantile;
pub(crate) use student::student_quantile;
pub use student::student_tail;
