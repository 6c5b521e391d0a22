//! A chat template that gives the model orders of its own.

use super::template::{analyse, templates_of};
use crate::{Artifact, Check, FamilyRule};
use modelward_kernel::{Confidence, Finding, Rule, Severity};

pub static RULE: FamilyRule = FamilyRule {
    rule: Rule {
        id: "planted-order",
        title: "the chat template gives the model an order that serves somebody else",
        theme: "model-backdoor",
        severity: Severity::High,
        page: include_str!("README.md"),
    },
    check: Check::Artifact(check),
};

fn check(artifact: &Artifact<'_>, findings: &mut Vec<Finding>) {
    for chat in templates_of(artifact) {
        for remark in analyse(&chat.template).planted.into_iter().take(5) {
            let mut finding =
                Finding::new(&RULE.rule, artifact.asset, chat.at(remark.line), remark.message.clone())
                    .witness(format!("{} {}", chat.name, remark.witness))
                    .evidence("text", remark.evidence.clone())
                    .gains(
                        "every conversation carries the order, ahead of what the operator and the user write",
                    )
                    .fix("take the template of the base model at a pinned revision");
            if !remark.certain {
                finding = finding.severity(Severity::Medium);
            }
            findings.push(finding.confidence(Confidence::Medium));
        }
    }
}
