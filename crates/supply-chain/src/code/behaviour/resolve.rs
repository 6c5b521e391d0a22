//! What a name stands for: imports, assignments, and the ways around them.

use super::fold;
use ruff_python_ast::{
    Expr, Stmt,
    visitor::{self, Visitor},
};
use std::collections::HashMap;

/// What the names of a module stand for, wherever they are bound.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// To a dotted name; a call leaves `()` behind it.
    pub(super) dotted: HashMap<String, String>,
    pub(super) texts: HashMap<String, String>,
    pub(super) imports: Vec<String>,
}

const MAX_NAME: usize = 300;

impl Names {
    /// Collects the bindings of a module; twice, so that order does not matter.
    pub(super) fn of(body: &[Stmt]) -> Names {
        let mut collector = Collector { names: Names::default() };
        for _ in 0..2 {
            collector.names.imports.clear();
            collector.visit_body(body);
        }
        collector.names
    }

    /// A known text.
    pub(super) fn text(&self, expr: &Expr) -> Option<String> {
        fold::text(expr, &|name| self.texts.get(name).cloned())
    }

    /// The dotted name of a value.
    pub(super) fn resolve(&self, expr: &Expr) -> Option<String> {
        let name = match expr {
            Expr::Name(name) => {
                let id = name.id.as_str();
                match self.dotted.get(id) {
                    Some(dotted) => dotted.clone(),
                    None if is_builtin(id) => format!("builtins.{id}"),
                    None if id == "__builtins__" => "builtins".into(),
                    None if id == "get_ipython" => id.into(),
                    None => return None,
                }
            }
            Expr::Attribute(attribute) => {
                let base = self.resolve(&attribute.value)?;
                match attribute.attr.as_str() {
                    "__dict__" | "__wrapped__" | "__func__" | "__self__" => base,
                    "__call__" => base,
                    "__builtins__" => "builtins".into(),
                    "modules" if base == "sys" => "sys.modules".into(),
                    attr => join(&base, attr),
                }
            }
            // A function taken out of a list or dictionary that is written on the spot.
            Expr::Subscript(item)
                if matches!(&*item.value, Expr::Dict(_) | Expr::List(_) | Expr::Tuple(_)) =>
            {
                match &*item.value {
                    Expr::Dict(dict) => dict.items.iter().find_map(|item| self.resolve(&item.value))?,
                    Expr::List(list) => list.elts.iter().find_map(|item| self.resolve(item))?,
                    Expr::Tuple(tuple) => tuple.elts.iter().find_map(|item| self.resolve(item))?,
                    _ => return None,
                }
            }
            Expr::Subscript(item) => {
                let key = self.text(&item.slice);
                let base = self.resolve(&item.value)?;
                match (base.as_str(), key) {
                    ("sys.modules", Some(key)) => key,
                    ("builtins.globals()" | "builtins.locals()", Some(key)) if key == "__builtins__" => {
                        "builtins".into()
                    }
                    ("builtins.globals()" | "builtins.locals()", Some(key)) => {
                        self.dotted.get(&key).cloned()?
                    }
                    (_, Some(key)) => join(&base, &key),
                    (_, None) => base,
                }
            }
            Expr::Call(call) => self.called(call)?,
            Expr::Named(named) => self.resolve(&named.value)?,
            Expr::Await(awaited) => self.resolve(&awaited.value)?,
            Expr::If(choice) => self.resolve(&choice.body).or_else(|| self.resolve(&choice.orelse))?,
            Expr::BoolOp(choice) => choice.values.iter().find_map(|value| self.resolve(value))?,
            _ => return None,
        };
        (name.len() <= MAX_NAME).then_some(name)
    }

    pub(super) fn called(&self, call: &ruff_python_ast::ExprCall) -> Option<String> {
        let function = self.resolve(&call.func)?;
        let args = &call.arguments.args;
        let first = args.first();
        Some(match function.as_str() {
            "builtins.__import__"
            | "importlib.import_module"
            | "importlib.__import__"
            | "pkgutil.resolve_name"
            | "pydoc.locate" => self.text(first?)?.replace(':', "."),
            "builtins.getattr" => {
                let base = self.resolve(first?)?;
                match args.get(1).and_then(|name| self.text(name)) {
                    Some(name) => join(&base, &name),
                    None => return None,
                }
            }
            "builtins.vars" => self.resolve(first?)?,
            "functools.partial" | "functools.partialmethod" => self.resolve(first?)?,
            "operator.attrgetter()" => {
                // `attrgetter('system')(os)`.
                let Expr::Call(getter) = &*call.func else { return None };
                join(&self.resolve(first?)?, &self.text(getter.arguments.args.first()?)?)
            }
            "operator.methodcaller()" => {
                let Expr::Call(getter) = &*call.func else { return None };
                join(&self.resolve(first?)?, &self.text(getter.arguments.args.first()?)?)
            }
            name if name.ends_with(".get")
                && (name.starts_with("sys.modules") || name.starts_with("builtins")) =>
            {
                let key = self.text(first?)?;
                if name.starts_with("sys.modules") { key } else { join("builtins", &key) }
            }
            _ => format!("{function}()"),
        })
    }
}

