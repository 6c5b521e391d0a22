//! Opcodes that make and fill containers. On a container of the stream's own they do nothing that counts; on anything
//! imported or made they call its methods, and that is an event.

use super::{
    super::{
        arena::{BytesKind, Cell, Growing, Node},
        opcode,
        transcript::{End, EventKind},
    },
    Machine, fail,
    fold::Novelty,
};

impl Machine<'_> {
    pub(super) fn push_growing(&mut self, kind: Growing) -> Result<(), End> {
        let cell = self.arena.growing(kind);
        self.push(cell)
    }

    pub(super) fn counted_tuple(&mut self, count: usize) -> Result<(), End> {
        let start = match self.stack.len().checked_sub(count) {
            Some(start) if start >= self.fence() => start,
            _ => return fail("stack-underflow"),
        };
        let cell = self.arena.tuple(&self.stack[start..]);
        self.stack.truncate(start);
        self.push(cell)
    }

    pub(super) fn marked_container(&mut self) -> Result<(), End> {
        let mark = self.mark()?;
        let items = &self.stack[mark..];
        let cell = match self.opcode {
            opcode::TUPLE => self.arena.tuple(items),
            opcode::FROZENSET => {
                if !items.iter().all(|item| self.arena.hashable(*item)) {
                    return fail("unhashable");
                }
                self.arena.frozen_set(items)
            }
            opcode::DICT => {
                if !items.len().is_multiple_of(2) {
                    return fail("odd-items");
                }
                if !items.iter().step_by(2).all(|key| self.arena.hashable(*key)) {
                    return fail("unhashable");
                }
                let cell = self.arena.growing(Growing::Dict);
                self.arena.extend(cell, &self.stack[mark..]);
                cell
            }
            _ => {
                let cell = self.arena.growing(Growing::List);
                self.arena.extend(cell, &self.stack[mark..]);
                cell
            }
        };
        self.stack.truncate(mark);
        self.push(cell)
    }

    fn growing(&self, cell: Cell) -> Option<Growing> {
        match self.arena.node(cell) {
            Some(Node::Growing(kind, _)) => Some(*kind),
            _ => None,
        }
    }

    /// What lies under the items from `start`: what they are added to.
    fn target(&self, start: usize) -> Result<Cell, End> {
        match start.checked_sub(1) {
            Some(index) if start > self.fence() && start <= self.stack.len() => Ok(self.stack[index]),
            _ => fail("stack-underflow"),
        }
    }

    pub(super) fn append(&mut self) -> Result<(), End> {
        let start = self.stack.len().saturating_sub(1);
        self.append_from(start)
    }

    pub(super) fn appends(&mut self) -> Result<(), End> {
        let mark = self.mark()?;
        self.append_from(mark)
    }

    fn append_from(&mut self, start: usize) -> Result<(), End> {
        let target = self.target(start)?;
        let takes_items = self.growing(target) == Some(Growing::List)
            || matches!(target, Cell::Bytes { kind: BytesKind::ByteArray, .. })
            || is_made(target);
        if start == self.stack.len() && !takes_items {
            // Nothing to add: C is content, Python looks for the method first.
            self.python_differs = true;
            return if self.python() { fail("attribute") } else { Ok(()) };
        }
        if self.growing(target) == Some(Growing::List) {
            self.arena.extend(target, &self.stack[start..]);
        } else if is_made(target) {
            let callee = self.callee(target);
            for index in start..self.stack.len() {
                self.bear()?;
                let cell = self.stack[index];
                let Novelty::New(key) = self.novelty(target, &[&[cell]]) else { continue };
                self.remember(key, 0);
                let item = self.show(|copy| copy.value(cell));
                self.emit(EventKind::Append { target: callee.clone(), item });
            }
        } else if matches!(target, Cell::Bytes { kind: BytesKind::ByteArray, .. }) {
            let fits = |cell: &Cell| matches!(cell, Cell::Int(0..=255) | Cell::Bool(_));
            if !self.stack[start..].iter().all(fits) {
                return fail("item-type");
            }
        } else {
            return fail("attribute");
        }
        self.stack.truncate(start);
        Ok(())
    }

    pub(super) fn set_item(&mut self) -> Result<(), End> {
        match self.stack.len().checked_sub(2) {
            Some(start) => self.set_from(start),
            None => fail("stack-underflow"),
        }
    }

    pub(super) fn set_items(&mut self) -> Result<(), End> {
        let mark = self.mark()?;
        self.set_from(mark)
    }

    fn set_from(&mut self, start: usize) -> Result<(), End> {
        let target = self.target(start)?;
        let count = self.stack.len() - start;
        if !count.is_multiple_of(2) && !self.python() {
            return fail("odd-items");
        }
        if let Some(Growing::Dict) = self.growing(target) {
            let keys = self.stack[start..].iter().step_by(2);
            if !keys.clone().all(|key| self.arena.hashable(*key)) {
                return fail("unhashable");
            }
            self.arena.extend(target, &self.stack[start..]);
        } else if is_made(target) {
            let callee = self.callee(target);
            for index in (start..start + count / 2 * 2).step_by(2) {
                self.bear()?;
                let (key, value) = (self.stack[index], self.stack[index + 1]);
                let Novelty::New(seen) = self.novelty(target, &[&[key, value]]) else { continue };
                self.remember(seen, 0);
                let (key, value) = self.show(|copy| (copy.value(key), copy.value(value)));
                self.emit(EventKind::SetItem { target: callee.clone(), key, value });
            }
        } else if count > 0 {
            self.set_in_sequence(target, start)?;
        }
        if !count.is_multiple_of(2) {
            return fail("odd-items");
        }
        self.stack.truncate(start);
        Ok(())
    }

    /// Items of a list or byte array: possible for an index that exists.
    fn set_in_sequence(&self, target: Cell, start: usize) -> Result<(), End> {
        let length = match target {
            Cell::Bytes { kind: BytesKind::ByteArray, length, .. } => u64::from(length),
            _ => match self.arena.node(target) {
                Some(node @ Node::Growing(Growing::List, _)) => {
                    self.arena.items(node).map_or(0, |(_, length)| length)
                }
                _ => return fail("item-assignment"),
            },
        };
        let exists = |key: &Cell| match key {
            Cell::Bool(index) => u64::from(*index) < length,
            Cell::Int(index) if *index >= 0 => (*index as u64) < length,
            Cell::Int(index) => index.unsigned_abs() <= length,
            _ => false,
        };
        if self.stack[start..].iter().step_by(2).all(exists) { Ok(()) } else { fail("item-assignment") }
    }

    pub(super) fn add_items(&mut self) -> Result<(), End> {
        let mark = self.mark()?;
        let target = self.target(mark)?;
        let is_set = self.growing(target) == Some(Growing::Set);
        if mark == self.stack.len() && !is_set && !is_made(target) {
            self.python_differs = true;
            return if self.python() { fail("attribute") } else { Ok(()) };
        }
        if is_set {
            if !self.stack[mark..].iter().all(|item| self.arena.hashable(*item)) {
                return fail("unhashable");
            }
            self.arena.extend(target, &self.stack[mark..]);
        } else if is_made(target) {
            let callee = self.callee(target);
            for index in mark..self.stack.len() {
                self.bear()?;
                let cell = self.stack[index];
                let Novelty::New(key) = self.novelty(target, &[&[cell]]) else { continue };
                self.remember(key, 0);
                let item = self.show(|copy| copy.value(cell));
                self.emit(EventKind::Add { target: callee.clone(), item });
            }
        } else {
            return fail("attribute");
        }
        self.stack.truncate(mark);
        Ok(())
    }
}

/// Whether it is something imported or made by a call.
pub(super) fn is_made(cell: Cell) -> bool {
    matches!(cell, Cell::Global(_) | Cell::Object(_))
}
