//! What to read, and how its cells are to be understood. Nothing here is guessed: what is not declared must be in the
//! one form that has a single reading (ISO 8601, a decimal point).

use std::path::PathBuf;

use jiff::tz::TimeZone;

use crate::encoding::Encoding;
use crate::postgres_source::Query;

/// The tables of one company's export.
#[derive(Debug, Clone)]
pub struct ExportSpec {
    /// Zone of timestamps without an offset; timestamps with one are converted to it.
    pub timezone: TimeZone,
    /// The purchases.
    pub transactions: TransactionsSpec,
    /// The customers, where there is such a table.
    pub customers: Option<CustomersSpec>,
    /// What customers did besides buying, where there is such a table.
    pub events: Option<EventsSpec>,
    /// Customers who left, where there is such a table.
    pub departures: Option<DeparturesSpec>,
    /// Offers that were made, and their controls, where there is such a table.
    pub offers: Option<OffersSpec>,
    /// Largest share of a table's rows that may be rejected before the whole export is refused.
    pub max_reject_share: f64,
}

impl ExportSpec {
    /// The same, with this limit to what each packed file may unpack to; see [`TableSpec::max_bytes`].
    #[must_use]
    pub fn with_max_bytes(mut self, max_bytes: Option<u64>) -> Self {
        for table in self.tables_mut() {
            table.max_bytes = max_bytes;
        }
        self
    }

    /// Says what is done with the ids of all tables before they are compared.
    pub fn normalize_ids(&mut self, rules: IdRules) {
        self.tables_mut().for_each(|table| table.ids = rules);
    }

    /// The queries that tables are made of, so that they can be told which server to ask.
    pub fn queries_mut(&mut self) -> impl Iterator<Item = &mut Query> {
        self.tables_mut().filter_map(|table| table.query.as_mut())
    }

    /// The tables that there are: transactions, customers, events, departures, offers.
    pub(crate) fn tables_mut(&mut self) -> impl Iterator<Item = &mut TableSpec> {
        let others = [
            self.customers.as_mut().map(|customers| &mut customers.table),
            self.events.as_mut().map(|events| &mut events.table),
            self.departures.as_mut().map(|departures| &mut departures.table),
            self.offers.as_mut().map(|offers| &mut offers.table),
        ];
        std::iter::once(&mut self.transactions.table).chain(others.into_iter().flatten())
    }
}

/// What timestamps of the Parquet type INT96 are: their writers do not agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Int96 {
    /// Instants in UTC, as Spark and Hive write them.
    Utc,
    /// Wall-clock times, as Impala writes them.
    Local,
}

/// What is done with customers' ids before they are compared, because the project says so. The default is nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct IdRules {
    /// Letters are composed as Unicode's form NFC has them: é as one character and as two is the same.
    pub nfc: bool,
    /// Capital letters become small ones.
    pub lower_case: bool,
    /// Zeros before ids of digits alone are taken away.
    pub without_zeros: bool,
}

impl IdRules {
    /// Whether nothing is done.
    #[must_use]
    pub fn is_none(self) -> bool {
        self == Self::default()
    }
}

