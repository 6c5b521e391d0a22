//! From the first byte to where the data starts. `None` ends reading: its problem was noted.

use super::{
    Gguf, Pair, Tensor, Value,
    types::{ARRAY, BOOL, STRING, fixed_size, tensor_element},
};
use crate::{ProblemKind, Reader, Source, limits::Limits};

const KEPT_PAIRS: u64 = 65_536;
const KEPT_TENSORS: u64 = 262_144;
const KEPT_TEXT: usize = 1 << 20;
const KEPT_ITEMS: usize = 16;
/// Arrays within arrays: llama.cpp takes none.
const NESTING: usize = 8;
/// Dimensions of a tensor in ggml.
const DIMENSIONS: u32 = 4;
/// Bytes of a tensor's name in ggml, with its NUL.
const NAME: u64 = 64;

struct Cursor<'a, 'b> {
    file: &'a mut Gguf,
    reader: Reader<'b>,
    big: bool,
    /// Version 1 has 32-bit lengths.
    short: bool,
    /// How many bytes of text may still be kept.
    text_left: u64,
}

pub(super) fn read(file: &mut Gguf, source: &Source, limits: &Limits) -> Option<()> {
    let mut reader = source.reader(4);
    let Some(version) = reader.array::<4>() else {
        file.problem(ProblemKind::Malformed, "header-missing", "the file is too short for a header", 0);
        return None;
    };
    let little = u32::from_le_bytes(version);
    // A version with two low bytes of zero was written in the other byte order.
    file.big_endian = little & 0xffff == 0 && little != 0;
    file.version = if file.big_endian { u32::from_be_bytes(version) } else { little };
    if !(1..=3).contains(&file.version) {
        let version = file.version;
        // The next versions may come; no writer makes version 0 or 1,000.
        let kind = if (4..100).contains(&version) { ProblemKind::Malformed } else { ProblemKind::Hostile };
        file.problem(kind, "header-version", format!("version {version} is unknown"), 4);
        return None;
    }
    let (big, short) = (file.big_endian, file.version == 1);
    let mut cursor = Cursor { file, reader, big, short, text_left: limits.text_bytes };
    let tensors = cursor.count("tensors", 24)?;
    let pairs = cursor.count("metadata pairs", 13)?;
    cursor.pairs(pairs)?;
    cursor.alignment();
    cursor.tensors(tensors)?;
    let alignment = cursor.file.alignment;
    let end = cursor.reader.position();
    cursor.file.data_start = end.checked_next_multiple_of(alignment).unwrap_or(u64::MAX);
    Some(())
}

impl Cursor<'_, '_> {
    fn hostile(&mut self, code: &'static str, message: String) {
        let at = self.reader.position();
        self.file.problem(ProblemKind::Hostile, code, message, at);
    }

    fn ends(&mut self) {
        let at = self.reader.position();
        self.file.problem(ProblemKind::Hostile, "header-beyond-file", "the file ends within its header", at);
    }

