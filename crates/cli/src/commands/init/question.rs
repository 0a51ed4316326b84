//! What the exports do not prove: questions, and the answers to them.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::exit::UsageError;
use crate::project::{is_currency, is_timezone};

/// Something that only the user knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Question {
    /// What `--answer KEY=VALUE` calls it.
    pub(super) key: String,
    pub(super) question: String,
    /// Answers that are accepted; where there are none, or where `also` is set, others are too.
    pub(super) choices: Vec<Choice>,
    #[serde(skip)]
    pub(super) also: Also,
    /// What `--yes` takes. A question whose wrong answer would change numbers without anybody noticing has none.
    pub(super) suggestion: Option<String>,
    /// The answer, where there is one.
    pub(super) answer: Option<String>,
    pub(super) answered_by: Option<By>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Choice {
    pub(super) answer: String,
    pub(super) meaning: String,
}

/// Answers that are accepted besides the choices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Also {
    #[default]
    Nothing,
    /// An IANA name.
    Timezone,
    /// Three capital letters.
    Currency,
    /// A label of the WHATWG standard.
    Encoding,
}

/// Where an answer comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum By {
    /// Somebody gave it, on the command line or in the terminal.
    User,
    /// `--yes` took the suggestion.
    Yes,
}

impl Question {
    pub(super) fn new(key: impl Into<String>, question: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            question: question.into(),
            choices: Vec::new(),
            also: Also::Nothing,
            suggestion: None,
            answer: None,
            answered_by: None,
        }
    }

    pub(super) fn choice(mut self, answer: impl Into<String>, meaning: impl Into<String>) -> Self {
        self.choices.push(Choice { answer: answer.into(), meaning: meaning.into() });
        self
    }

    pub(super) fn also(mut self, also: Also) -> Self {
        self.also = also;
        self
    }

    pub(super) fn suggest(mut self, answer: impl Into<String>) -> Self {
        self.suggestion = Some(answer.into());
        self
    }

    /// Whether this is an answer to the question.
    pub(super) fn accepts(&self, answer: &str) -> bool {
        let also = match self.also {
            Also::Nothing => false,
            Also::Timezone => is_timezone(answer),
            Also::Currency => is_currency(answer),
            Also::Encoding => history::Encoding::of_label(answer).is_some(),
        };
        also || self.choices.iter().any(|choice| choice.answer == answer)
    }

    /// What is accepted, in words.
    pub(super) fn expected(&self) -> String {
        let choices = self.choices.iter().map(|choice| format!("\"{}\"", choice.answer));
        let also = match self.also {
            Also::Nothing => None,
            Also::Timezone => Some("an IANA name such as \"Europe/Bucharest\"".to_owned()),
            Also::Currency => Some("a code of three capital letters such as \"EUR\"".to_owned()),
            Also::Encoding => Some("the label of another encoding".to_owned()),
        };
        choices.chain(also).collect::<Vec<_>>().join(", ")
    }
}

/// Answers so far, and all questions that came up.
#[derive(Debug)]
pub(super) struct Answers {
    given: BTreeMap<String, String>,
    yes: bool,
    asked: Vec<Question>,
}

impl Answers {
    /// With those of the command line; `yes` takes suggestions where there are any.
    ///
    /// # Errors
    /// Two answers to one question.
    pub(super) fn new(given: &[(String, String)], yes: bool) -> Result<Self, UsageError> {
        let mut answers = BTreeMap::new();
        for (key, value) in given {
            if answers.insert(key.clone(), value.clone()).is_some_and(|before| before != *value) {
                return Err(UsageError(format!("--answer {key}: expected one answer, found two")));
            }
        }
        Ok(Self { given: answers, yes, asked: Vec::new() })
    }

    /// Begins a new round of questions.
    pub(super) fn begin(&mut self) {
        self.asked.clear();
    }

    pub(super) fn give(&mut self, key: &str, answer: String) {
        self.given.insert(key.to_owned(), answer);
    }

