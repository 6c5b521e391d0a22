//! `cargo xtask`: finds the chore by its name and runs it.

use std::process::ExitCode;

#[allow(clippy::print_stderr)]
fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let name = words.next().unwrap_or_default();
    let rest: Vec<String> = words.collect();
    let Some(chore) = xtask::CHORES.iter().find(|chore| chore.name == name) else {
        eprintln!("usage: cargo xtask CHORE\n");
        for chore in xtask::CHORES {
            eprintln!("  {:<28}{}", format!("{} {}", chore.name, chore.usage), chore.summary);
        }
        return ExitCode::from(2);
    };
    match (chore.run)(&xtask::root(), &rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
