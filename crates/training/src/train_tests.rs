//! Whole training runs on small simulated shops.
#![allow(clippy::unwrap_used)]

use std::io::Write;

use feature_engineering::Churn;
use history::{
    CustomersSpec, Date, Days, DeparturesSpec, Export, ExportSpec, LabelWindow, Returns, TableSpec, TransactionsSpec,
};
use scoring::{Model, ModelFile, Scores};

use crate::{ModelContext, Trained, TrainingDates, TrainingError, TrainingSettings, train};

/// A purchase: customer, day since the start, amount in cents.
pub(crate) type Purchase = (u32, i32, u32);
/// A departure: customer, day since the start, voluntary.
pub(crate) type Gone = (u32, i32, bool);

pub(crate) const DAYS: i32 = 420;

pub(crate) fn start() -> Date {
    "2025-01-01".parse().unwrap()
}

/// Uniform numbers in [0, 1) (SplitMix64).
pub(crate) struct Draws(pub(crate) u64);

impl Draws {
    pub(crate) fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// Customers join over the first 200 days, buy at rates of their own and leave at hazards of their own.
pub(crate) fn shop(customers: u32) -> Vec<Purchase> {
    shop_of(7, customers)
}

/// Another such shop.
pub(crate) fn shop_of(seed: u64, customers: u32) -> Vec<Purchase> {
    let mut draws = Draws(seed);
    let mut purchases = Vec::new();
    for customer in 0..customers {
        let rate = 0.02 + 0.2 * draws.next().powi(2);
        let leaves = (draws.next() * 600.0) as i32;
        let joins = (draws.next() * 200.0) as i32;
        purchases.push((customer, joins, 1_000 + (draws.next() * 5_000.0) as u32));
        for day in joins + 1..DAYS.min(joins + leaves) {
            if draws.next() < rate {
                purchases.push((customer, day, 500 + (draws.next() * 5_000.0) as u32));
            }
        }
    }
    purchases
}

pub(crate) fn export(purchases: &[Purchase]) -> Export {
    export_with(purchases, &[])
}

pub(crate) fn export_until(purchases: &[Purchase], days: i32) -> Export {
    export_through(purchases, &[], days)
}

pub(crate) fn export_with(purchases: &[Purchase], gone: &[Gone]) -> Export {
    export_of(purchases, gone, "")
}

/// The export that is complete through so many days.
pub(crate) fn export_through(purchases: &[Purchase], gone: &[Gone], days: i32) -> Export {
    export_of_days(purchases, gone, "", days)
}

/// With a customers table of the columns `id`, `region` and `status`, unless it is empty.
pub(crate) fn export_of(purchases: &[Purchase], gone: &[Gone], customers: &str) -> Export {
    export_of_days(purchases, gone, customers, DAYS)
}

fn export_of_days(purchases: &[Purchase], gone: &[Gone], customers: &str, days: i32) -> Export {
    let mut people = tempfile::Builder::new().suffix(".csv").tempfile().unwrap();
    write!(people, "{customers}").unwrap();
    people.flush().unwrap();
    let mut left = tempfile::Builder::new().suffix(".csv").tempfile().unwrap();
    writeln!(left, "id,day,kind").unwrap();
    for (customer, day, voluntary) in gone {
        let kind = if *voluntary { "voluntary" } else { "involuntary" };
        writeln!(left, "C{customer:05},{},{kind}", start().plus_days(*day)).unwrap();
    }
    left.flush().unwrap();
    let mut file = tempfile::Builder::new().suffix(".csv").tempfile().unwrap();
    writeln!(file, "id,day,amount").unwrap();
    for (customer, day, cents) in purchases {
        let day = start().plus_days(*day);
        writeln!(file, "C{customer:05},{day},{}.{:02}", cents / 100, cents % 100).unwrap();
    }
    file.flush().unwrap();
    let spec = ExportSpec {
        timezone: jiff::tz::TimeZone::UTC,
        transactions: TransactionsSpec {
            table: TableSpec::at(file.path().to_owned()),
            customer_id: "id".into(),
            timestamp: "day".into(),
            amount: "amount".into(),
            order_id: None,
            discount: None,
            margin: None,
            quantity: None,
            product: None,
            category: None,
            channel: None,
            recorded_at: None,
            currency: None,
            expected_currency: None,
            returns: Returns::Net,
            rules: history::RowRules::default(),
        },
        customers: (!customers.is_empty()).then(|| CustomersSpec {
            table: TableSpec::at(people.path().to_owned()),
            customer_id: "id".into(),
            signup_date: None,
            contract_end: None,
            contact_allowed: None,
            segments: ["region", "status"].map(|name| (name.to_owned(), name.to_owned())).to_vec(),
        }),
        events: None,
        departures: (!gone.is_empty()).then(|| DeparturesSpec {
            table: TableSpec::at(left.path().to_owned()),
            customer_id: "id".into(),
            timestamp: "day".into(),
            kind: "kind".into(),
            reason: None,
        }),
        offers: None,
        max_reject_share: 0.0,
    };
    Export::read(&spec, Some(start().plus_days(days))).unwrap()
}

pub(crate) fn settings() -> TrainingSettings {
    let days = |days| Days::new(days).unwrap();
    let window = LabelWindow { lead: 0, horizon: days(30) };
    let usual = TrainingSettings::new(Churn::Inactivity, window, days(90));
    TrainingSettings { replicates: Some(200), dates: TrainingDates::All, ..usual }
}

pub(crate) fn run(export: &Export, settings: &TrainingSettings) -> Result<Trained, TrainingError> {
    train(export, settings, &context(), &mut |_| ())
}

pub(crate) fn context() -> ModelContext {
    ModelContext {
        name: "toy | <b>shop</b>".into(),
        timezone: "UTC".into(),
        currency: "EUR".into(),
        config_hash: "c".into(),
        drawn: None,
    }
}

#[test]
fn a_shop_with_leavers_gives_a_model_that_beats_the_baselines_and_reads_back_bit_for_bit() {
    let export = export(&shop(1_500));
    let trained = run(&export, &settings()).unwrap();
    let evaluation = &trained.evaluation;
    assert!(evaluation.model.roc_auc.value().unwrap() > 0.7, "{:?}", evaluation.model.roc_auc);
    assert!(evaluation.model.log_loss.value() < evaluation.baselines.recency.as_ref().unwrap().log_loss.value());
    assert_eq!(evaluation.verdict.len(), 3);
    assert!(trained.card.contains("# Churn model toy \\| &lt;b&gt;shop&lt;/b&gt;"));
    assert!(serde_json::to_string(evaluation).unwrap().contains("\"calibration_slope\""));

    let read = Model::parse(&trained.model.to_json().unwrap()).unwrap();
    assert_eq!(read, trained.model);
    let today = export.complete_through();
    let (before, after) = (Scores::compute(&trained.model, &export, today), Scores::compute(&read, &export, today));
    assert_eq!(before.unwrap(), after.unwrap());
}

#[test]
fn threads_and_the_order_of_rows_change_no_bit() {
    let mut purchases = shop(400);
    let of = |purchases: &[Purchase], threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let trained = pool.install(|| run(&export(purchases), &settings()).unwrap());
        (trained.model.to_json().unwrap(), serde_json::to_string(&trained.evaluation).unwrap(), trained.card)
    };
    let expected = of(&purchases, 1);
    assert_eq!(of(&purchases, 3), expected);
    purchases.reverse();
    assert_eq!(of(&purchases, 2), expected);
}

