//! From results to the page of figures.

use super::{
    corpus::{Label, Sample},
    large::Figure,
};
use std::{collections::BTreeSet, fmt::Write};

/// What one scanner said about each sample, and what it cost.
pub(super) struct Row {
    pub name: String,
    pub version: String,
    pub cpu_s: f64,
    pub max_rss_mib: f64,
    /// A finding at the tool's own warning level; ours is medium.
    pub flagged: Vec<bool>,
    /// Could not be judged.
    pub not_judged: Vec<bool>,
}

impl Row {
    /// How many of the samples that are `label`led so, and of `format` when one is given, are marked; and of how many.
    fn share(
        &self,
        samples: &[Sample],
        label: Label,
        format: Option<&str>,
        marks: &[bool],
    ) -> (usize, usize) {
        let wanted = |sample: &Sample| sample.label == label && format.is_none_or(|f| sample.format == f);
        let of = samples.iter().filter(|sample| wanted(sample)).count();
        let marked = samples.iter().zip(marks).filter(|(sample, mark)| wanted(sample) && **mark).count();
        (marked, of)
    }
}

pub(super) fn page(samples: &[Sample], rows: &[Row], large: &[Figure], machine: &str) -> String {
    let mut text = String::from(
        "# Benchmarks\n\n<!-- Written by `cargo xtask bench models CORPUS`; edits here are lost. -->\n\n\
         Our release build beside other scanners, on the same labelled samples and the same machine. A corpus is a folder with \
         a `manifest.jsonl`; it is not part of this repository.\n\n",
    );
    let count = |label| samples.iter().filter(|sample| sample.label == label).count();
    let _ = writeln!(
        text,
        "{} samples: {} malicious or built to slip past scanners, {} benign, {} arguable and in no figure. Machine: {machine}.\n",
        samples.len(),
        count(Label::Bad),
        count(Label::Benign),
        count(Label::Suspect),
    );
    summary(&mut text, samples, rows);
    by_format(&mut text, samples, rows);
    let _ = write!(
        text,
        "## What size costs\n\n| what | target | CPU s | seconds | MiB |\n|---|---|---|---|---|\n"
    );
    for figure in large {
        let _ = writeln!(
            text,
            "| {} | {} | {:.2} | {:.2} | {:.0} |",
            figure.what, figure.target, figure.cpu_s, figure.wall_s, figure.max_rss_mib
        );
    }
    text.push_str(
        "\n## How it was measured\n\n\
         Ours is one run, `modelward scan FOLDER --format json`, over all samples, each in a numbered folder of its own; start, \
         hashing and confinement are in its CPU seconds, and memory is that of the largest process. The others run in one \
         Python process each, `xtask/src/bench/peers.py`, one sample at a time with a limit of 20 seconds; their CPU seconds \
         leave out start and imports, and they read only the file types that they know.\n\
         *Flagged* is a finding at the tool's own warning level: medium for ours, dangerous globals for picklescan, above \
         LIKELY_SAFE for fickling, warning for modelaudit. *Not judged* is what could not be read or decided.\n",
    );
    text
}

fn summary(text: &mut String, samples: &[Sample], rows: &[Row]) {
    text.push_str(
        "## All samples\n\n| scanner | malicious flagged | benign flagged | benign not judged | CPU s | MiB |\n\
         |---|---|---|---|---|---|\n",
    );
    for row in rows {
        let share = |label, marks: &[bool]| {
            let (marked, of) = row.share(samples, label, None, marks);
            format!("{marked}/{of} = {:.1} %", 100.0 * marked as f64 / of.max(1) as f64)
        };
        let _ = writeln!(
            text,
            "| {} {} | {} | {} | {} | {:.1} | {:.0} |",
            row.name,
            row.version,
            share(Label::Bad, &row.flagged),
            share(Label::Benign, &row.flagged),
            share(Label::Benign, &row.not_judged),
            row.cpu_s,
            row.max_rss_mib,
        );
    }
    text.push('\n');
}

fn by_format(text: &mut String, samples: &[Sample], rows: &[Row]) {
    let names: Vec<&str> = rows.iter().map(|row| row.name.as_str()).collect();
    let _ = write!(
        text,
        "## By format\n\nMalicious flagged, then benign flagged.\n\n| format | {} |\n|---|{}\n",
        names.join(" | "),
        "---|".repeat(rows.len())
    );
    let formats: BTreeSet<&str> = samples.iter().map(|sample| sample.format.as_str()).collect();
    for format in formats {
        let cells = rows.iter().map(|row| {
            let cell = |label| {
                let (marked, of) = row.share(samples, label, Some(format), &row.flagged);
                if of == 0 { "–".to_owned() } else { format!("{marked}/{of}") }
            };
            format!("{}, {}", cell(Label::Bad), cell(Label::Benign))
        });
        let _ = writeln!(text, "| {format} | {} |", cells.collect::<Vec<_>>().join(" | "));
    }
    text.push('\n');
}
