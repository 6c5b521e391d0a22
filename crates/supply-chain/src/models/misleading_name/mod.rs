//! Files whose name promises a harmless format and whose content is one that can run code.

use crate::{Artifact, Check, FamilyRule};
use modelward_formats::{Format, identify};
use modelward_kernel::{Finding, Rule, Severity};

pub static RULE: FamilyRule = FamilyRule {
    rule: Rule {
        id: "misleading-name",
        title: "the name promises another format than the content is",
        theme: "model-scan-evaded",
        severity: Severity::Medium,
        page: include_str!("README.md"),
    },
    check: Check::Artifact(check),
};

/// Endings that name one format, which runs nothing, and the words for it.
const PROMISES: [(&[&str], &str); 5] = [
    (&[".safetensors"], "safetensors"),
    (&[".gguf"], "GGUF"),
    (&[".onnx"], "ONNX"),
    (&[".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp"], "a picture"),
    (&[".md", ".txt", ".csv", ".tsv", ".json", ".jsonl", ".yaml", ".yml", ".jinja", ".html"], "text"),
];

fn check(artifact: &Artifact<'_>, findings: &mut Vec<Finding>) {
    if artifact.format != Format::Pickle {
        return;
    }
    let name = artifact.file_name().to_lowercase();
    let Some((_, promise)) =
        PROMISES.iter().find(|(endings, _)| endings.iter().any(|ending| name.ends_with(ending)))
    else {
        return;
    };
    // What is also the promised format is told by `hidden-bytes`; text that could be read as opcodes is text.
    if identify(artifact.source, "") != [Format::Pickle] {
        return;
    }
    let message = format!("the name promises {promise} and the content is a {}", artifact.format.title());
    findings.push(
        Finding::new(&RULE.rule, artifact.asset, artifact.place.clone(), message)
            .gains(
                "scanners that go by the name skip the file, and a loader that goes by the content runs it",
            )
            .evidence("format", artifact.format.as_str())
            .fix("rename the file to what it is, or convert it to what its name says")
            .witness("pickle"),
    );
}

#[cfg(test)]
mod tests;
