//! What is said on standard error while a command works: a progress line on a terminal, or a log.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use crate::args::{ConsoleArgs, LogFormat};
use crate::exit::one_line;

const SPINNER: &str = "{spinner} {msg} ({elapsed})";
const BAR: &str = "{spinner} [{bar:20}] {msg} ({elapsed})";
/// Parts of a bar.
const PARTS: u64 = 1_000;

/// Progress of a command.
#[derive(Debug)]
pub(crate) struct Progress {
    voice: Voice,
    quiet: bool,
    json: bool,
    started: Instant,
    warnings: Vec<String>,
}

#[derive(Debug)]
enum Voice {
    /// A line that changes in place.
    Line(ProgressBar),
    /// A line for each stage.
    Log(LogFormat),
    /// Warnings and errors only.
    Silent,
}

/// What is left of the progress when the command is over.
#[derive(Debug)]
pub(crate) struct Said {
    /// Warnings, in the order in which they came up.
    pub(crate) warnings: Vec<String>,
    log: Option<LogFormat>,
}

#[derive(Debug, Serialize)]
struct LogLine<'a> {
    time: String,
    level: &'static str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    elapsed_ms: Option<u64>,
}

impl Progress {
    pub(crate) fn new(console: &ConsoleArgs) -> Self {
        let voice = match console.log {
            _ if console.quiet => Voice::Silent,
            Some(format) => Voice::Log(format),
            None if !console.json && std::io::stderr().is_terminal() => Voice::Line(line()),
            None => Voice::Silent,
        };
        let (quiet, json) = (console.quiet, console.json);
        Self { voice, quiet, json, started: Instant::now(), warnings: Vec::new() }
    }

    /// Says what is being done from now on.
    pub(crate) fn stage(&self, text: &str) {
        if let Voice::Line(line) = &self.voice
            && line.length().is_some()
        {
            line.unset_length();
            line.set_style(style(SPINNER));
        }
        self.say(text);
    }

    fn say(&self, text: &str) {
        match &self.voice {
            Voice::Line(bar) => bar.set_message(one_line(text)),
            Voice::Log(format) => log(*format, "info", text, Some(self.started.elapsed())),
            Voice::Silent => {}
        }
    }

    /// Says what is being done from now on, and what share of the whole is done.
    pub(crate) fn step(&self, text: &str, done: f64) {
        if let Voice::Line(bar) = &self.voice {
            if bar.length().is_none() {
                bar.set_length(PARTS);
                bar.set_style(style(BAR));
            }
            bar.set_position((done * PARTS as f64) as u64);
        }
        self.say(text);
    }

    /// Does something that uses the terminal, without the progress line.
    pub(crate) fn aside<T>(&self, use_terminal: impl FnOnce() -> T) -> T {
        match &self.voice {
            Voice::Line(bar) => bar.suspend(use_terminal),
            Voice::Log(_) | Voice::Silent => use_terminal(),
        }
    }

    /// Says something that the user should look at although the work goes on. With `--json` it stands in the object.
    pub(crate) fn warn(&mut self, text: impl Into<String>) {
        let text = text.into();
        match &self.voice {
            Voice::Line(bar) => bar.suspend(|| to_stderr(&format!("warning: {}", one_line(&text)))),
            Voice::Log(format) => log(*format, "warning", &text, Some(self.started.elapsed())),
            Voice::Silent if self.quiet || self.json => {}
            Voice::Silent => to_stderr(&format!("warning: {}", one_line(&text))),
        }
        self.warnings.push(text);
    }

    /// What was warned of so far.
    pub(crate) fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Takes the progress line away.
    pub(crate) fn finish(self) -> Said {
        let log = match &self.voice {
            Voice::Line(bar) => {
                bar.finish_and_clear();
                None
            }
            Voice::Log(format) => Some(*format),
            Voice::Silent => None,
        };
        Said { warnings: self.warnings, log }
    }
}

impl Said {
    /// Says why the program fails.
    pub(crate) fn error(&self, message: &str) {
        match self.log {
            Some(LogFormat::Json) => log(LogFormat::Json, "error", message, None),
            _ => to_stderr(&format!("error: {}", one_line(message))),
        }
    }
}

fn line() -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    bar.set_style(style(SPINNER));
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}

fn log(format: LogFormat, level: &'static str, message: &str, elapsed: Option<Duration>) {
    let time = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    match format {
        LogFormat::Text => to_stderr(&format!("{time} {level} {}", one_line(message))),
        LogFormat::Json => {
            let elapsed_ms = elapsed.and_then(|e| u64::try_from(e.as_millis()).ok());
            let line = LogLine { time, level, message, elapsed_ms };
            to_stderr(&serde_json::to_string(&line).unwrap_or_default());
        }
    }
}

/// Nothing can be said about a standard error that is gone.
fn to_stderr(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}
