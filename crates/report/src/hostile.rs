//! Text from a target, made safe for an output.
//!
//! An attacker writes file names, templates and the arguments of calls. On a terminal an escape sequence would rewrite
//! what a person has read; a bidirectional mark reverses a name; a zero-width character hides a difference; a line break
//! forges a line of a log. All of these are shown as escapes (`\x1b`, `\u{202e}`), in every output.

use serde_json::ser::{CharEscape, Formatter};
use std::{
    fmt::{self, Write as _},
    io,
};

/// Whether a character does something other than being seen: controls, format characters, marks of direction,
/// separators of lines, fillers that look like nothing, private use and noncharacters.
#[must_use]
pub const fn is_hidden(c: char) -> bool {
    matches!(c,
        '\0'..='\x1f' | '\x7f'..='\u{9f}' | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}'
        | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{e000}'..='\u{f8ff}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{10ffff}')
}

/// Shows a text on one line with everything hidden in it made visible.
#[derive(Clone, Copy, Debug)]
pub struct Visible<'t>(pub &'t str);

impl fmt::Display for Visible<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '\n' => f.write_str("\\n")?,
                '\r' => f.write_str("\\r")?,
                '\t' => f.write_str("\\t")?,
                c if u32::from(c) < 0x100 && is_hidden(c) => write!(f, "\\x{:02x}", u32::from(c))?,
                c if is_hidden(c) => write!(f, "\\u{{{:x}}}", u32::from(c))?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

/// [`Visible`] as a text.
#[must_use]
pub fn visible(text: &str) -> String {
    Visible(text).to_string()
}

/// The columns that a text takes on a terminal, with wide characters counted twice and combining marks not at all. A
/// rough measure: it only serves alignment.
#[must_use]
pub fn columns(text: &str) -> usize {
    text.chars().map(char_columns).sum()
}

const fn char_columns(c: char) -> usize {
    match c {
        '\u{300}'..='\u{36f}'
        | '\u{483}'..='\u{489}'
        | '\u{591}'..='\u{5bd}'
        | '\u{64b}'..='\u{65f}'
        | '\u{20d0}'..='\u{20ff}' => 0,
        '\u{1100}'..='\u{115e}'
        | '\u{2e80}'..='\u{303e}'
        | '\u{3041}'..='\u{a4cf}'
        | '\u{a960}'..='\u{a97c}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{ffe0}'..='\u{ffe6}'
        | '\u{1f300}'..='\u{1faff}'
        | '\u{20000}'..='\u{3fffd}' => 2,
        _ => 1,
    }
}

/// The text with its end cut so that it takes at most `width` columns; `…` marks the cut.
#[must_use]
pub fn cut(text: &str, width: usize) -> String {
    if columns(text) <= width {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = 1;
    for c in text.chars() {
        used += char_columns(c);
        if used > width {
            break;
        }
        out.push(c);
    }
    out.push('…');
    out
}

/// The text with its beginning cut to `width` columns.
fn cut_start(text: &str, width: usize) -> String {
    let mut used = 1;
    let mut start = text.len();
    for (i, c) in text.char_indices().rev() {
        used += char_columns(c);
        if used > width {
            break;
        }
        start = i;
    }
    format!("…{}", &text[start..])
}

/// A path that takes at most `width` columns, cut in the middle: the name of the file is kept whole as long as it fits.
#[must_use]
pub fn cut_path(path: &str, width: usize) -> String {
    if columns(path) <= width {
        return path.to_owned();
    }
    let name_at = path.rfind(['/', '!']).map_or(0, |i| i);
    let name = &path[name_at..];
    let name_columns = columns(name);
    if name_columns + 1 > width {
        // Both ends of a long name tell more than one: its beginning and its extension.
        let name = name.trim_start_matches(['/', '!']);
        let end = width / 2;
        return format!("{}{}", cut(name, width - end + 1).trim_end_matches('…'), cut_start(name, end));
    }
    format!("{}{name}", cut(&path[..name_at], width - name_columns))
}

/// At most `limit` characters of a text; says how many more there were.
#[must_use]
pub fn shortened(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}… ({} more characters)", &text[..end], text[end..].chars().count()),
    }
}

