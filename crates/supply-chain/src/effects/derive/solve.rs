//! Pass 2: what flows from a function's parameters and fields into effects, to the fixed point over the whole program.

use super::{
    ir::{
        ALL_PARAMETERS, Binds, Call, Callee, FIELDS, Function, MARK, Mode, PARAMETERS, Taint, parameter_bit,
    },
    program::{Program, Target, len},
    words,
};
use crate::effects::effect::{Effect, EffectSet};
use std::collections::{BTreeMap, VecDeque};

/// What a function does with what it is given.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Summary {
    /// Per parameter, `self` included.
    pub(crate) parameters: Vec<Done>,
    /// Per field of `self`.
    pub(crate) fields: BTreeMap<Box<str>, Done>,
    /// With arguments that the function fixes itself.
    pub(crate) fixed: EffectSet,
    /// Fields that it sets, with the parameters that flow into them.
    pub(crate) stores: BTreeMap<Box<str>, Taint>,
    pub(crate) returns_mark: bool,
    /// Per effect, the first step towards it.
    pub(crate) next: Vec<(Effect, Target)>,
}

/// What is done with one value.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Done {
    pub(crate) effects: EffectSet,
    /// It flows into something that is not known well enough to call the holder a plain value.
    pub(crate) unproven: bool,
}

impl Done {
    pub(crate) fn is_nothing(self) -> bool {
        self.effects.is_empty() && !self.unproven
    }

    pub(crate) fn union(self, other: Self) -> Self {
        Done { effects: self.effects.union(other.effects), unproven: self.unproven || other.unproven }
    }
}

impl Summary {
    /// What is done with any parameter but `self`.
    pub(crate) fn given(&self, function: &Function) -> Done {
        let skip = usize::from(function.binds != Binds::Nothing);
        self.parameters.iter().skip(skip).fold(Done::default(), |all, done| all.union(*done))
    }

    /// What is done with any field.
    pub(crate) fn held(&self) -> Done {
        self.fields.values().fold(Done::default(), |all, done| all.union(*done))
    }
}

/// Solves all functions.
pub(crate) fn solve(program: &Program) -> Vec<Summary> {
    let count = program.function_module.len();
    let mut summaries: Vec<Summary> = (0..len(&program.function_module))
        .map(|id| {
            let function = program.function(id);
            Summary {
                parameters: vec![Done::default(); function.parameters.len().min(PARAMETERS)],
                stores: function.stores.clone(),
                returns_mark: function.returns_mark,
                ..Summary::default()
            }
        })
        .collect();
    let callers = callers(program);
    let mut waiting: VecDeque<u32> = (0..len(&program.function_module)).collect();
    let mut queued = vec![true; count];
    while let Some(id) = waiting.pop_front() {
        queued[id as usize] = false;
        let mut own = std::mem::take(&mut summaries[id as usize]);
        let changed = step(program, id, &mut own, &summaries);
        summaries[id as usize] = own;
        if changed {
            for caller in &callers[id as usize] {
                if !queued[*caller as usize] {
                    queued[*caller as usize] = true;
                    waiting.push_back(*caller);
                }
            }
            if !queued[id as usize] {
                queued[id as usize] = true;
                waiting.push_back(id);
            }
        }
    }
    summaries
}

/// Per function, who has to be looked at again when it changes.
fn callers(program: &Program) -> Vec<Vec<u32>> {
    let mut callers: Vec<Vec<u32>> = vec![Vec::new(); program.function_module.len()];
    for id in 0..len(&program.function_module) {
        for call in &program.function(id).calls {
            for target in targets(program, id, call) {
                for callee in functions(program, &target) {
                    if callers[callee as usize].last() != Some(&id) {
                        callers[callee as usize].push(id);
                    }
                }
            }
        }
    }
    callers
}

/// The functions that a call of the target runs.
pub(crate) fn functions(program: &Program, target: &Target) -> Vec<u32> {
    let methods = |class: u32, names: &[&str]| {
        let found = names.iter().flat_map(|name| program.method(class, name, 0));
        found.filter_map(|target| if let Target::Function(id) = target { Some(id) } else { None }).collect()
    };
    match target {
        Target::Function(id) => vec![*id],
        Target::Class(class) => {
            let mut found: Vec<u32> = methods(*class, &["__init__", "__new__", "__post_init__"]);
            for own in &program.ancestors[*class as usize] {
                let Some(meta) = program.class(*own).metaclass else { continue };
                let module = program.class_module[*own as usize];
                let targets = program.paths.get(module as usize).map(|paths| paths[meta as usize].clone());
                for target in targets.unwrap_or_default() {
                    if let Target::Class(meta) = target {
                        found.extend(methods(meta, &["__call__"]));
                    }
                }
                break;
            }
            found
        }
        Target::Instance(class) => methods(*class, &["__call__"]),
        _ => Vec::new(),
    }
}

