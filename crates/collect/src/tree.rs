//! A folder, a file or standard input, as a list of files that can be opened.

use crate::CollectError;
use rustix::{
    fs::{self, AtFlags, Dir, FileType, Mode, OFlags, ResolveFlags},
    io::Errno,
};
use std::{
    ffi::{CString, OsStr},
    fs::File,
    io::{self, Read, Seek, Write},
    os::{
        fd::{AsFd, OwnedFd},
        unix::ffi::OsStrExt,
    },
    path::Path,
};

/// Everything that will be scanned, in the order of the paths' bytes.
#[derive(Debug)]
pub struct Tree {
    root: Root,
    entries: Vec<Entry>,
    skipped: Vec<Skipped>,
}

#[derive(Debug)]
enum Root {
    Folder(OwnedFd),
    File(File),
}

/// A file to scan.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Entry {
    /// Relative to the target, with `/`; bytes that are not UTF-8 are shown as U+FFFD.
    pub path: String,
    /// The size when the folder was walked.
    pub size: u64,
    raw: Vec<u8>,
}

/// Something that is not scanned, and why.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Skipped {
    pub path: String,
    pub reason: SkipReason,
}

/// Why something is not scanned.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SkipReason {
    /// The records of a git repository (`HEAD` with `objects/`): history is not what is loaded.
    GitRecords,
    /// A link that is broken or leaves the target.
    LinkLeaves,
    /// A link to a folder: its files are scanned where they lie.
    LinkToFolder,
    /// A pipe, a device or a socket.
    Special,
    /// Reading it is not permitted, or failed.
    Unreadable,
}

