//! YAML with everything that a loader would obey kept: tags, anchors, aliases, every document of the stream, and lines.
//! It is no converter into typed values: a scalar is the text that stands there, and nothing is expanded.
//!
//! [`parse`] never fails: it returns a [`Document`] with what was understood up to the first error, and problems. The
//! stream is one flat list of nodes, parents before children, so nothing recurses on depth. Aliases stay references to
//! their anchors; what they would expand to is only counted (`yaml-alias-bomb`).
//! Memory: the text, and about 120 bytes for each node plus its text; at most [`MAX_NODES`] nodes are kept. Time: linear.
//! Start with [`parse`], then [`Node`].

mod build;
mod node;
#[cfg(test)]
mod tests;

pub use node::{Kind, Members, Node, Walk};

use crate::{Context, Problem, ProblemKind, Source};
use node::Entry;

/// Nodes of one stream beyond which reading stops with a problem `yaml-nodes`.
pub const MAX_NODES: usize = 1 << 20;

/// Bytes of one stream that are read.
pub const MAX_BYTES: u64 = 16 << 20;

/// Depth of nesting beyond which reading stops with a problem `yaml-depth`; loaders give up earlier.
pub const MAX_DEPTH: usize = 1_000;

/// A parsed stream of documents.
#[derive(Clone, Debug, Default)]
pub struct Document {
    pub(crate) entries: Vec<Entry>,
    /// Where each document's root stands in the list.
    pub(crate) roots: Vec<u32>,
    /// Codes: `yaml-syntax`, `yaml-size`, `yaml-nodes`, `yaml-depth`, `yaml-utf8`, `yaml-alias-bomb`.
    pub problems: Vec<Problem>,
}

/// Parses a stream of documents.
#[must_use]
pub fn parse(bytes: &[u8]) -> Document {
    let mut document = Document::default();
    let cap = usize::try_from(MAX_BYTES).unwrap_or(usize::MAX);
    let bytes = if bytes.len() > cap {
        document.problems.push(
            Problem::new(
                ProblemKind::Budget,
                "yaml-size",
                format!("only the first {cap} bytes of the text were read"),
            )
            .at(MAX_BYTES),
        );
        &bytes[..cap]
    } else {
        bytes
    };
    let text = crate::text::decode(bytes, "yaml-utf8", &mut document.problems);
    build::build(&text, &mut document);
    document
}

/// Reads a whole source as YAML, up to the limit for texts.
#[must_use]
pub fn read(source: &Source, context: &Context) -> Document {
    let limit = context.limits.text_bytes.min(MAX_BYTES).min(source.len());
    parse(&source.read_vec(0, usize::try_from(limit.saturating_add(1)).unwrap_or(usize::MAX)))
}

/// Whether the first bytes are YAML beyond doubt: a directive, a document mark, or a tag that only YAML has. Most YAML
/// has no signature and is told by its name.
#[must_use]
pub fn looks_like(head: &[u8], _source: &Source) -> bool {
    let Ok(text) = std::str::from_utf8(crate::text::whole_characters(head)) else { return false };
    let text = text.trim_start_matches('\u{feff}');
    let mut lines = text
        .lines()
        .map(str::trim_end)
        .filter(|line| !line.trim_start().starts_with('#') && !line.is_empty());
    let first = lines.next().unwrap_or("");
    first.starts_with("%YAML ")
        || first.starts_with("%TAG ")
        || (first == "---" && lines.next().is_some_and(|line| line.contains(": ") || line.ends_with(':')))
        || text.contains("!!python/")
}

impl Document {
    /// The roots of the documents, in order.
    pub fn roots(&self) -> impl Iterator<Item = Node<'_>> {
        self.roots.iter().map(|&index| Node { document: self, index })
    }

    /// The root of the first document.
    #[must_use]
    pub fn root(&self) -> Option<Node<'_>> {
        self.roots().next()
    }

    /// Every node, keys included, parents before children; aliases are not followed.
    #[must_use]
    pub fn walk(&self) -> Walk<'_> {
        Walk::new(self)
    }
}
