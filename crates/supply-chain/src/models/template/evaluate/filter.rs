//! Filters.

use super::super::{
    constant, names, prose,
    run::Machine,
    value::{Class, Const, Labels, Value, flip},
};
use super::condition::{literal, probe};
use modelward_formats::jinja::Args;

impl<'t> Machine<'t> {
    /// `value|name(args)`; `shape` is the filter before it, when there is one.
    pub(in super::super) fn filter(
        &mut self,
        base: Value,
        name: &str,
        args: &'t Args,
        line: u32,
        shape: &str,
    ) -> Value {
        let (positional, named) = self.args(args);
        self.check_filter(&base, name, &positional, &named, line);
        if base.labels.has(Labels::FUNCTION) && !matches!(name, "default" | "d") {
            self.stringified(line);
        }
        if matches!(name, "string" | "pprint" | "tojson" | "e" | "escape" | "urlencode" | "replace" | "safe")
            && matches!(shape, "select" | "reject" | "map" | "selectattr" | "rejectattr" | "batch" | "slice")
        {
            let message = "it turns a lazy sequence into text, whose form holds the characters that attacks are cut from".into();
            self.escape(line, false, "sequence as text", message, format!("|{shape}|{name}"));
        }
        let consts: Option<Vec<Const>> = positional.iter().map(|arg| arg.known.clone()).collect();
        if let (Some(known), Some(consts)) = (&base.known, &consts) {
            self.check_width(name, consts, line);
            let pads = if named.is_empty() { constant::filter(known, name, consts) } else { None };
            if let Some(folded) = pads {
                let mut value = Value::constant(folded, line);
                value.add_probes(&base.probes);
                return value;
            }
        }
        self.unfolded(base, name, &positional, &named, line)
    }

