//! The file below its objects: where it starts, how wide its addresses are, and reads that end at its end.

use super::bytes::Bytes;
use crate::Source;

const SIGNATURE: [u8; 8] = *b"\x89HDF\r\n\x1a\n";

/// Reads relative to the superblock.
#[derive(Debug)]
pub(super) struct File {
    source: Source,
    /// Where the superblock stands in the whole.
    pub(super) base: u64,
    pub(super) version: u8,
    /// Bytes of an address and of a length.
    pub(super) address: usize,
    pub(super) length: usize,
    pub(super) root: u64,
}

/// Where the superblock stands; the library looks at 0, and then at 512 and its doublings.
pub(super) fn superblock(source: &Source) -> Option<u64> {
    let mut at = 0;
    loop {
        if source.array_at::<8>(at) == Some(SIGNATURE) {
            return Some(at);
        }
        at = if at == 0 { 512 } else { at.checked_mul(2)? };
        if at >= source.len() {
            return None;
        }
    }
}

impl File {
    pub(super) fn open(source: &Source) -> Option<File> {
        let base = superblock(source)?;
        let source = source.slice(base, u64::MAX);
        let head = source.read_vec(0, 256);
        let mut bytes = Bytes::new(head.get(8..)?);
        let version = bytes.byte()?;
        let (address, length);
        if version < 2 {
            bytes.take(4)?;
            (address, length) = (usize::from(bytes.byte()?), usize::from(bytes.byte()?));
            bytes.take(if version == 1 { 13 } else { 9 })?;
            if !(2..=8).contains(&address) || !(2..=8).contains(&length) {
                return None;
            }
            // Base, free space, end and driver information, then the entry of the root group: name, header.
            bytes.take(5 * address)?;
        } else {
            (address, length) = (usize::from(bytes.byte()?), usize::from(bytes.byte()?));
            bytes.byte()?;
            if !(2..=8).contains(&address) || !(2..=8).contains(&length) {
                return None;
            }
            bytes.take(3 * address)?;
        }
        let root = bytes.number(address)?;
        Some(File { source, base, version, address, length, root })
    }

    /// Exactly `count` bytes at an address; none when the file ends before. The caller bounds `count`.
    pub(super) fn at(&self, address: u64, count: usize) -> Option<Vec<u8>> {
        if address >= self.source.len() || self.source.len() - address < count as u64 {
            return None;
        }
        let bytes = self.source.read_vec(address, count);
        (bytes.len() == count).then_some(bytes)
    }

    /// Up to `count` bytes at an address.
    pub(super) fn up_to(&self, address: u64, count: usize) -> Vec<u8> {
        self.source.read_vec(address, count)
    }

    /// The address, unless it is the mark for none.
    pub(super) fn defined(&self, address: u64) -> Option<u64> {
        let none = if self.address == 8 { u64::MAX } else { (1u64 << (8 * self.address)) - 1 };
        (address != none).then_some(address)
    }
}
