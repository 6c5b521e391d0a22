//! What the parser remarked about a stream beside what it does: attacks on the memory and the stack of whoever loads it, and
//! bytes that unpicklers read differently even where the outcome is the same.

use super::{EffectSet, Judgement, Kind};
use modelward_formats::{Problem, ProblemKind, pickle::Transcript};
use modelward_kernel::Severity;

/// Codes of hostile remarks that are about the reading of the stream, not about the cost of loading it.
const READ_DIFFERENTLY: &[&str] = &["protocol-changes", "storage-count"];

/// One judgement for each remark that stands for itself. With `judged` the runs were already found to differ, and remarks on
/// differences say nothing new.
pub(super) fn judge(transcript: &Transcript, judged: bool) -> Vec<Judgement> {
    transcript.problems.iter().filter_map(|problem| one(problem, judged)).collect()
}

fn one(problem: &Problem, judged: bool) -> Option<Judgement> {
    let (kind, severity) = match problem.kind {
        ProblemKind::Differential if judged => return None,
        ProblemKind::Differential => (Kind::Differential, Severity::High),
        ProblemKind::Hostile if READ_DIFFERENTLY.contains(&problem.code) => {
            (Kind::Differential, Severity::Medium)
        }
        ProblemKind::Hostile => (Kind::Exhaustion, Severity::Medium),
        _ => return None,
    };
    Some(Judgement {
        kind,
        severity,
        message: problem.message.clone(),
        name: problem.code.to_owned(),
        call: problem.code.to_owned(),
        effects: EffectSet::NONE,
        path: Vec::new(),
        offset: problem.offset.unwrap_or(0),
        nested: None,
        data: false,
    })
}
