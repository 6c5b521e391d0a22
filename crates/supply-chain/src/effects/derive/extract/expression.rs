//! Expressions: what flows into their value, and the calls in them.

use super::{BindingScope, Extractor, Own, Scope, Value};
use crate::effects::derive::ir::{Call, Callee, Emitted, MARK, Mode, PathId, field_bit};
use ruff_python_ast::{Comprehension, Expr, ExprCall};

/// Functions of the interpreter whose result says next to nothing about what they were given.
const FORGETS: &[&str] = &[
    "len",
    "isinstance",
    "issubclass",
    "int",
    "float",
    "bool",
    "hash",
    "id",
    "callable",
    "hasattr",
    "ord",
    "type",
];

/// Texts up to this length are followed: names of modules and functions are short.
const TEXT: usize = 100;

impl Extractor {
    pub(super) fn expression(&mut self, scope: &mut Scope, expression: &Expr) -> Value {
        match expression {
            Expr::Name(name) => self.name(scope, name.id.as_str()),
            Expr::Attribute(attribute) => {
                let owner = self.expression(scope, &attribute.value);
                self.attribute(scope, owner, attribute.attr.as_str())
            }
            Expr::Call(call) => self.call(scope, call),
            Expr::Subscript(subscript) => {
                let owner = self.expression(scope, &subscript.value);
                let key = self.expression(scope, &subscript.slice);
                let looked_up = owner.names && key.taint != 0;
                let taint = if looked_up { key.taint | MARK } else { owner.taint | key.taint };
                Value { taint, ..Value::default() }
            }
            Expr::Tuple(tuple) => self.tuple(scope, &tuple.elts),
            Expr::List(list) => Value { plain: true, ..self.all(scope, &list.elts) },
            Expr::Set(set) => Value { plain: true, ..self.all(scope, &set.elts) },
            Expr::Dict(dict) => {
                let mut taint = 0;
                for item in &dict.items {
                    if let Some(key) = &item.key {
                        taint |= self.expression(scope, key).taint;
                    }
                    taint |= self.expression(scope, &item.value).taint;
                }
                Value { taint, plain: true, ..Value::default() }
            }
            Expr::BoolOp(operation) => {
                let values: Vec<Value> =
                    operation.values.iter().map(|value| self.expression(scope, value)).collect();
                either(values)
            }
            Expr::If(branch) => {
                self.expression(scope, &branch.test);
                let values =
                    vec![self.expression(scope, &branch.body), self.expression(scope, &branch.orelse)];
                either(values)
            }
            Expr::BinOp(operation) => {
                let left = self.expression(scope, &operation.left);
                let right = self.expression(scope, &operation.right);
                let text = match (left.text, right.text) {
                    (Some(a), Some(b))
                        if operation.op == ruff_python_ast::Operator::Add && a.len() + b.len() <= TEXT =>
                    {
                        Some(format!("{a}{b}").into())
                    }
                    _ => None,
                };
                Value {
                    taint: left.taint | right.taint,
                    plain: left.plain || right.plain,
                    text,
                    ..Value::default()
                }
            }
            Expr::UnaryOp(operation) => {
                let taint = self.expression(scope, &operation.operand).taint;
                let not = operation.op == ruff_python_ast::UnaryOp::Not;
                Value { taint: if not { 0 } else { taint }, ..Value::default() }
            }
            Expr::Compare(compare) => {
                self.expression(scope, &compare.left);
                for value in &*compare.comparators {
                    self.expression(scope, value);
                }
                Value::default()
            }
            Expr::Named(named) => {
                let value = self.expression(scope, &named.value);
                self.assign(scope, &named.target, value.clone(), Some(&named.value));
                value
            }
            Expr::Lambda(lambda) => self.lambda(scope, lambda),
            Expr::ListComp(list) => self.comprehension(scope, &list.generators, &[&list.elt]),
            Expr::SetComp(set) => self.comprehension(scope, &set.generators, &[&set.elt]),
            Expr::Generator(generator) => self.comprehension(scope, &generator.generators, &[&generator.elt]),
            Expr::DictComp(dict) => match &dict.key {
                Some(key) => self.comprehension(scope, &dict.generators, &[key, &dict.value]),
                None => self.comprehension(scope, &dict.generators, &[&dict.value]),
            },
            Expr::Await(value) => self.expression(scope, &value.value),
            Expr::Yield(value) => match &value.value {
                Some(value) => self.expression(scope, value),
                None => Value::default(),
            },
            Expr::YieldFrom(value) => self.expression(scope, &value.value),
            Expr::Starred(starred) => {
                Value { taint: self.expression(scope, &starred.value).taint, ..Value::default() }
            }
            Expr::FString(text) => {
                let mut taint = 0;
                for element in text.value.elements() {
                    if let Some(element) = element.as_interpolation() {
                        taint |= self.expression(scope, &element.expression).taint;
                    }
                }
                Value { taint, plain: true, ..Value::default() }
            }
            Expr::StringLiteral(text) => {
                let text = Some(text.value.to_str()).filter(|text| text.len() <= TEXT);
                Value { plain: true, text: text.map(Into::into), ..Value::default() }
            }
            Expr::BytesLiteral(_) => Value { plain: true, ..Value::default() },
            Expr::Slice(slice) => {
                let parts = slice.lower.iter().chain(&slice.upper).chain(&slice.step);
                let taint = parts.fold(0, |taint, part| taint | self.expression(scope, part).taint);
                Value { taint, ..Value::default() }
            }
            _ => Value::default(),
        }
    }

