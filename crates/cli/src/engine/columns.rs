//! The columns that a project maps, with what an engine's types must be for each.

use history::{AmountColumn, CustomersSpec, EventsSpec, MarginColumn, OffersSpec, TransactionsSpec};

type Columns<'a> = Vec<(&'a str, &'a String)>;

fn given<'a>(columns: impl IntoIterator<Item = (&'a str, Option<&'a String>)>) -> Columns<'a> {
    columns.into_iter().filter_map(|(name, header)| Some((name, header?))).collect()
}

pub(super) fn of_transactions(spec: &TransactionsSpec) -> Columns<'_> {
    let amount = match &spec.amount {
        AmountColumn::Amount(header) => Some(header),
        AmountColumn::Product { .. } => None,
    };
    let margin = match &spec.margin {
        Some(MarginColumn::Margin(header)) => ("margin", Some(header)),
        Some(MarginColumn::Cost(header)) => ("cost", Some(header)),
        None => ("margin", None),
    };
    given([
        ("customer_id", Some(&spec.customer_id)),
        ("timestamp", Some(&spec.timestamp)),
        ("amount", amount),
        ("order_id", spec.order_id.as_ref()),
        ("discount", spec.discount.as_ref()),
        margin,
        ("quantity", spec.quantity.as_ref()),
        ("product", spec.product.as_ref()),
        ("category", spec.category.as_ref()),
        ("channel", spec.channel.as_ref()),
        ("recorded_at", spec.recorded_at.as_ref()),
        ("currency", spec.currency.as_ref()),
    ])
}

pub(super) fn of_customers(spec: &CustomersSpec) -> Columns<'_> {
    let always = [
        ("customer_id", Some(&spec.customer_id)),
        ("signup_date", spec.signup_date.as_ref()),
        ("contract_end", spec.contract_end.as_ref()),
        ("contact_allowed", spec.contact_allowed.as_ref()),
    ];
    given(always.into_iter().chain(spec.segments.iter().map(|(name, header)| (name.as_str(), Some(header)))))
}

pub(super) fn of_events(spec: &EventsSpec) -> Columns<'_> {
    given([
        ("customer_id", Some(&spec.customer_id)),
        ("timestamp", Some(&spec.timestamp)),
        ("type", Some(&spec.kind)),
        ("value", spec.value.as_ref()),
        ("channel", spec.channel.as_ref()),
        ("resolved_at", spec.resolved_at.as_ref()),
        ("recorded_at", spec.recorded_at.as_ref()),
    ])
}

pub(super) fn of_offers(spec: &OffersSpec) -> Columns<'_> {
    given([
        ("customer_id", Some(&spec.customer_id)),
        ("timestamp", Some(&spec.timestamp)),
        ("arm", Some(&spec.arm)),
        ("offer", Some(&spec.offer)),
        ("cost", spec.cost.as_ref()),
        ("accepted", spec.accepted.as_ref()),
        ("contacted_at", spec.contacted_at.as_ref()),
    ])
}

/// Whether a type of Spark's fits what a column is for; else what would.
pub(super) fn fits(column: &str, kind: &str) -> Result<(), &'static str> {
    const WHOLE: [&str; 4] = ["tinyint", "smallint", "int", "bigint"];
    let is_number = WHOLE.contains(&kind) || matches!(kind, "float" | "double") || kind.starts_with("decimal");
    let is_moment = matches!(kind, "timestamp" | "timestamp_ntz" | "date");
    let is_text = kind == "string" || kind.starts_with("varchar") || kind.starts_with("char");
    match column {
        "timestamp" | "recorded_at" | "resolved_at" | "contacted_at" | "signup_date" | "contract_end" => {
            if is_moment {
                Ok(())
            } else {
                Err("a timestamp or a date")
            }
        }
        "amount" | "discount" | "margin" | "cost" | "quantity" | "value" => {
            if is_number {
                Ok(())
            } else {
                Err("a number")
            }
        }
        // Floating-point numbers have more than one way to be written as text.
        _ if is_text || WHOLE.contains(&kind) || kind == "boolean" || is_moment => Ok(()),
        _ => Err("text or whole numbers"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_fit_what_columns_are_for() {
        for (column, kind, fit) in [
            ("timestamp", "timestamp_ntz", true),
            ("timestamp", "string", false),
            ("amount", "decimal(18,2)", true),
            ("amount", "string", false),
            ("customer_id", "bigint", true),
            ("customer_id", "double", false),
            ("region", "varchar(20)", true),
        ] {
            assert_eq!(fits(column, kind).is_ok(), fit, "{column} {kind}");
        }
    }
}
