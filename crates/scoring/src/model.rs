//! A model that has been checked.

use std::sync::Arc;

use feature_engineering::reason::{ENGLISH, Language};
use feature_engineering::{Churn, Eligibility, Feature, by_name};
use history::{Date, Days, Export, History, LabelWindow};
use sha2::{Digest, Sha256};

use crate::model_file::ModelFile;
use crate::{ScoringError, model_checks, reasons};

/// Five hundred features, the most there may be, with their covariance take some ten million bytes, models of segments up to
/// fifty million; nothing larger is parsed.
const MAX_BYTES: usize = 64 << 20;

/// Past values are made of the first two; customers are compared by the third whatever the model uses.
const ALWAYS_NEEDED: [&str; 3] = ["monetary_total", "tenure_days", "recency_days"];

/// A checked model: finite numbers, known features, thresholds in order. The only thing that can score.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    file: ModelFile,
    features: Vec<Arc<Feature>>,
    lookback: Option<Days>,
    horizon: Days,
    active_within: Days,
    language: &'static Language,
}

impl Model {
    /// Checks the content of a new model and gives it its version and sum; what stands in these two fields is replaced.
    ///
    /// # Errors
    /// [`ScoringError`] naming the value that is not possible.
    pub fn new(mut file: ModelFile) -> Result<Self, ScoringError> {
        file.content_sha256 = content_sha256(&file)?;
        file.version = version_of(&file);
        Self::checked(file)
    }

    /// Reads a model file.
    ///
    /// # Errors
    /// [`ScoringError`] where the text is not a model of this format, has been changed since it was written, or holds
    /// a value that is not possible.
    pub fn parse(text: &str) -> Result<Self, ScoringError> {
        if text.len() > MAX_BYTES {
            return Err(ScoringError::TooLarge { limit: MAX_BYTES, found: text.len() });
        }
        // The version first: a file of another format would only be called malformed.
        let Format { format_version } = serde_json::from_str(text)?;
        if !(crate::OLDEST_FORMAT_VERSION..=crate::FORMAT_VERSION).contains(&format_version) {
            return Err(ScoringError::FormatVersion { expected: crate::FORMAT_VERSION, found: format_version });
        }
        let file: ModelFile = serde_json::from_str(text)?;
        let found = content_sha256(&file)?;
        if found != file.content_sha256 || version_of(&file) != file.version {
            let expected = format!("{} (version {})", file.content_sha256, file.version);
            return Err(ScoringError::Damaged { expected, found });
        }
        Self::checked(file)
    }

    fn checked(file: ModelFile) -> Result<Self, ScoringError> {
        let features = model_checks::check(&file)?;
        let days = |days| Days::new(days).expect("checked to be a number of days");
        let (horizon, active_within) = (days(file.churn.horizon_days), days(file.active_within_days));
        let lookback = file.lookback_days.map(days);
        Ok(Self { file, features, horizon, active_within, lookback, language: &ENGLISH })
    }

    /// The text of the model file: reads back to the same model, bit for bit.
    ///
    /// # Errors
    /// [`ScoringError::Json`] if the encoder refuses, which checked numbers give it no reason for.
    pub fn to_json(&self) -> Result<String, ScoringError> {
        let mut text = serde_json::to_string_pretty(&self.file)?;
        text.push('\n');
        Ok(text)
    }

    /// What stands in the file.
    #[must_use]
    pub fn file(&self) -> &ModelFile {
        &self.file
    }

