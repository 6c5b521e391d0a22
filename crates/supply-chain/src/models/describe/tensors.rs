//! What the containers of weights say about themselves: counts, element types, and what their metadata declares.

use crate::{Artifact, Description, Fact};
use modelward_formats::{Element, gguf, gguf::Gguf, numpy, safetensors::Safetensors, trees::Ensemble};
use modelward_kernel::Value;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// Characters of a declared text that are kept as a property.
const TEXT: usize = 200;

fn set(description: &mut Description, key: &str, value: impl Into<Value>) {
    description.properties.entry(key.to_owned()).or_insert(value.into());
}

fn words<'a>(elements: impl Iterator<Item = &'a Element>) -> Vec<String> {
    elements.map(|element| element.word.to_lowercase()).collect::<BTreeSet<_>>().into_iter().collect()
}

/// The sum of the products of the shapes, as far as they do not overflow.
fn parameters<'a>(shapes: impl Iterator<Item = &'a [u64]>) -> u64 {
    shapes
        .map(|shape| shape.iter().try_fold(1u64, |a, b| a.checked_mul(*b)).unwrap_or(0))
        .fold(0, u64::saturating_add)
}

pub(super) fn safetensors(file: &Safetensors, description: &mut Description) {
    set(description, "tensors", file.tensors.len());
    set(description, "parameters", parameters(file.tensors.iter().map(|t| t.shape.as_slice())));
    set(description, "dtypes", words(file.tensors.iter().filter_map(|t| t.element.as_ref())));
    // What the writers of adapters and image models declare.
    const DECLARED: &[(&str, &str)] = &[
        ("modelspec.architecture", "architecture"),
        ("modelspec.license", "licence"),
        ("modelspec.title", "title"),
        ("ss_sd_model_name", "base_model"),
        ("ss_base_model_version", "base_model"),
        ("framework", "framework"),
    ];
    for (key, property) in DECLARED {
        // Of duplicates the last counts, as in the reference reader.
        if let Some(pair) = file.metadata.iter().rev().find(|pair| pair.key == *key) {
            set(description, property, pair.value.chars().take(TEXT).collect::<String>());
        }
    }
}

pub(super) fn numpy(array: &numpy::Array, description: &mut Description) {
    set(description, "tensors", 1i64);
    set(description, "parameters", parameters(std::iter::once(array.shape.as_slice())));
    let dtype = match array.element {
        Some(element) => element.word.to_lowercase(),
        None => array.descr.chars().take(TEXT).collect(),
    };
    set(description, "dtypes", vec![dtype]);
}

pub(super) fn trees(ensemble: &Ensemble, description: &mut Description) {
    for (key, text) in [
        ("architecture", &ensemble.booster),
        ("objective", &ensemble.objective),
        ("version", &ensemble.version),
    ] {
        if !text.is_empty() {
            set(description, key, text.as_str());
        }
    }
    set(description, "trees", ensemble.trees);
    set(description, "nodes", ensemble.nodes);
    if let Some(features) = ensemble.features {
        set(description, "features", features);
    }
}

pub(super) fn gguf(artifact: &Artifact<'_>, file: &Gguf, description: &mut Description) {
    set(description, "tensors", file.tensors.len());
    set(description, "parameters", parameters(file.tensors.iter().map(|t| t.shape.as_slice())));
    set(description, "dtypes", words(file.tensors.iter().filter_map(|t| t.element.as_ref())));
    for (key, property) in [
        ("general.architecture", "architecture"),
        ("general.name", "title"),
        ("general.license", "licence"),
        ("tokenizer.ggml.model", "tokenizer"),
        ("general.base_model.0.repo_url", "base_model"),
        ("general.base_model.0.name", "base_model"),
        ("general.source.repo_url", "base_model"),
    ] {
        if let Some(text) = file.text(key) {
            set(description, property, text.chars().take(TEXT).collect::<String>());
        }
    }
    let architecture = file.text("general.architecture").unwrap_or("");
    if let Some(length) = file.number(&format!("{architecture}.context_length")) {
        set(description, "context_length", length);
    }
    if let Some(word) = file.number("general.file_type").and_then(file_type) {
        set(description, "quantisation", word);
    }
    let datasets = datasets(file);
    if !datasets.is_empty() {
        set(description, "datasets", datasets);
    }
    templates(artifact, file, description);
}

fn datasets(file: &Gguf) -> Vec<String> {
    let numbered = (0..16).filter_map(|i| {
        let text = |field: &str| file.text(&format!("general.dataset.{i}.{field}"));
        text("repo_url").or_else(|| text("name")).map(str::to_owned)
    });
    let listed = match file.get("general.datasets") {
        Some(gguf::Value::Array { head, .. }) => head.as_slice(),
        _ => &[],
    };
    let listed = listed.iter().filter_map(|value| match value {
        gguf::Value::Text { text, .. } => Some(text.clone()),
        _ => None,
    });
    numbered.chain(listed).map(|text| text.chars().take(TEXT).collect()).collect()
}

/// One `chat-template` fact for each template, duplicates included: which of them a reader takes is its own affair.
fn templates(artifact: &Artifact<'_>, file: &Gguf, description: &mut Description) {
    for pair in &file.pairs {
        let Some(rest) = pair.key.strip_prefix("tokenizer.chat_template") else { continue };
        let gguf::Value::Text { text, .. } = &pair.value else { continue };
        let name = match rest.strip_prefix('.') {
            Some(name) => name,
            None if rest.is_empty() => "default",
            // `tokenizer.chat_templates` is the list of their names.
            None => continue,
        };
        if name == "default" {
            let digest = Sha256::digest(text.as_bytes());
            set(
                description,
                "template_sha256",
                digest.iter().map(|b| format!("{b:02x}")).collect::<String>(),
            );
        }
        description.facts.push(Fact {
            kind: "chat-template".to_owned(),
            asset: artifact.asset.clone(),
            place: artifact.place.at(pair.offset),
            fields: BTreeMap::from([
                ("source".to_owned(), text.as_str().into()),
                ("origin".to_owned(), "gguf".into()),
                ("name".to_owned(), name.into()),
            ]),
        });
    }
}

/// `enum llama_ftype`: what most tensors are quantised to.
fn file_type(number: u64) -> Option<&'static str> {
    const WORDS: [&str; 39] = [
        "F32", "F16", "Q4_0", "Q4_1", "Q4_1_F16", "Q4_2", "Q4_3", "Q8_0", "Q5_0", "Q5_1", "Q2_K", "Q3_K_S",
        "Q3_K_M", "Q3_K_L", "Q4_K_S", "Q4_K_M", "Q5_K_S", "Q5_K_M", "Q6_K", "IQ2_XXS", "IQ2_XS", "Q2_K_S",
        "IQ3_XS", "IQ3_XXS", "IQ1_S", "IQ4_NL", "IQ3_S", "IQ3_M", "IQ2_S", "IQ2_M", "IQ4_XS", "IQ1_M",
        "BF16", "Q4_0_4_4", "Q4_0_4_8", "Q4_0_8_8", "TQ1_0", "TQ2_0", "MXFP4",
    ];
    WORDS.get(usize::try_from(number).ok()?).copied()
}
