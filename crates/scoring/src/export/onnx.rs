//! ONNX, in double precision and operators of the core set alone: those of `ai.onnx.ml` hold their weights in single
//! precision.

use feature_engineering::Transform;

use super::formula::Formula;
use super::graph::{Graph, value_info};
use super::wire::Message;
use crate::design::Term;
use crate::model_file::FeatureWeight;
use crate::shape::{Factor, Shape};
use crate::{Model, ScoringError};

/// The version of the operator set.
pub const ONNX_OPSET: u64 = 17;
/// The version of the file format that came with it.
const IR_VERSION: u64 = 8;

/// The bytes of an ONNX model with the input `features`, `double[N, F]`, raw values in the order of the model's features, NaN
/// where one is missing; and the outputs `churn_probability`, `double[N]`, and `logit`, `double[N]`, the model's logit before
/// calibration. Where [`score`](crate::score) refuses a row, both are NaN.
///
/// The names of the features, in order, stand in the metadata as JSON (`features`), and so do the model's version and sum.
/// The same model gives the same bytes.
///
/// # Errors
/// [`ScoringError::NotExportable`] naming what ONNX has no place for.
pub fn onnx(model: &Model) -> Result<Vec<u8>, ScoringError> {
    let formula = Formula::of(model, "ONNX")?;
    let mut graph = Graph::default();
    let known = standardised(&mut graph, formula.features);
    // A forecast has nothing else to go by.
    let fill = graph.number("fill", if formula.not_trained.is_some() { f64::NAN } else { 0.0 });
    let lines = graph.node("Where", &["absent", fill, known], "lines");
    let mut columns = vec![lines];
    let mut coefficients: Vec<f64> = formula.features.iter().map(|weight| weight.coefficient).collect();
    terms(&mut graph, &formula, &mut columns, &mut coefficients);
    let columns = match columns.as_slice() {
        [lines] => lines,
        columns => graph.by_feature("Concat", columns, "columns"),
    };
    let coefficients = graph.numbers("coefficients", coefficients);
    // Not a MatMul, which onnxruntime refuses for a table without rows.
    let contributions = graph.node("Mul", &[columns, coefficients], "contributions");
    let weighed = graph.sum_by_customer(contributions, "weighed");
    let intercept = graph.number("intercept", formula.intercept);
    let logit = graph.node("Add", &[weighed, intercept], "logit");
    let (slope, start) = (formula.calibration.slope, formula.calibration.intercept);
    let (slope, start) = (graph.number("calibration_slope", slope), graph.number("calibration_intercept", start));
    let sloped = graph.node("Mul", &[logit, slope], "sloped_logit");
    let calibrated = graph.node("Add", &[sloped, start], "calibrated_logit");
    graph.node("Sigmoid", &[calibrated], "churn_probability");
    Ok(encode(graph, &formula)?.into_bytes())
}

/// From `features` to `absent`, whether each is missing, and their values as the model sees them: transformed, clipped,
/// standardised; NaN where they are missing or infinite.
fn standardised(graph: &mut Graph, features: &[FeatureWeight]) -> &'static str {
    graph.node("IsNaN", &["features"], "absent");
    // 0, and NaN for what is not finite: what clipping would hide comes back with it.
    let marks = graph.node("Sub", &["features", "features"], "marks");
    let transformed = transformed(graph, features);
    let low = graph.numbers("clip_low", features.iter().map(|weight| weight.clip_low));
    let high = graph.numbers("clip_high", features.iter().map(|weight| weight.clip_high));
    let mean = graph.numbers("mean", features.iter().map(|weight| weight.mean));
    let sd = graph.numbers("sd", features.iter().map(|weight| weight.sd));
    let raised = graph.node("Max", &[transformed, low], "raised");
    let clipped = graph.node("Min", &[raised, high], "clipped");
    let centred = graph.node("Sub", &[clipped, mean], "centred");
    let scaled = graph.node("Div", &[centred, sd], "scaled");
    graph.node("Add", &[scaled, marks], "standardised")
}

/// The logarithms. ONNX has no `log1p`; with `u = 1 + x` rounded, `ln(u) * x / (u - 1)` is within a few units of the last place
/// of it, and `x` itself where `u` is 1 (Goldberg 1991, "What every computer scientist should know about floating-point
/// arithmetic", theorem 4).
fn transformed(graph: &mut Graph, features: &[FeatureWeight]) -> &'static str {
    let is = |transform| features.iter().map(move |weight| weight.feature.transform == transform);
    if is(Transform::Identity).all(|is_identity| is_identity) {
        return "features";
    }
    let (zero, one) = (graph.number("zero", 0.0), graph.number("one", 1.0));
    let is_signed = graph.flags("is_signed_log1p", is(Transform::SignedLog1p));
    let is_identity = graph.flags("is_identity", is(Transform::Identity));
    let size = graph.node("Abs", &["features"], "size");
    let not_negative = graph.node("Max", &["features", zero], "not_negative");
    let base = graph.node("Where", &[is_signed, size, not_negative], "log_base");
    let above = graph.node("Add", &[base, one], "log_argument");
    let rounded = graph.node("Sub", &[above, one], "log_rounded");
    let log = graph.node("Log", &[above], "log_plain");
    let share = graph.node("Div", &[base, rounded], "log_share");
    let corrected = graph.node("Mul", &[log, share], "log_corrected");
    let is_tiny = graph.node("Equal", &[rounded, zero], "is_tiny");
    let log1p = graph.node("Where", &[is_tiny, base, corrected], "log1p");
    let sign = graph.node("Sign", &["features"], "sign");
    let signed = graph.node("Mul", &[log1p, sign], "signed_log1p");
    let logs = graph.node("Where", &[is_signed, signed, log1p], "logs");
    graph.node("Where", &[is_identity, "features", logs], "transformed")
}

