//! `[transactions]`: what its columns are, and what the project declares about its rows.

use std::ops::Range;
use std::path::Path;

use history::{AmountColumn, MarginColumn, Returns, RowRules, TransactionsSpec, WithoutCustomer};

use super::columns::{Mapping, TRANSACTIONS};
use super::error::{ProjectError, Source};
use super::file::TransactionsSection;
use super::tables::table;
use super::values;

pub(super) fn transactions(
    source: &Source<'_>,
    section: &TransactionsSection,
    span: &Range<usize>,
    folder: &Path,
) -> Result<TransactionsSpec, ProjectError> {
    let (table, mapping) = table(source, &TRANSACTIONS, section.keys(), span, folder)?;
    let margin = match (mapping.optional("margin"), mapping.optional("cost")) {
        (Some(_), Some(_)) => {
            let at = mapping.span_of("cost").unwrap_or(span.clone());
            let message = "[transactions] columns: expected margin or cost, found both; map the one to be used";
            return Err(source.error(&at, message));
        }
        (Some(header), None) => Some(MarginColumn::Margin(header)),
        (None, header) => header.map(MarginColumn::Cost),
    };
    let returns = values::word(source, "transactions.returns", section.returns.as_ref(), &["net", "drop", "separate"])?;
    Ok(TransactionsSpec {
        table,
        customer_id: mapping.required("customer_id"),
        timestamp: mapping.required("timestamp"),
        amount: amount(source, &mapping, span)?,
        order_id: mapping.optional("order_id"),
        discount: mapping.optional("discount"),
        margin,
        quantity: mapping.optional("quantity"),
        product: mapping.optional("product"),
        category: mapping.optional("category"),
        channel: mapping.optional("channel"),
        recorded_at: mapping.optional("recorded_at"),
        currency: mapping.optional("currency"),
        expected_currency: None, // filled in where the project's currency is known
        returns: match returns {
            "drop" => Returns::Drop,
            "separate" => Returns::Separate,
            _ => Returns::Net,
        },
        rules: rules(source, section, &mapping)?,
    })
}

/// The amount's column, or the two whose product it is.
fn amount(source: &Source<'_>, mapping: &Mapping<'_>, span: &Range<usize>) -> Result<AmountColumn, ProjectError> {
    let Some(unit_price) = mapping.optional("unit_price") else { return Ok(mapping.required("amount").into()) };
    let at = mapping.span_of("unit_price").unwrap_or(span.clone());
    if mapping.optional("amount").is_some() {
        let message =
            "[transactions] columns: expected amount or unit_price, found both; an amount needs no unit price";
        return Err(source.error(&at, message));
    }
    let Some(quantity) = mapping.optional("quantity") else {
        let message =
            "[transactions] columns: expected quantity beside unit_price, found none: the amount is their product";
        return Err(source.error(&at, message));
    };
    Ok(AmountColumn::Product { unit_price, quantity })
}

/// What becomes of rows that are no purchases of a customer.
fn rules(source: &Source<'_>, section: &TransactionsSection, mapping: &Mapping<'_>) -> Result<RowRules, ProjectError> {
    let without_customer = values::word(
        source,
        "transactions.without_customer",
        section.without_customer.as_ref(),
        &[WithoutCustomer::Reject.as_str(), WithoutCustomer::Drop.as_str()],
    )?;
    if let Some(given) = &section.cancelled_prefix {
        let error =
            |message: &str| Err(source.error(&given.span(), format!("transactions.cancelled_prefix: {message}")));
        if given.get_ref().trim().is_empty() {
            return error("expected what the ids of cancelled orders begin with, such as \"C\", found nothing");
        }
        if mapping.optional("order_id").is_none() {
            return error("expected order_id among the columns, which tells cancelled orders, found none");
        }
    }
    Ok(RowRules {
        without_customer: match without_customer {
            "drop" => WithoutCustomer::Drop,
            _ => WithoutCustomer::Reject,
        },
        cancelled_prefix: section.cancelled_prefix.as_ref().map(|prefix| prefix.get_ref().trim().to_owned()),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::tests::{LEAST, open, refusal};
    use super::*;

    #[test]
    fn an_amount_may_be_a_product_of_two_columns() {
        let text = format!("{LEAST}columns = {{ unit_price = \"Price\", quantity = \"Pieces\" }}\n");
        let project = open(&text).unwrap();
        let expected = AmountColumn::Product { unit_price: "Price".into(), quantity: "Pieces".into() };
        assert_eq!(project.spec().transactions.amount, expected);
        assert_eq!(project.spec().transactions.quantity.as_deref(), Some("Pieces"));
        assert_ne!(project.config_hash, open(&text.replace("Price", "Net price")).unwrap().config_hash);
        let both = text.replace("{ unit_price", "{ amount = \"Total\", unit_price");
        assert!(
            refusal(&both)
                .contains("line 3, column 31: [transactions] columns: expected amount or unit_price, found both")
        );
        let alone = text.replace(", quantity = \"Pieces\"", "");
        assert!(refusal(&alone).contains("expected quantity beside unit_price, found none"));
    }

    #[test]
    fn rows_that_are_no_purchases_of_a_customer_are_declared() {
        let least = open(LEAST).unwrap();
        assert_eq!(least.spec().transactions.rules, RowRules::default());
        let text = format!(
            "{LEAST}without_customer = \"drop\"\ncancelled_prefix = \"C\"\ncolumns = {{ order_id = \"Invoice\" }}\n"
        );
        let project = open(&text).unwrap();
        let rules = &project.spec().transactions.rules;
        assert_eq!((rules.without_customer, rules.cancelled_prefix.as_deref()), (WithoutCustomer::Drop, Some("C")));
        let mapped = open(&format!("{LEAST}columns = {{ order_id = \"Invoice\" }}\n")).unwrap();
        for less in ["without_customer = \"drop\"\n", "cancelled_prefix = \"C\"\n"] {
            let other = open(&text.replace(less, "")).unwrap();
            assert!(other.config_hash != project.config_hash && other.config_hash != mapped.config_hash, "{less}");
        }
        assert!(
            refusal(&text.replace("drop", "keep")).contains("expected one of \"reject\", \"drop\", found \"keep\"")
        );
        assert!(
            refusal(&text.replace("\"C\"", "\" \"")).contains("expected what the ids of cancelled orders begin with")
        );
        assert!(refusal(&text.replace("order_id", "product")).contains("expected order_id among the columns"));
    }
}
