//! The command line as its own help tells it.

use super::GENERATED;
use anyhow::{Context, Result, ensure};
use std::{fmt::Write, path::Path, process::Command};

pub(super) fn page(root: &Path) -> Result<String> {
    let program = crate::build_debug(root)?;
    let mut text = format!("# Command line\n\n{GENERATED}");
    let mut commands = vec![Vec::new()];
    while let Some(words) = commands.pop() {
        let help = help(&program, &words)?;
        let title = [&["modelward".to_owned()], &words[..]].concat().join(" ");
        writeln!(text, "## {title}\n\n```text\n{}\n```\n", help.trim_end())?;
        let below = subcommands(&help).into_iter().rev();
        commands.extend(below.map(|name| [&words[..], &[name]].concat()));
    }
    Ok(text.trim_end().to_owned() + "\n")
}

fn help(program: &Path, words: &[String]) -> Result<String> {
    let output = Command::new(program)
        .args(words)
        .arg("--help")
        .env("COLUMNS", "100")
        .env("NO_COLOR", "1")
        .output()
        .with_context(|| program.display().to_string())?;
    ensure!(output.status.success(), "`modelward {} --help` fails", words.join(" "));
    let text = String::from_utf8(output.stdout)?;
    Ok(text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n"))
}

/// The names below the line `Commands:`.
fn subcommands(help: &str) -> Vec<String> {
    help.lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .map(str::to_owned)
        .collect()
}
