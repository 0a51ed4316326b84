//! The section `[features]`, accepted and refused, through the one way in.

#![allow(clippy::unwrap_used)]

use feature_engineering::{
    Aggregate, Column, Condition, Expression, Family, Feature, Label, Measure, Rows, Transform, Unit, Use, Window,
};

use super::tests::{LEAST, open, refusal};

/// A project that maps every column.
const FULL: &str = "[transactions]\npath = \"o.csv\"\ncolumns = { discount = \"d\", cost = \"c\", quantity = \"q\", product = \"p\", category = \"k\", channel = \"ch\" }\n\
                    [events]\npath = \"e.csv\"\ncolumns = { value = \"v\", channel = \"ch\", resolved_at = \"r\" }\n";

fn own(lines: &str) -> Vec<Feature> {
    let text = format!("{FULL}[[features.own]]\nname = \"mine\"\n{lines}\n");
    let features = open(&text).unwrap_or_else(|error| panic!("{lines}: {error}")).features;
    assert_eq!(features.own, features.also, "{lines}");
    features.own.iter().map(|feature| feature.as_ref().clone()).collect()
}

fn refused(lines: &str) -> String {
    refusal(&format!("{FULL}[[features.own]]\nname = \"mine\"\n{lines}\n"))
}

fn measure(rows: Rows, filter: Vec<Condition>, window: Window, aggregate: Aggregate) -> Expression {
    Expression::Measure(Measure { rows, filter, window, aggregate })
}

#[test]
fn an_own_feature_is_data_like_those_of_the_catalogue() {
    let [feature] = own(
        "table = \"events\"\ntype = \"webinar\"\naggregate = \"count\"\nwindow = \"90d\"\nwhere = { channel = \" app \" }\ndescription = \"Webinars attended in the last 90 days\"",
    )
    .try_into()
    .unwrap();
    let in_app = Condition::Is(Label::Channel, "app".into());
    let expected = Feature {
        label: String::new(),
        name: "mine".into(),
        family: Family::Own,
        unit: Unit::Count,
        description: "Webinars attended in the last 90 days".into(),
        transform: Transform::Log1p,
        used: Use::Modelled,
        definition: measure(Rows::Events(vec!["webinar".into()]), vec![in_app], Window::last(90), Aggregate::Count),
    };
    assert_eq!(feature, expected);
}

#[test]
fn windows_conditions_and_lists_are_read() {
    let read = own(
        "table = \"purchases\"\naggregate = \"max\"\ncolumn = \"amount\"\nwindow = { from = \"180d\", to = \"90d\" }\n[features.own.where]\nweekend = false\nnot_channel = [\"app\", \"shop\"]\namount_at_least = 50\nmargin_below = 7.5",
    );
    let not = |label, text: &str| Condition::IsNot(label, text.into());
    let filter = vec![
        not(Label::Weekday, "saturday"),
        not(Label::Weekday, "sunday"),
        not(Label::Channel, "app"),
        not(Label::Channel, "shop"),
        Condition::AtLeast(Column::Amount, 50.0),
        Condition::Below(Column::Margin, 7.5),
    ];
    let window = Window::Days { from: 180, to: 90 };
    assert_eq!(read[0].definition, measure(Rows::Purchases, filter, window, Aggregate::Max(Column::Amount)));
    assert_eq!(
        read[0].description,
        "Own feature: max of amount over purchases where its conditions hold, 90 to 180 days ago"
    );
    // Some customers bought nothing of the kind: a model is told so.
    assert_eq!((read.len(), read[1].name.as_str(), read[1].unit), (2, "mine_missing", Unit::Flag));
    assert_eq!(read[1].definition, read[0].definition.clone().missing());

    let [webinars] =
        own("table = \"events\"\ntype = [\"webinar\", \"visit\"]\naggregate = \"count\"\nwindow = \"all\"")
            .try_into()
            .unwrap();
    let kinds = Rows::Events(vec!["webinar".into(), "visit".into()]);
    assert_eq!(webinars.definition, measure(kinds, vec![], Window::AllTime, Aggregate::Count));
    let [weekends] = own("table = \"sales\"\naggregate = \"share\"\nwhere = { weekend = true }").try_into().unwrap();
    let count = |filter| measure(Rows::Sales, filter, Window::AllTime, Aggregate::Count);
    assert_eq!(weekends.definition, count(vec![Condition::Weekend]) / count(vec![]));
    assert_eq!((weekends.unit, weekends.transform), (Unit::Share, Transform::Identity));
}

