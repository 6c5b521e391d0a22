//! Where files are judged: a confined worker process, or this process. A worker is started again from our own program, gets
//! a socket as its standard input and nothing of our environment.

use crate::{
    ScanError,
    analyser::Analyser,
    outcome::Outcome,
    request::{Confinement, Execution, Options},
    wire::{decode, encode},
    worker::{self, Hello, WORKER_ARGUMENT},
};
use rustix::fd::AsFd;
use std::{
    fs::File,
    io,
    os::{fd::OwnedFd, unix::net::UnixStream},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

/// Turns open files into outcomes.
pub(crate) enum Executor {
    Worker { child: Child, socket: UnixStream, level: String },
    InProcess(Box<Analyser>),
}

impl Executor {
    pub(crate) fn start(options: &Options, hello: &Hello) -> Result<Executor, ScanError> {
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

    pub(crate) fn level(&self) -> &str {
        match self {
            Executor::Worker { level, .. } => level,
            Executor::InProcess(_) => "off",
        }
    }

    /// The outcomes of the files, in their order.
    pub(crate) fn judge(&mut self, files: &[(&str, &File)], limit: Duration) -> io::Result<Vec<Outcome>> {
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
