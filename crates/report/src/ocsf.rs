//! OCSF 1.5, class *Detection Finding* (2004), one event per line. What was not judged is an event too: its type is
//! `not-judged` and its severity is what it could hide.

use crate::{
    Options, controls,
    hostile::{SafeJson, json, shortened, visible},
    place,
};
use modelward_kernel::{AssetId, Confidence, Finding, Place, Report, Severity, Unknown};
use serde_json::{Map, Value, json};
use std::io;

const TEXT: usize = 8_000;

pub(crate) fn write(report: &Report, options: &Options, out: &mut dyn io::Write) -> io::Result<()> {
    let time = options.time.unwrap_or(0).saturating_mul(1_000);
    for finding in &report.findings {
        line(event(report, finding_body(report, finding), time), out)?;
    }
    for unknown in &report.unknowns {
        line(event(report, unknown_body(report, unknown), time), out)?;
    }
    Ok(())
}

fn line(event: Value, out: &mut dyn io::Write) -> io::Result<()> {
    json(&event, SafeJson::line(), out)?;
    out.write_all(b"\n")
}

/// What all events have, with `body` after it.
fn event(report: &Report, body: Map<String, Value>, time: i64) -> Value {
    let mut event = json!({
        "activity_id": 1,
        "activity_name": "Create",
        "category_uid": 2,
        "category_name": "Findings",
        "class_uid": 2004,
        "class_name": "Detection Finding",
        "type_uid": 200_401,
        "type_name": "Detection Finding: Create",
        "time": time,
        "metadata": {
            "version": "1.5.0",
            "product": { "name": "Modelward", "vendor_name": "Modelward", "version": report.run.tool_version },
        },
    });
    if let Value::Object(event) = &mut event {
        event.extend(body);
    }
    event
}

fn finding_body(report: &Report, finding: &Finding) -> Map<String, Value> {
    let (status_id, status) = if finding.suppressed.is_some() { (3, "Suppressed") } else { (1, "New") };
    let (confidence_id, confidence) = match finding.confidence {
        Confidence::Low => (1, "Low"),
        Confidence::Medium => (2, "Medium"),
        Confidence::High => (3, "High"),
    };
    let (severity_id, severity) = severity(finding.severity);
    let mut body = json!({
        "severity_id": severity_id,
        "severity": severity,
        "confidence_id": confidence_id,
        "confidence": confidence,
        "status_id": status_id,
        "status": status,
        "message": text(&finding.message),
        "finding_info": {
            "uid": finding.fingerprint(),
            "title": finding.rule.title,
            "desc": text(&finding.message),
            "types": [finding.rule.theme],
            "analytic": { "uid": finding.rule.id, "name": finding.rule.id, "type_id": 1, "type": "Rule" },
            "attacks": attacks(finding),
        },
        "resources": [resource(report, &finding.asset)],
        "evidences": evidences(finding),
    });
    if let Some(gains) = &finding.gains {
        body["risk_details"] = json!(text(gains));
    }
    if let Some(fix) = finding.fixes.first() {
        body["remediation"] = json!({ "desc": text(&fix.summary) });
    }
    if let Some(suppressed) = &finding.suppressed {
        body["status_detail"] = json!(text(&format!("{}: {}", suppressed.by, suppressed.reason)));
    }
    into_map(body)
}

fn unknown_body(report: &Report, unknown: &Unknown) -> Map<String, Value> {
    let (severity_id, severity) = severity(unknown.severity);
    let mut body = json!({
        "severity_id": severity_id,
        "severity": severity,
        "status_id": 1,
        "status": "New",
        "message": text(&format!("not judged: {}", unknown.message)),
        "finding_info": {
            "uid": unknown.id(),
            "title": "not judged",
            "desc": text(&unknown.message),
            "types": ["not-judged"],
            "analytic": { "uid": unknown.reason.as_str(), "name": unknown.reason.as_str(), "type_id": 1, "type": "Rule" },
        },
        "resources": [resource(report, &unknown.asset)],
        "evidences": unknown.places.iter().map(|p| json!({ "data": { "place": place::whole(p) }, "file": file(p) })).collect::<Vec<_>>(),
    });
    if let Some(how) = &unknown.lifted_by {
        body["remediation"] = json!({ "desc": text(how) });
    }
    into_map(body)
}

fn into_map(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

/// The techniques of MITRE ATLAS that the rule is evidence for.
fn attacks(finding: &Finding) -> Vec<Value> {
    controls::controls(finding.rule.theme)
        .filter(|c| c.direct && c.id.starts_with("AML.T") && !c.id.starts_with("AML.TA"))
        .map(|c| match c.id.match_indices('.').nth(1) {
            None => json!({ "technique": named(c.id), "version": c.version }),
            Some((at, _)) => json!({
                "technique": named(&c.id[..at]),
                "sub_technique": named(c.id),
                "version": c.version,
            }),
        })
        .collect()
}

fn named(id: &str) -> Value {
    json!({ "uid": id, "name": controls::name(id).unwrap_or(id) })
}

fn resource(report: &Report, id: &AssetId) -> Value {
    let mut resource = json!({ "uid": text(id.as_str()) });
    if let Some(asset) = report.inventory.asset(id) {
        resource["name"] = json!(text(&asset.name));
        resource["type"] = json!(asset.kind.as_str());
        if let Some(version) = &asset.version {
            resource["version"] = json!(text(version));
        }
    }
    resource
}

fn evidences(finding: &Finding) -> Vec<Value> {
    let mut evidences: Vec<Value> = finding
        .places
        .iter()
        .map(|place| json!({ "data": { "place": place::whole(place) }, "file": file(place) }))
        .collect();
    for evidence in &finding.evidence {
        let mut data = json!({ "label": text(&evidence.label), "text": text(&evidence.text) });
        if let Some(place) = &evidence.place {
            data["place"] = json!(place::whole(place));
        }
        evidences.push(json!({ "data": data }));
    }
    evidences
}

fn file(place: &Place) -> Value {
    let name = place.path.rsplit('/').next().unwrap_or_default();
    json!({ "name": text(name), "path": text(&place.path), "type_id": 1, "type": "Regular File" })
}

fn text(raw: &str) -> String {
    shortened(&visible(raw), TEXT)
}

const fn severity(severity: Severity) -> (u8, &'static str) {
    match severity {
        Severity::Info => (1, "Informational"),
        Severity::Low => (2, "Low"),
        Severity::Medium => (3, "Medium"),
        Severity::High => (4, "High"),
        Severity::Critical => (5, "Critical"),
    }
}