#[test]
fn units_transforms_and_flags_follow_from_what_is_computed() {
    use Transform::{Identity, Log1p, SignedLog1p};
    use Unit::{Count, Currency, Days, Ratio, Share};
    for (table, aggregate, column, unit, transform, has_flag) in [
        ("purchases", "count", "", Count, Log1p, false),
        ("purchases", "recency", "", Days, Log1p, false),
        ("purchases", "mean", "amount", Currency, Log1p, false),
        ("purchases", "sum", "discount", Currency, SignedLog1p, false),
        ("purchases", "median", "gap", Days, Log1p, true),
        ("purchases", "std", "amount", Currency, Log1p, true),
        ("purchases", "distinct", "day", Count, Log1p, false),
        ("purchases", "top_share", "channel", Share, Identity, true),
        ("sales", "first", "margin", Currency, SignedLog1p, false),
        ("spending", "sum", "amount", Currency, SignedLog1p, false),
        ("returns", "last", "amount", Currency, Log1p, true),
        ("lines", "sum", "quantity", Count, SignedLog1p, false),
        ("lines", "distinct", "product", Count, Log1p, false),
        ("events", "tenure", "", Days, Log1p, true),
        ("events", "min", "value", Ratio, Identity, true),
        ("events", "mean", "days_to_resolve", Days, Log1p, true),
        ("events", "open", "", Count, Log1p, false),
        ("events", "distinct", "type", Count, Log1p, false),
    ] {
        let column = if column.is_empty() { String::new() } else { format!("\ncolumn = \"{column}\"") };
        let lines = format!("table = \"{table}\"\naggregate = \"{aggregate}\"{column}");
        let read = own(&lines);
        assert_eq!((read[0].unit, read[0].transform, read.len() == 2), (unit, transform, has_flag), "{lines}");
    }
    let signed = own("table = \"purchases\"\naggregate = \"count\"\ntransform = \"identity\"");
    assert_eq!(signed[0].transform, Identity);
}

