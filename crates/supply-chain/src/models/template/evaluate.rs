//! Expressions: their abstract values, and the remarks on the way.

mod call;
mod condition;
mod filter;

use super::{
    constant, names,
    run::Machine,
    value::{Const, Labels, Value, add, flip},
};
use modelward_formats::jinja::{Args, Binary, Expr, ExprKind, Unary};

/// Keys of messages, parts and tool calls that say how they are built, not what somebody wrote.
const STRUCTURE: &[&str] = &[
    "role",
    "type",
    "from",
    "id",
    "tool_call_id",
    "tool_calls",
    "function",
    "functions",
    "name",
    "index",
    "weight",
    "recipient",
    "channel",
    "image",
    "image_url",
    "video",
    "audio",
    "input_audio",
    "media",
    "mime_type",
    "loss",
    "train",
    "eot",
    "end",
];

/// Names of variables that hold what somebody wrote.
const WRITTEN: &[&str] = &[
    "prompt",
    "query",
    "question",
    "input",
    "inputs",
    "instruction",
    "user_input",
    "user_message",
    "user_prompt",
    "content",
    "text",
    "context",
    "passage",
    "document",
    "last_message",
    "user",
    "request",
    "completion",
];

const CONVERSATIONS: &[&str] = &[
    "messages",
    "message",
    "conversation",
    "conversations",
    "history",
    "chat_history",
    "turns",
    "dialog",
    "chat",
    "documents",
    "docs",
];

/// What a parameter of a macro may be that nobody has passed yet.
pub(super) fn parameter(name: &str) -> Value {
    free_name(name)
}

/// What a name may be that the template does not bind.
fn free_name(name: &str) -> Value {
    let labels = if CONVERSATIONS.contains(&name) {
        Labels::MESSAGES
    } else if matches!(name, "tools" | "functions" | "available_tools" | "tool" | "custom_tools") {
        Labels::TOOLS
    } else if WRITTEN.contains(&name) && name != "request" && name != "context" {
        Labels::CONTENT
    } else if names::is_engine_function(name) {
        Labels::FUNCTION
    } else if matches!(name, "now" | "today" | "date_string" | "current_date" | "datetime") {
        Labels::DATE
    } else {
        Labels::NONE
    };
    Value::labelled(labels)
}

impl<'t> Machine<'t> {
    /// The value of an expression.
    pub(super) fn value(&mut self, expr: &'t Expr) -> Value {
        if !self.step() {
            return Value::default();
        }
        if self.depth >= super::run::MAX_OPEN {
            self.exhausted = true;
            return Value::default();
        }
        self.depth += 1;
        let value = self.open_value(expr);
        self.depth -= 1;
        value
    }

    fn open_value(&mut self, expr: &'t Expr) -> Value {
        let line = expr.line;
        match &expr.kind {
            ExprKind::Str(text) => Value::constant(Const::str(text), line),
            ExprKind::Int(value) => Value::constant(Const::Int(*value), line),
            ExprKind::Float(value) => Value::constant(Const::Float(*value), line),
            ExprKind::Bool(value) => Value::constant(Const::Bool(*value), line),
            ExprKind::None => Value::constant(Const::None, line),
            ExprKind::Name(name) => self.name(name, line),
            ExprKind::List(items) | ExprKind::Tuple(items) => self.sequence(items, line),
            ExprKind::Dict(pairs) => self.dictionary(pairs, line),
            ExprKind::Attr(base, name) => {
                if let Some(value) = self.field(base, name) {
                    return value;
                }
                let base = self.value(base);
                self.attribute(&base, name, line, false)
            }
            ExprKind::Item(base, index) => {
                if let ExprKind::Str(name) = &index.kind
                    && let Some(value) = self.field(base, name)
                {
                    return value;
                }
                let base = self.value(base);
                let index = self.value(index);
                self.item(&base, &index, line)
            }
            ExprKind::Slice(base, parts) => self.slice(base, parts),
            ExprKind::Call(callee, args) => self.call(callee, args, line),
            ExprKind::Filter(base, name, args) => {
                let shape = base.as_deref().map_or("", shape);
                let base = base.as_ref().map(|base| self.value(base)).unwrap_or_default();
                self.filter(base, name, args, line, shape)
            }
            ExprKind::Test(base, name, args) => self.test(base, name, args, line),
            ExprKind::Unary(op, inner) => self.unary(*op, inner, line),
            ExprKind::Binary(op, left, right) => self.binary(*op, left, right, line),
            ExprKind::Concat(parts) => {
                let values: Vec<Value> = parts.iter().map(|part| self.value(part)).collect();
                self.concatenated(&values, line)
            }
            ExprKind::Compare(left, rest) => self.compare(left, rest, line),
            ExprKind::Cond(test, then, other) => {
                let test = self.value(test);
                let mut value = self.value(then);
                value.guard(&test.probes);
                value.add_probes(&test.probes);
                let mut other = other.as_ref().map(|other| self.value(other)).unwrap_or_default();
                other.guard(&flip(&test.probes));
                value.unite(&other);
                value
            }
        }
    }

