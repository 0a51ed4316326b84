//! The plan for people.

use decisions::plan::{Arm, Group};
use history::Money;

use super::answer::{Told, contacted_of};
use super::response::{Learnt, Responses};

/// The lines of the summary.
pub(super) fn page(told: &Told<'_>) -> Vec<String> {
    let mut lines =
        vec![format!("plan {} as of {}, with scores made now by model {}", told.id, told.as_of, told.model.version())];
    lines.push(format!(
        "a customer's value is the margin expected over {} days, from {}",
        told.people.value_days, told.people.margin
    ));
    lines.push(String::new());
    what_offers_do(told, &mut lines);
    lines.push(String::new());
    the_plan(told, &mut lines);
    lines.push(String::new());
    groups(told, &mut lines);
    lines.push(String::new());
    by_risk(told, &mut lines);
    lines
}

/// A share in points, with its interval.
fn points(estimate: &evaluation::Estimate) -> String {
    let of = |value: f64| format!("{:+.1}", 100.0 * value);
    match (estimate.value(), estimate.interval()) {
        (Some(value), Some((low, high))) => format!("{} ({} to {})", of(value), of(low), of(high)),
        (Some(value), None) => of(value),
        (None, _) => "not known".to_owned(),
    }
}

fn what_offers_do(told: &Told<'_>, lines: &mut Vec<String>) {
    lines.push("What offers do".to_owned());
    match told.responses {
        Responses::Assumed { eligible, .. } => {
            lines.push(format!(
                "  NOT KNOWN, assumed in [plan] response: of customers who would leave {:.0} % stay for the offer, of those who \
                 would stay {:.0} % take it as well",
                100.0 * eligible.saved,
                100.0 * eligible.taken_anyway
            ));
            for (offer, rows) in told.sensitivity {
                lines.push(format!("  if that is wrong, \"{offer}\" would earn, without budget and limits:"));
                for row in rows {
                    lines.push(format!(
                        "    {:>4.0} % stay for it: {:>12.0} {currency} with these customers; {:>12.0} with the {} for whom it would pay then",
                        100.0 * row.saved,
                        row.gain_of_the_plan,
                        row.best_gain,
                        row.customers,
                        currency = told.currency
                    ));
                }
            }
            lines.push(
                "  the hold-out of this plan is the experiment that tells: measure it once the churn horizon is over"
                    .to_owned(),
            );
        }
        Responses::Learnt(learnt) => {
            let Learnt { model, past, .. } = learnt.as_ref();
            let lot =
                if model.is_randomised() { "drawn by lot" } else { "NOT DRAWN BY LOT: read every figure with doubt" };
            let days: Vec<String> = past.days.iter().map(ToString::to_string).collect();
            let days = match days.as_slice() {
                [first, .., last] if days.len() > 4 => format!("{} days from {first} to {last}", days.len()),
                _ => days.join(", "),
            };
            lines.push(format!("  learnt from {} customers of past campaigns ({days}), {lot}", past.arm.len()));
            for (check, name) in model.checks().iter().zip(&past.names) {
                let qini = check.ranking.qini.map_or_else(String::new, |qini| format!("; Qini {qini:.3}"));
                lines.push(format!(
                    "  \"{name}\": {} points more customers stay, {} with it against {} without{qini}",
                    points(&check.effect),
                    check.treated,
                    check.control
                ));
                lines.push(if check.shows_effect() {
                    format!(
                        "    an effect shows (p = {:.2e}); {:.0} % of what the model predicts is kept, the rest is allowed for luck",
                        check.p_value,
                        100.0 * check.kept
                    )
                } else {
                    format!(
                        "    no effect shows, neither on all customers nor on some (p = {:.2}): it is taken to do nothing, and nobody is \
                         planned for it",
                        check.p_value
                    )
                });
            }
            if told.rules.caution > 0.0 {
                lines.push(format!(
                    "  standard errors taken off each uplift, so that the luck of a campaign is not spent: {} (plan.caution)",
                    told.rules.caution
                ));
            }
            if !learnt.knows_lapsed {
                lines.push(
                    "  lapsed customers were not in these campaigns: nothing is known of what wins them back"
                        .to_owned(),
                );
            }
        }
    }
}

