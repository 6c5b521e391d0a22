//! From a solved program to the entries of a table: only what differs from "no effect, no reduce target" is written.

use super::{
    extract::is_reducer,
    ir::{Binding, Emitted},
    program::{Program, Target, len},
    solve::{Done, Summary, functions},
    words,
};
use crate::effects::{
    effect::{Effect, EffectSet},
    table::{Entry, Hook, Parameter, Table, Traits},
};
use std::collections::{BTreeSet, HashSet};

/// Writes everything that is known about the program's names into the table.
pub(crate) fn emit(program: &Program, summaries: &[Summary], table: &mut Table) {
    let emitted = Reducers::find(program);
    let heirs = emitted.heirs(program, table);
    let mut emitter = Emitter { program, summaries, table, heirs };
    for (module, name) in &emitted.outside {
        emitter.outside(module, name);
    }
    for id in 0..len(&program.function_module) {
        emitter.function(id, emitted.functions.contains(&id));
    }
    for id in 0..len(&program.class_module) {
        emitter.class(id, emitted.classes.contains(&id));
    }
    emitter.aliases();
}

/// What the reducers of the program emit.
#[derive(Debug, Default)]
struct Reducers {
    functions: HashSet<u32>,
    classes: HashSet<u32>,
    /// Classes whose `__reduce__` names the class of the object: so do those of all their heirs.
    own: BTreeSet<u32>,
    /// Native names.
    outside: BTreeSet<(String, String)>,
}

impl Reducers {
    fn find(program: &Program) -> Self {
        let mut found = Reducers::default();
        let mut registered = HashSet::new();
        for (index, module) in program.modules.iter().enumerate() {
            for path in &module.registered {
                registered.extend(program.paths[index][*path as usize].iter().filter_map(
                    |target| match target {
                        Target::Function(id) => Some(*id),
                        _ => None,
                    },
                ));
            }
        }
        for id in 0..len(&program.function_module) {
            let function = program.function(id);
            if !is_reducer(&function.name) && !registered.contains(&id) {
                continue;
            }
            let module = program.function_module[id as usize] as usize;
            for emitted in &function.emits {
                match emitted {
                    Emitted::OwnClass => found.own.extend(program.class_of(id)),
                    Emitted::Method(name) => {
                        let class = program.class_of(id);
                        for target in class.map(|class| program.method(class, name, 0)).unwrap_or_default() {
                            found.add(program, &target);
                        }
                    }
                    Emitted::Path(path) => {
                        for target in &program.paths[module][*path as usize] {
                            found.add(program, target);
                        }
                    }
                }
            }
        }
        found
    }

    fn add(&mut self, program: &Program, target: &Target) {
        match target {
            Target::Function(id) => {
                self.functions.insert(*id);
            }
            Target::Class(id) => {
                self.classes.insert(*id);
            }
            Target::Seed(seed) => {
                let seed = &program.seeds[usize::from(*seed)];
                if matches!(seed.letter, 'V' | 'i' | 'a' | 't' | '-') {
                    self.outside.insert((seed.module.to_owned(), seed.name.to_owned()));
                }
            }
            Target::External(name) => {
                // Native code that nobody looked at, by a name that promises an effect, is not taken on trust.
                if let Some((module, name)) = name.rsplit_once('.').filter(|_| !words::hints(name)) {
                    self.outside.insert((module.to_owned(), name.to_owned()));
                }
            }
            Target::Instance(_) | Target::Module(_) => {}
        }
    }

    /// The classes that are targets because an ancestor's `__reduce__` names the class of the object.
    fn heirs(&self, program: &Program, table: &Table) -> HashSet<u32> {
        let inherits = |id: &u32| {
            program.ancestors[*id as usize].iter().any(|ancestor| self.own.contains(ancestor))
                || program.foreign[*id as usize].iter().any(|name| names_own_class(program, table, name))
        };
        (0..len(&program.class_module)).filter(inherits).collect()
    }
}

