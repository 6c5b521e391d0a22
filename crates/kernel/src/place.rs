//! Where something was seen, precisely enough for a person to look at it again.

use std::fmt;

/// A place in what was scanned. `offset` and `length` are in bytes of the innermost member after decompression;
/// `line` and `column` start at 1.
#[derive(Clone, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Place {
    /// The path relative to what was scanned, with `/` between folders; the file's own name when a file was scanned.
    pub path: String,
    /// The chain of members, from the outer archive inwards.
    pub inside: Vec<String>,
    pub line: Option<u64>,
    pub column: Option<u64>,
    pub offset: Option<u64>,
    pub length: Option<u64>,
    /// A JSON pointer (RFC 6901) or, for other tree formats, a path of the same shape.
    pub pointer: Option<String>,
}

impl Place {
    /// The whole file at `path`.
    #[must_use]
    pub fn file(path: impl Into<String>) -> Self {
        Place { path: path.into(), ..Place::default() }
    }

    /// The member called `name` of the archive at this place.
    #[must_use]
    pub fn member(&self, name: impl Into<String>) -> Self {
        let mut inside = self.inside.clone();
        inside.push(name.into());
        Place { path: self.path.clone(), inside, ..Place::default() }
    }

    /// The same file or member, at a byte offset.
    #[must_use]
    pub fn at(&self, offset: u64) -> Self {
        Place { offset: Some(offset), ..self.clone() }
    }

    /// The same file or member, over a range of bytes.
    #[must_use]
    pub fn range(&self, offset: u64, length: u64) -> Self {
        Place { offset: Some(offset), length: Some(length), ..self.clone() }
    }

    /// The same file or member, at a line that starts at 1.
    #[must_use]
    pub fn at_line(&self, line: u64) -> Self {
        Place { line: Some(line), ..self.clone() }
    }

    /// The same file or member, at a node of a tree.
    #[must_use]
    pub fn at_pointer(&self, pointer: impl Into<String>) -> Self {
        Place { pointer: Some(pointer.into()), ..self.clone() }
    }

    /// The canonical address of the file or member: `path`, then `!member` for each archive on the way.
    #[must_use]
    pub fn address(&self) -> String {
        let mut address = self.path.clone();
        for member in &self.inside {
            address.push('!');
            address.push_str(member);
        }
        address
    }
}

impl fmt::Display for Place {
    /// `path!member:line:column`, or `path!member at 0x4b4`, or with the pointer after a `#`. Not escaped: callers that
    /// print to a terminal make control characters visible first.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.address())?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
            if let Some(column) = self.column {
                write!(f, ":{column}")?;
            }
        }
        if let Some(pointer) = &self.pointer {
            write!(f, "#{pointer}")?;
        }
        if let Some(offset) = self.offset {
            write!(f, " at {offset:#x}")?;
        }
        Ok(())
    }
}
