//! Expected costs as exact amounts.

use history::Money;

use super::candidate::Offer;

/// Ten-thousandths in the smallest amount that a plan deals in, a hundredth.
const HUNDREDTH: i64 = 100;

/// What it is expected to cost to make an offer to a customer who takes the incentive with probability `acceptance`: the contact cost and
/// that share of the incentive, rounded up to whole hundredths, so that sums of what is shown are what is spent.
pub fn expected_cost(offer: &Offer, acceptance: f64) -> Money {
    let incentive = acceptance * offer.incentive_cost.ten_thousandths() as f64;
    // A share such as 0.3 of 10.00 is a hair above 3.00; that hair is not worth a hundredth.
    let hundredths = (incentive / HUNDREDTH as f64 - 1e-6).ceil() as i64;
    let together = offer.contact_cost.plus(Money::from_ten_thousandths(hundredths.saturating_mul(HUNDREDTH)));
    let above = together.ten_thousandths().rem_euclid(HUNDREDTH);
    let missing = if above == 0 { 0 } else { HUNDREDTH - above };
    together.plus(Money::from_ten_thousandths(missing))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs_are_whole_hundredths_and_never_too_low() {
        let offer = |contact: i64, incentive: i64| Offer {
            name: "voucher".to_owned(),
            contact_cost: Money::from_ten_thousandths(contact),
            incentive_cost: Money::from_ten_thousandths(incentive),
            channels: Vec::new(),
        };
        for (contact, incentive, acceptance, cost) in [
            (40_000, 0, 0.7, "4.00"),
            (10_000, 100_000, 0.3, "4.00"),
            (10_000, 100_000, 0.300_1, "4.01"),
            (12_345, 0, 0.0, "1.24"),
            (0, 99_999, 1.0, "10.00"),
        ] {
            assert_eq!(expected_cost(&offer(contact, incentive), acceptance).to_string(), cost);
        }
    }
}
