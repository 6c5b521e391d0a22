//! Bytes behind the last pickle of a file that no loader reads.

use super::RULE;
use crate::Artifact;
use modelward_formats::{
    Format, Parsed, identify,
    pickle::{Raw, RawKind},
};
use modelward_kernel::{Finding, Severity};

pub(super) fn check(artifact: &Artifact<'_>, findings: &mut Vec<Finding>) {
    let Parsed::Pickle(transcript) = artifact.parsed else { return };
    let unexplained = transcript.raw.iter().filter(|raw| raw.kind == RawKind::Unexplained);
    findings.extend(unexplained.map(|raw| finding(artifact, raw)));
}

fn finding(artifact: &Artifact<'_>, raw: &Raw) -> Finding {
    let content = identify(&artifact.source.slice(raw.offset, raw.length), "");
    let content: Vec<Format> = content.into_iter().filter(|format| !is_inert(*format)).collect();
    let titles: Vec<&str> = content.iter().map(|format| format.title()).collect();
    let (severity, message) = if titles.is_empty() {
        (Severity::Low, format!("{} bytes follow the last pickle", raw.length))
    } else {
        let message = format!(
            "{} bytes behind the last pickle are content of their own: {}",
            raw.length,
            titles.join(", ")
        );
        (Severity::Medium, message)
    };
    let finding =
        Finding::new(&RULE.rule, artifact.asset, artifact.place.range(raw.offset, raw.length), message)
            .severity(severity)
            .evidence("bytes", format!("{:#x}, {} bytes", raw.offset, raw.length))
            .fix("take the model from its source again; no loader reads what stands there")
            .witness(format!(
                "behind pickle {}",
                content.iter().map(|f| f.as_str()).collect::<Vec<_>>().join("+")
            ));
    if severity >= Severity::Medium {
        finding.gains("a payload travels with the model past scanners that end at the last pickle")
    } else {
        finding
    }
}

/// Text and the like, which nothing loads or runs.
fn is_inert(format: Format) -> bool {
    matches!(
        format,
        Format::Opaque
            | Format::Text
            | Format::Markdown
            | Format::Yaml
            | Format::Json
            | Format::Jinja
            | Format::Image
            | Format::Media
            | Format::Pdf
    )
}
