//! Whether bytes are a pickle. There is no signature: protocols 0 and 1 start with any opcode, and a pickle that breaks
//! after its payload has run is still one. So the machine runs for a while, and what it met is weighed.

use super::{
    feed::Semantics,
    machine::{Machine, Mode, Outcome},
    opcode,
    transcript::{Callee, End, EventKind},
};
use crate::{Source, limits::MemoryBudget};

/// Opcodes of a first trial, enough for text to break down.
const TRIAL: u64 = 5_000;
/// Opcodes of a second one, for streams that pad.
const LONG_TRIAL: u64 = 1_000_000;
/// Memory of a trial.
const MEMORY: u64 = 64 << 20;

/// Whether loading `source` as a pickle would do something, or give something. `head` is its first 4 KiB.
#[must_use]
pub fn looks_like(head: &[u8], source: &Source) -> bool {
    if head.first().is_none_or(|first| opcode::name(*first).is_none()) || known_otherwise(head) {
        return false;
    }
    let memory = MemoryBudget::new(MEMORY);
    let mut run = |mode: Mode, limit: u64| Machine::new(source, 0, mode, &memory).run(limit);
    is_one(head, source, &mut run)
}

/// Whether loading `source` as a pickle would do anything at all before it ends or fails: enough for a file whose name says
/// that it is one, since a loader asks for nothing more.
#[must_use]
pub fn acts(head: &[u8], source: &Source) -> bool {
    if head.first().is_none_or(|first| opcode::name(*first).is_none()) {
        return false;
    }
    let memory = MemoryBudget::new(MEMORY);
    let mut run = |mode: Mode, limit: u64| Machine::new(source, 0, mode, &memory).run(limit);
    // The `P` that a ZIP archive starts with is the opcode of a persistent id, and asks for nothing by itself.
    let asks = |kind: &EventKind| !(known_otherwise(head) && matches!(kind, EventKind::PersistentId { .. }));
    any_unpickler(&mut run, TRIAL, |outcome| outcome.run.events.iter().any(|event| asks(&event.kind)))
}

/// The judgement on trials, which `run` makes from the start of `source`; `head` is at least its first three bytes.
pub(super) fn is_one(head: &[u8], source: &Source, run: &mut dyn FnMut(Mode, u64) -> Outcome) -> bool {
    let header = matches!(head, [opcode::PROTO, 2..=5, next, ..] if opcode::name(*next).is_some());
    let framed = head.get(2) == Some(&opcode::FRAME);
    let mut padded = false;
    let is_one = |outcome: &Outcome| {
        let end = &outcome.run.end;
        padded |= *end == End::Budget;
        let plain = outcome.opcodes >= 5 || *end == End::Stop || *end == End::Error("truncated") || framed;
        (header && plain) || convincing(outcome, source)
    };
    any_unpickler(run, TRIAL, is_one)
        || (padded && any_unpickler(run, LONG_TRIAL, |outcome| convincing(outcome, source)))
}

/// Whether a run of some unpickler is as wanted; the others are tried where they may differ.
pub(super) fn any_unpickler(
    run: &mut dyn FnMut(Mode, u64) -> Outcome,
    limit: u64,
    mut wanted: impl FnMut(&Outcome) -> bool,
) -> bool {
    let mode = |semantics: Semantics| Mode { semantics, lenient: true, ..Mode::C };
    let c = run(mode(Semantics::C), limit);
    wanted(&c)
        || (c.python_differs && wanted(&run(mode(Semantics::Python), limit)))
        || (c.frames_crossed.is_some() && wanted(&run(mode(Semantics::Peek), limit)))
}

/// Signatures whose first bytes are opcodes.
fn known_otherwise(head: &[u8]) -> bool {
    head.starts_with(b"\x89PNG\r\n") || head.starts_with(b"\x89HDF\r\n") || head.starts_with(b"PK\x03\x04")
}

/// Whether a run calls or makes something with a name that a module and an attribute can have: text never gets there.
pub(super) fn calls(outcome: &Outcome) -> bool {
    outcome.run.events.iter().any(|event| match &event.kind {
        EventKind::Call { callee, .. } | EventKind::NewObject { callee, .. } => match callee {
            Callee::Global { module, name } => is_dotted(module) && is_dotted(name),
            Callee::Object(_) => true,
            Callee::Data => false,
        },
        EventKind::ComputedImport { .. } => true,
        _ => false,
    })
}

/// Letters of every script, digits and dots, as in `os.path` or `<lambda>`; no spaces, brackets or quotes.
fn is_dotted(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '<' | '>'))
}

/// Whether what a trial met cannot be text or weights by accident.
fn convincing(outcome: &Outcome, source: &Source) -> bool {
    let touches = outcome.run.events.iter().any(|event| {
        !matches!(
            event.kind,
            EventKind::PersistentId { .. } | EventKind::Extension { .. } | EventKind::Buffer { .. }
        )
    });
    match outcome.run.end {
        _ if calls(outcome) => true,
        End::Stop => outcome.run.position == source.len() || outcome.structural > 0 || touches,
        // Text can survive as lines that start with `V` or `c`, and bytes as one opcode repeated.
        End::Budget => outcome.structural >= 3 || (outcome.inline >= 50 && outcome.varied),
        _ => (touches && outcome.structural >= 3) || imports_unmistakably(outcome),
    }
}

/// Whether a module is imported that no list of words names by accident, not even with a `c` before it.
fn imports_unmistakably(outcome: &Outcome) -> bool {
    outcome.run.events.iter().any(|event| match &event.kind {
        EventKind::Import { module, .. } => matches!(
            module.as_str(),
            "builtins"
                | "__builtin__"
                | "__builtins__"
                | "posix"
                | "sys"
                | "subprocess"
                | "importlib"
                | "copyreg"
                | "copy_reg"
        ),
        _ => false,
    })
}
