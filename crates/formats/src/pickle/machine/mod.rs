//! The abstract pickle machine: it follows every opcode as CPython would, with stand-ins for whatever the stream imports
//! or makes, and writes down what would have happened.
//!
//! It decides nothing and knows no name but those that joblib's raw arrays need. Time is linear in the opcodes and in the
//! bytes of texts, memory as the arena says; both end at a budget. Where the unpicklers differ the machine follows the one
//! that its [`Mode`] names, and notes that another may take another way. Start with [`Machine::run`].

mod calls;
mod containers;
mod fold;
mod joblib;
mod memo;
mod scalars;

use super::{
    arena::{Arena, BytesKind, Cell, Growing, Snapshot},
    feed::{Feed, Semantics},
    opcode,
    text::Encoding,
    transcript::{Callee, End, Event, EventKind, ObjectId, Run},
};
use crate::{
    Problem, ProblemKind, Source,
    limits::{Grant, MemoryBudget},
};
pub(super) use joblib::RawArray;
use memo::Memo;
use std::collections::HashMap;

/// Events of one run. A model has hundreds; who needs more is told that there was more.
const EVENTS: usize = 300_000;
/// Items that all events of one run show together.
const SHOWN: u64 = 20_000_000;
/// An argument that asks for more than this, and for so many times more than the file has, is an attack on memory: a file
/// that was cut off has at least a part of it.
const ABSURD_LENGTH: u64 = 1 << 30;
const ABSURD_TIMES: u64 = 1024;
/// Values within values, or marks upon marks, that no pickler writes: its own recursion ends before.
const DEEP: usize = 10_000;
/// Items that a walk through a value meets when shared parts multiply, and how many times more than opcodes they are.
const EXPANDED: f32 = 1e9;
const EXPANDED_TIMES: f32 = 1e4;
const EXPANDED_DEPTH: u32 = 6;
/// A memo index that makes the C unpickler allocate gigabytes.
const ABSURD_INDEX: u64 = 1 << 27;

/// Whom a run follows.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Mode {
    pub(super) semantics: Semantics,
    /// Go on where only the unpickler's defaults, or what a computed object is, cause an error.
    pub(super) lenient: bool,
    /// Step over the array bytes that joblib's unpickler reads itself.
    pub(super) joblib: bool,
}

impl Mode {
    pub(super) const C: Mode = Mode { semantics: Semantics::C, lenient: false, joblib: true };
}

/// A byte string or text that might hold a pickle.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate {
    /// None for a byte string.
    pub(super) encoding: Option<Encoding>,
    pub(super) offset: u64,
    pub(super) length: u64,
}

/// What a run found.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) run: Run,
    pub(super) protocol: Option<u8>,
    /// Where the file stands afterwards: behind the last frame, when STOP comes before its end.
    pub(super) file_position: u64,
    /// Another unpickler may do something else.
    pub(super) frames_crossed: Option<u64>,
    pub(super) python_differs: bool,
    /// The error is one that a lenient run passes.
    pub(super) lenient_goes_on: bool,
    /// Bytes of arrays were stepped over.
    pub(super) arrays: Vec<RawArray>,
    /// Runs of the pickles that stand in place of array bytes, with their offsets.
    pub(super) inner: Vec<(u64, Outcome)>,
    pub(super) candidates: Vec<Candidate>,
    pub(super) problems: Vec<Problem>,
    pub(super) opcodes: u64,
    /// Bytes that were looked through.
    pub(super) scanned: u64,
    /// How many of the opcodes made or filled something, or used the memo: text never gets there.
    pub(super) structural: u64,
    /// How many had no line of text as argument, and whether they were of several sorts.
    pub(super) inline: u64,
    pub(super) varied: bool,
    /// The name of the class that ends the tuple on top: what follows in the members of torch's tar format.
    pub(super) top_class: Option<String>,
    /// The strings of the list on top, all of them.
    pub(super) top_texts: Vec<String>,
    /// What the events take, which outlive the run.
    pub(super) event_bytes: u64,
}

pub(super) struct Machine<'a> {
    feed: Feed<'a>,
    mode: Mode,
    arena: Arena,
    stack: Vec<Cell>,
    marks: Vec<usize>,
    most_marks: usize,
    memo: Memo,
    protocol: Option<u8>,
    events: Vec<Event>,
    objects: ObjectId,
    shown: u64,
    /// Bytes of the texts and names that the events hold.
    copied: u64,
    /// What the events took when the budget was last asked.
    weighed: u64,
    folded: fold::Folded,
    python_differs: bool,
    lenient_goes_on: bool,
    candidates: Vec<Candidate>,
    problems: Vec<Problem>,
    numpy: HashMap<ObjectId, joblib::Made>,
    arrays: Vec<RawArray>,
    inner: Vec<(u64, Outcome)>,
    limit: u64,
    opcodes: u64,
    structural: u64,
    inline: u64,
    varied: bool,
    memory: &'a MemoryBudget,
    grants: Vec<Grant>,
    granted: u64,
    /// Where the opcode in hand stands, and its byte.
    at: u64,
    opcode: u8,
}

