//! What a model is for, what it is not for, and where it ends.

use scoring::ModelFile;

/// The sections of what it is for, what not, and where it ends.
pub(super) fn section(file: &ModelFile) -> String {
    format!(
        "## Intended use\n\n\
         Ranking eligible customers by their probability to churn, and estimating how many of a group will, so that \
         people can decide whom to contact.\n\n\
         ## Not for\n\n\
         - Decisions about a person's rights, prices or credit, or any decision about one person without a human.\n\
         - Customers who are not eligible: lapsed and new ones get no probability from it.\n\
         - Another horizon, lead time or meaning of churn than the one above.\n\
         - Choosing who gets an offer by the probability alone: the likeliest to leave need not be those whom an offer keeps.\n\
         - Proof of a cause.\n\n\
         ## Limits\n\n\
         - It says who is likely to churn, not who can be won over: that takes an experiment with a random hold-out.\n\
         {}\
         - Customers who were treated because of earlier scores behave differently; their rows teach that.\n\
         - It was not tested by segment: metrics of all customers together can hide a segment of which it is wrong. Compare the \
         churn that was observed and predicted by segment in the report.\n\
         - It was tested on one as-of date. A season, price or assortment it has not seen may change the churn rate.\n\
         - {}\n\
         - Expected values are averages: right for groups, far off for single customers, and some per cent too low for \
         those most at risk.\n\
         - Scores are a profile of a person in the sense of data protection law; reasons are given with each.\n\
         - {}\n",
        coefficient_limit(file),
        look_back_limit(file),
        interval_limit(file)
    )
}

fn coefficient_limit(file: &ModelFile) -> &'static str {
    match file.not_trained {
        None => {
            "- Coefficients describe how customers differ, not what would happen if something were changed. Features that \
             say nearly the same share their weight, and single signs among them mean little.\n"
        }
        Some(_) => {
            "- Whatever customers did but buy (complaints, visits, returns) has no part in it, nor have seasons.\n"
        }
    }
}

fn interval_limit(file: &ModelFile) -> String {
    match file.not_trained {
        None => format!(
            "Intervals of a probability cover the uncertainty of the fit and the calibration within {} days, not changes of \
             the market.",
            file.churn.horizon_days
        ),
        Some(_) => {
            "Probabilities have no intervals: nothing was fitted to churners that could tell how far off they are, and \
                    they are not calibrated. Do not choose between them and a trained model by their looks."
                .to_owned()
        }
    }
}

fn look_back_limit(file: &ModelFile) -> String {
    match file.lookback_days {
        Some(days) => format!(
            "Features look back {days} days: score exports that reach back at least as far as those it was trained on; what \
             is older is not seen."
        ),
        None => {
            "Features look back as far as the export reaches. Score exports of about the length it was trained on; as \
                 the history grows, probabilities drift, so train again every few months."
                .to_owned()
        }
    }
}
