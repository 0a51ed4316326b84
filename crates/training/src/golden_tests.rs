//! A model with everything that a file may hold, trained on a simulated shop: the golden file of `scoring` was
//! made here. It is loaded and scored there for ever; `CHURN_WRITE_GOLDEN=1` makes another one.
#![allow(clippy::unwrap_used)]

use std::fmt::Write;
use std::path::Path;

use feature_engineering::{Churn, Eligibility, modelled};
use history::Days;
use scoring::Scores;

use crate::TrainingSettings;
use crate::train_tests::{DAYS, Draws, Purchase, export_of, run, settings, start};

const CUSTOMERS: u32 = 18_000;
/// So many of them are in the export beside the golden file.
const KEPT: u32 = 150;
/// Few features: the file is read by people too.
const FEATURES: [&str; 5] = ["recency_days", "tenure_days", "monetary_mean", "purchases_30d", "silence_logit"];
const REGIONS: [&str; 3] = ["north", "south", "islands"];

/// On the first day of each month of 30 days, customers of the north leave if they spend much at a time, those of the south if
/// little: a step, which no line or cubic follows. A few come back once.
fn shop() -> (Vec<Purchase>, String) {
    let mut draws = Draws(31);
    let (mut purchases, mut people) = (Vec::new(), "id,region,status\n".to_owned());
    for customer in 0..CUSTOMERS {
        let region = if customer % 300 == 3 { 2 } else { (draws.next() * 2.0) as usize };
        writeln!(people, "C{customer:05},{},", REGIONS[region]).unwrap();
        let spends = 500.0 + 9_500.0 * draws.next();
        let chance = [[0.1, 0.6], [0.6, 0.1], [0.3, 0.3]][region][usize::from(spends > 5_000.0)];
        let joins = (draws.next() * f64::from(DAYS)) as i32;
        for day in joins..DAYS {
            if day > joins && day % 30 == 0 && draws.next() < chance {
                let back = day + 40 + (200.0 * draws.next()) as i32;
                if draws.next() < 0.1 && back < DAYS {
                    purchases.push((customer, back, spends as u32));
                }
                break;
            }
            if day == joins || draws.next() < 0.2 {
                purchases.push((customer, day, (spends * (0.9 + 0.2 * draws.next())) as u32));
            }
        }
    }
    (purchases, people)
}

#[test]
fn a_model_can_have_segments_horizons_and_a_calibration_curve_at_once() {
    let (purchases, people) = shop();
    let export = export_of(&purchases, &[], &people);
    let catalogue = modelled(&export.history(export.complete_through()));
    let others = catalogue.iter().map(|feature| feature.name.clone()).filter(|name| !FEATURES.contains(&name.as_str()));
    let settings = TrainingSettings {
        segment_by: Some("region".into()),
        horizons: [15, 60].map(|days| Days::new(days).unwrap()).to_vec(),
        without: others.collect(),
        eligibility: Eligibility::new(Days::new(30).unwrap(), Churn::Inactivity),
        ..settings()
    };
    let trained = run(&export, &settings).unwrap();
    let file = trained.model.file();
    assert!(file.segments.is_some() && file.isotonic.is_some(), "{:#?}", trained.evaluation.calibration_choice);
    assert_eq!(file.horizons.len(), 2);
    assert_eq!(file.levels.len(), 1);
    let contract = file.contract.as_ref().unwrap();
    assert_eq!((contract.distributions.len(), contract.ids.length), (file.features.len(), Some(6)));
    let metrics = &trained.evaluation.model;
    assert!(metrics.roc_auc.value().unwrap() > 0.7, "{:?}", metrics.roc_auc);

    // A few of the customers in an export of their own have the scores that they have among all.
    let few: Vec<Purchase> = purchases.iter().copied().filter(|(customer, ..)| *customer < KEPT).collect();
    let people: Vec<&str> = people.lines().take(1 + KEPT as usize).collect();
    let as_of = start().plus_days(DAYS);
    let (few_export, all) = (export_of(&few, &[], &(people.join("\n") + "\n")), export);
    let [of_few, of_all] = [&few_export, &all].map(|export| Scores::compute(&trained.model, export, as_of).unwrap());
    let alone = of_few.rows().iter().filter_map(|row| row.scored.as_ref());
    let mut among: std::collections::BTreeMap<u32, f64> = Default::default();
    among.extend(of_all.rows().iter().filter_map(|row| Some((row.customer, row.scored.as_ref()?.probability))));
    for scored in alone {
        assert_eq!(scored.probability.to_bits(), among[&scored.customer].to_bits());
    }
    if std::env::var_os("CHURN_WRITE_GOLDEN").is_some() {
        write(&trained.model, &few, &people, &of_few);
    }
}

/// Writes the golden file, the export, and what the scores of it are.
fn write(model: &scoring::Model, purchases: &[Purchase], people: &[&str], scores: &Scores) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scoring/tests/fixtures");
    let file = |name: &str, text: &str| std::fs::write(folder.join(name), text).unwrap();
    file("golden-new-model.json", &model.to_json().unwrap());
    let mut text = "id,day,amount\n".to_owned();
    for (customer, day, cents) in purchases {
        writeln!(text, "C{customer:05},{},{}.{:02}", start().plus_days(*day), cents / 100, cents % 100).unwrap();
    }
    file("golden-new-purchases.csv", &text);
    let regions = people.iter().map(|line| line.rsplit_once(',').unwrap().0).collect::<Vec<_>>();
    file("golden-new-customers.csv", &(regions.join("\n") + "\n"));
    let curves = scores.curves().unwrap();
    let mut text = "customer,probability,low,high".to_owned();
    curves.days().iter().for_each(|days| write!(text, ",within_{days}").unwrap());
    text.push('\n');
    let scored = scores.rows().iter().filter_map(|row| row.scored.as_ref());
    for (scored, curve) in scored.zip(curves.curves()) {
        let (low, high) = scored.interval.unwrap();
        // The shortest decimals that read back as the same numbers.
        write!(text, "{},{:?},{low:?},{high:?}", scored.customer, scored.probability).unwrap();
        curve.iter().for_each(|p| write!(text, ",{p:?}").unwrap());
        text.push('\n');
    }
    file("golden-new-scores.csv", &text);
}
