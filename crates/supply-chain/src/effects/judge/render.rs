//! Calls as Python would write them, short enough for a report.

use modelward_formats::pickle::{Callee, Event, EventKind, ObjectId, Value};
use std::{collections::HashMap, fmt::Write as _};

const DEPTH: usize = 5;
const ARGUMENTS: usize = 8;
const TEXT: usize = 120;
const WHOLE: usize = 400;

/// Finds the event that made an object, to print the object as the expression that makes it.
#[derive(Debug)]
pub(super) struct Printer<'a> {
    events: &'a [Event],
    makers: HashMap<ObjectId, usize>,
}

impl<'a> Printer<'a> {
    pub(super) fn new(events: &'a [Event]) -> Self {
        let makers = events.iter().enumerate().filter_map(|(index, event)| match &event.kind {
            EventKind::Call { result, .. }
            | EventKind::NewObject { result, .. }
            | EventKind::ComputedImport { result, .. }
            | EventKind::PersistentId { result, .. }
            | EventKind::Extension { result, .. } => Some((*result, index)),
            _ => None,
        });
        Printer { events, makers: makers.collect() }
    }

    /// The event as an expression or a statement.
    pub(super) fn event(&self, event: &Event) -> String {
        let mut out = String::new();
        self.write_event(&mut out, event, 0);
        if out.len() > WHOLE {
            out.truncate(out.floor_char_boundary(WHOLE));
            out.push('…');
        }
        out
    }

    fn write_event(&self, out: &mut String, event: &Event, depth: usize) {
        if out.len() > WHOLE {
            return;
        }
        match &event.kind {
            EventKind::Import { module, name } => {
                let _ = write!(out, "{module}.{name}");
            }
            EventKind::ComputedImport { module, name, .. } => {
                out.push_str("import ");
                self.value(out, module, depth + 1);
                out.push_str(" . ");
                self.value(out, name, depth + 1);
            }
            EventKind::Call { callee, arguments, keywords, .. } => {
                self.callee(out, callee, depth);
                self.arguments(out, arguments, keywords, depth);
            }
            EventKind::NewObject { callee, arguments, keywords, .. } => {
                self.callee(out, callee, depth);
                out.push_str(".__new__");
                self.arguments(out, arguments, keywords, depth);
            }
            EventKind::Build { target, state } => {
                self.callee(out, target, depth);
                out.push_str(".__setstate__(");
                self.value(out, state, depth + 1);
                out.push(')');
            }
            EventKind::SetItem { target, key, value } => {
                self.callee(out, target, depth);
                out.push('[');
                self.value(out, key, depth + 1);
                out.push_str("] = ");
                self.value(out, value, depth + 1);
            }
            EventKind::Append { target, item } => self.method(out, target, ".append(", item, depth),
            EventKind::Add { target, item } => self.method(out, target, ".add(", item, depth),
            EventKind::PersistentId { id, .. } => {
                out.push_str("persistent_load(");
                self.value(out, id, depth + 1);
                out.push(')');
            }
            EventKind::Extension { code, .. } => {
                let _ = write!(out, "extension {code}");
            }
            EventKind::Buffer { .. } => out.push_str("buffer"),
        }
    }

    fn method(&self, out: &mut String, target: &Callee, method: &str, item: &Value, depth: usize) {
        self.callee(out, target, depth);
        out.push_str(method);
        self.value(out, item, depth + 1);
        out.push(')');
    }

    fn callee(&self, out: &mut String, callee: &Callee, depth: usize) {
        match callee {
            Callee::Global { module, name } => {
                let _ = write!(out, "{module}.{name}");
            }
            Callee::Object(id) => self.object(out, *id, depth + 1),
            Callee::Data => out.push_str("<data>"),
        }
    }

    fn object(&self, out: &mut String, id: ObjectId, depth: usize) {
        match self.makers.get(&id).and_then(|index| self.events.get(*index)) {
            Some(event) if depth <= DEPTH => self.write_event(out, event, depth),
            _ => out.push('…'),
        }
    }

    fn arguments(&self, out: &mut String, arguments: &[Value], keywords: &[(Value, Value)], depth: usize) {
        out.push('(');
        self.list(out, arguments, depth);
        for (key, value) in keywords.iter().take(ARGUMENTS) {
            out.push_str(", ");
            match key {
                Value::Text { head, .. } => out.push_str(head),
                other => self.value(out, other, depth + 1),
            }
            out.push('=');
            self.value(out, value, depth + 1);
        }
        out.push(')');
    }

    fn list(&self, out: &mut String, items: &[Value], depth: usize) {
        for (index, item) in items.iter().take(ARGUMENTS).enumerate() {
            out.push_str(if index == 0 { "" } else { ", " });
            self.value(out, item, depth + 1);
        }
        if items.len() > ARGUMENTS {
            out.push_str(", …");
        }
    }

    fn value(&self, out: &mut String, value: &Value, depth: usize) {
        if depth > DEPTH || out.len() > WHOLE {
            out.push('…');
            return;
        }
        match value {
            Value::None => out.push_str("None"),
            Value::Bool(truth) => out.push_str(if *truth { "True" } else { "False" }),
            Value::Int(number) => {
                let _ = write!(out, "{number}");
            }
            Value::BigInt { negative, bits } => {
                let _ =
                    write!(out, "<{}whole number of {bits} bits>", if *negative { "negative " } else { "" });
            }
            Value::Float(number) => {
                let _ = write!(out, "{number}");
            }
            Value::Text { head, length } => quoted(out, head, *length),
            Value::Bytes { head, length, .. } => bytes(out, head, *length),
            Value::List { items, .. } => self.bracketed(out, "[", items, "]", depth),
            Value::Tuple { items, .. } => {
                self.bracketed(out, "(", items, if items.len() == 1 { ",)" } else { ")" }, depth)
            }
            Value::Set { items, .. } => self.bracketed(out, "{", items, "}", depth),
            Value::Dict { entries, .. } => {
                out.push('{');
                for (index, (key, value)) in entries.iter().take(ARGUMENTS).enumerate() {
                    out.push_str(if index == 0 { "" } else { ", " });
                    self.value(out, key, depth + 1);
                    out.push_str(": ");
                    self.value(out, value, depth + 1);
                }
                out.push_str(if entries.len() > ARGUMENTS { ", …}" } else { "}" });
            }
            Value::Global { module, name } => {
                let _ = write!(out, "{module}.{name}");
            }
            Value::Object(id) => self.object(out, *id, depth + 1),
            Value::Cut => out.push('…'),
        }
    }

    fn bracketed(&self, out: &mut String, open: &str, items: &[Value], close: &str, depth: usize) {
        out.push_str(open);
        self.list(out, items, depth);
        out.push_str(close);
    }
}

fn quoted(out: &mut String, head: &str, length: u64) {
    let short = &head[..head.floor_char_boundary(TEXT)];
    let _ = write!(out, "{short:?}");
    if (short.len() as u64) < length {
        out.push('…');
    }
}

fn bytes(out: &mut String, head: &[u8], length: u64) {
    if length > TEXT as u64 / 2 {
        let _ = write!(out, "<{length} bytes>");
        return;
    }
    out.push_str("b\"");
    let _ = write!(out, "{}", head.escape_ascii());
    out.push('"');
}
