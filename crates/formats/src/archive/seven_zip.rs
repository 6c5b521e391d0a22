//! 7z, read by `sevenz-rust2` under a limit for what its headers and dictionaries may allocate.
//!
//! Memory: the directory, which the limit of [`MEMORY_KIB`] holds, and one dictionary of that size. The archive is solid, so
//! members are unpacked in one pass. What has a coder that is not built in, or a key, is a problem of the members behind it.

use super::{Archive, Codec, Entry, EntryKind, path};
use crate::{Context, Problem, ProblemKind, Source};
use sevenz_rust2::{ArchiveEntry, BlockDecoder, Error, Password};
use std::{
    collections::HashMap,
    io::{self, Read, Seek, SeekFrom, Write},
};

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

/// The directory, and what reads the members.
fn open(source: &Source) -> Result<(sevenz_rust2::Archive, Cursor), Error> {
    let mut cursor = Cursor { source: source.clone(), at: 0 };
    let archive = sevenz_rust2::Archive::read_with_memory_limit(&mut cursor, &Password::empty(), MEMORY_KIB)?;
    Ok((archive, cursor))
}

/// Adds the members and the problems of the 7z archive `source` to `archive`.
pub(super) fn parse(source: &Source, context: &Context, archive: &mut Archive) {
    let (listed, _) = match open(source) {
        Ok(opened) => opened,
        Err(error) => return archive.problems.push(problem(&error)),
    };
    let mut total = 0_u64;
    for file in &listed.files {
        if archive.entries.len() as u64 >= context.limits.members {
            let message = format!("there are more than {} members", archive.entries.len());
            archive.problems.push(Problem::new(ProblemKind::Budget, "members", message));
            break;
        }
        total = total.saturating_add(file.size());
        archive.entries.push(entry(file));
    }
    if total > context.bomb_bytes() && total / source.len().max(1) > context.limits.ratio {
        let message = format!("an archive of {} bytes would become {total}", source.len());
        archive.problems.push(Problem::new(ProblemKind::Hostile, "decompression-bomb", message));
    }
}

fn entry(file: &ArchiveEntry) -> Entry {
    let mut entry = Entry::file(path::text(file.name().as_bytes()), 0, file.size(), Codec::SevenZip);
    entry.crc32 = file.has_crc.then_some(file.crc as u32);
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
    let malformed = |code, message: &str| Problem::new(ProblemKind::Malformed, code, message);
    match error {
        Error::PasswordRequired | Error::MaybeBadPassword(_) => encrypted(),
        // The number of AES; its coder is left out of the build.
        Error::UnsupportedCompressionMethod(method)
            if method.contains("AES") || method.contains("[6, 241, 7, 1]") =>
        {
            encrypted()
        }
        Error::UnsupportedCompressionMethod(method) => {
            malformed("unsupported-method", &format!("the 7z method {method} is not supported"))
        }
        Error::Unsupported(what) => {
            malformed("unsupported-method", &format!("the 7z archive cannot be read: {what}"))
        }
        Error::MaxMemLimited { .. } => {
            let message = "the 7z archive asks for more memory than is allowed (128 MiB)";
            Problem::new(ProblemKind::Budget, "dictionary-too-large", message)
        }
        Error::ChecksumVerificationFailed | Error::NextHeaderCrcMismatch => {
            malformed("broken-archive", "a checksum of the 7z archive is wrong")
        }
        Error::Io(cause, _) if cause.kind() == io::ErrorKind::UnexpectedEof => {
            malformed("truncated-archive", "the 7z archive ends early")
        }
        Error::Io(cause, _) if cause.to_string().contains("hecksum") => wrong_checksum(),
        Error::Io(cause, _) => malformed("broken-archive", &format!("the 7z archive is broken: {cause}")),
        Error::Other(what) => malformed("broken-archive", &format!("the 7z archive is broken: {what}")),
        _ => malformed("broken-archive", "the header of the 7z archive is broken"),
    }
}

fn wrong_checksum() -> Problem {
    let message =
        "the checksum does not match the content: some readers refuse the member and others load it";
    Problem::new(ProblemKind::Differential, "crc-differs", message)
}

fn encrypted() -> Problem {
    Problem::new(ProblemKind::Encrypted, "encrypted-member", "the 7z archive is encrypted")
}

