//! What a TensorFlow model says about itself.

use crate::{Artifact, Description, Fact};
use modelward_formats::tensorflow::TensorFlowModel;
use modelward_kernel::Value;
use std::collections::BTreeMap;

/// Names that are listed of each kind.
const LISTED: usize = 64;

pub(super) fn describe(artifact: &Artifact<'_>, model: &TensorFlowModel, description: &mut Description) {
    let mut set = |key: &str, value: Value| description.properties.insert(key.to_owned(), value);
    if let Some(config) = model.keras.iter().find(|config| !config.root_class.is_empty()) {
        set("architecture", config.root_class.as_str().into());
    }
    if !model.version.is_empty() {
        set("producer", format!("tensorflow {}", model.version).into());
    }
    set("parameters", model.parameters.into());
    set("nodes", model.operators.values().map(|operator| operator.count).sum::<u64>().into());
    set("functions", model.functions.into());
    let first = |names: &[String]| names.iter().take(LISTED).cloned().collect::<Vec<_>>();
    set("tags", first(&model.tags).into());
    set("signatures", first(&model.signatures).into());
    for (name, offset) in model.assets.iter().take(LISTED) {
        description.facts.push(Fact {
            kind: "external-data".to_owned(),
            asset: artifact.asset.clone(),
            place: artifact.place.at(*offset),
            fields: BTreeMap::from([("location".to_owned(), format!("assets/{name}").into())]),
        });
    }
}