    fn u32(&mut self) -> Option<u32> {
        let Some(bytes) = self.reader.array::<4>() else {
            self.ends();
            return None;
        };
        Some(if self.big { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) })
    }

    fn u64(&mut self) -> Option<u64> {
        let Some(bytes) = self.reader.array::<8>() else {
            self.ends();
            return None;
        };
        Some(if self.big { u64::from_be_bytes(bytes) } else { u64::from_le_bytes(bytes) })
    }

    /// A count or a length: 32 bits in version 1.
    fn size(&mut self) -> Option<u64> {
        if self.short { self.u32().map(u64::from) } else { self.u64() }
    }

    /// A count of things that take at least `least` bytes each (in version 1 four fewer for each length).
    fn count(&mut self, what: &str, least: u64) -> Option<u64> {
        let count = self.size()?;
        let least = if self.short { least.saturating_sub(12).max(1) } else { least };
        if count.checked_mul(least).is_none_or(|bytes| bytes > self.reader.remaining()) {
            self.hostile(
                "count-beyond-file",
                format!("the header declares {count} {what}, more than the file has room for: readers allocate or overflow by it"),
            );
            return None;
        }
        Some(count)
    }

    fn pairs(&mut self, count: u64) -> Option<()> {
        for index in 0..count {
            let (key, _) = self.string("key", 65_535)?;
            if key.is_empty() {
                let at = self.reader.position();
                self.file.problem(
                    ProblemKind::Note,
                    "metadata-key-empty",
                    "a key of the metadata is empty",
                    at,
                );
            }
            let kind = self.u32()?;
            let offset = self.reader.position();
            let value = self.value(kind, &key)?;
            if index == KEPT_PAIRS {
                let at = self.reader.position();
                self.file.problem(
                    ProblemKind::Budget,
                    "metadata-pairs",
                    format!("only the first {KEPT_PAIRS} of {count} pairs of the metadata were looked at"),
                    at,
                );
            }
            if index < KEPT_PAIRS {
                self.file.pairs.push(Pair { key, value, offset });
            }
        }
        Some(())
    }

    /// A text: at most `keep` bytes of it, and its length.
    fn string(&mut self, what: &str, keep: usize) -> Option<(String, u64)> {
        let length = self.size()?;
        if length > self.reader.remaining() {
            let left = self.reader.remaining();
            self.hostile(
                "string-beyond-file",
                format!("a {what} declares {length} bytes, and {left} are left: readers allocate or overflow by it"),
            );
            return None;
        }
        let kept = length.min(keep as u64).min(self.text_left);
        if kept < length && what == "value" {
            let at = self.reader.position();
            self.file.problem(
                ProblemKind::Budget,
                "metadata-text",
                format!("only the first {kept} of {length} bytes of a text of the metadata were looked at"),
                at,
            );
        }
        self.text_left -= kept;
        let end = self.reader.position() + length;
        let bytes = self.reader.bytes(kept as usize).unwrap_or_default();
        self.reader.seek(end);
        Some((String::from_utf8_lossy(&bytes).into_owned(), length))
    }

    fn value(&mut self, kind: u32, key: &str) -> Option<Value> {
        match kind {
            STRING => {
                let (text, length) = self.string("value", KEPT_TEXT)?;
                Some(Value::Text { text, length })
            }
            ARRAY => self.array(key),
            _ => self.scalar(kind, key),
        }
    }

    fn scalar(&mut self, kind: u32, key: &str) -> Option<Value> {
        let Some(size) = fixed_size(kind) else {
            self.hostile(
                "metadata-type",
                format!("the value of `{}` has the unknown type {kind}", crate::safetensors::short(key)),
            );
            return None;
        };
        let Some(bytes) = self.reader.bytes(size as usize) else {
            self.ends();
            return None;
        };
        let mut wide = [0u8; 8];
        for (i, byte) in bytes.iter().enumerate() {
            let at = if self.big { bytes.len() - 1 - i } else { i };
            wide[at] = *byte;
        }
        let raw = u64::from_le_bytes(wide);
        Some(match kind {
            1 => Value::Signed(i64::from(raw as u8 as i8)),
            3 => Value::Signed(i64::from(raw as u16 as i16)),
            5 => Value::Signed(i64::from(raw as u32 as i32)),
            11 => Value::Signed(raw as i64),
            6 => Value::Float(f64::from(f32::from_bits(raw as u32))),
            12 => Value::Float(f64::from_bits(raw)),
            BOOL => Value::Bool(raw != 0),
            _ => Value::Unsigned(raw),
        })
    }

    /// An array, with the arrays in it on a stack of our own. Only the head of the outermost is kept.
    fn array(&mut self, key: &str) -> Option<Value> {
        let (kind, length) = self.array_head(key)?;
        let mut head = Vec::new();
        let mut open = vec![(kind, length)];
        while let Some((kind, left)) = open.pop() {
            if left == 0 {
                continue;
            }
            match kind {
                ARRAY => {
                    open.push((kind, left - 1));
                    if open.len() >= NESTING {
                        self.hostile(
                            "array-depth",
                            format!(
                                "the arrays of `{}` are nested more than {NESTING} deep",
                                crate::safetensors::short(key)
                            ),
                        );
                        return None;
                    }
                    if open.len() == 1 && left == length {
                        let at = self.reader.position();
                        self.file.problem(
                            ProblemKind::Note,
                            "array-nested",
                            "an array holds arrays, which llama.cpp refuses",
                            at,
                        );
                    }
                    let inner = self.array_head(key)?;
                    open.push(inner);
                }
                STRING => {
                    for _ in 0..left {
                        let keep = open.is_empty() && head.len() < KEPT_ITEMS;
                        let (text, length) = self.string("text of an array", if keep { 256 } else { 0 })?;
                        if keep {
                            head.push(Value::Text { text, length });
                        }
                    }
                }
                _ => {
                    let size = fixed_size(kind).unwrap_or(1);
                    let end = self.reader.position().saturating_add(left.saturating_mul(size));
                    while open.is_empty() && head.len() < KEPT_ITEMS && (head.len() as u64) < left {
                        head.push(self.scalar(kind, key)?);
                    }
                    self.reader.seek(end);
                }
            }
        }
        Some(Value::Array { kind, length, head })
    }

    /// The type and length of an array; refused when the file has no room for that many.
    fn array_head(&mut self, key: &str) -> Option<(u32, u64)> {
        let kind = self.u32()?;
        let length = self.size()?;
        let least = match kind {
            STRING => {
                if self.short {
                    4
                } else {
                    8
                }
            }
            ARRAY => {
                if self.short {
                    8
                } else {
                    12
                }
            }
            _ => match fixed_size(kind) {
                Some(size) => size,
                None => {
                    self.hostile(
                        "metadata-type",
                        format!("the array `{}` has the unknown type {kind}", crate::safetensors::short(key)),
                    );
                    return None;
                }
            },
        };
        if length.checked_mul(least).is_none_or(|bytes| bytes > self.reader.remaining()) {
            let left = self.reader.remaining();
            self.hostile(
                "array-beyond-file",
                format!(
                    "the array `{}` declares {length} elements, and {left} bytes are left: readers allocate or overflow by it",
                    crate::safetensors::short(key)
                ),
            );
            return None;
        }
        Some((kind, length))
    }

    fn alignment(&mut self) {
        let Some(value) = self.file.get("general.alignment") else { return };
        match value.as_u64().filter(|n| n.is_power_of_two() && *n <= 1 << 30) {
            Some(alignment) => self.file.alignment = alignment,
            None => self.hostile(
                "alignment",
                "the alignment is no power of two that makes sense: readers divide or round by it".to_owned(),
            ),
        }
    }

    fn tensors(&mut self, count: u64) -> Option<()> {
        for index in 0..count {
            let offset = self.reader.position();
            let (name, name_length) = self.string("tensor's name", 1024)?;
            if name_length >= NAME {
                self.file.problem(
                    ProblemKind::Note,
                    "tensor-name",
                    format!("a tensor's name has {name_length} bytes: llama.cpp refuses {NAME} and more"),
                    offset,
                );
            }
            let dimensions = self.u32()?;
            if dimensions > DIMENSIONS {
                self.hostile(
                    "tensor-dimensions",
                    format!(
                        "the tensor `{}` has {dimensions} dimensions: ggml has room for {DIMENSIONS}",
                        crate::safetensors::short(&name)
                    ),
                );
                return None;
            }
            let mut shape = Vec::with_capacity(dimensions as usize);
            for _ in 0..dimensions {
                shape.push(self.size()?);
            }
            let kind = self.u32()?;
            let start = self.u64()?;
            if index == KEPT_TENSORS {
                self.file.problem(
                    ProblemKind::Budget,
                    "tensor-count",
                    format!("only the first {KEPT_TENSORS} of {count} tensors were looked at"),
                    offset,
                );
            }
            if index < KEPT_TENSORS {
                let element = tensor_element(kind);
                self.file.tensors.push(Tensor { name, shape, kind, element, start, length: None, offset });
            }
        }
        Some(())
    }
}
