//! Archives that exhaust the machine that unpacks them.

use super::container::{archive, groups};
use crate::{Artifact, Check, FamilyRule};
use modelward_formats::ProblemKind;
use modelward_kernel::{Finding, Rule, Severity};

pub static RULE: FamilyRule = FamilyRule {
    rule: Rule {
        id: "archive-bomb",
        title: "the archive exhausts the machine that unpacks it",
        theme: "malicious-model-content",
        severity: Severity::High,
        page: include_str!("README.md"),
    },
    check: Check::Artifact(check),
};

const CODES: [&str; 5] =
    ["decompression-bomb", "overlapping-members", "long-name", "long-record", "size-overflows"];

fn check(artifact: &Artifact<'_>, findings: &mut Vec<Finding>) {
    let Some(archive) = archive(artifact) else {
        return;
    };
    // Nobody nests models as deep as the limit, and what lies deeper is not looked at.
    let hostile = |problem: &modelward_formats::Problem| {
        (problem.kind == ProblemKind::Hostile && CODES.contains(&problem.code)) || problem.code == "nesting"
    };
    for (code, group) in groups(archive, hostile) {
        let severity = if code == "decompression-bomb" { Severity::High } else { Severity::Medium };
        findings.push(
            group
                .finding(&RULE.rule, artifact)
                .severity(severity)
                .gains("memory or disk of the machine that loads or scans the model is used up")
                .fix("do not unpack it; ask for the model in a format that needs no decompression, such as safetensors"),
        );
    }
}

#[cfg(test)]
mod tests;
