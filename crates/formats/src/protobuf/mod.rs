//! The wire format of protocol buffers, walked without a schema: fields, spans of bytes, nothing copied.
//!
//! Source: the Protocol Buffers documentation, "Encoding". A walker hands out [`Span`]s, which are positions in the file;
//! the modules that know a message (ONNX, TensorFlow) follow the spans that they understand, by a list of work to do and
//! never by recursion. Bounds: one buffer of 64 KiB per walker whatever the size of the file; a group is skipped with at
//! most [`GROUP_DEPTH`] open groups; a walker gives up after the number of fields that the caller grants.
//! Start with [`Walker`].

use crate::{Problem, ProblemKind, Reader, Source};

#[cfg(test)]
mod tests;
pub(crate) mod text;

#[cfg(test)]
pub(crate) mod write;

/// Groups within groups; protobuf's own readers stop at 100 messages within messages.
const GROUP_DEPTH: usize = 100;

/// A range of bytes of the file: the body of a message, or a text.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) struct Span {
    pub start: u64,
    pub end: u64,
}

impl Span {
    /// Everything.
    pub(crate) fn of(source: &Source) -> Self {
        Span { start: 0, end: source.len() }
    }

    pub(crate) fn len(self) -> u64 {
        self.end.saturating_sub(self.start)
    }
}

/// One field of a message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Field {
    pub number: u32,
    /// Where its tag starts.
    pub offset: u64,
    pub wire: Wire,
}

/// A value as the wire carries it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Wire {
    Varint(u64),
    Fixed64(u64),
    /// Text, bytes, a message or packed numbers: only a schema tells.
    Bytes(Span),
    /// The fields between a group's start and end.
    Group(Span),
    Fixed32(u32),
}

/// Why a message ended before its bytes did.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Fault {
    pub code: &'static str,
    pub offset: u64,
}

impl Fault {
    /// The problem that a report shows. `what` names the message, such as `the graph`.
    pub(crate) fn problem(self, what: &str) -> Problem {
        let (kind, message) = match self.code {
            "field-budget" => {
                (ProblemKind::Budget, format!("{what} has more fields than the budget `opcodes` allows"))
            }
            "truncated-field" => {
                (ProblemKind::Malformed, format!("a field of {what} reaches beyond its end"))
            }
            "varint-overflow" => {
                (ProblemKind::Malformed, format!("a number in {what} has more than 64 bits"))
            }
            "unbalanced-group" => {
                (ProblemKind::Malformed, format!("{what} has a group that does not end as it began"))
            }
            _ => (ProblemKind::Malformed, format!("{what} holds a tag that no protobuf writer makes")),
        };
        Problem::new(kind, self.code, message).at(self.offset)
    }
}

/// Reads fields at any place of one file through one buffer.
pub(crate) struct Walker<'a> {
    source: &'a Source,
    reader: Reader<'a>,
    fields_left: u64,
}

impl<'a> Walker<'a> {
    /// A walker that reads at most `fields` fields.
    pub(crate) fn new(source: &'a Source, fields: u64) -> Self {
        Walker { source, reader: source.reader(0), fields_left: fields }
    }

    /// The next field of the message at `span`, whose start moves behind it; none at the end.
    ///
    /// # Errors
    /// A [`Fault`] where the bytes stop being a message. The span is then used up.
    pub(crate) fn next(&mut self, span: &mut Span) -> Result<Option<Field>, Fault> {
        if span.start >= span.end {
            return Ok(None);
        }
        let field = self.field(span);
        if field.is_err() {
            span.start = span.end;
        }
        field.map(Some)
    }

    fn field(&mut self, span: &mut Span) -> Result<Field, Fault> {
        let offset = span.start;
        let (number, kind) = self.tag(span)?;
        let wire = match kind {
            3 => self.group(span, number)?,
            4 => return Err(Fault { code: "unbalanced-group", offset }),
            _ => self.value(span, kind)?,
        };
        Ok(Field { number, offset, wire })
    }

    fn tag(&mut self, span: &mut Span) -> Result<(u32, u8), Fault> {
        let offset = span.start;
        self.fields_left = self.fields_left.checked_sub(1).ok_or(Fault { code: "field-budget", offset })?;
        let tag = u32::try_from(self.varint(span)?).map_err(|_| Fault { code: "bad-tag", offset })?;
        if tag >> 3 == 0 {
            return Err(Fault { code: "bad-tag", offset });
        }
        Ok((tag >> 3, (tag & 7) as u8))
    }

