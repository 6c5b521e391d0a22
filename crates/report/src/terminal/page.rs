//! A rule's page as text for a terminal. The page is ours, so it is not hostile; its Markdown is the small part that the
//! pages use: headings, paragraphs, lists and fenced blocks.

use super::{LEAST_WIDTH, wrap::wrapped};
use crate::{controls, hostile::visible};
use modelward_kernel::Rule;
use std::fmt::Write as _;

/// The page, and the controls that the rule is evidence for.
#[must_use]
pub fn page(rule: &Rule, width: usize) -> String {
    let width = width.clamp(LEAST_WIDTH, 100);
    let mut out = String::new();
    let _ = writeln!(out, "{}   {}\n\n{}\n", rule.id, rule.severity, rule.title);
    for heading in ["What it flags", "Why it matters", "How to fix", "Flagged", "Accepted", "References"] {
        if let Some(text) = rule.section(heading) {
            let _ = writeln!(out, "{heading}\n");
            section(text, width, &mut out);
        }
    }
    let ids: Vec<String> = by_framework(rule);
    if !ids.is_empty() {
        let _ = writeln!(out, "Controls it is evidence for (theme {})\n", rule.theme);
        for line in ids {
            for (i, line) in wrapped(&line, width - 4, 4).into_iter().enumerate() {
                let _ = writeln!(out, "{}{line}", if i == 0 { "  " } else { "    " });
            }
        }
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

/// `CWE 4.14: CWE-502, CWE-94`, one line each.
fn by_framework(rule: &Rule) -> Vec<String> {
    let line = |(framework, controls): (String, Vec<controls::Control>)| {
        let ids: Vec<String> = controls
            .iter()
            .map(|c| match c.name {
                Some(name) => format!("{} {name}", c.id),
                None => c.id.to_owned(),
            })
            .collect();
        format!("{framework}: {}", ids.join(", "))
    };
    controls::by_framework(rule.theme).into_iter().map(line).collect()
}

fn section(text: &str, width: usize, out: &mut String) {
    let (mut fenced, mut paragraph) = (false, String::new());
    for line in text.lines() {
        if let Some(info) = line.trim_start().strip_prefix("```") {
            flush(&mut paragraph, width, out);
            if !fenced && !info.trim_start_matches('`').is_empty() {
                let _ = writeln!(out, "  [{}]", visible(info.trim_start_matches('`').trim()));
            } else if fenced {
                out.push('\n');
            }
            fenced = !fenced;
        } else if fenced {
            let _ = writeln!(out, "    {}", visible(line));
        } else if line.trim().is_empty() {
            flush(&mut paragraph, width, out);
        } else if line.starts_with(['-', '*', '#']) {
            let in_list = is_item(&paragraph) && is_item(line);
            flush(&mut paragraph, width, out);
            if in_list {
                out.pop();
            }
            paragraph.push_str(line.trim_start_matches('#').trim());
        } else {
            if !paragraph.is_empty() {
                paragraph.push(' ');
            }
            paragraph.push_str(line.trim());
        }
    }
    flush(&mut paragraph, width, out);
}

fn is_item(text: &str) -> bool {
    text.starts_with("- ") || text.starts_with("* ")
}

/// Writes the paragraph, and an empty line after it.
fn flush(paragraph: &mut String, width: usize, out: &mut String) {
    if paragraph.is_empty() {
        return;
    }
    let item = is_item(paragraph);
    for (i, line) in wrapped(&visible(paragraph), width - 4, usize::MAX).into_iter().enumerate() {
        let _ = writeln!(out, "{}{line}", if item && i > 0 { "    " } else { "  " });
    }
    out.push('\n');
    paragraph.clear();
}
