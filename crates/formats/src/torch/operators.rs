//! The operators that a program calls: TorchScript (`code/**.py`) and exported programs (JSON with `torch.ops.…` as targets).
//! The text is read word by word, past its string literals and comments; it is not parsed into a tree.

use super::member;
use crate::{
    Context, Source,
    archive::{Archive, Entry, EntryKind},
};
use std::collections::BTreeMap;

/// Bytes of one member of code that are read, and of all of them.
const MEMBER: u64 = 8 << 20;
const ALL: u64 = 64 << 20;
/// Operators that are kept.
const KEPT: usize = 4096;

/// An operator that is called.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Operator {
    /// Namespace and name, such as `aten::from_file`.
    pub name: String,
    /// The member and the line, from 1, of the first call.
    pub member: String,
    pub line: u64,
}

/// Whether a member is part of a compiled or exported program.
#[must_use]
pub fn is_program(entry: &Entry) -> bool {
    let name = entry.name.as_str();
    let inside = |folder: &str| name.starts_with(&folder[1..]) || name.contains(folder);
    entry.kind == EntryKind::File
        && ((name.ends_with(".py") && inside("/code/"))
            || (name.ends_with(".json")
                && (inside("/models/")
                    || name.ends_with("exported_program.json")
                    || name.ends_with("/model.json"))))
}

/// The operators that the programs of an archive call, each once, ordered by name. The second is true when a program was too
/// large to be read whole.
#[must_use]
pub fn operators(archive: &Archive, source: &Source, context: &Context) -> (Vec<Operator>, bool) {
    let mut found: BTreeMap<String, Operator> = BTreeMap::new();
    let (mut left, mut cut) = (ALL, false);
    for entry in archive.entries.iter().filter(|entry| is_program(entry)) {
        let Some(content) = member(archive, entry, source, context, MEMBER.min(left)) else {
            cut |= entry.size > 0;
            continue;
        };
        cut |= entry.size > content.len();
        left = left.saturating_sub(content.len());
        let text = content.read_vec(0, content.len() as usize);
        let json = entry.name.ends_with(".json");
        words(&text, json, &mut |word, at| {
            if let Some(name) = operator(word, json)
                && found.len() < KEPT
                && !found.contains_key(&name)
            {
                let line = 1 + memchr::memchr_iter(b'\n', &text[..at]).count() as u64;
                found.insert(name.clone(), Operator { name, member: entry.name.clone(), line });
            }
        });
    }
    (found.into_values().collect(), cut)
}

/// `torch.ops.ns.name.overload` and `ops.ns.name`; in TorchScript also `torch.name`, which is `aten::name`.
fn operator(word: &str, json: bool) -> Option<String> {
    let mut parts = word.split('.');
    match (parts.next()?, json) {
        ("torch", _) => match (parts.next()?, json) {
            ("ops", _) => {}
            (name, false) => return parts.next().is_none().then(|| format!("aten::{name}")),
            _ => return None,
        },
        ("ops", false) => {}
        _ => return None,
    }
    let (space, name) = (parts.next()?, parts.next()?);
    Some(format!("{space}::{name}"))
}

/// Calls `each` for every dotted word that is called (in code), or that stands at the start of a text (in JSON).
fn words(text: &[u8], json: bool, each: &mut dyn FnMut(&str, usize)) {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.');
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        match byte {
            b'#' if !json => at += memchr::memchr(b'\n', &text[at..]).unwrap_or(text.len() - at),
            b'"' | b'\'' if json && byte == b'"' => {
                // The text itself is looked at: targets are texts.
                at += 1;
                let length = text[at..].iter().take_while(|b| is_word(b)).count();
                emit(&text[at..at + length], at, each);
                at = end_of_text(text, at, byte);
            }
            b'"' | b'\'' => at = end_of_text(text, at + 1, byte),
            _ if is_word(&byte) => {
                let length = text[at..].iter().take_while(|b| is_word(b)).count();
                let called = text[at + length..].iter().find(|b| !b.is_ascii_whitespace()) == Some(&b'(');
                if called && !json {
                    emit(&text[at..at + length], at, each);
                }
                at += length;
            }
            _ => at += 1,
        }
    }
}

fn emit(word: &[u8], at: usize, each: &mut dyn FnMut(&str, usize)) {
    if let Ok(word) = std::str::from_utf8(word)
        && word.len() <= 256
    {
        each(word, at);
    }
}

/// The position after the quote that closes a text; of three quotes in a row the empty text between them is one of its own,
/// and that is enough here.
fn end_of_text(text: &[u8], start: usize, quote: u8) -> usize {
    let mut at = start;
    while let Some(&byte) = text.get(at) {
        match byte {
            b'\\' => at += 2,
            b'\n' => return at,
            _ if byte == quote => return at + 1,
            _ => at += 1,
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str, json: bool) -> Vec<String> {
        let mut found = Vec::new();
        words(text.as_bytes(), json, &mut |word, _| found.extend(operator(word, json)));
        found
    }

    #[test]
    fn calls_of_torchscript_are_operators_of_aten_or_of_their_namespace() {
        let code = "def forward(self, x: Tensor) -> Tensor:\n  _0 = torch.from_file('/etc/passwd', False, 10)\n  # torch.save(x)\n  s = \"torch.load(y)\"\n  return ops.image.read_file (\"x\")\n";
        assert_eq!(names(code, false), ["aten::from_file", "image::read_file"]);
    }

    #[test]
    fn targets_of_exported_programs_are_operators() {
        let json = r#"{"nodes": [{"target": "torch.ops.aten.linear.default"}, {"target": "torch.ops.mine.run"}, {"x": "ops.a.b"}]}"#;
        assert_eq!(names(json, true), ["aten::linear", "mine::run"]);
    }
}
