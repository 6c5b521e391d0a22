//! Telling a Keras configuration from other JSON.

use crate::{
    Source, json,
    protobuf::{Span, Walker, Wire},
};
use memchr::memmem;

const MOST: u64 = 32 << 20;

/// Whether the file is a Keras configuration. A key can be written with escapes and a text in UTF-16, so where the bytes
/// leave it open the text is parsed.
#[must_use]
pub fn looks_like(head: &[u8], source: &Source) -> bool {
    let start = head
        .iter()
        .find(|byte| !matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | 0 | 0xef | 0xbb | 0xbf | 0xfe | 0xff));
    if start != Some(&b'{') {
        return is_metadata(source);
    }
    let bytes = source.read_vec(0, source.len().min(MOST) as usize);
    let wide = head.iter().take(8).any(|byte| *byte == 0);
    let possible =
        memmem::find(&bytes, b"class_name").is_some() || memmem::find(&bytes, b"\\u00").is_some() || wide;
    possible && is_config(&json::parse(&bytes, &json::Limits::default()))
}

fn is_config(document: &json::Document) -> bool {
    let Some(root) = document.root() else { return false };
    let named = |node: json::Node<'_>| node.get_all("class_name").any(|name| name.as_str().is_some());
    // What TensorFlow.js keeps the configuration in.
    let browser =
        root.get("modelTopology").is_some_and(|node| named(node) || node.get_all("model_config").any(named));
    named(root) && root.get("config").is_some() || root.get_all("model_config").any(named) || browser
}

/// Whether the file is the `SavedMetadata` of a SavedModel: nodes in field 1, each with an identifier and JSON.
pub(super) fn is_metadata(source: &Source) -> bool {
    let mut walker = Walker::new(source, 100_000);
    let mut proof = false;
    if source.array_at::<1>(0) != Some([0x0a]) {
        return false;
    }
    walker.probe(Span::of(source), 1000, |walker, field| match (field.number, field.wire) {
        (1, Wire::Bytes(node)) => {
            let (mut identifier, mut text) = (false, false);
            let whole = walker.probe(node, 32, |walker, field| match (field.number, field.wire) {
                (4, Wire::Bytes(span)) => {
                    identifier = walker.bytes(span, 4).starts_with(b"_tf_");
                    true
                }
                (5, Wire::Bytes(span)) => {
                    text = walker.bytes(span, 1) == b"{";
                    true
                }
                _ => true,
            });
            proof |= whole && identifier && text;
            true
        }
        _ => true,
    });
    proof
}
