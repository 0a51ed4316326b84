//! What is told of events, satisfaction, neglect and contracts.

use super::*;

#[test]
fn visits_and_logins_are_told_where_they_grow_rare() {
    let all = |now, before, quarter, since| {
        [("visits_30d", now), ("visits_30d_before", before), ("visits_90d", quarter), ("days_since_visit", since)]
    };
    let visits = |values: [(&'static str, f64); 4]| {
        tell(Group::Visits, &values, &[], &[("visits_90d", 5.0), ("days_since_visit", 33.0)])
    };
    let say = |text: &str| Some(text.to_owned());
    assert_eq!(visits(all(0.0, 6.0, 8.0, 45.2)), say("no visit in the last 30 days, 6 in the 30 days before"));
    assert_eq!(visits(all(1.0, 2.0, 8.0, 3.0)), say("1 visit in the last 30 days, 2 in the 30 days before"));
    assert_eq!(visits(all(0.0, 0.0, 1.0, 75.9)), say("no visit for 75 days"));
    assert_eq!(visits(all(1.0, 1.0, 2.0, 9.0)), say("only 2 visits in the last 90 days"));
    assert_eq!(visits(all(0.0, 0.0, 0.0, NAN)), say("no visit in the last 90 days"));
    assert_eq!(visits(all(4.0, 4.0, 12.0, 2.0)), None);
    told_of(
        Group::Logins,
        &[("logins_30d", 2.0), ("logins_30d_before", 9.0)],
        &[],
        "2 logins in the last 30 days, 9 in the 30 days before",
    );
    let average: Values = &[("days_since_login", 12.0)];
    told_of(Group::Logins, &[("days_since_login", 31.0)], average, "no login for 31 days");
    told_of(Group::Logins, &[("days_since_login", 29.0)], average, None);
    told_of(Group::Logins, &[("days_since_login", 31.0)], &[("days_since_login", 50.0)], None);
    told_of(Group::Training, &[("days_since_training", NAN)], &[], "no training on record");
    told_of(
        Group::Training,
        &[("days_since_training", 200.5)],
        &[("days_since_training", 60.0)],
        "last training 200 days ago",
    );
    told_of(Group::Training, &[("days_since_training", 20.0)], &[("days_since_training", 60.0)], None);
}

#[test]
fn e_mails_are_told_where_they_stay_unopened_or_are_not_sent() {
    let all = |sent, opened, clicked, since| {
        [
            ("emails_sent_90d", sent),
            ("emails_opened_90d", opened),
            ("emails_clicked_90d", clicked),
            ("email_open_share_90d", opened / sent),
            ("days_since_email_open", since),
        ]
    };
    const AVERAGE: Values = &[
        ("emails_sent_90d", 6.0),
        ("email_open_share_90d", 0.4),
        ("emails_clicked_90d", 1.2),
        ("days_since_email_open", 40.0),
    ];
    let e_mails = |values: [(&'static str, f64); 5]| tell(Group::EMails, &values, &[], AVERAGE);
    let say = |text: &str| Some(text.to_owned());
    assert_eq!(e_mails(all(7.0, 0.0, 0.0, 100.0)), say("opened none of 7 e-mails in the last 90 days"));
    assert_eq!(e_mails(all(8.0, 2.0, 1.0, 30.0)), say("opened 2 of 8 e-mails in the last 90 days"));
    assert_eq!(e_mails(all(0.0, 0.0, 0.0, 120.4)), say("no e-mail sent in the last 90 days"));
    assert_eq!(e_mails(all(1.0, 0.0, 0.0, 120.4)), say("no e-mail opened for 120 days"));
    assert_eq!(e_mails(all(1.0, 0.0, 0.0, NAN)), None);
    assert_eq!(e_mails(all(8.0, 6.0, 0.0, 3.0)), say("opened 6 e-mails in the last 90 days, clicked on none"));
    assert_eq!(e_mails(all(8.0, 6.0, 3.0, 3.0)), None);
}

#[test]
fn engagement_of_other_kinds_is_told_where_it_is_little() {
    let average: Values = &[("quote_requests_365d", 2.2), ("days_since_event", 20.0)];
    let quotes = |n: f64| tell(Group::Engagement, &[("quote_requests_365d", n)], &[], average);
    assert_eq!(quotes(0.0).as_deref(), Some("no quote request in the last 365 days"));
    assert_eq!(quotes(1.0).as_deref(), Some("only 1 quote request in the last 365 days"));
    assert_eq!(quotes(3.0), None);
    told_of(Group::Engagement, &[("days_since_event", 120.9)], average, "no event of any kind for 120 days");
    told_of(Group::Engagement, &[("days_since_event", 12.0)], average, None);
}

#[test]
fn service_is_told_by_what_is_open_before_what_is_over() {
    let average: Values = &[("days_to_resolve", 2.0), ("tickets_365d", 1.5), ("tickets_90d", 0.5)];
    told_of(Group::Service, &[("complaints_open", 2.0), ("tickets_open", 1.0)], average, "2 complaints open");
    told_of(Group::Service, &[("complaints_open", 0.0), ("tickets_open", 1.0)], average, "1 ticket open");
    told_of(
        Group::Service,
        &[("complaints_open", 0.0), ("promises_broken", 1.0)],
        average,
        "waited longer than promised once in the last 365 days",
    );
    told_of(Group::Service, &[("days_to_resolve", 6.2)], average, "waited 6 days for a solution on average");
    told_of(Group::Service, &[("days_to_resolve", 1.2)], average, None);
    told_of(Group::Service, &[("complaints_90d", 1.0)], average, "1 complaint in the last 90 days");
    told_of(
        Group::Service,
        &[("complaints_90d", 0.0), ("complaints_365d", 4.0)],
        average,
        "4 complaints in the last 365 days",
    );
    told_of(Group::Service, &[("tickets_365d", 3.0)], average, "3 tickets in the last 365 days");
    let content: Values = &[
        ("complaints_open", 0.0),
        ("tickets_open", 0.0),
        ("promises_broken", 0.0),
        ("days_to_resolve", NAN),
        ("complaints_90d", 0.0),
        ("complaints_365d", 0.0),
        ("tickets_90d", 0.0),
        ("tickets_365d", 1.0),
    ];
    told_of(Group::Service, content, average, None);
}

#[test]
fn satisfaction_is_told_where_it_is_low_or_fell() {
    let average: Values = &[("satisfaction_index", 4.2)];
    told_of(Group::Satisfaction, &[("nps_last", 3.0)], average, "rated 3 of 10 when asked last");
    told_of(Group::Satisfaction, &[("nps_last", 9.0), ("nps_trend", 0.5)], average, None);
    told_of(Group::Satisfaction, &[("nps_last", NAN), ("nps_trend", NAN)], average, None);
    told_of(
        Group::Satisfaction,
        &[("nps_last", 7.0), ("nps_trend", -1.5)],
        average,
        "rated 7 of 10 when asked last, 1.5 less than on average",
    );
    told_of(Group::Satisfaction, &[("csat_last", 2.0)], average, "rated the last contact 2 of 5");
    told_of(
        Group::Satisfaction,
        &[("csat_last", 4.0), ("low_ratings_365d", 2.0)],
        average,
        "rated 1 or 2 of 5 2 times in the last 365 days",
    );
    told_of(
        Group::Satisfaction,
        &[("satisfaction_index", 3.46)],
        average,
        "ratings of 3.5 of 5 on average in the last 365 days",
    );
    told_of(Group::Satisfaction, &[("satisfaction_index", 4.6)], &[("satisfaction_index", 4.8)], None);
}

#[test]
fn neglect_is_told_by_what_is_still_to_be_done() {
    let quote = |request, followup| {
        tell(
            Group::Neglect,
            &[
                ("days_since_quote_request", request),
                ("days_since_quote_followup", followup),
                ("quotes_without_followup", 0.0),
            ],
            &[],
            &[],
        )
    };
    let unanswered = Some("quote request of 12 days ago without an answer".to_owned());
    assert_eq!(quote(12.3, NAN), unanswered);
    assert_eq!(quote(12.3, 80.0), unanswered);
    for (request, followup) in [(12.3, 4.0), (3.0, NAN), (NAN, NAN), (200.0, NAN)] {
        assert_eq!(quote(request, followup), None, "{request} {followup}");
    }
    told_of(
        Group::Neglect,
        &[("quotes_without_followup", 2.0)],
        &[],
        "2 quote requests of the last 365 days not answered within 7 days",
    );
    told_of(Group::Neglect, &[("no_first_call", 1.0)], &[], "no call in the first 30 days");
    for value in [0.0, NAN] {
        assert_eq!(tell(Group::Neglect, &[("no_first_call", value)], &[], &[]), None);
    }
    let average: Values = &[("days_since_call", 60.0), ("days_since_contact", 10.0)];
    told_of(Group::Neglect, &[("days_since_call", 90.5)], average, "no call for 90 days");
    told_of(Group::Neglect, &[("days_since_call", 50.0)], average, None);
    told_of(Group::Neglect, &[("days_since_contact", 45.0)], average, "no contact for 45 days");
    told_of(Group::Neglect, &[("days_since_contact", 20.0)], average, None);
    told_of(Group::Neglect, &[("days_since_contact", NAN)], average, "no contact on record");
}

#[test]
fn contracts_are_told_near_their_end() {
    let days_left = |days: f64| tell(Group::Contract, &[("contract_days_left", days)], &[], &[]);
    assert_eq!(days_left(20.0).as_deref(), Some("contract ends in 20 days"));
    assert_eq!(days_left(0.0).as_deref(), Some("contract ends today"));
    assert_eq!(days_left(-12.0).as_deref(), Some("contract ended 12 days ago"));
    assert_eq!(days_left(90.0), None);
    assert_eq!(days_left(NAN), None);
    told_of(Group::Contract, &[("renewals", 0.0)], &[("renewals", 1.2)], "no renewal on record");
    told_of(Group::Contract, &[("renewals", 2.0)], &[("renewals", 1.2)], None);
    told_of(
        Group::Contract,
        &[("days_since_renewal", 340.0)],
        &[("days_since_renewal", 200.0)],
        "last renewal 340 days ago",
    );
}
