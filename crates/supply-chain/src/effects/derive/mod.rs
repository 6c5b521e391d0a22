//! The deriving engine: from the sources of packages to a table of effects. Nothing is imported and nothing is run.
//!
//! Pass 1 ([`extract`]) reads each file on its own; pass 2 ([`solve`]) follows what flows from parameters into effects over
//! the whole program to a fixed point; [`emit`] writes what differs from "no effect, no reduce target". The newest version
//! of each package forms one program; each older version is solved by itself on top of the table of the newest ones, and
//! the tables are merged: effects and reduce targets by union, "plain value" only where all versions agree.
//! The same inputs give the same bytes, in any order and at any number of threads.

mod emit;
pub(crate) mod extract;
pub(crate) mod ir;
pub(crate) mod program;
mod pyx;
pub(crate) mod solve;
mod sources;
#[cfg(test)]
mod tests;
pub(crate) mod words;

pub use sources::{Content, Input};

use super::{
    Effects, seeds,
    table::{Loaded, Package, Table, Traits},
};
use modelward_formats::python;
use program::Program;
use rayon::prelude::*;
use sha2::{Digest, Sha256};
use sources::{File, Read};
use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// Derives a table from wheels, source distributions and folders. `background` says what is known of packages that are not
/// among them; pass [`Effects::builtin`] for a company's own packages and [`Effects::default`] to start from nothing.
///
/// # Errors
/// A sentence when an input holds no Python source at all, or when the table cannot be written.
pub fn derive(inputs: &[Input], background: &Effects) -> Result<Table, String> {
    let mut generations: BTreeMap<String, Vec<&Input>> = BTreeMap::new();
    for input in inputs {
        generations.entry(input.package().0).or_default().push(input);
    }
    let mut newest: Vec<&Input> = Vec::new();
    let mut older: Vec<Vec<&Input>> = Vec::new();
    for inputs in generations.values() {
        let mut versions: Vec<String> = inputs.iter().map(|input| input.package().1).collect();
        versions.sort_by(|a, b| by_version(b, a));
        versions.dedup();
        for (age, version) in versions.iter().enumerate() {
            let of_version = inputs.iter().copied().filter(|input| input.package().1 == *version);
            if age == 0 { newest.extend(of_version) } else { older.push(of_version.collect()) }
        }
    }
    let mut table = generation(&newest, background)?;
    let bytes = table.to_bytes().map_err(|error| format!("the table cannot be written: {error}"))?;
    let mut known = Effects { tables: vec![Arc::new(Loaded::new(&bytes)?)] };
    known.tables.extend(background.tables.iter().cloned());
    for inputs in older {
        let own = generation(&inputs, &known)?;
        merge(&mut table, own);
    }
    table.packages = packages(inputs, &table.packages);
    if !background.tables.is_empty() {
        remove_seeds(&mut table);
    }
    Ok(table)
}

/// Takes out what only the list of seeds says: the background says it already.
fn remove_seeds(table: &mut Table) {
    let mut listed = Table::default();
    seeds::add_to(&mut listed);
    for (module, names) in &mut table.modules {
        let Some(own) = listed.modules.get(module) else { continue };
        names.retain(|name, entry| own.get(name) != Some(entry));
    }
    table.modules.retain(|_, names| !names.is_empty());
}

