//! The dangerous event: a call of any callable with any arguments.

use super::{
    Kind,
    objects::Made,
    walk::{Verdict, Walk},
};
use crate::effects::{
    Resolved,
    effect::{Effect, EffectSet},
    table::{Parameter, Traits},
};
use modelward_formats::pickle::{Callee, Event, Value};
use modelward_kernel::Severity;

/// A whole number from which on an allocation by argument is out of proportion.
const LARGE: i64 = 1 << 28;

impl Walk<'_> {
    /// Judges a call and says what it gives.
    pub(super) fn call(
        &mut self,
        event: &Event,
        callee: &Callee,
        arguments: &[Value],
        keywords: &[(Value, Value)],
        clean: bool,
    ) -> Made {
        let Callee::Global { module, name } = callee else {
            return self.object_call(event, callee, arguments);
        };
        let resolved = self.resolve(module, name);
        match resolved.name.as_str() {
            "copyreg._reconstructor" | "copyreg.__newobj__" | "copyreg.__newobj_ex__" => {
                return self.reconstructor(event, &resolved, arguments);
            }
            // `type(None)` is how the types of singletons are pickled.
            "builtins.type" if arguments.len() == 1 && keywords.is_empty() => {
                return Made::Instance(String::new());
            }
            "builtins.getattr" if self.is_plain_attribute(arguments) => {}
            _ => self.global_call(event, &resolved, arguments, keywords, clean),
        }
        if let Some(made) = self.objects.looked_up(&resolved.name, arguments) {
            return made;
        }
        match &resolved.entry {
            Some(entry) if entry.traits.has(Traits::CLASS) => Made::Instance(resolved.name.clone()),
            Some(entry)
                if entry.allowed()
                    && !entry.effects.contains(Effect::Calls)
                    && !is_function(&resolved.name) =>
            {
                Made::Instance(resolved.name.clone())
            }
            _ => Made::Result(resolved.name.clone()),
        }
    }

    fn global_call(
        &mut self,
        event: &Event,
        resolved: &Resolved,
        arguments: &[Value],
        keywords: &[(Value, Value)],
        clean: bool,
    ) {
        let name = &resolved.name;
        let entry = resolved.entry.clone().unwrap_or_default();
        let harmful = entry.effects.harmful();
        if let Some(effect) = harmful.worst() {
            let only_loads =
                harmful == EffectSet::of(Effect::Deserialise) && entry.traits.has(Traits::TARGET);
            if only_loads && clean {
                let message =
                    format!("{name} loads a second pickle from bytes within this one, which was judged too");
                self.add(
                    event,
                    resolved,
                    Verdict::new(Kind::HarmfulCall, Severity::Low, message).effects(harmful),
                );
                return;
            }
            let given = !arguments.is_empty() || !keywords.is_empty();
            let alone = matches!(effect, Effect::State | Effect::Exhausts) || harmful.contains(Effect::State);
            let severity =
                if given || alone { effect.severity() } else { effect.severity().min(Severity::Medium) };
            let kind = if effect == Effect::Exhausts { Kind::Exhaustion } else { Kind::HarmfulCall };
            let message = format!("loading calls {name}, which {effect}");
            self.add(event, resolved, Verdict::new(kind, severity, message).effects(harmful));
            return;
        }
        if resolved.internal {
            let message = format!("loading reaches into the interpreter and calls {name}");
            let verdict = Verdict::new(Kind::HarmfulCall, Severity::High, message);
            self.add(event, resolved, verdict.effects(EffectSet::of(Effect::Attribute)));
            return;
        }
        let before = self.judged();
        if entry.effects.contains(Effect::Calls) {
            self.callables(event, resolved, arguments, keywords);
        }
        if !entry.allowed() {
            if self.judged() == before {
                self.unexpected(event, resolved);
            }
        } else if entry.traits.has(Traits::ALLOCATES) && arguments.iter().any(is_large) {
            let message =
                format!("loading allocates what an argument of {name} says, far more than the file holds");
            self.add(event, resolved, Verdict::new(Kind::Exhaustion, Severity::Medium, message));
        }
    }

    /// A call of something harmless or unknown that pickling does not emit.
    fn unexpected(&mut self, event: &Event, resolved: &Resolved) {
        let name = &resolved.name;
        let verdict = if resolved.entry.is_some() || resolved.analysed {
            let message = format!("loading calls {name}, which pickling an object never asks for");
            Verdict::new(Kind::NotProduced, Severity::Medium, message)
        } else {
            let message = format!("loading calls {name}, and no table of effects knows what that does");
            Verdict::new(Kind::Unrecognised, Severity::Medium, message)
        };
        self.add(event, resolved, verdict);
    }

    /// A call of something that the stream itself produced: only a pickle made by hand does that.
    fn object_call(&mut self, event: &Event, callee: &Callee, arguments: &[Value]) -> Made {
        if matches!(callee, Callee::Data) {
            return Made::Instance(String::new());
        }
        let (resolved, made) = match self.objects.reached(callee, arguments) {
            Some((module, name)) => {
                let resolved = self.resolve(&module, &name);
                let made = self.objects.looked_up(&resolved.name, arguments);
                let getter = matches!(callee, Callee::Object(id) if matches!(self.objects.get(*id), Some(Made::Getter(_))));
                let made = if getter { Some(Made::Named { module, name }) } else { made };
                ((*resolved).clone(), made)
            }
            None => (Resolved { name: "an object made while loading".into(), ..Resolved::default() }, None),
        };
        let effects = resolved.entry.as_ref().map_or(EffectSet::NONE, |entry| entry.effects.harmful());
        // A class method is pickled as an attribute of its class, and some classes are rebuilt by one of theirs.
        let emitted =
            resolved.entry.as_ref().is_some_and(|entry| entry.allowed() && entry.effects.is_empty());
        if emitted {
            return made.unwrap_or(Made::Instance(String::new()));
        }
        let message = match effects.worst() {
            Some(effect) => format!("loading reaches {} at run time, which {effect}", resolved.name),
            None => format!("loading calls {}, which only a pickle made by hand does", resolved.name),
        };
        let severity = effects.worst().map_or(Severity::High, |effect| effect.severity().max(Severity::High));
        let effects = if effects.is_empty() { EffectSet::of(Effect::Attribute) } else { effects };
        self.add(event, &resolved, Verdict::new(Kind::HarmfulCall, severity, message).effects(effects));
        made.unwrap_or(Made::Result(resolved.name))
    }

    /// `copyreg._reconstructor(cls, base, state)` and its like: a NEWOBJ written as a call, plus `base.__init__`.
    fn reconstructor(&mut self, event: &Event, function: &Resolved, arguments: &[Value]) -> Made {
        let (module, name) = match arguments.first() {
            Some(Value::Global { module, name }) => (module.clone(), name.clone()),
            Some(Value::Object(_)) => {
                self.callable(event, function, &arguments[0]);
                return Made::Instance(String::new());
            }
            _ => return Made::Instance(String::new()),
        };
        let class = self.resolve(&module, &name);
        self.instance(event, &class, arguments.get(1..).unwrap_or(&[]), &[]);
        if function.name == "copyreg._reconstructor"
            && let Some(base) = arguments.get(1)
        {
            self.callable(event, function, base);
        }
        Made::Instance(class.name.clone())
    }

    /// The arguments that the callee calls: each must be known to be harmless.
    pub(super) fn callables(
        &mut self,
        event: &Event,
        about: &Resolved,
        arguments: &[Value],
        keywords: &[(Value, Value)],
    ) {
        let named = about.entry.as_ref().map(|entry| entry.calls.clone()).unwrap_or_default();
        let named = if named.is_empty() { vec![Parameter::Position(0)] } else { named };
        for parameter in named {
            let value = match &parameter {
                Parameter::Position(index) => arguments.get(usize::from(*index)),
                Parameter::Keyword(name) => {
                    let given = keywords
                        .iter()
                        .find(|(key, _)| matches!(key, Value::Text { head, .. } if head == name));
                    given.map(|(_, value)| value)
                }
            };
            if let Some(value) = value {
                self.callable(event, about, value);
            }
        }
    }

    /// A value that `about` calls, or keeps to call it later.
    pub(super) fn callable(&mut self, event: &Event, about: &Resolved, value: &Value) {
        let (module, name) = match value {
            Value::Global { module, name } => (module.clone(), name.clone()),
            Value::Object(id) => match self.objects.get(*id).cloned() {
                Some(Made::Named { module, name } | Made::Partial { module, name }) => (module, name),
                Some(Made::Getter(_) | Made::Method(_)) => {
                    let message =
                        format!("{} would call an object that reaches attributes by name", about.name);
                    self.add(event, about, Verdict::new(Kind::HarmfulCall, Severity::High, message));
                    return;
                }
                Some(Made::Result(maker)) => {
                    let message = format!("{} would call what {maker} returned", about.name);
                    self.add(event, about, Verdict::new(Kind::Unrecognised, Severity::Medium, message));
                    return;
                }
                _ => return,
            },
            _ => return,
        };
        let resolved = self.resolve(&module, &name);
        let entry = resolved.entry.clone().unwrap_or_default();
        let effects = entry.effects.harmful();
        if let Some(effect) = effects.worst() {
            let message =
                format!("{} is handed to {}, which calls it: it {effect}", resolved.name, about.name);
            let verdict = Verdict::new(Kind::HarmfulCall, effect.severity(), message);
            self.add(event, &resolved, verdict.effects(effects));
        } else if resolved.internal
            || entry.effects.contains(Effect::Calls) && !is_holder(&resolved.name) && !entry.allowed()
        {
            let message = format!("{} is handed to {}, which calls it", resolved.name, about.name);
            self.add(event, &resolved, Verdict::new(Kind::NotProduced, Severity::Medium, message));
        } else if !entry.allowed() && (!resolved.analysed || !is_plain_function(&resolved.name)) {
            let message = format!(
                "{} is handed to {}, and no table of effects knows what it does",
                resolved.name, about.name
            );
            self.add(event, &resolved, Verdict::new(Kind::Unrecognised, Severity::Medium, message));
        }
    }

    /// `getattr(Class, "MEMBER")` of a class that is known: how members of enumerations and bound methods are pickled.
    fn is_plain_attribute(&mut self, arguments: &[Value]) -> bool {
        let [Value::Global { module, name }, Value::Text { head, .. }] = arguments else { return false };
        let plain = !head.starts_with('_') && head.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        let owner = self.resolve(module, name);
        let known =
            owner.entry.as_ref().is_some_and(|entry| entry.allowed() && entry.traits.has(Traits::CLASS));
        let attribute = self.resolve(module, &format!("{name}.{head}"));
        match attribute.entry.as_ref() {
            Some(entry) => entry.effects.is_empty() && (entry.allowed() || plain && known),
            None => plain && known,
        }
    }
}

