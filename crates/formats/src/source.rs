//! Where bytes come from. A [`Source`] is read by position and with bounds: nothing here maps a file, keeps a whole file
//! in memory because a parser wants a slice, or trusts that a file keeps its length.

use std::{fmt, fs::File, io, os::unix::fs::FileExt, sync::Arc};

/// Bytes that can be read at any position.
pub trait ReadAt: Send + Sync {
    /// The number of bytes, as it was when the source was opened.
    fn size(&self) -> u64;

    /// Reads up to `buffer.len()` bytes from `offset`; fewer, or none, at the end.
    ///
    /// # Errors
    /// When the operating system cannot read them.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;
}

impl ReadAt for Vec<u8> {
    fn size(&self) -> u64 {
        self.len() as u64
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let start = usize::try_from(offset).unwrap_or(usize::MAX).min(self.len());
        let length = buffer.len().min(self.len() - start);
        buffer[..length].copy_from_slice(&self[start..start + length]);
        Ok(length)
    }
}

/// A file by one descriptor, from its first byte to the size it had when it was opened.
#[derive(Debug)]
pub struct FileSource {
    file: File,
    size: u64,
}

impl FileSource {
    /// The file, with the size that it has now.
    ///
    /// # Errors
    /// When its metadata cannot be read.
    pub fn new(file: File) -> io::Result<Self> {
        let size = file.metadata()?.len();
        Ok(FileSource { file, size })
    }

    /// The descriptor: to see whether the file changed.
    #[must_use]
    pub fn file(&self) -> &File {
        &self.file
    }
}

impl ReadAt for FileSource {
    fn size(&self) -> u64 {
        self.size
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        if offset >= self.size {
            return Ok(0);
        }
        let length = (self.size - offset).min(buffer.len() as u64) as usize;
        self.file.read_at(&mut buffer[..length], offset)
    }
}

/// A range of bytes of something that can be read by position. Cloning it is cheap.
#[derive(Clone)]
pub struct Source {
    inner: Arc<dyn ReadAt>,
    start: u64,
    length: u64,
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Source({} bytes from {:#x})", self.length, self.start)
    }
}

impl Source {
    #[must_use]
    pub fn new(inner: Arc<dyn ReadAt>) -> Self {
        let length = inner.size();
        Source { inner, start: 0, length }
    }

    #[must_use]
    pub fn from_vec(bytes: Vec<u8>) -> Self {
        Source::new(Arc::new(bytes))
    }

    /// The file, with the size that it has now.
    ///
    /// # Errors
    /// When its metadata cannot be read.
    pub fn from_file(file: File) -> io::Result<Self> {
        Ok(Source::new(Arc::new(FileSource::new(file)?)))
    }

    #[must_use]
    pub fn len(&self) -> u64 {
        self.length
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The part from `start`, at most `length` bytes long; cut to what there is.
    #[must_use]
    pub fn slice(&self, start: u64, length: u64) -> Source {
        let start = start.min(self.length);
        Source {
            inner: Arc::clone(&self.inner),
            start: self.start + start,
            length: length.min(self.length - start),
        }
    }

    /// Fills as much of `buffer` as there are bytes from `offset`, and says how much. A read error counts as the end:
    /// the collector sees it again when it hashes the file, and reports it there.
    pub fn read_at(&self, offset: u64, buffer: &mut [u8]) -> usize {
        if offset >= self.length {
            return 0;
        }
        let wanted = (self.length - offset).min(buffer.len() as u64) as usize;
        let mut done = 0;
        while done < wanted {
            match self.inner.read_at(self.start + offset + done as u64, &mut buffer[done..wanted]) {
                Ok(0) => break,
                Ok(count) => done += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
        done
    }

    /// Up to `length` bytes from `offset` in a new vector: shorter at the end. The caller bounds `length`.
    #[must_use]
    pub fn read_vec(&self, offset: u64, length: usize) -> Vec<u8> {
        let available = self.length.saturating_sub(offset).min(length as u64) as usize;
        let mut bytes = vec![0; available];
        let count = self.read_at(offset, &mut bytes);
        bytes.truncate(count);
        bytes
    }

    /// Exactly `N` bytes from `offset`, or none at the end.
    #[must_use]
    pub fn array_at<const N: usize>(&self, offset: u64) -> Option<[u8; N]> {
        let mut bytes = [0; N];
        (self.read_at(offset, &mut bytes) == N).then_some(bytes)
    }

    /// A buffered reader from `offset`. Memory: one buffer of 64 KiB.
    #[must_use]
    pub fn reader(&self, offset: u64) -> Reader<'_> {
        Reader { source: self, position: offset, buffer: Vec::new(), buffer_start: offset }
    }
}

const BUFFER: usize = 64 * 1024;

/// A buffered reader over a [`Source`] that can skip without reading.
#[derive(Debug)]
pub struct Reader<'a> {
    source: &'a Source,
    position: u64,
    buffer: Vec<u8>,
    buffer_start: u64,
}

impl Reader<'_> {
    #[must_use]
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Goes to `position`, also beyond the end.
    pub fn seek(&mut self, position: u64) {
        self.position = position;
    }

