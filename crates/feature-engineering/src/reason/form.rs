//! How a number is told: the form after the colon in `{recency_days:ago}`. A form says how the number is rounded, the
//! language which words stand around it.

/// How a number is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Form {
    /// Days that have passed, as a moment: a purchase 1.9 days ago was made yesterday or the day before.
    Ago,
    /// Days to come, as a moment.
    Ahead,
    /// The same of a negative number of days to come: a moment that has passed.
    Past,
    /// Whole days that have passed, as a duration.
    For,
    /// Days, at least one.
    Days,
    /// A rhythm in days.
    Every,
    /// A whole number.
    Number,
    /// A whole number, or that there are none.
    Count,
    /// How many times.
    Times,
    /// Money, to the cent.
    Money,
    /// A share from 0 to 1, in whole percent.
    Share,
    /// Points of a scale, to a tenth.
    Points,
    /// The same of a loss of points.
    Drop,
    /// Three digits that matter.
    Plain,
    /// Whether it is so: 0 or 1.
    Yes,
    /// A count of purchases.
    Purchases,
    /// A count of visits.
    Visits,
    /// The same, where it is few.
    OnlyVisits,
    /// A count of logins.
    Logins,
    /// The same, where it is few.
    OnlyLogins,
    /// A count of e-mails.
    EMails,
    /// A count of quote requests.
    QuoteRequests,
    /// A count of complaints.
    Complaints,
    /// A count of tickets.
    Tickets,
    /// A mean number of lines, to a tenth.
    Lines,
    /// A count of products.
    Products,
    /// A count of categories.
    Categories,
}

/// Every form with the name it has in templates.
const NAMED: [(Form, &str); 27] = [
    (Form::Ago, "ago"),
    (Form::Ahead, "ahead"),
    (Form::Past, "past"),
    (Form::For, "for"),
    (Form::Days, "days"),
    (Form::Every, "every"),
    (Form::Number, "number"),
    (Form::Count, "count"),
    (Form::Times, "times"),
    (Form::Money, "money"),
    (Form::Share, "share"),
    (Form::Points, "points"),
    (Form::Drop, "drop"),
    (Form::Plain, "plain"),
    (Form::Yes, "yes"),
    (Form::Purchases, "purchases"),
    (Form::Visits, "visits"),
    (Form::OnlyVisits, "only_visits"),
    (Form::Logins, "logins"),
    (Form::OnlyLogins, "only_logins"),
    (Form::EMails, "e_mails"),
    (Form::QuoteRequests, "quote_requests"),
    (Form::Complaints, "complaints"),
    (Form::Tickets, "tickets"),
    (Form::Lines, "lines"),
    (Form::Products, "products"),
    (Form::Categories, "categories"),
];

impl Form {
    /// The form of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        NAMED.iter().find(|(_, of)| *of == name).map(|(form, _)| *form)
    }

    /// The number as it is told; a missing one (NaN) stays missing.
    #[must_use]
    pub fn rounded(self, value: f64) -> f64 {
        // `max` would turn a missing value into a number.
        let least = |value: f64, least: f64| if value < least { least } else { value };
        let rounded = match self {
            Form::Ago | Form::Ahead => least(value.floor(), 0.0),
            Form::Past => least((-value).floor(), 0.0),
            Form::For => least(value.floor(), 1.0),
            Form::Days | Form::Every => least(value.round(), 1.0),
            Form::Money => hundredths(value),
            Form::Share => (100.0 * value).round(),
            Form::Points | Form::Lines => (10.0 * value).round() / 10.0,
            Form::Drop => (-10.0 * value).round() / 10.0,
            Form::Plain => significant(value),
            _ => value.round(),
        };
        // No minus before a zero.
        rounded + 0.0
    }

    /// The digits of a number that has been rounded.
    pub(super) fn digits(self, rounded: f64) -> String {
        match self {
            Form::Money => format!("{rounded:.2}"),
            // The shortest text that reads back as the number: no zeros at the end.
            Form::Points | Form::Drop | Form::Lines | Form::Plain => format!("{rounded}"),
            _ => format!("{rounded:.0}"),
        }
    }
}

