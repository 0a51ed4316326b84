//! Plans: what is never exceeded, who is never in one, and what they earn where the truth is known.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use std::collections::{BTreeMap, HashMap};

use common::{Effect, World};
use decisions::DecisionError;
use decisions::plan::{
    Arm, Candidate, Capacity, Group, HoldOut, NotContacted, Offer, Plan, PlanSettings, Response, State, plan,
};
use decisions::uplift::{UpliftSettings, fit};
use history::{Date, Money};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

fn money(units: f64) -> Money {
    Money::from_ten_thousandths((units * 10_000.0).round() as i64)
}

fn offer(name: &str, contact: f64, incentive: f64, channels: &[&str]) -> Offer {
    let channels = channels.iter().map(|channel| (*channel).to_owned()).collect();
    Offer { name: name.to_owned(), contact_cost: money(contact), incentive_cost: money(incentive), channels }
}

fn as_of() -> Date {
    "2026-07-01".parse().unwrap()
}

const CHANNELS: [&str; 3] = ["email", "phone", "sms"];

/// State, churn probability, value, whether contact is allowed, last contact, last lot that left the customer alone, preferred channel.
type Rest = (State, Option<f64>, f64, bool, Option<Date>, Option<Date>, Option<&'static str>);

/// Customers as they come, some of whom may not be contacted.
struct Drawn {
    ids: Vec<String>,
    responses: Vec<Vec<Response>>,
    rest: Vec<Rest>,
}

fn draw(rng: &mut ChaCha8Rng, customers: usize, offers: usize) -> Drawn {
    let mut drawn = Drawn { ids: Vec::new(), responses: Vec::new(), rest: Vec::new() };
    for customer in 0..customers {
        drawn.ids.push(format!("C{customer:04}"));
        let response = |rng: &mut ChaCha8Rng| Response {
            uplift: rng.random_range(-0.1..0.3),
            uplift_error: 0.02,
            acceptance: rng.random_range(0.0..1.0),
        };
        drawn.responses.push((0..offers).map(|_| response(rng)).collect());
        let state = [State::Eligible, State::Eligible, State::Lapsed, State::New][rng.random_range(0..4)];
        let scored = rng.random::<f64>() < 0.95;
        let contacted = (rng.random::<f64>() < 0.3).then(|| as_of().plus_days(-rng.random_range(0..60)));
        let held_out = (rng.random::<f64>() < 0.1).then(|| as_of().plus_days(-rng.random_range(0..150)));
        drawn.rest.push((
            state,
            scored.then(|| rng.random::<f64>()),
            rng.random_range(-5.0..300.0),
            rng.random::<f64>() < 0.8,
            contacted,
            held_out,
            (rng.random::<f64>() < 0.9).then(|| CHANNELS[rng.random_range(0..3)]),
        ));
    }
    drawn
}

fn candidates(drawn: &Drawn) -> Vec<Candidate<'_>> {
    let rows = drawn.ids.iter().zip(&drawn.responses).zip(&drawn.rest);
    rows.map(
        |(
            (id, responses),
            (state, churn_probability, value, contact_allowed, last_contact, held_out, preferred_channel),
        )| {
            Candidate {
                id,
                state: *state,
                churn_probability: *churn_probability,
                value: *value,
                segment: "all",
                contact_allowed: *contact_allowed,
                last_contact: *last_contact,
                held_out: *held_out,
                preferred_channel: *preferred_channel,
                owner: None,
                responses,
            }
        },
    )
    .collect()
}

