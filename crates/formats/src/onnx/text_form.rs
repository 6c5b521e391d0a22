//! The text form (`.textproto`, `.pbtxt`): the fields that the reader of the binary form looks at.

use crate::{
    Context, Source,
    protobuf::text::{
        self,
        Holds::{Message, Number, Text},
        MessageOf, to_wire,
    },
};
use memchr::memmem;

static TABLE: &[MessageOf] = &[
    (
        "Model",
        &[
            ("ir_version", 1, Number),
            ("producer_name", 2, Text),
            ("producer_version", 3, Text),
            ("domain", 4, Text),
            ("graph", 7, Message("Graph")),
            ("opset_import", 8, Message("Opset")),
            ("metadata_props", 14, Message("Entry")),
            ("training_info", 20, Message("Training")),
            ("functions", 25, Message("Function")),
        ],
    ),
    ("Opset", &[("domain", 1, Text), ("version", 2, Number)]),
    ("Entry", &[("key", 1, Text), ("value", 2, Text)]),
    ("Training", &[("initialization", 1, Message("Graph")), ("algorithm", 2, Message("Graph"))]),
    (
        "Graph",
        &[
            ("node", 1, Message("Node")),
            ("name", 2, Text),
            ("initializer", 5, Message("Tensor")),
            ("input", 11, Message("Named")),
            ("output", 12, Message("Named")),
            ("sparse_initializer", 15, Message("Sparse")),
        ],
    ),
    ("Named", &[("name", 1, Text)]),
    (
        "Node",
        &[
            ("input", 1, Text),
            ("output", 2, Text),
            ("name", 3, Text),
            ("op_type", 4, Text),
            ("attribute", 5, Message("Attribute")),
            ("domain", 7, Text),
        ],
    ),
    (
        "Attribute",
        &[
            ("name", 1, Text),
            ("s", 4, Text),
            ("t", 5, Message("Tensor")),
            ("g", 6, Message("Graph")),
            ("tensors", 10, Message("Tensor")),
            ("graphs", 11, Message("Graph")),
            ("sparse_tensor", 22, Message("Sparse")),
            ("sparse_tensors", 23, Message("Sparse")),
        ],
    ),
    ("Sparse", &[("values", 1, Message("Tensor")), ("indices", 2, Message("Tensor"))]),
    (
        "Tensor",
        &[
            ("dims", 1, Number),
            ("data_type", 2, Number),
            ("name", 8, Text),
            ("raw_data", 9, Text),
            ("external_data", 13, Message("Entry")),
            ("data_location", 14, Number),
        ],
    ),
    (
        "Function",
        &[
            ("name", 1, Text),
            ("node", 7, Message("Node")),
            ("domain", 10, Text),
            ("attribute_proto", 11, Message("Attribute")),
        ],
    ),
];

/// Whether the file is text with fields that an ONNX model alone has.
pub(super) fn is_text(head: &[u8], source: &Source) -> bool {
    let start = text::start(head, source);
    let has = |word: &str| memmem::find(&start, word.as_bytes()).is_some();
    start.first().is_some_and(u8::is_ascii_lowercase)
        && ["ir_version:", "opset_import", "op_type:", "producer_name:"].into_iter().any(has)
        && ["graph {", "graph{", "graph <", "graph: {", "functions {", "functions{"].into_iter().any(has)
}

/// The wire form of a text; none when the file is no text.
pub(super) fn wire(source: &Source, context: &Context) -> Option<Source> {
    if !is_text(&source.read_vec(0, 4096), source) {
        return None;
    }
    let most = usize::try_from(context.limits.text_bytes).unwrap_or(usize::MAX);
    Some(Source::from_vec(to_wire(&source.read_vec(0, most), "Model", TABLE)))
}
