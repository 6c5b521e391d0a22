//! What lies on the unpickler's stack, without being made: a cell of 16 bytes per value, and a node per container.
//!
//! Cells are copied freely, so that DUP and the memo cost nothing; nodes live in one arena until the run ends, so that
//! nothing is dropped recursively. A text or byte string is only its place in the file. Memory: 16 bytes per stack slot,
//! memo entry and kept item, 24 per container, all counted against the budget; a container keeps its first 256 items.
//! Events copy what they show, so texts and names count once for each event; the budget is asked at least every 1 MiB.

use super::{
    feed::{Feed, Semantics},
    text::{self, Encoding},
    transcript::{Callee, ObjectId, Value},
};
use crate::Source;
use std::collections::HashMap;

/// Items that a container keeps; it goes on counting.
const KEEP: usize = 256;
/// The longest module or attribute name that is kept.
const NAME: usize = 4096;
/// Bytes of a text or byte string that a value shows.
const HEAD: u64 = 4096;
/// Containers within containers that a value shows.
const DEPTH: u32 = 6;
/// Items, at all depths together, that one event shows.
const EVENT_ITEMS: usize = 1024;
/// Bytes, of all texts together, that one event shows.
const EVENT_BYTES: usize = 64 << 10;
/// A name that is no longer than this is shown even then.
const SHORT_NAME: usize = 256;

#[derive(Clone, Copy, Debug)]
pub(super) enum Cell {
    None,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text {
        encoding: Encoding,
        length: u32,
        offset: u64,
    },
    Bytes {
        kind: BytesKind,
        length: u32,
        offset: u64,
    },
    /// An imported name, by its number in the arena.
    Global(u32),
    Object(ObjectId),
    Node(u32),
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum BytesKind {
    Bytes,
    ByteArray,
    /// A read-only view of a byte array.
    View,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Growing {
    List,
    Set,
    /// Keys and values in turn.
    Dict,
}

#[derive(Debug)]
pub(super) enum Node {
    Tuple { start: u32, kept: u32, length: u32, hashable: bool },
    FrozenSet { start: u32, kept: u32, length: u32 },
    Growing(Growing, Option<Box<Items>>),
    BigInt { negative: bool, bits: u64 },
    LongText { encoding: Encoding, place: Box<(u64, u64)> },
    LongBytes { kind: BytesKind, place: Box<(u64, u64)> },
}

#[derive(Debug, Default)]
pub(super) struct Items {
    cells: Vec<Cell>,
    length: u64,
}

#[derive(Debug, Default)]
pub(super) struct Arena {
    nodes: Vec<Node>,
    /// The items of tuples and frozen sets.
    pool: Vec<Cell>,
    names: Vec<(String, String)>,
    numbers: HashMap<(String, String), u32>,
    /// Bytes that growing containers and names take.
    extra: u64,
    /// For each node, how far it reaches.
    extents: Vec<Extent>,
    /// The furthest of them.
    pub(super) furthest: Extent,
}

/// How large a value is for whoever walks through it: its items, those of shared parts again for each use, and its depth.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Extent {
    pub(super) items: f32,
    pub(super) depth: u32,
}

impl Arena {
    /// Bytes that the arena takes, about.
    pub(super) fn bytes(&self) -> u64 {
        let node = size_of::<Node>() + size_of::<Extent>();
        (self.nodes.len() * node + self.pool.len() * size_of::<Cell>()) as u64 + self.extra
    }

    /// Items that are added to a container whose extent is `before`.
    fn reach(&mut self, before: Extent, items: &[Cell]) -> Extent {
        let mut extent = before;
        for item in items {
            let inner = match item {
                Cell::Node(index) => self.extents.get(*index as usize).copied().unwrap_or_default(),
                _ => Extent::default(),
            };
            extent.items += inner.items + 1.0;
            extent.depth = extent.depth.max(inner.depth.saturating_add(1));
        }
        self.furthest.depth = self.furthest.depth.max(extent.depth);
        self.furthest.items = self.furthest.items.max(extent.items);
        extent
    }

