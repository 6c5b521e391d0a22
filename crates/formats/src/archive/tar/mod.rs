//! tar: V7, ustar, GNU (long names, base 256) and pax (paths, sizes, global headers), in one pass over the headers.
//!
//! Where readers differ: Python's tarfile ends at the first block of zeros or the first broken header, GNU tar needs two
//! blocks of zeros and skips what is broken, and many ignore a size in a pax header. So the walk goes on to the end of the
//! file, and members behind an end that some reader sees are reported. A sparse member is listed, and not unfolded.
//!
//! Memory: the entries, one header, and the names of the links. A pax or long-name record above 1 MiB is not read.

mod header;

use super::{Archive, Codec, Entry, EntryKind, NAMES_BYTES, Seen, path};
use crate::{Context, Problem, ProblemKind, Source};
use header::{BLOCK, Block, Header};
use std::collections::HashSet;

pub(crate) use header::looks_like;

/// Folders of a name that are looked up among the links.
const DEPTH: usize = 64;
/// A long name or pax header is read up to this size.
const RECORD_BYTES: u64 = 1 << 20;

/// What earlier records say about the next member.
#[derive(Clone, Default)]
struct Pending {
    path: Option<Vec<u8>>,
    link: Option<Vec<u8>>,
    size: Option<u64>,
    sparse: bool,
}

struct Walk<'a> {
    source: &'a Source,
    context: &'a Context,
    archive: &'a mut Archive,
    global: Pending,
    pending: Pending,
    links: HashSet<String>,
    /// An end that some reader sees was passed.
    ended: Option<&'static str>,
    names: usize,
}

/// Adds the members and the problems of the tar file `source` to `archive`.
pub(super) fn parse(source: &Source, context: &Context, archive: &mut Archive) {
    let mut walk = Walk {
        source,
        context,
        archive,
        global: Pending::default(),
        pending: Pending::default(),
        links: HashSet::new(),
        ended: None,
        names: 0,
    };
    let mut reader = source.reader(0);
    let mut searched = 0_u64;
    while let Some(block) = reader.array::<512>() {
        let at = reader.position() - BLOCK;
        match header::read(&block) {
            Block::Zeros => {
                walk.ended = walk.ended.or(Some("the end mark"));
                searched += BLOCK;
                if searched > SEARCHED {
                    break;
                }
            }
            Block::Other => {
                if walk.ended.is_none() {
                    walk.problem(
                        ProblemKind::Malformed,
                        "broken-header",
                        "a header's checksum or numbers are wrong",
                        at,
                    );
                }
                walk.ended = walk.ended.or(Some("a broken header"));
                searched += BLOCK;
                if searched > SEARCHED {
                    break;
                }
            }
            Block::Header(found) => match walk.member(found, at + BLOCK) {
                Some(next) => reader.seek(next),
                None => break,
            },
        }
    }
}

/// Blocks that are no headers are searched for this many bytes.
const SEARCHED: u64 = 256 << 20;

