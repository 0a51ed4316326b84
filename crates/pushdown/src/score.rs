//! A model as SQL over its features: standardised values, terms, coefficients, calibration, value, and the weightiest reasons.

use feature_engineering::Transform;
use feature_engineering::reason::Group;
use scoring::{Factor, FeatureWeight, Model, ModelFile, RiskThresholds, Shape};

use crate::dialect::{Dialect, number};
use crate::query::{self, Query};
use crate::refusal::{Refusal, Refused};

/// A reason moves the calibrated logit by more than this, as for scores of the embedded engine.
const LEAST_CONTRIBUTION: f64 = 0.1;
const MOST_REASONS: usize = 3;
/// Terms of a sum stand in pairs of pairs: parsers keep a stack for each level of a chain.
const TERMS_OF_A_SUM: usize = 8;

/// The SELECT statement that scores the eligible customers of each date: columns `customer_id`, `as_of`, `model`, `logit`
/// (before calibration), `churn_probability`, `risk_band`, `expected_value`, `value_at_risk`, and `reason_1` to `reason_3`, each the
/// name of a group of features that raises the probability, the weightiest first.
///
/// Numbers are not rounded. There is no interval: it needs the covariance of all pairs of coefficients, some ten thousand products
/// a customer.
///
/// # Errors
/// [`Refused`], with every feature and every part of the model that has no SQL of the same meaning.
pub fn scores(query: &Query<'_>, model: &Model) -> Result<String, Refused> {
    let file = model.file();
    let mut refusals = of_model(query, file);
    let features = match query::features(query, &model.needed_features()) {
        Ok(sql) => sql,
        Err(Refused(more)) => {
            refusals.extend(more);
            String::new()
        }
    };
    if !refusals.is_empty() {
        return Err(Refused(refusals));
    }
    let scorer = Scorer { dialect: query.dialect, file };
    let groups = groups(model);
    let tables = [
        ("churn_features", features),
        ("churn_standardised", scorer.standardised()),
        ("churn_terms", scorer.terms()),
        ("churn_weighed", scorer.weighed(&groups)),
        ("churn_calibrated", scorer.calibrated(groups.len())),
        ("churn_reason_1", strongest(1, "churn_calibrated", &[], groups.len())),
        ("churn_reason_2", strongest(2, "churn_reason_1", &[1], groups.len())),
        ("churn_reason_3", strongest(3, "churn_reason_2", &[1, 2], groups.len())),
    ];
    let with: Vec<String> = tables.iter().map(|(name, text)| query.dialect.with(name, text)).collect();
    Ok(format!("WITH {}\n{}", with.join(",\n"), scorer.answer(&groups)))
}

/// What of a model has no SQL.
fn of_model(query: &Query<'_>, file: &ModelFile) -> Vec<Refusal> {
    let mut found = Vec::new();
    let mut refuse = |what: &str, why: String| found.push(Refusal::new(what, why));
    if file.segments.is_some() {
        refuse("model", "models of segments have no SQL yet: train without [training] segment_by".to_owned());
    }
    let (ours, theirs) = (query.spec.transactions.returns.as_str(), file.returns.as_str());
    if ours != theirs {
        refuse("returns", format!("expected \"{theirs}\", as the model was trained, found \"{ours}\""));
    }
    if query.spec.transactions.margin.is_some() != file.has_margin {
        let say = |has: bool| if has { "a margin column" } else { "no margin column" };
        let (theirs, ours) = (say(file.has_margin), say(query.spec.transactions.margin.is_some()));
        refuse("margin", format!("expected {theirs}, as the model was trained, found {ours}"));
    }
    found
}

/// A reason: its name, and the places of its features.
type Reason = (String, Vec<usize>);

/// Features that are one reason together, as the embedded engine groups them.
fn groups(model: &Model) -> Vec<Reason> {
    let mut found: Vec<(Group, Reason)> = Vec::new();
    for (at, feature) in model.features().iter().enumerate() {
        let group = Group::of(feature);
        let name = if group.told_by_feature() { feature.name.as_str() } else { group.as_str() };
        match found.iter_mut().find(|(_, (known, _))| known == name) {
            Some((_, (_, members))) => members.push(at),
            None => found.push((group, (name.to_owned(), vec![at]))),
        }
    }
    found.sort_by_key(|(group, (_, members))| (*group, members[0]));
    found.into_iter().map(|(_, reason)| reason).collect()
}

struct Scorer<'m> {
    dialect: Dialect,
    file: &'m ModelFile,
}

