//! Copies of one chat template that differ.

use crate::{Check, Fact, FamilyRule, Repository};
use modelward_kernel::{Confidence, Finding, Rule, Severity};
use std::collections::BTreeMap;

pub static RULE: FamilyRule = FamilyRule {
    rule: Rule {
        id: "template-mismatch",
        title: "two copies of the model's chat template differ",
        theme: "model-backdoor",
        severity: Severity::Medium,
        page: include_str!("README.md"),
    },
    check: Check::Repository(check),
};

fn check(repository: &Repository<'_>, findings: &mut Vec<Finding>) {
    let mut copies: BTreeMap<&str, Vec<&Fact>> = BTreeMap::new();
    for fact in repository.facts.iter().filter(|fact| fact.kind == "chat-template") {
        let name = match fact.text("name") {
            "default" => "",
            name => name,
        };
        copies.entry(name).or_default().push(fact);
    }
    for (name, copies) in copies {
        let Some((first, others)) = copies.split_first() else { continue };
        let text = normal(first.text("source"));
        let different = others.iter().find(|other| {
            // Two copies in one file are that file's own affair, and each format's rule sees them.
            other.place.address() != first.place.address() && normal(other.text("source")) != text
        });
        if let Some(other) = different {
            let which = if name.is_empty() { String::new() } else { format!(" `{name}`") };
            let message = format!(
                "the chat template{which} in `{}` is not the one in `{}`: what a model is told depends on who loads it",
                tail(first),
                tail(other)
            );
            findings.push(
                Finding::new(&RULE.rule, repository.asset, other.place.clone(), message)
                    .confidence(Confidence::High)
                    .related(first.place.clone())
                    .witness(format!("chat template {name}"))
                    .evidence("first difference", difference(&text, &normal(other.text("source"))))
                    .gains("a reviewer reads one template, the engine renders the other")
                    .fix("keep one copy, or make the copies equal"),
            );
        }
    }
}

/// White space at the ends and line ends are no difference to a reader.
fn normal(text: &str) -> String {
    text.replace("\r\n", "\n").lines().map(str::trim_end).collect::<Vec<_>>().join("\n").trim().to_owned()
}

fn tail(fact: &Fact) -> String {
    let name = fact.place.inside.last().unwrap_or(&fact.place.path);
    name.rsplit('/').next().unwrap_or(name).to_owned()
}

fn difference(a: &str, b: &str) -> String {
    let same = a.chars().zip(b.chars()).take_while(|(a, b)| a == b).count();
    let from = |text: &str| text.chars().skip(same.saturating_sub(10)).take(60).collect::<String>();
    format!("`{}` against `{}`", from(a), from(b))
}
