//! Comparisons and tests: which of them inspect what somebody wrote.

use super::super::{
    prose,
    run::Machine,
    value::{Class, Const, Labels, Probe, Value, flip},
};
use modelward_formats::jinja::{Args, CompareOp, Expr};

impl<'t> Machine<'t> {
    pub(super) fn compare(&mut self, left: &'t Expr, rest: &'t [(CompareOp, Expr)], line: u32) -> Value {
        let mut result = Value::default();
        let mut left = self.value(left);
        for (op, right) in rest {
            let right = self.value(right);
            let one = self.comparison(*op, &left, &right, line);
            result.add_probes(&one.probes);
            if rest.len() == 1 {
                result.known = one.known;
            }
            left = right;
        }
        result
    }

    /// One comparison: its known outcome, or what it inspects.
    pub(super) fn comparison(&mut self, op: CompareOp, left: &Value, right: &Value, line: u32) -> Value {
        let negative = matches!(op, CompareOp::Ne | CompareOp::NotIn);
        let mut result = Value::default();
        if let (Some(a), Some(b)) = (&left.known, &right.known) {
            result.known = outcome(op, a, b).map(Const::Bool);
        }
        // A flag compared with a truth value stands for what the flag depends on.
        let inverted =
            [left, right].iter().any(|side| matches!(side.known, Some(Const::Bool(false) | Const::None)));
        for side in [left, right] {
            let probes = if negative != inverted { flip(&side.probes) } else { side.probes.clone() };
            result.add_probes(&probes);
        }
        let sides = if matches!(op, CompareOp::In | CompareOp::NotIn) && is_key_test(left, right) {
            None
        } else {
            [(left, right), (right, left)]
                .into_iter()
                .find_map(|(data, other)| self.inspection(data, other, op, line))
        };
        if let Some(mut probe) = sides {
            probe.negative = negative;
            result.add_probes(&[probe]);
        }
        result
    }

    /// What comparing `data` with `other` looks for, when `data` is something that somebody wrote.
    fn inspection(&self, data: &Value, other: &Value, op: CompareOp, line: u32) -> Option<Probe> {
        let labels = data.labels;
        if labels.has(Labels::DATE) {
            return Some(probe(labels, Class::Word, &literal(other), line));
        }
        if labels.has(Labels::LENGTH) {
            return match other.known.as_ref().and_then(Const::as_int) {
                Some(-1..=1) => None,
                Some(n) => Some(probe(Labels::CONTENT, Class::Word, &format!("a length of {n}"), line)),
                None => Some(probe(Labels::CONTENT, Class::Mark, "a length", line)),
            };
        }
        if !labels.has(Labels::CONTENT.and(Labels::TOOLS)) {
            return None;
        }
        let subject = if labels.has(Labels::CONTENT) { Labels::CONTENT } else { Labels::TOOLS };
        match &other.known {
            Some(Const::None | Const::Bool(_)) => None,
            Some(Const::Int(0)) if !matches!(op, CompareOp::In | CompareOp::NotIn) => None,
            Some(known) => {
                let texts = known.texts();
                let word = texts.iter().find(|text| !prose::is_structural(text)).copied();
                let class = if word.is_some() || matches!(known, Const::Int(_) | Const::Float(_)) {
                    Class::Word
                } else {
                    Class::Mark
                };
                if texts.iter().all(|text| text.trim().is_empty())
                    && !texts.iter().any(|text| text.chars().any(prose::is_hidden))
                    && class == Class::Mark
                {
                    return None;
                }
                Some(probe(subject, class, word.unwrap_or(&known.text()), line))
            }
            None if other.pieces.is_empty() => Some(probe(subject, Class::Mark, "a computed value", line)),
            None => {
                let word = other.pieces.iter().find(|piece| !prose::is_structural(&piece.text));
                let class = if word.is_some() { Class::Word } else { Class::Mark };
                Some(probe(subject, class, word.map_or("a computed value", |piece| &piece.text), line))
            }
        }
    }

