//! Pickles: what they import, and their protocol.

use crate::Description;
use modelward_formats::pickle::{EventKind, Transcript};
use modelward_kernel::Value;
use std::collections::BTreeSet;

/// The most imported names that are listed.
const IMPORTS: usize = 200;

pub(super) fn describe(transcript: &Transcript, description: &mut Description) {
    let mut imports = BTreeSet::new();
    let mut more = false;
    for event in transcript.streams.iter().flat_map(|stream| &stream.c.events) {
        if let EventKind::Import { module, name } = &event.kind {
            more |= imports.len() >= IMPORTS;
            if imports.len() < IMPORTS {
                imports.insert(format!("{module}.{name}"));
            }
        }
    }
    if let Some(protocol) = transcript.streams.first().and_then(|stream| stream.protocol) {
        description.properties.insert("pickle_protocol".into(), Value::from(u64::from(protocol)));
    }
    if !imports.is_empty() {
        let mut names: Vec<String> = imports.into_iter().collect();
        if more {
            names.push("…".into());
        }
        description.properties.insert("imports".into(), Value::from(names));
    }
}
