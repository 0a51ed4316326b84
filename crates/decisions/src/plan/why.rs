//! The reason of a row, in one sentence.

use history::Money;

use super::candidate::State;

/// What a row of a plan rests on. Money is in units of the currency.
#[derive(Debug, Clone, PartialEq)]
pub struct Why {
    /// Where the customer stands.
    pub state: State,
    /// Churn probability if left alone (of lapsed customers: probability of not returning).
    pub churn_probability: f64,
    /// Value if the customer stays.
    pub value: f64,
    /// The offer's name.
    pub offer: String,
    /// What it adds to the probability of staying.
    pub uplift: f64,
    /// As much of it as counts, with standard errors taken off (`caution`).
    pub counted: f64,
    /// What it is expected to earn, cost deducted.
    pub gain: f64,
    /// What it is expected to cost.
    pub cost: Money,
    /// Whether the lot says to leave the customer alone.
    pub held_out: bool,
}

impl Why {
    /// The sentence in English.
    pub fn sentence(&self) -> String {
        let percent = 100.0 * self.churn_probability;
        let standing = match self.state {
            State::Lapsed => format!("Returns on their own with {:.0} %", 100.0 - percent),
            _ => format!("Churn probability {percent:.0} %"),
        };
        let Self { value, offer, cost, gain, .. } = self;
        let points = 100.0 * self.uplift;
        let counted = match format!("{:.1}", 100.0 * self.counted) {
            counted if counted == format!("{points:.1}") => String::new(),
            counted => format!(" ({counted} of them counted)"),
        };
        let end = if self.held_out { "; held out by lot, to measure what contacting earns" } else { "" };
        format!(
            "{standing}, worth {value:.2}: \"{offer}\" adds {points:.1} points{counted} to the probability of staying at a cost of {cost}, \
             and is expected to earn {gain:.2}{end}."
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentence_has_every_number_it_rests_on() {
        let why = Why {
            state: State::Eligible,
            churn_probability: 0.62,
            value: 340.0,
            offer: "10 % voucher".to_owned(),
            uplift: 0.09,
            counted: 0.09,
            gain: 26.6,
            cost: Money::from_ten_thousandths(40_000),
            held_out: false,
        };
        assert_eq!(
            why.sentence(),
            "Churn probability 62 %, worth 340.00: \"10 % voucher\" adds 9.0 points to the probability of staying at a cost of 4.00, and is \
             expected to earn 26.60."
        );
        let careful = Why { counted: 0.06, gain: 16.4, ..why.clone() };
        assert!(careful.sentence().contains("adds 9.0 points (6.0 of them counted) to the probability of staying"));
        let lapsed = Why { state: State::Lapsed, held_out: true, ..why };
        assert!(lapsed.sentence().starts_with("Returns on their own with 38 %"));
        assert!(lapsed.sentence().ends_with("; held out by lot, to measure what contacting earns."));
    }
}
