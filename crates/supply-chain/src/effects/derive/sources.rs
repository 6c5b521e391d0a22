//! What a table is derived from: wheels, source distributions and folders, read into modules.
//!
//! Bounds: [`FILE_BYTES`] per file, [`ARCHIVE_BYTES`] per archive after decompression; what is larger is left out.

use flate2::read::MultiGzDecoder;
use modelward_formats::{
    Context, Format, Source, Spool,
    archive::{self, EntryKind},
    limits::{Limits, MemoryBudget},
};
use sha2::{Digest, Sha256};
use std::{collections::BTreeSet, fmt::Write as _, io::Read as _};

const FILE_BYTES: u64 = 2 << 20;
const ARCHIVE_BYTES: u64 = 1 << 30;

/// One wheel, source distribution or folder.
#[derive(Clone, Debug)]
pub struct Input {
    /// The name of the file, such as `numpy-2.2.6-cp313-cp313-macosx_11_0_arm64.whl`, or a name of your own for a folder.
    pub name: String,
    /// SHA-256 of the file, in hex; of a folder, whatever names its content.
    pub digest: String,
    pub content: Content,
}

#[derive(Clone, Debug)]
pub enum Content {
    /// The bytes of a wheel (`.whl`, `.zip`) or of a source distribution (`.tar.gz`, `.zip`).
    Archive(Source),
    /// Files by their path from the folder, with `/`.
    Folder(Vec<(String, Source)>),
}

/// A file of Python or Cython, and the module that it is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct File {
    pub(crate) module: String,
    pub(crate) is_package: bool,
    pub(crate) cython: bool,
    pub(crate) text: String,
}

/// An input that was read.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Read {
    pub(crate) package: String,
    pub(crate) version: String,
    pub(crate) digest: String,
    pub(crate) source: bool,
    pub(crate) files: Vec<File>,
}

impl Input {
    /// A wheel or a source distribution, by the name of its file and its bytes.
    #[must_use]
    pub fn archive(name: impl Into<String>, source: Source) -> Self {
        let mut hash = Sha256::new();
        let mut at = 0;
        while at < source.len() {
            let block = source.read_vec(at, 1 << 20);
            if block.is_empty() {
                break;
            }
            at += block.len() as u64;
            hash.update(&block);
        }
        Input { name: name.into(), digest: hex(&hash.finalize()), content: Content::Archive(source) }
    }

    /// A folder, by the name and version of what is in it (`acme-1.0`) and its files by their paths.
    #[must_use]
    pub fn folder(name: impl Into<String>, mut files: Vec<(String, Source)>) -> Self {
        files.sort_by(|a, b| a.0.cmp(&b.0));
        files.retain(|(path, _)| wanted(path));
        let mut hash = Sha256::new();
        for (path, source) in &files {
            hash.update(path.as_bytes());
            hash.update([0]);
            hash.update(Sha256::digest(text(source)));
        }
        Input { name: name.into(), digest: hex(&hash.finalize()), content: Content::Folder(files) }
    }

    /// The package and the version that the name of the file says.
    #[must_use]
    pub fn package(&self) -> (String, String) {
        let stem =
            ["whl", "zip", "tar.gz", "tar"].iter().find_map(|end| self.name.strip_suffix(&format!(".{end}")));
        let mut parts = stem.unwrap_or(&self.name).split('-');
        let name = parts.next().unwrap_or("").to_ascii_lowercase().replace(['_', '.'], "-");
        let rest: Vec<&str> = parts.collect();
        if self.name.ends_with(".whl") {
            return (name, rest.first().copied().unwrap_or("").to_owned());
        }
        // The name of a source distribution can hold dashes itself; its version is the last part.
        let version = rest.last().copied().unwrap_or("").to_owned();
        let middle = rest.get(..rest.len().saturating_sub(1)).unwrap_or(&[]);
        let name = middle
            .iter()
            .fold(name, |name, part| format!("{name}-{}", part.to_ascii_lowercase().replace('_', "-")));
        (name, version)
    }