    fn name(&mut self, scope: &mut Scope, name: &str) -> Value {
        if let Some(value) = scope.locals.get(name) {
            return value.clone();
        }
        let path = self.path(false, vec![name.into()]);
        self.named(path)
    }

    fn named(&self, path: PathId) -> Value {
        Value { path: Some(path), callable: vec![Emitted::Path(path)], ..Value::default() }
    }

    fn attribute(&mut self, scope: &mut Scope, owner: Value, name: &str) -> Value {
        if let Some(path) = owner.path {
            let path = self.longer(path, name);
            let names = name == "__dict__" || (name == "modules" && self.is(path, &["sys", "modules"]));
            return Value { names, taint: owner.taint, ..self.named(path) };
        }
        match (owner.own, name) {
            (Own::Instance, "__class__") => {
                Value { own: Own::Class, callable: vec![Emitted::OwnClass], ..Value::default() }
            }
            (Own::Instance, "__dict__") => Value { names: true, ..Value::default() },
            (Own::Instance, field) => {
                let known = scope.fields.get(field).cloned().unwrap_or_default();
                let index = match scope.function.fields.iter().position(|own| &**own == field) {
                    Some(index) => index,
                    None => {
                        scope.function.fields.push(field.into());
                        scope.function.fields.len() - 1
                    }
                };
                let callable = vec![Emitted::Method(field.into())];
                Value {
                    taint: known.taint | field_bit(index),
                    field: Some(field.into()),
                    callable,
                    emits: Vec::new(),
                    ..known
                }
            }
            (Own::Class, field) => {
                Value { callable: vec![Emitted::Method(field.into())], ..Value::default() }
            }
            (_, "__dict__") => Value { taint: owner.taint, names: true, ..Value::default() },
            _ => Value { taint: owner.taint, ..Value::default() },
        }
    }

    fn is(&self, path: PathId, parts: &[&str]) -> bool {
        let path = &self.module.paths[path as usize].parts;
        path.len() == parts.len() && path.iter().zip(parts).all(|(a, b)| &**a == *b)
    }

    fn all(&mut self, scope: &mut Scope, items: &[Expr]) -> Value {
        let taint = items.iter().fold(0, |taint, item| taint | self.expression(scope, item).taint);
        Value { taint, ..Value::default() }
    }

    /// A tuple; in the shape `(callable, arguments, …)` it is what a reducer returns.
    fn tuple(&mut self, scope: &mut Scope, items: &[Expr]) -> Value {
        let values: Vec<Value> = items.iter().map(|item| self.expression(scope, item)).collect();
        let taint = values.iter().fold(0, |taint, value| taint | value.taint);
        let shape = (2..=6).contains(&items.len())
            && matches!(
                items[1],
                Expr::Tuple(_)
                    | Expr::Name(_)
                    | Expr::Call(_)
                    | Expr::BinOp(_)
                    | Expr::Attribute(_)
                    | Expr::Subscript(_)
                    | Expr::If(_)
            );
        let emits = if shape { values[0].callable.clone() } else { Vec::new() };
        Value { taint, emits, plain: true, ..Value::default() }
    }

