//! The memo: dense where a pickler wrote it, sparse where someone chose the numbers, so that one PUT with a huge number
//! costs what one entry costs.

use super::super::arena::Cell;
use std::collections::HashMap;

#[derive(Debug, Default)]
pub(super) struct Memo {
    dense: Vec<Option<Cell>>,
    sparse: HashMap<u64, Cell>,
    filled: u64,
}

impl Memo {
    /// The number of entries: what MEMOIZE takes as its index.
    pub(super) fn len(&self) -> u64 {
        self.filled
    }

    pub(super) fn bytes(&self) -> u64 {
        (self.dense.capacity() * size_of::<Option<Cell>>()) as u64 + self.sparse.len() as u64 * 48
    }

    pub(super) fn get(&self, index: u64) -> Option<Cell> {
        match usize::try_from(index).ok().and_then(|index| self.dense.get(index)) {
            Some(Some(cell)) => Some(*cell),
            _ => self.sparse.get(&index).copied(),
        }
    }

    pub(super) fn put(&mut self, index: u64, cell: Cell) {
        let end = self.dense.len() as u64;
        if index < end {
            let slot = &mut self.dense[index as usize];
            if slot.is_none() && !self.sparse.contains_key(&index) {
                self.filled += 1;
            }
            *slot = Some(cell);
        } else if index <= end + 64 {
            if !self.sparse.contains_key(&index) {
                self.filled += 1;
            }
            self.dense.resize(index as usize + 1, None);
            self.dense[index as usize] = Some(cell);
        } else if self.sparse.insert(index, cell).is_none() {
            self.filled += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_counted_once_wherever_they_lie() {
        let mut memo = Memo::default();
        for index in [0, 1, 100, 100, 3, u64::MAX >> 1] {
            memo.put(index, Cell::Int(index as i64));
        }
        assert_eq!(memo.len(), 5);
        for index in 2..=100 {
            memo.put(index, Cell::Int(-1));
        }
        assert_eq!(memo.len(), 102);
        assert!(matches!(memo.get(100), Some(Cell::Int(-1))));
        assert!(memo.get(101).is_none());
    }

    #[test]
    fn a_huge_index_costs_one_entry() {
        let mut memo = Memo::default();
        memo.put(u64::from(u32::MAX), Cell::None);
        assert!(memo.bytes() < 1000);
    }
}