    fn add(&mut self, node: Node) -> Cell {
        self.add_with(node, Extent::default())
    }

    fn add_with(&mut self, node: Node, extent: Extent) -> Cell {
        self.nodes.push(node);
        self.extents.push(extent);
        Cell::Node((self.nodes.len() - 1) as u32)
    }

    pub(super) fn node(&self, cell: Cell) -> Option<&Node> {
        match cell {
            Cell::Node(index) => self.nodes.get(index as usize),
            _ => None,
        }
    }

    pub(super) fn text(&mut self, encoding: Encoding, offset: u64, length: u64) -> Cell {
        match u32::try_from(length) {
            Ok(length) => Cell::Text { encoding, length, offset },
            Err(_) => self.add(Node::LongText { encoding, place: Box::new((offset, length)) }),
        }
    }

    pub(super) fn byte_string(&mut self, kind: BytesKind, offset: u64, length: u64) -> Cell {
        match u32::try_from(length) {
            Ok(length) => Cell::Bytes { kind, length, offset },
            Err(_) => self.add(Node::LongBytes { kind, place: Box::new((offset, length)) }),
        }
    }

    pub(super) fn big_int(&mut self, negative: bool, bits: u64) -> Cell {
        self.add(Node::BigInt { negative, bits })
    }

    pub(super) fn tuple(&mut self, items: &[Cell]) -> Cell {
        let hashable = items.iter().all(|item| self.hashable(*item));
        let (start, kept) = self.keep(items);
        let extent = self.reach(Extent::default(), items);
        self.add_with(Node::Tuple { start, kept, length: items.len() as u32, hashable }, extent)
    }

    pub(super) fn frozen_set(&mut self, items: &[Cell]) -> Cell {
        let (start, kept) = self.keep(items);
        let extent = self.reach(Extent::default(), items);
        self.add_with(Node::FrozenSet { start, kept, length: items.len() as u32 }, extent)
    }

    fn keep(&mut self, items: &[Cell]) -> (u32, u32) {
        let start = self.pool.len() as u32;
        let kept = items.len().min(KEEP);
        self.pool.extend_from_slice(&items[..kept]);
        (start, kept as u32)
    }

    pub(super) fn growing(&mut self, kind: Growing) -> Cell {
        self.add(Node::Growing(kind, None))
    }

    /// Adds to a container made by [`growing`](Self::growing).
    pub(super) fn extend(&mut self, container: Cell, added: &[Cell]) {
        let Cell::Node(index) = container else { return };
        let before = self.extents.get(index as usize).copied().unwrap_or_default();
        let extent = self.reach(before, added);
        if let Some(slot) = self.extents.get_mut(index as usize) {
            *slot = extent;
        }
        let Some(Node::Growing(kind, items)) = self.nodes.get_mut(index as usize) else { return };
        let keep = if *kind == Growing::Dict { 2 * KEEP } else { KEEP };
        let items = items.get_or_insert_default();
        let room = keep.saturating_sub(items.cells.len()).min(added.len());
        items.cells.extend_from_slice(&added[..room]);
        items.length += if *kind == Growing::Dict { added.len() as u64 / 2 } else { added.len() as u64 };
        // A vector grows by doubling.
        self.extra += (room * 2 * size_of::<Cell>()) as u64;
    }

    /// The items that a container keeps, and how many it has.
    pub(super) fn items<'s>(&'s self, node: &'s Node) -> Option<(&'s [Cell], u64)> {
        match node {
            Node::Tuple { start, kept, length, .. } | Node::FrozenSet { start, kept, length } => {
                let start = *start as usize;
                Some((self.pool.get(start..start + *kept as usize)?, u64::from(*length)))
            }
            Node::Growing(_, items) => Some(items.as_ref().map_or((&[][..], 0), |i| (&i.cells, i.length))),
            _ => None,
        }
    }

