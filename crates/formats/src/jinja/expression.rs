//! Expressions, as `jinja2/parser.py` reads them, with the depth of every tree counted.

use super::{
    MAX_DEPTH,
    ast::{Args, Binary, CompareOp, Expr, ExprKind, Unary},
    lexer::Token,
    parser::{Parsed, Parser, syntax, too_deep},
};

/// Brackets, conditions and signs that may be open at once: each costs a dozen frames of the stack, and people use ten.
const MAX_OPEN: u32 = 80;

impl Parser<'_> {
    /// Makes a node, unless its tree is too deep.
    pub(super) fn node(&self, kind: ExprKind, line: u32) -> Parsed<Expr> {
        let depth = 1 + below(&kind);
        if depth > MAX_DEPTH { too_deep() } else { Ok(Expr { kind, line, depth }) }
    }

    fn descend<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        self.depth += 1;
        if self.depth > MAX_OPEN {
            return too_deep();
        }
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    /// Expressions with commas between them; `conditional` allows `a if b else c`.
    pub(super) fn tuple(&mut self, conditional: bool) -> Parsed<Expr> {
        let line = self.line;
        let one = |parser: &mut Self| if conditional { parser.expression() } else { parser.or() };
        let first = one(self)?;
        if !self.is_op(",") {
            return Ok(first);
        }
        let mut items = vec![first];
        while self.skip_op(",") {
            let ends = matches!(self.token, Token::BlockEnd | Token::EmitEnd | Token::Op(")"));
            if ends || self.is_name("in") || self.is_name("if") || self.is_name("recursive") {
                break;
            }
            items.push(one(self)?);
        }
        self.node(ExprKind::Tuple(items), line)
    }

    pub(super) fn expression(&mut self) -> Parsed<Expr> {
        self.descend(|parser| {
            let line = parser.line;
            let mut value = parser.or()?;
            while parser.skip_name("if") {
                let test = parser.or()?;
                let other =
                    if parser.skip_name("else") { Some(Box::new(parser.expression()?)) } else { None };
                value = parser.node(ExprKind::Cond(Box::new(test), Box::new(value), other), line)?;
            }
            Ok(value)
        })
    }

    pub(super) fn or(&mut self) -> Parsed<Expr> {
        let line = self.line;
        let mut left = self.and()?;
        while self.skip_name("or") {
            let right = self.and()?;
            left = self.node(ExprKind::Binary(Binary::Or, Box::new(left), Box::new(right)), line)?;
        }
        Ok(left)
    }

    fn and(&mut self) -> Parsed<Expr> {
        let line = self.line;
        let mut left = self.not()?;
        while self.skip_name("and") {
            let right = self.not()?;
            left = self.node(ExprKind::Binary(Binary::And, Box::new(left), Box::new(right)), line)?;
        }
        Ok(left)
    }

    fn not(&mut self) -> Parsed<Expr> {
        if self.is_name("not") {
            let line = self.line;
            self.bump();
            let inner = self.descend(Self::not)?;
            return self.node(ExprKind::Unary(Unary::Not, Box::new(inner)), line);
        }
        self.compare()
    }

    fn compare(&mut self) -> Parsed<Expr> {
        let line = self.line;
        let left = self.sum()?;
        let mut rest = Vec::new();
        loop {
            let op = match &self.token {
                Token::Op("==") => CompareOp::Eq,
                Token::Op("!=") => CompareOp::Ne,
                Token::Op("<") => CompareOp::Lt,
                Token::Op("<=") => CompareOp::Le,
                Token::Op(">") => CompareOp::Gt,
                Token::Op(">=") => CompareOp::Ge,
                Token::Name(name) if name == "in" => CompareOp::In,
                Token::Name(name) if name == "not" => {
                    if !matches!(self.peek(), Token::Name(next) if next == "in") {
                        break;
                    }
                    self.bump();
                    CompareOp::NotIn
                }
                _ => break,
            };
            self.bump();
            rest.push((op, self.sum()?));
        }
        if rest.is_empty() { Ok(left) } else { self.node(ExprKind::Compare(Box::new(left), rest), line) }
    }

    fn sum(&mut self) -> Parsed<Expr> {
        let line = self.line;
        let mut left = self.concat()?;
        loop {
            let op = match self.token {
                Token::Op("+") => Binary::Add,
                Token::Op("-") => Binary::Sub,
                _ => return Ok(left),
            };
            self.bump();
            let right = self.concat()?;
            left = self.node(ExprKind::Binary(op, Box::new(left), Box::new(right)), line)?;
        }
    }

    fn concat(&mut self) -> Parsed<Expr> {
        let line = self.line;
        let first = self.product()?;
        if !self.is_op("~") {
            return Ok(first);
        }
        let mut parts = vec![first];
        while self.skip_op("~") {
            parts.push(self.product()?);
        }
        self.node(ExprKind::Concat(parts), line)
    }

    fn product(&mut self) -> Parsed<Expr> {
        let line = self.line;
        let mut left = self.power()?;
        loop {
            let op = match self.token {
                Token::Op("*") => Binary::Mul,
                Token::Op("/") => Binary::Div,
                Token::Op("//") => Binary::FloorDiv,
                Token::Op("%") => Binary::Mod,
                _ => return Ok(left),
            };
            self.bump();
            let right = self.power()?;
            left = self.node(ExprKind::Binary(op, Box::new(left), Box::new(right)), line)?;
        }
    }

    fn power(&mut self) -> Parsed<Expr> {
        let line = self.line;
        let mut left = self.unary(true)?;
        while self.skip_op("**") {
            let right = self.unary(true)?;
            left = self.node(ExprKind::Binary(Binary::Pow, Box::new(left), Box::new(right)), line)?;
        }
        Ok(left)
    }

    fn unary(&mut self, filters: bool) -> Parsed<Expr> {
        let line = self.line;
        let op = match self.token {
            Token::Op("-") => Some(Unary::Neg),
            Token::Op("+") => Some(Unary::Pos),
            _ => None,
        };
        let mut value = match op {
            Some(op) => {
                self.bump();
                let inner = self.descend(|parser| parser.unary(false))?;
                self.node(ExprKind::Unary(op, Box::new(inner)), line)?
            }
            None => self.primary()?,
        };
        value = self.postfix(value)?;
        if filters { self.filtered(value) } else { Ok(value) }
    }

    /// A name with attributes and items, without filters: what may be assigned to.
    pub(super) fn postfix_only(&mut self) -> Parsed<Expr> {
        let value = self.primary()?;
        self.postfix(value)
    }

    fn primary(&mut self) -> Parsed<Expr> {
        let line = self.line;
        let kind = match self.bump() {
            Token::Name(name) => match name.as_str() {
                "true" | "True" => ExprKind::Bool(true),
                "false" | "False" => ExprKind::Bool(false),
                "none" | "None" => ExprKind::None,
                _ => ExprKind::Name(name),
            },
            Token::Str(mut text) => {
                while let Token::Str(more) = &self.token {
                    text.push_str(more);
                    self.bump();
                }
                ExprKind::Str(text)
            }
            Token::Int(value) => ExprKind::Int(value),
            Token::Float(value) => ExprKind::Float(value),
            Token::Op("(") => {
                if self.skip_op(")") {
                    ExprKind::Tuple(Vec::new())
                } else {
                    let inner = self.descend(|parser| parser.tuple(true))?;
                    self.expect_op(")")?;
                    return Ok(inner);
                }
            }
            Token::Op("[") => ExprKind::List(self.items("]")?),
            Token::Op("{") => ExprKind::Dict(self.pairs()?),
            Token::Bad(message) => return syntax(message),
            _ => return syntax("an expression is missing"),
        };
        self.node(kind, line)
    }

    fn items(&mut self, end: &str) -> Parsed<Vec<Expr>> {
        let mut items = Vec::new();
        while !self.skip_op(end) {
            items.push(self.expression()?);
            if !self.skip_op(",") {
                self.expect_op(end)?;
                break;
            }
        }
        Ok(items)
    }

    fn pairs(&mut self) -> Parsed<Vec<(Expr, Expr)>> {
        let mut pairs = Vec::new();
        while !self.skip_op("}") {
            let key = self.expression()?;
            self.expect_op(":")?;
            pairs.push((key, self.expression()?));
            if !self.skip_op(",") {
                self.expect_op("}")?;
                break;
            }
        }
        Ok(pairs)
    }

    fn postfix(&mut self, mut value: Expr) -> Parsed<Expr> {
        loop {
            let line = self.line;
            value = match self.token {
                Token::Op(".") => {
                    self.bump();
                    match self.bump() {
                        Token::Name(name) => self.node(ExprKind::Attr(Box::new(value), name), line)?,
                        Token::Int(index) => {
                            let index = self.node(ExprKind::Int(index), line)?;
                            self.node(ExprKind::Item(Box::new(value), Box::new(index)), line)?
                        }
                        // `a.0.1` reads as a number with a fraction.
                        Token::Float(_) => {
                            let index = self.node(ExprKind::Int(0), line)?;
                            self.node(ExprKind::Item(Box::new(value), Box::new(index)), line)?
                        }
                        _ => return syntax("a name is missing after a dot"),
                    }
                }
                Token::Op("[") => self.subscript(value)?,
                Token::Op("(") => {
                    let args = self.args()?;
                    self.node(ExprKind::Call(Box::new(value), args), line)?
                }
                _ => return Ok(value),
            };
        }
    }

    fn subscript(&mut self, value: Expr) -> Parsed<Expr> {
        let line = self.line;
        self.bump();
        let mut parts: [Option<Expr>; 3] = [None, None, None];
        let mut slice = false;
        let mut part = 0;
        while !self.skip_op("]") {
            if self.skip_op(":") {
                slice = true;
                part += 1;
                if part > 2 {
                    return syntax("a slice has three parts at most");
                }
            } else if self.skip_op(",") {
                // Several subscripts make a tuple: the last one stands for them.
                part = 0;
            } else {
                parts[part] = Some(self.expression()?);
                if !self.is_op("]") && !self.is_op(":") && !self.is_op(",") {
                    return syntax("`]` is missing");
                }
            }
        }
        let value = Box::new(value);
        if slice {
            return self.node(ExprKind::Slice(value, Box::new(parts)), line);
        }
        match parts {
            [Some(index), ..] => self.node(ExprKind::Item(value, Box::new(index)), line),
            _ => syntax("a subscript is missing"),
        }
    }

    pub(super) fn args(&mut self) -> Parsed<Args> {
        self.expect_op("(")?;
        let mut args = Args::default();
        while !self.skip_op(")") {
            if self.skip_op("*") || self.skip_op("**") {
                args.spread.push(self.expression()?);
            } else if matches!(self.token, Token::Name(_)) && *self.peek() == Token::Op("=") {
                let name = self.name()?;
                self.bump();
                args.named.push((name, self.expression()?));
            } else {
                args.positional.push(self.expression()?);
            }
            if !self.skip_op(",") {
                self.expect_op(")")?;
                break;
            }
        }
        Ok(args)
    }

    pub(super) fn dotted_name(&mut self) -> Parsed<String> {
        let mut name = self.name()?;
        while self.skip_op(".") {
            name.push('.');
            name.push_str(&self.name()?);
        }
        Ok(name)
    }

    /// Filters, tests and calls behind a value.
    fn filtered(&mut self, mut value: Expr) -> Parsed<Expr> {
        loop {
            let line = self.line;
            if self.skip_op("|") {
                let name = self.dotted_name()?;
                let args = if self.is_op("(") { self.args()? } else { Args::default() };
                value = self.node(ExprKind::Filter(Some(Box::new(value)), name, args), line)?;
            } else if self.skip_name("is") {
                value = self.test(value, line)?;
            } else if self.is_op("(") {
                let args = self.args()?;
                value = self.node(ExprKind::Call(Box::new(value), args), line)?;
            } else {
                return Ok(value);
            }
        }
    }

    fn test(&mut self, value: Expr, line: u32) -> Parsed<Expr> {
        let negated = self.skip_name("not");
        let name = self.dotted_name()?;
        let mut args = Args::default();
        let starts = match &self.token {
            Token::Name(word) => {
                !matches!(word.as_str(), "else" | "or" | "and" | "is" | "if" | "in" | "not" | "recursive")
            }
            Token::Str(_) | Token::Int(_) | Token::Float(_) | Token::Op("[" | "{") => true,
            _ => false,
        };
        if self.is_op("(") {
            args = self.args()?;
        } else if starts {
            args.positional.push(self.postfix_only()?);
        }
        let test = self.node(ExprKind::Test(Box::new(value), name, args), line)?;
        if negated { self.node(ExprKind::Unary(Unary::Not, Box::new(test)), line) } else { Ok(test) }
    }
}

