//! The verdict on a load transcript: the join of its events, each judged by what the tables say about the names in it.
//!
//! A call that pickling cannot emit is a finding whatever it does; a call, a hook or a stored callable whose effect is harmful
//! is a graver one. Building an instance of an unknown class is none: its constructor does not run.
//! Linear in the events; at most [`MOST`] judgements per transcript are kept.

mod call;
mod objects;
mod remarks;
mod render;
#[cfg(test)]
mod tests;
mod walk;

use super::{Effects, effect::EffectSet};
use modelward_formats::pickle::{End, Run, Stream, Transcript};
use modelward_kernel::Severity;
use std::collections::HashSet;

/// The most judgements that are kept of one transcript: beyond that the file is hostile many times over.
const MOST: usize = 1_000;
/// Pickles within byte strings of pickles are judged to this depth.
const DEPTH: usize = 16;

/// What sort of thing was noticed.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Kind {
    /// A call whose effect is harmful.
    HarmfulCall,
    /// Something harmful is named: it could be called later.
    HarmfulImport,
    /// A call of something that is not in any table.
    Unrecognised,
    /// A call of something known that pickling never emits.
    NotProduced,
    /// A write into something that the stream did not make, or that is no container.
    Write,
    /// A code of the host's extension registry.
    Extension,
    /// A call that allocates far more than the file holds, or blocks.
    Exhaustion,
    /// Two unpicklers do different things.
    Differential,
}

/// One thing that a rule turns into a finding.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    pub kind: Kind,
    pub severity: Severity,
    /// One lower-case sentence without a full stop.
    pub message: String,
    /// The dotted name that it is about, after following renames; empty when there is none.
    pub name: String,
    /// The call as Python would write it.
    pub call: String,
    pub effects: EffectSet,
    /// From the name to where the worst effect happens.
    pub path: Vec<String>,
    /// Where the opcode stands.
    pub offset: u64,
    /// Where the byte string starts that holds the pickle; none in the outer stream.
    pub nested: Option<u64>,
    /// The byte string is only kept as data by the outer stream.
    pub data: bool,
}

impl Judgement {
    /// What makes two judgements the same: no offsets, no order.
    #[must_use]
    pub fn witness(&self) -> String {
        format!("{:?} {}", self.kind, self.call)
    }
}

/// Judges all streams of a transcript, and the pickles in their byte strings, in the order of the file.
#[must_use]
pub fn judge(transcript: &Transcript, effects: &Effects) -> Vec<Judgement> {
    judge_at(transcript, effects, 0)
}

fn judge_at(transcript: &Transcript, effects: &Effects, depth: usize) -> Vec<Judgement> {
    let mut out = Vec::new();
    let mut seen = HashSet::new();
    for stream in &transcript.streams {
        for judgement in judge_stream(stream, effects, depth) {
            if out.len() >= MOST {
                return out;
            }
            if seen.insert((judgement.witness(), judgement.data)) {
                out.push(judgement);
            }
        }
    }
    let differs = out.iter().any(|judgement| judgement.kind == Kind::Differential);
    out.extend(remarks::judge(transcript, differs));
    out
}

fn judge_stream(stream: &Stream, effects: &Effects, depth: usize) -> Vec<Judgement> {
    let mut inner: Vec<(Option<usize>, Vec<Judgement>, bool)> = Vec::new();
    if depth < DEPTH {
        for nested in &stream.nested {
            let mut found = judge_at(&nested.transcript, effects, depth + 1);
            for judgement in &mut found {
                judgement.nested = Some(nested.offset);
                if nested.event.is_none() {
                    judgement.data = true;
                    judgement.severity = judgement.severity.min(Severity::Low);
                }
            }
            let whole = nested.transcript.streams.first().is_some_and(|stream| stream.c.end == End::Stop);
            inner.push((nested.event, found, whole));
        }
    }
    let clean: HashSet<usize> = inner
        .iter()
        .filter(|(_, found, whole)| {
            *whole && found.iter().all(|judgement| judgement.severity < Severity::Medium)
        })
        .filter_map(|(event, ..)| *event)
        .collect();
    let mut out = walk::run(&stream.c, effects, &clean);
    for (run, by) in [
        (&stream.python, "the pure-Python unpickler"),
        (&stream.peek, "an unpickler that holds the whole input"),
        (&stream.plain, "an unpickler that knows nothing of joblib"),
    ] {
        let Some(run) = run else { continue };
        out.extend(walk::run(run, effects, &HashSet::new()));
        out.extend(differential(&stream.c, run, by));
    }
    if let Some(run) = &stream.lenient {
        out.extend(walk::run(run, effects, &clean));
    }
    out.extend(inner.into_iter().flat_map(|(_, found, _)| found));
    out
}

/// The judgement on two runs of one stream that do not agree.
fn differential(c: &Run, other: &Run, by: &str) -> Option<Judgement> {
    let same_events = c.events.len() == other.events.len()
        && c.events.iter().zip(&other.events).all(|(a, b)| a.kind == b.kind);
    let stops = (c.end == End::Stop, other.end == End::Stop);
    if same_events && (stops == (false, false) || (stops == (true, true) && c.position == other.position)) {
        return None;
    }
    let at = c.events.iter().zip(&other.events).find(|(a, b)| a.kind != b.kind).map(|(a, _)| a.offset);
    let at = at.or_else(|| c.events.get(other.events.len()).map(|event| event.offset));
    let offset =
        at.or_else(|| other.events.get(c.events.len()).map(|event| event.offset)).unwrap_or(c.position);
    let (message, severity) = if same_events {
        (format!("{by} ends elsewhere than the usual one: one of them refuses the file"), Severity::Medium)
    } else {
        (format!("{by} does other things with this file than the usual one"), Severity::High)
    };
    Some(Judgement {
        kind: Kind::Differential,
        severity,
        message,
        name: by.to_owned(),
        call: format!(
            "usual: {} events, {}; {by}: {} events, {}",
            c.events.len(),
            end(&c.end),
            other.events.len(),
            end(&other.end)
        ),
        effects: EffectSet::NONE,
        path: Vec::new(),
        offset,
        nested: None,
        data: false,
    })
}

fn end(end: &End) -> &'static str {
    match end {
        End::Stop => "ends at STOP",
        End::Error(word) => word,
        End::RawArray => "ends at raw array bytes",
        End::Budget => "ends at the limit of opcodes",
    }
}
