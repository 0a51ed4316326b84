//! The project file of a simulated company.

use crate::{Company, Summary};

/// The contents of `churn.toml`, for exports with this file ending. A table without rows is not named: it would be refused.
pub(crate) fn project_file(company: &Company, summary: &Summary, ending: &str) -> String {
    let events = if summary.events > 0 { events(ending) } else { String::new() };
    let offers = offers(company, summary, ending);
    format!(
        r#"# A simulated company: see truth.csv for what models of it should find.
name = "{name}"
timezone = "Europe/Bucharest"
currency = "EUR"

[transactions]
path = "transactions.{ending}"

[transactions.columns]
customer_id = "customer_id"
timestamp = "timestamp"
amount = "amount"
order_id = "order_id"
quantity = "quantity"
discount = "discount"
margin = "margin"
product = "product"
category = "category"
channel = "channel"

[customers]
path = "customers.{ending}"

[customers.columns]
customer_id = "customer_id"
signup_date = "signup_date"
acquisition_channel = "acquisition_channel"
region = "region"
segment = "segment"
preferred_channel = "preferred_channel"
contact_allowed = "contact_allowed"
owner = "owner"

{events}{offers}[churn]
horizon = "{horizon}d"
active_within = "{active_within}d"
complete_through = "{complete_through}"

[report]
segment_by = "acquisition_channel"
"#,
        name = company.name,
        horizon = company.horizon_days,
        active_within = company.active_within_days,
        complete_through = company.complete_through,
    )
}

fn events(ending: &str) -> String {
    format!(
        r#"[events]
path = "events.{ending}"

[events.columns]
customer_id = "customer_id"
timestamp = "timestamp"
type = "type"
value = "value"
channel = "channel"
resolved_at = "resolved_at"

"#
    )
}

/// The past campaigns, where there were any, and what can be offered.
fn offers(company: &Company, summary: &Summary, ending: &str) -> String {
    let table = if summary.offers > 0 {
        format!(
            r#"[offers]
path = "offers.{ending}"

[offers.columns]
customer_id = "customer_id"
timestamp = "timestamp"
offer = "offer"
arm = "arm"
cost = "cost"
accepted = "accepted"
contacted_at = "contacted_at"

"#
        )
    } else {
        String::new()
    };
    let campaigns = &company.campaigns;
    let (units, hundredths) = (campaigns.cost_hundredths / 100, campaigns.cost_hundredths % 100);
    format!("{table}[[offers.catalogue]]\nname = \"{}\"\ncost = {units}.{hundredths:02}\n\n", campaigns.offer)
}
