//! From a name as a pickle writes it to what the tables say about it.

use super::{Effects, Entry, effect::Effect, names::canonical, table::Traits};

/// What a name stands for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Resolved {
    /// The dotted name that it ends up at.
    pub name: String,
    /// What the tables say about it; none when they list nothing.
    pub entry: Option<Entry>,
    /// The package was analysed: what the tables do not list there has no effect, or does not exist.
    pub analysed: bool,
    /// A step of the dotted name is an attribute of the interpreter's own, such as `__globals__`.
    pub internal: bool,
}

impl Resolved {
    /// Naming it alone is a sign: an effect begins here.
    #[must_use]
    pub fn is_seed(&self) -> bool {
        self.entry.as_ref().is_some_and(|entry| entry.traits.has(Traits::SEED))
    }
}

const STEPS: usize = 16;

impl Effects {
    /// Follows `find_class(module, name)`: Python 2 names, other names for the same thing, and dotted names step by step
    /// through modules and classes. A dotted name that ends as a known harmful one (`joblib.os.system`) is taken for it.
    #[must_use]
    pub fn resolve(&self, module: &str, name: &str) -> Resolved {
        let (mut module, mut name) = canonical(module, name);
        let internal = name.split('.').any(is_internal);
        for _ in 0..STEPS {
            match self.step(&module, &name) {
                Some((next, rest)) => (module, name) = (next, rest),
                None => break,
            }
        }
        let mut resolved = Resolved {
            analysed: self.knows_package_of(&module),
            entry: self.get(&module, &name).or_else(|| self.any(&module, &name)),
            name: format!("{module}.{name}"),
            internal,
        };
        if resolved.entry.is_none()
            && let Some((name, entry)) = self.through(&module, &name)
        {
            resolved.name = name;
            resolved.entry = Some(entry);
        }
        resolved
    }

    /// One step from `module.name` to what the same thing is called elsewhere.
    fn step(&self, module: &str, name: &str) -> Option<(String, String)> {
        if let Some(entry) = self.get(module, name) {
            let alias = entry.alias?;
            return Some(match self.split(&alias) {
                Some((module, name)) => (module, name),
                None => (alias, String::new()),
            })
            .filter(|(_, name)| !name.is_empty());
        }
        let (first, rest) = name.split_once('.')?;
        let submodule = format!("{module}.{first}");
        if let Some(alias) = self.get(module, first).and_then(|entry| entry.alias) {
            return Some(match self.split(&alias) {
                Some((module, name)) if !self.has_module(&alias) => (module, format!("{name}.{rest}")),
                _ => (alias, rest.to_owned()),
            });
        }
        self.has_module(&submodule).then(|| (submodule, rest.to_owned()))
    }

    /// The entry of a native module that vouches for all names that it defines.
    fn any(&self, module: &str, name: &str) -> Option<Entry> {
        let plain = !name.contains('.') && name != "*";
        self.get(module, "*").filter(|_| plain)
    }

    /// Splits a dotted name into the longest module that is listed and the rest.
    #[must_use]
    pub fn split(&self, dotted: &str) -> Option<(String, String)> {
        let mut end = dotted.len();
        while let Some(at) = dotted[..end].rfind('.') {
            if self.has_module(&dotted[..at]) {
                return Some((dotted[..at].to_owned(), dotted[at + 1..].to_owned()));
            }
            end = at;
        }
        dotted.rsplit_once('.').map(|(module, name)| (module.to_owned(), name.to_owned()))
    }

    /// A harmful function at the end of a chain whose start is not known: the modules that a module imports are its attributes.
    fn through(&self, module: &str, name: &str) -> Option<(String, Entry)> {
        let whole = format!("{module}.{name}");
        let starts = whole.match_indices('.').map(|(at, _)| at + 1).take(STEPS);
        for start in starts {
            let (module, name) = self.split(&whole[start..])?;
            let (module, name) = canonical(&module, &name);
            if let Some(entry) = self.get(&module, &name)
                && (entry.traits.has(Traits::SEED) || entry.effects.harmful().iter().any(is_grave))
            {
                return Some((format!("{module}.{name}"), entry));
            }
        }
        None
    }

    /// The path from `name` to where its worst effect happens, for a person to follow.
    #[must_use]
    pub fn path(&self, resolved: &Resolved) -> Vec<String> {
        let mut path = vec![resolved.name.clone()];
        let mut next = resolved.entry.as_ref().and_then(|entry| entry.next.clone());
        while let Some(name) = next {
            if path.len() >= STEPS || path.contains(&name) {
                break;
            }
            next = self
                .split(&name)
                .and_then(|(module, rest)| self.get(&module, &rest))
                .and_then(|entry| entry.next);
            path.push(name);
        }
        path
    }
}

fn is_grave(effect: Effect) -> bool {
    matches!(effect, Effect::Process | Effect::Code | Effect::Native | Effect::Import | Effect::Deserialise)
}

fn is_internal(step: &str) -> bool {
    step.len() > 4 && step.starts_with("__") && step.ends_with("__")
}
