//! Verdicts on transcripts that are built here, event by event.

mod advisories;
mod verdicts;

use super::{Judgement, judge};
use crate::effects::Effects;
use modelward_formats::pickle::{Callee, End, Event, EventKind, Nested, Run, Stream, Transcript, Value};

const REDUCE: u8 = b'R';
const NEWOBJ: u8 = 0x81;
const INST: u8 = b'i';

fn text(text: &str) -> Value {
    Value::Text { head: text.to_owned(), length: text.len() as u64 }
}

fn global(module: &str, name: &str) -> Value {
    Value::Global { module: module.to_owned(), name: name.to_owned() }
}

fn named(module: &str, name: &str) -> Callee {
    Callee::Global { module: module.to_owned(), name: name.to_owned() }
}

fn import(module: &str, name: &str) -> Event {
    let kind = EventKind::Import { module: module.to_owned(), name: name.to_owned() };
    Event { offset: 0, opcode: b'c', kind }
}

fn call(callee: Callee, arguments: Vec<Value>, result: u32) -> Event {
    let kind = EventKind::Call { callee, arguments, keywords: Vec::new(), result };
    Event { offset: 0, opcode: REDUCE, kind }
}

fn new_object(opcode: u8, callee: Callee, arguments: Vec<Value>, result: u32) -> Event {
    let kind = EventKind::NewObject { callee, arguments, keywords: Vec::new(), result };
    Event { offset: 0, opcode, kind }
}

fn run(events: Vec<Event>) -> Run {
    Run { end: End::Stop, position: 0, events }
}

fn stream(events: Vec<Event>) -> Stream {
    Stream {
        offset: 0,
        c: run(events),
        python: None,
        peek: None,
        lenient: None,
        plain: None,
        protocol: None,
        nested: Vec::new(),
    }
}

fn transcript(stream: Stream) -> Transcript {
    Transcript { streams: vec![stream], ..Transcript::default() }
}

fn verdict(events: Vec<Event>) -> Vec<Judgement> {
    judge(&transcript(stream(events)), &Effects::builtin())
}

fn reduce(module: &str, name: &str, arguments: Vec<Value>) -> Vec<Judgement> {
    verdict(vec![import(module, name), call(named(module, name), arguments, 1)])
}

fn nested(events: Vec<Event>, event: Option<usize>) -> Nested {
    Nested { offset: 40, event, transcript: transcript(stream(events)) }
}
