//! Containers: what is reachable inside an archive or a compressed stream, under every view that a reader could take.
//!
//! A member that only one view shows is still listed, and every disagreement between the views is a problem of kind
//! [`ProblemKind::Differential`](crate::ProblemKind). Nothing is unpacked to disk: a stored member is a slice of the
//! source, a compressed one goes through the [`Spool`](crate::Spool).
//!
//! [`parse`] reads the directory only; [`Archive::visit`] reads the members, and finds what only reading shows (a wrong
//! checksum, a broken stream, a bomb). Memory: the directory with at most [`Limits::members`](crate::limits::Limits)
//! entries, whose names together stay below [`NAMES_BYTES`], and what the [codecs](Codec) state.

mod codec;
mod path;
mod seven_zip;
mod stream;
mod tar;
mod unpack;
mod zip;

pub use codec::Codec;

use crate::{Context, Format, Problem, ProblemKind, Source};
use unpack::Tally;

/// What the names of one archive may hold together.
const NAMES_BYTES: usize = 32 << 20;

/// The directory of a container.
#[derive(Clone, Debug)]
pub struct Archive {
    pub format: Format,
    /// In the order of the file.
    pub entries: Vec<Entry>,
    pub problems: Vec<Problem>,
}

/// One member as one view shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The name as a reader would show it; undecodable bytes as U+FFFD.
    pub name: String,
    pub kind: EntryKind,
    /// Bytes after decompression, as declared.
    pub size: u64,
    /// Bytes as stored.
    pub stored_size: u64,
    /// Where its data starts in the container.
    pub offset: u64,
    /// Whether the data lies in the container uncompressed, so that it can be read in place.
    pub stored: bool,
    pub codec: Codec,
    /// The checksum that the directory declares.
    pub crc32: Option<u32>,
    pub encrypted: bool,
    pub seen: Seen,
    /// What is wrong with this member.
    pub problems: Vec<Problem>,
}

/// What a member is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum EntryKind {
    File,
    Folder,
    /// A symbolic or hard link, with its target.
    Link {
        target: String,
        hard: bool,
    },
    /// A device, a pipe or something else that is no file.
    Special,
}

/// Which readers see a member.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Seen {
    /// Those that follow the directory, which is how the format is meant.
    ByDirectory,
    /// Only those that follow another directory than most: a second end record, another base offset.
    ByOtherDirectory,
    /// Only those that go from one local header to the next.
    BySequence,
    /// No reader of this format: bytes before, between or after the members that are of a format of their own.
    ByContent,
}

impl Entry {
    fn file(name: impl Into<String>, offset: u64, stored_size: u64, codec: Codec) -> Self {
        Entry {
            name: name.into(),
            kind: EntryKind::File,
            size: stored_size,
            stored_size,
            offset,
            stored: codec == Codec::Stored,
            codec,
            crc32: None,
            encrypted: false,
            seen: Seen::ByDirectory,
            problems: Vec::new(),
        }
    }

    fn note(&mut self, kind: ProblemKind, code: &'static str, message: impl Into<String>) {
        let problem = Problem::new(kind, code, message).at(self.offset);
        if !self.problems.iter().any(|p| p.code == code) {
            self.problems.push(problem);
        }
    }
}

/// Reads the directory of a container. A format that is none gives an empty archive.
#[must_use]
pub fn parse(format: Format, source: &Source, context: &Context) -> Archive {
    let mut archive = Archive { format, entries: Vec::new(), problems: Vec::new() };
    match format {
        Format::Zip => zip::parse(source, context, &mut archive),
        Format::Tar => tar::parse(source, context, &mut archive),
        Format::SevenZip => seven_zip::parse(source, context, &mut archive),
        _ => {
            if let Some(codec) = stream::codec(format) {
                stream::parse(codec, source, &mut archive);
            }
        }
    }
    archive
}

impl Archive {
    /// Calls `each` for every file of the container in order with its bytes: a slice of `source` when it is stored, else
    /// what decompression gave, spooled and counted against the budgets.
    ///
    /// When something is wrong with the content (a broken or endless stream, a wrong checksum, a budget, encryption),
    /// `each` is called a second time for the same entry with the problem: first `Ok` with what came out before it, then
    /// `Err`. When nothing came out there is only the `Err`. These problems are not in `self`: whoever judges the archive
    /// adds them to [`Entry::problems`] and runs the container's rules after the visit.
    ///
    /// What follows a compressed stream is handed over as an entry of its own when it is of a known format.
    pub fn visit(
        &self,
        source: &Source,
        context: &Context,
        each: &mut dyn FnMut(&Entry, Result<Source, Problem>),
    ) {
        let mut tally = Tally::new(source);
        match self.format {
            Format::SevenZip => seven_zip::visit(self, source, context, each),
            Format::Zip | Format::Tar => {
                let mut stored = 0_u64;
                for entry in self.entries.iter().filter(|entry| entry.kind == EntryKind::File) {
                    stored = stored.saturating_add(entry.stored_size.min(source.len()));
                    if stored / OVERLAP > source.len() || context.bombs() > BOMBS {
                        let message = "the members share so many bytes, or are so many bombs, that the rest was left unread";
                        let problem = Problem::new(ProblemKind::Budget, "overlapping-members", message);
                        return each(entry, Err(problem.at(entry.offset)));
                    }
                    visit_member(entry, source, context, &mut tally, each);
                }
            }
            _ => stream::visit(self, source, context, &mut tally, each),
        }
    }
}

