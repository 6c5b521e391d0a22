//! What is known about the objects that a stream makes: enough to see through `getattr`, `import_module`, `partial` and the
//! like, so that the call that would run is named.

use modelward_formats::pickle::{Callee, ObjectId, Value};
use std::collections::HashMap;

/// What an object is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Made {
    /// An instance of a class, by its dotted name; empty when the class is not known.
    Instance(String),
    /// A module, by its dotted name.
    Module(String),
    /// A function or class that was reached at run time.
    Named { module: String, name: String },
    /// `functools.partial` of a function or class.
    Partial { module: String, name: String },
    /// `operator.attrgetter(path)`.
    Getter(String),
    /// `operator.methodcaller(name)`.
    Method(String),
    /// The answer of `persistent_load`.
    Persistent,
    /// Anything else that a call returned.
    Result(String),
}

/// The objects of one run.
#[derive(Debug, Default)]
pub(super) struct Objects {
    made: HashMap<ObjectId, Made>,
}

impl Objects {
    pub(super) fn set(&mut self, id: ObjectId, made: Made) {
        self.made.insert(id, made);
    }

    pub(super) fn get(&self, id: ObjectId) -> Option<&Made> {
        self.made.get(&id)
    }

    /// The function or class that a call would reach through `callee`.
    pub(super) fn reached(&self, callee: &Callee, arguments: &[Value]) -> Option<(String, String)> {
        match callee {
            Callee::Global { module, name } => Some((module.clone(), name.clone())),
            Callee::Data => None,
            Callee::Object(id) => match self.get(*id)? {
                Made::Named { module, name } | Made::Partial { module, name } => {
                    Some((module.clone(), name.clone()))
                }
                Made::Getter(path) | Made::Method(path) => self.attribute(arguments.first()?, path),
                _ => None,
            },
        }
    }

    /// The name of the attribute `path` of a value.
    pub(super) fn attribute(&self, value: &Value, path: &str) -> Option<(String, String)> {
        match value {
            Value::Global { module, name } => Some((module.clone(), format!("{name}.{path}"))),
            Value::Object(id) => match self.get(*id)? {
                Made::Module(module) => Some((module.clone(), path.to_owned())),
                Made::Named { module, name } => Some((module.clone(), format!("{name}.{path}"))),
                _ => None,
            },
            _ => None,
        }
    }

    /// What the call of `name` with these arguments gives, for the functions that turn names into objects.
    pub(super) fn looked_up(&self, name: &str, arguments: &[Value]) -> Option<Made> {
        let text = |index: usize| match arguments.get(index) {
            Some(Value::Text { head, .. }) => Some(head.as_str()),
            _ => None,
        };
        match name {
            "builtins.getattr" | "inspect.getattr_static" => {
                let (module, name) = self.attribute(arguments.first()?, text(1)?)?;
                Some(Made::Named { module, name })
            }
            "builtins.__import__" => Some(Made::Module(text(0)?.split('.').next()?.to_owned())),
            "importlib.import_module"
            | "importlib.__import__"
            | "importlib._bootstrap._gcd_import"
            | "importlib._bootstrap._find_and_load" => Some(Made::Module(text(0)?.to_owned())),
            "pkgutil.resolve_name" | "pydoc.locate" | "pydoc.resolve" => {
                let path = text(0)?;
                match path.split_once(':') {
                    Some((module, "")) => Some(Made::Module(module.to_owned())),
                    Some((module, name)) => {
                        Some(Made::Named { module: module.to_owned(), name: name.to_owned() })
                    }
                    None => Some(match path.rsplit_once('.') {
                        Some((module, name)) => {
                            Made::Named { module: module.to_owned(), name: name.to_owned() }
                        }
                        None => Made::Module(path.to_owned()),
                    }),
                }
            }
            "operator.attrgetter" | "_operator.attrgetter" => Some(Made::Getter(text(0)?.to_owned())),
            "operator.methodcaller" | "_operator.methodcaller" => Some(Made::Method(text(0)?.to_owned())),
            "functools.partial" | "_functools.partial" => match arguments.first()? {
                Value::Global { module, name } => {
                    Some(Made::Partial { module: module.clone(), name: name.clone() })
                }
                Value::Object(id) => match self.get(*id)?.clone() {
                    Made::Named { module, name } => Some(Made::Partial { module, name }),
                    other => Some(other),
                },
                _ => None,
            },
            _ => None,
        }
    }
}