impl Tree {
    /// Walks `path`, a file or a folder.
    ///
    /// # Errors
    /// When it does not exist, may not be read, or holds no file.
    pub fn open(path: &Path) -> Result<Tree, CollectError> {
        let failed = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound => CollectError::NotFound(path.to_owned()),
            _ => CollectError::Unreadable(path.to_owned(), error),
        };
        let metadata = std::fs::metadata(path).map_err(failed)?;
        if metadata.is_file() {
            let name = path.file_name().unwrap_or(OsStr::new("file"));
            let file = File::open(path).map_err(failed)?;
            return Ok(Tree::single(file, name.as_bytes(), metadata.len()));
        }
        if !metadata.is_dir() {
            return Err(CollectError::Special(path.to_owned()));
        }
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let root = fs::open(path, flags, Mode::empty()).map_err(|e| failed(e.into()))?;
        let mut tree = Tree { root: Root::Folder(root), entries: Vec::new(), skipped: Vec::new() };
        tree.walk();
        tree.entries.sort_unstable_by(|a, b| a.raw.cmp(&b.raw));
        tree.skipped.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        if tree.entries.is_empty() && tree.skipped.is_empty() {
            return Err(CollectError::Empty(path.to_owned()));
        }
        Ok(tree)
    }

    /// Copies standard input to an unlinked temporary file, so that it can be read by position.
    ///
    /// # Errors
    /// When it cannot be read or holds nothing (a download before the pipe that failed must not pass), or there is no space.
    pub fn from_reader(mut input: impl Read) -> Result<Tree, CollectError> {
        let mut file = tempfile::tempfile().map_err(CollectError::Temporary)?;
        let mut buffer = vec![0; 1 << 16];
        let mut size = 0;
        loop {
            match input.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => {
                    file.write_all(&buffer[..count]).map_err(CollectError::Temporary)?;
                    size += count as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(CollectError::Stdin(error)),
            }
        }
        if size == 0 {
            return Err(CollectError::EmptyStdin);
        }
        file.rewind().map_err(CollectError::Temporary)?;
        Ok(Tree::single(file, b"stdin", size))
    }

    fn single(file: File, name: &[u8], size: u64) -> Tree {
        let path = String::from_utf8_lossy(name).into_owned();
        let entry = Entry { path, size, raw: name.to_vec() };
        Tree { root: Root::File(file), entries: vec![entry], skipped: Vec::new() }
    }

    /// The files, ordered by the bytes of their paths.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// What is not scanned, ordered by path.
    #[must_use]
    pub fn skipped(&self) -> &[Skipped] {
        &self.skipped
    }

    /// Whether one file was named instead of a folder.
    #[must_use]
    pub fn is_single_file(&self) -> bool {
        matches!(self.root, Root::File(_))
    }

    /// Opens a file for reading, never outside the target and never waiting for a pipe.
    ///
    /// # Errors
    /// When it is gone, is no regular file any more, or may not be read.
    pub fn open_file(&self, entry: &Entry) -> io::Result<File> {
        let file = match &self.root {
            Root::File(file) => file.try_clone()?,
            Root::Folder(root) => File::from(open_beneath(root, &entry.raw)?),
        };
        if !file.metadata()?.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no regular file"));
        }
        Ok(file)
    }

    /// Walks without recursion; only folders that wait are kept, as paths.
    fn walk(&mut self) {
        let mut folders: Vec<Vec<u8>> = vec![Vec::new()];
        while let Some(folder) = folders.pop() {
            if let Err(_error) = self.walk_folder(&folder, &mut folders) {
                self.skip(&folder, SkipReason::Unreadable);
            }
        }
    }

    fn walk_folder(&mut self, folder: &[u8], folders: &mut Vec<Vec<u8>>) -> rustix::io::Result<()> {
        let Root::Folder(root) = &self.root else { return Ok(()) };
        let relative = if folder.is_empty() { b"." as &[u8] } else { folder };
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let handle = fs::openat(root, relative, flags, Mode::empty())?;
        if folder.rsplit(|&b| b == b'/').next() == Some(b".git") && is_git(&handle) {
            self.skip(folder, SkipReason::GitRecords);
            return Ok(());
        }
        let mut found = Vec::new();
        for entry in Dir::read_from(&handle)? {
            let entry = entry?;
            let name: &[u8] = entry.file_name().to_bytes();
            if name == b"." || name == b".." {
                continue;
            }
            let mut path = folder.to_vec();
            if !path.is_empty() {
                path.push(b'/');
            }
            path.extend_from_slice(name);
            let Ok(stat) = fs::statat(&handle, entry.file_name(), AtFlags::SYMLINK_NOFOLLOW) else {
                found.push((path, None));
                continue;
            };
            let kind = FileType::from_raw_mode(stat.st_mode);
            found.push((path, Some((kind, u64::try_from(stat.st_size).unwrap_or(0)))));
        }
        for (path, stat) in found {
            match stat {
                Some((FileType::Directory, _)) => folders.push(path),
                Some((FileType::RegularFile, size)) => self.add(path, size),
                Some((FileType::Symlink, _)) => self.follow(path),
                Some(_) => self.skip(&path, SkipReason::Special),
                None => self.skip(&path, SkipReason::Unreadable),
            }
        }
        Ok(())
    }

    /// A link to a file within the target is scanned under the link's own name: hub caches consist of such links.
    fn follow(&mut self, path: Vec<u8>) {
        let Root::Folder(root) = &self.root else { return };
        match open_beneath(root, &path).and_then(|file| fs::fstat(file).map_err(io::Error::from)) {
            Ok(stat) => match FileType::from_raw_mode(stat.st_mode) {
                FileType::RegularFile => self.add(path, u64::try_from(stat.st_size).unwrap_or(0)),
                FileType::Directory => self.skip(&path, SkipReason::LinkToFolder),
                _ => self.skip(&path, SkipReason::Special),
            },
            Err(_) => self.skip(&path, SkipReason::LinkLeaves),
        }
    }

    fn add(&mut self, raw: Vec<u8>, size: u64) {
        self.entries.push(Entry { path: String::from_utf8_lossy(&raw).into_owned(), size, raw });
    }

    fn skip(&mut self, raw: &[u8], reason: SkipReason) {
        self.skipped.push(Skipped { path: String::from_utf8_lossy(raw).into_owned(), reason });
    }
}

fn is_git(folder: &OwnedFd) -> bool {
    fs::accessat(folder, c"HEAD", fs::Access::EXISTS, AtFlags::empty()).is_ok()
        && fs::accessat(folder, c"objects", fs::Access::EXISTS, AtFlags::empty()).is_ok()
}

/// Opens `path` so that it cannot leave `root`. Kernels before 5.6 have no `openat2`: there the last part may not be a link.
fn open_beneath(root: impl AsFd, path: &[u8]) -> io::Result<OwnedFd> {
    let path = CString::new(path).map_err(io::Error::other)?;
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
    match fs::openat2(&root, &path, flags, Mode::empty(), resolve) {
        Err(Errno::NOSYS) => Ok(fs::openat(&root, &path, flags | OFlags::NOFOLLOW, Mode::empty())?),
        other => Ok(other?),
    }
}
