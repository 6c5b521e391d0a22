//! Python files: what they import and what they would do, for the closure of the code that a repository runs.

use super::facts::{add, cut};
use crate::{
    Artifact, Description,
    code::behaviour::{Act, Behaviour},
};
use modelward_formats::python::Module;
use modelward_kernel::Value;
use std::collections::BTreeMap;

pub(super) fn describe(artifact: &Artifact<'_>, module: &Module, description: &mut Description) {
    let behaviour = Behaviour::of(module, artifact.effects);
    let list = |acts: &[Act]| Value::List(acts.iter().take(50).map(act).collect());
    let imports = behaviour.imports.iter().take(500).map(|name| Value::from(cut(name))).collect();
    add(
        artifact,
        description,
        "python-module",
        artifact.place.clone(),
        [
            ("at_import", list(&behaviour.at_import)),
            ("in_functions", list(&behaviour.in_functions)),
            ("imports", Value::List(imports)),
        ],
    );
}

fn act(act: &Act) -> Value {
    Value::Map(BTreeMap::from([
        ("what".to_owned(), Value::from(act.what.as_str())),
        ("text".to_owned(), Value::from(cut(&act.text))),
        ("line".to_owned(), Value::from(act.line)),
        ("severity".to_owned(), Value::from(act.severity.as_str())),
    ]))
}
