//! Abstract values: what an expression of a template may be, which literal texts it may hold, and what it depends on.

use std::rc::Rc;

/// A value that is known exactly.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Const {
    None,
    Bool(bool),
    Int(i128),
    Float(f64),
    Str(Rc<str>),
    List(Rc<Vec<Const>>),
    /// In the order of insertion.
    Dict(Rc<Vec<(Const, Const)>>),
}

impl Const {
    pub(super) fn str(text: impl AsRef<str>) -> Const {
        Const::Str(text.as_ref().into())
    }

    pub(super) fn list(items: Vec<Const>) -> Const {
        Const::List(Rc::new(items))
    }

    /// Python's truth.
    pub(super) fn truth(&self) -> bool {
        match self {
            Const::None => false,
            Const::Bool(value) => *value,
            Const::Int(value) => *value != 0,
            Const::Float(value) => *value != 0.0,
            Const::Str(text) => !text.is_empty(),
            Const::List(items) => !items.is_empty(),
            Const::Dict(items) => !items.is_empty(),
        }
    }

    pub(super) fn as_str(&self) -> Option<&str> {
        match self {
            Const::Str(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn as_int(&self) -> Option<i128> {
        match self {
            Const::Int(value) => Some(*value),
            Const::Bool(value) => Some(i128::from(*value)),
            Const::Float(value) if value.is_finite() => Some(*value as i128),
            _ => None,
        }
    }

    /// The text that joining or emitting it gives.
    pub(super) fn text(&self) -> String {
        match self {
            Const::None => "None".into(),
            Const::Bool(true) => "True".into(),
            Const::Bool(false) => "False".into(),
            Const::Int(value) => value.to_string(),
            Const::Float(value) => value.to_string(),
            Const::Str(text) => text.to_string(),
            Const::List(_) | Const::Dict(_) => self.texts().join(", "),
        }
    }

    /// All texts in it, keys included.
    pub(super) fn texts(&self) -> Vec<&str> {
        let mut texts = Vec::new();
        let mut open = vec![self];
        while let Some(value) = open.pop() {
            match value {
                Const::Str(text) => texts.push(&**text),
                Const::List(items) => open.extend(items.iter().rev()),
                Const::Dict(items) => open.extend(items.iter().rev().flat_map(|(key, value)| [value, key])),
                _ => {}
            }
        }
        texts
    }
}

/// Where data comes from.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Labels(u8);

impl Labels {
    pub(super) const NONE: Labels = Labels(0);
    /// The conversation or a message: a structure with known keys.
    pub(super) const MESSAGES: Labels = Labels(1);
    /// What somebody wrote: a user, a tool, a document.
    pub(super) const CONTENT: Labels = Labels(2);
    /// The tools that are offered.
    pub(super) const TOOLS: Labels = Labels(4);
    /// The clock.
    pub(super) const DATE: Labels = Labels(8);
    /// How long something is that somebody wrote.
    pub(super) const LENGTH: Labels = Labels(16);
    /// A function or internal object of the template engine.
    pub(super) const FUNCTION: Labels = Labels(32);
    /// A lazy sequence, whose text form shows its address and type.
    pub(super) const LAZY: Labels = Labels(64);

    pub(super) const fn has(self, other: Labels) -> bool {
        self.0 & other.0 != 0
    }

    pub(super) const fn and(self, other: Labels) -> Labels {
        Labels(self.0 | other.0)
    }

    pub(super) const fn without(self, other: Labels) -> Labels {
        Labels(self.0 & !other.0)
    }
}

/// How an inspection of data reads.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Class {
    /// For marks that templates themselves write: `</think>`, `[INST]`, line ends.
    Mark,
    /// For words, lengths or dates: something that a person chose.
    Word,
}

/// An inspection of data that a value or a path depends on.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Probe {
    pub(super) class: Class,
    /// Of what: content, the clock, or the tools.
    pub(super) subject: Labels,
    /// What is looked for, as evidence.
    pub(super) literal: Rc<str>,
    pub(super) line: u32,
    /// Whether the value or path stands for the inspection having failed.
    pub(super) negative: bool,
}

impl Probe {
    pub(super) fn flipped(&self) -> Probe {
        Probe { negative: !self.negative, ..self.clone() }
    }
}

/// A literal text that a value may hold, and what it depends on.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Piece {
    pub(super) text: Rc<str>,
    pub(super) line: u32,
    pub(super) guards: Vec<Probe>,
}

/// What an expression may be.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Value {
    pub(super) known: Option<Const>,
    pub(super) labels: Labels,
    pub(super) pieces: Vec<Piece>,
    /// What its choice depends on.
    pub(super) probes: Vec<Probe>,
    /// The separator by which content was cut, while counting the parts would be an inspection.
    pub(super) cut: Option<Rc<str>>,
}

const MAX_PIECES: usize = 64;
const MAX_PROBES: usize = 16;

impl Value {
    pub(super) fn labelled(labels: Labels) -> Value {
        Value { labels, ..Value::default() }
    }

    pub(super) fn constant(known: Const, line: u32) -> Value {
        let pieces = known
            .texts()
            .into_iter()
            .filter(|text| !text.trim().is_empty())
            .take(MAX_PIECES)
            .map(|text| Piece { text: text.into(), line, guards: Vec::new() })
            .collect();
        Value { known: Some(known), pieces, ..Value::default() }
    }

    pub(super) fn add_piece(&mut self, piece: Piece) {
        if self.pieces.len() < MAX_PIECES && !self.pieces.contains(&piece) {
            self.pieces.push(piece);
        }
    }

    pub(super) fn add_probes(&mut self, probes: &[Probe]) {
        add(&mut self.probes, probes);
    }

    /// Makes every literal in it depend on `probes` as well.
    pub(super) fn guard(&mut self, probes: &[Probe]) {
        for piece in &mut self.pieces {
            add(&mut piece.guards, probes);
        }
    }

    /// Takes in what `other` may be: the value of either path, or a part of the whole.
    pub(super) fn unite(&mut self, other: &Value) {
        if self.known != other.known {
            self.known = None;
        }
        self.labels = self.labels.and(other.labels);
        self.cut = self.cut.take().or_else(|| other.cut.clone());
        for piece in &other.pieces {
            self.add_piece(piece.clone());
        }
        add(&mut self.probes, &other.probes);
    }

    /// `parts` together, without a known value.
    pub(super) fn of(parts: &[&Value]) -> Value {
        let mut whole = Value::default();
        for part in parts {
            whole.unite(part);
        }
        whole.known = None;
        whole
    }
}

/// Adds the probes that are not there.
pub(super) fn add(probes: &mut Vec<Probe>, more: &[Probe]) {
    for probe in more {
        if probes.len() < MAX_PROBES && !probes.contains(probe) {
            probes.push(probe.clone());
        }
    }
}

pub(super) fn flip(probes: &[Probe]) -> Vec<Probe> {
    probes.iter().map(Probe::flipped).collect()
}
