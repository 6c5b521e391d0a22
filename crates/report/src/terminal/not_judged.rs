//! What was not judged: never hidden, and never in a colour that looks like good.

use super::wrap::wrapped;
use crate::{
    hostile::{columns, cut_path, visible},
    place, summary,
};
use modelward_kernel::{Reason, Report, Severity, Unknown};
use std::{collections::BTreeMap, io};

const INDENT: usize = 13;
const PATH_COLUMNS: usize = 28;
/// Entries with the same reason and sentence that are shown one by one.
const ALIKE: usize = 3;
const IN_ALL: usize = 15;

pub(super) fn list(report: &Report, width: usize, out: &mut dyn io::Write) -> io::Result<()> {
    let groups = alike(&report.unknowns);
    let shown = || groups.iter().flat_map(|g| g.iter().take(ALIKE)).take(IN_ALL);
    let path_width = shown().map(|u| columns(&path(u))).max().unwrap_or(0).min(PATH_COLUMNS);
    let (mut room, mut first) = (IN_ALL, true);
    for group in &groups {
        let take = group.len().min(ALIKE).min(room);
        room -= take;
        for (i, unknown) in group[..take].iter().enumerate() {
            row(unknown, i > 0, path_width, width, first, out)?;
            first = false;
        }
        if take > 0 && take < group.len() {
            writeln!(
                out,
                "{}… {} more like it",
                " ".repeat(INDENT),
                summary::grouped((group.len() - take) as u64)
            )?;
        }
    }
    let hidden: usize = {
        let mut room = IN_ALL;
        let skipped = groups.iter().filter(|g| {
            let take = g.len().min(ALIKE).min(room);
            room -= take;
            take == 0
        });
        skipped.map(Vec::len).sum()
    };
    if hidden > 0 {
        writeln!(
            out,
            "{}… {} more: --format html lists all",
            " ".repeat(INDENT),
            summary::grouped(hidden as u64)
        )?;
    }
    if !report.unknowns.is_empty() {
        writeln!(out)?;
    }
    Ok(())
}

/// The entries by reason and sentence, in the order of the first of each.
fn alike(unknowns: &[Unknown]) -> Vec<Vec<&Unknown>> {
    let mut at: BTreeMap<(Reason, Severity, &str), usize> = BTreeMap::new();
    let mut groups: Vec<Vec<&Unknown>> = Vec::new();
    for unknown in unknowns {
        let i = *at.entry((unknown.reason, unknown.severity, &unknown.message)).or_insert(groups.len());
        if i == groups.len() {
            groups.push(Vec::new());
        }
        groups[i].push(unknown);
    }
    groups
}

fn path(unknown: &Unknown) -> String {
    unknown.places.first().map_or_else(|| visible(unknown.asset.as_str()), place::address)
}

fn row(
    unknown: &Unknown,
    same: bool,
    path_width: usize,
    width: usize,
    first: bool,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let path = cut_path(&path(unknown), path_width);
    let mut text = format!("{} (could hide: {})", visible(&unknown.message), unknown.severity);
    if let Some(how) = &unknown.lifted_by {
        text.push_str(&format!("; to lift it: {}", visible(how)));
    }
    if same {
        "the same".clone_into(&mut text);
    }
    for (i, line) in wrapped(&text, width - INDENT - path_width - 3, 4).into_iter().enumerate() {
        let label = if first && i == 0 { " not judged  " } else { "             " };
        let path = if i == 0 { path.as_str() } else { "" };
        writeln!(out, "{label}{path}{}   {line}", " ".repeat(path_width - columns(path)))?;
    }
    Ok(())
}
