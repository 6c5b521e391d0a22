//! The shape of the JSON report. It is a decision and changes only with [`SCHEMA_VERSION`]; the JSON Schema that
//! `modelward schema report` prints is made from these types and their comments.

use crate::controls;
use modelward_kernel as kernel;
use schemars::JsonSchema;
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;

/// Raised in its first part when something is removed or changes its meaning, in its second when something is added.
pub(crate) const SCHEMA_VERSION: &str = "1.0";

/// What one run of Modelward found.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(deny_unknown_fields, title = "Modelward report")]
pub(crate) struct Report<'r> {
    /// The version of this format.
    schema_version: &'static str,
    tool: Tool<'r>,
    run: Run<'r>,
    /// What was scanned, as the user named it.
    target: &'r str,
    verdict: Verdict,
    stats: Stats,
    /// Ordered by id.
    #[serde(serialize_with = "assets")]
    #[schemars(with = "Vec<Asset<'r>>")]
    assets: &'r kernel::Inventory,
    /// Ordered by id.
    #[serde(serialize_with = "relations")]
    #[schemars(with = "Vec<Relation<'r>>")]
    relations: &'r kernel::Inventory,
    /// The worst first.
    #[serde(serialize_with = "findings")]
    #[schemars(with = "Vec<Finding<'r>>")]
    findings: &'r [kernel::Finding],
    /// What was not judged; the worst first.
    #[serde(serialize_with = "unknowns")]
    #[schemars(with = "Vec<Unknown<'r>>")]
    unknowns: &'r [kernel::Unknown],
    /// Remarks about the run itself, such as waivers that match nothing.
    notes: &'r [String],
}

/// The program that wrote the report.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(deny_unknown_fields)]
struct Tool<'r> {
    name: &'static str,
    version: &'r str,
}

/// What the judgement depended on besides the bytes.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(deny_unknown_fields)]
struct Run<'r> {
    /// A digest over all rules.
    rules: &'r str,
    /// The tables of effects: name and digest of each.
    effects: &'r [String],
    /// The digest of the policy in force, or `default`.
    policy: &'r str,
    /// The level of confinement that was reached while untrusted bytes were parsed.
    confinement: &'r str,
    /// The options that can change a judgement, by flag name.
    options: &'r BTreeMap<String, String>,
}

#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    /// Exit code 0.
    Pass,
    /// Exit code 1.
    Fail,
    /// Exit code 2: something was not judged.
    Unknown,
}

/// Counts of what was looked at.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(deny_unknown_fields)]
struct Stats {
    files: u64,
    /// Members of archives, at any depth.
    members: u64,
    /// Bytes of the files as they lie on disk.
    bytes: u64,
    /// Bytes that were read and hashed.
    bytes_hashed: u64,
    models: u64,
    pickle_streams: u64,
    /// Findings that a waiver, a baseline or a scope suppresses.
    suppressed: u64,
}

/// A part of the system.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(deny_unknown_fields)]
struct Asset<'r> {
    /// Its kind and canonical address.
    id: &'r str,
    kind: &'static str,
    name: &'r str,
    version: Option<&'r str>,
    /// Its package URL.
    purl: Option<&'r str>,
    /// Algorithm, such as `sha256`, to lower-case hexadecimal.
    digests: BTreeMap<&'r str, &'r str>,
    places: Vec<Place<'r>>,
    /// What it says about itself.
    properties: BTreeMap<&'r str, Value<'r>>,
}

/// An edge of the graph: `from` is `kind` `to`.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(deny_unknown_fields)]
struct Relation<'r> {
    id: String,
    kind: &'static str,
    /// The id of an asset.
    from: &'r str,
    /// The id of an asset.
    to: &'r str,
    places: Vec<Place<'r>>,
    evidence: Vec<Evidence<'r>>,
    modality: Modality,
    /// What must hold for it, when it does not always hold.
    condition: Option<&'r str>,
}

#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "lowercase")]
enum Modality {
    Must,
    May,
    Unknown,
}

/// One problem on one asset.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(deny_unknown_fields)]
pub(crate) struct Finding<'r> {
    /// The id of the rule; `modelward explain` shows its page.
    rule: &'static str,
    severity: Severity,
    confidence: Confidence,
    /// What the rule is about.
    title: &'static str,
    /// What is wrong here.
    message: &'r str,
    /// What an attacker gains.
    gains: Option<&'r str>,
    /// The id of an asset.
    asset: &'r str,
    /// The first is the primary place.
    places: Vec<Place<'r>>,
    evidence: Vec<Evidence<'r>>,
    /// The controls of frameworks that it is evidence about.
    controls: Vec<Control>,
    fixes: Vec<Fix<'r>>,
    /// Stays the same when lines move or wording changes.
    fingerprint: String,
    /// Null when it counts for the gate.
    suppressed: Option<Suppression<'r>>,
}

