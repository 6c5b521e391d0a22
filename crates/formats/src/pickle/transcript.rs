//! The transcript: the ordered list of what loading a pickle would do. Its kinds of events are those of CPython's
//! `Lib/pickle.py`; raw names are kept, without the renaming of Python 2 modules.

use crate::Problem;

/// Everything that loading a file of pickles would do.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Transcript {
    /// The streams, in the order of the file.
    pub streams: Vec<Stream>,
    pub problems: Vec<Problem>,
    /// Bytes of the file that are no opcodes, in its order.
    pub raw: Vec<Raw>,
}

/// Bytes that a loader reads beside the opcodes, or leaves alone.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Raw {
    pub kind: RawKind,
    pub offset: u64,
    pub length: u64,
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub enum RawKind {
    /// The elements of an array, as joblib writes them between opcodes.
    Array,
    /// A storage of torch's legacy format.
    Storage { key: String },
    /// Behind the last pickle; nothing says what they are.
    Unexplained,
}

/// One pickle: from its first opcode to STOP, or to where reading ends.
#[derive(Clone, Debug, PartialEq)]
pub struct Stream {
    /// Where it starts.
    pub offset: u64,
    /// What CPython's C unpickler does with it before 3.13.15 and 3.14.7: frame bounds are not enforced.
    pub c: Run,
    /// What the pure-Python unpickler, which enforces frames, does; only when it differs.
    pub python: Option<Run>,
    /// What the C unpickler does when it is given the whole buffer (`loads`); only when it differs from `c`.
    pub peek: Option<Run>,
    /// What the C unpickler does where `c` stops at an error that only its defaults cause: with `encoding='latin-1'` for
    /// the strings of Python 2, without a limit on the digits of a number, with out-of-band buffers, and with computed
    /// objects that are what the opcode asks for (names from a call for STACK_GLOBAL, arguments for REDUCE). Only when it
    /// goes beyond `c`.
    pub lenient: Option<Run>,
    /// What an unpickler that knows nothing of joblib does: it takes the bytes of arrays for opcodes, which `c` steps over.
    /// Only when they import something.
    pub plain: Option<Run>,
    /// The protocol that the stream declares.
    pub protocol: Option<u8>,
    /// Pickles found inside byte strings of this stream.
    pub nested: Vec<Nested>,
}

impl Stream {
    /// All runs, `c` first: what any of them does can happen.
    pub fn runs(&self) -> impl Iterator<Item = &Run> {
        let others = [&self.python, &self.peek, &self.lenient, &self.plain];
        std::iter::once(&self.c).chain(others.into_iter().flatten())
    }
}

/// A pickle within a byte string.
#[derive(Clone, Debug, PartialEq)]
pub struct Nested {
    /// Where the byte string starts.
    pub offset: u64,
    /// The index, among the events of `c`, of the call that receives the byte string; none when it is only kept as data.
    pub event: Option<usize>,
    pub transcript: Transcript,
}

/// One run of the abstract machine.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    pub end: End,
    /// Where it ended: after STOP, or at the opcode that fails.
    pub position: u64,
    pub events: Vec<Event>,
}

/// How a run ends.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum End {
    /// At STOP.
    Stop,
    /// At an error of the unpickler, after the events before it have happened. The word is stable and kebab-case.
    Error(&'static str),
    /// At raw array bytes that joblib's unpickler would read itself and that could not be stepped over.
    RawArray,
    /// At the limit of opcodes.
    Budget,
}

/// Something that loading does.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Where the opcode stands.
    pub offset: u64,
    /// The opcode's byte: a REDUCE of a class and a NEWOBJ of it are judged differently.
    pub opcode: u8,
    pub kind: EventKind,
}

/// The number of an object that the stream made; counted from 1 in the order of the events that make one.
pub type ObjectId = u32;

#[derive(Clone, Debug, PartialEq)]
pub enum EventKind {
    /// `find_class(module, name)`: the module is imported, then the dotted name is looked up in it.
    Import { module: String, name: String },
    /// STACK_GLOBAL with a module or a name that the stream computes: an import of something that cannot be known.
    ComputedImport { module: Value, name: Value, result: ObjectId },
    /// REDUCE, or INST and OBJ of something with arguments: any callable with any arguments. When the tuple of arguments is
    /// itself something imported or made, it stands as the one argument.
    Call { callee: Callee, arguments: Vec<Value>, keywords: Vec<(Value, Value)>, result: ObjectId },
    /// NEWOBJ, NEWOBJ_EX, or INST and OBJ of a class without arguments: `cls.__new__`; `__init__` does not run.
    NewObject { callee: Callee, arguments: Vec<Value>, keywords: Vec<(Value, Value)>, result: ObjectId },
    /// BUILD: `__setstate__`, or a write into `__dict__` and slots.
    Build { target: Callee, state: Value },
    /// SETITEM and SETITEMS on something that is no dictionary made by the stream itself.
    SetItem { target: Callee, key: Value, value: Value },
    /// APPEND and APPENDS on something that is no list made by the stream itself.
    Append { target: Callee, item: Value },
    /// ADDITEMS on something that is no set made by the stream itself.
    Add { target: Callee, item: Value },
    /// PERSID and BINPERSID: the consumer's `persistent_load`.
    PersistentId { id: Value, result: ObjectId },
    /// EXT1, EXT2, EXT4: a code of the host's `copyreg` registry.
    Extension { code: u32, result: ObjectId },
    /// NEXT_BUFFER: an out-of-band buffer that the caller supplies.
    Buffer { result: ObjectId },
}

impl EventKind {
    /// Bytes of the names that the event itself holds; those within its values are counted as they are copied.
    pub(super) fn name_bytes(&self) -> u64 {
        let callee = match self {
            EventKind::Import { module, name } => return (module.len() + name.len()) as u64,
            EventKind::Call { callee, .. } | EventKind::NewObject { callee, .. } => callee,
            EventKind::Build { target, .. }
            | EventKind::SetItem { target, .. }
            | EventKind::Append { target, .. }
            | EventKind::Add { target, .. } => target,
            _ => return 0,
        };
        match callee {
            Callee::Global { module, name } => (module.len() + name.len()) as u64,
            _ => 0,
        }
    }
}

/// What is called or written to.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub enum Callee {
    /// Something imported by the stream.
    Global { module: String, name: String },
    /// Something that the stream made.
    Object(ObjectId),
    /// A plain value: calling or writing to it is an error at best.
    Data,
}

/// A value as it stood when an event used it: long ones are cut, and containers are copied a few levels deep.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    None,
    Bool(bool),
    Int(i64),
    /// A whole number beyond 64 bits: its sign and its count of bits.
    BigInt {
        negative: bool,
        bits: u64,
    },
    Float(f64),
    /// At most the first 4,096 bytes of a text, and its whole length in bytes.
    Text {
        head: String,
        length: u64,
    },
    /// Where the bytes stand, how many there are, and at most the first 4,096 of them.
    Bytes {
        offset: u64,
        length: u64,
        head: Vec<u8>,
    },
    List {
        items: Vec<Value>,
        length: u64,
    },
    Tuple {
        items: Vec<Value>,
        length: u64,
    },
    Set {
        items: Vec<Value>,
        length: u64,
    },
    Dict {
        entries: Vec<(Value, Value)>,
        length: u64,
    },
    Global {
        module: String,
        name: String,
    },
    Object(ObjectId),
    /// Deeper than the copy goes.
    Cut,
}
