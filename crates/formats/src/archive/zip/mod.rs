//! ZIP in both views: by its central directory, under every end record and base offset that a reader would take, and by
//! its local headers, one after another over the whole file.
//!
//! The readers to think of are Python's zipfile, miniz (which PyTorch uses), Info-ZIP, Go's archive/zip, and those that
//! stream (libarchive, Java's ZipInputStream): wherever two of them would see other names, other bytes or another number
//! of members, that is a problem of kind Differential, and what either sees becomes an entry. What Modelward does not
//! understand of a reader it does not guess: a member that nobody but a local header shows is listed too.
//!
//! Memory: the entries, one record at a time, and a map of the members' ranges (24 bytes each).
//! Start with [`parse`].

mod compare;
mod end_record;
mod gaps;
mod names;
mod record;

use super::{Archive, Entry, EntryKind, NAMES_BYTES, Seen, path};
use crate::{Context, Problem, ProblemKind, Source};
use end_record::{Directory, EndRecord};
use record::{Central, Local};
use std::collections::HashMap;

/// What is known while the file is read.
struct Walk<'a> {
    source: &'a Source,
    context: &'a Context,
    archive: &'a mut Archive,
    /// Local header position and name of each member that is listed, to its entry.
    known: HashMap<(u64, Vec<u8>), usize>,
    /// Ranges of the file that are understood.
    covered: Vec<(u64, u64)>,
    names: usize,
    /// Members marked as encrypted whose data was tried without a key.
    tried: usize,
    full: bool,
}

/// More members than this are not tried: trying one can cost a mebibyte of decompression.
const TRIED: usize = 64;

/// Adds the members and the problems of the ZIP file `source` to `archive`.
pub(super) fn parse(source: &Source, context: &Context, archive: &mut Archive) {
    let mut walk = Walk {
        source,
        context,
        archive,
        known: HashMap::new(),
        covered: Vec::new(),
        names: 0,
        tried: 0,
        full: false,
    };
    let mut read = Vec::new();
    for at in end_record::candidates(source) {
        walk.end_record(at, read.is_empty(), &mut read);
    }
    gaps::walk(&mut walk, &mut read);
    if read.is_empty() {
        walk.problem(
            ProblemKind::Differential,
            "no-directory",
            "there is no end record: only readers that go from member to member open this",
            source.len(),
        );
    }
    names::compare(walk.archive);
    compare::overlaps(walk.archive);
    compare::declared_bomb(walk.archive, source, context);
    walk.archive.entries.sort_by_key(|entry| entry.offset);
}

/// Whether an end record in the last 64 KiB leads to a directory, or to none because the archive is empty.
pub(super) fn has_directory(source: &Source) -> bool {
    end_record::candidates(source).into_iter().any(|at| {
        end_record::read(source, at).is_some_and(|record| {
            record.directories.iter().any(|directory| {
                source.array_at::<4>(directory.start).as_ref() == Some(record::CENTRAL)
                    || (directory.count == 0 && directory.size == 0)
            })
        })
    })
}

/// Where the last end record is.
pub(super) fn last_end_record(source: &Source) -> Option<u64> {
    end_record::candidates(source).first().copied()
}

