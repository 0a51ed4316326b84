//! What the customer spends, on what, and what comes back.

use super::buying::{slope_of_six_months, trend};
use super::feature;
use crate::expression::Expression;
use crate::feature::Family::{Basket, Discounts, Margin, Monetary, Returns, Trend};
use crate::feature::Transform::{Identity, Log1p, SignedLog1p};
use crate::feature::{Feature, Unit};
use crate::measure::Aggregate::{
    Concentration, Count, DaysSinceLast, Distinct, First, Last, Max, Mean, Median, Std, Sum, TopShare,
};
use crate::measure::{Column, Condition, Label, Rows};
use crate::window::Window;
use crate::window::Window::AllTime;

fn spend(window: Window) -> Expression {
    Rows::Spending.get(Sum(Column::Amount), window)
}

fn sales(column: Column, window: Window) -> Expression {
    Rows::Sales.get(Sum(column), window)
}

fn amount_mean() -> Expression {
    Rows::Purchases.get(Mean(Column::Amount), AllTime)
}

fn amount_last() -> Expression {
    Rows::Purchases.get(Last(Column::Amount), AllTime)
}

/// Discounts over the price before them; 0 where that is nothing.
fn discount_share(rows: &Rows, window: Window) -> Expression {
    let discount = rows.clone().get(Sum(Column::Discount), window);
    let amount = rows.clone().get(Sum(Column::Amount), window);
    (discount.clone() / (amount + discount)).or_else(0.0).at_least(0.0).at_most(1.0)
}

pub(super) fn features() -> Vec<Feature> {
    [money(), baskets(), returns_and_discounts(), margins()].into_iter().flatten().collect()
}

fn money() -> Vec<Feature> {
    let total = |name: &str, window: Window, description: &str| {
        feature(name, (Monetary, Unit::Currency, SignedLog1p), spend(window), description)
    };
    let amount = |name: &str, aggregate, description: &str| {
        feature(name, (Monetary, Unit::Currency, Log1p), Rows::Purchases.get(aggregate, AllTime), description)
    };
    vec![
        total("monetary_total", AllTime, "Money spent, returns taken off where the project nets them"),
        amount("monetary_mean", Mean(Column::Amount), "Mean amount of a purchase"),
        amount(
            "monetary_std",
            Std(Column::Amount),
            "Standard deviation of the amounts of purchases; missing below two purchases",
        ),
        amount("monetary_median", Median(Column::Amount), "Median amount of a purchase").described(),
        amount("monetary_max", Max(Column::Amount), "Largest amount of a purchase").described(),
        amount("monetary_last", Last(Column::Amount), "Amount of the last purchase"),
        amount("monetary_first", First(Column::Amount), "Amount of the first purchase").described(),
        feature(
            "last_over_mean",
            (Monetary, Unit::Ratio, Log1p),
            (amount_last() / amount_mean()).or_else(amount_last() * 0.0 + 1.0),
            "Amount of the last purchase over the customer's mean amount; 1 where the mean is nothing",
        ),
        total("spend_30d", Window::last(30), "Money spent in the last 30 days"),
        total("spend_30d_before", Window::before_last(30), "Money spent in the 30 days before the last 30 days"),
        total("spend_90d", Window::last(90), "Money spent in the last 90 days"),
        total("spend_90d_before", Window::before_last(90), "Money spent in the 90 days before the last 90 days"),
        total("spend_365d", Window::last(365), "Money spent in the last 365 days").described(),
        feature(
            "spend_trend_90d",
            (Trend, Unit::Ratio, Identity),
            // Returns can outweigh what was bought in a window; below nothing there is nothing to compare.
            ((amount_mean() + spend(Window::last(90)).at_least(0.0))
                / (amount_mean() + spend(Window::before_last(90)).at_least(0.0)))
            .ln()
            .or_else(amount_mean() * 0.0),
            "Money spent in the last 90 days against the 90 days before, as ln((m + now) / (m + before)) with m the customer's mean amount",
        ),
        feature(
            "spend_slope_180d",
            (Trend, Unit::Currency, SignedLog1p),
            slope_of_six_months(spend),
            "Least-squares slope of the money spent in the last six stretches of 30 days, per stretch",
        )
        .described(),
    ]
}

