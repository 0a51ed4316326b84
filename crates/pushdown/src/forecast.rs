//! Forecasts of buy-till-you-die models: the probability of being alive, and the logit of silence.
//!
//! With the odds `o` of having left and the probability `q` of silence if alive, the logit of no purchase is
//! `ln(o + q) - ln(1 - q)` (feature-engineering, `logit_no_purchase`). BG/NBD and MBG/NBD have both in closed form. Pareto/NBD has
//! integrals, which feature-engineering takes by Gauss-Legendre quadrature with as many panels as each needs; here they are a sum of
//! [`PANELS`] panels for everybody, cut where what is left is below 1e-17: the same to 1e-12.

use feature_engineering::btyd::{Kind, gauss_legendre};
use feature_engineering::{Fitted, Forecast, LARGEST_LOGIT};

use crate::dialect::number;

/// Odds whose logarithm is larger are no nearer to certainty.
const LARGEST_EXPONENT: f64 = 700.0;
/// Panels of sixteen nodes each.
const PANELS: usize = 5;
/// Newton steps towards the end.
const STEPS: usize = 3;
/// The integral ends where its logarithm has fallen by so much.
const FALL: f64 = 40.0;

/// A forecast, as columns that are added to the customers step by step.
#[derive(Debug)]
pub(crate) struct Steps {
    /// For each step the expressions and the names of its columns; each may use those of the steps before.
    pub(crate) columns: Vec<Vec<(String, String)>>,
}

/// The steps that end with the column `value`, from the columns of the days with a purchase, and of the days since the first and
/// the last purchase.
///
/// # Errors
/// The forecast is a sum without an end.
pub(crate) fn steps(fitted: &Fitted, value: &str, [days, first, last]: [&str; 3]) -> Result<Steps, String> {
    let horizon = match fitted.forecast() {
        Forecast::Alive => None,
        Forecast::Silence(days) => Some(f64::from(days)),
        Forecast::SilenceAfter { .. } | Forecast::Purchases(_) | Forecast::Spend(_) => {
            return Err(
                "the forecast is a series without a closed form: score with the embedded engine, or do without it"
                    .to_owned(),
            );
        }
    };
    let parameters: Vec<f64> = fitted.model().parameters().iter().map(|(_, value)| value).collect();
    let Ok([r, alpha, third, fourth]) = <[f64; 4]>::try_from(parameters) else {
        return Err("expected a model of four parameters".to_owned());
    };
    let name = |of: &str| format!("{value}_{of}");
    let (repeat, age, silent) = (name("x"), name("age"), name("silent"));
    // Purchases are counted by the day, as the model was fitted: midnights between the days.
    let mut columns = vec![vec![
        (format!("{days} - 1E0"), repeat.clone()),
        (format!("CAST(CEIL({first}) AS BIGINT) * 1E0"), age.clone()),
        (format!("CAST(CEIL({last}) AS BIGINT) * 1E0"), silent.clone()),
    ]];
    let shape = format!("({} + {repeat})", number(r));
    let (odds, quiet) = (name("odds"), name("quiet"));
    match fitted.model().kind() {
        Kind::ParetoNbd => {
            let (s, beta) = (third, fourth);
            let then = format!("({age} - {silent})");
            let past = Stretch { of: name("p"), length: silent.clone(), from: then };
            let ahead = horizon.map(|days| Stretch { of: name("q"), length: number(days), from: age.clone() });
            let all: Vec<&Stretch> = std::iter::once(&past).chain(&ahead).collect();
            let each =
                |of: &dyn Fn(&Stretch) -> Vec<(String, String)>| all.iter().flat_map(|s| of(s)).collect::<Vec<_>>();
            columns.push(each(&|stretch| stretch.rates(alpha, beta)));
            columns.push(each(&|stretch| stretch.bends(&shape, s)));
            columns.push(each(&|stretch| stretch.first_end()));
            for step in 1..=STEPS {
                columns.push(each(&|stretch| stretch.nearer_end(step)));
            }
            let mut last = vec![(past.left(s, true), odds.clone())];
            last.extend(
                ahead.iter().map(|ahead| {
                    (format!("EXP({}) + {}", ahead.column("stayed"), ahead.left(s, false)), quiet.clone())
                }),
            );
            columns.push(last);
        }
        kind => {
            let is_mbg = kind == Kind::MbgNbd;
            // One less than the chances to leave: a purchase each, but none at the first for BG/NBD.
            let before = if is_mbg { repeat.clone() } else { format!("GREATEST({repeat} - 1E0, 0E0)") };
            let log_odds = format!(
                "{} - LN({} + {before}) + {shape} * LN(1E0 + {silent} / ({} + {age} - {silent}))",
                number(third.ln()),
                number(fourth),
                number(alpha)
            );
            let left = format!("EXP(LEAST({log_odds}, {}))", number(LARGEST_EXPONENT));
            let left = if is_mbg { left } else { format!("CASE WHEN {repeat} > 0E0 THEN {left} ELSE 0E0 END") };
            let mut last = vec![(left, odds.clone())];
            last.extend(horizon.map(|days| {
                let silence = format!("EXP(-{shape} * LN(1E0 + {} / ({} + {age})))", number(days), number(alpha));
                (silence, quiet.clone())
            }));
            columns.push(last);
        }
    }
    let found = if horizon.is_some() {
        let logit = format!("LN({odds} + {quiet}) - LN(1E0 - {quiet})");
        format!("LEAST(GREATEST({logit}, {}), {})", number(-LARGEST_LOGIT), number(LARGEST_LOGIT))
    } else {
        format!("1E0 / (1E0 + {odds})")
    };
    columns.push(vec![(found, value.to_owned())]);
    Ok(Steps { columns })
}

