//! What a plan earned: treated against hold-out, by intention to treat.
//!
//! Customers count in the arm that the lot gave them, whether or not somebody reached them: whoever is reached differs from
//! whoever is not. Hold-outs were drawn within strata, so differences are taken within strata and then averaged; a plain
//! difference would be off where shares differ between strata (Simpson's paradox).

mod difference;
mod intervals;
mod looks;
mod measure;
mod power;

pub use difference::{Arms, StratifiedDifference, stratified_difference};
pub use intervals::{Counts, newcombe, welch};
pub use looks::{Looks, always_valid};
pub use measure::{Effect, PlanOutcome, ReadOut, Verdict, level_of_each, measure};
pub use power::{SampleSize, power_of_two_proportions, sample_size_for_two_proportions};
