//! Python for the chores that need it: to measure a process, and to run what only Python brings. Nothing that ships needs it.

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

const MEASURE: &str = include_str!("bench/measure.py");

/// The interpreter of the system.
#[derive(Clone, Debug)]
pub(crate) struct Python {
    program: PathBuf,
}

/// What a command cost.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cost {
    pub code: i64,
    pub cpu_s: f64,
    pub wall_s: f64,
    pub max_rss_mib: f64,
}

impl Python {
    /// Looks for `python3`.
    pub(crate) fn find() -> Result<Self> {
        let program = PathBuf::from("python3");
        let found = Command::new(&program).arg("--version").output().context("python3")?;
        ensure!(found.status.success(), "python3 does not start");
        Ok(Python { program })
    }

    /// An environment in `folder` with `packages` installed from the package registry; one that is there is used again.
    pub(crate) fn environment(&self, folder: &Path, packages: &[&str]) -> Result<PathBuf> {
        let python = folder.join("bin/python");
        let stamp = folder.join("installed.txt");
        if fs::read_to_string(&stamp).ok().as_deref() == Some(&packages.join("\n")) {
            return Ok(python);
        }
        let made = Command::new(&self.program).args(["-m", "venv"]).arg(folder).status()?;
        ensure!(made.success(), "no environment in {}", folder.display());
        if packages.is_empty() {
            return Ok(python);
        }
        let installed = Command::new(&python)
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
            .args(packages)
            .status()?;
        ensure!(installed.success(), "{} cannot be installed", packages.join(" "));
        fs::write(stamp, packages.join("\n"))?;
        Ok(python)
    }

    /// Runs a command without input and says what it cost; its output goes to `stdout`.
    pub(crate) fn measure(&self, command: &[&str], stdout: &Path, scratch: &Path) -> Result<Cost> {
        let answer = scratch.join("cost.json");
        Command::new(&self.program)
            .args(["-c", MEASURE])
            .arg(&answer)
            .args(command)
            .stdout(fs::File::create(stdout)?)
            .status()?;
        let cost: Value = serde_json::from_slice(&fs::read(&answer)?)?;
        let number = |key: &str| cost.get(key).and_then(Value::as_f64).unwrap_or_default();
        Ok(Cost {
            code: cost.get("code").and_then(Value::as_i64).unwrap_or(-1),
            cpu_s: number("cpu_s"),
            wall_s: number("wall_s"),
            max_rss_mib: number("max_rss_mib"),
        })
    }
}
