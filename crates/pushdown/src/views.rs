//! The tables as every engine sees them alike: moments in microseconds, money in ten-thousandths, only what was known at each
//! as-of date, and purchases put together from their parts.

use history::{CustomersSpec, EventKind, EventsSpec, MarginColumn, OffersSpec, Returns, TransactionsSpec};

use crate::aggregate::{Needs, next};
use crate::dialect::{DAY, Dialect, day, number, working_days};
use crate::expression::year;
use crate::query::Query;
use crate::rows::{Source, is_of_kinds};
use crate::tables::Table;

/// Common table expressions, by name, in the order in which they stand.
pub(crate) type Expressions = Vec<(String, String)>;

/// What becomes of a query's tables.
pub(crate) struct Views<'q, 'n> {
    pub(crate) query: &'q Query<'q>,
    pub(crate) needs: &'n Needs,
    pub(crate) zone: &'q str,
    /// Text columns of the customers that are read.
    pub(crate) attributes: &'n [String],
}

impl Views<'_, '_> {
    pub(crate) fn expressions(&self) -> Expressions {
        let spec = self.query.spec;
        let mut all: Expressions = vec![("churn_dates".to_owned(), self.dates())];
        let mut add = |name: &str, text: String| all.push((name.to_owned(), text));
        let transactions = &spec.transactions;
        if let (Some(spec), Some(table)) = (&spec.customers, &self.query.tables.customers) {
            add("churn_customers", self.customers(spec, table));
        }
        add("churn_rows", self.rows(transactions));
        add("churn_parts", parts(transactions));
        add("churn_moments", self.moments(transactions));
        add("churn_purchases", purchases(transactions));
        if self.needs.groups.needs(Source::Lines) {
            add("churn_lines", self.lines(transactions));
        }
        if let (Some(spec), Some(table)) = (&spec.events, &self.query.tables.events) {
            add("churn_event_rows", self.event_rows(spec, table));
            if self.needs.groups.needs(Source::Events) {
                add("churn_events", self.events(spec));
            }
        }
        if let (Some(spec), Some(table), true) =
            (&spec.offers, &self.query.tables.offers, self.needs.groups.needs(Source::Offers))
        {
            add("churn_offer_rows", self.offer_rows(spec, table));
            let seen = seen("m.t", None);
            add(
                "churn_offers",
                format!("SELECT d.as_of, d.e, m.* FROM churn_offer_rows m JOIN churn_dates d ON {seen}"),
            );
        }
        add("churn_facts", self.facts(transactions));
        all
    }

    fn dialect(&self) -> Dialect {
        self.query.dialect
    }

    /// As-of date, its end `e` and the beginning of the look-back `s` in microseconds, its day `a`, and its place in the year.
    fn dates(&self) -> String {
        let of = |date: &history::Date| {
            let from = self.query.lookback.map_or(i64::MIN / 2, |days| date.plus_days(-days.get()).start().micros());
            let (cosine, sine) = year(*date);
            format!(
                "SELECT DATE '{date}' AS as_of, CAST({} AS BIGINT) AS e, CAST({from} AS BIGINT) AS s, CAST({} AS BIGINT) AS a, {} AS cosine, {} AS sine",
                date.start().micros(),
                date.days(),
                self.dialect().double(&number(cosine)),
                self.dialect().double(&number(sine)),
            )
        };
        self.query.dates.iter().map(of).collect::<Vec<_>>().join("\n  UNION ALL ")
    }

