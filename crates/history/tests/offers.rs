//! The offers table: what was known of a campaign at an as-of date, and rows that are none.

#![allow(clippy::unwrap_used)]

mod shop;

use history::{OfferRow, OffersSpec, RejectCode, TableSpec, read_texts};
use shop::{Shop, day, number, rejects};

const HEADER: &str = "customer_id,timestamp,offer,arm,cost,accepted,contacted_at\n";

fn with_offers(rows: &str) -> Shop {
    let mut shop = Shop::new();
    let path = shop.file("offers.csv", &format!("{HEADER}{rows}"));
    shop.spec.offers = Some(OffersSpec {
        table: TableSpec::at(path),
        customer_id: "customer_id".into(),
        timestamp: "timestamp".into(),
        offer: "offer".into(),
        arm: "arm".into(),
        cost: Some("cost".into()),
        accepted: Some("accepted".into()),
        contacted_at: Some("contacted_at".into()),
    });
    shop
}

#[test]
fn what_was_accepted_or_contacted_later_was_not_yet() {
    let rows = "a,2026-02-01,voucher,treatment,4.00,2026-02-10,2026-02-03\na,2026-04-01,,control,,,\nz,2026-02-01,call,Treatment,6.5,,\n";
    let export = with_offers(rows).read();
    let of = |as_of: &str| -> Vec<OfferRow<'_>> { export.history(day(as_of)).offers(number(&export, "a")).collect() };
    assert!(of("2026-02-01").is_empty());
    let first = of("2026-02-03")[0];
    assert_eq!((first.offer, first.treated, first.accepted, first.contacted_at), (Some("voucher"), true, None, None));
    assert_eq!(first.cost.map(|cost| cost.to_string()).as_deref(), Some("4.00"));
    let contacted = of("2026-02-10")[0];
    assert!(contacted.contacted_at.is_some() && contacted.accepted.is_none());
    assert!(of("2026-02-11")[0].accepted.is_some());
    let all = of("2026-05-01");
    assert_eq!((all.len(), all[1].offer, all[1].treated, all[1].cost), (2, None, false, None));
    assert_eq!(export.offer_names().collect::<Vec<_>>(), ["call", "voucher"]);
    assert_eq!(export.offer_days(), [day("2026-02-01"), day("2026-04-01")]);
    assert_eq!(export.offer_buyers(), Some((2, 1)));
    assert!(export.has_offers() && export.has_accepted() && export.has_contacted_at() && export.has_offer_costs());
}

#[test]
fn rows_that_are_no_offers_are_rejected_with_their_reason() {
    let rows = "a,2026-02-01,voucher,treatment,,,\na,2026-02-01,voucher,maybe,,,\na,2026-02-01,,treatment,,,\na,2026-02-01,voucher,treatment,4 EUR,,\na,2026-02-01,voucher,treatment,,yes,\n";
    let export = with_offers(rows).read();
    use RejectCode as R;
    let expected = [
        (3, "arm", R::UnknownArm),
        (4, "offer", R::EmptyOffer),
        (5, "cost", R::BadAmount),
        (6, "accepted", R::BadTimestamp),
    ];
    assert_eq!(rejects(&export, 1), expected);
    assert_eq!([R::UnknownArm, R::EmptyOffer].map(R::as_str), ["unknown_arm", "empty_offer"]);
}

#[test]
fn who_was_made_an_offer_changes_the_fingerprint_and_the_order_of_rows_nothing() {
    let rows = ["a,2026-02-01,b,treatment,4,,\n", "a,2026-02-01,a,treatment,4,,\n", "b,2026-02-01,,control,,,\n"];
    let forward = with_offers(&rows.concat()).read();
    let backward = with_offers(&rows.iter().rev().copied().collect::<String>()).read();
    let of = |export: &history::Export| {
        let history = export.history(day("2026-05-01"));
        (0..history.n_customers())
            .flat_map(|c| history.offers(c).map(|row| format!("{row:?}")).collect::<Vec<_>>())
            .collect::<Vec<_>>()
    };
    assert_eq!(of(&forward), of(&backward));
    assert_eq!(forward.fingerprint(), backward.fingerprint());
    assert_ne!(forward.fingerprint(), Shop::new().read().fingerprint());
    let held_out = with_offers(&rows.concat().replace("treatment", "control")).read();
    assert_ne!(forward.fingerprint(), held_out.fingerprint());
}

#[test]
fn a_table_of_texts_is_read_back_by_its_columns() {
    let shop = Shop::new();
    let path = shop.file("plan.csv", "arm,customer_id,note\ncontact,C1,\"a, b\"\nhold_out, C2 ,\n");
    let rows = read_texts(&path, &["customer_id", "arm", "note"]).unwrap();
    let text = |row: usize, column: usize| rows[row][column].as_deref();
    assert_eq!((text(0, 0), text(0, 1), text(0, 2)), (Some("C1"), Some("contact"), Some("a, b")));
    assert_eq!((text(1, 0), text(1, 2)), (Some("C2"), None));
    assert!(read_texts(&path, &["cost"]).unwrap_err().to_string().contains("cost"));
    let broken = shop.file("broken.csv", "arm,customer_id\ncontact\nhold_out,C2\n");
    assert!(read_texts(&broken, &["customer_id", "arm"]).is_err());
}
