//! What the heads of all outputs for people say: the parts of the system, the counts, the verdict in words.

use crate::hostile::visible;
use modelward_kernel::{Asset, AssetKind, Confidence, Finding, Report, Severity, Verdict};

/// The kinds in the order of a head line, with their words for one and for many.
const KINDS: &[(AssetKind, &str, &str)] = &[
    (AssetKind::Model, "model", "models"),
    (AssetKind::ModelFile, "model file", "model files"),
    (AssetKind::Dataset, "dataset", "datasets"),
    (AssetKind::Code, "code file", "code files"),
    (AssetKind::Notebook, "notebook", "notebooks"),
    (AssetKind::Prompt, "prompt", "prompts"),
    (AssetKind::Agent, "agent", "agents"),
    (AssetKind::Tool, "tool", "tools"),
    (AssetKind::Image, "image", "images"),
    (AssetKind::Package, "package", "packages"),
    (AssetKind::Pipeline, "pipeline", "pipelines"),
    (AssetKind::Job, "job", "jobs"),
    (AssetKind::TrainingRun, "training run", "training runs"),
    (AssetKind::Endpoint, "endpoint", "endpoints"),
    (AssetKind::Bucket, "bucket", "buckets"),
    (AssetKind::Identity, "identity", "identities"),
    (AssetKind::Network, "network", "networks"),
    (AssetKind::Account, "account", "accounts"),
    (AssetKind::Key, "key", "keys"),
    (AssetKind::Policy, "policy", "policies"),
    (AssetKind::Secret, "secret", "secrets"),
    (AssetKind::File, "other file", "other files"),
];

/// `9 models`, `1 image`, …: only what there is. A model that is named and not there, such as a base model, is no model of
/// the target.
pub(crate) fn parts(report: &Report) -> Vec<String> {
    KINDS
        .iter()
        .filter_map(|(kind, one, many)| {
            let counts = |asset: &&Asset| {
                asset.kind == *kind && (*kind != AssetKind::Model || !asset.places.is_empty())
            };
            let count = report.inventory.assets().filter(counts).count();
            (count > 0).then(|| counted(count, one, many))
        })
        .collect()
}

/// `1 model`, `2 models`, `12 345 models`.
pub(crate) fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{} {}", grouped(count as u64), if count == 1 { one } else { many })
}

/// Digits in groups of three.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(' ');
        }
        out.push(digit);
    }
    out
}

/// The findings that count, in the report's order: the worst first.
pub(crate) fn open(report: &Report) -> impl Iterator<Item = &Finding> {
    report.findings.iter().filter(|f| f.suppressed.is_none())
}

/// `1 critical, 2 high` of the findings; `0 findings` when there are none.
pub(crate) fn severities<'f>(findings: impl Iterator<Item = &'f Finding>) -> String {
    let all: Vec<&Finding> = findings.collect();
    let parts: Vec<String> = Severity::ALL
        .iter()
        .filter_map(|severity| {
            let count = all.iter().filter(|f| f.severity == *severity).count();
            (count > 0).then(|| format!("{} {severity}", grouped(count as u64)))
        })
        .collect();
    if parts.is_empty() { "0 findings".to_owned() } else { parts.join(", ") }
}

/// The verdict's word for a person.
pub(crate) const fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "PASS",
        Verdict::Fail => "FAIL",
        Verdict::Unknown => "NOT JUDGED",
    }
}

/// What stands beside the verdict: what was checked when it is clean, else the counts.
pub(crate) fn verdict_line(report: &Report) -> Vec<String> {
    let not_judged = format!("{} not judged", grouped(report.unknowns.len() as u64));
    let clean = report.verdict == Verdict::Pass && open(report).next().is_none();
    let mut line = if clean {
        let files = counted(usize::try_from(report.stats.files).unwrap_or(usize::MAX), "file", "files");
        let models = report.stats.models;
        let what = match models {
            0 => files,
            1 => format!("1 model, {files}"),
            n => format!("{} models, {files}", grouped(n)),
        };
        vec![format!("{what}, 0 findings, {not_judged}")]
    } else {
        vec![severities(open(report)), not_judged]
    };
    let suppressed = report.findings.iter().filter(|f| f.suppressed.is_some()).count();
    if suppressed > 0 {
        line.push(format!("{} suppressed by policy", grouped(suppressed as u64)));
    }
    let unconfirmed = open(report).filter(|f| f.confidence == Confidence::Low).count();
    if unconfirmed > 0 {
        line.push(format!("{} unconfirmed", grouped(unconfirmed as u64)));
    }
    line
}

/// What the judgement depended on, as `name value` pairs.
pub(crate) fn run(report: &Report) -> Vec<(&'static str, String)> {
    let run = &report.run;
    let mut parts = vec![
        ("modelward", run.tool_version.clone()),
        ("confinement", run.confinement.clone()),
        ("rules", run.rules.clone()),
    ];
    if !run.effects.is_empty() {
        parts.push(("effects", run.effects.join(" + ")));
    }
    parts.push(("policy", run.policy.clone()));
    parts.retain(|(_, value)| !value.is_empty());
    parts.into_iter().map(|(name, value)| (name, visible(&value))).collect()
}

/// The label of a finding in a list of its kind.
pub(crate) const fn severity_word(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "CRITICAL",
        Severity::High => "HIGH",
        Severity::Medium => "MEDIUM",
        Severity::Low => "LOW",
        Severity::Info => "INFO",
    }
}