    pub(super) fn hashable(&self, cell: Cell) -> bool {
        match cell {
            Cell::Bytes { kind, .. } => kind != BytesKind::ByteArray,
            _ => match self.node(cell) {
                Some(Node::Tuple { hashable, .. }) => *hashable,
                Some(Node::Growing(..)) => false,
                Some(Node::LongBytes { kind, .. }) => *kind != BytesKind::ByteArray,
                _ => true,
            },
        }
    }

    pub(super) fn is_text(&self, cell: Cell) -> bool {
        matches!(cell, Cell::Text { .. }) || matches!(self.node(cell), Some(Node::LongText { .. }))
    }

    pub(super) fn is_bytes(&self, cell: Cell) -> bool {
        matches!(cell, Cell::Bytes { .. }) || matches!(self.node(cell), Some(Node::LongBytes { .. }))
    }

    pub(super) fn global(&mut self, module: String, name: String) -> Cell {
        let key = (module, name);
        if let Some(number) = self.numbers.get(&key) {
            return Cell::Global(*number);
        }
        let number = self.names.len() as u32;
        self.extra += 2 * (key.0.len() + key.1.len()) as u64 + 150;
        self.names.push(key.clone());
        self.numbers.insert(key, number);
        Cell::Global(number)
    }

    pub(super) fn name(&self, cell: Cell) -> Option<(&str, &str)> {
        let Cell::Global(number) = cell else { return None };
        self.names.get(number as usize).map(|(module, name)| (module.as_str(), name.as_str()))
    }

    pub(super) fn callee(&self, cell: Cell) -> Callee {
        match cell {
            Cell::Object(id) => Callee::Object(id),
            _ => self.name(cell).map_or(Callee::Data, |(module, name)| Callee::Global {
                module: module.to_owned(),
                name: name.to_owned(),
            }),
        }
    }

    /// A text as a name: its first 4,096 bytes.
    pub(super) fn name_text(&self, feed: &Feed<'_>, cell: Cell) -> String {
        match cell {
            Cell::Text { encoding, length, offset } => {
                head_text(feed, encoding, offset, u64::from(length), NAME)
            }
            _ => match self.node(cell) {
                Some(Node::LongText { encoding, place }) => {
                    head_text(feed, *encoding, place.0, place.1, NAME)
                }
                _ => String::new(),
            },
        }
    }
}

/// The first 4,096 bytes of a text in a file.
pub(super) fn name_of_text(source: &Source, encoding: Encoding, offset: u64, length: u64) -> String {
    head_text(&Feed::new(source, 0, Semantics::C), encoding, offset, length, NAME)
}

fn head_text(feed: &Feed<'_>, encoding: Encoding, offset: u64, length: u64, most: usize) -> String {
    let take = length.min(most as u64) as usize;
    let mut bytes = feed.copy(offset, take);
    if encoding == Encoding::Utf8
        && (take as u64) < length
        && let Err(error) = std::str::from_utf8(&bytes)
        && error.error_len().is_none()
    {
        bytes.truncate(error.valid_up_to());
    }
    text::decode(encoding, &bytes)
}

/// Copies values out of the arena for one event, within the event's bounds.
#[derive(Debug)]
pub(super) struct Snapshot<'a, 'b> {
    arena: &'a Arena,
    feed: &'a Feed<'b>,
    items: usize,
    bytes: usize,
    copied: u64,
}

impl<'a, 'b> Snapshot<'a, 'b> {
    pub(super) fn new(arena: &'a Arena, feed: &'a Feed<'b>) -> Self {
        Snapshot { arena, feed, items: EVENT_ITEMS, bytes: EVENT_BYTES, copied: 0 }
    }

    /// How many items were copied.
    pub(super) fn cost(&self) -> u64 {
        (EVENT_ITEMS - self.items) as u64 + 1
    }