/// Whether instances of heirs of a native class are pickled as a call of their class.
fn names_own_class(program: &Program, table: &Table, name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or(name);
    let exception = ["Error", "Exception", "Warning"].iter().any(|end| last.ends_with(end))
        || matches!(last, "KeyboardInterrupt" | "SystemExit" | "StopIteration" | "GeneratorExit");
    if exception && (name.starts_with("builtins.") || !name.contains('.')) {
        return true;
    }
    let listed = |seed: &crate::effects::seeds::Seed| {
        seed.letter == 'r'
            && name.strip_prefix(seed.module).and_then(|rest| rest.strip_prefix('.')) == Some(seed.name)
    };
    if program.seeds.iter().any(listed) {
        return true;
    }
    // A Cython base is in the table already.
    let cython = name.rsplit_once('.').and_then(|(module, name)| table.modules.get(module)?.get(name));
    if cython.is_some_and(|entry| entry.traits.has(Traits::HEIRS)) {
        return true;
    }
    let known =
        program.background.split(name).map(|(module, name)| program.background.resolve(&module, &name));
    known.and_then(|known| known.entry).is_some_and(|entry| entry.traits.has(Traits::HEIRS))
}

struct Emitter<'a> {
    program: &'a Program,
    summaries: &'a [Summary],
    table: &'a mut Table,
    heirs: HashSet<u32>,
}