impl Scorer<'_> {
    /// The features transformed, clipped and standardised, NULL where missing; and what the value needs.
    fn standardised(&self) -> String {
        let columns = self.file.features.iter().enumerate().map(|(at, weight)| {
            let name = self.dialect.name(&weight.feature.name);
            format!(",\n    {} AS x{at}", standardised(weight, &name))
        });
        let columns: String = columns.collect();
        let value = &self.file.value;
        let horizon = number(f64::from(self.file.churn.horizon_days));
        let past =
            format!("{} * monetary_total / GREATEST(tenure_days, {horizon}) * {horizon}", number(value.margin_ratio));
        let expected = format!(
            "GREATEST(LEAST({} + {} * LEAST({past}, {}), {}), 0E0)",
            number(value.intercept),
            number(value.slope),
            number(value.past_high),
            number(value.highest)
        );
        format!("SELECT customer_id, as_of, {expected} AS expected_value{columns}\n  FROM churn_features")
    }

    /// The terms beyond lines, standardised; 0 where a feature that one needs is missing, and so for the features themselves.
    fn terms(&self) -> String {
        let features = self.file.features.len();
        let lines: String = (0..features).map(|at| format!(", COALESCE(x{at}, 0E0) AS x{at}")).collect();
        let terms = self.file.terms.iter().enumerate().map(|(at, term)| {
            format!(
                ",\n    COALESCE(({} - {}) / {}, 0E0) AS x{}",
                shape(&term.shape),
                number(term.mean),
                number(term.sd),
                features + at
            )
        });
        let terms: String = terms.collect();
        format!("SELECT customer_id, as_of, expected_value{lines}{terms}\n  FROM churn_standardised")
    }

    /// The logit, and what each reason adds to the calibrated one.
    fn weighed(&self, groups: &[Reason]) -> String {
        let of_features = self.file.features.iter().map(|weight| weight.coefficient);
        let coefficients: Vec<f64> = of_features.chain(self.file.terms.iter().map(|term| term.coefficient)).collect();
        let product = |at: usize, share: f64| format!("{} * x{at}", number(share * coefficients[at]));
        let mut all = vec![number(self.file.intercept)];
        all.extend((0..coefficients.len()).map(|at| product(at, 1.0)));
        let slope = number(self.file.calibration.slope);
        let of_group = |(at, (_, members)): (usize, &Reason)| {
            let mut parts: Vec<String> = members.iter().map(|feature| product(*feature, 1.0)).collect();
            for (place, term) in self.file.terms.iter().enumerate() {
                // A bend counts whole with its feature, a product half with each.
                let halves = term.shape.features().iter().filter(|feature| members.contains(feature)).count();
                if halves > 0 {
                    parts.push(product(self.file.features.len() + place, 0.5 * halves as f64));
                }
            }
            format!(",\n    {slope} * {} AS c{at}", sum(&parts))
        };
        let contributions: String = groups.iter().enumerate().map(of_group).collect();
        format!("SELECT customer_id, as_of, expected_value, {} AS logit{contributions}\n  FROM churn_terms", sum(&all))
    }

    fn calibrated(&self, groups: usize) -> String {
        let calibrated = match &self.file.isotonic {
            None => {
                format!("{} + {} * logit", number(self.file.calibration.intercept), number(self.file.calibration.slope))
            }
            Some(isotonic) => curve(isotonic.knots_in_log_odds()),
        };
        // EXP overflows, which some engines refuse; beyond 700 a probability is 0 or 1.
        let logistic = "1E0 / (1E0 + EXP(-LEAST(GREATEST(calibrated, -7E2), 7E2)))";
        let contributions: String = (0..groups).map(|at| format!(", c{at}")).collect();
        format!(
            "SELECT customer_id, as_of, expected_value, logit{contributions}, {logistic} AS p\n  FROM (SELECT w.*, {calibrated} AS calibrated FROM churn_weighed w) x"
        )
    }

    fn answer(&self, groups: &[Reason]) -> String {
        let RiskThresholds { medium, high, critical } = self.file.risk_bands;
        let band = format!(
            "CASE WHEN p >= {} THEN 'critical' WHEN p >= {} THEN 'high' WHEN p >= {} THEN 'medium' ELSE 'low' END",
            number(critical),
            number(high),
            number(medium)
        );
        let name = |rank: usize| {
            let cases: String = groups
                .iter()
                .enumerate()
                .map(|(at, (name, _))| format!("WHEN {at} THEN {} ", self.dialect.text(name)))
                .collect();
            format!(",\n  CASE r{rank} {cases}END AS reason_{rank}")
        };
        let reasons: String = (1..=MOST_REASONS).map(name).collect();
        format!(
            "SELECT customer_id, as_of, {} AS model, logit, p AS churn_probability, {band} AS risk_band, expected_value, p * expected_value AS value_at_risk{reasons}\nFROM churn_reason_{MOST_REASONS}",
            self.dialect.text(&self.file.version)
        )
    }
}

