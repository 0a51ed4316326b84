//! Which reasons a model tells of the customers of an export.
#![allow(clippy::unwrap_used)]

use std::io::Write;

use feature_engineering::{Condition, Family, Rows, Transform, Unit, Use, Window, features};
use history::{Date, EventsSpec, Export, ExportSpec, Returns, TableSpec, TransactionsSpec};

use super::*;
use crate::model_file::FeatureWeight;
use crate::score;
use crate::toy::{self, as_of, model_file};

fn file(lines: &[String]) -> tempfile::NamedTempFile {
    let mut file = tempfile::Builder::new().suffix(".csv").tempfile().unwrap();
    writeln!(file, "{}", lines.join("\n")).unwrap();
    file.flush().unwrap();
    file
}

/// Ten customers who bought every ten days until a week ago, visited six times in May and opened no e-mail.
fn export_with_events() -> Export {
    let before = |days: i64| as_of().plus_days(-i32::try_from(days).unwrap());
    let (mut purchases, mut events) = (vec!["id,day,amount".to_owned()], vec!["id,day,type".to_owned()]);
    for customer in 0..10 {
        purchases.extend((1..20).map(|n| format!("C{customer},{},20.00", before(10 * n - 3))));
        events.extend((40..46).map(|day| format!("C{customer},{},visit", before(day))));
        events.extend((10..17).map(|day| format!("C{customer},{},email_sent", before(day))));
    }
    // Somebody opened one, so that there are such events.
    events.push(format!("C9,{},email_open", before(300)));
    let (purchases, events) = (file(&purchases), file(&events));
    let table = |file: &tempfile::NamedTempFile| TableSpec::at(file.path().to_owned());
    let spec = ExportSpec {
        timezone: jiff::tz::TimeZone::UTC,
        transactions: TransactionsSpec {
            table: table(&purchases),
            customer_id: "id".into(),
            timestamp: "day".into(),
            amount: "amount".into(),
            order_id: None,
            discount: None,
            quantity: None,
            product: None,
            category: None,
            channel: None,
            margin: None,
            recorded_at: None,
            currency: None,
            expected_currency: None,
            returns: Returns::Net,
            rules: history::RowRules::default(),
        },
        customers: None,
        events: Some(EventsSpec {
            table: table(&events),
            customer_id: "id".into(),
            timestamp: "day".into(),
            kind: "type".into(),
            value: None,
            channel: None,
            resolved_at: None,
            recorded_at: None,
        }),
        departures: None,
        offers: None,
        max_reject_share: 0.0,
    };
    Export::read(&spec, Some(as_of())).unwrap()
}

/// The model of the toy shop with this feature in the second place.
fn model_with(feature: Feature, (mean, sd): (f64, f64), coefficient: f64) -> Model {
    let mut file = model_file();
    file.features[1] = FeatureWeight { feature, clip_low: 0.0, clip_high: 10.0, mean, sd, coefficient };
    Model::new(file).unwrap()
}

fn of_catalogue(name: &str) -> Feature {
    Feature::clone(by_name(name).unwrap())
}

/// A feature as a project file declares it.
fn own(description: &str) -> Feature {
    Feature {
        name: "weekend_purchases_365d".to_owned(),
        family: Family::Own,
        unit: Unit::Count,
        label: String::new(),
        description: description.to_owned(),
        transform: Transform::Identity,
        used: Use::Modelled,
        definition: Rows::Purchases.get_where(
            Condition::Weekend,
            feature_engineering::Aggregate::Count,
            Window::last(365),
        ),
    }
}

fn reasons_of(model: &Model, export: &Export, as_of: Date) -> Vec<String> {
    let history = export.history(as_of);
    let table = features(&history, &[3], &model.wanted_features(&history)).unwrap();
    score(model, &table).unwrap().remove(0).reasons
}

fn names(features: &[Arc<Feature>]) -> Vec<&str> {
    features.iter().map(|feature| feature.name.as_str()).collect()
}

