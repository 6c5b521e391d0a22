//! One configuration file as it was written. What several of them mean together is [`Policy`](crate::Policy).
//!
//! The keys stand in one list ([`keys::TABLES`]); the reader, the suggestions for misspelt keys and the JSON Schema are
//! made from it.

mod keys;
mod read;
mod table;

use crate::{Date, Glob};
use modelward_kernel::Severity;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

pub use keys::{LIMITS, reference, schema};
pub(crate) use read::whole_fingerprint;
pub use table::{size, suggestion};

/// What one file says; nothing where it is silent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Config {
    pub fail_on: Option<Severity>,
    pub strict: Option<bool>,
    /// The reason why what was not judged is accepted.
    pub allow_unknown: Option<String>,
    /// The path of a baseline file, relative to the configuration file.
    pub baseline: Option<String>,
    /// Severity by rule id.
    pub severities: BTreeMap<String, Severity>,
    pub scopes: Vec<Scope>,
    pub waivers: Vec<Waiver>,
    /// Rules that cannot be waived.
    pub never: BTreeSet<String>,
    /// The longest life of a waiver in days; then every waiver needs an end.
    pub max_days: Option<u32>,
    /// Budgets by the names of [`LIMITS`].
    pub limits: BTreeMap<String, u64>,
}

/// Other settings for some paths.
#[derive(Clone, Debug, PartialEq)]
pub struct Scope {
    pub paths: Vec<Glob>,
    pub fail_on: Option<Severity>,
    pub severities: BTreeMap<String, Severity>,
    /// Findings there do not count; the reason why.
    pub ignore: Option<String>,
}

/// A finding that is accepted, by whom, why and until when.
#[derive(Clone, Debug, PartialEq)]
pub struct Waiver {
    pub rule: Option<String>,
    pub asset: Option<Glob>,
    pub fingerprint: Option<String>,
    pub reason: String,
    pub by: Option<String>,
    /// The last day on which it is in force.
    pub until: Option<Date>,
    /// Where it stands, for messages.
    pub line: usize,
}

impl Waiver {
    /// What it names, for messages.
    #[must_use]
    pub fn subject(&self) -> String {
        let parts =
            [self.fingerprint.as_deref(), self.rule.as_deref(), self.asset.as_ref().map(Glob::as_str)];
        parts.into_iter().flatten().map(|part| format!("`{part}`")).collect::<Vec<_>>().join(" on ")
    }
}

/// Why a file was refused: one sentence, its place, and what to do.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Error {
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    pub message: String,
    pub hint: Option<String>,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.message)
    }
}

impl std::error::Error for Error {}

impl Config {
    /// Reads a configuration file.
    ///
    /// # Errors
    /// The first thing that is wrong: its TOML, an unknown key, a value that is not allowed.
    pub fn parse(text: &str) -> Result<Self, Error> {
        read::config(text)
    }

    /// The rules that it names outside waivers.
    pub fn rules(&self) -> impl Iterator<Item = &str> {
        let scoped = self.scopes.iter().flat_map(|scope| scope.severities.keys());
        self.severities.keys().chain(scoped).chain(&self.never).map(String::as_str)
    }
}

#[cfg(test)]
mod tests;