fn join(base: &str, attr: &str) -> String {
    format!("{base}.{attr}")
}

pub(super) fn is_builtin(name: &str) -> bool {
    matches!(
        name,
        "exec"
            | "eval"
            | "compile"
            | "__import__"
            | "open"
            | "getattr"
            | "setattr"
            | "vars"
            | "globals"
            | "locals"
            | "execfile"
            | "input"
            | "breakpoint"
    )
}

struct Collector {
    names: Names,
}

impl Collector {
    fn bind(&mut self, target: &Expr, value: &Expr) {
        match (target, value) {
            (Expr::Name(name), _) => {
                let id = name.id.as_str();
                if let Some(text) = self.names.text(value) {
                    self.names.texts.insert(id.to_owned(), text);
                }
                // The first binding stays: a later one in another function must not hide an import.
                if !self.names.dotted.contains_key(id)
                    && let Some(dotted) = self.names.resolve(value)
                {
                    self.names.dotted.insert(id.to_owned(), dotted);
                }
            }
            (Expr::Tuple(targets), Expr::Tuple(values)) => {
                for (target, value) in targets.elts.iter().zip(values.elts.iter()) {
                    self.bind(target, value);
                }
            }
            _ => {}
        }
    }
}

impl<'a> Visitor<'a> for Collector {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        match statement {
            Stmt::Import(import) => {
                for alias in &import.names {
                    let module = alias.name.as_str();
                    self.names.imports.push(module.to_owned());
                    let (name, dotted) = match &alias.asname {
                        Some(name) => (name.as_str(), module),
                        None => {
                            let root = module.split('.').next().unwrap_or(module);
                            (root, root)
                        }
                    };
                    self.names.dotted.insert(name.to_owned(), dotted.to_owned());
                }
            }
            Stmt::ImportFrom(import) => {
                let module = import.module.as_ref().map_or("", |module| module.as_str());
                let dots = ".".repeat(import.level.min(16) as usize);
                if module.is_empty() {
                    self.names
                        .imports
                        .extend(import.names.iter().map(|alias| format!("{dots}{}", alias.name)));
                } else {
                    self.names.imports.push(format!("{dots}{module}"));
                }
                for alias in &import.names {
                    let bound = alias.asname.as_ref().unwrap_or(&alias.name).as_str();
                    if alias.name.as_str() == "*" {
                        // Names that a star brings in from the modules that matter.
                        for name in star(module) {
                            self.names.dotted.insert((*name).to_owned(), join(module, name));
                        }
                    } else if import.level == 0 {
                        self.names.dotted.insert(bound.to_owned(), join(module, alias.name.as_str()));
                    }
                }
            }
            Stmt::Assign(assign) => {
                for target in &assign.targets {
                    self.bind(target, &assign.value);
                }
                visitor::walk_stmt(self, statement);
            }
            Stmt::AnnAssign(assign) => {
                if let Some(value) = &assign.value {
                    self.bind(&assign.target, value);
                }
                visitor::walk_stmt(self, statement);
            }
            Stmt::With(with) => {
                for item in &with.items {
                    if let Some(target) = &item.optional_vars {
                        self.bind(target, &item.context_expr);
                    }
                }
                visitor::walk_stmt(self, statement);
            }
            _ => visitor::walk_stmt(self, statement),
        }
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        if let Expr::Named(named) = expr {
            self.bind(&named.target, &named.value);
        }
        visitor::walk_expr(self, expr);
    }
}

fn star(module: &str) -> &'static [&'static str] {
    match module {
        "os" | "posix" => {
            &["system", "popen", "execv", "execve", "execl", "execlp", "execvp", "remove", "unlink", "fork"]
        }
        "subprocess" => {
            &["run", "call", "check_call", "check_output", "Popen", "getoutput", "getstatusoutput"]
        }
        "pickle" => &["load", "loads", "Unpickler"],
        "socket" => &["socket", "create_connection"],
        "requests" => &["get", "post", "put"],
        "urllib.request" => &["urlopen", "urlretrieve"],
        "ctypes" => &["CDLL", "cdll", "windll"],
        "shutil" => &["rmtree", "move"],
        "marshal" => &["loads", "load"],
        "pty" => &["spawn"],
        _ => &[],
    }
}
