//! Deflate in its three dresses: raw, zlib and gzip.

use super::{Decoder, Fault};
use crate::Reader;
use flate2::{Decompress, FlushDecompress, Status};

/// Raw Deflate or zlib.
pub(super) struct Inflate<'a> {
    reader: Reader<'a>,
    start: u64,
    state: Decompress,
    ended: bool,
}

impl<'a> Inflate<'a> {
    pub(super) fn raw(reader: Reader<'a>) -> Self {
        Inflate { start: reader.position(), reader, state: Decompress::new(false), ended: false }
    }

    pub(super) fn zlib(reader: Reader<'a>) -> Self {
        Inflate { start: reader.position(), reader, state: Decompress::new(true), ended: false }
    }
}

impl Decoder for Inflate<'_> {
    fn read(&mut self, out: &mut [u8]) -> Result<usize, Fault> {
        let mut produced = 0;
        while produced < out.len() && !self.ended {
            let position = self.reader.position();
            let window = self.reader.window();
            let empty = window.is_empty();
            let (before_in, before_out) = (self.state.total_in(), self.state.total_out());
            let result = self.state.decompress(window, &mut out[produced..], FlushDecompress::None);
            let used = self.state.total_in().saturating_sub(before_in);
            let wrote = self.state.total_out().saturating_sub(before_out) as usize;
            self.reader.seek(position.saturating_add(used));
            produced = (produced + wrote).min(out.len());
            match result {
                Ok(Status::StreamEnd) => self.ended = true,
                Ok(_) if used == 0 && wrote == 0 => {
                    return if empty {
                        Err(Fault::truncated(produced))
                    } else {
                        Err(Fault::broken(produced, "the Deflate stream stalls"))
                    };
                }
                Ok(_) => {}
                Err(error) => {
                    return Err(Fault::broken(produced, format!("the Deflate stream is broken: {error}")));
                }
            }
        }
        Ok(produced)
    }

    fn used(&self) -> u64 {
        self.reader.position().saturating_sub(self.start)
    }
}

/// One gzip member after another. The header is read here, because what readers skip or check in it differs.
pub(super) struct Gzip<'a> {
    inflate: Inflate<'a>,
    start: u64,
    crc: crc32fast::Hasher,
    length: u64,
    state: State,
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum State {
    Header,
    Body,
    Ended,
}

impl<'a> Gzip<'a> {
    pub(super) fn new(reader: Reader<'a>) -> Self {
        let start = reader.position();
        Gzip {
            inflate: Inflate::raw(reader),
            start,
            crc: crc32fast::Hasher::new(),
            length: 0,
            state: State::Header,
        }
    }

    /// Checks the trailer; a wrong one is a fault after the last byte.
    fn trailer(&mut self) -> Result<(), Fault> {
        let crc = std::mem::take(&mut self.crc).finalize();
        let Some(trailer) = self.inflate.reader.array::<8>() else {
            return Err(Fault::truncated(0));
        };
        let [a, b, c, d, e, f, g, h] = trailer;
        let (expected, size) = (u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes([e, f, g, h]));
        self.state = State::Ended;
        if crc != expected || size != self.length as u32 {
            return Err(Fault::broken(0, "the gzip trailer does not match the content (checksum or length)"));
        }
        Ok(())
    }
}

impl Decoder for Gzip<'_> {
    fn read(&mut self, out: &mut [u8]) -> Result<usize, Fault> {
        if self.state == State::Header {
            header(&mut self.inflate.reader).ok_or_else(|| Fault::broken(0, "the gzip header is broken"))?;
            self.inflate.state = Decompress::new(false);
            self.inflate.ended = false;
            self.state = State::Body;
        }
        if self.state == State::Ended {
            return Ok(0);
        }
        let result = self.inflate.read(out);
        let count = match &result {
            Ok(count) => *count,
            Err(fault) => fault.produced,
        };
        self.crc.update(&out[..count]);
        self.length = self.length.wrapping_add(count as u64);
        if result.as_ref().is_ok_and(|count| *count == 0) {
            self.trailer()?;
        }
        result
    }

    fn used(&self) -> u64 {
        self.inflate.reader.position().saturating_sub(self.start)
    }
}

/// Reads a gzip header (RFC 1952, section 2.3) and gives the original name, if it has one; none when it is no header.
pub(in crate::archive) fn header(reader: &mut Reader<'_>) -> Option<Option<Vec<u8>>> {
    let [0x1f, 0x8b, 8, flags, ..] = reader.array::<10>()? else {
        return None;
    };
    if flags & 4 != 0 {
        let length = u16::from_le_bytes(reader.array::<2>()?);
        reader.seek(reader.position() + u64::from(length));
    }
    let mut name = None;
    if flags & 8 != 0 {
        name = Some(text(reader)?);
    }
    if flags & 16 != 0 {
        text(reader)?;
    }
    if flags & 2 != 0 {
        reader.array::<2>()?;
    }
    Some(name)
}

/// Bytes up to a NUL; at most 64 KiB of them are looked for, and the first 4 KiB kept.
fn text(reader: &mut Reader<'_>) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    for _ in 0..65_536 {
        match reader.byte()? {
            0 => return Some(bytes),
            byte if bytes.len() < crate::archive::path::NAME_BYTES => bytes.push(byte),
            _ => {}
        }
    }
    None
}
