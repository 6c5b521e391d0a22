//! The pickle family: what loading a stream would import, call and write, decided without doing any of it.

mod transcript;

pub use transcript::{Callee, End, Event, EventKind, Nested, ObjectId, Run, Stream, Transcript, Value};
