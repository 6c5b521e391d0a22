//! From judgements on a load transcript to findings: what the rules about pickles share.

use crate::{
    Artifact,
    effects::{EffectSet, Judgement, Kind, judge},
};
use modelward_formats::{Parsed, pickle::Transcript};
use modelward_kernel::{Finding, Place, Rule, Severity};

/// The most calls and places that one finding lists.
const LISTED: usize = 5;

/// The transcript of an artefact, when it is a pickle.
pub(crate) fn transcript<'a>(artifact: &Artifact<'a>) -> Option<&'a Transcript> {
    match artifact.parsed {
        Parsed::Pickle(transcript) => Some(transcript),
        _ => None,
    }
}

/// One finding per name that the judgements of these kinds are about, the calls in order.
pub(crate) fn report(
    rule: &'static Rule,
    kinds: &[Kind],
    fix: &str,
    artifact: &Artifact<'_>,
    out: &mut Vec<Finding>,
) {
    let Some(transcript) = transcript(artifact) else { return };
    let judgements = judge(transcript, artifact.effects);
    findings(rule, kinds, fix, artifact, &judgements, out);
}

/// The findings on judgements that are at hand already.
pub(crate) fn findings(
    rule: &'static Rule,
    kinds: &[Kind],
    fix: &str,
    artifact: &Artifact<'_>,
    judgements: &[Judgement],
    out: &mut Vec<Finding>,
) {
    let mut groups: Vec<Vec<&Judgement>> = Vec::new();
    for judgement in judgements.iter().filter(|judgement| kinds.contains(&judgement.kind)) {
        let same = |group: &&mut Vec<&Judgement>| {
            group[0].name == judgement.name
                && group[0].kind == judgement.kind
                && group[0].data == judgement.data
        };
        match groups.iter_mut().find(same) {
            Some(group) => group.push(judgement),
            None => groups.push(vec![judgement]),
        }
    }
    out.extend(groups.into_iter().map(|group| finding(rule, fix, artifact, &group)));
}

fn finding(rule: &'static Rule, fix: &str, artifact: &Artifact<'_>, group: &[&Judgement]) -> Finding {
    let worst = group.iter().copied().reduce(|a, b| if b.severity > a.severity { b } else { a });
    let worst = worst.unwrap_or(group[0]);
    let message = if worst.data {
        format!("{} (in a byte string that loading keeps as data)", worst.message)
    } else {
        worst.message.clone()
    };
    let mut finding =
        Finding::new(rule, artifact.asset, place(artifact.place, worst), message).severity(worst.severity);
    let mut witness = worst.name.clone();
    let rest = group.iter().copied().filter(|judgement| !std::ptr::eq(*judgement, worst));
    for judgement in std::iter::once(worst).chain(rest).take(LISTED) {
        finding = finding.evidence_at("call", judgement.call.clone(), place(artifact.place, judgement));
        witness = format!("{witness}\n{}", judgement.call);
    }
    if group.len() > LISTED {
        finding = finding.evidence("calls", format!("{} in all", group.len()));
    }
    if worst.path.len() > 1 {
        finding = finding.evidence("path", worst.path.join(" → "));
    }
    if worst.severity >= Severity::Medium
        && worst.effects != EffectSet::NONE
        && let Some(effect) = worst.effects.worst()
    {
        finding = finding.gains(effect.gains());
    }
    finding.fix(fix).witness(witness)
}

fn place(place: &Place, judgement: &Judgement) -> Place {
    // A pickle within a byte string is shown where that string starts.
    place.at(judgement.nested.unwrap_or(judgement.offset))
}
