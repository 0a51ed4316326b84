//! Random companies, small and full of edges: midnights, ties, orders in parts, zeros, returns, late recordings.

use history::{Date, Returns};

use super::company::{Columns, Company, Event, Person, Sale};

pub const DAY: i64 = 86_400_000_000;
/// 2024-10-04: as-of dates lie around it.
pub const MIDDLE: i32 = 20_000;
/// Day of the first row of every company's transactions and events: no table is ever empty, and all begin on one day.
pub const FIRST_DAY: i32 = MIDDLE - 820;

const KINDS: [&str; 17] = [
    "visit",
    "email_sent",
    "email_open",
    "email_click",
    "login",
    "call",
    "quote_request",
    "quote_followup",
    "complaint",
    "ticket",
    "review",
    "nps",
    "csat",
    "training",
    "renewal",
    "webinar",
    "Chat",
];

/// SplitMix64 (Steele, Lea and Flood 2014).
#[derive(Debug, Clone)]
pub struct Random {
    state: u64,
    /// Kinds of events of the company: where there are few, there is much of each.
    kinds: Vec<&'static str>,
    /// Whether orders of the company come in parts.
    sends_parts: bool,
}

impl Random {
    pub fn new(seed: u64) -> Self {
        let state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d_4c95_7f2d;
        Self { state, kinds: KINDS.to_vec(), sends_parts: true }
    }

    pub fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From `from` (included) to `to` (excluded).
    pub fn between(&mut self, from: i64, to: i64) -> i64 {
        from + (self.next() % (to - from).cast_unsigned()).cast_signed()
    }

