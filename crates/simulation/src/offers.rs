//! What the export shows of the past campaigns.

use history::MICROS_PER_DAY;
use rand::{Rng, RngExt};

use crate::customer::{Customer, Lot};
use crate::tables::OfferRow;
use crate::world::World;

/// Campaigns begin at this second of the day; contacts follow within the hours after it.
const CAMPAIGN_BEGINS: i64 = 8 * 3_600;
const CONTACT_HOURS: i64 = 9;

/// Days within which an offer is accepted, if it is.
const DAYS_TO_ACCEPT: i64 = 14;

/// A customer's offers, ascending in time. Everyone of the treatment arm is contacted on the day of the campaign.
pub(crate) fn offer_rows<R: Rng>(world: &World, customer: &Customer, rng: &mut R) -> Vec<OfferRow> {
    customer.lots.iter().map(|lot| offer_row(world, customer, *lot, rng)).collect()
}

fn offer_row<R: Rng>(world: &World, customer: &Customer, lot: Lot, rng: &mut R) -> OfferRow {
    let second =
        |days: i64, seconds: i64| i64::from(lot.day) * MICROS_PER_DAY + days * MICROS_PER_DAY + seconds * 1_000_000;
    let contacted_at = second(0, CAMPAIGN_BEGINS + rng.random_range(60..CONTACT_HOURS * 3_600));
    let accepted_at = contacted_at + rng.random_range(600..DAYS_TO_ACCEPT * 86_400) * 1_000_000;
    let traits = &customer.traits;
    let chance = match (lot.alive, traits.response.order_rate > 1.0) {
        (false, _) => 0.0,
        (true, true) => 0.45,
        (true, false) => 0.08 + 0.12 * traits.discount_share,
    };
    let accepts = rng.random::<f64>() < chance && accepted_at < i64::from(world.end) * MICROS_PER_DAY;
    OfferRow {
        at: second(0, CAMPAIGN_BEGINS),
        treated: lot.treated,
        accepted: (lot.treated && accepts).then_some(accepted_at),
        contacted_at: lot.treated.then_some(contacted_at),
    }
}
