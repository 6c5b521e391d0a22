//! The pickle family: what loading a stream would import, call and write, decided without doing any of it.
//!
//! [`parse`] reads all streams of a file and gives a [`Transcript`]. Nothing is imported, called or judged. Memory is what
//! `arena` says, drawn from the context's budget; time is linear in the opcodes, up to the limit, and in the bytes of texts.

mod arena;
pub mod assemble;
mod code;
mod feed;
mod machine;
mod nested;
mod notation;
mod number;
pub mod opcode;
mod recognise;
mod rest;
mod streams;
#[cfg(test)]
mod tests;
mod text;
mod transcript;

pub use assemble::assemble;
pub use code::code_object;
pub use notation::{jsonl, stream_fields};
pub use recognise::{acts, looks_like};
pub use transcript::{
    Callee, End, Event, EventKind, Nested, ObjectId, Raw, RawKind, Run, Stream, Transcript, Value,
};

use crate::{Context, Source, numpy};

/// Pickles within pickles.
const DEPTH: u32 = 4;

/// Reads every stream of a file of pickles, and the pickles inside their byte strings. In an array of objects (`.npy`)
/// they start behind its header.
#[must_use]
pub fn parse(source: &Source, context: &Context) -> Transcript {
    let mut left = streams::Left::new(source, context);
    let mut reading = streams::Reading { source, context, depth: DEPTH, left: &mut left };
    let mut file = reading.streams(numpy::pickle_offset(source).unwrap_or(0));
    rest::explain(&mut reading, &mut file);
    file.transcript
}