    pub fn percent(&mut self, percent: i64) -> bool {
        self.between(0, 100) < percent
    }

    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.between(0, of.len() as i64) as usize]
    }

    pub fn shuffle<T>(&mut self, rows: &mut [T]) {
        for at in (1..rows.len()).rev() {
            rows.swap(at, self.between(0, at as i64 + 1) as usize);
        }
    }

    /// A moment on one of some days, often at an edge of it.
    pub fn moment(&mut self, days: std::ops::Range<i32>) -> i64 {
        let day = self.between(i64::from(days.start), i64::from(days.end));
        let clock = match self.between(0, 6) {
            0 => 0,
            1 => 1,
            2 => DAY - 1,
            3 => DAY / 2,
            _ => self.between(0, DAY),
        };
        day * DAY + clock
    }

    /// When a row of this moment was recorded: mostly at once.
    fn recorded(&mut self, at: i64) -> i64 {
        match self.between(0, 10) {
            0..7 => at,
            7 => (at / DAY + 1) * DAY,
            _ => at + self.between(0, 60 * DAY),
        }
    }

    pub fn columns(&mut self) -> Columns {
        Columns {
            orders: self.percent(70),
            discounts: self.percent(80),
            margins: self.percent(70),
            quantities: self.percent(70),
            products: self.percent(70),
            categories: self.percent(70),
            channels: self.percent(70),
            sales_recorded: self.percent(25),
            events: self.percent(85),
            events_recorded: self.percent(25),
            resolved: self.percent(80),
            people: self.percent(75),
            returns: *self.pick(&[Returns::Net, Returns::Net, Returns::Separate, Returns::Drop]),
        }
    }

    pub fn sale(&mut self, customer: &str, days: std::ops::Range<i32>) -> Sale {
        let at = self.moment(days);
        let cents = match self.between(0, 20) {
            0 | 1 => 0,
            2 => 16_846_960,
            3..7 => -self.between(1, 6_000),
            _ => self.between(1, 20_000),
        };
        let order = match self.between(0, 3) {
            0 => String::new(),
            1 if self.sends_parts => format!("o{}", self.between(0, 5)),
            _ => format!("p{}", self.between(0, 1_000_000)),
        };
        let given = self.percent(40);
        // All that is bought at one moment comes through one channel: which of two the order has is not said.
        let channel = ["web", "store", "", "app"][(at / 7 % 4) as usize].to_owned();
        Sale {
            order,
            discount: if given { self.between(0, 3_000) } else { 0 },
            margin: self.between(-1_000, 9_000) * cents.signum(),
            quantity: 500 * self.between(0, 12) * if cents < 0 { -1 } else { 1 },
            product: (*self.pick(&["", "lamp", "pen", "ink", "tea"])).to_owned(),
            category: (*self.pick(&["", "home", "office", "food"])).to_owned(),
            channel,
            recorded: self.recorded(at),
            ..Sale::new(customer, at, cents)
        }
    }

    pub fn event(&mut self, customer: &str, days: std::ops::Range<i32>) -> Event {
        let at = self.moment(days);
        let place = self.between(0, self.kinds.len() as i64) as usize;
        let kind = self.kinds[place];
        let value = match kind {
            _ if self.percent(15) => None,
            "nps" => Some(self.between(0, 11) as f64),
            "csat" | "review" => Some(self.between(2, 11) as f64 / 2.0),
            _ => Some(self.between(-50, 500) as f64 / 4.0),
        };
        let after = self.between(0, 9);
        let resolved = match self.between(0, 10) {
            0..4 => None,
            4 => Some(at),
            5 | 6 => Some((at / DAY + 1 + after) * DAY),
            7 => Some((at / DAY + 1 + after) * DAY - 1),
            _ => Some(at + self.between(0, 30 * DAY)),
        };
        let channel = (*self.pick(&["", "web", "third_party", "phone"])).to_owned();
        Event { value, resolved, channel, recorded: self.recorded(at), ..Event::new(customer, at, kind) }
    }

    /// Up to six customers over three years, the last months of which lie after every as-of date.
    pub fn company(&mut self) -> Company {
        let columns = self.columns();
        let mut kinds = KINDS.to_vec();
        self.shuffle(&mut kinds);
        kinds.truncate(*self.pick(&[3, 6, 17, 17]));
        (self.kinds, self.sends_parts) = (kinds, self.percent(40));
        let start = Date::from_days(FIRST_DAY).start().micros();
        let kind = self.kinds[0];
        let mut company = Company {
            columns,
            sales: vec![Sale::new("c0", start, 1_000)],
            events: vec![Event::new("c0", start, kind)],
            people: vec![Person { customer: "new".to_owned(), signup: Some(FIRST_DAY), contract_end: None }],
        };
        for number in 0..self.between(1, 7) {
            let customer = format!("c{number}");
            // Some customers bought for a while only, so that there are lapsed ones and bursts.
            let first = self.between(i64::from(FIRST_DAY), i64::from(MIDDLE)) as i32;
            let days = if self.percent(70) { first..MIDDLE + 100 } else { first..first + 20 };
            let (most_sales, most_events) = (*self.pick(&[1, 3, 15, 40]), *self.pick(&[0, 3, 20, 60]));
            for _ in 0..self.between(0, most_sales + 1) {
                let mut sale = self.sale(&customer, days.clone());
                if self.percent(15) {
                    let other = company.sales[company.sales.len() - 1].clone();
                    sale = Sale { at: other.at, channel: other.channel, recorded: sale.recorded.max(other.at), ..sale };
                }
                company.sales.push(sale);
            }
            for _ in 0..self.between(0, most_events + 1) {
                let event = self.event(&customer, FIRST_DAY..MIDDLE + 100);
                company.events.push(event);
            }
            if self.percent(80) {
                let mut day = |from, to, often| {
                    let day = self.between(i64::from(from), i64::from(to)) as i32;
                    self.percent(often).then_some(day)
                };
                let signup = day(FIRST_DAY - 30, MIDDLE + 60, 85);
                let contract_end = day(MIDDLE - 300, MIDDLE + 300, 60);
                company.people.push(Person { customer, signup, contract_end });
            }
        }
        company
    }
}
