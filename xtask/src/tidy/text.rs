//! What the text of the repository must and must not hold.

use super::{files, shown};
use anyhow::Result;
use std::{fs, path::Path};

/// Words that tie a file to one machine or to one registry. They are written apart so that this file may hold them.
const FORBIDDEN: [(&str, &str); 9] = [
    (concat!("/wo", "rk/"), "a path of one machine"),
    (concat!("/tm", "p/w/"), "a path of one machine"),
    (concat!("/tm", "p/c/"), "a path of one machine"),
    (concat!("index.crates", ".io"), "the host of a registry"),
    (concat!("static.crates", ".io"), "the host of a registry"),
    (concat!("files.python", "hosted.org"), "the host of a registry"),
    (concat!("pypi", ".org/simple"), "the host of a registry"),
    (concat!("registry.npm", "js.org"), "the host of a registry"),
    (concat!("dbg", "!("), "a leftover of debugging"),
];

const TEXT: [&str; 10] = ["html", "json", "md", "py", "rs", "sh", "toml", "txt", "yaml", "yml"];

/// Complains about Rust files that do not say what they are, about forbidden words and about trailing white space in code.
///
/// # Errors
/// When the tree cannot be read.
pub fn check(root: &Path) -> Result<Vec<String>> {
    let mut complaints = Vec::new();
    for file in files(root)? {
        let extension = file.extension().and_then(|e| e.to_str()).unwrap_or("");
        if !TEXT.contains(&extension) && !file.starts_with(root.join(".ci")) {
            continue;
        }
        let name = shown(root, &file);
        let Ok(text) = String::from_utf8(fs::read(&file)?) else {
            complaints.push(format!("{name}: is not UTF-8"));
            continue;
        };
        if extension == "rs" && !file.ends_with("tests.rs") && !text.starts_with("//!") {
            complaints.push(format!("{name}: does not begin with `//!` and what it is"));
        }
        for (word, why) in FORBIDDEN {
            if let Some(at) = text.find(word) {
                let line = text[..at].matches('\n').count() + 1;
                complaints.push(format!("{name}:{line}: `{word}` is {why}"));
            }
        }
        if matches!(extension, "rs" | "toml") {
            let trailing = text.lines().position(|line| line.ends_with([' ', '\t']));
            complaints.extend(trailing.map(|line| format!("{name}:{}: ends with white space", line + 1)));
        }
    }
    Ok(complaints)
}
