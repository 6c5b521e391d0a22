//! One Zstandard frame (RFC 8878).
//!
//! The decoder keeps a window back until the frame is finished. When a frame breaks or is cut off, it is therefore ended
//! with an empty last block of our own, so that everything decoded before the fault comes out.

use super::{DICTIONARY_BYTES, Decoder, Fault};
use crate::Reader;
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};
use std::io::Read;

/// An empty last block, then room for a checksum that is not looked at.
const LAST_BLOCK: [u8; 7] = [1, 0, 0, 0, 0, 0, 0];

/// One frame.
pub(super) struct Zstd<'a> {
    reader: Reader<'a>,
    start: u64,
    decoder: FrameDecoder,
    begun: bool,
    fault: Option<Fault>,
}

impl<'a> Zstd<'a> {
    pub(super) fn new(reader: Reader<'a>) -> Self {
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(DICTIONARY_BYTES);
        Zstd { start: reader.position(), reader, decoder, begun: false, fault: None }
    }

    fn begin(&mut self) -> Result<(), Fault> {
        use ruzstd::decoding::errors::FrameDecoderError;
        self.begun = true;
        self.decoder.reset(&mut self.reader).map_err(|error| match error {
            FrameDecoderError::WindowSizeTooBig { .. } => Fault::dictionary(),
            FrameDecoderError::DictNotProvided { .. } => {
                let message = "the Zstandard frame needs a dictionary that is not part of it";
                let problem = crate::Problem::new(crate::ProblemKind::Budget, "dictionary-missing", message);
                Fault { produced: 0, problem }
            }
            error => Fault::broken(0, format!("the Zstandard frame header is broken: {error}")),
        })
    }
}

impl Decoder for Zstd<'_> {
    fn read(&mut self, out: &mut [u8]) -> Result<usize, Fault> {
        if !self.begun {
            self.begin()?;
        }
        while self.decoder.can_collect() == 0 {
            if self.decoder.is_finished() {
                return self.fault.take().map_or(Ok(0), Err);
            }
            if let Err(error) =
                self.decoder.decode_blocks(&mut self.reader, BlockDecodingStrategy::UptoBlocks(1))
            {
                let fault = if self.reader.remaining() == 0 {
                    Fault::truncated(0)
                } else {
                    Fault::broken(0, format!("the Zstandard frame is broken: {error}"))
                };
                if self.fault.is_some()
                    || self.decoder.decode_blocks(&LAST_BLOCK[..], BlockDecodingStrategy::All).is_err()
                {
                    return Err(fault);
                }
                self.fault = Some(fault);
            }
        }
        self.decoder
            .read(out)
            .map_err(|error| Fault::broken(0, format!("the Zstandard frame is broken: {error}")))
    }

    fn used(&self) -> u64 {
        self.reader.position().saturating_sub(self.start)
    }
}
