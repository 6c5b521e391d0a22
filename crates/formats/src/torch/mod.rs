//! What a torch file says beyond its pickle: the storages that a checkpoint's pickle names against the members that hold their
//! bytes, the tensors against their storages, and the operators that a compiled or exported program calls.
//!
//! It opens no file of its own: it is given an [`Archive`] and its bytes. Memory: the transcript of the pickle (at most 64 MiB
//! of pickle is read) and one entry for each storage and tensor; of programs one member of at most 8 MiB at a time. Time:
//! linear in these. Start with [`checkpoints`] and [`operators`].

mod checkpoint;
mod legacy;
mod operators;

pub use checkpoint::{Checkpoint, Storage, View, checkpoints};
pub use legacy::legacy;
pub use operators::{Operator, is_program, operators};

use crate::{
    Context, Source,
    archive::{Archive, Entry},
};

/// The bytes of one member, when it can be read; up to `most`, decompressed or in place.
pub(crate) fn member(
    archive: &Archive,
    entry: &Entry,
    source: &Source,
    context: &Context,
    most: u64,
) -> Option<Source> {
    if entry.size > most && !entry.stored {
        return None;
    }
    let one = Archive { format: archive.format, entries: vec![entry.clone()], problems: Vec::new() };
    let mut found = None;
    one.visit(source, context, &mut |_, content| {
        if let Ok(content) = content
            && found.is_none()
        {
            found = Some(content.slice(0, most));
        }
    });
    found
}