    /// Bytes that are left.
    #[must_use]
    pub fn remaining(&self) -> u64 {
        self.source.len().saturating_sub(self.position)
    }

    /// What is buffered at the position: at least one byte unless the end was reached.
    pub fn window(&mut self) -> &[u8] {
        let end = self.buffer_start + self.buffer.len() as u64;
        if self.position < self.buffer_start || self.position >= end {
            let length = self.remaining().min(BUFFER as u64) as usize;
            self.buffer.resize(length, 0);
            let count = self.source.read_at(self.position, &mut self.buffer);
            self.buffer.truncate(count);
            self.buffer_start = self.position;
        }
        &self.buffer[(self.position - self.buffer_start) as usize..]
    }

    /// What the buffer happens to hold from `offset`; nothing is read.
    #[must_use]
    pub fn buffered(&self, offset: u64) -> &[u8] {
        let start = offset.checked_sub(self.buffer_start).and_then(|start| usize::try_from(start).ok());
        start.and_then(|start| self.buffer.get(start..)).unwrap_or_default()
    }

    /// The next byte; none at the end.
    pub fn byte(&mut self) -> Option<u8> {
        let byte = self.window().first().copied()?;
        self.position += 1;
        Some(byte)
    }

    /// The next `N` bytes; none, and no step forward, when fewer are left.
    pub fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let window = self.window();
        if let Some(bytes) = window.first_chunk::<N>() {
            let bytes = *bytes;
            self.position += N as u64;
            return Some(bytes);
        }
        let bytes = self.source.array_at::<N>(self.position)?;
        self.position += N as u64;
        Some(bytes)
    }

    /// The next `length` bytes; none, and no step forward, when fewer are left. The caller bounds `length`.
    pub fn bytes(&mut self, length: usize) -> Option<Vec<u8>> {
        if self.remaining() < length as u64 {
            return None;
        }
        let bytes = self.source.read_vec(self.position, length);
        (bytes.len() == length).then(|| {
            self.position += length as u64;
            bytes
        })
    }
}

impl io::Read for Reader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let window = self.window();
        let count = window.len().min(buffer.len());
        buffer[..count].copy_from_slice(&window[..count]);
        self.position += count as u64;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slice_never_reaches_beyond_its_parent() {
        let source = Source::from_vec(b"0123456789".to_vec()).slice(2, 5);
        assert_eq!(source.read_vec(0, 100), b"23456");
        assert_eq!(source.slice(3, 100).read_vec(0, 100), b"56");
        assert_eq!(source.slice(100, 100).len(), 0);
    }

    #[test]
    fn a_reader_crosses_its_buffer_without_losing_a_byte() {
        let bytes: Vec<u8> = (0..200_000u32).map(|i| (i % 251) as u8).collect();
        let source = Source::from_vec(bytes.clone());
        let mut reader = source.reader(0);
        let mut read = Vec::new();
        while let Some(chunk) = reader.array::<7>() {
            read.extend_from_slice(&chunk);
        }
        while let Some(byte) = reader.byte() {
            read.push(byte);
        }
        assert_eq!(read, bytes);
    }
}