    fn lambda(&mut self, scope: &mut Scope, lambda: &ruff_python_ast::ExprLambda) -> Value {
        let mut hidden = Vec::new();
        for parameter in lambda.parameters.iter().flat_map(|parameters| parameters.iter()) {
            let name: Box<str> = parameter.name().as_str().into();
            hidden.push((name.clone(), scope.locals.insert(name, Value::default())));
        }
        let value = self.expression(scope, &lambda.body);
        for (name, before) in hidden {
            match before {
                Some(value) => scope.locals.insert(name, value),
                None => scope.locals.remove(&name),
            };
        }
        // What a lambda returns could be what pickling emits.
        let Value { emits, .. } = value;
        if !emits.is_empty() {
            let function = crate::effects::derive::ir::Function {
                name: "<lambda>".into(),
                class: scope.class,
                emits,
                ..Default::default()
            };
            self.new_function(function);
        }
        Value { taint: value.taint & !MARK, ..Value::default() }
    }

    fn comprehension(&mut self, scope: &mut Scope, generators: &[Comprehension], items: &[&Expr]) -> Value {
        // In the scope of a module the targets must not become names of it.
        let outer = std::mem::replace(&mut scope.binding, BindingScope::Local);
        for generator in generators {
            let value = self.expression(scope, &generator.iter);
            self.assign(scope, &generator.target, Value { taint: value.taint, ..Value::default() }, None);
            for test in &generator.ifs {
                self.expression(scope, test);
            }
        }
        let taint = items.iter().fold(0, |taint, item| taint | self.expression(scope, item).taint);
        scope.binding = outer;
        Value { taint, plain: true, ..Value::default() }
    }

    fn call(&mut self, scope: &mut Scope, call: &ExprCall) -> Value {
        let (callee, receiver, owner) = self.callee(scope, &call.func);
        let mut made = Call { callee, receiver, ..Call::default() };
        let mut first = Value::default();
        let mut second = Value::default();
        for (index, argument) in call.arguments.args.iter().enumerate() {
            let value = self.expression(scope, argument);
            if let Expr::Starred(_) = argument {
                made.spread |= value.taint;
            } else {
                made.arguments.push(value.taint);
            }
            match index {
                0 => first = value,
                1 => second = value,
                _ => {}
            }
        }
        made.mode = mode(call);
        for keyword in &call.arguments.keywords {
            let taint = self.expression(scope, &keyword.value).taint;
            match &keyword.arg {
                Some(name) => made.keywords.push((name.as_str().into(), taint)),
                None => made.spread |= taint,
            }
        }
        let given = made.arguments.iter().chain(made.keywords.iter().map(|(_, taint)| taint));
        let given = given.fold(made.spread, |all, taint| all | taint);
        let path = match made.callee {
            Callee::Path(path) => Some(path),
            _ => None,
        };
        let name = path.map(|path| self.module.paths[path as usize].parts.clone()).unwrap_or_default();
        let name: Vec<&str> = name.iter().map(|part| &**part).collect();
        if let Some(own) = owner.filter(|_| given != 0) {
            self.taint_holder(scope, own, given & !MARK);
        }
        let special = self.special(&name, &first, &second, given);
        if name.ends_with(&["copyreg", "pickle"]) || name.ends_with(&["copy_reg", "pickle"]) {
            let reducer = call.arguments.args.get(1).map(|argument| self.expression(scope, argument));
            self.module.registered.extend(reducer.and_then(|value| value.path));
        }
        let index = self.keep(scope, made, given | receiver);
        if let Some(value) = special {
            return value;
        }
        Value { taint: (given | receiver) & !MARK, made: path, call: index, ..Value::default() }
    }

    /// Calls whose result is known by their name.
    fn special(&mut self, name: &[&str], first: &Value, second: &Value, given: u64) -> Option<Value> {
        if let ["__import__"] | ["importlib", "import_module"] | ["import_module"] = name
            && let Some(module) = &first.text
        {
            let path = self.path(true, vec![module.clone()]);
            return Some(self.named(path));
        }
        match name {
            ["type"] if first.own == Own::Instance => {
                Some(Value { own: Own::Class, callable: vec![Emitted::OwnClass], ..Value::default() })
            }
            ["getattr"] => {
                if let (Some(path), Some(name)) = (first.path, &second.text) {
                    let path = self.longer(path, name);
                    return Some(self.named(path));
                }
                // Who chooses the name chooses what is called; the object alone does not.
                let taint = if second.taint == 0 { given } else { second.taint | MARK };
                Some(Value { taint, ..Value::default() })
            }
            ["globals" | "locals"] => Some(Value { names: true, ..Value::default() }),
            ["vars"] => Some(Value { names: true, taint: given, ..Value::default() }),
            [only] if FORGETS.contains(only) => Some(Value::default()),
            ["str" | "repr" | "list" | "dict" | "tuple" | "set" | "bytes" | "sorted" | "frozenset"] => {
                Some(Value { taint: given & !MARK, plain: true, ..Value::default() })
            }
            _ => None,
        }
    }