/// Members that lie apart hold at most the bytes of their container, twice when two views show them; this many times is
/// still read.
const OVERLAP: u64 = 8;
/// Bombs in one file after which the rest is not unpacked.
const BOMBS: u32 = 32;

/// Stored members up to this size are checked against their checksum: above it the check would cost more than it tells,
/// because the content is judged whether it is right or not.
const CHECKED_BYTES: u64 = 1 << 20;

fn visit_member(
    entry: &Entry,
    source: &Source,
    context: &Context,
    tally: &mut Tally,
    each: &mut dyn FnMut(&Entry, Result<Source, Problem>),
) {
    if entry.encrypted {
        let problem = Problem::new(ProblemKind::Encrypted, "encrypted-member", "the member is encrypted");
        return each(entry, Err(problem.at(entry.offset)));
    }
    if let Codec::Unsupported(method) = entry.codec {
        let message = format!("the compression method {method} is not supported");
        let problem = Problem::new(ProblemKind::Malformed, "unsupported-method", message);
        return each(entry, Err(problem.at(entry.offset)));
    }
    if entry.stored {
        let content = source.slice(entry.offset, entry.stored_size);
        let checked = if content.len() <= CHECKED_BYTES { entry.crc32 } else { None };
        let problem = checked.filter(|crc| *crc != crc32(&content)).map(|_| wrong_checksum(entry));
        let short = content.len() < entry.stored_size;
        each(entry, Ok(content));
        if short {
            let problem = Problem::new(
                ProblemKind::Malformed,
                "truncated-member",
                "the member ends beyond the end of the file",
            );
            each(entry, Err(problem.at(entry.offset)));
        } else if let Some(problem) = problem {
            each(entry, Err(problem));
        }
        return;
    }
    let data = source.slice(entry.offset, entry.stored_size);
    let unpacked = unpack::unpack(entry.codec, &data, 0, Some(entry.size), false, context, tally);
    let mut problem = unpacked.problem.map(|problem| problem.at(entry.offset));
    if problem.is_none() && entry.crc32.is_some_and(|crc| crc != unpacked.crc32) {
        problem = Some(wrong_checksum(entry));
    }
    if problem.is_none() && entry.seen != Seen::BySequence && unpacked.size != entry.size {
        let message = format!("the directory says {} bytes and {} came out", entry.size, unpacked.size);
        problem = Some(Problem::new(ProblemKind::Differential, "size-differs", message).at(entry.offset));
    }
    if unpacked.size > 0 || problem.is_none() {
        each(entry, Ok(unpacked.source));
    }
    if let Some(problem) = problem {
        each(entry, Err(problem));
    }
}

fn wrong_checksum(entry: &Entry) -> Problem {
    let message =
        "the checksum does not match the content: some readers refuse the member and others load it";
    Problem::new(ProblemKind::Differential, "crc-differs", message).at(entry.offset)
}

fn crc32(source: &Source) -> u32 {
    let mut reader = source.reader(0);
    let mut hash = crc32fast::Hasher::new();
    loop {
        let window = reader.window();
        if window.is_empty() {
            return hash.finalize();
        }
        hash.update(window);
        let next = window.len() as u64;
        reader.seek(reader.position() + next);
    }
}

/// Whether a file can be read as a ZIP: it starts as one, or an end record leads to a directory.
pub(crate) fn zip_looks_like(head: &[u8], source: &Source) -> bool {
    head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") || zip::has_directory(source)
}

/// Whether a file starts with a tar header.
pub(crate) fn tar_looks_like(head: &[u8], _: &Source) -> bool {
    head.first_chunk::<512>().is_some_and(tar::looks_like)
}

/// Whether the first bytes of a stream decode, or the whole of a short one.
pub(crate) fn starts(codec: Codec, source: &Source) -> bool {
    let mut buffer = [0; 256];
    let Some(mut decoder) = codec::decoder(codec, source, 0, None) else {
        return false;
    };
    match decoder.read(&mut buffer) {
        Ok(count) => count > 0,
        // A stream that breaks later has run its payload by then; one that breaks at once is chance.
        Err(fault) => {
            fault.produced >= 16 || (fault.produced > 0 && fault.problem.code == "truncated-stream")
        }
    }
}

/// Whether the end record of the ZIP lies in the data of a member of the tar, so that only the member is a ZIP.
pub(crate) fn zip_is_member(source: &Source) -> bool {
    let tar = parse(Format::Tar, source, &Context::default());
    zip::last_end_record(source).is_some_and(|at| {
        tar.entries.iter().any(|entry| {
            (entry.offset..entry.offset.saturating_add(entry.stored_size)).contains(&at)
                && entry.seen == Seen::ByDirectory
                && zip_looks_like(&[], &source.slice(entry.offset, entry.stored_size))
        })
    })
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod trial;