impl Walk<'_> {
    fn problem(&mut self, kind: ProblemKind, code: &'static str, message: impl Into<String>, at: u64) {
        if !self.archive.problems.iter().any(|p| p.code == code) {
            self.archive.problems.push(Problem::new(kind, code, message).at(at));
        }
    }

    /// Takes in the header whose data starts at `data`; gives where the next header is, or none to stop.
    fn member(&mut self, found: Header, data: u64) -> Option<u64> {
        let after = |size: u64| data.checked_add(size.checked_next_multiple_of(BLOCK)?);
        let Some(mut next) = after(found.size) else {
            self.problem(ProblemKind::Hostile, "size-overflows", "the size of a member overflows", data);
            return None;
        };
        match found.kind {
            b'x' | b'g' | b'X' | b'L' | b'K' => {
                self.record(&found, data);
                return Some(next);
            }
            _ => {}
        }
        if let Some(how) = self.ended {
            let message = format!("members follow {how}: some readers see them and others stop before");
            self.problem(ProblemKind::Differential, "members-after-end", message, data - BLOCK);
        }
        let pending = std::mem::take(&mut self.pending);
        let raw = pending.path.or_else(|| self.global.path.clone()).unwrap_or(found.name);
        let raw_link = pending.link.or_else(|| self.global.link.clone()).unwrap_or(found.link);
        let size = pending.size.or(self.global.size).unwrap_or(found.size);
        self.names += raw.len() + raw_link.len();
        if self.archive.entries.len() as u64 >= self.context.limits.members || self.names > NAMES_BYTES {
            let message = format!("there are more than {} members", self.archive.entries.len());
            self.problem(ProblemKind::Budget, "members", message, data);
            return None;
        }
        let mut entry = Entry::file(path::text(&raw), data, size, Codec::Stored);
        entry.seen = if self.ended.is_some() { Seen::BySequence } else { Seen::ByDirectory };
        if size != found.size {
            let message = format!(
                "the header says {} bytes and its pax record {size}: readers go on at different places",
                found.size
            );
            if found.size != 0 || size < (8 << 30) {
                entry.note(ProblemKind::Differential, "size-differs", message);
            }
            next = after(size)?;
        }
        let has_data = self.kind(&mut entry, found.kind, path::text(&raw_link));
        if !has_data && size > 0 {
            entry.note(
                ProblemKind::Differential,
                "data-without-file",
                "a member that is no file has data: some readers skip it and others read headers in it",
            );
            // Readers that skip no data go on here; the walk sees both, because what is no header is searched.
            next = data;
        }
        if pending.sparse || found.kind == b'S' {
            entry.note(
                ProblemKind::Malformed,
                "sparse-member",
                "the member is sparse: what is stored was looked at, not what it unfolds to",
            );
        }
        self.paths(&mut entry, &raw);
        if has_data && data.saturating_add(size) > self.source.len() {
            entry.note(
                ProblemKind::Malformed,
                "truncated-member",
                "the data ends beyond the end of the file",
            );
        }
        self.archive.entries.push(entry);
        Some(next)
    }

    /// A record about the next member, or about all that follow.
    fn record(&mut self, found: &Header, data: u64) {
        if found.size > RECORD_BYTES {
            let message = format!("a record about the next member is {} bytes long", found.size);
            self.problem(ProblemKind::Hostile, "long-record", message, data);
            return;
        }
        let bytes = self.source.read_vec(data, found.size as usize);
        let name = || bytes.split(|b| *b == 0).next().unwrap_or_default().to_vec();
        match found.kind {
            b'L' => self.pending.path = Some(name()),
            b'K' => self.pending.link = Some(name()),
            _ => {
                let (records, whole) = header::pax(&bytes);
                if !whole {
                    self.problem(
                        ProblemKind::Differential,
                        "broken-pax-record",
                        "a pax record is broken: readers take different names from it",
                        data,
                    );
                }
                let target = if found.kind == b'g' { &mut self.global } else { &mut self.pending };
                for (key, value) in records {
                    match key.as_str() {
                        "path" => target.path = Some(value),
                        "linkpath" => target.link = Some(value),
                        "size" => {
                            target.size = std::str::from_utf8(&value).ok().and_then(|n| n.trim().parse().ok())
                        }
                        "GNU.sparse.name" => (target.path, target.sparse) = (Some(value), true),
                        key if key.starts_with("GNU.sparse.") => target.sparse = true,
                        _ => {}
                    }
                }
            }
        }
    }

    /// Sets the kind of the entry, and says whether such a member has data.
    fn kind(&mut self, entry: &mut Entry, kind: u8, link: String) -> bool {
        match kind {
            b'1' | b'2' => {
                let hard = kind == b'1';
                if let Some(how) = path::link_escapes(&entry.name, &link, hard) {
                    entry.note(
                        ProblemKind::Hostile,
                        "link-escapes",
                        format!("the link `{link}` leaves the folder: {how}"),
                    );
                }
                entry.kind = EntryKind::Link { target: link, hard };
            }
            b'3' | b'4' | b'6' => {
                entry.kind = EntryKind::Special;
                entry.note(ProblemKind::Hostile, "special-member", "the member is a device or a pipe");
            }
            b'5' | b'D' => entry.kind = EntryKind::Folder,
            b'V' | b'M' => entry.kind = EntryKind::Special,
            _ if entry.name.ends_with('/') && entry.size == 0 => entry.kind = EntryKind::Folder,
            _ => return true,
        }
        kind == b'D'
    }

    /// What the name would do when the archive is unpacked.
    fn paths(&mut self, entry: &mut Entry, raw: &[u8]) {
        if raw.len() > path::NAME_BYTES {
            entry.note(ProblemKind::Hostile, "long-name", format!("the name is {} bytes long", raw.len()));
        }
        if let Some(how) = path::escapes(&entry.name) {
            entry.note(ProblemKind::Hostile, "path-escapes", format!("unpacking it would write to {how}"));
        }
        let key = entry.name.trim_start_matches("./").trim_end_matches('/').to_owned();
        let through = key
            .match_indices('/')
            .take(DEPTH)
            .map(|(at, _)| &key[..at])
            .find(|parent| self.links.contains(*parent));
        if let Some(link) = through {
            let message = format!("unpacking it would write through the link `{link}` that came before");
            entry.note(ProblemKind::Hostile, "writes-through-link", message);
        } else if entry.kind == EntryKind::File && self.links.contains(&key) {
            let message = "unpacking it would write to where a link of this name points";
            entry.note(ProblemKind::Hostile, "writes-through-link", message);
        }
        if let EntryKind::Link { hard: false, .. } = entry.kind {
            self.links.insert(key);
        }
    }
}
