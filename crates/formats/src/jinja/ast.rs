//! The tree. Lines start at 1.

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    pub kind: ExprKind,
    pub line: u32,
    /// How deep the tree below is; at most [`MAX_DEPTH`](super::MAX_DEPTH).
    pub(super) depth: u32,
}

#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    Name(String),
    Str(String),
    Int(i128),
    Float(f64),
    Bool(bool),
    None,
    List(Vec<Expr>),
    Tuple(Vec<Expr>),
    Dict(Vec<(Expr, Expr)>),
    Attr(Box<Expr>, String),
    Item(Box<Expr>, Box<Expr>),
    /// Start, stop, step.
    Slice(Box<Expr>, Box<[Option<Expr>; 3]>),
    Call(Box<Expr>, Args),
    /// The value is none in a filter block.
    Filter(Option<Box<Expr>>, String, Args),
    Test(Box<Expr>, String, Args),
    Unary(Unary, Box<Expr>),
    Binary(Binary, Box<Expr>, Box<Expr>),
    /// `a ~ b ~ c`.
    Concat(Vec<Expr>),
    Compare(Box<Expr>, Vec<(CompareOp, Expr)>),
    /// `then if test else other`.
    Cond(Box<Expr>, Box<Expr>, Option<Box<Expr>>),
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Unary {
    Not,
    Neg,
    Pos,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Binary {
    And,
    Or,
    Add,
    Sub,
    Mul,
    Div,
    FloorDiv,
    Mod,
    Pow,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum CompareOp {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    In,
    NotIn,
}

/// Arguments of a call, filter or test.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Args {
    pub positional: Vec<Expr>,
    pub named: Vec<(String, Expr)>,
    /// After `*` and `**`.
    pub spread: Vec<Expr>,
}

impl Args {
    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &Expr> {
        self.positional.iter().chain(self.named.iter().map(|(_, value)| value)).chain(&self.spread)
    }

    /// The argument called `name`, or the one at `position`.
    #[must_use]
    pub fn get(&self, position: usize, name: &str) -> Option<&Expr> {
        self.named
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value)
            .or_else(|| self.positional.get(position))
    }
}

/// A filter of a `set` or `filter` block.
#[derive(Clone, Debug, PartialEq)]
pub struct FilterCall {
    pub name: String,
    pub args: Args,
}

/// A statement.
#[derive(Clone, Debug, PartialEq)]
pub struct Stmt {
    pub kind: StmtKind,
    pub line: u32,
}

#[derive(Clone, Debug, PartialEq)]
pub enum StmtKind {
    /// Text between tags.
    Text(String),
    /// `{{ … }}`, and `{% print … %}`.
    Emit(Expr),
    /// `if` and every `elif` with their bodies, then the `else`.
    If(Vec<(Expr, Vec<Stmt>)>, Vec<Stmt>),
    For {
        target: Expr,
        iter: Expr,
        filter: Option<Expr>,
        recursive: bool,
        body: Vec<Stmt>,
        other: Vec<Stmt>,
    },
    Set(Expr, Expr),
    SetBlock(Expr, Vec<FilterCall>, Vec<Stmt>),
    Macro {
        name: String,
        params: Vec<(String, Option<Expr>)>,
        body: Vec<Stmt>,
    },
    CallBlock {
        call: Expr,
        params: Vec<(String, Option<Expr>)>,
        body: Vec<Stmt>,
    },
    FilterBlock(Vec<FilterCall>, Vec<Stmt>),
    With(Vec<(Expr, Expr)>, Vec<Stmt>),
    Block(String, Vec<Stmt>),
    /// `include`, `extends`, `import`, `from`: the tag and what it loads.
    Load(&'static str, Expr),
    Do(Expr),
    Break,
    Continue,
    /// A tag that Jinja has only with an extension, such as `debug`, `generation` or `trans`.
    Tag(String),
}
