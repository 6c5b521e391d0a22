//! Traces that a payload leaves in the bytes of tensors, found in the one pass that hashes a file.
//!
//! The low bits of trained floating-point numbers look like noise. A program, a script or an archive that is written into
//! them does not: few byte values are frequent. [`Planes`] is fed the file in order and looks, window by window, at the low
//! bytes of each number and at its lowest bits packed to bytes ([`planes`](self)); at the start of each tensor it looks for
//! the signatures of programs and archives in every stream that such low bytes or bits form ([`streams`](self)). What looks
//! regular for a natural reason (a grid, a conversion from fewer bits, rounded decimals, repetition) is told apart, and then
//! nothing is said. Compressed or encrypted payloads look like noise and stay hidden: a clean report is no guarantee.
//!
//! Memory: one window (at most 32 KiB) and its histograms, plus the ranges. Time: linear, a few operations per number.
//! Start with [`ranges`] and [`Planes`].

mod planes;
mod signature;
mod streams;
mod window;

use crate::{Element, Parsed, Source, element::Class};
use window::Window;

/// Numbers that are judged together.
pub const WINDOW: usize = 4096;
/// Fewer numbers than this say nothing.
const LEAST: usize = 1024;
/// Alarms that are kept.
const KEPT: usize = 256;

/// Where the numbers of one tensor lie, in order and without holes.
#[derive(Clone, Debug, PartialEq)]
pub struct Range {
    /// From the start of what is fed.
    pub offset: u64,
    /// In bytes.
    pub length: u64,
    pub element: Element,
    pub big_endian: bool,
    pub name: String,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// In the order of the file; at most 256.
    pub alarms: Vec<Alarm>,
    /// How many numbers were looked at.
    pub numbers: u64,
}

/// A stretch of numbers that do not look like numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Alarm {
    pub sign: Sign,
    /// The tensor.
    pub name: String,
    /// Where the first window, or the tensor, starts.
    pub offset: u64,
    /// From there to the end of the last window in a row.
    pub length: u64,
    /// What the payload is, when its first bytes say so.
    pub content: Option<&'static str>,
}

/// What gave a payload away.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Sign {
    /// The signature of `content` stands in the stream of these bits of each number, at the start of the tensor.
    Signature { bits: u32 },
    /// In byte `byte` of the numbers (0 is the lowest) few values are frequent: `concentration` times what noise shows.
    Byte { byte: u32, concentration: u32 },
    /// So it is in the lowest bits, `bits` of each number packed to bytes, compared with independent bits.
    Bits { bits: u32, concentration: u32 },
}

impl Element {
    fn window_bytes(self) -> usize {
        WINDOW * (self.block_bits as usize / 8).clamp(1, 8)
    }

    /// Whether the low bits of such numbers look like noise when they were trained.
    fn is_float(self) -> bool {
        matches!(self.class, Class::Float { .. })
            && matches!(self.block_bits, 16 | 32 | 64)
            && self.per_block == 1
    }
}

/// Where the tensors of a parsed file lie in it: of a safetensors, GGUF or NumPy file. None for other formats, and for tensors
/// that do not lie within the file.
#[must_use]
pub fn ranges(parsed: &Parsed, file_length: u64) -> Vec<Range> {
    let range = |offset: u64, length: u64, element: Element, big_endian: bool, name: &str| {
        let inside = offset.checked_add(length).is_some_and(|end| end <= file_length);
        inside.then(|| Range { offset, length, element, big_endian, name: name.chars().take(120).collect() })
    };
    match parsed {
        Parsed::Safetensors(file) => file
            .tensors
            .iter()
            .filter_map(|t| range(t.start, t.end.checked_sub(t.start)?, t.element?, false, &t.name))
            .collect(),
        Parsed::Gguf(file) => file
            .tensors
            .iter()
            .filter_map(|t| range(t.start, t.length?, t.element?, file.big_endian, &t.name))
            .collect(),
        Parsed::Numpy(array) if array.pickle_offset.is_none() => array
            .element
            .and_then(|element| {
                let length = file_length.checked_sub(array.data_start)?;
                range(array.data_start, length, element, array.big_endian, "array")
            })
            .into_iter()
            .collect(),
        _ => Vec::new(),
    }
}

/// Looks at the tensors of a source by itself: for who does not read the source anyway.
#[must_use]
pub fn scan(source: &Source, ranges: Vec<Range>) -> Report {
    let mut planes = Planes::new(ranges);
    let mut buffer = vec![0; if planes.is_idle() { 0 } else { 256 << 10 }];
    while let Some(at) = planes.wanted() {
        let count = source.read_at(at, &mut buffer);
        if count == 0 {
            break;
        }
        planes.update(at, &buffer[..count]);
    }
    planes.finish()
}

/// Looks at tensors while their file is fed to it in order.
#[derive(Debug)]
pub struct Planes {
    /// Ordered, without overlaps.
    ranges: Vec<Range>,
    /// The range that is being read, and how many of its bytes were.
    current: usize,
    done: u64,
    window: Window,
    /// Bytes of a window that is not full yet.
    held: Vec<u8>,
    report: Report,
}