/// What a call in function `id` can reach.
pub(crate) fn targets(program: &Program, id: u32, call: &Call) -> Vec<Target> {
    let module = program.function_module[id as usize] as usize;
    match &call.callee {
        Callee::Path(path) => program.paths[module][*path as usize].clone(),
        Callee::Own(name) => {
            program.class_of(id).map(|class| program.method(class, name, 0)).unwrap_or_default()
        }
        Callee::Super(name) => {
            program.class_of(id).map(|class| program.super_method(class, name)).unwrap_or_default()
        }
        Callee::Field(field, name) => {
            let Some(class) = program.class_of(id) else { return Vec::new() };
            let made = program.ancestors[class as usize].iter().find_map(|own| {
                let path = program.class(*own).fields.get(field)?;
                Some((program.class_module[*own as usize], *path))
            });
            made.map(|(module, path)| made_method(program, module as usize, path, name)).unwrap_or_default()
        }
        Callee::Made(path, name) => made_method(program, module, *path, name),
        _ => Vec::new(),
    }
}

/// A method of what the call of a path gave, when the path is a class.
fn made_method(program: &Program, module: usize, path: u32, name: &str) -> Vec<Target> {
    let classes = program.paths[module][path as usize].iter();
    classes
        .flat_map(|target| match target {
            Target::Class(class) => program.method(*class, name, 0),
            _ => Vec::new(),
        })
        .collect()
}

/// Looks at all calls of a function once; true when its summary grew.
fn step(program: &Program, id: u32, own: &mut Summary, all: &[Summary]) -> bool {
    let function = program.function(id);
    let before = own.clone();
    for call in &function.calls {
        let found = targets(program, id, call);
        let mut reached = false;
        for target in &found {
            reached = true;
            apply_target(program, function, call, target, own, all);
        }
        if !reached {
            apply_unknown(function, call, own);
        }
    }
    let marked = function.returns.iter().any(|index| {
        let Some(call) = function.calls.get(*index as usize) else { return false };
        targets(program, id, call)
            .iter()
            .flat_map(|target| functions(program, target))
            .any(|callee| callee == id || all[callee as usize].returns_mark)
    });
    // A function that returns what itself returns says nothing new.
    own.returns_mark |= marked
        && function.returns.iter().any(|index| {
            function.calls.get(*index as usize).is_some_and(|call| {
                targets(program, id, call)
                    .iter()
                    .flat_map(|target| functions(program, target))
                    .any(|callee| callee != id && all[callee as usize].returns_mark)
            })
        });
    results(program, id, function, own, all);
    *own != before
}

/// Calls of what earlier calls returned.
fn results(program: &Program, id: u32, function: &Function, own: &mut Summary, all: &[Summary]) {
    for call in &function.calls {
        let Callee::Result(index) = &call.callee else { continue };
        let Some(source) = function.calls.get(*index as usize) else { continue };
        let marked = targets(program, id, source)
            .iter()
            .flat_map(|target| functions(program, target))
            .any(|callee| callee != id && all[callee as usize].returns_mark);
        let effect = if marked { Effect::Code } else { Effect::Calls };
        let taint = given(source) | call.receiver;
        add(function, own, taint, done(EffectSet::of(effect)), &Target::External("getattr".into()));
    }
}

fn done(effects: EffectSet) -> Done {
    Done { effects, unproven: false }
}

/// All that flows into the arguments of a call.
pub(crate) fn given(call: &Call) -> Taint {
    let arguments = call.arguments.iter().chain(call.keywords.iter().map(|(_, taint)| taint));
    arguments.fold(call.spread, |all, taint| all | taint)
}

fn apply_target(
    program: &Program,
    function: &Function,
    call: &Call,
    target: &Target,
    own: &mut Summary,
    all: &[Summary],
) {
    match target {
        Target::Seed(seed) => {
            for (taint, effects) in seeded(&program.seeds[usize::from(*seed)], call) {
                add(function, own, taint, done(effects), target);
            }
        }
        Target::External(name) => {
            let effects = external(program, name);
            let unproven = effects.is_empty() && !is_harmless(program, name);
            add(function, own, given(call) | call.receiver, Done { effects, unproven }, target);
        }
        Target::Function(_) | Target::Class(_) | Target::Instance(_) => {
            for callee in functions(program, target) {
                compose(program, function, call, target, callee, own, &all[callee as usize]);
            }
        }
        Target::Module(_) => {}
    }
}

