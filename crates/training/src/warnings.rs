//! What is odd about the training rows, by code, so that a job can act on it: each is a warning on the screen and a note of
//! the card as well.

use history::PurchaseRow;
use logistic_regression::Finding;
use serde::Serialize;

use crate::TrainingError;
use crate::design::{Design, Recipe};
use crate::fit::Sample;
use crate::gates::leakage;
use crate::rows::{Rows, Source};
use crate::slices::Slices;

/// A customer with a larger part of all purchases is worth a warning, where it is ten times as large as that of the average
/// customer.
const HEAVY: f64 = 0.1;
const TIMES_AVERAGE: f64 = 10.0;
/// Fewer rows of the rarer kind for each feature are worth a warning (Peduzzi et al. 1996, J Clin Epidemiol 49:1373).
const EVENTS_PER_FEATURE: usize = 10;

/// Something odd about the training rows that a model was made of all the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// What it is.
    pub code: WarningCode,
    /// The features that it is about; for [`WarningCode::Collinear`] the one that was left out, then those it follows from.
    pub features: Vec<String>,
    /// The same in a sentence.
    pub text: String,
}

/// What can be odd about training rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum WarningCode {
    /// Features that are the same for all training customers, or missing for all, were left out.
    ConstantFeature,
    /// A feature follows from others and was left out; of a curve or a product, it shares their effect.
    Collinear,
    /// Churners and the others are told apart without an error: by one feature, or by all together.
    Separation,
    /// By one feature, in all training rows but those on the border.
    QuasiSeparation,
    /// Every training row is predicted with near certainty.
    CertainFit,
    /// There are fewer than ten rows of the rarer kind for each feature.
    FewEvents,
    /// Features that were asked for were left out: at the test as-of date nothing was known that they could be made of.
    AbsentFeature,
    /// One customer made a large part of all purchases.
    HeavyCustomer,
}

impl WarningCode {
    /// The code as it stands in files and on the screen.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ConstantFeature => "constant_feature",
            Self::Collinear => "collinear",
            Self::Separation => "separation",
            Self::QuasiSeparation => "quasi_separation",
            Self::CertainFit => "certain_fit",
            Self::FewEvents => "few_events",
            Self::AbsentFeature => "absent_feature",
            Self::HeavyCustomer => "heavy_customer",
        }
    }
}

impl std::fmt::Display for Warning {
    /// `separation: ...`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code.as_str(), self.text)
    }
}

/// Features that were asked for and cannot be had.
pub(crate) fn absent(features: &[String], slices: &Slices) -> Option<Warning> {
    (!features.is_empty()).then(|| Warning {
        code: WarningCode::AbsentFeature,
        features: features.to_vec(),
        text: format!(
            "Left out because nothing that they could be made of was known before {}: {}.",
            slices.test,
            features.join(", ")
        ),
    })
}

/// Whether one customer made a large part of the purchases before the test as-of date. It is not said which: it is one row of each
/// as-of date, like any other, but the forecasts are fitted to all purchases.
///
/// # Errors
/// Rows cannot be read.
pub(crate) fn heavy_customer(source: &Source<'_>, slices: &Slices) -> Result<Option<Warning>, TrainingError> {
    let history = source.history(slices.test);
    let everybody: Vec<u32> = (0..history.n_customers()).collect();
    let purchases = history
        .map(&everybody, |block, customer| history.rows(block, customer).filter(PurchaseRow::is_purchase).count())?;
    let customers = purchases.iter().filter(|purchases| **purchases > 0).count();
    let (all, most) = (purchases.iter().sum::<usize>(), purchases.iter().copied().max().unwrap_or(0));
    let share = most as f64 / all.max(1) as f64;
    Ok((share > HEAVY.max(TIMES_AVERAGE / customers.max(1) as f64)).then(|| Warning {
        code: WarningCode::HeavyCustomer,
        features: Vec::new(),
        text: format!(
            "One customer made {:.1} % of the {all} purchases of {customers} customers: forecasts and sums are partly theirs              alone; check whether the id stands for many (guests, a till), and take its rows out of the export if so.",
            100.0 * share
        ),
    }))
}

