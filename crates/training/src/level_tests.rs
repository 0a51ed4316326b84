//! Levels found in the data, in whole training runs.
#![allow(clippy::unwrap_used)]

use std::fmt::Write;

use feature_engineering::{Attribute, Coding, Expression, LevelSource};

use crate::train_tests::{DAYS, Draws, Purchase, export_of, run, settings, shop, start};
use crate::{Trained, TrainingSettings};

const CUSTOMERS: u32 = 1_500;

/// Regions at random, some of them empty; nobody has a status but who bought nothing in the last 60 days.
fn people(purchases: &[Purchase], customers: u32) -> String {
    let mut draws = Draws(3);
    let mut text = "id,region,status\n".to_owned();
    for customer in 0..customers {
        let region = ["north", "north", "south", "east", ""][(draws.next() * 5.0) as usize];
        let is_there = purchases.iter().any(|(of, day, _)| *of == customer && *day >= DAYS - 60);
        writeln!(text, "C{customer:05},{region},{}", if is_there { "" } else { "cancelled" }).unwrap();
    }
    text
}

fn with(words: &[&str]) -> TrainingSettings {
    TrainingSettings { levels: words.iter().filter_map(|word| LevelSource::of_word(word)).collect(), ..settings() }
}

/// Names of the features of levels, and the levels they tell apart.
fn levels(trained: &Trained) -> Vec<(String, Coding)> {
    let of = trained.model.features().iter().filter_map(|feature| match &feature.definition {
        Expression::Customer(Attribute::Level { of, .. }) => Some((feature.name.clone(), of.clone())),
        _ => None,
    });
    of.collect()
}

#[test]
fn levels_stand_in_the_model_and_what_comes_after_the_selection_decides_nothing() {
    let mut purchases = shop(CUSTOMERS);
    let table = people(&purchases, CUSTOMERS);
    let trained = run(&export_of(&purchases, &[], &table), &with(&["attribute:region"])).unwrap();
    let found = levels(&trained);
    let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
    let mut expected = vec!["region_is_east", "region_is_south", "region_is_missing"];
    let mut sorted = names.clone();
    expected.sort_unstable();
    sorted.sort_unstable();
    assert_eq!(sorted, expected, "north is the most common");
    assert!(found.iter().all(|(_, coding)| coding.named[0] == "north" && coding.named.len() == 3));

    // Customers of a new region who come on the selection date and later: some of them are trained on, and all are others.
    let selection: history::Date = trained.model.file().slices.selection.as_deref().unwrap().parse().unwrap();
    let day = selection.days_since(start());
    let mut flooded = table.clone();
    for customer in CUSTOMERS..CUSTOMERS + 2_000 {
        writeln!(flooded, "C{customer:05},flood,").unwrap();
        purchases.extend([day, day + 20, day + 45].map(|day| (customer, day, 1_000)));
    }
    let other = run(&export_of(&purchases, &[], &flooded), &with(&["attribute:region"])).unwrap();
    assert_eq!(levels(&other), found);
    assert_ne!(other.model.file().training_rows, trained.model.file().training_rows);

    // A day earlier, they count.
    purchases.iter_mut().filter(|(customer, ..)| *customer >= CUSTOMERS).for_each(|purchase| purchase.1 -= 1);
    let earlier = run(&export_of(&purchases, &[], &flooded), &with(&["attribute:region"])).unwrap();
    assert_eq!(levels(&earlier)[0].1.named[0], "flood");
}

#[test]
fn columns_without_two_levels_are_left_out_and_named() {
    let purchases = shop(300);
    let mut table = "id,region,status\n".to_owned();
    (0..300).for_each(|customer| writeln!(table, "C{customer:05},north,x{customer}").unwrap());
    let trained = run(&export_of(&purchases, &[], &table), &with(&["attribute:region", "attribute:status"])).unwrap();
    let plain = run(&export_of(&purchases, &[], &table), &settings()).unwrap();
    assert_eq!(trained.model.features(), plain.model.features());
    for word in ["attribute:region: fewer than two levels", "attribute:status: fewer than two levels"] {
        assert!(trained.evaluation.notes.iter().any(|note| note.starts_with(word)), "{:?}", trained.evaluation.notes);
    }
    // Without the table there is nothing to leave out.
    let without = run(&export_of(&purchases, &[], ""), &with(&["attribute:region", "channel_mix"])).unwrap();
    assert_eq!(without.model.features(), plain.model.features());
    assert_eq!(without.evaluation.notes, plain.evaluation.notes);
}

#[test]
fn a_column_that_knows_what_came_later_is_noted() {
    let purchases = shop(CUSTOMERS);
    let export = export_of(&purchases, &[], &people(&purchases, CUSTOMERS));
    let notes = |words: &[&str]| {
        let notes = run(&export, &with(words)).unwrap().evaluation.notes;
        notes.into_iter().filter(|note| note.contains("has no dates")).collect::<Vec<_>>()
    };
    assert_eq!(notes(&["attribute:region"]), [""; 0]);
    let found = notes(&["attribute:region", "attribute:status"]);
    assert!(found.len() == 1 && found[0].contains("status_is_"), "{found:?}");
}
