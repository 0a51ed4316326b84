//! The return model: BG/NBD on all customers, recalibrated on the lapsed customers of the calibration date.

use feature_engineering::btyd::{BgNbd, Purchases};
use feature_engineering::{Snapshot, purchase_days};
use history::Date;
use scoring::ReturnModel;

use crate::TrainingError;
use crate::customers::Share;
use crate::platt::Line;
use crate::rows::{MIN_EVENTS, Source};

/// The return model, or why there is none.
pub(crate) fn fit(
    source: &Source<'_>,
    as_of: Date,
    max_rows: usize,
) -> Result<Result<ReturnModel, String>, TrainingError> {
    if !source.churn.is_about_purchases() {
        return Ok(Err(
            "churn is a departure here, and a departed customer comes back by joining again, of which purchases \
                       say little"
                .to_owned(),
        ));
    }
    let history = source.history(as_of);
    let snapshot = Snapshot::take(&history, source.eligibility)?;
    let model = match bg_nbd(source, as_of) {
        Ok(model) => model,
        Err(reason) => return Ok(Err(reason)),
    };
    let share = Share::of_rows(snapshot.lapsed.len(), max_rows);
    let mut lapsed = snapshot.lapsed;
    lapsed.retain(|customer| source.hashes.is_in(*customer, share));
    let lapsed = source.left_alone(as_of, &lapsed)?;
    let outcome = source.export.outcome(as_of, source.window)?;
    let horizon = f64::from(source.window.horizon.get());
    let bought = outcome.map(&lapsed, |block, customer| outcome.bought(block, customer))?;
    let (mut logits, mut returned) = (Vec::new(), Vec::new());
    for ((_, purchases), bought) in lapsed.iter().zip(purchase_days(&history, &lapsed)?).zip(bought) {
        let Some(purchases) = purchases else { continue };
        logits.push(ReturnModel::raw_logit(&model, &purchases, horizon)?);
        returned.push(bought);
    }
    let back = returned.iter().filter(|returned| **returned).count() as u64;
    let away = returned.len() as u64 - back;
    if back.min(away) < MIN_EVENTS {
        return Ok(Err(format!(
            "of {} lapsed customers on {as_of}, {back} came back; {MIN_EVENTS} of each kind are needed",
            returned.len()
        )));
    }
    let line = match Line::fit(&logits, &returned) {
        Ok(line) if line.slope > 0.0 => line,
        Ok(_) => return Ok(Err("its probabilities rank the lapsed customers backwards".to_owned())),
        Err(_) => return Ok(Err("its probabilities do not tell the lapsed customers apart".to_owned())),
    };
    let parameters = model.parameters();
    Ok(Ok(ReturnModel {
        r: parameters.r,
        alpha: parameters.alpha,
        a: parameters.a,
        b: parameters.b,
        intercept: line.intercept,
        slope: line.slope,
        rows: returned.len() as u64,
        returned: back,
    }))
}

/// What to say where there is none.
pub(crate) fn note(reason: &str) -> String {
    format!("No return probability for lapsed customers: {reason}.")
}

/// The BG/NBD model of all purchases before a date, or why there is none.
pub(crate) fn bg_nbd(source: &Source<'_>, as_of: Date) -> Result<BgNbd, String> {
    if !source.churn.is_about_purchases() {
        return Err("it predicts purchases, and churn is a departure here".to_owned());
    }
    let history = source.history(as_of);
    let everybody: Vec<u32> = (0..history.n_customers()).collect();
    let purchases: Vec<Purchases> =
        purchase_days(&history, &everybody).map_err(|error| error.to_string())?.into_iter().flatten().collect();
    BgNbd::fit(&purchases).map_err(|error| error.to_string())
}