fn the_plan(told: &Told<'_>, lines: &mut Vec<String>) {
    let (summary, currency) = (&told.found.summary, told.currency);
    lines.push("The plan".to_owned());
    let contacted = told.rows.iter().filter(|row| row.plan.arm == Arm::Contact).count();
    if told.rows.is_empty() {
        lines.push(format!("  contact nobody: {}", why_nobody(told)));
        return;
    }
    lines.push(format!(
        "  contact {contacted} customers for {} {currency}; expected to earn {:.2} {currency} after that cost",
        summary.cost, summary.expected_gain
    ));
    for ((offer, channel), (customers, cost, gain)) in told.parts() {
        lines.push(format!(
            "    \"{offer}\" by {channel}: {customers} customers, {cost} {currency}, earns {gain:.2} {currency}"
        ));
    }
    match &summary.hold_out {
        Some(report) if report.held_out > 0 => {
            lines.push(format!(
                "  leave {} more alone by lot, so that churn measure can tell what it earned; that forgoes {:.2} {currency}",
                report.held_out, report.gain_forgone
            ));
            let weak = if report.power < 0.8 {
                ": too few to be sure of telling; repeat the plan and measure all of them"
            } else {
                ""
            };
            lines.push(format!(
                "    if the effect is as expected ({:.1} % stay without, {:.1} % with the offer), it will be found with a probability of {:.0} %{weak}",
                100.0 * report.without_offer,
                100.0 * report.with_offer,
                100.0 * report.power
            ));
        }
        _ => lines.push("  nobody is held out: nobody will ever know what this plan earned (plan.hold_out)".to_owned()),
    }
    match told.rules.budget {
        Some(budget) if summary.next_unit_earns > 0.0 => lines.push(format!(
            "  the budget of {budget} {currency} binds: the next {currency} would earn {:.2} {currency}",
            summary.next_unit_earns
        )),
        Some(budget) => {
            lines.push(format!("  the budget of {budget} {currency} does not bind: more of it would earn nothing"))
        }
        None => {}
    }
    for (channel, earns) in summary.next_contact_earns.iter().filter(|(_, earns)| **earns > 0.0) {
        lines.push(format!("  \"{channel}\" is full: one contact more would earn {earns:.2} {currency}"));
    }
}

fn why_nobody(told: &Told<'_>) -> String {
    if let Responses::Learnt(learnt) = told.responses
        && learnt.model.checks().iter().all(|check| !check.shows_effect())
    {
        return "past campaigns do not show that any offer does anything".to_owned();
    }
    if told.rules.budget == Some(Money::ZERO) {
        return "the budget is 0".to_owned();
    }
    let counts = told.not_contacted();
    if counts.contains_key("not_within_means") {
        return "offers would pay, but budget or capacity reaches to nobody".to_owned();
    }
    if !counts.contains_key("no_offer_pays") {
        return "there is nobody who may be contacted now".to_owned();
    }
    "no offer is expected to earn what it costs with any customer who may be contacted".to_owned()
}

fn groups(told: &Told<'_>, lines: &mut Vec<String>) {
    let (summary, currency) = (&told.found.summary, told.currency);
    lines.push(format!(
        "Groups (at risk from a churn probability of {:.0} %, valuable from {:.2} {currency})",
        100.0 * summary.group_rules.at_risk_from,
        summary.group_rules.valuable_from
    ));
    let told_of = |group: Group| match group {
        Group::Protect => ("protect", "valuable and calm: good service, no discount"),
        Group::Grow => ("grow", "calm, worth little so far"),
        Group::Save => ("save", "at risk, and an offer pays"),
        Group::WinBack => ("win back", "lapsed, and an offer pays"),
        Group::LetGo => ("let go", "at risk or lapsed, and no offer pays for itself"),
    };
    for group in [Group::Protect, Group::Grow, Group::Save, Group::WinBack, Group::LetGo] {
        let (name, words) = told_of(group);
        let all = summary.groups.get(&group).copied().unwrap_or(0);
        lines.push(format!("  {name:<9} {all:>8} customers, {} contacted ({words})", contacted_of(told.found, group)));
    }
    let counts = told.not_contacted();
    let words = [
        ("no_permission", "may not be contacted"),
        ("contacted_lately", "contacted too lately"),
        ("held_out_before", "held out of an offer whose read-out is not over"),
        ("no_offer_pays", "no offer pays"),
        ("not_within_means", "an offer pays, but budget or capacity is better spent on others"),
        ("never_bought", "never bought"),
        ("no_score", "no score"),
    ];
    let told: Vec<String> =
        words.iter().filter_map(|(key, words)| counts.get(key).map(|count| format!("{count} {words}"))).collect();
    if !told.is_empty() {
        lines.push(format!("  not in the plan: {}", told.join("; ")));
    }
}

fn by_risk(told: &Told<'_>, lines: &mut Vec<String>) {
    let currency = told.currency;
    lines.push("If offers went by churn probability alone".to_owned());
    if told.by_risk.is_empty() {
        lines.push("  no offer is worth less than the customers it would keep".to_owned());
    }
    for found in told.by_risk {
        let percent = |share: Option<f64>| {
            share.map_or_else(|| "none would do".to_owned(), |share| format!("{:.0} %", 100.0 * share))
        };
        lines.push(format!(
            "  \"{}\": with {:.0} % of would-be churners accepting, break-even is a churn probability of {}, or a value of {}",
            found.offer,
            100.0 * found.acceptance,
            percent(found.break_even.churn_probability),
            found.break_even.clv.map_or_else(|| "none".to_owned(), |value| format!("{value:.2} {currency}"))
        ));
        if let (Some(mpc), Some(empc), Some(day)) = (found.mpc, found.empc, told.test_as_of) {
            lines.push(format!(
                "    on the test of {day}: at most {:.2} {currency} for each customer of the base, contacting the top {:.0} %; \
                 {:.2} if the acceptance is not known (EMPC)",
                mpc.profit,
                100.0 * mpc.contact_share,
                empc.profit
            ));
        }
    }
}
