//! The files of all rule pages, whole and broken, read as every format: no parser panics and none waits.
//!
//! It replays what the fuzz targets start from, with a few thousand mutations that are the same on each run.

use modelward_formats::{Context, Format, Source, parse};
use modelward_ruletest::{Chance, Page, fixture};
use modelward_supply_chain::RULES;
use std::collections::BTreeSet;

/// Files longer than this are read whole and not mutated.
const MUTATED_UP_TO: usize = 16 << 10;

#[test]
fn any_fixture_may_be_read_as_any_format() {
    for (name, bytes) in fixtures() {
        for &format in Format::ALL {
            read(format, &name, bytes.clone());
        }
    }
}

#[test]
fn broken_fixtures_are_read_to_their_end() {
    let mut chance = Chance::default();
    for (name, bytes) in fixtures().into_iter().filter(|(_, bytes)| bytes.len() <= MUTATED_UP_TO) {
        let formats = modelward_formats::identify(&Source::from_vec(bytes.clone()), &name);
        for _ in 0..16 {
            let broken = chance.mutate(&bytes);
            for &format in &formats {
                read(format, &name, broken.clone());
            }
        }
    }
}

fn read(format: Format, name: &str, bytes: Vec<u8>) {
    let parsed = parse(format, &Source::from_vec(bytes), name, &Context::default());
    std::hint::black_box(parsed.problems().len());
}

/// The distinct files of all pages, each with the last part of its name.
fn fixtures() -> BTreeSet<(String, Vec<u8>)> {
    let pages = RULES.iter().filter_map(|rule| Page::read(rule.rule.page).ok());
    let cases = pages.flat_map(|page| page.cases().cloned().collect::<Vec<_>>());
    cases
        .filter_map(|case| fixture::files(&case).ok())
        .flatten()
        .map(|file| (file.path.rsplit('/').next().unwrap_or("").to_owned(), file.bytes))
        .collect()
}
