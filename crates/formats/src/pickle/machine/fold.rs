//! A column of dates is a hundred thousand calls that differ in numbers alone. Beyond a number of events, one that happened
//! before in the same way (same opcode, target and names; other numbers, dates and bytes) is not written down again, and
//! what it makes passes for what the first one made.
//!
//! Texts are told apart, unless they are written numbers or dates. The keys have 128 bits, so that nobody finds two events
//! that share one.

use super::{
    super::{arena::Cell, text::Encoding, transcript::ObjectId},
    Machine,
};
use std::{
    collections::{HashMap, hash_map::DefaultHasher},
    hash::{Hash, Hasher},
};

/// Events that are written down whatever they are: more than a model of many thousand tensors has.
const FROM: usize = 100_000;
/// Containers within containers that are compared.
const DEPTH: u32 = 4;
/// Items of a container that are compared.
const ITEMS: usize = 64;
/// Bytes of a text that are compared; longer ones are never taken for the same.
const TEXT: u64 = 1024;

/// What happened, without its numbers.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(super) struct Key(u64, u64);

#[derive(Debug, Default)]
pub(super) struct Folded {
    seen: HashMap<Key, ObjectId>,
}

impl Folded {
    pub(super) fn bytes(&self) -> u64 {
        self.seen.len() as u64 * 48
    }
}

/// Whether an event is new.
pub(super) enum Novelty {
    /// With the key to remember it by, if any.
    New(Option<Key>),
    /// The object that the first one made.
    Seen(ObjectId),
}

impl Machine<'_> {
    /// Looks up the event in hand, with its target and what else belongs to it.
    pub(super) fn novelty(&mut self, who: Cell, parts: &[&[Cell]]) -> Novelty {
        if self.events.len() < FROM {
            return Novelty::New(None);
        }
        let mut hashers = [DefaultHasher::new(), DefaultHasher::new()];
        hashers[1].write_u8(1);
        let mut same = Sameness { machine: self, hashers, cost: 0, unique: false };
        same.byte(same.machine.opcode);
        same.cell(who, DEPTH);
        for part in parts {
            same.byte(0xfe);
            for cell in part.iter().take(ITEMS) {
                same.cell(*cell, DEPTH);
            }
        }
        let key = Key(same.hashers[0].finish(), same.hashers[1].finish());
        let (cost, unique) = (same.cost, same.unique);
        self.shown += cost;
        if unique {
            return Novelty::New(None);
        }
        match self.folded.seen.get(&key) {
            Some(id) => Novelty::Seen(*id),
            None => Novelty::New(Some(key)),
        }
    }

    pub(super) fn remember(&mut self, key: Option<Key>, result: ObjectId) {
        if let Some(key) = key {
            self.folded.seen.insert(key, result);
        }
    }
}

struct Sameness<'m, 'a> {
    machine: &'m Machine<'a>,
    hashers: [DefaultHasher; 2],
    cost: u64,
    /// Something in it is too long to compare.
    unique: bool,
}

impl Sameness<'_, '_> {
    fn byte(&mut self, byte: u8) {
        self.hash(&byte);
    }

    fn hash(&mut self, value: &impl Hash) {
        for hasher in &mut self.hashers {
            value.hash(hasher);
        }
    }

    /// Recursion ends after [`DEPTH`] steps.
    fn cell(&mut self, cell: Cell, depth: u32) {
        self.cost += 1;
        match cell {
            Cell::None => self.byte(0),
            Cell::Bool(_) | Cell::Int(_) | Cell::Float(_) => self.byte(1),
            Cell::Bytes { .. } => self.byte(2),
            Cell::Text { encoding, length, offset } => self.text(encoding, offset, u64::from(length)),
            Cell::Global(number) => self.hash(&(4u8, number)),
            Cell::Object(id) => self.hash(&(5u8, id)),
            Cell::Node(_) => {
                let node = self.machine.arena.node(cell);
                let Some((items, _)) = node.and_then(|node| self.machine.arena.items(node)) else {
                    self.unique |= self.machine.arena.is_text(cell);
                    return self.byte(1);
                };
                self.hash(&(6u8, node.map(std::mem::discriminant), items.len().min(ITEMS)));
                let Some(depth) = depth.checked_sub(1) else { return };
                for item in items.iter().take(ITEMS) {
                    self.cell(*item, depth);
                }
            }
        }
    }

    fn text(&mut self, encoding: Encoding, offset: u64, length: u64) {
        if length > TEXT {
            self.unique = true;
            return;
        }
        let bytes = self.machine.feed.copy(offset, length as usize);
        if is_written_number(&bytes) {
            self.byte(3);
        } else {
            self.hash(&(7u8, encoding == Encoding::RawUnicode, bytes));
        }
    }
}

/// A number, a date or a time: digits first, and little else.
fn is_written_number(bytes: &[u8]) -> bool {
    let digits = match bytes {
        [b'-' | b'+', rest @ ..] => rest,
        _ => bytes,
    };
    digits.first().is_some_and(u8::is_ascii_digit)
        && digits.iter().all(|byte| {
            matches!(byte, b'0'..=b'9' | b'.' | b'+' | b'-' | b':' | b'e' | b'E' | b'T' | b'Z' | b' ')
        })
}
