//! A Keras archive that brings files which Keras does not write: programs, scripts, pickles.

use crate::{Artifact, Check, FamilyRule};
use modelward_formats::{Parsed, archive::EntryKind};
use modelward_kernel::{Finding, Rule, Severity};

pub static RULE: FamilyRule = FamilyRule {
    rule: Rule {
        id: "keras-foreign-member",
        title: "the Keras archive brings programs or code",
        theme: "malicious-model-content",
        severity: Severity::Medium,
        page: include_str!("README.md"),
    },
    check: Check::Artifact(check),
};

/// Endings of what runs, loads or unpickles.
const RUNS: &[&str] = &[
    "bash", "bat", "cmd", "dll", "dylib", "elf", "exe", "jar", "js", "joblib", "lua", "msi", "php", "pickle",
    "pkl", "pl", "ps1", "pt", "pth", "py", "pyc", "pyd", "pyw", "rb", "scr", "sh", "so", "vbs", "whl", "zsh",
];

fn check(artifact: &Artifact<'_>, findings: &mut Vec<Finding>) {
    let Parsed::Archive(archive) = artifact.parsed else { return };
    let has = |name: &str| archive.entries.iter().any(|entry| entry.name == name);
    let weights = archive.entries.iter().any(|entry| entry.name.contains("weights"));
    if !has("config.json") || !has("metadata.json") || !(weights || artifact.file_name().ends_with(".keras"))
    {
        return;
    }
    let members = archive.entries.iter().filter(|entry| entry.kind != EntryKind::Folder && runs(&entry.name));
    for entry in members.take(16) {
        let place = artifact.place.member(entry.name.as_str());
        let message = format!("the Keras archive brings `{}`, which Keras does not write", entry.name);
        findings.push(
            Finding::new(&RULE.rule, artifact.asset, place, message)
                .gains("code beside the model, one step from being loaded: a path in the configuration may lead to it")
                .evidence("member", format!("{} ({} bytes)", entry.name, entry.size))
                .fix("save the model again with Keras, or take the member out")
                .witness(entry.name.as_str()),
        );
    }
}

/// Whether the name ends as that of code, in any case and also before a version, as in `libx.so.1`.
fn runs(name: &str) -> bool {
    let name = name.rsplit(['/', '\\']).next().unwrap_or(name).to_ascii_lowercase();
    name.split('.').skip(1).any(|part| RUNS.contains(&part.trim())) && !name.starts_with("model.weights")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_code_are_told_from_names_of_data() {
        for name in ["assets/run.sh", "x.SO", "lib/libx.so.1", "a\\b.py", "payload.pkl"] {
            assert!(runs(name), "{name}");
        }
        for name in
            ["config.json", "model.weights.h5", "assets/vocabulary.txt", "assets/layers/text/sh", "readme.md"]
        {
            assert!(!runs(name), "{name}");
        }
    }
}
