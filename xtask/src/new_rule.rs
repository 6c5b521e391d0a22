//! `cargo xtask new-rule supply-chain/models/public-thing`: the folder of a rule, with a page that fails until it is true.
//!
//! The folder holds `mod.rs` and `README.md`. Two lines are added elsewhere: the group's `mod.rs` gets its `mod` line and the
//! family's `lib.rs` its entry in `RULES`, both in alphabetical order.

use anyhow::{Context, Result, bail, ensure};
use std::{fs, path::Path};

/// Runs the chore.
pub(crate) fn run(root: &Path, words: &[String]) -> Result<()> {
    let [path] = words else { bail!("say which: cargo xtask new-rule FAMILY/GROUP/ID") };
    let new = NewRule::read(root, path)?;
    new.write()?;
    println!("made crates/{}/src/{}/{}", new.family, new.group, new.module());
    println!(
        "  1. write the page README.md: what it flags, cases that are flagged and cases that are accepted"
    );
    println!("  2. see it fail:   cargo test -p modelward-ruletest");
    println!("  3. write `check` in mod.rs until it passes");
    println!("  4. cargo xtask docs, so that the reference knows it");
    Ok(())
}

struct NewRule<'a> {
    root: &'a Path,
    family: &'a str,
    group: &'a str,
    id: &'a str,
}

impl<'a> NewRule<'a> {
    fn read(root: &'a Path, path: &'a str) -> Result<Self> {
        let parts: Vec<&str> = path.split('/').collect();
        let [family, group, id] = parts[..] else {
            bail!("`{path}` is not FAMILY/GROUP/ID, such as supply-chain/models/unpinned-base-model");
        };
        let kebab = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        ensure!(
            id.starts_with(|c: char| c.is_ascii_lowercase()) && id.chars().all(kebab) && !id.ends_with('-'),
            "`{id}` is not kebab-case: lower-case words with `-` between them"
        );
        let new = NewRule { root, family, group, id };
        ensure!(new.group_file().exists(), "there is no group `{group}` in the family `{family}`");
        ensure!(!new.folder().exists(), "the rule `{id}` exists");
        Ok(new)
    }

    fn module(&self) -> String {
        self.id.replace('-', "_")
    }

    fn sources(&self) -> std::path::PathBuf {
        self.root.join("crates").join(self.family).join("src")
    }

    fn group_file(&self) -> std::path::PathBuf {
        self.sources().join(self.group).join("mod.rs")
    }

    fn folder(&self) -> std::path::PathBuf {
        self.sources().join(self.group).join(self.module())
    }

    fn write(&self) -> Result<()> {
        let list_file = self.sources().join("lib.rs");
        let group = fs::read_to_string(self.group_file())?;
        let list = fs::read_to_string(&list_file).with_context(|| format!("the family `{}`", self.family))?;
        let group = with_module(&group, &self.module());
        let list = with_entry(&list, &format!("&{}::{}::RULE", self.group, self.module()), self.id)?;

        fs::create_dir(self.folder())?;
        fs::write(self.folder().join("mod.rs"), fill(CODE, self.id))?;
        fs::write(self.folder().join("README.md"), fill(PAGE, self.id))?;
        fs::write(self.group_file(), group)?;
        fs::write(list_file, list)?;
        Ok(())
    }
}

fn fill(template: &str, id: &str) -> String {
    template.replace("RULE-ID", id)
}

/// Adds `pub mod name;` in alphabetical order among the file's `mod` lines.
fn with_module(text: &str, name: &str) -> String {
    let new = format!("pub mod {name};");
    let named = |line: &str| {
        let rest = line.strip_prefix("pub mod ").or_else(|| line.strip_prefix("mod "))?;
        rest.strip_suffix(';').map(str::to_owned)
    };
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let after = lines.iter().rposition(|line| named(line).is_some_and(|other| other.as_str() < name));
    let first = lines.iter().position(|line| named(line).is_some());
    let at = after.map(|at| at + 1).or(first).unwrap_or(lines.len());
    lines.insert(at, new);
    lines.join("\n") + "\n"
}

