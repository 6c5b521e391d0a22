//! One run of the unpickler, event by event.

use super::{
    Judgement, Kind,
    objects::{Made, Objects},
    render::Printer,
};
use crate::effects::{
    Effects, Resolved,
    effect::{Effect, EffectSet},
    table::Hook,
};
use modelward_formats::pickle::{Callee, Event, EventKind, Run, Value};
use modelward_kernel::Severity;
use std::{
    collections::{HashMap, HashSet},
    rc::Rc,
};

const INST: u8 = b'i';
const OBJ: u8 = b'o';

/// Judges one run. `clean` are the calls whose byte strings hold pickles that were judged and are harmless.
pub(super) fn run(run: &Run, effects: &Effects, clean: &HashSet<usize>) -> Vec<Judgement> {
    let mut walk = Walk {
        effects,
        resolved: HashMap::new(),
        objects: Objects::default(),
        printer: Printer::new(&run.events),
        called: called(&run.events),
        seen: HashSet::new(),
        out: Vec::new(),
    };
    for (index, event) in run.events.iter().enumerate() {
        walk.event(event, clean.contains(&index));
    }
    walk.out
}

/// The names that some event of the run calls: they are judged there, with their arguments.
fn called(events: &[Event]) -> HashSet<(&str, &str)> {
    let called = events.iter().filter_map(|event| match &event.kind {
        EventKind::Call { callee: Callee::Global { module, name }, .. } => {
            Some((module.as_str(), name.as_str()))
        }
        _ => None,
    });
    called.collect()
}

pub(super) struct Walk<'a> {
    effects: &'a Effects,
    resolved: HashMap<(String, String), Rc<Resolved>>,
    pub(super) objects: Objects,
    printer: Printer<'a>,
    called: HashSet<(&'a str, &'a str)>,
    /// Events that repeat one already judged, such as the thousandth tensor, are told apart by their callee and verdict.
    seen: HashSet<String>,
    out: Vec<Judgement>,
}

