//! The world to bytes: which files there are, and a descriptor for each. Nothing here reads what a file means.
//!
//! Every file is opened beneath the folder that was named (`openat2` with `RESOLVE_BENEATH` where the kernel has it), so a
//! link, or a folder exchanged for a link while we walk, cannot lead outside. Pipes, devices and sockets are never opened.
//! Start with [`Tree::open`].

mod error;
mod tree;

pub use error::{CollectError, words};
pub use tree::{Entry, SkipReason, Skipped, Tree};
