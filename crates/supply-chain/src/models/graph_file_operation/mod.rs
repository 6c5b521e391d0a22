//! A TensorFlow graph that reads or writes files, or talks to other machines, when it runs.

mod operators;

use super::escape::escape;
use crate::{Artifact, Check, FamilyRule};
use modelward_formats::{Format, Parsed, tensorflow::OperatorUse};
use modelward_kernel::{Finding, Rule, Severity};
use operators::{Reach, always, by_attribute, by_path, feeding};
use std::collections::BTreeSet;

pub static RULE: FamilyRule = FamilyRule {
    rule: Rule {
        id: "graph-file-operation",
        title: "the graph reads or writes files, or talks to other machines",
        theme: "malicious-model-content",
        severity: Severity::High,
        page: include_str!("README.md"),
    },
    check: Check::Artifact(check),
};

/// Operators that stand between a saver's file name and the checkpoint that it writes, in every graph that TensorFlow
/// saved: the name is given from outside, and has parts put behind it.
const SAVER: &[&str] = &[
    "Placeholder",
    "PlaceholderWithDefault",
    "StringJoin",
    "Select",
    "SelectV2",
    "StaticRegexFullMatch",
    "RegexFullMatch",
    "ShardedFilename",
    "ShardedFilespec",
    "Identity",
    "IdentityN",
    "Pack",
    "Reshape",
    "ExpandDims",
    "ConcatV2",
    "PartitionedCall",
    "StatefulPartitionedCall",
    "StridedSlice",
    "VarHandleOp",
    "ReadVariableOp",
    "HashTableV2",
    "HashTable",
    "MutableHashTableV2",
    "MutableHashTable",
    "GuaranteeConst",
    "NoOp",
    "Squeeze",
];

/// Uses that are told of one graph.
const FINDINGS: usize = 256;

/// Constants that are listed in one finding.
const LISTED: usize = 4;

fn check(artifact: &Artifact<'_>, findings: &mut Vec<Finding>) {
    let Parsed::TensorFlow(model) = artifact.parsed else { return };
    let serves = artifact.format != Format::MetaGraph;
    for (name, operator) in &model.operators {
        let (reach, severity) = match (always(name), feeding(name)) {
            (Some(reach), _) => (reach, Severity::High),
            (None, true) => (Reach::Feeds, if serves { Severity::High } else { Severity::Medium }),
            _ => continue,
        };
        let uses: Vec<&OperatorUse> = model.uses.iter().filter(|use_| use_.operator == *name).collect();
        let what = format!("operator `{name}`{} {}", within(&operator.function), reach.words());
        let constants = uses.iter().flat_map(|use_| &use_.path.constants).map(|(_, text)| text.as_str());
        let constants: BTreeSet<&str> = constants.filter(|text| !text.is_empty()).collect();
        let mut message = what;
        if let Some(first) = constants.first() {
            message += &format!(": `{first}`");
        }
        let mut found = finding(artifact, operator.offset, reach, severity, message, &operator.node, name);
        for text in constants.iter().take(LISTED) {
            found = found.evidence("path", *text);
        }
        findings.push(found.witness(name.as_str()));
    }
    let fed: BTreeSet<&str> = model.fed.iter().map(String::as_str).collect();
    let before = findings.len();
    for use_ in &model.uses {
        if findings.len() - before >= FINDINGS {
            break;
        }
        attributes(artifact, use_, findings);
        path(artifact, &fed, use_, serves, findings);
    }
}

/// Attributes that name a file or an address.
fn attributes(artifact: &Artifact<'_>, use_: &OperatorUse, findings: &mut Vec<Finding>) {
    for (key, value) in &use_.attributes {
        let Some(reach) = by_attribute(&use_.operator, key, value) else { continue };
        let message =
            format!("operator `{}`{} {}: `{value}`", use_.operator, within(&use_.function), reach.words());
        findings.push(
            finding(artifact, use_.offset, reach, Severity::High, message, &use_.node, &use_.operator)
                .evidence("attribute", format!("{key} = {value}"))
                .witness(format!("{} {value}", use_.operator)),
        );
    }
}

/// Savers, vocabularies and caches: the path decides.
fn path(
    artifact: &Artifact<'_>,
    fed: &BTreeSet<&str>,
    use_: &OperatorUse,
    serves: bool,
    findings: &mut Vec<Finding>,
) {
    let Some(reach) = by_path(&use_.operator) else { return };
    // Loaders put the name of the asset, or of the checkpoint, in the place of these.
    let fixed =
        use_.path.constants.iter().filter(|(node, text)| !fed.contains(node.as_str()) && !text.is_empty());
    let fixed: Vec<&str> = fixed.map(|(_, text)| text.as_str()).collect();
    let cache = use_.operator.starts_with("CacheDataset");
    let leaving = fixed.iter().find_map(|text| escape(text).map(|escape| (*text, escape.words())));
    let odd = use_.path.operators.iter().find(|operator| !SAVER.contains(&operator.as_str()));
    let (why, severity) = match (leaving, odd) {
        (Some((text, words)), _) => (format!("`{text}`, {words}"), Severity::High),
        (None, _) if cache && !fixed.is_empty() => (format!("`{}`", fixed[0]), Severity::Medium),
        (None, Some(operator)) if !cache => (format!("a path that `{operator}` computes"), Severity::Medium),
        _ => return,
    };
    let table = use_.operator.starts_with("InitializeTable");
    let severity = if table || !serves { severity.min(Severity::Medium) } else { severity };
    let message = format!("operator `{}`{} {}: {why}", use_.operator, within(&use_.function), reach.words());
    let mut found = finding(artifact, use_.offset, reach, severity, message, &use_.node, &use_.operator);
    for text in fixed.iter().take(LISTED) {
        found = found.evidence("path", *text);
    }
    findings.push(found.witness(format!("{} {why}", use_.operator)));
}

fn finding(
    artifact: &Artifact<'_>,
    offset: u64,
    reach: Reach,
    severity: Severity,
    message: String,
    node: &str,
    operator: &str,
) -> Finding {
    Finding::new(&RULE.rule, artifact.asset, artifact.place.at(offset), message)
        .severity(severity)
        .gains(reach.gains())
        .evidence("node", format!("`{node}` is a {operator}"))
        .fix("do this step in your own code around the model, and save the model without it")
}

/// Whether an operator reaches out of the graph by itself.
pub(super) fn reaches_outside(operator: &str) -> bool {
    let python = matches!(operator, "PyFunc" | "PyFuncStateless" | "EagerPyFunc" | "DatasetFromGraph");
    python || always(operator).is_some() || feeding(operator)
}

/// Where the operator stands, when that is a function of the library.
pub(super) fn within(function: &str) -> String {
    if function.is_empty() { String::new() } else { format!(" in function `{function}`") }
}

#[cfg(test)]
mod tests;
