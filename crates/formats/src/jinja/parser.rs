//! Statements, as `jinja2/parser.py` reads them.

use super::{
    MAX_DEPTH,
    ast::{Expr, ExprKind, FilterCall, Stmt, StmtKind},
    lexer::{Lexer, Token},
};
use crate::{Problem, ProblemKind};

/// Blocks within blocks; people use ten, and Python stops at 100 levels of indentation.
const MAX_BLOCKS: u32 = 60;

/// Why parsing stopped.
pub(super) struct Stop {
    kind: ProblemKind,
    code: &'static str,
    message: String,
}

pub(super) type Parsed<T> = Result<T, Stop>;

pub(super) fn syntax<T>(message: impl Into<String>) -> Parsed<T> {
    Err(Stop { kind: ProblemKind::Malformed, code: "jinja-syntax", message: message.into() })
}

pub(super) fn too_deep<T>() -> Parsed<T> {
    let message = format!("nested deeper than {MAX_DEPTH}");
    Err(Stop { kind: ProblemKind::Hostile, code: "jinja-nesting", message })
}

pub(super) struct Parser<'a> {
    lexer: Lexer<'a>,
    pub(super) token: Token,
    pub(super) line: u32,
    peeked: Option<(Token, u32)>,
    /// Brackets and operators that are open at the moment.
    pub(super) depth: u32,
    blocks: u32,
    pub(super) problems: Vec<Problem>,
}

