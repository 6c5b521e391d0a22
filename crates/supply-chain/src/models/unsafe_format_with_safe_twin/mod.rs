//! Weights as a pickle beside the same weights in a format that cannot run code.

use crate::{Check, FamilyRule, Repository, RepositoryFile};
use modelward_formats::Format;
use modelward_kernel::{Confidence, Finding, Rule, Severity};
use std::collections::BTreeMap;

pub static RULE: FamilyRule = FamilyRule {
    rule: Rule {
        id: "unsafe-format-with-safe-twin",
        title: "the model comes as a pickle although a safe copy lies beside it",
        theme: "unsafe-deserialisation",
        severity: Severity::Low,
        page: include_str!("README.md"),
    },
    check: Check::Repository(check),
};

fn check(repository: &Repository<'_>, findings: &mut Vec<Finding>) {
    // Members of archives belong to their archive: only files count.
    let depth = repository.place.inside.len();
    let files: Vec<&RepositoryFile> = repository
        .files
        .iter()
        .filter(|file| file.place.inside.len() <= depth + 1 && !file.path.contains('!'))
        .collect();
    let mut safe: BTreeMap<(String, String), &RepositoryFile> = BTreeMap::new();
    for file in &files {
        if file.formats.contains(&Format::Safetensors) {
            safe.entry(family(&file.path)).or_insert(file);
        }
    }
    let mut told: Vec<(String, String)> = Vec::new();
    for file in &files {
        let key = family(&file.path);
        if !is_pickled(&file.path) || told.contains(&key) {
            continue;
        }
        if let Some(twin) = safe.get(&key) {
            told.push(key);
            findings.push(
                Finding::new(
                    &RULE.rule,
                    repository.asset,
                    file.place.clone(),
                    format!("the weights come as a pickle although `{}` lies beside them", twin.path),
                )
                .confidence(Confidence::Medium)
                .related(twin.place.clone())
                .witness(file.path.clone())
                .gains("nothing by itself: a loader that prefers the pickle runs whatever it holds")
                .fix(format!("delete the pickle, or load with use_safetensors=True and `{}`", twin.path)),
            );
        }
    }
}

/// The folder, and what the weights are called without their number and ending: `model` and `pytorch_model` are one.
fn family(path: &str) -> (String, String) {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let stem = name.split('.').next().unwrap_or(name);
    let stem = stem.split("-0").next().unwrap_or(stem);
    let stem =
        stem.strip_prefix("pytorch_").or_else(|| stem.strip_prefix("diffusion_pytorch_")).unwrap_or(stem);
    let stem = stem.strip_prefix("diffusion_pytorch_").unwrap_or(stem);
    (folder.to_owned(), stem.to_owned())
}

fn is_pickled(path: &str) -> bool {
    let ending = path.rsplit_once('.').map_or("", |(_, ending)| ending);
    matches!(ending, "bin" | "pt" | "pth" | "ckpt" | "pkl" | "pickle")
        && !path.ends_with("training_args.bin")
        && !path.ends_with("optimizer.pt")
}
