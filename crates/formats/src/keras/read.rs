//! From the text to the list of what it asks for.

use super::{Bytecode, KerasConfig, KerasObject, NamedPath, base64};
use crate::{
    Context, Problem, ProblemKind, Source,
    json::{self, Document, Kind, Node},
    protobuf::{Span, Walker, Wire},
};

const OBJECTS: usize = 65_536;
const PATHS: usize = 4096;
/// Texts that one object keeps, and bytes of each.
const TEXTS: usize = 32;
const TEXT: usize = 4096;

/// Keys under which a layer of Keras or of its sister packages takes the path of a file.
const PATH_KEYS: &[&str] = &[
    "vocabulary",
    "vocabulary_file",
    "vocab_file",
    "merges",
    "proto",
    "idf_weights",
    "filepath",
    "file_path",
    "filename",
    "fname",
    "origin",
    "url",
    "weights_path",
    "model_path",
    "checkpoint_path",
    "log_dir",
    "cache_dir",
    "hub_handle",
];

pub(super) fn document(document: &Document) -> KerasConfig {
    let mut config = KerasConfig { problems: document.problems.clone(), ..KerasConfig::default() };
    let Some(root) = document.root() else { return config };
    let text = |key: &str| root.text(key).map(|text| cut(&text, TEXT)).unwrap_or_default();
    config.root_class = text("class_name");
    config.keras_version = text("keras_version");
    config.backend = text("backend");
    config.name = root
        .get("config")
        .and_then(|node| node.text("name"))
        .map(|name| cut(&name, TEXT))
        .unwrap_or_default();
    collect(document, &mut config);
    config
}

/// Every object and every text, in the order of the text.
fn collect(document: &Document, config: &mut KerasConfig) {
    let mut room = base64::MOST;
    for node in document.walk() {
        match node.kind() {
            Kind::Object => object(node, config),
            Kind::Array if node.key().is_some_and(|key| key == "layers") => {
                config.layers += node.items().filter(|item| item.kind() == Kind::Object).count() as u64;
            }
            Kind::String => {
                let Some(text) = node.as_str() else { continue };
                let code = bytecode(&text, room);
                if !code.is_empty() {
                    room = room.saturating_sub(code.len());
                    config.bytecode.push(Bytecode { code, offset: node.offset() });
                }
            }
            _ => {}
        }
    }
}

/// The objects at one node: one for each value of `class_name` and of `module` when a key is given twice.
fn object(node: Node<'_>, config: &mut KerasConfig) {
    let mut classes: Vec<String> = texts(node, "class_name");
    let code = node.get("code").is_some() && node.members().count() <= 8;
    if classes.is_empty() {
        paths(node, "", config);
        if code {
            lambda_code(node, config);
        }
        return;
    }
    classes.truncate(TEXTS);
    for class_name in classes {
        if config.objects.len() >= OBJECTS {
            if config.objects.len() == OBJECTS && !config.problems.iter().any(|p| p.code == "keras-objects") {
                let message = format!("the configuration names more than {OBJECTS} objects");
                config.problems.push(Problem::new(ProblemKind::Budget, "keras-objects", message));
            }
            return;
        }
        let modules = texts(node, "module");
        for module in
            if modules.is_empty() { vec![None] } else { modules.into_iter().map(Some).take(TEXTS).collect() }
        {
            config.objects.push(one(node, class_name.clone(), module));
        }
        for inner in node.get_all("config").take(TEXTS) {
            paths(inner, &class_name, config);
        }
        paths(node, &class_name, config);
    }
}

fn one(node: Node<'_>, class_name: String, module: Option<String>) -> KerasObject {
    let registered_name = node.text("registered_name").map(|text| cut(&text, TEXT));
    // A type specification names its class in a key of its own.
    let (class_name, function) = match node.text("spec_name") {
        Some(name) if class_name == "__typespec__" => (class_name, Some(cut(&name, TEXT))),
        _ => (class_name, node.text("config").map(|text| cut(&text, TEXT))),
    };
    let mut texts = Vec::new();
    let mut configured = false;
    for config in node.get_all("config").take(TEXTS) {
        for member in config.members() {
            configured = true;
            if let Some(text) = member.value.as_str().filter(|_| texts.len() < TEXTS) {
                texts.push((cut(&member.key, TEXT), cut(&text, TEXT)));
            }
        }
    }
    KerasObject { class_name, module, registered_name, function, texts, configured, offset: node.offset() }
}

