//! TensorFlow graphs: SavedModel, MetaGraph and GraphDef, with their function libraries.
//!
//! Source: `saved_model.proto`, `meta_graph.proto`, `graph.proto`, `function.proto`, `node_def.proto`, `attr_value.proto`
//! and `tensor.proto` of TensorFlow 2. Tensors are not read, save the texts of constants. For operators that take a path
//! ([`PATH_INPUTS`]) the constants that reach it are traced backwards, through calls of functions and out of them.
//! Bounds: an index of at most 64 MiB over nodes and names; lists are capped; fields by the budget `opcodes`. No recursion:
//! graphs within graphs (a constant can hold a serialised graph) go on a list of work with a depth.
//! The files have no signature: [`looks_like_saved_model`] and its sisters decide by structure. Start with [`parse`].

mod index;
mod read;
mod recognise;
#[cfg(test)]
mod tests;
mod text_form;

pub use recognise::{looks_like_graph_def, looks_like_meta_graph, looks_like_saved_model};

use crate::{Context, Format, Problem, Source, keras::KerasConfig};
use std::collections::{BTreeMap, BTreeSet};

/// Entries of each list that are kept.
const KEPT: usize = 4096;

/// What a TensorFlow file says.
#[derive(Clone, Debug, Default)]
pub struct TensorFlowModel {
    pub schema_version: Option<u64>,
    /// The version of TensorFlow that wrote it.
    pub version: String,
    pub tags: Vec<String>,
    /// Names of signatures.
    pub signatures: Vec<String>,
    /// Files that a SavedModel names as its assets, with where they are named.
    pub assets: Vec<(String, u64)>,
    /// Nodes that a loader feeds: the assets' tensors and the saver's file name.
    pub fed: Vec<String>,
    /// Operators in use, over all graphs and functions.
    pub operators: BTreeMap<String, Operator>,
    /// Uses of operators that take a path, or whose attributes hold a path or URL; alike ones once.
    pub uses: Vec<OperatorUse>,
    /// Names of the functions of the library, and how many there are.
    pub function_names: BTreeSet<String>,
    pub functions: u64,
    /// Elements of constants and of declared variables.
    pub parameters: u64,
    /// What Keras says about each of its objects in the object graph.
    pub keras: Vec<KerasConfig>,
    pub problems: Vec<Problem>,
}

/// How often an operator is used, and where first.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Operator {
    pub count: u64,
    pub offset: u64,
    pub node: String,
    /// The function that the first node stands in; empty in the main graph.
    pub function: String,
}

/// A node with what reaches its path.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct OperatorUse {
    pub operator: String,
    pub node: String,
    pub function: String,
    pub offset: u64,
    /// Attributes whose text looks like a path or a URL, or that name one by the operator's definition.
    pub attributes: Vec<(String, String)>,
    pub path: Trace,
}

/// Where a text comes from.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Trace {
    /// Constants that reach it: the node, and its text cut to 4,096 bytes.
    pub constants: Vec<(String, String)>,
    /// Operators on the way.
    pub operators: Vec<String>,
    /// Whether something that is decided outside the file reaches it too: a placeholder, an argument, a variable.
    pub open: bool,
}

/// Operators whose inputs name files or hosts, and how many of the first inputs to trace.
pub const PATH_INPUTS: &[(&str, usize)] = &[
    ("CacheDataset", 2),
    ("CacheDatasetV2", 2),
    ("CreateSummaryDbWriter", 2),
    ("CreateSummaryFileWriter", 2),
    ("CSVDataset", 1),
    ("CSVDatasetV2", 1),
    ("DTensorRestoreV2", 1),
    ("DataServiceDataset", 6),
    ("DataServiceDatasetV2", 6),
    ("DataServiceDatasetV3", 6),
    ("DataServiceDatasetV4", 6),
    ("DatasetToTFRecord", 2),
    ("DistributedSave", 3),
    ("ExperimentalCSVDataset", 1),
    ("ExperimentalDatasetToTFRecord", 2),
    ("ExperimentalLMDBDataset", 1),
    ("ExperimentalMatchingFilesDataset", 1),
    ("ExperimentalSqlDataset", 3),
    ("FileSystemSetConfiguration", 3),
    ("FixedLengthRecordDataset", 1),
    ("FixedLengthRecordDatasetV2", 1),
    ("GenerateVocabRemapping", 2),
    ("InitializeTableFromTextFile", 2),
    ("InitializeTableFromTextFileV2", 2),
    ("LMDBDataset", 1),
    ("LoadAndRemapMatrix", 1),
    ("LoadDataset", 1),
    ("MatchingFiles", 1),
    ("MatchingFilesDataset", 1),
    ("MergeV2Checkpoints", 2),
    ("ReadFile", 1),
    ("RegisterDataset", 3),
    ("RegisterDatasetV2", 3),
    ("Restore", 1),
    ("RestoreSlice", 1),
    ("RestoreV2", 1),
    ("RpcCall", 3),
    ("RpcClient", 1),
    ("RpcServer", 1),
    ("Save", 1),
    ("SaveDataset", 2),
    ("SaveDatasetV2", 2),
    ("SaveSlices", 1),
    ("SaveV2", 1),
    ("SnapshotDataset", 2),
    ("SnapshotDatasetV2", 2),
    ("SqlDataset", 3),
    ("TFRecordDataset", 1),
    ("TFRecordDatasetV2", 1),
    ("TextLineDataset", 1),
    ("WriteFile", 2),
];

/// Attributes that name a file by the definition of their operator.
const PATH_ATTRIBUTES: &[&str] =
    &["debug_urls", "descriptor_source", "file_pattern", "memory_region_name", "output_stream"];

/// Reads a file as `format`, one of `SavedModel`, `MetaGraph` and `GraphDef`.
#[must_use]
pub fn parse(format: Format, source: &Source, context: &Context) -> TensorFlowModel {
    match text_form::wire(source, format, context) {
        Some(wire) => read::Reading::new(&wire, context).model(format).without_offsets(),
        None => read::Reading::new(source, context).model(format),
    }
}

impl TensorFlowModel {
    /// Offsets of a wire form that was made from a text point nowhere.
    fn without_offsets(mut self) -> Self {
        self.operators.values_mut().for_each(|operator| operator.offset = 0);
        self.uses.iter_mut().for_each(|use_| use_.offset = 0);
        self.assets.iter_mut().for_each(|(_, offset)| *offset = 0);
        self.problems.iter_mut().for_each(|problem| problem.offset = None);
        self
    }
}
