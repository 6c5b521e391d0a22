//! `cargo xtask bench models CORPUS`: our figures beside those of other scanners, on the same files and the same machine.
//!
//! The corpus is a folder with `manifest.jsonl` (`path`, `label`, `format`, one sample a line) and the samples. It is not part
//! of this repository. The result is written to `docs/reference/benchmarks.md`, with versions and commands.

mod corpus;
mod large;
mod ours;
mod peers;
mod table;

use crate::python::Python;
use anyhow::{Context, Result, bail};
use std::{fs, path::Path};

pub(crate) fn run(root: &Path, words: &[String]) -> Result<()> {
    let (corpus, with_peers) = match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["models", corpus] => (Path::new(corpus), true),
        ["models", corpus, "--without-peers"] => (Path::new(corpus), false),
        _ => bail!("usage: cargo xtask bench models CORPUS [--without-peers]"),
    };
    let work = root.join("target/bench");
    fs::create_dir_all(&work)?;
    crate::build_release(root)?;
    let binary = crate::binary(root);
    let samples = corpus::prepare(corpus, &work)?;
    println!("{} samples", samples.len());
    let python = Python::find()?;

    let mut rows = vec![ours::row(&binary, &samples, &work, &python)?];
    if with_peers {
        for peer in peers::PEERS {
            match peers::row(peer, &samples, &work, &python) {
                Ok(row) => rows.push(row),
                Err(error) => println!("absent: {}: {error:#}", peer.name),
            }
        }
    }
    let large = large::rows(&binary, &work, &python)?;
    let page = table::page(&samples, &rows, &large, &machine());
    let path = root.join("docs/reference/benchmarks.md");
    fs::write(&path, page).with_context(|| path.display().to_string())?;
    println!("wrote docs/reference/benchmarks.md");
    Ok(())
}

/// Processor and kernel, as far as the system tells.
fn machine() -> String {
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .map_or("", |rest| rest.trim_start_matches([' ', '\t', ':']));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    format!("{cores} × {model}, Linux {}", kernel.trim())
}
