//! Who is in the table at each as-of date, and who is not.

use std::ops::Range;

use feature_engineering::{Eligibility, State};
use history::{Date, Export, History, ReadError};
use rayon::prelude::*;
use serde::{Serialize, Serializer};

/// How many customers stand where at an as-of date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Standing {
    #[serde(serialize_with = "as_text")]
    pub(crate) as_of: Date,
    pub(crate) eligible: u64,
    pub(crate) lapsed: u64,
    pub(crate) new: u64,
}

fn as_text<S: Serializer>(date: &Date, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(date)
}

/// Customers looked at together.
const CUSTOMERS_OF_A_PART: u32 = 4_096;

/// The standings at each date, and the customers who are eligible at one date or more, ascending; in one pass.
///
/// # Errors
/// Rows cannot be read.
pub(super) fn standings(
    export: &Export,
    histories: &[History<'_>],
    eligibility: Eligibility,
) -> Result<(Vec<Standing>, Vec<u32>), ReadError> {
    let n_customers = u32::try_from(export.customer_ids().len()).expect("customers are numbered by 32 bits");
    let starts: Vec<u32> = (0..n_customers).step_by(CUSTOMERS_OF_A_PART as usize).collect();
    let part =
        |start: &u32| of_part(export, histories, eligibility, *start..n_customers.min(start + CUSTOMERS_OF_A_PART));
    let parts: Vec<(Vec<[u64; 3]>, Vec<u32>)> = starts.par_iter().map(part).collect::<Result<_, ReadError>>()?;
    let total = |date: usize, state: usize| parts.iter().map(|(counts, _)| counts[date][state]).sum();
    let standings = histories.iter().enumerate().map(|(date, history)| Standing {
        as_of: history.as_of(),
        eligible: total(date, 0),
        lapsed: total(date, 1),
        new: total(date, 2),
    });
    Ok((standings.collect(), parts.iter().flat_map(|(_, customers)| customers).copied().collect()))
}

/// Eligible, lapsed and new customers of a range at each date, and those who are eligible at any.
fn of_part(
    export: &Export,
    histories: &[History<'_>],
    eligibility: Eligibility,
    customers: Range<u32>,
) -> Result<(Vec<[u64; 3]>, Vec<u32>), ReadError> {
    let block = export.block(customers.clone())?;
    let mut counts = vec![[0; 3]; histories.len()];
    let mut wanted = Vec::new();
    for customer in customers {
        let mut is_eligible = false;
        for (history, counts) in histories.iter().zip(&mut counts) {
            match eligibility.state(history, &block, customer) {
                Some(State::Eligible) => {
                    counts[0] += 1;
                    is_eligible = true;
                }
                Some(State::Lapsed) => counts[1] += 1,
                Some(State::New) => counts[2] += 1,
                None => {}
            }
        }
        if is_eligible {
            wanted.push(customer);
        }
    }
    Ok((counts, wanted))
}