    fn value(&mut self, span: &mut Span, kind: u8) -> Result<Wire, Fault> {
        let offset = span.start;
        let truncated = Fault { code: "truncated-field", offset };
        match kind {
            0 => self.varint(span).map(Wire::Varint),
            1 => self.fixed(span).map(|bytes| Wire::Fixed64(u64::from_le_bytes(bytes))),
            2 => {
                let length = self.varint(span)?;
                if length > span.len() {
                    return Err(truncated);
                }
                let body = Span { start: span.start, end: span.start + length };
                span.start = body.end;
                Ok(Wire::Bytes(body))
            }
            5 => self.fixed(span).map(|bytes| Wire::Fixed32(u32::from_le_bytes(bytes))),
            _ => Err(Fault { code: "bad-tag", offset }),
        }
    }

    /// Skips to the end of the group `number`, whose start tag was just read.
    fn group(&mut self, span: &mut Span, number: u32) -> Result<Wire, Fault> {
        let start = span.start;
        let mut open = vec![number];
        loop {
            let offset = span.start;
            let unbalanced = Fault { code: "unbalanced-group", offset };
            if span.start >= span.end || open.len() > GROUP_DEPTH {
                return Err(unbalanced);
            }
            match self.tag(span)? {
                (number, 3) => open.push(number),
                (number, 4) => {
                    if open.pop() != Some(number) {
                        return Err(unbalanced);
                    }
                    if open.is_empty() {
                        return Ok(Wire::Group(Span { start, end: offset }));
                    }
                }
                (_, kind) => {
                    self.value(span, kind)?;
                }
            }
        }
    }

    fn varint(&mut self, span: &mut Span) -> Result<u64, Fault> {
        let offset = span.start;
        self.reader.seek(offset);
        let mut value = 0u64;
        for index in 0..10u32 {
            if span.start >= span.end {
                return Err(Fault { code: "truncated-field", offset });
            }
            let byte = self.reader.byte().ok_or(Fault { code: "truncated-field", offset })?;
            span.start += 1;
            if index == 9 && byte > 1 {
                return Err(Fault { code: "varint-overflow", offset });
            }
            value |= u64::from(byte & 0x7f) << (7 * index);
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(Fault { code: "varint-overflow", offset })
    }

    fn fixed<const N: usize>(&mut self, span: &mut Span) -> Result<[u8; N], Fault> {
        let fault = Fault { code: "truncated-field", offset: span.start };
        if span.len() < N as u64 {
            return Err(fault);
        }
        self.reader.seek(span.start);
        let bytes = self.reader.array().ok_or(fault)?;
        span.start += N as u64;
        Ok(bytes)
    }

    /// At most the first `limit` bytes of a span.
    pub(crate) fn bytes(&mut self, span: Span, limit: usize) -> Vec<u8> {
        let length = usize::try_from(span.len()).unwrap_or(usize::MAX).min(limit);
        self.reader.seek(span.start);
        if let Some(bytes) = self.reader.window().get(..length) {
            return bytes.to_vec();
        }
        self.source.read_vec(span.start, length)
    }

    /// At most the first `limit` bytes of a span as text; what is no UTF-8 becomes U+FFFD.
    pub(crate) fn text(&mut self, span: Span, limit: usize) -> String {
        String::from_utf8_lossy(&self.bytes(span, limit)).into_owned()
    }

    /// The numbers of a repeated integer field, packed or not; at most `limit` of them.
    pub(crate) fn integers(&mut self, wire: Wire, limit: usize, into: &mut Vec<u64>) {
        match wire {
            Wire::Varint(value) if into.len() < limit => into.push(value),
            Wire::Bytes(mut span) => {
                while span.start < span.end && into.len() < limit {
                    match self.varint(&mut span) {
                        Ok(value) => into.push(value),
                        Err(_) => return,
                    }
                }
            }
            _ => {}
        }
    }

    /// Whether the whole span reads as fields, looking at no more than `most` of them; and calls `see` for each.
    pub(crate) fn probe(
        &mut self,
        mut span: Span,
        most: usize,
        mut see: impl FnMut(&mut Self, Field) -> bool,
    ) -> bool {
        for _ in 0..most {
            match self.next(&mut span) {
                Ok(Some(field)) => {
                    if !see(self, field) {
                        return false;
                    }
                }
                Ok(None) => return true,
                Err(_) => return false,
            }
        }
        true
    }
}
