//! The one rule of the pipeline itself: something of ours stopped on this file.

use modelward_kernel::{AssetId, Finding, Place, Rule, Severity};

/// `internal-error`.
pub(crate) static RULE: Rule = Rule {
    id: "internal-error",
    title: "a parser or rule stopped on this file",
    theme: "model-scan-evaded",
    severity: Severity::High,
    page: include_str!("README.md"),
};

pub(crate) fn finding(asset: &AssetId, place: &Place, part: &str) -> Finding {
    Finding::new(
        &RULE,
        asset,
        place.clone(),
        format!("the {part} stopped on this file, so it was not judged to its end"),
    )
    .gains("a file that stops its scanner can carry anything")
    .evidence("part", part)
    .fix("treat the file as hostile, and report it as SECURITY.md says")
    .witness(part)
}
