//! Where templates stand in files.

use crate::Artifact;
use modelward_formats::{
    Parsed, gguf,
    jinja::{self, Template},
    yaml,
};
use modelward_kernel::Place;

/// A template and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct ChatTemplate {
    /// The file, with the line or the pointer of the text.
    pub(crate) place: Place,
    /// The name among several, such as `default` or `tool_use`; empty when there is only one.
    pub(crate) name: String,
    pub(crate) template: Template,
    /// The line of the file on which line 1 of the template stands; none when the text has escapes.
    pub(crate) first_line: Option<u64>,
}

/// Templates of one file that are looked at.
const MAX_TEMPLATES: usize = 200;

impl ChatTemplate {
    /// The place of a line of the template.
    pub(crate) fn at(&self, line: u32) -> Place {
        match self.first_line {
            Some(first) => self.place.at_line(first + u64::from(line.max(1)) - 1),
            None => self.place.clone(),
        }
    }
}

/// Every template that a file holds: a template file itself, or texts under the keys that loaders read, at any depth.
pub(crate) fn templates_of(artifact: &Artifact<'_>) -> Vec<ChatTemplate> {
    let mut found = Vec::new();
    match artifact.parsed {
        Parsed::Jinja(template) => found.push(ChatTemplate {
            place: artifact.place.clone(),
            name: String::new(),
            template: template.clone(),
            first_line: Some(1),
        }),
        Parsed::Json(document) => in_json(document, artifact.place, &mut found),
        Parsed::Yaml(document) => in_yaml(document, artifact.place, &mut found),
        Parsed::Gguf(file) => in_gguf(file, artifact.place, &mut found),
        _ => {}
    }
    found
}

fn in_gguf(file: &gguf::Gguf, place: &Place, found: &mut Vec<ChatTemplate>) {
    for pair in file.pairs.iter().filter(|pair| pair.key.contains("template")).take(MAX_TEMPLATES) {
        let gguf::Value::Text { text, .. } = &pair.value else { continue };
        if is_template(text) {
            let name =
                pair.key.strip_prefix("tokenizer.chat_template").unwrap_or(&pair.key).trim_start_matches('.');
            found.push(ChatTemplate {
                place: Place { pointer: Some(pair.key.clone()), ..place.at(pair.offset) },
                name: name.to_owned(),
                template: jinja::parse(text),
                first_line: None,
            });
        }
    }
}

/// Whether a text stands under a key of templates, or in a list or mapping of several.
fn is_under_template_key(pointer: &str) -> bool {
    let mut steps = pointer.rsplit('/');
    steps.next().is_some_and(is_template_key)
        || steps.take(2).any(|step| is_template_key(step) && step != "template")
}

/// Whether a key is one under which a template stands.
fn is_template_key(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    key.ends_with("chat_template")
        || key.ends_with("chat_templates")
        || matches!(
            key.as_str(),
            "template" | "jinja_template" | "prompt_template" | "default_chat_template" | "tool_use_template"
        )
}

/// Whether a text is a template at all: `chatml`, the name of one, is none.
fn is_template(text: &str) -> bool {
    text.contains("{%") || text.contains("{{") || text.contains("{#")
}

fn in_json(document: &modelward_formats::json::Document, place: &Place, found: &mut Vec<ChatTemplate>) {
    for node in document.walk() {
        if found.len() >= MAX_TEMPLATES {
            return;
        }
        // Cheap tests first: most texts of a tokenizer are no templates.
        if node.length() < 6
            || !(memchr::memmem::find(node.raw(), b"{%").is_some()
                || memchr::memmem::find(node.raw(), b"{{").is_some())
        {
            continue;
        }
        let Some(text) = node.as_str().filter(|text| is_template(text)) else { continue };
        let pointer = node.pointer();
        let under = is_under_template_key(&pointer);
        if under || (text.contains("{%") && text.contains("%}")) {
            found.push(ChatTemplate {
                name: name_in(&pointer, document),
                place: Place { line: Some(node.line()), ..place.at_pointer(pointer) },
                template: jinja::parse(&text),
                first_line: None,
            });
        }
    }
}

/// The `name` beside a `template` in a list of several, or the key in a mapping of several.
fn name_in(pointer: &str, document: &modelward_formats::json::Document) -> String {
    let Some((parent, last)) = pointer.rsplit_once('/') else { return String::new() };
    if last == "template" {
        return document
            .find(parent)
            .and_then(|node| node.text("name"))
            .map(std::borrow::Cow::into_owned)
            .unwrap_or_default();
    }
    if parent.rsplit('/').next().is_some_and(is_template_key) { last.to_owned() } else { String::new() }
}

fn in_yaml(document: &yaml::Document, place: &Place, found: &mut Vec<ChatTemplate>) {
    for node in document.walk() {
        if found.len() >= MAX_TEMPLATES {
            return;
        }
        let yaml::Kind::Scalar { text, .. } = node.kind() else { continue };
        if !is_template(text) || node.is_key() {
            continue;
        }
        let pointer = node.pointer();
        if is_under_template_key(&pointer) || (text.contains("{%") && text.contains("%}")) {
            found.push(ChatTemplate {
                name: node.key().unwrap_or("").to_owned(),
                place: Place { line: Some(node.line()), ..place.at_pointer(pointer) },
                template: jinja::parse(text),
                first_line: None,
            });
        }
    }
}
