//! The labelled samples, each moved to a numbered folder of its own so that no path tells its label.

use anyhow::{Context, Result};
use serde_json::Value;
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// A labelled sample.
#[derive(Clone, Debug)]
pub(super) struct Sample {
    pub label: Label,
    pub format: String,
    /// Where its copy lies, and the same relative to the folder of all copies.
    pub path: PathBuf,
    pub relative: String,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Label {
    /// Malicious, or built to slip past scanners.
    Bad,
    Benign,
    /// Arguable: in no figure.
    Suspect,
}

/// The folder of all copies.
pub(super) fn folder(work: &Path) -> PathBuf {
    work.join("samples")
}

/// Reads the manifest and copies the samples that are there.
pub(super) fn prepare(corpus: &Path, work: &Path) -> Result<Vec<Sample>> {
    let manifest = corpus.join("manifest.jsonl");
    let text = fs::read_to_string(&manifest).with_context(|| manifest.display().to_string())?;
    let folder = folder(work);
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    let mut samples = Vec::new();
    for (index, line) in text.lines().filter(|line| !line.trim().is_empty()).enumerate() {
        let entry: Value = serde_json::from_str(line)?;
        let word = |key: &str| entry.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let from = corpus.join(word("path"));
        let name = from.file_name().and_then(|name| name.to_str()).unwrap_or("sample");
        let relative = format!("{index:05}/{name}");
        let path = folder.join(&relative);
        copy(&from, &path).with_context(|| from.display().to_string())?;
        let label = match word("label").as_str() {
            "malicious" | "bypass" => Label::Bad,
            "benign" => Label::Benign,
            _ => Label::Suspect,
        };
        samples.push(Sample { label, format: word("format"), path, relative });
    }
    Ok(samples)
}

/// Copies a file or a folder; links are copied as links, so that nothing outside the sample comes in.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let mut todo = vec![(from.to_path_buf(), to.to_path_buf())];
    while let Some((from, to)) = todo.pop() {
        if let Some(parent) = to.parent() {
            fs::create_dir_all(parent)?;
        }
        let kind = fs::symlink_metadata(&from)?.file_type();
        if kind.is_symlink() {
            std::os::unix::fs::symlink(fs::read_link(&from)?, &to)?;
        } else if kind.is_dir() {
            fs::create_dir_all(&to)?;
            for entry in fs::read_dir(&from)? {
                let entry = entry?;
                todo.push((entry.path(), to.join(entry.file_name())));
            }
        } else if kind.is_file() {
            fs::copy(&from, &to)?;
        }
    }
    Ok(())
}
