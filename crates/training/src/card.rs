//! The model card (Mitchell et al. 2019, "Model cards for model reporting"): what the model is, for whom, how good, and
//! where it ends. Markdown; everything in it comes from the model file and the test.

mod coefficients;
mod limits;

use std::fmt::Write;

use evaluation::{CalibrationChoice, Estimate, MIN_CUSTOMERS_FOR_ISOTONIC, Metrics};
use scoring::{Model, ModelFile};

use crate::evaluation_file::DesignTrial;
use crate::horizon_evaluation;
use crate::{Evaluation, HalfLifeTrial};

/// The card of a model.
pub(crate) fn markdown(model: &Model, evaluation: &Evaluation) -> String {
    let file = model.file();
    let sections = [
        details(model),
        limits::section(file),
        data(file, evaluation),
        metrics(evaluation) + &horizon_evaluation::markdown(evaluation, file.churn.horizon_days),
        calibration(file, evaluation),
        segments(evaluation),
        coefficients::section(model),
        value(file),
        notes(evaluation),
    ];
    sections.into_iter().filter(|section| !section.is_empty()).collect::<Vec<_>>().join("\n")
}

/// Text from the project file, made harmless for Markdown tables and HTML.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '<' => plain.push_str("&lt;"),
            '>' => plain.push_str("&gt;"),
            '&' => plain.push_str("&amp;"),
            '|' | '`' | '*' | '_' | '[' | ']' | '#' | '\\' => plain.extend(['\\', character]),
            c if c.is_control() => plain.push(' '),
            c => plain.push(c),
        }
    }
    plain
}

fn details(model: &Model) -> String {
    let file = model.file();
    format!(
        "# Churn model {} {}\n\n\
         {}\n\n\
         - Churned means: {}.\n\
         - Eligible customers bought in the {} days before the as-of date{}; the model speaks of nobody else.\n\
         - Features look back {}.\n\
         - Time zone {}, currency {}, negative amounts: {}.\n\
         - Data `{}`, settings `{}`.\n",
        plain(&file.name),
        file.version,
        kind(file),
        model.churn_in_words(),
        file.active_within_days,
        if model.eligibility().excludes_departed { ", and have not departed since they last bought" } else { "" },
        match file.lookback_days {
            Some(days) => format!("{days} days"),
            None => "as far as the export goes".to_owned(),
        },
        plain(&file.timezone),
        plain(&file.currency),
        file.returns,
        plain(&file.fingerprints.data),
        plain(&file.fingerprints.config),
    )
}

/// What kind of model it is.
fn kind(file: &ModelFile) -> String {
    match &file.not_trained {
        None => format!(
            "Logistic regression with a ridge penalty (lambda {:.1e} against the mean loss), calibrated, on {} features.",
            file.penalty.lambda,
            file.features.len()
        ),
        Some(not_trained) => format!(
            "**This is {}.** The churn probability is the probability of no purchase in the label window by a \
             buy-till-you-die model, fitted on the days of purchases of {} customers before {}, of whom {} had bought on \
             more than one day. No churner had a part in it, and no other feature.",
            not_trained.in_words(),
            not_trained.customers,
            not_trained.fitted_before,
            not_trained.came_back
        ),
    }
}

fn data(file: &ModelFile, evaluation: &Evaluation) -> String {
    let slices = &file.slices;
    let span = |dates: &[String]| match dates {
        [] => "none".to_owned(),
        [one] => one.clone(),
        [first, .., last] => format!("{} dates, {first} to {last}", dates.len()),
    };
    let used = |trained: &'static str, not_trained: &'static str| match file.not_trained {
        None => trained,
        Some(_) => not_trained,
    };
    let selection = match &slices.selection {
        _ if file.not_trained.is_some() => "none; nothing was chosen".to_owned(),
        Some(date) => format!("{date}, fitted on {}", span(&slices.selection_training)),
        None => "by leaving out customers".to_owned(),
    };
    format!(
        "## Data\n\n\
         | slice | as-of dates |\n|---|---|\n\
         | training | {}; {} rows{} |\n\
         | choice of the penalty | {selection} |\n\
         | calibration | {}, {} |\n\
         | test | {}; label window {} to {} (not included) |\n\n\
         {}{}{}{}{}Tested on {} eligible customers, of whom {} churned ({:.1} %).\n",
        span(&slices.training),
        file.training_rows,
        used("", ", too few to train on"),
        slices.calibration,
        used("each customer by a model that never saw them", "nothing was calibrated"),
        slices.test,
        evaluation.test.window_start,
        evaluation.test.window_end,
        designs_tried(evaluation),
        dates_tried(evaluation),
        half_lives_tried(evaluation),
        forgets(evaluation),
        looked_back(evaluation),
        evaluation.test.rows,
        evaluation.test.churners,
        100.0 * evaluation.test.churners as f64 / evaluation.test.rows as f64,
    )
}

