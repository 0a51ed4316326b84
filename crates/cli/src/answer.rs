//! What a command has to say at its end, as text for people or as one JSON object for machines.

use std::io::{ErrorKind, Write};
use std::process::ExitCode;

use serde::Serialize;
use serde_json::Value;

use crate::args::{Cli, ConsoleArgs};
use crate::exit::{Exit, joined, refusal_code};
use crate::interrupt::Interrupted;
use crate::progress::{Said, say_error};

/// The result of a command that ran to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    text: String,
    result: Value,
    refusal: Option<anyhow::Error>,
}

impl Answer {
    /// An answer in both forms. `text` ends without a line break.
    ///
    /// # Errors
    /// The result has no JSON form.
    pub(crate) fn new(text: impl Into<String>, result: &impl Serialize) -> anyhow::Result<Self> {
        Ok(Self { text: text.into(), result: serde_json::to_value(result)?, refusal: None })
    }

    /// The result, as `--json` prints it.
    pub(crate) fn result(&self) -> &Value {
        &self.result
    }

    /// The verdict that makes the program fail, if there is one.
    pub(crate) fn refusal(&self) -> Option<&anyhow::Error> {
        self.refusal.as_ref()
    }

    /// The same answer, with a verdict that makes the program fail: the result is printed all the same.
    pub(crate) fn but(mut self, refusal: impl Into<anyhow::Error>) -> Self {
        self.refusal = Some(refusal.into());
        self
    }
}

/// The one object that `--json` prints, whether the command succeeded or not.
#[derive(Debug, Serialize)]
struct Envelope<'a> {
    command: &'a str,
    exit_code: u8,
    warnings: &'a [String],
    error: Option<ErrorObject>,
    result: Option<Value>,
}

#[derive(Debug, Serialize)]
struct ErrorObject {
    kind: Exit,
    /// Stable code of why an export was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
    message: String,
}

/// Prints the answer on standard output and the error, if there is one, on standard error (with `--json` in the object
/// as well).
pub(crate) fn deliver(cli: &Cli, said: Said, outcome: anyhow::Result<Answer>) -> ExitCode {
    let (text, result, error) = match outcome {
        Ok(answer) => (answer.text, Some(answer.result), answer.refusal),
        Err(error) => (String::new(), None, Some(error)),
    };
    let exit = error.as_ref().map_or(Exit::Done, Exit::of);
    let code = error.as_ref().and_then(refusal_code);
    let message = error.as_ref().map(|error| match code {
        Some(code) => format!("{} [{code}]", joined(error)),
        None => joined(error),
    });
    let printed = if cli.console.json {
        let error = message.clone().map(|message| ErrorObject { kind: exit, code, message });
        let command = cli.command.name();
        let warnings = said.warnings.as_slice();
        print_json(&Envelope { command, exit_code: exit.code(), warnings, error, result })
    } else {
        print(&text)
    };
    if let Some(message) = message {
        said.error(&message);
    }
    said.end(exit.code());
    match printed {
        Err(error) if exit == Exit::Done => {
            said.error(&format!("cannot write to standard output: {error}"));
            Exit::Output.into()
        }
        _ => exit.into(),
    }
}

/// Prints a command line that could not be parsed, where `--json` stands somewhere in it.
pub(crate) fn deliver_usage_error(message: &str) -> ExitCode {
    let exit = Exit::Usage;
    let error = Some(ErrorObject { kind: exit, code: None, message: message.to_owned() });
    let envelope = Envelope { command: "", exit_code: exit.code(), warnings: &[], error, result: None };
    // Where standard output is gone, the exit code still says it.
    let _ = print_json(&envelope);
    exit.into()
}

/// Says that a signal has ended the program, in its last moment.
pub(crate) fn deliver_interrupted(command: &str, console: &ConsoleArgs, interrupted: Interrupted) {
    let (exit, message) = (interrupted.exit(), interrupted.to_string());
    if console.json {
        let error = Some(ErrorObject { kind: exit, code: None, message: message.clone() });
        let envelope = Envelope { command, exit_code: exit.code(), warnings: &[], error, result: None };
        // Where standard output is gone, the exit code still says it.
        let _ = print_json(&envelope);
    }
    say_error(console.log.filter(|_| !console.quiet), &message);
}

fn print_json(envelope: &Envelope<'_>) -> std::io::Result<()> {
    print(&serde_json::to_string(envelope)?)
}

/// A reader that stops early, such as `head`, has what it wanted.
fn print(text: &str) -> std::io::Result<()> {
    if text.is_empty() {
        return Ok(());
    }
    let mut stdout = std::io::stdout().lock();
    match writeln!(stdout, "{text}").and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}
