//! What one Python module says, in the terms of the analysis: names, classes, functions, and what flows into each call.

use std::collections::BTreeMap;

/// Where a value inside a function comes from: one bit per parameter, then one per field of `self` that is read, then the mark.
pub(crate) type Taint = u64;

/// The parameters that are told apart; the last bit stands for all others.
pub(crate) const PARAMETERS: usize = 44;
/// The fields of `self` that one function's reads tell apart; the last bit stands for all others.
pub(crate) const FIELDS: usize = 18;
/// The value was looked up by a name that is tainted: calling it runs anything.
pub(crate) const MARK: Taint = 1 << 63;
pub(crate) const ALL_PARAMETERS: Taint = (1 << PARAMETERS) - 1;

pub(crate) fn parameter_bit(index: usize) -> Taint {
    1 << index.min(PARAMETERS - 1)
}

pub(crate) fn field_bit(index: usize) -> Taint {
    1 << (PARAMETERS + index.min(FIELDS - 1))
}

/// A dotted name. `absolute` starts at a module; the others start in the scope of the module that holds them.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) struct Path {
    pub(crate) absolute: bool,
    pub(crate) parts: Vec<Box<str>>,
}

pub(crate) type PathId = u32;

/// What a name in a module or class is bound to. A name can have several bindings: all of them count.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Binding {
    /// `import a.b` or `import a.b as c`: the module.
    Module(Box<str>),
    /// `from module import name`.
    From(Box<str>, Box<str>),
    Function(u32),
    Class(u32),
    /// `name = other.name`.
    Same(PathId),
    /// `name = Class(…)`, or `name = function(…)`.
    Made(PathId),
    /// Something else.
    Opaque,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Module {
    pub(crate) name: String,
    pub(crate) is_package: bool,
    pub(crate) bindings: BTreeMap<Box<str>, Vec<Binding>>,
    /// `from module import *`.
    pub(crate) stars: Vec<Box<str>>,
    pub(crate) paths: Vec<Path>,
    pub(crate) functions: Vec<Function>,
    pub(crate) classes: Vec<Class>,
    /// What the top level and the class bodies do: a function without parameters.
    pub(crate) top: Option<u32>,
    /// Functions handed to `copyreg.pickle`: their returned tuples are emitted too.
    pub(crate) registered: Vec<PathId>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Class {
    pub(crate) name: Box<str>,
    pub(crate) bases: Vec<PathId>,
    pub(crate) metaclass: Option<PathId>,
    pub(crate) bindings: BTreeMap<Box<str>, Vec<Binding>>,
    /// Fields that are assigned from a call of a class or function.
    pub(crate) fields: BTreeMap<Box<str>, PathId>,
    pub(crate) dataclass: bool,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Binds {
    /// A plain function, or a static method.
    #[default]
    Nothing,
    Instance,
    Class,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Function {
    /// The name within the module, such as `Class.method`.
    pub(crate) name: Box<str>,
    pub(crate) class: Option<u32>,
    pub(crate) binds: Binds,
    pub(crate) parameters: Vec<Box<str>>,
    /// Which parameters are `*args` and `**kwargs`.
    pub(crate) rest: Option<u8>,
    pub(crate) rest_keywords: Option<u8>,
    /// Parameters from this index on can only be given by keyword.
    pub(crate) keyword_only: u8,
    /// Fields of `self` that the bits of [`field_bit`] stand for.
    pub(crate) fields: Vec<Box<str>>,
    pub(crate) calls: Vec<Call>,
    /// Fields of `self` that are written, with what flows into them.
    pub(crate) stores: BTreeMap<Box<str>, Taint>,
    /// A returned value is marked.
    pub(crate) returns_mark: bool,
    /// Calls whose result is returned.
    pub(crate) returns: Vec<u32>,
    /// First elements of returned tuples: what pickling would emit, were this a reducer.
    pub(crate) emits: Vec<Emitted>,
}

/// The callable in a tuple that a reducer returns.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Emitted {
    Path(PathId),
    /// `type(self)`, `self.__class__`, `cls`.
    OwnClass,
    /// `self.method` or `cls.method`.
    Method(Box<str>),
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Call {
    pub(crate) callee: Callee,
    pub(crate) arguments: Vec<Taint>,
    pub(crate) keywords: Vec<(Box<str>, Taint)>,
    /// What `*` and `**` arguments hold.
    pub(crate) spread: Taint,
    /// What the object holds whose method is called.
    pub(crate) receiver: Taint,
    /// The mode of a file that is opened, when it is a constant.
    pub(crate) mode: Mode,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Mode {
    #[default]
    Absent,
    Read,
    Write,
    Unknown,
}

#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) enum Callee {
    Path(PathId),
    /// `self.name(…)` and `cls.name(…)`.
    Own(Box<str>),
    /// `super().name(…)`.
    Super(Box<str>),
    /// `self.field.name(…)`.
    Field(Box<str>, Box<str>),
    /// A method of what the call of a class gave.
    Made(PathId, Box<str>),
    /// A value that came in; marked or not.
    Value,
    /// What an earlier call returned.
    Result(u32),
    /// A method of something unknown.
    Method(Box<str>),
    #[default]
    Nothing,
}
