//! The words of the retention measures: in English here, in other languages in [`crate::language`].

use crate::data::{FigureName, MeasureName, PeriodKind};
use crate::language::{self, Language, current};
use crate::text::T;

impl MeasureName {
    /// What stands above it.
    pub(crate) fn heading(self) -> &'static str {
        match current() {
            Language::English => self.heading_en(),
            Language::Romanian => language::heading_ro(self),
            Language::Russian => language::heading_ru(self),
        }
    }

    /// How it is computed.
    pub(crate) fn rule(self) -> &'static str {
        match current() {
            Language::English => self.rule_en(),
            Language::Romanian => language::rule_ro(self),
            Language::Russian => language::rule_ru(self),
        }
    }

    const fn heading_en(self) -> &'static str {
        match self {
            Self::ChurnRate => "Churn rate",
            Self::RetentionRate => "Retention rate",
            Self::RevenueLost => "Revenue lost to churn",
            Self::ValueAtRisk => "Value at risk",
            Self::WhatIf => "What more retention would earn",
            Self::LifetimeValue => "Customer lifetime value",
            Self::Acquisition => "Acquisition quality",
            Self::Nps => "Net promoter score",
            Self::Satisfaction => "Satisfaction index",
            Self::ServiceLevel => "Service level",
            Self::Neglect => "At risk by neglect",
            Self::ReasonsForLeaving => "Reasons for leaving",
            Self::Drivers => "What churned customers did or did not do",
            Self::WinBack => "Win-back",
            Self::Groups => "Groups of the last plan",
            Self::OfferEconomics => "What the last plan is expected to earn",
            Self::OfferResponse => "What past offers did to whom",
        }
    }

    const fn rule_en(self) -> &'static str {
        match self {
            Self::ChurnRate => {
                "Customers lost in the period / customers at its start. A customer is who bought within the time that makes one eligible, and is lost when that time has passed without a purchase, or on departure where churn is a departure."
            }
            Self::RetentionRate => "Customers of the period before who bought again / customers of the period before.",
            Self::RevenueLost => {
                "Average monthly spend of a customer x customers at the start x churn rate of the period: what is missing in each month from then on."
            }
            Self::ValueAtRisk => {
                "Churn probability x value if they stay, over the eligible customers. What a customer is worth is taken as given in the interval."
            }
            Self::WhatIf => {
                "Customers x points of retention x profit of a customer who stays, over the horizon. What the points cost is not in it: it is the most that may be spent on them."
            }
            Self::LifetimeValue => {
                "Simple: average order value x orders per year x average margin x average lifetime in years (1 / churn rate of a year). By forecasts: expected margin of the coming three years by a buy-till-you-die model and Gamma-Gamma, discounted, of the customers of today."
            }
            Self::Acquisition => {
                "Of all customers by acquisition channel: churn in the last label window, share of first orders with a discount, and margin so far plus the forecast of the coming three years, beside what they cost to win."
            }
            Self::Nps => "Share of answers 9 and 10 minus share of 0 to 6, in points.",
            Self::Satisfaction => {
                "Mean of ratings after a contact, of reviews and of surveys, from 1 to 5. Below 4.5 is an alert."
            }
            Self::ServiceLevel => {
                "Complaints and tickets that came in during the period: resolved within one working day (three with a third party) / resolved or overdue."
            }
            Self::Neglect => {
                "Eligible customers with a complaint open past its time, a quote request without follow-up for more than 7 days, no first call 30 days after signup, or no contact for more than 90 days."
            }
            Self::ReasonsForLeaving => {
                "Departures by the reason given, voluntary ones first; the value is what these customers brought in the 365 days before they left."
            }
            Self::Drivers => {
                "Customers who churned against those who stayed in the last label window, on what was known before it. Effect sizes are Cohen's h for shares and d for means: about 0.2 is small, 0.8 large. Differences, not causes; of many, one in twenty excludes 0 by chance."
            }
            Self::WinBack => {
                "Lapsed customers: who of them bought again within the period, and what the others may still bring (return probability x value if they return)."
            }
            Self::Groups => {
                "Profitability x churn probability x response to an offer. Let go: no offer pays for itself."
            }
            Self::OfferEconomics => {
                "Uplift x value minus cost, the cost of those who would have stayed included. MPC and EMPC are the profit of a customer of the base where offers go by churn probability alone."
            }
            Self::OfferResponse => {
                "Share retained with the offer minus share retained in the control arm, on rows held out, by tenths of the predicted uplift: the first tenth is the one for whom the offer is predicted to do most."
            }
        }
    }
}

