//! Which control has which evidence, and the rules that gave it. A control without a finding is shown as tested without
//! one, never as fulfilled.

use super::Text;
use crate::controls::{Control, controls};
use modelward_kernel::{Report, Rule};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::{self, Write as _},
};

/// By id: the control, and the rules that are evidence for it.
type Controls<'r> = BTreeMap<&'r str, (Control, BTreeSet<&'r str>)>;

/// The anchor of a control.
pub(super) fn anchor(control: &Control) -> String {
    let clean = |text: &str| {
        text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect::<String>()
    };
    format!("c-{}-{}", clean(control.framework), clean(control.id))
}

pub(super) fn section(report: &Report, rules: &[&'static Rule], page: &mut String) -> fmt::Result {
    page.push_str("<section id=\"frameworks\"><h2>Frameworks</h2>\n");
    page.push_str("<p>A finding is evidence about a control; its absence is no compliance.</p>\n");
    let mut rules: Vec<&'static Rule> = rules.to_vec();
    rules.extend(report.findings.iter().map(|f| f.rule));
    rules.sort_by_key(|rule| rule.id);
    rules.dedup_by_key(|rule| rule.id);
    let mut found_by: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for finding in &report.findings {
        found_by.entry(finding.rule.id).or_default().insert(finding.fingerprint());
    }
    let mut table: BTreeMap<(&str, &str), Controls<'_>> = BTreeMap::new();
    for rule in &rules {
        for control in controls(rule.theme).filter(|c| c.direct) {
            let ids = table.entry((control.framework, control.version)).or_default();
            ids.entry(control.id).or_insert((control, BTreeSet::new())).1.insert(rule.id);
        }
    }
    for ((framework, version), ids) in table {
        let with_evidence = |rules: &BTreeSet<&str>| rules.iter().any(|rule| found_by.contains_key(rule));
        let found = ids.values().filter(|(_, rules)| with_evidence(rules)).count();
        writeln!(
            page,
            "<details{}><summary>{} {}: {found} of {} controls with findings</summary>\n<div class=\"scroll\"><table>\n\
             <thead><tr><th scope=\"col\">Control</th><th scope=\"col\">Rules</th><th scope=\"col\">Findings</th></tr></thead>\n<tbody>",
            if found > 0 { " open" } else { "" },
            Text(framework),
            Text(version),
            ids.len()
        )?;
        for (id, (control, rules)) in ids {
            let rule_links: Vec<String> =
                rules.iter().map(|rule| format!("<a href=\"#rule-{rule}\">{rule}</a>")).collect();
            let prints: BTreeSet<&str> =
                rules.iter().filter_map(|rule| found_by.get(rule)).flatten().map(String::as_str).collect();
            let links: Vec<String> =
                prints.iter().take(20).map(|p| format!("<a href=\"#{p}\"><code>{p}</code></a>")).collect();
            let more =
                if prints.len() > 20 { format!(" and {} more", prints.len() - 20) } else { String::new() };
            let cell = if links.is_empty() { "no finding".to_owned() } else { links.join(" ") + &more };
            writeln!(
                page,
                "<tr id=\"{}\"><th scope=\"row\">{}{}</th><td>{}</td><td>{cell}</td></tr>",
                anchor(&control),
                Text(id),
                Text(&control.name.map_or_else(String::new, |name| format!(" {name}"))),
                rule_links.join(", ")
            )?;
        }
        page.push_str("</tbody></table></div></details>\n");
    }
    page.push_str("<h3>Rules</h3>\n<dl>\n");
    for rule in rules {
        writeln!(
            page,
            "<dt id=\"rule-{0}\">{0}</dt><dd>{1} ({2})</dd>",
            rule.id,
            Text(rule.title),
            rule.severity
        )?;
    }
    page.push_str("</dl>\n</section>\n");
    Ok(())
}