/// The columns without those that others before them explain to rounding, with a warning about each: probabilities lose
/// nothing, and coefficients gain a meaning. Which of them goes is decided by their order, which is that of the catalogue, then
/// of names.
pub(crate) fn without_explained(
    rows: &Rows,
    mut columns: Vec<usize>,
) -> Result<(Vec<usize>, Vec<Warning>), TrainingError> {
    let all: Vec<usize> = (0..rows.len()).collect();
    let design = Design::fit(rows, &all, &Recipe::lines(&columns))?;
    let name = |column: &usize| rows.features[design.scales[*column].column].name.clone();
    let mut warnings = Vec::new();
    for finding in Sample::new(&design.columns(rows, &all), &rows.churned, "training")?.diagnose(None)? {
        if let Finding::Collinear { column, with } = finding {
            let (left_out, with): (String, Vec<String>) = (name(&column), with.iter().map(name).collect());
            let text = format!("Left out because it follows from others: {left_out} (from {}).", with.join(", "));
            let features = std::iter::once(left_out).chain(with).collect();
            warnings.push(Warning { code: WarningCode::Collinear, features, text });
            columns.retain(|kept| *kept != design.scales[column].column);
        }
    }
    Ok((columns, warnings))
}

/// The final fit, as far as it can be odd.
#[derive(Debug)]
pub(crate) struct Judged<'a> {
    pub(crate) rows: &'a Rows,
    /// The columns that the design could choose from.
    pub(crate) offered: &'a [usize],
    pub(crate) design: &'a Design,
    pub(crate) findings: &'a [Finding],
    /// Of the training rows.
    pub(crate) logits: &'a [f64],
    /// Whether the logits of the calibration customers, of models that had not seen them, are told apart without an error.
    pub(crate) calibration_is_separated: bool,
    pub(crate) calibration_rows: &'a [usize],
}

