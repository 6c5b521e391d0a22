//! Calls: functions of the engine, macros, and methods of texts and containers.

use super::super::{
    constant, names, prose,
    run::{Machine, piece},
    value::{Class, Const, Labels, Value},
};
use super::condition::{literal, probe};
use modelward_formats::jinja::{Args, Expr, ExprKind};
use std::rc::Rc;

/// Jinja's sandbox refuses longer ranges (`MAX_RANGE`).
const MAX_RANGE: i128 = 100_000;

impl<'t> Machine<'t> {
    pub(super) fn call(&mut self, callee: &'t Expr, args: &'t Args, line: u32) -> Value {
        match &callee.kind {
            ExprKind::Name(name) => {
                let (positional, named) = self.args(args);
                self.check_args(&positional, &named, line);
                self.function(name, &positional, &named, line)
            }
            ExprKind::Attr(base, method) => {
                let own = self.field(base, method);
                let value = self.value(base);
                let (positional, named) = self.args(args);
                self.check_args(&positional, &named, line);
                if own.is_none() {
                    self.attribute(&value, method, line, false);
                }
                if matches!(&base.kind, ExprKind::Name(name) if name == "self")
                    && names::internal(method).is_none()
                {
                    return Value::default();
                }
                let result = self.method(&value, method, &positional, &named, line);
                if matches!(method.as_str(), "append" | "extend" | "insert" | "update" | "add" | "setdefault")
                    && let ExprKind::Name(_) | ExprKind::Attr(..) = &base.kind
                {
                    let mut grown = value;
                    grown.known = None;
                    positional.iter().for_each(|arg| grown.unite(arg));
                    self.bind(base, grown);
                }
                result
            }
            _ => {
                let value = self.value(callee);
                let (positional, named) = self.args(args);
                self.check_args(&positional, &named, line);
                let mut parts: Vec<&Value> = vec![&value];
                parts.extend(&positional);
                parts.extend(named.iter().map(|(_, value)| value));
                Value::of(&parts)
            }
        }
    }

