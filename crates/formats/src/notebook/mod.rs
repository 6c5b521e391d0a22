//! Jupyter notebooks (nbformat 3 and 4): the cells with their text and lines, and the rich outputs that a viewer would
//! render. Nothing is run or rendered, and magics are not interpreted here.
//! Memory: the JSON document and the text of the cells. Time: linear. Source: nbformat's schema.

use crate::{
    Context, Problem, Source,
    json::{self, Node},
};

/// A notebook.
#[derive(Clone, Debug, Default)]
pub struct Notebook {
    pub cells: Vec<Cell>,
    /// The language of its kernel, when it says one.
    pub language: Option<String>,
    /// Of the JSON below.
    pub problems: Vec<Problem>,
}

/// A cell.
#[derive(Clone, Debug)]
pub struct Cell {
    pub kind: CellKind,
    pub text: String,
    /// The line of the file on which its text starts, and a JSON pointer to the cell.
    pub line: u64,
    pub pointer: String,
    pub outputs: Vec<Output>,
}

/// What a cell is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum CellKind {
    Code,
    Text,
    /// Passed through by converters.
    Raw,
}

/// A rich output: what a viewer renders.
#[derive(Clone, Debug)]
pub struct Output {
    /// A media type, such as `text/html`.
    pub media: String,
    pub text: String,
    pub line: u64,
}

/// Reads a whole source as a notebook.
#[must_use]
pub fn read(source: &Source, context: &Context) -> Notebook {
    from_document(&json::read(source, context))
}

/// The notebook that a JSON document holds.
#[must_use]
pub fn from_document(document: &json::Document) -> Notebook {
    let mut notebook = Notebook { problems: document.problems.clone(), ..Notebook::default() };
    let Some(root) = document.root() else { return notebook };
    let metadata = root.get("metadata");
    notebook.language = metadata
        .and_then(|m| m.get("kernelspec")?.text("language"))
        .or_else(|| metadata.and_then(|m| m.get("language_info")?.text("name")))
        .map(|language| language.to_ascii_lowercase());
    let mut lines = Lines::new(document.text());
    for (name, cells) in
        root.members().filter(|m| m.key == "cells").map(|m| ("/cells".to_owned(), m.value)).chain(
            root.get("worksheets")
                .into_iter()
                .flat_map(|sheets| sheets.items().enumerate())
                .filter_map(|(i, sheet)| Some((format!("/worksheets/{i}/cells"), sheet.get("cells")?))),
        )
    {
        for (position, cell) in cells.items().enumerate() {
            notebook.cells.push(read_cell(cell, format!("{name}/{position}"), &mut lines));
        }
    }
    notebook
}

/// Whether the first bytes are a notebook: a JSON object that names its cells and its format early or late.
#[must_use]
pub fn looks_like(head: &[u8], source: &Source) -> bool {
    let opens = head.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
    if !opens {
        return false;
    }
    let tail = source.read_vec(source.len().saturating_sub(4096), 4096);
    let has = |needle: &[u8]| [head, &tail].iter().any(|part| memchr::memmem::find(part, needle).is_some());
    has(b"\"nbformat\"") && (has(b"\"cells\"") || has(b"\"worksheets\"") || has(b"\"nbformat_minor\""))
}

fn read_cell(cell: Node<'_>, pointer: String, lines: &mut Lines<'_>) -> Cell {
    let kind = match cell.text("cell_type").as_deref() {
        Some("code") => CellKind::Code,
        Some("markdown" | "heading" | "html") => CellKind::Text,
        _ => CellKind::Raw,
    };
    let source = cell.get("source").or_else(|| cell.get("input"));
    let mut outputs = Vec::new();
    for output in cell.get("outputs").into_iter().flat_map(Node::items) {
        // nbformat 4 keeps media under `data`, nbformat 3 beside the type (`html`, `javascript`).
        let bundle = output.get("data").unwrap_or(output);
        for member in bundle.members() {
            let media = match &*member.key {
                "html" => "text/html",
                "javascript" => "application/javascript",
                "svg" => "image/svg+xml",
                other if other.contains('/') => other,
                _ => continue,
            };
            outputs.push(Output {
                media: media.to_owned(),
                text: joined(member.value),
                line: lines.at(member.offset),
            });
        }
    }
    let line = source.map_or(0, |source| lines.at(source.offset()));
    Cell { kind, text: source.map(joined).unwrap_or_default(), line, pointer, outputs }
}

/// A text that is written whole or as a list of lines.
fn joined(node: Node<'_>) -> String {
    match node.as_str() {
        Some(text) => text.into_owned(),
        None => node.items().filter_map(Node::as_str).collect(),
    }
}

/// Counts lines going forward, so that all cells together cost one pass.
struct Lines<'a> {
    text: &'a [u8],
    offset: usize,
    line: u64,
}

impl<'a> Lines<'a> {
    fn new(text: &'a [u8]) -> Self {
        Lines { text, offset: 0, line: 1 }
    }

    fn at(&mut self, offset: u64) -> u64 {
        let offset = usize::try_from(offset).unwrap_or(usize::MAX).min(self.text.len());
        if offset < self.offset {
            return 1 + memchr::memchr_iter(b'\n', &self.text[..offset]).count() as u64;
        }
        self.line += memchr::memchr_iter(b'\n', &self.text[self.offset..offset]).count() as u64;
        self.offset = offset;
        self.line
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn notebook(text: &str) -> Notebook {
        from_document(&json::parse(text.as_bytes(), &json::Limits::default()))
    }

    #[test]
    fn a_cell_is_its_joined_lines() {
        let text =
            "{\"cells\": [\n{\"cell_type\": \"code\", \"source\": [\"a\\n\", \"b\"]}], \"nbformat\": 4}";
        let read = notebook(text);
        assert_eq!(
            (read.cells[0].text.as_str(), read.cells[0].line, read.cells[0].kind),
            ("a\nb", 2, CellKind::Code)
        );
        assert!(looks_like(text.as_bytes(), &Source::from_vec(text.as_bytes().to_vec())));
    }

    #[test]
    fn nbformat_3_keeps_cells_in_worksheets() {
        let read = notebook(
            r#"{"worksheets": [{"cells": [{"cell_type": "code", "input": "!id"}]}], "nbformat": 3}"#,
        );
        assert_eq!(
            (read.cells[0].text.as_str(), read.cells[0].pointer.as_str()),
            ("!id", "/worksheets/0/cells/0")
        );
    }

    #[test]
    fn rich_outputs_are_kept() {
        let read = notebook(
            r#"{"cells": [{"cell_type": "code", "source": "", "outputs": [{"data": {"text/html": ["<b>", "</b>"]}}]}]}"#,
        );
        assert_eq!(read.cells[0].outputs[0].text, "<b></b>");
    }

    proptest! {
        #[test]
        fn any_bytes_end_in_a_notebook(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = from_document(&json::parse(&bytes, &json::Limits::default()));
            let _ = looks_like(&bytes, &Source::from_vec(bytes.clone()));
        }
    }
}
