//! Names in a ZIP: what unpacking them would do, and members that are one member to some reader.

use super::super::{Archive, Entry, EntryKind, Seen, path};
use super::record::Central;
use crate::{ProblemKind, Source};
use std::collections::HashMap;

/// What the name alone tells.
pub(super) fn check(raw: &[u8], unicode: Option<&[u8]>, entry: &mut Entry) {
    if raw.len() > path::NAME_BYTES {
        entry.note(ProblemKind::Hostile, "long-name", format!("the name is {} bytes long", raw.len()));
    }
    if let Some(how) = path::escapes(&entry.name) {
        entry.note(ProblemKind::Hostile, "path-escapes", format!("unpacking it would write to {how}"));
    }
    if raw.contains(&0) {
        let message = "the name holds a NUL: some readers cut it there and others do not";
        entry.note(ProblemKind::Differential, "nul-in-name", message);
    } else if raw.contains(&b'\\') {
        entry.note(
            ProblemKind::Note,
            "backslash-in-name",
            "the name holds a backslash, which some readers take for `/`",
        );
    }
    if let Some(unicode) = unicode
        && !same_skeleton(raw, unicode)
    {
        let message = format!(
            "a Unicode Path field gives another name, `{}`, to readers that heed it",
            path::text(unicode)
        );
        entry.note(ProblemKind::Differential, "unicode-name-differs", message);
        if let Some(how) = path::escapes(&path::text(unicode)) {
            entry.note(ProblemKind::Hostile, "path-escapes", format!("unpacking it would write to {how}"));
        }
    }
}

/// Whether two spellings of a name have the same ASCII characters in the same order with something else in the same
/// places: the same name in an old code page and in UTF-8.
fn same_skeleton(a: &[u8], b: &[u8]) -> bool {
    fn skeleton(bytes: &[u8]) -> Vec<u8> {
        let mut out: Vec<u8> = bytes.iter().map(|b| if b.is_ascii() { *b } else { 0x80 }).collect();
        out.dedup_by(|a, b| *a == 0x80 && *b == 0x80);
        out
    }
    skeleton(a) == skeleton(b)
}

/// What the attributes say that a member is (on Unix, the upper half holds the mode).
pub(super) fn kind(central: &Central, entry: &mut Entry, source: &Source) {
    if central.made_by != 3 && central.made_by != 19 {
        return;
    }
    match (central.attributes >> 16) & 0o170_000 {
        0o120_000 => {
            let raw = source.read_vec(entry.offset, entry.stored_size.min(path::NAME_BYTES as u64) as usize);
            let target = if entry.stored { path::text(&raw) } else { inflated(&raw) };
            if let Some(how) = path::link_escapes(&entry.name, &target, false) {
                entry.note(
                    ProblemKind::Hostile,
                    "link-escapes",
                    format!("the link `{target}` leaves the folder: {how}"),
                );
            }
            entry.kind = EntryKind::Link { target, hard: false };
        }
        0o020_000 | 0o060_000 | 0o010_000 | 0o140_000 => {
            entry.note(ProblemKind::Hostile, "special-member", "the member is a device, a pipe or a socket");
        }
        _ => {}
    }
}

fn inflated(raw: &[u8]) -> String {
    let mut out = vec![0; path::NAME_BYTES];
    let mut state = flate2::Decompress::new(false);
    let _ = state.decompress(raw, &mut out, flate2::FlushDecompress::Finish);
    out.truncate(state.total_out() as usize);
    path::text(&out)
}

/// Reports members that some reader takes for one: the same name twice, or names that are equal once case, separators,
/// `./` and what follows a NUL are ignored.
pub(super) fn compare(archive: &mut Archive) {
    let mut first: HashMap<String, usize> = HashMap::new();
    for at in 0..archive.entries.len() {
        let entry = &archive.entries[at];
        if entry.kind == EntryKind::Folder || entry.seen == Seen::ByContent {
            continue;
        }
        let Some(&other) = first.get(&path::lookup_key(&entry.name)) else {
            first.insert(path::lookup_key(&entry.name), at);
            continue;
        };
        let (a, b) = (&archive.entries[other], &archive.entries[at]);
        if a.offset == b.offset {
            continue;
        }
        let same_bytes = a.crc32 == b.crc32 && a.size == b.size && a.codec == b.codec;
        let kind = if same_bytes { ProblemKind::Note } else { ProblemKind::Differential };
        let (code, message) = if a.name == b.name {
            (
                "duplicate-member",
                "two members have this name: some readers take the first, others the last".to_owned(),
            )
        } else {
            let message =
                "another member's name differs in spelling only: some readers take one for the other";
            ("similar-member", format!("{message} (`{}`)", a.name))
        };
        archive.entries[at].note(kind, code, message);
    }
}
