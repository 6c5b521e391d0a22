//! Decompressors behind one face: each reads from a position of a [`Source`] and gives bytes until its stream ends.
//!
//! Memory: the largest dictionary that is accepted is [`DICTIONARY_BYTES`]; every other decoder keeps less than 8 MiB. A
//! fault in the middle of a stream still hands over the bytes before it, because a reader would have used them by then.

mod block;
mod deflate64;
mod inflate;
mod lzma;
mod zstd;

pub(super) use inflate::header as gzip_header;

use crate::{Problem, ProblemKind, Reader, Source};

/// The largest dictionary or window that a stream may ask for: what `xz -9` and `zstd --long=27` need.
pub(super) const DICTIONARY_BYTES: u64 = 128 << 20;

/// How the bytes of a member are stored.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Codec {
    Stored,
    /// Raw Deflate (RFC 1951).
    Deflate,
    /// Deflate with a window of 64 KiB (ZIP method 9).
    Deflate64,
    /// RFC 1952, all members of the stream.
    Gzip,
    /// RFC 1950.
    Zlib,
    Bzip2,
    Xz,
    /// The `.lzma` format with its header of 13 bytes.
    Lzma,
    /// LZMA as ZIP frames it (method 14).
    ZipLzma,
    Zstd,
    /// LZ4 frames.
    Lz4,
    /// A member of a 7z archive; the archive says how.
    SevenZip,
    /// A ZIP method that is not implemented, by its number.
    Unsupported(u16),
}

/// Why a stream stopped before its end.
#[derive(Debug)]
pub(super) struct Fault {
    /// Bytes that the failing call wrote before it failed.
    pub(super) produced: usize,
    pub(super) problem: Problem,
}

impl Fault {
    fn broken(produced: usize, message: impl Into<String>) -> Self {
        Fault { produced, problem: Problem::new(ProblemKind::Malformed, "broken-stream", message) }
    }

    fn truncated(produced: usize) -> Self {
        let problem = Problem::new(
            ProblemKind::Malformed,
            "truncated-stream",
            "the compressed stream ends before its end mark",
        );
        Fault { produced, problem }
    }

    fn dictionary() -> Self {
        let message = "the compressed stream asks for a larger dictionary than is allowed (128 MiB)";
        Fault { produced: 0, problem: Problem::new(ProblemKind::Budget, "dictionary-too-large", message) }
    }
}

/// A decompressor at work.
pub(super) trait Decoder {
    /// Writes the next bytes to `out`, which is not empty, and says how many; none at the end of the stream.
    fn read(&mut self, out: &mut [u8]) -> Result<usize, Fault>;

    /// How many compressed bytes have been used.
    fn used(&self) -> u64;
}

/// The decompressor for one stream of `codec` at the start of `source`; `size` is what a directory declares for the
/// output. None for what is no stream of its own.
pub(super) fn decoder<'a>(
    codec: Codec,
    source: &'a Source,
    start: u64,
    size: Option<u64>,
) -> Option<Box<dyn Decoder + 'a>> {
    let reader = source.reader(start);
    Some(match codec {
        Codec::Stored => Box::new(Copy { reader, start }),
        Codec::Deflate => Box::new(inflate::Inflate::raw(reader)),
        Codec::Zlib => Box::new(inflate::Inflate::zlib(reader)),
        Codec::Gzip => Box::new(inflate::Gzip::new(reader)),
        Codec::Deflate64 => Box::new(deflate64::Inflate64::new(reader)),
        Codec::Bzip2 => Box::new(block::Bzip2::new(reader)),
        Codec::Lz4 => Box::new(block::Lz4::new(reader)),
        Codec::Xz => Box::new(lzma::Lzma::xz(source, start)),
        Codec::Lzma => Box::new(lzma::Lzma::alone(source, start)),
        Codec::ZipLzma => Box::new(lzma::Lzma::in_zip(source, start, size)),
        Codec::Zstd => Box::new(zstd::Zstd::new(reader)),
        Codec::SevenZip | Codec::Unsupported(_) => return None,
    })
}

struct Copy<'a> {
    reader: Reader<'a>,
    start: u64,
}

impl Decoder for Copy<'_> {
    fn read(&mut self, out: &mut [u8]) -> Result<usize, Fault> {
        let window = self.reader.window();
        let count = window.len().min(out.len());
        out[..count].copy_from_slice(&window[..count]);
        self.reader.seek(self.reader.position() + count as u64);
        Ok(count)
    }

    fn used(&self) -> u64 {
        self.reader.position() - self.start
    }
}
