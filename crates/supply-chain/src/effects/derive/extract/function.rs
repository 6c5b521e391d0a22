//! Functions and their parameters.

use super::{BindingScope, Extractor, Own, Scope, Value, binds};
use crate::effects::derive::ir::{Binding, Binds, Emitted, Function, PARAMETERS, parameter_bit};
use ruff_python_ast::{Parameters, Stmt, StmtFunctionDef};

impl Extractor {
    pub(super) fn function(&mut self, scope: &mut Scope, function: &StmtFunctionDef) {
        for decorator in &function.decorator_list {
            self.expression(scope, &decorator.expression);
        }
        for parameter in function.parameters.iter_non_variadic_params() {
            if let Some(default) = parameter.default() {
                self.expression(scope, default);
            }
        }
        if scope.binding == BindingScope::Local {
            self.nested(scope, &function.parameters, &function.body);
            scope.locals.entry(function.name.as_str().into()).or_default();
            return;
        }
        let (class, binding) = match scope.binding {
            BindingScope::Class(class) => (Some(class), binds(function)),
            _ => (None, Binds::Nothing),
        };
        let name = match class {
            Some(class) => format!("{}.{}", self.module.classes[class as usize].name, function.name),
            None => function.name.as_str().to_owned(),
        };
        let inner = enter(name.into(), class, binding, &function.parameters);
        let id = self.function_body(inner, &function.body);
        self.bind(scope, function.name.as_str(), Binding::Function(id));
    }

    /// A function inside a function, or a lambda: its body counts as run, without knowing its arguments.
    pub(super) fn nested(&mut self, scope: &mut Scope, parameters: &Parameters, body: &[Stmt]) {
        let mut hidden = Vec::new();
        for parameter in parameters.iter() {
            let name: Box<str> = parameter.name().as_str().into();
            let before = scope.locals.insert(name.clone(), Value::default());
            hidden.push((name, before));
        }
        scope.depth += 1;
        self.statements(scope, body);
        scope.depth -= 1;
        for (name, before) in hidden {
            match before {
                Some(value) => scope.locals.insert(name, value),
                None => scope.locals.remove(&name),
            };
        }
    }
}

fn enter(name: Box<str>, class: Option<u32>, binds: Binds, parameters: &Parameters) -> Scope {
    let mut scope = Scope { class, ..Scope::default() };
    let mut function = Function { name, class, binds, ..Function::default() };
    let positional =
        parameters.posonlyargs.iter().chain(&parameters.args).map(|parameter| &parameter.parameter);
    let keyword_only = parameters.kwonlyargs.iter().map(|parameter| &parameter.parameter);
    let mut add = |name: &str, kind: u8, function: &mut Function| {
        let index = function.parameters.len();
        let mut value = Value::default();
        match (index, binds) {
            (0, Binds::Instance) => value.own = Own::Instance,
            (0, Binds::Class) => {
                value.own = Own::Class;
                value.callable = vec![Emitted::OwnClass];
            }
            _ => value.taint = parameter_bit(index),
        }
        if index < PARAMETERS || kind != 0 {
            function.parameters.push(name.into());
        }
        scope.locals.insert(name.into(), value);
        let at = u8::try_from(index.min(PARAMETERS - 1)).unwrap_or(0);
        match kind {
            1 => function.rest = Some(at),
            2 => function.rest_keywords = Some(at),
            _ => {}
        }
    };
    for parameter in positional {
        add(parameter.name.as_str(), 0, &mut function);
    }
    function.keyword_only = u8::try_from(function.parameters.len()).unwrap_or(u8::MAX);
    if let Some(parameter) = &parameters.vararg {
        add(parameter.name.as_str(), 1, &mut function);
    }
    for parameter in keyword_only {
        add(parameter.name.as_str(), 0, &mut function);
    }
    if let Some(parameter) = &parameters.kwarg {
        add(parameter.name.as_str(), 2, &mut function);
    }
    scope.function = function;
    scope
}