    /// Names of Python's object model in arguments: they are on their way to an attribute.
    fn check_args(&mut self, positional: &[Value], named: &[(&'t str, Value)], line: u32) {
        for value in positional.iter().chain(named.iter().map(|(_, value)| value)) {
            for text in value.known.iter().flat_map(Const::texts) {
                self.check_text(text, line, "an argument");
            }
        }
        for (name, _) in named {
            if names::is_dunder(name) {
                self.check_text(name, line, "the name of an argument");
            }
        }
    }

    fn function(
        &mut self,
        name: &'t str,
        positional: &[Value],
        named: &[(&'t str, Value)],
        line: u32,
    ) -> Value {
        if self.macros.contains_key(name) {
            let named: Vec<(&str, Value)> =
                named.iter().map(|(name, value)| (*name, value.clone())).collect();
            return self.call_macro(name, positional, &named);
        }
        if !self.bindings.contains_key(name) && names::is_python_function(name) {
            let message = format!("it calls `{name}`, a function of Python that no template needs");
            let certain = !matches!(name, "type" | "object" | "vars" | "compile" | "globals" | "locals");
            self.escape(line, certain, name, message, format!("{name}(…)"));
        }
        let all: Vec<&Value> = positional.iter().chain(named.iter().map(|(_, value)| value)).collect();
        match name {
            "raise_exception" => Value::default(),
            "strftime_now" | "now" | "datetime" | "today" => Value::labelled(Labels::DATE),
            "range" => self.range(positional, line),
            "lipsum" => {
                if all
                    .iter()
                    .any(|value| value.known.as_ref().and_then(Const::as_int).is_some_and(|n| n > 10_000))
                {
                    self.exhaust(line, "lipsum", "it asks for a text without practical end".into());
                }
                Value::default()
            }
            "dict" => {
                // The names of arguments are data here: attacks join them.
                let mut pairs = Vec::new();
                for (key, value) in named {
                    pairs.push((Const::str(key), value.known.clone().unwrap_or(Const::None)));
                }
                let mut value = Value::of(&all);
                if positional.is_empty() {
                    value.known = Some(Const::Dict(Rc::new(pairs)));
                }
                value
            }
            _ => Value::of(&all),
        }
    }

    fn range(&mut self, positional: &[Value], line: u32) -> Value {
        let bounds: Vec<Option<i128>> =
            positional.iter().map(|value| value.known.as_ref().and_then(Const::as_int)).collect();
        let count = match bounds.as_slice() {
            [Some(stop)] => Some(*stop),
            [Some(start), Some(stop)] => Some(stop.saturating_sub(*start)),
            [Some(start), Some(stop), Some(step)] if *step != 0 => {
                stop.saturating_sub(*start).checked_div(*step)
            }
            _ => None,
        };
        let mut value = Value::of(&positional.iter().collect::<Vec<_>>());
        if let Some(count) = count {
            if count > MAX_RANGE {
                self.exhaust(line, "range", format!("it counts to {count}"));
            }
            value.known = Some(Const::Int(count));
        }
        value
    }

    fn method(
        &mut self,
        base: &Value,
        name: &str,
        positional: &[Value],
        named: &[(&'t str, Value)],
        line: u32,
    ) -> Value {
        if names::is_harmful_method(name) {
            let message =
                format!("it calls a method `{name}`, which runs or loads something outside of the template");
            self.escape(line, true, name, message, format!(".{name}(…)"));
        }
        if matches!(name, "format" | "format_map") {
            self.check_format(base, line);
        }
        let consts: Option<Vec<Const>> = positional.iter().map(|arg| arg.known.clone()).collect();
        if let (Some(known), Some(args), true) = (&base.known, &consts, named.is_empty()) {
            self.check_width(name, args, line);
            if let Some(folded) = constant::method(known, name, args) {
                let mut value = Value::constant(folded, line);
                value.add_probes(&base.probes);
                return value;
            }
        }
        let mut parts: Vec<&Value> = vec![base];
        parts.extend(positional);
        parts.extend(named.iter().map(|(_, value)| value));
        let mut value = Value::of(&parts);
        let arg = positional.first();
        let written = base.labels.has(Labels::CONTENT) || base.labels.has(Labels::DATE);
        match name {
            "startswith" | "endswith" | "find" | "rfind" | "index" | "rindex" | "count" | "__contains__"
            | "match" | "search"
                if written =>
            {
                let looked = arg.map(literal).unwrap_or_default();
                let word = arg.is_some_and(|arg| {
                    arg.known.iter().flat_map(Const::texts).any(|text| !prose::is_structural(text))
                        || !prose::is_structural(&looked)
                });
                let mut result = Value::default();
                result.add_probes(&base.probes);
                if !looked.trim().is_empty() || looked.chars().any(prose::is_hidden) {
                    let class =
                        if word && arg.is_some_and(|arg| arg.known.is_some() || !arg.pieces.is_empty()) {
                            Class::Word
                        } else {
                            Class::Mark
                        };
                    result.add_probes(&[probe(base.labels, class, &looked, line)]);
                }
                result
            }
            "isdigit" | "isalpha" | "isupper" | "islower" | "isspace" | "isalnum" | "isnumeric"
            | "isdecimal" | "istitle" | "isascii" | "isidentifier" | "isprintable"
                if written =>
            {
                let mut result = Value::default();
                result.add_probes(&[probe(base.labels, Class::Word, &format!("whether it {name}"), line)]);
                result
            }
            "split" | "rsplit" | "partition" | "rpartition" if written => {
                value.pieces.clear();
                value.cut = arg.map(|arg| literal(arg).into());
                value
            }
            "replace" if written => self.replaced(base, positional, line),
            "get" | "pop" if base.labels.has(Labels::MESSAGES.and(Labels::CONTENT)) => {
                let key =
                    arg.and_then(|arg| arg.known.as_ref()).and_then(Const::as_str).unwrap_or("").to_owned();
                let mut found = self.attribute(base, &key, line, true);
                if let Some(default) = positional.get(1) {
                    found.unite(default);
                    found.known = None;
                }
                found
            }
            "get" | "pop" => {
                let Some(arg) = arg else { return value };
                let mut found = self.item(base, arg, line);
                if let Some(default) = positional.get(1) {
                    found.unite(default);
                    found.known = None;
                }
                found
            }
            "strip" | "lstrip" | "rstrip" | "removeprefix" | "removesuffix" | "lower" | "upper" | "title"
            | "capitalize" | "casefold" => {
                // What is cut off is not put in.
                let mut own = base.clone();
                own.known = None;
                own
            }
            "append" | "extend" | "insert" | "update" | "add" => Value::default(),
            _ => value,
        }
    }

    /// Content in which a word is replaced: the new text is there only when the old one was.
    pub(super) fn replaced(&mut self, base: &Value, args: &[Value], line: u32) -> Value {
        let mut value = base.clone();
        value.known = None;
        let (Some(old), Some(new)) = (args.first(), args.get(1)) else { return value };
        let looked = literal(old);
        let trigger = self.content_probe(&looked, line);
        for text in new.known.iter().flat_map(Const::texts).filter(|text| !text.trim().is_empty()) {
            value.add_piece(piece(text, line, vec![trigger.clone()]));
        }
        value
    }

    /// `str.format` follows attributes and items of its arguments by itself.
    pub(super) fn check_format(&mut self, pattern: &Value, line: u32) {
        if pattern.known.is_none() && pattern.labels.has(Labels::CONTENT) {
            let message =
                "what somebody wrote is used as a format, which can read attributes of Python objects".into();
            self.escape(line, false, "format from content", message, String::new());
        }
        let texts: Vec<String> = match &pattern.known {
            Some(known) => known.texts().into_iter().map(str::to_owned).collect(),
            None => pattern.pieces.iter().map(|piece| piece.text.to_string()).collect(),
        };
        for text in texts {
            for (field, width) in constant::format_fields(&text) {
                if field.split(['.', '[', ']']).skip(1).any(|name| names::internal(name).is_some()) {
                    let message = format!("a format reads `{field}`, an internal name of Python");
                    self.escape(line, true, &field, message, text.chars().take(100).collect());
                }
                if width.is_some_and(|width| width > 10_000_000) {
                    self.exhaust(
                        line,
                        "format width",
                        "it formats a value to a width of many megabytes".into(),
                    );
                }
            }
        }
    }

    pub(super) fn check_width(&mut self, name: &str, args: &[Const], line: u32) {
        let wide = matches!(
            name,
            "center" | "ljust" | "rjust" | "zfill" | "indent" | "wordwrap" | "batch" | "slice" | "expandtabs"
        );
        if wide && args.iter().filter_map(Const::as_int).any(|width| width > 10_000_000) {
            self.exhaust(line, name, format!("`{name}` fills a text to a width of many megabytes"));
        }
    }
}
