//! The table of rules, and for each the controls that its theme is evidence for.

use super::GENERATED;
use anyhow::{Context, Result};
use modelward_kernel::Rule;
use std::{fmt::Write, path::Path};

/// The folders that hold rules, from the root of the repository.
const GROUPS: [&str; 3] =
    ["crates/supply-chain/src/models", "crates/supply-chain/src/code", "crates/assessment/src"];

pub(super) fn page(root: &Path) -> Result<String> {
    let rules = modelward_assessment::rules();
    let mut text = format!(
        "# Rules\n\n{GENERATED}{} rules. `modelward rules` lists them, `modelward explain <rule>` prints a page; each page is \
         also the test of its rule.\n\n| rule | severity | what is wrong | theme |\n|---|---|---|---|\n",
        rules.len()
    );
    for Rule { id, severity, title, theme, .. } in rules {
        let folder = id.replace('-', "_");
        let group = GROUPS
            .iter()
            .find(|group| root.join(group).join(&folder).is_dir())
            .with_context(|| format!("the rule `{id}` has no folder"))?;
        writeln!(text, "| [`{id}`](../../{group}/{folder}/README.md) | {severity} | {title} | {theme} |")?;
    }
    Ok(text)
}
