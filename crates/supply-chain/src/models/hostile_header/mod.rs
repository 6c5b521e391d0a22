//! Numbers in a header that attack the program that reads them.

use super::weights_file;
use crate::{Artifact, Check, FamilyRule};
use modelward_formats::ProblemKind;
use modelward_kernel::{Finding, Rule, Severity};

pub static RULE: FamilyRule = FamilyRule {
    rule: Rule {
        id: "hostile-header",
        title: "the header of a file of weights attacks the program that reads it",
        theme: "malicious-model-content",
        severity: Severity::High,
        page: include_str!("README.md"),
    },
    check: Check::Artifact(check),
};

/// What a file that was cut short or damaged shows too: an accident as likely as an attack.
const DAMAGED: &[&str] =
    &["header-beyond-file", "tensor-beyond-file", "array-beyond-file", "header-json", "header-no-object"];

fn check(artifact: &Artifact<'_>, findings: &mut Vec<Finding>) {
    for (code, (problem, count)) in weights_file::problems(artifact, ProblemKind::Hostile) {
        let damaged = DAMAGED.contains(&code);
        let more = if count > 1 { format!(", and {} more", count - 1) } else { String::new() };
        let place = weights_file::place(artifact, problem);
        let mut finding =
            Finding::new(&RULE.rule, artifact.asset, place, format!("{}{more}", problem.message))
                .witness(code);
        finding = if damaged {
            finding
                .severity(Severity::Medium)
                .gains("readers that trust the header read beyond the end of the file, or take it for something else")
                .fix("fetch the file again and compare its size and digest with those of its source")
        } else {
            finding.gains("memory of the loading process is exhausted, read or overwritten").fix(
                "take the file from its source again; a writer of this format does not make such a header",
            )
        };
        findings.push(finding);
    }
}
