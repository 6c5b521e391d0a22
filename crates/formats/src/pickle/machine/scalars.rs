//! Opcodes that push a number, a text or a byte string, and those of the memo.

use super::{
    super::{
        arena::{BytesKind, Cell},
        feed::Line,
        number::{self, NotANumber, Whole},
        opcode,
        text::{self, Encoding, Verdict},
        transcript::{End, EventKind},
    },
    ABSURD_INDEX, Candidate, Machine, fail,
};
use crate::ProblemKind;

/// The longest text of a number that is read; beyond, a lenient run takes any number for it.
const NUMBER: u64 = 1 << 20;
/// Decimal digits whose conversion takes an old Python seconds.
const MANY_DIGITS: u64 = 50_000;
/// Byte strings that might hold a pickle and are looked at.
const CANDIDATES: usize = 4096;
/// Opcodes with which a pickle without header may start; not the letters with which ordinary words do.
const OPENERS: &[u8] = &[
    opcode::GLOBAL,
    opcode::MARK,
    opcode::EMPTY_DICT,
    opcode::EMPTY_LIST,
    opcode::EMPTY_TUPLE,
    opcode::NONE,
    opcode::INT,
    opcode::LONG,
    opcode::STRING,
    opcode::UNICODE,
    opcode::BINUNICODE,
    opcode::SHORT_BINUNICODE,
    opcode::SHORT_BINSTRING,
    opcode::BININT,
    opcode::BININT1,
    opcode::BININT2,
    opcode::EMPTY_SET,
    opcode::FRAME,
    opcode::NEWTRUE,
    opcode::NEWFALSE,
];

