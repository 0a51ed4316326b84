//! A simulated company whose offer pays for a minority, with one randomised campaign in its past.
//!
//! ```text
//! simulated_campaign FOLDER SEED
//! ```
//!
//! Writes the exports of 20,000 customers, and their truth, as `churn simulate` does. Some 8,900 of them are in the campaign of
//! 2025-09-08, half of them with the offer. It does much for those who can be persuaded, harms those better left alone, and costs 3.00;
//! `benches/plan.py` goes on from here.
#![allow(clippy::print_stdout)]

use std::error::Error;

use simulation::{Baskets, Campaigns, Company, Destination, Leaving, OfferFactors, simulate};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(folder), Some(seed)) = (arguments.next(), arguments.next()) else {
        return Err("expected FOLDER SEED".into());
    };
    let company = Company {
        seed: seed.parse()?,
        customers: 20_000,
        leaving: Leaving { hazard_per_year: 0.8, ..Leaving::default() },
        baskets: Baskets { median_order_value: 70.0, spread_between_customers: 0.8, ..Baskets::default() },
        campaigns: Campaigns {
            dates: vec!["2025-09-08".parse()?],
            cost_hundredths: 300,
            effect_days: 90,
            on_persuadable: OfferFactors { order_rate: 2.5, leaving_rate: 0.1 },
            on_sleeping_dog: OfferFactors { order_rate: 0.6, leaving_rate: 2.5 },
            ..Campaigns::default()
        },
        ..Company::default()
    };
    let summary = simulate(&company, &Destination { replace: true, ..Destination::new(folder) }, &mut |_| {})?;
    println!("{} customers, {} rows of offers, {} eligible", summary.customers, summary.offers, summary.eligible);
    Ok(())
}