/// Ends the run at an error of the unpickler.
fn fail<T>(word: &'static str) -> Result<T, End> {
    Err(End::Error(word))
}

impl<'a> Machine<'a> {
    pub(super) fn new(source: &'a Source, offset: u64, mode: Mode, memory: &'a MemoryBudget) -> Self {
        Machine {
            feed: Feed::new(source, offset, mode.semantics),
            mode,
            arena: Arena::default(),
            stack: Vec::new(),
            marks: Vec::new(),
            most_marks: 0,
            memo: Memo::default(),
            protocol: None,
            events: Vec::new(),
            objects: 0,
            shown: 0,
            copied: 0,
            weighed: 0,
            folded: fold::Folded::default(),
            python_differs: false,
            lenient_goes_on: false,
            candidates: Vec::new(),
            problems: Vec::new(),
            numpy: HashMap::new(),
            arrays: Vec::new(),
            inner: Vec::new(),
            limit: 0,
            opcodes: 0,
            structural: 0,
            inline: 0,
            varied: false,
            memory,
            grants: Vec::new(),
            granted: 0,
            at: offset,
            opcode: 0,
        }
    }

    /// Runs to the end of the stream, and at most `limit` opcodes.
    pub(super) fn run(mut self, limit: u64) -> Outcome {
        self.limit = limit;
        let end = loop {
            if self.opcodes >= limit {
                break End::Budget;
            }
            if self.opcodes & 0xfff == 0 && !self.afford() {
                break End::Budget;
            }
            self.opcodes += 1;
            let before = self.opcode;
            if let Err(end) = self.step().and_then(|()| self.bear()) {
                break end;
            }
            self.weigh(before);
        };
        self.note_extent();
        let position = if end == End::Stop { self.feed.position() } else { self.at };
        let top = self.stack.last().copied().filter(|_| end == End::Stop);
        let top_texts = top.map(|cell| self.texts_of(cell)).unwrap_or_default();
        let top_class = top.and_then(|cell| self.last_class_of(cell));
        if end != End::Stop && end != End::Budget {
            self.python_differs = true;
        }
        let shown_texts: usize = top_texts.iter().map(String::len).sum();
        Outcome {
            event_bytes: self.event_bytes() + shown_texts as u64,
            run: Run { end, position, events: self.events },
            protocol: self.protocol,
            file_position: self.feed.file_position(),
            frames_crossed: self.feed.crossing,
            python_differs: self.python_differs || self.feed.crossing.is_some(),
            lenient_goes_on: self.lenient_goes_on,
            arrays: self.arrays,
            inner: self.inner,
            candidates: self.candidates,
            problems: self.problems,
            opcodes: self.opcodes,
            scanned: self.feed.scanned,
            structural: self.structural,
            inline: self.inline,
            varied: self.varied,
            top_class,
            top_texts,
        }
    }

    /// Draws what the run takes from the budget of the process.
    fn afford(&mut self) -> bool {
        let cells = (self.stack.capacity() * size_of::<Cell>() + self.marks.capacity() * 8) as u64;
        self.weighed = self.event_bytes();
        let used = self.arena.bytes() + self.memo.bytes() + self.folded.bytes() + cells + self.weighed;
        while used > self.granted + (1 << 20) {
            let step = (used - self.granted).max(4 << 20);
            match self.memory.take(step) {
                Some(grant) => self.grants.push(grant),
                None => return false,
            }
            self.granted += step;
        }
        self.events.len() < EVENTS && self.shown < SHOWN
    }

    /// What the events take: each copies the texts that it shows, however often the same one is shown.
    fn event_bytes(&self) -> u64 {
        self.events.len() as u64 * 400 + self.shown * 100 + self.copied
    }

    /// Asks the budget between two of its turns when the events grow faster than opcodes are read: one APPENDS makes an
    /// event per item.
    pub(super) fn bear(&mut self) -> Result<(), End> {
        if self.event_bytes() > self.weighed + (1 << 20) && !self.afford() {
            return Err(End::Budget);
        }
        Ok(())
    }