    /// Reads the sources that count.
    pub(crate) fn read(&self) -> Read {
        let (package, version) = self.package();
        let is_source = matches!(self.content, Content::Archive(_)) && !self.name.ends_with(".whl");
        let paths = match &self.content {
            Content::Folder(files) => {
                let files = files.iter().filter(|(path, source)| wanted(path) && source.len() <= FILE_BYTES);
                files.map(|(path, source)| (path.clone(), text(source))).collect()
            }
            Content::Archive(source) => unpack(source, !self.name.ends_with(".tar.gz")),
        };
        let files = modules(paths, is_source);
        Read { package, version, digest: self.digest.clone(), source: is_source, files }
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

fn text(source: &Source) -> String {
    let bytes = source.read_vec(0, usize::try_from(source.len().min(FILE_BYTES)).unwrap_or(0));
    String::from_utf8_lossy(&bytes).into_owned()
}

fn context() -> Context {
    let memory = MemoryBudget::new(ARCHIVE_BYTES);
    let limits = Limits { unpacked_bytes: ARCHIVE_BYTES, members: 1 << 20, ..Limits::default() };
    Context::new(limits, memory.clone(), Spool::new(memory, None))
}

fn unpack(source: &Source, zip: bool) -> Vec<(String, String)> {
    let mut files = Vec::new();
    let context = context();
    if zip {
        members(Format::Zip, source, &context, &mut files);
    } else {
        // The whole tar file lies in memory: the spool of a scan is made for smaller members.
        let mut tar = Vec::new();
        let bytes = source.read_vec(0, usize::try_from(source.len().min(ARCHIVE_BYTES)).unwrap_or(0));
        if MultiGzDecoder::new(&*bytes).take(ARCHIVE_BYTES).read_to_end(&mut tar).is_ok() {
            members(Format::Tar, &Source::from_vec(tar), &context, &mut files);
        }
    }
    files.sort();
    files.dedup_by(|a, b| a.0 == b.0);
    files
}

fn members(format: Format, source: &Source, context: &Context, files: &mut Vec<(String, String)>) {
    let mut directory = archive::parse(format, source, context);
    directory
        .entries
        .retain(|entry| entry.kind == EntryKind::File && entry.size <= FILE_BYTES && wanted(&entry.name));
    directory.visit(source, context, &mut |entry, content| {
        if let Ok(content) = content {
            files.push((entry.name.clone(), text(&content)));
        }
    });
}

const CYTHON: [&str; 4] = [".pyx", ".pyx.tp", ".pyx.in", ".pxi"];

/// Sources, without test suites and what is not installed.
fn wanted(path: &str) -> bool {
    const LEFT_OUT: &[&str] = &[
        "test",
        "tests",
        "_tests",
        "testsuite",
        "examples",
        "example",
        "docs",
        "doc",
        "benchmarks",
        "site-packages",
        "__pycache__",
        "conftest.py",
        "setup.py",
        "turtledemo",
        "lib2to3_tests",
        "tools",
        "scripts",
        "ci",
    ];
    let source = path.ends_with(".py") || CYTHON.iter().any(|end| path.ends_with(end));
    source
        && !path
            .split('/')
            .any(|part| LEFT_OUT.contains(&part) && part != "tools" && part != "scripts" && part != "ci")
}

/// Names the modules: from the root of a wheel or folder, or, in a source distribution, from the outermost package.
fn modules(paths: Vec<(String, String)>, is_source: bool) -> Vec<File> {
    let packages: BTreeSet<String> = paths
        .iter()
        .filter_map(|(path, _)| {
            let (folder, name) = path.rsplit_once('/')?;
            matches!(name, "__init__.py" | "__init__.pyx").then(|| folder.to_owned())
        })
        .collect();
    let mut files = Vec::new();
    for (path, text) in paths {
        let mut path = path.as_str();
        if let Some((folder, rest)) = path.split_once('/')
            && folder.ends_with(".data")
        {
            // `name.data/purelib/…` of a wheel is installed at the root.
            path = rest.split_once('/').map_or(rest, |(_, rest)| rest);
        }
        let cython = !path.ends_with(".py");
        let Some(stem) =
            path.strip_suffix(".py").or_else(|| CYTHON.iter().find_map(|end| path.strip_suffix(end)))
        else {
            continue;
        };
        let start = if is_source { outermost(stem, &packages) } else { Some(0) };
        let Some(dotted) = start.and_then(|start| stem.get(start..)).map(|stem| stem.replace('/', "."))
        else {
            continue;
        };
        let (module, is_package) = match dotted.strip_suffix(".__init__") {
            Some(package) => (package.to_owned(), true),
            None => (dotted, false),
        };
        if module
            .split('.')
            .all(|part| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '_'))
        {
            files.push(File { module, is_package, cython, text });
        }
    }
    files
}

/// Where, in a path, the outermost folder starts that is a package.
fn outermost(stem: &str, packages: &BTreeSet<String>) -> Option<usize> {
    let mut start = None;
    let mut folder = stem;
    while let Some((up, _)) = folder.rsplit_once('/') {
        if packages.contains(up) {
            start = Some(up.rfind('/').map_or(0, |at| at + 1));
        } else if start.is_some() {
            break;
        }
        folder = up;
    }
    start
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(name: &str) -> Input {
        Input { name: name.into(), digest: String::new(), content: Content::Folder(Vec::new()) }
    }

    #[test]
    fn names_of_files_say_package_and_version() {
        assert_eq!(
            input("scikit_learn-1.3.2-cp312-cp312-any.whl").package(),
            ("scikit-learn".into(), "1.3.2".into())
        );
        assert_eq!(input("scikit-learn-1.3.2.tar.gz").package(), ("scikit-learn".into(), "1.3.2".into()));
    }

    #[test]
    fn a_source_distribution_starts_at_its_outermost_package() {
        let paths = [
            "acme-1.0/setup_helper.py",
            "acme-1.0/src/acme/__init__.py",
            "acme-1.0/src/acme/tree/__init__.py",
            "acme-1.0/src/acme/tree/_tree.pyx",
        ];
        let files = modules(paths.iter().map(|path| ((*path).to_owned(), String::new())).collect(), true);
        let names: Vec<&str> = files.iter().map(|file| file.module.as_str()).collect();
        assert_eq!(names, ["acme", "acme.tree", "acme.tree._tree"]);
        assert!(files[2].cython);
    }
}
