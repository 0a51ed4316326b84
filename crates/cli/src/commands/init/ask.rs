//! Asking in a terminal.

use std::io::{BufRead, Write};

use super::question::Question;
use crate::exit::one_line;

/// What came of asking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reply {
    Answer(String),
    /// The question stays open.
    Later,
    /// Nobody is there any more.
    Gone,
}

/// Asks one question until there is an answer to it. An empty line takes the suggestion, `later` leaves the question
/// open; a choice may be given by its number.
///
/// # Errors
/// The terminal cannot be read or written.
pub(super) fn ask(question: &Question, input: &mut dyn BufRead, output: &mut dyn Write) -> std::io::Result<Reply> {
    writeln!(output, "\n{}", one_line(&question.question))?;
    for (number, choice) in question.choices.iter().enumerate() {
        writeln!(output, "  {}) {}: {}", number + 1, one_line(&choice.answer), one_line(&choice.meaning))?;
    }
    loop {
        match &question.suggestion {
            Some(suggestion) => write!(output, "{} [{}]: ", question.key, one_line(suggestion))?,
            None => write!(output, "{}: ", question.key)?,
        }
        output.flush()?;
        let mut line = Vec::new();
        if input.read_until(b'\n', &mut line)? == 0 {
            writeln!(output)?;
            return Ok(Reply::Gone);
        }
        let line = String::from_utf8_lossy(&line);
        let answer = match (line.trim(), &question.suggestion) {
            ("later", _) => return Ok(Reply::Later),
            ("", Some(suggestion)) => suggestion.clone(),
            (typed, _) => meant(question, typed),
        };
        if question.accepts(&answer) {
            return Ok(Reply::Answer(answer));
        }
        writeln!(output, "expected {}, or \"later\"", one_line(&question.expected()))?;
    }
}

/// The choice of that number, or what was typed.
fn meant(question: &Question, typed: &str) -> String {
    let number = typed.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
    match number.and_then(|at| question.choices.get(at)) {
        Some(choice) if !question.accepts(typed) => choice.answer.clone(),
        _ => typed.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::question::Also;
    use super::*;

    fn question() -> Question {
        Question::new("transactions.returns", "What do negative amounts mean?")
            .choice("net", "less")
            .choice("drop", "out")
    }

    fn asked(question: &Question, typed: &str) -> (Reply, String) {
        let mut output = Vec::new();
        let reply = ask(question, &mut typed.as_bytes(), &mut output).unwrap();
        (reply, String::from_utf8(output).unwrap())
    }

    #[test]
    fn a_question_is_asked_until_it_is_answered() {
        let (reply, shown) = asked(&question(), "\nboth\n drop \n");
        assert_eq!(reply, Reply::Answer("drop".into()));
        assert_eq!(
            shown,
            "\nWhat do negative amounts mean?\n  1) net: less\n  2) drop: out\ntransactions.returns: expected \"net\", \"drop\", \
             or \"later\"\ntransactions.returns: expected \"net\", \"drop\", or \"later\"\ntransactions.returns: "
        );
    }

    #[test]
    fn a_number_an_empty_line_and_the_end_are_answers_of_their_own() {
        assert_eq!(asked(&question(), "2\n").0, Reply::Answer("drop".into()));
        assert_eq!(asked(&question().suggest("net"), "\n").0, Reply::Answer("net".into()));
        assert_eq!(asked(&question(), "later\n").0, Reply::Later);
        assert_eq!(asked(&question(), "").0, Reply::Gone);
        assert_eq!(asked(&question(), "3\n").0, Reply::Gone);
        let zone = Question::new("timezone", "?").also(Also::Timezone);
        assert_eq!(asked(&zone, "Mars\nEurope/Chisinau").0, Reply::Answer("Europe/Chisinau".into()));
        assert_eq!(asked(&question(), "\u{fffd}\nnet\r\n").0, Reply::Answer("net".into()));
    }
}
