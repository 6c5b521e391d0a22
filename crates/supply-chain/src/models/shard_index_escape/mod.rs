//! An index of shards that names files outside of the model's folder.

use super::escape::escape;
use crate::{Artifact, Check, FamilyRule};
use modelward_formats::{Parsed, json::Kind};
use modelward_kernel::{Finding, Place, Rule, Severity};
use std::collections::BTreeMap;

pub static RULE: FamilyRule = FamilyRule {
    rule: Rule {
        id: "shard-index-escape",
        title: "the index of the weights names files outside of the model's folder",
        theme: "malicious-model-content",
        severity: Severity::High,
        page: include_str!("README.md"),
    },
    check: Check::Artifact(check),
};

fn check(artifact: &Artifact<'_>, findings: &mut Vec<Finding>) {
    let Parsed::Json(document) = artifact.parsed else { return };
    let Some(map) =
        document.root().and_then(|root| root.get("weight_map")).filter(|map| map.kind() == Kind::Object)
    else {
        return;
    };
    let mut leaving: BTreeMap<String, (u64, String, usize)> = BTreeMap::new();
    for member in map.members() {
        let Some(name) = member.value.as_str() else { continue };
        if escape(&name).is_some() {
            let entry = leaving
                .entry(name.into_owned())
                .or_insert_with(|| (member.value.line(), member.key.into_owned(), 0));
            entry.2 += 1;
        }
    }
    for (name, (line, key, count)) in leaving.into_iter().take(20) {
        let words = escape(&name).map_or("a path", |escape| escape.words());
        let place = Place {
            line: Some(line),
            ..artifact.place.at_pointer(format!("/weight_map/{}", key.replace('~', "~0").replace('/', "~1")))
        };
        let shown: String = name.chars().take(200).collect();
        findings.push(
            Finding::new(
                &RULE.rule,
                artifact.asset,
                place,
                format!("the index takes weights from {words}: `{shown}`"),
            )
            .witness(format!("weight_map {shown}"))
            .evidence(
                "shard",
                format!(
                    "{shown} ({count} tensors, the first `{}`)",
                    key.chars().take(100).collect::<String>()
                ),
            )
            .gains("a file of the loading host, or of another model, is read as weights or unpickled")
            .fix("take the index from the model's source again; shards lie beside their index"),
        );
    }
}
