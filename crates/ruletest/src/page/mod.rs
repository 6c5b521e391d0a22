//! What a rule page holds: its sections, and the cases of *Flagged* and *Accepted*.
//!
//! A case is one or more fenced files and, in *Flagged*, the one `finding` block that follows them; a `### heading` starts
//! the next case. Several files of one case lie in one folder.

mod expected;
mod read;

pub use expected::Expected;

/// The sections that every page has, in this order.
pub const SECTIONS: [&str; 6] =
    ["What it flags", "Why it matters", "How to fix", "References", "Flagged", "Accepted"];

/// A rule page.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Page {
    /// The text of the `# ` line: the rule's id.
    pub title: String,
    pub flagged: Vec<Case>,
    pub accepted: Vec<Case>,
}

/// Files that a rule is run on, and what it must say about them.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Case {
    /// The `### ` heading above it, or the name of its first file.
    pub title: String,
    /// The line of the page where it starts, from 1.
    pub line: usize,
    pub files: Vec<Fence>,
    /// Empty in *Accepted*.
    pub expected: Vec<Expected>,
}

/// A fenced block that stands for a file.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Fence {
    /// `hex`, `base64`, `pickle`, or a language word for text as it stands.
    pub encoding: String,
    /// The path within the case's folder; `archive!member` for a member of an archive.
    pub path: String,
    pub body: String,
    /// The line of the page where the fence opens, from 1.
    pub line: usize,
}

impl Page {
    /// Reads a page.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its line.
    pub fn read(text: &str) -> Result<Page, Vec<String>> {
        read::read(text)
    }

    /// All cases, those of *Flagged* first.
    pub fn cases(&self) -> impl Iterator<Item = &Case> {
        self.flagged.iter().chain(&self.accepted)
    }
}