impl Planes {
    /// Ranges may come in any order; of those that overlap the first counts.
    #[must_use]
    pub fn new(mut ranges: Vec<Range>) -> Self {
        ranges.retain(|range| range.length > 0);
        ranges.sort_by(|a, b| (a.offset, a.length, &a.name).cmp(&(b.offset, b.length, &b.name)));
        let mut end = 0;
        ranges.retain(|range| {
            let apart = range.offset >= end;
            if apart {
                end = range.offset.saturating_add(range.length);
            }
            apart
        });
        // Of other elements only the start is looked at.
        for range in ranges.iter_mut().filter(|range| !range.element.is_float()) {
            range.length = range.length.min(range.element.window_bytes() as u64);
        }
        Planes {
            ranges,
            current: 0,
            done: 0,
            window: Window::default(),
            held: Vec::new(),
            report: Report::default(),
        }
    }

    /// Whether there is nothing to look at, so that feeding can be left out.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.current >= self.ranges.len()
    }

    /// Where the next bytes lie that are of interest.
    #[must_use]
    pub fn wanted(&self) -> Option<u64> {
        self.ranges.get(self.current).map(|range| range.offset.saturating_add(self.done))
    }

    /// The next bytes of the file; `offset` is where they stand in it. Chunks come in order and without holes.
    pub fn update(&mut self, offset: u64, chunk: &[u8]) {
        let chunk_end = offset.saturating_add(chunk.len() as u64);
        while let Some(range) = self.ranges.get(self.current) {
            let wanted = range.offset.saturating_add(self.done);
            if wanted >= chunk_end {
                return;
            }
            let left = range.length - self.done;
            // A hole in what is fed: the rest of this tensor cannot be judged.
            let Some(skip) = wanted.checked_sub(offset) else {
                self.next_range();
                continue;
            };
            let start = skip as usize;
            let length = left.min(chunk.len() as u64 - skip) as usize;
            self.feed(&chunk[start..start + length]);
            self.done += length as u64;
            if length as u64 == left {
                self.finish_range();
            }
        }
    }

    /// What was found.
    #[must_use]
    pub fn finish(mut self) -> Report {
        self.report.alarms.sort_by(|a, b| (a.offset, &a.name).cmp(&(b.offset, &b.name)));
        self.report
    }

    fn next_range(&mut self) {
        self.current += 1;
        self.done = 0;
        self.held.clear();
    }

    fn finish_range(&mut self) {
        let held = std::mem::take(&mut self.held);
        if !held.is_empty() {
            let at = self.done - held.len() as u64;
            self.judge(&held, at);
        }
        self.held = held;
        self.next_range();
    }

    /// Bytes of the current range, at `done` within it.
    fn feed(&mut self, mut bytes: &[u8]) {
        let Some(range) = self.ranges.get(self.current) else { return };
        let size = range.element.window_bytes();
        let mut at = self.done;
        if !self.held.is_empty() {
            at -= self.held.len() as u64;
            let take = (size - self.held.len()).min(bytes.len());
            self.held.extend_from_slice(&bytes[..take]);
            bytes = &bytes[take..];
            if self.held.len() < size {
                return;
            }
            let held = std::mem::take(&mut self.held);
            self.judge(&held, at);
            self.held = held;
            self.held.clear();
            at += size as u64;
        }
        let mut windows = bytes.chunks_exact(size);
        for window in &mut windows {
            self.judge(window, at);
            at += size as u64;
        }
        self.held.extend_from_slice(windows.remainder());
    }

    /// One window of the current range, at `at` within it.
    fn judge(&mut self, bytes: &[u8], at: u64) {
        let Some(range) = self.ranges.get(self.current) else { return };
        if at == 0
            && let Some((bits, content)) = streams::at_start(bytes, range.element, range.big_endian)
        {
            let sign = Sign::Signature { bits };
            self.alarm(sign, 0, bytes.len() as u64, Some(content));
        }
        let Some(range) = self.ranges.get(self.current) else { return };
        let width = range.element.block_bits as usize / 8;
        if !range.element.is_float() || bytes.len() / width.max(1) < LEAST {
            return;
        }
        self.report.numbers += (bytes.len() / width) as u64;
        if let Some(sign) = self.window.judge(bytes, range.element, range.big_endian) {
            let content = streams::anywhere(bytes, range.element, range.big_endian);
            self.alarm(sign, at, bytes.len() as u64, content);
        }
    }

    /// Notes an alarm; one that continues the last is united with it.
    fn alarm(&mut self, sign: Sign, at: u64, length: u64, content: Option<&'static str>) {
        let Some(range) = self.ranges.get(self.current) else { return };
        let offset = range.offset + at;
        if let Some(last) = self.report.alarms.last_mut()
            && last.name == range.name
            && last.offset >= range.offset
            && last.offset + last.length >= offset
        {
            last.length = last.length.max(offset + length - last.offset);
            last.content = last.content.or(content);
            return;
        }
        if self.report.alarms.len() < KEPT {
            self.report.alarms.push(Alarm { sign, name: range.name.clone(), offset, length, content });
        }
    }
}

#[cfg(test)]
mod tests;
