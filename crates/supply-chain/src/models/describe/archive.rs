//! What a container says about itself.

use crate::Description;
use modelward_formats::archive::{Archive, Entry, EntryKind};

pub(super) fn describe(archive: &Archive, description: &mut Description) {
    let files = archive.entries.iter().filter(|entry| entry.kind == EntryKind::File);
    let unpacked = files.clone().map(|entry: &Entry| entry.size).fold(0_u64, u64::saturating_add);
    description.properties.insert("members".to_owned(), files.count().into());
    description.properties.insert("unpacked_size".to_owned(), unpacked.into());
}