impl Emitter<'_> {
    fn outside(&mut self, module: &str, name: &str) {
        let entry = self.table.entry(module, name);
        entry.traits = entry.traits.with(Traits::TARGET);
    }

    fn function(&mut self, id: u32, target: bool) {
        let function = self.program.function(id);
        let nested =
            function.class.is_some() || &*function.name == "<module>" || &*function.name == "<lambda>";
        if nested && !target {
            return;
        }
        let summary = &self.summaries[id as usize];
        let mut effects = summary.given(function).effects.union(alone(summary));
        if target && summary.returns_mark {
            // It hands out whatever is named: what it returns can be called next.
            effects = effects.with(Effect::Attribute);
        }
        if !target && minor(effects) {
            return;
        }
        let (module, name) = self.program.function_name(id);
        let next = self.next(effects, &[id]);
        let calls = self.calls(id, 0);
        let entry = self.table.entry(module, name);
        if entry.alias.is_some() {
            return;
        }
        entry.effects = entry.effects.union(listed(effects, target));
        entry.next = entry.next.take().or(next);
        if target {
            entry.traits = entry.traits.with(Traits::TARGET);
            if entry.effects.contains(Effect::Calls) && entry.calls.is_empty() {
                entry.calls = calls;
            }
        }
    }

    /// The parameters that a function calls, counted without the first `skip`.
    fn calls(&self, id: u32, skip: usize) -> Vec<Parameter> {
        let function = self.program.function(id);
        let parameters = self.summaries[id as usize].parameters.iter().enumerate().skip(skip);
        let called = parameters.filter(|(_, done)| done.effects.contains(Effect::Calls));
        let positions = called.filter_map(|(index, _)| {
            let keyword = index >= usize::from(function.keyword_only);
            Some(if keyword {
                Parameter::Keyword(function.parameters.get(index)?.to_string())
            } else {
                Parameter::Position(u8::try_from(index - skip).ok()?)
            })
        });
        positions.collect()
    }

    fn class(&mut self, id: u32, target: bool) {
        let target = target || self.heirs.contains(&id);
        let constructors = functions(self.program, &Target::Class(id));
        let mut done = Done::default();
        for constructor in &constructors {
            let summary = &self.summaries[*constructor as usize];
            done = done.union(summary.given(self.program.function(*constructor)));
            if self.program.function(*constructor).name.ends_with("__post_init__") {
                done = done.union(summary.held());
            }
        }
        let hooks = self.hooks(id);
        let value = !target && self.is_value(id, done);
        let effects = done.effects;
        if !target && !value && hooks.is_empty() && minor(effects) {
            return;
        }
        let next = self.next(effects, &constructors);
        let calls = constructors.first().map(|constructor| self.calls(*constructor, 1)).unwrap_or_default();
        let (module, name) = self.program.class_name(id);
        let heirs = self.heirs.contains(&id);
        let entry = self.table.entry(module, name);
        if entry.alias.is_some() {
            return;
        }
        let mut traits = entry.traits.with(Traits::CLASS);
        if target {
            traits = traits.with(Traits::TARGET);
        }
        if heirs {
            traits = traits.with(Traits::HEIRS);
        }
        if value {
            traits = traits.with(Traits::VALUE);
        }
        entry.traits = traits;
        entry.effects = entry.effects.union(listed(effects, target || value));
        entry.next = entry.next.take().or(next);
        if target && entry.effects.contains(Effect::Calls) && entry.calls.is_empty() {
            entry.calls = calls;
        }
        entry.hooks = hooks;
    }

    /// The effects of methods that loading runs on an object whose fields an attacker chose.
    fn hooks(&self, class: u32) -> Vec<(Hook, EffectSet)> {
        const METHODS: &[(Hook, &[&str])] = &[
            (Hook::New, &["__new__"]),
            (Hook::SetState, &["__setstate__"]),
            (Hook::SetItem, &["__setitem__"]),
            (Hook::Append, &["append", "extend"]),
            (Hook::Add, &["add"]),
            (Hook::Delete, &["__del__"]),
        ];
        let mut hooks = Vec::new();
        for (hook, names) in METHODS {
            let mut effects = EffectSet::NONE;
            for target in names.iter().flat_map(|name| self.program.method(class, name, 0)) {
                let Target::Function(id) = target else { continue };
                let summary = &self.summaries[id as usize];
                let given = summary.given(self.program.function(id));
                effects = effects
                    .union(if *hook == Hook::New { given } else { given.union(summary.held()) }.effects);
            }
            if !effects.harmful().is_empty() {
                hooks.push((*hook, effects.harmful()));
            }
        }
        hooks
    }

    /// Proved to only hold values: nothing that came in reaches an effect, then or later.
    fn is_value(&self, class: u32, constructor: Done) -> bool {
        if !constructor.is_nothing() {
            return false;
        }
        let plain = |name: &str| {
            matches!(
                name,
                "builtins.object"
                    | "builtins.tuple"
                    | "builtins.int"
                    | "builtins.str"
                    | "builtins.float"
                    | "builtins.dict"
                    | "builtins.list"
                    | "builtins.bytes"
                    | "builtins.set"
                    | "builtins.frozenset"
                    | "abc.ABC"
                    | "typing.Generic"
                    | "typing.Protocol"
                    | "typing.NamedTuple"
                    | "collections.OrderedDict"
            ) || name.starts_with("collections.abc.")
                || name.starts_with("typing.")
        };
        if !self.program.foreign[class as usize].iter().all(|name| plain(name)) {
            return false;
        }
        let mut constructed = false;
        for ancestor in &self.program.ancestors[class as usize] {
            let own = self.program.class(*ancestor);
            if own.metaclass.is_some() && !self.is_plain_metaclass(*ancestor) {
                return false;
            }
            let base = self.program.function_base[self.program.class_module[*ancestor as usize] as usize];
            for (name, bindings) in &own.bindings {
                for binding in bindings {
                    let Binding::Function(id) = binding else { continue };
                    let summary = &self.summaries[(base + id) as usize];
                    constructed |= matches!(&**name, "__init__" | "__new__");
                    let done = summary.given(self.program.function(base + id)).union(summary.held());
                    if !done.effects.is_empty() {
                        return false;
                    }
                }
            }
            constructed |= own.dataclass;
        }
        constructed
    }

    fn is_plain_metaclass(&self, class: u32) -> bool {
        let module = self.program.class_module[class as usize] as usize;
        let Some(path) = self.program.class(class).metaclass else { return true };
        self.program.paths[module][path as usize].iter().all(|target| {
            matches!(
                self.program.target_name(target).as_str(),
                "abc.ABCMeta" | "enum.EnumMeta" | "enum.EnumType" | "builtins.type"
            )
        })
    }

    /// The next step towards the worst effect.
    fn next(&self, effects: EffectSet, from: &[u32]) -> Option<String> {
        let worst = effects.harmful().worst().filter(|worst| *worst <= Effect::Network)?;
        from.iter().find_map(|id| {
            let (_, target) =
                self.summaries[*id as usize].next.iter().find(|(effect, _)| *effect == worst)?;
            Some(self.program.target_name(target)).filter(|name| !name.starts_with('?'))
        })
    }

    /// Other names, in the same package, of what is listed.
    fn aliases(&mut self) {
        for (index, module) in (0..).zip(&self.program.modules) {
            let root = module.name.split('.').next().unwrap_or(&module.name);
            let mut names: BTreeSet<Box<str>> = module.bindings.keys().cloned().collect();
            for star in &module.stars {
                if let Some(other) = self.program.by_name.get(&**star) {
                    let other = &self.program.modules[*other as usize];
                    names.extend(other.bindings.keys().filter(|name| !name.starts_with('_')).cloned());
                } else {
                    // Native code: what is curated of it.
                    let own = self.program.seeds.iter().filter(|seed| seed.module == &**star);
                    names.extend(own.map(|seed| seed.name.into()));
                }
            }
            for name in names {
                let targets = self.program.member(index, &name, 0);
                let [target] = targets.as_slice() else { continue };
                let (owner, own) = match target {
                    Target::Function(id) => self.program.function_name(*id),
                    Target::Class(id) => self.program.class_name(*id),
                    Target::Seed(seed) => {
                        let seed = &self.program.seeds[usize::from(*seed)];
                        (seed.module, seed.name)
                    }
                    _ => continue,
                };
                if owner == module.name && *own == *name {
                    continue;
                }
                // What is curated is native, and can be named by any module of its package. The rest is named where it is
                // defined, or where its package shows it.
                let owner_root = owner.split('.').next().unwrap_or(owner);
                let native = matches!(target, Target::Seed(_))
                    && (owner_root == root || owner_root.trim_start_matches('_') == module.name);
                let shown = module.is_package
                    && owner.strip_prefix(&*module.name).is_some_and(|rest| rest.starts_with('.'));
                if !native && !shown {
                    continue;
                }
                let Some(entry) = self.table.modules.get(owner).and_then(|names| names.get(own)) else {
                    continue;
                };
                let emitted = entry.traits.has(Traits::TARGET.with(Traits::INERT));
                let grave = entry.effects.harmful().worst().is_some_and(|worst| worst <= Effect::Network);
                if entry.alias.is_some() || !(emitted || grave) {
                    continue;
                }
                let alias = format!("{owner}.{own}");
                let entry = self.table.entry(&module.name, &name);
                if *entry == Entry::default() {
                    entry.alias = Some(alias);
                }
            }
        }
    }
}

/// What happens even when nothing is passed in: only what takes down or alters the process counts.
fn alone(summary: &Summary) -> EffectSet {
    if summary.fixed.contains(Effect::State) && summary.parameters.is_empty() {
        EffectSet::of(Effect::State)
    } else {
        EffectSet::NONE
    }
}

/// Nothing that changes the verdict on a call that pickling does not emit.
fn minor(effects: EffectSet) -> bool {
    effects.harmful().without(Effect::State).without(Effect::Exhausts).without(Effect::Attribute).is_empty()
}

/// The effects that are written: of what may not be called anyway, only the harmful ones.
fn listed(effects: EffectSet, allowed: bool) -> EffectSet {
    if allowed { effects } else { effects.harmful() }
}