/// What a seed does with the arguments of a call.
fn seeded(seed: &crate::effects::seeds::Seed, call: &Call) -> Vec<(Taint, EffectSet)> {
    use crate::effects::table::Parameter;
    let all = given(call);
    match seed.letter {
        '-' | 'i' | 'a' | 't' | 'r' | 'G' => Vec::new(),
        _ if matches!(seed.name, "type" | "setattr" | "delattr") && seed.module == "builtins" => Vec::new(),
        'F' => {
            let first = call.arguments.first().copied().unwrap_or(0) | call.spread;
            let named = call
                .keywords
                .iter()
                .filter(|(name, _)| matches!(&**name, "file" | "name" | "filename" | "path" | "fname"));
            let taint = named.fold(first, |taint, (_, own)| taint | own);
            let effect = match call.mode {
                Mode::Write => EffectSet::of(Effect::Write),
                Mode::Absent | Mode::Read => EffectSet::of(Effect::Read),
                Mode::Unknown => EffectSet::of(Effect::Read).with(Effect::Write),
            };
            vec![(taint, effect)]
        }
        'V' => {
            let positions: Vec<Taint> = if seed.calls.is_empty() && !seed.calls_none {
                call.arguments.first().copied().into_iter().collect()
            } else {
                seed.calls
                    .iter()
                    .map(|parameter| match parameter {
                        Parameter::Position(index) => {
                            call.arguments.get(usize::from(*index)).copied().unwrap_or(0)
                        }
                        Parameter::Keyword(name) => call
                            .keywords
                            .iter()
                            .find(|(own, _)| **own == **name)
                            .map_or(0, |(_, taint)| *taint),
                    })
                    .collect()
            };
            let taint = positions.into_iter().fold(0, |all, taint| all | taint);
            if taint == 0 {
                return Vec::new();
            }
            let effect = if taint & MARK == 0 { Effect::Calls } else { Effect::Code };
            vec![(taint, EffectSet::of(effect))]
        }
        letter => vec![(all, EffectSet::from_letter(letter).unwrap_or_default())],
    }
}

/// The effects of something whose source is not at hand: by table, else by its name.
pub(crate) fn external(program: &Program, name: &str) -> EffectSet {
    if let Some((module, rest)) = program.background.split(name) {
        let resolved = program.background.resolve(&module, &rest);
        if let Some(entry) = resolved.entry {
            return if entry.effects.contains(Effect::Attribute) { EffectSet::NONE } else { entry.effects };
        }
        if resolved.analysed {
            return EffectSet::NONE;
        }
    }
    if words::hints(name) { EffectSet::of(Effect::Uncertain) } else { EffectSet::NONE }
}

/// Known well enough that a value which flows into it stays a plain value.
fn is_harmless(program: &Program, name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or(name);
    if name.starts_with("builtins.")
        || ["Error", "Warning", "Exception"].iter().any(|end| last.ends_with(end))
    {
        return true;
    }
    let own = |seed: &&crate::effects::seeds::Seed| {
        matches!(seed.letter, '-' | 'i' | 'a' | 't')
            && name.strip_prefix(seed.module).and_then(|rest| rest.strip_prefix('.')) == Some(seed.name)
    };
    program.seeds.iter().find(own).is_some() || name.starts_with("numpy.") || name.starts_with("math.")
}

