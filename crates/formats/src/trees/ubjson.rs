//! UBJSON as XGBoost writes it, rewritten as JSON without its arrays of floating-point numbers, which nothing here needs.
//! Numbers have their highest byte first. Containers with counts and with closing marks are both read.

use super::Ensemble;
use crate::{ProblemKind, Reader, Source};
use std::fmt::Write;

const DEPTH: usize = 64;

/// What is open.
struct Open {
    object: bool,
    /// How many items are left; none when a mark closes it.
    left: Option<u64>,
    first: bool,
}

/// The JSON text of at most the first `most` bytes. Problems: `ubjson-*`.
pub(super) fn to_json(source: &Source, most: u64, ensemble: &mut Ensemble) -> Vec<u8> {
    if source.len() > most {
        let message = format!("only the first {most} bytes of {} were read", source.len());
        ensemble.problem(ProblemKind::Budget, "ubjson-size", message, Some(most));
    }
    let part = source.slice(0, most);
    let mut writer = Writer { reader: part.reader(0), out: String::new(), open: Vec::new() };
    if let Err((kind, code, message)) = writer.document() {
        let at = writer.reader.position();
        ensemble.problem(kind, code, message, Some(at));
    }
    while let Some(open) = writer.open.pop() {
        writer.out.push(if open.object { '}' } else { ']' });
    }
    writer.out.into_bytes()
}

type Stop = (ProblemKind, &'static str, String);

fn broken(message: &str) -> Stop {
    (ProblemKind::Malformed, "ubjson-syntax", message.to_owned())
}

struct Writer<'a> {
    reader: Reader<'a>,
    out: String,
    open: Vec<Open>,
}

