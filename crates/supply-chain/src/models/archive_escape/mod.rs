//! Members that unpacking would write outside the folder.

use super::container::{archive, groups};
use crate::{Artifact, Check, FamilyRule};
use modelward_kernel::{Finding, Rule, Severity};

pub static RULE: FamilyRule = FamilyRule {
    rule: Rule {
        id: "archive-escape",
        title: "unpacking the archive writes outside its folder",
        theme: "malicious-model-content",
        severity: Severity::High,
        page: include_str!("README.md"),
    },
    check: Check::Artifact(check),
};

const CODES: [&str; 4] = ["path-escapes", "link-escapes", "special-member", "writes-through-link"];

fn check(artifact: &Artifact<'_>, findings: &mut Vec<Finding>) {
    let Some(archive) = archive(artifact) else {
        return;
    };
    let hostile = |problem: &modelward_formats::Problem| {
        problem.kind == modelward_formats::ProblemKind::Hostile && CODES.contains(&problem.code)
    };
    for group in groups(archive, hostile).values() {
        findings.push(
            group
                .finding(&RULE.rule, artifact)
                .gains("a file of the attacker's choice is written, or read, wherever the user who unpacks the model may write")
                .fix("do not unpack it; ask for an archive whose members have relative names and no links out of it"),
        );
    }
}

#[cfg(test)]
mod tests;
