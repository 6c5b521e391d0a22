//! What belongs in a Keras configuration.

use std::{collections::BTreeSet, sync::LazyLock};

static CLASSES: LazyLock<BTreeSet<&'static str>> =
    LazyLock::new(|| include_str!("classes.txt").lines().filter(|line| !line.starts_with('#')).collect());

/// Whose name it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    /// Keras's own, made for configurations.
    Keras,
    /// Keras's own, and no part of a model.
    Gadget,
    /// Of a module that is not Keras's.
    Foreign,
    /// Of no module: the program must know it.
    Custom,
}

/// Marks that Keras puts in the place of a class for plain values.
const MARKS: &[&str] = &[
    "__bytes__",
    "__ellipsis__",
    "__keras_tensor__",
    "__lambda__",
    "__numpy__",
    "__slice__",
    "__tensor__",
    "__tuple__",
    "__set__",
    "TensorShape",
    "TypeSpec",
    "CompositeTensor",
    "Lambda",
    "function",
];

/// Parts of Keras whose names make no part of a model.
const TOOLS: &[&str] =
    &["callbacks", "config", "datasets", "export", "preprocessing", "saving", "tools", "utils", "wrappers"];

/// Names in [`TOOLS`] that do: containers of features, and generators of seeds.
const PARTS_IN_TOOLS: &[&str] = &["FeatureSpace", "Feature", "Cross", "SeedGenerator", "TimeseriesGenerator"];

/// Functions of other parts of Keras that load, save or clear.
const TOOL_NAMES: &[&str] = &[
    "clear_session",
    "clone_model",
    "deserialize_keras_object",
    "enable_unsafe_deserialization",
    "func_load",
    "get_file",
    "load_model",
    "load_weights",
    "model_from_config",
    "model_from_json",
    "model_from_yaml",
    "register_keras_serializable",
    "save_model",
    "save_weights",
    "serialize_keras_object",
];

pub(super) fn kind(module: &str, name: &str, by_name: bool) -> Kind {
    if module.is_empty() {
        let package = name.split_once('>').map(|(package, _)| package);
        let sister = matches!(package, Some("keras" | "keras_core" | "keras_cv" | "keras_hub" | "keras_nlp"));
        let known = sister || by_name || MARKS.contains(&name) || CLASSES.contains(name);
        return if known { Kind::Keras } else { Kind::Custom };
    }
    let Some(area) = area(module) else {
        let typed = by_name && (module == "tensorflow" || module.starts_with("tensorflow.python.framework"));
        return if typed || MARKS.contains(&name) && module == "builtins" {
            Kind::Keras
        } else {
            Kind::Foreign
        };
    };
    let tool = TOOLS.contains(&area) && !PARTS_IN_TOOLS.contains(&name);
    if tool
        || TOOL_NAMES.contains(&name)
        || name.contains('.')
        || name.starts_with("__") && !MARKS.contains(&name)
    {
        Kind::Gadget
    } else {
        Kind::Keras
    }
}

/// The part of Keras that a module lies in: `layers` of `keras.src.layers.core.dense`; none when it is not Keras's.
fn area(module: &str) -> Option<&str> {
    let rest = [
        "tensorflow.keras",
        "tensorflow.python.keras",
        "tf_keras",
        "keras_core",
        "keras_hub",
        "keras_nlp",
        "keras_cv",
        "keras",
    ]
    .iter()
    .find_map(|root| module.strip_prefix(root).filter(|rest| rest.is_empty() || rest.starts_with('.')))?;
    let inner = ["", "api", "src", "_tf_keras", "keras", "_v1", "_v2"];
    Some(rest.split('.').find(|step| !inner.contains(step)).unwrap_or(""))
}

/// Whether a symbol of TensorFlow, as an operation layer names it, reaches out of the graph.
pub(super) fn harmful_symbol(symbol: &str) -> bool {
    let symbol = symbol.trim_start_matches("tf.").trim_start_matches("compat.v1.");
    let parts = [
        "io",
        "gfile",
        "data",
        "saved_model",
        "train",
        "summary",
        "distribute",
        "experimental",
        "debugging",
        "profiler",
        "sysconfig",
    ];
    let names = [
        "py_function",
        "py_func",
        "numpy_function",
        "load_op_library",
        "load_library",
        "load_file_system_library",
        "read_file",
        "write_file",
        "matching_files",
        "eager_py_func",
        "function",
    ];
    let harmless = [
        "io.decode_raw",
        "io.decode_image",
        "io.decode_jpeg",
        "io.decode_png",
        "io.decode_base64",
        "io.encode_base64",
        "io.parse_example",
        "io.parse_tensor",
        "io.serialize_tensor",
        "debugging.assert",
        "debugging.check_numerics",
    ];
    let first = symbol.split('.').next().unwrap_or(symbol);
    let last = symbol.rsplit('.').next().unwrap_or(symbol);
    let raw = first == "raw_ops" && super::reaches_outside(last);
    !harmless.iter().any(|name| symbol.starts_with(name))
        && (raw || names.contains(&last) || parts.contains(&first))
}
