//! `modelward effects`: what the tables of effects say, and tables of one's own.

use crate::{
    arguments::{Effects as Words, ShowEffects},
    failure::Failure,
    output,
};
use modelward_assessment::effects::Effects;
use modelward_report::hostile::visible;
use std::fmt::Write as _;

pub(super) fn run(words: &Words) -> Result<(), Failure> {
    match words {
        Words::Show(arguments) => show(arguments),
    }
}

fn show(arguments: &ShowEffects) -> Result<(), Failure> {
    let mut effects = Effects::builtin();
    for path in &arguments.effects {
        let bytes = std::fs::read(path).map_err(|error| Failure::reading(path, &error))?;
        effects = effects.with(&bytes).map_err(|error| {
            Failure::new(format!("`{}` is not a table of effects: {error}", path.display()))
                .hint("make one with `modelward effects derive`")
        })?;
    }
    output::print_text(&match &arguments.name {
        None => tables(&effects),
        Some(name) => of_name(&effects, name),
    })
}

/// Each table with the packages that it was derived from.
fn tables(effects: &Effects) -> String {
    let mut text = String::new();
    for table in effects.tables() {
        let packages = table.packages();
        let _ = writeln!(text, "{}  {} packages", table.digest(), packages.len());
        for package in packages {
            let _ = writeln!(text, "  {:<28} {}", visible(&package.name), visible(&package.versions));
        }
    }
    text
}

/// What calling a name would do, and the path to it.
fn of_name(effects: &Effects, name: &str) -> String {
    let (module, rest) = effects.split(name).unwrap_or_else(|| match name.rsplit_once('.') {
        Some((module, rest)) => (module.to_owned(), rest.to_owned()),
        None => ("builtins".to_owned(), name.to_owned()),
    });
    let resolved = effects.resolve(&module, &rest);
    let mut text = format!("{}\n", visible(&resolved.name));
    match &resolved.entry {
        Some(entry) => {
            let what = entry.effects.to_string();
            let _ = writeln!(text, "  calling it: {}", if what.is_empty() { "no effect" } else { &what });
            let allowed = if entry.allowed() { "yes" } else { "no" };
            let _ = writeln!(text, "  a pickle may call it: {allowed}");
            for step in effects.path(&resolved).iter().skip(1) {
                let _ = writeln!(text, "  by way of {}", visible(step));
            }
        }
        None if resolved.analysed => {
            text.push_str("  its package was analysed, and lists no effect under this name\n")
        }
        None => text.push_str("  not known: no table was derived from its package\n"),
    }
    text
}
