//! Patterns for paths: `?` one character but `/`, `*` any number of them, `**` across folders. Everything else stands for
//! itself; there are no classes and no braces. A pattern without `/` matches a name in any folder.

/// A pattern. Matching takes time proportional to pattern times path and allocates one row of the table, so that a
/// hostile path cannot make it slow.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Glob {
    text: String,
    parts: Vec<Part>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Part {
    Char(char),
    One,
    Star,
    /// `**`: also across `/`.
    Deep,
    /// `**/`: nothing, or whole folders.
    Folders,
}

impl Glob {
    /// A pattern for paths.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut glob = Glob::whole(text.strip_prefix('/').unwrap_or(text));
        if !text.contains('/') {
            glob.parts.insert(0, Part::Folders);
        }
        text.clone_into(&mut glob.text);
        glob
    }

    /// A pattern for addresses: always the whole text, also when it has no `/`.
    #[must_use]
    pub fn whole(text: &str) -> Self {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            let (part, length) = match c {
                '*' if rest.starts_with("**/") => (Part::Folders, 3),
                '*' if rest.starts_with("**") => (Part::Deep, 2),
                '*' => (Part::Star, 1),
                '?' => (Part::One, 1),
                c => (Part::Char(c), c.len_utf8()),
            };
            parts.push(part);
            rest = &rest[length..];
        }
        if parts.last() == Some(&Part::Char('/')) {
            parts.push(Part::Deep);
        }
        Glob { text: text.to_owned(), parts }
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the whole of `path` matches.
    #[must_use]
    pub fn matches(&self, path: &str) -> bool {
        // `row[i]` says whether the parts so far match the first `i` characters.
        let chars: Vec<char> = path.chars().collect();
        let mut row = vec![false; chars.len() + 1];
        row[0] = true;
        for part in &self.parts {
            let mut next = vec![false; chars.len() + 1];
            let mut seen_before = false;
            for i in 0..=chars.len() {
                seen_before |= i > 0 && row[i - 1];
                let before = i.checked_sub(1).map(|j| (row[j], next[j], chars[j]));
                next[i] = match (part, before) {
                    (Part::Char(c), Some((diagonal, _, seen))) => diagonal && seen == *c,
                    (Part::One, Some((diagonal, _, seen))) => diagonal && seen != '/',
                    (Part::Star, Some((_, left, seen))) => row[i] || (left && seen != '/'),
                    (Part::Deep, Some((_, left, _))) => row[i] || left,
                    (Part::Folders, Some((_, _, '/'))) => row[i] || seen_before,
                    (Part::Star | Part::Deep | Part::Folders, _) => row[i],
                    (Part::Char(_) | Part::One, None) => false,
                };
            }
            row = next;
        }
        row[chars.len()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, path: &str, expected: bool) {
        assert_eq!(Glob::new(pattern).matches(path), expected, "{pattern} on {path}");
    }

    #[test]
    fn a_star_stays_in_its_folder() {
        check("models/*.bin", "models/a.bin", true);
        check("models/*.bin", "models/x/a.bin", false);
        check("models/?.bin", "models/é.bin", true);
    }

    #[test]
    fn two_stars_cross_folders() {
        check("**/a.bin", "a.bin", true);
        check("**/a.bin", "x/y/a.bin", true);
        check("**/a.bin", "x/ya.bin", false);
        check("x/**", "x/y/z", true);
        check("x/**/z", "x/z", true);
        check("x/**/z", "x/1/2/z", true);
        check("x/", "x/y", true);
    }

    #[test]
    fn a_bare_name_matches_in_any_folder() {
        check("*.bin", "x/y/a.bin", true);
        check("/*.bin", "x/a.bin", false);
        check("a.bin", "xa.bin", false);
    }

    #[test]
    fn many_stars_are_not_slow() {
        let pattern = "*a".repeat(50);
        check(&pattern, &"a".repeat(2_000), true);
        check(&format!("{pattern}b"), &"a".repeat(2_000), false);
    }
}
