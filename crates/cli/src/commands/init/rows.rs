//! What the rows of the transactions are, as far as it is for the user to say: rows without a customer, negative amounts,
//! cancelled orders.

use std::path::PathBuf;

use history::inspect::{FileLook, OrderLetter, PurchaseLook, look_at_purchases};
use history::{AmountColumn, Encoding, Int96, ReadError, Returns, RowRules, TableSpec, TransactionsSpec};
use jiff::tz::TimeZone;

use super::mapping::{Mapping, NONE};
use super::question::{Answers, Question};
use super::setting::Setting;
use crate::exit::UsageError;

/// Which columns of which files are looked at together, and how they are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) files: Vec<PathBuf>,
    pub(super) customer_id: String,
    pub(super) timestamp: String,
    pub(super) amount: AmountColumn,
    pub(super) order_id: Option<String>,
    pub(super) date_format: Option<String>,
    pub(super) decimal: u8,
    pub(super) encoding: Option<Encoding>,
}

/// The last rows that were looked at: a question more does not change what they say.
#[derive(Debug, Default)]
pub(super) struct Seen(Option<(Wanted, Vec<PurchaseLook>)>);

impl Wanted {
    /// What a mapping says, if the needed columns are settled.
    pub(super) fn of(files: &[FileLook], mapping: &Mapping, date_format: Option<String>, decimal: u8) -> Option<Self> {
        let header = |column: &str| mapping.header(column).map(str::to_owned);
        let amount = match (header("amount"), header("unit_price"), header("quantity")) {
            (Some(amount), _, _) => amount.into(),
            (None, Some(unit_price), Some(quantity)) => AmountColumn::Product { unit_price, quantity },
            _ => return None,
        };
        Some(Self {
            files: files.iter().map(|file| file.path.clone()).collect(),
            encoding: files.first().and_then(|file| file.encoding),
            customer_id: header("customer_id")?,
            timestamp: header("timestamp")?,
            amount,
            order_id: header("order_id"),
            date_format,
            decimal,
        })
    }

    fn spec(&self, path: PathBuf) -> TransactionsSpec {
        TransactionsSpec {
            table: TableSpec {
                date_format: self.date_format.clone(),
                decimal: self.decimal,
                encoding: self.encoding,
                // Which of the two it is changes no count of what cannot be read.
                int96: Some(Int96::Local),
                ..TableSpec::at(path)
            },
            customer_id: self.customer_id.clone(),
            timestamp: self.timestamp.clone(),
            amount: self.amount.clone(),
            order_id: self.order_id.clone(),
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
            rules: RowRules::default(),
        }
    }
}

impl Seen {
    /// What each file says.
    ///
    /// # Errors
    /// One cannot be read.
    pub(super) fn look(&mut self, wanted: &Wanted) -> Result<&[PurchaseLook], ReadError> {
        if self.0.as_ref().is_none_or(|(seen, _)| seen != wanted) {
            let look = |path: &PathBuf| look_at_purchases(&wanted.spec(path.clone()), &TimeZone::UTC);
            let looks = wanted.files.iter().map(look).collect::<Result<_, ReadError>>()?;
            self.0 = Some((wanted.clone(), looks));
        }
        Ok(self.0.as_ref().map(|(_, looks)| looks.as_slice()).unwrap_or_default())
    }
}

/// What becomes of the rows; `None` is a look that could not be taken yet.
#[derive(Debug)]
pub(super) struct Rules {
    pub(super) without_customer: Setting,
    pub(super) returns: Setting,
    pub(super) cancelled_prefix: Setting,
}

/// Rows that may be rejected before a run is refused.
const TOLERATED: f64 = 0.001;

pub(super) fn rules(
    all: Option<&PurchaseLook>,
    answers: &mut Answers,
    notes: &mut Vec<String>,
) -> Result<Rules, UsageError> {
    Ok(Rules {
        without_customer: without_customer(all, answers, notes)?,
        returns: returns(all, answers)?,
        cancelled_prefix: cancelled(all, answers)?,
    })
}

