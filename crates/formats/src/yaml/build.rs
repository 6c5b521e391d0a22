//! From the events of the scanner to the flat list.

use super::{
    Document, MAX_DEPTH, MAX_NODES,
    node::{Entry, Kind},
};
use crate::{Problem, ProblemKind};
use saphyr_parser::{Event, Parser, ScalarStyle, Span, Tag};
use std::{borrow::Cow, collections::HashMap};

/// Values that aliases may stand for before the stream counts as a bomb.
const MAX_EXPANDED: u64 = 1_000_000;

#[derive(Default)]
struct Builder {
    /// Open collections: their index, and how many children they have.
    open: Vec<(u32, u32)>,
    anchors: HashMap<usize, u32>,
}

pub(super) fn build(text: &str, document: &mut Document) {
    let mut builder = Builder::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = match event {
            Ok(event) => event,
            Err(error) => {
                let line = error.marker().line();
                let message = format!("the YAML ends at line {line}: {}", error.info());
                document.problems.push(Problem::new(ProblemKind::Malformed, "yaml-syntax", message));
                break;
            }
        };
        if document.entries.len() >= MAX_NODES {
            let message = format!("more than {MAX_NODES} nodes; the rest was not read");
            document.problems.push(Problem::new(ProblemKind::Budget, "yaml-nodes", message));
            break;
        }
        if builder.open.len() > MAX_DEPTH {
            let message = format!("nested deeper than {MAX_DEPTH}; the rest was not read");
            document.problems.push(Problem::new(ProblemKind::Hostile, "yaml-depth", message));
            break;
        }
        builder.take(event, span, document);
    }
    while builder.open.pop().is_some_and(|(index, _)| close(document, index)) {}
    count_expansion(document);
}

fn close(document: &mut Document, index: u32) -> bool {
    let end = u32::try_from(document.entries.len()).unwrap_or(u32::MAX);
    if let Some(entry) = document.entries.get_mut(index as usize) {
        entry.next = end;
    }
    true
}

impl Builder {
    fn take(&mut self, event: Event<'_>, span: Span, document: &mut Document) {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let kind = Kind::Scalar { text: text.into_owned(), plain: style == ScalarStyle::Plain };
                self.push(kind, anchor, tag, span, document);
            }
            Event::Alias(anchor) => {
                let target = self.anchors.get(&anchor).copied();
                self.push(Kind::Alias(target), 0, None, span, document);
            }
            Event::SequenceStart(anchor, tag) => {
                let index = self.push(Kind::Sequence, anchor, tag, span, document);
                self.open.push((index, 0));
            }
            Event::MappingStart(anchor, tag) => {
                let index = self.push(Kind::Mapping, anchor, tag, span, document);
                self.open.push((index, 0));
            }
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some((index, _)) = self.open.pop() {
                    close(document, index);
                }
            }
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd => {}
        }
    }

    fn push(
        &mut self,
        kind: Kind,
        anchor: usize,
        tag: Option<Cow<'_, Tag>>,
        span: Span,
        document: &mut Document,
    ) -> u32 {
        let index = u32::try_from(document.entries.len()).unwrap_or(u32::MAX);
        let mut key = false;
        let parent = match self.open.last_mut() {
            Some((parent, children)) => {
                let mapping = matches!(document.entries[*parent as usize].kind, Kind::Mapping);
                key = mapping && *children % 2 == 0;
                *children = children.wrapping_add(1);
                *parent
            }
            None => {
                document.roots.push(index);
                index
            }
        };
        if anchor != 0 {
            self.anchors.insert(anchor, index);
        }
        document.entries.push(Entry {
            kind,
            tag: tag.map(|tag| format!("{}{}", tag.handle, tag.suffix).into_boxed_str()),
            next: index.saturating_add(1),
            parent,
            key,
            line: u32::try_from(span.start.line()).unwrap_or(u32::MAX),
            column: u32::try_from(span.start.col()).unwrap_or(u32::MAX).saturating_add(1),
        });
        index
    }
}

/// Counts what the aliases stand for, from the last node to the first so that children come before their parents. An
/// anchored node comes before its aliases, so a second pass from the front settles them.
fn count_expansion(document: &mut Document) {
    let count = document.entries.len();
    if !document.entries.iter().any(|entry| matches!(entry.kind, Kind::Alias(_))) {
        return;
    }
    // `size[i]` is exact once every alias inside i is: nodes close in the order of their ends, and an anchored node
    // closes before any alias to it (unless the alias lies inside it: a cycle, which counts as one).
    let mut size = vec![0u64; count];
    let mut order: Vec<u32> = (0..u32::try_from(count).unwrap_or(u32::MAX)).collect();
    order.sort_by_key(|&i| (document.entries[i as usize].next, std::cmp::Reverse(i)));
    let mut total = 0u64;
    for i in order {
        let entry = &document.entries[i as usize];
        let own = match entry.kind {
            Kind::Alias(Some(target)) => size[target as usize].max(1),
            _ => size[i as usize].saturating_add(1),
        };
        size[i as usize] = own;
        if entry.parent == i {
            total = total.saturating_add(own);
        } else {
            let parent = entry.parent as usize;
            size[parent] = size[parent].saturating_add(own);
        }
    }
    if total > MAX_EXPANDED && total / 100 > count as u64 {
        let message = format!("{count} nodes stand for {total} values through aliases");
        document.problems.push(Problem::new(ProblemKind::Hostile, "yaml-alias-bomb", message));
    }
}
