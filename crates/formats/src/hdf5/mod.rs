//! HDF5: which objects a file holds, the texts in their attributes, and what lies outside the file.
//!
//! Source: HDF5 File Format Specification 3.0: superblocks 0 to 3, object headers 1 and 2, groups as symbol tables and as
//! links (compact and dense), attributes (compact and dense), global and fractal heaps. Data of datasets is never read.
//! Hard links alone are followed, each object once. Every address is checked against the file, so that a ring or a jump
//! ends. Bounds: 100,000 objects, one million steps over nodes of trees, texts of 32 MiB in all. Start with [`parse`].

mod attribute;
mod bytes;
mod file;
mod group;
mod heap;
mod object;
#[cfg(test)]
mod tests;
mod tree;
mod walk;

use crate::{Context, Problem, Source, keras::KerasConfig};

/// What an HDF5 file says.
#[derive(Clone, Debug, Default)]
pub struct Hdf5File {
    /// Where the superblock stands: bytes before it are the user block, which readers of HDF5 skip.
    pub superblock: u64,
    pub version: u8,
    pub groups: u64,
    pub datasets: u64,
    /// Elements of all datasets.
    pub elements: u64,
    /// What the file takes from other files.
    pub external: Vec<ExternalReference>,
    /// Attributes that are texts, of the root group: name and value.
    pub attributes: Vec<(String, String)>,
    /// The configuration of a Keras model, when the file holds one.
    pub keras: Vec<KerasConfig>,
    /// Filters beyond those of the library itself, by number: reading loads a plugin for each.
    pub filters: Vec<u16>,
    pub problems: Vec<Problem>,
}

/// A part of the file that lies in another one.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ExternalReference {
    pub kind: ExternalKind,
    /// The path of the object within the file.
    pub object: String,
    /// The other file, as it is written.
    pub file: String,
    /// The object in the other file, when one is named.
    pub target: String,
    pub offset: u64,
}

/// How another file is named.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ExternalKind {
    /// A link to an object of another HDF5 file.
    Link,
    /// A dataset whose bytes are those of any other file.
    Storage,
    /// A dataset composed of datasets of other HDF5 files.
    Virtual,
    /// A link of a type that a program must define.
    UserDefined,
}

/// Reads the structure of an HDF5 file.
#[must_use]
pub fn parse(source: &Source, context: &Context) -> Hdf5File {
    walk::Walk::new(source, context).file()
}