impl<'a> Parser<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let mut lexer = Lexer::new(text);
        let line = lexer.line;
        let token = lexer.next();
        Parser { lexer, token, line, peeked: None, depth: 0, blocks: 0, problems: Vec::new() }
    }

    pub(super) fn bump(&mut self) -> Token {
        let (next, line) = self.peeked.take().unwrap_or_else(|| {
            let line = self.lexer.line;
            (self.lexer.next(), line)
        });
        self.line = line;
        std::mem::replace(&mut self.token, next)
    }

    pub(super) fn peek(&mut self) -> &Token {
        let lexer = &mut self.lexer;
        &self
            .peeked
            .get_or_insert_with(|| {
                let line = lexer.line;
                (lexer.next(), line)
            })
            .0
    }

    pub(super) fn is_op(&self, op: &str) -> bool {
        matches!(&self.token, Token::Op(other) if *other == op)
    }

    pub(super) fn is_name(&self, word: &str) -> bool {
        matches!(&self.token, Token::Name(name) if name == word)
    }

    pub(super) fn skip_op(&mut self, op: &str) -> bool {
        let found = self.is_op(op);
        if found {
            self.bump();
        }
        found
    }

    pub(super) fn skip_name(&mut self, word: &str) -> bool {
        let found = self.is_name(word);
        if found {
            self.bump();
        }
        found
    }

    pub(super) fn expect_op(&mut self, op: &str) -> Parsed<()> {
        if self.skip_op(op) { Ok(()) } else { syntax(format!("`{op}` is missing")) }
    }

    pub(super) fn name(&mut self) -> Parsed<String> {
        match self.bump() {
            Token::Name(name) => Ok(name),
            _ => syntax("a name is missing"),
        }
    }

    fn block_end(&mut self) -> Parsed<()> {
        match self.bump() {
            Token::BlockEnd => Ok(()),
            _ => syntax("a tag does not end where it should"),
        }
    }

    /// The whole template, or what came before the first error.
    pub(super) fn template(&mut self) -> Vec<Stmt> {
        let mut body = Vec::new();
        if let Err(stop) = self.body(&mut body, &[]) {
            let message = format!("the template breaks on line {}: {}", self.line, stop.message);
            self.problems.push(Problem::new(stop.kind, stop.code, message));
        }
        body
    }

    /// Statements up to one of the tags in `ends`, whose name is returned with the parser behind it; or to the end of the
    /// text when `ends` is empty.
    fn body(&mut self, body: &mut Vec<Stmt>, ends: &[&str]) -> Parsed<String> {
        self.blocks += 1;
        if self.blocks > MAX_BLOCKS {
            return too_deep();
        }
        let end = self.statements(body, ends);
        self.blocks -= 1;
        end
    }

    fn statements(&mut self, body: &mut Vec<Stmt>, ends: &[&str]) -> Parsed<String> {
        loop {
            let line = self.line;
            let kind = match self.bump() {
                Token::Text(text) => StmtKind::Text(text),
                Token::EmitStart => {
                    let value = self.tuple(true)?;
                    match self.bump() {
                        Token::EmitEnd => StmtKind::Emit(value),
                        _ => return syntax("an expression does not end with `}}`"),
                    }
                }
                Token::BlockStart => {
                    let tag = self.name()?;
                    if ends.contains(&tag.as_str()) {
                        return Ok(tag);
                    }
                    match self.statement(tag)? {
                        Some(kind) => kind,
                        None => continue,
                    }
                }
                Token::End if ends.is_empty() => return Ok(String::new()),
                Token::End => return syntax(format!("`{}` is missing at the end", ends.join("` or `"))),
                Token::Bad(message) => return syntax(message),
                _ => return syntax("something stands outside of every tag"),
            };
            body.push(Stmt { kind, line });
        }
    }

    /// A nested body up to `end`, and the end of that tag.
    fn block(&mut self, end: &str) -> Parsed<Vec<Stmt>> {
        let mut body = Vec::new();
        self.body(&mut body, &[end])?;
        if let Token::Name(_) = self.token {
            self.bump();
        }
        self.block_end()?;
        Ok(body)
    }

    fn statement(&mut self, tag: String) -> Parsed<Option<StmtKind>> {
        let kind = match tag.as_str() {
            "if" => self.if_statement()?,
            "for" => self.for_statement()?,
            "set" => self.set_statement()?,
            "macro" => {
                let name = self.name()?;
                let params = self.params()?;
                self.block_end()?;
                StmtKind::Macro { name, params, body: self.block("endmacro")? }
            }
            "call" => {
                let params = if self.is_op("(") { self.params()? } else { Vec::new() };
                let call = self.expression()?;
                self.block_end()?;
                StmtKind::CallBlock { call, params, body: self.block("endcall")? }
            }
            "filter" => {
                let filters = self.filters()?;
                self.block_end()?;
                StmtKind::FilterBlock(filters, self.block("endfilter")?)
            }
            "with" => {
                let mut bindings = Vec::new();
                while self.token != Token::BlockEnd {
                    let target = self.target()?;
                    self.expect_op("=")?;
                    bindings.push((target, self.expression()?));
                    if !self.skip_op(",") {
                        break;
                    }
                }
                self.block_end()?;
                StmtKind::With(bindings, self.block("endwith")?)
            }
            "block" => {
                let name = self.name()?;
                while self.skip_name("scoped") || self.skip_name("required") {}
                self.block_end()?;
                StmtKind::Block(name, self.block("endblock")?)
            }
            "autoescape" => {
                self.expression()?;
                self.block_end()?;
                StmtKind::Block(tag, self.block("endautoescape")?)
            }
            "include" => self.load("include")?,
            "extends" => self.load("extends")?,
            "import" => self.load("import")?,
            "from" => self.load("from")?,
            "do" => {
                let value = self.tuple(true)?;
                self.block_end()?;
                StmtKind::Do(value)
            }
            "print" => {
                let value = self.tuple(true)?;
                self.block_end()?;
                StmtKind::Emit(value)
            }
            "break" | "continue" => {
                self.block_end()?;
                if tag == "break" { StmtKind::Break } else { StmtKind::Continue }
            }
            "else" | "elif" | "endif" | "endfor" | "endset" | "endmacro" | "endcall" | "endfilter"
            | "endwith" => {
                return syntax(format!("`{tag}` stands where nothing is open"));
            }
            _ => {
                self.skip_tag()?;
                if tag.starts_with("end") {
                    return Ok(None);
                }
                StmtKind::Tag(tag)
            }
        };
        Ok(Some(kind))
    }

    /// What a tag of an extension holds, unread.
    fn skip_tag(&mut self) -> Parsed<()> {
        loop {
            match self.bump() {
                Token::BlockEnd => return Ok(()),
                Token::End => return syntax("a tag does not end"),
                _ => {}
            }
        }
    }

    /// `include` and its like: the expression, then anything to the end of the tag.
    fn load(&mut self, tag: &'static str) -> Parsed<StmtKind> {
        let what = self.expression()?;
        self.skip_tag()?;
        Ok(StmtKind::Load(tag, what))
    }

    fn if_statement(&mut self) -> Parsed<StmtKind> {
        let mut branches = Vec::new();
        let mut otherwise = Vec::new();
        loop {
            let test = self.tuple(true)?;
            self.block_end()?;
            let mut body = Vec::new();
            let end = self.body(&mut body, &["elif", "else", "endif"])?;
            branches.push((test, body));
            match end.as_str() {
                "elif" => {}
                "else" => {
                    self.block_end()?;
                    otherwise = self.block("endif")?;
                    break;
                }
                _ => {
                    self.block_end()?;
                    break;
                }
            }
        }
        Ok(StmtKind::If(branches, otherwise))
    }

    fn for_statement(&mut self) -> Parsed<StmtKind> {
        let target = self.target()?;
        if !self.skip_name("in") {
            return syntax("`in` is missing");
        }
        let iter = self.tuple(false)?;
        let filter = if self.skip_name("if") { Some(self.expression()?) } else { None };
        let recursive = self.skip_name("recursive");
        self.block_end()?;
        let mut body = Vec::new();
        let end = self.body(&mut body, &["else", "endfor"])?;
        self.block_end()?;
        let other = if end == "else" { self.block("endfor")? } else { Vec::new() };
        Ok(StmtKind::For { target, iter, filter, recursive, body, other })
    }

    fn set_statement(&mut self) -> Parsed<StmtKind> {
        let target = self.target()?;
        if self.skip_op("=") {
            let value = self.tuple(true)?;
            self.block_end()?;
            return Ok(StmtKind::Set(target, value));
        }
        let filters = if self.skip_op("|") { self.filters()? } else { Vec::new() };
        self.block_end()?;
        Ok(StmtKind::SetBlock(target, filters, self.block("endset")?))
    }

    /// What an assignment or loop writes to: names, attributes, items, or several with commas.
    fn target(&mut self) -> Parsed<Expr> {
        let line = self.line;
        let mut items = Vec::new();
        let mut tuple = false;
        loop {
            if self.is_name("in") || self.is_op("=") || self.token == Token::BlockEnd {
                break;
            }
            items.push(self.postfix_only()?);
            if !self.skip_op(",") {
                break;
            }
            tuple = true;
        }
        match items.pop() {
            Some(item) if !tuple && items.is_empty() => Ok(item),
            Some(item) => {
                items.push(item);
                self.node(ExprKind::Tuple(items), line)
            }
            None => syntax("a name to assign to is missing"),
        }
    }

    fn params(&mut self) -> Parsed<Vec<(String, Option<Expr>)>> {
        self.expect_op("(")?;
        let mut params = Vec::new();
        while !self.skip_op(")") {
            let name = self.name()?;
            let default = if self.skip_op("=") { Some(self.expression()?) } else { None };
            params.push((name, default));
            if !self.skip_op(",") {
                self.expect_op(")")?;
                break;
            }
        }
        Ok(params)
    }

    fn filters(&mut self) -> Parsed<Vec<FilterCall>> {
        let mut filters = Vec::new();
        loop {
            let name = self.dotted_name()?;
            let args = if self.is_op("(") { self.args()? } else { Default::default() };
            filters.push(FilterCall { name, args });
            if !self.skip_op("|") {
                return Ok(filters);
            }
        }
    }
}