#[test]
fn own_features_are_refused_with_their_place_and_what_was_meant() {
    let count = "table = \"purchases\"\naggregate = \"count\"\n";
    for (lines, expected) in [
        (
            "table = \"purchase\"\naggregate = \"count\"",
            "line 9, column 9: features.own \"mine\": table: expected one of \"purchases\", \"sales\"",
        ),
        ("table = \"purchase\"\naggregate = \"count\"", "found \"purchase\"; did you mean \"purchases\"?"),
        (
            "table = \"purchases\"\naggregate = \"average\"",
            "line 10, column 13: features.own \"mine\": aggregate: expected one of",
        ),
        ("table = \"purchases\"", "missing field `aggregate`"),
        (
            "table = \"purchases\"\naggregate = \"sum\"",
            "aggregate \"sum\": expected a column (amount, discount, margin, quantity, gap), found none",
        ),
        (
            "table = \"purchases\"\naggregate = \"count\"\ncolumn = \"amount\"",
            "aggregate \"count\": expected no column, found \"amount\"",
        ),
        ("table = \"purchases\"\naggregate = \"sum\"\ncolumn = \"value\"", "column: expected one of \"amount\""),
        ("table = \"events\"\naggregate = \"mean\"\ncolumn = \"valu\"", "did you mean \"value\"?"),
        (
            "table = \"purchases\"\naggregate = \"distinct\"\ncolumn = \"product\"",
            "column: expected one of \"channel\", \"day\", found \"product\"",
        ),
        (
            "table = \"purchases\"\ntype = \"visit\"\naggregate = \"count\"",
            "type: belongs to table = \"events\", found table = \"purchases\"",
        ),
        (
            "table = \"events\"\ntype = []\naggregate = \"count\"",
            "type: expected at least one text, found an empty list",
        ),
        ("table = \"events\"\ntype = \" \"\naggregate = \"count\"", "type: expected a text, found nothing"),
        (
            "table = \"events\"\ntype = 3\naggregate = \"count\"",
            "line 10, column 8: invalid type: integer `3`, expected a text or a list of texts",
        ),
        ("table = \"purchases\"\naggregate = \"open\"", "aggregate \"open\": expected table = \"events\""),
        ("table = \"purchases\"\naggregate = \"share\"", "aggregate \"share\": expected a where"),
        (
            &format!("{count}window = \"12w\""),
            "line 11, column 10: features.own \"mine\": window: expected \"all\" or a number of days",
        ),
        (&format!("{count}window = 90"), "expected \"all\", a number of days such as \"90d\", or { from"),
        (
            &format!("{count}window = {{ from = \"90d\", to = \"180d\" }}"),
            "window: expected from to be longer ago than to, found from = \"90d\"",
        ),
        (&format!("{count}window = {{ from = \"90d\" }}"), "missing field `to`"),
        (
            &format!("{count}window = {{ from = \"90\", to = \"0d\" }}"),
            "line 11, column 19: features.own \"mine\": window: expected a number of days",
        ),
        (&format!("{count}window = {{ from = \"9d\", till = \"0d\" }}"), "unknown key \"till\""),
        (&format!("{count}where = {{ chanel = \"app\" }}"), "unknown key \"chanel\"; did you mean \"channel\"?"),
        (&format!("{count}where = {{}}"), "where: expected a condition, found none"),
        (&format!("{count}where = {{ product = \"x\" }}"), "where product: rows of this table have no such column"),
        (
            &format!("{count}where = {{ value_below = 1.0 }}"),
            "where value_below: rows of this table have no such column",
        ),
        (&format!("{count}where = {{ amount_below = nan }}"), "where amount_below: expected a number, found NaN"),
        (&format!("{count}where = {{ gap_below = 3 }}"), "unknown key \"gap_below\""),
        (
            &format!("{count}transform = \"log\""),
            "transform: expected one of \"identity\", \"log1p\", \"signed_log1p\", found \"log\"",
        ),
        (
            "table = \"spending\"\naggregate = \"sum\"\ncolumn = \"amount\"\ntransform = \"log1p\"",
            "transform \"log1p\": expected \"signed_log1p\" or \"identity\"",
        ),
        (&format!("{count}description = \"\""), "description: expected one line"),
        (&format!("{count}description = \"a\\nb\""), "on several lines"),
        (&format!("{count}discription = \"a\""), "unknown key \"discription\"; did you mean \"description\"?"),
    ] {
        let found = refused(lines);
        assert!(found.contains(expected) && found.starts_with("churn.toml: line "), "{lines}: {found}");
    }
}

