//! The commands, one module each. Each gives the exit code.

mod definitions;
mod effects;
mod policy;
mod rules;
mod scan;
mod transcript;
mod work;

use crate::{arguments::Command, failure::Failure, output};
use std::io::Write;

/// Runs what was asked for.
pub(crate) fn run(command: Command) -> Result<u8, Failure> {
    match command {
        Command::Scan(arguments) => scan::run(&arguments),
        Command::Transcript(arguments) => transcript::run(&arguments),
        Command::Rules(arguments) => rules::list(&arguments).map(|()| 0),
        Command::Explain(arguments) => rules::explain(&arguments).map(|()| 0),
        Command::Schema(arguments) => definitions::schema(&arguments).map(|()| 0),
        Command::Policy(arguments) => policy::run(arguments),
        Command::Effects(words) => effects::run(&words).map(|()| 0),
        Command::Completions(arguments) => definitions::completions(&arguments).map(|()| 0),
        Command::Man => definitions::man().map(|()| 0),
        Command::Printed(text, false) => output::print_text(&text).map(|()| 0),
        Command::Printed(text, true) => {
            let _ = std::io::stderr().write_all(text.as_bytes());
            Ok(2)
        }
    }
}
