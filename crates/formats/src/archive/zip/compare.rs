//! What the two headers of a member say differently, and what the sizes in a directory add up to.

use super::super::{
    Archive, Codec, Entry, EntryKind, path,
    unpack::{Tally, unpack},
};
use super::record::{ENCRYPTED, HAS_DESCRIPTOR, Header, MASKED, PATCHED, STRONG, UTF8};
use crate::{Context, Problem, ProblemKind, Source};

/// Flags that only tell how hard the compressor tried.
const EFFORT: u16 = 0b110;

/// Compares a central with its local header. Gives the local header when a reader that follows it would read other bytes.
pub(super) fn headers(
    central: &Header,
    local: &Header,
    entry: &mut Entry,
    source: &Source,
) -> Option<Header> {
    let mut other = false;
    if central.name != local.name {
        let message = format!("the local header calls it `{}`", path::text(&local.name));
        entry.note(ProblemKind::Differential, "name-differs", message);
        other = true;
        if let Some(how) = path::escapes(&path::text(&local.name)) {
            entry.note(ProblemKind::Hostile, "path-escapes", format!("unpacking it would write to {how}"));
        }
    } else if central.unicode_name.is_none()
        && let Some(unicode) = &local.unicode_name
    {
        super::names::check(&central.name, Some(unicode), entry);
    }
    if central.method != local.method {
        entry.note(
            ProblemKind::Differential,
            "method-differs",
            "the two headers name different compression methods",
        );
        other = true;
    }
    let flags = (central.flags ^ local.flags) & !(EFFORT | HAS_DESCRIPTOR);
    let ascii = central.name.is_ascii();
    if flags & !UTF8 != 0 || (flags & UTF8 != 0 && !ascii) {
        let message = format!(
            "the two headers differ in their flags ({:#06x} and {:#06x})",
            central.flags, local.flags
        );
        entry.note(ProblemKind::Differential, "flags-differ", message);
    } else if flags != 0 || (central.flags ^ local.flags) & HAS_DESCRIPTOR != 0 {
        entry.note(
            ProblemKind::Note,
            "harmless-flags-differ",
            "the two headers differ in a flag that changes nothing",
        );
    }
    // With a data descriptor the local header may leave sizes and checksum at zero (APPNOTE 4.4.4).
    let later = local.flags & HAS_DESCRIPTOR != 0;
    let left_open = |value: u64, full: u64| later && (value == 0 || value == full);
    let sizes = (local.stored == central.stored || left_open(local.stored, 0xffff_ffff))
        && (local.size == central.size || left_open(local.size, 0xffff_ffff));
    if !sizes {
        let message = format!(
            "the directory says {} bytes ({} stored), the local header {} ({} stored)",
            central.size, central.stored, local.size, local.stored
        );
        entry.note(ProblemKind::Differential, "size-differs", message);
        other = true;
    }
    if local.crc != central.crc && !left_open(u64::from(local.crc), 0) && entry.kind == EntryKind::File {
        entry.note(ProblemKind::Differential, "crc-differs", "the two headers give different checksums");
    }
    if !other {
        return None;
    }
    let mut second = local.clone();
    if left_open(local.stored, 0xffff_ffff) {
        (second.stored, second.size, second.crc) = (central.stored, central.size, central.crc);
    }
    second.stored = second.stored.min(source.len());
    (second.stored > 0).then_some(second)
}

/// Whether a flag says that the data, or the header, is encrypted.
pub(super) fn is_marked_encrypted(header: &Header) -> bool {
    header.flags & (ENCRYPTED | STRONG | MASKED) != 0
}

/// What the flags of a header say, and whether data that is called encrypted is.
pub(super) fn flags(header: &Header, entry: &mut Entry, source: &Source, context: &Context, may_try: bool) {
    let flags = header.flags;
    if flags & PATCHED != 0 {
        entry.note(
            ProblemKind::Differential,
            "patched-flag",
            "the member is marked as patch data: some readers refuse it",
        );
    }
    if !is_marked_encrypted(header) {
        return;
    }
    if may_try && readable(header, entry, source, context) {
        let message =
            "the member is marked as encrypted and is not: some readers refuse it and others load it";
        entry.note(ProblemKind::Differential, "false-encryption-flag", message);
    } else {
        entry.encrypted = true;
    }
}

/// Whether the data can be read without a key. Traditional encryption puts twelve bytes before stored data, AES has a
/// method of its own, and a Deflate stream under a key breaks within a few bytes.
fn readable(header: &Header, entry: &Entry, source: &Source, context: &Context) -> bool {
    match entry.codec {
        Codec::Stored => header.stored == header.size && !header.aes,
        Codec::Unsupported(_) | Codec::SevenZip => false,
        codec => {
            let data = source.slice(entry.offset, header.stored.min(1 << 20));
            let mut tally = Tally::new(source);
            let out = unpack(codec, &data, 0, Some(header.size), false, context, &mut tally);
            match out.problem {
                None => out.crc32 == header.crc,
                Some(_) => header.stored > data.len() && out.size > 64 << 10,
            }
        }
    }
}

/// Members whose data shares bytes: each is unpacked, the bytes are paid for once (Fifield's bomb, 2019).
pub(super) fn overlaps(archive: &mut Archive) {
    let mut order: Vec<usize> =
        (0..archive.entries.len()).filter(|&i| archive.entries[i].stored_size > 0).collect();
    order.sort_by_key(|&i| (archive.entries[i].offset, archive.entries[i].stored_size));
    let mut end = 0;
    let mut last: Option<usize> = None;
    for i in order {
        let entry = &archive.entries[i];
        let shares = last.is_some_and(|last| {
            let other = &archive.entries[last];
            // Both views of one member, or the same record under two directories, are told elsewhere.
            entry.offset < end && (other.offset != entry.offset || other.seen == entry.seen)
        });
        let entry_end = entry.offset.saturating_add(entry.stored_size);
        if shares {
            let message = "the data of two members shares bytes";
            archive.entries[i].note(ProblemKind::Hostile, "overlapping-members", message);
        }
        if entry_end > end {
            end = entry_end;
            last = Some(i);
        }
    }
}

/// What the directory declares is enough to call it a bomb: nothing has to be unpacked.
pub(super) fn declared_bomb(archive: &mut Archive, source: &Source, context: &Context) {
    let total = archive.entries.iter().fold(0_u64, |sum, entry| sum.saturating_add(entry.size));
    let (least, ratio) = (context.bomb_bytes(), context.limits.ratio);
    for entry in &mut archive.entries {
        if entry.size > least && entry.size / entry.stored_size.max(1) > ratio {
            let message = format!("{} stored bytes would become {}", entry.stored_size, entry.size);
            entry.note(ProblemKind::Hostile, "decompression-bomb", message);
        }
    }
    let told = archive.entries.iter().any(|e| e.problems.iter().any(|p| p.code == "decompression-bomb"));
    if !told && total > least && total / source.len().max(1) > ratio {
        let message = format!("an archive of {} bytes would become {total}", source.len());
        archive.problems.push(Problem::new(ProblemKind::Hostile, "decompression-bomb", message));
    }
}
