//! The seccomp layer: an allow-list. What is not named fails with `EPERM`, so that a library that tries its luck gets an
//! error that it can handle, and new system calls are denied on the day they appear.

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
};
use std::collections::BTreeMap;

/// Work on open descriptors, on memory, on threads of this process and on the clock.
const ALLOWED: &[libc::c_long] = &[
    libc::SYS_brk,
    libc::SYS_clock_gettime,
    libc::SYS_clock_nanosleep,
    libc::SYS_close,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_fstat,
    libc::SYS_futex,
    libc::SYS_getpid,
    libc::SYS_getrandom,
    libc::SYS_gettid,
    libc::SYS_lseek,
    libc::SYS_madvise,
    libc::SYS_mmap,
    libc::SYS_mprotect,
    libc::SYS_mremap,
    libc::SYS_munmap,
    libc::SYS_nanosleep,
    libc::SYS_pread64,
    libc::SYS_pwrite64,
    libc::SYS_read,
    libc::SYS_recvmsg,
    libc::SYS_restart_syscall,
    libc::SYS_rseq,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sched_getaffinity,
    libc::SYS_sched_yield,
    libc::SYS_sendmsg,
    libc::SYS_sendto,
    libc::SYS_set_robust_list,
    libc::SYS_sigaltstack,
    libc::SYS_statx,
    libc::SYS_write,
    libc::SYS_writev,
];

/// True when both filters are in force.
pub(crate) fn apply() -> bool {
    let Some((allow, threads)) = programs() else { return false };
    // The last filter to be installed decides between two errors, so the one that answers `ENOSYS` comes second.
    seccompiler::apply_filter(&allow).is_ok() && seccompiler::apply_filter(&threads).is_ok()
}

fn programs() -> Option<(BpfProgram, BpfProgram)> {
    let arch = std::env::consts::ARCH.try_into().ok()?;
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> =
        ALLOWED.iter().map(|&number| (number, Vec::new())).collect();
    // A new thread shares the address space; a new process does not.
    let thread = SeccompCondition::new(
        0,
        SeccompCmpArgLen::Qword,
        SeccompCmpOp::MaskedEq(libc::CLONE_THREAD as u64),
        libc::CLONE_THREAD as u64,
    )
    .ok()?;
    rules.insert(libc::SYS_clone, vec![SeccompRule::new(vec![thread]).ok()?]);
    // Naming a thread, and giving up privileges once more before the second filter.
    let prctl = [libc::PR_SET_NAME, libc::PR_SET_NO_NEW_PRIVS]
        .map(|option| {
            SeccompCondition::new(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, option as u64)
                .and_then(|condition| SeccompRule::new(vec![condition]))
        })
        .into_iter()
        .collect::<Result<Vec<_>, _>>()
        .ok()?;
    rules.insert(libc::SYS_prctl, prctl);
    rules.insert(libc::SYS_clone3, Vec::new());
    // The second filter is installed through the first.
    let install = SeccompCondition::new(
        0,
        SeccompCmpArgLen::Dword,
        SeccompCmpOp::Eq,
        libc::SECCOMP_SET_MODE_FILTER as u64,
    )
    .ok()?;
    rules.insert(libc::SYS_seccomp, vec![SeccompRule::new(vec![install]).ok()?]);
    let allow =
        SeccompFilter::new(rules, SeccompAction::Errno(libc::EPERM as u32), SeccompAction::Allow, arch)
            .ok()?;
    // The flags of `clone3` lie in memory that a filter cannot read. Told that it does not exist, the C library falls back
    // to `clone`.
    let threads = SeccompFilter::new(
        BTreeMap::from([(libc::SYS_clone3, Vec::new())]),
        SeccompAction::Allow,
        SeccompAction::Errno(libc::ENOSYS as u32),
        arch,
    )
    .ok()?;
    Some((allow.try_into().ok()?, threads.try_into().ok()?))
}
