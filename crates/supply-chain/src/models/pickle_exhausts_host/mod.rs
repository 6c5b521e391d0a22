//! The rule `pickle-exhausts-host`; its page is `README.md`.

use crate::{Artifact, Check, FamilyRule, effects::Kind, models::verdicts};
use modelward_kernel::{Finding, Rule, Severity};

pub static RULE: FamilyRule = FamilyRule {
    rule: Rule {
        id: "pickle-exhausts-host",
        title: "loading blocks or exhausts the host",
        theme: "unsafe-deserialisation",
        severity: Severity::Medium,
        page: include_str!("README.md"),
    },
    check: Check::Artifact(check),
};

const FIX: &str = "do not load the file where memory and time are not limited";

fn check(artifact: &Artifact<'_>, out: &mut Vec<Finding>) {
    verdicts::report(&RULE.rule, &[Kind::Exhaustion], FIX, artifact, out);
}
