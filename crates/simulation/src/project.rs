//! The project file of a simulated company.

use crate::Company;

/// The contents of `churn.toml`, for exports with this file ending.
pub(crate) fn project_file(company: &Company, ending: &str) -> String {
    format!(
        r#"# A simulated company: see truth.csv for what models of it should find.
name = "{name}"
timezone = "Europe/Bucharest"
currency = "EUR"

[transactions]
path = "transactions.{ending}"
columns = {{ customer_id = "customer_id", timestamp = "timestamp", amount = "amount", order_id = "order_id", discount = "discount", margin = "margin" }}

[customers]
path = "customers.{ending}"
columns = {{ customer_id = "customer_id", signup_date = "signup_date", acquisition_channel = "acquisition_channel", region = "region", segment = "segment" }}

# Also here: events.{ending} and offers.{ending}, which this version does not read yet.

[churn]
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
