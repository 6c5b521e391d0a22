//! Prints the transcripts of files that are pickles as they stand: `cargo run --example transcript -- FILE…`. The product's
//! own verb, `modelward transcript`, also opens archives.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use modelward_formats::{Context, Source, pickle};
use std::fs::File;

fn main() -> std::io::Result<()> {
    for path in std::env::args().skip(1) {
        let source = Source::from_file(File::open(&path)?)?;
        let transcript = pickle::parse(&source, &Context::default());
        print!("{}", pickle::jsonl(&transcript, Some(&path), None));
        for problem in &transcript.problems {
            eprintln!(
                "{path}: {:?} {} at {:?}: {}",
                problem.kind, problem.code, problem.offset, problem.message
            );
        }
    }
    Ok(())
}