#[test]
fn budget_capacity_permission_and_cooling_off_hold_in_a_thousand_cases() {
    let mut rng = ChaCha8Rng::seed_from_u64(41);
    let offers = [offer("call", 6.5, 0.0, &["phone"]), offer("voucher", 0.35, 10.0, &[])];
    // A limit that is never reached is no limit: how often each binds is counted.
    let (mut rows, mut budgets, mut channels) = (0, 0, 0);
    let (mut without_permission, mut cooling_off, mut held_out) = (0, 0, 0);
    for case in 0..1_000 {
        let customers = rng.random_range(0..80);
        let drawn = draw(&mut rng, customers, offers.len());
        let candidates = candidates(&drawn);
        let settings = PlanSettings {
            budget: (rng.random::<f64>() < 0.7).then(|| Money::from_ten_thousandths(rng.random_range(0..2_000_000))),
            capacity: CHANNELS
                .iter()
                .filter_map(|channel| {
                    let (per_day, days) = (rng.random_range(0..4), rng.random_range(1..4));
                    let limited = rng.random::<f64>() < 0.5;
                    limited.then(|| Capacity { channel: (*channel).to_owned(), per_day, days })
                })
                .collect(),
            hold_out: HoldOut::Share([0.0, 0.1, 0.3, 0.5][case % 4]),
            seed: case as u64,
            ..PlanSettings::new(as_of())
        };
        let found = plan(&offers, &candidates, &settings).unwrap();
        let mut spent = Money::ZERO;
        let mut used: HashMap<String, u64> = HashMap::new();
        for row in &found.rows {
            let candidate = &candidates[row.customer];
            assert!(
                candidate.contact_allowed && candidate.state != State::New && candidate.churn_probability.is_some()
            );
            assert!(candidate.last_contact.is_none_or(|day| as_of().days_since(day) >= 30));
            assert!(candidate.held_out.is_none_or(|day| as_of().days_since(day) >= 90));
            assert!(row.expected_gain > 0.0);
            if row.arm == Arm::Contact {
                spent = spent.plus(row.cost);
                *used.entry(row.channel.clone().unwrap_or_default()).or_default() += 1;
            } else {
                assert_eq!(row.cost, Money::ZERO);
            }
        }
        assert_eq!(spent, found.summary.cost);
        assert!(settings.budget.is_none_or(|budget| spent <= budget), "case {case}");
        for capacity in &settings.capacity {
            assert!(used.get(&capacity.channel).is_none_or(|used| *used <= capacity.contacts()), "case {case}");
        }
        let planned: Vec<usize> = found.rows.iter().map(|row| row.customer).collect();
        for (customer, reason) in found.not_contacted.iter().enumerate() {
            assert_eq!(reason.is_none(), planned.contains(&customer));
        }
        rows += planned.len();
        budgets += usize::from(settings.budget.is_some() && found.summary.next_unit_earns > 0.0);
        channels += usize::from(found.summary.next_contact_earns.values().any(|earns| *earns > 0.0));
        let kept_out =
            |of: fn(&NotContacted) -> bool| found.not_contacted.iter().flatten().filter(|why| of(why)).count();
        without_permission += kept_out(|why| *why == NotContacted::NoPermission);
        cooling_off += kept_out(|why| matches!(why, NotContacted::CoolingOff { .. }));
        held_out += kept_out(|why| matches!(why, NotContacted::HeldOut { days } if *days < 90));
    }
    assert!(rows > 5_000, "{rows}");
    assert!(budgets > 100 && channels > 200, "{budgets} budgets and {channels} channels bound");
    assert!(without_permission > 2_000 && cooling_off > 1_000, "{without_permission} {cooling_off}");
    assert!(held_out > 1_000, "{held_out}");
}

#[test]
fn the_order_of_customers_changes_no_row() {
    let mut rng = ChaCha8Rng::seed_from_u64(42);
    let offers = [offer("call", 6.5, 0.0, &["phone"]), offer("voucher", 0.35, 10.0, &[])];
    let drawn = draw(&mut rng, 300, 2);
    let forward = candidates(&drawn);
    let backward: Vec<Candidate<'_>> = forward.iter().rev().copied().collect();
    let settings = PlanSettings { budget: Some(money(200.0)), ..PlanSettings::new(as_of()) };
    let by_id = |found: Plan, candidates: &[Candidate<'_>]| -> BTreeMap<String, String> {
        let row = |row: &decisions::plan::PlanRow| {
            format!("{:?} {} {:?} {} {} {}", row.group, row.offer, row.arm, row.expected_gain, row.cost, row.priority)
        };
        found.rows.iter().map(|one| (candidates[one.customer].id.to_owned(), row(one))).collect()
    };
    let one = by_id(plan(&offers, &forward, &settings).unwrap(), &forward);
    let other = by_id(plan(&offers, &backward, &settings).unwrap(), &backward);
    assert!(!one.is_empty());
    assert_eq!(one, other);
    let twice = [forward[0], forward[0]];
    assert!(matches!(plan(&offers, &twice, &settings), Err(DecisionError::Name { .. })));
}