fn hundredths(value: f64) -> f64 {
    let hundredths = (100.0 * value).round() / 100.0;
    if hundredths.is_infinite() { value } else { hundredths }
}

/// Whole numbers stay whole; others keep as many decimals as give three digits, at most six.
fn significant(value: f64) -> f64 {
    if !value.is_finite() || value.abs() >= 100.0 {
        return value.round();
    }
    let mut scale = 1.0;
    while scale < 1e6 && (value * scale).abs() < 99.5 {
        scale *= 10.0;
    }
    (value * scale).round() / scale
}

/// A part of a template.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Piece<'a> {
    /// Words, as they stand there.
    Text(&'a str),
    /// The value of a feature, in a form.
    Value(&'a str, Form),
}

/// The parts of a template such as `last bought {recency_days:ago}`. What is no placeholder with a known form is text.
#[must_use]
pub fn pieces(template: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = template;
    while let Some((text, placeholder, after)) = next(rest) {
        if !text.is_empty() {
            pieces.push(Piece::Text(text));
        }
        pieces.push(placeholder);
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    pieces
}

/// The text before the first placeholder, the placeholder, and what follows it.
fn next(template: &str) -> Option<(&str, Piece<'_>, &str)> {
    let (text, rest) = template.split_once('{')?;
    let (inside, after) = rest.split_once('}')?;
    let (feature, form) = inside.split_once(':')?;
    Some((text, Piece::Value(feature, Form::from_name(form)?), after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_taken_apart_and_lose_nothing() {
        assert_eq!(
            pieces("last bought {recency_days:ago}, usually {gap_mean_days:every}"),
            [
                Piece::Text("last bought "),
                Piece::Value("recency_days", Form::Ago),
                Piece::Text(", usually "),
                Piece::Value("gap_mean_days", Form::Every)
            ]
        );
        assert_eq!(pieces("{a:share}"), [Piece::Value("a", Form::Share)]);
        for text in ["{a:no such form} b", "{a}", "a } b { c", "{", "bought only once"] {
            assert_eq!(pieces(text), [Piece::Text(text)]);
        }
        assert!(pieces("").is_empty());
    }

    #[test]
    fn forms_are_found_by_their_names() {
        for (form, name) in NAMED {
            assert_eq!(Form::from_name(name), Some(form));
            assert_eq!(NAMED.iter().filter(|(f, n)| *f == form || *n == name).count(), 1, "{name}");
        }
    }

    #[test]
    fn numbers_are_rounded_as_they_are_told() {
        for (form, value, expected) in [
            (Form::Ago, 143.9, 143.0),
            (Form::Ago, -0.5, 0.0),
            (Form::Past, -12.0, 12.0),
            (Form::For, 0.3, 1.0),
            (Form::Days, 39.6, 40.0),
            (Form::Money, -0.001, 0.0),
            (Form::Money, f64::MAX, f64::MAX),
            (Form::Share, 0.345, 35.0),
            (Form::Share, -0.2, -20.0),
            (Form::Drop, -1.25, 1.3),
            (Form::Plain, 0.012_345, 0.012_3),
            (Form::Plain, 1_234.6, 1_235.0),
            (Form::Plain, 7.0, 7.0),
            (Form::Plain, 12.345, 12.3),
            (Form::Plain, 1e-300, 0.0),
        ] {
            let rounded = form.rounded(value);
            assert_eq!(rounded, expected, "{form:?} of {value}");
            assert!(rounded.is_sign_positive() || expected < 0.0, "{form:?} of {value}");
        }
        for (form, _) in NAMED {
            assert!(form.rounded(f64::NAN).is_nan(), "{form:?}");
        }
    }
}
