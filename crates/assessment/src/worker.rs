//! The worker: a process that was started again from this program, confines itself before it has a second thread, and then
//! turns descriptors into outcomes until its socket is closed.

use crate::outcome::Outcome;
use crate::{
    analyser::Analyser,
    wire::{decode, encode},
};
use modelward_formats::{
    FileSource, Source, Spool,
    limits::{Limits, MemoryBudget},
};
use modelward_kernel::{Place, Reason, Severity, Unknown};
use modelward_supply_chain::effects::Effects;
use rustix::{
    fd::{BorrowedFd, OwnedFd},
    io::Errno,
    net::{
        RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage,
        SendFlags,
    },
};
use std::{
    fs::File,
    io::{self, IoSlice, IoSliceMut},
    mem::MaybeUninit,
    os::unix::fs::MetadataExt,
    process::ExitCode,
    sync::Arc,
};

/// The first argument that makes the program a worker; its standard input is then a socket.
pub const WORKER_ARGUMENT: &str = "__worker";

/// A frame longer than this is not ours.
const MAX_FRAME: usize = 1 << 30;

/// Files in one message.
pub(crate) const MAX_BATCH: usize = 16;

/// The first message to a worker.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Hello {
    pub(crate) limits: Limits,
    pub(crate) rules: Vec<String>,
    pub(crate) structure_only: bool,
    /// Write the transcripts of pickles, and judge nothing.
    pub(crate) transcripts: bool,
    pub(crate) confine: bool,
    pub(crate) memory: u64,
    pub(crate) address_space: u64,
    /// Further tables of effects, whole.
    pub(crate) effects: Vec<Vec<u8>>,
}

/// Runs the worker until the supervisor closes the socket. Call it before anything that starts a thread.
#[must_use]
pub fn worker_main() -> ExitCode {
    // A panic is reported as a finding; its message could hold text of the target.
    std::panic::set_hook(Box::new(|_| {}));
    if serve(rustix::stdio::stdin()).is_some() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn serve(socket: BorrowedFd<'_>) -> Option<()> {
    let (bytes, mut spool) = receive(socket).ok()??;
    let hello: Hello = decode(&bytes).ok()?;
    // The table is read before confinement: it is ours, and reading it may grow the heap.
    let analyser = analyser(&hello, spool.pop().map(File::from))?;
    let level = if hello.confine {
        modelward_sandbox::confine(Some(hello.address_space)).to_string()
    } else {
        "off".to_owned()
    };
    send(socket, &encode(&level), &[]).ok()?;
    while let Some((bytes, files)) = receive(socket).ok()? {
        let paths: Vec<String> = decode(&bytes).ok()?;
        if paths.len() != files.len() {
            return None;
        }
        let files = paths.iter().zip(files);
        let outcomes: Vec<Outcome> =
            files.map(|(path, file)| judge(&analyser, path, File::from(file))).collect();
        send(socket, &encode(&outcomes), &[]).ok()?;
    }
    Some(())
}

pub(crate) fn analyser(hello: &Hello, spool: Option<File>) -> Option<Analyser> {
    let memory = MemoryBudget::new(hello.memory);
    let mut effects = Effects::builtin();
    for table in &hello.effects {
        effects = effects.with(table).ok()?;
    }
    Some(Analyser {
        limits: hello.limits,
        spool: Spool::new(memory.clone(), spool),
        memory,
        rules: Analyser::select(&hello.rules),
        effects,
        structure_only: hello.structure_only,
        transcripts: hello.transcripts,
    })
}

/// Judges one open file, and says so when it changed meanwhile.
pub(crate) fn judge(analyser: &Analyser, path: &str, file: File) -> Outcome {
    let file = match FileSource::new(file) {
        Ok(file) => Arc::new(file),
        Err(error) => {
            let message = format!("its size could not be read: {}", modelward_collect::words(&error));
            return Outcome::not_judged(
                path,
                Reason::Unreadable,
                message,
                "scan it again as a user who may read it",
            );
        }
    };
    let stamp = || {
        file.file().metadata().ok().map(|m| (m.len(), m.mtime(), m.mtime_nsec(), m.ctime(), m.ctime_nsec()))
    };
    let before = stamp();
    let mut outcome = analyser.judge_file(path, Source::new(file.clone()));
    if (before.is_none() || before != stamp())
        && let Some(asset) = outcome.assets.first().map(|asset| asset.id.clone())
    {
        let message = "the file changed while it was read, so what was judged may not be what is there now";
        outcome.unknowns.push(
            Unknown::new(Reason::Changed, Severity::High, &asset, Place::file(path), message)
                .lifted_by("scan it again when nothing writes to it"),
        );
    }
    outcome
}

/// Sends one frame, with descriptors beside its first byte when there are any.
pub(crate) fn send(socket: BorrowedFd<'_>, payload: &[u8], descriptors: &[BorrowedFd<'_>]) -> io::Result<()> {
    let length = u32::try_from(payload.len()).map_err(io::Error::other)?.to_le_bytes();
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MAX_BATCH))];
    let mut ancillary = SendAncillaryBuffer::new(&mut space);
    if !descriptors.is_empty() && !ancillary.push(SendAncillaryMessage::ScmRights(descriptors)) {
        return Err(io::Error::other("too many descriptors for one message"));
    }
    let parts = [IoSlice::new(&length), IoSlice::new(payload)];
    let mut sent = retry(|| rustix::net::sendmsg(socket, &parts, &mut ancillary, SendFlags::NOSIGNAL))?;
    while sent < length.len() {
        sent += retry(|| rustix::net::send(socket, &length[sent..], SendFlags::NOSIGNAL))?;
    }
    let mut done = sent - length.len();
    while done < payload.len() {
        done += retry(|| rustix::net::send(socket, &payload[done..], SendFlags::NOSIGNAL))?;
    }
    Ok(())
}

