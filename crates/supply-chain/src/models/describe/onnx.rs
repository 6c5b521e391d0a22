//! What an ONNX model says about itself.

use crate::{Artifact, Description, Fact};
use modelward_formats::onnx::OnnxModel;
use modelward_kernel::{Reason, Severity, Unknown, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Names that are listed of each kind.
const LISTED: usize = 64;

/// Names of `TensorProto.DataType`, from 0.
const DTYPES: [&str; 27] = [
    "undefined",
    "f32",
    "u8",
    "i8",
    "u16",
    "i16",
    "i32",
    "i64",
    "string",
    "bool",
    "f16",
    "f64",
    "u32",
    "u64",
    "complex64",
    "complex128",
    "bf16",
    "f8e4m3fn",
    "f8e4m3fnuz",
    "f8e5m2",
    "f8e5m2fnuz",
    "u4",
    "i4",
    "f4e2m1",
    "f8e8m0",
    "u2",
    "i2",
];

pub(super) fn describe(artifact: &Artifact<'_>, model: &OnnxModel, description: &mut Description) {
    let mut set = |key: &str, value: Value| description.properties.insert(key.to_owned(), value);
    if !model.graph_name.is_empty() {
        set("architecture", model.graph_name.as_str().into());
    }
    if !model.producer.is_empty() {
        set("producer", format!("{} {}", model.producer, model.producer_version).trim().into());
    }
    if let Some(version) = model.ir_version {
        set("ir_version", version.into());
    }
    let opsets = model.opsets.iter().take(LISTED).map(|(domain, version)| {
        let domain = if domain.is_empty() { "ai.onnx" } else { domain };
        format!("{domain} {version}")
    });
    set("opsets", opsets.collect::<Vec<_>>().into());
    set("tensors", model.tensors.into());
    set("parameters", model.parameters.into());
    set("nodes", model.operators.values().map(|operator| operator.count).sum::<u64>().into());
    let dtypes = model.dtypes.keys().map(|dtype| {
        usize::try_from(*dtype).ok().and_then(|index| DTYPES.get(index)).copied().unwrap_or("unknown")
    });
    set("dtypes", dtypes.collect::<Vec<_>>().into());
    set("inputs", model.inputs.iter().take(LISTED).cloned().collect::<Vec<_>>().into());
    set("outputs", model.outputs.iter().take(LISTED).cloned().collect::<Vec<_>>().into());
    facts(artifact, model, description);
    if let Some((_, operator)) = model.operators.iter().find(|((_, name), _)| name == "EPContext") {
        description.unknowns.push(
            Unknown::new(
                Reason::NotAnalysed,
                Severity::High,
                artifact.asset,
                artifact.place.at(operator.offset),
                "the graph holds a compiled context of a device (EPContext): nothing inside was checked",
            )
            .lifted_by("the model before it was compiled for the device"),
        );
    }
}

/// One `external-data` fact for each file that tensors lie in: a rule over the folder asks whether it is there.
fn facts(artifact: &Artifact<'_>, model: &OnnxModel, description: &mut Description) {
    let mut seen = BTreeSet::new();
    for tensor in &model.external {
        for (key, value) in &tensor.entries {
            if key == "location" && seen.len() < LISTED && seen.insert(value) {
                description.facts.push(Fact {
                    kind: "external-data".to_owned(),
                    asset: artifact.asset.clone(),
                    place: artifact.place.at(tensor.offset),
                    fields: BTreeMap::from([("location".to_owned(), value.as_str().into())]),
                });
            }
        }
    }
}
