//! Deflate64 (ZIP method 9): Deflate with a window of 64 KiB, two more distance codes, and a longest match of 65,538 bytes.
//! No library of this workspace speaks it; memory is its window of 64 KiB and what one match writes.

use super::{Decoder, Fault};
use crate::Reader;

const WINDOW: usize = 65_536;
const LENGTH_BASE: [u16; 29] = [
    3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195,
    227, 3,
];
const LENGTH_BITS: [u8; 29] =
    [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 16];
const CODE_ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/// Lengths of codes to a decoder, bit by bit (canonical Huffman, as in RFC 1951, section 3.2.2).
#[derive(Default)]
struct Huffman {
    counts: [u16; 16],
    symbols: Vec<u16>,
}

impl Huffman {
    fn new(lengths: &[u8]) -> Option<Self> {
        let mut counts = [0_u16; 16];
        for &length in lengths {
            counts[usize::from(length & 15)] += 1;
        }
        counts[0] = 0;
        let mut left = 1_i32;
        for &count in &counts[1..] {
            left = (left << 1) - i32::from(count);
            if left < 0 {
                return None;
            }
        }
        let mut symbols = Vec::new();
        for length in 1..16_u8 {
            symbols.extend((0..lengths.len()).filter(|&i| lengths[i] == length).map(|i| i as u16));
        }
        Some(Huffman { counts, symbols })
    }
}

#[derive(Default)]
enum Block {
    #[default]
    Header,
    Stored(u16),
    Codes(Box<(Huffman, Huffman)>),
    Ended,
}

/// One stream.
pub(super) struct Inflate64<'a> {
    reader: Reader<'a>,
    start: u64,
    bits: u64,
    count: u32,
    block: Block,
    last: bool,
    window: Vec<u8>,
    filled: u64,
    /// A match that did not fit into the last buffer: distance and bytes left.
    copy: (usize, usize),
}

impl<'a> Inflate64<'a> {
    pub(super) fn new(reader: Reader<'a>) -> Self {
        let start = reader.position();
        let window = vec![0; WINDOW];
        Inflate64 {
            reader,
            start,
            bits: 0,
            count: 0,
            block: Block::Header,
            last: false,
            window,
            filled: 0,
            copy: (0, 0),
        }
    }

    fn bits(&mut self, count: u32) -> Result<u32, Fault> {
        while self.count < count {
            let byte = self.reader.byte().ok_or_else(|| Fault::truncated(0))?;
            self.bits |= u64::from(byte) << self.count;
            self.count += 8;
        }
        let value = (self.bits & ((1 << count) - 1)) as u32;
        self.bits >>= count;
        self.count -= count;
        Ok(value)
    }

    fn put(&mut self, byte: u8, out: &mut [u8], produced: &mut usize) {
        self.window[(self.filled % WINDOW as u64) as usize] = byte;
        self.filled += 1;
        out[*produced] = byte;
        *produced += 1;
    }

    fn symbol(&mut self, table: &Huffman) -> Result<usize, Fault> {
        let (mut code, mut first, mut index) = (0_i32, 0_i32, 0_i32);
        for length in 1..16 {
            code |= self.bits(1)? as i32;
            let count = i32::from(table.counts[length]);
            if code - count < first {
                let at = usize::try_from(index + code - first).unwrap_or(usize::MAX);
                return table
                    .symbols
                    .get(at)
                    .map(|s| usize::from(*s))
                    .ok_or_else(|| broken("an unknown code"));
            }
            index += count;
            first = (first + count) << 1;
            code <<= 1;
        }
        Err(broken("an unknown code"))
    }

    fn header(&mut self) -> Result<Block, Fault> {
        if self.last {
            return Ok(Block::Ended);
        }
        self.last = self.bits(1)? == 1;
        match self.bits(2)? {
            0 => {
                let drop = self.count % 8;
                self.bits(drop)?;
                let (length, check) = (self.bits(16)? as u16, self.bits(16)? as u16);
                if length != !check {
                    return Err(broken("a stored block whose length does not match its check"));
                }
                Ok(Block::Stored(length))
            }
            1 => {
                let mut lengths = [8_u8; 288];
                lengths[144..256].fill(9);
                lengths[256..280].fill(7);
                codes(&lengths, &[5; 32])
            }
            2 => self.dynamic(),
            _ => Err(broken("a block of a reserved type")),
        }
    }