    pub(super) fn test(&mut self, base: &'t Expr, name: &str, args: &'t Args, line: u32) -> Value {
        let value = self.value(base);
        let (positional, _) = self.args(args);
        let op = match name {
            "in" => Some(CompareOp::In),
            "eq" | "equalto" | "==" | "sameas" => Some(CompareOp::Eq),
            "ne" | "!=" => Some(CompareOp::Ne),
            "lt" | "lessthan" | "<" => Some(CompareOp::Lt),
            "gt" | "greaterthan" | ">" => Some(CompareOp::Gt),
            "le" | "<=" => Some(CompareOp::Le),
            "ge" | ">=" => Some(CompareOp::Ge),
            _ => None,
        };
        if let (Some(op), Some(other)) = (op, positional.first()) {
            return self.comparison(op, &value, other, line);
        }
        let mut result = Value::default();
        match name {
            "defined" | "none" | "undefined" | "string" | "mapping" | "iterable" | "sequence" | "boolean"
            | "callable" | "filter" | "test" => {
                // Whether something is there at all: a flag that is set on a path stands for the path.
                result.add_probes(&value.probes);
                if matches!(name, "undefined" | "none") {
                    result.probes = flip(&result.probes);
                }
            }
            "true" => result.add_probes(&value.probes),
            "false" => result.add_probes(&flip(&value.probes)),
            "number" | "integer" | "float" | "odd" | "even" | "divisibleby" => {
                result.add_probes(&value.probes);
                if value.labels.has(Labels::LENGTH.and(Labels::DATE)) {
                    result.add_probes(&[probe(
                        value.labels,
                        Class::Word,
                        &format!("whether it is {name}"),
                        line,
                    )]);
                }
            }
            _ => {
                result.add_probes(&value.probes);
                if value.labels.has(Labels::CONTENT.and(Labels::DATE)) {
                    let other =
                        positional.first().map(literal).unwrap_or_else(|| format!("whether it is {name}"));
                    let class = if prose::is_structural(&other) { Class::Mark } else { Class::Word };
                    result.add_probes(&[probe(value.labels, class, &other, line)]);
                }
            }
        }
        result
    }
}

/// Whether `a in b` asks for a key of a message and not for a word in a text. A part of a message that is written in
/// pieces is a dictionary as well, and its keys are few.
fn is_key_test(left: &Value, right: &Value) -> bool {
    right.labels.has(Labels::MESSAGES) && !right.labels.has(Labels::CONTENT)
        || right.labels.has(Labels::TOOLS)
        || (right.labels.has(Labels::CONTENT)
            && left.known.as_ref().and_then(Const::as_str).is_some_and(|key| super::STRUCTURE.contains(&key)))
}

pub(super) fn probe(subject: Labels, class: Class, literal: &str, line: u32) -> Probe {
    let subject = if subject.has(Labels::DATE) {
        Labels::DATE
    } else if subject.has(Labels::CONTENT) {
        Labels::CONTENT
    } else {
        subject
    };
    Probe {
        class,
        subject,
        literal: literal.chars().take(80).collect::<String>().into(),
        line,
        negative: false,
    }
}

pub(super) fn literal(value: &Value) -> String {
    match &value.known {
        Some(known) => known.text(),
        None => {
            value.pieces.first().map_or_else(|| "a computed value".to_owned(), |piece| piece.text.to_string())
        }
    }
}

fn outcome(op: CompareOp, a: &Const, b: &Const) -> Option<bool> {
    let order = || Some(a.as_int()?.cmp(&b.as_int()?));
    let contains = || match b {
        Const::Str(text) => Some(text.contains(a.as_str()?)),
        Const::List(items) => Some(items.contains(a)),
        Const::Dict(pairs) => Some(pairs.iter().any(|(key, _)| key == a)),
        _ => None,
    };
    Some(match op {
        CompareOp::Eq => a == b,
        CompareOp::Ne => a != b,
        CompareOp::Lt => order()?.is_lt(),
        CompareOp::Le => order()?.is_le(),
        CompareOp::Gt => order()?.is_gt(),
        CompareOp::Ge => order()?.is_ge(),
        CompareOp::In => contains()?,
        CompareOp::NotIn => !contains()?,
    })
}
