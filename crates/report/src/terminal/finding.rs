//! The list of findings: grouped by asset, the worst first, at most eight lines each.

use super::{INDENT, wrap::wrapped};
use crate::{
    hostile::{columns, cut, cut_path, visible},
    place, summary,
};
use modelward_kernel::{AssetId, Finding, Report, Severity};
use std::{
    collections::{BTreeMap, BTreeSet},
    io,
};

const LINES: usize = 8;
/// Lines that a sentence takes beside a path.
const SENTENCE: usize = 2;
const PER_ASSET: usize = 5;
const IN_ALL: usize = 40;
const PATH_COLUMNS: usize = 28;

/// Findings of at least `floor`, then what is folded.
pub(super) fn list(
    report: &Report,
    floor: Severity,
    width: usize,
    colour: bool,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let shown: Vec<&Finding> = summary::open(report).filter(|f| f.severity >= floor).collect();
    let groups = by_asset(&shown);
    let widths = shown.iter().map(|f| columns(&path(f)));
    let path_width = widths.filter(|columns| *columns <= PATH_COLUMNS.min(width / 3)).max().unwrap_or(0);
    let view = View { width, path_width, colour };
    let mut room = IN_ALL;
    for group in &groups {
        if room == 0 {
            break;
        }
        let take = group.len().min(PER_ASSET).min(room);
        room -= take;
        let (mut said, mut above) = (None, false);
        for finding in &group[..take] {
            let path = path(finding);
            let new = said.as_ref() != Some(&path);
            if new {
                above = view.heading(&path, &finding.message, out)?;
            }
            view.finding(finding, (!above).then_some(if new { path.as_str() } else { "" }), out)?;
            writeln!(out)?;
            said = Some(path);
        }
        if take < group.len() {
            writeln!(out, " … {} more on this asset: --format html lists all\n", group.len() - take)?;
        }
    }
    let printed: usize = groups.iter().map(|g| g.len().min(PER_ASSET)).sum::<usize>().min(IN_ALL);
    let skipped_groups: usize = shown.len() - printed;
    if room == 0 && skipped_groups > 0 {
        writeln!(
            out,
            " … {} more of these: --format html lists all\n",
            summary::grouped(skipped_groups as u64)
        )?;
    }
    let folded = || summary::open(report).filter(|f| f.severity < floor);
    if let Some(least) = folded().map(|f| f.severity).min() {
        writeln!(out, " … {}: --severity {least} shows them\n", summary::severities(folded()))?;
    }
    Ok(())
}

/// The findings of each asset, in the order of the worst of each.
fn by_asset<'f>(findings: &[&'f Finding]) -> Vec<Vec<&'f Finding>> {
    let mut at: BTreeMap<&AssetId, usize> = BTreeMap::new();
    let mut groups: Vec<Vec<&Finding>> = Vec::new();
    for finding in findings {
        let i = *at.entry(&finding.asset).or_insert(groups.len());
        if i == groups.len() {
            groups.push(Vec::new());
        }
        groups[i].push(finding);
    }
    groups
}

fn path(finding: &Finding) -> String {
    finding.places.first().map_or_else(|| visible(finding.asset.as_str()), |place| visible(&place.path))
}

struct View {
    width: usize,
    path_width: usize,
    colour: bool,
}

impl View {
    /// A path on a line of its own, when it is too long to stand beside the sentences, or would press this one into many
    /// lines.
    fn heading(&self, path: &str, message: &str, out: &mut dyn io::Write) -> io::Result<bool> {
        let beside = self.width - INDENT - self.path_width - 3;
        let alone = columns(path) > self.path_width
            || wrapped(&visible(message), beside, SENTENCE + 1).len() > SENTENCE;
        if alone {
            writeln!(out, " {}", cut_path(path, self.width - 1))?;
        }
        Ok(alone)
    }

