//! `cargo xtask fuzz TARGET SECONDS`: seeds a target with the files of the rule pages and of the example, and runs it.
//!
//! It needs `cargo-fuzz` and a nightly compiler. Without a target it says which there are.

use crate::tidy;
use anyhow::{Context, Result, bail, ensure};
use modelward_ruletest::{Page, fixture};
use modelward_supply_chain::RULES;
use std::{fs, path::Path, process::Command};

pub(crate) fn run(root: &Path, words: &[String]) -> Result<()> {
    let (target, seconds) = match words {
        [] => {
            for target in targets(root)? {
                println!("{target}");
            }
            return Ok(());
        }
        [target] => (target, "60"),
        [target, seconds] => (target, seconds.as_str()),
        _ => bail!("usage: cargo xtask fuzz [TARGET [SECONDS]]"),
    };
    ensure!(targets(root)?.contains(target), "`{target}` is no target: `cargo xtask fuzz` lists them");
    let corpus = root.join("fuzz/corpus").join(target);
    let seeds = seed(root, &corpus)?;
    println!("{seeds} seeds");
    let status = Command::new("cargo")
        .args(["+nightly", "fuzz", "run", target])
        .arg(&corpus)
        .args(["--", "-timeout=5", "-rss_limit_mb=1024", "-max_len=65536"])
        .arg(format!("-max_total_time={seconds}"))
        .current_dir(root.join("fuzz"))
        .status()
        .context("cargo-fuzz")?;
    ensure!(status.success(), "`{target}` found something: see fuzz/artifacts/{target}");
    Ok(())
}

fn targets(root: &Path) -> Result<Vec<String>> {
    let files = tidy::files(&root.join("fuzz/fuzz_targets"))?;
    let stem = |file: &std::path::PathBuf| file.file_stem().and_then(|stem| stem.to_str()).map(str::to_owned);
    Ok(files.iter().filter_map(stem).collect())
}

/// Writes the seeds, and says how many there are.
fn seed(root: &Path, corpus: &Path) -> Result<usize> {
    fs::create_dir_all(corpus)?;
    let mut count = 0;
    let mut keep = |bytes: &[u8]| -> Result<()> {
        fs::write(corpus.join(format!("seed-{count:05}")), bytes)?;
        count += 1;
        Ok(())
    };
    for page in RULES.iter().filter_map(|rule| Page::read(rule.rule.page).ok()) {
        for file in page.cases().filter_map(|case| fixture::files(case).ok()).flatten() {
            keep(&file.bytes)?;
        }
    }
    for file in tidy::files(&root.join("examples"))? {
        keep(&fs::read(file)?)?;
    }
    Ok(count)
}
