//! The rule `pickle-extension-code`; its page is `README.md`.

use crate::{Artifact, Check, FamilyRule, effects::Kind, models::verdicts};
use modelward_kernel::{Finding, Rule, Severity};

pub static RULE: FamilyRule = FamilyRule {
    rule: Rule {
        id: "pickle-extension-code",
        title: "the file names a callable by a number that only the host can resolve",
        theme: "unsafe-deserialisation",
        severity: Severity::Medium,
        page: include_str!("README.md"),
    },
    check: Check::Artifact(check),
};

const FIX: &str =
    "Ask for a file that names what it needs: extension codes are not used by any model library";

fn check(artifact: &Artifact<'_>, out: &mut Vec<Finding>) {
    verdicts::report(&RULE.rule, &[Kind::Extension], FIX, artifact, out);
}
