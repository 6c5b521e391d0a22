//! Confinement of the process that parses untrusted bytes. After [`confine`] this process can open no file and no socket and
//! start no program; it keeps the descriptors that it was given, and that is all it needs.
//!
//! It is not a container: it takes rights away from the calling process and from the threads that it starts later, so it
//! must be called before the first thread. Start with [`confine`]; what was reached is in [`Level`] and belongs in the report.
//!
//! Layers, each tried in turn:
//! 1. *no new privileges*, no core dumps (they would hold the target's bytes), a limit on address space;
//! 2. Landlock (Linux 5.13 and later): no access to any file, from ABI 4 no TCP, from ABI 6 no signals to other processes;
//! 3. seccomp: an allow-list of system calls that work on open descriptors and memory. Everything else fails with `EPERM`.

#[cfg(target_os = "linux")]
mod landlock_layer;
#[cfg(target_os = "linux")]
mod seccomp_layer;

use std::fmt;

/// What was reached.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Level {
    /// Landlock denies every access to files.
    pub landlock: bool,
    /// seccomp allows only work on open descriptors and memory.
    pub seccomp: bool,
    /// The address space and the size of core dumps are limited.
    pub limits: bool,
}

impl Level {
    /// Whether files, sockets and programs are all out of reach. seccomp alone achieves it; Landlock alone leaves UDP
    /// sockets and programs that are open already.
    #[must_use]
    pub fn is_full(self) -> bool {
        self.seccomp
    }
}

impl fmt::Display for Level {
    /// `landlock+seccomp`, `seccomp`, `landlock`, or `none`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match (self.landlock, self.seccomp) {
            (true, true) => "landlock+seccomp",
            (false, true) => "seccomp",
            (true, false) => "landlock",
            (false, false) => "none",
        })
    }
}

/// Takes every right away from this process that parsing does not need. `address_space` is in bytes.
///
/// Never fails: where the kernel offers less, less is reached, and the caller decides whether that is enough.
#[must_use]
pub fn confine(address_space: Option<u64>) -> Level {
    let limits = limit(address_space);
    #[cfg(target_os = "linux")]
    {
        let landlock = landlock_layer::apply();
        let seccomp = seccomp_layer::apply();
        Level { landlock, seccomp, limits }
    }
    #[cfg(not(target_os = "linux"))]
    Level { limits, ..Level::default() }
}

fn limit(address_space: Option<u64>) -> bool {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let to = |bytes| Rlimit { current: Some(bytes), maximum: Some(bytes) };
    let mut done = setrlimit(Resource::Core, to(0)).is_ok();
    if let Some(bytes) = address_space {
        done &= setrlimit(Resource::As, to(bytes)).is_ok();
    }
    done
}
