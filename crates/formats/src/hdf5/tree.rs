//! B-trees: of version 1 over the names of old groups, of version 2 over the messages of large ones.

use super::{bytes::Bytes, file::File};
use std::collections::BTreeSet;

/// Nodes and records of one tree that are visited.
const NODES: usize = 65_536;
const RECORDS: usize = 200_000;

/// The addresses of the leaves of a version 1 tree over groups, in order.
pub(super) fn leaves(file: &File, root: u64) -> Vec<u64> {
    let mut leaves = Vec::new();
    let mut seen = BTreeSet::new();
    let mut queue = vec![root];
    while let Some(address) = queue.pop() {
        if seen.len() >= NODES || !seen.insert(address) {
            continue;
        }
        if node(file, address, &mut leaves, &mut queue).is_none() && leaves.len() > NODES {
            break;
        }
    }
    leaves
}

fn node(file: &File, address: u64, leaves: &mut Vec<u64>, queue: &mut Vec<u64>) -> Option<()> {
    let head = file.at(address, 8 + 2 * file.address)?;
    let mut bytes = Bytes::new(&head);
    if bytes.take(5)? != b"TREE\0" {
        return None;
    }
    let level = bytes.byte()?;
    let used = bytes.number(2)? as usize;
    let body =
        file.up_to(address.checked_add(head.len() as u64)?, used.checked_mul(file.length + file.address)?);
    let mut bytes = Bytes::new(&body);
    let mut children = Vec::new();
    for _ in 0..used {
        bytes.take(file.length)?;
        children.push(bytes.number(file.address)?);
    }
    if level == 0 {
        leaves.extend(children)
    } else {
        queue.extend(children.into_iter().rev())
    }
    Some(())
}

/// A version 2 tree.
#[derive(Debug)]
pub(super) struct Records {
    node: usize,
    record: usize,
    depth: usize,
    root: u64,
    in_root: u64,
}

impl Records {
    pub(super) fn open(file: &File, address: u64) -> Option<Records> {
        let head = file.at(address, 16 + file.address + 2)?;
        let mut bytes = Bytes::new(&head);
        if bytes.take(4)? != b"BTHD" {
            return None;
        }
        bytes.take(2)?;
        let node = bytes.number(4)? as usize;
        let record = bytes.number(2)? as usize;
        let depth = bytes.number(2)? as usize;
        bytes.take(2)?;
        let root = bytes.number(file.address)?;
        let in_root = bytes.number(2)?;
        if record == 0 || !(32..=1 << 20).contains(&node) || depth > 16 {
            return None;
        }
        Some(Records { node, record, depth, root, in_root })
    }

    /// Every record, in no particular order.
    pub(super) fn all(&self, file: &File) -> Vec<Vec<u8>> {
        let mut records = Vec::new();
        let mut seen = BTreeSet::new();
        let mut queue = vec![(self.root, self.in_root, self.depth)];
        while let Some((address, count, depth)) = queue.pop() {
            if seen.len() >= NODES || records.len() >= RECORDS || !seen.insert(address) {
                continue;
            }
            self.node(file, address, count as usize, depth, &mut records, &mut queue);
        }
        records
    }

    fn node(
        &self,
        file: &File,
        address: u64,
        count: usize,
        depth: usize,
        records: &mut Vec<Vec<u8>>,
        queue: &mut Vec<(u64, u64, usize)>,
    ) -> Option<()> {
        let block = file.up_to(address, self.node);
        let mut bytes = Bytes::new(&block);
        if bytes.take(4)? != if depth == 0 { b"BTLF" } else { b"BTIN" } {
            return None;
        }
        bytes.take(2)?;
        for _ in 0..count {
            records.push(bytes.take(self.record)?.to_vec());
        }
        if depth > 0 {
            let (widths, totals) = self.widths(file);
            let width = *widths.get(depth - 1)?;
            let total = if depth > 1 { *totals.get(depth - 1)? } else { 0 };
            for _ in 0..=count {
                let child = bytes.number(file.address)?;
                let count = bytes.number(width)?;
                bytes.take(total)?;
                queue.push((child, count, depth - 1));
            }
        }
        Some(())
    }

    /// Bytes of a count of records, and of all records below, for the nodes of each depth from the leaves up.
    fn widths(&self, file: &File) -> (Vec<usize>, Vec<usize>) {
        let bytes = |most: u64| most.max(1).ilog2() as usize / 8 + 1;
        let leaf = (self.node.saturating_sub(10) / self.record) as u64;
        let mut widths = vec![bytes(leaf)];
        let mut totals = vec![0];
        let mut below = leaf;
        for depth in 1..=self.depth {
            let pointer = file.address + widths[0] + totals[depth - 1];
            let most = (self.node.saturating_sub(10 + pointer) / (self.record + pointer)) as u64;
            below = most.saturating_add(1).saturating_mul(below).saturating_add(most);
            widths.push(bytes(most));
            totals.push(bytes(below));
        }
        (widths, totals)
    }
}
