//! Keras configurations: the JSON that says which classes to build, which functions to import and which bytecode to run.
//!
//! It stands in `config.json` of a `.keras` archive, in what `to_json()` wrote, in the attribute `model_config` of an HDF5
//! file, and in the objects of a SavedModel (`keras_metadata.pb`, or the object graph). Source: Keras 3
//! (`serialization_lib`, `Lambda`), tf_keras 2 (`func_dump`, `SavedMetadata`). Every object with a `class_name` is listed,
//! at any depth, and of a key that is given twice every value counts. No judgement is made of the names.
//! Bounds: those of the JSON reader; 65,536 objects; bytecode of 1 MiB in all. Start with [`config`] and [`KerasConfig`].

mod base64;
mod read;
mod recognise;
#[cfg(test)]
mod tests;

pub use recognise::looks_like;

use crate::{Context, Problem, Source, json};

/// What a configuration asks its loader to build.
#[derive(Clone, Debug, Default)]
pub struct KerasConfig {
    /// The class of the outermost object.
    pub root_class: String,
    pub name: String,
    pub keras_version: String,
    pub backend: String,
    /// Objects that stand in a list called `layers`.
    pub layers: u64,
    /// Every object with a `class_name`, in the order of the text.
    pub objects: Vec<KerasObject>,
    /// Python bytecode anywhere in the text.
    pub bytecode: Vec<Bytecode>,
    /// Texts under a key that names a file by the definition of its layer, or that look like a URL or an absolute path.
    pub paths: Vec<NamedPath>,
    pub problems: Vec<Problem>,
}

/// An object to build.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct KerasObject {
    pub class_name: String,
    pub module: Option<String>,
    pub registered_name: Option<String>,
    /// The name given by `config` when that is a text: of a function to import.
    pub function: Option<String>,
    /// Texts within `config`, by key; cut to 4,096 bytes.
    pub texts: Vec<(String, String)>,
    /// Whether its configuration has members of its own.
    pub configured: bool,
    pub offset: u64,
}

/// Python bytecode in base64: what `marshal.loads` is given.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Bytecode {
    pub code: Vec<u8>,
    pub offset: u64,
}

/// A text that names a file or an address.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NamedPath {
    pub key: String,
    pub path: String,
    /// The class of the object that it stands in.
    pub class_name: String,
    pub offset: u64,
}

impl KerasConfig {
    /// Whether it names anything to build at all.
    #[must_use]
    pub fn is_telling(&self) -> bool {
        !self.objects.is_empty() || !self.bytecode.is_empty()
    }

    /// Moves every offset by that of the text in its file.
    pub(crate) fn moved(&mut self, by: u64) {
        self.objects.iter_mut().for_each(|object| object.offset = object.offset.saturating_add(by));
        self.bytecode.iter_mut().for_each(|code| code.offset = code.offset.saturating_add(by));
        self.paths.iter_mut().for_each(|path| path.offset = path.offset.saturating_add(by));
        for offset in self.problems.iter_mut().filter_map(|problem| problem.offset.as_mut()) {
            *offset = offset.saturating_add(by);
        }
    }
}

/// Reads one configuration from its text.
#[must_use]
pub fn config(text: &[u8], context: &Context) -> KerasConfig {
    read::document(&json::parse(text, &json::Limits::from(&context.limits)))
}

/// Reads a file: JSON, or the protobuf list of JSON texts of `keras_metadata.pb`.
#[must_use]
pub fn parse(source: &Source, context: &Context) -> KerasConfig {
    if recognise::is_metadata(source) {
        read::metadata(source, context)
    } else {
        read::document(&json::read(source, context))
    }
}