fn without_customer(
    all: Option<&PurchaseLook>,
    answers: &mut Answers,
    notes: &mut Vec<String>,
) -> Result<Setting, UsageError> {
    // Where the id's column is not known yet, its empty cells are not either: they would be rejected, which is loud.
    let Some(all) = all else { return Ok(Setting::absent("not looked at yet")) };
    let (strangers, rows) = (all.without_customer, all.rows);
    if strangers == 0 {
        return Ok(Setting::absent("every row has a customer"));
    }
    if strangers as f64 <= TOLERATED * rows as f64 {
        notes
            .push(format!("{strangers} of {rows} rows have no customer: they are rejected, and listed in rejects.csv"));
        return Ok(Setting::absent("hardly a row is without a customer"));
    }
    let share = 100.0 * strangers as f64 / rows as f64;
    let key = "transactions.without_customer";
    let question = Question::new(
        key,
        format!("{strangers} of {rows} rows ({share:.1} %) have no customer. What becomes of them?"),
    )
    .choice("drop", "they are left out, counted and reported")
    .choice("reject", "they are rejected: above 0.1 % of the rows, every run is refused")
    .suggest("drop");
    Ok(match answers.ask(question)? {
        None => Setting::Open(key.to_owned()),
        Some((answer, by)) => Setting::answered(answer, by),
    })
}

fn returns(all: Option<&PurchaseLook>, answers: &mut Answers) -> Result<Setting, UsageError> {
    let key = "transactions.returns";
    let question = match all {
        Some(all) if all.negative == 0 => return Ok(Setting::absent("no amount is negative")),
        None => "What do negative amounts mean, if there are any?".to_owned(),
        Some(all) => {
            let cancelled = cancelled_letter(all).map_or_else(String::new, |(letter, orders)| {
                format!(", of them {} of orders whose id begins with {letter}", orders.negative)
            });
            format!("{} of {} rows have a negative amount{cancelled}. What do they mean?", all.negative, all.rows)
        }
    };
    let question = Question::new(key, question)
        .choice("net", "returns: they lower what the customer spent")
        .choice("drop", "they are left out")
        .choice("separate", "returns that are counted, but lower no total")
        .suggest("net");
    Ok(match answers.ask(question)? {
        None => Setting::Open(key.to_owned()),
        Some((answer, by)) => Setting::answered(answer, by),
    })
}

/// Orders that look like cancellations: a C before the digits that other ids are.
fn cancelled_letter(all: &PurchaseLook) -> Option<(char, OrderLetter)> {
    // The last one is the Cyrillic letter, which looks the same.
    let letters = ['C', 'c', '\u{421}'];
    let found = letters.iter().find_map(|letter| Some((*letter, *all.lettered_orders.get(letter)?)));
    found.filter(|(_, orders)| orders.rows < all.plain_orders)
}

fn cancelled(all: Option<&PurchaseLook>, answers: &mut Answers) -> Result<Setting, UsageError> {
    let Some((letter, orders)) = all.and_then(cancelled_letter) else {
        return Ok(Setting::absent("no id of an order looks like a cancellation's"));
    };
    if orders.negative == orders.rows {
        return Ok(Setting::absent(format!(
            "the {} rows of orders that begin with {letter} are all negative: returns says what they mean",
            orders.rows
        )));
    }
    let key = "transactions.cancelled_prefix";
    let not_negative = orders.rows - orders.negative;
    let question = Question::new(
        key,
        format!(
            "{} rows are of orders whose id begins with {letter}, and {not_negative} of them are not negative. Are those \
             orders cancellations?",
            orders.rows
        ),
    )
    .choice(letter, "yes: their rows count as returns, whatever their sign")
    .choice(NONE, "no: the sign of the amount says what a row is");
    Ok(match answers.ask(question)? {
        None => Setting::Open(key.to_owned()),
        Some((answer, _)) if answer == NONE => Setting::absent("answered: they are no cancellations"),
        Some((answer, by)) => Setting::answered(answer, by),
    })
}
