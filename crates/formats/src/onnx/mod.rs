//! ONNX models: what the graphs do by operator, what they keep outside the file, what the tensors claim to be.
//!
//! Source: `onnx.proto` of the ONNX specification (IR versions 1 to 13). Tensors are never read: their headers are. A
//! tensor can stand in a graph, in a sparse tensor, in an attribute of a node, in a function or in training information;
//! all of them are visited, at any depth of subgraphs, by a list of work to do. Bounds: memory by the caps below, time by
//! the budget `opcodes` over fields. An ONNX file has no signature: [`looks_like`] decides by structure.
//! Start with [`parse`] and [`OnnxModel`].

mod recognise;
#[cfg(test)]
mod tests;
mod text_form;
mod visit;

pub use recognise::looks_like;

use crate::{Context, Problem, Source};
use std::collections::{BTreeMap, BTreeSet};

/// Distinct operators, functions, external tensors, inputs and the like that are kept, each.
const KEPT: usize = 4096;

/// What an ONNX file says.
#[derive(Clone, Debug, Default)]
pub struct OnnxModel {
    pub ir_version: Option<u64>,
    pub producer: String,
    pub producer_version: String,
    pub domain: String,
    pub graph_name: String,
    /// Domain and version of each operator set that the model imports.
    pub opsets: Vec<(String, u64)>,
    pub metadata: Vec<(String, String)>,
    pub inputs: Vec<String>,
    pub outputs: Vec<String>,
    /// Operators in use, by domain and type, over all graphs and functions.
    pub operators: BTreeMap<(String, String), Operator>,
    /// Domain and name of the functions that the file itself defines.
    pub functions: BTreeSet<(String, String)>,
    /// Tensors whose bytes lie in another file.
    pub external: Vec<ExternalTensor>,
    /// Files that an operator names: a compiled context that an execution provider reads.
    pub contexts: Vec<ContextFile>,
    pub tensors: u64,
    /// Elements of all tensors that are stored as weights.
    pub parameters: u64,
    /// How many tensors there are of each element type (the numbers of `TensorProto.DataType`).
    pub dtypes: BTreeMap<u64, u64>,
    pub problems: Vec<Problem>,
}

/// How often an operator is used, and where first.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Operator {
    pub count: u64,
    pub offset: u64,
    /// The name of the first node that uses it.
    pub node: String,
}

/// A tensor whose bytes lie in another file.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ExternalTensor {
    pub tensor: String,
    /// Where the tensor stands, such as `an initializer of the graph`.
    pub holder: &'static str,
    pub offset: u64,
    /// All keys and values as they stand, cut to 4,096 bytes each; a key may come twice.
    pub entries: Vec<(String, String)>,
}

/// A file named by an `EPContext` node.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ContextFile {
    pub node: String,
    pub offset: u64,
    pub location: String,
}

/// Reads the structure of an ONNX model.
#[must_use]
pub fn parse(source: &Source, context: &Context) -> OnnxModel {
    let Some(wire) = text_form::wire(source, context) else {
        return visit::Visit::new(source, context).model();
    };
    let mut model = visit::Visit::new(&wire, context).model();
    // Offsets of a wire form that was made from a text point nowhere.
    model.operators.values_mut().for_each(|operator| operator.offset = 0);
    model.external.iter_mut().for_each(|tensor| tensor.offset = 0);
    model.contexts.iter_mut().for_each(|file| file.offset = 0);
    model.problems.iter_mut().for_each(|problem| problem.offset = None);
    model
}