impl FigureName {
    /// What stands above its column.
    pub(crate) fn label(self) -> &'static str {
        match current() {
            Language::English => self.label_en(),
            Language::Romanian => language::figure_ro(self),
            Language::Russian => language::figure_ru(self),
        }
    }

    const fn label_en(self) -> &'static str {
        match self {
            Self::CustomersAtStart => "Customers at the start",
            Self::CustomersLost => "Lost",
            Self::ChurnRate => "Churn rate",
            Self::VoluntaryChurnRate => "Voluntary",
            Self::InvoluntaryChurnRate => "Involuntary",
            Self::CustomersBefore => "Customers of the period before",
            Self::BoughtAgain => "Bought again",
            Self::RetentionRate => "Retention rate",
            Self::MonthlySpend => "Monthly spend of a customer",
            Self::RevenueLost => "Lost a month",
            Self::ExpectedChurners => "Expected churners",
            Self::ValueAtRisk => "Value at risk",
            Self::Retention => "Retention",
            Self::ProfitPerRetained => "Profit of one who stays",
            Self::CustomersKept => "Customers kept more",
            Self::Profit => "Profit",
            Self::Gain => "Gain",
            Self::OrderValue => "Order value",
            Self::OrdersPerYear => "Orders a year",
            Self::Margin => "Margin",
            Self::LifetimeYears => "Lifetime in years",
            Self::SimpleClv => "Simple lifetime value",
            Self::ForecastClv => "Lifetime value by forecasts",
            Self::ExpectedMargin => "Expected margin",
            Self::AcquisitionCost => "Acquisition cost",
            Self::LifetimeValue => "Lifetime value",
            Self::LostSoFar => "No customers any more",
            Self::FirstOrderDiscount => "First order with a discount",
            Self::Nps => "NPS",
            Self::Promoters => "Promoters",
            Self::Passives => "Passives",
            Self::Detractors => "Detractors",
            Self::SatisfactionIndex => "Satisfaction index",
            Self::KeptInTime => "Resolved in time",
            Self::Overdue => "Open past their time",
            Self::NotDue => "Open, in time",
            Self::MedianDays => "Median working days to resolve",
            Self::Customers => "Customers",
            Self::Share => "Share",
            Self::ValueLost => "Value that left",
            Self::Churned => "Churned",
            Self::Stayed => "Stayed",
            Self::Difference => "Difference",
            Self::EffectSize => "Effect size",
            Self::Returned => "Returned",
            Self::ReturnProbability => "Return probability",
            Self::ExpectedReturn => "Expected value",
            Self::Contacted => "To contact",
            Self::HeldOut => "Held out",
            Self::Cost => "Cost",
            Self::ExpectedGain => "Expected gain",
            Self::Mpc => "MPC",
            Self::Empc => "EMPC",
            Self::BreakEvenUplift => "Uplift from which it pays",
            Self::WithOffer => "With the offer",
            Self::Control => "Control",
            Self::PredictedUplift => "Predicted uplift",
            Self::ObservedUplift => "Observed uplift",
            Self::Qini => "Qini",
        }
    }
}

impl PeriodKind {
    /// What stands above the periods of this kind.
    pub(crate) fn heading(self) -> &'static str {
        match self {
            Self::Month => T.period_month,
            Self::Quarter => T.period_quarter,
            Self::Year => T.period_year,
            Self::LabelWindow => T.period_label_window,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_words_of_its_own() {
        for tongue in Language::ALL {
            language::with(tongue, || {
                let mut words: Vec<&str> = FigureName::ALL.iter().map(|figure| figure.label()).collect();
                words.sort_unstable();
                let double: Vec<&[&str]> = words.windows(2).filter(|pair| pair[0] == pair[1]).collect();
                assert!(double.is_empty(), "{tongue:?}: {double:?}");
                for measure in MeasureName::ALL {
                    assert!(measure.rule().ends_with('.') && !measure.heading().ends_with('.'), "{measure:?}");
                }
            });
        }
    }
}
