//! Where the directory is: every end record that some reader would take, and every place that its numbers can mean.
//!
//! Readers differ here. Python's zipfile, miniz (PyTorch), Info-ZIP and Go take the last signature of the file's end; Java and
//! others want the comment to reach the end of the file exactly. Python finds the directory by its size, counted back from
//! the end record, and shifts all offsets by the difference; miniz takes the offset as it stands; Go does either. With
//! ZIP64, Python takes the record directly before the locator, others the one that the locator points to.

use super::record::END;
use crate::{Problem, ProblemKind, Source};

/// The longest comment and the record itself.
const TAIL: u64 = 65_535 + 22;
/// More end records than this are not followed.
const CANDIDATES: usize = 64;

/// A place where a directory may be.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Directory {
    pub(super) start: u64,
    /// Where it ends at the latest: at its end record.
    pub(super) limit: u64,
    pub(super) size: u64,
    pub(super) count: u64,
    /// What is added to the offsets in it.
    pub(super) base: u64,
}

/// An end record and the places that it can mean: what Python reads first.
#[derive(Clone, Debug)]
pub(super) struct EndRecord {
    pub(super) at: u64,
    /// Behind the record, without its comment.
    pub(super) end: u64,
    pub(super) comment: u64,
    /// Where the first record that belongs to it is: the ZIP64 record, or itself.
    pub(super) first: u64,
    pub(super) directories: Vec<Directory>,
    pub(super) problems: Vec<Problem>,
}

/// The positions of all end records in the last 64 KiB, the last first.
pub(super) fn candidates(source: &Source) -> Vec<u64> {
    let start = source.len().saturating_sub(TAIL);
    let tail = source.read_vec(start, TAIL as usize);
    let mut found: Vec<u64> =
        memchr::memmem::rfind_iter(&tail, END).map(|at| start + at as u64).take(CANDIDATES).collect();
    found.retain(|at| at + 22 <= source.len());
    found
}

#[derive(Clone, Copy, Eq, PartialEq)]
struct Numbers {
    count: u64,
    size: u64,
    offset: u64,
    /// Where the directory ends when it ends directly before its end record.
    end: u64,
}

/// Reads the end record at `at`.
pub(super) fn read(source: &Source, at: u64) -> Option<EndRecord> {
    let b = source.array_at::<22>(at)?;
    let short = |i: usize| u64::from(u16::from_le_bytes([b[i], b[i + 1]]));
    let long = |i: usize| u64::from(u32::from_le_bytes([b[i], b[i + 1], b[i + 2], b[i + 3]]));
    let narrow = Numbers { count: short(10), size: long(12), offset: long(16), end: at };
    let mut record = EndRecord {
        at,
        end: at + 22,
        comment: short(20),
        first: at,
        directories: Vec::new(),
        problems: Vec::new(),
    };
    let mut views = Vec::new();
    for (wide, first) in zip64(source, at) {
        record.first = record.first.min(first);
        if !agrees(&narrow, &wide) && !views.contains(&wide) {
            record
                .differs("zip64-differs", "the end record and its ZIP64 record disagree about the directory");
        }
        if !views.is_empty() && !views.contains(&wide) {
            record.differs(
                "two-zip64-records",
                "the locator points to another ZIP64 record than the one before it",
            );
        }
        views.push(wide);
    }
    if views.iter().all(|wide| !agrees(&narrow, wide)) {
        views.push(narrow);
    }
    if (short(4), short(6)) != (0, 0) && (short(4), short(6)) != (0xffff, 0xffff) {
        record.differs(
            "disk-number",
            "the end record says that the archive is split over disks: some readers refuse it",
        );
    }
    if short(8) != short(10) {
        record.differs("count-differs", "the end record gives two numbers of members");
    }
    for numbers in views {
        record.places(source, numbers);
    }
    Some(record)
}

impl EndRecord {
    fn differs(&mut self, code: &'static str, message: &str) {
        if !self.problems.iter().any(|p| p.code == code) {
            self.problems.push(Problem::new(ProblemKind::Differential, code, message).at(self.at));
        }
    }

    /// The directory counted back from its end, and the directory at the offset as it stands.
    fn places(&mut self, source: &Source, numbers: Numbers) {
        let Numbers { count, size, offset, end } = numbers;
        let mut places = Vec::new();
        if let Some(start) = end.checked_sub(size)
            && let Some(base) = start.checked_sub(offset)
        {
            places.push((start, base));
        }
        if places.is_empty() || source.array_at::<4>(offset).as_ref() == Some(super::record::CENTRAL) {
            places.push((offset, 0));
        }
        for (start, base) in places {
            let directory = Directory { start, limit: self.at, size, count, base };
            if start <= self.at && !self.directories.contains(&directory) {
                self.directories.push(directory);
            }
        }
    }
}

/// Whether the narrow fields say the same as the wide ones, or are saturated.
fn agrees(narrow: &Numbers, wide: &Numbers) -> bool {
    let same = |narrow: u64, wide: u64, full: u64| narrow == full || narrow == wide;
    same(narrow.count, wide.count, 0xffff)
        && same(narrow.size, wide.size, 0xffff_ffff)
        && same(narrow.offset, wide.offset, 0xffff_ffff)
}

/// The ZIP64 records that the locator before `at` can mean, each with its position.
fn zip64(source: &Source, at: u64) -> Vec<(Numbers, u64)> {
    let mut found: Vec<(Numbers, u64)> = Vec::new();
    let Some(locator_at) = at.checked_sub(20) else {
        return found;
    };
    let Some(locator) = source.array_at::<20>(locator_at).filter(|b| b.starts_with(b"PK\x06\x07")) else {
        return found;
    };
    let [_, _, _, _, _, _, _, _, a, b, c, d, e, f, g, h, ..] = locator;
    let pointed = u64::from_le_bytes([a, b, c, d, e, f, g, h]);
    for position in [locator_at.checked_sub(56), Some(pointed)].into_iter().flatten() {
        let Some(record) = source.array_at::<56>(position).filter(|b| b.starts_with(b"PK\x06\x06")) else {
            continue;
        };
        let long = |i: usize| record[i..i + 8].try_into().map_or(0, u64::from_le_bytes);
        let numbers = Numbers { count: long(32), size: long(40), offset: long(48), end: position };
        if !found.iter().any(|(_, at)| *at == position) {
            found.push((numbers, position));
        }
    }
    found
}
