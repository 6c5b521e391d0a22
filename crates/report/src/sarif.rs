//! SARIF 2.1.0 (OASIS standard, errata 01), for code-scanning dashboards.
//!
//! What was not judged stands in the notifications of the invocation: SARIF has no result that says "could not tell" without
//! also counting as one. A place inside an archive is a logical location, because a region of the outer file would point
//! to other bytes.

use crate::{
    controls::{self, Control},
    hostile::{SafeJson, json, shortened, visible},
    place,
};
use modelward_kernel::{Finding, Place, Report, Rule, Severity, Unknown};
use serde_json::{Map, Value, json};
use std::{collections::BTreeMap, fmt::Write as _, io};

/// Longer messages are cut: dashboards refuse them or show none.
const MESSAGE: usize = 4_000;

pub(crate) fn write(report: &Report, rules: &[&'static Rule], out: &mut dyn io::Write) -> io::Result<()> {
    let mut rules: Vec<&'static Rule> = rules.to_vec();
    for finding in &report.findings {
        if !rules.iter().any(|rule| rule.id == finding.rule.id) {
            rules.push(finding.rule);
        }
    }
    rules.sort_by_key(|rule| rule.id);
    rules.dedup_by_key(|rule| rule.id);
    let index: BTreeMap<&str, usize> = rules.iter().enumerate().map(|(i, rule)| (rule.id, i)).collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "Modelward",
                "version": report.run.tool_version,
                "informationUri": "https://github.com/modelward/modelward",
                "rules": rules.iter().map(|rule| descriptor(rule)).collect::<Vec<_>>(),
                "supportedTaxonomies": taxonomies(&rules).iter().map(|t| json!({ "name": t["name"] })).collect::<Vec<_>>(),
            } },
            "taxonomies": taxonomies(&rules),
            "columnKind": "unicodeCodePoints",
            "invocations": [{
                "executionSuccessful": true,
                "exitCode": report.verdict.exit_code(),
                "toolExecutionNotifications": report.unknowns.iter().map(notification).collect::<Vec<_>>(),
            }],
            "results": report.findings.iter().map(|f| result(f, index.get(f.rule.id))).collect::<Vec<_>>(),
            "properties": {
                "verdict": report.verdict.as_str(),
                "rules": report.run.rules,
                "effects": report.run.effects,
                "policy": report.run.policy,
                "confinement": report.run.confinement,
            },
        }],
    });
    json(&log, SafeJson::pretty(), out)?;
    out.write_all(b"\n")
}

fn descriptor(rule: &Rule) -> Value {
    let mut help = String::new();
    for heading in ["What it flags", "Why it matters", "How to fix", "References"] {
        if let Some(text) = rule.section(heading) {
            let _ = write!(help, "## {heading}\n\n{text}\n\n");
        }
    }
    let mut tags = vec!["security".to_owned(), format!("theme/{}", rule.theme)];
    tags.extend(
        controls::controls(rule.theme)
            .filter(|c| c.framework == "CWE")
            .map(|c| format!("external/cwe/{}", c.id.to_ascii_lowercase())),
    );
    let what = rule.section("What it flags").unwrap_or(rule.title);
    json!({
        "id": rule.id,
        "shortDescription": { "text": escaped(rule.title) },
        "fullDescription": { "text": escaped(&shortened(what, 1_000)) },
        "help": { "text": escaped(help.trim()), "markdown": help.trim() },
        "defaultConfiguration": { "level": level(rule.severity) },
        "relationships": controls::controls(rule.theme).map(|c| json!({
            "target": { "id": c.id, "toolComponent": { "name": taxonomy_name(&c) } },
            "kinds": [if c.direct { "relevant" } else { "canPrecede" }],
        })).filter(|r| r["kinds"][0] == "relevant").collect::<Vec<_>>(),
        "properties": { "tags": tags, "security-severity": score(rule.severity), "precision": "high" },
    })
}

fn taxonomy_name(control: &Control) -> String {
    format!("{} {}", control.framework, control.version)
}

