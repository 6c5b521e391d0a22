//! A model repository that does not say under which licence it may be used, or says two.

use super::incomplete_model_card::is_published;
use crate::{Check, FamilyRule, Repository};
use modelward_kernel::{Confidence, Finding, Rule, Severity};

pub static RULE: FamilyRule = FamilyRule {
    rule: Rule {
        id: "missing-licence",
        title: "nobody can tell under which licence the model may be used",
        theme: "licence-conflict",
        severity: Severity::Low,
        page: include_str!("README.md"),
    },
    check: Check::Repository(check),
};

fn check(repository: &Repository<'_>, findings: &mut Vec<Finding>) {
    if !is_published(repository) {
        return;
    }
    let file = repository.files.iter().find(|file| {
        let name = file.path.rsplit('/').next().unwrap_or(&file.path).to_ascii_lowercase();
        ["licence", "license", "copying", "notice"].iter().any(|word| name.starts_with(word))
    });
    let said: Vec<_> = repository.facts.iter().filter(|fact| !fact.text("licence").is_empty()).collect();
    let place = repository
        .facts
        .iter()
        .find(|fact| fact.kind == "model-card")
        .map_or(repository.place, |fact| &fact.place);
    match said.as_slice() {
        [] if file.is_none() => findings.push(
            Finding::new(
                &RULE.rule,
                repository.asset,
                place.clone(),
                "the model does not say under which licence it may be used",
            )
            .witness("no licence")
            .fix("name the licence in the front matter of README.md, or add a LICENSE file"),
        ),
        [first, others @ ..] => {
            if let Some(other) =
                others.iter().find(|other| normal(other.text("licence")) != normal(first.text("licence")))
            {
                findings.push(
                    Finding::new(
                        &RULE.rule,
                        repository.asset,
                        first.place.clone(),
                        format!(
                            "the model names two licences: `{}` and `{}`",
                            first.text("licence"),
                            other.text("licence")
                        ),
                    )
                    .confidence(Confidence::Medium)
                    .related(other.place.clone())
                    .witness("two licences")
                    .fix("ask the authors, and name one"),
                );
            }
        }
        [] => {}
    }
}

fn normal(licence: &str) -> String {
    licence
        .to_ascii_lowercase()
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect::<String>()
        .replace("license", "")
        .replace("version", "")
}