    /// Bytes of texts and names that were copied.
    pub(super) fn copied(&self) -> u64 {
        self.copied
    }

    pub(super) fn value(&mut self, cell: Cell) -> Value {
        self.at_depth(cell, DEPTH)
    }

    pub(super) fn values(&mut self, cells: &[Cell]) -> Vec<Value> {
        cells.iter().take(self.items.max(1)).map(|cell| self.value(*cell)).collect()
    }

    pub(super) fn pairs(&mut self, cells: &[Cell]) -> Vec<(Value, Value)> {
        cells.chunks_exact(2).map(|pair| (self.value(pair[0]), self.value(pair[1]))).collect()
    }

    /// Recursion ends after [`DEPTH`] steps.
    fn at_depth(&mut self, cell: Cell, depth: u32) -> Value {
        if self.items == 0 {
            return Value::Cut;
        }
        self.items -= 1;
        match cell {
            Cell::None => Value::None,
            Cell::Bool(value) => Value::Bool(value),
            Cell::Int(value) => Value::Int(value),
            Cell::Float(value) => Value::Float(value),
            Cell::Text { encoding, length, offset } => self.text(encoding, offset, u64::from(length)),
            Cell::Bytes { length, offset, .. } => self.byte_string(offset, u64::from(length)),
            Cell::Object(id) => Value::Object(id),
            Cell::Global(_) => self.global(cell),
            Cell::Node(_) => self.arena.node(cell).map_or(Value::Cut, |node| self.node(node, depth)),
        }
    }

    fn node(&mut self, node: &Node, depth: u32) -> Value {
        match node {
            Node::BigInt { negative, bits } => Value::BigInt { negative: *negative, bits: *bits },
            Node::LongText { encoding, place } => self.text(*encoding, place.0, place.1),
            Node::LongBytes { place, .. } => self.byte_string(place.0, place.1),
            Node::Tuple { .. } | Node::FrozenSet { .. } | Node::Growing(..) => {
                let (cells, length) = self.arena.items(node).unwrap_or_default();
                let Some(depth) = depth.checked_sub(1) else { return Value::Cut };
                if let Node::Growing(Growing::Dict, _) = node {
                    let pairs = cells.chunks_exact(2).take(self.items / 2);
                    let entries =
                        pairs.map(|p| (self.at_depth(p[0], depth), self.at_depth(p[1], depth))).collect();
                    return Value::Dict { entries, length };
                }
                let items = cells.iter().take(self.items).map(|cell| self.at_depth(*cell, depth)).collect();
                match node {
                    Node::Tuple { .. } => Value::Tuple { items, length },
                    Node::Growing(Growing::List, _) => Value::List { items, length },
                    _ => Value::Set { items, length },
                }
            }
        }
    }

    fn global(&mut self, cell: Cell) -> Value {
        let Some((module, name)) = self.arena.name(cell) else { return Value::Cut };
        let length = module.len() + name.len();
        if length > self.bytes.max(SHORT_NAME) {
            return Value::Cut;
        }
        self.spend(length);
        Value::Global { module: module.to_owned(), name: name.to_owned() }
    }

    fn spend(&mut self, length: usize) {
        self.bytes = self.bytes.saturating_sub(length);
        self.copied += length as u64;
    }

    fn room(&mut self, length: u64) -> usize {
        let take = length.min(HEAD).min(self.bytes.max(64) as u64) as usize;
        self.spend(take);
        take
    }

    fn text(&mut self, encoding: Encoding, offset: u64, length: u64) -> Value {
        let most = self.room(length);
        Value::Text { head: head_text(self.feed, encoding, offset, length, most), length }
    }

    fn byte_string(&mut self, offset: u64, length: u64) -> Value {
        let take = self.room(length);
        Value::Bytes { offset, length, head: self.feed.copy(offset, take) }
    }
}
