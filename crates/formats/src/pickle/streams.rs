//! From one machine to a file: every semantics that could differ, stream after stream, and what follows an error.

use super::{
    feed::Semantics,
    machine::{Machine, Mode, Outcome, RawArray},
    nested, rest,
    transcript::{End, Event, EventKind, Raw, RawKind, Run, Stream, Transcript},
};
use crate::{Context, Problem, ProblemKind, Source, limits::Grant};

/// Streams of one file.
const STREAMS: usize = 10_000;
/// Bytes that are looked through: so many times the file, and so many more.
const BYTES_TIMES: u64 = 16;
const BYTES: u64 = 1 << 30;

/// What is known of a file beside its transcript.
#[derive(Debug, Default)]
pub(super) struct File {
    pub(super) transcript: Transcript,
    /// Where the last stream ends and bytes of another sort begin.
    pub(super) rest: u64,
    /// The texts in the list that each stream leaves, for the formats that are told by it.
    pub(super) top_texts: Vec<Vec<String>>,
}

/// What reading a file draws on: its bytes, and what is left of the budgets.
pub(super) struct Reading<'a> {
    pub(super) source: &'a Source,
    pub(super) context: &'a Context,
    /// How deep pickles within byte strings are still followed.
    pub(super) depth: u32,
    pub(super) left: &'a mut Left,
}

/// What is left for all streams of a file together, at all depths.
pub(super) struct Left {
    opcodes: u64,
    /// Bytes to look through: many times the file, but no more for each of many streams.
    bytes: u64,
    /// Memory of the events so far, which outlive the run that made them.
    held: Vec<Grant>,
}

impl Left {
    pub(super) fn new(source: &Source, context: &Context) -> Self {
        let bytes = source.len().saturating_mul(BYTES_TIMES).saturating_add(BYTES);
        Left { opcodes: context.limits.opcodes, bytes, held: Vec::new() }
    }

    pub(super) fn is_none(&self) -> bool {
        self.opcodes == 0 || self.bytes == 0
    }
}

