//! A compressed stream as a container with one member, and what lies behind its end.

use super::{
    Archive, Codec, Entry, Seen,
    codec::gzip_header,
    path,
    unpack::{Tally, unpack},
};
use crate::{Context, Format, Problem, ProblemKind, Source};

/// The codec of a format that is a single stream.
pub(super) fn codec(format: Format) -> Option<Codec> {
    Some(match format {
        Format::Gzip => Codec::Gzip,
        Format::Zlib => Codec::Zlib,
        Format::Bzip2 => Codec::Bzip2,
        Format::Xz => Codec::Xz,
        Format::Lzma => Codec::Lzma,
        Format::Lz4 => Codec::Lz4,
        Format::Zstd => Codec::Zstd,
        _ => return None,
    })
}

/// One entry, called after the name in a gzip header or `content`.
pub(super) fn parse(codec: Codec, source: &Source, archive: &mut Archive) {
    let name = match codec {
        Codec::Gzip => gzip_header(&mut source.reader(0)).flatten().filter(|name| !name.is_empty()),
        _ => None,
    };
    let name = name.map_or_else(|| "content".to_owned(), |name| path::text(&name));
    let mut entry = Entry::file(name, 0, source.len(), codec);
    if let Some(how) = path::escapes(&entry.name) {
        entry.note(ProblemKind::Note, "path-escapes", format!("the name in the header is {how}"));
    }
    archive.entries.push(entry);
}

/// Decompresses all streams of the file as one, then shows what follows them when it is something.
pub(super) fn visit(
    archive: &Archive,
    source: &Source,
    context: &Context,
    tally: &mut Tally,
    each: &mut dyn FnMut(&Entry, Result<Source, Problem>),
) {
    let Some(entry) = archive.entries.first() else {
        return;
    };
    let start = if matches!(entry.codec, Codec::Zstd | Codec::Lz4) {
        super::unpack::next_stream(entry.codec, source, 0).unwrap_or(0)
    } else {
        0
    };
    let unpacked = unpack(entry.codec, source, start, None, true, context, tally);
    let end = start.saturating_add(unpacked.used);
    if unpacked.size > 0 || unpacked.problem.is_none() {
        each(entry, Ok(unpacked.source));
    }
    let whole = unpacked.problem.is_none();
    if let Some(problem) = unpacked.problem {
        each(entry, Err(problem));
    }
    later_streams(entry.codec, source, start.saturating_add(unpacked.first), context, tally, each);
    if whole && end < source.len() {
        trailing(source, end, each);
    }
}

/// Streams after the first that are looked at alone, too.
const ALONE: usize = 16;
/// Only when they are this short together: it costs decompressing them twice.
const ALONE_BYTES: u64 = 64 << 20;

/// A reader may begin at a later stream than the first (an index, a parallel decoder), so that a content which is noise
/// behind the first is one of its own.
fn later_streams(
    codec: Codec,
    source: &Source,
    first_end: u64,
    context: &Context,
    tally: &mut Tally,
    each: &mut dyn FnMut(&Entry, Result<Source, Problem>),
) {
    if source.len().saturating_sub(first_end) > ALONE_BYTES {
        return;
    }
    let mut at = 0;
    let mut next = super::unpack::next_stream(codec, source, first_end);
    for _ in 0..ALONE {
        let Some(found) = next.filter(|found| *found > at) else {
            return;
        };
        at = found;
        let unpacked = unpack(codec, source, at, None, false, context, tally);
        if unpacked.size > 0 && crate::identify::is_content(&unpacked.source) {
            let mut entry = Entry::file(format!("stream from {at:#x}"), at, unpacked.used, codec);
            entry.seen = Seen::BySequence;
            each(&entry, Ok(unpacked.source));
        }
        if unpacked.problem.is_some() {
            return;
        }
        next = super::unpack::next_stream(codec, source, at.saturating_add(unpacked.used));
    }
}

/// Bytes after the last stream: content when they are of a known format.
fn trailing(source: &Source, end: u64, each: &mut dyn FnMut(&Entry, Result<Source, Problem>)) {
    let rest = source.slice(end, u64::MAX);
    if !crate::identify::is_content(&rest) {
        return;
    }
    let mut entry = Entry::file(format!("bytes from {end:#x}"), end, rest.len(), Codec::Stored);
    entry.seen = Seen::ByContent;
    each(&entry, Ok(rest));
}