impl Writer<'_> {
    fn document(&mut self) -> Result<(), Stop> {
        let marker = self.byte()?;
        self.value(marker)?;
        while let Some(open) = self.open.last_mut() {
            let object = open.object;
            if open.left == Some(0) {
                self.close();
                continue;
            }
            let closes = if object { b'}' } else { b']' };
            let counted = open.left.is_some();
            if let Some(left) = &mut open.left {
                *left -= 1;
            }
            let first = std::mem::take(&mut open.first);
            let marker = self.byte()?;
            if !counted && marker == closes {
                self.close();
                continue;
            }
            if !first {
                self.out.push(',');
            }
            if object {
                let length = self.length(marker)?;
                self.text(length)?;
                self.out.push(':');
                let marker = self.byte()?;
                self.value(marker)?;
            } else {
                self.value(marker)?;
            }
        }
        Ok(())
    }

    fn close(&mut self) {
        if let Some(open) = self.open.pop() {
            self.out.push(if open.object { '}' } else { ']' });
        }
    }

    fn byte(&mut self) -> Result<u8, Stop> {
        // No-operation marks may stand anywhere between values.
        loop {
            match self.reader.byte() {
                Some(b'N') => {}
                Some(byte) => return Ok(byte),
                None => return Err(broken("the file ends within a value")),
            }
        }
    }

    /// The bytes of a number of this kind.
    fn integer(&mut self, marker: u8) -> Result<i64, Stop> {
        let end = || broken("the file ends within a number");
        Ok(match marker {
            b'i' => i64::from(self.reader.byte().ok_or_else(end)? as i8),
            b'U' => i64::from(self.reader.byte().ok_or_else(end)?),
            b'I' => i64::from(i16::from_be_bytes(self.reader.array().ok_or_else(end)?)),
            b'l' => i64::from(i32::from_be_bytes(self.reader.array().ok_or_else(end)?)),
            b'L' => i64::from_be_bytes(self.reader.array().ok_or_else(end)?),
            _ => return Err(broken("a number was expected")),
        })
    }

    /// A length or count of things of at least one byte.
    fn length(&mut self, marker: u8) -> Result<u64, Stop> {
        let length = self.integer(marker)?;
        let left = self.reader.remaining();
        u64::try_from(length).ok().filter(|length| *length <= left).ok_or_else(|| {
            let message = format!(
                "a length of {length} stands where {left} bytes are left: readers allocate or overflow by it"
            );
            (ProblemKind::Hostile, "ubjson-length", message)
        })
    }

    fn text(&mut self, length: u64) -> Result<(), Stop> {
        let bytes =
            self.reader.bytes(length as usize).ok_or_else(|| broken("the file ends within a text"))?;
        self.out.push('"');
        for c in String::from_utf8_lossy(&bytes).chars() {
            match c {
                '"' | '\\' => {
                    self.out.push('\\');
                    self.out.push(c);
                }
                c if (c as u32) < 0x20 => {
                    let _ = write!(self.out, "\\u{:04x}", c as u32);
                }
                c => self.out.push(c),
            }
        }
        self.out.push('"');
        Ok(())
    }

    fn value(&mut self, marker: u8) -> Result<(), Stop> {
        match marker {
            b'{' | b'[' => return self.container(marker == b'{'),
            b'S' | b'H' => {
                let marker = self.byte()?;
                let length = self.length(marker)?;
                return self.text(length);
            }
            b'C' => return self.text(1),
            b'T' => self.out.push_str("true"),
            b'F' => self.out.push_str("false"),
            b'Z' => self.out.push_str("null"),
            b'd' | b'D' => {
                let number = if marker == b'd' {
                    self.reader.array().map(|b| f64::from(f32::from_be_bytes(b)))
                } else {
                    self.reader.array().map(f64::from_be_bytes)
                };
                let number = number.ok_or_else(|| broken("the file ends within a number"))?;
                if number.is_finite() {
                    let _ = write!(self.out, "{number:e}");
                } else {
                    self.out.push_str("NaN");
                }
            }
            _ => {
                let number = self.integer(marker)?;
                let _ = write!(self.out, "{number}");
            }
        }
        Ok(())
    }

    fn container(&mut self, object: bool) -> Result<(), Stop> {
        if self.open.len() >= DEPTH {
            let message = format!("values are nested more than {DEPTH} deep");
            return Err((ProblemKind::Hostile, "ubjson-depth", message));
        }
        let next = self.reader.window().first().copied();
        let kind = (next == Some(b'$')).then(|| self.reader.array::<2>().map(|b| b[1])).flatten();
        let next = self.reader.window().first().copied();
        let mut left = None;
        if next == Some(b'#') {
            let marker = self.reader.array::<2>().map_or(0, |b| b[1]);
            left = Some(self.length(marker)?);
        } else if kind.is_some() {
            return Err(broken("a container has a type and no count"));
        }
        match (kind, left) {
            (Some(kind), Some(count)) if !object => self.typed(kind, count),
            (Some(_), _) => Err(broken("an object of one type")),
            _ => {
                self.out.push(if object { '{' } else { '[' });
                self.open.push(Open { object, left, first: true });
                Ok(())
            }
        }
    }

    /// An array of `count` numbers of one kind. Of floating-point numbers and bytes only their room is checked.
    fn typed(&mut self, kind: u8, count: u64) -> Result<(), Stop> {
        let size = match kind {
            b'i' | b'U' => 1,
            b'I' => 2,
            b'l' | b'd' => 4,
            b'L' | b'D' => 8,
            _ => return Err(broken("an array of an unknown type")),
        };
        let bytes =
            count.checked_mul(size).filter(|bytes| *bytes <= self.reader.remaining()).ok_or_else(|| {
                let message = format!(
                    "an array of {count} numbers stands where {} bytes are left",
                    self.reader.remaining()
                );
                (ProblemKind::Hostile, "ubjson-length", message)
            })?;
        self.out.push('[');
        if matches!(kind, b'd' | b'D') {
            let end = self.reader.position() + bytes;
            self.reader.seek(end);
        } else {
            for index in 0..count {
                let number = self.integer(kind)?;
                let comma = if index > 0 { "," } else { "" };
                let _ = write!(self.out, "{comma}{number}");
            }
        }
        self.out.push(']');
        Ok(())
    }
}