fn below(kind: &ExprKind) -> u32 {
    let of = |exprs: &mut dyn Iterator<Item = &Expr>| exprs.map(|expr| expr.depth).max().unwrap_or(0);
    match kind {
        ExprKind::Name(_)
        | ExprKind::Str(_)
        | ExprKind::Int(_)
        | ExprKind::Float(_)
        | ExprKind::Bool(_)
        | ExprKind::None => 0,
        ExprKind::List(items) | ExprKind::Tuple(items) | ExprKind::Concat(items) => of(&mut items.iter()),
        ExprKind::Dict(pairs) => of(&mut pairs.iter().flat_map(|(key, value)| [key, value])),
        ExprKind::Attr(value, _) | ExprKind::Unary(_, value) => value.depth,
        ExprKind::Item(value, index) | ExprKind::Binary(_, value, index) => value.depth.max(index.depth),
        ExprKind::Slice(value, parts) => value.depth.max(of(&mut parts.iter().flatten())),
        ExprKind::Call(value, args) | ExprKind::Test(value, _, args) => value.depth.max(of(&mut args.all())),
        ExprKind::Filter(value, _, args) => {
            value.as_ref().map_or(0, |value| value.depth).max(of(&mut args.all()))
        }
        ExprKind::Compare(value, rest) => value.depth.max(of(&mut rest.iter().map(|(_, right)| right))),
        ExprKind::Cond(test, then, other) => {
            test.depth.max(then.depth).max(other.as_ref().map_or(0, |other| other.depth))
        }
    }
}
