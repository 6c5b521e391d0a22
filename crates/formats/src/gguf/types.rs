//! The numbers that stand for types: of metadata values, and of tensors in ggml.

use crate::Element;

pub(super) const BOOL: u32 = 7;
pub(super) const STRING: u32 = 8;
pub(super) const ARRAY: u32 = 9;

/// Bytes of a metadata value of fixed size.
pub(super) fn fixed_size(kind: u32) -> Option<u64> {
    match kind {
        0 | 1 | BOOL => Some(1),
        2 | 3 => Some(2),
        4..=6 => Some(4),
        10..=12 => Some(8),
        _ => None,
    }
}

/// The element type of a tensor by its number in `enum ggml_type`; none when it is unknown or was removed.
#[must_use]
pub fn tensor_element(kind: u32) -> Option<Element> {
    let block = Element::block;
    Some(match kind {
        0 => Element::F32,
        1 => Element::F16,
        2 => block("Q4_0", 32, 18),
        3 => block("Q4_1", 32, 20),
        6 => block("Q5_0", 32, 22),
        7 => block("Q5_1", 32, 24),
        8 => block("Q8_0", 32, 34),
        9 => block("Q8_1", 32, 36),
        10 => block("Q2_K", 256, 84),
        11 => block("Q3_K", 256, 110),
        12 => block("Q4_K", 256, 144),
        13 => block("Q5_K", 256, 176),
        14 => block("Q6_K", 256, 210),
        15 => block("Q8_K", 256, 292),
        16 => block("IQ2_XXS", 256, 66),
        17 => block("IQ2_XS", 256, 74),
        18 => block("IQ3_XXS", 256, 98),
        19 => block("IQ1_S", 256, 50),
        20 => block("IQ4_NL", 32, 18),
        21 => block("IQ3_S", 256, 110),
        22 => block("IQ2_S", 256, 82),
        23 => block("IQ4_XS", 256, 136),
        24 => Element::I8,
        25 => Element::I16,
        26 => Element::I32,
        27 => Element::I64,
        28 => Element::F64,
        29 => block("IQ1_M", 256, 56),
        30 => Element::BF16,
        34 => block("TQ1_0", 256, 54),
        35 => block("TQ2_0", 256, 66),
        39 => block("MXFP4", 32, 17),
        40 => block("NVFP4", 64, 36),
        _ => return None,
    })
}