    fn step(&mut self) -> Result<(), End> {
        self.at = self.feed.position();
        self.opcode = self.feed.byte().map_err(|end| match end {
            End::Error("truncated") => End::Error("no-stop"),
            end => end,
        })?;
        match self.opcode {
            opcode::MARK => {
                self.marks.push(self.stack.len());
                self.most_marks = self.most_marks.max(self.marks.len());
                Ok(())
            }
            opcode::STOP => {
                self.top()?;
                Err(End::Stop)
            }
            opcode::POP => self.pop_or_mark(),
            opcode::POP_MARK => {
                let mark = self.mark()?;
                self.stack.truncate(mark);
                Ok(())
            }
            opcode::DUP => {
                let top = self.top()?;
                self.push(top)
            }
            opcode::PROTO => self.proto(),
            opcode::FRAME => {
                let length = self.feed.count(8)?;
                self.absurd(length);
                self.feed.frame(length)
            }
            opcode::NONE => self.push(Cell::None),
            opcode::NEWTRUE => self.push(Cell::Bool(true)),
            opcode::NEWFALSE => self.push(Cell::Bool(false)),
            opcode::BININT => {
                let value = i32::from_le_bytes(self.feed.array()?);
                self.push(Cell::Int(i64::from(value)))
            }
            opcode::BININT1 => {
                let value = self.feed.byte()?;
                self.push(Cell::Int(i64::from(value)))
            }
            opcode::BININT2 => {
                let value = u16::from_le_bytes(self.feed.array()?);
                self.push(Cell::Int(i64::from(value)))
            }
            opcode::BINFLOAT => {
                let value = f64::from_be_bytes(self.feed.array()?);
                self.push(Cell::Float(value))
            }
            opcode::INT | opcode::LONG => self.whole_line(),
            opcode::LONG1 => self.counted_long(1),
            opcode::LONG4 => self.counted_long(4),
            opcode::FLOAT => self.float_line(),
            opcode::STRING => self.string_line(),
            opcode::UNICODE => self.unicode_line(),
            opcode::SHORT_BINSTRING => self.counted_string(1),
            opcode::BINSTRING => self.counted_string(4),
            opcode::SHORT_BINUNICODE => self.counted_unicode(1),
            opcode::BINUNICODE => self.counted_unicode(4),
            opcode::BINUNICODE8 => self.counted_unicode(8),
            opcode::SHORT_BINBYTES => self.counted_bytes(1, BytesKind::Bytes),
            opcode::BINBYTES => self.counted_bytes(4, BytesKind::Bytes),
            opcode::BINBYTES8 => self.counted_bytes(8, BytesKind::Bytes),
            opcode::BYTEARRAY8 => self.counted_bytes(8, BytesKind::ByteArray),
            opcode::NEXT_BUFFER => self.next_buffer(),
            opcode::READONLY_BUFFER => self.readonly_buffer(),
            opcode::EMPTY_LIST => self.push_growing(Growing::List),
            opcode::EMPTY_DICT => self.push_growing(Growing::Dict),
            opcode::EMPTY_SET => self.push_growing(Growing::Set),
            opcode::EMPTY_TUPLE => self.counted_tuple(0),
            opcode::TUPLE1 => self.counted_tuple(1),
            opcode::TUPLE2 => self.counted_tuple(2),
            opcode::TUPLE3 => self.counted_tuple(3),
            opcode::TUPLE | opcode::LIST | opcode::DICT | opcode::FROZENSET => self.marked_container(),
            opcode::APPEND => self.append(),
            opcode::APPENDS => self.appends(),
            opcode::SETITEM => self.set_item(),
            opcode::SETITEMS => self.set_items(),
            opcode::ADDITEMS => self.add_items(),
            opcode::GET | opcode::BINGET | opcode::LONG_BINGET => self.memo_get(),
            opcode::PUT | opcode::BINPUT | opcode::LONG_BINPUT | opcode::MEMOIZE => self.memo_put(),
            opcode::GLOBAL => self.global(),
            opcode::STACK_GLOBAL => self.stack_global(),
            opcode::INST => self.inst(),
            opcode::OBJ => self.obj(),
            opcode::REDUCE => self.reduce(),
            opcode::NEWOBJ | opcode::NEWOBJ_EX => self.new_object(),
            opcode::BUILD => self.build(),
            opcode::PERSID | opcode::BINPERSID => self.persistent_id(),
            opcode::EXT1 | opcode::EXT2 | opcode::EXT4 => self.extension(),
            _ => fail("opcode"),
        }
    }

    /// Counts what tells a pickle from bytes that happen to be opcodes.
    fn weigh(&mut self, before: u8) {
        match self.opcode {
            opcode::INT
            | opcode::LONG
            | opcode::FLOAT
            | opcode::STRING
            | opcode::UNICODE
            | opcode::GLOBAL
            | opcode::PERSID => return,
            opcode::TUPLE..=opcode::SETITEMS
            | opcode::BUILD
            | opcode::DICT
            | opcode::APPENDS
            | opcode::LIST
            | opcode::APPEND
            | opcode::SETITEM
            | opcode::REDUCE
            | opcode::TUPLE1..=opcode::TUPLE3
            | opcode::MEMOIZE
            | opcode::BINPUT
            | opcode::LONG_BINPUT
            | opcode::PUT => self.structural += 1,
            _ => {}
        }
        self.varied |= self.inline > 0 && before != self.opcode;
        self.inline += 1;
    }

