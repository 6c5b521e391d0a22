//! Python source, parsed with ruff's parser behind a guard. It is a syntax tree with lines, and no judgement.
//!
//! A recursive tree is walked and dropped by recursion, so the guard ([`nesting`]) measures beforehand, in one linear
//! scan, how deep the tree could become, and refuses what no interpreter compiles. What is refused is a problem
//! `python-nesting`, never a lost process.
//! Memory: about 100 times the text; the text is at most [`MAX_BYTES`]. Time: linear. Start with [`parse`].

pub mod nesting;
#[cfg(test)]
mod tests;

use crate::{Context, Problem, ProblemKind, Source};
use ruff_python_ast::Stmt;
use ruff_text_size::TextSize;
use std::sync::Arc;

/// Bytes of one module that are read.
pub const MAX_BYTES: u64 = 2 << 20;

/// A parsed module.
#[derive(Clone, Debug)]
pub struct Module {
    /// The text that the ranges of the tree refer to.
    pub text: Arc<str>,
    pub body: Arc<Vec<Stmt>>,
    /// Codes: `python-size`, `python-nesting`, `python-syntax`, `python-utf8`.
    pub problems: Vec<Problem>,
}

/// Parses a module. After a syntax error the tree holds what could be understood.
#[must_use]
pub fn parse(bytes: &[u8]) -> Module {
    let mut problems = Vec::new();
    let cap = usize::try_from(MAX_BYTES).unwrap_or(usize::MAX);
    if bytes.len() > cap {
        let message = format!("more than {cap} bytes of Python; it was not parsed");
        problems.push(Problem::new(ProblemKind::Budget, "python-size", message));
        return Module { text: "".into(), body: Arc::default(), problems };
    }
    let text = crate::text::decode(bytes, "python-utf8", &mut problems);
    parse_text(text.into(), problems)
}

/// Parses a module that is text already, such as a cell of a notebook.
#[must_use]
pub fn parse_str(text: &str) -> Module {
    if text.len() as u64 > MAX_BYTES {
        return parse(text.as_bytes());
    }
    parse_text(text.into(), Vec::new())
}

fn parse_text(text: Arc<str>, mut problems: Vec<Problem>) -> Module {
    if let Err(offset) = nesting::check(&text) {
        let message = "nested deeper than any interpreter compiles; it was not parsed";
        problems.push(Problem::new(ProblemKind::Hostile, "python-nesting", message).at(offset as u64));
        return Module { text, body: Arc::default(), problems };
    }
    let parsed = ruff_python_parser::parse_unchecked_source(&text, ruff_python_ast::PySourceType::Python);
    if let Some(error) = parsed.errors().first() {
        let message = format!("Python's grammar is broken: {}", error.error);
        let offset = u64::from(error.location.start().to_u32());
        problems.push(Problem::new(ProblemKind::Malformed, "python-syntax", message).at(offset));
    }
    let body = parsed.into_suite().into_iter().collect();
    Module { text, body: Arc::new(body), problems }
}

/// Reads a whole source as Python. A text that is no Python after all is no loss unless its name says that it is.
#[must_use]
pub fn read(source: &Source, name: &str, context: &Context) -> Module {
    let limit = context.limits.text_bytes.min(MAX_BYTES.saturating_add(1)).min(source.len());
    let mut module = parse(&source.read_vec(0, usize::try_from(limit).unwrap_or(usize::MAX)));
    if !name.to_ascii_lowercase().ends_with(".py") {
        for problem in module.problems.iter_mut().filter(|problem| problem.code == "python-syntax") {
            problem.kind = ProblemKind::Note;
        }
    }
    module
}

impl Module {
    /// The line, from 1, of an offset of the tree.
    #[must_use]
    pub fn line(&self, offset: TextSize) -> u64 {
        let end = (offset.to_u32() as usize).min(self.text.len());
        1 + memchr::memchr_iter(b'\n', &self.text.as_bytes()[..end]).count() as u64
    }
}
