//! A model that names data outside its own folder.

use super::escape::{Escape, escape};
use crate::{Artifact, Check, FamilyRule};
use modelward_formats::{Parsed, onnx::ExternalTensor};
use modelward_kernel::{Finding, Rule, Severity};
use std::collections::BTreeMap;

pub static RULE: FamilyRule = FamilyRule {
    rule: Rule {
        id: "external-data-escape",
        title: "the model names data outside its own folder",
        theme: "malicious-model-content",
        severity: Severity::High,
        page: include_str!("README.md"),
    },
    check: Check::Artifact(check),
};

/// Locations that are told of one model.
const FINDINGS: usize = 256;

/// Keys of external data that the specification or a known writer defines.
const KEYS: &[&str] = &["location", "offset", "length", "checksum", "basepath"];

fn check(artifact: &Artifact<'_>, findings: &mut Vec<Finding>) {
    if let Parsed::TensorFlow(model) = artifact.parsed {
        for (name, offset) in &model.assets {
            if let Some(escape) = escape(name) {
                findings.push(finding(artifact, *offset, escape, "an asset is named", name));
            }
        }
    }
    if let Parsed::Onnx(model) = artifact.parsed {
        onnx_locations(artifact, &model.external, findings);
        onnx_keys(artifact, &model.external, findings);
        for context in &model.contexts {
            if let Some(escape) = escape(&context.location) {
                let what = format!("node `{}` names a compiled context", context.node);
                findings.push(finding(artifact, context.offset, escape, &what, &context.location));
            }
        }
    }
}

/// One finding for each location that leaves, with the tensors that name it.
fn onnx_locations(artifact: &Artifact<'_>, tensors: &[ExternalTensor], findings: &mut Vec<Finding>) {
    let mut places: BTreeMap<&str, (Escape, Vec<&ExternalTensor>)> = BTreeMap::new();
    for tensor in tensors {
        for (key, value) in &tensor.entries {
            if matches!(key.as_str(), "location" | "basepath")
                && let Some(escape) = escape(value)
            {
                places.entry(value).or_insert_with(|| (escape, Vec::new())).1.push(tensor);
            }
        }
    }
    for (location, (escape, tensors)) in places.into_iter().take(FINDINGS) {
        let Some(first) = tensors.first() else { continue };
        let what = match tensors.len() {
            1 => format!("tensor `{}`, {}, keeps its bytes", first.tensor, first.holder),
            more => {
                format!("tensor `{}`, {}, and {} more keep their bytes", first.tensor, first.holder, more - 1)
            }
        };
        findings.push(finding(artifact, first.offset, escape, &what, location));
    }
}

/// Keys that no writer makes: old readers set each key as an attribute of a Python object.
fn onnx_keys(artifact: &Artifact<'_>, tensors: &[ExternalTensor], findings: &mut Vec<Finding>) {
    let mut seen = Vec::new();
    for tensor in tensors {
        for (key, value) in &tensor.entries {
            let number = matches!(key.as_str(), "offset" | "length");
            let odd = if number {
                value.parse::<u64>().map_or(!value.is_empty(), |n| n >= 1 << 48)
            } else {
                !KEYS.contains(&key.as_str()) && !key.starts_with("prepacked")
            };
            if !odd || seen.len() >= FINDINGS || seen.contains(&key) {
                continue;
            }
            seen.push(key);
            let message = if number {
                format!(
                    "the external data of tensor `{}` has an {key} that no file has: `{value}`",
                    tensor.tensor
                )
            } else {
                format!(
                    "the external data of tensor `{}` sets `{key}`, which is no key of the format",
                    tensor.tensor
                )
            };
            findings.push(
                Finding::new(&RULE.rule, artifact.asset, artifact.place.at(tensor.offset), message)
                    .severity(Severity::Medium)
                    .gains("readers up to onnx 1.20 take every key as an attribute and every length as memory to reserve")
                    .evidence("header", format!("{key} = {value}"))
                    .fix("export the model again, and read it with onnx 1.21 or later")
                    .witness(format!("key {key}")),
            );
        }
    }
}

pub(super) fn finding(
    artifact: &Artifact<'_>,
    offset: u64,
    escape: Escape,
    what: &str,
    location: &str,
) -> Finding {
    let severity = if escape == Escape::StepsBack { Severity::Medium } else { Severity::High };
    let message = format!("{what} at `{location}`: {}", escape.words());
    Finding::new(&RULE.rule, artifact.asset, artifact.place.at(offset), message)
        .severity(severity)
        .gains("files of the machine that loads the model are read into it, or overwritten when it is saved")
        .evidence("location", location)
        .fix("keep external data in files beside the model and name them without folders")
        .witness(location)
}

#[cfg(test)]
mod tests;