/// Members of `node` that name files.
fn paths(node: Node<'_>, class_name: &str, config: &mut KerasConfig) {
    for member in node.members() {
        let Some(text) = member.value.as_str() else { continue };
        let known = PATH_KEYS.contains(&&*member.key) && !text.is_empty();
        if (known || looks_like_path(&text)) && config.paths.len() < PATHS {
            let offset = member.value.offset();
            if config.paths.last().is_some_and(|last| last.offset == offset) {
                continue;
            }
            let (key, path) = (cut(&member.key, TEXT), cut(&text, TEXT));
            config.paths.push(NamedPath { key, path, class_name: class_name.to_owned(), offset });
        }
    }
}

fn looks_like_path(text: &str) -> bool {
    let drive = matches!(text.as_bytes(), [letter, b':', b'\\' | b'/', ..] if letter.is_ascii_alphabetic());
    text.len() > 2
        && text.len() < 4096
        && (text.contains("://")
            || text.starts_with('/')
            || text.starts_with("\\\\")
            || text.contains("../")
            || drive)
        && !text.contains('\n')
}

/// The code of a `__lambda__` that is no plain base64 of code, kept as it decodes.
fn lambda_code(node: Node<'_>, config: &mut KerasConfig) {
    if let Some(text) = node.text("code")
        && bytecode(&text, base64::MOST).is_empty()
        && !text.is_empty()
        && node.get("closure").is_some()
    {
        config.bytecode.push(Bytecode { code: base64::decode(&text, base64::MOST), offset: node.offset() });
    }
}

/// The code that a text holds: in base64, or in the form that Keras 2.0 used, one character for each byte.
fn bytecode(text: &str, room: usize) -> Vec<u8> {
    let trimmed = text.trim_start();
    if text.len() < 40 {
        return Vec::new();
    }
    if trimmed.starts_with("4w") || trimmed.starts_with("Yw") {
        let code = base64::decode(trimmed, room);
        return if base64::is_code(&code) { code } else { Vec::new() };
    }
    if trimmed.starts_with(['\u{e3}', 'c']) && trimmed.chars().take(5).any(|c| c == '\0') {
        let code: Vec<u8> =
            trimmed.chars().take(room).map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect();
        return if base64::is_code(&code) { code } else { Vec::new() };
    }
    Vec::new()
}

/// Every text under `key`: of a key that is given twice each reader may take its own.
fn texts(node: Node<'_>, key: &str) -> Vec<String> {
    let mut texts: Vec<String> =
        node.get_all(key).filter_map(|value| Some(cut(&value.as_str()?, TEXT))).collect();
    texts.dedup();
    texts
}

fn cut(text: &str, most: usize) -> String {
    text.char_indices().take_while(|(at, c)| at + c.len_utf8() <= most).map(|(_, c)| c).collect()
}

/// The JSON texts of a `SavedMetadata`.
pub(super) fn metadata(source: &Source, context: &Context) -> KerasConfig {
    let mut walker = Walker::new(source, context.limits.opcodes);
    let mut all = KerasConfig::default();
    let mut nodes = Span::of(source);
    let most = usize::try_from(context.limits.text_bytes).unwrap_or(usize::MAX);
    loop {
        let node = match walker.next(&mut nodes) {
            Ok(Some(field)) => field,
            Ok(None) => return all,
            Err(fault) => {
                all.problems.push(fault.problem("Keras's metadata"));
                return all;
            }
        };
        let (1, Wire::Bytes(mut fields)) = (node.number, node.wire) else { continue };
        while let Ok(Some(field)) = walker.next(&mut fields) {
            if let (5, Wire::Bytes(span)) = (field.number, field.wire) {
                let text = walker.bytes(span, most);
                let one = document(&json::parse(&text, &json::Limits::from(&context.limits)));
                join(&mut all, one, span.start);
            }
        }
    }
}

fn join(all: &mut KerasConfig, mut one: KerasConfig, start: u64) {
    one.moved(start);
    if all.root_class.is_empty() {
        all.root_class = one.root_class;
        all.name = one.name;
    }
    all.layers += one.layers;
    let room = OBJECTS.saturating_sub(all.objects.len());
    all.objects.extend(one.objects.into_iter().take(room));
    let room = PATHS.saturating_sub(all.bytecode.len());
    all.bytecode.extend(one.bytecode.into_iter().take(room));
    let room = PATHS.saturating_sub(all.paths.len());
    all.paths.extend(one.paths.into_iter().take(room));
    let room = TEXTS.saturating_sub(all.problems.len());
    all.problems.extend(one.problems.into_iter().take(room));
}
