//! The table of limits, from the type that holds them: its fields, their comments and their defaults.

use super::GENERATED;
use anyhow::{Context, Result};
use std::{collections::BTreeMap, fmt::Write, fs, path::Path};

const SOURCE: &str = "crates/formats/src/limits.rs";
const OPTIONS: &str = "crates/assessment/src/request.rs";

pub(super) fn page(root: &Path) -> Result<String> {
    let source = fs::read_to_string(root.join(SOURCE)).context(SOURCE)?;
    let fields = fields(&source);
    let defaults = defaults(&source);
    let mut text = format!(
        "# Limits\n\n{GENERATED}What a scan may cost. A limit that is reached is never an error and never silent: what was not \
         looked at is [not judged](../concepts/verdicts.md), and the report names the limit and the flag that raises it.\n\n\
         | flag | default | what it bounds |\n|---|---|---|\n"
    );
    for (name, meaning) in fields {
        let default = defaults.get(&name).map_or("", String::as_str);
        writeln!(text, "| `--max-{}` | {} | {meaning} |", name.replace('_', "-"), shown(default))?;
    }
    let options = fs::read_to_string(root.join(OPTIONS)).context(OPTIONS)?;
    let others =
        block(&options, "        Options {").filter_map(|line| line.trim_end_matches(',').split_once(": "));
    for (name, value) in others {
        match name {
            "memory" => writeln!(
                text,
                "| `--memory` | {} | Bytes that the parsers of one worker may keep; there are as many workers as `--jobs`. |",
                shown(value)
            )?,
            "seconds" => writeln!(
                text,
                "| `--file-seconds` | {} | Seconds that one file may take, and one more for each 16 MiB. |",
                shown(value)
            )?,
            _ => {}
        }
    }
    Ok(text)
}

/// The public fields of `Limits` with their comments, in order.
fn fields(source: &str) -> Vec<(String, String)> {
    let (mut found, mut comment) = (Vec::new(), Vec::new());
    for line in block(source, "pub struct Limits {") {
        if let Some(words) = line.strip_prefix("/// ") {
            comment.push(words);
        } else if let Some((name, _)) = line.strip_prefix("pub ").and_then(|field| field.split_once(':')) {
            found.push((name.to_owned(), comment.join(" ")));
            comment.clear();
        }
    }
    found
}

fn defaults(source: &str) -> BTreeMap<String, String> {
    block(source, "        Limits {")
        .filter_map(|line| line.trim_end_matches(',').split_once(": "))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// The trimmed lines between the one that is `start` and the next closing brace.
fn block<'a>(source: &'a str, start: &str) -> impl Iterator<Item = &'a str> {
    let from = source.find(start).map_or(source.len(), |at| at + start.len());
    source[from..].lines().skip(1).map(str::trim).take_while(|line| *line != "}")
}

/// `4 << 30` as `4 GiB`, and digits in groups.
fn shown(value: &str) -> String {
    match value.split_once(" << ") {
        Some((count, "30")) => format!("{count} GiB"),
        Some((count, "20")) => format!("{count} MiB"),
        Some((count, "10")) => format!("{count} KiB"),
        _ => value.replace('_', ","),
    }
}
