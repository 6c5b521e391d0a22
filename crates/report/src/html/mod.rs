//! One self-contained HTML file: opens from disk, loads nothing, is whole without scripts, prints well.
//!
//! The only script filters what is there already. A content security policy names its digest and the style's, so that
//! text of the target could not run even if an escape were forgotten.

mod findings;
mod frameworks;
mod graph;
mod inventory;
mod policy;

use crate::{hostile::visible, place, summary};
use modelward_kernel::{AssetId, Report, Rule, identity_hash};
use std::{fmt, fmt::Write as _, io};

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("filter.js");

pub(crate) fn write(report: &Report, rules: &[&'static Rule], out: &mut dyn io::Write) -> io::Result<()> {
    let mut page = String::new();
    let written = head(report, &mut page)
        .and_then(|()| findings::section(report, &mut page))
        .and_then(|()| inventory::section(report, &mut page))
        .and_then(|()| graph::section(report, &mut page))
        .and_then(|()| frameworks::section(report, rules, &mut page))
        .and_then(|()| write!(page, "</main>\n<script>{SCRIPT}</script>\n</body>\n</html>\n"));
    written.map_err(io::Error::other)?;
    out.write_all(page.as_bytes())
}

fn head(report: &Report, page: &mut String) -> fmt::Result {
    let word = summary::word(report.verdict);
    write!(
        page,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <title>{word}: {}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
         <a class=\"skip\" href=\"#findings\">Skip to the findings</a>\n<header>\n",
        policy::content_security_policy(STYLE, SCRIPT),
        Text(&report.target)
    )?;
    writeln!(page, "<p class=\"verdict {}\">{word}</p>", report.verdict.as_str())?;
    writeln!(page, "<h1>{}</h1>", Text(&report.target))?;
    writeln!(page, "<p>{}</p>", Text(&summary::verdict_line(report).join(" · ")))?;
    let parts = summary::parts(report);
    if !parts.is_empty() {
        writeln!(page, "<p>{}</p>", Text(&parts.join(" · ")))?;
    }
    page.push_str("<nav aria-label=\"Sections\"><a href=\"#not-judged\">Not judged</a> <a href=\"#findings\">Findings</a> ");
    page.push_str("<a href=\"#inventory\">Inventory</a> <a href=\"#graph\">Graph</a> <a href=\"#frameworks\">Frameworks</a></nav>\n");
    page.push_str("</header>\n<main>\n");
    not_judged(report, page)?;
    notes(report, page)?;
    run(report, page)
}

fn not_judged(report: &Report, page: &mut String) -> fmt::Result {
    page.push_str("<section id=\"not-judged\"><h2>Not judged</h2>\n");
    if report.unknowns.is_empty() {
        page.push_str("<p>Everything that was found was judged.</p>\n");
    } else {
        page.push_str("<div class=\"scroll\"><table><thead><tr><th scope=\"col\">Could hide</th><th scope=\"col\">Where</th>");
        page.push_str("<th scope=\"col\">Why</th><th scope=\"col\">Lifted by</th></tr></thead>\n<tbody>\n");
        for unknown in &report.unknowns {
            let place = unknown.places.first().map_or_else(|| visible(unknown.asset.as_str()), place::whole);
            writeln!(
                page,
                "<tr id=\"{}\"><td>{}</td><td><code>{}</code></td><td>{}</td><td>{}</td></tr>",
                Text(&unknown.id()),
                unknown.severity,
                Text(&place),
                Text(&unknown.message),
                Text(unknown.lifted_by.as_deref().unwrap_or(""))
            )?;
        }
        page.push_str("</tbody></table></div>\n");
    }
    page.push_str("</section>\n");
    Ok(())
}

fn notes(report: &Report, page: &mut String) -> fmt::Result {
    if report.notes.is_empty() {
        return Ok(());
    }
    page.push_str("<section id=\"notes\"><h2>Notes</h2>\n<ul>\n");
    for note in &report.notes {
        writeln!(page, "<li>{}</li>", Text(note))?;
    }
    page.push_str("</ul></section>\n");
    Ok(())
}

fn run(report: &Report, page: &mut String) -> fmt::Result {
    page.push_str("<section id=\"run\"><h2>What it depends on</h2>\n<dl>\n");
    for (name, value) in summary::run(report) {
        writeln!(page, "<dt>{name}</dt><dd><code>{}</code></dd>", Text(&value))?;
    }
    for (name, value) in &report.run.options {
        writeln!(page, "<dt>{}</dt><dd><code>{}</code></dd>", Text(name), Text(value))?;
    }
    let mut inputs = Vec::new();
    for asset in report.inventory.assets() {
        if let Some(digest) = asset.digests.get("sha256") {
            inputs.extend([asset.id.as_str(), digest]);
        }
    }
    let stats = report.stats;
    writeln!(
        page,
        "<dt>inputs</dt><dd><code>sha256:{}</code>, over the digests of all files</dd>",
        identity_hash(&inputs, 32)
    )?;
    writeln!(
        page,
        "<dt>looked at</dt><dd>{} files, {} members of archives, {} bytes, of which {} were read and hashed</dd>",
        summary::grouped(stats.files),
        summary::grouped(stats.members),
        summary::grouped(stats.bytes),
        summary::grouped(stats.bytes_hashed)
    )?;
    page.push_str("</dl></section>\n");
    Ok(())
}

/// Text for an element or a quoted attribute: made visible, then escaped.
struct Text<'t>(&'t str);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in visible(self.0).chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

/// The anchor of an asset: its id is text of the target, so a hash of it stands in links.
fn anchor(asset: &str) -> String {
    format!("a-{}", identity_hash(&[asset], 8))
}

/// An asset as a link to its row, where the inventory has one.
fn link(report: &Report, asset: &AssetId) -> String {
    let text = Text(asset.as_str());
    match report.inventory.asset(asset) {
        Some(_) => format!("<a href=\"#{}\"><code>{text}</code></a>", anchor(asset.as_str())),
        None => format!("<code>{text}</code>"),
    }
}
