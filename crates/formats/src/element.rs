//! What one number of a tensor is: the vocabulary that the weight containers share.

/// How the bits of an element are read.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Class {
    /// Binary floating point with this many bits of mantissa.
    Float {
        mantissa: u8,
    },
    /// Two floats, real and imaginary.
    Complex {
        mantissa: u8,
    },
    Signed,
    Unsigned,
    Bool,
    /// Blocks of several numbers with their scales.
    Block,
    /// Text, records, dates and what else has no arithmetic.
    Other,
}

/// The type of the elements of a tensor.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Element {
    /// The word in reports, in the notation of safetensors (`F32`) or of GGUF (`Q4_K`).
    pub word: &'static str,
    /// How many elements stand in one block, and how many bits a block takes.
    pub per_block: u32,
    pub block_bits: u32,
    pub class: Class,
}

impl Element {
    /// An element of `bits` bits that stands alone.
    #[must_use]
    pub const fn plain(word: &'static str, bits: u32, class: Class) -> Self {
        Element { word, per_block: 1, block_bits: bits, class }
    }

    /// A block of `per_block` elements in `bytes` bytes.
    #[must_use]
    pub const fn block(word: &'static str, per_block: u32, bytes: u32) -> Self {
        Element { word, per_block, block_bits: bytes * 8, class: Class::Block }
    }

    pub const F64: Element = Element::plain("F64", 64, Class::Float { mantissa: 52 });
    pub const F32: Element = Element::plain("F32", 32, Class::Float { mantissa: 23 });
    pub const F16: Element = Element::plain("F16", 16, Class::Float { mantissa: 10 });
    pub const BF16: Element = Element::plain("BF16", 16, Class::Float { mantissa: 7 });
    pub const C64: Element = Element::plain("C64", 64, Class::Complex { mantissa: 23 });
    pub const C128: Element = Element::plain("C128", 128, Class::Complex { mantissa: 52 });
    pub const I64: Element = Element::plain("I64", 64, Class::Signed);
    pub const I32: Element = Element::plain("I32", 32, Class::Signed);
    pub const I16: Element = Element::plain("I16", 16, Class::Signed);
    pub const I8: Element = Element::plain("I8", 8, Class::Signed);
    pub const U64: Element = Element::plain("U64", 64, Class::Unsigned);
    pub const U32: Element = Element::plain("U32", 32, Class::Unsigned);
    pub const U16: Element = Element::plain("U16", 16, Class::Unsigned);
    pub const U8: Element = Element::plain("U8", 8, Class::Unsigned);
    pub const BOOL: Element = Element::plain("BOOL", 8, Class::Bool);

    /// The bytes of `count` elements; none when that overflows, is no whole number of bytes or no whole number of blocks.
    #[must_use]
    pub fn bytes(self, count: u64) -> Option<u64> {
        if self.per_block == 0 || !count.is_multiple_of(u64::from(self.per_block)) {
            return None;
        }
        let bits = (count / u64::from(self.per_block)).checked_mul(u64::from(self.block_bits))?;
        (bits % 8 == 0).then_some(bits / 8)
    }
}

/// The product of the dimensions; none when it overflows.
#[must_use]
pub(crate) fn count(shape: &[u64]) -> Option<u64> {
    // A zero dimension must not hide an overflow from readers that multiply in another order.
    let nonzero = shape.iter().filter(|d| **d != 0).try_fold(1u64, |a, b| a.checked_mul(*b))?;
    Some(if shape.contains(&0) { 0 } else { nonzero })
}
