//! `cargo xtask mutate FOLDER ROUNDS`: every file of a folder, whole and broken, through every parser that knows it.
//!
//! It is the fuzzing that needs no tool and no nightly compiler. A panic is caught, named, and its bytes are kept in
//! `target/mutate`; so is a file that takes longer than a second.

use crate::tidy;
use anyhow::{Context as _, Result, bail, ensure};
use modelward_formats::{
    Context, Format, Source, Spool,
    limits::{Limits, MemoryBudget},
    parse,
};
use modelward_ruletest::Chance;
use std::{
    collections::BTreeSet,
    fs,
    panic::catch_unwind,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// Longer files are read whole and not mutated.
const MUTATED_UP_TO: usize = 256 << 10;

pub(crate) fn run(root: &Path, words: &[String]) -> Result<()> {
    let (folder, rounds) = match words {
        [folder] => (folder, 20),
        [folder, rounds] => (folder, rounds.parse().context("ROUNDS is a number")?),
        _ => bail!("usage: cargo xtask mutate FOLDER [ROUNDS]"),
    };
    let mut run = Run { keep: root.join("target/mutate"), seen: BTreeSet::new(), read: 0 };
    fs::create_dir_all(&run.keep)?;
    let mut chance = Chance::default();
    for file in tidy::files(Path::new(folder))? {
        let Ok(bytes) = fs::read(&file) else { continue };
        let name = file.file_name().and_then(|name| name.to_str()).unwrap_or("").to_owned();
        run.one(&name, &bytes)?;
        for _ in 0..if bytes.len() <= MUTATED_UP_TO { rounds } else { 0 } {
            run.one(&name, &chance.mutate(&bytes))?;
        }
    }
    println!("{} readings, {} defects", run.read, run.seen.len());
    ensure!(run.seen.is_empty(), "see {}", run.keep.display());
    Ok(())
}

struct Run {
    keep: PathBuf,
    /// One entry per defect, so that a parser is named once for each way that it fails.
    seen: BTreeSet<String>,
    read: u64,
}

impl Run {
    fn one(&mut self, name: &str, bytes: &[u8]) -> Result<()> {
        let found = catch_unwind(|| modelward_formats::identify(&Source::from_vec(bytes.to_vec()), name));
        let formats = match found {
            Ok(formats) => formats,
            Err(_) => return self.defect("identify", "panics", name, bytes),
        };
        for format in formats {
            self.read += 1;
            let start = Instant::now();
            if catch_unwind(|| read(format, bytes, name)).is_err() {
                self.defect(format.as_str(), "panics", name, bytes)?;
            } else if start.elapsed() > Duration::from_secs(1) {
                self.defect(format.as_str(), "takes longer than a second", name, bytes)?;
            }
        }
        Ok(())
    }

    fn defect(&mut self, parser: &str, what: &str, name: &str, bytes: &[u8]) -> Result<()> {
        if self.seen.insert(format!("{parser} {what}")) {
            let file = self.keep.join(format!("{parser}-{}-{name}", self.seen.len()));
            fs::write(&file, bytes)?;
            println!("{parser} {what}: {}", file.display());
        }
        Ok(())
    }
}

fn read(format: Format, bytes: &[u8], name: &str) {
    let memory = MemoryBudget::new(64 << 20);
    let limits = Limits { unpacked_bytes: 64 << 20, member_bytes: 16 << 20, ..Limits::default() };
    let context = Context::new(limits, memory.clone(), Spool::new(memory, None));
    std::hint::black_box(parse(format, &Source::from_vec(bytes.to_vec()), name, &context).problems().len());
}