/// Writes JSON in which every hidden character is an escape: the same value for a machine, and nothing for a terminal or a
/// log to obey. `step` is the indentation of a level; nothing for one line.
#[derive(Debug)]
pub(crate) struct SafeJson {
    pretty: Option<serde_json::ser::PrettyFormatter<'static>>,
}

impl SafeJson {
    pub(crate) fn pretty() -> Self {
        SafeJson { pretty: Some(serde_json::ser::PrettyFormatter::with_indent(b"  ")) }
    }

    pub(crate) const fn line() -> Self {
        SafeJson { pretty: None }
    }
}

macro_rules! forward {
    ($($name:ident($($argument:ident: $type:ty),*);)+) => {
        $(fn $name<W: ?Sized + io::Write>(&mut self, writer: &mut W $(, $argument: $type)*) -> io::Result<()> {
            match &mut self.pretty {
                Some(pretty) => pretty.$name(writer $(, $argument)*),
                None => serde_json::ser::CompactFormatter.$name(writer $(, $argument)*),
            }
        })+
    };
}

impl Formatter for SafeJson {
    forward! {
        begin_array();
        end_array();
        begin_array_value(first: bool);
        end_array_value();
        begin_object();
        end_object();
        begin_object_key(first: bool);
        begin_object_value();
        end_object_value();
    }

    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut start = 0;
        for (i, c) in fragment.char_indices().filter(|(_, c)| is_hidden(*c)) {
            writer.write_all(&fragment.as_bytes()[start..i])?;
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            start = i + c.len_utf8();
        }
        writer.write_all(&fragment.as_bytes()[start..])
    }

    fn write_char_escape<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        escape: CharEscape,
    ) -> io::Result<()> {
        serde_json::ser::CompactFormatter.write_char_escape(writer, escape)
    }
}

/// Writes a value as JSON, safe to look at.
pub(crate) fn json(
    value: &impl serde::Serialize,
    formatter: SafeJson,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let mut serializer = serde_json::Serializer::with_formatter(out, formatter);
    value.serialize(&mut serializer).map_err(io::Error::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_shown() {
        assert_eq!(visible("a\x1b[2Jb"), r"a\x1b[2Jb");
        assert_eq!(visible("invoice\u{202e}gpj.exe"), r"invoice\u{202e}gpj.exe");
        assert_eq!(visible("a\u{200b}b\u{feff}\u{e0041}"), r"a\u{200b}b\u{feff}\u{e0041}");
        assert_eq!(visible("one\r\ntwo\t\u{85}\u{9b}31m"), r"one\r\ntwo\t\x85\x9b31m");
        assert_eq!(visible("überprüft 模型.bin"), "überprüft 模型.bin");
    }

    #[test]
    fn a_path_is_cut_in_the_middle_and_keeps_its_name() {
        assert_eq!(cut_path("a/b/c.bin", 20), "a/b/c.bin");
        let long = "models/production/fraud/2026/encoder/pytorch_model.bin";
        let cut = cut_path(long, 30);
        assert_eq!(cut, "models/prod…/pytorch_model.bin");
        assert_eq!(columns(&cut), 30);
        let name = format!("{}.safetensors", "x".repeat(100));
        assert_eq!(columns(&cut_path(&name, 30)), 30);
        assert!(cut_path(&name, 30).ends_with(".safetensors"));
    }

    #[test]
    fn json_keeps_the_value_and_hides_nothing() {
        let text = "a\u{202e}b\x7f\u{e0041}\u{2028}\"\\\n<";
        let mut out = Vec::new();
        json(&text, SafeJson::line(), &mut out).unwrap();
        let written = String::from_utf8(out).unwrap();
        assert!(written.is_ascii(), "{written}");
        assert_eq!(serde_json::from_str::<String>(&written).unwrap(), text);
    }
}
