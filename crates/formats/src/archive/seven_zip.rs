//! 7z, read by `sevenz-rust2` under a limit for what its headers and dictionaries may allocate.
//!
//! Memory: the directory, which the limit of [`MEMORY_KIB`] holds, and one dictionary of that size. The archive is solid, so
//! members are unpacked in one pass. What has a coder that is not built in, or a key, is a problem of the members behind it.

use super::{Archive, Codec, Entry, EntryKind, path, unpack::BOMB_BYTES};
use crate::{Context, Problem, ProblemKind, Source};
use sevenz_rust2::{ArchiveEntry, ArchiveReader, EntryDecision, Error, Password};
use std::io::{self, Read, Seek, SeekFrom, Write};

/// For headers, and again for dictionaries.
const MEMORY_KIB: usize = 128 << 10;

struct Cursor {
    source: Source,
    at: u64,
}

impl Read for Cursor {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read_at(self.at, buffer);
        self.at += count as u64;
        Ok(count)
    }
}

impl Seek for Cursor {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.source.len().checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

fn open(source: &Source) -> Result<ArchiveReader<Cursor>, Error> {
    let cursor = Cursor { source: source.clone(), at: 0 };
    let mut reader = ArchiveReader::new_with_memory_limit(cursor, Password::empty(), MEMORY_KIB)?;
    reader.set_thread_count(1);
    Ok(reader)
}

/// Adds the members and the problems of the 7z archive `source` to `archive`.
pub(super) fn parse(source: &Source, context: &Context, archive: &mut Archive) {
    let reader = match open(source) {
        Ok(reader) => reader,
        Err(error) => return archive.problems.push(problem(&error)),
    };
    let mut total = 0_u64;
    for file in &reader.archive().files {
        if archive.entries.len() as u64 >= context.limits.members {
            let message = format!("there are more than {} members", archive.entries.len());
            archive.problems.push(Problem::new(ProblemKind::Budget, "members", message));
            break;
        }
        total = total.saturating_add(file.size());
        archive.entries.push(entry(file));
    }
    if total > BOMB_BYTES && total / source.len().max(1) > context.limits.ratio {
        let message = format!("an archive of {} bytes would become {total}", source.len());
        archive.problems.push(Problem::new(ProblemKind::Hostile, "decompression-bomb", message));
    }
}

fn entry(file: &ArchiveEntry) -> Entry {
    let mut entry = Entry::file(path::text(file.name().as_bytes()), 0, file.size(), Codec::SevenZip);
    if let Some(how) = path::escapes(&entry.name) {
        entry.note(ProblemKind::Hostile, "path-escapes", format!("unpacking it would write to {how}"));
    }
    if file.is_directory() {
        entry.kind = EntryKind::Folder;
    } else if (file.windows_attributes() >> 16) & 0o170_000 == 0o120_000 {
        // The target is the content, which the visit hands over as that of a file.
        entry.note(ProblemKind::Note, "link", "the member is a symbolic link");
    }
    entry
}

fn problem(error: &Error) -> Problem {
    let text = error.to_string();
    let lower = text.to_lowercase();
    if lower.contains("password")
        || lower.contains("encrypt")
        || lower.contains("[6, 241, 7, 1]")
        || lower.contains("aes")
    {
        return Problem::new(ProblemKind::Encrypted, "encrypted-member", "the 7z archive is encrypted");
    }
    let (kind, code) = match error {
        Error::UnsupportedCompressionMethod(_) | Error::Unsupported(_) => {
            (ProblemKind::Malformed, "unsupported-method")
        }
        Error::MaxMemLimited { .. } => (ProblemKind::Budget, "dictionary-too-large"),
        _ => (ProblemKind::Malformed, "broken-archive"),
    };
    Problem::new(kind, code, format!("the 7z archive cannot be read: {text}"))
}

/// Unpacks every member in one pass. A fault ends the pass; what the member gave before it is handed over.
pub(super) fn visit(
    archive: &Archive,
    source: &Source,
    context: &Context,
    each: &mut dyn FnMut(&Entry, Result<Source, Problem>),
) {
    let Ok(mut reader) = open(source) else {
        return;
    };
    let mut total = 0_u64;
    let mut current: Option<Entry> = None;
    let mut stopped = false;
    let result = reader.for_each_entries_with_decision(|file, content| {
        if file.is_directory() {
            return Ok(EntryDecision::Continue);
        }
        let mut entry = entry(file);
        if let Some(listed) = archive.entries.iter().find(|listed| listed.name == entry.name) {
            entry.problems.clone_from(&listed.problems);
        }
        let mut writer = context.spool.writer();
        let fault = pump(content, &mut writer, &mut total, source.len(), context);
        let written = writer.written();
        if written > 0 || fault.is_none() {
            each(&entry, Ok(writer.finish()));
        }
        current = Some(entry);
        match fault {
            None => Ok(EntryDecision::Continue),
            Some(Fault::Read(error)) => Err(Error::from(error)),
            Some(Fault::Problem(problem)) => {
                stopped = true;
                if let Some(entry) = &current {
                    each(entry, Err(problem));
                }
                Ok(EntryDecision::Stop)
            }
        }
    });
    if let Err(error) = result
        && !stopped
        && let Some(entry) = current.as_ref().or_else(|| archive.entries.first())
    {
        each(entry, Err(problem(&error)));
    }
}

enum Fault {
    Read(io::Error),
    Problem(Problem),
}

fn pump(
    content: &mut dyn Read,
    writer: &mut crate::SpoolWriter,
    total: &mut u64,
    stored: u64,
    context: &Context,
) -> Option<Fault> {
    let mut buffer = vec![0; 65_536];
    loop {
        let count = match content.read(&mut buffer) {
            Ok(0) => return None,
            Ok(count) => count,
            Err(error) => return Some(Fault::Read(error)),
        };
        *total += count as u64;
        let problem = |kind, code, message: String| Some(Fault::Problem(Problem::new(kind, code, message)));
        if *total > BOMB_BYTES && *total / stored.max(1) > context.limits.ratio {
            return problem(
                ProblemKind::Hostile,
                "decompression-bomb",
                format!("an archive of {stored} bytes became {total}, and it was not the end"),
            );
        }
        if writer.write_all(&buffer[..count]).is_err() {
            return problem(
                ProblemKind::Budget,
                "memory",
                "there is no room to unpack the whole member".to_owned(),
            );
        }
        if writer.written() > context.limits.member_bytes {
            return problem(
                ProblemKind::Budget,
                "member-bytes",
                "the member is larger than the limit".to_owned(),
            );
        }
        if !context.count_unpacked(count as u64) {
            return problem(
                ProblemKind::Budget,
                "unpacked-bytes",
                "more came out of this file than the limit".to_owned(),
            );
        }
    }
}
