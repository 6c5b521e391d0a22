//! The threads of a scan: each takes the next files, opens them, and hands their descriptors to its executor.

use crate::{
    ScanError,
    executor::Executor,
    outcome::Outcome,
    request::{Confinement, Options, Progress},
    worker::{self, Hello},
};
use modelward_collect::{Entry, Tree};
use modelward_kernel::Reason;
use std::{
    fs::File,
    io,
    ops::Range,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// Files beyond this size in all go in a message of their own.
const BATCH_BYTES: u64 = 2 << 20;

/// The threads of a scan, each with its worker.
pub(crate) struct Pool<'a> {
    tree: &'a Tree,
    options: &'a Options,
    progress: Option<&'a (dyn Fn(&Progress) + Sync)>,
    next: Mutex<usize>,
    bytes_done: AtomicU64,
    files_done: AtomicU64,
    findings: AtomicU64,
    bytes: u64,
    transcripts: bool,
}

impl<'a> Pool<'a> {
    pub(crate) fn new(
        tree: &'a Tree,
        options: &'a Options,
        progress: Option<&'a (dyn Fn(&Progress) + Sync)>,
        transcripts: bool,
    ) -> Self {
        Pool {
            tree,
            options,
            progress,
            next: Mutex::new(0),
            bytes_done: AtomicU64::new(0),
            files_done: AtomicU64::new(0),
            findings: AtomicU64::new(0),
            bytes: tree.entries().iter().map(|entry| entry.size).sum(),
            transcripts,
        }
    }

    /// The outcomes in the order of the files, and the level of confinement that every worker reached.
    pub(crate) fn run(&self) -> Result<(Vec<Outcome>, String), ScanError> {
        let entries = self.tree.entries();
        let outcomes: Mutex<Vec<Option<Outcome>>> = Mutex::new(vec![None; entries.len()]);
        let levels: Mutex<Vec<String>> = Mutex::new(Vec::new());
        let jobs = self.options.jobs.clamp(1, entries.len().max(1));
        let hello = self.hello();
        std::thread::scope(|scope| -> Result<(), ScanError> {
            let threads: Vec<_> = (0..jobs)
                .map(|_| {
                    scope.spawn(|| -> Result<(), ScanError> {
                        let mut executor = Executor::start(self.options, &hello)?;
                        levels
                            .lock()
                            .unwrap_or_else(PoisonError::into_inner)
                            .push(executor.level().to_owned());
                        loop {
                            let batch = self.next_batch(jobs);
                            let Some(first) = entries.get(batch.start) else { return Ok(()) };
                            let judged = self.judge(&mut executor, &entries[batch.clone()], &hello)?;
                            self.report_progress(first, &entries[batch.clone()], &judged);
                            let mut outcomes = outcomes.lock().unwrap_or_else(PoisonError::into_inner);
                            for (slot, outcome) in outcomes[batch].iter_mut().zip(judged) {
                                *slot = Some(outcome);
                            }
                        }
                    })
                })
                .collect();
            threads.into_iter().try_for_each(|thread| thread.join().unwrap_or(Ok(())))
        })?;
        let outcomes = outcomes.into_inner().unwrap_or_else(PoisonError::into_inner);
        let missing = outcomes.iter().position(Option::is_none);
        if let Some(index) = missing {
            return Err(ScanError::Worker(io::Error::other(format!(
                "`{}` was not judged",
                entries[index].path
            ))));
        }
        let mut levels = levels.into_inner().unwrap_or_else(PoisonError::into_inner);
        levels.sort_unstable();
        levels.dedup();
        Ok((outcomes.into_iter().flatten().collect(), levels.join("/")))
    }

    fn hello(&self) -> Hello {
        Hello {
            limits: self.options.limits,
            rules: self.options.rules.clone(),
            structure_only: self.options.structure_only,
            transcripts: self.transcripts,
            confine: self.options.confinement != Confinement::Off,
            memory: self.options.memory,
            // Room for the program itself, its table of effects and the buffers that the budget does not count.
            address_space: self.options.memory + (1 << 30),
            effects: self.options.effects.iter().map(|(_, table)| table.clone()).collect(),
        }
    }

    /// The next files for one message: one large file, or several small ones, since waking a worker costs more than a small
    /// file does. Batches stay short enough that all threads have work.
    fn next_batch(&self, jobs: usize) -> Range<usize> {
        let entries = self.tree.entries();
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let start = (*next).min(entries.len());
        let most = ((entries.len() - start) / (2 * jobs)).clamp(1, worker::MAX_BATCH);
        let (mut end, mut bytes) = (start, 0);
        while end < entries.len()
            && end - start < most
            && (end == start || bytes + entries[end].size <= BATCH_BYTES)
        {
            bytes += entries[end].size;
            end += 1;
        }
        *next = end;
        start..end
    }

    /// Judges a batch. When its worker dies, each file of it gets a worker of its own, so that one bad file costs one file.
    fn judge(
        &self,
        executor: &mut Executor,
        batch: &[Entry],
        hello: &Hello,
    ) -> Result<Vec<Outcome>, ScanError> {
        let (mut outcomes, mut open) = (vec![Outcome::default(); batch.len()], Vec::new());
        for (index, entry) in batch.iter().enumerate() {
            match self.tree.open_file(entry) {
                Ok(file) => open.push((index, file)),
                Err(error) => {
                    let message = format!("it could not be read: {}", modelward_collect::words(&error));
                    let hint = "scan it again as a user who may read it";
                    outcomes[index] = Outcome::not_judged(&entry.path, Reason::Unreadable, message, hint);
                }
            }
        }
        let size: u64 = open.iter().map(|(index, _)| batch[*index].size).sum();
        let limit = Duration::from_secs(self.options.seconds + size / (16 << 20));
        let files: Vec<(&str, &File)> =
            open.iter().map(|(index, file)| (batch[*index].path.as_str(), file)).collect();
        match executor.judge(&files, limit) {
            Ok(judged) if judged.len() == files.len() => {
                for ((index, _), outcome) in open.iter().zip(judged) {
                    outcomes[*index] = outcome;
                }
            }
            failed => {
                *executor = Executor::start(self.options, hello)?;
                if batch.len() > 1 {
                    let alone =
                        batch.iter().map(|entry| self.judge(executor, std::slice::from_ref(entry), hello));
                    return Ok(alone.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect());
                }
                let slow = failed.is_err_and(|error| {
                    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
                });
                let why = if slow { "took too long" } else { "used too much memory or stopped" };
                let message = format!("the worker that read it {why}, and was replaced: it was not judged");
                let hint = "raise `--file-seconds` or `--memory`, or treat it as hostile";
                let alone = batch.iter();
                return Ok(alone
                    .map(|entry| Outcome::not_judged(&entry.path, Reason::WorkerDied, message.clone(), hint))
                    .collect());
            }
        }
        Ok(outcomes)
    }

    fn report_progress(&self, first: &Entry, batch: &[Entry], outcomes: &[Outcome]) {
        let size: u64 = batch.iter().map(|entry| entry.size).sum();
        let found: usize = outcomes.iter().map(|outcome| outcome.findings.len()).sum();
        let add = |counter: &AtomicU64, count: u64| counter.fetch_add(count, Ordering::Relaxed) + count;
        let progress = Progress {
            path: first.path.clone(),
            files_done: add(&self.files_done, batch.len() as u64),
            files: self.tree.entries().len() as u64,
            bytes_done: add(&self.bytes_done, size),
            bytes: self.bytes,
            findings: add(&self.findings, found as u64),
        };
        if let Some(report) = self.progress {
            report(&progress);
        }
    }
}
