//! What is asked of a scan: the target, what can change a judgement, and how the work is done.

use modelward_formats::limits::Limits;
use std::path::PathBuf;

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
