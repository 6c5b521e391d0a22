//! Pass 1, per file and independent of all others: a syntax tree becomes a [`Module`].

mod expression;
mod function;
mod statement;

use super::ir::{Binding, Binds, Class, Emitted, Function, Module, Path, PathId, Taint};
use ruff_python_ast::Stmt;
use std::collections::HashMap;

/// Reads the module called `name`. `is_package` is true of an `__init__.py`.
pub(crate) fn extract(name: &str, is_package: bool, body: &[Stmt]) -> Module {
    let mut extractor = Extractor {
        module: Module { name: name.to_owned(), is_package, ..Module::default() },
        path_ids: HashMap::new(),
    };
    let top = extractor.function_body(Scope::top(), body);
    extractor.module.top = Some(top);
    extractor.module
}

pub(super) struct Extractor {
    module: Module,
    path_ids: HashMap<Path, PathId>,
}

/// What is known about a value.
#[derive(Clone, Debug, Default, PartialEq)]
struct Value {
    taint: Taint,
    /// The dotted name that it is.
    path: Option<PathId>,
    /// The class or function whose call made it.
    made: Option<PathId>,
    /// The call that made it.
    call: Option<u32>,
    /// It is `self`, `cls`, or the class of `self`.
    own: Own,
    /// `self.field`, for calls of its methods.
    field: Option<Box<str>>,
    /// It is a text, a list or another builtin container, whose methods do nothing.
    plain: bool,
    /// Callables that stand first in a tuple of a reducer's shape.
    emits: Vec<Emitted>,
    /// As an emitted callable by itself.
    callable: Vec<Emitted>,
    /// The text that it is.
    text: Option<Box<str>>,
    /// A table of names: `globals()`, `vars(x)`, `x.__dict__`, `sys.modules`.
    names: bool,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Own {
    #[default]
    No,
    Instance,
    Class,
}

/// The state while one function is read.
#[derive(Debug, Default)]
struct Scope {
    function: Function,
    locals: HashMap<Box<str>, Value>,
    fields: HashMap<Box<str>, Value>,
    class: Option<u32>,
    /// The names of the module or of a class body are being bound.
    binding: BindingScope,
    /// Parameters of nested functions and lambdas are not told apart.
    depth: u32,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum BindingScope {
    #[default]
    Local,
    Module,
    Class(u32),
}

impl Scope {
    fn top() -> Self {
        Scope {
            function: Function { name: "<module>".into(), ..Function::default() },
            binding: BindingScope::Module,
            ..Scope::default()
        }
    }
}

impl Extractor {
    fn path(&mut self, absolute: bool, parts: Vec<Box<str>>) -> PathId {
        let path = Path { absolute, parts };
        if let Some(id) = self.path_ids.get(&path) {
            return *id;
        }
        let id = u32::try_from(self.module.paths.len()).unwrap_or(u32::MAX);
        self.module.paths.push(path.clone());
        self.path_ids.insert(path, id);
        id
    }

    fn longer(&mut self, path: PathId, attribute: &str) -> PathId {
        let Path { absolute, mut parts } = self.module.paths[path as usize].clone();
        parts.push(attribute.into());
        self.path(absolute, parts)
    }

    /// The module that a relative import starts from.
    fn absolute(&self, module: Option<&str>, level: u32) -> String {
        if level == 0 {
            return module.unwrap_or("").to_owned();
        }
        let mut parts: Vec<&str> = self.module.name.split('.').collect();
        let up = if self.module.is_package { level as usize - 1 } else { level as usize };
        parts.truncate(parts.len().saturating_sub(up));
        parts.extend(module.filter(|module| !module.is_empty()));
        parts.join(".")
    }

    fn bind(&mut self, scope: &Scope, name: &str, binding: Binding) {
        let bindings = match scope.binding {
            BindingScope::Local => return,
            BindingScope::Module => &mut self.module.bindings,
            BindingScope::Class(class) => &mut self.module.classes[class as usize].bindings,
        };
        let list = bindings.entry(name.into()).or_default();
        if !list.contains(&binding) {
            list.push(binding);
        }
    }

    fn new_class(&mut self, class: Class) -> u32 {
        let id = u32::try_from(self.module.classes.len()).unwrap_or(u32::MAX);
        self.module.classes.push(class);
        id
    }

    fn new_function(&mut self, function: Function) -> u32 {
        let id = u32::try_from(self.module.functions.len()).unwrap_or(u32::MAX);
        self.module.functions.push(function);
        id
    }

    /// Reads a body twice, because what flows where does not depend on the order; the second time calls are kept.
    fn function_body(&mut self, mut scope: Scope, body: &[Stmt]) -> u32 {
        if scope.binding == BindingScope::Local {
            self.statements(&mut scope, body);
            scope.function.calls.clear();
            scope.function.returns.clear();
            for value in scope.locals.values_mut() {
                value.call = None;
            }
            for value in scope.fields.values_mut() {
                value.call = None;
            }
        }
        self.statements(&mut scope, body);
        let mut function = scope.function;
        for (field, value) in scope.fields {
            *function.stores.entry(field).or_default() |= value.taint;
        }
        function.emits.sort();
        function.emits.dedup();
        self.new_function(function)
    }
}

/// The name of a function tells that it says how to pickle.
pub(crate) fn is_reducer(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or(name).to_ascii_lowercase();
    last.contains("reduce") || last.contains("pickle") || last.contains("<lambda>")
}

fn binds(function: &ruff_python_ast::StmtFunctionDef) -> Binds {
    let mut binds = if function.name.as_str() == "__new__" || function.name.as_str() == "__init_subclass__" {
        Binds::Class
    } else {
        Binds::Instance
    };
    for decorator in &function.decorator_list {
        match last_name(&decorator.expression) {
            Some("staticmethod") => binds = Binds::Nothing,
            Some("classmethod") => binds = Binds::Class,
            _ => {}
        }
    }
    binds
}

/// The last part of a name, an attribute, or of what is called.
fn last_name(expression: &ruff_python_ast::Expr) -> Option<&str> {
    use ruff_python_ast::Expr;
    match expression {
        Expr::Name(name) => Some(name.id.as_str()),
        Expr::Attribute(attribute) => Some(attribute.attr.as_str()),
        Expr::Call(call) => last_name(&call.func),
        _ => None,
    }
}
