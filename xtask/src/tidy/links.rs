//! Links in Markdown that stay within the repository lead somewhere.

use super::{files, shown};
use anyhow::Result;
use std::{fs, path::Path};

/// Complains about relative links whose file is not there. Links to the web are not followed, and fences are passed over.
///
/// # Errors
/// When the tree cannot be read.
pub fn check(root: &Path) -> Result<Vec<String>> {
    let mut complaints = Vec::new();
    for file in files(root)?.iter().filter(|file| file.extension().is_some_and(|ending| ending == "md")) {
        let text = fs::read_to_string(file)?;
        let folder = file.parent().unwrap_or(root);
        let mut fenced = false;
        for (index, line) in text.lines().enumerate() {
            if line.starts_with("```") {
                fenced = !fenced;
            }
            let targets = line.split("](").skip(1).filter_map(|rest| rest.split(')').next());
            let here = targets.filter(|target| !target.contains("://") && !target.starts_with('#'));
            for target in here.map(|target| target.split('#').next().unwrap_or(target)) {
                if !fenced && !folder.join(target).exists() {
                    complaints.push(format!("{}:{}: `{target}` is not there", shown(root, file), index + 1));
                }
            }
        }
    }
    Ok(complaints)
}
