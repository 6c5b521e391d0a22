//! A Keras configuration that names a file or an address which its loader opens.

use super::{
    escape::{Escape, escape},
    keras_configs::configs,
};
use crate::{Artifact, Check, FamilyRule};
use modelward_formats::keras::NamedPath;
use modelward_kernel::{Finding, Rule, Severity};
use std::collections::BTreeSet;

pub static RULE: FamilyRule = FamilyRule {
    rule: Rule {
        id: "keras-file-reference",
        title: "the model names a file or an address that loading it opens",
        theme: "malicious-model-content",
        severity: Severity::High,
        page: include_str!("README.md"),
    },
    check: Check::Artifact(check),
};

/// Keys that hold a path by the definition of their layer; others only look like one.
const OPENED: &[&str] = &[
    "vocabulary",
    "vocabulary_file",
    "vocab_file",
    "merges",
    "proto",
    "idf_weights",
    "filepath",
    "origin",
    "hub_handle",
];

/// Different paths that are told of one configuration.
const FINDINGS: usize = 256;

fn check(artifact: &Artifact<'_>, findings: &mut Vec<Finding>) {
    let mut seen = BTreeSet::new();
    for path in configs(artifact).iter().flat_map(|(config, _)| &config.paths) {
        let Some(severity) = severity(path) else { continue };
        if seen.len() >= FINDINGS || !seen.insert((&path.key, &path.path)) {
            continue;
        }
        let holder = if path.class_name.is_empty() {
            String::new()
        } else {
            format!("the layer `{}` takes ", path.class_name)
        };
        let way = escape(&path.path)
            .map_or("a file beside the model".to_owned(), |escape| escape.words().to_owned());
        let message = format!("{holder}`{}` from `{}`: {way}", path.key, path.path);
        findings.push(
            Finding::new(&RULE.rule, artifact.asset, artifact.place.at(path.offset), message)
                .severity(severity)
                .gains("files of the machine that loads the model, as data of the model, or a request to an address that the file chooses")
                .evidence("entry", format!("{} = {}", path.key, path.path))
                .fix("store the vocabulary in the model, or set it in your code after loading")
                .witness(format!("{} {}", path.key, path.path)),
        );
    }
}

fn severity(path: &NamedPath) -> Option<Severity> {
    let escape = escape(&path.path);
    if path.class_name.is_empty() || path.key == "name" {
        return None;
    }
    if OPENED.contains(&path.key.as_str()) {
        return Some(if escape.is_some() { Severity::High } else { Severity::Medium });
    }
    // Other entries may hold prose or names: only an address or a path alone counts.
    let alone = !path.path.contains(char::is_whitespace);
    let leaves = matches!(
        escape,
        Some(Escape::Absolute | Escape::Parent | Escape::Drive | Escape::Network | Escape::Scheme)
    );
    (alone && leaves).then_some(Severity::Medium)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::keras_tests::run;

    fn layer(class: &str, config: &str) -> Vec<Severity> {
        let text = format!(
            r#"{{"class_name": "Sequential", "config": {{"layers": [{{"class_name": "{class}", "config": {config}}}]}}}}"#
        );
        run(check, &text).iter().map(|finding| finding.severity).collect()
    }

    #[test]
    fn cve_2025_12058_a_vocabulary_that_is_read_from_a_path_or_an_address() {
        assert_eq!(layer("StringLookup", r#"{"vocabulary": "/etc/passwd"}"#), [Severity::High]);
        assert_eq!(
            layer("TextVectorization", r#"{"vocabulary": "http://169.254.169.254/latest"}"#),
            [Severity::High]
        );
        assert_eq!(layer("IntegerLookup", r#"{"vocabulary": "gs://bucket/words"}"#), [Severity::High]);
        assert_eq!(layer("StringLookup", r#"{"vocabulary": "words.txt"}"#), [Severity::Medium]);
    }

    #[test]
    fn a_vocabulary_in_the_model_is_nothing() {
        assert!(layer("StringLookup", r#"{"vocabulary": ["a", "b"], "name": "/a/b"}"#).is_empty());
        assert!(layer("StringLookup", r#"{"vocabulary": null}"#).is_empty());
    }
}