/// The columns of the bends, then those of the products, with their coefficients.
fn terms(graph: &mut Graph, formula: &Formula<'_>, columns: &mut Vec<&'static str>, coefficients: &mut Vec<f64>) {
    if formula.terms.is_empty() {
        return;
    }
    // The bends that are terms, then those that are factors of products.
    let (mut products, mut bends, mut factors) = (Vec::new(), Vec::new(), Vec::new());
    for term in formula.terms {
        match &term.shape {
            Shape::Product { features } => products.push((term, features.map(Place::Feature))),
            Shape::Bend { feature, knots, from } => bends.push((term, Bend::of(*feature, knots, *from))),
            Shape::BentProduct { factors: both } => products.push((
                term,
                both.each_ref().map(|factor| match factor {
                    Factor::Line { feature } => Place::Feature(*feature),
                    Factor::Bend { feature, knots, from, mean, sd } => {
                        factors.push((Bend::of(*feature, knots, *from), *mean, *sd));
                        Place::Factor(factors.len() - 1)
                    }
                }),
            )),
        }
    }
    let average = graph.number("average", 0.0);
    let mut all = "standardised";
    if !bends.is_empty() || !factors.is_empty() {
        let shapes: Vec<&Bend> =
            bends.iter().map(|(_, bend)| bend).chain(factors.iter().map(|(bend, ..)| bend)).collect();
        let raw = bend_values(graph, &shapes);
        let (of_terms, of_factors) = if factors.is_empty() {
            (raw, None)
        } else {
            let (terms, factors) =
                (graph.places("bent_terms", 0..bends.len()), graph.places("bent_factors", bends.len()..shapes.len()));
            let terms = graph.by_feature("Gather", &[raw, terms], "bends_of_terms");
            (terms, Some(graph.by_feature("Gather", &[raw, factors], "bends_of_factors")))
        };
        if let Some(raw) = of_factors {
            let mean = graph.numbers("factor_mean", factors.iter().map(|(_, mean, _)| *mean));
            let sd = graph.numbers("factor_sd", factors.iter().map(|(.., sd)| *sd));
            let centred = graph.node("Sub", &[raw, mean], "factors_centred");
            let scaled = graph.node("Div", &[centred, sd], "factors_scaled");
            all = graph.by_feature("Concat", &["standardised", scaled], "factors");
        }
        if !bends.is_empty() {
            let of: Vec<&Term> = bends.iter().map(|(term, _)| *term).collect();
            let names = ["bend_mean", "bend_sd", "bends_absent", "bends_centred", "bends_scaled", "bend_columns"];
            columns.push(standardised_terms(graph, of_terms, average, &of, names));
            coefficients.extend(of.iter().map(|term| term.coefficient));
        }
    }
    if !products.is_empty() {
        let features = formula.features.len();
        let place = |place: &Place| match place {
            Place::Feature(feature) => *feature,
            Place::Factor(factor) => features + factor,
        };
        let left = graph.places("product_left", products.iter().map(|(_, [left, _])| place(left)));
        let right = graph.places("product_right", products.iter().map(|(_, [_, right])| place(right)));
        let left = graph.by_feature("Gather", &[all, left], "left_factors");
        let right = graph.by_feature("Gather", &[all, right], "right_factors");
        let raw = graph.node("Mul", &[left, right], "products");
        let of: Vec<&Term> = products.iter().map(|(term, _)| *term).collect();
        let names =
            ["product_mean", "product_sd", "products_absent", "products_centred", "products_scaled", "product_columns"];
        columns.push(standardised_terms(graph, raw, average, &of, names));
        coefficients.extend(of.iter().map(|term| term.coefficient));
    }
}

/// Where a factor of a product stands.
enum Place {
    /// Among the features.
    Feature(usize),
    /// Among the bent factors.
    Factor(usize),
}