    /// One finding; `path` stands beside the sentence, and none when it stands above.
    fn finding(&self, finding: &Finding, path: Option<&str>, out: &mut dyn io::Write) -> io::Result<()> {
        let rule = finding.rule.id;
        let path_width = path.map(|_| self.path_width);
        let sentence_at = INDENT + path_width.map_or(0, |width| width + 3);
        let message = visible(&finding.message);
        let rule_beside = columns(&message) + columns(rule) + 2 + sentence_at <= self.width;
        let sentence = wrapped(
            &message,
            self.width - sentence_at,
            if finding.evidence.is_empty() { 3 } else { SENTENCE },
        );
        for (i, line) in sentence.iter().enumerate() {
            let label = if i == 0 { self.label(finding.severity) } else { " ".repeat(INDENT) };
            let beside = path_width.map_or_else(String::new, |width| {
                let path = path.filter(|_| i == 0).unwrap_or_default();
                format!("{path}{}   ", " ".repeat(width - columns(path)))
            });
            let end = if rule_beside {
                format!("{}{rule}", " ".repeat(self.width - sentence_at - columns(line) - columns(rule)))
            } else {
                String::new()
            };
            writeln!(out, "{label}{beside}{line}{end}")?;
        }
        let mut lines = Vec::new();
        let place = finding.places.first().and_then(place::within);
        match (rule_beside, place) {
            (true, None) => {}
            (true, Some(place)) => lines.push(place),
            (false, None) => lines.push(rule.to_owned()),
            (false, Some(place)) => lines.push(format!("{rule} · {place}")),
        }
        self.body(finding, LINES - sentence.len() - lines.len(), &mut lines);
        for line in lines {
            writeln!(out, "{}{}", " ".repeat(INDENT), cut(&line, self.width - INDENT))?;
        }
        Ok(())
    }

    /// Evidence, gains, fix and the draft of a waiver, in at most `room` lines. Text is wrapped where lines are left.
    fn body(&self, finding: &Finding, room: usize, lines: &mut Vec<String>) {
        let fix = finding.fixes.first();
        let fixed = 1 + usize::from(fix.is_some()) + usize::from(finding.gains.is_some());
        let mut left = room.saturating_sub(fixed);
        // The same words from two places are said once here; the other outputs tell the places apart.
        let mut evidence: Vec<_> = finding.evidence.iter().collect();
        let mut seen = BTreeSet::new();
        evidence.retain(|e| seen.insert((&e.label, &e.text)));
        let all = evidence.len();
        let shown = if all <= left { all } else { left.saturating_sub(1) };
        let label_width = evidence[..shown].iter().map(|e| columns(&visible(&e.label))).max().unwrap_or(0);
        for evidence in &evidence[..shown] {
            let label = visible(&evidence.label);
            let pad = " ".repeat(label_width - columns(&label));
            lines.push(format!("  {label}{pad}  {}", visible(&evidence.text)));
        }
        if shown < all {
            lines.push(format!("  … {} more", all - shown));
        }
        left -= shown + usize::from(shown < all);
        // The way out is written last and gets the lines that are left first: half of it helps nobody.
        let mut labelled = |label: &str, text: &str| {
            let wrapped = wrapped(&visible(text), self.width - INDENT - 9, 1 + left);
            left -= wrapped.len() - 1;
            let line = |(i, line)| format!("{:<9}{line}", if i == 0 { label } else { "" });
            wrapped.into_iter().enumerate().map(line).collect::<Vec<String>>()
        };
        let fix = fix.map(|fix| labelled("fix:", &fix.summary)).unwrap_or_default();
        lines.extend(finding.gains.as_ref().map(|gains| labelled("gains:", gains)).unwrap_or_default());
        lines.extend(fix);
        let waive = format!("{:<9}modelward policy waive {}", "waive:", finding.fingerprint());
        let rest = " --reason … --until …";
        let fits = INDENT + columns(&waive) + columns(rest) <= self.width;
        lines.push(if fits { waive + rest } else { waive });
    }

    /// The severity, in its colour, up to [`INDENT`].
    fn label(&self, severity: Severity) -> String {
        let word = summary::severity_word(severity);
        let pad = " ".repeat(INDENT - 1 - word.len());
        match (self.colour, severity) {
            (false, _) | (true, Severity::Info) => format!(" {word}{pad}"),
            (true, Severity::Critical) => format!(" \x1b[1;31m{word}\x1b[0m{pad}"),
            (true, Severity::High) => format!(" \x1b[31m{word}\x1b[0m{pad}"),
            (true, Severity::Medium) => format!(" \x1b[33m{word}\x1b[0m{pad}"),
            (true, Severity::Low) => format!(" \x1b[36m{word}\x1b[0m{pad}"),
        }
    }
}
