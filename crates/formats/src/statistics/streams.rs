//! The streams that a payload can be hidden in: the lowest bytes of each number in either order, or its lowest bits packed.

use super::signature;
use crate::{Element, element::Class};

/// Bytes of a stream that are taken out at the start of a tensor.
const START: usize = 512;

/// What the start of a tensor holds: how many bits of each number carry it, and what it is.
pub(super) fn at_start(bytes: &[u8], element: Element, big_endian: bool) -> Option<(u32, &'static str)> {
    // The bytes as they lie there. Tensors of bytes hold serialised states honestly; programs they do not.
    let raw = signature::of(&bytes[..bytes.len().min(START)]);
    let bytewise = element.block_bits == 8 && element.class != Class::Block;
    if let Some(content) = raw
        && (!bytewise || content.contains("program"))
    {
        return Some((element.block_bits.min(64) / element.per_block.max(1), content));
    }
    if !element.is_float() {
        return None;
    }
    streams(bytes, element, big_endian, START)
        .find_map(|(bits, stream)| Some((bits, signature::of(&stream)?)))
}

/// What begins anywhere in a window that was found to be no noise.
pub(super) fn anywhere(bytes: &[u8], element: Element, big_endian: bool) -> Option<&'static str> {
    const FIRST: [&[u8]; 5] = [b"\x7fELF", b"MZ", b"PK\x03\x04", b"#!/", b"import "];
    streams(bytes, element, big_endian, usize::MAX).find_map(|(_, stream)| {
        FIRST
            .iter()
            .flat_map(|first| memchr::memmem::find_iter(&stream, first))
            .take(64)
            .find_map(|at| signature::of(&stream[at..]))
    })
}

/// Every stream, at most `length` bytes of it, with how many bits of each number it takes.
fn streams(
    bytes: &[u8],
    element: Element,
    big_endian: bool,
    length: usize,
) -> impl Iterator<Item = (u32, Vec<u8>)> {
    let width = (element.block_bits as usize / 8).max(1);
    // All but the byte of sign and exponent.
    let wholes = (1..width).flat_map(move |count| {
        [false, true].into_iter().filter(move |reverse| count > 1 || !reverse).map(move |reverse| {
            (8 * count as u32, low_bytes(bytes, width, big_endian, count, reverse, length))
        })
    });
    let parts = [1u32, 2, 4].into_iter().flat_map(move |bits| {
        [false, true]
            .into_iter()
            .map(move |high_first| (bits, low_bits(bytes, width, big_endian, bits, high_first, length)))
    });
    wholes.chain(parts)
}

fn low_bytes(
    bytes: &[u8],
    width: usize,
    big_endian: bool,
    count: usize,
    reverse: bool,
    length: usize,
) -> Vec<u8> {
    let mut stream = Vec::new();
    for number in bytes.chunks_exact(width) {
        for index in 0..count {
            let plane = if reverse { count - 1 - index } else { index };
            stream.push(number[if big_endian { width - 1 - plane } else { plane }]);
        }
        if stream.len() >= length {
            break;
        }
    }
    stream
}

fn low_bits(
    bytes: &[u8],
    width: usize,
    big_endian: bool,
    bits: u32,
    high_first: bool,
    length: usize,
) -> Vec<u8> {
    let per_byte = 8 / bits as usize;
    let low = bytes
        .chunks_exact(width)
        .map(|number| number[if big_endian { width - 1 } else { 0 }] & ((1 << bits) - 1));
    let mut stream = Vec::new();
    let (mut byte, mut have) = (0u8, 0);
    for part in low {
        let shift = if high_first { (per_byte - 1 - have) as u32 } else { have as u32 } * bits;
        byte |= part << shift;
        have += 1;
        if have == per_byte {
            stream.push(byte);
            (byte, have) = (0, 0);
            if stream.len() >= length {
                break;
            }
        }
    }
    stream
}
