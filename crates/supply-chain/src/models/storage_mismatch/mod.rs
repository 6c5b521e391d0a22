//! A torch checkpoint whose pickle and members contradict one another.

use crate::{Artifact, Check, FamilyRule};
use modelward_formats::{Context, Format, Parsed, ProblemKind, torch};
use modelward_kernel::{Finding, Place, Rule, Severity};
use std::collections::BTreeMap;

pub static RULE: FamilyRule = FamilyRule {
    rule: Rule {
        id: "storage-mismatch",
        title: "tensors of a checkpoint reach beyond the bytes that hold them",
        theme: "malicious-model-content",
        severity: Severity::High,
        page: include_str!("README.md"),
    },
    check: Check::Artifact(check),
};

fn check(artifact: &Artifact<'_>, findings: &mut Vec<Finding>) {
    match artifact.parsed {
        Parsed::Archive(archive) if artifact.format == Format::Zip => {
            for checkpoint in torch::checkpoints(archive, artifact.source, &Context::default()) {
                judge(artifact, &artifact.place.member(checkpoint.pickle.as_str()), &checkpoint, findings);
            }
        }
        Parsed::Pickle(transcript) => {
            if let Some(checkpoint) = torch::legacy(artifact.source, transcript) {
                judge(artifact, artifact.place, &checkpoint, findings);
            }
        }
        _ => {}
    }
}

fn judge(
    artifact: &Artifact<'_>,
    place: &Place,
    checkpoint: &torch::Checkpoint,
    findings: &mut Vec<Finding>,
) {
    let mut groups = BTreeMap::new();
    for problem in &checkpoint.problems {
        groups.entry(problem.code).or_insert((problem, 0usize)).1 += 1;
    }
    for (code, (problem, count)) in groups {
        let (severity, gains) = match problem.kind {
            ProblemKind::Hostile => (Severity::High, "memory of the loading process is read or overwritten"),
            ProblemKind::Differential => (Severity::Medium, "bytes travel with the model unseen"),
            _ => continue,
        };
        let more = if count > 1 { format!(", and {} more", count - 1) } else { String::new() };
        let place = problem.offset.map_or_else(|| place.clone(), |offset| place.at(offset));
        findings.push(
            Finding::new(&RULE.rule, artifact.asset, place, format!("{}{more}", problem.message))
                .severity(severity)
                .gains(gains)
                .fix("do not load the file, also not with `weights_only=True` before torch 2.10; take it from its source again, as safetensors where there is one")
                .witness(code),
        );
    }
}
