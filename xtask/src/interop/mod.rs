//! `cargo xtask interop`: our outputs before the validators of others, and our example before the readers of others.
//!
//! Validators come from package registries and bring their schemas, so that none is copied here. What cannot be installed is
//! said to be absent and fails nothing; what is there and disagrees fails.

mod checks;

use crate::python::Python;
use anyhow::{Result, bail, ensure};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

/// What a check has to work with.
struct Bench {
    binary: PathBuf,
    /// `examples/fraud-detector`.
    example: PathBuf,
    /// A folder for environments and outputs, kept between runs.
    work: PathBuf,
    python: Option<Python>,
}

/// Why a check did not run: not a failure of ours.
struct Absent(String);

/// Whether the peer agrees; its own words when it does not.
type Outcome = Result<Result<(), String>, Absent>;

struct Check {
    what: &'static str,
    peer: &'static str,
    run: fn(&Bench) -> Outcome,
}

pub(crate) fn run(root: &Path, words: &[String]) -> Result<()> {
    ensure!(words.is_empty(), "this chore takes nothing");
    crate::build_release(root)?;
    let bench = Bench {
        binary: crate::binary(root),
        example: root.join("examples/fraud-detector"),
        work: root.join("target/interop"),
        python: Python::find().ok(),
    };
    fs::create_dir_all(&bench.work)?;
    let mut failed = 0;
    for check in checks::ALL {
        let (word, detail) = match (check.run)(&bench) {
            Ok(Ok(())) => ("agrees", String::new()),
            Ok(Err(detail)) => {
                failed += 1;
                ("DISAGREES", detail)
            }
            Err(Absent(why)) => ("absent", why),
        };
        println!("{word:<10} {:<44} {}", check.what, check.peer);
        for line in detail.lines().take(20) {
            println!("           {line}");
        }
    }
    if failed > 0 {
        bail!("{failed} peers disagree");
    }
    Ok(())
}

impl Bench {
    /// The example's report as `format`, in a file.
    fn report(&self, format: &str) -> Result<PathBuf, Absent> {
        let path = self.work.join(format!("report.{format}"));
        let output = self.modelward(&["scan", &self.example.display().to_string(), "--format", format])?;
        if !matches!(output.status.code(), Some(0..=2)) || output.stdout.is_empty() {
            return Err(Absent(String::from_utf8_lossy(&output.stderr).into_owned()));
        }
        fs::write(&path, output.stdout).map_err(absent)?;
        Ok(path)
    }

    fn modelward(&self, words: &[&str]) -> Result<Output, Absent> {
        Command::new(&self.binary).args(words).stdin(Stdio::null()).output().map_err(absent)
    }

    /// Runs a Python program, with packages, on arguments: its complaint when it exits with something else than 0.
    fn python(&self, name: &str, packages: &[&str], program: &str, arguments: &[&Path]) -> Outcome {
        let python = self.python.as_ref().ok_or_else(|| Absent("python3".to_owned()))?;
        let interpreter = python
            .environment(&self.work.join(name), packages)
            .map_err(|error| Absent(format!("{error:#}")))?;
        let output =
            Command::new(interpreter).args(["-c", program]).args(arguments).output().map_err(absent)?;
        let words = [output.stdout, output.stderr].concat();
        Ok(if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&words).into_owned()) })
    }
}

fn absent(error: impl std::fmt::Display) -> Absent {
    Absent(error.to_string())
}