impl Reading<'_> {
    /// A run from `offset`, of at most `limit` opcodes and of what is left.
    pub(super) fn run(&mut self, offset: u64, mode: Mode, limit: u64) -> Outcome {
        let limit = if self.left.is_none() { 0 } else { limit.min(self.left.opcodes) };
        let outcome = Machine::new(self.source, offset, mode, &self.context.memory).run(limit);
        self.left.opcodes = self.left.opcodes.saturating_sub(outcome.opcodes);
        self.left.bytes = self.left.bytes.saturating_sub(outcome.scanned);
        match self.context.memory.take(outcome.event_bytes) {
            Some(grant) => self.left.held.push(grant),
            None => self.left.opcodes = 0,
        }
        outcome
    }

    /// All streams from `start` that follow one another.
    pub(super) fn streams(&mut self, start: u64) -> File {
        let mut file = File::default();
        let mut offset = start;
        while offset < self.source.len() && file.transcript.streams.len() < STREAMS {
            let first = file.transcript.streams.is_empty();
            let Some(next) = self.one(offset, first, &mut file) else { break };
            offset = next;
        }
        if file.transcript.streams.len() >= STREAMS && offset < self.source.len() {
            let message = format!("more than {STREAMS} pickles follow one another");
            file.transcript
                .problems
                .push(Problem::new(ProblemKind::Budget, "pickle-streams", message).at(offset));
        }
        file.rest = file.transcript.streams.last().map_or(offset, |last| offset.max(last.c.position));
        file
    }

    /// Reads the stream at `offset` under every semantics that could differ, and says where a loader finds the next one.
    fn one(&mut self, offset: u64, first: bool, file: &mut File) -> Option<u64> {
        let mut c = self.run(offset, Mode::C, u64::MAX);
        let limit = c.opcodes.saturating_mul(4).saturating_add(1000);
        let (mut candidates, mut ended) = (std::mem::take(&mut c.candidates), None);
        let mut other = |wanted: bool, mode: Mode| {
            let outcome = wanted.then(|| self.run(offset, mode, limit))?;
            // A run that comes further sees more byte strings, and finds the end of the stream.
            if outcome.candidates.len() > candidates.len() {
                candidates = outcome.candidates;
            }
            if outcome.run.end == End::Stop {
                ended = Some(outcome.run.position);
            }
            Some(outcome.run)
        };
        let python = other(c.python_differs, Mode { semantics: Semantics::Python, ..Mode::C });
        let acts = |run: &Run| run.end == End::Stop || !run.events.is_empty();
        if !first && !acts(&c.run) && !python.as_ref().is_some_and(acts) {
            return None;
        }
        if let Some(run) = &python
            && run.end == End::Error("frame-nested")
        {
            let message = "a frame starts before the one around it ends, which no pickler writes";
            c.problems
                .push(Problem::new(ProblemKind::Differential, "frame-nested", message).at(run.position));
        }
        let peek = other(c.frames_crossed.is_some(), Mode { semantics: Semantics::Peek, ..Mode::C });
        let lenient = other(c.lenient_goes_on, Mode { lenient: true, ..Mode::C });
        let plain = other(!c.arrays.is_empty(), Mode { joblib: false, ..Mode::C });
        c.candidates = candidates;
        let stopped = (c.run.end == End::Stop).then_some(c.run.position).or(ended);
        let next = stopped.map(|next| {
            let raw = c.top_class.as_deref().and_then(|class| rest::tar_member(self.source, next, class));
            let end = raw.as_ref().map_or(next, |raw| raw.offset.saturating_add(raw.length));
            file.transcript.raw.extend(raw);
            end
        });
        let others = Others {
            python: python.filter(|run| differ(&c.run, run)),
            peek: peek.filter(|run| differ(&c.run, run)),
            lenient: lenient.filter(|run| run.events.len() > c.run.events.len() || run.end == End::Stop),
            plain: plain.filter(|run| imports_within(run, &c.arrays)),
        };
        self.keep(offset, c, others, file);
        next
    }

    /// Makes a stream of its runs, and finds what is nested in it.
    fn keep(&mut self, offset: u64, mut c: Outcome, others: Others, file: &mut File) {
        note_problems(&mut c, others.lenient.as_ref(), &mut file.transcript.problems);
        let arrays = c.arrays.iter().filter(|array| !array.objects);
        let raw =
            arrays.map(|array| Raw { kind: RawKind::Array, offset: array.offset, length: array.length });
        file.transcript.raw.extend(raw);
        file.top_texts.push(c.top_texts);
        let mut stream = Stream {
            offset,
            c: c.run,
            python: others.python,
            peek: others.peek,
            lenient: others.lenient,
            plain: others.plain,
            protocol: c.protocol,
            nested: Vec::new(),
        };
        if self.depth > 0 {
            stream.nested = nested::find(self, &stream, &c.candidates);
        }
        file.transcript.streams.push(stream);
        for (place, inner) in c.inner {
            self.keep(place, inner, Others::default(), file);
        }
    }
}

/// The runs that differ from the first.
#[derive(Default)]
struct Others {
    python: Option<Run>,
    peek: Option<Run>,
    lenient: Option<Run>,
    plain: Option<Run>,
}

fn note_problems(c: &mut Outcome, lenient: Option<&Run>, problems: &mut Vec<Problem>) {
    problems.append(&mut c.problems);
    if let Some(place) = c.frames_crossed {
        let message = "an argument crosses the end of its frame: unpicklers read different streams";
        problems.push(Problem::new(ProblemKind::Differential, "frame-crossed", message).at(place));
    }
    if c.run.end == End::Stop && c.file_position > c.run.position {
        let message = "bytes follow STOP within its frame: some loaders skip them, others read them next";
        problems
            .push(Problem::new(ProblemKind::Differential, "stop-within-frame", message).at(c.run.position));
    }
    if let End::Error(word) = c.run.end
        && lenient.is_some_and(|run| run.end == End::Stop)
    {
        // Old models need it: everything was read, under the option that they are loaded with.
        let message =
            format!("the unpickler's defaults end here ({word}), and options or newer versions read on");
        problems.push(Problem::new(ProblemKind::Note, "defaults-refuse", message).at(c.run.position));
    } else {
        end_problem(&c.run, problems);
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
    if b.end == End::Budget {
        // What it did not come to is no difference.
        let more = b.events.len() > a.events.len();
        return more || !a.events.iter().zip(&b.events).all(|(a, b)| same(a, b));
    }
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
