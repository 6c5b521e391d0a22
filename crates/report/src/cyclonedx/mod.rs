//! CycloneDX 1.7 (ECMA-424): the inventory as an AI bill of materials, with the findings as its vulnerabilities.
//!
//! Same input, same bytes: the serial number is made from the content, and there is a time only when one is given.

mod licence;
mod model;

use crate::{
    Options, controls,
    hostile::{SafeJson, json, shortened, visible},
    place, summary,
};
use modelward_kernel::{
    Asset, AssetKind, Finding, Fix, Place, RelationKind, Report, Severity, Value as Property, identity_hash,
};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    io,
};

const TARGET: &str = "modelward:target";

pub(crate) fn write(report: &Report, options: &Options, out: &mut dyn io::Write) -> io::Result<()> {
    let parents = parents(report);
    let mut metadata = json!({
        "tools": { "components": [{
            "type": "application",
            "name": "modelward",
            "version": report.run.tool_version,
        }] },
        "component": { "type": "application", "bom-ref": TARGET, "name": visible(&report.target) },
        "properties": summary::run(report).into_iter()
            .filter(|(name, _)| *name != "modelward")
            .map(|(name, value)| property(name, value))
            .chain([property("verdict", report.verdict.as_str().to_owned())])
            .chain(report.unknowns.iter().map(|u| property("not-judged", format!(
                "{}: {} (could hide: {})",
                u.places.first().map_or_else(|| visible(u.asset.as_str()), place::address),
                visible(&u.message),
                u.severity,
            ))))
            .collect::<Vec<_>>(),
    });
    if let Some(time) = options.time {
        metadata["timestamp"] = json!(rfc3339(time));
    }
    let bom = json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.7.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.7",
        "serialNumber": serial(report),
        "version": 1,
        "metadata": metadata,
        "components": report.inventory.assets().map(|asset| component(report, asset)).collect::<Vec<_>>(),
        "dependencies": dependencies(report, &parents),
        "vulnerabilities": vulnerabilities(report),
    });
    json(&bom, SafeJson::pretty(), out)?;
    out.write_all(b"\n")
}

fn property(name: &str, value: String) -> Value {
    json!({ "name": format!("modelward:{name}"), "value": value })
}

/// A UUID (version 8, RFC 9562) over what the document says.
fn serial(report: &Report) -> String {
    let mut parts =
        vec![report.target.as_str(), &report.run.tool_version, &report.run.rules, &report.run.policy];
    for asset in report.inventory.assets() {
        parts.push(asset.id.as_str());
        parts.extend(asset.digests.values().map(String::as_str));
    }
    let prints: Vec<String> = report.findings.iter().map(Finding::fingerprint).collect();
    parts.extend(prints.iter().map(String::as_str));
    let hash = identity_hash(&parts, 16);
    format!(
        "urn:uuid:{}-{}-8{}-a{}-{}",
        &hash[..8],
        &hash[8..12],
        &hash[13..16],
        &hash[17..20],
        &hash[20..32]
    )
}

fn component(report: &Report, asset: &Asset) -> Value {
    let mut component = json!({
        "type": component_type(asset.kind),
        "bom-ref": asset.id.as_str(),
        "name": if asset.name.is_empty() { visible(asset.id.as_str()) } else { visible(&asset.name) },
    });
    if let Some(version) = &asset.version {
        component["version"] = json!(visible(version));
    }
    if let Some(purl) = &asset.purl {
        component["purl"] = json!(purl);
    }
    let hashes: Vec<Value> =
        asset.digests.iter().filter_map(|(algorithm, hex)| hash(algorithm, hex)).collect();
    if !hashes.is_empty() {
        component["hashes"] = json!(hashes);
    }
    let licences = licence::choices(asset);
    if !licences.is_empty() {
        component["licenses"] = json!(licences);
    }
    if matches!(asset.kind, AssetKind::Model | AssetKind::ModelFile) {
        component["modelCard"] = model::card(report, asset);
    }
    if let Some(pedigree) = model::pedigree(report, asset) {
        component["pedigree"] = pedigree;
    }
    if asset.kind == AssetKind::Dataset {
        component["data"] = json!([{ "type": "dataset", "name": component["name"] }]);
    }
    if !asset.places.is_empty() {
        component["evidence"] =
            json!({ "occurrences": asset.places.iter().map(occurrence).collect::<Vec<_>>() });
    }
    let properties: Vec<Value> = std::iter::once(property("kind", asset.kind.as_str().to_owned()))
        .chain(
            asset
                .properties
                .iter()
                .map(|(key, value)| property(&visible(key), shortened(&plain(value), 2_000))),
        )
        .collect();
    component["properties"] = json!(properties);
    component
}

const fn component_type(kind: AssetKind) -> &'static str {
    match kind {
        AssetKind::Model | AssetKind::ModelFile => "machine-learning-model",
        AssetKind::Dataset => "data",
        AssetKind::Package => "library",
        AssetKind::Image => "container",
        AssetKind::Code | AssetKind::Agent | AssetKind::Tool => "application",
        _ => "file",
    }
}

fn hash(algorithm: &str, hex: &str) -> Option<Value> {
    let (name, length) = match algorithm {
        "md5" => ("MD5", 32),
        "sha1" => ("SHA-1", 40),
        "sha256" => ("SHA-256", 64),
        "sha384" => ("SHA-384", 96),
        "sha512" => ("SHA-512", 128),
        _ => return None,
    };
    let fits = hex.len() == length && hex.bytes().all(|b| b.is_ascii_hexdigit());
    fits.then(|| json!({ "alg": name, "content": hex }))
}

