//! LZMA in its three dresses: `.xz`, the older `.lzma`, and as a ZIP method.
//!
//! The decoder loses the output of a call that fails. So after a fault it starts over, goes to the last byte that was
//! handed over, and then asks for one byte at a time: what came before the fault is never lost, and it costs the time of
//! decoding twice.

use super::{DICTIONARY_BYTES, Decoder, Fault};
use crate::{Reader, Source};
use lzma_rust2::{Action, LzmaStream, Status, XzStream};

/// Room for the dictionary and the tables beside it.
const LIMIT_KIB: u32 = (DICTIONARY_BYTES / 1024) as u32 + 4096;

/// Output that one call may lose, and that is decoded again byte by byte.
const STEP: usize = 4096;

#[derive(Clone, Copy)]
enum Dress {
    Xz,
    Alone,
    Zip { size: Option<u64> },
}

enum State {
    Xz(Box<XzStream>),
    Lzma(Box<LzmaStream>),
}

/// One stream.
pub(super) struct Lzma<'a> {
    source: &'a Source,
    start: u64,
    dress: Dress,
    reader: Reader<'a>,
    state: Option<State>,
    handed: u64,
    ended: bool,
    careful: Option<Fault>,
}

impl<'a> Lzma<'a> {
    pub(super) fn xz(source: &'a Source, start: u64) -> Self {
        Self::new(source, start, Dress::Xz)
    }

    pub(super) fn alone(source: &'a Source, start: u64) -> Self {
        Self::new(source, start, Dress::Alone)
    }

    pub(super) fn in_zip(source: &'a Source, start: u64, size: Option<u64>) -> Self {
        Self::new(source, start, Dress::Zip { size })
    }

    fn new(source: &'a Source, start: u64, dress: Dress) -> Self {
        let reader = source.reader(start);
        Lzma { source, start, dress, reader, state: None, handed: 0, ended: false, careful: None }
    }

    fn begin(&mut self) -> Result<State, Fault> {
        self.reader = self.source.reader(self.start);
        match self.dress {
            Dress::Xz => Ok(State::Xz(Box::new(XzStream::new_mem_limit(false, LIMIT_KIB)))),
            Dress::Alone => {
                let header = self.source.array_at::<13>(self.start).ok_or_else(|| Fault::truncated(0))?;
                let dictionary = u32::from_le_bytes([header[1], header[2], header[3], header[4]]);
                if u64::from(dictionary) > DICTIONARY_BYTES {
                    return Err(Fault::dictionary());
                }
                Ok(State::Lzma(Box::new(LzmaStream::new_mem_limit(LIMIT_KIB, None))))
            }
            Dress::Zip { size } => {
                // APPNOTE 5.8: two bytes of version, the length of the properties, then the properties.
                let header = self.reader.array::<4>().ok_or_else(|| Fault::truncated(0))?;
                let properties = self.reader.array::<5>().ok_or_else(|| Fault::truncated(0))?;
                if u16::from_le_bytes([header[2], header[3]]) != 5 {
                    return Err(Fault::broken(
                        0,
                        "the LZMA properties of a ZIP member are not five bytes long",
                    ));
                }
                let [props, a, b, c, d] = properties;
                let dictionary = u32::from_le_bytes([a, b, c, d]);
                if u64::from(dictionary) > DICTIONARY_BYTES {
                    return Err(Fault::dictionary());
                }
                let size = size.unwrap_or(u64::MAX);
                let stream = LzmaStream::new_with_props(size, props, dictionary, None)
                    .map_err(|error| Fault::broken(0, format!("the LZMA properties are broken: {error}")))?;
                Ok(State::Lzma(Box::new(stream)))
            }
        }
    }

    /// One call of the decoder: what it wrote, and whether the stream ended.
    fn step(&mut self, out: &mut [u8]) -> Result<usize, Fault> {
        if self.state.is_none() {
            let state = self.begin()?;
            self.state = Some(state);
        }
        loop {
            if self.ended {
                return Ok(0);
            }
            let position = self.reader.position();
            let input = self.reader.window();
            let at_end = input.is_empty();
            let action = if at_end { Action::Finish } else { Action::Run };
            let result = match &mut self.state {
                Some(State::Xz(stream)) => stream.process(input, out, action),
                Some(State::Lzma(stream)) => stream.process(input, out, action),
                None => return Ok(0),
            };
            let result = result.map_err(|error| match error.kind() {
                std::io::ErrorKind::OutOfMemory => Fault::dictionary(),
                std::io::ErrorKind::UnexpectedEof => Fault::truncated(0),
                _ if at_end => Fault::truncated(0),
                _ => Fault::broken(0, format!("the LZMA stream is broken: {error}")),
            })?;
            self.reader.seek(position + result.bytes_consumed as u64);
            if result.status == Status::StreamEnd {
                self.ended = true;
                if let Some(State::Lzma(stream)) = &self.state {
                    let unused = stream.unused_input().len() as u64;
                    self.reader.seek(self.reader.position().saturating_sub(unused));
                }
            }
            if result.bytes_produced > 0 {
                return Ok(result.bytes_produced.min(out.len()));
            }
            if at_end && !self.ended {
                return Err(Fault::truncated(0));
            }
            if result.bytes_consumed == 0 && !self.ended {
                return Err(Fault::broken(0, "the LZMA stream stalls"));
            }
        }
    }

    /// Starts over and decodes up to what was handed over already.
    fn rewind(&mut self) -> bool {
        (self.state, self.ended) = (None, false);
        let mut scratch = [0; STEP];
        let mut left = self.handed;
        while left > 0 {
            let length = left.min(STEP as u64) as usize;
            match self.step(&mut scratch[..length]) {
                Ok(count) if count > 0 => left = left.saturating_sub(count as u64),
                _ => return false,
            }
        }
        true
    }
}

impl Decoder for Lzma<'_> {
    fn read(&mut self, out: &mut [u8]) -> Result<usize, Fault> {
        let mut produced = 0;
        while produced < out.len() {
            let length = if self.careful.is_some() { 1 } else { STEP.min(out.len() - produced) };
            match self.step(&mut out[produced..produced + length]) {
                Ok(0) => break,
                Ok(count) => {
                    produced += count;
                    self.handed += count as u64;
                }
                Err(fault) => match self.careful.take() {
                    Some(first) => return Err(Fault { produced, ..first }),
                    None => {
                        if fault.problem.code == "dictionary-too-large" || !self.rewind() {
                            return Err(Fault { produced, ..fault });
                        }
                        self.careful = Some(fault);
                    }
                },
            }
        }
        Ok(produced)
    }

    fn used(&self) -> u64 {
        self.reader.position().saturating_sub(self.start)
    }
}
