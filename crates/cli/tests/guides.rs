//! The `console` blocks of the guides and of the README, run as a reader would run them.
//!
//! A block holds commands after `$ ` and what they print. A line `...` stands for any lines, `[..]` for anything within a
//! line, and `echo $?` shows the exit code of the command before it, without which a command must succeed. The last
//! paragraph of a terminal report, which names versions and the system, is not compared. Blocks of one page share a scratch
//! copy of `examples/`. `MODELWARD_GUIDES=write` puts what is printed now into the pages.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test ends where something is not as it should be")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// Pages whose blocks are run, from the root of the repository.
fn pages(root: &Path) -> Vec<PathBuf> {
    let mut pages: Vec<PathBuf> =
        fs::read_dir(root.join("docs/guides")).unwrap().map(|entry| entry.unwrap().path()).collect();
    pages.push(root.join("README.md"));
    pages.sort();
    pages
}

#[test]
fn the_commands_of_the_guides_print_what_the_guides_say() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap();
    let write = std::env::var_os("MODELWARD_GUIDES").is_some_and(|value| value == "write");
    let mut differences = Vec::new();
    for page in pages(&root) {
        let text = fs::read_to_string(&page).unwrap();
        let scratch = tempfile::tempdir().unwrap();
        copy(&root.join("examples"), &scratch.path().join("examples"));
        let name = page.strip_prefix(&root).unwrap().display().to_string();
        let (now, different) = run_page(&text, scratch.path(), &name);
        if write && now != text {
            fs::write(&page, now).unwrap();
        } else {
            differences.extend(different);
        }
    }
    assert!(differences.is_empty(), "\n{}", differences.join("\n"));
}

/// The page with what its commands print now, and the places where that is not what it says.
fn run_page(text: &str, scratch: &Path, name: &str) -> (String, Vec<String>) {
    let (mut now, mut differences) = (String::new(), Vec::new());
    let mut lines = text.lines().enumerate().peekable();
    while let Some((index, line)) = lines.next() {
        now.push_str(line);
        now.push('\n');
        if line != "```console" {
            continue;
        }
        let mut status = 0;
        while let Some((at, line)) = lines.next_if(|(_, line)| *line != "```") {
            let Some(command) = line.strip_prefix("$ ") else {
                differences.push(format!("{name}:{}: a block begins with a command", index + 2));
                continue;
            };
            let mut expected = Vec::new();
            while let Some((_, line)) = lines.next_if(|(_, line)| *line != "```" && !line.starts_with("$ ")) {
                expected.push(line);
            }
            let (printed, code) = run(command, status, scratch);
            let shown = lines.peek().is_some_and(|(_, next)| *next == "$ echo $?");
            let same = matches(&without_run(&expected), &without_run(&printed.lines().collect::<Vec<_>>()));
            let same = same && (code == 0 || shown);
            if !same {
                differences.push(format!(
                    "{name}:{}: $ {command}\nexit code {code}, and it prints\n{printed}",
                    at + 1
                ));
            }
            let patterns = expected.iter().any(|line| *line == "..." || line.contains("[..]"));
            let body = if same && patterns { expected.join("\n") } else { printed.trim_end().to_owned() };
            now.push_str(&format!("$ {command}\n{body}{}", if body.is_empty() { "" } else { "\n" }));
            status = code;
        }
    }
    (now, differences)
}

/// The lines without the terminal report's last paragraph, which names versions, digests and the system's confinement.
fn without_run<'a>(lines: &[&'a str]) -> Vec<&'a str> {
    lines
        .iter()
        .copied()
        .take_while(|line| !line.starts_with(concat!(" modelward ", env!("CARGO_PKG_VERSION"))))
        .collect()
}

/// What a command prints (its output, then its errors) and its exit code.
fn run(command: &str, before: i32, scratch: &Path) -> (String, i32) {
    if command == "echo $?" {
        return (format!("{before}\n"), 0);
    }
    let mut words = split(
        command
            .strip_prefix("cargo run --release -p modelward-cli --")
            .map_or_else(|| command.to_owned(), |rest| format!("modelward{rest}")),
    );
    let file = words.iter().position(|word| word == ">").map(|at| {
        let file = words[at + 1].clone();
        words.truncate(at);
        scratch.join(file)
    });
    let program = match words[0].as_str() {
        "modelward" => env!("CARGO_BIN_EXE_modelward"),
        other @ ("cat" | "cp" | "head" | "mkdir" | "rm") => other,
        other => panic!("`{other}` is no command of a guide"),
    };
    let output = Command::new(program)
        .args(&words[1..])
        .current_dir(scratch)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", scratch)
        .env("NO_COLOR", "1")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let mut printed = String::from_utf8_lossy(&output.stdout).into_owned();
    if let Some(file) = file {
        fs::write(file, &printed).unwrap();
        printed.clear();
    }
    printed.push_str(&String::from_utf8_lossy(&output.stderr));
    (printed, output.status.code().unwrap_or(-1))
}

/// The words of a command; single and double quotes hold a word together.
fn split(command: String) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for character in command.chars() {
        match (quote, character) {
            (Some(open), _) if open == character => quote = None,
            (None, '\'' | '"') => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            (None, ' ') => words.extend(word.take()),
            _ => word.get_or_insert_default().push(character),
        }
    }
    words.extend(word);
    words
}

/// Whether the lines are those, with `...` for any lines and `[..]` for anything within one.
fn matches(expected: &[&str], printed: &[&str]) -> bool {
    match expected.split_first() {
        None => printed.iter().all(|line| line.trim().is_empty()),
        Some((&"...", rest)) => (0..=printed.len()).any(|skip| matches(rest, &printed[skip..])),
        Some((line, rest)) => printed
            .split_first()
            .is_some_and(|(first, printed)| line_matches(line, first) && matches(rest, printed)),
    }
}

fn line_matches(expected: &str, printed: &str) -> bool {
    match expected.trim_end().split_once("[..]") {
        None => expected.trim_end() == printed.trim_end(),
        Some((head, tail)) => printed.strip_prefix(head).is_some_and(|rest| {
            (0..=rest.len()).filter(|&at| rest.is_char_boundary(at)).any(|at| line_matches(tail, &rest[at..]))
        }),
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
