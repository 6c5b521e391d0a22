//! From one machine to a file: every semantics that could differ, stream after stream, and what follows an error.

use super::{
    feed::Semantics,
    machine::{Machine, Mode, Outcome, RawArray},
    nested,
    transcript::{End, Event, EventKind, Raw, RawKind, Run, Stream, Transcript},
};
use crate::{Context, Problem, ProblemKind, Source};

/// Streams of one file.
const STREAMS: usize = 10_000;

/// What is known of a file beside its transcript.
#[derive(Debug, Default)]
pub(super) struct File {
    pub(super) transcript: Transcript,
    /// Where the last stream ends and bytes of another sort begin.
    pub(super) rest: u64,
    /// The texts in the list that each stream leaves, for the formats that are told by it.
    pub(super) top_texts: Vec<Vec<String>>,
}

/// All streams of `source`, with `opcodes` for all of them together.
pub(super) fn read(source: &Source, start: u64, context: &Context, depth: u32, opcodes: &mut u64) -> File {
    let mut file = File::default();
    let mut offset = start;
    while offset < source.len() && file.transcript.streams.len() < STREAMS {
        let first = file.transcript.streams.is_empty();
        let Some(next) = one(source, context, depth, offset, first, opcodes, &mut file) else { break };
        offset = next;
    }
    file.rest = file.transcript.streams.last().map_or(offset, |last| offset.max(last.c.position));
    file
}

/// Reads the stream at `offset` under every semantics that could differ, and says where the next one would start.
fn one(
    source: &Source,
    context: &Context,
    depth: u32,
    offset: u64,
    first: bool,
    opcodes: &mut u64,
    file: &mut File,
) -> Option<u64> {
    let run = |mode: Mode, limit: u64| Machine::new(source, offset, mode, &context.memory).run(limit);
    let c = run(Mode::C, *opcodes);
    *opcodes = opcodes.saturating_sub(c.opcodes);
    let mut others = |mode: Mode| {
        let outcome = run(mode, (*opcodes).min(c.opcodes.saturating_mul(4).saturating_add(1000)));
        *opcodes = opcodes.saturating_sub(outcome.opcodes);
        outcome.run
    };
    let python = c.python_differs.then(|| others(Mode { semantics: Semantics::Python, ..Mode::C }));
    let acts = |run: &Run| run.end == End::Stop || !run.events.is_empty();
    if !first && !acts(&c.run) && !python.as_ref().is_some_and(acts) {
        return None;
    }
    let peek = c.frames_crossed.map(|_| others(Mode { semantics: Semantics::Peek, ..Mode::C }));
    let lenient = c.lenient_goes_on.then(|| others(Mode { lenient: true, ..Mode::C }));
    let plain = (!c.arrays.is_empty()).then(|| others(Mode { joblib: false, ..Mode::C }));
    let next = after(&c);
    finish(source, context, depth, offset, c, [python, peek, lenient, plain], opcodes, file);
    next
}

/// Where a loader finds the next stream: behind STOP, or behind the frame that STOP stands in.
fn after(c: &Outcome) -> Option<u64> {
    (c.run.end == End::Stop).then_some(c.run.position)
}

fn finish(
    source: &Source,
    context: &Context,
    depth: u32,
    offset: u64,
    c: Outcome,
    [python, peek, lenient, plain]: [Option<Run>; 4],
    opcodes: &mut u64,
    file: &mut File,
) {
    let problems = &mut file.transcript.problems;
    problems.extend(c.problems);
    if let Some(place) = c.frames_crossed {
        let message = "an argument crosses the end of its frame: unpicklers read different streams";
        problems.push(Problem::new(ProblemKind::Differential, "frame-crossed", message).at(place));
    }
    if c.run.end == End::Stop && c.file_position > c.run.position {
        let message = "bytes follow STOP within its frame: some loaders skip them, others read them next";
        problems
            .push(Problem::new(ProblemKind::Differential, "stop-within-frame", message).at(c.run.position));
    }
    end_problem(&c.run, problems);
    let differs = |run: &Run| differ(&c.run, run);
    let mut stream = Stream {
        offset,
        python: python.filter(differs),
        peek: peek.filter(differs),
        lenient: lenient.filter(|run| run.events.len() > c.run.events.len() || run.end == End::Stop),
        plain: plain.filter(|run| imports_within(run, &c.arrays)),
        c: c.run,
        protocol: c.protocol,
        nested: Vec::new(),
    };
    if depth > 0 {
        stream.nested = nested::find(source, context, depth - 1, &stream, &c.candidates, opcodes);
    }
    file.transcript.streams.push(stream);
    let arrays = c.arrays.iter().filter(|array| !array.objects);
    let raw = arrays.map(|array| Raw { kind: RawKind::Array, offset: array.offset, length: array.length });
    file.transcript.raw.extend(raw);
    file.top_texts.push(c.top_texts);
    for (place, inner) in c.inner {
        finish(source, context, depth, place, inner, [None, None, None, None], opcodes, file);
    }
}

fn end_problem(run: &Run, problems: &mut Vec<Problem>) {
    let (kind, code, message) = match &run.end {
        End::Stop => return,
        End::Error(word) => (
            ProblemKind::Malformed,
            "pickle-error",
            format!("the unpickler stops here with an error: {word}"),
        ),
        End::RawArray => (
            ProblemKind::Malformed,
            "raw-array",
            "the bytes of an array follow whose number is not known".to_owned(),
        ),
        End::Budget => (
            ProblemKind::Budget,
            "pickle-budget",
            "the budget of opcodes, events or memory ends here".to_owned(),
        ),
    };
    problems.push(Problem::new(kind, code, message).at(run.position));
}

/// Whether two runs differ in what happens: in an event, or in whether and where they end well.
fn differ(a: &Run, b: &Run) -> bool {
    let well = |run: &Run| (run.end == End::Stop).then_some(run.position);
    // NaN is not equal to itself, but is written alike.
    let same = |a: &Event, b: &Event| a == b || format!("{a:?}") == format!("{b:?}");
    well(a) != well(b)
        || a.events.len() != b.events.len()
        || !a.events.iter().zip(&b.events).all(|(a, b)| same(a, b))
}

/// Whether bytes of an array import something when they are taken for opcodes.
fn imports_within(run: &Run, arrays: &[RawArray]) -> bool {
    let within =
        |offset: u64| arrays.iter().any(|a| !a.objects && offset >= a.offset && offset - a.offset < a.length);
    run.events.iter().any(|event| {
        matches!(event.kind, EventKind::Import { .. } | EventKind::Extension { .. }) && within(event.offset)
    })
}
