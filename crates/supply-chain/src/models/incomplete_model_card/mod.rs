//! A model repository without a card, or with one that says nothing.

use crate::{Check, Fact, FamilyRule, Repository};
use modelward_kernel::{Confidence, Finding, Rule, Severity};

pub static RULE: FamilyRule = FamilyRule {
    rule: Rule {
        id: "incomplete-model-card",
        title: "the model card lacks what a user must know",
        theme: "model-card-missing",
        severity: Severity::Low,
        page: include_str!("README.md"),
    },
    check: Check::Repository(check),
};

fn check(repository: &Repository<'_>, findings: &mut Vec<Finding>) {
    if !is_published(repository) {
        return;
    }
    let card = repository.facts.iter().find(|fact| fact.kind == "model-card");
    let Some(card) = card else {
        findings.push(
            Finding::new(&RULE.rule, repository.asset, repository.place.clone(), "the model has no card: nobody can tell what it is made of and for")
                .severity(Severity::Info)
                .witness("no card")
                .fix("write a README.md with the licence, the base model, the training data, and what the model is for"),
        );
        return;
    };
    let missing = missing(card, repository);
    if !missing.is_empty() {
        findings.push(
            Finding::new(
                &RULE.rule,
                repository.asset,
                card.place.clone(),
                format!("the model card does not say {}", missing.join(", nor ")),
            )
            .confidence(Confidence::Medium)
            .witness("card")
            .evidence("missing", missing.join(", "))
            .fix("add it to the front matter of README.md"),
        );
    }
}

/// Whether it is a repository that others load from, and not a file or archive on its own.
pub(super) fn is_published(repository: &Repository<'_>) -> bool {
    repository.files.len() > 1
        && repository
            .facts
            .iter()
            .any(|fact| matches!(fact.kind.as_str(), "config" | "model-card" | "mlmodel"))
        && !repository.files.iter().any(|file| file.place.address() == repository.place.address())
}

fn missing(card: &Fact, repository: &Repository<'_>) -> Vec<&'static str> {
    let has = |field: &str| card.fields.contains_key(field);
    let adapter = repository.files.iter().any(|file| file.path == "adapter_config.json");
    let mut missing = Vec::new();
    if !has("datasets") && !has("base_model") {
        missing.push("which data or base model it was made from");
    } else if adapter && !has("base_model") {
        missing.push("which model the adapter belongs to");
    }
    if !has("pipeline_tag") && !has("tags") && !has("library") {
        missing.push("what it is for");
    }
    missing
}
