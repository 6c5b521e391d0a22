//! Content that no directory lists, and files that are valid as two formats.

mod behind_pickle;

use super::container::{archive, groups};
use crate::{Artifact, Check, FamilyRule};
use modelward_formats::{Format, Problem, archive::Seen, identify};
use modelward_kernel::{Finding, Rule, Severity};

pub static RULE: FamilyRule = FamilyRule {
    rule: Rule {
        id: "hidden-bytes",
        title: "the file holds content that its format does not list",
        theme: "malicious-model-content",
        severity: Severity::Medium,
        page: include_str!("README.md"),
    },
    check: Check::Artifact(check),
};

fn check(artifact: &Artifact<'_>, findings: &mut Vec<Finding>) {
    polyglot(artifact, findings);
    behind_pickle::check(artifact, findings);
    let Some(archive) = archive(artifact) else {
        return;
    };
    let mut shown = false;
    for entry in archive.entries.iter().filter(|entry| entry.seen == Seen::ByContent) {
        let content = identify(&artifact.source.slice(entry.offset, entry.stored_size), "");
        let titles: Vec<&str> = content.iter().map(|format| format.title()).collect();
        let message = format!(
            "{} bytes outside the members are content of their own: {}",
            entry.stored_size,
            titles.join(", ")
        );
        shown = true;
        findings.push(
            Finding::new(
                &RULE.rule,
                artifact.asset,
                artifact.place.range(entry.offset, entry.stored_size),
                message,
            )
            .gains("a payload travels with the model past scanners that read the members only")
            .evidence("bytes", format!("{:#x}, {} bytes", entry.offset, entry.stored_size))
            .fix("pack the model again; nothing that it needs lies there")
            .witness(format!("outside {}", content.iter().map(|f| f.as_str()).collect::<Vec<_>>().join("+"))),
        );
    }
    if shown || is_polyglot(artifact) {
        return;
    }
    let outside = |problem: &Problem| {
        matches!(problem.code, "bytes-before-archive" | "bytes-after-archive" | "bytes-between-members")
    };
    for group in groups(archive, outside).values() {
        findings.push(
            group
                .finding(&RULE.rule, artifact)
                .severity(Severity::Low)
                .fix("pack the model again; nothing that it needs lies there"),
        );
    }
}

/// The formats of the file that a loader would take it for by its own bytes, when there are two that cannot be one.
fn loaders(artifact: &Artifact<'_>) -> Vec<Format> {
    let formats = identify(artifact.source, artifact.file_name());
    let mut loaded: Vec<Format> = formats.into_iter().filter(|format| stands_alone(*format)).collect();
    // The pickle in an array of objects is part of the array.
    if loaded.contains(&Format::Npy) {
        loaded.retain(|format| *format != Format::Pickle);
    }
    // Programs are the business of `executable-in-model`.
    if loaded.iter().any(|format| matches!(format, Format::Elf | Format::MachO | Format::Pe | Format::Script))
    {
        loaded.clear();
    }
    loaded
}

fn is_polyglot(artifact: &Artifact<'_>) -> bool {
    loaders(artifact).len() > 1
}

fn stands_alone(format: Format) -> bool {
    !matches!(
        format,
        Format::Opaque
            | Format::Text
            | Format::Json
            | Format::KerasConfig
            | Format::Yaml
            | Format::Jinja
            | Format::Python
            | Format::Markdown
            | Format::Notebook
            | Format::SavedModel
            | Format::GraphDef
            | Format::MetaGraph
            | Format::Onnx
            | Format::Sentencepiece
            | Format::TfCheckpoint
            | Format::PythonBytecode
    )
}

fn polyglot(artifact: &Artifact<'_>, findings: &mut Vec<Finding>) {
    let formats = loaders(artifact);
    // The rule sees the artefact once for each format; it speaks for the first.
    let [first, .., last] = formats.as_slice() else {
        return;
    };
    if artifact.format != *first {
        return;
    }
    let message = format!("the file is a valid {} and a valid {} at once", first.title(), last.title());
    let words: Vec<&str> = formats.iter().map(|format| format.as_str()).collect();
    findings.push(
        Finding::new(&RULE.rule, artifact.asset, artifact.place.clone(), message)
            .gains("a scanner that goes by the one format passes what a loader of the other runs")
            .evidence("formats", words.join(", "))
            .fix("take the model from its source again, in one format")
            .witness(format!("polyglot {}", words.join("+"))),
    );
}

#[cfg(test)]
mod tests;
