//! Why a command could not do its work: one sentence, and what to do.

use modelward_report::hostile::visible;
use std::{fmt::Display, io, path::Path};

/// A sentence in lower case without a full stop, with user input in backticks, and a hint that can be acted on.
#[derive(Debug)]
pub(crate) struct Failure {
    message: String,
    hint: Option<String>,
}

impl Failure {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Failure { message: message.into(), hint: None }
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// A file that cannot be read.
    pub(crate) fn reading(path: &Path, error: &io::Error) -> Self {
        let failure = Failure::new(format!("cannot read `{}`: {}", path.display(), words(error)));
        match error.kind() {
            io::ErrorKind::NotFound => failure.hint("check the spelling of the path"),
            io::ErrorKind::PermissionDenied => failure.hint("run as a user who may read it"),
            _ => failure,
        }
    }

    /// A file that cannot be written.
    pub(crate) fn writing(what: impl Display, error: &io::Error) -> Self {
        let failure = Failure::new(format!("cannot write {what}: {}", words(error)));
        match error.kind() {
            io::ErrorKind::StorageFull => {
                failure.hint("free some space, or write to another disk; nothing was left behind")
            }
            io::ErrorKind::NotFound => failure.hint("make the folder first"),
            io::ErrorKind::PermissionDenied => failure.hint("choose a folder that you may write to"),
            io::ErrorKind::IsADirectory => failure.hint("name a file in it"),
            _ => failure,
        }
    }

    /// Prints it to standard error; that this fails is nobody's concern.
    pub(crate) fn print(&self) {
        use io::Write;
        let mut out = io::stderr().lock();
        let _ = writeln!(out, "error: {}", visible(&self.message));
        if let Some(hint) = &self.hint {
            let mut lines = hint.lines();
            let _ = writeln!(out, "  hint: {}", visible(lines.next().unwrap_or_default()));
            for line in lines {
                let _ = writeln!(out, "        {}", visible(line));
            }
        }
    }
}

/// What the system said, without its number.
fn words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file or folder".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
        io::ErrorKind::NotADirectory => "a part of the path is not a folder".to_owned(),
        io::ErrorKind::StorageFull => "no space is left".to_owned(),
        io::ErrorKind::ReadOnlyFilesystem => "the disk can only be read".to_owned(),
        io::ErrorKind::InvalidData => "it is not UTF-8 text".to_owned(),
        _ => {
            let text = error.to_string();
            let plain = text.split(" (os error").next().unwrap_or_default();
            let mut chars = plain.chars();
            chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
        }
    }
}
