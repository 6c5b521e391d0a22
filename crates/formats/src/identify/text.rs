//! Text, and the formats that are told apart in it.

use crate::{Format, Source, notebook, yaml};

/// Bytes of the end that some formats hold their mark in.
const END: usize = 64 << 10;

/// Whether the head is text: UTF-8 (cut anywhere at the end) or UTF-16 with a mark, and hardly any control characters.
pub(super) fn is_text(head: &[u8]) -> bool {
    if head.starts_with(&[0xff, 0xfe]) || head.starts_with(&[0xfe, 0xff]) {
        return head.len().is_multiple_of(2)
            && head.len() > 2
            && head.iter().filter(|b| **b == 0).count() > head.len() / 4;
    }
    let valid = match std::str::from_utf8(head) {
        Ok(_) => true,
        // Latin-1 and the like: readable when most bytes are ASCII.
        Err(error) if error.error_len().is_some() => {
            head.iter().filter(|b| b.is_ascii()).count() * 10 > head.len() * 9
        }
        Err(_) => true,
    };
    let controls = head.iter().filter(|b| matches!(b, 0..=8 | 11 | 14..=26 | 28..=31 | 127)).count();
    valid && !head.contains(&0) && controls * 100 <= head.len()
}

/// The formats of a text; at least [`Format::Text`]. `name` is in lower case.
pub(super) fn formats(head: &[u8], source: &Source, name: &str) -> Vec<Format> {
    let text = String::from_utf8_lossy(head);
    let text = text.trim_start_matches('\u{feff}');
    let start = text.trim_start();
    let mut found = Vec::new();
    if let Some(line) = text.strip_prefix("#!").map(|rest| rest.lines().next().unwrap_or_default()) {
        found.push(if line.contains("python") { Format::Python } else { Format::Script });
    }
    if looks_like_json(start) || (name.ends_with(".json") && start.starts_with(['{', '['])) {
        json(head, source, name, &mut found);
    }
    if let Some(format) = xml(start).or_else(|| xml(&utf16(head)?)) {
        found.push(format);
    }
    if start.starts_with("tree\n") && start.contains("version=") {
        found.push(Format::LightgbmText);
    }
    if start.starts_with("7767517\n") || start.starts_with("7767517\r") {
        found.push(Format::Ncnn);
    }
    if (name.ends_with(".t7") || name.ends_with(".th7")) && start.starts_with(|c: char| c.is_ascii_digit()) {
        found.push(Format::Torch7);
    }
    let ending = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
    // The YAML at the start of a model card is part of the card.
    let card = ending(&[".md", ".markdown"]);
    if ending(&[".py", ".pyi", ".pyw"]) || (found.is_empty() && !card && looks_like_python(start)) {
        found.push(Format::Python);
    }
    if ending(&[".ipynb"]) {
        found.push(Format::Notebook);
    }
    if ending(&[".yaml", ".yml"]) || name == "mlmodel" || (!card && yaml::looks_like(head, source)) {
        found.push(Format::Yaml);
    }
    if ending(&[".jinja", ".jinja2", ".j2"]) || (found.is_empty() && looks_like_jinja(start)) {
        found.push(Format::Jinja);
    }
    if card {
        found.push(Format::Markdown);
    }
    if found.is_empty() {
        found.push(Format::Text);
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// An object or an array, by its first tokens. Other text begins with a bracket too: `[[package]]` is TOML, and
/// `[2026-11-26 10:00]` a log.
fn looks_like_json(start: &str) -> bool {
    let second = start.get(1..).map(str::trim_start).unwrap_or_default();
    match start.as_bytes().first() {
        Some(b'{') => second.starts_with('"') || second.starts_with('}'),
        Some(b'[') => {
            let value = start.trim_start_matches(|c: char| c == '[' || c.is_ascii_whitespace());
            let after =
                value.trim_start_matches(|c: char| c.is_ascii_digit() || ".eE+".contains(c)).trim_start();
            value.is_empty()
                || value.starts_with(['"', '{', ']', '-'])
                || ["null", "true", "false", "NaN", "Infinity"].iter().any(|word| value.starts_with(word))
                || (after.len() < value.len() && (after.is_empty() || after.starts_with([',', ']'])))
        }
        _ => false,
    }
}

/// JSON, and what it holds when its keys tell.
fn json(head: &[u8], source: &Source, name: &str, found: &mut Vec<Format>) {
    let end = source.read_vec(source.len().saturating_sub(END as u64), END);
    let has = |key: &str| {
        memchr::memmem::find(head, key.as_bytes()).is_some()
            || memchr::memmem::find(&end, key.as_bytes()).is_some()
    };
    if name.ends_with(".ipynb") || notebook::looks_like(head, source) {
        found.push(Format::Notebook);
        return;
    }
    if has("\"learner\"")
        && has("\"version\"")
        && (has("\"gradient_booster\"") || has("\"objective\"") || has("\"attributes\""))
    {
        found.push(Format::XgboostJson);
        return;
    }
    if has("\"_skops_version\"") && has("\"__loader__\"") {
        found.push(Format::Skops);
    }
    found.push(Format::Json);
}

/// The head as text when a mark says that it is UTF-16: readers of XML follow it.
fn utf16(head: &[u8]) -> Option<String> {
    let big = match head.get(..2)? {
        [0xfe, 0xff] => true,
        [0xff, 0xfe] => false,
        _ => return None,
    };
    let units = head[2..].as_chunks::<2>().0.iter().map(|unit| match big {
        true => u16::from_be_bytes(*unit),
        false => u16::from_le_bytes(*unit),
    });
    Some(char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect())
}

/// Formats in XML, by their root element.
fn xml(start: &str) -> Option<Format> {
    if !start.starts_with('<') {
        return None;
    }
    let root = |element: &str| {
        start.match_indices(element).any(|(at, _)| {
            start.as_bytes().get(at + element.len()).is_none_or(|next| b" \t\r\n>/".contains(next))
        })
    };
    if root("<PMML") {
        Some(Format::Pmml)
    } else if root("<net") && (root("<layers") || start.contains("version=")) {
        Some(Format::OpenVino)
    } else if root("<svg") {
        Some(Format::Image)
    } else {
        None
    }
}

/// Source without its ending: an import, a definition or a class at the start of a line.
fn looks_like_python(start: &str) -> bool {
    start.lines().take(200).any(|line| {
        let words: Vec<&str> = line.split_whitespace().take(4).collect();
        match words.as_slice() {
            ["from", _, "import", ..] => line.starts_with("from "),
            ["import", module] => {
                line.starts_with("import ")
                    && module.chars().all(|c| c.is_alphanumeric() || "._,".contains(c))
            }
            ["import", _, "as", _] => line.starts_with("import "),
            ["def" | "class", rest, ..] => {
                (line.starts_with("def ") || line.starts_with("class "))
                    && (rest.contains('(') || rest.ends_with(':'))
            }
            _ => false,
        }
    })
}

/// A template without its ending: statements that chat templates are made of.
fn looks_like_jinja(start: &str) -> bool {
    (start.contains("{%") && start.contains("%}")) && (start.contains("messages") || start.contains("{{"))
}