    /// The transactions, row by row.
    fn rows(&self, spec: &TransactionsSpec) -> String {
        let (dialect, table) = (self.dialect(), &self.query.tables.transactions);
        let name = |header: &String| dialect.name(header);
        let history::AmountColumn::Amount(amount) = &spec.amount else { return String::new() };
        let amount = dialect.ten_thousandths(&name(amount));
        let money = |header: &String| dialect.ten_thousandths(&name(header));
        let margin = match &spec.margin {
            None => amount.clone(),
            Some(MarginColumn::Margin(header)) => money(header),
            Some(MarginColumn::Cost(header)) => format!("{amount} - {}", money(header)),
        };
        let zero = || "CAST(0 AS BIGINT)".to_owned();
        let text = |header: Option<&String>| self.text(header);
        let mut columns = vec![
            (dialect.id(&name(&spec.customer_id)), "c"),
            (self.micros(table, &spec.timestamp), "t"),
            (amount, "amount"),
            (spec.discount.as_ref().map_or_else(zero, |header| format!("COALESCE({}, 0)", money(header))), "discount"),
            (margin, "margin"),
            (spec.quantity.as_ref().map_or_else(zero, money), "quantity"),
            (text(spec.channel.as_ref()), "channel"),
            (text(spec.product.as_ref()), "product"),
            (text(spec.category.as_ref()), "category"),
        ];
        if let Some(header) = &spec.order_id {
            columns.push((text(Some(header)), "o"));
        }
        if let Some(header) = &spec.recorded_at {
            columns.push((self.micros(table, header), "r"));
        }
        let rows = format!("SELECT {}\n  FROM {}", named(&columns), table.relation.sql(dialect));
        let mut conditions = Vec::new();
        if spec.returns == Returns::Drop {
            conditions.push("amount >= 0");
        }
        if spec.rules.without_customer == history::WithoutCustomer::Drop {
            conditions.push("c <> ''");
        }
        if conditions.is_empty() {
            return rows;
        }
        format!("SELECT * FROM ({rows}) x\n  WHERE {}", conditions.join(" AND "))
    }

    /// The parts of purchases that were known at each date.
    fn moments(&self, spec: &TransactionsSpec) -> String {
        let signup = self.signup(Source::Moments);
        let recorded = spec.recorded_at.as_ref().map(|_| "m.r");
        format!(
            "SELECT d.as_of, d.e, m.*{} FROM churn_parts m JOIN churn_dates d ON {}{}",
            signup.0,
            seen("m.t", recorded),
            signup.1
        )
    }

    fn lines(&self, spec: &TransactionsSpec) -> String {
        let signup = self.signup(Source::Lines);
        let recorded = spec.recorded_at.as_ref().map(|_| "m.r");
        format!(
            "SELECT d.as_of, d.e, m.*{} FROM churn_rows m JOIN churn_dates d ON m.amount >= 0 AND {}{}",
            signup.0,
            seen("m.t", recorded),
            signup.1
        )
    }

    fn customers(&self, spec: &CustomersSpec, table: &Table) -> String {
        let dialect = self.dialect();
        let day = |header: &Option<String>| {
            header.as_ref().map_or_else(
                || "CAST(NULL AS BIGINT)".to_owned(),
                |header| dialect.days(&dialect.name(header), &table.clock(header, self.zone)),
            )
        };
        let signup = day(&spec.signup_date);
        let mut columns = vec![
            (dialect.id(&dialect.name(&spec.customer_id)), "c".to_owned()),
            (signup.clone(), "signup_day".to_owned()),
            (format!("{signup} * {DAY}"), "signup".to_owned()),
            (day(&spec.contract_end), "contract_end".to_owned()),
        ];
        for (at, attribute) in self.attributes.iter().enumerate() {
            let header = spec.segments.iter().find(|(name, _)| name == attribute).map(|(_, header)| header);
            columns.push((self.text(header), format!("x{at}")));
        }
        format!("SELECT {}\n  FROM {}", named(&columns), table.relation.sql(dialect))
    }

    fn event_rows(&self, spec: &EventsSpec, table: &Table) -> String {
        let dialect = self.dialect();
        let name = |header: &String| dialect.name(header);
        let text = dialect.id(&name(&spec.kind));
        let kinds: Vec<String> =
            EventKind::named().filter_map(EventKind::name).map(|name| dialect.text(name)).collect();
        let kind = format!("CASE WHEN LOWER({text}) IN ({}) THEN LOWER({text}) ELSE {text} END", kinds.join(", "));
        let value = spec.value.as_ref().map_or_else(|| "NULL".to_owned(), name);
        let moment = self.micros(table, &spec.timestamp);
        // A day without a clock is the midnight before any event of that day.
        let resolved = spec.resolved_at.as_ref().map_or_else(
            || "CAST(NULL AS BIGINT)".to_owned(),
            |header| {
                let resolved = self.micros(table, header);
                format!("CASE WHEN {resolved} < {moment} THEN {moment} ELSE {resolved} END")
            },
        );
        let mut columns = vec![
            (dialect.id(&name(&spec.customer_id)), "c"),
            (moment, "t"),
            (kind, "kind"),
            (dialect.double(&value), "value"),
            (self.text(spec.channel.as_ref()), "channel"),
            (resolved, "resolved"),
        ];
        if let Some(header) = &spec.recorded_at {
            columns.push((self.micros(table, header), "r"));
        }
        format!("SELECT {}\n  FROM {}", named(&columns), table.relation.sql(dialect))
    }

