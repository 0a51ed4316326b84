//! Levels of a shop of 400 customers.
#![allow(clippy::unwrap_used)]

use std::io::Write;

use feature_engineering::LevelSource;
use history::Export;

use super::*;
use crate::ModelFile;
use crate::toy::{as_of, model_file, read};

const CUSTOMERS: u32 = 400;

/// Customers who bought a few days ago, with the region that `region` gives; an empty one is none.
fn shop(region: impl Fn(u32) -> String) -> Export {
    let (mut purchases, mut people) = ("id,day,amount\n".to_owned(), "id,region\n".to_owned());
    for customer in 0..CUSTOMERS {
        let days = 3 + (customer % 20) as i32;
        for day in [days, days + 40] {
            purchases.push_str(&format!("C{customer:03},{},20.00\n", as_of().plus_days(-day)));
        }
        people.push_str(&format!("C{customer:03},{}\n", region(customer)));
    }
    let file = |text: &str| {
        let mut file = tempfile::Builder::new().suffix(".csv").tempfile().unwrap();
        write!(file, "{text}").unwrap();
        file.flush().unwrap();
        file
    };
    let (purchases, people) = (file(&purchases), file(&people));
    read(purchases.path(), Some(people.path()))
}

/// Two regions with most customers, and a rare one that 12 of them have; every tenth has none.
fn usual(customer: u32) -> String {
    match customer {
        c if c % 10 == 9 => String::new(),
        c if c < 13 => "rare".to_owned(),
        c if c % 2 == 0 => "north".to_owned(),
        _ => "south".to_owned(),
    }
}

fn everybody() -> Vec<u32> {
    (0..CUSTOMERS).collect()
}

fn region() -> LevelSource {
    LevelSource::Attribute("region".into())
}

fn seen(export: &Export, named: &[&str]) -> SeenLevels {
    let named: Vec<String> = named.iter().map(|text| (*text).to_owned()).collect();
    SeenLevels::of(&export.history(as_of()), &region(), &everybody(), &named).unwrap()
}

fn found_in(export: &Export, levels: SeenLevels) -> Result<Vec<UnseenLevels>, ScoringError> {
    let model = Model::new(ModelFile { levels: vec![levels], ..model_file() }).unwrap();
    unseen(&model, &export.history(as_of()), &everybody())
}

#[test]
fn common_texts_are_named_and_of_rare_ones_only_the_share_is_kept() {
    let levels = seen(&shop(usual), &[]);
    assert_eq!((levels.source.as_str(), levels.customers), ("attribute:region", 360));
    assert_eq!(levels.named, ["north", "south"]);
    assert!((levels.others - 12.0 / 360.0).abs() < 1e-12);
    let of_model = seen(&shop(usual), &["rare"]);
    assert_eq!((of_model.named.len(), of_model.others), (3, 0.0), "what stands in the model anyway is named");
    assert!(found_in(&shop(usual), levels).unwrap().is_empty(), "the same shop has nothing new");
}

#[test]
fn a_few_customers_of_an_unseen_text_are_told_and_more_than_five_in_a_hundred_refused() {
    let levels = seen(&shop(usual), &["rare"]);
    // So many of the 360 customers who have a region.
    let moved = |many: u32, to: &'static str| {
        shop(move |customer| match usual(customer) {
            none if none.is_empty() => none,
            _ if customer - customer / 10 < many => to.to_owned(),
            same => same,
        })
    };
    let few = found_in(&moved(18, "west"), levels.clone()).unwrap();
    let [of_region] = few.as_slice() else { panic!("{few:?}") };
    assert!((of_region.share - 0.05).abs() < 1e-12 && of_region.texts.is_empty() && of_region.rare == 1);
    assert_eq!(
        of_region.to_string(),
        "region: 5.0 % of 360 customers have a text that the model has not seen: 1 text of fewer than 30 customers each"
    );
    let error = found_in(&moved(19, "west"), levels.clone()).unwrap_err().to_string();
    assert!(
        error.contains("at most 5 %") && error.contains("region: 5.3 % of 360") && error.contains("train"),
        "{error}"
    );
    assert!(!error.contains("west"), "19 customers might be told by it: {error}");
    let error = found_in(&moved(40, "west"), levels.clone()).unwrap_err().to_string();
    assert!(error.contains("\"west\" (40 customers)"), "{error}");
    let error = found_in(&moved(40, "we\u{202e}st"), levels).unwrap_err().to_string();
    assert!(error.contains("1 text of fewer") && !error.contains('\u{202e}'), "what cannot be shown is not: {error}");
}

#[test]
fn rare_texts_that_were_always_there_are_no_news() {
    // Half of the customers live in towns of four customers each, in training and later.
    let towns = |prefix: &'static str| {
        shop(move |customer| if customer % 2 == 0 { "city".into() } else { format!("{prefix}{}", customer / 8) })
    };
    let levels = seen(&towns("town"), &[]);
    assert_eq!(levels.named, ["city"]);
    assert_eq!(levels.others, 0.5);
    assert!(found_in(&towns("village"), levels.clone()).unwrap().is_empty(), "as many as before, whatever their names");
    let all = shop(|customer| format!("town{}", customer / 8));
    let error = found_in(&all, levels).unwrap_err().to_string();
    assert!(error.contains("region: 100.0 % of 400 customers") && error.contains("rare texts were 50.0 %"), "{error}");
}

#[test]
fn a_model_from_before_the_levels_were_kept_cannot_tell() {
    use feature_engineering::Coding;
    let coding = Coding { column: "region".into(), named: vec!["north".into()] };
    let mut file = model_file();
    assert!(Model::new(file.clone()).unwrap().knows_its_levels(), "it has no levels");
    file.features[2].feature = coding.features()[0].clone();
    assert!(!Model::new(file.clone()).unwrap().knows_its_levels());
    file.levels = vec![seen(&shop(usual), &[])];
    assert!(Model::new(file).unwrap().knows_its_levels());
}
