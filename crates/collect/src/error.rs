//! Why nothing could be collected.

use std::{io, path::PathBuf};

/// The target itself cannot be read. What cannot be read *within* it is a [`Skipped`](crate::Skipped) entry instead.
#[derive(Debug, thiserror::Error)]
pub enum CollectError {
    #[error("cannot find `{}`", .0.display())]
    NotFound(PathBuf),
    #[error("cannot read `{}`: {}", .0.display(), words(.1))]
    Unreadable(PathBuf, io::Error),
    #[error("`{}` is neither a file nor a folder", .0.display())]
    Special(PathBuf),
    #[error("the folder `{}` holds no file", .0.display())]
    Empty(PathBuf),
    #[error("cannot read standard input: {}", words(.0))]
    Stdin(io::Error),
    #[error("standard input holds no byte")]
    EmptyStdin,
    #[error("cannot write a temporary file: {}", words(.0))]
    Temporary(io::Error),
}

impl CollectError {
    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            CollectError::NotFound(_) => "check the spelling; a model on a hub must be downloaded first",
            CollectError::Unreadable(..) => "run as a user who may read it",
            CollectError::Special(_) => "name a file or a folder, or use `-` to read standard input",
            CollectError::Empty(_) => "name the folder that holds the model",
            CollectError::EmptyStdin => "the command before the pipe may have failed",
            CollectError::Stdin(_) => "pipe one file into `modelward scan -`",
            CollectError::Temporary(_) => "free some space, or set TMPDIR to a folder that can be written",
        }
    }
}

/// What the system said, in lower case and without its number.
#[must_use]
pub fn words(error: &io::Error) -> String {
    let text = error.to_string();
    let plain = text.split(" (os error").next().unwrap_or_default();
    let mut chars = plain.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}