impl Machine<'_> {
    /// The text of a number; C refuses an empty line before it looks at it.
    fn number_line(&mut self) -> Result<Vec<u8>, End> {
        let line = self.feed.line()?;
        if line.length > MANY_DIGITS {
            let message = format!("a number of {} digits keeps the reader busy", line.length);
            self.problem(ProblemKind::Hostile, "absurd-number", message);
        }
        if line.length == 0 {
            return fail(if self.python() { "number" } else { "truncated" });
        }
        if line.length > NUMBER {
            self.lenient_goes_on = true;
            return if self.mode.lenient { Ok(Vec::new()) } else { fail("number-length") };
        }
        let bytes = self.feed.copy(line.start, line.length as usize);
        if bytes.len() as u64 != line.length {
            return fail("truncated");
        }
        // C ends at a NUL where Python refuses.
        self.python_differs |= memchr::memchr(0, &bytes).is_some();
        Ok(bytes)
    }

    fn whole(&mut self, value: Result<Whole, NotANumber>) -> Result<Whole, End> {
        match value {
            Ok(whole) => Ok(whole),
            Err(NotANumber::TooLong) => {
                self.lenient_goes_on = true;
                if self.mode.lenient {
                    return Ok(Whole::Big { negative: false, bits: 14_285 });
                }
                fail("number-length")
            }
            Err(NotANumber::Syntax) => fail("number"),
        }
    }

    pub(super) fn whole_line(&mut self) -> Result<(), End> {
        let is_long = self.opcode == opcode::LONG;
        let mut line = self.number_line()?;
        if line.is_empty() {
            let cell = self.arena.big_int(false, NUMBER);
            return self.push(cell);
        }
        if is_long && line.last() == Some(&b'L') {
            line.pop();
        }
        let value = match (self.python(), is_long) {
            (true, false) if line == b"00" => Ok(Whole::Bool(false)),
            (true, false) if line == b"01" => Ok(Whole::Bool(true)),
            (true, _) => number::python_int(&line, 0),
            (false, true) => number::c_whole(&line, 0),
            (false, false) => {
                let value = number::c_int(&line);
                if value.is_ok() && line != b"00" && line != b"01" {
                    self.python_differs |= number::python_int(&line, 0) != value;
                }
                value
            }
        };
        let cell = match self.whole(value)? {
            Whole::Small(value) => Cell::Int(value),
            Whole::Bool(value) => Cell::Bool(value),
            Whole::Big { negative, bits } => self.arena.big_int(negative, bits),
        };
        self.push(cell)
    }

    pub(super) fn counted_long(&mut self, width: u8) -> Result<(), End> {
        let length = self.feed.count(width)?;
        if length > i32::MAX as u64 {
            return fail("negative-length");
        }
        self.absurd(length);
        let start = self.feed.data(length, false)?;
        let last = if length > 0 { self.feed.copy(start + length - 1, 1) } else { vec![0] };
        let negative = last.first().is_some_and(|byte| byte & 0x80 != 0);
        let cell = if length <= 8 {
            let mut bytes = [if negative { 0xff } else { 0 }; 8];
            let taken = self.feed.copy(start, length as usize);
            bytes[..taken.len()].copy_from_slice(&taken);
            Cell::Int(i64::from_le_bytes(bytes))
        } else {
            self.arena.big_int(negative, length * 8)
        };
        self.push(cell)
    }

    pub(super) fn float_line(&mut self) -> Result<(), End> {
        let line = self.number_line()?;
        let value = match (self.python(), line.is_empty()) {
            (_, true) => Some(0.0),
            (true, false) => number::python_float(&line),
            (false, false) => number::c_float(&line),
        };
        match value {
            Some(value) => self.push(Cell::Float(value)),
            None => fail("number"),
        }
    }

    pub(super) fn string_line(&mut self) -> Result<(), End> {
        let line = self.feed.line()?;
        let first = self.feed.copy(line.start, 1);
        let last = self.feed.copy((line.start + line.length).saturating_sub(1), 1);
        let quoted = line.length >= 2 && first == last && matches!(first.as_slice(), [b'\'' | b'"']);
        if !quoted {
            return fail("string-quotes");
        }
        self.text(Encoding::Escaped, Line { start: line.start + 1, length: line.length - 2 })
    }

    pub(super) fn unicode_line(&mut self) -> Result<(), End> {
        let line = self.feed.line()?;
        self.text(Encoding::RawUnicode, line)
    }

    pub(super) fn counted_string(&mut self, width: u8) -> Result<(), End> {
        let length = self.feed.count(width)?;
        if width == 4 && length > i32::MAX as u64 {
            // Python takes the length for signed.
            self.python_differs = true;
            if self.python() {
                return fail("negative-length");
            }
        }
        self.absurd(length);
        let start = self.feed.data(length, false)?;
        self.text(Encoding::Ascii, Line { start, length })
    }

    pub(super) fn counted_unicode(&mut self, width: u8) -> Result<(), End> {
        let length = self.feed.count(width)?;
        if i64::try_from(length).is_err() {
            self.absurd(length);
            return fail("length");
        }
        self.absurd(length);
        let start = self.feed.data(length, false)?;
        self.text(Encoding::Utf8, Line { start, length })
    }

    fn text(&mut self, encoding: Encoding, place: Line) -> Result<(), End> {
        match text::check(&mut self.feed, encoding, place.start, place.length) {
            Verdict::Fine => {}
            Verdict::Broken => return fail("text-encoding"),
            Verdict::NotAscii => {
                self.lenient_goes_on = true;
                if !self.mode.lenient {
                    return fail("string-not-ascii");
                }
            }
        }
        let cell = self.arena.text(encoding, place.start, place.length);
        self.candidate(Some(encoding), place);
        self.push(cell)
    }

    pub(super) fn counted_bytes(&mut self, width: u8, kind: BytesKind) -> Result<(), End> {
        let length = self.feed.count(width)?;
        self.absurd(length);
        if i64::try_from(length).is_err() {
            return fail("length");
        }
        let start = self.feed.data(length, true)?;
        let cell = self.arena.byte_string(kind, start, length);
        self.candidate(None, Line { start, length });
        self.push(cell)
    }

    /// Keeps a byte string or text that may hold a pickle: one with a header, or one with an opener, and soon the line
    /// feed of a GLOBAL or a STACK_GLOBAL.
    fn candidate(&mut self, encoding: Option<Encoding>, place: Line) {
        if place.length < 6 || self.candidates.len() >= CANDIDATES {
            return;
        }
        let head = self.feed.copy(place.start, 2);
        let may_be = match head.as_slice() {
            // U+0080 in UTF-8, or an escape.
            [0xc2, 0x80] | [b'\\', b'x' | b'u' | b'2'] => encoding.is_some(),
            [0x80, version] => *version <= 5,
            [opener, _] if OPENERS.contains(opener) => {
                let head = self.feed.copy(place.start, place.length.min(256) as usize);
                memchr::memchr2(b'\n', opcode::STACK_GLOBAL, &head).is_some()
            }
            _ => false,
        };
        if may_be {
            self.candidates.push(Candidate { encoding, offset: place.start, length: place.length });
        }
    }

    pub(super) fn next_buffer(&mut self) -> Result<(), End> {
        self.lenient_goes_on = true;
        if !self.mode.lenient {
            return fail("no-buffers");
        }
        let result = self.next_object();
        self.emit(EventKind::Buffer { result });
        self.push(Cell::Object(result))
    }

    pub(super) fn readonly_buffer(&mut self) -> Result<(), End> {
        let top = self.top()?;
        match top {
            Cell::Bytes { kind, length, offset } => {
                if kind == BytesKind::ByteArray {
                    self.stack.pop();
                    self.stack.push(Cell::Bytes { kind: BytesKind::View, length, offset });
                }
                Ok(())
            }
            Cell::Node(_) if !self.arena.is_text(top) && self.arena.is_bytes(top) => Ok(()),
            Cell::Object(_) => {
                self.lenient_goes_on = true;
                if self.mode.lenient { Ok(()) } else { fail("no-buffer") }
            }
            _ => fail("no-buffer"),
        }
    }

    /// The index that GET and PUT name; none for one that no memo can have.
    fn index_line(&mut self) -> Result<Option<u64>, End> {
        let line = self.number_line()?;
        if line.is_empty() {
            return fail("number-length");
        }
        let value = if self.python() { number::python_int(&line, 10) } else { number::c_whole(&line, 10) };
        match self.whole(value)? {
            Whole::Small(index) => Ok(u64::try_from(index).ok()),
            // Python's memo is a dictionary and takes any number; this stands for all that large.
            Whole::Big { negative: false, .. } if self.python() => Ok(Some(u64::MAX)),
            _ => Ok(None),
        }
    }

    pub(super) fn memo_get(&mut self) -> Result<(), End> {
        let index = match self.opcode {
            opcode::GET => self.index_line()?,
            opcode::BINGET => Some(u64::from(self.feed.byte()?)),
            _ => Some(u64::from(u32::from_le_bytes(self.feed.array()?))),
        };
        match index.and_then(|index| self.memo.get(index)) {
            Some(cell) => self.push(cell),
            None => fail("memo-missing"),
        }
    }

    pub(super) fn memo_put(&mut self) -> Result<(), End> {
        let index = match self.opcode {
            opcode::PUT => match self.index_line()? {
                Some(index) => index,
                None => return fail("memo-index"),
            },
            opcode::BINPUT => u64::from(self.feed.byte()?),
            opcode::LONG_BINPUT => u64::from(u32::from_le_bytes(self.feed.array()?)),
            _ => self.memo.len(),
        };
        let top = self.top()?;
        if index >= ABSURD_INDEX && self.opcode != opcode::MEMOIZE {
            let message = format!("memo index {index} makes the C unpickler allocate gigabytes");
            self.problem(ProblemKind::Hostile, "memo-bomb", message);
            if index > u64::from(u32::MAX) && !self.python() {
                return fail("memory");
            }
        }
        self.memo.put(index, top);
        Ok(())
    }
}
