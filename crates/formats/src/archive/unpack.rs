//! Decompresses one member into the spool, within the budgets.
//!
//! Memory: one buffer of 64 KiB beside the decoder and the spool's own share. A member that outgrows its compressed form by
//! more than [`Limits::ratio`](crate::limits::Limits) once it has [`Context::bomb_bytes`] is given up as a bomb: what came out until
//! then is still handed over, because a loader would have read it too.

use super::codec::{Codec, decoder};
use crate::{Context, Problem, ProblemKind, Source};
use std::io::Write;

/// What came out of a member.
#[derive(Debug)]
pub(super) struct Unpacked {
    pub(super) source: Source,
    /// CRC-32 of all that came out.
    pub(super) crc32: u32,
    /// Bytes that came out, kept or not.
    pub(super) size: u64,
    /// Compressed bytes that were used.
    pub(super) used: u64,
    /// Of these, what the first stream used.
    pub(super) first: u64,
    /// Why it ended early; none when the stream was whole.
    pub(super) problem: Option<Problem>,
}

/// What one container gave so far: many small bombs are a bomb too.
#[derive(Debug)]
pub(super) struct Tally {
    /// Bytes of the container itself.
    container: u64,
    unpacked: u64,
}

impl Tally {
    pub(super) fn new(container: &Source) -> Self {
        Tally { container: container.len(), unpacked: 0 }
    }

    fn is_bomb(&self, size: u64, used: u64, context: &Context) -> bool {
        let (least, ratio) = (context.bomb_bytes(), context.limits.ratio);
        let total = self.unpacked.saturating_add(size);
        let member = size > least && size / used.max(1) > ratio;
        member || (total > least && total / self.container.max(1) > ratio)
    }
}

/// Whether a stream of the same codec follows directly, as `cat a.gz b.gz` makes it and as readers accept it.
fn follows(codec: Codec, source: &Source, at: u64) -> Option<u64> {
    let head = source.array_at::<4>(at)?;
    let magic: &[u8] = match codec {
        Codec::Gzip => &[0x1f, 0x8b, 8],
        Codec::Bzip2 => b"BZh",
        Codec::Xz => &[0xfd, b'7', b'z', b'X'],
        Codec::Lz4 => &[0x04, 0x22, 0x4d, 0x18],
        Codec::Zstd => &[0x28, 0xb5, 0x2f, 0xfd],
        _ => return None,
    };
    head.starts_with(magic).then_some(at)
}

/// Where the next stream of the same file starts: after padding with zeros (gzip, xz) and skippable frames (Zstandard,
/// LZ4). None when there is none.
pub(super) fn next_stream(codec: Codec, source: &Source, mut at: u64) -> Option<u64> {
    for _ in 0..1024 {
        if let Some(at) = follows(codec, source, at) {
            return Some(at);
        }
        match (codec, source.array_at::<8>(at)) {
            (Codec::Zstd | Codec::Lz4, Some([0x50..=0x5f, 0x2a, 0x4d, 0x18, a, b, c, d])) => {
                at = at.saturating_add(8 + u64::from(u32::from_le_bytes([a, b, c, d])));
            }
            (Codec::Gzip | Codec::Xz, Some(_)) => {
                let bytes = source.read_vec(at, 65_536);
                let zeros = bytes.iter().take_while(|b| **b == 0).count();
                if zeros == 0 {
                    return None;
                }
                at += zeros as u64;
            }
            _ => return None,
        }
    }
    None
}

/// Decompresses what starts at `start` of `source`. `size` is what a directory declares, which ends the output of a ZIP's
/// LZMA; `streams` joins all streams that follow.
pub(super) fn unpack(
    codec: Codec,
    source: &Source,
    start: u64,
    size: Option<u64>,
    streams: bool,
    context: &Context,
    tally: &mut Tally,
) -> Unpacked {
    let mut sink =
        Sink { writer: context.spool.writer(), full: false, crc: crc32fast::Hasher::new(), size: 0 };
    let mut at = start;
    let mut problem = None;
    let mut first = None;
    while problem.is_none() {
        let Some(mut decoder) = decoder(codec, source, at, size) else {
            problem = Some(Problem::new(
                ProblemKind::Malformed,
                "unsupported-method",
                "the compression method is not supported",
            ));
            break;
        };
        problem = pump(decoder.as_mut(), &mut sink, at - start, context, tally);
        at = at.saturating_add(decoder.used());
        first.get_or_insert(at - start);
        match next_stream(codec, source, at) {
            Some(next) if streams && problem.is_none() && decoder.used() > 0 => at = next,
            _ => break,
        }
    }
    tally.unpacked = tally.unpacked.saturating_add(sink.size);
    if sink.full && problem.is_none() {
        problem =
            Some(Problem::new(ProblemKind::Budget, "memory", "there is no room to unpack the whole member"));
    }
    Unpacked {
        source: sink.writer.finish(),
        crc32: sink.crc.finalize(),
        size: sink.size,
        used: at - start,
        first: first.unwrap_or(0),
        problem,
    }
}

struct Sink {
    writer: crate::SpoolWriter,
    /// The spool had no more room: what follows is counted, not kept.
    full: bool,
    crc: crc32fast::Hasher,
    size: u64,
}

fn pump(
    decoder: &mut dyn super::codec::Decoder,
    sink: &mut Sink,
    before: u64,
    context: &Context,
    tally: &Tally,
) -> Option<Problem> {
    let mut buffer = vec![0; 65_536];
    loop {
        let (count, fault) = match decoder.read(&mut buffer) {
            Ok(0) => return None,
            Ok(count) => (count, None),
            Err(fault) => (fault.produced.min(buffer.len()), Some(fault.problem)),
        };
        let bytes = &buffer[..count];
        sink.crc.update(bytes);
        sink.size += count as u64;
        if !sink.full && sink.writer.write_all(bytes).is_err() {
            sink.full = true;
        }
        if fault.is_some() {
            return fault;
        }
        let used = before.saturating_add(decoder.used());
        if tally.is_bomb(sink.size, used, context) {
            context.count_bomb();
            return Some(bomb(sink.size, used));
        }
        if sink.size > context.limits.member_bytes {
            let message = format!(
                "the member is larger than {} bytes after decompression",
                context.limits.member_bytes
            );
            return Some(Problem::new(ProblemKind::Budget, "member-bytes", message));
        }
        if !context.count_unpacked(count as u64) {
            let message = format!("more than {} bytes came out of this file", context.limits.unpacked_bytes);
            return Some(Problem::new(ProblemKind::Budget, "unpacked-bytes", message));
        }
        if sink.full && sink.size > 2 * context.bomb_bytes() {
            return Some(Problem::new(
                ProblemKind::Budget,
                "memory",
                "there is no room to unpack the whole member",
            ));
        }
    }
}

fn bomb(size: u64, used: u64) -> Problem {
    let message = format!("{used} compressed bytes became {size}, and it was not the end");
    Problem::new(ProblemKind::Hostile, "decompression-bomb", message)
}
