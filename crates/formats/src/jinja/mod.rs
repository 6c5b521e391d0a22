//! Jinja templates, as Jinja 2 reads them: the language of chat templates. It is a syntax tree with lines; nothing is
//! rendered and nothing is judged.
//!
//! The grammar is Jinja's own (`jinja2/lexer.py`, `jinja2/parser.py`, version 3.1), with the loop controls, `do` and the
//! `generation` tag that Hugging Face adds; adjacent texts join, and escapes are Python's. Other engines accept less. A
//! tag that is not known is kept by name and its content read on, so that nothing hides behind it.
//!
//! The parser counts how deep the tree grows, whether by brackets, by chains (`a.b.c|d|e`) or by blocks, and stops at
//! [`MAX_DEPTH`] with a problem `jinja-nesting`: walking and dropping a tree recurses no deeper.
//! Memory: about 60 times the text; the text is at most [`MAX_BYTES`]. Time: linear. Start with [`parse`], then [`Stmt`].

mod ast;
mod expression;
mod lexer;
mod parser;
#[cfg(test)]
mod tests;

pub use ast::{Args, Binary, CompareOp, Expr, ExprKind, FilterCall, Stmt, StmtKind, Unary};

use crate::{Context, Problem, ProblemKind, Source};
use std::sync::Arc;

/// Bytes of one template that are read.
pub const MAX_BYTES: usize = 1 << 20;

/// Depth of the tree.
pub const MAX_DEPTH: u32 = 250;

/// A parsed template. After a syntax error it holds what came before; Jinja itself would render nothing.
#[derive(Clone, Debug, Default)]
pub struct Template {
    pub text: Arc<str>,
    pub body: Arc<Vec<Stmt>>,
    /// Codes: `jinja-syntax`, `jinja-nesting`, `jinja-size`, `jinja-utf8`.
    pub problems: Vec<Problem>,
}

impl Template {
    /// Whether all of it was understood.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.problems.iter().all(|problem| problem.kind == ProblemKind::Note)
    }
}

/// Parses a template.
#[must_use]
pub fn parse(text: &str) -> Template {
    let mut template = Template { text: text.into(), ..Template::default() };
    if text.len() > MAX_BYTES {
        let message = format!("more than {MAX_BYTES} bytes of template; it was not parsed");
        template.problems.push(Problem::new(ProblemKind::Budget, "jinja-size", message));
        return template;
    }
    let mut parser = parser::Parser::new(text);
    template.body = Arc::new(parser.template());
    template.problems = parser.problems;
    template
}

/// Reads a whole source as a template.
#[must_use]
pub fn read(source: &Source, _context: &Context) -> Template {
    let bytes = source.read_vec(0, MAX_BYTES + 1);
    let mut problems = Vec::new();
    let text = crate::text::decode(&bytes, "jinja-utf8", &mut problems);
    let mut template = parse(&text);
    template.problems.append(&mut problems);
    template
}

/// Whether the first bytes are a template: text that holds a statement or expression tag that speaks of messages. A
/// template has no signature, so its name usually decides.
#[must_use]
pub fn looks_like(head: &[u8], _source: &Source) -> bool {
    let Ok(text) = std::str::from_utf8(crate::text::whole_characters(head)) else { return false };
    let Some(at) = text.find("{%").or_else(|| text.find("{{")) else { return false };
    // JSON and notebooks hold templates in strings; they are read as what they are.
    let start = text.trim_start().as_bytes().first().copied().unwrap_or(0);
    let json = matches!(start, b'[' | b'"')
        || (start == b'{' && !matches!(text.trim_start().as_bytes().get(1), Some(b'%' | b'{' | b'#')));
    !json && (text[at..].contains("%}") || text[at..].contains("}}"))
}
