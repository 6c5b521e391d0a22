//! The model card of a component, from what the model says about itself, and its ancestors.

use super::{Edges, plain};
use crate::hostile::visible;
use modelward_kernel::{Asset, RelationKind, Report, Value as Property};
use serde_json::{Value, json};

/// What the card holds; the other properties stand on the component.
pub(super) fn card(report: &Report, edges: &Edges<'_>, asset: &Asset) -> Value {
    let mut parameters = serde_json::Map::new();
    if let Some(architecture) = asset.properties.get("architecture") {
        parameters.insert("modelArchitecture".to_owned(), json!(plain(architecture)));
    }
    if let Some(task) = asset.properties.get("task") {
        parameters.insert("task".to_owned(), json!(plain(task)));
    }
    let datasets = datasets(report, edges, asset);
    if !datasets.is_empty() {
        parameters.insert("datasets".to_owned(), json!(datasets));
    }
    let mut card = serde_json::Map::new();
    if !parameters.is_empty() {
        card.insert("modelParameters".to_owned(), Value::Object(parameters));
    }
    let facts: Vec<Value> =
        ["parameters", "tensors", "dtypes", "quantisation", "context_length", "tokenizer", "template_sha256"]
            .into_iter()
            .filter_map(|key| {
                let value = asset.properties.get(key)?;
                Some(json!({ "name": format!("modelward:{key}"), "value": plain(value) }))
            })
            .collect();
    if !facts.is_empty() {
        card.insert("properties".to_owned(), json!(facts));
    }
    Value::Object(card)
}

/// The data sets that the inventory holds as references, the others by their names.
fn datasets(report: &Report, edges: &Edges<'_>, asset: &Asset) -> Vec<Value> {
    let mut list = Vec::new();
    let mut named = Vec::new();
    for relation in edges.from(&asset.id) {
        if relation.kind == RelationKind::TrainedOn
            && let Some(dataset) = report.inventory.asset(&relation.to)
        {
            list.push(json!({ "ref": dataset.id.as_str() }));
            named.push(dataset.name.as_str());
        }
    }
    let declared = asset.properties.get("datasets").map_or(&[][..], Property::items);
    for name in declared.iter().filter_map(Property::as_text).filter(|name| !named.contains(name)) {
        list.push(json!({ "type": "dataset", "name": visible(name) }));
    }
    list
}

/// The models that this one was derived from.
pub(super) fn pedigree(report: &Report, edges: &Edges<'_>, asset: &Asset) -> Option<Value> {
    let ancestors: Vec<Value> = edges
        .from(&asset.id)
        .filter(|r| r.kind == RelationKind::DerivedFrom)
        .map(|r| {
            let ancestor = report.inventory.asset(&r.to);
            let name = ancestor.map_or_else(|| r.to.as_str(), |a| a.name.as_str());
            let mut component = json!({ "type": "machine-learning-model", "name": visible(name) });
            if let Some(version) = ancestor.and_then(|a| a.version.as_deref()) {
                component["version"] = json!(visible(version));
            }
            component
        })
        .collect();
    (!ancestors.is_empty()).then(|| json!({ "ancestors": ancestors }))
}
