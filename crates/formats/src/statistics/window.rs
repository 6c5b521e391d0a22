//! One window of floating-point numbers: histograms of its low bytes and of its packed low bits, and the tests on them.

use super::{Sign, planes};
use crate::{Class, Element};

/// Histograms, kept from window to window so that nothing is allocated.
#[derive(Debug)]
pub(super) struct Window {
    /// The lowest byte of each number.
    low: Vec<u8>,
    bytes: [[u16; 256]; 3],
    /// Bit 0, bit 1, bit 2, bit 3, the two lowest and the four lowest bits, packed.
    bits: [[u16; 256]; 6],
    /// The numbers themselves, only when a test fails.
    numbers: Vec<u64>,
}

impl Default for Window {
    fn default() -> Self {
        Window { low: Vec::new(), bytes: [[0; 256]; 3], bits: [[0; 256]; 6], numbers: Vec::new() }
    }
}

/// The bytes of a number of each width that noise fills: 0 is the lowest.
fn noisy_bytes(width: usize) -> &'static [usize] {
    match width {
        2 => &[0],
        4 => &[0, 1],
        _ => &[0, 1, 3],
    }
}

/// How many bits are packed in each of the histograms of bits.
const PACKED: [u32; 6] = [1, 1, 1, 1, 2, 4];

impl Window {
    /// The first sign of a payload, or none.
    pub(super) fn judge(&mut self, bytes: &[u8], element: Element, big_endian: bool) -> Option<Sign> {
        let Class::Float { mantissa } = element.class else { return None };
        let width = element.block_bits as usize / 8;
        let alarm = planes::byte_alarm(mantissa);
        let planes = noisy_bytes(width);
        self.bytes = [[0; 256]; 3];
        match (width, big_endian) {
            (2, false) => self.count::<2>(bytes, planes, false),
            (4, false) => self.count::<4>(bytes, planes, false),
            (8, false) => self.count::<8>(bytes, planes, false),
            (2, true) => self.count::<2>(bytes, planes, true),
            (4, true) => self.count::<4>(bytes, planes, true),
            (8, true) => self.count::<8>(bytes, planes, true),
            _ => return None,
        }
        for (index, plane) in planes.iter().enumerate() {
            if let Some(concentration) = planes::byte_plane(&self.bytes[index], alarm)
                && !self.is_natural(bytes, width, big_endian, Some(*plane))
            {
                return Some(Sign::Byte { byte: *plane as u32, concentration });
            }
        }
        // All low bytes even and no low bit set: a conversion from fewer bits, or zeros.
        if self.low.iter().all(|byte| byte & 15 == 0) {
            return None;
        }
        self.count_bits();
        for (index, bits) in PACKED.iter().enumerate() {
            if let Some(concentration) = planes::packed_bits(&self.bits[index], *bits)
                && !self.is_natural(bytes, width, big_endian, None)
            {
                return Some(Sign::Bits { bits: *bits, concentration });
            }
        }
        None
    }

    fn count<const WIDTH: usize>(&mut self, bytes: &[u8], planes: &[usize], big_endian: bool) {
        // The lowest byte last, so that it stays for the bits.
        for (index, plane) in planes.iter().enumerate().rev() {
            let at = if big_endian { WIDTH - 1 - plane } else { *plane };
            self.low.clear();
            self.low.extend(bytes.as_chunks::<WIDTH>().0.iter().map(|number| number[at]));
            count(&self.low, &mut self.bytes[index]);
        }
    }

    fn count_bits(&mut self) {
        self.bits = [[0; 256]; 6];
        let mut add = |histogram: usize, symbol: u64| {
            let count = &mut self.bits[histogram][(symbol & 255) as usize];
            *count = count.wrapping_add(1);
        };
        for eight in self.low.as_chunks::<8>().0 {
            let x = u64::from_le_bytes(*eight);
            for bit in 0..4 {
                // One multiplication gathers the lowest bit of each byte in the highest byte.
                let lowest = (x >> bit) & 0x0101_0101_0101_0101;
                add(bit, lowest.wrapping_mul(0x0102_0408_1020_4080) >> 56);
            }
            let pairs = x & 0x0303_0303_0303_0303;
            let pairs = pairs | pairs >> 6 | pairs >> 12 | pairs >> 18;
            add(4, pairs);
            add(4, pairs >> 32);
            let nibbles = x & 0x0f0f_0f0f_0f0f_0f0f;
            let nibbles = nibbles | nibbles >> 4;
            add(5, nibbles);
            add(5, nibbles >> 16);
            add(5, nibbles >> 32);
            add(5, nibbles >> 48);
        }
    }

    /// Whether the numbers themselves explain what a test saw.
    fn is_natural(&mut self, bytes: &[u8], width: usize, big_endian: bool, plane: Option<usize>) -> bool {
        self.numbers.clear();
        self.numbers.extend(bytes.chunks_exact(width).map(|number| {
            let fold = |all: u64, byte: &u8| all << 8 | u64::from(*byte);
            if big_endian { number.iter().fold(0, fold) } else { number.iter().rev().fold(0, fold) }
        }));
        planes::is_natural(&self.numbers, width, plane)
    }
}

/// Counts bytes. Two tables in turn, so that equal bytes in a row do not wait for one another.
fn count(bytes: &[u8], histogram: &mut [u16; 256]) {
    let mut other = [0u16; 256];
    let (eights, rest) = bytes.as_chunks::<8>();
    for eight in eights {
        let x = u64::from_le_bytes(*eight);
        for shift in [0, 16, 32, 48] {
            let (a, b) = ((x >> shift & 255) as usize, (x >> (shift + 8) & 255) as usize);
            histogram[a] = histogram[a].wrapping_add(1);
            other[b] = other[b].wrapping_add(1);
        }
    }
    for byte in rest {
        let count = &mut histogram[usize::from(*byte)];
        *count = count.wrapping_add(1);
    }
    for (count, more) in histogram.iter_mut().zip(other) {
        *count = count.wrapping_add(more);
    }
}
