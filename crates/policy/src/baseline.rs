//! A baseline: the findings that were there when the gate was adopted. One line each, so that a review sees what left and
//! what came: the fingerprint, then rule and asset for the reader.

use crate::config::whole_fingerprint;
use std::{collections::BTreeSet, fmt::Write as _};

const HEADER: &str = "# modelward baseline 1";

/// The fingerprints of findings that do not count.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Baseline {
    name: String,
    fingerprints: BTreeSet<String>,
}

impl Baseline {
    /// Reads a baseline; `name` is what messages call it.
    ///
    /// # Errors
    /// A sentence with the line that is not a baseline's.
    pub fn parse(name: &str, text: &str) -> Result<Self, String> {
        let mut lines = text.lines();
        if lines.next().map(str::trim_end) != Some(HEADER) {
            return Err(format!("`{name}` is not a baseline: its first line should be `{HEADER}`"));
        }
        let mut fingerprints = BTreeSet::new();
        for (i, line) in lines.enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let fingerprint = line.split_whitespace().next().unwrap_or_default();
            if !whole_fingerprint(fingerprint) {
                return Err(format!("`{name}` line {}: a line begins with a whole fingerprint", i + 2));
            }
            fingerprints.insert(fingerprint.to_owned());
        }
        Ok(Baseline { name: name.to_owned(), fingerprints })
    }

    /// The text of a baseline of `(fingerprint, rule, asset)`; what is not printable in an asset is escaped.
    #[must_use]
    pub fn render(entries: impl IntoIterator<Item = (String, String, String)>) -> String {
        let mut lines: Vec<String> = entries
            .into_iter()
            .map(|(fingerprint, rule, asset)| format!("{fingerprint} {rule} {}", asset.escape_debug()))
            .collect();
        lines.sort();
        lines.dedup();
        let mut text = format!("{HEADER}\n");
        for line in lines {
            let _ = writeln!(text, "{line}");
        }
        text
    }

    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.fingerprints.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fingerprints.is_empty()
    }

    #[must_use]
    pub fn holds(&self, fingerprint: &str) -> bool {
        self.fingerprints.contains(fingerprint)
    }
}
