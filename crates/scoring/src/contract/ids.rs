//! How customers' ids are written: forms such as `A-99`, and how many ids have them. No id can be told from it.

use std::collections::BTreeMap;

use history::CustomerIds;
use serde::{Deserialize, Serialize};

use crate::ScoringError;
use crate::model_checks::invalid;

/// More forms than this are not told apart.
const MOST_FORMS: usize = 200;
/// An id of more runs of letters, digits and signs than this is known by what occurs in it alone.
const MOST_RUNS: usize = 6;
/// A larger share of ids in forms that the model has not seen is refused; the same as for texts of columns.
const MOST_UNSEEN: f64 = 0.05;
/// Forms with leading zeros that so large a share of the ids had do not vanish by chance, among so many customers.
const USUAL: f64 = 0.01;
const EXPECTED_LEAST: f64 = 20.0;
/// Ids are of one length where all but this share are.
const OTHER_LENGTHS: f64 = 0.001;
/// So many forms are named in a message.
const SHOWN: usize = 3;

/// How the ids of an export's customers are written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdFormat {
    /// Customers of the export.
    pub customers: u64,
    /// The forms, most customers first; those beyond 200 are not among them.
    pub forms: Vec<IdForm>,
    /// The length in characters, where all but one in a thousand ids have the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length: Option<u64>,
}

/// A form of ids.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdForm {
    /// `A` stands for capital letters, `a` for small ones, `9` for digits, `09` for digits with a zero before them, signs for
    /// themselves; `UUID` and `uuid` for such ids, `mix:` for ids of many parts, with what occurs in them.
    pub form: String,
    /// Share of the ids.
    pub share: f64,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Digits,
    Capitals,
    Small,
    Letters,
    Sign(char),
}

fn kind(c: char) -> Kind {
    match c {
        '0'..='9' => Kind::Digits,
        _ if c.is_uppercase() => Kind::Capitals,
        _ if c.is_lowercase() => Kind::Small,
        _ if c.is_alphabetic() => Kind::Letters,
        // Other signs can be anything, names of customers among them.
        _ if c.is_ascii() => Kind::Sign(c),
        _ => Kind::Sign('*'),
    }
}

fn form(id: &str) -> String {
    if let Some(uuid) = uuid(id) {
        return uuid.to_owned();
    }
    let mut runs: Vec<(Kind, usize, bool)> = Vec::new();
    for c in id.chars() {
        let kind = kind(c);
        match runs.last_mut() {
            Some((last, length, _)) if *last == kind => *length += 1,
            _ => runs.push((kind, 1, c == '0')),
        }
    }
    let sign = |kind: Kind| match kind {
        Kind::Digits => '9',
        Kind::Capitals => 'A',
        Kind::Small => 'a',
        Kind::Letters => 'x',
        Kind::Sign(c) => c,
    };
    let mut text = String::new();
    if runs.len() > MOST_RUNS {
        let mut kinds: Vec<Kind> = runs.iter().map(|(kind, ..)| *kind).collect();
        kinds.sort_unstable();
        kinds.dedup();
        text.push_str("mix:");
        text.extend(kinds.into_iter().map(sign));
        return text;
    }
    for (kind, length, zero) in runs {
        if kind == Kind::Digits && zero && length > 1 {
            text.push('0');
        }
        text.push(sign(kind));
    }
    text
}

/// `8-4-4-4-12` hexadecimal digits, in capitals or small letters.
fn uuid(id: &str) -> Option<&'static str> {
    let is_one = id.len() == 36
        && id.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        });
    is_one.then(|| if id.bytes().any(|byte| byte.is_ascii_uppercase()) { "UUID" } else { "uuid" })
}

/// Numbers of ids by form, and by length.
struct Counts {
    customers: u64,
    forms: BTreeMap<String, u64>,
    lengths: BTreeMap<u64, u64>,
}

impl Counts {
    fn of(ids: &CustomerIds) -> Self {
        let mut counts = Self { customers: ids.len() as u64, forms: BTreeMap::new(), lengths: BTreeMap::new() };
        for id in ids.iter() {
            *counts.forms.entry(form(id)).or_default() += 1;
            *counts.lengths.entry(id.chars().count() as u64).or_default() += 1;
        }
        counts
    }

    fn share(&self, count: u64) -> f64 {
        count as f64 / self.customers.max(1) as f64
    }
}

