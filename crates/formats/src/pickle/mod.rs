//! The pickle family: what loading a stream would import, call and write, decided without doing any of it.

pub mod assemble;
pub mod opcode;
mod transcript;

pub use assemble::assemble;
pub use transcript::{Callee, End, Event, EventKind, Nested, ObjectId, Run, Stream, Transcript, Value};
