//! One list, everything else derived: the rules of a family, their folders and their pages are the same set.

use super::{files, shown};
use anyhow::Result;
use modelward_supply_chain::RULES;
use std::{collections::BTreeSet, fs, path::Path};

/// The groups of the family, each a folder of rules.
const GROUPS: [&str; 2] = ["code", "models"];

/// The controls that each theme is evidence for; its second column is the theme.
const CONTROLS: &str = "crates/report/data/controls.tsv";

/// Complains about rules out of order, without a folder or with a theme that no framework knows, and about folders that no
/// rule has.
///
/// # Errors
/// When the tree cannot be read.
pub fn check(root: &Path) -> Result<Vec<String>> {
    let mut complaints = Vec::new();
    let ids: Vec<&str> = RULES.iter().map(|rule| rule.rule.id).collect();
    for pair in ids.windows(2) {
        if pair[0] >= pair[1] {
            complaints.push(format!("RULES: `{}` stands before `{}`: order them by id", pair[0], pair[1]));
        }
    }
    let sources = root.join("crates/supply-chain/src");
    let mut folders = BTreeSet::new();
    for group in GROUPS.map(|group| sources.join(group)).iter().filter(|group| group.exists()) {
        for page in files(group)?.iter().filter(|file| file.ends_with("README.md")) {
            let folder = page.parent().and_then(Path::file_name).and_then(|name| name.to_str()).unwrap_or("");
            if !ids.contains(&folder.replace('_', "-").as_str()) {
                complaints.push(format!("{}: no rule of RULES is called so", shown(root, page)));
            }
            folders.insert(folder.replace('_', "-"));
        }
    }
    complaints.extend(
        ids.iter()
            .filter(|id| !folders.contains(**id))
            .map(|id| format!("RULES: `{id}` has no folder of its name")),
    );
    let controls = fs::read_to_string(root.join(CONTROLS))?;
    let themes: BTreeSet<&str> = controls
        .lines()
        .filter_map(|line| line.strip_prefix("theme\t"))
        .filter_map(|line| line.split('\t').next())
        .collect();
    for rule in RULES.iter().map(|rule| &rule.rule).filter(|rule| !themes.contains(rule.theme)) {
        let themes = themes.iter().copied().collect::<Vec<_>>().join(", ");
        complaints
            .push(format!("{}: `{}` is no theme of {CONTROLS}, which has: {themes}", rule.id, rule.theme));
    }
    Ok(complaints)
}
