//! Formats without bytes of their own: told by numbers that must fit, or by decoding the first bytes.

use crate::{Source, archive};

/// Anything but nothing.
pub(super) fn any(head: &[u8], _: &Source) -> bool {
    !head.is_empty()
}

/// RFC 1950: the two bytes are a multiple of 31, and the first block decodes.
pub(super) fn zlib(head: &[u8], source: &Source) -> bool {
    matches!(head, [first, second, _, ..] if first & 0x0f == 8
        && first >> 4 <= 7
        && (u16::from(*first) << 8 | u16::from(*second)) % 31 == 0
        && second & 0x20 == 0)
        && archive::starts(archive::Codec::Zlib, source)
}

/// The `.lzma` header (LZMA SDK, `lzma.txt`): properties below 225, a dictionary size as encoders write it, a size that is
/// unknown or below a tebibyte, a first byte of zero in the range coder; and the first bytes decode.
pub(super) fn lzma(head: &[u8], source: &Source) -> bool {
    let Some([properties, d0, d1, d2, d3, size @ .., zero]) = head.first_chunk::<14>() else {
        return false;
    };
    let dictionary = u32::from_le_bytes([*d0, *d1, *d2, *d3]);
    let size = u64::from_le_bytes(*size);
    let shifted = dictionary.trailing_zeros() + 2;
    let usual = dictionary >= 4096 && (dictionary == u32::MAX || dictionary >> shifted.min(31) == 0);
    *properties < 225
        && *zero == 0
        && usual
        && (size == u64::MAX || size < 1 << 40)
        && archive::starts(archive::Codec::Lzma, source)
}

/// UBJSON of XGBoost: an object whose first key is `learner` or `version`, its length in any of the integer types.
pub(super) fn xgboost_ubj(head: &[u8], _: &Source) -> bool {
    head.first() == Some(&b'{')
        && head.get(1).is_some_and(|kind| b"iUIlL".contains(kind))
        && head.get(2..).is_some_and(|rest| {
            let rest = &rest[..rest.len().min(16)];
            memchr::memmem::find(rest, b"learner").is_some()
                || memchr::memmem::find(rest, b"version").is_some()
        })
}

/// A protocol buffer: the first few fields have a wire type that exists and lengths that fit.
pub(super) fn protobuf(head: &[u8], source: &Source) -> bool {
    let (mut at, mut fields) = (0_u64, 0);
    let varint = |at: &mut u64| -> Option<u64> {
        let mut value = 0_u64;
        for shift in 0..10 {
            let [byte] = source.array_at::<1>(*at)?;
            *at += 1;
            value |= u64::from(byte & 0x7f).checked_shl(shift * 7).unwrap_or(0);
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    };
    while at < source.len() && fields < 8 {
        let Some(key) = varint(&mut at) else {
            return false;
        };
        if key >> 3 == 0 || key >> 3 > 536_870_911 {
            return false;
        }
        let step = match key & 7 {
            0 => varint(&mut at).map(|_| 0),
            1 => Some(8),
            2 => varint(&mut at),
            5 => Some(4),
            _ => None,
        };
        let Some(next) = step.and_then(|step| at.checked_add(step)).filter(|next| *next <= source.len())
        else {
            return false;
        };
        at = next;
        fields += 1;
    }
    !head.is_empty() && fields > 0
}

/// A map or an array as the outermost value, as Flax writes it.
pub(super) fn msgpack(head: &[u8], _: &Source) -> bool {
    matches!(head, [0x80..=0x9f | 0xdc..=0xdf, ..])
}

/// The index of a TensorFlow checkpoint: a table with its magic at the end.
pub(super) fn table(_: &[u8], source: &Source) -> bool {
    source.len().checked_sub(8).and_then(|at| source.array_at::<8>(at)).map(u64::from_le_bytes)
        == Some(0xdb47_7524_8b80_fb57)
}