#[test]
fn groups_and_reasons_follow_the_rule() {
    let pays = [Response { uplift: 0.2, uplift_error: 0.0, acceptance: 0.5 }];
    let does_not = [Response { uplift: 0.005, uplift_error: 0.0, acceptance: 0.5 }];
    let customer = |id: &'static str, state, p, value, responses: &'static [Response]| Candidate {
        id,
        state,
        churn_probability: Some(p),
        value,
        segment: "all",
        contact_allowed: id != "silent",
        last_contact: None,
        held_out: None,
        preferred_channel: Some("email"),
        owner: Some("am-01"),
        responses,
    };
    let (pays, does_not): (&'static [Response], &'static [Response]) =
        (Box::leak(Box::new(pays)), Box::leak(Box::new(does_not)));
    let candidates = [
        customer("protected", State::Eligible, 0.05, 500.0, does_not),
        customer("growing", State::Eligible, 0.05, 20.0, does_not),
        customer("saved", State::Eligible, 0.8, 100.0, pays),
        customer("let-go", State::Eligible, 0.8, 100.0, does_not),
        customer("won-back", State::Lapsed, 0.9, 100.0, pays),
        customer("gone", State::Lapsed, 0.9, 100.0, does_not),
        customer("new", State::New, 0.5, 100.0, pays),
        customer("silent", State::Eligible, 0.8, 100.0, pays),
    ];
    let offers = [offer("10 % voucher", 1.0, 6.0, &[])];
    let settings = PlanSettings { hold_out: HoldOut::Share(0.0), ..PlanSettings::new(as_of()) };
    let found = plan(&offers, &candidates, &settings).unwrap();
    let groups = [
        Some(Group::Protect),
        Some(Group::Grow),
        Some(Group::Save),
        Some(Group::LetGo),
        Some(Group::WinBack),
        Some(Group::LetGo),
        None,
        Some(Group::Save),
    ];
    assert_eq!(found.groups, groups);
    let planned: Vec<&str> = found.rows.iter().map(|row| candidates[row.customer].id).collect();
    assert_eq!(planned, ["saved", "won-back"]);
    assert_eq!(found.rows[0].cost.to_string(), "4.00");
    assert!((found.rows[0].expected_gain - 16.0).abs() < 1e-12);
    assert!(found.rows[0].why.sentence().contains("20.0 points"));
    assert_eq!(found.not_contacted[7], Some(NotContacted::NoPermission));
    assert_eq!(found.not_contacted[6], Some(NotContacted::NeverBought));
    assert!(matches!(found.not_contacted[3], Some(NotContacted::NoOfferPays { best }) if best < 0.0));
    assert_eq!(found.summary.groups[&Group::Save], 2);
}

#[test]
fn the_hold_out_is_sized_for_its_power_and_spread_over_strata() {
    let responses = [Response { uplift: 0.08, uplift_error: 0.0, acceptance: 0.0 }];
    let ids: Vec<String> = (0..9_000).map(|i| format!("C{i:05}")).collect();
    let candidates: Vec<Candidate<'_>> = ids
        .iter()
        .enumerate()
        .map(|(i, id)| Candidate {
            id,
            state: State::Eligible,
            churn_probability: Some(0.2 + 0.4 * (i % 100) as f64 / 100.0),
            value: 100.0,
            segment: ["business", "consumer"][i % 2],
            contact_allowed: true,
            last_contact: None,
            held_out: None,
            preferred_channel: Some("email"),
            owner: None,
            responses: &responses,
        })
        .collect();
    let offers = [offer("voucher", 2.0, 0.0, &[])];
    let found = plan(&offers, &candidates, &PlanSettings::new(as_of())).unwrap();
    let report = found.summary.hold_out.unwrap();
    assert!(report.power >= 0.9 && report.power < 0.91, "{report:?}");
    assert_eq!(report.contacted + report.held_out, 9_000);
    assert!((200..900).contains(&report.held_out), "{report:?}");
    let share = report.held_out as f64 / 9_000.0;
    let mut strata: BTreeMap<&str, [f64; 2]> = BTreeMap::new();
    for row in &found.rows {
        strata.entry(&row.stratum).or_default()[usize::from(row.arm == Arm::HoldOut)] += 1.0;
    }
    assert_eq!(strata.len(), 6);
    for [contacted, held_out] in strata.values() {
        assert!((held_out - share * (contacted + held_out)).abs() < 1.01);
    }
}

