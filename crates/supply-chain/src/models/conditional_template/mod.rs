//! A chat template that adds text for some conversations alone.

use super::template::{Conditional, analyse, templates_of};
use crate::{Artifact, Check, FamilyRule};
use modelward_kernel::{Confidence, Finding, Rule, Severity};

pub static RULE: FamilyRule = FamilyRule {
    rule: Rule {
        id: "conditional-template",
        title: "the chat template adds text when a conversation holds something",
        theme: "model-backdoor",
        severity: Severity::High,
        page: include_str!("README.md"),
    },
    check: Check::Artifact(check),
};

fn check(artifact: &Artifact<'_>, findings: &mut Vec<Finding>) {
    for chat in templates_of(artifact) {
        let conditionals = analyse(&chat.template).conditionals;
        let rank = |c: &Conditional| (!c.negative || c.hostile, !c.hides, c.hostile);
        let Some(worst) = conditionals.iter().max_by_key(|c| (rank(c), std::cmp::Reverse(c.line))) else {
            continue;
        };
        let verb = match (worst.hides, worst.negative) {
            (true, _) => "leaves messages out",
            (_, true) => "drops text",
            _ => "adds text",
        };
        let message = format!(
            "the chat template {verb} depending on what a conversation holds: literal \"{}\" depends on {}",
            worst.literal, worst.subject
        );
        let mut finding = Finding::new(&RULE.rule, artifact.asset, chat.at(worst.line), message)
            .witness(format!("{} {} {}", chat.name, worst.trigger, worst.literal))
            .gains("whoever wrote the template answers a chosen word with a chosen text, unseen")
            .fix("take the template of the base model at a pinned revision; keep conditions on roles and structure");
        if worst.negative && !worst.hostile {
            // Text that is left out when a word is present: a switch more often than an attack.
            finding = finding.severity(Severity::Low).confidence(Confidence::Low);
        }
        if worst.hides {
            finding = finding.severity(Severity::Medium).confidence(Confidence::Medium);
        }
        for c in conditionals.iter().take(5) {
            let when = if c.negative { "without" } else { "with" };
            let text = format!(
                "line {}: \"{}\" is emitted {when} \"{}\" in {} (line {})",
                c.line, c.literal, c.trigger, c.subject, c.trigger_line
            );
            finding = finding.evidence_at("template", text, chat.at(c.line));
        }
        findings.push(finding);
    }
}
