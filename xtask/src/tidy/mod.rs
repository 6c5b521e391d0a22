//! What the architecture forbids, checked from the manifests and the tree.
//!
//! Each check returns its complaints; an empty list is good. `xtask/tests/tidy.rs` runs them as tests.

pub mod dependencies;
pub mod links;
pub mod names;
pub mod rules;
pub mod text;

use anyhow::{Result, ensure};
use std::{
    fs,
    path::{Path, PathBuf},
};

pub(crate) fn run(root: &Path, _words: &[String]) -> Result<()> {
    let mut complaints = dependencies::check(root)?;
    complaints.extend(names::check(root)?);
    complaints.extend(links::check(root)?);
    complaints.extend(text::check(root)?);
    complaints.extend(rules::check(root)?);
    for complaint in &complaints {
        println!("{complaint}");
    }
    ensure!(complaints.is_empty(), "{} things to tidy", complaints.len());
    println!("tidy");
    Ok(())
}

/// Folders that hold no source of ours.
const OUTSIDE: [&str; 5] = [".git", "target", "corpus", "artifacts", "node_modules"];

/// All files of the repository below `folder`, ordered by path; build output and hidden state are left out.
pub(crate) fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            let kind = entry.file_type()?;
            if kind.is_dir() && !OUTSIDE.iter().any(|outside| entry.file_name() == *outside) {
                folders.push(entry.path());
            } else if kind.is_file() {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    Ok(found)
}

/// The path as a person names it: from the root of the repository.
pub(crate) fn shown(root: &Path, path: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).display().to_string()
}
