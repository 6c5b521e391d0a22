//! Markdown (GitHub's flavour), for merge requests and summaries of jobs.
//!
//! Text of the target stands in code spans, where nothing is a link, a mention, a picture or HTML.

use crate::{
    controls,
    hostile::{shortened, visible},
    place, summary,
};
use modelward_kernel::{Finding, Report};
use std::io;

/// More than this makes a comment that hosts refuse.
const FINDINGS: usize = 100;
const NOT_JUDGED: usize = 50;
const ASSETS: usize = 100;
const TEXT: usize = 500;

pub(crate) fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    writeln!(out, "# {}: {}\n", summary::word(report.verdict), code(&report.target))?;
    writeln!(out, "{}\n", summary::verdict_line(report).join(" · "))?;
    let parts = summary::parts(report);
    if !parts.is_empty() {
        writeln!(out, "{}\n", parts.join(" · "))?;
    }
    not_judged(report, out)?;
    findings(report, out)?;
    suppressed(report, out)?;
    for (i, note) in report.notes.iter().enumerate() {
        if i == 0 {
            writeln!(out, "## Notes\n")?;
        }
        writeln!(out, "- {}", text(note))?;
    }
    if !report.notes.is_empty() {
        writeln!(out)?;
    }
    inventory(report, out)?;
    writeln!(out, "## Run\n")?;
    for (name, value) in summary::run(report) {
        writeln!(out, "- {name}: {}", code(&value))?;
    }
    Ok(())
}

fn findings(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let open: Vec<&Finding> = summary::open(report).collect();
    if open.is_empty() {
        return Ok(());
    }
    writeln!(out, "## Findings\n")?;
    for finding in open.iter().take(FINDINGS) {
        writeln!(out, "### {} {}\n", summary::severity_word(finding.severity), text(&finding.message))?;
        writeln!(out, "- rule: {}", code(finding.rule.id))?;
        for place in &finding.places {
            writeln!(out, "- at: {}", code(&place::whole(place)))?;
        }
        for evidence in &finding.evidence {
            writeln!(out, "- {}: {}", text(&evidence.label), code(&evidence.text))?;
        }
        if let Some(gains) = &finding.gains {
            writeln!(out, "- gains: {}", text(gains))?;
        }
        for fix in &finding.fixes {
            writeln!(out, "- fix: {}", text(&fix.summary))?;
        }
        let frameworks: Vec<String> = controls::by_framework(finding.rule.theme)
            .into_iter()
            .map(|(framework, ids)| {
                format!("{framework}: {}", ids.iter().map(|c| c.id).collect::<Vec<_>>().join(", "))
            })
            .collect();
        if !frameworks.is_empty() {
            writeln!(out, "- controls: {}", frameworks.join("; "))?;
        }
        writeln!(out, "- fingerprint: {}\n", code(&finding.fingerprint()))?;
    }
    more(open.len(), FINDINGS, out)
}

fn not_judged(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    if report.unknowns.is_empty() {
        return Ok(());
    }
    writeln!(out, "## Not judged\n")?;
    for unknown in report.unknowns.iter().take(NOT_JUDGED) {
        let place = unknown.places.first().map_or_else(|| visible(unknown.asset.as_str()), place::whole);
        let mut line =
            format!("{}: {} (could hide: {})", code(&place), text(&unknown.message), unknown.severity);
        if let Some(how) = &unknown.lifted_by {
            line.push_str(&format!("; to lift it: {}", code(how)));
        }
        writeln!(out, "- {line}")?;
    }
    writeln!(out)?;
    more(report.unknowns.len(), NOT_JUDGED, out)
}

fn suppressed(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let mut first = true;
    for finding in &report.findings {
        let Some(suppression) = &finding.suppressed else { continue };
        if std::mem::take(&mut first) {
            writeln!(out, "## Suppressed\n")?;
        }
        let place = finding.places.first().map_or_else(|| visible(finding.asset.as_str()), place::whole);
        let until =
            suppression.until.as_ref().map_or_else(String::new, |day| format!(", until {}", text(day)));
        let (rule, by, reason) = (code(finding.rule.id), text(&suppression.by), text(&suppression.reason));
        writeln!(out, "- {} {rule} at {}: {by}: {reason}{until}", finding.severity, code(&place))?;
    }
    if first { Ok(()) } else { writeln!(out) }
}

fn inventory(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    if report.inventory.is_empty() {
        return Ok(());
    }
    writeln!(out, "## Inventory\n\n| kind | name | version | sha256 |\n|---|---|---|---|")?;
    for asset in report.inventory.assets().take(ASSETS) {
        let version = asset.version.as_deref().map_or_else(String::new, cell);
        let digest = asset.digests.get("sha256").map_or_else(String::new, |digest| cell(digest));
        writeln!(out, "| {} | {} | {version} | {digest} |", asset.kind, cell(&asset.name))?;
    }
    writeln!(out)?;
    more(report.inventory.assets().count(), ASSETS, out)
}

fn more(all: usize, shown: usize, out: &mut dyn io::Write) -> io::Result<()> {
    if all > shown {
        writeln!(out, "… and {} more: the JSON report holds all.\n", all - shown)
    } else {
        Ok(())
    }
}

/// A sentence as text when nothing in it could be markup, a link or a mention; else a code span.
fn text(raw: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || " ,;:'\"()-./%=".contains(c);
    let shown = shortened(&visible(raw), TEXT);
    let harmless = shown.chars().all(plain)
        && !shown.to_ascii_lowercase().contains("www.")
        && !shown.contains("://")
        && !shown.starts_with(['-', '=', ' ']);
    if harmless { shown } else { code(raw) }
}

/// A code span whose fence is longer than any run of backticks in the text.
fn code(raw: &str) -> String {
    let shown = shortened(&visible(raw), TEXT);
    let longest = shown.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let padded = shown.starts_with(['`', ' ']) || shown.ends_with(['`', ' ']) || shown.is_empty();
    if padded { format!("{fence} {shown} {fence}") } else { format!("{fence}{shown}{fence}") }
}

/// A code span in a table, where a bar would end the cell also inside code.
fn cell(raw: &str) -> String {
    code(raw).replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_span_cannot_be_left() {
        assert_eq!(code("a`b``c"), "```a`b``c```");
        assert_eq!(code("`x"), "`` `x ``");
        assert_eq!(code("a\n\n# title"), "`a\\n\\n# title`");
        assert_eq!(cell("a|b"), "`a\\|b`");
    }

    #[test]
    fn a_sentence_with_anything_special_becomes_code() {
        assert_eq!(text("loading this file runs a program"), "loading this file runs a program");
        for hostile in [
            "see http://evil.example",
            "www.evil.example",
            "@everyone",
            "fixes #1",
            "<b>",
            "*x*",
            "a_b_c",
            "![x](y)",
        ] {
            assert!(text(hostile).starts_with('`'), "{hostile}");
        }
    }
}