#[test]
fn a_budget_goes_to_the_contacted_and_its_next_unit_has_a_price() {
    let mut rng = ChaCha8Rng::seed_from_u64(43);
    let drawn = draw(&mut rng, 4_000, 1);
    let candidates = candidates(&drawn);
    let offers = [offer("voucher", 2.0, 8.0, &[])];
    let of = |budget: Option<f64>, share: f64| {
        let settings =
            PlanSettings { budget: budget.map(money), hold_out: HoldOut::Share(share), ..PlanSettings::new(as_of()) };
        plan(&offers, &candidates, &settings).unwrap().summary
    };
    let free = of(None, 0.0);
    assert_eq!(free.next_unit_earns, 0.0);
    let (small, more) = (of(Some(1_000.0), 0.0), of(Some(1_100.0), 0.0));
    let earned = (more.expected_gain - small.expected_gain) / 100.0;
    assert!((earned / small.next_unit_earns - 1.0).abs() < 0.1, "{earned} {}", small.next_unit_earns);
    assert!(small.expected_gain <= small.bound && small.expected_gain > 0.995 * small.bound);
    // With a fifth held out, the contacted still use the budget.
    let held_out = of(Some(1_000.0), 0.2);
    assert!(held_out.cost <= money(1_000.0) && held_out.cost > money(970.0), "{}", held_out.cost);
    assert!(held_out.hold_out.unwrap().gain_forgone > 0.0);
}

#[test]
fn without_any_effect_nobody_is_contacted() {
    let world = World::draw(7, 10_000, 5_000, &[Effect::None]);
    let model = fit(&world.campaign(&world.columns()), &UpliftSettings::default()).unwrap();
    let uplift = model.predict(&world.columns_today()).unwrap().uplift.remove(0);
    let responses: Vec<[Response; 1]> =
        uplift.iter().map(|uplift| [Response { uplift: *uplift, uplift_error: 0.0, acceptance: 0.0 }]).collect();
    let ids: Vec<String> = (0..5_000).map(|i| format!("C{i:04}")).collect();
    let candidates: Vec<Candidate<'_>> = (0..5_000)
        .map(|row| Candidate {
            id: &ids[row],
            state: State::Eligible,
            churn_probability: Some(world.churn_probability[row]),
            value: world.value[row],
            segment: "all",
            contact_allowed: true,
            last_contact: None,
            held_out: None,
            preferred_channel: None,
            owner: None,
            responses: &responses[row],
        })
        .collect();
    let found = plan(&[offer("voucher", 6.0, 0.0, &[])], &candidates, &PlanSettings::new(as_of())).unwrap();
    assert!(found.rows.is_empty() && found.summary.hold_out.is_none());
    assert!(found.not_contacted.iter().all(|why| matches!(why, Some(NotContacted::NoOfferPays { .. }))));
    assert!(!model.checks()[0].shows_effect() && model.checks()[0].p_value > 0.05);
}

#[test]
fn impossible_settings_are_refused() {
    let none: [Candidate<'_>; 0] = [];
    let offers = [offer("voucher", 1.0, 0.0, &[])];
    let base = PlanSettings::new(as_of());
    let channel = |channel: &str| Capacity { channel: channel.to_owned(), per_day: 1, days: 1 };
    for settings in [
        PlanSettings { budget: Some(money(-1.0)), ..base.clone() },
        PlanSettings { caution: f64::NAN, ..base.clone() },
        PlanSettings { hold_out: HoldOut::Share(0.6), ..base.clone() },
        PlanSettings { hold_out: HoldOut::ForPower { power: 1.0, most: 0.5 }, ..base.clone() },
        PlanSettings { capacity: vec![channel("phone"), channel("phone")], ..base.clone() },
    ] {
        assert!(plan(&offers, &none, &settings).is_err(), "{settings:?}");
    }
    assert!(plan(&[offer("voucher", -1.0, 0.0, &[])], &none, &base).is_err());
    assert!(plan(&[offers[0].clone(), offers[0].clone()], &none, &base).is_err());
    assert_eq!(plan(&offers, &none, &base).unwrap().rows, []);
}
