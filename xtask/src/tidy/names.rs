//! Names that say nothing: a folder, a file or a crate is named after what it holds.

use super::{files, shown};
use anyhow::Result;
use std::{collections::BTreeSet, path::Path};

const BANNED: [&str; 11] =
    ["base", "common", "core", "helper", "helpers", "manager", "misc", "service", "shared", "util", "utils"];

/// Complains about folders and source files with a banned name.
///
/// # Errors
/// When the tree cannot be read.
pub fn check(root: &Path) -> Result<Vec<String>> {
    let mut complaints = BTreeSet::new();
    for top in ["crates", "xtask", "fuzz"].iter().filter(|top| root.join(top).exists()) {
        for file in files(&root.join(top))? {
            for part in file.strip_prefix(root).unwrap_or(&file).components() {
                let name =
                    Path::new(part.as_os_str()).file_stem().and_then(|stem| stem.to_str()).unwrap_or("");
                if BANNED.contains(&name) {
                    complaints
                        .insert(format!("{}: `{name}` names nothing: say what it holds", shown(root, &file)));
                }
            }
        }
    }
    Ok(complaints.into_iter().collect())
}
