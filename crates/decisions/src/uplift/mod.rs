//! What offers do to customers, learnt from past campaigns.

mod assumption;
mod balance;
mod campaign;
mod deciles;
mod dense;
mod fit;
mod model;
mod prepare;
mod qini;
mod selection;
mod shrink;

pub use assumption::{AssumedResponse, SensitivityRow, sensitivity};
pub use balance::{Balance, FeatureDifference, NOT_BY_CHANCE, balance};
pub use campaign::{Campaign, MIN_OF_EACH};
pub use deciles::{UpliftDecile, uplift_by_decile};
pub use fit::{NO_EFFECT, OfferCheck, UpliftModel, UpliftPrediction, UpliftSettings, fit};
pub use qini::{QiniPoint, UpliftRanking, qini_curve, uplift_ranking};
pub use shrink::Shrinkage;
