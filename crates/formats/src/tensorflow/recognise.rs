//! Telling TensorFlow's messages from other bytes without a signature. A field of the wrong wire type is an unknown field
//! to protobuf, so it speaks against nothing: what proves a graph is a node that reads as one.

use super::text_form::is_text;
use crate::{
    Format, Source,
    protobuf::{Span, Walker, Wire},
};

/// Fields that are looked at in one message, and in all.
const LOOK: usize = 1 << 16;
const FIELDS: u64 = 1 << 20;

fn walker<'a>(head: &[u8], source: &'a Source) -> Option<Walker<'a>> {
    let first = *head.first()?;
    let tag = first >> 3 != 0 || first >= 0x80;
    (tag && !matches!(first & 7, 4 | 6 | 7)).then(|| Walker::new(source, FIELDS))
}

/// A `SavedModel`: MetaGraphs in field 2, whatever else is there.
#[must_use]
pub fn looks_like_saved_model(head: &[u8], source: &Source) -> bool {
    if is_text(head, source, Format::SavedModel) {
        return true;
    }
    let Some(mut walker) = walker(head, source) else { return false };
    let mut proof = false;
    walker.probe(Span::of(source), LOOK, |walker, field| match (field.number, field.wire) {
        (2, Wire::Bytes(span)) => {
            proof = proof || is_meta_graph(walker, span);
            !proof
        }
        _ => true,
    });
    proof
}

/// A `MetaGraphDef`: a graph in field 2.
#[must_use]
pub fn looks_like_meta_graph(head: &[u8], source: &Source) -> bool {
    is_text(head, source, Format::MetaGraph)
        || walker(head, source).is_some_and(|mut walker| is_meta_graph(&mut walker, Span::of(source)))
}

/// A `GraphDef`: nodes in field 1, or a function library in field 2.
#[must_use]
pub fn looks_like_graph_def(head: &[u8], source: &Source) -> bool {
    is_text(head, source, Format::GraphDef)
        || walker(head, source).is_some_and(|mut walker| is_graph(&mut walker, Span::of(source)))
}

fn is_meta_graph(walker: &mut Walker<'_>, span: Span) -> bool {
    let mut proof = false;
    walker.probe(span, LOOK, |walker, field| match (field.number, field.wire) {
        (2, Wire::Bytes(span)) => {
            proof = proof || is_graph(walker, span);
            !proof
        }
        _ => true,
    });
    proof
}

pub(super) fn is_graph(walker: &mut Walker<'_>, span: Span) -> bool {
    let mut proof = false;
    walker.probe(span, LOOK, |walker, field| match (field.number, field.wire) {
        (1, Wire::Bytes(span)) => {
            proof = proof || is_node(walker, span);
            !proof
        }
        (2, Wire::Bytes(span)) => {
            proof = proof || is_library(walker, span);
            !proof
        }
        _ => true,
    });
    proof
}

fn is_library(walker: &mut Walker<'_>, span: Span) -> bool {
    let mut proof = false;
    walker.probe(span, LOOK, |walker, field| match (field.number, field.wire) {
        (1, Wire::Bytes(span)) => {
            proof = proof || is_function(walker, span);
            !proof
        }
        _ => true,
    });
    proof
}

fn is_function(walker: &mut Walker<'_>, span: Span) -> bool {
    let (mut named, mut nodes) = (false, false);
    walker.probe(span, LOOK, |walker, field| match (field.number, field.wire) {
        (1, Wire::Bytes(span)) => {
            named |= walker.probe(span, LOOK, |_, _| true);
            true
        }
        (3, Wire::Bytes(span)) => {
            nodes = nodes || is_node(walker, span);
            true
        }
        _ => true,
    });
    named && nodes
}

fn is_node(walker: &mut Walker<'_>, span: Span) -> bool {
    let mut operator = false;
    let fields = walker.probe(span, LOOK, |walker, field| match (field.number, field.wire) {
        (2, Wire::Bytes(span)) => {
            operator = is_operator(&walker.bytes(span, 256)) && span.len() <= 256;
            operator
        }
        _ => true,
    });
    fields && operator
}

/// Letters, digits, `_`, `.`, `-`, `/` and the `>` of namespaces, starting with a letter or an underscore.
fn is_operator(name: &[u8]) -> bool {
    name.first().is_some_and(|first| first.is_ascii_alphabetic() || *first == b'_')
        && name.iter().all(|byte| byte.is_ascii_alphanumeric() || b"_.>-/".contains(byte))
}
