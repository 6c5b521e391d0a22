//! What a parser noticed besides what it understood.

/// A remark of a parser about the bytes, with its place. Parsers never fail: they return what they understood and a list
/// of these.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Problem {
    pub kind: ProblemKind,
    /// Kebab-case and stable, such as `duplicate-member`: part of the witness of a finding.
    pub code: &'static str,
    /// One lower-case sentence without a full stop.
    pub message: String,
    pub offset: Option<u64>,
}

/// What follows from a problem.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum ProblemKind {
    /// A budget was reached, and something was not looked at: an unknown that names the budget.
    Budget,
    /// Two readers would see different content: always a finding.
    Differential,
    /// Content is encrypted and was not looked at: an unknown.
    Encrypted,
    /// A header that attacks the reader: sizes that overflow, a bomb, a path that escapes. A finding.
    Hostile,
    /// The bytes break the format so that every reader would stop here. What follows was not understood: an unknown,
    /// unless a finding says more.
    Malformed,
    /// A deviation that readers accept and that means no harm alone. Shown, never counted.
    Note,
}

impl Problem {
    #[must_use]
    pub fn new(kind: ProblemKind, code: &'static str, message: impl Into<String>) -> Self {
        Problem { kind, code, message: message.into(), offset: None }
    }

    #[must_use]
    pub fn at(mut self, offset: u64) -> Self {
        self.offset = Some(offset);
        self
    }
}
