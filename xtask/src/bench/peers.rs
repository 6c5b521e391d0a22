//! Other scanners, each from the package registry in an environment of its own, run in process over the same samples.
//!
//! They take minutes, so what one said about the same list of samples is used again; `rm -r target/bench` forgets it.

use super::{corpus::Sample, table::Row};
use crate::python::Python;
use anyhow::{Result, ensure};
use serde_json::Value;
use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

const SCRIPT: &str = include_str!("peers.py");

/// A scanner of others.
pub(super) struct Peer {
    /// How the script calls it.
    pub name: &'static str,
    packages: &'static [&'static str],
}

pub(super) static PEERS: &[Peer] = &[
    Peer { name: "picklescan", packages: &["picklescan", "numpy"] },
    Peer { name: "picklescan-strict", packages: &["picklescan", "numpy"] },
    Peer { name: "modelscan", packages: &["modelscan", "numpy"] },
    Peer { name: "fickling", packages: &["fickling", "numpy", "typing_extensions"] },
    Peer { name: "modelaudit", packages: &["modelaudit", "numpy"] },
];

pub(super) fn row(peer: &Peer, samples: &[Sample], work: &Path, python: &Python) -> Result<Row> {
    let package = peer.packages.first().copied().unwrap_or(peer.name);
    let interpreter = python.environment(&work.join(package), peer.packages)?;
    let out = work.join(format!("{}.json", peer.name));
    let list = work.join(format!("{}.txt", peer.name));
    let paths: Vec<String> = samples.iter().map(|sample| sample.path.display().to_string()).collect();
    let paths = paths.join("\n");
    if !out.exists() || fs::read_to_string(&list).ok().as_ref() != Some(&paths) {
        println!("{}: running", peer.name);
        fs::write(&list, paths)?;
        let run = Command::new(interpreter)
            .args(["-c", SCRIPT, peer.name])
            .args([&list, &out])
            .stderr(Stdio::null())
            .envs(["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"].map(|name| (name, "2")))
            .status()?;
        ensure!(run.success(), "it does not run");
    }
    let answer: Value = serde_json::from_slice(&fs::read(&out)?)?;
    let number = |key: &str| answer.get(key).and_then(Value::as_f64).unwrap_or_default();
    let results: Vec<i64> = answer
        .get("results")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_i64)
        .collect();
    ensure!(results.len() == samples.len(), "it stopped after {} samples", results.len());
    Ok(Row {
        name: peer.name.to_owned(),
        version: answer.get("version").and_then(Value::as_str).unwrap_or_default().to_owned(),
        cpu_s: number("cpu_s"),
        max_rss_mib: number("max_rss_mib"),
        flagged: results.iter().map(|&result| result == 2).collect(),
        not_judged: results.iter().map(|&result| result == 1).collect(),
    })
}