/// How the files of one table are laid out.
#[derive(Debug, Clone)]
pub struct TableSpec {
    /// The file: `.csv`, `.tsv`, `.txt`, `.ndjson` or `.jsonl`, each also with `.gz` or `.zst` behind it, or `.parquet`; or a
    /// pattern for many files: in the last part of the path `*` stands for any text and `?` for any one character. Of a
    /// query, its name for messages.
    pub path: PathBuf,
    /// The query whose rows are the table, where it is no file.
    pub query: Option<Query>,
    /// `strptime` format of dates and timestamps; ISO 8601 where none is given.
    pub date_format: Option<String>,
    /// The decimal sign, `.` or `,`. Numbers of NDJSON and Parquet have their own.
    pub decimal: u8,
    /// The sign between groups of three digits, in amounts, quantities and numbers of texts; none where it is not declared. A
    /// blank stands for no-break ones as well.
    pub thousands: Option<char>,
    /// What is done with ids before they are compared.
    pub ids: IdRules,
    /// The file that says what was delivered, where there is one: empty, lines of `sha256sum`, or JSON with a list `files` of
    /// objects with `name`, and `rows`, `bytes` and `sha256` as they are known.
    pub manifest: Option<PathBuf>,
    /// The encoding of text files. Where none is declared it is UTF-8, or UTF-16 with a byte order mark, and rows with other
    /// bytes are rejected; where one is declared, bytes that it does not know are an error.
    pub encoding: Option<Encoding>,
    /// Lines above the header of a text file.
    pub skip_rows: u64,
    /// The delimiter of CSV, where it is not to be proven by the header.
    pub delimiter: Option<u8>,
    /// What timestamps of the Parquet type INT96 are. The files don't say, so where nothing is declared they are refused.
    pub int96: Option<Int96>,
    /// The most bytes that a packed file may unpack to, or the wanted columns of a Parquet file. Where there is no such
    /// limit, a file that unpacks to far more than exports do is refused.
    pub max_bytes: Option<u64>,
}

impl TableSpec {
    /// The files at this path, laid out in the way that needs no declaration.
    #[must_use]
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            query: None,
            date_format: None,
            decimal: b'.',
            thousands: None,
            ids: IdRules::default(),
            manifest: None,
            encoding: None,
            skip_rows: 0,
            delimiter: None,
            int96: None,
            max_bytes: None,
        }
    }
}

impl TableSpec {
    /// The rows of a query, as the table of this name in the project file.
    #[must_use]
    pub fn of_query(table: &str, query: Query) -> Self {
        Self { query: Some(query), ..Self::at(format!("query of [{table}]")) }
    }
}

/// The transactions table and the headers of its columns.
#[derive(Debug, Clone)]
pub struct TransactionsSpec {
    /// Its file.
    pub table: TableSpec,
    /// Header of the customer's id.
    pub customer_id: String,
    /// Header of the moment of purchase.
    pub timestamp: String,
    /// Where the amount comes from; negative amounts are returns.
    pub amount: AmountColumn,
    /// Header of the order's id: rows of one order count as one purchase.
    pub order_id: Option<String>,
    /// Header of the discount given on the row, as a positive amount of money.
    pub discount: Option<String>,
    /// Header of the margin, or of the cost that leaves it.
    pub margin: Option<MarginColumn>,
    /// Header of the quantity: pieces, kilograms, hours.
    pub quantity: Option<String>,
    /// Header of the product's id or name.
    pub product: Option<String>,
    /// Header of the product's category.
    pub category: Option<String>,
    /// Header of the channel through which the purchase came.
    pub channel: Option<String>,
    /// Header of the moment the row entered the source system.
    pub recorded_at: Option<String>,
    /// Header of the currency; more than one currency in a file is refused.
    pub currency: Option<String>,
    /// The project's currency; another one in that column is refused.
    pub expected_currency: Option<String>,
    /// What negative amounts mean.
    pub returns: Returns,
    /// What is done with rows that are no purchases of a customer.
    pub rules: RowRules,
}

/// Where the amount of a row comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AmountColumn {
    /// A column with the amount itself.
    Amount(String),
    /// Two columns, the unit price and the quantity: the amount is their exact product, rounded once, half away from zero,
    /// to ten-thousandths.
    Product {
        /// Header of the price of one piece.
        unit_price: String,
        /// Header of the number of pieces; negative for what was returned.
        quantity: String,
    },
}

impl From<&str> for AmountColumn {
    fn from(header: &str) -> Self {
        AmountColumn::Amount(header.to_owned())
    }
}

impl From<String> for AmountColumn {
    fn from(header: String) -> Self {
        AmountColumn::Amount(header)
    }
}

/// What the project declares about rows that are no purchases of a customer. The default declares nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RowRules {
    /// What becomes of rows whose customer id is empty.
    pub without_customer: WithoutCustomer,
    /// Orders whose id begins with this are cancellations: their rows count as returns, also where the amount stands
    /// without a minus sign; rows of amount zero are left out. Capital and small letters differ.
    pub cancelled_prefix: Option<String>,
}