/// One version of one or more packages.
fn generation(inputs: &[&Input], background: &Effects) -> Result<Table, String> {
    let reads: Vec<Read> = inputs.par_iter().map(|input| input.read()).collect();
    let mut table = Table::default();
    // Seeds are in every table while it is made, so that other names for them are found.
    seeds::add_to(&mut table);
    let mut files: Vec<File> = Vec::new();
    let with_wheel: BTreeSet<String> =
        reads.iter().filter(|read| !read.source).map(|read| read.package.clone()).collect();
    for read in reads {
        if read.files.is_empty() {
            let name = format!("{} {}", read.package, read.version);
            return Err(format!("{} holds no Python source", name.trim_end()));
        }
        let roots: BTreeSet<&str> =
            read.files.iter().filter_map(|file| file.module.split('.').next()).collect();
        table.packages.push(Package {
            name: read.package.clone(),
            roots: roots.into_iter().map(str::to_owned).collect(),
            ..Package::default()
        });
        // A wheel has what is installed; the source distribution beside it adds what was compiled.
        let only_cython = read.source && with_wheel.contains(&read.package);
        files.extend(read.files.into_iter().filter(|file| file.cython || !only_cython));
    }
    files.sort_by(|a, b| (a.cython, &a.module).cmp(&(b.cython, &b.module)));
    files.dedup_by(|a, b| !a.cython && !b.cython && a.module == b.module);
    for file in files.iter().filter(|file| file.cython) {
        pyx::read(&file.module, &file.text).emit(&mut table);
    }
    let modules = files
        .into_par_iter()
        .filter(|file| !file.cython)
        .map(|file| {
            let tree = python::parse_str(&file.text);
            extract::extract(&file.module, file.is_package, &tree.body)
        })
        .collect();
    let program = Program::new(modules, background.clone());
    let summaries = solve::solve(&program);
    emit::emit(&program, &summaries, &mut table);
    Ok(table)
}

/// Adds what an older version of a package says.
fn merge(table: &mut Table, older: Table) {
    table.packages.extend(older.packages);
    for (module, names) in older.modules {
        for (name, old) in names {
            let known = table.modules.get(&module).is_some_and(|names| names.contains_key(&name));
            let own = table.entry(&module, &name);
            if !known {
                *own = old;
                continue;
            }
            if own.alias.is_some() || old.alias.is_some() {
                continue;
            }
            let mut traits = own.traits.with(old.traits);
            if !(own.traits.has(Traits::VALUE) && old.traits.has(Traits::VALUE)) {
                traits = traits.without(Traits::VALUE);
            }
            own.traits = traits;
            own.effects = own.effects.union(old.effects);
            own.next = own.next.take().or(old.next);
            if own.calls.is_empty() {
                own.calls = old.calls;
            }
            for (hook, effects) in old.hooks {
                match own.hooks.iter_mut().find(|(known, _)| *known == hook) {
                    Some((_, known)) => *known = known.union(effects),
                    None => own.hooks.push((hook, effects)),
                }
            }
            own.hooks.sort();
        }
    }
}

/// The list of packages with the range of versions, one digest over all files, and the modules at the root.
fn packages(inputs: &[Input], read: &[Package]) -> Vec<Package> {
    let mut all: BTreeMap<String, (Vec<String>, Vec<String>)> = BTreeMap::new();
    for input in inputs {
        let (name, version) = input.package();
        let (versions, digests) = all.entry(name).or_default();
        versions.push(version);
        digests.push(input.digest.clone());
    }
    let mut list = Vec::new();
    for (name, (mut versions, mut digests)) in all {
        versions.sort_by(|a, b| by_version(a, b));
        versions.dedup();
        digests.sort();
        let range = match versions.as_slice() {
            [only] => only.clone(),
            [first, .., last] => format!("{first}..{last}"),
            [] => String::new(),
        };
        let digest = sources::hex(&Sha256::digest(digests.join("\n")));
        let own = read.iter().filter(|package| package.name == name);
        let roots: BTreeSet<String> = own.flat_map(|package| package.roots.iter().cloned()).collect();
        list.push(Package { name, versions: range, digest, roots: roots.into_iter().collect() });
    }
    list
}

/// Versions by their numbers, then by their text.
fn by_version(a: &str, b: &str) -> Ordering {
    let numbers = |text: &str| -> Vec<u64> {
        text.split(|c: char| !c.is_ascii_digit()).filter_map(|part| part.parse().ok()).collect()
    };
    numbers(a).cmp(&numbers(b)).then_with(|| a.cmp(b))
}