/// Unpacks every member in one pass. A fault ends the block that it is in, and what the member gave before it is handed
/// over; other blocks are read all the same.
pub(super) fn visit(
    archive: &Archive,
    source: &Source,
    context: &Context,
    each: &mut dyn FnMut(&Entry, Result<Source, Problem>),
) {
    let Ok((mut listed, mut cursor)) = open(source) else {
        return;
    };
    // A wrong checksum in the middle of a block would end it; the readers that ignore it go on.
    listed.files.iter_mut().for_each(|file| file.has_crc = false);
    let names = archive.entries.iter().map(|entry| (entry.name.as_str(), entry)).collect();
    let mut pass = Pass { names, context, stored: source.len(), total: 0, current: None, stopped: false };
    let password = Password::empty();
    for block in 0..listed.blocks.len() {
        if pass.stopped {
            return;
        }
        pass.current = None;
        let decoder =
            BlockDecoder::new_with_memory_limit(1, MEMORY_KIB, block, &listed, &password, &mut cursor);
        let first = decoder.entries().first().map(entry);
        let result = decoder.for_each_entries(&mut |file, content| pass.member(file, content, each));
        if let Err(error) = result
            && let Some(entry) = pass.current.take().or(first)
        {
            each(&entry, Err(problem(&error)));
        }
    }
}

/// What one visit keeps from member to member.
struct Pass<'a> {
    /// The entries of the directory by name.
    names: HashMap<&'a str, &'a Entry>,
    context: &'a Context,
    stored: u64,
    total: u64,
    current: Option<Entry>,
    /// A budget was used up.
    stopped: bool,
}

impl Pass<'_> {
    /// Hands over one member; false when the rest of its block is not to be read.
    fn member(
        &mut self,
        file: &ArchiveEntry,
        content: &mut dyn Read,
        each: &mut dyn FnMut(&Entry, Result<Source, Problem>),
    ) -> Result<bool, Error> {
        let mut entry = entry(file);
        if entry.kind == EntryKind::Folder {
            return Ok(true);
        }
        if let Some(listed) = self.names.get(entry.name.as_str()) {
            entry.problems.clone_from(&listed.problems);
            entry.crc32 = listed.crc32;
        }
        let mut writer = self.context.spool.writer();
        let mut crc = crc32fast::Hasher::new();
        let fault = self.pump(content, &mut writer, &mut crc);
        if writer.written() > 0 || fault.is_none() {
            each(&entry, Ok(writer.finish()));
        }
        if fault.is_none() && entry.crc32.is_some_and(|expected| expected != crc.finalize()) {
            each(&entry, Err(wrong_checksum()));
        }
        let result = match fault {
            None => Ok(true),
            Some(Fault::Read(error)) => Err(Error::from(error)),
            Some(Fault::Problem(problem)) => {
                self.stopped = true;
                each(&entry, Err(problem));
                Ok(false)
            }
        };
        self.current = Some(entry);
        result
    }

    fn pump(
        &mut self,
        content: &mut dyn Read,
        writer: &mut crate::SpoolWriter,
        crc: &mut crc32fast::Hasher,
    ) -> Option<Fault> {
        let (context, stored) = (self.context, self.stored);
        let problem = |kind, code, message: String| Some(Fault::Problem(Problem::new(kind, code, message)));
        let mut buffer = vec![0; 65_536];
        loop {
            let count = match content.read(&mut buffer) {
                Ok(0) => return None,
                Ok(count) => count,
                Err(error) => return Some(Fault::Read(error)),
            };
            crc.update(&buffer[..count]);
            self.total += count as u64;
            if self.total > context.bomb_bytes() && self.total / stored.max(1) > context.limits.ratio {
                context.count_bomb();
                let message =
                    format!("an archive of {stored} bytes became {}, and it was not the end", self.total);
                return problem(ProblemKind::Hostile, "decompression-bomb", message);
            }
            if writer.write_all(&buffer[..count]).is_err() {
                let message = "there is no room to unpack the whole member".to_owned();
                return problem(ProblemKind::Budget, "memory", message);
            }
            if writer.written() > context.limits.member_bytes {
                let message = format!("the member is larger than {} bytes", context.limits.member_bytes);
                return problem(ProblemKind::Budget, "member-bytes", message);
            }
            if !context.count_unpacked(count as u64) {
                let message =
                    format!("more than {} bytes came out of this file", context.limits.unpacked_bytes);
                return problem(ProblemKind::Budget, "unpacked-bytes", message);
            }
        }
    }
}

enum Fault {
    Read(io::Error),
    Problem(Problem),
}
