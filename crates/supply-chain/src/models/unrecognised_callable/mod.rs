//! The rule `unrecognised-callable`; its page is `README.md`.

use crate::{Artifact, Check, FamilyRule, effects::Kind, models::verdicts};
use modelward_kernel::{Finding, Rule, Severity};

pub static RULE: FamilyRule = FamilyRule {
    rule: Rule {
        id: "unrecognised-callable",
        title: "loading calls something that is not known to be harmless",
        theme: "unsafe-deserialisation",
        severity: Severity::Medium,
        page: include_str!("README.md"),
    },
    check: Check::Artifact(check),
};

const FIX: &str = "find out what the callable does, or load the model in isolation; for your own classes make a table with `modelward effects derive` and pass it with `--effects`";

fn check(artifact: &Artifact<'_>, out: &mut Vec<Finding>) {
    verdicts::report(&RULE.rule, &[Kind::Unrecognised, Kind::NotProduced], FIX, artifact, out);
}
