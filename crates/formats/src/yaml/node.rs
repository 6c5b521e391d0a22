//! Looking at a stream: a [`Node`] is a value with its place, cheap to copy.

use super::Document;

/// What a node is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Kind {
    /// A text as it was written, escapes resolved; `plain` when it stood without quotes.
    Scalar {
        text: String,
        plain: bool,
    },
    Sequence,
    Mapping,
    /// A reference to an anchored node earlier in the stream; none when no node has the anchor.
    Alias(Option<u32>),
}

/// A node on the flat list.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) kind: Kind,
    pub(crate) tag: Option<Box<str>>,
    /// Where the list goes on after this node and its children.
    pub(crate) next: u32,
    pub(crate) parent: u32,
    /// Whether it is the key of a mapping.
    pub(crate) key: bool,
    pub(crate) line: u32,
    pub(crate) column: u32,
}

/// A node of a stream.
#[derive(Clone, Copy)]
pub struct Node<'a> {
    pub(super) document: &'a Document,
    pub(super) index: u32,
}

impl std::fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} on line {}", self.kind(), self.line())
    }
}

impl<'a> Node<'a> {
    fn entry(self) -> &'a Entry {
        &self.document.entries[self.index as usize]
    }

    #[must_use]
    pub fn kind(self) -> &'a Kind {
        &self.entry().kind
    }

    /// The tag with its handle resolved, such as `tag:yaml.org,2002:python/name:os.system` or `!new:a.B`.
    #[must_use]
    pub fn tag(self) -> Option<&'a str> {
        self.entry().tag.as_deref()
    }

    /// The line on which it starts, from 1.
    #[must_use]
    pub fn line(self) -> u64 {
        u64::from(self.entry().line)
    }

    /// The column at which it starts, from 1.
    #[must_use]
    pub fn column(self) -> u64 {
        u64::from(self.entry().column)
    }

    /// Whether it is the key of a mapping.
    #[must_use]
    pub fn is_key(self) -> bool {
        self.entry().key
    }

    /// The node that an alias stands for; itself when it is none, or when the alias leads nowhere.
    #[must_use]
    pub fn resolved(self) -> Node<'a> {
        match self.kind() {
            Kind::Alias(Some(index)) => Node { document: self.document, index: *index },
            _ => self,
        }
    }

    /// The text of a scalar; one alias is followed.
    #[must_use]
    pub fn as_str(self) -> Option<&'a str> {
        match self.resolved().kind() {
            Kind::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// The truth value that YAML 1.1 readers see in a plain scalar.
    #[must_use]
    pub fn as_bool(self) -> Option<bool> {
        match self.resolved().kind() {
            Kind::Scalar { text, plain: true } => match text.to_ascii_lowercase().as_str() {
                "true" | "yes" | "on" => Some(true),
                "false" | "no" | "off" => Some(false),
                _ => None,
            },
            _ => None,
        }
    }

    /// The direct children: the items of a sequence, or keys and values of a mapping in turn.
    pub fn children(self) -> impl Iterator<Item = Node<'a>> {
        let (document, end) = (self.document, self.entry().next);
        let mut at = self.index + 1;
        std::iter::from_fn(move || {
            (at < end).then(|| {
                let node = Node { document, index: at };
                at = node.entry().next.max(at + 1);
                node
            })
        })
    }

    /// The items of a sequence; one alias is followed; none for anything else.
    pub fn items(self) -> impl Iterator<Item = Node<'a>> {
        let node = self.resolved();
        let sequence = matches!(node.kind(), Kind::Sequence);
        node.children().take_while(move |_| sequence)
    }

    /// The members of a mapping, duplicates included; one alias is followed; none for anything else.
    #[must_use]
    pub fn members(self) -> Members<'a> {
        let node = self.resolved();
        let end = if matches!(node.kind(), Kind::Mapping) { node.entry().next } else { 0 };
        Members { document: self.document, at: node.index + 1, end }
    }

    /// The value under `key`: the last of that name, as in PyYAML.
    #[must_use]
    pub fn get(self, key: &str) -> Option<Node<'a>> {
        self.members().filter(|(name, _)| name.as_str() == Some(key)).last().map(|(_, value)| value)
    }

    /// The text under `key`.
    #[must_use]
    pub fn text(self, key: &str) -> Option<&'a str> {
        self.get(key)?.as_str()
    }

    /// The key under which it stands, when its parent is a mapping.
    #[must_use]
    pub fn key(self) -> Option<&'a str> {
        if self.is_key() || self.index == 0 {
            return None;
        }
        let parent = Node { document: self.document, index: self.entry().parent };
        parent.members().find(|(_, value)| value.index == self.index).and_then(|(key, _)| key.as_str())
    }

    /// A path of the shape of a JSON pointer, within its document.
    #[must_use]
    pub fn pointer(self) -> String {
        let mut steps = Vec::new();
        let mut at = self;
        while steps.len() < super::MAX_DEPTH && !self.document.roots.contains(&at.index) {
            let parent = Node { document: self.document, index: at.entry().parent };
            if parent.index >= at.index {
                break;
            }
            steps.push(match parent.kind() {
                Kind::Mapping => at.key().unwrap_or("").replace('~', "~0").replace('/', "~1"),
                _ => parent.children().position(|child| child.index == at.index).unwrap_or(0).to_string(),
            });
            at = parent;
        }
        steps.iter().rev().fold(String::new(), |pointer, step| pointer + "/" + step)
    }
}

/// The members of a mapping.
#[derive(Clone, Debug)]
pub struct Members<'a> {
    document: &'a Document,
    at: u32,
    end: u32,
}

impl<'a> Iterator for Members<'a> {
    type Item = (Node<'a>, Node<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.end {
            return None;
        }
        let key = Node { document: self.document, index: self.at };
        let at = key.entry().next;
        if at >= self.end {
            return None;
        }
        let value = Node { document: self.document, index: at };
        self.at = value.entry().next;
        Some((key, value))
    }
}

/// Every node of a stream, parents before children.
#[derive(Clone, Debug)]
pub struct Walk<'a> {
    document: &'a Document,
    at: u32,
}

impl<'a> Walk<'a> {
    pub(super) fn new(document: &'a Document) -> Self {
        Walk { document, at: 0 }
    }
}

impl<'a> Iterator for Walk<'a> {
    type Item = Node<'a>;

    fn next(&mut self) -> Option<Node<'a>> {
        (self.document.entries.len() > self.at as usize).then(|| {
            self.at += 1;
            Node { document: self.document, index: self.at - 1 }
        })
    }
}
