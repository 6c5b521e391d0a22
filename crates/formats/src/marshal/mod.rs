//! Python's marshalled code objects (`.pyc`, Keras Lambda layers, dill's older functions): what they are called, what they
//! refer to, and what they import. Python 2.7 to 3.14, marshal versions 0 to 5.
//!
//! Nothing is executed or decompiled. The instructions are read in one straight line, to join names to dotted paths; that is
//! a description for people and tables, never a proof that code does nothing else. Memory: at most a small multiple of the
//! bytes given; time: linear. Nesting is a list, not recursion, and ends at a depth. Start with [`walk`].

mod bytecode;
mod reader;

use crate::{Problem, ProblemKind};
use std::collections::{BTreeSet, HashMap};

/// What marshalled bytes hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CodeFacts {
    /// Every code object, outer ones first.
    pub objects: Vec<CodeObject>,
    /// Codes: `marshal-broken`.
    pub problems: Vec<Problem>,
    /// How many bytes the value takes.
    pub length: usize,
}

/// One code object.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CodeObject {
    pub name: String,
    pub filename: String,
    /// The names of globals, attributes and modules that the instructions can use.
    pub names: Vec<String>,
    /// Texts among the constants, each cut at 4,096 bytes.
    pub texts: Vec<String>,
    /// Modules that it imports, and names from them as dotted paths.
    pub imports: BTreeSet<String>,
    /// Dotted paths that it loads, with import aliases resolved: what it can call. A path that starts with a dot is an
    /// attribute of something computed.
    pub references: BTreeSet<String>,
    /// Whether the instructions were understood; otherwise the paths are guessed from the order of the names.
    pub understood: bool,
}

impl CodeFacts {
    /// All dotted paths of all code objects.
    #[must_use]
    pub fn references(&self) -> BTreeSet<&str> {
        self.objects.iter().flat_map(|object| &object.references).map(String::as_str).collect()
    }

    /// All imported modules and names.
    #[must_use]
    pub fn imports(&self) -> BTreeSet<&str> {
        self.objects.iter().flat_map(|object| &object.imports).map(String::as_str).collect()
    }
}

/// Reads one marshalled value and describes the code objects in it.
#[must_use]
pub fn walk(bytes: &[u8]) -> CodeFacts {
    let read = reader::read(bytes);
    let mut facts = CodeFacts { length: read.length, ..CodeFacts::default() };
    if let Some((message, offset)) = read.broken {
        facts
            .problems
            .push(Problem::new(ProblemKind::Malformed, "marshal-broken", message).at(offset as u64));
    }
    // Functions use the names that the module around them imports: a first pass collects those.
    let mut aliases = HashMap::new();
    for code in &read.codes {
        aliases.extend(paths(code, &read, &HashMap::new()).aliases);
    }
    facts.objects = read.codes.iter().map(|code| describe(code, &read, &aliases)).collect();
    facts
}

/// The parts of a code object that is given piece by piece, as cloudpickle and dill do.
#[derive(Clone, Debug, Default)]
pub struct Parts<'a> {
    /// How many numbers come before the instructions, and whether a qualified name follows the name: both tell the version.
    pub numbers: usize,
    pub has_qualified_name: bool,
    pub code: &'a [u8],
    pub names: &'a [String],
    pub locals: &'a [String],
    pub texts: &'a [String],
    pub filename: &'a str,
    pub name: &'a str,
}

/// Describes a code object that is given piece by piece.
#[must_use]
pub fn from_parts(parts: &Parts<'_>) -> CodeObject {
    let layout = match (parts.numbers, parts.has_qualified_name) {
        (_, true) => reader::Layout::Python311,
        (4, _) => reader::Layout::Python2,
        (5, _) => reader::Layout::Python30,
        (6, _) => reader::Layout::Python38,
        // Whatever it is, its instructions are then not understood unless they resume as those of 3.11 do.
        _ => reader::Layout::Python311,
    };
    let paths = bytecode::paths(&bytecode::Input {
        layout,
        instructions: parts.code,
        names: parts.names,
        locals: parts.locals,
        aliases: &HashMap::new(),
    });
    CodeObject {
        name: parts.name.to_owned(),
        filename: parts.filename.to_owned(),
        names: parts.names.to_vec(),
        texts: parts.texts.to_vec(),
        imports: paths.imports,
        references: paths.references,
        understood: paths.understood,
    }
}

/// Reads a `.pyc`: a magic number, a header of 8, 12 or 16 bytes, and one marshalled code object.
#[must_use]
pub fn walk_pyc(bytes: &[u8]) -> CodeFacts {
    let header = match bytes {
        // Before 3.3 there is no size of the source, before 3.7 no flags; Python 2 counts from 50823 up.
        [low, high, b'\r', b'\n', ..] => match u16::from_le_bytes([*low, *high]) {
            ..3190 | 20_000.. => 8,
            3190..3390 => 12,
            _ => 16,
        },
        _ => 0,
    };
    walk(bytes.get(header..).unwrap_or_default())
}

fn paths(code: &reader::Code, read: &reader::Read<'_>, aliases: &HashMap<String, String>) -> bytecode::Paths {
    bytecode::paths(&bytecode::Input {
        layout: code.layout,
        instructions: read.bytes(code.instructions),
        names: &read.texts(code.names),
        locals: &read.texts(code.locals),
        aliases,
    })
}

fn describe(code: &reader::Code, read: &reader::Read<'_>, aliases: &HashMap<String, String>) -> CodeObject {
    let paths = paths(code, read, aliases);
    CodeObject {
        name: read.text(code.name),
        filename: read.text(code.filename),
        names: read.texts(code.names),
        texts: read.texts(code.constants),
        imports: paths.imports,
        references: paths.references,
        understood: paths.understood,
    }
}

#[cfg(test)]
mod tests;
