//! `modelward effects`: what the tables of effects say, and tables of one's own.

use crate::{
    arguments::{DeriveEffects, Effects as Words, ShowEffects},
    failure::Failure,
    output,
};
use modelward_assessment::effects::{
    Effects,
    derive::{self, Input},
};
use modelward_formats::Source;
use modelward_report::hostile::visible;
use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs::File,
    path::{Path, PathBuf},
};

pub(super) fn run(words: &Words) -> Result<(), Failure> {
    match words {
        Words::Show(arguments) => show(arguments),
        Words::Derive(arguments) => derive(arguments),
    }
}

/// The built-in table and further ones.
fn read(paths: &[PathBuf]) -> Result<Effects, Failure> {
    let mut effects = Effects::builtin();
    for path in paths {
        let bytes = std::fs::read(path).map_err(|error| Failure::reading(path, &error))?;
        effects = effects.with(&bytes).map_err(|error| {
            Failure::new(format!("`{}` is not a table of effects: {error}", path.display()))
                .hint("make one with `modelward effects derive`")
        })?;
    }
    Ok(effects)
}

fn derive(arguments: &DeriveEffects) -> Result<(), Failure> {
    let background = read(&arguments.effects)?;
    let inputs = arguments.sources.iter().map(|path| input(path)).collect::<Result<Vec<_>, _>>()?;
    let table = derive::derive(&inputs, &background).map_err(Failure::new)?;
    let names: usize = table.modules.values().map(BTreeMap::len).sum();
    let bytes = table.to_bytes().map_err(|error| Failure::writing("the table", &error))?;
    std::fs::write(&arguments.output, bytes)
        .map_err(|error| Failure::writing(arguments.output.display(), &error))?;
    let modules = table.modules.len();
    let counted = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
    output::print_text(&format!(
        "{}: {} in {}\n",
        arguments.output.display(),
        counted(names, "name"),
        counted(modules, "module")
    ))
}

fn input(path: &Path) -> Result<Input, Failure> {
    let name =
        path.canonicalize().ok().and_then(|path| Some(path.file_name()?.to_string_lossy().into_owned()));
    let name = name.unwrap_or_else(|| path.display().to_string());
    if !path.is_dir() {
        let file = File::open(path).map_err(|error| Failure::reading(path, &error))?;
        let source = Source::from_file(file).map_err(|error| Failure::reading(path, &error))?;
        return Ok(Input::archive(name, source));
    }
    let mut files = Vec::new();
    let mut folders = vec![path.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(&folder).map_err(|error| Failure::reading(&folder, &error))?;
        for entry in entries {
            let entry = entry.map_err(|error| Failure::reading(&folder, &error))?;
            let kind = entry.file_type().map_err(|error| Failure::reading(&folder, &error))?;
            let own = entry.path();
            if kind.is_dir() {
                folders.push(own);
            } else if kind.is_file() && own.extension().is_some_and(|end| end == "py" || end == "pyx") {
                let bytes = std::fs::read(&own).map_err(|error| Failure::reading(&own, &error))?;
                let inner = own.strip_prefix(path).unwrap_or(&own).to_string_lossy().replace('\\', "/");
                files.push((inner, Source::from_vec(bytes)));
            }
        }
    }
    Ok(Input::folder(name, files))
}

fn show(arguments: &ShowEffects) -> Result<(), Failure> {
    let effects = read(&arguments.effects)?;
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
            let _ = writeln!(text, "  an honest pickle may call it: {allowed}");
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
