//! What every fuzz target does: read any bytes as one format, under small budgets.
//!
//! A panic, an abort, a second without an answer or memory beyond the budget is a defect of the parser. What the parser
//! says about the bytes is not looked at here.

use modelward_formats::{
    Context, Format, Source, Spool,
    limits::{Limits, MemoryBudget},
};

/// Reads `bytes` as `format`.
pub fn parse(format: Format, bytes: &[u8]) {
    let source = Source::from_vec(bytes.to_vec());
    let context = context();
    let parsed = modelward_formats::parse(format, &source, "fuzzed", &context);
    std::hint::black_box(parsed.problems().len());
    if let modelward_formats::Parsed::Archive(archive) = &parsed {
        archive.visit(&source, &context, &mut |entry, content| {
            std::hint::black_box((entry.size, content.is_ok()));
        });
    }
}

/// The budgets of one run: small, so that a bomb is seen as one.
#[must_use]
pub fn context() -> Context {
    let memory = MemoryBudget::new(64 << 20);
    let limits = Limits { unpacked_bytes: 64 << 20, member_bytes: 16 << 20, opcodes: 200_000, ..Limits::default() };
    Context::new(limits, memory.clone(), Spool::new(memory, None))
}
