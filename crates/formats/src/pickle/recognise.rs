//! Whether bytes are a pickle. There is no signature: protocols 0 and 1 start with any opcode, and a pickle that breaks
//! after its payload has run is still one. So the machine runs for a while, and what it met is weighed.

use super::{
    machine::{Machine, Mode, Outcome},
    opcode,
    transcript::{End, EventKind},
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
    let Some(first) = head.first() else { return false };
    if opcode::name(*first).is_none() || known_otherwise(head) {
        return false;
    }
    let memory = MemoryBudget::new(MEMORY);
    let trial = |mode: Mode, limit: u64| Machine::new(source, 0, mode, &memory).run(limit);
    let lenient = Mode { lenient: true, ..Mode::C };
    let header = matches!(head, [opcode::PROTO, 2..=5, next, ..] if opcode::name(*next).is_some());
    let outcome = trial(lenient, TRIAL);
    let truncated = outcome.run.end == End::Error("truncated");
    let framed = head.get(2) == Some(&opcode::FRAME);
    if header && (outcome.opcodes >= 5 || outcome.run.end == End::Stop || truncated || framed) {
        return true;
    }
    if convincing(&outcome, source) {
        return true;
    }
    outcome.run.end == End::Budget && convincing(&trial(lenient, LONG_TRIAL), source)
}

/// Whether loading `source` as a pickle would do anything at all before it ends or fails: enough for a file whose name says
/// that it is one, since a loader asks for nothing more.
#[must_use]
pub fn acts(head: &[u8], source: &Source) -> bool {
    if head.first().is_none_or(|first| opcode::name(*first).is_none()) {
        return false;
    }
    let memory = MemoryBudget::new(MEMORY);
    let lenient = Mode { lenient: true, ..Mode::C };
    !Machine::new(source, 0, lenient, &memory).run(TRIAL).run.events.is_empty()
}

/// Signatures whose first bytes are opcodes.
fn known_otherwise(head: &[u8]) -> bool {
    head.starts_with(b"\x89PNG\r\n") || head.starts_with(b"\x89HDF\r\n") || head.starts_with(b"PK\x03\x04")
}

/// Whether a run calls, makes or writes to something: text never does.
pub(super) fn touches(outcome: &Outcome) -> bool {
    outcome.run.events.iter().any(|event| {
        matches!(
            event.kind,
            EventKind::Call { .. }
                | EventKind::NewObject { .. }
                | EventKind::Build { .. }
                | EventKind::SetItem { .. }
                | EventKind::Append { .. }
                | EventKind::Add { .. }
                | EventKind::ComputedImport { .. }
        )
    })
}

/// Whether what a trial met cannot be text or weights by accident.
pub(super) fn convincing(outcome: &Outcome, source: &Source) -> bool {
    let imports = outcome.run.events.iter().any(|event| matches!(event.kind, EventKind::Import { .. }));
    match outcome.run.end {
        _ if touches(outcome) => true,
        End::Stop => outcome.run.position == source.len() || outcome.structural > 0 || imports,
        // Text can survive as lines that start with `V` or `c`, and bytes as one opcode repeated.
        End::Budget => outcome.structural >= 3 || (outcome.inline >= 50 && outcome.varied),
        _ => (imports && outcome.structural >= 3) || imports_unmistakably(outcome),
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
                | "subprocess"
                | "importlib"
                | "copyreg"
                | "copy_reg"
        ),
        _ => false,
    })
}
