//! Where decompressed members go: into memory while the budget lasts, then into one unlinked temporary file that the
//! supervisor opened before the worker confined itself. The worker itself never opens anything.

use crate::{
    ReadAt, Source,
    limits::{Grant, MemoryBudget},
};
use std::{
    fs::File,
    io::{self, Write},
    os::unix::fs::FileExt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

/// A member of up to this size stays in memory when the budget has room for it.
const IN_MEMORY: usize = 16 << 20;

/// Hands out writers, and turns what they wrote into sources.
#[derive(Clone, Debug)]
pub struct Spool {
    memory: MemoryBudget,
    file: Option<Arc<SpoolFile>>,
}

#[derive(Debug)]
struct SpoolFile {
    file: File,
    /// Where the next region starts, and how many regions are alive: when none is, the file starts over.
    next: AtomicU64,
    alive: AtomicU64,
}

impl Spool {
    /// A spool with a memory budget and, for members that do not fit, a temporary file. Without one they are refused.
    #[must_use]
    pub fn new(memory: MemoryBudget, file: Option<File>) -> Self {
        let file =
            file.map(|file| Arc::new(SpoolFile { file, next: AtomicU64::new(0), alive: AtomicU64::new(0) }));
        Spool { memory, file }
    }

    /// A writer for one member. One writer writes at a time: regions of the file are contiguous.
    #[must_use]
    pub fn writer(&self) -> SpoolWriter {
        SpoolWriter { spool: self.clone(), buffer: Vec::new(), grants: Vec::new(), region: None, written: 0 }
    }
}

/// Collects the bytes of one member.
#[derive(Debug)]
pub struct SpoolWriter {
    spool: Spool,
    buffer: Vec<u8>,
    grants: Vec<Grant>,
    region: Option<Region>,
    written: u64,
}

#[derive(Debug)]
struct Region {
    file: Arc<SpoolFile>,
    start: u64,
    length: u64,
}

impl Drop for Region {
    fn drop(&mut self) {
        if self.file.alive.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.file.next.store(0, Ordering::Release);
        }
    }
}

impl ReadAt for Region {
    fn size(&self) -> u64 {
        self.length
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        if offset >= self.length {
            return Ok(0);
        }
        let length = (self.length - offset).min(buffer.len() as u64) as usize;
        self.file.file.read_at(&mut buffer[..length], self.start + offset)
    }
}

struct Memory {
    bytes: Vec<u8>,
    _grants: Vec<Grant>,
}

impl ReadAt for Memory {
    fn size(&self) -> u64 {
        self.bytes.size()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.bytes.read_at(offset, buffer)
    }
}

impl SpoolWriter {
    /// Bytes written so far.
    #[must_use]
    pub fn written(&self) -> u64 {
        self.written
    }

    /// What was written, to be read by position.
    #[must_use]
    pub fn finish(mut self) -> Source {
        match self.region.take() {
            Some(region) => Source::new(Arc::new(region)),
            None => Source::new(Arc::new(Memory { bytes: self.buffer, _grants: self.grants })),
        }
    }

    fn move_to_file(&mut self) -> io::Result<()> {
        let Some(file) = self.spool.file.clone() else {
            return Err(io::Error::new(io::ErrorKind::OutOfMemory, "the memory budget is used up"));
        };
        file.alive.fetch_add(1, Ordering::AcqRel);
        let start = file.next.load(Ordering::Acquire);
        let region = Region { file, start, length: self.buffer.len() as u64 };
        region.file.file.write_all_at(&self.buffer, start)?;
        region.file.next.store(start + region.length, Ordering::Release);
        self.region = Some(region);
        self.buffer = Vec::new();
        self.grants.clear();
        Ok(())
    }
}

impl Write for SpoolWriter {
    /// # Errors
    /// `OutOfMemory` when neither memory nor a file has room for it.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.region.is_none() {
            let needed = self.buffer.len() + bytes.len();
            if needed > self.buffer.capacity() {
                let grow = needed.next_power_of_two().max(4096) - self.buffer.capacity();
                match (needed <= IN_MEMORY).then(|| self.spool.memory.take(grow as u64)).flatten() {
                    Some(grant) => {
                        self.grants.push(grant);
                        self.buffer.reserve_exact(grow + self.buffer.capacity() - self.buffer.len());
                    }
                    None => self.move_to_file()?,
                }
            }
        }
        match &mut self.region {
            Some(region) => {
                region.file.file.write_all_at(bytes, region.start + region.length)?;
                region.length += bytes.len() as u64;
                region.file.next.store(region.start + region.length, Ordering::Release);
            }
            None => self.buffer.extend_from_slice(bytes),
        }
        self.written += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_in_memory_goes_to_the_file() {
        let file = tempfile();
        let spool = Spool::new(MemoryBudget::new(10_000), Some(file));
        let bytes: Vec<u8> = (0..100_000u32).map(|i| i as u8).collect();
        let mut writer = spool.writer();
        for chunk in bytes.chunks(1000) {
            writer.write_all(chunk).unwrap();
        }
        assert_eq!(writer.finish().read_vec(0, 200_000), bytes);
    }

    #[test]
    fn without_a_file_the_memory_budget_is_the_end() {
        let spool = Spool::new(MemoryBudget::new(10_000), None);
        let mut writer = spool.writer();
        assert!(writer.write_all(&[0; 100_000]).is_err());
    }

    fn tempfile() -> File {
        let path = std::env::temp_dir().join(format!("modelward-spool-{}", std::process::id()));
        let file = File::options().read(true).write(true).create_new(true).open(&path).unwrap();
        std::fs::remove_file(path).unwrap();
        file
    }
}