/// How far back the dates see, and how many customers began before that.
fn looked_back(evaluation: &Evaluation) -> String {
    let look_back = &evaluation.look_back;
    let share = |share: Option<f64>| share.map_or_else(|| "-".to_owned(), percent);
    let censored = &look_back.left_censored;
    let training = match (look_back.shortest_training, look_back.longest_training) {
        (shortest, longest) if shortest == longest => format!("{longest} days"),
        (shortest, longest) => format!("{shortest} to {longest} days"),
    };
    format!(
        "Training dates look back {training}, the test {} days. Left-censored customers (first seen within 30 days of the \
         first visible day, so that they may have bought before): {} of the training rows, {} of the calibration, {} of the \
         test.\n\n",
        look_back.test,
        share(censored.training),
        share(censored.calibration),
        share(censored.test)
    )
}

/// The designs tried, and which was kept.
fn designs_tried(evaluation: &Evaluation) -> String {
    let trial = |trial: &DesignTrial| {
        let kept = if trial.kept { ", kept" } else { "" };
        let gain = trial.gain.zip(trial.standard_error).map(|(gain, error)| format!(", gain {gain:.5} ± {error:.5}"));
        format!(
            "{:.5} with {} ({} columns{}{kept})",
            trial.log_loss,
            trial.shapes,
            trial.columns,
            gain.unwrap_or_default()
        )
    };
    let trials: Vec<String> = evaluation.selection_designs.iter().map(trial).collect();
    if trials.is_empty() { String::new() } else { format!("Log-loss at the choice: {}.\n\n", trials.join("; ")) }
}

/// What fitting on more or fewer of the newest dates would have meant.
fn dates_tried(evaluation: &Evaluation) -> String {
    let trials: Vec<String> = evaluation
        .selection_dates
        .iter()
        .map(|trial| {
            let dates = if trial.dates == 1 { "1 date".to_owned() } else { format!("{} dates", trial.dates) };
            format!("{:.4} with {dates}", trial.log_loss)
        })
        .collect();
    if trials.is_empty() { String::new() } else { format!("Log-loss at the choice: {}.\n\n", trials.join(", ")) }
}

/// How much old rows count.
fn forgets(evaluation: &Evaluation) -> String {
    match evaluation.half_life_days {
        Some(days) => format!("A row counts half as much as one of an as-of date {days} days later.\n\n"),
        None => String::new(),
    }
}

/// What it would have meant to forget faster or not at all.
fn half_lives_tried(evaluation: &Evaluation) -> String {
    let trial = |trial: &HalfLifeTrial| match trial.half_life_days {
        None => format!("{:.4} with all dates alike", trial.log_loss),
        Some(days) => format!("{:.4} with weights that halve every {days} days", trial.log_loss),
    };
    let trials: Vec<String> = evaluation.selection_half_lives.iter().map(trial).collect();
    if trials.is_empty() { String::new() } else { format!("Log-loss at the choice: {}.\n\n", trials.join(", ")) }
}

