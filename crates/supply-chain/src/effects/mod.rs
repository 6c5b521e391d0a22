//! What a name does when a pickle calls it: the table of effects, how it is read, and how it is derived from sources.

/// A table of effects, host-independent and versioned.
#[derive(Clone, Debug, Default)]
pub struct Effects {}
