//! The chores of this repository: what a developer runs and what no user needs.
//!
//! A chore is a module with a `run` function and one line in [`CHORES`]. What can be checked without waiting is also a test
//! in `xtask/tests`, so that `cargo test` says it first. Start with [`CHORES`].

#![allow(clippy::print_stdout, reason = "a chore talks to the developer who runs it")]

mod bench;
mod controls;
mod crater;
pub mod docs;
mod effects;
pub mod example;
mod fuzz;
mod interop;
mod mutate;
mod new_rule;
mod python;
pub mod tidy;

use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// Something to do in this repository.
#[derive(Clone, Copy, Debug)]
pub struct Chore {
    pub name: &'static str,
    /// What follows the name on the command line.
    pub usage: &'static str,
    pub summary: &'static str,
    /// Takes the root of the repository and the words after the name.
    pub run: fn(&Path, &[String]) -> anyhow::Result<()>,
}

/// All chores, in the order of their names.
pub static CHORES: &[Chore] = &[
    Chore {
        name: "bench",
        usage: "models CORPUS",
        summary: "measures us and other scanners on a labelled corpus, for docs/reference/benchmarks.md",
        run: bench::run,
    },
    Chore {
        name: "controls",
        usage: "CROSSWALK.json",
        summary: "writes the table of frameworks' controls that reports name",
        run: controls::run,
    },
    Chore {
        name: "crater",
        usage: "FOLDER…",
        summary: "counts what every rule says about a lot of files, beside the last run",
        run: crater::run,
    },
    Chore {
        name: "docs",
        usage: "[--check]",
        summary: "writes docs/reference from the rules, the formats, the limits and the help",
        run: docs::run,
    },
    Chore {
        name: "effects",
        usage: "[--check] [CACHE]",
        summary: "rebuilds the table of effects from the sources of the packages that it lists",
        run: effects::run,
    },
    Chore {
        name: "example",
        usage: "",
        summary: "writes the binary files of examples/fraud-detector",
        run: example::run,
    },
    Chore {
        name: "fuzz",
        usage: "[TARGET [SECONDS]]",
        summary: "runs a fuzz target, a minute unless told, from the files of the rule pages",
        run: fuzz::run,
    },
    Chore {
        name: "interop",
        usage: "",
        summary: "holds our outputs before the validators of others, and says which are absent",
        run: interop::run,
    },
    Chore {
        name: "mutate",
        usage: "FOLDER [ROUNDS]",
        summary: "reads the files of a folder, whole and broken, with every parser that knows them",
        run: mutate::run,
    },
    Chore {
        name: "new-rule",
        usage: "FAMILY/GROUP/ID",
        summary: "makes the folder of a rule: a page to fill and a check to write",
        run: new_rule::run,
    },
    Chore {
        name: "tidy",
        usage: "",
        summary: "checks what the architecture forbids; `cargo test` runs it too",
        run: tidy::run,
    },
];

/// The root of the repository.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_path_buf).unwrap_or_default()
}

/// The binary that `cargo build --release` makes.
pub(crate) fn binary(root: &Path) -> PathBuf {
    target(root).join("release").join("modelward")
}

fn target(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from)
}

/// Builds that binary.
pub(crate) fn build_release(root: &Path) -> anyhow::Result<()> {
    build(root, &["--release"])
}

/// Builds the binary without optimisation, and says where it lies.
pub(crate) fn build_debug(root: &Path) -> anyhow::Result<PathBuf> {
    build(root, &[])?;
    Ok(target(root).join("debug").join("modelward"))
}

fn build(root: &Path, options: &[&str]) -> anyhow::Result<()> {
    let built = Command::new("cargo")
        .args(["build", "--quiet", "--package", "modelward-cli"])
        .args(options)
        .current_dir(root)
        .status()?;
    anyhow::ensure!(built.success(), "the binary does not build");
    Ok(())
}
