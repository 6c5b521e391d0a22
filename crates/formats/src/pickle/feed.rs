//! How an unpickler takes bytes from its file: the place where CPython's unpicklers differ.
//!
//! The C unpickler fed by a file that cannot peek reads a frame into its buffer and, when an argument crosses the frame's
//! end, *drops* what is left of the frame. Given the whole buffer (`loads`, a file that can peek) it ignores frames. The
//! pure-Python one refuses to cross. A stream that a pickler wrote never crosses, and is read alike by all three.
//! Memory: one buffer of 64 KiB. Nothing here knows an opcode.

use super::transcript::End;
use crate::{Reader, Source};

/// Which unpickler is followed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Semantics {
    /// `_pickle.c` before 3.13.15 and 3.14.7, from a file without `peek`.
    C,
    /// The same, with the whole input in its buffer.
    Peek,
    /// `Lib/pickle.py`.
    Python,
}

pub(super) const TRUNCATED: End = End::Error("truncated");
const FRAME_EXHAUSTED: End = End::Error("frame-exhausted");
const FRAME_NESTED: End = End::Error("frame-nested");

/// A line, without its line feed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    pub(super) start: u64,
    pub(super) length: u64,
}

#[derive(Debug)]
pub(super) struct Feed<'a> {
    source: &'a Source,
    reader: Reader<'a>,
    size: u64,
    /// Where the bytes end that can be taken without a second thought: the frame's end, or the end of the file.
    limit: u64,
    framed: bool,
    /// Where the file stands behind the frame, when more was taken from it meanwhile.
    after_frame: Option<u64>,
    semantics: Semantics,
    /// Bytes that were looked through, which can be more than were taken.
    pub(super) scanned: u64,
    /// Where an argument or a frame first crossed the end of a frame.
    pub(super) crossing: Option<u64>,
}

impl<'a> Feed<'a> {
    pub(super) fn new(source: &'a Source, offset: u64, semantics: Semantics) -> Self {
        let size = source.len();
        let reader = source.reader(offset);
        Feed {
            source,
            reader,
            size,
            limit: size,
            framed: false,
            after_frame: None,
            semantics,
            scanned: 0,
            crossing: None,
        }
    }

