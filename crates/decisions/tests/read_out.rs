//! Reading plans out: how often nothing is taken for something, and something is found.
#![allow(clippy::unwrap_used, missing_docs)]

use decisions::readout::{
    Effect, Looks, PlanOutcome, ReadOut, Verdict, level_of_each, measure, sample_size_for_two_proportions,
};
use history::Money;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Exp1};

const LEVEL: f64 = 0.95;
const COST: i64 = 30_000;

struct Experiment {
    contact: Vec<bool>,
    stratum: Vec<String>,
    retained: Vec<bool>,
    margin: Vec<f64>,
    cost: Vec<Money>,
    expected: Vec<f64>,
}

impl Experiment {
    /// Customers in three strata of risk; the lot holds a share out, and the offer adds `effect` to the probability of staying.
    fn draw(rng: &mut ChaCha8Rng, contacted: usize, held_out: usize, effect: f64) -> Self {
        let customers = contacted + held_out;
        let mut made = Self {
            contact: Vec::new(),
            stratum: Vec::new(),
            retained: Vec::new(),
            margin: Vec::new(),
            cost: Vec::new(),
            expected: Vec::new(),
        };
        for i in 0..customers {
            // Systematic over strata, with a random start in each stratum.
            let stratum = i % 3;
            let contact = (i as u64 * 7_919 + 13) % customers as u64 >= held_out as u64;
            let stays = 0.75 - 0.1 * stratum as f64 + if contact { effect } else { 0.0 };
            let size: f64 = Exp1.sample(rng);
            let expected = 20.0 + 60.0 * size;
            let retained = rng.random::<f64>() < stays;
            let luck: f64 = Exp1.sample(rng);
            made.contact.push(contact);
            made.stratum.push(format!("eligible/{stratum}"));
            made.retained.push(retained);
            made.margin.push(if retained { expected * (0.5 + 0.5 * luck) } else { 0.0 });
            made.cost.push(if contact { Money::from_ten_thousandths(COST) } else { Money::ZERO });
            made.expected.push(expected);
        }
        made
    }

    fn read(&self, looks: Looks) -> ReadOut {
        let stratum: Vec<&str> = self.stratum.iter().map(String::as_str).collect();
        let outcome = PlanOutcome {
            contact: &self.contact,
            stratum: &stratum,
            risk_block: &stratum,
            segment: &vec!["all"; stratum.len()],
            retained: &self.retained,
            margin: &self.margin,
            cost: &self.cost,
            expected_margin: Some(&self.expected),
            churn_probability: None,
        };
        measure(&outcome, LEVEL, looks).unwrap()
    }
}

fn excludes_nothing(effect: &Effect) -> bool {
    effect.retention.low().unwrap() <= 0.0 && effect.retention.high().unwrap() >= 0.0
}

#[test]
fn nothing_is_taken_for_something_in_five_percent_at_most() {
    let mut rng = ChaCha8Rng::seed_from_u64(51);
    let (mut found, mut margin_found) = (0, 0);
    for _ in 0..200 {
        let all = Experiment::draw(&mut rng, 2_500, 500, 0.0).read(Looks::Once).all.unwrap();
        found += usize::from(!excludes_nothing(&all));
        margin_found += usize::from(all.margin.low().unwrap() > 0.0 || all.margin.high().unwrap() < 0.0);
    }
    assert!(found <= 10 && margin_found <= 10, "{found} {margin_found}");
}

#[test]
fn an_effect_is_found_as_often_as_the_hold_out_was_sized_for() {
    let mut rng = ChaCha8Rng::seed_from_u64(52);
    let (customers, effect) = (6_000, 0.06);
    let alpha = 1.0 - level_of_each(LEVEL);
    // 200 experiments at a power of 0.8 find 160, give or take 5.7; two standard errors fewer is chance.
    for (power, at_least) in [(0.8, 149), (0.9, 172)] {
        let size = sample_size_for_two_proportions(customers, 0.65, 0.65 + effect, power, alpha, 0.5).unwrap();
        let (contacted, held_out) = (size.treated as usize, size.held_out as usize);
        let (mut found, mut covered) = (0, 0);
        for _ in 0..200 {
            let all = Experiment::draw(&mut rng, contacted, held_out, effect).read(Looks::Once).all.unwrap();
            found += usize::from(all.retention.low().unwrap() > 0.0);
            let (low, high) = all.retention.interval().unwrap();
            covered += usize::from(low <= effect && effect <= high);
        }
        assert!(found >= at_least && covered >= 190, "{found} found, {covered} covered with {held_out} held out");
    }
}

#[test]
fn many_looks_are_accounted_for() {
    let mut rng = ChaCha8Rng::seed_from_u64(53);
    let (mut fooled, experiments) = (0, 100);
    for _ in 0..experiments {
        let whole = Experiment::draw(&mut rng, 2_500, 500, 0.0);
        let any = (1..=6).any(|look| {
            let part = Experiment {
                contact: whole.contact[..look * 500].to_vec(),
                stratum: whole.stratum[..look * 500].to_vec(),
                retained: whole.retained[..look * 500].to_vec(),
                margin: whole.margin[..look * 500].to_vec(),
                cost: whole.cost[..look * 500].to_vec(),
                expected: whole.expected[..look * 500].to_vec(),
            };
            let all = part.read(Looks::Any { planned_customers: 3_000 }).all.unwrap();
            !excludes_nothing(&all)
        });
        fooled += i32::from(any);
    }
    assert!(fooled <= experiments / 20, "{fooled}");
}

#[test]
fn the_parts_of_a_read_out_fit_together() {
    let mut rng = ChaCha8Rng::seed_from_u64(54);
    let read = Experiment::draw(&mut rng, 4_000, 1_000, 0.08).read(Looks::Once);
    let all = read.all.as_ref().unwrap();
    assert_eq!((all.contacted, all.held_out), (4_000, 1_000));
    assert_eq!(all.cost.to_string(), "12000.00");
    let (margin, profit) = (all.margin.value().unwrap(), all.profit.value().unwrap());
    assert!((margin - 12_000.0 - profit).abs() < 1e-6, "{margin} {profit}");
    assert!((all.customers.value().unwrap() - 4_000.0 * all.retention.value().unwrap()).abs() < 1e-6);
    assert_eq!(read.verdict, Verdict::Earned);
    assert_eq!(read.by_risk_block.len(), 3);
    for cell in read.by_risk_block.values() {
        let effect = cell.shown().unwrap().as_ref().unwrap();
        // One stratum: Newcombe's interval, which need not be symmetric.
        assert!(effect.retention.low().unwrap() < effect.retention.value().unwrap());
    }
    let lost = Experiment::draw(&mut rng, 4_000, 1_000, -0.05).read(Looks::Once);
    assert_eq!(lost.verdict, Verdict::Lost);
    let nobody = Experiment::draw(&mut rng, 1, 0, 0.0).read(Looks::Once);
    assert_eq!((nobody.all, nobody.verdict), (None, Verdict::TooFew));
}
