//! The supervisor: walks the target, hands each file to a worker, and joins what comes back. It reads no byte of the target.

use crate::{
    ScanError,
    analyser::Analyser,
    join,
    outcome::Outcome,
    rule, rules,
    wire::{decode, encode},
    worker::{self, Hello, WORKER_ARGUMENT},
};
use modelward_collect::{Entry, SkipReason, Tree};
use modelward_formats::limits::Limits;
use modelward_kernel::{Asset, Place, Reason, Report, Run, Severity, Unknown, Verdict};
use modelward_supply_chain::effects::Effects;
use rustix::fd::AsFd;
use std::{
    collections::{BTreeMap, HashMap},
    fs::File,
    io,
    ops::Range,
    os::{fd::OwnedFd, unix::net::UnixStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// What to scan.
#[derive(Clone, Debug)]
pub enum Target {
    Path(PathBuf),
    /// Standard input: one file or archive.
    Stdin,
}

/// Whether workers must confine themselves.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Confinement {
    /// As far as the system allows; the level reached is in the report.
    #[default]
    Auto,
    /// Fully, or no scan.
    Require,
    Off,
}

/// Where parsing happens.
#[derive(Clone, Debug)]
pub enum Execution {
    /// In worker processes, started again from `program` with [`WORKER_ARGUMENT`].
    Workers { program: PathBuf },
    /// In threads of this process, without confinement: for tests, and where no process may be started.
    InProcess,
}

/// What can change a judgement, and how the work is done.
#[derive(Clone, Debug)]
pub struct Options {
    pub limits: Limits,
    /// Ids of the rules to apply; empty means all.
    pub rules: Vec<String>,
    /// Read structure only, without hashing every byte.
    pub structure_only: bool,
    pub confinement: Confinement,
    pub execution: Execution,
    /// Files judged at the same time.
    pub jobs: usize,
    /// Bytes that the parsers of one worker may keep.
    pub memory: u64,
    /// Seconds that one file may take before its worker is ended; one more for each 16 MiB.
    pub seconds: u64,
    /// Further tables of effects: a name and the bytes of each.
    pub effects: Vec<(String, Vec<u8>)>,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            limits: Limits::default(),
            rules: Vec::new(),
            structure_only: false,
            confinement: Confinement::Auto,
            execution: Execution::InProcess,
            jobs: std::thread::available_parallelism().map_or(1, usize::from),
            memory: 192 << 20,
            seconds: 60,
            effects: Vec::new(),
        }
    }
}

/// How far a scan is.
#[derive(Clone, Debug)]
pub struct Progress {
    pub path: String,
    pub files_done: u64,
    pub files: u64,
    pub bytes_done: u64,
    pub bytes: u64,
    pub findings: u64,
}

/// A scan to make.
pub struct Request<'a> {
    pub target: Target,
    pub options: Options,
    /// Called from several threads after each file.
    pub progress: Option<&'a (dyn Fn(&Progress) + Sync)>,
}