    fn name(&mut self, name: &str, line: u32) -> Value {
        if let Some(value) = self.bindings.get(name) {
            return (**value).clone();
        }
        if names::is_dunder(name) {
            let message = format!("it reaches for Python's internals through the name `{name}`");
            self.escape(line, true, name, message, name.to_owned());
        }
        free_name(name)
    }

    /// A field of a namespace that the template keeps.
    fn field(&mut self, base: &Expr, name: &str) -> Option<Value> {
        let ExprKind::Name(owner) = &base.kind else { return None };
        self.bindings.get(format!("{owner}\0{name}").as_str()).map(|value| (**value).clone())
    }

    fn sequence(&mut self, items: &'t [Expr], line: u32) -> Value {
        let values: Vec<Value> = items.iter().map(|item| self.value(item)).collect();
        let known: Option<Vec<Const>> = values.iter().map(|value| value.known.clone()).collect();
        let mut whole = Value::of(&values.iter().collect::<Vec<_>>());
        if let Some(known) = known {
            whole = Value { probes: whole.probes, ..Value::constant(Const::list(known), line) };
        }
        whole
    }

    fn dictionary(&mut self, pairs: &'t [(Expr, Expr)], line: u32) -> Value {
        let mut known = Some(Vec::new());
        let mut whole = Value::default();
        for (key, value) in pairs {
            let (key, value) = (self.value(key), self.value(value));
            known = match (known, &key.known, &value.known) {
                (Some(mut pairs), Some(key), Some(value)) => {
                    pairs.push((key.clone(), value.clone()));
                    Some(pairs)
                }
                _ => None,
            };
            whole.unite(&value);
            // A key is emitted only when the dictionary itself is; it is what a look-up looks for.
            whole.unite(&key);
        }
        whole.known = None;
        match known {
            Some(known) => Value { probes: whole.probes, ..Value::constant(Const::Dict(known.into()), line) },
            None => whole,
        }
    }

    /// `base.name`, or `base['name']` when `item`.
    fn attribute(&mut self, base: &Value, name: &str, line: u32, item: bool) -> Value {
        let reason = names::internal(name).filter(|reason| {
            !item
                || names::is_dunder(name)
                || *reason != "a private name"
                || base.labels.has(Labels::FUNCTION)
        });
        if let Some(reason) = reason {
            let message = format!("it reaches for Python's internals: `{}` is {reason}", shorten(name));
            self.escape(line, true, name, message, format!(".{}", shorten(name)));
        }
        let mut value = Value { probes: base.probes.clone(), ..Value::default() };
        if let Some(known) = &base.known {
            let found = constant::item(known, &Const::str(name));
            if let Some(found) = found {
                let mut value = Value::constant(found, line);
                value.add_probes(&base.probes);
                return value;
            }
            value.pieces.clone_from(&base.pieces);
        } else if !base.labels.has(Labels::MESSAGES.and(Labels::CONTENT)) {
            value.pieces.clone_from(&base.pieces);
        }
        value.labels = if base.labels.has(Labels::MESSAGES.and(Labels::CONTENT)) {
            match name {
                "tool_calls" | "function" | "functions" => Labels::MESSAGES,
                _ if STRUCTURE.contains(&name) => Labels::NONE,
                _ => Labels::CONTENT.and(Labels::MESSAGES),
            }
        } else {
            base.labels.without(Labels::LAZY)
        };
        value
    }

    fn item(&mut self, base: &Value, index: &Value, line: u32) -> Value {
        if let Some(known) = &index.known {
            if let Some(name) = known.as_str() {
                let name = name.to_owned();
                let mut value = self.attribute(base, &name, line, true);
                value.guard(&index.probes);
                value.add_probes(&index.probes);
                return value;
            }
            if let Some(found) = base.known.as_ref().and_then(|base| constant::item(base, known)) {
                let mut value = Value::constant(found, line);
                value.add_probes(&base.probes);
                return value;
            }
            let mut value = base.clone();
            value.known = None;
            value.cut = None;
            return value;
        }
        for piece in &index.pieces {
            if names::is_dunder(&piece.text) {
                let (text, line) = (piece.text.clone(), piece.line);
                self.check_text(&text, line, "a subscript");
            }
        }
        let mut value = base.clone();
        value.known = None;
        value.cut = None;
        let mut guards = index.probes.clone();
        if index.labels.has(Labels::CONTENT) || index.labels.has(Labels::DATE) {
            // A look-up by what somebody wrote: the keys are the triggers.
            let keys = match &base.known {
                Some(Const::Dict(pairs)) => {
                    pairs.iter().map(|(key, _)| key.text()).collect::<Vec<_>>().join(", ")
                }
                _ => "a key".to_owned(),
            };
            let mut probe = self.content_probe(&keys, line);
            probe.subject = index.labels;
            add(&mut guards, &[probe]);
        }
        value.guard(&guards);
        value.add_probes(&guards);
        value
    }

