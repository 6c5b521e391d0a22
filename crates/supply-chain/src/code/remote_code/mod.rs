//! A repository that brings code which loading its model runs.

mod closure;

use crate::{Check, Fact, FamilyRule, Repository};
use closure::{Closure, Harm};
use modelward_kernel::{Confidence, Finding, Rule, Severity};
use std::collections::BTreeSet;

pub static RULE: FamilyRule = FamilyRule {
    rule: Rule {
        id: "remote-code",
        title: "loading the model runs code that comes with it",
        theme: "malicious-model-content",
        severity: Severity::Medium,
        page: include_str!("README.md"),
    },
    check: Check::Repository(check),
};

const MAX_FINDINGS: usize = 20;

fn check(repository: &Repository<'_>, findings: &mut Vec<Finding>) {
    let closure = Closure::of(repository);
    let mut seen: BTreeSet<String> = BTreeSet::new();
    for reference in closure.references.iter().take(1_000) {
        let key = format!("{} {}", reference.fact.text("repository"), reference.fact.text("target"));
        if !seen.insert(key) || findings.len() >= MAX_FINDINGS {
            continue;
        }
        findings.push(if reference.fact.text("repository").is_empty() {
            local(repository, reference, &closure)
        } else {
            foreign(repository, reference.fact)
        });
    }
    for entry in &closure.implicit {
        if let Some(harm) = closure.worst(std::slice::from_ref(&entry.index))
            && findings.len() < MAX_FINDINGS
        {
            findings.push(harmful(repository, entry.why, &harm, None));
        }
    }
}

/// Code of this repository that a configuration names.
fn local(repository: &Repository<'_>, reference: &closure::Reference<'_>, closure: &Closure<'_>) -> Finding {
    let fact = reference.fact;
    if let Some(harm) = closure.worst(&reference.files) {
        return harmful(repository, fact.text("via"), &harm, Some(fact));
    }
    let target = fact.text("target");
    let (what, severity) = if target.contains("://") {
        ("comes from an address", Severity::Medium)
    } else if reference.files.is_empty() {
        ("is not there: it would come from whatever the loading host has under that name", Severity::Low)
    } else {
        ("does no harm that was found", Severity::Low)
    };
    let mut finding = Finding::new(
        &RULE.rule,
        repository.asset,
        fact.place.clone(),
        format!("loading the model runs code that comes with it: `{target}` {what}"),
    )
    .severity(severity)
    .confidence(Confidence::Medium)
    .witness(format!("{} {target}", fact.text("via")))
    .evidence("reference", format!("{}: {target}", fact.text("via")))
    .fix("pin the revision, read the code, and review it again when it changes");
    for &file in &reference.files {
        if let Some(file) = repository.files.get(file) {
            finding = finding.related(file.place.clone());
        }
    }
    finding
}

/// Code of another repository.
fn foreign(repository: &Repository<'_>, fact: &Fact) -> Finding {
    let (owner, target, revision) = (fact.text("repository"), fact.text("target"), fact.text("revision"));
    let pinned = revision.len() >= 40 && revision.chars().all(|c| c.is_ascii_hexdigit());
    let at = if pinned { format!("at {revision}") } else { "as it is on the day of loading".into() };
    Finding::new(
        &RULE.rule,
        repository.asset,
        fact.place.clone(),
        format!("loading the model runs `{target}` of another repository, `{owner}`, {at}"),
    )
    .severity(if pinned { Severity::Low } else { Severity::Medium })
    .witness(format!("{owner} {target}"))
    .evidence("reference", format!("{}: {owner}--{target}", fact.text("via")))
    .gains("whoever owns that repository, or takes its name over, runs code wherever this model is loaded")
    .fix("copy the code into this repository, or pin it with code_revision")
}

fn harmful(repository: &Repository<'_>, via: &str, harm: &Harm, fact: Option<&Fact>) -> Finding {
    let message = format!("loading the model runs `{}`, which {}", harm.file, harm.what);
    let mut finding = Finding::new(
        &RULE.rule,
        repository.asset,
        fact.map_or_else(|| harm.place.clone(), |fact| fact.place.clone()),
        message,
    )
    .severity(harm.severity)
    .witness(format!("{via} {} {}", harm.file, harm.what))
    .evidence(
        "reached by",
        fact.map_or_else(|| via.to_owned(), |fact| format!("{via}: {}", fact.text("target"))),
    )
    .evidence_at("call", harm.text.clone(), harm.place.clone())
    .gains("whatever the code wants, with the rights of whoever loads the model")
    .fix("do not load the model with trust_remote_code; take it from a source that you trust");
    if fact.is_some() {
        finding = finding.related(harm.place.clone());
    }
    finding
}
