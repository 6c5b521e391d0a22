//! The text form (`saved_model.pbtxt`, `graph.pbtxt`): the fields that the reader of the binary form looks at.

use crate::{
    Context, Format, Source,
    protobuf::text::{
        self,
        Holds::{Message, Number, Text},
        MessageOf, to_wire,
    },
};
use memchr::memmem;

static TABLE: &[MessageOf] = &[
    ("SavedModel", &[("saved_model_schema_version", 1, Number), ("meta_graphs", 2, Message("MetaGraph"))]),
    (
        "MetaGraph",
        &[
            ("meta_info_def", 1, Message("MetaInfo")),
            ("graph_def", 2, Message("Graph")),
            ("saver_def", 3, Message("Saver")),
            ("signature_def", 5, Message("Entry")),
            ("asset_file_def", 6, Message("Asset")),
            ("object_graph_def", 7, Message("Objects")),
        ],
    ),
    ("MetaInfo", &[("tags", 4, Text), ("tensorflow_version", 5, Text)]),
    ("Saver", &[("filename_tensor_name", 1, Text)]),
    ("Entry", &[("key", 1, Text), ("value", 2, Text)]),
    ("Asset", &[("tensor_info", 1, Message("Named")), ("filename", 2, Text)]),
    ("Named", &[("name", 1, Text)]),
    ("Objects", &[("nodes", 1, Message("Object"))]),
    ("Object", &[("user_object", 4, Message("UserObject"))]),
    ("UserObject", &[("identifier", 1, Text), ("metadata", 3, Text)]),
    ("Graph", &[("node", 1, Message("Node")), ("library", 2, Message("Library"))]),
    (
        "Node",
        &[
            ("name", 1, Text),
            ("op", 2, Text),
            ("input", 3, Text),
            ("device", 4, Text),
            ("attr", 5, Message("Attribute")),
        ],
    ),
    ("Attribute", &[("key", 1, Text), ("value", 2, Message("Value"))]),
    (
        "Value",
        &[
            ("list", 1, Message("List")),
            ("s", 2, Text),
            ("shape", 7, Message("Shape")),
            ("tensor", 8, Message("Tensor")),
            ("func", 10, Message("Function name")),
        ],
    ),
    ("List", &[("s", 2, Text), ("tensor", 8, Message("Tensor")), ("func", 9, Message("Function name"))]),
    ("Function name", &[("name", 1, Text), ("attr", 2, Message("Attribute"))]),
    ("Shape", &[("dim", 2, Message("Dimension"))]),
    ("Dimension", &[("size", 1, Number)]),
    (
        "Tensor",
        &[
            ("dtype", 1, Number),
            ("tensor_shape", 2, Message("Shape")),
            ("tensor_content", 4, Text),
            ("string_val", 8, Text),
        ],
    ),
    ("Library", &[("function", 1, Message("Function"))]),
    (
        "Function",
        &[
            ("signature", 1, Message("Signature")),
            ("node_def", 3, Message("Node")),
            ("ret", 4, Message("Entry")),
        ],
    ),
    ("Signature", &[("name", 1, Text), ("input_arg", 2, Message("Named"))]),
];

/// Whether the file is text that opens as a message of the kind does, after remarks and spaces.
pub(super) fn is_text(head: &[u8], source: &Source, format: Format) -> bool {
    let start = text::start(head, source);
    let opens = start.iter().take_while(|byte| byte.is_ascii_lowercase() || **byte == b'_').count();
    let next = start[opens..].trim_ascii_start().first();
    let has = |word: &str| memmem::find(&start, word.as_bytes()).is_some();
    let node = || ["node {", "node{", "node <", "node: {", "node_def {", "node_def{"].into_iter().any(has);
    let own = match format {
        Format::SavedModel => has("meta_graphs") || has("saved_model_schema_version"),
        Format::MetaGraph => (has("graph_def") || has("meta_info_def")) && !has("meta_graphs") && node(),
        _ => node() && (has("op:") || has("op :")) && !has("graph_def") && !has("op_type"),
    };
    opens > 0 && matches!(next, Some(b'{' | b':' | b'<')) && own
}

/// The wire form of a text; none when the file is no text.
pub(super) fn wire(source: &Source, format: Format, context: &Context) -> Option<Source> {
    let head = source.read_vec(0, 4096);
    if !is_text(&head, source, format) {
        return None;
    }
    let most = usize::try_from(context.limits.text_bytes).unwrap_or(usize::MAX);
    let root = match format {
        Format::SavedModel => "SavedModel",
        Format::MetaGraph => "MetaGraph",
        _ => "Graph",
    };
    Some(Source::from_vec(to_wire(&source.read_vec(0, most), root, TABLE)))
}
