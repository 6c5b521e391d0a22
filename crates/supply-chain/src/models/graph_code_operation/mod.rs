//! A TensorFlow graph that runs code which is no graph: Python functions, native calls, graphs from texts.

use super::graph_file_operation::within;
use crate::{Artifact, Check, FamilyRule};
use modelward_formats::Parsed;
use modelward_kernel::{Finding, Rule, Severity};

pub static RULE: FamilyRule = FamilyRule {
    rule: Rule {
        id: "graph-code-operation",
        title: "the graph calls back into Python or native code",
        theme: "unsafe-deserialisation",
        severity: Severity::High,
        page: include_str!("README.md"),
    },
    check: Check::Artifact(check),
};

/// What an operator runs, what that gains, and how grave it is.
fn runs(operator: &str) -> Option<(&'static str, &'static str, Severity)> {
    Some(match operator {
        "PyFunc" | "PyFuncStateless" | "EagerPyFunc" => (
            "calls a Python function of the process that runs the model",
            "Python code runs with the rights of the process, on every request",
            Severity::High,
        ),
        "DatasetFromGraph" => (
            "runs a graph that it gets as data",
            "a second graph that no scanner of the first one sees",
            Severity::High,
        ),
        "XlaCustomCall" | "XlaCustomCallV2" => (
            "calls a native function of the process by its name",
            "native functions run with arguments that the model chooses",
            Severity::Medium,
        ),
        "RemoteCall" => (
            "runs a function on a device that the graph names",
            "work and data go to a machine that the model chooses",
            Severity::Medium,
        ),
        "Abort" => ("ends the process", "the service stops when the model runs", Severity::Medium),
        _ => return None,
    })
}

fn check(artifact: &Artifact<'_>, findings: &mut Vec<Finding>) {
    let Parsed::TensorFlow(model) = artifact.parsed else { return };
    for (name, operator) in &model.operators {
        let Some((what, gains, severity)) = runs(name) else { continue };
        let message = format!("operator `{name}`{} {what}", within(&operator.function));
        findings.push(
            Finding::new(&RULE.rule, artifact.asset, artifact.place.at(operator.offset), message)
                .severity(severity)
                .gains(gains)
                .evidence("node", format!("`{}` is a {name}, count in the graph: {}", operator.node, operator.count))
                .fix("express the step with TensorFlow's own operators, or do it in your code around the model")
                .witness(name.as_str()),
        );
    }
}