    fn events(&self, spec: &EventsSpec) -> String {
        let (dialect, signup) = (self.dialect(), self.signup(Source::Events));
        let mut more = String::new();
        if self.needs.working_days {
            let end = format!("CASE WHEN m.resolved < d.e THEN {} ELSE d.a END", day("m.resolved"));
            more = format!(
                ", {} - {} AS worked",
                working_days(&format!("({end} - 1)")),
                working_days(&format!("({})", day("m.t")))
            );
        }
        let recorded = spec.recorded_at.as_ref().map(|_| "m.r");
        let rows = format!(
            "SELECT d.as_of, d.e, m.*{more}{} FROM churn_event_rows m JOIN churn_dates d ON {}{}",
            signup.0,
            seen("m.t", recorded),
            signup.1
        );
        if self.needs.answers.is_empty() {
            return rows;
        }
        let answers = self.needs.answers.iter().enumerate();
        let next: String = answers.map(|(at, kind)| format!(",\n    {} AS next{at}", next(dialect, kind))).collect();
        format!("SELECT x.*{next}\n  FROM ({rows}) x")
    }

    fn offer_rows(&self, spec: &OffersSpec, table: &Table) -> String {
        let dialect = self.dialect();
        let made = self.micros(table, spec.contacted_at.as_ref().unwrap_or(&spec.timestamp));
        let arm = dialect.id(&dialect.name(&spec.arm));
        let id = dialect.id(&dialect.name(&spec.customer_id));
        format!(
            "SELECT c, t FROM (SELECT {id} AS c, {made} AS t, LOWER({arm}) AS arm FROM {}) x\n  WHERE arm = 'treatment' AND t IS NOT NULL",
            table.relation.sql(dialect)
        )
    }

    /// Days of history `h` that can be seen at each date, and of which kinds of events anything had been recorded.
    fn facts(&self, spec: &TransactionsSpec) -> String {
        let known =
            if spec.recorded_at.is_some() { "GREATEST(m.t, m.r) < d.e AND m.amount >= 0" } else { "m.amount >= 0" };
        let first = "COALESCE(b.first, d.a)";
        let visible = match self.query.lookback {
            None => first.to_owned(),
            Some(days) => format!("GREATEST({first}, d.a - {})", days.get()),
        };
        let mut text = format!("SELECT d.as_of, d.e, d.a - {visible} AS h");
        let kinds = &self.needs.recorded;
        let columns: String = (0..kinds.len()).map(|at| format!(", COALESCE(k.k{at}, 0) AS k{at}")).collect();
        text.push_str(&columns);
        let of_day = day("m.t");
        text.push_str(&format!(
            "\n  FROM churn_dates d\n  LEFT JOIN (SELECT d.as_of, MIN({of_day}) AS first FROM churn_parts m JOIN churn_dates d ON {known} GROUP BY d.as_of) b ON b.as_of = d.as_of"
        ));
        if kinds.is_empty() {
            return text;
        }
        let flag = |(at, kinds): (usize, &Vec<String>)| {
            let is = if kinds.is_empty() { "1 = 1".to_owned() } else { is_of_kinds(self.dialect(), kinds) };
            format!(", MAX(CASE WHEN {is} THEN 1 ELSE 0 END) AS k{at}")
        };
        let flags: String = kinds.iter().enumerate().map(flag).collect();
        let recorded = self.query.spec.events.as_ref().is_some_and(|events| events.recorded_at.is_some());
        let known = if recorded { "GREATEST(m.t, m.r)" } else { "m.t" };
        text.push_str(&format!(
            "\n  LEFT JOIN (SELECT d.as_of{flags} FROM churn_event_rows m JOIN churn_dates d ON {known} < d.e GROUP BY d.as_of) k ON k.as_of = d.as_of"
        ));
        text
    }

