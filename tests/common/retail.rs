//! An online shop's export as such shops write it: lines of orders, cancellations, lines without a customer. The same lines
//! can be written in many ways, and in the one way that needs no declaration.

use history::Date;

/// A line of an order.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) customer: Option<u32>,
    pub(crate) order: String,
    pub(crate) day: Date,
    pub(crate) minute: u32,
    pub(crate) product: u32,
    /// Negative where the order is cancelled.
    pub(crate) pieces: i64,
    /// Of one piece, in hundredths.
    pub(crate) price: i64,
}

impl Line {
    /// In hundredths.
    pub(crate) fn amount(&self) -> i64 {
        self.pieces * self.price
    }

    /// `2025-12-31T08:05`.
    pub(crate) fn iso(&self) -> String {
        format!("{}T{:02}:{:02}", self.day, self.minute / 60, self.minute % 60)
    }

    /// `31/12/2025 8:05`, with this sign between the numbers.
    pub(crate) fn day_first(&self, sign: char) -> String {
        let iso = self.day.to_string();
        let (year, month, day) = (&iso[..4], &iso[5..7], &iso[8..]);
        format!("{day}{sign}{month}{sign}{year} {}:{:02}", self.minute / 60, self.minute % 60)
    }

    /// `12/31/2025 8:05`.
    pub(crate) fn month_first(&self) -> String {
        let day_first = self.day_first('/');
        format!("{}/{}/{}", &day_first[3..5], &day_first[..2], &day_first[6..])
    }

    pub(crate) fn customer(&self) -> String {
        self.customer.map_or_else(String::new, |customer| customer.to_string())
    }
}

/// Hundredths with this decimal sign.
pub(crate) fn decimal(hundredths: i64, sign: char) -> String {
    let minus = if hundredths < 0 { "-" } else { "" };
    format!("{minus}{}{sign}{:02}", hundredths.abs() / 100, hundredths.abs() % 100)
}

/// The lines of two years, in the order of time: 260 customers at their own pace, of whom many stop; a fifth of all lines has
/// no customer; every 40th order is cancelled a week later.
pub(crate) fn lines() -> Vec<Line> {
    let first: Date = "2024-01-01".parse().expect("a date");
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = |below: u32| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 33) % u64::from(below)) as u32
    };
    let mut orders = Vec::new();
    for customer in 0..260 {
        let pace = 8 + next(45);
        let stops = if next(5) < 2 { 120 + next(560) } else { 2_000 };
        let mut day = next(90);
        while day < stops.min(731) {
            orders.push((day, Some(12_346 + customer)));
            if next(4) == 0 {
                orders.push((day, None));
            }
            day += 1 + next(2 * pace);
        }
    }
    orders.sort_unstable();
    let mut lines: Vec<Line> = Vec::new();
    for (number, (day, customer)) in orders.into_iter().enumerate() {
        let minute = 8 * 60 + next(12 * 60);
        let order: Vec<Line> = (0..=next(3))
            .map(|_| Line {
                customer,
                order: format!("{}", 536_365 + number),
                day: first.plus_days(i32::try_from(day).expect("few days")),
                minute,
                product: 20_000 + next(60),
                pieces: 1 + i64::from(next(12)),
                price: 42 + i64::from(next(1_500)),
            })
            .collect();
        if number % 40 == 7 && day + 7 < 731 {
            lines.extend(order.iter().map(|line| Line {
                order: format!("C{}", line.order),
                day: line.day.plus_days(7),
                pieces: -line.pieces,
                ..line.clone()
            }));
        }
        lines.extend(order);
    }
    lines.sort_by_key(|line| (line.day, line.minute, line.order.clone()));
    lines
}

/// The lines that have a customer, as a table that needs no declaration, and a project file for it.
pub(crate) fn plain(lines: &[Line], more: &str) -> (String, String) {
    let mut table = String::from("customer_id,timestamp,amount,order_id,quantity,product\n");
    for line in lines.iter().filter(|line| line.customer.is_some()) {
        let amount = decimal(line.amount(), '.');
        let cells = [
            line.customer(),
            line.iso(),
            amount,
            line.order.clone(),
            line.pieces.to_string(),
            line.product.to_string(),
        ];
        table.push_str(&cells.join(","));
        table.push('\n');
    }
    let columns = "columns = { order_id = \"order_id\", quantity = \"quantity\", product = \"product\" }";
    (table, format!("{more}[transactions]\npath = \"orders.csv\"\n{columns}\n"))
}

/// A table of these lines: its header, and what stands in a row.
pub(crate) fn table(header: &str, lines: &[Line], row: impl Fn(&Line) -> String) -> String {
    let mut text = format!("{header}\n");
    for line in lines {
        text.push_str(&row(line));
        text.push('\n');
    }
    text
}