impl Walk<'_> {
    pub(super) fn resolve(&mut self, module: &str, name: &str) -> Rc<Resolved> {
        let key = (module.to_owned(), name.to_owned());
        if let Some(known) = self.resolved.get(&key) {
            return Rc::clone(known);
        }
        let resolved = Rc::new(self.effects.resolve(module, name));
        self.resolved.insert(key, Rc::clone(&resolved));
        resolved
    }

    pub(super) fn add(&mut self, event: &Event, about: &Resolved, verdict: Verdict) {
        if self.out.len() >= super::MOST {
            return;
        }
        let call = self.printer.event(event);
        if !self.seen.insert(format!("{:?} {call} {}", verdict.kind, about.name)) {
            return;
        }
        self.out.push(Judgement {
            kind: verdict.kind,
            severity: verdict.severity,
            message: verdict.message,
            name: about.name.clone(),
            call,
            effects: verdict.effects,
            path: self.effects.path(about),
            offset: event.offset,
            nested: None,
            data: false,
        });
    }

    /// How many judgements there are so far.
    pub(super) fn judged(&self) -> usize {
        self.out.len()
    }

    fn event(&mut self, event: &Event, clean: bool) {
        match &event.kind {
            EventKind::Import { module, name } => self.import(event, module, name),
            EventKind::ComputedImport { result, .. } => {
                let about = Resolved { name: "a computed name".into(), ..Resolved::default() };
                let message = "loading imports something whose name the stream computes".to_owned();
                let verdict = Verdict::new(Kind::HarmfulImport, Severity::High, message);
                self.add(event, &about, verdict.effects(EffectSet::of(Effect::Import)));
                self.objects.set(*result, Made::Result(about.name));
            }
            EventKind::Call { callee, arguments, keywords, result } => {
                let made = self.call(event, callee, arguments, keywords, clean);
                self.objects.set(*result, made);
            }
            EventKind::NewObject { callee, arguments, keywords, result } => {
                let made = self.new_object(event, callee, arguments, keywords);
                self.objects.set(*result, made);
            }
            EventKind::Build { target, state } => {
                self.write(event, target, Hook::SetState);
                self.kept_callables(event, target, state);
            }
            EventKind::SetItem { target, .. } => self.write(event, target, Hook::SetItem),
            EventKind::Append { target, .. } => self.write(event, target, Hook::Append),
            EventKind::Add { target, .. } => self.write(event, target, Hook::Add),
            EventKind::PersistentId { result, .. } => self.objects.set(*result, Made::Persistent),
            EventKind::Extension { code, result } => {
                let message =
                    format!("extension code {code} stands for a callable that only the loading host knows");
                let about = Resolved { name: format!("extension {code}"), ..Resolved::default() };
                self.add(event, &about, Verdict::new(Kind::Extension, Severity::Medium, message));
                self.objects.set(*result, Made::Result(String::new()));
            }
            EventKind::Buffer { result } => self.objects.set(*result, Made::Instance(String::new())),
        }
    }

    /// A name that is only imported: stored callables run later.
    fn import(&mut self, event: &Event, module: &str, name: &str) {
        if self.called.contains(&(module, name)) {
            return;
        }
        let resolved = self.resolve(module, name);
        let effects = resolved.entry.as_ref().map_or(EffectSet::NONE, |entry| entry.effects.harmful());
        let internal = resolved.internal && effects.is_empty() && name.split('.').count() > 1;
        if (!resolved.is_seed() || effects.is_empty()) && !internal {
            return;
        }
        let message = match effects.worst() {
            Some(effect) => {
                format!("loading hands out {}, which {effect} when it is called later", resolved.name)
            }
            None => format!("loading reaches into the interpreter: {module}.{name}"),
        };
        let severity = effects.worst().map_or(Severity::High, |effect| effect.severity().min(Severity::High));
        self.add(event, &resolved, Verdict::new(Kind::HarmfulImport, severity, message).effects(effects));
    }

    fn new_object(
        &mut self,
        event: &Event,
        callee: &Callee,
        arguments: &[Value],
        keywords: &[(Value, Value)],
    ) -> Made {
        let Callee::Global { module, name } = callee else {
            return self.call(event, callee, arguments, keywords, false);
        };
        let resolved = self.resolve(module, name);
        let by_hand = matches!(event.opcode, INST | OBJ);
        if by_hand && !is_class(&resolved) {
            return self.call(event, callee, arguments, keywords, false);
        }
        self.instance(event, &resolved, arguments, keywords);
        Made::Instance(resolved.name.clone())
    }

    /// `cls.__new__(cls, …)`: the constructor does not run.
    pub(super) fn instance(
        &mut self,
        event: &Event,
        class: &Resolved,
        arguments: &[Value],
        keywords: &[(Value, Value)],
    ) {
        let Some(entry) = &class.entry else { return };
        let given = !arguments.is_empty() || !keywords.is_empty();
        let mut effects = entry.hook(Hook::New);
        if class.is_seed() {
            // Types of the interpreter do their work in `__new__`.
            effects = effects.union(entry.effects);
        }
        if given && let Some(effect) = effects.harmful().worst() {
            let message = format!("loading makes a {}, which {effect}", class.name);
            let severity = effect.severity();
            self.add(event, class, Verdict::new(Kind::HarmfulCall, severity, message).effects(effects));
        } else if given && entry.effects.contains(Effect::Calls) {
            self.callables(event, class, arguments, keywords);
        }
    }

    /// BUILD, SETITEM, APPEND or ADD.
    fn write(&mut self, event: &Event, target: &Callee, hook: Hook) {
        match target {
            Callee::Data => {}
            Callee::Global { module, name } => {
                let resolved = self.resolve(module, name);
                self.overwrite(event, &resolved);
            }
            Callee::Object(id) => match self.objects.get(*id).cloned() {
                Some(Made::Module(module)) => {
                    let about = Resolved { name: module, ..Resolved::default() };
                    self.overwrite(event, &about);
                }
                Some(Made::Named { module, name }) => {
                    let resolved = self.resolve(&module, &name);
                    self.overwrite(event, &resolved);
                }
                Some(Made::Instance(class)) if !class.is_empty() => self.hook(event, &class, hook),
                Some(Made::Result(function)) if hook == Hook::SetItem && makes_array(&function) => {
                    self.item_of_array(event, &function);
                }
                Some(Made::Persistent) if hook != Hook::SetState => {
                    self.item_of_array(event, "persistent_load")
                }
                _ => {}
            },
        }
    }

    fn overwrite(&mut self, event: &Event, about: &Resolved) {
        let message = format!("loading rewrites {} in the running process", about.name);
        self.add(event, about, Verdict::new(Kind::Write, Severity::High, message));
    }

    fn item_of_array(&mut self, event: &Event, maker: &str) {
        let about = Resolved { name: maker.to_owned(), ..Resolved::default() };
        let message = "loading writes items into a tensor or storage, which no saved model does".to_owned();
        self.add(event, &about, Verdict::new(Kind::Write, Severity::High, message));
    }

    fn hook(&mut self, event: &Event, class: &str, hook: Hook) {
        let Some((module, name)) = self.effects.split(class) else { return };
        let resolved = self.resolve(&module, &name);
        let effects = resolved.entry.as_ref().map_or(EffectSet::NONE, |entry| entry.hook(hook)).harmful();
        if let Some(effect) = effects.worst() {
            let message = format!("restoring a {class} {effect}");
            let verdict = Verdict::new(Kind::HarmfulCall, effect.severity().min(Severity::High), message);
            self.add(event, &resolved, verdict.effects(effects));
        }
    }

    /// The state of something that calls what it holds, such as a `partial`.
    fn kept_callables(&mut self, event: &Event, target: &Callee, state: &Value) {
        let Callee::Object(id) = target else { return };
        let holder = match self.objects.get(*id) {
            Some(Made::Instance(class)) => is_holder(class),
            Some(Made::Partial { .. } | Made::Getter(_) | Made::Method(_)) => true,
            _ => false,
        };
        if let (true, Value::Tuple { items, .. }) = (holder, state) {
            let about = Resolved { name: "functools.partial".into(), ..Resolved::default() };
            for item in items {
                self.callable(event, &about, item);
            }
        }
    }
}

