//! What a rule *is*. What a rule checks is the business of the family that owns it.

use crate::Severity;

/// The part of a rule that every family shares: its name, its weight and its page.
///
/// The page is Markdown with the sections *What it flags*, *Why it matters*, *How to fix*, *References*, *Flagged* and
/// *Accepted*. It is the documentation, and its cases are the rule's tests.
#[derive(Debug)]
pub struct Rule {
    /// Kebab-case; names the problem and reads well after "allow".
    pub id: &'static str,
    /// One line, lower case, no full stop: what is wrong.
    pub title: &'static str,
    /// The theme of the crosswalk table, which says which framework controls this rule is evidence for.
    pub theme: &'static str,
    /// The severity of a finding unless the check says another; the page states when.
    pub severity: Severity,
    /// The text of the rule's `README.md`.
    pub page: &'static str,
}

impl Rule {
    /// The text of the page's section `## heading`, without its heading; none when the page lacks it.
    #[must_use]
    pub fn section(&self, heading: &str) -> Option<&'static str> {
        let mut fenced = false;
        let (mut start, mut offset) = (None, 0);
        for line in self.page.split_inclusive('\n') {
            if line.starts_with("```") {
                fenced = !fenced;
            } else if !fenced && let Some(title) = line.strip_prefix("## ") {
                if let Some(start) = start {
                    return Some(self.page[start..offset].trim());
                }
                if title.trim() == heading {
                    start = Some(offset + line.len());
                }
            }
            offset += line.len();
        }
        start.map(|start| self.page[start..].trim())
    }
}

impl PartialEq for Rule {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}