/// Receives one frame and the descriptors that came with it; none when the other side closed the socket.
pub(crate) fn receive(socket: BorrowedFd<'_>) -> io::Result<Option<(Vec<u8>, Vec<OwnedFd>)>> {
    let mut length = [0; 4];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MAX_BATCH))];
    let mut ancillary = RecvAncillaryBuffer::new(&mut space);
    let first = retry(|| {
        let mut parts = [IoSliceMut::new(&mut length)];
        rustix::net::recvmsg(socket, &mut parts, &mut ancillary, RecvFlags::CMSG_CLOEXEC)
            .map(|message| message.bytes)
    })?;
    if first == 0 {
        return Ok(None);
    }
    let mut descriptors = Vec::new();
    for message in ancillary.drain() {
        if let RecvAncillaryMessage::ScmRights(received) = message {
            descriptors.extend(received);
        }
    }
    fill(socket, &mut length[first..])?;
    let size = u32::from_le_bytes(length) as usize;
    if size > MAX_FRAME {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "the frame is too long"));
    }
    let mut payload = Vec::new();
    while payload.len() < size {
        let start = payload.len();
        payload.resize(size.min(start + (1 << 20)), 0);
        fill(socket, &mut payload[start..])?;
    }
    Ok(Some((payload, descriptors)))
}

fn fill(socket: BorrowedFd<'_>, mut buffer: &mut [u8]) -> io::Result<()> {
    while !buffer.is_empty() {
        let count = retry(|| rustix::io::read(socket, &mut *buffer))?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        buffer = &mut std::mem::take(&mut buffer)[count..];
    }
    Ok(())
}

fn retry<T>(mut call: impl FnMut() -> rustix::io::Result<T>) -> io::Result<T> {
    loop {
        match call() {
            Err(Errno::INTR) => {}
            other => return Ok(other?),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::fd::AsFd;
    use std::os::unix::net::UnixStream;

    #[test]
    fn a_frame_arrives_with_its_descriptor() {
        let (a, b) = UnixStream::pair().unwrap();
        let file = tempfile::tempfile().unwrap();
        send(a.as_fd(), b"hello", &[file.as_fd()]).unwrap();
        send(a.as_fd(), b"again", &[]).unwrap();
        let (payload, descriptor) = receive(b.as_fd()).unwrap().unwrap();
        assert_eq!((payload.as_slice(), descriptor.len()), (b"hello".as_slice(), 1));
        let (payload, descriptor) = receive(b.as_fd()).unwrap().unwrap();
        assert_eq!((payload.as_slice(), descriptor.len()), (b"again".as_slice(), 0));
    }

    #[test]
    fn a_closed_socket_is_the_end_and_half_a_frame_is_an_error() {
        let (a, b) = UnixStream::pair().unwrap();
        rustix::io::write(&a, &[9, 0, 0, 0, 1]).unwrap();
        drop(a);
        assert!(receive(b.as_fd()).is_err());
        assert!(receive(b.as_fd()).unwrap().is_none());
    }
}
