//! What a customer is like from the first day on: the part that the exports show, and the part they don't.

use rand::{Rng, RngExt};
use rand_distr::{Distribution, Gamma, StandardNormal};

use crate::OfferFactors;
use crate::renewal::Gaps;
use crate::world::{DAYS_PER_YEAR, World};

/// Where customers came from: share, order rate, leaving rate, share of first-order discounts, share of store orders.
pub(crate) const ACQUISITION: [Source; 5] = [
    Source { name: "search", share: 0.34, rate: 1.0, leaving: 1.0, promotion: 0.25, store: 0.05 },
    Source { name: "social", share: 0.22, rate: 0.88, leaving: 1.35, promotion: 0.4, store: 0.05 },
    Source { name: "referral", share: 0.14, rate: 1.2, leaving: 0.65, promotion: 0.1, store: 0.15 },
    Source { name: "store", share: 0.18, rate: 1.1, leaving: 0.75, promotion: 0.12, store: 0.65 },
    Source { name: "affiliate", share: 0.12, rate: 0.82, leaving: 1.5, promotion: 0.5, store: 0.05 },
];

/// Regions: name, share, factor on the order rate.
pub(crate) const REGIONS: [(&str, f64, f64); 5] =
    [("capital", 0.28, 1.12), ("north", 0.2, 0.96), ("south", 0.2, 0.92), ("east", 0.14, 0.95), ("west", 0.18, 1.0)];

/// How customers wish to be contacted, with shares.
pub(crate) const CONTACT: [(&str, f64); 3] = [("email", 0.62), ("phone", 0.16), ("sms", 0.22)];

/// Product categories: name, share of orders, cost as a share of the price before discounts.
pub(crate) const CATEGORIES: [(&str, f64, f64); 6] = [
    ("home", 0.24, 0.58),
    ("garden", 0.16, 0.55),
    ("kitchen", 0.2, 0.6),
    ("toys", 0.14, 0.52),
    ("office", 0.16, 0.66),
    ("beauty", 0.1, 0.45),
];

/// Share of a customer's orders that fall into the favourite category whatever the general shares are.
pub(crate) const FAVOURITE_SHARE: f64 = 0.5;

/// Share of customers that are businesses, their factor on order values, and the number of account managers.
const BUSINESS_SHARE: f64 = 0.15;
const BUSINESS_VALUE: f64 = 2.2;
const ACCOUNT_MANAGERS: u32 = 12;

/// Share of customers who may be contacted.
const CONTACT_ALLOWED_SHARE: f64 = 0.86;

/// An acquisition channel.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) name: &'static str,
    share: f64,
    rate: f64,
    leaving: f64,
    promotion: f64,
    pub(crate) store: f64,
}

/// A customer's traits; they never change.
#[derive(Debug, Clone)]
pub(crate) struct Traits {
    pub(crate) source: &'static Source,
    pub(crate) region: &'static str,
    pub(crate) business: bool,
    pub(crate) contact: &'static str,
    pub(crate) contact_allowed: bool,
    /// Account manager, 1 and up; businesses have one.
    pub(crate) owner: Option<u32>,
    /// Orders a day.
    pub(crate) order_rate: f64,
    pub(crate) gaps: Gaps,
    /// Rate at which the customer begins to fade, per day.
    pub(crate) leaving_rate: f64,
    /// Standard normal: how content with the shop.
    pub(crate) satisfaction: f64,
    /// Came for a first-order discount.
    pub(crate) promotion: bool,
    /// Share of orders with a discount.
    pub(crate) discount_share: f64,
    /// Mean order value before discounts, in units of the currency.
    pub(crate) order_value: f64,
    /// Index into [`CATEGORIES`].
    pub(crate) favourite: usize,
    /// Probability that a problem follows an order.
    pub(crate) problem_share: f64,
    /// Mean 1: how much a customer looks at the site and at e-mails.
    pub(crate) engagement: f64,
    /// Share of orders made in the app, of those not made in a store.
    pub(crate) app_share: f64,
    /// What an offer does to this customer.
    pub(crate) response: OfferFactors,
}

