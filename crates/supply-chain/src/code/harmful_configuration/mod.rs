//! A configuration that calls harmful functions when a program builds what it describes.

mod standard;
mod target;
#[cfg(test)]
mod tests;

use crate::{Artifact, Check, FamilyRule};
use modelward_formats::{
    Parsed, ProblemKind,
    json::{self, Kind},
    yaml,
};
use modelward_kernel::{Finding, Place, Rule, Severity};
use target::Harm;

pub static RULE: FamilyRule = FamilyRule {
    rule: Rule {
        id: "harmful-configuration",
        title: "building what the configuration describes calls a harmful function",
        theme: "malicious-model-content",
        severity: Severity::Critical,
        page: include_str!("README.md"),
    },
    check: Check::Artifact(check),
};

const MAX_FINDINGS: usize = 20;

fn check(artifact: &Artifact<'_>, findings: &mut Vec<Finding>) {
    match artifact.parsed {
        Parsed::Json(document) => in_json(artifact, document, findings),
        Parsed::Yaml(document) => in_yaml(artifact, document, findings),
        _ => {}
    }
    findings.truncate(MAX_FINDINGS);
}

/// Keys whose value is imported and called: hydra and NeMo, jsonargparse and Lightning, latent diffusion.
fn is_target_key(key: &str, has_params: bool) -> bool {
    matches!(
        key,
        "_target_"
            | "_call_"
            | "__target__"
            | "_component_"
            | "class_path"
            | "_factory_"
            | "_callable_"
            | "__object__"
            | "_target"
    ) || (key == "target" && has_params)
}

/// Keys that some programs take for a callable and many for a plain name: only a plainly harmful one counts.
fn is_loose_key(key: &str) -> bool {
    matches!(
        key,
        "type"
            | "func"
            | "function"
            | "callable"
            | "factory"
            | "cls"
            | "class"
            | "fn"
            | "_fn_"
            | "handler"
            | "module"
    )
}

fn in_json(artifact: &Artifact<'_>, document: &json::Document, findings: &mut Vec<Finding>) {
    for node in document.walk().filter(|node| node.kind() == Kind::Object) {
        let params = ["params", "init_args", "kwargs", "args"].iter().any(|key| node.get(key).is_some());
        for member in node.members() {
            let Some(name) = member.value.as_str() else { continue };
            let loose = is_loose_key(&member.key) && target::is_grave(&name, artifact.effects);
            if !loose && !is_target_key(&member.key, params) {
                continue;
            }
            let args = node
                .get("_args_")
                .or_else(|| node.get("args"))
                .map(|args| String::from_utf8_lossy(args.raw()).into_owned());
            let place = Place {
                line: Some(member.value.line()),
                ..artifact.place.at_pointer(member.value.pointer())
            };
            report(artifact, &member.key, &name, args.as_deref(), place, findings);
        }
    }
}

fn in_yaml(artifact: &Artifact<'_>, document: &yaml::Document, findings: &mut Vec<Finding>) {
    for problem in document.problems.iter().filter(|problem| problem.kind == ProblemKind::Hostile) {
        findings.push(
            Finding::new(
                &RULE.rule,
                artifact.asset,
                artifact.place.clone(),
                format!("the configuration attacks the program that reads it: {}", problem.message),
            )
            .severity(Severity::High)
            .witness(problem.code)
            .gains("memory and time of the loading process")
            .fix("take the file from its source again; no program writes such a configuration"),
        );
    }
    for node in document.walk() {
        let place = |pointer: String| Place { line: Some(node.line()), ..artifact.place.at_pointer(pointer) };
        if let Some(tag) = node.tag()
            && let Some((how, name)) = target::in_tag(tag)
        {
            let name = if name.is_empty() { node.as_str().unwrap_or("") } else { name };
            if how.only_unsafe_loaders {
                tagged(artifact, how, name, place(node.pointer()), findings);
            } else {
                report(artifact, how.word, name, None, place(node.pointer()), findings);
            }
        }
        if let Some(body) = node.as_str().and_then(target::in_resolver) {
            let message = "reading this configuration evaluates an expression, where the program allows it";
            findings.push(
                Finding::new(&RULE.rule, artifact.asset, place(node.pointer()), message)
                    .severity(Severity::High)
                    .witness(cut(body))
                    .evidence("expression", cut(body))
                    .gains("any expression, as the user who reads the configuration")
                    .fix("write the value, and register no resolver that evaluates"),
            );
        }
        if !matches!(node.kind(), yaml::Kind::Mapping) {
            continue;
        }
        let params = ["params", "init_args", "kwargs", "args"].iter().any(|key| node.get(key).is_some());
        for (key, value) in node.members() {
            let (Some(key), Some(name)) = (key.as_str(), value.as_str()) else { continue };
            if is_target_key(key, params) || (is_loose_key(key) && target::is_grave(name, artifact.effects)) {
                let args = node
                    .get("_args_")
                    .map(|args| args.items().filter_map(yaml::Node::as_str).collect::<Vec<_>>().join(", "));
                let place = Place { line: Some(value.line()), ..artifact.place.at_pointer(value.pointer()) };
                report(artifact, key, name, args.as_deref(), place, findings);
            }
        }
    }
}

/// A target that a program imports and calls.
fn report(
    artifact: &Artifact<'_>,
    key: &str,
    name: &str,
    args: Option<&str>,
    place: Place,
    findings: &mut Vec<Finding>,
) {
    let Some(Harm { severity, why, name: real }) = target::harm(name, artifact.effects) else { return };
    let mut finding = Finding::new(
        &RULE.rule,
        artifact.asset,
        place,
        format!("building what this configuration describes calls `{}`, which {why}", cut(name)),
    )
    .severity(severity)
    .witness(format!("{key} {real}"))
    .evidence("target", format!("{key}: {}", cut(name)))
    .gains("any call that the configuration names, as the user who builds the model")
    .fix("allow only targets of the libraries that you use; recent NeMo and hydra can be given a list");
    if let Some(args) = args {
        finding = finding.evidence("arguments", cut(args));
    }
    if real != name {
        finding = finding.evidence("resolves to", real);
    }
    findings.push(finding);
}

/// A tag that makes PyYAML's unsafe loaders import, name or call something.
fn tagged(artifact: &Artifact<'_>, how: target::Tag, name: &str, place: Place, findings: &mut Vec<Finding>) {
    let harm = target::harm(name, artifact.effects).or_else(|| target::module_harm(name));
    let (severity, why) = match harm {
        Some(harm) => (harm.severity.max(Severity::High), harm.why),
        None if target::is_plain(name) => {
            (Severity::Low, "needs a loader that runs whatever a file names".to_owned())
        }
        None => (Severity::Medium, "is not known to be harmless".to_owned()),
    };
    let finding = Finding::new(
        &RULE.rule,
        artifact.asset,
        place,
        format!("loading this YAML {} `{}`, which {why}", how.word, cut(name)),
    )
    .severity(severity)
    .witness(format!("tag {name}"))
    .evidence("tag", format!("{}:{}", how.word, cut(name)))
    .gains("any call that the file names, where it is read with yaml.load and an unsafe loader")
    .fix("read it with yaml.safe_load, and write plain values");
    findings.push(finding);
}

fn cut(text: &str) -> String {
    text.chars().take(200).collect()
}
