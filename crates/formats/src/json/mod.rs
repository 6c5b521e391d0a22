//! JSON as readers of models take it, kept with everything that an ordinary reader drops: duplicate keys, offsets, lines,
//! JSON pointers, the text of numbers. It is not a converter into typed values and not a validator of schemas.
//!
//! [`parse`] never fails: it returns a [`Document`] with what it understood up to the first syntax error, and problems.
//! The grammar is that of Python's `json` (RFC 8259 plus `NaN`, `Infinity`, `-Infinity`, lone surrogates); what other
//! readers refuse is a note, and what they would read differently (a key given twice) is a differential.
//!
//! The document is one flat list of entries, 16 bytes for each value and key, so nothing recurses on depth: not the
//! parser, not dropping, not walking. Memory: the text plus at most 8 times its length. Time: linear, and for duplicate
//! keys a sort of the keys of each object. Start with [`parse`], then [`Node`].

mod encoding;
mod node;
mod scan;

pub use node::{Items, Kind, Member, Members, Node, Value, Walk};

use crate::{Context, Problem, ProblemKind, Source};

/// What a text may cost.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// Bytes that are read; the rest is left with a problem `json-size`. At most 2 GiB count.
    pub bytes: u64,
    /// Depth beyond which a problem `json-depth` is noted. It is read all the same: the form of the document is flat.
    pub depth: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { bytes: 32 << 20, depth: 200 }
    }
}

impl From<&crate::limits::Limits> for Limits {
    fn from(limits: &crate::limits::Limits) -> Self {
        Limits { bytes: limits.text_bytes, ..Limits::default() }
    }
}

/// A parsed text. Offsets are bytes of the text as UTF-8: those of the file unless it was UTF-16 or UTF-32.
#[derive(Clone, Debug, Default)]
pub struct Document {
    pub(crate) text: Vec<u8>,
    pub(crate) entries: Vec<Entry>,
    /// Codes: `json-syntax`, `json-trailing`, `json-size`, `json-depth`, `json-utf8`, `json-encoding`, `duplicate-key`,
    /// `json-constant` (`NaN` and its like), `json-control` (a raw control character in a text).
    pub problems: Vec<Problem>,
}

/// A value or key on the flat list: its kind, its range of text, and where the list goes on after it and its children.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub(crate) kind: Kind,
    /// Whether a text holds a backslash.
    pub(crate) escaped: bool,
    /// Whether this is the key of a member; its value follows it.
    pub(crate) key: bool,
    pub(crate) start: u32,
    pub(crate) end: u32,
    pub(crate) next: u32,
}

/// Parses a text. See the module's head for what is accepted.
#[must_use]
pub fn parse(bytes: &[u8], limits: &Limits) -> Document {
    let cap = usize::try_from(limits.bytes.min(1 << 31)).unwrap_or(usize::MAX);
    let mut problems = Vec::new();
    let mut bytes = bytes;
    if bytes.len() > cap {
        bytes = &bytes[..cap];
        problems.push(
            Problem::new(
                ProblemKind::Budget,
                "json-size",
                format!("only the first {cap} bytes of the text were read"),
            )
            .at(cap as u64),
        );
    }
    let text = encoding::to_utf8(bytes, &mut problems);
    let entries = scan::scan(&text, limits.depth, &mut problems);
    Document { text, entries, problems }
}

/// Reads a whole source as JSON, up to the limit for texts.
#[must_use]
pub fn read(source: &Source, context: &Context) -> Document {
    let limits = Limits::from(&context.limits);
    // One byte more than the limit, so that `parse` sees that there is more.
    let length = usize::try_from(limits.bytes.min(source.len()).saturating_add(1)).unwrap_or(usize::MAX);
    parse(&source.read_vec(0, length), &limits)
}

impl Document {
    /// The outermost value; none when the text holds none.
    #[must_use]
    pub fn root(&self) -> Option<Node<'_>> {
        (!self.entries.is_empty()).then_some(Node { document: self, index: 0 })
    }

    /// Whether the whole text was understood: no syntax error, nothing after the value, no limit reached.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        !self.entries.is_empty()
            && !self.problems.iter().any(|p| matches!(p.kind, ProblemKind::Malformed | ProblemKind::Budget))
    }

    /// The text in UTF-8; parts that are no UTF-8 stand as they were.
    #[must_use]
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// The value at a JSON pointer (RFC 6901); of duplicate keys the last, as in Python.
    #[must_use]
    pub fn find(&self, pointer: &str) -> Option<Node<'_>> {
        let mut node = self.root()?;
        for step in pointer.split('/').skip(1) {
            let step = step.replace("~1", "/").replace("~0", "~");
            node = match node.kind() {
                Kind::Object => node.get(&step)?,
                Kind::Array => node.items().nth(step.parse().ok()?)?,
                _ => return None,
            };
        }
        Some(node)
    }

    /// Every value, parents before children; keys are asked of the node.
    #[must_use]
    pub fn walk(&self) -> Walk<'_> {
        Walk::new(self)
    }

    /// The line, from 1, of a byte offset.
    #[must_use]
    pub fn line(&self, offset: u64) -> u64 {
        let end = usize::try_from(offset).unwrap_or(usize::MAX).min(self.text.len());
        1 + memchr::memchr_iter(b'\n', &self.text[..end]).count() as u64
    }
}

#[cfg(test)]
mod tests;