    /// `<test as-of date>-<8 hexadecimal digits>`.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.file.version
    }

    /// The same model, which gives its reasons in a language. Nothing of it stands in the file, and no number depends on it.
    #[must_use]
    pub fn telling(self, language: &'static Language) -> Self {
        Self { language, ..self }
    }

    /// The language of the reasons: English, unless told otherwise.
    #[must_use]
    pub fn language(&self) -> &'static Language {
        self.language
    }

    /// The model's features, in the order of its weights.
    #[must_use]
    pub fn features(&self) -> &[Arc<Feature>] {
        &self.features
    }

    /// Features that a table must have to be scored: the model's own, those that values and baselines need, and the column
    /// that says of which segment a customer is, where the model has segments.
    #[must_use]
    pub fn needed_features(&self) -> Vec<Arc<Feature>> {
        self.with(ALWAYS_NEEDED.into_iter().filter_map(by_name).cloned())
    }

    /// The same, and those that reasons are told with, as far as the export has the columns for them.
    #[must_use]
    pub fn wanted_features(&self, history: &History<'_>) -> Vec<Arc<Feature>> {
        let needed = ALWAYS_NEEDED.into_iter().filter_map(by_name).cloned();
        self.with(needed.chain(reasons::told_with(self, history)))
    }

    /// The model's features and others, each once.
    fn with(&self, others: impl Iterator<Item = Arc<Feature>>) -> Vec<Arc<Feature>> {
        let mut features = self.weighed_features();
        for other in others {
            if features.iter().all(|feature| feature.name != other.name) {
                features.push(other);
            }
        }
        features
    }

    /// The model's features, and the column of the segments where it has some: all that a logit depends on.
    pub(crate) fn weighed_features(&self) -> Vec<Arc<Feature>> {
        let segment = self.file.segments.as_ref().map(|segments| Arc::new(segments.feature()));
        self.features.iter().cloned().chain(segment).collect()
    }

    /// Whom the model speaks about.
    #[must_use]
    pub fn eligibility(&self) -> Eligibility {
        Eligibility::new(self.active_within, self.churn())
    }

    /// Who churned, for this model.
    #[must_use]
    pub fn churn(&self) -> Churn {
        self.file.churn.definition
    }

    /// What it means to have churned, in words that begin with a noun.
    #[must_use]
    pub fn churn_in_words(&self) -> String {
        self.churn().in_words(self.window())
    }

    /// How far back the model's features look; as far as the export goes where there is no limit.
    #[must_use]
    pub fn lookback(&self) -> Option<Days> {
        self.lookback
    }

    /// What the model sees of an export at an as-of date.
    #[must_use]
    pub fn history<'a>(&self, export: &'a Export, as_of: Date) -> History<'a> {
        export.history(as_of).with_lookback(self.lookback)
    }

    /// The window in which it shows whether a customer churned.
    #[must_use]
    pub fn window(&self) -> LabelWindow {
        LabelWindow { lead: self.file.churn.lead_days, horizon: self.horizon }
    }

    /// As-of date of the test.
    #[must_use]
    pub fn test_as_of(&self) -> Date {
        self.file.slices.test.parse().expect("checked to be a date")
    }
}

#[derive(serde::Deserialize)]
struct Format {
    format_version: u64,
}

fn version_of(file: &ModelFile) -> String {
    let digits: String = file.content_sha256.chars().take(8).collect();
    format!("{}-{digits}", file.slices.test)
}

