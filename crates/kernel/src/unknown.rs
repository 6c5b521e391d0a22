//! The third outcome: what could not be judged, why, and what would lift it. To a person it is called *not judged*.

use crate::{AssetId, Place, Severity, identity_hash};
use std::str::FromStr;

/// Something that was not judged.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Unknown {
    pub reason: Reason,
    /// One lower-case sentence without a full stop.
    pub message: String,
    pub asset: AssetId,
    pub places: Vec<Place>,
    /// What could hide here: at or above the gate's threshold the verdict is not a pass.
    pub severity: Severity,
    /// The budget and flag, or the step, that would lift it.
    pub lifted_by: Option<String>,
    /// What tells it from others of the same reason on the same asset: a format and the code of a problem. Stable.
    pub witness: String,
}

impl Unknown {
    #[must_use]
    pub fn new(
        reason: Reason,
        severity: Severity,
        asset: &AssetId,
        place: Place,
        message: impl Into<String>,
    ) -> Self {
        Unknown {
            reason,
            message: message.into(),
            asset: asset.clone(),
            places: vec![place],
            severity,
            lifted_by: None,
            witness: String::new(),
        }
    }

    #[must_use]
    pub fn lifted_by(mut self, how: impl Into<String>) -> Self {
        self.lifted_by = Some(how.into());
        self
    }

    /// Sets what tells it from others; see [`Unknown::witness`].
    #[must_use]
    pub fn witness(mut self, witness: impl Into<String>) -> Self {
        self.witness = witness.into();
        self
    }

    /// An identity that survives a new wording of the message.
    #[must_use]
    pub fn id(&self) -> String {
        let pointer = self.places.first().and_then(|p| p.pointer.as_deref()).unwrap_or("");
        format!(
            "u1-{}",
            identity_hash(&["1", self.reason.as_str(), self.asset.as_str(), &self.witness, pointer], 12)
        )
    }
}

/// Why something was not judged.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Reason {
    /// A budget (bytes, members, nesting, operations) was used up; `lifted_by` names it and its flag.
    Budget,
    /// The file changed while it was read.
    Changed,
    /// Its content is encrypted.
    Encrypted,
    /// The bytes contradict themselves so that readers could see something else.
    Malformed,
    /// It refers to something that was not given.
    MissingReference,
    /// The user asked for less (`--structure-only`), or a limit of the analysis was met.
    NotAnalysed,
    /// It was not permitted, or failed, to read it.
    Unreadable,
    /// The format was recognised and no analyser understands it yet.
    UnsupportedFormat,
    /// The worker that parsed it died (memory, abort, time).
    WorkerDied,
}

impl Reason {
    pub const ALL: [Reason; 9] = [
        Reason::Budget,
        Reason::Changed,
        Reason::Encrypted,
        Reason::Malformed,
        Reason::MissingReference,
        Reason::NotAnalysed,
        Reason::Unreadable,
        Reason::UnsupportedFormat,
        Reason::WorkerDied,
    ];

    /// The word in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Reason::Budget => "budget",
            Reason::Changed => "changed-while-read",
            Reason::Encrypted => "encrypted",
            Reason::Malformed => "malformed",
            Reason::MissingReference => "missing-reference",
            Reason::NotAnalysed => "not-analysed",
            Reason::Unreadable => "unreadable",
            Reason::UnsupportedFormat => "unsupported-format",
            Reason::WorkerDied => "worker-died",
        }
    }
}

impl FromStr for Reason {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        Reason::ALL
            .into_iter()
            .find(|r| r.as_str() == word)
            .ok_or_else(|| format!("`{word}` is not a reason for something not judged"))
    }
}