    /// The column and the join by which rows of a view know when the customer signed up.
    fn signup(&self, source: Source) -> (&'static str, &'static str) {
        // Purchases are made of moments.
        let wanted = |view: &Source| *view == source || (*view == Source::Purchases && source == Source::Moments);
        if self.needs.signup.iter().any(wanted) && self.query.tables.customers.is_some() {
            (", p.signup", "\n  LEFT JOIN churn_customers p ON p.c = m.c")
        } else {
            (", CAST(NULL AS BIGINT) AS signup", "")
        }
    }

    fn micros(&self, table: &Table, header: &str) -> String {
        self.dialect().micros(&self.dialect().name(header), &table.clock(header, self.zone))
    }

    fn text(&self, header: Option<&String>) -> String {
        let dialect = self.dialect();
        header.map_or_else(
            || format!("CAST(NULL AS {})", dialect.text_type()),
            |header| dialect.trimmed(&dialect.name(header)),
        )
    }
}

/// Rows of one order at one moment are one part of a purchase; without an order, rows of one customer at one moment are,
/// returns apart.
fn parts(spec: &TransactionsSpec) -> String {
    let order = spec.order_id.as_ref().map_or("", |_| ", o");
    let recorded = spec.recorded_at.as_ref().map_or("", |_| ", r");
    let apart = if spec.order_id.is_some() {
        "CASE WHEN o IS NULL AND amount < 0 THEN 1 ELSE 0 END"
    } else {
        "CASE WHEN amount < 0 THEN 1 ELSE 0 END"
    };
    format!(
        "SELECT c, t{order}{recorded}, {}, MIN(channel) AS channel\n  FROM churn_rows GROUP BY c, t{order}{recorded}, {apart}",
        SUMS
    )
}

/// Sums of many BIGINT are of a wider type in some engines.
const SUMS: &str = "CAST(SUM(amount) AS BIGINT) AS amount, CAST(SUM(discount) AS BIGINT) AS discount, CAST(SUM(margin) AS BIGINT) AS margin, CAST(SUM(quantity) AS BIGINT) AS quantity";

/// Purchases at each date: parts of one order are one, at the moment of its first part; with the time since the purchase before.
fn purchases(spec: &TransactionsSpec) -> String {
    let with_gap = |rows: &str| {
        format!("SELECT x.*, t - LAG(t) OVER (PARTITION BY as_of, c ORDER BY t) AS gap\n  FROM ({rows}) x")
    };
    if spec.order_id.is_none() {
        return with_gap("SELECT * FROM churn_moments WHERE amount >= 0");
    }
    // Rows without an order are purchases of their own.
    let (by, alone) = match spec.recorded_at {
        Some(_) => ("t, r", ", CASE WHEN o IS NULL THEN t END, CASE WHEN o IS NULL THEN r END"),
        None => ("t", ", CASE WHEN o IS NULL THEN t END"),
    };
    let first = format!(
        "SELECT m.*, ROW_NUMBER() OVER (PARTITION BY as_of, c, o{alone} ORDER BY {by}) AS part\n    FROM churn_moments m WHERE amount >= 0"
    );
    with_gap(&format!(
        "SELECT as_of, e, c, MIN(t) AS t, {SUMS}, MAX(CASE WHEN part = 1 THEN channel END) AS channel, MAX(signup) AS signup\n   FROM ({first}) y GROUP BY as_of, e, c, o{alone}"
    ))
}

/// The time rule: before the as-of date, within the look-back, and recorded by then.
fn seen(moment: &str, recorded: Option<&str>) -> String {
    let recorded = recorded.map_or_else(String::new, |recorded| format!(" AND {recorded} < d.e"));
    format!("{moment} < d.e AND {moment} >= d.s{recorded}")
}

fn named<T: AsRef<str>>(columns: &[(String, T)]) -> String {
    columns.iter().map(|(value, name)| format!("{value} AS {}", name.as_ref())).collect::<Vec<_>>().join(",\n    ")
}
