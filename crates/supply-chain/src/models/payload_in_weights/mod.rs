//! Tensors whose bytes are no numbers but a payload.

use crate::{Artifact, Check, FamilyRule};
use modelward_formats::{
    Context, Format, Parsed,
    statistics::{self, Alarm, Sign},
    torch,
};
use modelward_kernel::{Confidence, Finding, Rule, Severity};

pub static RULE: FamilyRule = FamilyRule {
    rule: Rule {
        id: "payload-in-weights",
        title: "the bytes of a tensor hold a payload",
        theme: "malicious-model-content",
        severity: Severity::High,
        page: include_str!("README.md"),
    },
    check: Check::Tensors(check),
};

/// Tensors that get a finding of their own; the rest is counted.
const SHOWN: usize = 16;

fn check(artifact: &Artifact<'_>, findings: &mut Vec<Finding>) {
    let ranges = match artifact.parsed {
        Parsed::Archive(archive) if artifact.format == Format::Zip => {
            torch::checkpoints(archive, artifact.source, &Context::default())
                .iter()
                .flat_map(torch::Checkpoint::ranges)
                .collect()
        }
        Parsed::Pickle(transcript) => {
            torch::legacy(artifact.source, transcript).map(|c| c.ranges()).unwrap_or_default()
        }
        parsed => statistics::ranges(parsed, artifact.source.len()),
    };
    let report = statistics::scan(artifact.source, ranges);
    let count = report.alarms.len();
    for (index, alarm) in report.alarms.into_iter().take(SHOWN).enumerate() {
        let mut finding = finding(artifact, &alarm);
        if index + 1 == SHOWN && count > SHOWN {
            finding = finding.evidence("more", format!("{} further places", count - SHOWN));
        }
        findings.push(finding);
    }
}

fn finding(artifact: &Artifact<'_>, alarm: &Alarm) -> Finding {
    let place = artifact.place.range(alarm.offset, alarm.length);
    let name = &alarm.name;
    let (sign, numbers) = match alarm.sign {
        Sign::Signature { bits } => (format!("in {bits} bits of each number"), None),
        Sign::Byte { byte, concentration } => (format!("in byte {byte} of each number"), Some(concentration)),
        Sign::Bits { bits: 1, concentration } => {
            ("in single bits of the numbers".to_owned(), Some(concentration))
        }
        Sign::Bits { bits, concentration } => {
            (format!("in the {bits} lowest bits of the numbers"), Some(concentration))
        }
    };
    let message = match alarm.content {
        Some(content) => format!("the tensor `{name}` holds, {sign}, what starts like: {content}"),
        None => format!("the tensor `{name}` holds, {sign}, bytes that are no numbers"),
    };
    let mut finding = Finding::new(&RULE.rule, artifact.asset, place, message)
        .gains("a program travels in the weights while the model works as before; a few lines of loading code take it out and run it")
        .fix("take the model from its source and compare digests; rounding the weights to fewer bits destroys the payload")
        .witness(format!("{name} {}", alarm.content.unwrap_or("statistics")));
    if let Some(concentration) = numbers {
        let text =
            format!("values repeat {concentration} times as often as in noise, over {} bytes", alarm.length);
        finding = finding.evidence("statistics", text);
    }
    if alarm.content.is_none() {
        finding = finding.severity(Severity::Medium).confidence(Confidence::Medium);
    }
    finding
}
