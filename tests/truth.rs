//! On a simulated company the true churn probability of every customer is known: what the program says is held against
//! it.

mod common;

use std::collections::HashMap;

use common::Folder;
use evaluation::calibration_line;

#[test]
fn the_scores_of_50_000_customers_are_calibrated_to_the_truth() {
    let folder = Folder::empty();
    let ended = folder.churn("simulate", &["--customers", "50000", "--seed", "1", "--force"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let ended = folder.churn("run", &[]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);

    let truth = String::from_utf8(folder.read("truth.csv")).expect("text");
    let column = |line: &str, at: usize| line.split(',').nth(at).map(str::to_owned).expect("a column");
    let header = truth.lines().next().expect("a header");
    let at = |name: &str| header.split(',').position(|column| column == name).expect("a column of this name");
    let (id, as_of, probability) = (at("customer_id"), at("as_of"), at("churn_probability"));
    let known: HashMap<String, f64> = truth
        .lines()
        .skip(1)
        .filter(|line| column(line, as_of) == "2026-07-01")
        .map(|line| (column(line, id), column(line, probability).parse().expect("a number")))
        .collect();

    let scores = String::from_utf8(folder.read("out/scores.csv")).expect("text");
    let (mut predicted, mut actual) = (Vec::new(), Vec::new());
    // The first five columns hold no quotes.
    for line in scores.lines().skip(1).filter(|line| column(line, 3) == "eligible") {
        predicted.push(column(line, 4).parse::<f64>().expect("a number"));
        actual.push(known[&column(line, 0)]);
    }
    assert!(predicted.len() > 20_000, "{} customers", predicted.len());
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let difference = mean(&predicted) - mean(&actual);
    assert!(difference.abs() < 0.01, "mean predicted minus mean true: {difference}");
    let line = calibration_line(&predicted, &actual).expect("probabilities").expect("a line");
    assert!((0.95..=1.05).contains(&line.slope), "calibration slope against the truth: {}", line.slope);
}