#[test]
fn events_are_told_with_the_customers_own_numbers() {
    let export = export_with_events();
    let visits = model_with(of_catalogue("visits_30d"), (1.0, 0.6), -2.0);
    assert_eq!(reasons_of(&visits, &export, as_of())[0], "no visit in the last 30 days, 6 in the 30 days before");
    let e_mails = model_with(of_catalogue("email_open_share_90d"), (0.4, 0.2), -2.0);
    assert_eq!(reasons_of(&e_mails, &export, as_of())[0], "opened none of 7 e-mails in the last 90 days");
    // The same, where visiting less speaks against churn.
    let other_way = model_with(of_catalogue("visits_30d"), (1.0, 0.6), 2.0);
    assert!(!reasons_of(&other_way, &export, as_of()).iter().any(|reason| reason.contains("visit")));
}

#[test]
fn only_what_the_export_can_tell_is_computed_for_it() {
    let (with, without) = (export_with_events(), toy::export());
    let (with, without) = (with.history(as_of()), without.history(as_of()));
    let plain = Model::new(model_file()).unwrap();
    assert_eq!(names(&plain.wanted_features(&with)), names(&plain.wanted_features(&without)));
    assert!(names(&plain.wanted_features(&with)).iter().all(|name| !name.contains("visit")));
    let visits = model_with(of_catalogue("visits_30d"), (1.0, 0.6), -2.0);
    let wanted = visits.wanted_features(&with);
    for name in ["visits_30d_before", "visits_90d", "days_since_visit", "gap_mean_days"] {
        assert_eq!(names(&wanted).iter().filter(|of| **of == name).count(), 1, "{name}");
    }
    assert!(!names(&wanted).contains(&"emails_sent_90d"));
    // Tickets and complaints are not in that export.
    let tickets = model_with(of_catalogue("tickets_90d"), (1.0, 0.6), 2.0);
    assert!(!names(&tickets.wanted_features(&with)).contains(&"complaints_open"));
}

#[test]
fn features_that_the_catalogue_does_not_know_tell_reasons_too() {
    let export = toy::export();
    let model = model_with(own("Purchases on weekends within a year; none counts as 0"), (60.0, 10.0), -2.0);
    let history = export.history(as_of());
    let table = features(&history, &[3], &model.wanted_features(&history)).unwrap();
    let weekends = table.column_named("weekend_purchases_365d").unwrap()[0];
    let reasons = score(&model, &table).unwrap().remove(0).reasons;
    assert_eq!(reasons[0], format!("purchases on weekends within a year: {weekends}"));
    let read = Model::parse(&model.to_json().unwrap()).unwrap();
    assert_eq!(score(&read, &table).unwrap().remove(0).reasons, reasons);
}

#[test]
fn each_feature_of_a_project_is_a_reason_of_its_own() {
    let other = Feature { name: "weekend_purchases".to_owned(), ..own("Purchases on weekends") };
    let mut file = model_file();
    // Together they cancel out; the first raises the probability.
    let weight = |feature, coefficient| FeatureWeight {
        feature,
        clip_low: 0.0,
        clip_high: 10.0,
        mean: 60.0,
        sd: 10.0,
        coefficient,
    };
    file.features[1] = weight(own("Purchases on weekends within a year"), -2.0);
    file.features[2] = weight(other, 2.0);
    let reasons = reasons_of(&Model::new(file).unwrap(), &toy::export(), as_of());
    assert_eq!(reasons.iter().filter(|reason| reason.starts_with("purchases on weekends")).count(), 1, "{reasons:?}");
    assert!(reasons[0].starts_with("purchases on weekends within a year: "), "{reasons:?}");
}

#[test]
fn without_the_columns_of_reasons_the_numbers_are_the_same() {
    let (export, model) = (toy::export(), Model::new(model_file()).unwrap());
    let history = export.history(as_of());
    let customers: Vec<u32> = (0..198).collect();
    let scored = |wanted: &[Arc<Feature>]| score(&model, &features(&history, &customers, wanted).unwrap()).unwrap();
    for (bare, told) in scored(&model.needed_features()).iter().zip(scored(&model.wanted_features(&history))) {
        let without =
            |scored: &crate::Scored| crate::Scored { reasons: Vec::new(), reason_groups: Vec::new(), ..scored.clone() };
        assert_eq!(without(bare), without(&told));
        assert!(bare.reasons.len() <= told.reasons.len());
    }
}

