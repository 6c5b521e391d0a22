//! The findings as articles, with a form that filters them when scripts run.

use super::{Text, anchor};
use crate::{controls, place, summary};
use modelward_kernel::{Finding, FixSafety, Report, Severity};
use std::{
    collections::BTreeSet,
    fmt::{self, Write as _},
};

pub(super) fn section(report: &Report, page: &mut String) -> fmt::Result {
    page.push_str("<section id=\"findings\"><h2>Findings</h2>\n");
    if report.findings.is_empty() {
        page.push_str("<p>None.</p>\n</section>\n");
        return Ok(());
    }
    form(report, page)?;
    let mut seen = BTreeSet::new();
    for finding in &report.findings {
        // An anchor must be unique; the second of one fingerprint is the same problem seen twice.
        let anchor = if seen.insert(finding.fingerprint()) { finding.fingerprint() } else { String::new() };
        article(report, finding, &anchor, page)?;
    }
    page.push_str("</section>\n");
    Ok(())
}

fn form(report: &Report, page: &mut String) -> fmt::Result {
    page.push_str("<div id=\"filter\" role=\"search\" hidden>\n<label>Search <input type=\"search\" id=\"search\"></label>\n<fieldset><legend>Severity</legend>");
    for severity in Severity::ALL {
        let count = report.findings.iter().filter(|f| f.severity == severity).count();
        if count > 0 {
            write!(
                page,
                " <label><input type=\"checkbox\" name=\"severity\" value=\"{severity}\" checked> {severity} ({count})</label>"
            )?;
        }
    }
    page.push_str("</fieldset>\n<label>Asset <select id=\"asset\"><option value=\"\">all</option>");
    let assets: BTreeSet<&str> = report.findings.iter().map(|f| f.asset.as_str()).collect();
    for asset in assets {
        write!(page, "<option value=\"{}\">{}</option>", anchor(asset), Text(asset))?;
    }
    page.push_str(
        "</select></label>\n<label>Framework <select id=\"framework\"><option value=\"\">all</option>",
    );
    let frameworks: BTreeSet<&str> =
        report.findings.iter().flat_map(|f| controls::controls(f.rule.theme)).map(|c| c.framework).collect();
    for framework in frameworks {
        write!(page, "<option value=\"{0}\">{0}</option>", Text(framework))?;
    }
    page.push_str("</select></label>\n<label><input type=\"checkbox\" id=\"suppressed\" checked> suppressed too</label>\n");
    page.push_str("<output id=\"shown\" aria-live=\"polite\"></output>\n</div>\n");
    Ok(())
}

fn article(report: &Report, finding: &Finding, id: &str, page: &mut String) -> fmt::Result {
    let frameworks: BTreeSet<&str> = controls::controls(finding.rule.theme).map(|c| c.framework).collect();
    let frameworks = frameworks.into_iter().collect::<Vec<_>>().join("|");
    writeln!(
        page,
        "<article class=\"finding\"{} data-severity=\"{}\" data-asset=\"{}\" data-frameworks=\"{}\"{}>",
        if id.is_empty() { String::new() } else { format!(" id=\"{id}\"") },
        finding.severity,
        anchor(finding.asset.as_str()),
        Text(&frameworks),
        if finding.suppressed.is_some() { " data-suppressed" } else { "" }
    )?;
    writeln!(
        page,
        "<h3><span class=\"severity {}\">{}</span> {}</h3>",
        finding.severity,
        summary::severity_word(finding.severity),
        Text(&finding.message)
    )?;
    if let Some(suppressed) = &finding.suppressed {
        let until = suppressed.until.as_ref().map_or_else(String::new, |day| format!(", until {day}"));
        writeln!(
            page,
            "<p class=\"suppressed\">Does not count: {}</p>",
            Text(&format!("{}: {}{until}", suppressed.by, suppressed.reason))
        )?;
    }
    page.push_str("<dl>\n");
    writeln!(
        page,
        "<dt>rule</dt><dd><a href=\"#rule-{0}\">{0}</a>: {1}</dd>",
        finding.rule.id,
        Text(finding.rule.title)
    )?;
    writeln!(page, "<dt>asset</dt><dd>{}</dd>", super::link(report, &finding.asset))?;
    for place in &finding.places {
        writeln!(page, "<dt>at</dt><dd><code>{}</code></dd>", Text(&place::whole(place)))?;
    }
    for evidence in &finding.evidence {
        let at = evidence
            .place
            .as_ref()
            .and_then(place::position)
            .map_or_else(String::new, |at| format!(" ({at})"));
        writeln!(
            page,
            "<dt>{}</dt><dd><code>{}</code>{}</dd>",
            Text(&evidence.label),
            Text(&evidence.text),
            Text(&at)
        )?;
    }
    if let Some(gains) = &finding.gains {
        writeln!(page, "<dt>an attacker gains</dt><dd>{}</dd>", Text(gains))?;
    }
    for fix in &finding.fixes {
        let safety = if fix.safety == FixSafety::Safe { " (keeps the behaviour)" } else { "" };
        writeln!(page, "<dt>fix</dt><dd>{}{safety}", Text(&fix.summary))?;
        if let Some(patch) = &fix.patch {
            page.push_str("<pre>");
            for line in patch.lines() {
                writeln!(page, "{}", Text(line))?;
            }
            page.push_str("</pre>");
        }
        page.push_str("</dd>\n");
    }
    for (framework, controls) in controls::by_framework(finding.rule.theme) {
        let links: Vec<String> = controls
            .iter()
            .map(|c| {
                let name = c.name.map_or_else(String::new, |name| format!(" {}", Text(name)));
                format!("<a href=\"#{}\">{}</a>{name}", super::frameworks::anchor(c), Text(c.id))
            })
            .collect();
        writeln!(page, "<dt>{}</dt><dd>{}</dd>", Text(&framework), links.join(", "))?;
    }
    writeln!(
        page,
        "<dt>confidence</dt><dd>{}</dd><dt>fingerprint</dt><dd><a href=\"#{1}\"><code>{1}</code></a></dd>\n</dl>\n</article>",
        finding.confidence.as_str(),
        finding.fingerprint()
    )
}