/// Scans the target. The verdict of the report is a pass until a policy decides.
///
/// # Errors
/// When the target cannot be read at all, or the scan cannot be made as the options demand.
pub fn scan(request: &Request<'_>) -> Result<Report, ScanError> {
    let options = &request.options;
    if let Some(id) = options.rules.iter().find(|id| rule(id).is_none()) {
        return Err(ScanError::NoSuchRule(id.clone()));
    }
    let mut effects = Effects::builtin();
    for (name, table) in &options.effects {
        effects = effects.with(table).map_err(|error| ScanError::Effects(name.clone(), error))?;
    }
    let (tree, target) = open(&request.target)?;
    let (outcomes, confinement) = Pool::new(&tree, options, request.progress, false).run()?;
    let mut joined = join::join(outcomes, &Analyser::select(&options.rules), &effects);
    joined.stats.files = tree.entries().len() as u64;
    joined.stats.bytes = tree.entries().iter().map(|entry| entry.size).sum();
    let skipped = tree.skipped().iter().map(|skipped| {
        let (severity, reason, message) = match skipped.reason {
            SkipReason::GitRecords => {
                (Severity::Info, Reason::NotAnalysed, "the records of a git repository were not read")
            }
            SkipReason::LinkLeaves => (
                Severity::High,
                Reason::Unreadable,
                "a link that is broken or leaves what is scanned: its target was not read",
            ),
            SkipReason::LinkToFolder => {
                (Severity::Info, Reason::NotAnalysed, "a link to a folder was not followed")
            }
            SkipReason::Special => {
                (Severity::Medium, Reason::Unreadable, "a pipe, device or socket was not read")
            }
            SkipReason::Unreadable => (Severity::High, Reason::Unreadable, "it may not be read"),
        };
        let place = Place::file(skipped.path.as_str());
        let asset = Asset::at(modelward_kernel::AssetKind::File, skipped.path.as_str(), place.clone());
        let unknown = Unknown::new(reason, severity, &asset.id, place, message);
        (asset, unknown)
    });
    for (asset, unknown) in skipped {
        joined.inventory.add_asset(asset);
        joined.unknowns.push(unknown);
    }
    joined.unknowns.sort_by(|a, b| {
        b.severity.cmp(&a.severity).then_with(|| a.asset.cmp(&b.asset)).then_with(|| a.reason.cmp(&b.reason))
    });
    Ok(Report {
        run: Run {
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            rules: rules_digest(),
            effects: effects.tables().iter().map(|table| table.digest().to_owned()).collect(),
            policy: "default".to_owned(),
            confinement,
            options: described(options),
        },
        target,
        verdict: Verdict::Pass,
        stats: joined.stats,
        inventory: joined.inventory,
        findings: joined.findings,
        unknowns: joined.unknowns,
        notes: Vec::new(),
    })
}

/// What loading every pickle in the target would do, one JSON line per stream, in the order of the files: for the golden
/// traces, and for a person who wants to see it all.
///
/// # Errors
/// When the target cannot be read at all, or the work cannot be done as the options demand.
pub fn transcripts(request: &Request<'_>) -> Result<Vec<String>, ScanError> {
    let (tree, _) = open(&request.target)?;
    let (outcomes, _) = Pool::new(&tree, &request.options, request.progress, true).run()?;
    let named = !tree.is_single_file();
    // Members that share a name, as a hostile archive has them, are told apart by their number.
    let mut seen: HashMap<(String, Option<String>), (u64, u64)> = HashMap::new();
    let mut lines = Vec::new();
    for mut line in outcomes.into_iter().flat_map(|outcome| outcome.transcripts) {
        let (serial, number) =
            seen.entry((line.path.clone(), line.member.clone())).or_insert((line.serial, 1));
        if *serial != line.serial {
            (*serial, *number) = (line.serial, *number + 1);
        }
        if *number > 1 {
            line.member = line.member.map(|member| format!("{member}#{number}"));
        }
        lines.push(line.to_json(named));
    }
    Ok(lines)
}

fn open(target: &Target) -> Result<(Tree, String), ScanError> {
    Ok(match target {
        Target::Path(path) => (Tree::open(path)?, path.display().to_string()),
        Target::Stdin => (Tree::from_reader(io::stdin().lock())?, "-".to_owned()),
    })
}

/// A digest over the ids and pages of all rules: what a judgement depends on beside the bytes.
fn rules_digest() -> String {
    let rules = rules();
    let parts: Vec<&str> = rules.iter().flat_map(|rule| [rule.id, rule.page]).collect();
    format!("{}@{}", env!("CARGO_PKG_VERSION"), modelward_kernel::identity_hash(&parts, 6))
}

/// The options that can change a judgement, where they differ from the defaults.
fn described(options: &Options) -> BTreeMap<String, String> {
    let mut described = BTreeMap::new();
    let mut note = |flag: &str, value: String| {
        described.insert(flag.to_owned(), value);
    };
    if !options.rules.is_empty() {
        note("rule", options.rules.join(","));
    }
    if options.structure_only {
        note("structure-only", "true".to_owned());
    }
    let default = Limits::default();
    let limits = [
        ("max-nesting", u64::from(options.limits.nesting), u64::from(default.nesting)),
        ("max-members", options.limits.members, default.members),
        ("max-member-bytes", options.limits.member_bytes, default.member_bytes),
        ("max-unpacked-bytes", options.limits.unpacked_bytes, default.unpacked_bytes),
        ("max-ratio", options.limits.ratio, default.ratio),
        ("max-opcodes", options.limits.opcodes, default.opcodes),
        ("max-text-bytes", options.limits.text_bytes, default.text_bytes),
    ];
    for (flag, value, default) in limits {
        if value != default {
            note(flag, value.to_string());
        }
    }
    described
}