/// The frameworks that the rules are evidence for, with the ids that are named.
fn taxonomies(rules: &[&'static Rule]) -> Vec<Value> {
    let mut frameworks: BTreeMap<String, (Control, BTreeMap<&str, ()>)> = BTreeMap::new();
    for control in rules.iter().flat_map(|rule| controls::controls(rule.theme)).filter(|c| c.direct) {
        frameworks
            .entry(taxonomy_name(&control))
            .or_insert((control, BTreeMap::new()))
            .1
            .insert(control.id, ());
    }
    frameworks
        .into_iter()
        .map(|(name, (control, ids))| {
            json!({
                "name": name,
                "version": control.version,
                "shortDescription": { "text": control.framework },
                "taxa": ids.keys().map(|id| match controls::name(id) {
                    Some(name) => json!({ "id": id, "name": name }),
                    None => json!({ "id": id }),
                }).collect::<Vec<_>>(),
            })
        })
        .collect()
}

fn result(finding: &Finding, index: Option<&usize>) -> Value {
    let mut result = json!({
        "ruleId": finding.rule.id,
        "ruleIndex": index,
        "kind": "fail",
        "level": level(finding.severity),
        "message": { "text": escaped(&shortened(&message(finding), MESSAGE)) },
        "locations": finding.places.iter().take(1).map(location).collect::<Vec<_>>(),
        "relatedLocations": finding.places.iter().skip(1).enumerate().map(|(id, place)| {
            let mut related = location(place);
            related["id"] = json!(id + 1);
            related
        }).collect::<Vec<_>>(),
        "partialFingerprints": { "modelward/v1": finding.fingerprint() },
        "properties": {
            "asset": visible(finding.asset.as_str()),
            "severity": finding.severity.as_str(),
            "confidence": finding.confidence.as_str(),
        },
    });
    if let Some(suppression) = &finding.suppressed {
        let until = suppression.until.as_ref().map_or_else(String::new, |day| format!(" (until {day})"));
        result["suppressions"] = json!([{
            "kind": "external",
            "status": "accepted",
            "justification": visible(&format!("{}: {}{until}", suppression.by, suppression.reason)),
        }]);
    }
    result
}

/// Everything that a reader needs on one screen: the sentence, the proof, what is gained, the way out.
fn message(finding: &Finding) -> String {
    let mut text = visible(&finding.message);
    if let Some(place) = finding.places.first().and_then(place::within) {
        let _ = write!(text, " ({place})");
    }
    text.push('.');
    for evidence in &finding.evidence {
        let _ = write!(text, "\n{}: {}", visible(&evidence.label), visible(&evidence.text));
    }
    if let Some(gains) = &finding.gains {
        let _ = write!(text, "\nAn attacker gains: {}", visible(gains));
    }
    for fix in &finding.fixes {
        let _ = write!(text, "\nFix: {}", visible(&fix.summary));
    }
    text
}

fn location(place: &Place) -> Value {
    let mut physical = json!({ "artifactLocation": { "uri": relative_uri(&place.path) } });
    let mut region = Map::new();
    if place.inside.is_empty() {
        match (place.line, place.offset) {
            (Some(line), _) => {
                region.insert("startLine".to_owned(), json!(line));
                if let Some(column) = place.column {
                    region.insert("startColumn".to_owned(), json!(column));
                }
            }
            (None, Some(offset)) => {
                region.insert("byteOffset".to_owned(), json!(offset));
                if let Some(length) = place.length {
                    region.insert("byteLength".to_owned(), json!(length));
                }
            }
            (None, None) => {}
        }
    }
    if !region.is_empty() {
        physical["region"] = Value::Object(region);
    }
    let mut location = json!({ "physicalLocation": physical });
    if !place.inside.is_empty() || place.pointer.is_some() {
        location["logicalLocations"] = json!([{
            "fullyQualifiedName": place::whole(place),
            "kind": if place.inside.is_empty() { "element" } else { "member" },
        }]);
    }
    location
}

fn notification(unknown: &Unknown) -> Value {
    let mut text = format!("Not judged: {} (could hide: {}).", visible(&unknown.message), unknown.severity);
    if let Some(how) = &unknown.lifted_by {
        let _ = write!(text, " Lifted by {}.", visible(how));
    }
    json!({
        "descriptor": { "id": unknown.reason.as_str() },
        "level": "warning",
        "message": { "text": escaped(&shortened(&text, MESSAGE)) },
        "locations": unknown.places.iter().map(location).collect::<Vec<_>>(),
        "properties": { "id": unknown.id(), "asset": visible(unknown.asset.as_str()) },
    })
}

const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    }
}

/// The score by which GitHub sorts, in the middle of the band of its word.
const fn score(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "3.0",
        Severity::Info => "0.0",
    }
}

/// A plain text message: `[text](target)` would be a link and `{0}` a placeholder (3.11.5, 3.11.6), so both are escaped.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '[' | ']' | '\\' => out.extend(['\\', c]),
            '{' | '}' => out.extend([c, c]),
            c => out.push(c),
        }
    }
    out
}

/// A relative reference (RFC 3986): every byte that is not unreserved is encoded, so that no path is read as a scheme,
/// an authority or a query.
fn relative_uri(path: &str) -> String {
    let mut out = String::new();
    for byte in path.trim_start_matches('/').bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                out.push(char::from(byte))
            }
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn target_text_makes_no_link_and_no_placeholder() {
        assert_eq!(escaped("[x](http://e) {0} a\\b"), r"\[x\](http://e) {{0}} a\\b");
    }

    #[test]
    fn a_path_is_never_a_scheme_or_a_query() {
        assert_eq!(relative_uri("javascript:alert(1)"), "javascript%3Aalert%281%29");
        assert_eq!(relative_uri("//evil.example/x?y#z"), "evil.example/x%3Fy%23z");
        assert_eq!(relative_uri("models/ü.bin"), "models/%C3%BC.bin");
    }
}
