//! Formats that compress block by block: bzip2 and LZ4 frames.

use super::{Decoder, Fault};
use crate::Reader;
use std::io::Read;

/// One bzip2 stream.
pub(super) struct Bzip2<'a> {
    reader: Reader<'a>,
    start: u64,
    state: bzip2::Decompress,
    ended: bool,
}

impl<'a> Bzip2<'a> {
    pub(super) fn new(reader: Reader<'a>) -> Self {
        Bzip2 { start: reader.position(), reader, state: bzip2::Decompress::new(false), ended: false }
    }
}

impl Decoder for Bzip2<'_> {
    fn read(&mut self, out: &mut [u8]) -> Result<usize, Fault> {
        let mut produced = 0;
        while produced < out.len() && !self.ended {
            let position = self.reader.position();
            let window = self.reader.window();
            let empty = window.is_empty();
            let (before_in, before_out) = (self.state.total_in(), self.state.total_out());
            let result = self.state.decompress(window, &mut out[produced..]);
            let used = self.state.total_in().saturating_sub(before_in);
            let wrote = self.state.total_out().saturating_sub(before_out) as usize;
            self.reader.seek(position.saturating_add(used));
            produced = (produced + wrote).min(out.len());
            match result {
                Ok(bzip2::Status::StreamEnd) => self.ended = true,
                Ok(_) if used == 0 && wrote == 0 => {
                    return if empty {
                        Err(Fault::truncated(produced))
                    } else {
                        Err(Fault::broken(produced, "the bzip2 stream stalls"))
                    };
                }
                Ok(_) => {}
                Err(error) => {
                    return Err(Fault::broken(produced, format!("the bzip2 stream is broken: {error}")));
                }
            }
        }
        Ok(produced)
    }

    fn used(&self) -> u64 {
        self.reader.position().saturating_sub(self.start)
    }
}

/// One LZ4 frame.
pub(super) struct Lz4<'a> {
    decoder: lz4_flex::frame::FrameDecoder<Reader<'a>>,
    start: u64,
    begun: bool,
    ended: bool,
}

impl<'a> Lz4<'a> {
    pub(super) fn new(reader: Reader<'a>) -> Self {
        let start = reader.position();
        Lz4 { decoder: lz4_flex::frame::FrameDecoder::new(reader), start, begun: false, ended: false }
    }
}

impl Decoder for Lz4<'_> {
    fn read(&mut self, out: &mut [u8]) -> Result<usize, Fault> {
        if self.ended {
            return Ok(0);
        }
        match self.decoder.read(out) {
            Ok(0) if !self.begun && self.decoder.get_ref().remaining() == 0 && self.used() < 15 => Ok(0),
            Ok(count) => {
                self.begun = true;
                self.ended = count == 0;
                Ok(count)
            }
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Err(Fault::truncated(0)),
            Err(error) => Err(Fault::broken(0, format!("the LZ4 frame is broken: {error}"))),
        }
    }

    fn used(&self) -> u64 {
        self.decoder.get_ref().position().saturating_sub(self.start)
    }
}