/// Adds the entry to `RULES`, in the order of ids.
fn with_entry(text: &str, entry: &str, id: &str) -> Result<String> {
    let start = text.find("pub static RULES").context("lib.rs has no `pub static RULES`")?;
    let open = start + text[start..].find("= &[").context("`RULES` is no list")? + "= &[".len();
    let close = open + text[open..].find("];").context("the list of rules is not closed")?;
    let mut entries: Vec<String> =
        text[open..close].split(',').map(|e| e.trim().to_owned()).filter(|e| !e.is_empty()).collect();
    let id_of = |entry: &str| entry.rsplit("::").nth(1).unwrap_or("").replace('_', "-");
    let at = entries.iter().position(|other| id_of(other).as_str() > id).unwrap_or(entries.len());
    entries.insert(at, entry.to_owned());
    Ok(format!("{}\n    {},\n{}", &text[..open], entries.join(",\n    "), &text[close..]))
}

const CODE: &str = r#"//! RULE-ID: say in one sentence what is wrong; the page beside this file says the rest.

use crate::{Artifact, Check, FamilyRule};
use modelward_kernel::{Finding, Rule, Severity};

pub static RULE: FamilyRule = FamilyRule {
    rule: Rule {
        id: "RULE-ID",
        title: "one line, lower case, no full stop: what is wrong",
        theme: "choose-a-theme",
        severity: Severity::High,
        page: include_str!("README.md"),
    },
    check: Check::Artifact(check),
};

/// Takes one parsed file, or one member of an archive, and adds what is wrong with it.
fn check(_artifact: &Artifact<'_>, _findings: &mut Vec<Finding>) {
    // findings.push(
    //     Finding::new(&RULE.rule, artifact.asset, artifact.place.at_line(1), "one lower-case sentence")
    //         .evidence("value", "what an engineer checks by hand")
    //         .gains("what an attacker gets")
    //         .fix("the way out")
    //         .witness("what stays the same when lines move"),
    // );
}
"#;

const PAGE: &str = r#"# RULE-ID

## What it flags
One paragraph: the pattern, and when another severity than the rule's own applies.

## Why it matters
One paragraph: what an attacker gains.

## How to fix
One paragraph: the way out.

## References
The advisories, papers and controls that this rests on.

## Flagged
```json config.json
{"a": "file that is bad"}
```
```finding
high RULE-ID config.json: some words of the message
```

## Accepted
```json config.json
{"a": "file that looks like it and is fine"}
```
"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_line_goes_where_the_alphabet_wants_it() {
        let text =
            "//! Rules.\n\nmod describe;\npub mod alpha;\npub mod gamma;\n\npub use describe::describe;\n";
        let with = with_module(text, "beta");
        assert!(with.contains("pub mod alpha;\npub mod beta;\npub mod gamma;\n"), "{with}");
    }

    #[test]
    fn an_entry_goes_where_its_id_wants_it() {
        let empty = "pub static RULES: &[&FamilyRule] = &[];\n";
        let one = with_entry(empty, "&models::gamma_ray::RULE", "gamma-ray").unwrap();
        assert_eq!(one, "pub static RULES: &[&FamilyRule] = &[\n    &models::gamma_ray::RULE,\n];\n");
        let two = with_entry(&one, "&code::beta::RULE", "beta").unwrap();
        assert!(two.contains("&[\n    &code::beta::RULE,\n    &models::gamma_ray::RULE,\n];"), "{two}");
    }

    #[test]
    fn the_page_of_a_new_rule_can_be_read() {
        let page = modelward_ruletest::Page::read(&fill(PAGE, "new-thing")).unwrap();
        assert_eq!(page.title, "new-thing");
    }
}
