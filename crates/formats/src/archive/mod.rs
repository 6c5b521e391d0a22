//! Containers: what is reachable inside an archive or a compressed stream, under every view that a reader could take.
//!
//! A member that only one view shows is still listed, and every disagreement between the views is a problem of kind
//! [`ProblemKind::Differential`](crate::ProblemKind). Nothing is unpacked to disk: a stored member is a slice of the
//! source, a compressed one goes through the [`Spool`](crate::Spool).

use crate::{Format, Problem};

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
