//! What passes between the company and the customer beside purchases.

use super::buying::{PACE_PRIOR_DAYS, purchases, recency, tenure, trend};
use super::{feature, with_flags};
use crate::expression::Expression;
use crate::feature::Family::{Cadence, Engagement, Neglect, Recency};
use crate::feature::Transform::{Identity, Log1p};
use crate::feature::{Feature, Unit};
use crate::measure::Aggregate::{Count, DaysSinceFirst, DaysSinceLast, NoneAfterSignup, Unanswered};
use crate::measure::Rows;
use crate::window::Window;
use crate::window::Window::AllTime;

/// A quote request that nobody has come back to for so long was forgotten.
const FOLLOW_UP_DAYS: u16 = 7;
/// New customers should have had a call by then.
const FIRST_CALL_DAYS: u16 = 30;

fn events(kinds: &[&str]) -> Rows {
    Rows::Events(kinds.iter().map(|kind| (*kind).to_owned()).collect())
}

fn count(kinds: &[&str], window: Window) -> Expression {
    events(kinds).get(Count, window)
}

pub(super) fn features() -> Vec<Feature> {
    let mut features = Vec::new();
    for (kind, plural, words) in
        [("visit", "visits", "visits"), ("login", "logins", "logins"), ("training", "trainings", "trainings")]
    {
        features.extend(of_kind(kind, plural, words));
    }
    features.extend(e_mails());
    features.extend(contacts());
    features.extend(signs_of_life());
    let never = [
        "days_since_visit",
        "days_since_login",
        "days_since_training",
        "email_open_share_90d",
        "days_since_email_open",
        "days_since_contact",
        "days_since_call",
    ];
    with_flags(features, &never)
}

/// Counts, recency and trend of what the customer does of their own accord.
fn of_kind(kind: &str, plural: &str, words: &str) -> Vec<Feature> {
    let describe = |text: &str| text.replace("{}", words);
    vec![
        feature(
            &format!("{plural}_30d"),
            (Engagement, Unit::Count, Log1p),
            count(&[kind], Window::last(30)),
            &describe("Number of {} in the last 30 days"),
        ),
        feature(
            &format!("{plural}_30d_before"),
            (Engagement, Unit::Count, Log1p),
            count(&[kind], Window::before_last(30)),
            &describe("Number of {} in the 30 days before the last 30 days"),
        )
        .described(),
        feature(
            &format!("{plural}_90d"),
            (Engagement, Unit::Count, Log1p),
            count(&[kind], Window::last(90)),
            &describe("Number of {} in the last 90 days"),
        ),
        feature(
            &format!("days_since_{kind}"),
            (Engagement, Unit::Days, Log1p),
            events(&[kind]).get(DaysSinceLast, AllTime),
            &format!("Days since the last {kind}; missing without one"),
        ),
        feature(
            &format!("{plural}_trend_30d"),
            (Engagement, Unit::Ratio, Identity),
            trend(count(&[kind], Window::last(30)), count(&[kind], Window::before_last(30))),
            &describe(
                "The number of {} in the last 30 days against the 30 days before, as ln((1 + now) / (1 + before))",
            ),
        ),
    ]
}

fn e_mails() -> Vec<Feature> {
    let sent = |window| count(&["email_sent"], window);
    let opened = |window| count(&["email_open"], window);
    let clicked = |window| count(&["email_click"], window);
    let engagement = |name: &str, unit, transform, definition, description: &str| {
        feature(name, (Engagement, unit, transform), definition, description)
    };
    vec![
        engagement("emails_sent_90d", Unit::Count, Log1p, sent(Window::last(90)), "E-mails sent in the last 90 days"),
        engagement(
            "emails_opened_90d",
            Unit::Count,
            Log1p,
            opened(Window::last(90)),
            "E-mails opened in the last 90 days",
        ),
        engagement(
            "emails_clicked_90d",
            Unit::Count,
            Log1p,
            clicked(Window::last(90)),
            "E-mails clicked in the last 90 days",
        ),
        engagement(
            "email_open_share_90d",
            Unit::Share,
            Identity,
            (opened(Window::last(90)) / sent(Window::last(90))).at_most(1.0),
            "Opened over sent e-mails in the last 90 days, at most 1; missing where none was sent",
        ),
        engagement(
            "email_open_trend_90d",
            Unit::Ratio,
            Identity,
            // Fewer opened of as many sent is silence; fewer sent is the company's own doing.
            trend(opened(Window::last(90)), opened(Window::before_last(90)))
                - trend(sent(Window::last(90)), sent(Window::before_last(90))),
            "E-mails opened in the last 90 days against the 90 days before, less the same of e-mails sent, each as ln((1 + now) / (1 + before))",
        ),
        engagement(
            "days_since_email_open",
            Unit::Days,
            Log1p,
            events(&["email_open"]).get(DaysSinceLast, AllTime),
            "Days since an e-mail was last opened; missing where none ever was",
        ),
        engagement(
            "emails_unopened_90d",
            Unit::Count,
            Log1p,
            events(&["email_sent"]).get(Unanswered("email_open".to_owned(), 14), Window::last(90)),
            "E-mails of the last 90 days after which none was opened for 14 days",
        )
        .described(),
    ]
}