impl Walk<'_> {
    fn problem(&mut self, kind: ProblemKind, code: &'static str, message: impl Into<String>, at: u64) {
        if !self.archive.problems.iter().any(|p| p.code == code) {
            self.archive.problems.push(Problem::new(kind, code, message).at(at));
        }
    }

    fn is_covered(&self, at: u64) -> bool {
        self.covered.iter().any(|(start, end)| (*start..*end).contains(&at))
    }

    /// Follows the end record at `at`, unless it lies in the data of a member.
    fn end_record(&mut self, at: u64, first: bool, read: &mut Vec<EndRecord>) {
        if self.is_covered(at) {
            return;
        }
        let Some(mut record) = end_record::read(self.source, at) else {
            return;
        };
        let before = self.archive.entries.len();
        let directories = std::mem::take(&mut record.directories);
        let mut valid = 0;
        for directory in &directories {
            let seen = if first && valid == 0 { Seen::ByDirectory } else { Seen::ByOtherDirectory };
            if let Some(end) = self.directory(*directory, seen) {
                valid += 1;
                self.covered.push((directory.start, end));
            }
        }
        if valid == 0 {
            let message = "an end record points to no directory: readers that look for another one open the file, others refuse it";
            self.problem(ProblemKind::Differential, "false-end-record", message, at);
            self.covered.push((at, record.end));
            return;
        }
        let added = self.archive.entries.len() - before;
        if valid > 1 && added > 0 {
            self.problem(
                ProblemKind::Differential,
                "two-directories",
                "the numbers in the end record lead to two directories",
                at,
            );
        }
        if !first && read.iter().any(|other| other.at != at) && added > 0 {
            let message = "the file has two end records with directories that differ";
            self.problem(ProblemKind::Differential, "two-end-records", message, at);
        }
        let beyond = record.end.saturating_add(record.comment);
        if beyond > self.source.len() {
            let message =
                "the comment of the end record ends beyond the end of the file: some readers refuse it";
            self.problem(ProblemKind::Differential, "truncated-comment", message, at);
        }
        for problem in std::mem::take(&mut record.problems) {
            self.problem(problem.kind, problem.code, problem.message, at);
        }
        self.covered.push((record.first, record.end));
        read.push(record);
    }

    /// Walks one directory; gives its end when it is one.
    fn directory(&mut self, directory: Directory, seen: Seen) -> Option<u64> {
        let Directory { start, limit, size, count, base } = directory;
        let mut reader = self.source.reader(start);
        let (mut walked, mut by_size) = (0_u64, 0_u64);
        let stated_end = start.saturating_add(size);
        while reader.position() < limit && !self.full {
            let at = reader.position();
            let Some(central) = Central::read(&mut reader) else {
                break;
            };
            walked += 1;
            by_size += u64::from(at.saturating_add(central.length) <= stated_end);
            self.member(central, base, at, seen);
        }
        if walked == 0 && (count > 0 || size > 0) {
            return None;
        }
        if self.full {
            return Some(limit);
        }
        if count != walked {
            if walked > 0xffff && count == walked & 0xffff {
                self.problem(
                    ProblemKind::Note,
                    "count-wrapped",
                    "the number of members wraps at 65,536",
                    limit,
                );
            } else {
                let message =
                    format!("the end record counts {count} members and the directory holds {walked}");
                self.problem(ProblemKind::Differential, "count-differs", message, limit);
            }
        }
        if by_size != walked || (stated_end > reader.position() && stated_end <= limit && walked > 0) {
            let message = "the directory is not as long as its end record says";
            self.problem(ProblemKind::Differential, "directory-size-differs", message, limit);
        }
        Some(reader.position())
    }

    /// Lists a member of a directory, beside what its local header says when that differs.
    fn member(&mut self, central: Central, base: u64, at: u64, seen: Seen) {
        let header_at = central.local.saturating_add(base);
        let key = (header_at, central.header.name.clone());
        if self.known.contains_key(&key) {
            // The same member in a second directory; twice in one is a quine or an overlap, which the sizes would show.
            return;
        }
        let local = Local::read(self.source, header_at);
        let data = local.as_ref().map_or_else(
            || header_at.saturating_add(30 + central.header.name.len() as u64),
            |local| local.data,
        );
        let Some(mut entry) = self.entry(&central.header, data, seen) else {
            return;
        };
        names::kind(&central, &mut entry, self.source);
        self.flags(&central.header, &mut entry);
        if central.disk != 0 && central.disk != 0xffff {
            entry.note(
                ProblemKind::Differential,
                "disk-number",
                "the directory says that the member is on another disk",
            );
        }
        if central.header.broken_extra {
            entry.note(
                ProblemKind::Differential,
                "zip64-missing",
                "the sizes are saturated and the ZIP64 field does not give them",
            );
        }
        let mut end = data.saturating_add(central.header.stored);
        if end > self.source.len() {
            entry.note(
                ProblemKind::Malformed,
                "truncated-member",
                "the data ends beyond the end of the file",
            );
        }
        let mut second = None;
        match local {
            None => {
                let message =
                    format!("the directory points to {header_at:#x}, where there is no local header");
                entry.note(ProblemKind::Malformed, "no-local-header", message);
            }
            Some(local) => {
                second = compare::headers(&central.header, &local.header, &mut entry, self.source);
                if local.header.flags & record::HAS_DESCRIPTOR != 0 {
                    end += record::descriptor_length(self.source, end, &central.header);
                }
                if at > header_at && end > at && header_at + 30 < at {
                    let message = "the data of the member reaches into the directory that lists it";
                    entry.note(ProblemKind::Hostile, "overlapping-members", message);
                    end = at;
                }
            }
        }
        self.covered.push((header_at, end.max(data)));
        self.known.insert(key, self.archive.entries.len());
        self.archive.entries.push(entry);
        if let Some(header) = second
            && let Some(mut entry) = self.entry(&header, data, Seen::BySequence)
        {
            self.flags(&header, &mut entry);
            self.archive.entries.push(entry);
        }
    }

    /// Reads the flags; data that is called encrypted is tried, for the first members that say so.
    fn flags(&mut self, header: &record::Header, entry: &mut Entry) {
        let may_try = self.tried < TRIED;
        self.tried += usize::from(compare::is_marked_encrypted(header));
        compare::flags(header, entry, self.source, self.context, may_try);
    }

    /// An entry for a header, with what its name alone tells; none when a budget is reached.
    fn entry(&mut self, header: &record::Header, data: u64, seen: Seen) -> Option<Entry> {
        self.names += header.name.len();
        if self.archive.entries.len() as u64 >= self.context.limits.members || self.names > NAMES_BYTES {
            self.full = true;
            let message = format!("there are more than {} members", self.archive.entries.len());
            self.problem(ProblemKind::Budget, "members", message, data);
            return None;
        }
        let mut entry = Entry::file(path::text(&header.name), data, header.stored, header.codec());
        entry.size = header.size;
        entry.crc32 = Some(header.crc);
        entry.seen = seen;
        names::check(&header.name, header.unicode_name.as_deref(), &mut entry);
        if entry.name.ends_with('/') {
            // Some packers compress the nothing of a folder to two bytes.
            if header.size == 0 && header.stored <= 2 {
                entry.kind = EntryKind::Folder;
            } else {
                let message = "a folder by its name has data: some readers skip it and others read it";
                entry.note(ProblemKind::Differential, "folder-with-data", message);
            }
        }
        Some(entry)
    }
}
