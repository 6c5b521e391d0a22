//! A Keras configuration that two readers read differently.

use super::keras_configs::configs;
use crate::{Artifact, Check, FamilyRule};
use modelward_formats::ProblemKind;
use modelward_kernel::{Finding, Rule, Severity};

pub static RULE: FamilyRule = FamilyRule {
    rule: Rule {
        id: "keras-config-differential",
        title: "two readers of the configuration would build different models",
        theme: "model-scan-evaded",
        severity: Severity::High,
        page: include_str!("README.md"),
    },
    check: Check::Artifact(check),
};

fn check(artifact: &Artifact<'_>, findings: &mut Vec<Finding>) {
    for (config, _) in configs(artifact) {
        let problems = config.problems.iter().filter(|problem| problem.kind == ProblemKind::Differential);
        let problems: Vec<_> = problems.collect();
        let Some(first) = problems.first() else { continue };
        let place = first.offset.map_or_else(|| artifact.place.clone(), |offset| artifact.place.at(offset));
        let mut finding = Finding::new(&RULE.rule, artifact.asset, place, first.message.clone())
            .gains("a checker sees one model and the loader builds another")
            .fix("save the model again with Keras, which writes every key once")
            .witness(first.code);
        for problem in problems.iter().take(8) {
            finding = finding.evidence("problem", problem.message.clone());
        }
        findings.push(finding);
    }
}