#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "lowercase")]
enum Severity {
    Critical,
    High,
    Medium,
    Low,
    Info,
}

#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "lowercase")]
enum Confidence {
    High,
    Medium,
    Low,
}

/// Something that was not judged.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(deny_unknown_fields)]
pub(crate) struct Unknown<'r> {
    id: String,
    reason: &'static str,
    message: &'r str,
    /// The id of an asset.
    asset: &'r str,
    places: Vec<Place<'r>>,
    /// What could hide there.
    severity: Severity,
    /// The budget and flag, or the step, that would lift it.
    lifted_by: Option<&'r str>,
}

/// Where something was seen.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(deny_unknown_fields)]
pub(crate) struct Place<'r> {
    /// Relative to what was scanned.
    path: &'r str,
    /// The chain of members, from the outer archive inwards.
    inside: &'r [String],
    /// From 1.
    line: Option<u64>,
    /// From 1.
    column: Option<u64>,
    /// In bytes of the innermost member after decompression.
    offset: Option<u64>,
    /// In bytes.
    length: Option<u64>,
    /// A JSON pointer, or a path of the same shape.
    pointer: Option<&'r str>,
}

/// Something a reader can check by hand.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(deny_unknown_fields)]
struct Evidence<'r> {
    label: &'r str,
    /// May hold text of the target.
    text: &'r str,
    place: Option<Place<'r>>,
}

/// A control of a framework.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(deny_unknown_fields)]
struct Control {
    framework: &'static str,
    /// The version or year of the framework's numbering.
    version: &'static str,
    id: &'static str,
    /// Its name, where the framework's licence lets it be given.
    name: Option<&'static str>,
    relation: ControlRelation,
}

#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "lowercase")]
enum ControlRelation {
    /// The finding is evidence about the control itself.
    Direct,
    /// It bears on the control and does not decide it.
    Supporting,
}

/// A way out.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(deny_unknown_fields)]
struct Fix<'r> {
    summary: &'r str,
    /// Whether it keeps the behaviour that a user wants.
    safety: Safety,
    /// A unified diff.
    patch: Option<&'r str>,
}

#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "lowercase")]
enum Safety {
    Safe,
    Unsafe,
}

/// Why a finding does not count for the gate.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(deny_unknown_fields)]
struct Suppression<'r> {
    by: &'r str,
    reason: &'r str,
    /// The last day, as `YYYY-MM-DD`.
    until: Option<&'r str>,
}

/// A value as JSON has it; a number that JSON cannot write is null.
#[derive(Debug, JsonSchema, Serialize)]
#[serde(untagged)]
pub(crate) enum Value<'r> {
    Nothing,
    Bool(bool),
    Number(i64),
    Real(f64),
    Text(&'r str),
    List(Vec<Value<'r>>),
    Map(BTreeMap<&'r str, Value<'r>>),
}

// The long lists are written entry by entry: a report of many files is never held twice.

fn assets<S: Serializer>(inventory: &kernel::Inventory, to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(inventory.assets().map(Asset::from))
}

fn relations<S: Serializer>(inventory: &kernel::Inventory, to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(inventory.relations().map(Relation::from))
}

fn findings<S: Serializer>(findings: &[kernel::Finding], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(findings.iter().map(Finding::from))
}

fn unknowns<S: Serializer>(unknowns: &[kernel::Unknown], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(unknowns.iter().map(Unknown::from))
}

impl<'r> From<&'r kernel::Report> for Report<'r> {
    fn from(report: &'r kernel::Report) -> Self {
        let kernel::Stats { files, members, bytes, bytes_hashed, models, pickle_streams, suppressed } =
            report.stats;
        Report {
            schema_version: SCHEMA_VERSION,
            tool: Tool { name: "modelward", version: &report.run.tool_version },
            run: Run {
                rules: &report.run.rules,
                effects: &report.run.effects,
                policy: &report.run.policy,
                confinement: &report.run.confinement,
                options: &report.run.options,
            },
            target: &report.target,
            verdict: match report.verdict {
                kernel::Verdict::Pass => Verdict::Pass,
                kernel::Verdict::Fail => Verdict::Fail,
                kernel::Verdict::Unknown => Verdict::Unknown,
            },
            stats: Stats { files, members, bytes, bytes_hashed, models, pickle_streams, suppressed },
            assets: &report.inventory,
            relations: &report.inventory,
            findings: &report.findings,
            unknowns: &report.unknowns,
            notes: &report.notes,
        }
    }
}

impl<'r> From<&'r kernel::Asset> for Asset<'r> {
    fn from(asset: &'r kernel::Asset) -> Self {
        Asset {
            id: asset.id.as_str(),
            kind: asset.kind.as_str(),
            name: &asset.name,
            version: asset.version.as_deref(),
            purl: asset.purl.as_deref(),
            digests: asset.digests.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect(),
            places: places(&asset.places),
            properties: asset
                .properties
                .iter()
                .map(|(key, value)| (key.as_str(), Value::from(value)))
                .collect(),
        }
    }
}