/// A stretch of time without a purchase, of a customer who bought last a time `from` after the first purchase (Pareto/NBD; the
/// notation is that of feature-engineering, `pareto_nbd/silence.rs`).
struct Stretch {
    of: String,
    length: String,
    from: String,
}

impl Stretch {
    fn column(&self, name: &str) -> String {
        format!("{}_{name}", self.of)
    }

    /// Rates of the purchase rate `a` and of the leaving rate `b` at the start.
    fn rates(&self, alpha: f64, beta: f64) -> Vec<(String, String)> {
        vec![
            (format!("{} + {}", number(alpha), self.from), self.column("a")),
            (format!("{} + {}", number(beta), self.from), self.column("b")),
        ]
    }

    /// In `y = ln(1 + v / near)` the integrand is `exp((1 - n) y) (1 + ratio (e^y - 1))^-f`: powers and ratio, the end of the
    /// stretch, and the logarithm of the probability to have stayed and bought nothing.
    fn bends(&self, shape: &str, s: f64) -> Vec<(String, String)> {
        let (a, b, length) = (self.column("a"), self.column("b"), &self.length);
        let leaving = number(s + 1.0);
        let power = |near: &str, far: &str| format!("CASE WHEN {a} <= {b} THEN {near} ELSE {far} END");
        vec![
            (format!("LEAST({a}, {b})"), self.column("near")),
            (power(shape, &leaving), self.column("n")),
            (power(&leaving, shape), self.column("f")),
            (format!("LEAST({a}, {b}) / GREATEST({a}, {b})"), self.column("ratio")),
            (format!("LN(1E0 + {length} / LEAST({a}, {b}))"), self.column("end")),
            (
                format!("-{shape} * LN(1E0 + {length} / {a}) - {} * LN(1E0 + {length} / {b})", number(s)),
                self.column("stayed"),
            ),
        ]
    }

    /// Where the integral may end: the slope of its logarithm is least at the beginning.
    fn first_end(&self) -> Vec<(String, String)> {
        let slope = format!("({} - 1E0 + {} * {})", self.column("n"), self.column("f"), self.column("ratio"));
        let end = self.column("end");
        let cut = format!("CASE WHEN {slope} > 1E-3 THEN LEAST({end}, {} / {slope}) ELSE {end} END", number(FALL));
        vec![(cut, self.column("to0"))]
    }

    /// The logarithm of the integrand falls ever faster, so that Newton's steps come from above and never pass the end.
    fn nearer_end(&self, step: usize) -> Vec<(String, String)> {
        let (n, f, ratio, y) =
            (self.column("n"), self.column("f"), self.column("ratio"), self.column(&format!("to{}", step - 1)));
        let height = format!("((1E0 - {n}) * {y} - {f} * LN(1E0 + {ratio} * (EXP({y}) - 1E0)) + {})", number(FALL));
        let slope = format!("(1E0 - {n} - {f} * {ratio} * EXP({y}) / (1E0 + {ratio} * (EXP({y}) - 1E0)))");
        let next = format!("CASE WHEN {height} < 0E0 THEN {y} - {height} / {slope} ELSE {y} END");
        vec![(next, self.column(&format!("to{step}")))]
    }

    /// The probability to have left before buying; or its odds against having stayed.
    fn left(&self, s: f64, against_stayed: bool) -> String {
        let (n, f, ratio, to) =
            (self.column("n"), self.column("f"), self.column("ratio"), self.column(&format!("to{STEPS}")));
        let stayed = if against_stayed { format!(" - {}", self.column("stayed")) } else { String::new() };
        let node = |(at, weight): (f64, f64)| {
            let y = format!("{} * {to}", number(at));
            let exponent = format!("(1E0 - {n}) * {y} - {f} * LN(1E0 + {ratio} * (EXP({y}) - 1E0)){stayed}");
            format!("{} * EXP(LEAST({exponent}, {}))", number(weight), number(LARGEST_EXPONENT))
        };
        let width = 1.0 / PANELS as f64;
        let nodes: Vec<String> =
            (0..PANELS).flat_map(|panel| gauss_legendre(panel as f64 * width, width)).map(node).collect();
        let scale = format!("{} / {} * {} * {to}", number(s), self.column("b"), self.column("near"));
        format!("{scale} * {}", crate::score::sum(&nodes))
    }
}
