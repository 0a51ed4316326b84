//! PMML 4.4 (dmg.org/pmml/v4-4): a regression model whose derived fields are the columns of the design.

use feature_engineering::Transform;

use super::formula::Formula;
use super::xml::{Element, element};
use crate::design::Term;
use crate::model_file::FeatureWeight;
use crate::shape::{Factor, Shape};
use crate::{Model, ScoringError};

/// The name of the result.
const PROBABILITY: &str = "churn_probability";

/// The text of a PMML 4.4 document. Its inputs are the raw features by their names, missing where there is none; its result
/// is `churn_probability`. The calibration line is multiplied into the coefficients.
///
/// Infinite values are invalid, as they are to [`score`](crate::score), and give no result. The same model gives the same
/// text.
///
/// # Errors
/// [`ScoringError::NotExportable`] naming what PMML has no place for.
pub fn pmml(model: &Model) -> Result<String, ScoringError> {
    let formula = Formula::of(model, "PMML")?;
    if let Some(weight) = formula.features.iter().find(|weight| weight.feature.name == PROBABILITY) {
        return Err(super::formula::refused("PMML", format!("a feature called {:?}", weight.feature.name)));
    }
    let document = element("PMML")
        .with("xmlns", "http://www.dmg.org/PMML-4_4")
        .with("version", "4.4")
        .holding(header(&formula))
        .holding(dictionary(&formula))
        .holding(regression(&formula));
    Ok(document.into_document())
}

fn header(formula: &Formula<'_>) -> Element {
    let Formula { name, version, content_sha256, .. } = formula;
    element("Header")
        .with("description", format!("Churn model {name} {version}"))
        .with("modelVersion", *version)
        .holding(element("Application").with("name", "churn"))
        .holding(element("Annotation").saying(&formula.description()))
        .holding(element("Annotation").saying(&format!("content_sha256 of the model file: {content_sha256}")))
        .holding(element("Annotation").saying(&format!("risk bands: {}", bands(formula))))
}

fn bands(formula: &Formula<'_>) -> String {
    let bands = formula.risk_bands;
    format!("medium from {}, high from {}, critical from {}", bands.medium, bands.high, bands.critical)
}

fn dictionary(formula: &Formula<'_>) -> Element {
    let field =
        |name: &str| element("DataField").with("name", name).with("optype", "continuous").with("dataType", "double");
    let input = |weight: &FeatureWeight| {
        let finite = element("Interval")
            .with("closure", "closedClosed")
            .with("leftMargin", number(f64::MIN))
            .with("rightMargin", number(f64::MAX));
        let missing = element("Value").with("value", "NaN").with("property", "missing");
        field(&weight.feature.name).with("displayName", &weight.feature.description).holding(finite).holding(missing)
    };
    let fields = formula.features.len() + 1;
    element("DataDictionary")
        .with("numberOfFields", fields.to_string())
        .holding_all(formula.features.iter().map(input))
        .holding(field(PROBABILITY).with("displayName", "calibrated probability to churn"))
}

fn regression(formula: &Formula<'_>) -> Element {
    let mining = |name: &str, usage: &str| element("MiningField").with("name", name).with("usageType", usage);
    let inputs = formula.features.iter().map(|weight| {
        let field = mining(&weight.feature.name, "active");
        field.with("invalidValueTreatment", "returnInvalid")
    });
    let schema = element("MiningSchema").holding_all(inputs).holding(mining(PROBABILITY, "target"));
    let output = element("OutputField")
        .with("name", format!("predicted({PROBABILITY})"))
        .with("optype", "continuous")
        .with("dataType", "double")
        .with("feature", "predictedValue");
    let columns = formula.features.iter().map(|weight| (weight.coefficient, column_name(&weight.feature.name)));
    let terms = formula.terms.iter().enumerate().map(|(at, term)| (term.coefficient, column_name(&term_name(at))));
    let slope = formula.calibration.slope;
    let predictor = |(coefficient, name): (f64, String)| {
        element("NumericPredictor").with("name", name).with("coefficient", number(slope * coefficient))
    };
    let table = element("RegressionTable")
        .with("intercept", number(formula.calibration.intercept + slope * formula.intercept))
        .holding_all(columns.chain(terms).map(predictor));
    element("RegressionModel")
        .with("modelName", formula.name)
        .with("functionName", "regression")
        .with("normalizationMethod", "logit")
        .with("targetFieldName", PROBABILITY)
        .holding(schema)
        .holding(element("Output").holding(output))
        .holding(element("LocalTransformations").holding_all(derived(formula)))
        .holding(table)
}

