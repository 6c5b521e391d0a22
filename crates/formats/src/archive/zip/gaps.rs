//! The bytes that no directory covers: before, between and after the members. Members that only a local header shows are
//! found here, further end records, and content of other formats.

use super::super::{Codec, Entry, Seen};
use super::record::{self, Local};
use super::{EndRecord, Walk};
use crate::{ProblemKind, Source};

/// Bytes of gaps that are searched.
const SEARCHED: u64 = 1 << 30;
/// End records outside the last 64 KiB that are followed.
const END_RECORDS: usize = 256;
/// Gaps whose content is looked at.
const GAPS: usize = 1024;
/// A window of the search; signatures across its edge are seen by the overlap.
const WINDOW: u64 = 1 << 20;

/// Looks at everything that is not covered.
pub(super) fn walk(walk: &mut Walk<'_>, read: &mut Vec<EndRecord>) {
    let mut tried = 0;
    for (start, end) in gaps(walk) {
        let mut from = start;
        let mut search = Search::new(walk.source, record::END);
        while let Some(at) = search.next(from, end) {
            from = at + 4;
            tried += 1;
            if tried > END_RECORDS {
                let message = "more end records stand outside the directory than are followed";
                walk.problem(ProblemKind::Budget, "gaps", message, at);
                break;
            }
            walk.end_record(at, read.is_empty(), read);
        }
    }
    let mut searched = 0;
    for (start, end) in gaps(walk) {
        searched += end - start;
        if searched > SEARCHED {
            let message = format!(
                "more than {SEARCHED} bytes lie outside the directory, and were not searched for members"
            );
            walk.problem(ProblemKind::Budget, "gaps", message, start);
            break;
        }
        local_members(walk, start, end);
    }
    for (start, end) in gaps(walk).into_iter().take(GAPS) {
        between(walk, start, end);
    }
}

/// The ranges that are not covered, in order; the covered ranges are left sorted and merged.
fn gaps(walk: &mut Walk<'_>) -> Vec<(u64, u64)> {
    walk.covered.sort_unstable();
    walk.covered.dedup_by(|next, last| {
        let joins = next.0 <= last.1;
        if joins {
            last.1 = last.1.max(next.1);
        }
        joins
    });
    let mut gaps = Vec::new();
    let mut at = 0;
    for &(start, end) in &walk.covered {
        if start > at {
            gaps.push((at, start));
        }
        at = at.max(end);
    }
    if at < walk.source.len() {
        gaps.push((at, walk.source.len()));
    }
    gaps
}

/// Looks for a signature from window to window; each byte is read once.
struct Search<'a> {
    source: &'a Source,
    signature: &'static [u8; 4],
    start: u64,
    window: Vec<u8>,
}

impl<'a> Search<'a> {
    fn new(source: &'a Source, signature: &'static [u8; 4]) -> Self {
        Search { source, signature, start: 0, window: Vec::new() }
    }

    /// The first position from `from` that lies before `end`.
    fn next(&mut self, mut from: u64, end: u64) -> Option<u64> {
        while from < end {
            let mut skip = from.checked_sub(self.start).and_then(|skip| usize::try_from(skip).ok());
            if skip.is_none_or(|skip| skip + 4 > self.window.len()) {
                // A little beyond the end, so that a header there can be seen whole.
                self.window =
                    self.source.read_vec(from, (end - from).saturating_add(32).min(WINDOW) as usize);
                self.start = from;
                skip = Some(0);
            }
            let rest = self.window.get(skip?..)?;
            if rest.len() < 4 {
                return None;
            }
            if let Some(at) = memchr::memmem::find(rest, self.signature) {
                return Some(from + at as u64).filter(|at| *at < end);
            }
            from += rest.len() as u64 - 3;
        }
        None
    }

    /// What the window holds behind a position that was found.
    fn at(&self, position: u64) -> &[u8] {
        let skip = position.checked_sub(self.start).and_then(|skip| usize::try_from(skip).ok());
        skip.and_then(|skip| self.window.get(skip..)).unwrap_or_default()
    }
}

/// Members of a gap, from one local header to the next.
fn local_members(walk: &mut Walk<'_>, start: u64, end: u64) {
    let mut from = start;
    let listed = walk.archive.entries.iter().any(|e| e.seen <= Seen::ByOtherDirectory);
    let mut search = Search::new(walk.source, record::LOCAL);
    while let Some(at) = search.next(from, end) {
        if walk.full {
            return;
        }
        from = at + 4;
        if !starts_plausibly(search.at(at)) {
            continue;
        }
        let Some(mut local) = Local::read(walk.source, at).filter(|local| plausible(local, at, end)) else {
            continue;
        };
        let open = local.header.flags & record::HAS_DESCRIPTOR != 0 && local.header.stored == 0;
        if open {
            // The size follows the data: the stream's own end, or the next header, is where it stops.
            let next = search.next(local.data, end).unwrap_or(end);
            local.header.stored = next - local.data;
            local.header.size = local.header.stored;
        }
        let data_end = local.data.saturating_add(local.header.stored).min(end);
        let Some(mut entry) = walk.entry(&local.header, local.data, Seen::BySequence) else {
            return;
        };
        walk.flags(&local.header, &mut entry);
        if open {
            entry.crc32 = None;
        }
        if listed {
            let message = "a member stands in the file that the directory does not list";
            entry.note(ProblemKind::Differential, "hidden-member", message);
        }
        walk.archive.entries.push(entry);
        walk.covered.push((at, data_end));
        from = data_end.max(from);
    }
}

/// Whether the version, as far as the window holds it, is one: what is no header is passed over without another read.
fn starts_plausibly(bytes: &[u8]) -> bool {
    bytes.get(4).is_none_or(|version| *version <= 63)
}

/// Whether what looks like a local header can be one: four bytes are found by chance in large weights.
fn plausible(local: &Local, at: u64, end: u64) -> bool {
    let name = &local.header.name;
    !name.is_empty()
        && local.version < 100 * 256
        && (local.version & 0xff) <= 63
        && local.data <= end
        && local.data > at
        && matches!(local.header.method, 0 | 8 | 9 | 12 | 14 | 20 | 93 | 95 | 98 | 99)
        && !name.iter().any(|b| *b < 0x20 && *b != 0)
}

/// What is left of a gap: an entry when it is content of a format.
fn between(walk: &mut Walk<'_>, start: u64, end: u64) {
    let (code, message) = match (start, end == walk.source.len()) {
        (0, _) => ("bytes-before-archive", "bytes stand before the archive"),
        (_, true) => ("bytes-after-archive", "bytes stand behind the archive"),
        _ => ("bytes-between-members", "bytes stand between the members"),
    };
    let slice = walk.source.slice(start, end - start);
    if slice.len() < 4 || zeros(&slice) {
        return;
    }
    walk.problem(ProblemKind::Note, code, format!("{} {message}", slice.len()), start);
    // What stands at the start of the file is what the file is; it is judged as that, not as a member.
    if start == 0 || walk.full || !crate::identify::is_content(&slice) {
        return;
    }
    let mut entry = Entry::file(format!("bytes from {start:#x}"), start, slice.len(), Codec::Stored);
    entry.seen = Seen::ByContent;
    walk.archive.entries.push(entry);
}

/// Whether the first bytes are padding.
fn zeros(slice: &Source) -> bool {
    slice.read_vec(0, 4096).iter().all(|b| *b == 0)
}
