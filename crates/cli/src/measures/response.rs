//! What past offers did to whom: uplift by tenth of the prediction, for each arm.

use decisions::measures::MIN_CUSTOMERS;
use decisions::uplift::OfferCheck;
use reports::{Estimate, FigureName, FigureUnit, Measure, MeasureName, MeasureRow, QiniCurve, QiniPoint};

use super::{Ground, count, figure, point};
use crate::commands::plan::{Observed, observed};
use crate::progress::Progress;

/// What the tenths are called where columns of segments are named.
const TENTH: &str = "tenth of the predicted uplift";

pub(super) fn offer_response(ground: &Ground<'_>, progress: &mut Progress) -> anyhow::Result<Measure> {
    let name = MeasureName::OfferResponse;
    let sources = &ground.sources;
    if !sources.export.has_offers() {
        let why = "add [offers] with past campaigns: customer_id, timestamp, offer and arm (treatment or control), drawn by lot";
        return Ok(Measure::not_given(name, why));
    }
    progress.stage("learning what past offers did");
    let found = match observed(sources.project, sources.export, sources.model, ground.as_of)? {
        Observed::Learnt(found) => found,
        Observed::Nothing(why) => return Ok(Measure::not_given(name, why)),
    };
    let mut measure = Measure::new(name);
    for (check, offer) in found.checks() {
        let row = |customers: u64| MeasureRow {
            item: Some(offer.to_owned()),
            count: customers,
            withheld: customers < MIN_CUSTOMERS,
            ..MeasureRow::default()
        };
        let mut whole = row(check.treated + check.control);
        whole.alert = !check.shows_effect();
        whole.figures = vec![
            count(FigureName::WithOffer, check.treated),
            count(FigureName::Control, check.control),
            figure(FigureName::ObservedUplift, FigureUnit::ShareDifference, check.effect),
        ];
        whole.figures.extend(check.ranking.qini.map(|qini| point(FigureName::Qini, FigureUnit::Number, qini)));
        measure.rows.push(whole);
        measure.curves.push(qini(check, offer));
        if !check.shows_effect() {
            measure.alerts.push(format!("{offer}: the campaigns do not show that it does anything."));
        }
        for tenth in &check.deciles {
            let mut row = row(tenth.treated + tenth.control);
            row.by = Some(TENTH.to_owned());
            row.segment = Some(tenth.decile.to_string());
            if !row.withheld {
                row.figures = vec![
                    count(FigureName::WithOffer, tenth.treated),
                    count(FigureName::Control, tenth.control),
                    point(FigureName::PredictedUplift, FigureUnit::ShareDifference, tenth.predicted),
                    figure(FigureName::ObservedUplift, FigureUnit::ShareDifference, tenth.observed),
                ];
            }
            measure.rows.push(row);
        }
    }
    measure.rows.sort_by_key(|row| row.by.is_some());
    if !found.is_randomised() {
        measure.alerts.push(
            "The arms of the past campaigns were not drawn by lot: what offers seem to do may be the work of whoever chose the customers."
                .to_owned(),
        );
    }
    measure.notes.push(
        "Qini: the area between the Qini curve and the straight line to its end, over that of a perfect ranking (scikit-uplift's convention)."
            .to_owned(),
    );
    measure.notes.extend(found.notes());
    Ok(measure)
}

/// Points of a curve: more cannot be told apart.
const MOST_POINTS: u64 = 100;

/// The Qini curve of an offer: nobody, the first point in each hundredth of the customers, everybody.
fn qini(check: &OfferCheck, offer: &str) -> QiniCurve {
    let all = check.treated + check.control;
    let mut points: Vec<QiniPoint> = Vec::new();
    let mut next = 0;
    for point in &check.curve {
        if point.customers * MOST_POINTS >= next * all || point.customers == all {
            let share = point.customers as f64 / all as f64;
            points.push(QiniPoint { share, customers: point.customers, kept: point.incremental });
            next = point.customers * MOST_POINTS / all + 1;
        }
    }
    let area = Estimate { value: check.ranking.qini, low: None, high: None };
    QiniCurve { offer: offer.to_owned(), treated: check.treated, control: check.control, area, points }
}
