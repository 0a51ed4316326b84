//! The future of a company, and what can be done to it.

use super::company::{Company, Event, Person, Sale};
use super::random::{DAY, FIRST_DAY, Random};

/// What is done to all that was not known at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Poison {
    Edit,
    Delete,
    Add,
    ReId,
    /// Resolutions, recordings and sign-ups that were still to come, of rows that were known.
    LateValues,
}

pub const POISONS: [Poison; 5] = [Poison::Edit, Poison::Delete, Poison::Add, Poison::ReId, Poison::LateValues];

/// The export as it was on a day: what had happened and was recorded, with what had been filled in.
pub fn cut(company: &Company, as_of: i32) -> Company {
    let moment = i64::from(as_of) * DAY;
    let mut cut = company.clone();
    cut.sales.retain(|sale| !is_future_sale(company, sale, moment));
    cut.events.retain(|event| !is_future_event(company, event, moment));
    for event in &mut cut.events {
        event.resolved = event.resolved.filter(|at| *at < moment);
    }
    for person in &mut cut.people {
        person.signup = person.signup.filter(|day| *day < as_of);
    }
    cut
}

fn is_future_sale(company: &Company, sale: &Sale, moment: i64) -> bool {
    sale.at >= moment || company.columns.sales_recorded && sale.recorded >= moment
}

fn is_future_event(company: &Company, event: &Event, moment: i64) -> bool {
    event.at >= moment || company.columns.events_recorded && event.recorded >= moment
}

/// The same company with another future, as seen from a day.
pub fn poisoned(company: &Company, as_of: i32, poison: Poison, random: &mut Random) -> Company {
    let moment = i64::from(as_of) * DAY;
    let mut other = company.clone();
    match poison {
        Poison::Edit => edit(&mut other, as_of, random),
        Poison::Delete => {
            let share = *random.pick(&[30, 100]);
            other.sales.retain(|sale| !is_future_sale(company, sale, moment) || !random.percent(share));
            other.events.retain(|event| !is_future_event(company, event, moment) || !random.percent(share));
            // The end of a contract has no date of its own: it says what the export says today.
            let stays = |person: &Person| person.signup.is_none_or(|day| day < as_of) || person.contract_end.is_some();
            other.people.retain(|person| stays(person) || !random.percent(share));
        }
        Poison::Add => add(&mut other, as_of, random),
        Poison::ReId => {
            let orders: Vec<String> = company.sales.iter().map(|sale| sale.order.clone()).collect();
            for sale in other.sales.iter_mut().filter(|sale| is_future_sale(company, sale, moment)) {
                sale.customer = format!("{}{}", random.pick(&["c", "later"]), random.between(0, 9));
                sale.order.clone_from(random.pick(&orders));
            }
            for event in other.events.iter_mut().filter(|event| is_future_event(company, event, moment)) {
                event.customer = format!("{}{}", random.pick(&["c", "later"]), random.between(0, 9));
            }
        }
        Poison::LateValues => late_values(&mut other, as_of, random),
    }
    other
}

/// A moment that is still to come, often the very first.
fn later(as_of: i32, random: &mut Random) -> i64 {
    if random.percent(25) { i64::from(as_of) * DAY } else { random.moment(as_of..as_of + 200) }
}

fn edit(company: &mut Company, as_of: i32, random: &mut Random) {
    let moment = i64::from(as_of) * DAY;
    let before = company.clone();
    for sale in company.sales.iter_mut().filter(|sale| is_future_sale(&before, sale, moment)) {
        let other = random.sale(&sale.customer, as_of..as_of + 100);
        let at = if sale.at >= moment { later(as_of, random) } else { sale.at };
        *sale = Sale { at, recorded: sale.recorded, ..other };
    }
    for event in company.events.iter_mut().filter(|event| is_future_event(&before, event, moment)) {
        let other = random.event(&event.customer, as_of..as_of + 100);
        let at = if event.at >= moment { later(as_of, random) } else { event.at };
        let resolved = event.resolved.filter(|resolved| *resolved >= at);
        *event = Event { at, recorded: event.recorded, resolved, ..other };
    }
}

fn add(company: &mut Company, as_of: i32, random: &mut Random) {
    for _ in 0..random.between(1, 30) {
        let customer = format!("{}{}", random.pick(&["c", "later"]), random.between(0, 9));
        // What happened before, and was recorded afterwards, is of the future too, be it older than everything known.
        let (happened, recorded) = (random.moment(FIRST_DAY - 60..as_of), later(as_of, random));
        let is_late = random.percent(50);
        let mut sale = random.sale(&customer, as_of..as_of + 100);
        if is_late && company.columns.sales_recorded {
            sale = Sale { at: happened, recorded, ..sale };
        }
        company.sales.push(sale);
        let mut event = random.event(&customer, as_of..as_of + 100);
        if is_late && company.columns.events_recorded {
            event = Event { at: happened, recorded, ..event };
        }
        company.events.push(event);
    }
    let signup = Some(as_of + random.between(0, 50) as i32);
    company.people.push(Person { customer: "later99".to_owned(), signup, contract_end: None });
}

fn late_values(company: &mut Company, as_of: i32, random: &mut Random) {
    let moment = i64::from(as_of) * DAY;
    let recorded = (company.columns.sales_recorded, company.columns.events_recorded);
    for event in &mut company.events {
        if event.resolved.is_none_or(|at| at >= moment) {
            let resolved = later(as_of, random).max(event.at);
            event.resolved = random.percent(60).then_some(resolved);
        }
        if recorded.1 && event.recorded >= moment {
            event.recorded = later(as_of, random);
        }
    }
    for sale in company.sales.iter_mut().filter(|sale| recorded.0 && sale.recorded >= moment) {
        sale.recorded = later(as_of, random);
    }
    for person in company.people.iter_mut().filter(|person| person.signup.is_none_or(|day| day >= as_of)) {
        person.signup = random.percent(60).then_some(as_of + random.between(0, 90) as i32);
    }
}