/// What becomes of rows whose customer id is empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WithoutCustomer {
    /// They are rejected, as other rows that cannot be read.
    #[default]
    Reject,
    /// They are left out and counted: purchases of people whom nobody knows say nothing about customers.
    Drop,
}

impl WithoutCustomer {
    /// The word that stands for this in files: `reject` or `drop`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            WithoutCustomer::Reject => "reject",
            WithoutCustomer::Drop => "drop",
        }
    }
}

/// Where the margin of a row comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MarginColumn {
    /// A column with the margin itself.
    Margin(String),
    /// A column with the cost; the margin is the amount less the cost.
    Cost(String),
}

/// What rows with a negative amount mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Returns {
    /// They lower what the customer spent.
    Net,
    /// They are left out altogether.
    Drop,
    /// They are counted as returns and lower no total.
    Separate,
}

impl Returns {
    /// The word that stands for this meaning in files: `net`, `drop` or `separate`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Returns::Net => "net",
            Returns::Drop => "drop",
            Returns::Separate => "separate",
        }
    }
}

/// The customers table and the headers of its columns.
#[derive(Debug, Clone)]
pub struct CustomersSpec {
    /// Its file.
    pub table: TableSpec,
    /// Header of the customer's id.
    pub customer_id: String,
    /// Header of the day the customer signed up.
    pub signup_date: Option<String>,
    /// Header of the day the customer's contract ends.
    pub contract_end: Option<String>,
    /// Header of whether the customer may be contacted: yes, no, true, false, 1 or 0.
    pub contact_allowed: Option<String>,
    /// Text columns by which customers can be grouped: name in the project, header in the file.
    pub segments: Vec<(String, String)>,
}

/// The events table and the headers of its columns.
#[derive(Debug, Clone)]
pub struct EventsSpec {
    /// Its file.
    pub table: TableSpec,
    /// Header of the customer's id.
    pub customer_id: String,
    /// Header of the moment of the event.
    pub timestamp: String,
    /// Header of the type; see [`crate::EventKind`].
    pub kind: String,
    /// Header of a number that comes with the event: a rating, a duration.
    pub value: Option<String>,
    /// Header of the channel.
    pub channel: Option<String>,
    /// Header of the moment at which it was resolved; an empty cell is open.
    pub resolved_at: Option<String>,
    /// Header of the moment the row entered the source system.
    pub recorded_at: Option<String>,
}

/// The departures table and the headers of its columns.
#[derive(Debug, Clone)]
pub struct DeparturesSpec {
    /// Its file.
    pub table: TableSpec,
    /// Header of the customer's id.
    pub customer_id: String,
    /// Header of the moment of leaving.
    pub timestamp: String,
    /// Header of the kind: voluntary or involuntary.
    pub kind: String,
    /// Header of the reason; see [`crate::DepartureReason`]. An empty cell is no reason.
    pub reason: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_meaning_of_returns_has_its_word() {
        assert_eq!([Returns::Net, Returns::Drop, Returns::Separate].map(Returns::as_str), ["net", "drop", "separate"]);
    }
}

/// The offers table and the headers of its columns.
#[derive(Debug, Clone)]
pub struct OffersSpec {
    /// Its file.
    pub table: TableSpec,
    /// Header of the customer's id.
    pub customer_id: String,
    /// Header of the moment at which the lot was drawn, or the offer made.
    pub timestamp: String,
    /// Header of the offer's name; of controls an empty cell is one of every offer of that day.
    pub offer: String,
    /// Header of the arm: treatment or control.
    pub arm: String,
    /// Header of what the offer cost.
    pub cost: Option<String>,
    /// Header of the moment at which it was accepted; an empty cell was not.
    pub accepted: Option<String>,
    /// Header of the moment at which the customer was contacted; an empty cell was not.
    pub contacted_at: Option<String>,
}