fn occurrence(place: &Place) -> Value {
    let mut occurrence = json!({ "location": place::address(place) });
    if let Some(line) = place.line {
        occurrence["line"] = json!(line);
    }
    if let Some(offset) = place.offset {
        occurrence["offset"] = json!(offset);
    }
    if let Some(pointer) = &place.pointer {
        occurrence["additionalContext"] = json!(visible(pointer));
    }
    occurrence
}

/// A property as text: what CycloneDX has for values.
pub(crate) fn plain(value: &Property) -> String {
    match value {
        Property::Bool(truth) => truth.to_string(),
        Property::Number(number) => number.to_string(),
        Property::Real(number) => number.to_string(),
        Property::Text(text) => visible(text),
        Property::List(items) => items.iter().map(plain).collect::<Vec<_>>().join(", "),
        Property::Map(map) => map
            .iter()
            .map(|(key, value)| format!("{}: {}", visible(key), plain(value)))
            .collect::<Vec<_>>()
            .join("; "),
    }
}

/// Which assets something else contains or depends on.
fn parents(report: &Report) -> BTreeSet<&str> {
    report.inventory.relations().filter(|r| depends(r.kind)).map(|r| r.to.as_str()).collect()
}

const fn depends(kind: RelationKind) -> bool {
    matches!(
        kind,
        RelationKind::Contains
            | RelationKind::DependsOn
            | RelationKind::DerivedFrom
            | RelationKind::RefersTo
            | RelationKind::TrainedOn
    )
}

fn dependencies(report: &Report, parents: &BTreeSet<&str>) -> Vec<Value> {
    let inventory = &report.inventory;
    let mut edges: BTreeMap<&str, BTreeSet<&str>> =
        inventory.assets().map(|a| (a.id.as_str(), BTreeSet::new())).collect();
    for relation in inventory.relations().filter(|r| depends(r.kind) && r.from != r.to) {
        if inventory.asset(&relation.to).is_some()
            && let Some(to) = edges.get_mut(relation.from.as_str())
        {
            to.insert(relation.to.as_str());
        }
    }
    let roots: Vec<&str> = edges.keys().filter(|id| !parents.contains(**id)).copied().collect();
    let mut list = vec![json!({ "ref": TARGET, "dependsOn": roots })];
    list.extend(edges.into_iter().map(|(from, to)| json!({ "ref": from, "dependsOn": to })));
    list
}

/// References must be unique, and two findings of one fingerprint are one problem seen twice.
fn vulnerabilities(report: &Report) -> Vec<Value> {
    let mut seen = BTreeSet::new();
    report
        .findings
        .iter()
        .filter(|f| seen.insert(f.fingerprint()))
        .map(|f| vulnerability(report, f))
        .collect()
}

fn vulnerability(report: &Report, finding: &Finding) -> Value {
    let cwes: Vec<u64> = controls::controls(finding.rule.theme)
        .filter(|c| c.direct && c.framework == "CWE")
        .filter_map(|c| c.id.strip_prefix("CWE-")?.parse().ok())
        .collect();
    let proof: Vec<String> = finding
        .places
        .iter()
        .map(place::whole)
        .chain(finding.evidence.iter().map(|e| format!("{}: {}", visible(&e.label), visible(&e.text))))
        .collect();
    let mut vulnerability = json!({
        "bom-ref": finding.fingerprint(),
        "id": finding.rule.id,
        "source": { "name": "Modelward" },
        "ratings": [{ "severity": severity(finding.severity), "method": "other", "source": { "name": "Modelward" } }],
        "cwes": cwes,
        "description": shortened(&visible(&finding.message), 4_000),
        "detail": shortened(&proof.join("\n"), 8_000),
        "affects": [{ "ref": report.inventory.asset(&finding.asset).map_or(TARGET, |asset| asset.id.as_str()) }],
        "properties": [
            property("confidence", finding.confidence.as_str().to_owned()),
            property("theme", finding.rule.theme.to_owned()),
        ],
    });
    let fixes: Vec<String> = finding.fixes.iter().map(|Fix { summary, .. }| visible(summary)).collect();
    if !fixes.is_empty() {
        vulnerability["recommendation"] = json!(fixes.join("\n"));
    }
    if let Some(suppression) = &finding.suppressed {
        vulnerability["analysis"] = json!({
            "state": "exploitable",
            "response": ["will_not_fix"],
            "detail": visible(&format!("{}: {}", suppression.by, suppression.reason)),
        });
    }
    vulnerability
}

const fn severity(severity: Severity) -> &'static str {
    severity.as_str()
}

/// Seconds since 1970 as RFC 3339.
fn rfc3339(seconds: i64) -> String {
    // The civil calendar from days, with years that begin in March.
    let days = seconds.div_euclid(86_400) + 719_468;
    let second = seconds.rem_euclid(86_400);
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march = (5 * day_of_year + 2) / 153;
    let (day, month) =
        (day_of_year - (153 * march + 2) / 5 + 1, if march < 10 { march + 3 } else { march - 9 });
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", second / 3_600, second / 60 % 60, second % 60)
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_time_is_written_as_rfc_3339() {
        assert_eq!(super::rfc3339(1_795_651_506), "2026-11-26T00:05:06Z");
        assert_eq!(super::rfc3339(951_782_400), "2000-02-29T00:00:00Z");
    }
}
