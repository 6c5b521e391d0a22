//! What Python source does when it is imported, and what its functions would do: a list of acts, each with the call as it
//! stands and a severity. Nothing is run.
//!
//! Names are followed through imports, assignments, `getattr`, `__import__`, `sys.modules`, dictionaries of modules and
//! texts that are put together, so that `getattr(importlib.import_module('o' + 's'), 'sys' + 'tem')` is `os.system`.
//! What runs at import is followed from the top level into class bodies, decorators, defaults, metaclasses and the functions
//! of the module that these call; `if __name__ == '__main__'` is not import.
//! Recursion is bounded by the parser's limit on depth; work by entering each function once.
//! Start with [`Behaviour::of`]; `sinks` says which names are harmful.

mod fold;
mod resolve;
mod sinks;
#[cfg(test)]
mod tests;
mod walk;

pub(crate) use sinks::Sink;

use crate::effects::Effects;
use modelward_formats::python::Module;
use modelward_kernel::Severity;

/// Something that the code does.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Act {
    pub(crate) kind: Sink,
    /// Harmful wherever it stands: it decodes what it runs, sends secrets away, opens a shell.
    pub(crate) hostile: bool,
    /// In words, such as `starts a program`.
    pub(crate) what: String,
    /// The dotted name that it ends up at.
    pub(crate) name: String,
    /// The call as it stands, cut.
    pub(crate) text: String,
    pub(crate) line: u64,
    pub(crate) severity: Severity,
    /// The function that it stands in; none at the top level.
    pub(crate) function: Option<String>,
}

/// What a module does.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Behaviour {
    /// As soon as it is imported.
    pub(crate) at_import: Vec<Act>,
    /// When one of its functions is called.
    pub(crate) in_functions: Vec<Act>,
    /// Modules that it imports: `a.b`, or with leading dots as they are written.
    pub(crate) imports: Vec<String>,
    /// It was not read, or not to its end.
    pub(crate) incomplete: bool,
}

impl Behaviour {
    /// Reads a module.
    pub(crate) fn of(module: &Module, effects: &Effects) -> Behaviour {
        walk::read(module, effects)
    }
}

/// What calling the dotted `name` does, when that is harm.
pub(crate) fn sink_of(name: &str, effects: &Effects) -> Option<Sink> {
    sinks::of(name, effects)
}

pub(crate) use sinks::{is_hostile_command, is_sensitive_path};

/// Whether an undotted name is a function of Python that can be harmful.
pub(crate) fn is_builtin_name(name: &str) -> bool {
    resolve::is_builtin(name)
}
