//! A chat template that never ends, or fills the memory.

use super::template::{analyse, templates_of};
use crate::{Artifact, Check, FamilyRule};
use modelward_formats::ProblemKind;
use modelward_kernel::{Finding, Rule, Severity};

pub static RULE: FamilyRule = FamilyRule {
    rule: Rule {
        id: "template-exhaustion",
        title: "rendering the chat template does not end, or fills the memory",
        theme: "malicious-model-content",
        severity: Severity::High,
        page: include_str!("README.md"),
    },
    check: Check::Artifact(check),
};

fn check(artifact: &Artifact<'_>, findings: &mut Vec<Finding>) {
    for chat in templates_of(artifact) {
        if let Some(problem) =
            chat.template.problems.iter().find(|problem| problem.kind == ProblemKind::Hostile)
        {
            let message = format!("the chat template attacks the program that reads it: {}", problem.message);
            findings.push(
                Finding::new(&RULE.rule, artifact.asset, chat.at(1), message)
                    .severity(Severity::Medium)
                    .witness(problem.code),
            );
        }
        let exhaustions = analyse(&chat.template).exhaustions;
        if let Some(first) = exhaustions.first() {
            let message = format!("one request exhausts the server: in the chat template, {}", first.message);
            findings.push(
                Finding::new(&RULE.rule, artifact.asset, chat.at(first.line), message)
                    .witness(format!("{} {}", chat.name, first.witness))
                    .evidence("template", format!("line {}: {}", first.line, first.message))
                    .gains("the server that renders the template stops answering, for everybody")
                    .fix("take the template of the base model at a pinned revision"),
            );
        }
    }
}
