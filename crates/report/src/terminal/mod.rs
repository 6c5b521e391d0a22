//! What a person sees first: thirty seconds of reading, the worst on top, each with its proof and the way out.
//!
//! Nothing is hidden silently: what is folded is counted and the line says how to see it. The colour marks severities
//! and nothing else.

mod finding;
mod not_judged;
mod page;
mod wrap;

use crate::{
    Options,
    hostile::{columns, cut_path, visible},
    summary,
};
use modelward_kernel::{Report, Severity};
use std::io;
use wrap::{grouped, wrapped};

pub use page::page;

/// Fewer columns than this are not served.
const LEAST_WIDTH: usize = 80;
/// More than this is hard to read.
const MOST_WIDTH: usize = 140;
/// Where the text beside a label starts.
const INDENT: usize = 11;

pub(crate) fn write(report: &Report, options: &Options, out: &mut dyn io::Write) -> io::Result<()> {
    let width = options.width.clamp(LEAST_WIDTH, MOST_WIDTH);
    head(report, width, out)?;
    finding::list(report, floor(report, options), width, options.colour, out)?;
    not_judged::list(report, width, out)?;
    for note in &report.notes {
        for (i, line) in wrapped(&visible(note), width - INDENT, 3).into_iter().enumerate() {
            writeln!(out, " {:<9} {line}", if i == 0 { "note" } else { "" })?;
        }
    }
    if !report.notes.is_empty() {
        writeln!(out)?;
    }
    verdict(report, width, out)
}

/// The least severity that is shown: what was asked for, else high, else the worst there is.
fn floor(report: &Report, options: &Options) -> Severity {
    let worst = summary::open(report).map(|f| f.severity).max().unwrap_or(Severity::High);
    options.floor.unwrap_or(Severity::High.min(worst))
}

fn head(report: &Report, width: usize, out: &mut dyn io::Write) -> io::Result<()> {
    let target = cut_path(&visible(&report.target), width / 2);
    let parts = summary::parts(report);
    if parts.is_empty() {
        return writeln!(out, "{target}\n");
    }
    let beside = columns(&target) + 3;
    let indent = if beside <= width / 2 { beside } else { 4 };
    for (i, line) in grouped(&parts, width - beside, width - indent).into_iter().enumerate() {
        if i == 0 {
            writeln!(out, "{target}   {line}")?;
        } else {
            writeln!(out, "{}{line}", " ".repeat(indent))?;
        }
    }
    writeln!(out)
}

fn verdict(report: &Report, width: usize, out: &mut dyn io::Write) -> io::Result<()> {
    let word = summary::word(report.verdict);
    let counts = summary::verdict_line(report).join(" · ");
    for (i, line) in wrapped(&counts, width - word.len() - 3, 3).into_iter().enumerate() {
        writeln!(out, " {:<1$}  {line}", if i == 0 { word } else { "" }, word.len())?;
    }
    let run: Vec<String> =
        summary::run(report).iter().map(|(name, value)| format!("{name} {}", short(value))).collect();
    for line in grouped(&run, width - 1, width - 1) {
        for line in wrapped(&line, width - 1, 3) {
            writeln!(out, " {line}")?;
        }
    }
    Ok(())
}

/// A value with its digests cut to what tells them apart; the other outputs hold all of them.
fn short(value: &str) -> String {
    let digest = |word: &str| word.len() == 64 && word.bytes().all(|b| b.is_ascii_hexdigit());
    value.split(' ').map(|word| if digest(word) { &word[..12] } else { word }).collect::<Vec<_>>().join(" ")
}
