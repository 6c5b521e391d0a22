//! Where effects begin: the list in `data/effects-seeds.txt`, whose head explains its notation.

use super::{
    effect::{Effect, EffectSet},
    table::{Parameter, Table, Traits},
};

const LIST: &str = include_str!("../../data/effects-seeds.txt");

/// One line's letter for one name.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Seed {
    pub(crate) letter: char,
    pub(crate) module: &'static str,
    pub(crate) name: &'static str,
    pub(crate) calls: Vec<Parameter>,
    /// It calls a parameter, and that is not for a pickle to choose.
    pub(crate) calls_none: bool,
}

/// All seeds, in the order of the list.
pub(crate) fn all() -> impl Iterator<Item = Seed> {
    LIST.lines().filter(|line| !line.starts_with('#')).flat_map(|line| {
        let letter = line.chars().next().unwrap_or('#');
        let (module, names) = line.get(2..).and_then(|rest| rest.split_once(':')).unwrap_or(("", ""));
        let names = names.split('(').next().unwrap_or("");
        names.split_whitespace().map(move |word| {
            let mut parts = word.split('@');
            let name = parts.next().unwrap_or(word);
            let parameters: Vec<&str> = parts.collect();
            Seed {
                letter,
                module,
                name,
                calls_none: parameters == ["-"],
                calls: parameters
                    .into_iter()
                    .filter(|word| *word != "-")
                    .map(|word| match word.parse() {
                        Ok(index) => Parameter::Position(index),
                        Err(_) => Parameter::Keyword(word.to_owned()),
                    })
                    .collect(),
            }
        })
    })
}

/// Writes the seeds into a table.
pub(crate) fn add_to(table: &mut Table) {
    for seed in all() {
        if matches!(seed.letter, '-' | 'r') {
            continue;
        }
        let entry = table.entry(seed.module, seed.name);
        match seed.letter {
            'i' => entry.traits = entry.traits.with(Traits::INERT),
            'a' => entry.traits = entry.traits.with(Traits::INERT).with(Traits::ALLOCATES),
            't' => entry.traits = entry.traits.with(Traits::TARGET),
            'F' => {
                entry.traits = entry.traits.with(Traits::SEED);
                entry.effects = entry.effects.with(Effect::Write).with(Effect::Read);
            }
            'V' if seed.calls_none => {}
            letter => {
                if letter != 'V' && letter != 'R' && letter != 'Z' {
                    entry.traits = entry.traits.with(Traits::SEED);
                }
                entry.effects = entry.effects.union(EffectSet::from_letter(letter).unwrap_or_default());
            }
        }
        if entry.effects.contains(Effect::Calls) && seed.letter == 'V' && entry.calls.is_empty() {
            entry.calls = if seed.calls.is_empty() { vec![Parameter::Position(0)] } else { seed.calls };
        }
    }
}