impl<'r> From<&'r kernel::Relation> for Relation<'r> {
    fn from(relation: &'r kernel::Relation) -> Self {
        Relation {
            id: relation.id(),
            kind: relation.kind.as_str(),
            from: relation.from.as_str(),
            to: relation.to.as_str(),
            places: places(&relation.places),
            evidence: relation.evidence.iter().map(Evidence::from).collect(),
            modality: match relation.modality {
                kernel::Modality::Must => Modality::Must,
                kernel::Modality::May => Modality::May,
                kernel::Modality::Unknown => Modality::Unknown,
            },
            condition: relation.condition.as_deref(),
        }
    }
}

impl<'r> From<&'r kernel::Finding> for Finding<'r> {
    fn from(finding: &'r kernel::Finding) -> Self {
        Finding {
            rule: finding.rule.id,
            severity: finding.severity.into(),
            confidence: match finding.confidence {
                kernel::Confidence::High => Confidence::High,
                kernel::Confidence::Medium => Confidence::Medium,
                kernel::Confidence::Low => Confidence::Low,
            },
            title: finding.rule.title,
            message: &finding.message,
            gains: finding.gains.as_deref(),
            asset: finding.asset.as_str(),
            places: places(&finding.places),
            evidence: finding.evidence.iter().map(Evidence::from).collect(),
            controls: controls::controls(finding.rule.theme).map(Control::from).collect(),
            fixes: finding.fixes.iter().map(Fix::from).collect(),
            fingerprint: finding.fingerprint(),
            suppressed: finding.suppressed.as_ref().map(|s| Suppression {
                by: &s.by,
                reason: &s.reason,
                until: s.until.as_deref(),
            }),
        }
    }
}

impl<'r> From<&'r kernel::Unknown> for Unknown<'r> {
    fn from(unknown: &'r kernel::Unknown) -> Self {
        Unknown {
            id: unknown.id(),
            reason: unknown.reason.as_str(),
            message: &unknown.message,
            asset: unknown.asset.as_str(),
            places: places(&unknown.places),
            severity: unknown.severity.into(),
            lifted_by: unknown.lifted_by.as_deref(),
        }
    }
}

impl From<kernel::Severity> for Severity {
    fn from(severity: kernel::Severity) -> Self {
        match severity {
            kernel::Severity::Critical => Severity::Critical,
            kernel::Severity::High => Severity::High,
            kernel::Severity::Medium => Severity::Medium,
            kernel::Severity::Low => Severity::Low,
            kernel::Severity::Info => Severity::Info,
        }
    }
}

fn places(places: &[kernel::Place]) -> Vec<Place<'_>> {
    places.iter().map(Place::from).collect()
}

impl<'r> From<&'r kernel::Place> for Place<'r> {
    fn from(place: &'r kernel::Place) -> Self {
        Place {
            path: &place.path,
            inside: &place.inside,
            line: place.line,
            column: place.column,
            offset: place.offset,
            length: place.length,
            pointer: place.pointer.as_deref(),
        }
    }
}

impl<'r> From<&'r kernel::Evidence> for Evidence<'r> {
    fn from(evidence: &'r kernel::Evidence) -> Self {
        Evidence {
            label: &evidence.label,
            text: &evidence.text,
            place: evidence.place.as_ref().map(Place::from),
        }
    }
}

impl From<controls::Control> for Control {
    fn from(control: controls::Control) -> Self {
        Control {
            framework: control.framework,
            version: control.version,
            id: control.id,
            name: control.name,
            relation: if control.direct { ControlRelation::Direct } else { ControlRelation::Supporting },
        }
    }
}

impl<'r> From<&'r kernel::Fix> for Fix<'r> {
    fn from(fix: &'r kernel::Fix) -> Self {
        Fix {
            summary: &fix.summary,
            safety: match fix.safety {
                kernel::FixSafety::Safe => Safety::Safe,
                kernel::FixSafety::Unsafe => Safety::Unsafe,
            },
            patch: fix.patch.as_deref(),
        }
    }
}

impl<'r> From<&'r kernel::Value> for Value<'r> {
    fn from(value: &'r kernel::Value) -> Self {
        match value {
            kernel::Value::Bool(truth) => Value::Bool(*truth),
            kernel::Value::Number(number) => Value::Number(*number),
            kernel::Value::Real(number) if number.is_finite() => Value::Real(*number),
            kernel::Value::Real(_) => Value::Nothing,
            kernel::Value::Text(text) => Value::Text(text),
            kernel::Value::List(items) => Value::List(items.iter().map(Value::from).collect()),
            kernel::Value::Map(map) => {
                Value::Map(map.iter().map(|(key, value)| (key.as_str(), Value::from(value))).collect())
            }
        }
    }
}