/// Whether the name is a class as far as the tables and its spelling say.
fn is_class(resolved: &Resolved) -> bool {
    use crate::effects::Traits;
    if let Some(entry) = &resolved.entry {
        return entry.traits.has(Traits::CLASS) || (entry.effects.is_empty() && entry.allowed());
    }
    let last = resolved.name.rsplit('.').next().unwrap_or("").trim_start_matches('_');
    last.chars().next().is_some_and(char::is_uppercase)
}

fn is_holder(class: &str) -> bool {
    class == "functools.partial" || class == "_functools.partial"
}

/// Functions that give tensors and arrays: an item write into one is a method call on memory.
fn makes_array(function: &str) -> bool {
    function.starts_with("torch._utils._rebuild") || function.starts_with("torch._tensor._rebuild")
}

/// A verdict before it has its place and its call.
#[derive(Debug)]
pub(super) struct Verdict {
    pub(super) kind: Kind,
    pub(super) severity: Severity,
    pub(super) message: String,
    pub(super) effects: EffectSet,
}

impl Verdict {
    pub(super) fn new(kind: Kind, severity: Severity, message: String) -> Self {
        Verdict { kind, severity, message, effects: EffectSet::NONE }
    }

    pub(super) fn effects(mut self, effects: EffectSet) -> Self {
        self.effects = effects;
        self
    }
}
