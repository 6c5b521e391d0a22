//! Where text goes: standard output, where a closed pipe is quiet, and files, which appear whole or not at all.

use crate::failure::Failure;
use rustix::fs::{AtFlags, CWD, Mode, OFlags};
use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

/// Writes to standard output. That the reader went away (`| head`) is no failure.
pub(crate) fn print(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
    let mut out = BufWriter::with_capacity(64 << 10, io::stdout().lock());
    match write(&mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
            // What is left in the buffer has no reader.
            let _ = out.into_parts();
            Ok(())
        }
        Err(error) => Err(Failure::writing("to standard output", &error)),
        Ok(()) => Ok(()),
    }
}

/// Writes a text to standard output.
pub(crate) fn print_text(text: &str) -> Result<(), Failure> {
    print(|out| out.write_all(text.as_bytes()))
}

/// Writes a file that replaces what was there in one step. An interrupt or a full disk leaves the old file, or none.
pub(crate) fn file(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
    write_file(path, write).map_err(|error| Failure::writing(format_args!("`{}`", path.display()), &error))
}

fn write_file(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    // A link stays a link: what it points to is replaced. A device or a pipe is written to as it is.
    let path = match path.canonicalize() {
        Ok(real) => real,
        Err(_) => path.to_path_buf(),
    };
    match path.metadata() {
        Ok(there) if there.is_dir() => return Err(io::ErrorKind::IsADirectory.into()),
        Ok(there) if !there.is_file() => {
            let mut out = BufWriter::new(File::options().write(true).open(&path)?);
            write(&mut out)?;
            return out.flush();
        }
        _ => {}
    }
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder.to_path_buf(),
        _ => PathBuf::from("."),
    };
    match unnamed(&folder) {
        Ok(file) => {
            let mut out = BufWriter::new(file);
            write(&mut out)?;
            let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
            file.sync_all()?;
            publish(&file, &folder, &path)
        }
        Err(_) => named(&folder, &path, write),
    }
}

/// A file without a name: an interrupt leaves nothing.
fn unnamed(folder: &Path) -> rustix::io::Result<File> {
    let flags = OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC;
    rustix::fs::openat(CWD, folder, flags, Mode::from_raw_mode(0o666)).map(File::from)
}

/// Gives the file a name of its own, then the one that was asked for; the second step replaces what was there.
fn publish(file: &File, folder: &Path, path: &Path) -> io::Result<()> {
    use std::os::fd::AsRawFd;
    let own = format!("/proc/self/fd/{}", file.as_raw_fd());
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    for attempt in 0..100 {
        let step = folder.join(format!(".{name}.{}.{attempt}", std::process::id()));
        match rustix::fs::linkat(CWD, &own, CWD, &step, AtFlags::SYMLINK_FOLLOW) {
            Ok(()) => {
                return std::fs::rename(&step, path).inspect_err(|_| {
                    let _ = std::fs::remove_file(&step);
                });
            }
            Err(rustix::io::Errno::EXIST) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// For file systems that have no files without a name.
fn named(folder: &Path, path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let file = tempfile::Builder::new()
        .prefix(".modelward-")
        .permissions(std::fs::Permissions::from_mode(0o666))
        .tempfile_in(folder)?;
    let mut out = BufWriter::new(file);
    write(&mut out)?;
    let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.as_file().sync_all()?;
    file.persist(path).map(|_| ()).map_err(|error| error.error)
}