/// `(value - mean) / sd`, and 0 where a feature is missing. An infinite feature shows in its own line.
fn standardised_terms(
    graph: &mut Graph,
    raw: &str,
    average: &str,
    terms: &[&Term],
    [mean, sd, absent, centred, scaled, output]: [&'static str; 6],
) -> &'static str {
    let mean = graph.numbers(mean, terms.iter().map(|term| term.mean));
    let sd = graph.numbers(sd, terms.iter().map(|term| term.sd));
    let absent = graph.node("IsNaN", &[raw], absent);
    let centred = graph.node("Sub", &[raw, mean], centred);
    let scaled = graph.node("Div", &[centred, sd], scaled);
    graph.node("Where", &[absent, average, scaled], output)
}

/// A [`Shape::Bend`]: `((x - knot)+^3 - before_last_share (x - before_last)+^3 + last_share (x - last)+^3) / scale`.
struct Bend {
    feature: usize,
    knot: f64,
    before_last: f64,
    last: f64,
    before_last_share: f64,
    last_share: f64,
    scale: f64,
}

impl Bend {
    /// The knots were checked with the model: three at least, with two after the one it begins at.
    fn of(feature: usize, knots: &[f64], from: usize) -> Self {
        let knot = knots.get(from).copied().unwrap_or(f64::NAN);
        let [first, .., before_last, last] = *knots else {
            let nan = f64::NAN;
            return Self {
                feature,
                knot,
                before_last: nan,
                last: nan,
                before_last_share: nan,
                last_share: nan,
                scale: nan,
            };
        };
        let (inner, outer) = (last - before_last, last - first);
        let (before_last_share, last_share) = ((last - knot) / inner, (before_last - knot) / inner);
        Self { feature, knot, before_last, last, before_last_share, last_share, scale: outer * outer }
    }
}

fn bend_values(graph: &mut Graph, bends: &[&Bend]) -> &'static str {
    let places = graph.places("bend_features", bends.iter().map(|bend| bend.feature));
    let x = graph.by_feature("Gather", &["standardised", places], "bent");
    let floor = graph.number("floor", 0.0);
    let mut cube = |knots: &'static str, of: fn(&Bend) -> f64, names: [&'static str; 4]| {
        let knots = graph.numbers(knots, bends.iter().map(|bend| of(bend)));
        let beyond = graph.node("Sub", &[x, knots], names[0]);
        let positive = graph.node("Max", &[beyond, floor], names[1]);
        let square = graph.node("Mul", &[positive, positive], names[2]);
        graph.node("Mul", &[square, positive], names[3])
    };
    let at_knot = cube("knot", |bend| bend.knot, ["beyond_knot", "past_knot", "square_knot", "cube_knot"]);
    let names = ["beyond_before_last", "past_before_last", "square_before_last", "cube_before_last"];
    let at_before_last = cube("before_last_knot", |bend| bend.before_last, names);
    let at_last = cube("last_knot", |bend| bend.last, ["beyond_last", "past_last", "square_last", "cube_last"]);
    let before_last_share = graph.numbers("before_last_share", bends.iter().map(|bend| bend.before_last_share));
    let last_share = graph.numbers("last_share", bends.iter().map(|bend| bend.last_share));
    let scale = graph.numbers("bend_scale", bends.iter().map(|bend| bend.scale));
    let taken = graph.node("Mul", &[at_before_last, before_last_share], "taken");
    let given = graph.node("Mul", &[at_last, last_share], "given");
    let less = graph.node("Sub", &[at_knot, taken], "cubes_less");
    let cubes = graph.node("Add", &[less, given], "cubes");
    let value = graph.node("Div", &[cubes, scale], "bends_known");
    let marks = graph.node("Sub", &[x, x], "bend_marks");
    graph.node("Add", &[value, marks], "bends")
}

/// ModelProto: ir_version = 1, producer_name = 2, graph = 7, opset_import = 8 (OperatorSetIdProto: domain = 1, version = 2),
/// doc_string = 6, metadata_props = 14 (StringStringEntryProto: key = 1, value = 2).
fn encode(graph: Graph, formula: &Formula<'_>) -> Result<Message, ScoringError> {
    let description = formula.description();
    let names: Vec<&str> = formula.features.iter().map(|weight| weight.feature.name.as_str()).collect();
    let features = "raw values of the features, in the order that the metadata give; NaN where one is missing";
    let input = value_info("features", Some(names.len()), features);
    let outputs = [
        value_info("churn_probability", None, "calibrated probability to churn"),
        value_info("logit", None, "logit before calibration"),
    ];
    let bands = formula.risk_bands;
    let metadata = [
        ("features", serde_json::to_string(&names)?),
        ("model", formula.name.to_owned()),
        ("version", formula.version.to_owned()),
        ("content_sha256", formula.content_sha256.to_owned()),
        ("churned", formula.churned.clone()),
        ("active_within_days", formula.active_within_days.to_string()),
        ("risk_bands", serde_json::to_string(&bands)?),
    ];
    Ok(Message::default()
        .number(1, IR_VERSION)
        .text(2, "churn")
        .text(6, &description)
        .message(7, graph.encode("churn", &description, input, outputs))
        .message(8, Message::default().text(1, "").number(2, ONNX_OPSET))
        .each(metadata, |model, (key, value)| model.message(14, Message::default().text(1, key).text(2, &value))))
}