    fn slice(&mut self, base: &'t Expr, parts: &'t [Option<Expr>; 3]) -> Value {
        let line = base.line;
        let mut value = self.value(base);
        let bounds: Vec<Option<Value>> =
            parts.iter().map(|part| part.as_ref().map(|part| self.value(part))).collect();
        let known = |position: usize| {
            bounds
                .get(position)
                .and_then(Option::as_ref)
                .map(|bound| bound.known.as_ref().and_then(Const::as_int))
        };
        let folded = match (&value.known, [known(0), known(1), known(2)]) {
            (Some(base), parts) if parts.iter().all(|part| *part != Some(None)) => {
                constant::slice(base, parts.map(Option::flatten))
            }
            _ => None,
        };
        if let Some(folded) = folded {
            let probes = std::mem::take(&mut value.probes);
            let mut value = Value::constant(folded, line);
            value.add_probes(&probes);
            return value;
        }
        value.known = None;
        for bound in bounds.iter().flatten() {
            value.guard(&bound.probes);
            value.add_probes(&bound.probes);
        }
        value
    }

    fn unary(&mut self, op: Unary, inner: &'t Expr, line: u32) -> Value {
        let value = self.value(inner);
        let known = match (op, &value.known) {
            (Unary::Not, Some(known)) => Some(Const::Bool(!known.truth())),
            (Unary::Neg, Some(known)) => known.as_int().and_then(i128::checked_neg).map(Const::Int),
            (Unary::Pos, Some(known)) => Some(known.clone()),
            _ => None,
        };
        let probes = if op == Unary::Not { flip(&value.probes) } else { value.probes.clone() };
        let mut result =
            known.map_or_else(|| Value::labelled(Labels::NONE), |known| Value::constant(known, line));
        result.add_probes(&probes);
        result
    }

    fn binary(&mut self, op: Binary, left: &'t Expr, right: &'t Expr, line: u32) -> Value {
        let left = self.value(left);
        let mut right = self.value(right);
        match op {
            Binary::And | Binary::Or => {
                let guards = if op == Binary::And { left.probes.clone() } else { flip(&left.probes) };
                right.guard(&guards);
                let mut value = left;
                // `a and b` gives a only when a is empty.
                if op == Binary::And && value.known.is_none() {
                    value.pieces.clear();
                }
                value.unite(&right);
                value
            }
            Binary::Add => self.concatenated(&[left, right], line),
            Binary::Mul => self.product(&left, &right, line),
            Binary::Mod if left.known.as_ref().is_some_and(|known| known.as_str().is_some()) => {
                self.percent(&left, &[right], line)
            }
            Binary::Pow => {
                let exponent = right.known.as_ref().and_then(Const::as_int);
                let base = left.known.as_ref().and_then(Const::as_int);
                if exponent.is_some_and(|e| e > 100_000) && base.is_none_or(|b| b.unsigned_abs() > 1) {
                    self.exhaust(
                        line,
                        "power",
                        "it raises a number to a power that has no end in practice".into(),
                    );
                }
                let power = base
                    .zip(exponent.and_then(|e| u32::try_from(e).ok()))
                    .and_then(|(b, e)| b.checked_pow(e));
                match power {
                    Some(power) => Value::constant(Const::Int(power), line),
                    None => Value::of(&[&left, &right]),
                }
            }
            Binary::Sub | Binary::Div | Binary::FloorDiv | Binary::Mod => {
                let known = match (
                    left.known.as_ref().and_then(Const::as_int),
                    right.known.as_ref().and_then(Const::as_int),
                ) {
                    (Some(a), Some(b)) => match op {
                        Binary::Sub => a.checked_sub(b),
                        Binary::FloorDiv => a.checked_div_euclid(b),
                        Binary::Mod => a.checked_rem_euclid(b),
                        _ => None,
                    },
                    _ => None,
                };
                let mut value = Value::of(&[&left, &right]);
                if op != Binary::Sub && value.labels.has(Labels::LENGTH) {
                    // A length that is reckoned with is a trigger, and no question whether something is there.
                    value.add_probes(&[condition::probe(
                        Labels::CONTENT,
                        super::value::Class::Word,
                        "a length that is reckoned with",
                        line,
                    )]);
                }
                if let Some(known) = known {
                    value = Value { probes: value.probes, ..Value::constant(Const::Int(known), line) };
                }
                value
            }
        }
    }

