//! The opcodes of pickle, protocols 0 to 5, under the names of Python's `pickletools`.

/// How an opcode's argument is written in the stream.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Argument {
    None,
    /// A little-endian number of so many bytes; signed for BININT and EXT4.
    Number(u8),
    /// A big-endian IEEE 754 double.
    Double,
    /// A decimal number, or what Python takes for one, and a line feed.
    Line,
    /// A quoted and escaped string, and a line feed.
    Quoted,
    /// Text in Python's `raw-unicode-escape`, and a line feed.
    RawUnicode,
    /// Two lines: a module and a name in it.
    LinePair,
    /// A length of so many bytes, then that many bytes.
    Counted(u8),
}

macro_rules! opcodes {
    ($($name:ident = $code:literal, $argument:expr;)+) => {
        $(pub const $name: u8 = $code;)+

        /// Name, byte and argument of every opcode.
        pub const ALL: &[(&str, u8, Argument)] = &[$((stringify!($name), $code, $argument)),+];
    };
}

opcodes! {
    INT = b'I', Argument::Line;
    BININT = b'J', Argument::Number(4);
    BININT1 = b'K', Argument::Number(1);
    BININT2 = b'M', Argument::Number(2);
    LONG = b'L', Argument::Line;
    LONG1 = 0x8a, Argument::Counted(1);
    LONG4 = 0x8b, Argument::Counted(4);
    STRING = b'S', Argument::Quoted;
    BINSTRING = b'T', Argument::Counted(4);
    SHORT_BINSTRING = b'U', Argument::Counted(1);
    BINBYTES = b'B', Argument::Counted(4);
    SHORT_BINBYTES = b'C', Argument::Counted(1);
    BINBYTES8 = 0x8e, Argument::Counted(8);
    BYTEARRAY8 = 0x96, Argument::Counted(8);
    NEXT_BUFFER = 0x97, Argument::None;
    READONLY_BUFFER = 0x98, Argument::None;
    NONE = b'N', Argument::None;
    NEWTRUE = 0x88, Argument::None;
    NEWFALSE = 0x89, Argument::None;
    UNICODE = b'V', Argument::RawUnicode;
    SHORT_BINUNICODE = 0x8c, Argument::Counted(1);
    BINUNICODE = b'X', Argument::Counted(4);
    BINUNICODE8 = 0x8d, Argument::Counted(8);
    FLOAT = b'F', Argument::Line;
    BINFLOAT = b'G', Argument::Double;
    EMPTY_LIST = b']', Argument::None;
    APPEND = b'a', Argument::None;
    APPENDS = b'e', Argument::None;
    LIST = b'l', Argument::None;
    EMPTY_TUPLE = b')', Argument::None;
    TUPLE = b't', Argument::None;
    TUPLE1 = 0x85, Argument::None;
    TUPLE2 = 0x86, Argument::None;
    TUPLE3 = 0x87, Argument::None;
    EMPTY_DICT = b'}', Argument::None;
    DICT = b'd', Argument::None;
    SETITEM = b's', Argument::None;
    SETITEMS = b'u', Argument::None;
    EMPTY_SET = 0x8f, Argument::None;
    ADDITEMS = 0x90, Argument::None;
    FROZENSET = 0x91, Argument::None;
    POP = b'0', Argument::None;
    DUP = b'2', Argument::None;
    MARK = b'(', Argument::None;
    POP_MARK = b'1', Argument::None;
    GET = b'g', Argument::Line;
    BINGET = b'h', Argument::Number(1);
    LONG_BINGET = b'j', Argument::Number(4);
    PUT = b'p', Argument::Line;
    BINPUT = b'q', Argument::Number(1);
    LONG_BINPUT = b'r', Argument::Number(4);
    MEMOIZE = 0x94, Argument::None;
    EXT1 = 0x82, Argument::Number(1);
    EXT2 = 0x83, Argument::Number(2);
    EXT4 = 0x84, Argument::Number(4);
    GLOBAL = b'c', Argument::LinePair;
    STACK_GLOBAL = 0x93, Argument::None;
    REDUCE = b'R', Argument::None;
    BUILD = b'b', Argument::None;
    INST = b'i', Argument::LinePair;
    OBJ = b'o', Argument::None;
    NEWOBJ = 0x81, Argument::None;
    NEWOBJ_EX = 0x92, Argument::None;
    PROTO = 0x80, Argument::Number(1);
    STOP = b'.', Argument::None;
    FRAME = 0x95, Argument::Number(8);
    PERSID = b'P', Argument::Line;
    BINPERSID = b'Q', Argument::None;
}

/// The name of an opcode's byte in `pickletools`.
#[must_use]
pub fn name(code: u8) -> Option<&'static str> {
    ALL.iter().find(|opcode| opcode.1 == code).map(|opcode| opcode.0)
}
