//! Archives that two readers understand differently.

use super::container::{archive, groups, is};
use crate::{Artifact, Check, FamilyRule};
use modelward_formats::ProblemKind;
use modelward_kernel::{Finding, Rule, Severity};

pub static RULE: FamilyRule = FamilyRule {
    rule: Rule {
        id: "archive-reader-differential",
        title: "readers see different members in the archive",
        theme: "model-scan-evaded",
        severity: Severity::High,
        page: include_str!("README.md"),
    },
    check: Check::Artifact(check),
};

/// Differences that an interrupted download or an odd packer can leave: they hide nothing alone.
const ACCIDENTS: [&str; 8] = [
    "crc-differs",
    "directory-size-differs",
    "disk-number",
    "folder-with-data",
    "no-directory",
    "similar-member",
    "size-differs",
    "truncated-comment",
];

fn check(artifact: &Artifact<'_>, findings: &mut Vec<Finding>) {
    let Some(archive) = archive(artifact) else {
        return;
    };
    for (code, group) in groups(archive, is(ProblemKind::Differential)) {
        let severity = if ACCIDENTS.contains(&code) { Severity::Medium } else { Severity::High };
        findings.push(
            group
                .finding(&RULE.rule, artifact)
                .severity(severity)
                .gains("a scanner judges one content and the library that loads the model runs another")
                .fix("pack the model again with one tool, or take it from its source again"),
        );
    }
}

#[cfg(test)]
mod tests;