    /// The answer to a question, if there is one.
    ///
    /// # Errors
    /// The answer given is none to this question.
    pub(super) fn ask(&mut self, mut question: Question) -> Result<Option<(String, By)>, UsageError> {
        let suggested = || question.suggestion.clone().filter(|_| self.yes).map(|answer| (answer, By::Yes));
        let answer = self.given.get(&question.key).map(|answer| (answer.clone(), By::User)).or_else(suggested);
        if let Some((answer, _)) = &answer
            && !question.accepts(answer)
        {
            let (key, expected) = (&question.key, question.expected());
            return Err(UsageError(format!("--answer {key}: expected {expected}, found \"{answer}\"")));
        }
        question.answer = answer.as_ref().map(|(answer, _)| answer.clone());
        question.answered_by = answer.as_ref().map(|(_, by)| *by);
        self.asked.push(question);
        Ok(answer)
    }

    /// Those of this round, answered or not.
    pub(super) fn asked(&self) -> &[Question] {
        &self.asked
    }

    pub(super) fn open(&self) -> impl Iterator<Item = &Question> {
        self.asked.iter().filter(|question| question.answer.is_none())
    }

    /// # Errors
    /// An answer belongs to no question that came up.
    pub(super) fn check_all_used(&self) -> Result<(), UsageError> {
        let asked: Vec<&str> = self.asked.iter().map(|question| question.key.as_str()).collect();
        let Some(stray) = self.given.keys().find(|key| !asked.contains(&key.as_str())) else { return Ok(()) };
        let hint = crate::project::did_you_mean(stray, asked.iter().copied());
        let asked = if asked.is_empty() { "none: the exports prove everything".to_owned() } else { asked.join(", ") };
        Err(UsageError(format!("--answer {stray}: no such question{hint}; the questions are {asked}")))
    }
}

/// Reads `KEY=VALUE`.
///
/// # Errors
/// There is no `=`, or nothing before it.
pub(super) fn key_and_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() => Ok((key.trim().to_owned(), value.trim().to_owned())),
        _ => Err("expected KEY=VALUE, such as transactions.returns=net".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn returns() -> Question {
        Question::new("transactions.returns", "what?").choice("net", "a").choice("drop", "b").suggest("net")
    }

    fn answers(given: &[(&str, &str)], yes: bool) -> Answers {
        let given: Vec<_> = given.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        Answers::new(&given, yes).unwrap()
    }

    #[test]
    fn an_answer_is_the_users_or_with_yes_the_suggestion_and_else_open() {
        let mut open = answers(&[], false);
        assert_eq!(open.ask(returns()).unwrap(), None);
        assert_eq!(open.open().count(), 1);
        assert_eq!(answers(&[], true).ask(returns()).unwrap(), Some(("net".into(), By::Yes)));
        let given = [("transactions.returns", "drop")];
        assert_eq!(answers(&given, true).ask(returns()).unwrap(), Some(("drop".into(), By::User)));
        assert_eq!(answers(&[], true).ask(Question { suggestion: None, ..returns() }).unwrap(), None);
    }

    #[test]
    fn answers_that_are_none_are_refused() {
        let wrong = answers(&[("transactions.returns", "both")], false).ask(returns()).unwrap_err();
        assert_eq!(wrong.0, "--answer transactions.returns: expected \"net\", \"drop\", found \"both\"");
        let mut stray = answers(&[("transactions.return", "net")], false);
        stray.ask(returns()).unwrap();
        let message = stray.check_all_used().unwrap_err().0;
        assert!(message.contains("no such question; did you mean \"transactions.returns\"?"), "{message}");
        assert!(Answers::new(&[("a".into(), "b".into()), ("a".into(), "c".into())], false).is_err());
        assert!(key_and_value("=x").is_err() && key_and_value("x").is_err());
        assert_eq!(key_and_value("a.b = c d"), Ok(("a.b".into(), "c d".into())));
    }

    #[test]
    fn zones_and_currencies_are_checked() {
        let zone = Question::new("timezone", "?").also(Also::Timezone);
        assert!(zone.accepts("Europe/Bucharest") && !zone.accepts("Bucharest"));
        let currency = Question::new("currency", "?").also(Also::Currency).choice("none", "");
        assert!(currency.accepts("RON") && currency.accepts("none") && !currency.accepts("lei"));
    }
}
