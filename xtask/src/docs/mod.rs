//! `cargo xtask docs`: the reference, written from the one list of each thing. `--check` writes nothing and complains.
//!
//! Rules come from their values and pages, formats from the enumeration, limits from their type, the command line from its own
//! help. Nothing in `docs/reference` but the benchmarks' figures is written by hand.

mod command_line;
mod configuration;
mod formats;
mod limits;
mod rules;

use anyhow::{Context, Result, bail, ensure};
use std::{fs, path::Path};

const FOLDER: &str = "docs/reference";

/// A page of the reference.
struct Page {
    name: &'static str,
    text: String,
}

pub(crate) fn run(root: &Path, words: &[String]) -> Result<()> {
    let check = match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => false,
        ["--check"] => true,
        _ => bail!("this chore takes `--check` or nothing"),
    };
    let mut pages = derived(root)?;
    pages.push(Page { name: "command-line.md", text: command_line::page(root)? });
    let stale = stale(root, &pages);
    if check {
        ensure!(stale.is_empty(), "{}", stale.join("\n"));
        return Ok(());
    }
    fs::create_dir_all(root.join(FOLDER))?;
    for page in pages {
        let path = root.join(FOLDER).join(page.name);
        fs::write(&path, page.text).with_context(|| path.display().to_string())?;
        println!("wrote {FOLDER}/{}", page.name);
    }
    Ok(())
}

/// Names the pages that are not what their source says; the command line, which must be built first, is left out.
///
/// # Errors
/// When a source cannot be read.
pub fn check(root: &Path) -> Result<Vec<String>> {
    Ok(stale(root, &derived(root)?))
}

fn derived(root: &Path) -> Result<Vec<Page>> {
    Ok(vec![
        Page { name: "configuration.md", text: configuration::page() },
        Page { name: "formats.md", text: formats::page() },
        Page { name: "limits.md", text: limits::page(root)? },
        Page { name: "rules.md", text: rules::page(root)? },
    ])
}

fn stale(root: &Path, pages: &[Page]) -> Vec<String> {
    let differs = |page: &&Page| {
        fs::read_to_string(root.join(FOLDER).join(page.name)).ok().as_deref() != Some(page.text.as_str())
    };
    pages
        .iter()
        .filter(differs)
        .map(|page| format!("{FOLDER}/{}: run `cargo xtask docs`", page.name))
        .collect()
}

/// The line that every generated page carries.
const GENERATED: &str = "<!-- Written by `cargo xtask docs`; edits here are lost. -->\n\n";
