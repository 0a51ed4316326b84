//! Orders at random, as files, and what is to be seen of them.

#![allow(dead_code, unreachable_pub, missing_docs, clippy::unwrap_used)]

use std::fmt::Write;
use std::path::Path;

use history::{
    Column, Date, Days, Export, ExportSpec, LabelWindow, LineRow, MarginColumn, Money, PurchaseRow, Quantity, Returns,
    TableSpec, TableWriter, Tag, Timestamp, TransactionsSpec, Values,
};
use jiff::tz::TimeZone;
use proptest::prelude::*;

/// A row of the transactions: moments in hours after the first day, money and quantity in hundredths.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Order {
    pub customer: String,
    pub hour: i64,
    pub order: Option<u8>,
    pub recorded_after: i64,
    pub amount: i64,
    pub discount: i64,
    pub margin: i64,
    pub quantity: i64,
    pub channel: Option<u8>,
    pub product: Option<u8>,
}

const FIRST_DAY: i32 = 20_000;

pub fn as_of(day: i32) -> Date {
    Date::from_days(FIRST_DAY + day)
}

fn moment(hour: i64) -> Timestamp {
    Timestamp::from_micros(as_of(0).start().micros() + hour * 3_600_000_000)
}

prop_compose! {
    fn order()(
        customer in prop_oneof!["[ab]", "customer-[a-f]", "[a-z]{1,3}", "Ω[0-3]"],
        hour in prop_oneof![0_i64..48, 0_i64..2_000],
        order in proptest::option::of(0_u8..4),
        recorded_after in prop_oneof![Just(0_i64), 0_i64..300],
        amount in prop_oneof![0_i64..5_000, -900_i64..3],
        discount in 0_i64..3,
        margin in -3_i64..100,
        quantity in -2_i64..9,
        channel in proptest::option::of(0_u8..3),
        product in proptest::option::of(0_u8..3),
    ) -> Order {
        Order { customer, hour, order, recorded_after, amount, discount, margin, quantity, channel, product }
    }
}