/// A metric's name, and where it stands.
type MetricRow = (&'static str, fn(&Metrics) -> &Estimate);

fn metrics(evaluation: &Evaluation) -> String {
    let baselines = &evaluation.baselines;
    let mut columns: Vec<(&str, &Metrics)> = vec![("model", &evaluation.model)];
    for (name, metrics) in [
        ("recency alone", &baselines.recency),
        ("churn rate alone", &baselines.prevalence),
        ("BG/NBD", &baselines.bg_nbd),
    ] {
        columns.extend(metrics.as_ref().map(|metrics| (name, metrics)));
    }
    let rows: [MetricRow; 9] = [
        ("ROC AUC", |m| &m.roc_auc),
        ("average precision", |m| &m.average_precision),
        ("log-loss", |m| &m.log_loss),
        ("Brier score", |m| &m.brier),
        ("Brier skill", |m| &m.brier_skill),
        ("expected calibration error", |m| &m.ece),
        ("calibration slope", |m| &m.calibration_slope),
        ("calibration intercept", |m| &m.calibration_intercept),
        ("lift in the top 10 %", |m| &m.lift_at_10),
    ];
    let mut text = format!(
        "## Test\n\nOn the same rows, with 95 % intervals from {} bootstrap replicates over customers.\n\n|  |",
        evaluation.bootstrap.replicates()
    );
    for (name, _) in &columns {
        push(&mut text, format_args!(" {name} |"));
    }
    push(&mut text, format_args!("\n|---|{}\n", "---|".repeat(columns.len())));
    for (name, metric) in rows {
        push(&mut text, format_args!("| {name} |"));
        for (_, metrics) in &columns {
            push(&mut text, format_args!(" {} |", number(metric(metrics))));
        }
        text.push('\n');
    }
    text.push('\n');
    for line in &evaluation.verdict {
        push(&mut text, format_args!("- {line}\n"));
    }
    let Some(rule) = &evaluation.recency_rule else { return text };
    push(
        &mut text,
        format_args!(
            "\nThe best rule by recency alone, \"no purchase for {:.0} days or more\", has a balanced accuracy of {:.1} % \
             on the test.\n",
            rule.days,
            100.0 * rule.test_balanced_accuracy
        ),
    );
    text
}

fn calibration(file: &ModelFile, evaluation: &Evaluation) -> String {
    let line = match file.not_trained {
        None => {
            format!("Calibrated logit = {:.4} + {:.4} x logit.", file.calibration.intercept, file.calibration.slope)
        }
        Some(_) => "Not calibrated: probabilities are those of the forecast.".to_owned(),
    };
    let chosen =
        evaluation.calibration_choice.as_ref().map(|choice| calibration_chosen(file, choice)).unwrap_or_default();
    let mut text = format!(
        "## Calibration\n\n{line}{chosen}\n\n\
         | mean prediction | observed | 95 % interval | customers |\n|---|---|---|---|\n"
    );
    for bin in &evaluation.calibration_curve.bins {
        let (low, high) = (percent(bin.low), percent(bin.high));
        let (predicted, observed) = (percent(bin.mean_predicted), percent(bin.observed_rate));
        push(&mut text, format_args!("| {predicted} | {observed} | {low} to {high} | {} |\n", bin.rows));
    }
    if evaluation.calibration_curve.too_few {
        text.push_str("\nFewer than 200 churners or 200 customers who stayed: this table says little.\n");
    }
    text
}

/// Empty where no segments were asked for.
fn segments(evaluation: &Evaluation) -> String {
    let of = evaluation.segments.as_ref().zip(evaluation.by_segment.as_ref());
    of.map(|of| crate::segments::card(of, plain, number)).unwrap_or_default()
}

/// Whether a curve takes the place of the line, and why.
fn calibration_chosen(file: &ModelFile, choice: &CalibrationChoice) -> String {
    let loss = |loss: Option<f64>| loss.map_or_else(|| "none".to_owned(), |loss| format!("{loss:.5}"));
    let losses = format!(
        "log-loss on calibration customers that it was not fitted on: {} as predicted, {} by the line, {} by the curve",
        loss(choice.log_loss_as_predicted),
        loss(choice.log_loss_intercept_slope),
        loss(choice.log_loss_isotonic)
    );
    match &file.isotonic {
        Some(isotonic) => format!(
            "\n\nProbabilities are those of an isotonic curve of {} knots, which was better than the line ({losses}). \
             Intervals have the width that the line gives, around the probability of the curve; it changes no ranking.",
            isotonic.knots().len()
        ),
        None if choice
            .log_loss_isotonic
            .zip(choice.log_loss_intercept_slope)
            .is_some_and(|(curve, line)| curve < line) =>
        {
            format!(
                "\n\nAn isotonic curve was better on that date and is not used: past dates say that not all of the newest \
                 date's deviation carries on ({losses})."
            )
        }
        None if choice.log_loss_isotonic.is_some() => format!("\n\nAn isotonic curve was not better ({losses})."),
        None => format!(
            "\n\nAn isotonic curve was not tried: that takes {MIN_CUSTOMERS_FOR_ISOTONIC} customers who churned and as many \
             who stayed, found {} and {}.",
            choice.churned_customers, choice.stayed_customers
        ),
    }
}

fn value(file: &ModelFile) -> String {
    let value = &file.value;
    let unit = if file.has_margin { "margin" } else { "revenue" };
    let fitted_on = match value.rows {
        0 => "not fitted, since too few customers are known who stayed".to_owned(),
        rows => format!("fitted on {rows} rows of customers who stayed"),
    };
    let lapsed = match &file.lapsed {
        Some(lapsed) => format!(
            "Lapsed customers get a return probability: BG/NBD, recalibrated on {} lapsed customers, of whom {} bought \
             again within the horizon.",
            lapsed.rows, lapsed.returned
        ),
        None => "Lapsed customers get no return probability (see the notes).".to_owned(),
    };
    format!(
        "## Value\n\nExpected value is {unit} within {} days of a customer who stays: {:.4} + {:.4} x past {unit} per {} \
         days, between 0 and {:.2}; {}. Value at risk is the churn probability \
         times that.\n\n{lapsed}\n",
        file.churn.horizon_days, value.intercept, value.slope, file.churn.horizon_days, value.highest, fitted_on
    )
}

fn notes(evaluation: &Evaluation) -> String {
    let mut text = "## Notes\n\n".to_owned();
    if evaluation.notes.is_empty() {
        text.push_str("None.\n");
    }
    for note in &evaluation.notes {
        push(&mut text, format_args!("- {}\n", plain(note)));
    }
    text
}

pub(crate) fn number(estimate: &Estimate) -> String {
    match (estimate.value(), estimate.interval()) {
        (Some(value), Some((low, high))) => format!("{value:.4} ({low:.4} to {high:.4})"),
        (Some(value), None) => format!("{value:.4}"),
        (None, _) => "not defined".to_owned(),
    }
}

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

fn push(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    text.write_fmt(arguments).expect("a String accepts any text");
}