impl Judged<'_> {
    /// Warnings, and the names of the features whose standard errors mean nothing.
    pub(crate) fn warnings(&self) -> (Vec<Warning>, Vec<String>) {
        let mut warnings: Vec<Warning> = self.few_events().into_iter().chain(self.constant()).collect();
        warnings.extend(self.findings.iter().filter_map(|finding| self.found(finding)));
        let separating = |warning: &Warning| {
            matches!(warning.code, WarningCode::Separation | WarningCode::QuasiSeparation | WarningCode::CertainFit)
        };
        let mut names: Vec<String> = warnings
            .iter()
            .filter(|warning| separating(warning))
            .flat_map(|warning| warning.features.clone())
            .collect();
        let is_separated = self.is_separated();
        warnings.extend(self.together(is_separated && names.is_empty()));
        if is_separated {
            // Then no coefficient has a likeliest value.
            names.extend(self.design.scales.iter().map(|scale| self.rows.features[scale.column].name.clone()));
        }
        names.sort_unstable();
        names.dedup();
        (warnings, names)
    }

    fn few_events(&self) -> Option<Warning> {
        let churners = self.rows.churned.iter().filter(|churned| **churned).count();
        let (events, features) = (churners.min(self.rows.len() - churners), self.design.len());
        (events < EVENTS_PER_FEATURE * features).then(|| Warning {
            code: WarningCode::FewEvents,
            features: Vec::new(),
            text: format!(
                "Few data: {events} rows of the rarer kind for {features} features, fewer than {EVENTS_PER_FEATURE} each. The \
                 coefficients are uncertain, and so is the calibration."
            ),
        })
    }

    fn constant(&self) -> Option<Warning> {
        let kept = |column: &usize| self.design.scales.iter().any(|scale| scale.column == *column);
        let dropped = self.offered.iter().filter(|column| !kept(column));
        let features: Vec<String> = dropped.map(|column| self.rows.features[*column].name.clone()).collect();
        (!features.is_empty()).then(|| Warning {
            code: WarningCode::ConstantFeature,
            text: format!("Left out because they do not differ between training customers: {}.", features.join(", ")),
            features,
        })
    }

    /// Whether the logits tell churners from the others in every training row.
    fn is_separated(&self) -> bool {
        let rows = || self.logits.iter().zip(&self.rows.churned);
        let lowest_of_churners = rows().filter(|row| *row.1).fold(f64::INFINITY, |low, row| low.min(*row.0));
        rows().filter(|row| !*row.1).all(|row| *row.0 < lowest_of_churners)
    }

    /// What all features together show of the training rows, where no feature was named by itself (`alone`), or of the calibration
    /// customers.
    fn together(&self, alone: bool) -> Option<Warning> {
        if !(alone || self.calibration_is_separated) {
            return None;
        }
        let (feature, area) = leakage::strongest(self.rows, self.calibration_rows)?;
        let slice = if self.calibration_is_separated { "calibration" } else { "training" };
        let held = match self.calibration_is_separated {
            true => {
                "The calibration line is not one of maximum likelihood, which does not exist here, but that of smoothed outcomes."
            }
            false => "The penalty alone holds the coefficients.",
        };
        Some(Warning {
            code: WarningCode::Separation,
            features: vec![feature.to_owned()],
            text: format!(
                "All features together tell churners from the others without an error in the {slice} slice; {feature} does so \
                 best alone (ROC AUC {area:.3}): look for a column that knows the outcome. {held}"
            ),
        })
    }

    /// What a finding about the columns means for the model; nothing for what the design has seen to already.
    fn found(&self, finding: &Finding) -> Option<Warning> {
        let (scales, terms) = (&self.design.scales, &self.design.terms);
        let name = |feature: usize| self.rows.features[scales[feature].column].name.clone();
        // What a column is called, and the features that it is made of.
        let column = |column: &usize| match column.checked_sub(scales.len()) {
            None => (name(*column), vec![name(*column)]),
            Some(term) => {
                let [a, b] = terms[term].shape.features().map(name);
                match a == b {
                    true => (format!("a bend of {a}"), vec![a]),
                    false => (format!("the product of {a} and {b}"), vec![a, b]),
                }
            }
        };
        let warning = |code, features, text| Some(Warning { code, features, text });
        match finding {
            Finding::ConstantColumn { column: at } => {
                let (said, features) = column(at);
                let text = format!("{said} is the same for all training rows.");
                warning(WarningCode::ConstantFeature, features, text)
            }
            Finding::Collinear { column: at, with } => {
                let (said, mut features) = column(at);
                let (with, of_others): (Vec<String>, Vec<Vec<String>>) = with.iter().map(column).unzip();
                features.extend(of_others.concat());
                let text = format!(
                    "{said} follows from {}: their coefficients share one effect, and none of them means anything alone. \
                     Probabilities are not touched.",
                    with.join(", ")
                );
                warning(WarningCode::Collinear, features, text)
            }
            Finding::SeparatingColumn { column: at, complete } => {
                let (said, features) = column(at);
                let (code, how) = match complete {
                    true => (WarningCode::Separation, "in every training row"),
                    false => (WarningCode::QuasiSeparation, "in all training rows but those on the border"),
                };
                let text = format!(
                    "{said} alone tells churners from the others {how}: look for a column that knows the outcome. Its \
                     coefficient is held by the penalty alone, and has no standard error."
                );
                warning(code, features, text)
            }
            Finding::CertainFit { .. } => {
                let text = "Every training row is predicted with a probability within 1e-6 of what happened: look for a column \
                            that knows the outcome.";
                warning(WarningCode::CertainFit, Vec::new(), text.to_owned())
            }
            // Rows have no weights here.
            _ => None,
        }
    }
}
