//! When a fit is done.

/// How near to the minimum a fit ends, and how long it may take.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    /// Largest part of the gradient, in columns standardised by the solver, for a weight of 1.
    pub gradient_tolerance: f64,
    /// Newton decrement (about twice by how much the objective could still fall) as a part of the objective.
    pub decrement_tolerance: f64,
    /// Steps that may be taken; more is an error.
    pub max_iterations: u32,
    /// Whether Hessians are in double precision, and steps go on below the tolerances until rounding ends them.
    pub exact: bool,
}

impl Default for Options {
    /// A gradient of 5e-10 of the weight, a decrement of 1e-12 of the objective, 100 steps.
    fn default() -> Self {
        Self { gradient_tolerance: 5e-10, decrement_tolerance: 1e-12, max_iterations: 100, exact: false }
    }
}

impl Options {
    /// To the last digits, for reported coefficients and for standard errors.
    #[must_use]
    pub fn exact() -> Self {
        Self { exact: true, ..Self::default() }
    }

    /// To some seven digits of the held-out log loss, for a choice between penalties.
    #[must_use]
    pub fn for_paths() -> Self {
        Self { gradient_tolerance: 1e-7, decrement_tolerance: 1e-10, ..Self::default() }
    }

    pub(crate) fn small_gradient(&self, weight: f64) -> f64 {
        self.gradient_tolerance * weight
    }

    pub(crate) fn small_decrement(&self, objective: f64) -> f64 {
        self.decrement_tolerance * objective
    }
}
