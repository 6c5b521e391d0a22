//! The rule `pickle-parser-differential`; its page is `README.md`.

use crate::{Artifact, Check, FamilyRule, effects::Kind, models::verdicts};
use modelward_kernel::{Finding, Rule, Severity};

pub static RULE: FamilyRule = FamilyRule {
    rule: Rule {
        id: "pickle-parser-differential",
        title: "two unpicklers do different things with the file",
        theme: "model-scan-evaded",
        severity: Severity::High,
        page: include_str!("README.md"),
    },
    check: Check::Artifact(check),
};

const FIX: &str = "do not load the file: no program that writes pickles makes such a stream; ask for the model again from its source";

fn check(artifact: &Artifact<'_>, out: &mut Vec<Finding>) {
    verdicts::report(&RULE.rule, &[Kind::Differential], FIX, artifact, out);
}
