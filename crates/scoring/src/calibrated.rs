//! The calibration of a logit: a line, or the isotonic curve that was chosen in its place.

use crate::model_file::ModelFile;

impl ModelFile {
    /// The calibrated logit: by `isotonic` where the model has it, else by the line. It never falls as `logit` rises, so no
    /// calibration changes the ranking.
    ///
    /// Whichever of the two it is, what is said of its uncertainty is said of the line: the interval of a customer is as wide in
    /// log-odds as the line's, `[1 z] C [1 z]' + slope^2 x'Vx`, around the logit that comes out here, and sums over customers move with the
    /// line's slope. The slopes of single pieces of the curve would be the alternative, and a bad one: pooling leaves
    /// long flat pieces between steep ones, chance says where, and a customer on a flat piece would seem to be known without any
    /// doubt. The line's slope is what the pieces have on average. What the freedom of the curve adds to the
    /// uncertainty is not in the interval; it is small beside the rest where the curve may be chosen, from
    /// [`evaluation::MIN_CUSTOMERS_FOR_ISOTONIC`] customers of each outcome on. With a width that is never negative,
    /// `low <= probability <= high` holds always.
    #[must_use]
    pub fn calibrated(&self, logit: f64) -> f64 {
        match &self.isotonic {
            Some(isotonic) => isotonic.log_odds(logit),
            None => self.calibration.intercept + self.calibration.slope * logit,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use evaluation::Isotonic;

    use crate::model_file::ModelFile;
    use crate::score::logistic;
    use crate::toy::{as_of, export, model_file};
    use crate::{Model, Scored, Scores, score};

    /// A curve that is steep between two flat pieces.
    fn curve() -> Isotonic {
        serde_json::from_str(r#"{"x": [-2.0, -0.5, 0.5, 2.0], "y": [-1.0, -0.9, 1.5, 1.6]}"#).unwrap()
    }

    fn scored(file: ModelFile) -> Vec<Scored> {
        let (export, model) = (export(), Model::new(file).unwrap());
        let history = export.history(as_of());
        let customers: Vec<u32> = (0..198).collect();
        score(&model, &feature_engineering::features(&history, &customers, &model.needed_features()).unwrap()).unwrap()
    }

    #[test]
    fn the_curve_moves_probabilities_keeps_the_ranking_and_the_width_in_log_odds() {
        let (by_line, by_curve) = (scored(model_file()), scored(ModelFile { isotonic: Some(curve()), ..model_file() }));
        let log_odds = |p: f64| (p / (1.0 - p)).ln();
        for (line, curved) in by_line.iter().zip(&by_curve) {
            assert_eq!(line.logit, curved.logit);
            // By hand: the piece, and beyond the knots the slope of the outer pieces, which is below 1.
            let z = line.logit;
            let expected = match z {
                z if z < -0.5 => -1.0 + (0.1 / 1.5) * (z + 2.0),
                z if z < 0.5 => -0.9 + 2.4 * (z + 0.5),
                z => 1.5 + (0.1 / 1.5) * (z - 0.5),
            };
            assert!((curved.probability - logistic(expected)).abs() < 1e-12, "{z}");
            let ((low, high), (line_low, line_high)) = (curved.interval.unwrap(), line.interval.unwrap());
            assert!(low <= curved.probability && curved.probability <= high);
            let (width, of_line) = (log_odds(high) - log_odds(low), log_odds(line_high) - log_odds(line_low));
            assert!((width - of_line).abs() < 1e-6, "{width} {of_line}");
            assert_eq!(curved.value_at_risk, curved.probability * curved.expected_value);
        }
        let on = |from: f64, to: f64| by_line.iter().any(|s| from < s.logit && s.logit < to);
        assert!(on(-2.0, -0.5) && on(-0.5, 0.5) && on(0.5, 2.0), "every piece has customers");
        let mut order: Vec<usize> = (0..by_line.len()).collect();
        order.sort_by(|a, b| by_line[*a].probability.total_cmp(&by_line[*b].probability));
        assert!(order.windows(2).all(|two| by_curve[two[0]].probability <= by_curve[two[1]].probability));
    }

    #[test]
    fn totals_add_up_the_probabilities_of_the_curve() {
        let model = Model::new(ModelFile { isotonic: Some(curve()), ..model_file() }).unwrap();
        let scores = Scores::compute(&model, &export(), as_of()).unwrap();
        let sum: f64 = scores.rows().iter().filter_map(|row| row.scored.as_ref()).map(|s| s.probability).sum();
        let churners = scores.totals().expected_churners(&model);
        let (low, high) = churners.interval.unwrap();
        assert!((churners.value - sum).abs() < 1e-9 && low < sum && sum < high, "{churners:?} {sum}");
    }

    #[test]
    fn a_curve_reads_back_bit_for_bit_and_is_refused_where_it_does_not_rise_or_did_not_exist() {
        let model = Model::new(ModelFile { isotonic: Some(curve()), ..model_file() }).unwrap();
        let text = model.to_json().unwrap();
        assert_eq!(Model::parse(&text).unwrap(), model);
        let error = Model::parse(&text.replace("-0.9", "-1.9")).unwrap_err();
        assert!(error.to_string().contains("each strictly rising"), "{error}");
        let old = Model::new(ModelFile { format_version: 2, isotonic: Some(curve()), ..model_file() });
        assert!(old.unwrap_err().to_string().contains("isotonic to be absent before format version 3"));
        // Without a curve the file says nothing of it: old files keep their sum.
        assert!(!Model::new(model_file()).unwrap().to_json().unwrap().contains("isotonic"));
    }
}
