//! A graph that needs operators which no runtime brings: native or Python code that someone must load for it.

mod known;

use crate::{Artifact, Check, FamilyRule};
use modelward_formats::{
    Parsed,
    onnx::{OnnxModel, Operator},
    tensorflow::TensorFlowModel,
};
use modelward_kernel::{Confidence, Finding, Rule, Severity};
use std::collections::BTreeMap;

pub static RULE: FamilyRule = FamilyRule {
    rule: Rule {
        id: "custom-operator",
        title: "the graph needs operators that the runtime does not bring",
        theme: "unsafe-deserialisation",
        severity: Severity::Medium,
        page: include_str!("README.md"),
    },
    check: Check::Artifact(check),
};

/// Operators that are listed in one finding.
const LISTED: usize = 8;

fn check(artifact: &Artifact<'_>, findings: &mut Vec<Finding>) {
    match artifact.parsed {
        Parsed::Onnx(model) => onnx(artifact, model, findings),
        Parsed::TensorFlow(model) => tensorflow(artifact, model, findings),
        _ => {}
    }
}

/// One finding for all operators that TensorFlow does not register.
fn tensorflow(artifact: &Artifact<'_>, model: &TensorFlowModel, findings: &mut Vec<Finding>) {
    let unknown = model.operators.iter().filter(|(name, operator)| {
        !name.is_empty()
            && !known::is_tensorflow_operator(name)
            && !model.function_names.contains(*name)
            && operator.count > 0
    });
    let unknown: Vec<_> = unknown.collect();
    let Some((_, first)) = unknown.first() else { return };
    let names: Vec<&str> = unknown.iter().map(|(name, _)| name.as_str()).collect();
    let message = format!("the graph uses {}, which TensorFlow does not bring", listed(&names));
    findings.push(
        unimplemented_operator(artifact, first.offset, &first.node, message)
            .fix("save the model with TensorFlow's own operators, or name and pin the library that implements them")
            .witness(names[..names.len().min(LISTED)].join(" ")),
    );
}

fn onnx(artifact: &Artifact<'_>, model: &OnnxModel, findings: &mut Vec<Finding>) {
    let mut unknown: BTreeMap<&str, Vec<(&str, &Operator)>> = BTreeMap::new();
    for ((domain, name), operator) in &model.operators {
        let local = model.functions.contains(&(domain.clone(), name.clone()));
        if local || known::is_onnx_operator(domain, name) {
            continue;
        }
        if runs_python(domain, name) {
            let message =
                format!("operator `{name}` of domain `{domain}` runs Python code that is named in the model");
            findings.push(
                Finding::new(&RULE.rule, artifact.asset, artifact.place.at(operator.offset), message)
                    .severity(Severity::High)
                    .gains("the model calls Python functions of the process that runs it")
                    .evidence("node", format!("`{}` calls {domain}::{name}", operator.node))
                    .fix("express the step with standard operators, or run it outside the model")
                    .witness(format!("{domain}::{name}")),
            );
            continue;
        }
        unknown.entry(domain).or_default().push((name, operator));
    }
    for (domain, operators) in unknown {
        let Some((_, first)) = operators.first() else { continue };
        let names: Vec<&str> = operators.iter().map(|(name, _)| *name).collect();
        let what =
            if domain.is_empty() { "the standard domain".to_owned() } else { format!("domain `{domain}`") };
        let message = format!(
            "the graph uses {} of {what}, which no runtime brings and the file does not define",
            listed(&names)
        );
        findings.push(
            unimplemented_operator(artifact, first.offset, &first.node, message)
                .fix("export with standard operators, or name and pin the library that implements them")
                .witness(format!("domain {domain}")),
        );
    }
}

/// The first of the names, and whether there are more.
fn listed(names: &[&str]) -> String {
    let more = if names.len() > LISTED { ", …" } else { "" };
    names.iter().take(LISTED).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ") + more
}

/// The finding on operators that nothing known implements; the first of them stands at `offset`, in `node`.
fn unimplemented_operator(artifact: &Artifact<'_>, offset: u64, node: &str, message: String) -> Finding {
    Finding::new(&RULE.rule, artifact.asset, artifact.place.at(offset), message)
        .confidence(Confidence::Medium)
        .gains("whoever runs the model must load a library of unknown origin into the process")
        .evidence("node", format!("`{node}`"))
}

/// Operators by which a runtime calls back into Python.
fn runs_python(domain: &str, name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let python = ["pyop", "pythonop", "pyfunc", "pycustomop", "numpyop"];
    python.iter().any(|word| name.starts_with(word)) || domain == "pyop"
}

#[cfg(test)]
mod tests;