    fn product(&mut self, left: &Value, right: &Value, line: u32) -> Value {
        if let (Some(a), Some(b)) = (&left.known, &right.known) {
            let length = |text: &Const| match text {
                Const::Str(text) => Some(text.len() as i128),
                Const::List(items) => Some(items.len() as i128),
                _ => None,
            };
            let size = length(a)
                .zip(b.as_int())
                .or_else(|| length(b).zip(a.as_int()))
                .map(|(n, m)| n.saturating_mul(m));
            if size.is_some_and(|size| size > 10_000_000) {
                self.exhaust(line, "repeat", format!("it repeats a text to {} bytes", size.unwrap_or(0)));
            }
            if let Some(known) = constant::multiply(a, b) {
                let mut value = Value::constant(known, line);
                value.add_probes(&left.probes);
                value.add_probes(&right.probes);
                return value;
            }
        }
        // A text times an inspection is there or not: `'…' * ('word' in content)`.
        let mut value = Value::of(&[left, right]);
        value.guard(&left.probes);
        value.guard(&right.probes);
        value
    }

    /// Texts one after the other.
    fn concatenated(&mut self, values: &[Value], line: u32) -> Value {
        let known = values.iter().try_fold(Const::str(""), |sum, value| {
            let next = value.known.as_ref()?;
            match (&sum, next) {
                (Const::Str(text), next) if text.is_empty() => Some(next.clone()),
                (Const::Str(text), Const::Int(_) | Const::Bool(_)) => {
                    Some(Const::str(format!("{text}{}", next.text())))
                }
                _ => constant::add(&sum, next),
            }
        });
        let mut whole = Value::of(&values.iter().collect::<Vec<_>>());
        for value in values {
            if value.labels.has(Labels::FUNCTION) {
                self.stringified(line);
            }
        }
        if let Some(known) = known {
            whole = Value { probes: whole.probes, ..Value::constant(known, line) };
        }
        whole
    }

    /// An engine function as text: its form holds names and underscores from which attacks are cut.
    fn stringified(&mut self, line: u32) {
        let message = "it turns a function of the template engine into text".into();
        self.escape(line, false, "function as text", message, String::new());
    }

    fn args(&mut self, args: &'t Args) -> (Vec<Value>, Vec<(&'t str, Value)>) {
        let mut positional: Vec<Value> = args.positional.iter().map(|arg| self.value(arg)).collect();
        positional.extend(args.spread.iter().map(|arg| self.value(arg)).collect::<Vec<_>>());
        let named = args.named.iter().map(|(name, arg)| (name.as_str(), self.value(arg))).collect();
        (positional, named)
    }

    fn percent(&mut self, pattern: &Value, args: &[Value], line: u32) -> Value {
        let text = pattern.known.as_ref().and_then(Const::as_str).unwrap_or("").to_owned();
        if percent_width(&text) > 10_000_000 {
            self.exhaust(line, "format width", "it formats a value to a width of many megabytes".into());
        }
        let known: Option<Vec<Const>> = args.iter().map(|arg| arg.known.clone()).collect();
        let known = known.map(|known| match known.as_slice() {
            [Const::List(items)] => items.to_vec(),
            _ => known,
        });
        let mut whole = Value::of(&std::iter::once(pattern).chain(args).collect::<Vec<_>>());
        if let Some(folded) = known.and_then(|known| constant::format_percent(&text, &known)) {
            whole = Value { probes: whole.probes, ..Value::constant(folded, line) };
        }
        whole
    }
}

/// The greatest width that a `%` pattern asks for.
fn percent_width(pattern: &str) -> u64 {
    let widths = pattern.split('%').skip(1).map(|part| {
        let digits: String = part
            .trim_start_matches(['-', '+', ' ', '#', '0'])
            .chars()
            .take_while(char::is_ascii_digit)
            .collect();
        digits.parse().unwrap_or(if digits.len() > 18 { u64::MAX } else { 0 })
    });
    widths.max().unwrap_or(0)
}

fn shorten(name: &str) -> String {
    name.chars().take(60).collect()
}

/// The last filter of a chain, which says whether a value is a lazy sequence.
fn shape(expr: &Expr) -> &str {
    match &expr.kind {
        ExprKind::Filter(_, name, _) => name,
        _ => "",
    }
}
