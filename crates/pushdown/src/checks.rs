//! What must hold of an engine's tables: the embedded engine rejects such rows one by one and says where they are; a statement
//! would take them for something else without a word.

use history::ExportSpec;

use crate::dialect::Dialect;
use crate::query::Query;
use crate::tables::Table;

/// Counts that must be 0, in one pass over a table, and what to say where they are not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// The statement: one row with a whole number for each finding.
    pub sql: String,
    /// What was counted, to stand behind its number: `rows of [transactions] have no customer_id`.
    pub findings: Vec<String>,
}

/// Conditions on the rows of one relation, each with its finding.
struct Counts {
    from: String,
    of: Vec<(String, String)>,
}

impl Counts {
    fn check(self) -> Check {
        let column = |(at, (condition, _)): (usize, &(String, String))| {
            format!("COUNT(CASE WHEN {condition} THEN 1 END) AS n{at}")
        };
        let columns: Vec<String> = self.of.iter().enumerate().map(column).collect();
        Check {
            sql: format!("SELECT {} FROM {}", columns.join(", "), self.from),
            findings: self.of.into_iter().map(|(_, finding)| finding).collect(),
        }
    }
}

/// The checks of a query's tables: empty ids, moments and amounts, amounts that are no numbers, several currencies, customers listed twice, and purchases
/// whose rows name several channels.
#[must_use]
pub fn checks(query: &Query<'_>) -> Vec<Check> {
    let (dialect, spec) = (query.dialect, query.spec);
    let of = |table: &Table| table.relation.sql(dialect);
    let name = |header: &String| dialect.name(header);
    let mut all: Vec<Counts> = Vec::new();
    let mut count =
        |from: String, condition: String, finding: String| match all.iter_mut().find(|counts| counts.from == from) {
            Some(counts) => counts.of.push((condition, finding)),
            None => all.push(Counts { from, of: vec![(condition, finding)] }),
        };
    let transactions = &spec.transactions;
    let from = of(&query.tables.transactions);
    let drops_strangers = transactions.rules.without_customer == history::WithoutCustomer::Drop;
    for (column, header) in required(spec) {
        if column == "customer_id" && drops_strangers {
            continue;
        }
        count(
            from.clone(),
            empty(dialect, &name(header)),
            format!("rows of [transactions] have no {column} ({header})"),
        );
    }
    let numbers = [("discount", transactions.discount.as_ref()), ("quantity", transactions.quantity.as_ref())];
    let amount = match &transactions.amount {
        history::AmountColumn::Amount(header) => Some(header),
        history::AmountColumn::Product { .. } => None,
    };
    for (column, header) in numbers.into_iter().chain([("amount", amount)]) {
        let Some(header) = header else { continue };
        let value = dialect.double(&name(header));
        // Not a number is larger than any number in all three, and equal to itself.
        count(
            from.clone(),
            format!("{value} > 9E13 OR {value} < -9E13"),
            format!("rows of [transactions] have a {column} that is no number, or beyond 90 trillion ({header})"),
        );
    }
    if let Some(header) = &transactions.currency {
        let currency = format!("COALESCE({}, '')", dialect.id(&name(header)));
        match &transactions.expected_currency {
            Some(expected) => count(
                from.clone(),
                format!("{currency} <> {}", dialect.text(expected)),
                format!("rows of [transactions] have another currency than {expected} ({header})"),
            ),
            None => count(
                format!(
                    "(SELECT {currency} AS v FROM {from} CROSS JOIN (SELECT MIN({currency}) AS least FROM {from}) f WHERE {currency} <> f.least GROUP BY {currency}) x"
                ),
                "1 = 1".to_owned(),
                format!("further currencies in [transactions] ({header}): their amounts cannot be added"),
            ),
        }
    }
    if let (Some(channel), Some(order)) = (&transactions.channel, &transactions.order_id) {
        let (id, moment) = (name(&transactions.customer_id), name(&transactions.timestamp));
        let order = dialect.trimmed(&name(order));
        let channel = dialect.trimmed(&name(channel));
        let grouped = format!(
            "(SELECT {id}, {moment}, {order} FROM {from} WHERE {order} IS NOT NULL GROUP BY {id}, {moment}, {order} HAVING COUNT(DISTINCT {channel}) > 1) x"
        );
        count(
            grouped,
            "1 = 1".to_owned(),
            "orders of [transactions] name several channels at one moment: which is theirs is not said".to_owned(),
        );
    }
    if let (Some(customers), Some(table)) = (&spec.customers, &query.tables.customers) {
        let id = dialect.id(&name(&customers.customer_id));
        let from = of(table);
        let twice = format!("(SELECT {id} FROM {from} GROUP BY {id} HAVING COUNT(*) > 1) x");
        count(twice, "1 = 1".to_owned(), "customers are listed more than once in [customers]".to_owned());
    }
    if let (Some(events), Some(table)) = (&spec.events, &query.tables.events) {
        let from = of(table);
        let columns = [("customer_id", &events.customer_id), ("timestamp", &events.timestamp), ("type", &events.kind)];
        for (column, header) in
            columns.into_iter().chain(events.recorded_at.as_ref().map(|header| ("recorded_at", header)))
        {
            count(from.clone(), empty(dialect, &name(header)), format!("rows of [events] have no {column} ({header})"));
        }
        if let Some(value) = &events.value {
            let number = dialect.double(&name(value));
            count(
                from.clone(),
                format!("{number} > 1E300 OR {number} < -1E300"),
                format!("rows of [events] have a value that is no number ({value})"),
            );
        }
    }
    all.into_iter().map(Counts::check).collect()
}

/// Columns of the transactions that must have a value.
fn required(spec: &ExportSpec) -> Vec<(&'static str, &String)> {
    let transactions = &spec.transactions;
    let mut all = vec![("customer_id", &transactions.customer_id), ("timestamp", &transactions.timestamp)];
    if let history::AmountColumn::Amount(header) = &transactions.amount {
        all.push(("amount", header));
    }
    let margin = transactions.margin.as_ref().map(|margin| match margin {
        history::MarginColumn::Margin(header) => ("margin", header),
        history::MarginColumn::Cost(header) => ("cost", header),
    });
    all.extend(margin);
    all.extend(transactions.quantity.as_ref().map(|header| ("quantity", header)));
    all.extend(transactions.recorded_at.as_ref().map(|header| ("recorded_at", header)));
    all
}

fn empty(dialect: Dialect, column: &str) -> String {
    format!("{column} IS NULL OR {} = ''", dialect.id(column))
}
