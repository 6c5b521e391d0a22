//! Statements: what they bind, and what flows through them.

use super::{BindingScope, Extractor, Own, Scope, Value, last_name};
use crate::effects::derive::ir::{Binding, Class, Function};
use ruff_python_ast::{ExceptHandler, Expr, Stmt, StmtClassDef, StmtImport, StmtImportFrom};

impl Extractor {
    pub(super) fn statements(&mut self, scope: &mut Scope, body: &[Stmt]) {
        for statement in body {
            self.statement(scope, statement);
        }
    }

    fn statement(&mut self, scope: &mut Scope, statement: &Stmt) {
        match statement {
            Stmt::FunctionDef(function) => self.function(scope, function),
            Stmt::ClassDef(class) => self.class(scope, class),
            Stmt::Return(value) => {
                if let Some(value) = &value.value {
                    let value = self.expression(scope, value);
                    self.returned(scope, &value);
                }
            }
            Stmt::Assign(assign) => {
                let value = self.expression(scope, &assign.value);
                for target in &assign.targets {
                    self.assign(scope, target, value.clone(), Some(&assign.value));
                }
            }
            Stmt::AnnAssign(assign) => {
                if let Some(value) = &assign.value {
                    let known = self.expression(scope, value);
                    self.assign(scope, &assign.target, known, Some(value));
                }
            }
            Stmt::AugAssign(assign) => {
                let mut value = self.expression(scope, &assign.value);
                value.taint |= self.expression(scope, &assign.target).taint;
                self.assign(
                    scope,
                    &assign.target,
                    Value { taint: value.taint, plain: value.plain, ..Value::default() },
                    None,
                );
            }
            Stmt::For(each) => {
                let value = self.expression(scope, &each.iter);
                self.assign(scope, &each.target, element(&value), None);
                self.statements(scope, &each.body);
                self.statements(scope, &each.orelse);
            }
            Stmt::While(each) => {
                self.expression(scope, &each.test);
                self.statements(scope, &each.body);
                self.statements(scope, &each.orelse);
            }
            Stmt::If(branch) => {
                if is_main_guard(&branch.test) {
                    return;
                }
                self.expression(scope, &branch.test);
                self.statements(scope, &branch.body);
                for clause in &branch.elif_else_clauses {
                    if let Some(test) = &clause.test {
                        self.expression(scope, test);
                    }
                    self.statements(scope, &clause.body);
                }
            }
            Stmt::With(with) => {
                for item in &with.items {
                    let value = self.expression(scope, &item.context_expr);
                    if let Some(target) = &item.optional_vars {
                        self.assign(scope, target, value, None);
                    }
                }
                self.statements(scope, &with.body);
            }
            Stmt::Match(matched) => {
                self.expression(scope, &matched.subject);
                for case in &matched.cases {
                    if let Some(guard) = &case.guard {
                        self.expression(scope, guard);
                    }
                    self.statements(scope, &case.body);
                }
            }
            Stmt::Raise(raise) => {
                for value in raise.exc.iter().chain(&raise.cause) {
                    self.expression(scope, value);
                }
            }
            Stmt::Try(attempt) => {
                self.statements(scope, &attempt.body);
                for ExceptHandler::ExceptHandler(handler) in &attempt.handlers {
                    self.statements(scope, &handler.body);
                }
                self.statements(scope, &attempt.orelse);
                self.statements(scope, &attempt.finalbody);
            }
            Stmt::Assert(assert) => {
                self.expression(scope, &assert.test);
            }
            Stmt::Import(import) => self.import(scope, import),
            Stmt::ImportFrom(import) => self.import_from(scope, import),
            Stmt::Expr(statement) => {
                self.expression(scope, &statement.value);
            }
            _ => {}
        }
    }

    fn import(&mut self, scope: &mut Scope, import: &StmtImport) {
        for alias in &import.names {
            let whole = alias.name.as_str();
            let (name, module) = match &alias.asname {
                Some(name) => (name.as_str(), whole),
                None => {
                    let first = whole.split('.').next().unwrap_or(whole);
                    (first, first)
                }
            };
            let path = self.path(true, vec![module.into()]);
            self.bind(scope, name, Binding::Module(module.into()));
            if scope.binding == BindingScope::Local {
                scope.locals.insert(name.into(), Value { path: Some(path), ..Value::default() });
            }
        }
    }

    fn import_from(&mut self, scope: &mut Scope, import: &StmtImportFrom) {
        let module = self.absolute(import.module.as_ref().map(|module| module.as_str()), import.level);
        for alias in &import.names {
            let name = alias.name.as_str();
            if name == "*" {
                if scope.binding == BindingScope::Module {
                    self.module.stars.push(module.as_str().into());
                }
                continue;
            }
            let own = alias.asname.as_ref().map_or(name, |own| own.as_str());
            self.bind(scope, own, Binding::From(module.as_str().into(), name.into()));
            if scope.binding == BindingScope::Local {
                let path = self.path(true, vec![module.as_str().into(), name.into()]);
                scope.locals.insert(own.into(), Value { path: Some(path), ..Value::default() });
            }
        }
    }