    fn dynamic(&mut self) -> Result<Block, Fault> {
        let (literals, distances) = (self.bits(5)? as usize + 257, self.bits(5)? as usize + 1);
        let order = self.bits(4)? as usize + 4;
        let mut lengths = [0_u8; 19];
        for &at in CODE_ORDER.iter().take(order) {
            lengths[at] = self.bits(3)? as u8;
        }
        let table = Huffman::new(&lengths).ok_or_else(|| broken("a code that is over-full"))?;
        let mut lengths = Vec::new();
        while lengths.len() < literals + distances {
            let (value, times) = match self.symbol(&table)? {
                16 => {
                    (*lengths.last().ok_or_else(|| broken("a repeat without a length"))?, 3 + self.bits(2)?)
                }
                17 => (0, 3 + self.bits(3)?),
                18 => (0, 11 + self.bits(7)?),
                length => (length as u8, 1),
            };
            lengths.extend(std::iter::repeat_n(value, times as usize));
        }
        lengths.truncate(literals + distances);
        codes(&lengths[..literals], &lengths[literals..])
    }

    fn coded(
        &mut self,
        tables: &(Huffman, Huffman),
        out: &mut [u8],
        produced: &mut usize,
    ) -> Result<bool, Fault> {
        while *produced < out.len() {
            match self.symbol(&tables.0)? {
                byte @ 0..=255 => self.put(byte as u8, out, produced),
                256 => return Ok(true),
                symbol => {
                    let at = symbol - 257;
                    let (Some(base), Some(bits)) = (LENGTH_BASE.get(at), LENGTH_BITS.get(at)) else {
                        return Err(broken("an unknown length"));
                    };
                    let length = usize::from(*base) + self.bits(u32::from(*bits))? as usize;
                    let symbol = self.symbol(&tables.1)?;
                    let extra = (symbol as u32 / 2).saturating_sub(1);
                    let base =
                        if symbol < 4 { symbol as u32 + 1 } else { ((2 + symbol as u32 % 2) << extra) + 1 };
                    let distance = base as usize + self.bits(extra)? as usize;
                    if distance as u64 > self.filled || distance > WINDOW {
                        return Err(broken("a distance beyond the start"));
                    }
                    self.copy = (distance, length);
                    self.repeat(out, produced);
                }
            }
        }
        Ok(false)
    }

    fn repeat(&mut self, out: &mut [u8], produced: &mut usize) {
        while self.copy.1 > 0 && *produced < out.len() {
            let at = (self.filled.saturating_sub(self.copy.0 as u64) % WINDOW as u64) as usize;
            self.put(self.window[at], out, produced);
            self.copy.1 -= 1;
        }
    }

    fn fill(&mut self, out: &mut [u8], produced: &mut usize) -> Result<(), Fault> {
        self.repeat(out, produced);
        while *produced < out.len() {
            match std::mem::take(&mut self.block) {
                Block::Ended => {
                    self.block = Block::Ended;
                    return Ok(());
                }
                Block::Header | Block::Stored(0) => self.block = self.header()?,
                Block::Stored(left) => {
                    let byte = self.bits(8)? as u8;
                    self.put(byte, out, produced);
                    self.block = Block::Stored(left - 1);
                }
                Block::Codes(tables) => {
                    if !self.coded(&tables, out, produced)? {
                        self.block = Block::Codes(tables);
                    }
                }
            }
        }
        Ok(())
    }
}

fn codes(literals: &[u8], distances: &[u8]) -> Result<Block, Fault> {
    match (Huffman::new(literals), Huffman::new(distances)) {
        (Some(literals), Some(distances)) => Ok(Block::Codes(Box::new((literals, distances)))),
        _ => Err(broken("a code that is over-full")),
    }
}

fn broken(what: &str) -> Fault {
    Fault::broken(0, format!("the Deflate64 stream is broken: {what}"))
}

impl Decoder for Inflate64<'_> {
    fn read(&mut self, out: &mut [u8]) -> Result<usize, Fault> {
        let mut produced = 0;
        self.fill(out, &mut produced).map_err(|fault| Fault { produced, ..fault })?;
        Ok(produced)
    }

    fn used(&self) -> u64 {
        self.reader.position().saturating_sub(self.start).saturating_sub(u64::from(self.count / 8))
    }
}