impl Traits {
    pub(crate) fn draw<R: Rng>(world: &World, rng: &mut R) -> Self {
        let company = &world.company;
        let (buying, leaving) = (&company.buying, &company.leaving);
        let source = &ACQUISITION[pick(rng, ACQUISITION.iter().map(|s| s.share))];
        let (region, _, region_rate) = REGIONS[pick(rng, REGIONS.iter().map(|r| r.1))];
        let business = rng.random::<f64>() < BUSINESS_SHARE;
        let contact = CONTACT[pick(rng, CONTACT.iter().map(|c| c.1))].0;
        let contact_allowed = rng.random::<f64>() < CONTACT_ALLOWED_SHARE;
        let owner = business.then(|| rng.random_range(1..=ACCOUNT_MANAGERS));

        let activity: f64 = gamma(rng, buying.rate_shape);
        let order_rate = buying.orders_per_year / DAYS_PER_YEAR * activity * source.rate * region_rate;
        let regular_share = if business { 2.0 * buying.regular_share } else { buying.regular_share };
        let gaps = if rng.random::<f64>() < regular_share { Gaps::Regular } else { Gaps::Random };

        let satisfaction: f64 = rng.sample(StandardNormal);
        let promotion = rng.random::<f64>() < source.promotion;
        // A fifth of the variance of the personal leaving rate is satisfaction, which surveys show.
        let own: f64 = rng.sample(StandardNormal);
        let spread = leaving.hazard_spread;
        let mood = spread * (0.2_f64.sqrt() * -satisfaction + 0.8_f64.sqrt() * own) - spread * spread / 2.0;
        let promoted = if promotion { leaving.promotion_factor } else { 1.0 };
        let leaving_rate = leaving.hazard_per_year / DAYS_PER_YEAR * mood.exp() * source.leaving * promoted;

        // Mean 1, squared uniform: most customers seldom use discounts, some always do.
        let uniform: f64 = rng.random();
        let affinity = uniform * uniform;
        let discount_share = (company.baskets.discount_share * 3.0 * affinity).min(1.0);
        let between: f64 = rng.sample(StandardNormal);
        let order_value = company.baskets.median_order_value
            * (company.baskets.spread_between_customers * between).exp()
            * if business { BUSINESS_VALUE } else { 1.0 };
        let favourite = pick(rng, CATEGORIES.iter().map(|c| c.1));
        let unlucky: f64 = rng.sample(StandardNormal);
        let problem_share = (company.service.problem_share * (0.5 * unlucky - 0.125).exp()).min(1.0);
        let keen: f64 = rng.sample(StandardNormal);
        let engagement = (0.5 * keen - 0.125).exp() * (0.4 + 0.6 * activity.min(4.0));
        let app_share = rng.random::<f64>();
        let kind: f64 = rng.random();
        let persuadable = 0.2 + 0.4 * affinity;
        let sleeping_dog = 0.14 - 0.1 * affinity;
        let response = if kind < persuadable {
            company.campaigns.on_persuadable
        } else if kind < persuadable + sleeping_dog {
            company.campaigns.on_sleeping_dog
        } else {
            OfferFactors { order_rate: 1.0, leaving_rate: 1.0 }
        };
        Self {
            source,
            region,
            business,
            contact,
            contact_allowed,
            owner,
            order_rate,
            gaps,
            leaving_rate,
            satisfaction,
            promotion,
            discount_share,
            order_value,
            favourite,
            problem_share,
            engagement,
            app_share,
            response,
        }
    }
}

/// Index drawn with the given shares, which add up to 1 but for rounding.
pub(crate) fn pick<R: Rng>(rng: &mut R, shares: impl ExactSizeIterator<Item = f64>) -> usize {
    let last = shares.len().saturating_sub(1);
    let mut left: f64 = rng.random();
    for (index, share) in shares.enumerate() {
        if left < share {
            return index;
        }
        left -= share;
    }
    last
}

/// Gamma distributed with mean 1.
fn gamma<R: Rng>(rng: &mut R, shape: f64) -> f64 {
    Gamma::new(shape, 1.0 / shape).expect("validation keeps the shape positive and finite").sample(rng)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Company;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    #[test]
    fn shares_add_up_to_one() {
        let close = |sum: f64| (sum - 1.0).abs() < 1e-9;
        assert!(close(ACQUISITION.iter().map(|s| s.share).sum()));
        assert!(close(REGIONS.iter().map(|r| r.1).sum()));
        assert!(close(CONTACT.iter().map(|c| c.1).sum()));
        assert!(close(CATEGORIES.iter().map(|c| c.1).sum()));
    }

    #[test]
    fn channels_and_means_are_what_the_company_says() {
        let world = World::new(&Company::default());
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let drawn: Vec<Traits> = (0..100_000).map(|_| Traits::draw(&world, &mut rng)).collect();
        let mean = |of: &dyn Fn(&Traits) -> f64| drawn.iter().map(of).sum::<f64>() / drawn.len() as f64;
        let yearly = mean(&|t| t.order_rate * DAYS_PER_YEAR);
        assert!((yearly / 13.5 - 1.0).abs() < 0.02, "{yearly}");
        let search = mean(&|t| f64::from(u8::from(t.source.name == "search")));
        assert!((search - 0.34).abs() < 0.008, "{search}"); // five standard errors
        let discounts = mean(&|t| t.discount_share);
        assert!((discounts - 0.25).abs() < 0.01, "{discounts}");
    }
}
