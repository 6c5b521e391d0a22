//! Why a scan could not be made at all. What goes wrong within it is an unknown in the report instead.

use modelward_collect::CollectError;
use std::io;

/// A scan that gave no report.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    #[error(transparent)]
    Collect(#[from] CollectError),
    #[error("confinement was required, and this system reached only `{0}`")]
    NotConfined(String),
    #[error("`{0}` is not a rule")]
    NoSuchRule(String),
    #[error("the table of effects `{0}` cannot be read: {1}")]
    Effects(String, String),
    #[error("cannot start a worker process: {0}")]
    Worker(io::Error),
}

impl ScanError {
    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> &str {
        match self {
            ScanError::Collect(error) => error.hint(),
            ScanError::NotConfined(_) => {
                "see docs/concepts/confinement.md for what each system offers, or use `--confine auto`"
            }
            ScanError::NoSuchRule(_) => "`modelward rules` lists them",
            ScanError::Effects(..) => "make it again with `modelward effects derive`",
            ScanError::Worker(_) => "check the limits on processes and open files",
        }
    }
}
