//! What every parser is given beside the bytes.

use crate::{
    Spool,
    limits::{Limits, MemoryBudget},
};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// The budgets of one file: shared by all parsers that work on it, at all depths of nesting.
#[derive(Debug)]
pub struct Context {
    pub limits: Limits,
    pub memory: MemoryBudget,
    pub spool: Spool,
    unpacked: AtomicU64,
    bombs: AtomicU32,
}

impl Context {
    #[must_use]
    pub fn new(limits: Limits, memory: MemoryBudget, spool: Spool) -> Self {
        Context { limits, memory, spool, unpacked: AtomicU64::new(0), bombs: AtomicU32::new(0) }
    }

    /// Below this size a member is no bomb, however well it compresses. Each bomb that was met makes the next one cheaper
    /// to give up, so that a thousand of them cost little more than one.
    #[must_use]
    pub fn bomb_bytes(&self) -> u64 {
        (64_u64 << 20).checked_shr(self.bombs.load(Ordering::Relaxed)).unwrap_or(0).max(1 << 20)
    }

    /// How many bombs were met.
    #[must_use]
    pub fn bombs(&self) -> u32 {
        self.bombs.load(Ordering::Relaxed)
    }

    /// Notes that a bomb was met.
    pub fn count_bomb(&self) {
        self.bombs.fetch_add(1, Ordering::Relaxed);
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