#[test]
fn names_of_own_features_are_their_own() {
    let text = |name: &str| {
        format!("{LEAST}[[features.own]]\nname = \"{name}\"\ntable = \"purchases\"\naggregate = \"count\"\n")
    };
    assert_eq!(open(&text("webinars_90d")).unwrap().features.own.len(), 1);
    for name in ["", "Webinars", "90d_webinars", "_x", "a-b", "é", &"x".repeat(65)] {
        let found = refusal(&text(name));
        assert!(found.contains("line 4, column 8: features.own: name: expected 1 to 64 of a to z"), "{name}: {found}");
    }
    for name in ["recency_days", "gap_mean"] {
        assert!(refusal(&text(name)).contains("is in the catalogue"), "{name}");
    }
    for name in ["recency", "own", "customer_id", "as_of"] {
        assert!(refusal(&text(name)).contains("has a meaning already"), "{name}");
    }
    let flagged = "table = \"purchases\"\naggregate = \"recency\"\nwindow = \"30d\"\n";
    for (second, found_twice) in [("mine", "mine"), ("mine_missing", "mine_missing")] {
        let text = format!(
            "{LEAST}[[features.own]]\nname = \"mine\"\n{flagged}[[features.own]]\nname = \"{second}\"\n{flagged}"
        );
        let found = refusal(&text);
        let words =
            format!("line 9, column 8: features.own: expected a name of its own, found a second \"{found_twice}\"");
        assert!(found.contains(&words), "{found}");
    }
    let many: String = (0..101)
        .map(|n| format!("[[features.own]]\nname = \"n{n}\"\ntable = \"purchases\"\naggregate = \"count\"\n"))
        .collect();
    assert!(refusal(&format!("{LEAST}{many}")).contains("expected at most 100 features, found 101"));
}

#[test]
fn columns_that_the_project_does_not_map_are_named() {
    let text = |lines: &str| format!("{LEAST}[[features.own]]\nname = \"mine\"\n{lines}\n");
    let events = "[events]\npath = \"e.csv\"\n";
    for (lines, expected) in [
        (
            "table = \"purchases\"\naggregate = \"sum\"\ncolumn = \"discount\"",
            "column \"discount\": expected [transactions] columns that map discount, found none",
        ),
        (
            "table = \"sales\"\naggregate = \"sum\"\ncolumn = \"margin\"",
            "expected [transactions] columns that map margin or cost",
        ),
        (
            "table = \"sales\"\naggregate = \"count\"\nwhere = { quantity_below = 2 }",
            "where quantity_below: expected [transactions] columns that map quantity",
        ),
        (
            "table = \"sales\"\naggregate = \"count\"\nwhere = { channel = \"app\" }",
            "where channel: expected [transactions] columns that map channel",
        ),
        (
            "table = \"lines\"\naggregate = \"count\"",
            "table \"lines\": expected [transactions] columns that map product or category",
        ),
        ("table = \"events\"\naggregate = \"count\"", "table \"events\": expected a section [events]"),
        (
            &format!("table = \"events\"\naggregate = \"mean\"\ncolumn = \"value\"\n{events}"),
            "expected [events] columns that map value",
        ),
        (
            &format!("table = \"events\"\naggregate = \"count\"\nwhere = {{ not_channel = \"app\" }}\n{events}"),
            "where not_channel: expected [events] columns that map channel",
        ),
        (&format!("table = \"events\"\naggregate = \"open\"\n{events}"), "[events] columns that map resolved_at"),
    ] {
        let found = refusal(&text(lines));
        assert!(found.contains(expected), "{lines}: {found}");
    }
    let dropped = "[transactions]\npath = \"o.csv\"\nreturns = \"drop\"\n[[features.own]]\nname = \"mine\"\ntable = \"returns\"\naggregate = \"count\"\n";
    assert!(refusal(dropped).contains("expected [transactions] returns = \"net\" or \"separate\", found \"drop\""));
}