/// The number of the reason that adds most, of those not taken before, if it adds enough; of equal ones the first.
fn strongest(rank: usize, from: &str, taken: &[usize], groups: usize) -> String {
    let free = |at: usize| -> String {
        let not_taken: String = taken.iter().map(|rank| format!(" AND r{rank} <> {at}")).collect();
        format!("CASE WHEN c{at} > {}{not_taken} THEN c{at} ELSE 0E0 END", number(LEAST_CONTRIBUTION))
    };
    let every: Vec<String> = (0..groups).map(free).collect();
    let most = if every.len() == 1 { every[0].clone() } else { format!("GREATEST({})", every.join(", ")) };
    let cases: String = (0..groups)
        .map(|at| {
            let not_taken: String = taken.iter().map(|rank| format!(" AND r{rank} <> {at}")).collect();
            format!("WHEN most > 0E0 AND c{at} = most{not_taken} THEN {at} ")
        })
        .collect();
    let columns: String = (0..groups).map(|at| format!(", c{at}")).collect();
    let before: String = taken.iter().map(|rank| format!(", r{rank}")).collect();
    // A number that no reason has, so that what is compared with it is not missing.
    format!(
        "SELECT customer_id, as_of, expected_value, logit, p{columns}{before}, CASE {cases}ELSE -1 END AS r{rank}\n  FROM (SELECT y.*, {most} AS most FROM {from} y) x"
    )
}

/// The value of a feature on the scale of the coefficients; NULL where it is missing.
fn standardised(weight: &FeatureWeight, name: &str) -> String {
    let transformed = match weight.feature.transform {
        Transform::Identity => name.to_owned(),
        Transform::Log1p => format!("LN(1E0 + GREATEST({name}, 0E0))"),
        Transform::SignedLog1p => format!("SIGN({name}) * LN(1E0 + ABS({name}))"),
    };
    let clipped = format!("LEAST(GREATEST({transformed}, {}), {})", number(weight.clip_low), number(weight.clip_high));
    format!("CASE WHEN {name} IS NOT NULL THEN ({clipped} - {}) / {} END", number(weight.mean), number(weight.sd))
}

fn shape(shape: &Shape) -> String {
    match shape {
        Shape::Bend { feature, knots, from } => bend(*feature, knots, *from),
        Shape::Product { features: [a, b] } => format!("x{a} * x{b}"),
        Shape::BentProduct { factors: [a, b] } => format!("{} * {}", factor(a), factor(b)),
    }
}

fn factor(factor: &Factor) -> String {
    match factor {
        Factor::Line { feature } => format!("x{feature}"),
        Factor::Bend { feature, knots, from, mean, sd } => {
            format!("(({} - {}) / {})", bend(*feature, knots, *from), number(*mean), number(*sd))
        }
    }
}

/// A part of a restricted cubic spline, as [`Shape::Bend`] has it; NULL where the feature is missing.
fn bend(feature: usize, knots: &[f64], from: usize) -> String {
    let ([first, .., before_last, last], Some(knot)) = (knots, knots.get(from)) else { return "NULL".to_owned() };
    let cube = |knot: f64| {
        let u = format!("(x{feature} - {})", number(knot));
        format!("CASE WHEN {u} > 0E0 THEN {u} * {u} * {u} WHEN {u} <= 0E0 THEN 0E0 END")
    };
    let (inner, outer) = (last - before_last, last - first);
    format!(
        "(({} - {} * {} + {} * {}) / {})",
        cube(*knot),
        cube(*before_last),
        number((last - knot) / inner),
        cube(*last),
        number((before_last - knot) / inner),
        number(outer * outer)
    )
}

/// A piecewise straight curve, as [`evaluation::Isotonic`] has it.
fn curve(knots: &[(f64, f64)]) -> String {
    let piece = |from: (f64, f64), to: (f64, f64), at: (f64, f64), outer: bool| {
        let slope = (to.1 - from.1) / (to.0 - from.0);
        let slope = if outer { slope.min(1.0) } else { slope };
        format!("{} + {} * (logit - {})", number(at.1), number(slope), number(at.0))
    };
    let mut cases = String::new();
    for (place, two) in knots.windows(2).enumerate() {
        let (from, to) = (two[0], two[1]);
        if place == 0 {
            cases.push_str(&format!("WHEN logit < {} THEN {} ", number(from.0), piece(from, to, from, true)));
        }
        cases.push_str(&format!("WHEN logit < {} THEN {} ", number(to.0), piece(from, to, from, false)));
    }
    let [.., before, last] = knots else { return "logit".to_owned() };
    format!("CASE {cases}ELSE {} END", piece(*before, *last, *last, true))
}

/// A sum as a tree, since a chain of hundreds is too deep for some parsers.
pub(crate) fn sum(terms: &[String]) -> String {
    if terms.len() <= TERMS_OF_A_SUM {
        return format!("({})", terms.join(" + "));
    }
    let (left, right) = terms.split_at(terms.len() / 2);
    format!("({} + {})", sum(left), sum(right))
}
