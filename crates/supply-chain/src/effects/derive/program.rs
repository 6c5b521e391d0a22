//! All modules together: names are followed across files, and classes know their ancestors.

use super::ir::{Binding, Class, Function, Module, Path};
use crate::effects::{Effects, names::canonical, seeds::Seed};
use rayon::prelude::*;
use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

/// What a name is bound to, in the end.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) enum Target {
    Seed(u16),
    Function(u32),
    Class(u32),
    /// An object that a call of the class gave.
    Instance(u32),
    Module(u32),
    /// Something whose source is not among the modules, by its dotted name.
    External(Arc<str>),
}

const STEPS: u32 = 24;

#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) modules: Vec<Module>,
    pub(crate) by_name: HashMap<String, u32>,
    pub(crate) function_base: Vec<u32>,
    pub(crate) class_base: Vec<u32>,
    pub(crate) function_module: Vec<u32>,
    pub(crate) class_module: Vec<u32>,
    pub(crate) seeds: Vec<Seed>,
    seed_names: HashMap<String, u16>,
    /// Tables for what is not among the modules.
    pub(crate) background: Effects,
    /// Per module, what its paths resolve to.
    pub(crate) paths: Vec<Vec<Vec<Target>>>,
    /// Per class: itself and its ancestors whose source is known, nearest first.
    pub(crate) ancestors: Vec<Vec<u32>>,
    /// Per class: the dotted names of ancestors whose source is not known.
    pub(crate) foreign: Vec<BTreeSet<Arc<str>>>,
}

impl Program {
    pub(crate) fn new(mut modules: Vec<Module>, background: Effects) -> Self {
        modules.sort_by(|a, b| a.name.cmp(&b.name));
        modules.dedup_by(|a, b| a.name == b.name);
        let by_name = (0..).zip(&modules).map(|(index, module)| (module.name.clone(), index)).collect();
        let mut program = Program {
            by_name,
            function_base: Vec::new(),
            class_base: Vec::new(),
            function_module: Vec::new(),
            class_module: Vec::new(),
            seeds: crate::effects::seeds::all().collect(),
            seed_names: HashMap::new(),
            background,
            paths: Vec::new(),
            ancestors: Vec::new(),
            foreign: Vec::new(),
            modules,
        };
        for (index, seed) in (0..).zip(&program.seeds) {
            program.seed_names.entry(format!("{}.{}", seed.module, seed.name)).or_insert(index);
        }
        for (index, module) in (0_u32..).zip(&program.modules) {
            program.function_base.push(len(&program.function_module));
            program.class_base.push(len(&program.class_module));
            program.function_module.extend(module.functions.iter().map(|_| index));
            program.class_module.extend(module.classes.iter().map(|_| index));
        }
        program.find_ancestors();
        program.paths = (0..program.modules.len())
            .into_par_iter()
            .map(|index| {
                let module = &program.modules[index];
                let index = u32::try_from(index).unwrap_or(u32::MAX);
                module.paths.iter().map(|path| program.resolve(index, path, 0)).collect()
            })
            .collect();
        program
    }

    pub(crate) fn function(&self, id: u32) -> &Function {
        let module = self.function_module[id as usize];
        &self.modules[module as usize].functions[(id - self.function_base[module as usize]) as usize]
    }

    pub(crate) fn class(&self, id: u32) -> &Class {
        let module = self.class_module[id as usize];
        &self.modules[module as usize].classes[(id - self.class_base[module as usize]) as usize]
    }

    /// The module and the dotted name in it.
    pub(crate) fn class_name(&self, id: u32) -> (&str, &str) {
        (&self.modules[self.class_module[id as usize] as usize].name, &self.class(id).name)
    }

    pub(crate) fn function_name(&self, id: u32) -> (&str, &str) {
        (&self.modules[self.function_module[id as usize] as usize].name, &self.function(id).name)
    }

    /// The class that a function is a method of, among all.
    pub(crate) fn class_of(&self, function: u32) -> Option<u32> {
        let module = self.function_module[function as usize];
        Some(self.class_base[module as usize] + self.function(function).class?)
    }

    /// What a target is called.
    pub(crate) fn target_name(&self, target: &Target) -> String {
        match target {
            Target::Seed(seed) => {
                let seed = &self.seeds[usize::from(*seed)];
                format!("{}.{}", seed.module, seed.name)
            }
            Target::Function(id) => {
                let (module, name) = self.function_name(*id);
                format!("{module}.{name}")
            }
            Target::Class(id) | Target::Instance(id) => {
                let (module, name) = self.class_name(*id);
                format!("{module}.{name}")
            }
            Target::Module(id) => self.modules[*id as usize].name.clone(),
            Target::External(name) => name.to_string(),
        }
    }

