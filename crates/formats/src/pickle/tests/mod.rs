//! Tests of the pickle family, by concern.

mod calls;
mod differences;
mod hostile;
mod properties;
mod recognition;
mod streams;

use super::{Callee, End, Event, EventKind, Run, Transcript, assemble, parse};
use crate::{Context, Source};

/// The transcript of assembled text.
fn transcript(text: &str) -> Transcript {
    transcript_of(assemble(text).unwrap())
}

fn transcript_of(bytes: Vec<u8>) -> Transcript {
    parse(&Source::from_vec(bytes), &Context::default())
}

/// The events of the first stream under the C unpickler, one word each.
fn events(text: &str) -> Vec<String> {
    words(&transcript(text).streams[0].c)
}

fn end(text: &str) -> End {
    transcript(text).streams[0].c.end.clone()
}

fn words(run: &Run) -> Vec<String> {
    run.events.iter().map(word).collect()
}

fn word(event: &Event) -> String {
    let who = |callee: &Callee| match callee {
        Callee::Global { module, name } => format!("{module}.{name}"),
        Callee::Object(id) => format!("#{id}"),
        Callee::Data => "data".to_owned(),
    };
    match &event.kind {
        EventKind::Import { module, name } => format!("import {module}.{name}"),
        EventKind::ComputedImport { .. } => "import computed".to_owned(),
        EventKind::Call { callee, result, .. } => format!("#{result} = call {}", who(callee)),
        EventKind::NewObject { callee, result, .. } => format!("#{result} = new {}", who(callee)),
        EventKind::Build { target, .. } => format!("build {}", who(target)),
        EventKind::SetItem { target, .. } => format!("set {}", who(target)),
        EventKind::Append { target, .. } => format!("append {}", who(target)),
        EventKind::Add { target, .. } => format!("add {}", who(target)),
        EventKind::PersistentId { result, .. } => format!("#{result} = persistent"),
        EventKind::Extension { code, result } => format!("#{result} = extension {code}"),
        EventKind::Buffer { result } => format!("#{result} = buffer"),
    }
}

fn codes(transcript: &Transcript) -> Vec<&'static str> {
    transcript.problems.iter().map(|problem| problem.code).collect()
}
