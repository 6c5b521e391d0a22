//! Bytes of a file of weights that one reader sees and another does not.

use super::weights_file;
use crate::{Artifact, Check, FamilyRule};
use modelward_formats::ProblemKind;
use modelward_kernel::{Finding, Rule, Severity};

pub static RULE: FamilyRule = FamilyRule {
    rule: Rule {
        id: "weights-file-differential",
        title: "two readers of a file of weights see different content",
        theme: "model-scan-evaded",
        severity: Severity::High,
        page: include_str!("README.md"),
    },
    check: Check::Artifact(check),
};

/// Problems that are a stretch of bytes which belongs to nothing.
const HIDDEN_BYTES: &[&str] = &["data-gap", "data-trailing", "header-trailing"];

fn check(artifact: &Artifact<'_>, findings: &mut Vec<Finding>) {
    for (code, (problem, count)) in weights_file::problems(artifact, ProblemKind::Differential) {
        let more = if count > 1 { format!(", and {} more", count - 1) } else { String::new() };
        let place = weights_file::place(artifact, problem);
        let mut finding =
            Finding::new(&RULE.rule, artifact.asset, place, format!("{}{more}", problem.message))
                .witness(code);
        if HIDDEN_BYTES.contains(&code) {
            let content = problem.offset.and_then(|offset| weights_file::hidden_content(artifact, offset));
            finding = match content {
                Some(format) => finding
                    .evidence("content", format!("the bytes are of the format {}", format.title()))
                    .gains("a payload travels with the model past checks that look at tensors alone"),
                None => finding.severity(Severity::Medium).gains("bytes travel with the model unseen"),
            };
            let offset = problem.offset.unwrap_or(0);
            let head = artifact.source.read_vec(offset, 16);
            let hex: Vec<String> = head.iter().map(|byte| format!("{byte:02x}")).collect();
            finding = finding.evidence("bytes", hex.join(" "));
        } else {
            finding = finding.gains("what a scanner judged is not what a loader takes");
        }
        findings.push(
            finding.fix("write the tensors to a new file with the format's own library, and compare digests"),
        );
    }
}