    fn check_filter(
        &mut self,
        base: &Value,
        name: &str,
        positional: &[Value],
        named: &[(&'t str, Value)],
        line: u32,
    ) {
        let by_name = |key: &str| named.iter().find(|(name, _)| *name == key).map(|(_, value)| value);
        let first_text = positional
            .first()
            .and_then(|value| value.known.as_ref())
            .and_then(Const::as_str)
            .map(str::to_owned);
        let attribute = match name {
            "attr" => positional.first().or_else(|| by_name("name")),
            "map" if first_text.as_deref() == Some("attr") => positional.get(1),
            "map" | "sort" | "unique" | "sum" | "min" | "max" | "join" => by_name("attribute"),
            "groupby" | "selectattr" | "rejectattr" => positional.first().or_else(|| by_name("attribute")),
            _ => None,
        };
        if let Some(attribute) = attribute {
            match attribute.known.as_ref().map(Const::text) {
                Some(path) => {
                    for step in path.split('.') {
                        if let Some(reason) = names::internal(step) {
                            let message = format!("it reaches for Python's internals: `{step}` is {reason}");
                            self.escape(line, true, step, message, format!("|{name}({path})"));
                        }
                    }
                }
                None if name == "attr" || first_text.as_deref() == Some("attr") => {
                    let message = "it reads an attribute whose name is computed while it runs".into();
                    self.escape(line, false, "computed attribute", message, "|attr(…)".into());
                }
                None => {}
            }
        }
        if name == "format" {
            self.check_format(base, line);
            self.percent(base, positional, line);
        }
        for value in positional.iter().chain(named.iter().map(|(_, value)| value)) {
            for text in value.known.iter().flat_map(Const::texts) {
                if name != "attr" {
                    self.check_text(text, line, "an argument");
                }
            }
        }
    }

    fn unfolded(
        &mut self,
        base: Value,
        name: &str,
        positional: &[Value],
        named: &[(&'t str, Value)],
        line: u32,
    ) -> Value {
        let written = base.labels.has(Labels::CONTENT);
        match name {
            "length" | "count" | "wordcount" => {
                let mut value = Value { probes: base.probes.clone(), ..Value::default() };
                if let Some(cut) = &base.cut {
                    value.add_probes(&[self.content_probe(cut, line)]);
                } else if written {
                    value.labels = Labels::LENGTH;
                }
                value
            }
            "replace" if written => self.replaced(&base, positional, line),
            "default" | "d" => {
                let mut value = base.clone();
                value.known = None;
                for default in positional.iter().take(1) {
                    let mut default = default.clone();
                    default.guard(&flip(&base.probes));
                    value.unite(&default);
                }
                value
            }
            "random" => {
                let mut value = base.clone();
                value.known = None;
                value.guard(&[probe(Labels::CONTENT, Class::Word, "chance", line)]);
                value
            }
            "select" | "reject" | "selectattr" | "rejectattr" => self.selected(&base, name, positional, line),
            "map" => {
                let attribute = named.iter().find(|(name, _)| *name == "attribute").map(|(_, value)| value);
                let mut value = match attribute.and_then(|value| value.known.as_ref()).and_then(Const::as_str)
                {
                    Some(path) => {
                        let last = path.rsplit('.').next().unwrap_or(path).to_owned();
                        self.attribute(&base, &last, line, true)
                    }
                    None => base.clone(),
                };
                if let Some((_, default)) = named.iter().find(|(name, _)| *name == "default") {
                    value.unite(default);
                }
                value.known = None;
                value
            }
            "regex_search" | "regex_findall" | "regex_match" | "search" | "match" | "contains" | "hash"
            | "md5" | "sha1" | "checksum"
                if written =>
            {
                let looked = positional.first().map(literal).unwrap_or_else(|| name.to_owned());
                let class = if prose::is_structural(&looked) { Class::Mark } else { Class::Word };
                let mut value = Value::labelled(Labels::CONTENT);
                value.add_probes(&[probe(Labels::CONTENT, class, &looked, line)]);
                value
            }
            "regex_replace" if written => self.replaced(&base, positional, line),
            "int" | "float" | "sum" | "min" | "max" if written => {
                let mut value = Value { probes: base.probes.clone(), ..Value::default() };
                value.labels = Labels::LENGTH;
                value
            }
            "trim" | "lower" | "upper" | "title" | "capitalize" | "string" | "e" | "escape" | "safe"
            | "tojson" | "list" | "first" | "last" | "reverse" | "sort" | "unique" | "truncate"
            | "indent" | "striptags" | "urlencode" | "items" | "dictsort" => {
                let mut value = base;
                value.known = None;
                if base_is_messages_text(&value, name) {
                    value.labels = value.labels.and(Labels::CONTENT);
                }
                if name != "list" {
                    value.cut = None;
                }
                value
            }
            _ => {
                let mut parts: Vec<&Value> = vec![&base];
                parts.extend(positional);
                parts.extend(named.iter().map(|(_, value)| value));
                Value::of(&parts)
            }
        }
    }

    /// A choice among messages: by a role it is structure, by what they hold it is an inspection.
    fn selected(&mut self, base: &Value, name: &str, positional: &[Value], line: u32) -> Value {
        let mut value = base.clone();
        value.known = None;
        let by_attribute = name.ends_with("attr");
        let attribute = positional
            .first()
            .and_then(|value| value.known.as_ref())
            .and_then(Const::as_str)
            .unwrap_or("")
            .to_owned();
        let data = if by_attribute {
            let last = attribute.rsplit('.').next().unwrap_or(&attribute).to_owned();
            self.attribute(base, &last, line, true)
        } else {
            base.clone()
        };
        let operands = if by_attribute { positional.get(2..) } else { positional.get(1..) }.unwrap_or(&[]);
        if let Some(operand) = operands.first()
            && data.labels.has(Labels::CONTENT)
        {
            let looked = literal(operand);
            let class = if prose::is_structural(&looked) { Class::Mark } else { Class::Word };
            let mut probe = probe(Labels::CONTENT, class, &looked, line);
            probe.negative = name.starts_with("reject");
            value.guard(std::slice::from_ref(&probe));
            value.add_probes(&[probe]);
        }
        value
    }
}

/// Whether turning it into text makes content of a whole message.
fn base_is_messages_text(value: &Value, name: &str) -> bool {
    value.labels.has(Labels::MESSAGES)
        && matches!(name, "string" | "tojson" | "e" | "escape" | "safe" | "urlencode" | "lower" | "upper")
}
