//! The reference in `docs/reference/`: commands with their options, exit codes and features, written from the definitions
//! that the program itself goes by. The test fails where a file says something else;
//! `CHURN_WRITE_REFERENCE=1 cargo test --release --locked --workspace --bin churn reference` writes the files.
#![allow(clippy::unwrap_used)]

use std::fmt::Write;
use std::path::Path;

use clap::{Arg, ArgAction, Command, CommandFactory};
use feature_engineering::reason::{ROMANIAN, RUSSIAN};
use feature_engineering::{Family, catalogue, listed_forecasts};

use crate::args::Cli;
use crate::exit::Exit;

const HEAD: &str = "<!-- Written from the code by a test (crates/cli/src/reference.rs); do not edit. -->\n\n";

/// The file is what the code says, or is made so where that is asked for.
#[track_caller]
fn holds(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference").join(name);
    let text = format!("{HEAD}{text}");
    if std::env::var_os("CHURN_WRITE_REFERENCE").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &text).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    let differs = text.lines().zip(found.lines().chain(std::iter::repeat(""))).find(|(code, file)| code != file);
    assert!(
        text == found,
        "docs/reference/{name} is not what the code says: {differs:?}; write it with CHURN_WRITE_REFERENCE=1"
    );
}

#[test]
fn the_reference_of_commands_is_what_the_code_says() {
    let mut command = Cli::command();
    command.build();
    let mut text = "# Commands\n\n".to_owned();
    write!(text, "{}\n\nEvery command takes:\n\n", command.get_about().unwrap()).unwrap();
    let global: Vec<&Arg> = command.get_arguments().filter(|arg| shown(arg)).collect();
    options(&mut text, &global);
    for sub in command.get_subcommands() {
        of_command(&mut text, sub, "churn", &global);
    }
    holds("commands.md", &text);
}

/// Help and version are the same everywhere.
fn shown(arg: &Arg) -> bool {
    !arg.is_hide_set()
        && !matches!(
            arg.get_action(),
            ArgAction::Help | ArgAction::HelpShort | ArgAction::HelpLong | ArgAction::Version
        )
}

fn of_command(text: &mut String, command: &Command, before: &str, global: &[&Arg]) {
    if command.is_hide_set() || command.get_name() == "help" {
        return;
    }
    let name = format!("{before} {}", command.get_name());
    let about = command.get_long_about().or(command.get_about()).map(ToString::to_string).unwrap_or_default();
    write!(text, "\n## `{name}`\n\n{}\n", cell(&about)).unwrap();
    let own: Vec<&Arg> = command
        .get_arguments()
        .filter(|arg| shown(arg) && !global.iter().any(|other| other.get_id() == arg.get_id()))
        .collect();
    if !own.is_empty() {
        text.push('\n');
        options(text, &own);
    }
    for sub in command.get_subcommands() {
        of_command(text, sub, &name, global);
    }
}

fn options(text: &mut String, args: &[&Arg]) {
    text.push_str("| option | default | meaning |\n|---|---|---|\n");
    for arg in args {
        let takes = arg.get_action().takes_values();
        let values: Vec<String> =
            arg.get_value_names().unwrap_or_default().iter().map(|name| format!("<{name}>")).collect();
        let values = if takes && arg.get_long().is_some() { format!(" {}", values.join(" ")) } else { String::new() };
        let name = match (arg.get_long(), arg.get_short()) {
            (Some(long), Some(short)) => format!("-{short}, --{long}{values}"),
            (Some(long), None) => format!("--{long}{values}"),
            (None, Some(short)) => format!("-{short}{values}"),
            (None, None) => format!("<{}>", arg.get_id().as_str().to_uppercase()),
        };
        let default: Vec<String> =
            arg.get_default_values().iter().map(|value| format!("`{}`", value.to_string_lossy())).collect();
        let default = if takes { default.join(" ") } else { String::new() };
        let help = arg.get_long_help().or(arg.get_help()).map(ToString::to_string).unwrap_or_default();
        let mut help = cell(&help);
        let possible: Vec<String> =
            arg.get_possible_values().iter().filter(|_| takes).map(|value| format!("`{}`", value.get_name())).collect();
        if !possible.is_empty() {
            help = format!("{help} ({})", possible.join(", "));
        }
        writeln!(text, "| `{name}` | {default} | {help} |").unwrap();
    }
}

/// Text for a table of Markdown.
fn cell(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|").replace('<', "&lt;")
}

#[test]
fn the_reference_of_exit_codes_is_what_the_code_says() {
    const ALL: [Exit; 10] = [
        Exit::Done,
        Exit::Failed,
        Exit::Usage,
        Exit::InputRefused,
        Exit::Held,
        Exit::Output,
        Exit::Remote,
        Exit::Gate,
        Exit::Interrupted,
        Exit::Terminated,
    ];
    let mut text = "# Exit codes\n\nWhat to do at each: [nightly.md](../nightly.md#exit-codes-and-what-to-do).\n\n\
                    | code | in `--json` | meaning |\n|---|---|---|\n"
        .to_owned();
    for exit in ALL {
        let meaning = match exit {
            Exit::Done => "everything was done",
            Exit::Failed => "something failed that no other code stands for",
            Exit::Usage => "the command line or the project file is wrong",
            Exit::InputRefused => "the exports cannot be used, or not for this",
            Exit::Held => "another run holds the project",
            Exit::Output => "an output could not be written",
            Exit::Remote => "a server did not do its part; run again to resume",
            Exit::Gate => "the work was done, and a gate said no to the result",
            Exit::Interrupted => "SIGINT came",
            Exit::Terminated => "SIGTERM came",
        };
        let name = serde_json::to_string(&exit).unwrap().replace('"', "`");
        writeln!(text, "| {} | {name} | {meaning} |", exit.code()).unwrap();
    }
    holds("exit-codes.md", &text);
}

#[test]
fn the_reference_of_features_is_what_the_code_says() {
    let mut text = "# Features\n\nThe catalogue, with the labels of reports in English, Romanian and Russian. How features are defined, and how \
                    to declare your own: [features.md](../features.md). Those of levels of text columns are made from the data and are not \
                    here.\n"
        .to_owned();
    let mut families: Vec<Family> = Vec::new();
    for feature in catalogue() {
        if !families.contains(&feature.family) {
            families.push(feature.family);
        }
    }
    for family in families {
        write!(
            text,
            "\n## {}\n\n| feature | unit | window | used | meaning | label | eticheta | название |\n|---|---|---|---|---|---|---|---|\n",
            family.as_str()
        )
        .unwrap();
        for feature in catalogue().iter().filter(|feature| feature.family == family) {
            writeln!(
                text,
                "| `{}` | {} | {} | {} | {} | {} | {} | {} |",
                feature.name,
                feature.unit.as_str(),
                feature.window(),
                feature.used.as_str(),
                cell(&feature.description),
                feature.label,
                ROMANIAN.label(feature),
                RUSSIAN.label(feature)
            )
            .unwrap();
        }
    }
    text.push_str("\n## Forecasts\n\nFitted at each as-of date; only where they are asked for.\n\n| feature | unit | used | meaning |\n|---|---|---|---|\n");
    for forecast in listed_forecasts() {
        writeln!(
            text,
            "| `{}` | {} | {} | {} |",
            forecast.name,
            forecast.unit.as_str(),
            forecast.used.as_str(),
            cell(forecast.description)
        )
        .unwrap();
    }
    holds("features.md", &text);
}
