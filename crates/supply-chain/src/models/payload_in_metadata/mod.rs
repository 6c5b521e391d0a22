//! A payload in the texts that a file of weights carries about itself.

mod decode;

use super::weights_file::is_payload;
use crate::{Artifact, Check, FamilyRule};
use modelward_formats::{Format, Parsed, Source, gguf, identify};
use modelward_kernel::{Finding, Rule, Severity};

pub static RULE: FamilyRule = FamilyRule {
    rule: Rule {
        id: "payload-in-metadata",
        title: "the metadata of a file of weights holds a program or a pickle",
        theme: "malicious-model-content",
        severity: Severity::High,
        page: include_str!("README.md"),
    },
    check: Check::Artifact(check),
};

/// Texts of metadata that are looked at in one file.
const TEXTS: usize = 4096;

fn check(artifact: &Artifact<'_>, findings: &mut Vec<Finding>) {
    match artifact.parsed {
        Parsed::Safetensors(file) => {
            for pair in file.metadata.iter().take(TEXTS) {
                judge(artifact, &pair.key, &pair.value, pair.offset, findings);
            }
        }
        Parsed::Gguf(file) => {
            for pair in file.pairs.iter().take(TEXTS) {
                // Templates are texts of their own kind and judged by rules of their own.
                if let gguf::Value::Text { text, .. } = &pair.value
                    && !pair.key.starts_with("tokenizer.chat_template")
                {
                    judge(artifact, &pair.key, text, pair.offset, findings);
                }
            }
        }
        Parsed::Onnx(model) => {
            let known = findings.len();
            for (key, value) in model.metadata.iter().take(TEXTS) {
                judge(artifact, key, value, 0, findings);
            }
            // Programs around ONNX models evaluate entries such as `names`: there, code in a text is code.
            for finding in findings.iter_mut().skip(known) {
                finding.severity = finding.severity.max(Severity::Medium);
            }
        }
        _ => {}
    }
}

fn judge(artifact: &Artifact<'_>, key: &str, text: &str, offset: u64, findings: &mut Vec<Finding>) {
    let key: String = key.chars().take(80).collect();
    let place = artifact.place.at(offset);
    if let Some((notation, format)) = payload(text) {
        let message =
            format!("the metadata `{key}` holds, in {notation}, what is of the format {}", format.title());
        findings.push(
            Finding::new(&RULE.rule, artifact.asset, place, message)
                .gains("a payload travels with the model, and one line of loading code runs it")
                .evidence("text", text.chars().take(120).collect::<String>())
                .fix("write the tensors to a new file with metadata of plain words")
                .witness(format!("{key} {format}")),
        );
    } else if let Some(sign) = code(text) {
        let message = format!("the metadata `{key}` holds code: `{sign}`");
        findings.push(
            Finding::new(&RULE.rule, artifact.asset, place, message)
                .severity(Severity::Low)
                .gains("nothing, unless a program evaluates the text")
                .evidence("text", text.chars().take(120).collect::<String>())
                .fix("write the tensors to a new file with metadata of plain words")
                .witness(format!("{key} code")),
        );
    }
}

/// How a payload is written, and what it is.
fn payload(text: &str) -> Option<(&'static str, Format)> {
    decode::candidates(text).find_map(|(notation, bytes)| {
        let formats = identify(&Source::from_vec(bytes), "");
        formats.into_iter().find(|f| is_payload(*f) && !matches!(f, Format::Python)).map(|f| (notation, f))
    })
}

/// Signs of code that no description of a model has a use for.
fn code(text: &str) -> Option<&'static str> {
    const SIGNS: &[&str] = &[
        "__import__(",
        "__subclasses__",
        "__globals__",
        "__builtins__",
        "os.system(",
        "subprocess.",
        "eval(",
        "exec(",
        "pickle.loads(",
        "<script",
        "javascript:",
        "/bin/sh",
        "/bin/bash",
        "powershell ",
    ];
    SIGNS.iter().copied().find(|sign| text.contains(sign))
}