    fn python(&self) -> bool {
        self.mode.semantics == Semantics::Python
    }

    /// Below this the stack belongs to an outer mark.
    fn fence(&self) -> usize {
        self.marks.last().copied().unwrap_or(0)
    }

    fn push(&mut self, cell: Cell) -> Result<(), End> {
        self.stack.push(cell);
        Ok(())
    }

    fn top(&self) -> Result<Cell, End> {
        match self.stack.last() {
            Some(cell) if self.stack.len() > self.fence() => Ok(*cell),
            _ => fail("stack-underflow"),
        }
    }

    fn pop(&mut self) -> Result<Cell, End> {
        let top = self.top()?;
        self.stack.pop();
        Ok(top)
    }

    fn mark(&mut self) -> Result<usize, End> {
        self.marks.pop().ok_or(End::Error("no-mark"))
    }

    fn pop_or_mark(&mut self) -> Result<(), End> {
        if self.marks.last() == Some(&self.stack.len()) {
            self.marks.pop();
            return Ok(());
        }
        self.pop().map(|_| ())
    }

    fn proto(&mut self) -> Result<(), End> {
        let protocol = self.feed.byte()?;
        if protocol > 5 {
            return fail("protocol");
        }
        match self.protocol {
            Some(before) if before != protocol => self.problem(
                ProblemKind::Hostile,
                "protocol-changes",
                format!("protocol {before} becomes {protocol} in the middle of the stream, which changes how names are looked up"),
            ),
            _ => self.protocol = Some(protocol),
        }
        Ok(())
    }

    /// Notes values that exhaust whoever compares, prints or frees them.
    fn note_extent(&mut self) {
        let furthest = self.arena.furthest;
        if furthest.depth as usize > DEEP || self.most_marks > DEEP {
            let depth = self.most_marks.max(furthest.depth as usize);
            let message = format!("values lie {depth} deep within one another");
            self.problem(ProblemKind::Hostile, "deep-nesting", message);
        }
        let times = furthest.items / (self.opcodes as f32).max(1.0);
        if furthest.items >= EXPANDED && times >= EXPANDED_TIMES && furthest.depth >= EXPANDED_DEPTH {
            let message = format!("shared parts make a value of {:.0e} items", furthest.items);
            self.problem(ProblemKind::Hostile, "expansion-bomb", message);
        }
    }

    /// Notes a length that only serves to exhaust the reader's memory.
    fn absurd(&mut self, length: u64) {
        if length > ABSURD_LENGTH && length / ABSURD_TIMES > self.feed.source().len() {
            self.problem(
                ProblemKind::Hostile,
                "absurd-length",
                format!("an opcode announces {length} bytes, which the unpickler reserves before it reads"),
            );
        }
    }

    fn problem(&mut self, kind: ProblemKind, code: &'static str, message: impl Into<String>) {
        if self.problems.iter().filter(|problem| problem.code == code).count() < 8 {
            self.problems.push(Problem::new(kind, code, message).at(self.at));
        }
    }

    fn emit(&mut self, kind: EventKind) {
        self.copied += kind.name_bytes();
        self.events.push(Event { offset: self.at, opcode: self.opcode, kind });
    }

    fn next_object(&mut self) -> ObjectId {
        self.objects += 1;
        self.objects
    }

    /// Copies values for one event.
    fn show<T>(&mut self, copy: impl FnOnce(&mut Snapshot<'_, '_>) -> T) -> T {
        let mut snapshot = Snapshot::new(&self.arena, &self.feed);
        let copied = copy(&mut snapshot);
        self.shown += snapshot.cost();
        self.copied += snapshot.copied();
        copied
    }

    fn texts_of(&self, cell: Cell) -> Vec<String> {
        let items = self.arena.node(cell).and_then(|node| self.arena.items(node));
        let cells = items.map(|(cells, _)| cells).unwrap_or_default();
        cells
            .iter()
            .filter(|cell| self.arena.is_text(**cell))
            .map(|cell| self.arena.name_text(&self.feed, *cell))
            .collect()
    }

    fn last_class_of(&self, cell: Cell) -> Option<String> {
        let (cells, length) = self.arena.items(self.arena.node(cell)?)?;
        let last = cells.last().filter(|_| length == 3)?;
        self.arena.name(*last).map(|(_, name)| name.to_owned())
    }

    fn callee(&self, cell: Cell) -> Callee {
        self.arena.callee(cell)
    }
}
