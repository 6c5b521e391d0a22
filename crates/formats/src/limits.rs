//! Budgets, not hopes: what a run may cost. Reaching one is a [`Problem`](crate::Problem) of kind `Budget` that names it.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

/// The limits of one run; every one has a flag of the same name.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// Archives within archives.
    pub nesting: u32,
    /// Members of one archive.
    pub members: u64,
    /// Bytes that one member may have after decompression.
    pub member_bytes: u64,
    /// Bytes that all members of one file may have after decompression, at all depths together.
    pub unpacked_bytes: u64,
    /// How many times larger than its compressed form a member of at least 64 MiB may be.
    pub ratio: u64,
    /// Opcodes of one pickle stream.
    pub opcodes: u64,
    /// Bytes of a text or header that is read whole (JSON, YAML, Python, templates, headers).
    pub text_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            nesting: 8,
            members: 100_000,
            member_bytes: 4 << 30,
            unpacked_bytes: 16 << 30,
            ratio: 250,
            opcodes: 20_000_000,
            text_bytes: 32 << 20,
        }
    }
}

/// Memory that the parsers of one process share: each draws what it is about to keep and gives it back.
#[derive(Clone, Debug)]
pub struct MemoryBudget {
    left: Arc<AtomicU64>,
}

/// A part of the memory budget; given back when dropped.
#[derive(Debug)]
pub struct Grant {
    left: Arc<AtomicU64>,
    bytes: u64,
}

impl MemoryBudget {
    #[must_use]
    pub fn new(bytes: u64) -> Self {
        MemoryBudget { left: Arc::new(AtomicU64::new(bytes)) }
    }

    /// Takes `bytes` out of the budget; none when less is left.
    #[must_use]
    pub fn take(&self, bytes: u64) -> Option<Grant> {
        self.left
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |left| left.checked_sub(bytes))
            .ok()
            .map(|_| Grant { left: Arc::clone(&self.left), bytes })
    }
}

impl Drop for Grant {
    fn drop(&mut self) {
        self.left.fetch_add(self.bytes, Ordering::AcqRel);
    }
}