    /// What is called, what its object holds, and the variable that holds the object.
    fn callee<'a>(&mut self, scope: &mut Scope, function: &'a Expr) -> (Callee, u64, Option<&'a Expr>) {
        let Expr::Attribute(attribute) = function else {
            let value = self.expression(scope, function);
            let callee = match (&value.path, value.call) {
                (Some(path), _) => Callee::Path(*path),
                (None, Some(call)) if value.taint & MARK == 0 => Callee::Result(call),
                _ if value.own == Own::Class => Callee::Own("__init__".into()),
                _ if value.taint != 0 => Callee::Value,
                _ => Callee::Nothing,
            };
            return (callee, value.taint, None);
        };
        let name: Box<str> = attribute.attr.as_str().into();
        if is_super(&attribute.value) {
            return (Callee::Super(name), 0, None);
        }
        let owner = self.expression(scope, &attribute.value);
        let holder = Some(&*attribute.value);
        if let Some(path) = owner.path {
            let path = self.longer(path, &name);
            return (Callee::Path(path), owner.taint, None);
        }
        match owner.own {
            Own::Instance | Own::Class => return (Callee::Own(name), 0, None),
            Own::No => {}
        }
        if let Some(field) = owner.field {
            return (Callee::Field(field, name), owner.taint, holder);
        }
        if let Some(made) = owner.made {
            return (Callee::Made(made, name), owner.taint, holder);
        }
        if owner.plain {
            return (Callee::Nothing, owner.taint, holder);
        }
        (Callee::Method(name), owner.taint, holder)
    }

    fn keep(&mut self, scope: &mut Scope, call: Call, flows: u64) -> Option<u32> {
        let wanted = match &call.callee {
            Callee::Nothing => false,
            Callee::Own(_) | Callee::Super(_) | Callee::Field(..) => true,
            // Without anything that a caller chose only what the callee returns can matter.
            Callee::Path(path) => flows != 0 || !self.is_builtin(*path),
            _ => flows != 0,
        };
        if !wanted {
            return None;
        }
        scope.function.calls.push(call);
        u32::try_from(scope.function.calls.len() - 1).ok()
    }

    fn is_builtin(&self, path: PathId) -> bool {
        let path = &self.module.paths[path as usize];
        path.parts.len() == 1 && !path.absolute && FORGETS.contains(&&*path.parts[0])
    }
}

fn is_super(expression: &Expr) -> bool {
    matches!(expression, Expr::Call(call) if matches!(&*call.func, Expr::Name(name) if name.id.as_str() == "super"))
}

/// A value that is one of several.
fn either(values: Vec<Value>) -> Value {
    let mut result = Value::default();
    for value in values {
        result.taint |= value.taint;
        result.plain |= value.plain;
        result.path = result.path.or(value.path);
        result.made = result.made.or(value.made);
        result.call = result.call.or(value.call);
        result.callable.extend(value.callable);
        result.emits.extend(value.emits);
    }
    result
}

/// The mode of `open(path, mode)`, when it is a constant.
fn mode(call: &ExprCall) -> Mode {
    let keyword =
        call.arguments.keywords.iter().find(|keyword| {
            keyword.arg.as_ref().is_some_and(|name| matches!(name.as_str(), "mode" | "flag"))
        });
    let position = if matches!(&*call.func, Expr::Attribute(attribute) if attribute.attr.as_str() == "open" && call.arguments.args.len() == 1)
    {
        0
    } else {
        1
    };
    let argument = keyword.map(|keyword| &keyword.value).or_else(|| call.arguments.args.get(position));
    match argument {
        None => Mode::Absent,
        Some(Expr::StringLiteral(text)) => {
            let text = text.value.to_str();
            if text.chars().all(|c| "rwaxbt+U:|gzbx2".contains(c)) && text.contains(['w', 'a', 'x', '+']) {
                Mode::Write
            } else {
                Mode::Read
            }
        }
        Some(_) => Mode::Unknown,
    }
}