#[test]
fn nothing_after_the_test_as_of_date_reaches_the_model() {
    let purchases = shop(400);
    let test = DAYS - 30;
    let mut changed: Vec<Purchase> =
        purchases.iter().copied().filter(|(c, day, _)| *day < test || c % 3 == 0).collect();
    changed.extend((0..400).filter(|c| c % 5 == 0).map(|c| (c, test, 9_900)));
    let file = |purchases: &[Purchase]| {
        let file = run(&export(purchases), &settings()).unwrap().model.file().clone();
        ModelFile {
            version: String::new(),
            content_sha256: String::new(),
            fingerprints: scoring::Fingerprints { data: String::new(), config: String::new() },
            ..file
        }
    };
    assert_eq!(file(&changed), file(&purchases));
}

#[test]
fn customers_who_are_all_alike_cannot_be_told_apart() {
    let mut draws = Draws(3);
    let mut purchases = Vec::new();
    for customer in 0..1_500 {
        purchases.extend((0..DAYS).filter(|_| draws.next() < 0.04).map(|day| (customer, day, 1_000)));
    }
    match run(&export(&purchases), &settings()) {
        Ok(trained) => {
            // About 440 of 1,460 churn: the standard error of an area without information is 0.017.
            let auc = trained.evaluation.model.roc_auc.value().unwrap();
            assert!((auc - 0.5).abs() < 0.06, "{auc}");
            assert!(!trained.evaluation.beats_baselines, "{:?}", trained.evaluation.verdict);
        }
        Err(error) => assert!(matches!(error, TrainingError::Backwards { .. }), "{error}"),
    }
}

