//! A Python file that does harm as soon as it is imported, or that hides what it runs.

use super::behaviour::{Act, Behaviour};
use crate::{Artifact, Check, FamilyRule};
use modelward_formats::{Parsed, ProblemKind};
use modelward_kernel::{Finding, Rule, Severity};

pub static RULE: FamilyRule = FamilyRule {
    rule: Rule {
        id: "harmful-python",
        title: "importing this Python file does harm",
        theme: "malicious-model-content",
        severity: Severity::High,
        page: include_str!("README.md"),
    },
    check: Check::Artifact(check),
};

fn check(artifact: &Artifact<'_>, findings: &mut Vec<Finding>) {
    let Parsed::Python(module) = artifact.parsed else { return };
    for problem in module.problems.iter().filter(|problem| problem.kind == ProblemKind::Hostile) {
        findings.push(
            Finding::new(
                &RULE.rule,
                artifact.asset,
                artifact.place.clone(),
                format!("the file attacks whoever reads it: {}", problem.message),
            )
            .severity(Severity::Medium)
            .witness(problem.code)
            .fix("read the file by hand before anything imports it"),
        );
    }
    let behaviour = Behaviour::of(module, artifact.effects);
    let acts: Vec<&Act> = behaviour
        .at_import
        .iter()
        .filter(|act| act.severity >= Severity::Medium)
        .chain(behaviour.in_functions.iter().filter(|act| act.severity >= Severity::High))
        .collect();
    let Some(worst) = acts.iter().max_by_key(|act| (act.severity, std::cmp::Reverse(act.line))) else {
        return;
    };
    let imported = behaviour.at_import.iter().any(|act| act == *worst);
    let when = if imported { "importing this file" } else { "calling a function of this file" };
    let mut finding = Finding::new(&RULE.rule, artifact.asset, artifact.place.at_line(worst.line), format!("{when} {}: `{}`", worst.what, worst.name))
        .severity(worst.severity)
        .witness(format!("{} {}", worst.name, worst.what))
        .gains("whatever the code wants, with the rights of whoever loads the model")
        .fix("do not load the model with trust_remote_code; read the file, or take a model that needs no code of its own");
    for act in acts.iter().take(8) {
        finding = finding.evidence_at("call", act.text.clone(), artifact.place.at_line(act.line));
    }
    findings.push(finding);
}