/// Files beyond this size in all go in a message of their own.
const BATCH_BYTES: u64 = 2 << 20;

/// The threads of a scan, each with its worker.
struct Pool<'a> {
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
    fn new(
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
    fn run(&self) -> Result<(Vec<Outcome>, String), ScanError> {
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
                    let message = format!("it could not be read when its turn came: {error}");
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
                for entry in batch {
                    outcomes =
                        vec![Outcome::not_judged(&entry.path, Reason::WorkerDied, message.clone(), hint)];
                }
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

/// Turns open files into outcomes.
enum Executor {
    Worker { child: Child, socket: UnixStream, level: String },
    InProcess(Box<Analyser>),
}

impl Executor {
    fn start(options: &Options, hello: &Hello) -> Result<Executor, ScanError> {
        let spool = tempfile::tempfile().map_err(modelward_collect::CollectError::Temporary)?;
        let executor = match &options.execution {
            Execution::InProcess => {
                let analyser = worker::analyser(hello, Some(spool)).ok_or_else(|| {
                    ScanError::Worker(io::Error::other("the tables of effects cannot be read"))
                })?;
                Executor::InProcess(Box::new(analyser))
            }
            Execution::Workers { program } => {
                Executor::spawn(program, hello, spool).map_err(ScanError::Worker)?
            }
        };
        if options.confinement == Confinement::Require && !executor.level().contains("seccomp") {
            return Err(ScanError::NotConfined(executor.level().to_owned()));
        }
        Ok(executor)
    }

    fn spawn(program: &Path, hello: &Hello, spool: File) -> io::Result<Executor> {
        let (ours, theirs) = UnixStream::pair()?;
        let child = Command::new(program)
            .arg(WORKER_ARGUMENT)
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let mut executor = Executor::Worker { child, socket: ours, level: String::new() };
        if let Executor::Worker { socket, level, .. } = &mut executor {
            socket.set_read_timeout(Some(Duration::from_secs(60)))?;
            worker::send(socket.as_fd(), &encode(hello), &[spool.as_fd()])?;
            let (bytes, _) = worker::receive(socket.as_fd())?.ok_or(io::ErrorKind::UnexpectedEof)?;
            *level = decode(&bytes).map_err(|_| io::ErrorKind::InvalidData)?;
        }
        Ok(executor)
    }

    fn level(&self) -> &str {
        match self {
            Executor::Worker { level, .. } => level,
            Executor::InProcess(_) => "off",
        }
    }

    /// The outcomes of the files, in their order.
    fn judge(&mut self, files: &[(&str, &File)], limit: Duration) -> io::Result<Vec<Outcome>> {
        match self {
            Executor::InProcess(analyser) => files
                .iter()
                .map(|(path, file)| Ok(worker::judge(analyser, path, file.try_clone()?)))
                .collect(),
            Executor::Worker { socket, .. } => {
                socket.set_read_timeout(Some(limit.max(Duration::from_millis(1))))?;
                let paths: Vec<String> = files.iter().map(|(path, _)| (*path).to_owned()).collect();
                let descriptors: Vec<_> = files.iter().map(|(_, file)| file.as_fd()).collect();
                worker::send(socket.as_fd(), &encode(&paths), &descriptors)?;
                let (bytes, _) = worker::receive(socket.as_fd())?.ok_or(io::ErrorKind::UnexpectedEof)?;
                decode(&bytes).map_err(|_| io::ErrorKind::InvalidData.into())
            }
        }
    }
}

impl Drop for Executor {
    fn drop(&mut self) {
        if let Executor::Worker { child, .. } = self {
            // It has nothing to put in order: no file of its own, no lock.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