#[test]
fn exports_that_teach_nothing_are_refused_with_their_numbers() {
    let once: Vec<Purchase> = (0..900).map(|customer| (customer, customer as i32 % DAYS, 1_000)).collect();
    let error = run(&export(&once), &settings()).unwrap_err();
    assert!(matches!(error, TrainingError::NobodyCameBack { customers: 900 }), "{error}");
    assert!(error.is_about_data());

    let daily: Vec<Purchase> = (0..40).flat_map(|c| (0..DAYS).map(move |day| (c, day, 1_000))).collect();
    let error = run(&export(&daily), &settings()).unwrap_err();
    assert!(
        matches!(error, TrainingError::OneClass { slice: "training", needed: 10, churners: 0, stayers } if stayers > 0),
        "{error}"
    );

    let settings_of = |churn| TrainingSettings { churn, ..settings() };
    let cadence = Churn::Cadence { multiple: 3.0, min: Days::new(7).unwrap() };
    let error = run(&export(&shop(40)), &settings_of(cadence)).unwrap_err();
    assert!(matches!(error, TrainingError::TooFew { needed: 10, .. }), "{error}");

    let late: Vec<Purchase> = shop(400).into_iter().filter(|(_, day, _)| *day > DAYS - 50).collect();
    let error = run(&export(&late), &settings()).unwrap_err();
    assert!(matches!(error, TrainingError::ShortHistory { needed: 60, .. }), "{error}");
}

#[test]
fn short_history_still_trains_and_says_how() {
    let recent: Vec<Purchase> = shop(1_500).into_iter().filter(|(_, day, _)| *day >= DAYS - 100).collect();
    let trained = run(&export(&recent), &settings()).unwrap();
    let notes = trained.evaluation.notes.join("\n");
    assert!(notes.contains("active_within") && notes.contains("leaving out"), "{notes}");
    assert_eq!(trained.model.file().slices.selection, None);
    assert!(trained.card.contains("by leaving out customers"));
}

#[test]
fn too_many_rows_are_thinned_by_whole_customers() {
    let export = export(&shop(1_500));
    let all = run(&export, &settings()).unwrap();
    let thinned = run(&export, &TrainingSettings { max_rows: 2_000, ..settings() }).unwrap();
    let (all, file) = (all.model.file(), thinned.model.file());
    assert!(file.training_rows < all.training_rows && file.training_share < 1.0);
    assert!(thinned.evaluation.notes.iter().any(|note| note.contains("of the customers")));
    assert!(thinned.evaluation.model.roc_auc.value().unwrap() > 0.68);
}

#[test]
fn the_number_of_dates_can_be_chosen() {
    let export = export(&shop(1_500));
    let all = run(&export, &settings()).unwrap();
    let chosen = run(&export, &TrainingSettings { dates: TrainingDates::ChosenOnSelection, ..settings() }).unwrap();
    let dates = |trained: &Trained| trained.model.file().slices.training.clone();
    assert!(all.evaluation.selection_dates.is_empty());
    assert_eq!(chosen.evaluation.selection_dates.iter().map(|trial| trial.dates).collect::<Vec<_>>(), [3, 6, 8]);
    assert!((3..dates(&all).len()).contains(&dates(&chosen).len()));
    assert!(dates(&all).ends_with(&dates(&chosen)));
    assert!(chosen.card.contains("Log-loss at the choice: "));
}
