//! JSON files of model repositories: configurations, tokenizers, indexes, adapters. What a key means depends on the key,
//! not on the name of the file: loaders are pointed at any name.

use super::facts::{add, code_reference, cut};
use crate::{Artifact, Description};
use modelward_formats::{
    ProblemKind,
    json::{Document, Kind, Node},
};
use modelward_kernel::{Reason, Severity, Unknown, Value};
use sha2::{Digest, Sha256};

/// References of one file that are listed.
const MAX_REFERENCES: usize = 1_000;

/// Keys of a model's configuration that no other JSON has; two of the second sort mean the same.
const STRONG: &[&str] = &[
    "model_type",
    "architectures",
    "auto_map",
    "_class_name",
    "quantization_config",
    "peft_type",
    "custom_pipelines",
];
const WEAK: &[&str] = &[
    "hidden_size",
    "num_hidden_layers",
    "vocab_size",
    "torch_dtype",
    "dtype",
    "transformers_version",
    "n_layer",
    "d_model",
    "num_attention_heads",
    "n_embd",
];

pub(super) fn describe(artifact: &Artifact<'_>, document: &Document, description: &mut Description) {
    let Some(root) = document.root() else { return };
    templates(artifact, description);
    if root.kind() == Kind::Object {
        config(artifact, root, description);
        index(artifact, root, description);
        adapter(artifact, root, description);
        custom_pipelines(artifact, root, description);
        pipeline_components(artifact, root, description);
    }
    if root.kind() == Kind::Array {
        sentence_transformers(artifact, root, description);
    }
    auto_maps(artifact, document, description);
    tokenizer(artifact, root, description);
}

/// Facts for the comparison of copies, and the digest of the first template.
pub(super) fn templates(artifact: &Artifact<'_>, description: &mut Description) {
    for chat in crate::models::template::templates_of(artifact) {
        let text = &*chat.template.text;
        let nested = !matches!(artifact.parsed, modelward_formats::Parsed::Jinja(_));
        if nested
            && let Some(problem) = chat
                .template
                .problems
                .iter()
                .find(|problem| matches!(problem.kind, ProblemKind::Malformed | ProblemKind::Budget))
        {
            let reason = if problem.kind == ProblemKind::Budget { Reason::Budget } else { Reason::Malformed };
            description.unknowns.push(Unknown::new(
                reason,
                Severity::Medium,
                artifact.asset,
                chat.place.clone(),
                format!("the chat template was not judged: {}", problem.message),
            ));
        } else if crate::models::template::analyse(&chat.template).unfinished {
            let message = "the chat template was not judged to its end: it would take too many steps";
            description.unknowns.push(Unknown::new(
                Reason::Budget,
                Severity::Medium,
                artifact.asset,
                chat.place.clone(),
                message,
            ));
        }
        if chat.name.is_empty() || chat.name == "default" {
            let digest: String =
                Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
            description.properties.entry("template_sha256".into()).or_insert_with(|| digest.as_str().into());
        }
        let origin = artifact.format.as_str();
        add(
            artifact,
            description,
            "chat-template",
            chat.place.clone(),
            [("source", text.into()), ("origin", origin.into()), ("name", chat.name.as_str().into())],
        );
    }
}