    pub(crate) fn seed(&self, module: &str, name: &str) -> Option<u16> {
        self.seed_names.get(&format!("{module}.{name}")).copied()
    }

    /// Follows a dotted name from a module.
    pub(crate) fn resolve(&self, module: u32, path: &Path, depth: u32) -> Vec<Target> {
        let Some((first, rest)) = path.parts.split_first() else { return Vec::new() };
        let mut targets = if path.absolute {
            vec![self.module_named(first)]
        } else {
            let mut found = self.member(module, first, depth);
            if found.is_empty() {
                found.extend(self.outside("builtins", first));
            }
            found
        };
        for part in rest {
            let mut next: Vec<Target> = Vec::new();
            for target in &targets {
                for found in self.attribute(target, part, depth) {
                    if !next.contains(&found) && next.len() < 8 {
                        next.push(found);
                    }
                }
            }
            targets = next;
        }
        targets
    }

    fn module_named(&self, name: &str) -> Target {
        let (canonical, _) = canonical(name, "");
        match self.by_name.get(name).or_else(|| self.by_name.get(&canonical)) {
            Some(index) => Target::Module(*index),
            None => Target::External(canonical.into()),
        }
    }

    fn outside(&self, module: &str, name: &str) -> Option<Target> {
        let (module, name) = canonical(module, name);
        if let Some(seed) = self.seed(&module, &name) {
            return Some(Target::Seed(seed));
        }
        Some(Target::External(format!("{module}.{name}").into()))
    }

    /// A name in a module.
    pub(crate) fn member(&self, module: u32, name: &str, depth: u32) -> Vec<Target> {
        if depth > STEPS {
            return Vec::new();
        }
        let own = &self.modules[module as usize];
        if let Some(seed) = self.seed(&own.name, name) {
            return vec![Target::Seed(seed)];
        }
        if let Some(bindings) = own.bindings.get(name) {
            return self.bound(module, bindings, depth + 1);
        }
        for star in &own.stars {
            match self.module_named(star) {
                Target::Module(other) if other != module => {
                    let found =
                        if name.starts_with('_') { Vec::new() } else { self.member(other, name, depth + 4) };
                    if !found.is_empty() {
                        return found;
                    }
                }
                Target::External(other) => {
                    if let Some(seed) = self.seed(&other, name) {
                        return vec![Target::Seed(seed)];
                    }
                    if self.background.get(&other, name).is_some() {
                        return vec![Target::External(format!("{other}.{name}").into())];
                    }
                }
                _ => {}
            }
        }
        match self.by_name.get(&format!("{}.{name}", own.name)) {
            Some(index) if own.is_package => vec![Target::Module(*index)],
            _ => Vec::new(),
        }
    }

    fn bound(&self, module: u32, bindings: &[Binding], depth: u32) -> Vec<Target> {
        let mut targets: Vec<Target> = Vec::new();
        for binding in bindings {
            let found = match binding {
                Binding::Module(name) => vec![self.module_named(name)],
                Binding::From(from, name) => match self.module_named(from) {
                    Target::Module(other) => {
                        let found = if other == module && depth > 2 {
                            Vec::new()
                        } else {
                            self.member(other, name, depth + 1)
                        };
                        if found.is_empty() {
                            // It may be a submodule, or come from native code.
                            match self.by_name.get(&format!("{from}.{name}")) {
                                Some(index) => vec![Target::Module(*index)],
                                None => vec![Target::External(format!("{from}.{name}").into())],
                            }
                        } else {
                            found
                        }
                    }
                    Target::External(from) => match self.by_name.get(&format!("{from}.{name}")) {
                        Some(index) => vec![Target::Module(*index)],
                        None => self.outside(&from, name).into_iter().collect(),
                    },
                    _ => Vec::new(),
                },
                Binding::Function(id) => vec![Target::Function(self.function_base[module as usize] + id)],
                Binding::Class(id) => vec![Target::Class(self.class_base[module as usize] + id)],
                Binding::Same(path) => {
                    let path = &self.modules[module as usize].paths[*path as usize];
                    self.resolve(module, path, depth + 3)
                }
                Binding::Made(path) => {
                    let path = &self.modules[module as usize].paths[*path as usize];
                    let made = self.resolve(module, path, depth + 3).into_iter();
                    made.filter_map(|target| match target {
                        Target::Class(class) => Some(Target::Instance(class)),
                        _ => None,
                    })
                    .collect()
                }
                Binding::Opaque => Vec::new(),
            };
            for target in found {
                if !targets.contains(&target) && targets.len() < 8 {
                    targets.push(target);
                }
            }
        }
        targets
    }