#[test]
fn more_and_fewer_features_of_the_catalogue_can_be_asked_for() {
    let open = |lines: &str| open(&format!("{LEAST}[features]\n{lines}\n"));
    let names = |lines: &str| {
        let features = open(lines).unwrap().features;
        features.also.iter().map(|feature| feature.name.clone()).collect::<Vec<_>>()
    };
    // In the catalogue's order, each once; what models use anyway is not used twice.
    let lines = "also = [\"contract_days_left\", \"gap_median_days\", \"recency_days\", \"gap_median_days\"]";
    assert_eq!(names(lines), ["gap_median_days", "contract_days_left"]);
    assert!(names("also = [\"seasonality\"]").contains(&"season_share".to_owned()));
    assert_eq!(names("also = [\"seasonality\"]\nwithout = [\"season_share\"]").len(), 4);
    let without =
        open("without = [\"weekend_share\", \"seasonality\", \"weekend_share\", \"buy_till_you_die\"]").unwrap();
    assert_eq!(without.features.without, ["buy_till_you_die", "seasonality", "weekend_share"]);
    for (lines, expected) in [
        (
            "also = [\"gap_median_day\"]",
            "line 4, column 9: features.also: expected the name of a feature or of a family, found \"gap_median_day\"; did you mean \"gap_median_days\"?",
        ),
        ("without = [\"season\"]", "features.without: expected the name of a feature or of a family, found \"season\""),
        (
            "also = [\"overdue\"]\nwithout = [\"overdue\"]",
            "line 5, column 12: features.without: \"overdue\" leaves out \"overdue\", which features.also asks for",
        ),
        (
            "also = [\"overdue\"]\nwithout = [\"cadence\"]",
            "features.without: \"cadence\" leaves out \"overdue\", which features.also asks for; expected it in one of them",
        ),
        ("als = []", "unknown key \"als\"; did you mean \"also\"?; known here: also, without, own"),
        ("also = \"overdue\"", "line 4, column 8: invalid type: string \"overdue\", expected a sequence"),
    ] {
        let found = open(lines).unwrap_err();
        assert!(found.contains(expected), "{lines}: {found}");
    }
}

#[test]
fn the_config_hash_follows_the_features_and_not_their_descriptions() {
    let hash = |lines: &str| open(&format!("{LEAST}{lines}")).unwrap().config_hash;
    let own = |rest: &str| {
        hash(&format!("[[features.own]]\nname = \"mine\"\ntable = \"purchases\"\naggregate = \"count\"\n{rest}"))
    };
    let base = hash("");
    assert_eq!(hash("[features]\nalso = [\"recency_days\"]\n"), base);
    assert_eq!(own(""), own("description = \"Another one\"\n"));
    let mut all = [
        base,
        hash("[features]\nalso = [\"overdue\"]\n"),
        hash("[features]\nwithout = [\"recency_days\"]\n"),
        own(""),
        own("window = \"90d\"\n"),
        own("transform = \"identity\"\n"),
    ];
    all.sort();
    assert!(all.windows(2).all(|pair| pair[0] != pair[1]));
}

#[test]
fn the_config_hash_follows_the_levels_that_are_asked_for_and_their_headers() {
    let people = |also: &str, header: &str| {
        let text = format!(
            "{FULL}[customers]\npath = \"c.csv\"\ncolumns = {{ region = \"{header}\", owner = \"o\" }}\n{also}"
        );
        open(&text).unwrap()
    };
    let hash = |also: &str, header: &str| people(also, header).config_hash;
    let usual = hash("", "r");
    assert_eq!(hash("", "other"), usual, "a column that no model uses changes none");
    let region = "[features]\nalso = [\"attribute:region\"]\n";
    assert!(hash(region, "r") != usual && hash(region, "other") != hash(region, "r"));
    let [one, other] =
        ["\"channel_mix\", \"attribute:region\"", "\"attribute:region\", \"channel_mix\", \"channel_mix\""]
            .map(|words| hash(&format!("[features]\nalso = [{words}]\n"), "r"));
    assert!(one == other && one != hash(region, "r"));
    let features = people(region, "r").features;
    let words =
        |sources: &[feature_engineering::LevelSource]| sources.iter().map(ToString::to_string).collect::<Vec<String>>();
    assert_eq!(words(&features.levels), ["attribute:region"]);
    assert_eq!(words(&features.more_levels), ["attribute:owner", "channel_mix"]);
}