/// The callee's summary, with the caller's arguments in place of its parameters.
fn compose(
    program: &Program,
    function: &Function,
    call: &Call,
    target: &Target,
    callee: u32,
    own: &mut Summary,
    summary: &Summary,
) {
    let inner = program.function(callee);
    let bound = match target {
        Target::Function(_) => match call.callee {
            Callee::Path(_) => usize::from(inner.binds == Binds::Class),
            _ => usize::from(inner.binds != Binds::Nothing),
        },
        _ => usize::from(inner.binds != Binds::Nothing),
    };
    let through = Target::Function(callee);
    let argument = |index: usize| -> Taint {
        let mut taint = call.spread;
        let name = inner.parameters.get(index).map(|name| &**name).unwrap_or_default();
        if inner.rest.is_some_and(|rest| usize::from(rest) == index) {
            let from = index.saturating_sub(bound);
            return call.arguments.iter().skip(from).fold(taint, |all, own| all | own);
        }
        if inner.rest_keywords.is_some_and(|rest| usize::from(rest) == index) {
            let unmatched = call.keywords.iter().filter(|(own, _)| !inner.parameters.contains(own));
            return unmatched.fold(taint, |all, (_, own)| all | own);
        }
        // What is given by place or by name does not come out of `*` or `**`.
        let by_place = (index >= bound && index < usize::from(inner.keyword_only))
            .then(|| call.arguments.get(index - bound).copied())
            .flatten();
        let by_name = call.keywords.iter().find(|(own, _)| **own == *name).map(|(_, taint)| *taint);
        match by_place.or(by_name) {
            Some(given) => taint = given,
            None if index < bound => taint = 0,
            None => {}
        }
        taint
    };
    for (index, done) in summary.parameters.iter().enumerate() {
        if index >= bound && !done.is_nothing() {
            let taint = argument(index);
            // What is called came by name: the attacker chooses it.
            let effects = if taint & MARK != 0 && done.effects.contains(Effect::Calls) {
                done.effects.with(Effect::Code)
            } else {
                done.effects
            };
            if taint != 0 {
                add(function, own, taint, Done { effects, ..*done }, &through);
            }
        }
    }
    if !summary.fixed.is_empty() {
        own.fixed = own.fixed.union(summary.fixed);
        for effect in summary.fixed.iter() {
            note(own, effect, &through);
        }
    }
    let on_self =
        matches!(call.callee, Callee::Own(_) | Callee::Super(_)) && matches!(target, Target::Function(_));
    if on_self {
        for (field, taint) in &summary.stores {
            let mut flows: Taint = 0;
            for index in 0..inner.parameters.len().min(PARAMETERS) {
                if taint & parameter_bit(index) != 0 && index >= bound {
                    flows |= argument(index);
                }
            }
            if flows & ALL_PARAMETERS != 0 {
                *own.stores.entry(field.clone()).or_default() |= flows & ALL_PARAMETERS;
            }
        }
    }
    for (field, done) in &summary.fields {
        if on_self {
            let stored = own.stores.get(field).copied().unwrap_or(0);
            *own.fields.entry(field.clone()).or_default() =
                own.fields.get(field).copied().unwrap_or_default().union(*done);
            add(function, own, stored & ALL_PARAMETERS, *done, &through);
            for effect in done.effects.iter() {
                note(own, effect, &through);
            }
        } else if matches!(target, Target::Class(_)) {
            // A constructor: fields that it sets from parameters were composed inside it; a dataclass has them as arguments.
            if &*inner.name != "__init__" && inner.name.ends_with("__post_init__") {
                add(function, own, given(call), *done, &through);
            }
        } else {
            add(function, own, call.receiver, *done, &through);
        }
    }
}

fn apply_unknown(function: &Function, call: &Call, own: &mut Summary) {
    let flows = given(call) | call.receiver;
    match &call.callee {
        Callee::Value => {
            let effect = if call.receiver & MARK != 0 { Effect::Code } else { Effect::Calls };
            let value = Target::External(
                if effect == Effect::Code { "getattr" } else { "the argument itself" }.into(),
            );
            add(function, own, call.receiver, done(EffectSet::of(effect)), &value);
        }
        Callee::Method(name) | Callee::Field(_, name) | Callee::Made(_, name) => {
            let effects = words::method(name);
            let unproven = effects.is_empty() && !words::is_plain_method(name);
            if flows != 0 {
                add(
                    function,
                    own,
                    flows,
                    Done { effects, unproven },
                    &Target::External(format!("?.{name}").into()),
                );
            }
        }
        Callee::Path(_) | Callee::Own(_) | Callee::Super(_) => {
            let dunder =
                matches!(&call.callee, Callee::Own(name) | Callee::Super(name) if name.starts_with("__"));
            if !dunder {
                add(
                    function,
                    own,
                    flows,
                    Done { unproven: true, ..Done::default() },
                    &Target::External("?".into()),
                );
            }
        }
        Callee::Result(_) | Callee::Nothing => {}
    }
}

/// Gives the parameters and fields that `taint` stands for what is done with them.
fn add(function: &Function, own: &mut Summary, taint: Taint, done: Done, through: &Target) {
    if done.is_nothing() {
        return;
    }
    let mut grew = false;
    if taint & !MARK == 0 {
        let grave = done.effects.without(Effect::Calls).without(Effect::Uncertain).without(Effect::Attribute);
        grew = own.fixed.union(grave) != own.fixed;
        own.fixed = own.fixed.union(grave);
    }
    for index in 0..own.parameters.len() {
        if taint & parameter_bit(index) != 0 {
            let joined = own.parameters[index].union(done);
            grew |= joined != own.parameters[index];
            own.parameters[index] = joined;
        }
    }
    for (index, field) in function.fields.iter().enumerate() {
        if taint & super::ir::field_bit(index.min(FIELDS - 1)) == 0 {
            continue;
        }
        let known = own.fields.get(field).copied().unwrap_or_default();
        let joined = known.union(done);
        if joined != known {
            grew = true;
            own.fields.insert(field.clone(), joined);
        }
        let stored = own.stores.get(field).copied().unwrap_or(0);
        for index in 0..own.parameters.len() {
            if stored & parameter_bit(index) != 0 {
                own.parameters[index] = own.parameters[index].union(done);
            }
        }
    }
    if grew {
        for effect in done.effects.iter() {
            note(own, effect, through);
        }
    }
}

/// Keeps the first step towards an effect.
fn note(own: &mut Summary, effect: Effect, through: &Target) {
    if !own.next.iter().any(|(known, _)| *known == effect) {
        own.next.push((effect, through.clone()));
    }
}