/// Orders, some of them twice, on days without a gap, with at least one that is no return.
pub fn orders(count: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Order>> {
    prop::collection::vec(order(), count).prop_map(|mut orders| {
        let again: Vec<Order> = orders.iter().step_by(9).cloned().collect();
        orders.extend(again);
        let every_day = (0..85).map(|day| Order {
            customer: "z".into(),
            hour: day * 24,
            order: None,
            recorded_after: 0,
            amount: 100 + day,
            discount: 0,
            margin: 1,
            quantity: 1,
            channel: None,
            product: None,
        });
        orders.extend(every_day);
        orders
    })
}

/// Orders in so many parts, or fewer, none of them empty. Rows of one purchase stay together: in two files they would be two
/// versions of it, and equal rows could make two files the same.
pub fn parts(orders: &[Order], count: usize) -> Vec<Vec<Order>> {
    let mut parts = vec![Vec::new(); count];
    for order in orders {
        let bytes = order.customer.bytes().map(usize::from).sum::<usize>();
        let part = bytes + order.hour as usize / 7 + order.order.map_or(0, usize::from);
        parts[part % count].push(order.clone());
    }
    parts.retain(|part| !part.is_empty());
    parts
}

/// Writes orders as a table: CSV, or Parquet with row groups of seven rows.
pub fn write(path: &Path, orders: &[Order]) {
    if path.extension().is_some_and(|e| e == "csv") {
        let mut text = String::from("id,at,total,order,recorded,discount,cost,qty,chan,sku,cat\n");
        for o in orders {
            let tag = |t: Option<u8>| t.map_or(String::new(), |t| t.to_string());
            let cents = |v: i64| Money::from_ten_thousandths(v * 100);
            writeln!(
                text,
                "{},{},{},{},{},{},{},{},{},{},{}",
                o.customer,
                moment(o.hour),
                cents(o.amount),
                tag(o.order),
                moment(o.hour + o.recorded_after),
                cents(o.discount),
                cents(o.amount - o.margin),
                cents(o.quantity),
                tag(o.channel),
                tag(o.product),
                tag(o.product),
            )
            .unwrap();
        }
        return std::fs::write(path, text).unwrap();
    }
    let mut writer = TableWriter::create(path).unwrap();
    for part in orders.chunks(7) {
        let money = |of: fn(&Order) -> i64| {
            Values::Money(part.iter().map(|o| Some(Money::from_ten_thousandths(of(o) * 100))).collect())
        };
        let tags =
            |of: fn(&Order) -> Option<u8>| Values::Text(part.iter().map(|o| of(o).map(|t| t.to_string())).collect());
        let moments = |of: fn(&Order) -> i64| Values::Timestamp(part.iter().map(|o| Some(moment(of(o)))).collect());
        writer
            .write(&[
                Column::new("id", Values::Text(part.iter().map(|o| Some(o.customer.clone())).collect())),
                Column::new("at", moments(|o| o.hour)),
                Column::new("total", money(|o| o.amount)),
                Column::new("order", Values::Integer(part.iter().map(|o| o.order.map(i64::from)).collect())),
                Column::new("recorded", moments(|o| o.hour + o.recorded_after)),
                Column::new("discount", money(|o| o.discount)),
                Column::new("cost", money(|o| o.amount - o.margin)),
                Column::new("qty", money(|o| o.quantity)),
                Column::new("chan", tags(|o| o.channel)),
                Column::new("sku", tags(|o| o.product)),
                Column::new("cat", tags(|o| o.product)),
            ])
            .unwrap();
    }
    writer.finish().unwrap();
}

/// Where only the needed columns are mapped, each by its own name.
pub fn spec(path: &Path) -> ExportSpec {
    ExportSpec {
        timezone: TimeZone::UTC,
        transactions: TransactionsSpec {
            table: TableSpec::at(path.to_owned()),
            customer_id: "customer_id".into(),
            timestamp: "timestamp".into(),
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
        customers: None,
        events: None,
        departures: None,
        offers: None,
        max_reject_share: 0.001,
    }
}

/// Where every column of the orders is mapped.
pub fn mapped(path: &Path, returns: Returns) -> ExportSpec {
    let some = |header: &str| Some(header.to_owned());
    let plain = spec(path);
    ExportSpec {
        transactions: TransactionsSpec {
            customer_id: "id".into(),
            timestamp: "at".into(),
            amount: "total".into(),
            order_id: some("order"),
            discount: some("discount"),
            margin: Some(MarginColumn::Cost("cost".into())),
            quantity: some("qty"),
            product: some("sku"),
            category: some("cat"),
            channel: some("chan"),
            recorded_at: some("recorded"),
            returns,
            rules: history::RowRules::default(),
            ..plain.transactions
        },
        ..plain
    }
}

/// Everything that can be seen of an export.
pub fn seen(export: &Export) -> String {
    let mut text = format!(
        "{:?} {} {} {} {} {} {} {:?}\n",
        export.fingerprint(),
        export.complete_through(),
        export.first_day(),
        export.last_day(),
        export.purchase_rows(),
        export.repeated_rows(),
        export.return_rows(),
        export.recording_lag_days(),
    );
    let customers: Vec<u32> = (0..export.customer_ids().len() as u32).collect();
    for id in export.customer_ids().iter() {
        write!(text, "{id} ").unwrap();
    }
    for channel in ["0", "1", "2", "3", ""] {
        writeln!(text, "{:?}", export.history(as_of(60)).channel_name(Tag::of(channel))).unwrap();
    }
    for day in [1, 30, 60] {
        let history = export.history(as_of(day));
        let short = history.with_lookback(Days::new(10));
        let window = LabelWindow { lead: 2, horizon: Days::new(7).unwrap() };
        let outcome = export.outcome(as_of(day), window).unwrap();
        let of_customer = |block: &history::Block<'_>, customer: u32| {
            let rows: Vec<PurchaseRow> = history.rows(block, customer).collect();
            let lately: Vec<PurchaseRow> = short.rows(block, customer).collect();
            let lines: Vec<LineRow> = history.lines(block, customer).collect();
            let after = (outcome.bought(block, customer), outcome.value(block, customer));
            format!("{rows:?} {lately:?} {lines:?} {after:?}\n")
        };
        text.extend(history.map(&customers, of_customer).unwrap());
    }
    text
}

/// A customer's purchases and lines before a date, by a program that is as plain as can be.
pub fn plain(orders: &[Order], customer: &str, as_of: Date) -> (Vec<PurchaseRow>, Vec<LineRow>) {
    let tag = |t: Option<u8>| t.map(|t| Tag::of(&t.to_string()));
    let exact = |v: i64| Money::from_ten_thousandths(v * 100);
    // Tags sort by their hash; none has the hash of an empty text.
    let rank = |t: Option<u8>| tag(t).unwrap_or(Tag::of(""));
    let mut rows: Vec<&Order> = orders.iter().filter(|o| o.customer == customer).collect();
    rows.sort_by_key(|o| {
        let recorded = o.hour + o.recorded_after;
        let numbers = (o.amount, o.discount, o.margin, o.quantity);
        (o.hour, rank(o.order), recorded, numbers, rank(o.channel), rank(o.product))
    });
    let visible = |o: &Order| moment(o.hour) < as_of.start() && moment(o.hour + o.recorded_after) < as_of.start();
    let mut groups: Vec<Vec<&Order>> = Vec::new();
    for row in rows.iter().copied() {
        let fits = |group: &Vec<&Order>| {
            let first = group[0];
            let one_sign = (first.amount < 0) == (row.amount < 0);
            (first.hour, first.order, first.recorded_after) == (row.hour, row.order, row.recorded_after)
                && (row.order.is_some() || one_sign)
        };
        match groups.last_mut().filter(|group| fits(group)) {
            Some(group) => group.push(row),
            None => groups.push(vec![row]),
        }
    }
    let total = |group: &[&Order], of: fn(&Order) -> i64| group.iter().map(|o| of(o)).sum::<i64>();
    let purchase = |(at, group): (usize, &Vec<&Order>)| {
        let first = group[0];
        let is_part = |other: &Vec<&Order>| {
            let of_this = first.order.is_some() && other[0].order == first.order;
            of_this && visible(other[0]) && total(other, |o| o.amount) >= 0
        };
        let continues = groups[..at].iter().rposition(is_part).map(|part| part as u32);
        PurchaseRow {
            timestamp: moment(first.hour),
            amount: exact(total(group, |o| o.amount)),
            discount: exact(total(group, |o| o.discount)),
            margin: exact(total(group, |o| o.margin)),
            quantity: Quantity::from_ten_thousandths(total(group, |o| o.quantity) * 100),
            channel: tag(first.channel),
            begins_order: continues.is_none(),
            place: at as u32,
            continues,
        }
    };
    let line = |o: &&Order| LineRow {
        timestamp: moment(o.hour),
        amount: exact(o.amount),
        quantity: Quantity::from_ten_thousandths(o.quantity * 100),
        product: tag(o.product),
        category: tag(o.product),
    };
    let lines = rows.iter().filter(|o| visible(o)).map(line).collect();
    let seen = groups.iter().enumerate().filter(|(_, group)| visible(group[0]));
    (seen.map(purchase).collect(), lines)
}
