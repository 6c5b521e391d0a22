//! A chat template that leaves the template language.

use super::template::{ChatTemplate, Remark, analyse, templates_of};
use crate::{Artifact, Check, FamilyRule};
use modelward_kernel::{Confidence, Finding, Rule, Severity};

pub static RULE: FamilyRule = FamilyRule {
    rule: Rule {
        id: "template-sandbox-escape",
        title: "the chat template reaches for the Python below it",
        theme: "malicious-model-content",
        severity: Severity::Critical,
        page: include_str!("README.md"),
    },
    check: Check::Artifact(check),
};

fn check(artifact: &Artifact<'_>, findings: &mut Vec<Finding>) {
    for chat in templates_of(artifact) {
        let escapes = analyse(&chat.template).escapes;
        if let Some(finding) = finding(artifact, &chat, &escapes) {
            findings.push(finding);
        }
    }
}

/// One finding for each template, with what leaves it as evidence: the worst first.
fn finding(artifact: &Artifact<'_>, chat: &ChatTemplate, escapes: &[Remark]) -> Option<Finding> {
    let worst = escapes.iter().find(|remark| remark.certain).or_else(|| escapes.first())?;
    let message = format!("rendering the chat template runs more than a template: {}", worst.message);
    let mut finding = Finding::new(&RULE.rule, artifact.asset, chat.at(worst.line), message)
        .witness(format!("{} {}", chat.name, worst.witness))
        .gains("any command, as the user who serves the model, wherever the engine has no sandbox or an old one")
        .fix("take the template of the base model at a pinned revision, and render with Jinja's ImmutableSandboxedEnvironment");
    if !worst.certain {
        finding = finding.severity(Severity::High).confidence(Confidence::Medium);
    }
    for remark in escapes.iter().take(5) {
        let text = if remark.evidence.is_empty() { remark.message.clone() } else { remark.evidence.clone() };
        finding =
            finding.evidence_at("template", format!("line {}: {text}", remark.line), chat.at(remark.line));
    }
    Some(finding)
}
