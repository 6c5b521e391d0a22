//! Heaps: where names, long texts and the messages of large groups are kept.

use super::{
    bytes::{Bytes, trimmed},
    file::File,
    tree,
};

/// Bytes of one name, and of one object of a heap.
const NAME: usize = 4096;
const OBJECT: u64 = 32 << 20;
/// Objects of a global heap that are passed on the way to one.
const PASSED: usize = 65_536;
/// Indirect blocks within indirect blocks: each row doubles, so 64 rows are all that 64 bits hold.
const LEVELS: usize = 16;

/// The text at `offset` of the local heap at `address`.
pub(super) fn local(file: &File, address: u64, offset: u64) -> Option<String> {
    let head = file.at(address, 8 + 2 * file.length + file.address)?;
    let mut bytes = Bytes::new(&head);
    if bytes.take(4)? != b"HEAP" {
        return None;
    }
    bytes.take(4)?;
    let size = bytes.number(file.length)?;
    bytes.take(file.length)?;
    let data = bytes.number(file.address)?;
    if offset >= size {
        return None;
    }
    let most = (size - offset).min(NAME as u64) as usize;
    Some(trimmed(&file.up_to(data.checked_add(offset)?, most)))
}

/// The object `index` of the global heap's collection at `address`, and where it stands.
pub(super) fn global(file: &File, address: u64, index: u64) -> Option<(Vec<u8>, u64)> {
    let head = file.at(address, 8 + file.length)?;
    let mut bytes = Bytes::new(&head);
    if bytes.take(4)? != b"GCOL" {
        return None;
    }
    bytes.take(4)?;
    let end = address.checked_add(bytes.number(file.length)?)?;
    let mut at = address.checked_add(head.len() as u64)?;
    for _ in 0..PASSED {
        if at >= end {
            return None;
        }
        let head = file.at(at, 8 + file.length)?;
        let mut bytes = Bytes::new(&head);
        let own = bytes.number(2)?;
        bytes.take(6)?;
        let size = bytes.number(file.length)?;
        let data = at.checked_add(head.len() as u64)?;
        if own == index && own != 0 {
            let size = usize::try_from(size.min(OBJECT)).ok()?;
            return Some((file.at(data, size)?, data));
        }
        if own == 0 {
            return None;
        }
        at = data.checked_add(size.checked_add(7)? / 8 * 8)?;
    }
    None
}

/// The header of a fractal heap.
#[derive(Debug)]
pub(super) struct Fractal {
    id_length: usize,
    filtered: bool,
    huge_tree: u64,
    width: u64,
    start: u64,
    most_direct: u64,
    offset_width: usize,
    length_width: usize,
    root: u64,
    rows: u64,
}

impl Fractal {
    pub(super) fn open(file: &File, address: u64) -> Option<Fractal> {
        let head = file.up_to(address, 256);
        let mut bytes = Bytes::new(&head);
        if bytes.take(5)? != b"FRHP\0" {
            return None;
        }
        let id_length = bytes.number(2)? as usize;
        let filtered = bytes.number(2)? > 0;
        bytes.byte()?;
        let most_managed = bytes.number(4)?;
        bytes.take(file.length)?;
        let huge_tree = bytes.number(file.address)?;
        bytes.take(file.length + file.address + 8 * file.length)?;
        let width = bytes.number(2)?;
        let start = bytes.number(file.length)?;
        let most_direct = bytes.number(file.length)?;
        let bits = bytes.number(2)?;
        bytes.take(2)?;
        let root = bytes.number(file.address)?;
        let rows = bytes.number(2)?;
        if width == 0
            || start == 0
            || bits == 0
            || bits > 64
            || !start.is_power_of_two()
            || !width.is_power_of_two()
        {
            return None;
        }
        let offset_width = (bits as usize).div_ceil(8);
        let length_width = encoded(most_direct.min(most_managed))?;
        Some(Fractal {
            id_length,
            filtered,
            huge_tree,
            width,
            start,
            most_direct,
            offset_width,
            length_width,
            root,
            rows,
        })
    }

    /// Bytes of an object's id in this heap.
    pub(super) fn id_length(&self) -> usize {
        self.id_length
    }

    /// The object that an id names, and where it stands; none when the heap is compressed or the id points nowhere.
    pub(super) fn object(&self, file: &File, id: &[u8]) -> Option<(Vec<u8>, u64)> {
        let mut bytes = Bytes::new(id);
        let first = bytes.byte()?;
        match first >> 4 & 3 {
            0 if !self.filtered => {
                let offset = bytes.number(self.offset_width)?;
                let length = bytes.number(self.length_width)?;
                let at = self.locate(file, offset)?;
                Some((file.at(at, usize::try_from(length.min(OBJECT)).ok()?)?, at))
            }
            1 if !self.filtered => {
                let (at, length) = self.huge(file, bytes)?;
                Some((file.at(at, usize::try_from(length.min(OBJECT)).ok()?)?, at))
            }
            2 => Some((bytes.take(usize::from(first & 15) + 1)?.to_vec(), 0)),
            _ => None,
        }
    }

    /// An object outside the blocks: its address is in the id when that is wide enough, else in a tree.
    fn huge(&self, file: &File, mut id: Bytes<'_>) -> Option<(u64, u64)> {
        if self.id_length > file.address + file.length {
            return Some((id.number(file.address)?, id.number(file.length)?));
        }
        let wanted = id.rest().iter().take(file.length).rev().fold(0u64, |n, byte| n << 8 | u64::from(*byte));
        let tree = tree::Records::open(file, file.defined(self.huge_tree)?)?;
        tree.all(file).into_iter().find_map(|record| {
            let mut bytes = Bytes::new(&record);
            let (at, length) = (bytes.number(file.address)?, bytes.number(file.length)?);
            (bytes.number(file.length)? == wanted).then_some((at, length))
        })
    }

    /// The address of a byte of the heap, down the doubling table.
    fn locate(&self, file: &File, offset: u64) -> Option<u64> {
        if self.rows == 0 {
            return self.root.checked_add(offset);
        }
        let (mut block, mut rest) = (self.root, offset);
        for _ in 0..LEVELS {
            // Row 0 and row 1 hold blocks of the first size; each later row doubles it.
            let first_rows = self.width.checked_mul(self.start)?;
            let row = if rest < first_rows { 0 } else { (rest / first_rows).ilog2() + 1 };
            let size = self.start.checked_shl(row.saturating_sub(1))?;
            let row_start = if row == 0 { 0 } else { first_rows.checked_shl(row - 1)? };
            let column = (rest - row_start) / size;
            let entry = u64::from(row) * self.width + column;
            let prefix = 5 + file.address + self.offset_width;
            let at =
                block.checked_add(prefix as u64)?.checked_add(entry.checked_mul(file.address as u64)?)?;
            let child = Bytes::new(&file.at(at, file.address)?).number(file.address)?;
            let child = file.defined(child)?;
            rest -= row_start + column * size;
            if size <= self.most_direct {
                return child.checked_add(rest);
            }
            block = child;
        }
        None
    }
}

/// Bytes that a number up to `limit` takes.
fn encoded(limit: u64) -> Option<usize> {
    Some(limit.checked_ilog2()? as usize / 8 + 1)
}