/// For each feature its standardised value, missing where it is missing; from these the terms; and of all of them the column
/// that the coefficients weigh, where a missing one counts as the mean. A forecast has nothing else to go by, and stays
/// missing.
fn derived(formula: &Formula<'_>) -> Vec<Element> {
    let standardised = formula.features.iter().map(|weight| {
        let name = &weight.feature.name;
        derived_field(standardised_name(name), if_known([name.as_str()], feature_value(weight)))
    });
    let terms = formula.terms.iter().enumerate().map(|(at, term)| {
        let name = |feature: usize| standardised_name(feature_name(formula, feature));
        let factors = term.shape.features().map(name);
        derived_field(term_name(at), if_known(factors.each_ref().map(String::as_str), term_value(term, &factors)))
    });
    let names =
        formula.features.iter().map(|weight| (weight.feature.name.clone(), standardised_name(&weight.feature.name)));
    let names = names.chain((0..formula.terms.len()).map(|at| (term_name(at), term_name(at))));
    let columns = names.map(|(name, from)| {
        let reference = field(&from);
        let reference = if formula.not_trained.is_some() { reference } else { reference.with("mapMissingTo", "0") };
        derived_field(column_name(&name), reference)
    });
    let columns: Vec<Element> = columns.collect();
    standardised.chain(terms).chain(columns).collect()
}

fn standardised_name(feature: &str) -> String {
    format!("standardised({feature})")
}

fn column_name(name: &str) -> String {
    format!("column({name})")
}

fn term_name(at: usize) -> String {
    format!("term({})", at + 1)
}

/// The places of a term's features were checked with the model.
fn feature_name<'a>(formula: &Formula<'a>, feature: usize) -> &'a str {
    formula.features.get(feature).map_or("", |weight| weight.feature.name.as_str())
}

fn feature_value(weight: &FeatureWeight) -> Element {
    let value = || field(&weight.feature.name);
    let transformed = match weight.feature.transform {
        Transform::Identity => value(),
        Transform::Log1p => apply("ln1p", [apply("max", [value(), constant(0.0)])]),
        Transform::SignedLog1p => {
            let below = apply("lessThan", [value(), constant(0.0)]);
            let mirrored = apply("-", [constant(0.0), apply("ln1p", [apply("-", [constant(0.0), value()])])]);
            apply("if", [below, mirrored, apply("ln1p", [value()])])
        }
    };
    let raised = apply("max", [transformed, constant(weight.clip_low)]);
    let clipped = apply("min", [raised, constant(weight.clip_high)]);
    scaled(clipped, weight.mean, weight.sd)
}

fn term_value(term: &Term, [left, right]: &[String; 2]) -> Element {
    let value = match &term.shape {
        Shape::Product { features: _ } => apply("*", [field(left), field(right)]),
        Shape::Bend { feature: _, knots, from } => bend(left, knots, *from),
        Shape::BentProduct { factors: [a, b] } => apply("*", [factor_value(a, left), factor_value(b, right)]),
    };
    scaled(value, term.mean, term.sd)
}

fn factor_value(factor: &Factor, x: &str) -> Element {
    match factor {
        Factor::Line { feature: _ } => field(x),
        Factor::Bend { feature: _, knots, from, mean, sd } => scaled(bend(x, knots, *from), *mean, *sd),
    }
}

/// The formula of [`Shape::Bend`]. The knots were checked with the model.
fn bend(x: &str, knots: &[f64], from: usize) -> Element {
    let knot = knots.get(from).copied().unwrap_or(f64::NAN);
    let [first, .., before_last, last] = *knots else { return constant(f64::NAN) };
    let (inner, outer) = (last - before_last, last - first);
    let cube = |knot: f64| {
        let beyond = apply("max", [apply("-", [field(x), constant(knot)]), constant(0.0)]);
        apply("pow", [beyond, constant(3.0)])
    };
    let taken = apply("*", [cube(before_last), constant((last - knot) / inner)]);
    let given = apply("*", [cube(last), constant((before_last - knot) / inner)]);
    let cubes = apply("+", [apply("-", [cube(knot), taken]), given]);
    apply("/", [cubes, constant(outer * outer)])
}

fn scaled(value: Element, mean: f64, sd: f64) -> Element {
    apply("/", [apply("-", [value, constant(mean)]), constant(sd)])
}

/// `value` where none of the fields is missing; else missing. `min` and `max` take no notice of what is missing: it must
/// not come so far.
fn if_known<const N: usize>(fields: [&str; N], value: Element) -> Element {
    let known = fields.map(|name| apply("isNotMissing", [field(name)])).into_iter();
    known.rev().fold(value, |value, known| apply("if", [known, value]))
}

fn derived_field(name: String, value: Element) -> Element {
    element("DerivedField").with("name", name).with("optype", "continuous").with("dataType", "double").holding(value)
}

fn apply<const N: usize>(function: &'static str, arguments: [Element; N]) -> Element {
    element("Apply").with("function", function).holding_all(arguments)
}

fn field(name: &str) -> Element {
    element("FieldRef").with("field", name)
}

fn constant(value: f64) -> Element {
    element("Constant").with("dataType", "double").saying(&number(value))
}

/// The shortest text that reads back to the same number.
fn number(value: f64) -> String {
    format!("{value:e}").replace('e', "E")
}
