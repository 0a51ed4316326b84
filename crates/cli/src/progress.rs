//! What is said on standard error while a command works: a progress line on a terminal, or a log.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use serde_json::{Map, Value};

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
    started: Instant,
}

/// A line of the log. Nothing in it comes from a row of an export: messages count, and name files, columns and dates.
#[derive(Debug, Serialize)]
struct LogLine<'a> {
    time: String,
    level: &'static str,
    event: &'a str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    elapsed_ms: Option<u64>,
    /// Numbers and names that go with the event.
    #[serde(skip_serializing_if = "Map::is_empty")]
    fields: &'a Map<String, Value>,
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
            Voice::Log(_) => self.event("stage", text, Value::Null),
            Voice::Silent => {}
        }
    }

    /// Says in a log, and only there, what has happened: `fields` is an object, or null.
    pub(crate) fn event(&self, event: &str, text: &str, fields: Value) {
        if let Voice::Log(format) = &self.voice {
            log(*format, ("info", event), text, Some(self.started.elapsed()), fields);
        }
    }

    /// So many of so many are done: the progress line in words, a log with the numbers as fields.
    pub(crate) fn done(&self, what: &str, done: usize, of: usize) {
        let text = format!("{what}: {done} of {of} customers");
        match &self.voice {
            Voice::Log(_) => self.event("batch", &text, serde_json::json!({"doing": what, "done": done, "of": of})),
            _ => self.stage(&text),
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

    /// Who is told, from any thread, how many tasks are done of those that are known of: a bar, or a log of every tenth of them.
    pub(crate) fn meter(&self, what: &str) -> Box<dyn Fn(u64, u64) + Send + Sync> {
        self.stage(what);
        match &self.voice {
            Voice::Line(bar) => {
                let bar = bar.clone();
                Box::new(move |done, of| {
                    if bar.length().is_none() {
                        bar.set_length(PARTS);
                        bar.set_style(style(BAR));
                    }
                    bar.set_position(done * PARTS / of.max(1));
                })
            }
            Voice::Log(format) => {
                let (format, what, started) = (*format, what.to_owned(), self.started);
                let tenth = std::sync::atomic::AtomicU64::new(0);
                Box::new(move |done, of| {
                    let reached = done * 10 / of.max(1);
                    if tenth.swap(reached, std::sync::atomic::Ordering::SeqCst) != reached {
                        let fields = serde_json::json!({"doing": what, "done": done, "of": of});
                        let text = format!("{what}: {done} of {of} tasks");
                        log(format, ("info", "batch"), &text, Some(started.elapsed()), fields);
                    }
                })
            }
            Voice::Silent => Box::new(|_, _| {}),
        }
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
            Voice::Log(format) => {
                log(*format, ("warning", "warning"), &text, Some(self.started.elapsed()), Value::Null);
            }
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
        Said { warnings: self.warnings, log, started: self.started }
    }
}

impl Said {
    /// Says why the program fails.
    pub(crate) fn error(&self, message: &str) {
        say_error(self.log, message);
    }

    /// Says in a log that the program ends.
    pub(crate) fn end(&self, exit_code: u8) {
        if let Some(format) = self.log {
            let fields = serde_json::json!({"exit_code": exit_code});
            log(
                format,
                ("info", "end"),
                &format!("ends with exit code {exit_code}"),
                Some(self.started.elapsed()),
                fields,
            );
        }
    }
}

/// Says why the program fails, in a log or to people.
pub(crate) fn say_error(format: Option<LogFormat>, message: &str) {
    match format {
        Some(LogFormat::Json) => log(LogFormat::Json, ("error", "error"), message, None, Value::Null),
        _ => to_stderr(&format!("error: {}", one_line(message))),
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

fn log(
    format: LogFormat,
    (level, event): (&'static str, &str),
    message: &str,
    elapsed: Option<Duration>,
    fields: Value,
) {
    let none = &Map::new();
    let time = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    match format {
        LogFormat::Text => to_stderr(&format!("{time} {level} {}", one_line(message))),
        LogFormat::Json => {
            let elapsed_ms = elapsed.and_then(|e| u64::try_from(e.as_millis()).ok());
            let fields = fields.as_object().unwrap_or(none);
            let line = LogLine { time, level, event, message, elapsed_ms, fields };
            to_stderr(&serde_json::to_string(&line).unwrap_or_default());
        }
    }
}

/// Nothing can be said about a standard error that is gone.
fn to_stderr(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}
