//! The rule `unsafe-deserialisation`; its page is `README.md`.

use crate::{Artifact, Check, FamilyRule, effects::Kind, models::verdicts};
use modelward_kernel::{Finding, Rule, Severity};

pub static RULE: FamilyRule = FamilyRule {
    rule: Rule {
        id: "unsafe-deserialisation",
        title: "loading the file runs something harmful",
        theme: "unsafe-deserialisation",
        severity: Severity::Critical,
        page: include_str!("README.md"),
    },
    check: Check::Artifact(check),
};

const FIX: &str = "do not load the file; get the model from its publisher again, as safetensors";

fn check(artifact: &Artifact<'_>, out: &mut Vec<Finding>) {
    verdicts::report(&RULE.rule, &[Kind::HarmfulCall, Kind::HarmfulImport], FIX, artifact, out);
}
