//! The one pipeline: collect, parse, describe, judge. The command line and the rule pages' tests call it, and nothing else
//! does the same.
//!
//! A *supervisor* opens descriptors; confined *workers* turn the bytes behind them into findings, a batch of files at a
//! time. A worker that dies is replaced, and the files of its batch are judged again one by one, so that one bad file costs
//! one file. What needs several files (repository rules) is judged by the supervisor over plain facts, never over bytes.
//! Deciding (thresholds, waivers) is not done here. Start with [`scan`].

mod analyser;
mod error;
mod executor;
mod hashing;
mod internal_error;
mod join;
mod members;
mod outcome;
mod pool;
mod request;
mod supervisor;
mod wire;
mod worker;

pub use error::ScanError;
pub use request::{Confinement, Execution, Options, Progress, Request, Target};
pub use supervisor::{scan, transcripts};
pub use worker::{WORKER_ARGUMENT, worker_main};

pub use modelward_supply_chain::effects;

use modelward_kernel::Rule;

/// Every rule there is, ordered by id.
#[must_use]
pub fn rules() -> Vec<&'static Rule> {
    let mut rules: Vec<&'static Rule> =
        modelward_supply_chain::RULES.iter().map(|rule| &rule.rule).chain([&internal_error::RULE]).collect();
    rules.sort_unstable_by_key(|rule| rule.id);
    rules
}

/// The rule called `id`.
#[must_use]
pub fn rule(id: &str) -> Option<&'static Rule> {
    rules().into_iter().find(|rule| rule.id == id)
}
