//! Pickles inside the byte strings and texts of a stream: what `pickle.loads` in a call would load, and what lies there as
//! data. Depth and number are bounded, and all draw on the opcodes of the outermost file.

use super::{
    arena::name_of_text,
    machine::Candidate,
    recognise,
    streams::Reading,
    text::Encoding,
    transcript::{EventKind, Nested, Stream, Value},
};
use crate::Source;

/// Pickles within one stream.
const NESTED: usize = 256;
/// Opcodes of the trial that tells whether a byte string is a pickle.
const TRIAL: u64 = 5_000;
/// Bytes of a text that is turned into bytes.
const TEXT: u64 = 4 << 20;

pub(super) fn find(reading: &mut Reading<'_>, stream: &Stream, candidates: &[Candidate]) -> Vec<Nested> {
    let (source, depth) = (reading.source, reading.depth.saturating_sub(1));
    let mut found = Vec::new();
    for candidate in candidates {
        if found.len() >= NESTED || reading.left.is_none() {
            break;
        }
        let Some(bytes) = bytes(source, candidate) else { continue };
        let mut within =
            Reading { source: &bytes, context: reading.context, depth, left: &mut *reading.left };
        let head = bytes.read_vec(0, 16);
        if !recognise::is_one(&head, &bytes, &mut |mode, limit| within.run(0, mode, limit.min(TRIAL))) {
            continue;
        }
        let transcript = within.streams(0).transcript;
        found.push(Nested {
            offset: candidate.offset,
            event: receiver(stream, source, candidate),
            transcript,
        });
    }
    found
}

/// The candidate as bytes: a text's characters as Latin-1, as `text.encode('latin-1')` in a stream would give them.
fn bytes(source: &Source, candidate: &Candidate) -> Option<Source> {
    let Some(encoding) = candidate.encoding else {
        return Some(source.slice(candidate.offset, candidate.length));
    };
    if encoding == Encoding::Ascii {
        return Some(source.slice(candidate.offset, candidate.length));
    }
    let raw = source.read_vec(candidate.offset, candidate.length.min(TEXT) as usize);
    let text = super::text::decode(encoding, &raw);
    let bytes: Option<Vec<u8>> = text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect();
    bytes.map(Source::from_vec)
}

/// The first call that is given the byte string or text.
fn receiver(stream: &Stream, source: &Source, candidate: &Candidate) -> Option<usize> {
    let text =
        candidate.encoding.map(|encoding| name_of_text(source, encoding, candidate.offset, candidate.length));
    let is_it = |value: &Value| match (value, &text) {
        (Value::Bytes { offset, .. }, None) => *offset == candidate.offset,
        (Value::Text { head, length }, Some(text)) => {
            *length == candidate.length && text.starts_with(head.as_str())
        }
        _ => false,
    };
    stream.c.events.iter().position(|event| match &event.kind {
        EventKind::Call { arguments, keywords, .. } | EventKind::NewObject { arguments, keywords, .. } => {
            arguments.iter().any(|value| holds(value, &is_it))
                || keywords.iter().any(|(_, value)| holds(value, &is_it))
        }
        _ => false,
    })
}

/// Whether a value is or contains what is sought; values are a few levels deep.
fn holds(value: &Value, is_it: &dyn Fn(&Value) -> bool) -> bool {
    is_it(value)
        || match value {
            Value::List { items, .. } | Value::Tuple { items, .. } | Value::Set { items, .. } => {
                items.iter().any(|item| holds(item, is_it))
            }
            Value::Dict { entries, .. } => {
                entries.iter().any(|(key, value)| holds(key, is_it) || holds(value, is_it))
            }
            _ => false,
        }
}
