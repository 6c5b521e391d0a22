//! The rule `imported-object-overwritten`; its page is `README.md`.

use crate::{Artifact, Check, FamilyRule, effects::Kind, models::verdicts};
use modelward_kernel::{Finding, Rule, Severity};

pub static RULE: FamilyRule = FamilyRule {
    rule: Rule {
        id: "imported-object-overwritten",
        title: "loading writes into something that is not its own",
        theme: "unsafe-deserialisation",
        severity: Severity::High,
        page: include_str!("README.md"),
    },
    check: Check::Artifact(check),
};

const FIX: &str = "do not load the file; ask for the model again from its source";

fn check(artifact: &Artifact<'_>, out: &mut Vec<Finding>) {
    verdicts::report(&RULE.rule, &[Kind::Write], FIX, artifact, out);
}