impl IdFormat {
    /// How these ids are written.
    #[must_use]
    pub fn of(ids: &CustomerIds) -> Self {
        let counts = Counts::of(ids);
        let mut forms: Vec<(&String, &u64)> = counts.forms.iter().collect();
        forms.sort_by(|a, b| b.1.cmp(a.1).then_with(|| a.0.cmp(b.0)));
        let forms = forms.into_iter().take(MOST_FORMS);
        let forms = forms.map(|(form, count)| IdForm { form: form.clone(), share: counts.share(*count) }).collect();
        let usual = counts.lengths.iter().max_by_key(|(length, count)| (**count, std::cmp::Reverse(**length)));
        let length = usual.filter(|(_, count)| counts.share(**count) >= 1.0 - OTHER_LENGTHS).map(|(length, _)| *length);
        Self { customers: counts.customers, forms, length }
    }

    /// Refuses ids that are written in another way.
    ///
    /// # Errors
    /// [`ScoringError::OtherIds`].
    pub(crate) fn compare(&self, ids: &CustomerIds) -> Result<(), ScoringError> {
        let now = Counts::of(ids);
        let known = |form: &String| self.forms.iter().any(|known| known.form == *form);
        let mut unseen: Vec<(&String, &u64)> = now.forms.iter().filter(|(form, _)| !known(form)).collect();
        unseen.sort_by(|a, b| b.1.cmp(a.1).then_with(|| a.0.cmp(b.0)));
        let share = now.share(unseen.iter().map(|(_, count)| **count).sum());
        let not_listed = 1.0 - self.forms.iter().map(|form| form.share).sum::<f64>();
        let refused = |found: String| Err(ScoringError::OtherIds { expected: self.in_words(), found });
        if share - not_listed > MOST_UNSEEN {
            let shown: Vec<String> = unseen.iter().take(SHOWN).map(|(form, _)| format!("\"{form}\"")).collect();
            return refused(format!(
                "{:.1} % of {} ids in other forms: {}",
                100.0 * share,
                now.customers,
                shown.join(", ")
            ));
        }
        let has_zeros = |form: &str| form.contains("09");
        let zeros: f64 = self.forms.iter().filter(|known| has_zeros(&known.form)).map(|known| known.share).sum();
        let is_usual = zeros >= USUAL && zeros * now.customers as f64 >= EXPECTED_LEAST;
        let has_other_lengths = self
            .length
            .is_none_or(|length| 1.0 - now.share(now.lengths.get(&length).copied().unwrap_or(0)) > MOST_UNSEEN);
        if is_usual && has_other_lengths && !now.forms.keys().any(|form| has_zeros(form)) {
            return refused(format!(
                "{} ids and no leading zero in any of them, where {:.1} % had one (were they lost on the way?)",
                now.customers,
                100.0 * zeros
            ));
        }
        Ok(())
    }

    fn in_words(&self) -> String {
        let shown: Vec<String> = self.forms.iter().take(SHOWN).map(|form| format!("\"{}\"", form.form)).collect();
        let more = if self.forms.len() > SHOWN { " and others" } else { "" };
        format!("{}{more}", shown.join(", "))
    }

    pub(super) fn check(&self) -> Result<(), ScoringError> {
        if self.forms.len() > MOST_FORMS {
            return Err(invalid("contract.ids.forms", "at most 200 forms", self.forms.len()));
        }
        match self.forms.iter().find(|form| !(0.0..=1.0).contains(&form.share)) {
            Some(form) => Err(invalid("contract.ids.forms", "shares between 0 and 1", form.share)),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_says_how_an_id_is_written_and_not_which() {
        for (id, expected) in [
            ("C00123", "A09"),
            ("C10123", "A9"),
            ("00123", "09"),
            ("0", "9"),
            ("10", "9"),
            ("RO-2024-00017", "A-9-09"),
            ("anna@example.com", "a@a.a"),
            ("anna.b@example.com", "mix:a.@"),
            ("Ștefan", "Aa"),
            ("客户1", "x9"),
            ("1.23E+15", "9.9A+9"),
            ("2f1e4fc0-81fd-11da-9156-00036a0f876a", "uuid"),
            ("2F1E4FC0-81FD-11DA-9156-00036A0F876A", "UUID"),
            ("a1b2c3d4e5", "mix:9a"),
            ("a€b", "a*a"),
        ] {
            assert_eq!(form(id), expected, "{id}");
        }
    }
}
