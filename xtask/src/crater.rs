//! `cargo xtask crater FOLDER…`: every rule over a lot of files, as counts, beside those of the last run.
//!
//! It is how one sees what a change does to all the world at once. Nothing fails by it, and its counts are no snapshot in the
//! repository: a rule's own page is its test.

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    process::{Command, Stdio},
};

type Counts = BTreeMap<String, i64>;

pub(crate) fn run(root: &Path, words: &[String]) -> Result<()> {
    ensure!(!words.is_empty(), "name the folders to scan");
    crate::build_release(root)?;
    let mut counts = Counts::new();
    for folder in words {
        count(&scan(root, folder)?, &mut counts);
    }
    let memory = root.join("target/crater.json");
    let before: Counts =
        fs::read(&memory).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
    show(&counts, &before);
    fs::write(memory, serde_json::to_vec(&counts)?)?;
    Ok(())
}

fn scan(root: &Path, folder: &str) -> Result<Value> {
    let output = Command::new(crate::binary(root))
        .args(["scan", folder, "--format", "json"])
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()?;
    ensure!(matches!(output.status.code(), Some(0..=2)), "`{folder}`: the scan ends with {}", output.status);
    serde_json::from_slice(&output.stdout).with_context(|| format!("`{folder}`: no report"))
}

/// Adds what a report holds: findings by severity and rule, unknowns by severity and reason, assets by kind and format.
fn count(report: &Value, counts: &mut Counts) {
    let entries = |list: &str| report.get(list).and_then(Value::as_array).cloned().unwrap_or_default();
    let word = |entry: &Value, key: &str| entry.get(key).and_then(Value::as_str).unwrap_or("none").to_owned();
    let mut add = |key: String| *counts.entry(key).or_default() += 1;
    for finding in entries("findings") {
        add(format!("finding     {:<9} {}", word(&finding, "severity"), word(&finding, "rule")));
    }
    for unknown in entries("unknowns") {
        add(format!("not judged  {:<9} {}", word(&unknown, "severity"), word(&unknown, "reason")));
    }
    for asset in entries("assets") {
        let properties = asset.get("properties").cloned().unwrap_or_default();
        add(format!("asset       {:<9} {}", word(&asset, "kind"), word(&properties, "format")));
    }
}

fn show(counts: &Counts, before: &Counts) {
    for key in counts.keys().chain(before.keys().filter(|key| !counts.contains_key(*key))) {
        let (now, then) = (counts.get(key).copied().unwrap_or(0), before.get(key).copied().unwrap_or(0));
        let change =
            if before.is_empty() || now == then { String::new() } else { format!("{:+}", now - then) };
        println!("{now:>7} {change:>6}  {key}");
    }
}