fn is_holder(name: &str) -> bool {
    name == "functools.partial" || name == "_functools.partial"
}

/// Whether a function of an analysed package, listed nowhere, may be kept for a later call. A method may not: its class holds
/// what it works on. Nor may one of the standard library, beyond the modules that only compute: what is there reaches far.
fn is_plain_function(name: &str) -> bool {
    const COMPUTES: &[&str] = &[
        "math",
        "cmath",
        "operator",
        "statistics",
        "random",
        "string",
        "json",
        "re",
        "textwrap",
        "copy",
        "itertools",
        "decimal",
    ];
    let root = name.split('.').next().unwrap_or(name);
    let last = name.rsplit('.').nth(1).unwrap_or("");
    let method = last.trim_start_matches('_').starts_with(|c: char| c.is_uppercase());
    !method && (COMPUTES.contains(&root) || !crate::effects::standard::is_standard(root))
}

/// Whether the last part of a dotted name is spelled like a function.
fn is_function(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or("").trim_start_matches('_');
    last.chars().next().is_some_and(char::is_lowercase)
}

/// A size, or a shape whose product is one; items of a list are data.
fn is_large(value: &Value) -> bool {
    match value {
        Value::Int(number) => number.checked_abs().is_none_or(|size| size >= LARGE),
        Value::BigInt { .. } => true,
        Value::Tuple { items, .. } => {
            let sizes = items.iter().map(|item| match item {
                Value::Int(number) => u64::try_from(*number).unwrap_or(1),
                Value::BigInt { negative: false, .. } => u64::MAX,
                _ => 1,
            });
            sizes.fold(1_u64, u64::saturating_mul) >= LARGE.unsigned_abs()
        }
        _ => false,
    }
}
