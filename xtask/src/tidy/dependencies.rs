//! Which crate may depend on which, and which of them may use what from outside. The arrows are those of ARCHITECTURE.md.

use anyhow::Result;
use cargo_metadata::{DependencyKind, MetadataCommand, Package};
use std::{fs, path::Path};

/// What each crate of ours may depend on among ours. A crate that is not here may depend on all but the ones at the top.
const MAY_USE: [(&str, &[&str]); 10] = [
    ("kernel", &[]),
    ("formats", &["kernel"]),
    ("detect", &["kernel"]),
    ("policy", &["kernel"]),
    ("sandbox", &[]),
    ("collect", &["kernel", "formats"]),
    ("cloud", FAMILY),
    ("lifecycle", FAMILY),
    ("supply-chain", FAMILY),
    ("report", &["kernel", "policy", "supply-chain"]),
];

const FAMILY: &[&str] = &["kernel", "formats", "detect", "advisories"];

/// The crates that nothing depends on, and those that may all the same.
const TOP: [(&str, &[&str]); 2] = [("cli", &[]), ("ruletest", &["xtask"])];

/// What only some crates may use from outside.
const ONLY_IN: [(&str, &[&str]); 12] = [
    ("tokio", &["assessment", "cli", "collect", "gateway", "lake", "redteam", "registry", "server", "store"]),
    ("datafusion", &["lake"]),
    ("ballista", &["lake"]),
    ("rusqlite", &["store"]),
    ("sqlx", &["store"]),
    ("tokio-postgres", &["store"]),
    ("axum", &["gateway", "registry", "server"]),
    ("clap", &["cli"]),
    ("clap_complete", &["cli"]),
    ("clap_mangen", &["cli"]),
    ("landlock", &["sandbox"]),
    ("seccompiler", &["sandbox"]),
];

/// Crates whose types must not know a wire format.
const WITHOUT_SERDE: [&str; 1] = ["kernel"];

/// Complains about arrows that point the wrong way, features in libraries and crates outside the workspace's lints.
///
/// # Errors
/// When `cargo metadata` or a manifest cannot be read.
pub fn check(root: &Path) -> Result<Vec<String>> {
    let metadata = MetadataCommand::new().manifest_path(root.join("Cargo.toml")).no_deps().exec()?;
    let mut complaints = Vec::new();
    for package in &metadata.packages {
        arrows(package, &mut complaints);
        let name = package.name.as_str();
        if !package.features.is_empty() {
            complaints.push(format!(
                "{name}: has features: what a library does must not depend on who else builds it"
            ));
        }
        let manifest = fs::read_to_string(&package.manifest_path)?;
        if !manifest.contains("[lints]\nworkspace = true") {
            complaints.push(format!("{name}: does not take the lints of the workspace"));
        }
    }
    Ok(complaints)
}

fn arrows(package: &Package, complaints: &mut Vec<String>) {
    let from = short(&package.name);
    for dependency in package.dependencies.iter().filter(|d| d.kind != DependencyKind::Development) {
        let (to, ours) = (short(&dependency.name), dependency.path.is_some());
        let lookup = |name: &str| MAY_USE.iter().find(|(of, _)| *of == name).map(|(_, may)| *may);
        let forbidden = if ours {
            lookup(from).is_some_and(|may| !may.contains(&to))
                || TOP.iter().any(|(top, except)| *top == to && !except.contains(&from))
        } else {
            ONLY_IN.iter().any(|(name, only)| *name == to && !only.contains(&from))
                || (to.starts_with("serde") && WITHOUT_SERDE.contains(&from))
        };
        if forbidden {
            complaints.push(format!("{from}: may not depend on {to}"));
        }
    }
}

fn short(name: &str) -> &str {
    name.strip_prefix("modelward-").unwrap_or(name)
}
