//! What one run found: the value that every output is a view of. It holds no times, so that the same input gives the
//! same report.

use crate::{Finding, Inventory, Unknown, Verdict};
use std::collections::BTreeMap;

/// The result of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    pub run: Run,
    /// What was scanned, as the user named it.
    pub target: String,
    pub verdict: Verdict,
    pub stats: Stats,
    pub inventory: Inventory,
    /// Worst first, then by asset, rule and witness.
    pub findings: Vec<Finding>,
    /// Worst first, then by asset and reason.
    pub unknowns: Vec<Unknown>,
    /// Remarks about the run itself: waivers that matched nothing, or that end soon.
    pub notes: Vec<String>,
}

/// What the judgement depended on besides the bytes.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Run {
    /// The version of the tool.
    pub tool_version: String,
    /// A digest over the ids and pages of all rules.
    pub rules: String,
    /// The name and digest of each table of effects.
    pub effects: Vec<String>,
    /// The digest of the policy in force, or `default`.
    pub policy: String,
    /// The level of confinement that was reached, such as `landlock+seccomp` or `off`.
    pub confinement: String,
    /// The options that can change a judgement, by flag name.
    pub options: BTreeMap<String, String>,
}

/// Counts of what was looked at.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Stats {
    pub files: u64,
    /// Members of archives, at any depth.
    pub members: u64,
    /// Bytes of the files, as they lie on disk.
    pub bytes: u64,
    /// Bytes that were read and hashed.
    pub bytes_hashed: u64,
    pub models: u64,
    pub pickle_streams: u64,
    /// Waivers and baseline entries in force.
    pub suppressed: u64,
}