fn config(artifact: &Artifact<'_>, root: Node<'_>, description: &mut Description) {
    let has = |keys: &[&str]| keys.iter().filter(|key| root.get(key).is_some()).count();
    if has(STRONG) == 0 && has(WEAK) < 2 {
        return;
    }
    let mut fields: Vec<(&'static str, Value)> = Vec::new();
    let architecture = root
        .get("architectures")
        .and_then(|list| list.items().next()?.as_str())
        .or_else(|| root.text("_class_name"));
    if let Some(architecture) = architecture {
        fields.push(("architecture", cut(&architecture).into()));
    }
    if let Some(licence) = root.text("license").or_else(|| root.text("licence")) {
        fields.push(("licence", cut(&licence).into()));
    }
    if let Some(model_type) = root.text("model_type") {
        fields.push(("model_type", cut(&model_type).into()));
    }
    let length = ["max_position_embeddings", "n_positions", "max_seq_len", "seq_length", "n_ctx"]
        .iter()
        .find_map(|key| root.get(key)?.as_u64());
    if let Some(length) = length {
        fields.push(("context_length", length.into()));
    }
    if let Some(quantisation) = root.get("quantization_config").and_then(|q| q.text("quant_method")) {
        fields.push(("quantisation", cut(&quantisation).into()));
    }
    if let Some(base) = root.text("_name_or_path").filter(|name| is_hub_name(name)) {
        fields.push(("base_model", Value::List(vec![cut(&base).into()])));
    }
    for (key, value) in &fields {
        description.properties.insert((*key).to_owned(), value.clone());
    }
    if root.get("trust_remote_code").and_then(Node::as_bool) == Some(true) {
        add(artifact, description, "trusts-remote-code", artifact.place.at_pointer("/trust_remote_code"), []);
    }
    add(artifact, description, "config", artifact.place.clone(), fields);
}

/// `owner/name`, as the hub writes it: no path of a disk.
fn is_hub_name(name: &str) -> bool {
    let mut parts = name.split('/');
    let valid = |part: Option<&str>| {
        part.is_some_and(|part| {
            !part.is_empty()
                && !part.starts_with('.')
                && part.chars().all(|c| c.is_alphanumeric() || "-_.".contains(c))
        })
    };
    valid(parts.next()) && valid(parts.next()) && parts.next().is_none()
}

/// `auto_map` at any depth: nested configurations are loaded by the same code.
fn auto_maps(artifact: &Artifact<'_>, document: &Document, description: &mut Description) {
    let mut count = 0;
    for node in document.walk() {
        if node.kind() != Kind::Object {
            continue;
        }
        for (key, via) in [("auto_map", "auto_map"), ("auto_mapping", "auto_mapping")] {
            for map in node.get_all(key) {
                let revision = node.text("code_revision");
                for target in texts_below(map) {
                    let Some(text) = target.as_str() else { continue };
                    count += 1;
                    if count > MAX_REFERENCES || (key == "auto_mapping" && !text.contains('.')) {
                        return;
                    }
                    let place = artifact.place.at_pointer(target.pointer());
                    code_reference(artifact, description, place, via, &text, revision.as_deref());
                }
            }
        }
        if let Some(kind) = node.text("custom_generate") {
            let place = artifact.place.at_pointer(node.pointer());
            code_reference(artifact, description, place, "custom_generate", &kind, None);
        }
    }
}

/// The texts of a value: of a list (slow and fast tokenizer), of an object, or the text itself.
fn texts_below(node: Node<'_>) -> Vec<Node<'_>> {
    let mut open = vec![node];
    let mut texts = Vec::new();
    while let Some(node) = open.pop() {
        match node.kind() {
            Kind::String => texts.push(node),
            Kind::Array => open.extend(node.items()),
            Kind::Object => open.extend(node.members().map(|member| member.value)),
            _ => {}
        }
        if texts.len() > MAX_REFERENCES {
            break;
        }
    }
    texts
}

/// `modules.json` of sentence-transformers: each module's class is imported by its name.
fn sentence_transformers(artifact: &Artifact<'_>, root: Node<'_>, description: &mut Description) {
    for module in root.items().take(MAX_REFERENCES) {
        let (Some(kind), true) =
            (module.get("type"), module.get("idx").is_some() || module.get("path").is_some())
        else {
            continue;
        };
        let Some(text) = kind.as_str() else { continue };
        add(artifact, description, "config", artifact.place.clone(), []);
        if !text.starts_with("sentence_transformers.") {
            code_reference(
                artifact,
                description,
                artifact.place.at_pointer(kind.pointer()),
                "modules.json",
                &text,
                None,
            );
        }
    }
}

fn custom_pipelines(artifact: &Artifact<'_>, root: Node<'_>, description: &mut Description) {
    for pipeline in root.get("custom_pipelines").into_iter().flat_map(Node::members) {
        if let Some(code) = pipeline.value.get("impl")
            && let Some(text) = code.as_str()
        {
            code_reference(
                artifact,
                description,
                artifact.place.at_pointer(code.pointer()),
                "custom_pipelines",
                &text,
                None,
            );
        }
    }
}

/// `model_index.json` of diffusers: `"unet": ["library", "Class"]`; a library that is no package is a file of the
/// repository, and a pipeline class can be one as well.
fn pipeline_components(artifact: &Artifact<'_>, root: Node<'_>, description: &mut Description) {
    if root.get("_diffusers_version").is_none() && root.get("_class_name").is_none() {
        return;
    }
    const LIBRARIES: &[&str] = &[
        "diffusers",
        "transformers",
        "onnxruntime",
        "flax",
        "stable_diffusion",
        "kolors",
        "audioldm2",
        "sentence_transformers",
        "peft",
        "optimum",
        "k_diffusion",
    ];
    for member in root.members().take(MAX_REFERENCES) {
        let mut items = member.value.items();
        let (Some(library), Some(class)) =
            (items.next().and_then(Node::as_str), items.next().and_then(Node::as_str))
        else {
            continue;
        };
        let head = library.split('.').next().unwrap_or(&library);
        let custom = library.starts_with("diffusers_modules")
            || !(LIBRARIES.contains(&head) || head.chars().all(|c| c.is_ascii_lowercase() || c == '_'));
        if custom || member.key == "_class_name" {
            let target = match library.strip_prefix("diffusers_modules.local.") {
                Some(module) => format!("{module}.{class}"),
                None => format!("{library}.{class}"),
            };
            code_reference(
                artifact,
                description,
                artifact.place.at_pointer(member.value.pointer()),
                "model_index.json",
                &target,
                None,
            );
        }
    }
}

fn adapter(artifact: &Artifact<'_>, root: Node<'_>, description: &mut Description) {
    if root.get("peft_type").is_none() && root.get("base_model_name_or_path").is_none() {
        return;
    }
    let mut fields: Vec<(&'static str, Value)> = Vec::new();
    if let Some(base) = root.text("base_model_name_or_path").filter(|base| !base.is_empty()) {
        fields.push(("base_model", Value::List(vec![cut(&base).into()])));
    }
    add(artifact, description, "config", artifact.place.clone(), fields);
}

/// `weight_map` of a sharded model: which files hold the weights.
fn index(artifact: &Artifact<'_>, root: Node<'_>, description: &mut Description) {
    let Some(map) = root.get("weight_map").filter(|map| map.kind() == Kind::Object) else { return };
    let mut names: Vec<(String, Node<'_>)> = map
        .members()
        .filter_map(|member| Some((member.value.as_str()?.into_owned(), member.value)))
        .collect();
    names.sort_by(|a, b| a.0.cmp(&b.0));
    names.dedup_by(|a, b| a.0 == b.0);
    let files: Vec<Value> = names.iter().take(100_000).map(|(name, _)| cut(name).into()).collect();
    add(
        artifact,
        description,
        "shard-index",
        artifact.place.at_pointer("/weight_map"),
        [("files", Value::List(files))],
    );
}

fn tokenizer(artifact: &Artifact<'_>, root: Node<'_>, description: &mut Description) {
    if let Some(class) = root.text("tokenizer_class") {
        description.properties.insert("tokenizer".into(), cut(&class).into());
        add(artifact, description, "tokenizer", artifact.place.clone(), [("tokenizer", cut(&class).into())]);
    } else if let Some(model) = root.get("model").filter(|_| root.get("added_tokens").is_some())
        && let Some(kind) = model.text("type")
    {
        add(artifact, description, "tokenizer", artifact.place.clone(), [("tokenizer", cut(&kind).into())]);
    }
}
