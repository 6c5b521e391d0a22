//! What a run found, said in the formats that people and machines read: a file or a folder per output, each a view of
//! [`Report`](modelward_kernel::Report).
//!
//! Nothing is judged here, nothing is read and there is no clock. Every text of a report may come from the target and is
//! hostile: [`hostile`] makes it safe for each kind of output. Start with [`write`], then the module of a format.

mod controls;
mod cyclonedx;
pub mod hostile;
mod html;
mod json;
mod jsonl;
mod markdown;
mod ocsf;
mod place;
mod sarif;
mod summary;
mod terminal;
mod wire;

use modelward_kernel::{Report, Rule, Severity};
use std::{fmt, io, str::FromStr};

pub use controls::{Control, controls};
pub use json::schema;
pub use terminal::page;

/// The outputs.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Format {
    Cyclonedx,
    Html,
    Json,
    Jsonl,
    Markdown,
    Ocsf,
    Sarif,
    Terminal,
}

impl Format {
    pub const ALL: &'static [Format] = &[
        Format::Terminal,
        Format::Json,
        Format::Jsonl,
        Format::Sarif,
        Format::Cyclonedx,
        Format::Ocsf,
        Format::Html,
        Format::Markdown,
    ];

    /// The word on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Format::Cyclonedx => "cyclonedx",
            Format::Html => "html",
            Format::Json => "json",
            Format::Jsonl => "jsonl",
            Format::Markdown => "markdown",
            Format::Ocsf => "ocsf",
            Format::Sarif => "sarif",
            Format::Terminal => "terminal",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        Format::ALL.iter().copied().find(|f| f.as_str() == word).ok_or_else(|| {
            let words: Vec<&str> = Format::ALL.iter().map(|f| f.as_str()).collect();
            format!("`{word}` is not a format: use {}", words.join(", "))
        })
    }
}

/// How an output is written. None of it changes what was found.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Options {
    /// Columns of the terminal; at least 80 are used.
    pub width: usize,
    /// Whether the terminal output marks severities with colour.
    pub colour: bool,
    /// The least severity that the terminal output shows; high, or the worst there is, unless set.
    pub floor: Option<Severity>,
    /// Seconds since 1970 for the formats that must or may hold a time; without it CycloneDX holds none, and OCSF holds 0.
    pub time: Option<i64>,
}

impl Default for Options {
    fn default() -> Self {
        Options { width: 100, colour: false, floor: None, time: None }
    }
}

/// Writes the report.
///
/// `rules` are all rules of the tool, for the formats that describe them.
///
/// # Errors
/// Those of `out`.
pub fn write(
    format: Format,
    report: &Report,
    rules: &[&'static Rule],
    options: &Options,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    match format {
        Format::Cyclonedx => cyclonedx::write(report, options, out),
        Format::Html => html::write(report, rules, out),
        Format::Json => json::write(report, out),
        Format::Jsonl => jsonl::write(report, out),
        Format::Markdown => markdown::write(report, out),
        Format::Ocsf => ocsf::write(report, options, out),
        Format::Sarif => sarif::write(report, rules, out),
        Format::Terminal => terminal::write(report, options, out),
    }
}
