//! The binary `modelward`: arguments -> plan -> run -> exit code.
//!
//! A worker process is this same program, started again with one argument: it is told apart first, before anything else
//! could start a thread. Start with [`arguments`], then the module of a command.

mod arguments;
mod commands;
mod failure;
mod output;
mod progress;
mod settings;
mod usage;

use modelward_assessment::{WORKER_ARGUMENT, worker_main};
use std::process::ExitCode;

/// Bad usage, a target that is not there, no permission, no space.
const CANNOT: u8 = 2;

fn main() -> ExitCode {
    if std::env::args_os().nth(1).as_deref() == Some(WORKER_ARGUMENT.as_ref()) {
        return worker_main();
    }
    match arguments::parse().and_then(commands::run) {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            failure.print();
            ExitCode::from(CANNOT)
        }
    }
}
