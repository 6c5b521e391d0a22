//! Model cards: the facts in their front matter (`huggingface_hub`'s model card metadata).

use super::facts::{add, cut};
use crate::{Artifact, Description};
use modelward_formats::{
    markdown::Markdown,
    yaml::{Document, Node},
};
use modelward_kernel::Value;

pub(super) fn describe(artifact: &Artifact<'_>, card: &Markdown, description: &mut Description) {
    let name = artifact.file_name().to_ascii_lowercase();
    if !name.starts_with("readme") && !name.contains("model_card") && !name.contains("modelcard") {
        return;
    }
    let root = card.front_matter.as_ref().and_then(Document::root);
    let mut fields: Vec<(&'static str, Value)> = vec![
        ("has_front_matter", card.front_matter.is_some().into()),
        ("body_words", card.body.split_whitespace().take(10_000).count().into()),
    ];
    if let Some(root) = root {
        let text =
            |key: &str| root.text(key).map(str::trim).filter(|text| !text.is_empty() && *text != "null");
        for (key, field) in [
            ("license", "licence"),
            ("pipeline_tag", "pipeline_tag"),
            ("library_name", "library"),
            ("license_name", "licence_name"),
        ] {
            if let Some(value) =
                text(key).or_else(|| root.get(key).and_then(|list| list.items().next()?.as_str()))
            {
                fields.push((field, cut(value).into()));
            }
        }
        for (key, field) in [
            ("base_model", "base_model"),
            ("datasets", "datasets"),
            ("language", "language"),
            ("metrics", "metrics"),
            ("tags", "tags"),
        ] {
            let values = names(root, key);
            if !values.is_empty() {
                fields.push((field, Value::List(values)));
            }
        }
        for (key, value) in &fields {
            if matches!(*key, "licence" | "base_model" | "datasets") {
                description.properties.insert((*key).to_owned(), value.clone());
            }
        }
    }
    add(artifact, description, "model-card", artifact.place.clone(), fields);
}

/// A text, or the texts of a list.
fn names(root: Node<'_>, key: &str) -> Vec<Value> {
    let Some(node) = root.get(key) else { return Vec::new() };
    match node.as_str() {
        Some(text) if !text.is_empty() && text != "null" => vec![cut(text).into()],
        Some(_) => Vec::new(),
        None => node.items().filter_map(Node::as_str).take(1_000).map(|text| cut(text).into()).collect(),
    }
}
