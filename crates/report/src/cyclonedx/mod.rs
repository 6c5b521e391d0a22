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
    Asset, AssetId, AssetKind, Finding, Fix, Place, Relation, RelationKind, Report, Severity,
    Value as Property, identity_hash,
};
use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    io,
};

const TARGET: &str = "modelward:target";

pub(crate) fn write(report: &Report, options: &Options, out: &mut dyn io::Write) -> io::Result<()> {
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
    let edges = Edges::new(report);
    let mut seen = BTreeSet::new();
    // References must be unique, and two findings of one fingerprint are one problem seen twice.
    let findings: Vec<&Finding> = report.findings.iter().filter(|f| seen.insert(f.fingerprint())).collect();
    let bom = Bom {
        schema: "http://cyclonedx.org/schema/bom-1.7.schema.json",
        format: "CycloneDX",
        spec_version: "1.7",
        serial_number: serial(report),
        version: 1,
        metadata,
        components: Stream(|| report.inventory.assets().map(|asset| component(report, &edges, asset))),
        dependencies: Stream(|| dependencies(report, &edges)),
        vulnerabilities: Stream(|| findings.iter().map(|finding| vulnerability(report, finding))),
    };
    json(&bom, SafeJson::pretty(), out)?;
    out.write_all(b"\n")
}

/// The document, in the order of the specification.
#[derive(Serialize)]
struct Bom<C, D, V> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    #[serde(rename = "bomFormat")]
    format: &'static str,
    #[serde(rename = "specVersion")]
    spec_version: &'static str,
    #[serde(rename = "serialNumber")]
    serial_number: String,
    version: u8,
    metadata: Value,
    components: C,
    dependencies: D,
    vulnerabilities: V,
}

/// A list that is written entry by entry and never held whole.
struct Stream<F>(F);

impl<F, I> Serialize for Stream<F>
where
    F: Fn() -> I,
    I: Iterator,
    I::Item: Serialize,
{
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq((self.0)())
    }
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

fn component(report: &Report, edges: &Edges<'_>, asset: &Asset) -> Value {
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
        component["modelCard"] = model::card(report, edges, asset);
    }
    if let Some(pedigree) = model::pedigree(report, edges, asset) {
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

/// The relations by where they begin.
struct Edges<'r>(BTreeMap<&'r AssetId, Vec<&'r Relation>>);

impl<'r> Edges<'r> {
    fn new(report: &'r Report) -> Self {
        let mut edges: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for relation in report.inventory.relations() {
            edges.entry(&relation.from).or_default().push(relation);
        }
        Edges(edges)
    }

    fn from(&self, asset: &AssetId) -> impl Iterator<Item = &'r Relation> {
        self.0.get(asset).into_iter().flatten().copied()
    }
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

/// What is not below anything else hangs on the target; then each asset with what it depends on.
fn dependencies<'r>(report: &'r Report, edges: &'r Edges<'r>) -> impl Iterator<Item = Value> + use<'r> {
    let inventory = &report.inventory;
    let below: BTreeSet<&AssetId> = inventory
        .relations()
        .filter(|r| depends(r.kind) && r.from != r.to && inventory.asset(&r.from).is_some())
        .map(|r| &r.to)
        .collect();
    let roots: Vec<&str> =
        inventory.assets().filter(|a| !below.contains(&a.id)).map(|a| a.id.as_str()).collect();
    let target = json!({ "ref": TARGET, "dependsOn": roots });
    std::iter::once(target).chain(inventory.assets().map(|asset| {
        let to: BTreeSet<&str> = edges
            .from(&asset.id)
            .filter(|r| depends(r.kind) && r.from != r.to && inventory.asset(&r.to).is_some())
            .map(|r| r.to.as_str())
            .collect();
        json!({ "ref": asset.id.as_str(), "dependsOn": to })
    }))
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