#[test]
fn a_model_reads_whatever_words_its_features_were_written_with() {
    let mut file = model_file();
    file.features[0].feature.description = "Said otherwise".to_owned();
    file.features[0].feature.label = "said otherwise".to_owned();
    assert_eq!(Model::new(file).unwrap().features()[0], *by_name("recency_days").unwrap());
    let text = Model::new(model_file()).unwrap().to_json().unwrap();
    assert!(text.contains("\"label\": \"days since purchase\""));
}

#[test]
fn what_nothing_can_be_told_of_leaves_its_place_to_the_next() {
    // Shops that are open at weekends keep customers, says this model; it is nothing to call anybody about.
    let model = model_with(of_catalogue("weekend_share"), (0.9, 0.1), -5.0);
    let export = toy::export();
    let history = export.history(as_of());
    let customers: Vec<u32> = (0..198).collect();
    let table = features(&history, &customers, &model.wanted_features(&history)).unwrap();
    let scored = score(&model, &table).unwrap();
    assert!(scored.iter().all(|scored| !scored.reason_groups.contains(&Group::Timing)));
    assert!(scored.iter().filter(|scored| !scored.reasons.is_empty()).count() > 50);
}

#[test]
fn a_look_back_is_not_taken_for_all_there_was() {
    let export = toy::export();
    let model =
        Model::new(crate::ModelFile { lookback_days: Some(120), active_within_days: 120, ..model_file() }).unwrap();
    let history = model.history(&export, as_of());
    let customers: Vec<u32> = (0..198).collect();
    let wanted = model.wanted_features(&history);
    assert!(!names(&wanted).contains(&"purchases_180d"));
    let scored = score(&model, &features(&history, &customers, &wanted).unwrap()).unwrap();
    let told: Vec<&String> = scored.iter().flat_map(|scored| &scored.reasons).collect();
    assert!(told.len() > 50);
    assert!(!told.iter().any(|reason| reason.contains("180 days") || reason.contains("only purchase")));
}

/// Customers C0 to C9 of the regions north, south, nowhere and none in turn, and the model with one of these features.
fn export_with_regions() -> Export {
    let before = |days: i64| as_of().plus_days(-i32::try_from(days).unwrap());
    let mut purchases = vec!["id,day,amount".to_owned()];
    for customer in 0..10 {
        purchases.extend((1..20).map(|n| format!("C{customer},{},20.00", before(10 * n - 3))));
    }
    let regions = ["north", "south", "elsewhere", ""];
    let people = (0..10).map(|customer| format!("C{customer},{}", regions[customer % 4]));
    let people: Vec<String> = std::iter::once("id,region".to_owned()).chain(people).collect();
    let (purchases, people) = (file(&purchases), file(&people));
    toy::read(purchases.path(), Some(people.path()))
}

#[test]
fn the_levels_of_a_column_are_one_reason_told_by_the_customers_own_level() {
    let export = export_with_regions();
    let history = export.history(as_of());
    let of = |column: &str| Coding { column: column.to_owned(), named: vec!["north".into(), "south".into()] };
    let reasons = |column: &str, place: usize, coefficient: f64| {
        let flags = of(column).features();
        let model = model_with(flags[place].clone(), (0.2, 0.4), coefficient);
        let table = features(&history, &[0, 1, 2, 3], &model.wanted_features(&history)).unwrap();
        let scored = score(&model, &table).unwrap();
        let told = |reasons: Vec<String>| reasons.into_iter().find(|reason| reason.contains(&column.replace('_', " ")));
        scored.into_iter().map(|scored| told(scored.reasons)).collect::<Vec<_>>()
    };
    let some = |text: &str| Some(text.to_owned());
    // Those of the south leave.
    assert_eq!(reasons("region", 1, 2.0), [None, some("region: south"), None, None]);
    // Those of the south stay: the others are told where they are from, also those of a level that the model compares with.
    let others = [some("region: north"), None, None, some("region: not known")];
    assert_eq!(reasons("region", 1, -2.0), others);
    assert_eq!(reasons("region", 3, 2.0), [None, None, None, some("region: not known")]);
}