    pub(super) fn source(&self) -> &'a Source {
        self.source
    }

    pub(super) fn position(&self) -> u64 {
        self.reader.position()
    }

    /// Where the file stands: a frame is taken from it as a whole.
    pub(super) fn file_position(&self) -> u64 {
        if self.framed { self.after_frame.unwrap_or(self.limit) } else { self.position() }
    }

    /// Takes the bytes up to `position` from the file; what is left of a frame is still read before what follows them.
    pub(super) fn skip_to(&mut self, position: u64) {
        if self.framed && self.left() > 0 {
            self.after_frame = Some(position);
        } else {
            self.framed = false;
            self.limit = self.size;
            self.reader.seek(position);
        }
    }

    fn left(&self) -> u64 {
        self.limit.saturating_sub(self.reader.position())
    }

    /// Goes on behind the frame, or, to use the rest of it (`rest`), where it stands.
    fn leave_frame(&mut self, rest: bool) {
        if self.framed {
            let end = self.after_frame.take().unwrap_or(self.limit);
            if !rest {
                self.reader.seek(end);
            }
            self.framed = false;
            self.limit = self.size;
        }
    }

    fn crossed(&mut self) {
        let position = self.position();
        self.crossing.get_or_insert(position);
    }

    /// Makes sure that `count` bytes follow, and leaves the position at the first of them.
    fn claim(&mut self, count: u64) -> Result<(), End> {
        if count <= self.left() {
            return Ok(());
        }
        if self.framed {
            let left = self.left();
            match self.semantics {
                Semantics::Python if left > 0 => return Err(FRAME_EXHAUSTED),
                _ if left > 0 => self.crossed(),
                _ => {}
            }
            self.leave_frame(false);
        }
        if count <= self.left() { Ok(()) } else { Err(TRUNCATED) }
    }

    /// As [`claim`](Self::claim), for the arguments that the C unpickler reads straight into their object: there the rest
    /// of a frame is used, not dropped.
    fn claim_bulk(&mut self, count: u64) -> Result<(), End> {
        if self.framed && self.semantics == Semantics::C && count > self.left() {
            if self.left() > 0 {
                self.crossed();
            }
            self.leave_frame(true);
        }
        self.claim(count)
    }

    pub(super) fn byte(&mut self) -> Result<u8, End> {
        self.claim(1)?;
        self.reader.byte().ok_or(TRUNCATED)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], End> {
        self.claim(N as u64)?;
        self.reader.array().ok_or(TRUNCATED)
    }

    /// A little-endian length of one, four or eight bytes.
    pub(super) fn count(&mut self, width: u8) -> Result<u64, End> {
        Ok(match width {
            1 => u64::from(self.byte()?),
            4 => u64::from(u32::from_le_bytes(self.array()?)),
            _ => u64::from_le_bytes(self.array()?),
        })
    }

    /// Steps over `length` bytes and gives the offset of the first.
    pub(super) fn data(&mut self, length: u64, bulk: bool) -> Result<u64, End> {
        if bulk {
            self.claim_bulk(length)?
        } else {
            self.claim(length)?
        };
        let start = self.position();
        self.reader.seek(start.saturating_add(length));
        Ok(start)
    }

    /// The bytes from `start`, at least one unless they are at the end, and at most `length`, as far as one buffer goes;
    /// leaves the position as it is.
    pub(super) fn look(&mut self, start: u64, length: u64) -> &[u8] {
        let position = self.position();
        self.reader.seek(start);
        self.reader.window();
        self.reader.seek(position);
        let bytes = self.reader.buffered(start);
        let count = bytes.len().min(usize::try_from(length).unwrap_or(usize::MAX));
        self.scanned += count as u64;
        &bytes[..count]
    }

    /// A copy of `length` bytes from `start`, fewer at the end. The caller bounds `length`.
    pub(super) fn copy(&self, start: u64, length: usize) -> Vec<u8> {
        match self.reader.buffered(start).get(..length) {
            Some(bytes) => bytes.to_vec(),
            None => self.source.read_vec(start, length),
        }
    }

    pub(super) fn line(&mut self) -> Result<Line, End> {
        if let Some(line) = self.line_within() {
            return Ok(line);
        }
        if self.framed {
            let left = self.left();
            match self.semantics {
                Semantics::Python if left > 0 => return Err(FRAME_EXHAUSTED),
                _ if left > 0 => self.crossed(),
                _ => {}
            }
            self.leave_frame(false);
            if let Some(line) = self.line_within() {
                return Ok(line);
            }
        }
        if self.semantics != Semantics::Python {
            return Err(TRUNCATED);
        }
        // `readline()[:-1]` of a last line without line feed loses its last byte.
        let start = self.position();
        let length = self.size.saturating_sub(start).saturating_sub(1);
        self.reader.seek(self.size.max(start));
        Ok(Line { start, length })
    }

    /// The line up to a line feed before the limit; otherwise the position stays.
    fn line_within(&mut self) -> Option<Line> {
        let start = self.position();
        loop {
            let left = self.left();
            let window = self.reader.window();
            let window = &window[..window.len().min(usize::try_from(left).unwrap_or(usize::MAX))];
            if window.is_empty() {
                self.reader.seek(start);
                return None;
            }
            let found = memchr::memchr(b'\n', window);
            let step = found.map_or(window.len(), |index| index + 1) as u64;
            let position = self.position() + step;
            self.scanned += step;
            self.reader.seek(position);
            if found.is_some() {
                return Some(Line { start, length: position - 1 - start });
            }
        }
    }

    pub(super) fn frame(&mut self, length: u64) -> Result<(), End> {
        if i64::try_from(length).is_err() {
            return Err(End::Error("frame-length"));
        }
        match self.semantics {
            Semantics::Peek => {
                if length > self.left() {
                    return Err(TRUNCATED);
                }
            }
            Semantics::C => {
                if self.framed && self.left() > 0 {
                    self.crossed();
                }
                if self.framed && length <= self.left() {
                    return Ok(());
                }
                self.leave_frame(false);
                if length > self.left() {
                    return Err(TRUNCATED);
                }
                self.framed = true;
                self.limit = self.position() + length;
            }
            Semantics::Python => {
                if self.framed && self.left() > 0 {
                    return Err(FRAME_NESTED);
                }
                self.leave_frame(false);
                self.framed = true;
                self.limit = self.position() + length.min(self.left());
            }
        }
        Ok(())
    }
}