fn content_sha256(file: &ModelFile) -> Result<String, ScoringError> {
    let content = ModelFile { version: String::new(), content_sha256: String::new(), ..file.clone() };
    let sum = Sha256::digest(serde_json::to_vec(&content)?);
    Ok(sum.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::toy::{bent_model_file, curved_model_file, model_file};
    use crate::{Factor, Shape};

    fn cadence(multiple: f64, min: u16) -> Churn {
        Churn::Cadence { multiple, min: Days::new(min).unwrap() }
    }

    #[test]
    fn every_churn_definition_reads_back_bit_for_bit() {
        for definition in [cadence(2.1, 7), Churn::Departure { include_involuntary: true }] {
            let mut file = ModelFile { lookback_days: Some(730), lapsed: None, ..model_file() };
            file.churn.definition = definition;
            let model = Model::new(file).unwrap();
            let read = Model::parse(&model.to_json().unwrap()).unwrap();
            assert_eq!((read.churn(), read.lookback()), (definition, Days::new(730)));
            assert_eq!(read, model);
        }
    }

    fn bend(knots: Vec<f64>, from: usize) -> Shape {
        Shape::Bend { feature: 1, knots, from }
    }

    fn refused(change: impl Fn(&mut ModelFile)) -> String {
        let mut file = curved_model_file();
        change(&mut file);
        Model::new(file).unwrap_err().to_string()
    }

    #[test]
    fn impossible_factors_are_named() {
        type Change = fn(&mut Factor);
        let cases: [(Change, &str); 5] = [
            (|f| *f = Factor::Line { feature: 3 }, "features of term 4"),
            (|f| *f = bent(&[0.0, 0.5, 0.5], 0, 1.0), "knots of term 4"),
            (|f| *f = bent(&[0.0, 0.5, 1.0], 1, 1.0), "knots of term 4"),
            (|f| *f = bent(&[0.0, 0.5, 1.0], 0, 0.0), "sd of term 4"),
            (|f| *f = bent(&[0.0, 0.5, 1.0], 0, f64::NAN), "sd of term 4"),
        ];
        for (change, named) in cases {
            let mut file = bent_model_file();
            let Shape::BentProduct { factors } = &mut file.terms[3].shape else { panic!("the toy has changed") };
            change(&mut factors[1]);
            let message = Model::new(file).unwrap_err().to_string();
            assert!(message.contains(named), "{message}");
        }
    }

    fn bent(knots: &[f64], from: usize, sd: f64) -> Factor {
        Factor::Bend { feature: 1, knots: knots.to_vec(), from, mean: 0.0, sd }
    }

    #[test]
    fn what_is_written_reads_back_bit_for_bit() {
        let model = Model::new(model_file()).unwrap();
        let text = model.to_json().unwrap();
        let read = Model::parse(&text).unwrap();
        assert_eq!(read, model);
        assert_eq!(read.file().penalty.lambda.to_bits(), (1.0_f64 / 3.0).to_bits());
        assert_eq!(read.to_json().unwrap(), text);
        assert!(model.version().starts_with("2026-05-01-") && model.version().len() == 19, "{}", model.version());
    }

    /// Written by the first version of the program with this format; it must be read for ever.
    #[test]
    fn a_model_of_format_version_2_still_loads() {
        let text = include_str!("../tests/fixtures/model-v2.json");
        let model = Model::parse(text).unwrap();
        assert_eq!(model, Model::new(ModelFile { format_version: 2, ..model_file() }).unwrap());
        assert_eq!(model.to_json().unwrap(), text);
    }

    /// Written by the first versions of the program with terms, and with bent products; they must be read for ever.
    /// `CHURN_WRITE_EXPORTS=1` writes them anew, with the exported models.
    #[test]
    fn models_of_format_versions_3_and_5_with_terms_still_load() {
        for (version, file) in [(3, curved_model_file()), (5, bent_model_file())] {
            let model = Model::new(file).unwrap();
            let path = format!("{}/tests/fixtures/model-v{version}.json", env!("CARGO_MANIFEST_DIR"));
            if std::env::var_os("CHURN_WRITE_EXPORTS").is_some() {
                std::fs::write(&path, model.to_json().unwrap()).unwrap();
            }
            let text = std::fs::read_to_string(&path).unwrap();
            assert_eq!(Model::parse(&text).unwrap(), model);
            assert_eq!(model.to_json().unwrap(), text);
        }
        let early = Model::new(ModelFile { format_version: 4, ..bent_model_file() }).unwrap_err().to_string();
        assert!(early.contains("shape of term 4 to be without a bent factor before format version 5"), "{early}");
    }

    #[test]
    fn the_version_follows_from_the_content() {
        let model = Model::new(model_file()).unwrap();
        assert_eq!(Model::new(model.file().clone()).unwrap().version(), model.version());
        let other = Model::new(ModelFile { intercept: -0.3000000000000001, ..model_file() }).unwrap();
        assert_ne!(other.version(), model.version());
    }

    #[test]
    fn a_changed_file_is_refused() {
        let text = Model::new(model_file()).unwrap().to_json().unwrap();
        for (from, to) in [
            ("\"intercept\": -0.3,", "\"intercept\": -0.4,"),
            ("\"recency_days\"", "\"tenure_days\""),
            ("2026-05-01-", "2026-05-02-"),
            ("\"has_margin\": false", "\"has_margin\": true"),
        ] {
            assert!(text.contains(from), "{from}");
            assert!(matches!(Model::parse(&text.replacen(from, to, 1)), Err(ScoringError::Damaged { .. })), "{from}");
        }
        for damaged in [&text[..text.len() / 2], "", "[]", "{}", "null", &"[".repeat(100_000)] {
            assert!(matches!(Model::parse(damaged), Err(ScoringError::Json(_))));
        }
        let extra = text.replacen("\"name\"", "\"nome\": 1, \"name\"", 1);
        assert!(Model::parse(&extra).unwrap_err().to_string().contains("unknown field `nome`"));
        let twice = text.replacen("\"intercept\": -0.3,", "\"intercept\": -0.3, \"intercept\": -0.3,", 1);
        assert!(Model::parse(&twice).unwrap_err().to_string().contains("duplicate field"));
        let infinite = text.replacen("\"intercept\": -0.3,", "\"intercept\": 1e999,", 1);
        assert!(matches!(Model::parse(&infinite), Err(ScoringError::Json(_))));
        let newer = text.replacen("\"format_version\": 3", "\"format_version\": 6, \"more\": []", 1);
        assert!(matches!(Model::parse(&newer), Err(ScoringError::FormatVersion { expected: 5, found: 6 })));
        assert!(matches!(Model::parse(&" ".repeat(MAX_BYTES + 1)), Err(ScoringError::TooLarge { .. })));
    }

    #[test]
    fn impossible_values_are_named() {
        type Change = fn(&mut ModelFile);
        let cases: [(Change, &str); 26] = [
            (|f| f.features[1].sd = 0.0, "sd of gap_mean_days"),
            (|f| f.features[0].coefficient = f64::NAN, "coefficient of recency_days"),
            (|f| f.features[0].clip_low = 9.0, "clip_low and clip_high of recency_days"),
            (|f| f.features[0].feature.unit = feature_engineering::Unit::Ratio, "recency_days"),
            (
                |f| f.features[0].feature.transform = feature_engineering::Transform::Identity,
                "another definition of the feature \"recency_days\"",
            ),
            (|f| f.features[2] = f.features[0].clone(), "distinct"),
            (|f| f.features.clear(), "1 to 500 features"),
            (|f| f.covariance[1].push(0.0), "covariance"),
            (|f| f.covariance[1][2] = 0.004, "symmetric"),
            (|f| f.covariance[3][3] = -1.0, "negative variances"),
            (|f| f.calibration.slope = -0.1, "calibration.slope"),
            (|f| f.risk_bands.high = 0.9, "risk_bands"),
            (|f| f.value.highest = f64::INFINITY, "value.highest"),
            (|f| f.lapsed = f.lapsed.map(|l| crate::ReturnModel { alpha: 0.0, ..l }), "lapsed.alpha"),
            (|f| f.churn.horizon_days = 0, "churn.horizon_days"),
            (|f| f.lookback_days = Some(179), "lookback_days to be at least active_within_days"),
            (|f| f.churn.definition = cadence(f64::NAN, 7), "churn.definition.cadence.multiple"),
            (|f| f.churn.definition = cadence(2.0, 31), "churn.definition.cadence.min_days"),
            (|f| f.churn.definition = Churn::Departure { include_involuntary: false }, "lapsed to be none"),
            (|f| f.slices.calibration = "yesterday".into(), "yesterday"),
            (|f| f.format_version = 2, "terms to be absent before format version 3"),
            (|f| f.terms[0].shape = Shape::Product { features: [0, 3] }, "features of term 1"),
            (|f| f.terms[1].shape = bend(vec![0.0, 0.0, 1.0], 0), "knots of term 2"),
            (|f| f.terms[1].shape = bend(vec![0.0, 0.5, 1.0], 1), "knots of term 2"),
            (|f| f.terms[1].sd = 0.0, "sd of term 2"),
            (|f| f.terms[0].coefficient = f64::INFINITY, "coefficient of term 1"),
        ];
        for (change, expected) in cases {
            let message = refused(change);
            assert!(message.contains(expected), "{message}");
        }
    }
}
