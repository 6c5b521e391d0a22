//! What every parser is given beside the bytes.

use crate::{
    Spool,
    limits::{Limits, MemoryBudget},
};
use std::sync::atomic::{AtomicU64, Ordering};

/// The budgets of one file: shared by all parsers that work on it, at all depths of nesting.
#[derive(Debug)]
pub struct Context {
    pub limits: Limits,
    pub memory: MemoryBudget,
    pub spool: Spool,
    unpacked: AtomicU64,
}

impl Context {
    #[must_use]
    pub fn new(limits: Limits, memory: MemoryBudget, spool: Spool) -> Self {
        Context { limits, memory, spool, unpacked: AtomicU64::new(0) }
    }

    /// Counts `bytes` that came out of a decompressor; false when the budget for the whole file is used up.
    #[must_use]
    pub fn count_unpacked(&self, bytes: u64) -> bool {
        self.unpacked.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes) <= self.limits.unpacked_bytes
    }
}

impl Default for Context {
    /// Default limits, 256 MiB of memory and a spool without a file.
    fn default() -> Self {
        let memory = MemoryBudget::new(256 << 20);
        Context::new(Limits::default(), memory.clone(), Spool::new(memory, None))
    }
}
