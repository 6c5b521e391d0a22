//! Telling an ONNX model from other bytes without a signature.

use crate::{
    Source,
    protobuf::{Field, Span, Walker, Wire},
};

/// Fields of the file that are looked at, and of each message within it.
const LOOK: usize = 1 << 16;
const LOOK_WITHIN: usize = 4096;
/// Fields that are looked at in all.
const FIELDS: u64 = 1 << 20;

/// Whether the bytes are an ONNX `ModelProto`: fields throughout, in any order and with unknown ones among them, of which
/// one is a graph or a function that reads as such. A field of the wrong wire type is an unknown field to protobuf, so it
/// speaks against nothing. A file that ends early still counts when a graph came before the end.
#[must_use]
pub fn looks_like(head: &[u8], source: &Source) -> bool {
    if super::text_form::is_text(head, source) {
        return true;
    }
    // Every first byte is a tag: a field number from 1 and a wire type that exists.
    if head.first().is_none_or(|first| first >> 3 == 0 && *first < 0x80 || matches!(first & 7, 4 | 6 | 7)) {
        return false;
    }
    let mut walker = Walker::new(source, FIELDS);
    let (mut graph, mut header) = (false, false);
    let whole = walker.probe(Span::of(source), LOOK, |walker, field| match (field.number, field.wire) {
        (1, Wire::Varint(version)) => {
            header |= (1..1000).contains(&version);
            true
        }
        (7, Wire::Bytes(span)) => {
            graph = graph || is_graph(walker, span);
            true
        }
        (25, Wire::Bytes(span)) => {
            graph = graph || is_function(walker, span);
            true
        }
        (8, Wire::Bytes(span)) => {
            header |= is_opset(walker, span);
            true
        }
        _ => true,
    });
    graph && (whole || header)
}

/// Nodes with an operator, or a tensor with a type, or a named graph with inputs: and nothing that contradicts it.
fn is_graph(walker: &mut Walker<'_>, span: Span) -> bool {
    let (mut proof, mut named, mut ends) = (false, false, false);
    let fields = walker.probe(span, LOOK_WITHIN, |walker, field| match (field.number, field.wire) {
        (1, Wire::Bytes(span)) => {
            proof = proof || is_node(walker, span);
            true
        }
        (5, Wire::Bytes(span)) => {
            proof = proof || is_tensor(walker, span);
            true
        }
        (2, Wire::Bytes(span)) => {
            named |= is_name(walker, span);
            true
        }
        (11..=13, Wire::Bytes(span)) => {
            ends |= walker.probe(span, LOOK_WITHIN, |_, _| true);
            true
        }
        _ => true,
    });
    proof || fields && named && ends
}

fn is_function(walker: &mut Walker<'_>, span: Span) -> bool {
    let mut proof = false;
    walker.probe(span, LOOK_WITHIN, |walker, field| match (field.number, field.wire) {
        (7, Wire::Bytes(span)) => {
            proof = proof || is_node(walker, span);
            true
        }
        _ => true,
    });
    proof
}

fn is_node(walker: &mut Walker<'_>, span: Span) -> bool {
    let mut op = false;
    let fields = walker.probe(span, LOOK_WITHIN, |walker, field| match (field.number, field.wire) {
        (4, Wire::Bytes(span)) => {
            op = is_name(walker, span);
            op
        }
        _ => true,
    });
    fields && op
}

/// A type and a name or bytes.
fn is_tensor(walker: &mut Walker<'_>, span: Span) -> bool {
    let (mut typed, mut held) = (false, false);
    let see = |_: &mut Walker<'_>, field: Field| {
        match (field.number, field.wire) {
            (2, Wire::Varint(dtype)) => typed = (1..64).contains(&dtype),
            (4..=13, Wire::Bytes(_)) => held = true,
            _ => {}
        }
        true
    };
    walker.probe(span, LOOK_WITHIN, see) && typed && held
}

fn is_opset(walker: &mut Walker<'_>, span: Span) -> bool {
    span.len() > 0
        && walker.probe(span, LOOK_WITHIN, |_, field| {
            matches!((field.number, field.wire), (1, Wire::Bytes(_)) | (2, Wire::Varint(_)))
        })
}

/// Text of one to 512 bytes without control characters.
fn is_name(walker: &mut Walker<'_>, span: Span) -> bool {
    let bytes = walker.bytes(span, 512);
    (1..=512).contains(&span.len())
        && std::str::from_utf8(&bytes).is_ok_and(|text| !text.contains(char::is_control))
}