    /// `target.name`.
    pub(crate) fn attribute(&self, target: &Target, name: &str, depth: u32) -> Vec<Target> {
        match target {
            Target::Module(module) => {
                let found = self.member(*module, name, depth + 1);
                if found.is_empty() && name != "__dict__" {
                    let own = &self.modules[*module as usize].name;
                    return vec![Target::External(format!("{own}.{name}").into())];
                }
                found
            }
            Target::Class(class) | Target::Instance(class) => self.method(*class, name, depth + 1),
            Target::External(owner) => match self.by_name.get(&format!("{owner}.{name}")) {
                Some(index) => vec![Target::Module(*index)],
                None => self.outside(owner, name).into_iter().collect(),
            },
            Target::Seed(seed) => {
                let seed = &self.seeds[usize::from(*seed)];
                let dotted = format!("{}.{}", seed.name, name);
                match self.seed(seed.module, &dotted) {
                    Some(found) => vec![Target::Seed(found)],
                    None => vec![Target::External(format!("{}.{dotted}", seed.module).into())],
                }
            }
            Target::Function(_) => Vec::new(),
        }
    }

    /// A method or attribute of a class, by its ancestors.
    pub(crate) fn method(&self, class: u32, name: &str, depth: u32) -> Vec<Target> {
        let mut ancestors = self.ancestors.get(class as usize).map(Vec::as_slice).unwrap_or_default();
        let own = [class];
        if ancestors.is_empty() {
            ancestors = &own;
        }
        for ancestor in ancestors {
            if let Some(bindings) = self.class(*ancestor).bindings.get(name) {
                return self.bound(self.class_module[*ancestor as usize], bindings, depth + 1);
            }
        }
        Vec::new()
    }

    /// The method that `super().name` reaches from `class`.
    pub(crate) fn super_method(&self, class: u32, name: &str) -> Vec<Target> {
        for ancestor in self.ancestors[class as usize].iter().skip(1) {
            if let Some(bindings) = self.class(*ancestor).bindings.get(name) {
                return self.bound(self.class_module[*ancestor as usize], bindings, 1);
            }
        }
        Vec::new()
    }

    fn find_ancestors(&mut self) {
        let bases: Vec<(Vec<u32>, Vec<Arc<str>>)> = (0..len(&self.class_module))
            .into_par_iter()
            .map(|id| {
                let module = self.class_module[id as usize];
                let mut known = Vec::new();
                let mut foreign = Vec::new();
                for base in &self.class(id).bases {
                    let path = &self.modules[module as usize].paths[*base as usize];
                    let targets = self.resolve(module, path, 0);
                    if targets.is_empty() {
                        foreign.push(path.parts.join(".").into());
                    }
                    for target in targets {
                        match target {
                            Target::Class(base) if base != id => known.push(base),
                            Target::Seed(_) | Target::External(_) => {
                                foreign.push(self.target_name(&target).into());
                                // A seed that is a class of the sources still has its ancestors.
                                if let Target::Seed(seed) = target {
                                    known.extend(self.class_behind(seed));
                                }
                            }
                            _ => {}
                        }
                    }
                }
                (known, foreign)
            })
            .collect();
        for id in 0..bases.len() {
            let mut order: Vec<u32> = Vec::new();
            let mut foreign = BTreeSet::new();
            let mut waiting = vec![u32::try_from(id).unwrap_or(u32::MAX)];
            while let Some(next) = waiting.pop() {
                if order.contains(&next) || order.len() > 200 {
                    continue;
                }
                order.push(next);
                let (known, unknown) = &bases[next as usize];
                foreign.extend(unknown.iter().cloned());
                waiting.extend(known.iter().rev());
            }
            self.ancestors.push(order);
            self.foreign.push(foreign);
        }
    }

    /// The class of the sources that a seed names, such as `enum.Enum`.
    pub(crate) fn class_behind(&self, seed: u16) -> Option<u32> {
        let seed = &self.seeds[usize::from(seed)];
        let module = *self.by_name.get(seed.module)?;
        self.modules[module as usize].bindings.get(seed.name)?.iter().find_map(|binding| match binding {
            Binding::Class(id) => Some(self.class_base[module as usize] + id),
            _ => None,
        })
    }
}

pub(crate) fn len<T>(items: &[T]) -> u32 {
    u32::try_from(items.len()).unwrap_or(u32::MAX)
}
