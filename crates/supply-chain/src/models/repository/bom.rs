//! From facts to the AI-BOM: the model's properties, the base models and datasets that it names, and the relations.

use super::{Plan, layout};
use crate::{Fact, RepositoryFile};
use modelward_kernel::{Asset, AssetKind, Modality, Relation, RelationKind, Value};

/// Keys of facts that are copied to the model as they stand; the first file that says one wins, in the order of paths.
const COPIED: &[&str] = &[
    "architecture",
    "parameters",
    "quantisation",
    "context_length",
    "tokenizer",
    "template_sha256",
    "licence",
    "model_type",
    "pipeline_tag",
    "language",
    "library",
    "mlflow_version",
];

/// Fills the plan's asset, the assets that it names, and the relations.
pub(super) fn complete<'f>(
    plan: &mut Plan,
    files: &[RepositoryFile],
    facts: impl Fn(&RepositoryFile) -> &'f [&'f Fact],
) {
    let mut formats: Vec<&str> = Vec::new();
    for index in plan.files.clone() {
        let file = &files[index];
        let top = file.place.inside.len() <= plan.place.inside.len() + usize::from(is_archive(plan, files));
        if top {
            plan.relations.push(Relation::new(
                RelationKind::Contains,
                &plan.asset.id,
                &file.asset,
                file.place.clone(),
            ));
        }
        if layout::is_weights(file) {
            formats.extend(file.formats.iter().map(|format| format.as_str()));
        }
        for fact in facts(file) {
            copy(plan, fact);
            name_others(plan, fact);
        }
    }
    formats.sort_unstable();
    formats.dedup();
    if !formats.is_empty() {
        plan.asset.set("format", formats.join(", "));
    }
}

fn is_archive(plan: &Plan, files: &[RepositoryFile]) -> bool {
    plan.files.iter().any(|&index| files[index].place.address() == plan.place.address())
}

fn copy(plan: &mut Plan, fact: &Fact) {
    for &key in COPIED {
        if let Some(value) = fact.fields.get(key)
            && !plan.asset.properties.contains_key(key)
        {
            plan.asset.properties.insert(key.to_owned(), value.clone());
        }
    }
}

/// Base models and datasets become assets of their own, named by their address on the hub that the card means.
fn name_others(plan: &mut Plan, fact: &Fact) {
    for (field, kind, relation) in [
        ("base_model", AssetKind::Model, RelationKind::DerivedFrom),
        ("datasets", AssetKind::Dataset, RelationKind::TrainedOn),
    ] {
        let Some(value) = fact.fields.get(field) else { continue };
        let names: Vec<&str> = match value {
            Value::List(items) => items.iter().filter_map(Value::as_text).collect(),
            value => value.as_text().into_iter().collect(),
        };
        for name in names.into_iter().filter(|name| !name.is_empty()).take(1_000) {
            let other = Asset::named(kind, name, name);
            let mut edge = Relation::new(relation, &plan.asset.id, &other.id, fact.place.clone());
            // A card is a claim: nothing in the bytes of the weights proves it.
            edge.modality = Modality::May;
            edge.condition = Some("as the files of the model declare".into());
            plan.relations.push(edge);
            if !plan.assets.iter().any(|known| known.id == other.id) {
                plan.assets.push(other);
            }
            let list = plan.asset.properties.get_or_insert_with(field, || Value::List(Vec::new()));
            if let Value::List(items) = list
                && !items.iter().any(|item| item.as_text() == Some(name))
            {
                items.push(Value::from(name));
            }
        }
    }
}