fn baskets() -> Vec<Feature> {
    let lines = || Rows::Lines.get(Count, AllTime);
    let purchases = || Rows::Purchases.get(Count, AllTime);
    vec![
        feature(
            "quantity_mean",
            (Basket, Unit::Count, Log1p),
            Rows::Purchases.get(Mean(Column::Quantity), AllTime),
            "Mean quantity of a purchase",
        ),
        feature(
            "quantity_last_over_mean",
            (Basket, Unit::Ratio, Log1p),
            Rows::Purchases.get(Last(Column::Quantity), AllTime) / Rows::Purchases.get(Mean(Column::Quantity), AllTime),
            "Quantity of the last purchase over the customer's mean quantity; missing where the mean is nothing",
        )
        .described(),
        feature(
            "lines_per_purchase",
            (Basket, Unit::Ratio, Log1p),
            lines() / purchases(),
            "Lines of the export per purchase",
        ),
        feature(
            "products",
            (Basket, Unit::Count, Log1p),
            Rows::Lines.get(Distinct(Label::Product), AllTime),
            "Number of different products bought",
        ),
        feature(
            "products_trend_90d",
            (Basket, Unit::Ratio, Identity),
            trend(
                Rows::Lines.get(Distinct(Label::Product), Window::last(90)),
                Rows::Lines.get(Distinct(Label::Product), Window::before_last(90)),
            ),
            "Different products in the last 90 days against the 90 days before, as ln((1 + now) / (1 + before))",
        )
        .described(),
        feature(
            "product_top_share",
            (Basket, Unit::Share, Identity),
            Rows::Lines.get(TopShare(Label::Product), AllTime),
            "Share of the lines with a product that are of the one bought most often; missing where none has one",
        )
        .described(),
        feature(
            "categories",
            (Basket, Unit::Count, Log1p),
            Rows::Lines.get(Distinct(Label::Category), AllTime),
            "Number of different categories bought from",
        ),
        feature(
            "categories_90d",
            (Basket, Unit::Count, Log1p),
            Rows::Lines.get(Distinct(Label::Category), Window::last(90)),
            "Number of different categories bought from in the last 90 days",
        )
        .described(),
        feature(
            "category_concentration",
            (Basket, Unit::Share, Identity),
            Rows::Lines.get(Concentration(Label::Category, Column::Amount), AllTime),
            "Herfindahl index of the money spent by category: 1 where one category has everything; missing where nothing was spent",
        ),
    ]
}

fn returns_and_discounts() -> Vec<Feature> {
    let returns = |window| Rows::Returns.get(Count, window);
    let returned = |window| Rows::Returns.get(Sum(Column::Amount), window);
    let discounted = Rows::Sales.get_where(Condition::AtLeast(Column::Discount, 0.000_1), Count, AllTime);
    vec![
        feature("returns_count", (Returns, Unit::Count, Log1p), returns(AllTime), "Number of returns"),
        feature(
            "returns_share",
            (Returns, Unit::Share, Identity),
            (returned(AllTime) / sales(Column::Amount, AllTime)).or_else(0.0),
            "Money returned over money spent before returns; 0 where nothing was spent",
        ),
        feature("returns_90d", (Returns, Unit::Count, Log1p), returns(Window::last(90)), "Returns in the last 90 days")
            .described(),
        feature(
            "days_since_return",
            (Returns, Unit::Days, Log1p),
            Rows::Returns.get(DaysSinceLast, AllTime),
            "Days since the last return; missing without one",
        )
        .described(),
        feature(
            "discount_share",
            (Discounts, Unit::Share, Identity),
            discount_share(&Rows::Sales, AllTime),
            "Discounts over the price before discounts; 0 where there was no price",
        ),
        feature(
            "discount_share_90d",
            (Discounts, Unit::Share, Identity),
            discount_share(&Rows::Sales, Window::last(90)),
            "Discounts over the price before discounts, in the last 90 days; 0 where there was no price",
        )
        .described(),
        feature(
            "discounted_share",
            (Discounts, Unit::Share, Identity),
            discounted / Rows::Sales.get(Count, AllTime),
            "Share of the sales on which a discount was given",
        )
        .described(),
        feature(
            "first_discount_share",
            (Discounts, Unit::Share, Identity),
            (Rows::Purchases.get(First(Column::Discount), AllTime)
                / (Rows::Purchases.get(First(Column::Amount), AllTime)
                    + Rows::Purchases.get(First(Column::Discount), AllTime)))
            .or_else(0.0)
            .at_least(0.0)
            .at_most(1.0),
            "Discount of the first purchase over its price before discounts; 0 where it had no price",
        ),
    ]
}

fn margins() -> Vec<Feature> {
    vec![
        feature(
            "margin_total",
            (Margin, Unit::Currency, SignedLog1p),
            Rows::Spending.get(Sum(Column::Margin), AllTime),
            "Margin earned, that of returns taken off where the project nets them",
        ),
        feature(
            "margin_share",
            (Margin, Unit::Share, Identity),
            sales(Column::Margin, AllTime) / sales(Column::Amount, AllTime),
            "Margin over money spent, without returns; missing where nothing was spent",
        ),
        feature(
            "margin_90d",
            (Margin, Unit::Currency, SignedLog1p),
            Rows::Spending.get(Sum(Column::Margin), Window::last(90)),
            "Margin earned in the last 90 days",
        )
        .described(),
    ]
}