/// Silence on all sides at once. Whoever visits the shop has not left it, however long ago the last purchase was; and the more
/// a customer used to be heard of, the more it says when nothing is heard any more.
fn signs_of_life() -> Vec<Feature> {
    // What only a customer who is still there does; a click comes right after its opened e-mail, and is not counted again.
    let signs = ["visit", "login", "training", "email_open", "call", "quote_request"];
    let since_last = || {
        Expression::Smaller(
            Box::new(recency()),
            Box::new(events(&signs).get(DaysSinceLast, AllTime).or_else(recency())),
        )
    };
    let since_first =
        Expression::Larger(Box::new(tenure()), Box::new(events(&signs).get(DaysSinceFirst, AllTime).or_else(tenure())));
    vec![
        feature(
            "days_since_sign_of_life",
            (Recency, Unit::Days, Log1p),
            since_last(),
            "Days since the customer last bought, visited, logged in, was trained, opened an e-mail, called or asked for a quote",
        ),
        feature(
            "expected_signs_since_last",
            (Cadence, Unit::Count, Log1p),
            (purchases(AllTime) + count(&signs, AllTime)) * since_last() / (since_first + PACE_PRIOR_DAYS),
            "Purchases, visits, logins, trainings, opened e-mails, calls and quote requests to be expected since the last of them at the customer's own pace, which is shrunk by 90 days",
        ),
    ]
}

fn contacts() -> Vec<Feature> {
    // Whatever shows that the two have heard of each other.
    let contacts =
        ["visit", "login", "email_open", "email_click", "call", "quote_request", "quote_followup", "training"];
    vec![
        feature(
            "days_since_contact",
            (Neglect, Unit::Days, Log1p),
            events(&contacts).get(DaysSinceLast, AllTime),
            "Days since the last visit, login, call, training, quote or opened e-mail; missing without one",
        ),
        feature(
            "calls_90d",
            (Engagement, Unit::Count, Log1p),
            count(&["call"], Window::last(90)),
            "Calls in the last 90 days",
        ),
        feature(
            "days_since_call",
            (Neglect, Unit::Days, Log1p),
            events(&["call"]).get(DaysSinceLast, AllTime),
            "Days since the last call; missing without one",
        ),
        feature(
            "quote_requests_365d",
            (Engagement, Unit::Count, Log1p),
            count(&["quote_request"], Window::last(365)),
            "Quote requests in the last 365 days",
        ),
        feature(
            "days_since_quote_request",
            (Neglect, Unit::Days, Log1p),
            events(&["quote_request"]).get(DaysSinceLast, AllTime),
            "Days since the last quote request; missing without one",
        )
        .described(),
        feature(
            "days_since_quote_followup",
            (Neglect, Unit::Days, Log1p),
            events(&["quote_followup"]).get(DaysSinceLast, AllTime),
            "Days since a quote request was last followed up; missing where none ever was",
        )
        .described(),
        feature(
            "quotes_without_followup",
            (Neglect, Unit::Count, Log1p),
            events(&["quote_request"]).get(Unanswered("quote_followup".to_owned(), FOLLOW_UP_DAYS), Window::last(365)),
            "Quote requests of the last 365 days that nobody followed up within 7 days",
        ),
        feature(
            "no_first_call",
            (Neglect, Unit::Flag, Identity),
            events(&["call"]).get(NoneAfterSignup(FIRST_CALL_DAYS), AllTime),
            "1 where the customer signed up at least 30 days ago and had no call in the first 30 days; missing where it is not known when they signed up, or was before the first day that can be seen",
        ),
        feature(
            "events_90d",
            (Engagement, Unit::Count, Log1p),
            Rows::Events(Vec::new()).get(Count, Window::last(90)),
            "Events of any type in the last 90 days",
        )
        .described(),
        feature(
            "days_since_event",
            (Engagement, Unit::Days, Log1p),
            Rows::Events(Vec::new()).get(DaysSinceLast, AllTime),
            "Days since the last event of any type; missing without one",
        )
        .described(),
    ]
}
