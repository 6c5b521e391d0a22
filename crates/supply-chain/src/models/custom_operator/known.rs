//! The operators that runtimes bring, from two tables of facts beside this file.

use std::{collections::BTreeSet, sync::LazyLock};

type Names = BTreeSet<(&'static str, &'static str)>;

static ONNX: LazyLock<Names> = LazyLock::new(|| table(include_str!("onnx_operators.txt")));
static TENSORFLOW: LazyLock<BTreeSet<&'static str>> = LazyLock::new(|| {
    table(include_str!("tensorflow_operators.txt")).into_iter().map(|(_, name)| name).collect()
});

/// Domains of layouts and dialects that runtimes and exporters use inside themselves: none of them loads anything.
const OWN_DOMAINS: &[&str] = &[
    "com.ms.internal.nhwc",
    "com.microsoft.nchwc",
    "com.microsoft.dml",
    "com.microsoft.nnapi",
    "com.microsoft.qnn",
    "com.microsoft.experimental",
    "ai.onnx.training",
    "ai.onnx.preview.training",
];

/// Lines of names under `@section` lines; `#` starts a remark.
fn table(text: &'static str) -> Names {
    let mut section = "";
    let mut names = Names::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        match line.strip_prefix('@') {
            Some(name) => section = name,
            None => {
                names.insert((section, line));
            }
        }
    }
    names
}

/// Whether some version of ONNX or ONNX Runtime defines the operator.
pub(super) fn is_onnx_operator(domain: &str, name: &str) -> bool {
    let domain = if domain == "ai.onnx" { "" } else { domain };
    OWN_DOMAINS.contains(&domain) || ONNX.contains(&(domain, name))
}

/// Whether TensorFlow, or a package of its own team, registers the operator. Names that start with an underscore are
/// reserved for TensorFlow's own passes.
pub(super) fn is_tensorflow_operator(name: &str) -> bool {
    name.starts_with('_') || TENSORFLOW.contains(name)
}
