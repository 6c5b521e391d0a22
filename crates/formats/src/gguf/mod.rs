//! GGUF: a header with counts, metadata by key, descriptions of tensors, then their bytes, each aligned.
//!
//! Versions 1 to 3, little- and big-endian. The reference for what loads is llama.cpp (`ggml/src/gguf.cpp`, 2026), which
//! refuses duplicate keys, nested arrays, more than four dimensions and tensors that do not follow one another; what it
//! refuses is explained here by problems, because earlier versions of it and other readers are laxer.
//!
//! Memory: at most 65,536 pairs and 262,144 tensors are kept, and of texts at most the limit for texts in all. Time: linear in
//! the metadata; arrays of numbers are stepped over. Tensor data is not read. Start with [`parse`].

mod layout;
mod reader;
mod types;

pub use types::tensor_element;

use crate::{Context, Element, Problem, ProblemKind, Source, limits::Limits};

/// A parsed file.
#[derive(Clone, Debug, Default)]
pub struct Gguf {
    pub version: u32,
    pub big_endian: bool,
    /// In the order of the file; duplicates are kept.
    pub pairs: Vec<Pair>,
    /// In the order of the file.
    pub tensors: Vec<Tensor>,
    pub alignment: u64,
    /// Where the tensors' bytes start.
    pub data_start: u64,
    /// Bytes that belong to no tensor and are not all zero: padding that hides something, or what follows the last tensor.
    pub gaps: Vec<Gap>,
    /// Codes: `header-*`, `count-*`, `metadata-*`, `array-*`, `string-*`, `tensor-*`, `data-*`, `alignment`, `duplicate-key`,
    /// `duplicate-tensor`, `token-*`.
    pub problems: Vec<Problem>,
}

/// A pair of the metadata.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    pub key: String,
    pub value: Value,
    /// Where the value stands.
    pub offset: u64,
}

/// A value of the metadata.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Unsigned(u64),
    Signed(i64),
    Float(f64),
    Bool(bool),
    /// A text, lossily decoded and cut to 1 MiB, with its whole length in bytes.
    Text {
        text: String,
        length: u64,
    },
    /// Its elements' type by the number of the format, how many there are, and the first 16 of them when they are plain.
    Array {
        kind: u32,
        length: u64,
        head: Vec<Value>,
    },
}

/// A tensor as its description declares it.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    pub name: String,
    /// The first dimension is that of a row.
    pub shape: Vec<u64>,
    /// The type's number in ggml.
    pub kind: u32,
    /// None when the type is unknown, or no longer supported.
    pub element: Option<Element>,
    /// Where its bytes start in the file, and how many there are; none when the type is unknown or the size overflows.
    pub start: u64,
    pub length: Option<u64>,
    /// Where its description stands.
    pub offset: u64,
}

/// Bytes that belong to no tensor.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Gap {
    pub offset: u64,
    pub length: u64,
}

/// Whether the bytes start with GGUF's magic.
#[must_use]
pub fn looks_like(head: &[u8], _source: &Source) -> bool {
    head.starts_with(b"GGUF")
}

/// Reads the metadata and the descriptions, and checks them against the length of the file.
#[must_use]
pub fn parse(source: &Source, context: &Context) -> Gguf {
    let mut file = Gguf { alignment: 32, ..Gguf::default() };
    let limits: &Limits = &context.limits;
    // An error ends reading: what stands before it is kept, and its problem is already noted.
    if reader::read(&mut file, source, limits).is_some() {
        layout::check(&mut file, source);
    }
    file
}

impl Gguf {
    fn problem(&mut self, kind: ProblemKind, code: &'static str, message: impl Into<String>, offset: u64) {
        // One hostile header can break one rule a million times.
        if self.problems.iter().filter(|p| p.code == code).count() < 16 {
            self.problems.push(Problem::new(kind, code, message).at(offset));
        }
    }

    /// The value of the first pair with this key, as llama.cpp finds it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.pairs.iter().find(|pair| pair.key == key).map(|pair| &pair.value)
    }

    /// The text of a key.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<&str> {
        match self.get(key)? {
            Value::Text { text, .. } => Some(text),
            _ => None,
        }
    }

    /// The whole number of a key, when it is not negative.
    #[must_use]
    pub fn number(&self, key: &str) -> Option<u64> {
        self.get(key)?.as_u64()
    }
}

impl Value {
    /// The whole number, when this is one that is not negative.
    #[must_use]
    pub fn as_u64(&self) -> Option<u64> {
        match self {
            Value::Unsigned(number) => Some(*number),
            Value::Signed(number) => u64::try_from(*number).ok(),
            _ => None,
        }
    }

    /// How many elements an array has.
    #[must_use]
    pub fn array_length(&self) -> Option<u64> {
        match self {
            Value::Array { length, .. } => Some(*length),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