    fn class(&mut self, scope: &mut Scope, class: &StmtClassDef) {
        if scope.binding == BindingScope::Local {
            // A class made inside a function: its methods count as run, without knowing their arguments.
            for statement in &class.body {
                if let Stmt::FunctionDef(function) = statement {
                    self.nested(scope, &function.parameters, &function.body);
                }
            }
            scope.locals.insert(class.name.as_str().into(), Value::default());
            return;
        }
        for decorator in &class.decorator_list {
            self.expression(scope, &decorator.expression);
        }
        let mut bases = Vec::new();
        let mut metaclass = None;
        if let Some(arguments) = &class.arguments {
            for base in &arguments.args {
                let value = self.expression(
                    scope,
                    if let Expr::Subscript(generic) = base { &generic.value } else { base },
                );
                bases.extend(value.path);
            }
            for keyword in &arguments.keywords {
                let value = self.expression(scope, &keyword.value);
                if keyword.arg.as_ref().is_some_and(|name| name.as_str() == "metaclass") {
                    metaclass = value.path;
                }
            }
        }
        let dataclass = class.decorator_list.iter().any(|decorator| {
            matches!(
                last_name(&decorator.expression),
                Some("dataclass" | "define" | "attrs" | "s" | "frozen")
            )
        });
        let name: Box<str> = match scope.binding {
            BindingScope::Class(outer) => {
                format!("{}.{}", self.module.classes[outer as usize].name, class.name).into()
            }
            _ => class.name.as_str().into(),
        };
        let id = self.new_class(Class { name, bases, metaclass, dataclass, ..Class::default() });
        self.bind(scope, class.name.as_str(), Binding::Class(id));
        let outer = std::mem::replace(&mut scope.binding, BindingScope::Class(id));
        let outer_class = scope.class.replace(id);
        self.statements(scope, &class.body);
        scope.binding = outer;
        scope.class = outer_class;
    }

    /// `target = value`.
    pub(super) fn assign(&mut self, scope: &mut Scope, target: &Expr, value: Value, source: Option<&Expr>) {
        match target {
            Expr::Name(name) => {
                let name = name.id.as_str();
                match scope.binding {
                    BindingScope::Local => {
                        let known = scope.locals.entry(name.into()).or_default();
                        merge(known, value);
                    }
                    _ => {
                        let binding = match (value.path, value.made, source) {
                            (Some(path), ..) => Binding::Same(path),
                            (None, Some(path), _) => Binding::Made(path),
                            _ => Binding::Opaque,
                        };
                        self.bind(scope, name, binding);
                    }
                }
            }
            Expr::Attribute(attribute) => {
                let owner = self.expression(scope, &attribute.value);
                if owner.own == Own::Instance {
                    if let (Some(made), Some(class)) = (value.made, scope.class) {
                        let fields = &mut self.module.classes[class as usize].fields;
                        fields.entry(attribute.attr.as_str().into()).or_insert(made);
                    }
                    let known = scope.fields.entry(attribute.attr.as_str().into()).or_default();
                    merge(known, value);
                } else if let Expr::Name(name) = &*attribute.value
                    && let Some(known) = scope.locals.get_mut(name.id.as_str())
                {
                    known.taint |= value.taint;
                }
            }
            Expr::Subscript(subscript) => {
                let key = self.expression(scope, &subscript.slice);
                self.expression(scope, &subscript.value);
                self.taint_holder(scope, &subscript.value, value.taint | key.taint);
            }
            Expr::Tuple(tuple) => self.spread(scope, &tuple.elts, &value, source),
            Expr::List(list) => self.spread(scope, &list.elts, &value, source),
            Expr::Starred(starred) => self.assign(scope, &starred.value, element(&value), None),
            _ => {}
        }
    }

    fn spread(&mut self, scope: &mut Scope, targets: &[Expr], value: &Value, source: Option<&Expr>) {
        let parts = match source {
            Some(Expr::Tuple(tuple)) if tuple.elts.len() == targets.len() => Some(&tuple.elts),
            _ => None,
        };
        for (index, target) in targets.iter().enumerate() {
            let part = match parts {
                Some(parts) => self.expression(scope, &parts[index]),
                None => element(value),
            };
            self.assign(scope, target, part, None);
        }
    }

    /// What is put into a container taints the variable or field that holds it.
    pub(super) fn taint_holder(&mut self, scope: &mut Scope, holder: &Expr, taint: u64) {
        if taint == 0 {
            return;
        }
        match holder {
            Expr::Name(name) => {
                if let Some(known) = scope.locals.get_mut(name.id.as_str()) {
                    known.taint |= taint;
                }
            }
            Expr::Attribute(attribute) if self.expression(scope, &attribute.value).own == Own::Instance => {
                scope.fields.entry(attribute.attr.as_str().into()).or_default().taint |= taint;
            }
            _ => {}
        }
    }

    fn returned(&mut self, scope: &mut Scope, value: &Value) {
        if scope.depth > 0 {
            return;
        }
        let Function { returns, returns_mark, emits, .. } = &mut scope.function;
        *returns_mark |= value.taint & crate::effects::derive::ir::MARK != 0;
        returns.extend(value.call);
        emits.extend(value.emits.iter().cloned());
    }
}

/// One item of a container, or one part of a tuple.
fn element(value: &Value) -> Value {
    Value { taint: value.taint, ..Value::default() }
}

/// A variable that is assigned twice can be either.
fn merge(known: &mut Value, value: Value) {
    let taint = known.taint | value.taint;
    let mut emits = std::mem::take(&mut known.emits);
    let mut callable = std::mem::take(&mut known.callable);
    for item in &value.emits {
        if !emits.contains(item) {
            emits.push(item.clone());
        }
    }
    for item in &value.callable {
        if !callable.contains(item) {
            callable.push(item.clone());
        }
    }
    *known = Value { taint, emits, callable, ..value };
}

/// `if __name__ == "__main__":` is not run by an import.
fn is_main_guard(test: &Expr) -> bool {
    matches!(test, Expr::Compare(compare) if matches!(&*compare.left, Expr::Name(name) if name.id.as_str() == "__name__"))
}
