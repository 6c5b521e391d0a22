//! Walking statements: what is emitted, what is bound, and on which path.

use super::{
    Analysis, MAX_STEPS, Remark, names,
    outputs::Output,
    value::{Const, Labels, Piece, Probe, Value, add, flip},
};
use modelward_formats::jinja::{Binary, Expr, ExprKind, FilterCall, Stmt, StmtKind};
use std::{
    collections::{BTreeSet, HashMap},
    rc::Rc,
};

/// A macro: its parameters with defaults, and its body.
pub(super) struct Macro<'t> {
    pub(super) params: &'t [(String, Option<Expr>)],
    pub(super) body: &'t [Stmt],
}

/// Calls of macros within one another that are followed.
const MAX_CALLS: usize = 6;
const MAX_OUTPUTS: usize = 20_000;

pub(super) struct Machine<'t> {
    pub(super) analysis: Analysis,
    pub(super) outputs: Vec<Output>,
    /// The budget of visits is used up.
    pub(super) exhausted: bool,
    steps: u32,
    pub(super) bindings: HashMap<Rc<str>, Rc<Value>>,
    pub(super) macros: HashMap<&'t str, Rc<Macro<'t>>>,
    /// What the path so far depends on.
    path: Vec<Probe>,
    /// Where output goes while a macro or block is captured; empty means to the model.
    captures: Vec<Value>,
    pub(super) calls: Vec<&'t str>,
    /// Iterations, multiplied over the open loops, as far as they are known.
    pub(super) iterations: u64,
    /// Expressions and statements that are open at the moment: macros add theirs to those of their callers.
    pub(super) depth: u32,
}

/// Beyond this the stack of a small thread is at risk, and the rest counts as not judged.
pub(super) const MAX_OPEN: u32 = 400;

impl<'t> Machine<'t> {
    pub(super) fn new() -> Self {
        Machine {
            analysis: Analysis::default(),
            outputs: Vec::new(),
            exhausted: false,
            steps: 0,
            bindings: HashMap::new(),
            macros: HashMap::new(),
            path: Vec::new(),
            captures: Vec::new(),
            calls: Vec::new(),
            iterations: 1,
            depth: 0,
        }
    }

    /// Counts a visit; false when the budget is used up.
    pub(super) fn step(&mut self) -> bool {
        self.steps = self.steps.saturating_add(1);
        self.exhausted |= self.steps > MAX_STEPS;
        !self.exhausted
    }

    pub(super) fn escape(
        &mut self,
        line: u32,
        certain: bool,
        witness: &str,
        message: String,
        evidence: String,
    ) {
        let list = &mut self.analysis.escapes;
        push(list, Remark { line, message, evidence, witness: witness.to_owned(), certain });
    }

    pub(super) fn exhaust(&mut self, line: u32, witness: &str, message: String) {
        let list = &mut self.analysis.exhaustions;
        push(
            list,
            Remark { line, evidence: String::new(), message, witness: witness.to_owned(), certain: true },
        );
    }

    /// Runs a whole template.
    pub(super) fn run_all(&mut self, body: &'t [Stmt]) {
        self.rings(body);
        self.run(body);
    }

    /// Macros that call one another in a ring, whatever holds.
    fn rings(&mut self, body: &'t [Stmt]) {
        let macros: Vec<(&str, &[Stmt], u32)> = body
            .iter()
            .filter_map(|statement| match &statement.kind {
                StmtKind::Macro { name, body, .. } => Some((name.as_str(), body.as_slice(), statement.line)),
                _ => None,
            })
            .take(200)
            .collect();
        let edges: Vec<Vec<usize>> = macros
            .iter()
            .map(|(_, body, _)| {
                let mut called = BTreeSet::new();
                callees(body, &mut called);
                (0..macros.len()).filter(|&to| called.contains(macros[to].0)).collect()
            })
            .collect();
        for (start, (name, _, line)) in macros.iter().enumerate() {
            let mut seen = vec![false; macros.len()];
            let mut open = vec![start];
            while let Some(at) = open.pop() {
                for &next in edges[at].iter().filter(|&&next| next != at) {
                    if next == start {
                        self.exhaust(
                            *line,
                            &format!("ring of macros {name}"),
                            format!("the macro `{name}` calls itself through others and never ends"),
                        );
                        return;
                    }
                    if !std::mem::replace(&mut seen[next], true) {
                        open.push(next);
                    }
                }
            }
        }
    }

    pub(super) fn run(&mut self, body: &'t [Stmt]) {
        for statement in body {
            if !self.step() {
                return;
            }
            self.depth += 1;
            if self.depth > MAX_OPEN {
                self.exhausted = true;
            } else {
                self.statement(statement);
            }
            self.depth -= 1;
        }
    }

    fn statement(&mut self, statement: &'t Stmt) {
        match &statement.kind {
            StmtKind::Text(text) => {
                if !text.trim().is_empty() {
                    self.emit(&Value::constant(Const::str(text), statement.line));
                }
            }
            StmtKind::Emit(expr) => {
                let value = self.value(expr);
                self.emit(&value);
            }
            StmtKind::Do(expr) => {
                self.value(expr);
            }
            StmtKind::If(branches, other) => self.branches(branches, other),
            StmtKind::For { target, iter, filter, recursive, body, other } => {
                if *recursive {
                    self.endless_loop(iter, body);
                }
                self.for_loop(target, iter, filter.as_ref(), body);
                self.alternative(other);
            }
            StmtKind::Set(target, expr) => self.set(target, expr),
            StmtKind::SetBlock(target, filters, body) => {
                let value = self.captured(body);
                let value = self.filtered(value, filters, statement.line);
                self.bind(target, value);
            }
            StmtKind::FilterBlock(filters, body) => {
                let value = self.captured(body);
                let value = self.filtered(value, filters, statement.line);
                self.emit(&value);
            }
            StmtKind::Macro { name, params, body } => {
                self.recursion(name, body, statement.line);
                self.macros.insert(name, Rc::new(Macro { params, body }));
                // A macro that nobody calls is looked at too: another template may import it.
                let kept = self.outputs.len();
                self.with_params(params, &[], &[], body);
                self.outputs.truncate(kept);
            }
            StmtKind::CallBlock { call, params, body } => {
                self.macros.insert("caller", Rc::new(Macro { params, body }));
                // The body is looked at by itself as well: the macro that would call it may live elsewhere.
                self.with_params(params, &[], &[], body);
                let value = self.value(call);
                self.emit(&value);
            }
            StmtKind::With(bindings, body) => {
                for (target, expr) in bindings {
                    let value = self.value(expr);
                    self.bind(target, value);
                }
                self.run(body);
            }
            StmtKind::Block(_, body) => self.run(body),
            StmtKind::Load(tag, expr) => {
                let value = self.value(expr);
                let what = value
                    .known
                    .as_ref()
                    .map_or_else(|| "a computed name".into(), |known| format!("`{}`", known.text()));
                let message = format!("it loads another template, {what}, with `{tag}`");
                self.escape(
                    statement.line,
                    true,
                    &format!("{tag} {what}"),
                    message,
                    format!("{{% {tag} … %}}"),
                );
            }
            StmtKind::Tag(name) if name == "debug" => {
                let message =
                    "`debug` prints every variable, filter and test that the program gave to the template"
                        .into();
                self.escape(statement.line, true, "debug", message, "{% debug %}".into());
            }
            StmtKind::Break | StmtKind::Continue => self.hide(statement.line),
            StmtKind::Tag(_) => {}
        }
    }

    /// Emits a value on the path so far.
    fn emit(&mut self, value: &Value) {
        if let Some(capture) = self.captures.last_mut() {
            let mut value = value.clone();
            value.guard(&self.path);
            value.known = None;
            let known = capture.known.take();
            capture.unite(&value);
            // Whether anything is emitted depends on the path: a caller can ask for that.
            capture.add_probes(&self.path);
            capture.known = known;
            return;
        }
        if value.labels.has(Labels::CONTENT)
            && let Some(piece) =
                value.pieces.is_empty().then(|| self.path.iter().find(|probe| is_word(probe))).flatten()
        {
            self.hide(piece.line);
        }
        for piece in &value.pieces {
            if self.outputs.len() >= MAX_OUTPUTS {
                self.exhausted = true;
                return;
            }
            let mut guards = piece.guards.clone();
            add(&mut guards, &self.path);
            self.outputs.push(Output { text: piece.text.clone(), line: piece.line, guards });
        }
    }

    /// A message that is left out, or kept, for a word in it.
    fn hide(&mut self, line: u32) {
        if let Some(probe) = self.path.iter().find(|probe| is_word(probe))
            && self.outputs.len() < MAX_OUTPUTS
        {
            let guards = vec![Probe { negative: false, ..probe.clone() }];
            self.outputs.push(Output { text: super::outputs::HIDDEN.into(), line, guards });
        }
    }

    /// `loop(…)` over what the loop runs over already, whatever holds.
    fn endless_loop(&mut self, iter: &'t Expr, body: &'t [Stmt]) {
        fn calls_loop(iter: &Expr, expr: &Expr) -> bool {
            match &expr.kind {
                ExprKind::Call(callee, args) => {
                    matches!(&callee.kind, ExprKind::Name(name) if name == "loop")
                        && args.positional.first().is_some_and(|arg| same(iter, arg))
                }
                ExprKind::Concat(parts) => parts.iter().any(|part| calls_loop(iter, part)),
                ExprKind::Binary(_, left, right) => calls_loop(iter, left) || calls_loop(iter, right),
                _ => false,
            }
        }
        let endless = body.iter().any(|statement| matches!(&statement.kind, StmtKind::Emit(expr) | StmtKind::Set(_, expr) if calls_loop(iter, expr)));
        if endless {
            self.exhaust(
                iter.line,
                "endless loop",
                "a recursive loop runs over the same messages again and never ends".into(),
            );
        }
    }

    /// What `body` emits, as a value. A body of plain text is known exactly.
    fn captured(&mut self, body: &'t [Stmt]) -> Value {
        self.captures.push(Value::default());
        self.run(body);
        let mut value = self.captures.pop().unwrap_or_default();
        let mut text = String::new();
        for statement in body {
            match &statement.kind {
                StmtKind::Text(part) => text.push_str(part),
                StmtKind::Emit(expr) => match self.value(expr).known {
                    Some(known) => text.push_str(&known.text()),
                    None => return value,
                },
                _ => return value,
            }
        }
        if text.len() <= super::constant::MAX_TEXT {
            value.known = Some(Const::str(text));
        }
        value
    }

    fn filtered(&mut self, mut value: Value, filters: &'t [FilterCall], line: u32) -> Value {
        for filter in filters {
            value = self.filter(value, &filter.name, &filter.args, line, "");
        }
        value
    }

    fn branches(&mut self, branches: &'t [(Expr, Vec<Stmt>)], other: &'t [Stmt]) {
        let depth = self.path.len();
        let before = self.bindings.clone();
        let mut joined: Option<HashMap<Rc<str>, Rc<Value>>> = None;
        for (test, body) in branches {
            let value = self.value(test);
            let outside = self.path.len();
            add(&mut self.path, &value.probes);
            self.run(body);
            self.path.truncate(outside);
            add(&mut self.path, &flip(&value.probes));
            joined = Some(match joined {
                Some(joined) => join(joined, &self.bindings),
                None => std::mem::take(&mut self.bindings),
            });
            self.bindings.clone_from(&before);
        }
        self.run(other);
        self.path.truncate(depth);
        if let Some(joined) = joined {
            self.bindings = join(joined, &self.bindings);
        }
    }

    /// A body that runs or not, for a reason that no text decides.
    fn alternative(&mut self, body: &'t [Stmt]) {
        if !body.is_empty() {
            let before = self.bindings.clone();
            self.run(body);
            self.bindings = join(before, &self.bindings);
        }
    }

    fn for_loop(&mut self, target: &'t Expr, iter: &'t Expr, filter: Option<&'t Expr>, body: &'t [Stmt]) {
        let sequence = self.value(iter);
        let count = match &sequence.known {
            Some(Const::List(items)) => items.len() as u64,
            Some(Const::Dict(items)) => items.len() as u64,
            Some(Const::Str(text)) => text.len() as u64,
            Some(Const::Int(count)) => u64::try_from(*count).unwrap_or(0),
            _ => 1,
        };
        let outer = self.iterations;
        self.iterations = outer.saturating_mul(count.max(1));
        if self.iterations > 10_000_000 && outer <= 10_000_000 {
            self.exhaust(iter.line, "nested loops", format!("its loops run {} times", self.iterations));
        }
        let depth = self.path.len();
        let before = self.bindings.clone();
        add(&mut self.path, &sequence.probes);
        if let Some(cut) = &sequence.cut {
            // The first part is there whatever was written; further ones only when the separator was.
            let probe = self.content_probe(cut, iter.line);
            add(&mut self.path, &[probe]);
        }
        let item = self.item_of(&sequence);
        // Twice, so that what one iteration binds is seen by the next.
        let passes = if self.calls.len() > 2 { 1 } else { 2 };
        for _ in 0..passes {
            self.bind(target, item.clone());
            let inside = self.path.len();
            if let Some(filter) = filter {
                let test = self.value(filter);
                add(&mut self.path, &test.probes);
            }
            let growth = self.bindings.clone();
            self.run(body);
            self.path.truncate(inside);
            self.growth(&growth, body);
        }
        self.path.truncate(depth);
        self.iterations = outer;
        self.bindings = join(before, &self.bindings);
    }

    /// What one item of `sequence` may be.
    fn item_of(&mut self, sequence: &Value) -> Value {
        let mut item = sequence.clone();
        item.cut = None;
        item.known = match &sequence.known {
            Some(known) => match super::constant::items(known).as_deref() {
                Some([only]) => Some(only.clone()),
                _ => None,
            },
            None => None,
        };
        item
    }

    /// Notices `x = x ~ x`: a text that doubles in every iteration.
    fn growth(&mut self, _before: &HashMap<Rc<str>, Rc<Value>>, body: &'t [Stmt]) {
        if self.iterations < 24 && self.iterations != 1 {
            return;
        }
        for statement in body {
            if let StmtKind::Set(target, expr) = &statement.kind
                && self.iterations >= 24
                && doubles(target, expr)
            {
                self.exhaust(
                    statement.line,
                    "doubling",
                    "a value doubles in every iteration of a loop".into(),
                );
            }
        }
    }

    fn set(&mut self, target: &'t Expr, expr: &'t Expr) {
        if let (ExprKind::Name(name), ExprKind::Call(callee, args)) = (&target.kind, &expr.kind)
            && matches!(&callee.kind, ExprKind::Name(function) if function == "namespace")
        {
            for (field, value) in &args.named {
                let value = self.value(value);
                self.store(&format!("{name}\0{field}"), value);
            }
            self.store(name, Value::default());
            return;
        }
        let value = self.value(expr);
        self.bind(target, value);
    }

    /// Binds a name, a field, or several names to parts of a value.
    pub(super) fn bind(&mut self, target: &'t Expr, value: Value) {
        match &target.kind {
            ExprKind::Name(name) => self.store(name, value),
            ExprKind::Attr(base, field) => {
                if let ExprKind::Name(name) = &base.kind {
                    let key = format!("{name}\0{field}");
                    let mut value = value;
                    if !self.path.is_empty()
                        && let Some(before) = self.bindings.get(key.as_str())
                    {
                        let before = Rc::clone(before);
                        value.guard(&self.path.clone());
                        value = self.chosen(value);
                        value.unite(&before);
                    }
                    self.store(&key, value);
                }
            }
            ExprKind::Tuple(targets) | ExprKind::List(targets) => {
                let parts = match &value.known {
                    Some(Const::List(items)) if items.len() == targets.len() => Some(Rc::clone(items)),
                    _ => None,
                };
                for (position, target) in targets.iter().enumerate() {
                    let mut part = value.clone();
                    part.known = parts.as_ref().and_then(|parts| parts.get(position).cloned());
                    if let Some(known) = &part.known {
                        part.pieces = Value::constant(known.clone(), target.line).pieces;
                    }
                    self.bind(target, part);
                }
            }
            _ => {}
        }
    }

    fn store(&mut self, name: &str, value: Value) {
        let mut value = value;
        if !self.path.is_empty() {
            value.guard(&self.path.clone());
            value = self.chosen(value);
        }
        self.bindings.insert(name.into(), Rc::new(value));
    }

    /// A value that is bound on this path depends on what the path depends on.
    fn chosen(&self, mut value: Value) -> Value {
        let falsy = value.known.as_ref().is_some_and(|known| !known.truth());
        let path = if falsy { flip(&self.path) } else { self.path.clone() };
        value.add_probes(&path);
        value
    }

    /// Calls a macro with values for its parameters; what it emits is the value.
    pub(super) fn call_macro(
        &mut self,
        name: &'t str,
        positional: &[Value],
        named: &[(&str, Value)],
    ) -> Value {
        let Some(called) = self.macros.get(name).cloned() else { return Value::default() };
        if self.calls.len() >= MAX_CALLS || self.calls.iter().filter(|&&open| open == name).count() > 1 {
            return Value::default();
        }
        self.calls.push(name);
        let value = self.with_params(called.params, positional, named, called.body);
        self.calls.pop();
        value
    }

    fn with_params(
        &mut self,
        params: &'t [(String, Option<Expr>)],
        positional: &[Value],
        named: &[(&str, Value)],
        body: &'t [Stmt],
    ) -> Value {
        let before = self.bindings.clone();
        for (position, (param, default)) in params.iter().enumerate() {
            let given = named
                .iter()
                .find(|(name, _)| name == param)
                .map(|(_, value)| value)
                .or(positional.get(position));
            let value = match (given, default) {
                (Some(value), _) => value.clone(),
                (None, Some(default)) => self.value(default),
                (None, None) => super::evaluate::parameter(param),
            };
            self.bindings.insert(param.as_str().into(), Rc::new(value));
        }
        let value = self.captured(body);
        // Fields of namespaces outlive the call; names do not.
        let fields: Vec<_> = self
            .bindings
            .iter()
            .filter(|(key, _)| key.contains('\0'))
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect();
        self.bindings = before;
        self.bindings.extend(fields);
        value
    }

    /// A macro that calls itself whatever holds.
    fn recursion(&mut self, name: &str, body: &'t [Stmt], line: u32) {
        let calls = calls_unconditionally(name, body);
        if calls > 0 {
            let message = format!(
                "the macro `{name}` calls itself {} and never ends",
                if calls > 1 { "several times" } else { "always" }
            );
            self.exhaust(line, &format!("recursive macro {name}"), message);
        }
    }

    pub(super) fn content_probe(&self, literal: &str, line: u32) -> Probe {
        Probe {
            class: if super::prose::is_structural(literal) {
                super::value::Class::Mark
            } else {
                super::value::Class::Word
            },
            subject: Labels::CONTENT,
            literal: literal.chars().take(80).collect::<String>().into(),
            line,
            negative: false,
        }
    }

    /// A literal that only the analysis of names sees, such as a computed name.
    pub(super) fn check_text(&mut self, text: &str, line: u32, how: &str) {
        if names::mentions_internal(text) || names::is_dunder(text) {
            let message = format!(
                "it reaches for Python's internals: {how} gives `{}`",
                text.chars().take(60).collect::<String>()
            );
            self.escape(line, true, text, message, text.chars().take(100).collect());
        }
    }
}

fn push(list: &mut Vec<Remark>, remark: Remark) {
    if list.len() < 50
        && !list.iter().any(|known| known.line == remark.line && known.witness == remark.witness)
    {
        list.push(remark);
    }
}

fn join(
    mut left: HashMap<Rc<str>, Rc<Value>>,
    right: &HashMap<Rc<str>, Rc<Value>>,
) -> HashMap<Rc<str>, Rc<Value>> {
    for (name, value) in right {
        match left.get_mut(name) {
            Some(known) if Rc::ptr_eq(known, value) => {}
            Some(known) => Rc::make_mut(known).unite(value),
            None => {
                left.insert(Rc::clone(name), Rc::clone(value));
            }
        }
    }
    left
}

/// How often a body calls `name` outside of any condition and loop.
fn calls_unconditionally(name: &str, body: &[Stmt]) -> usize {
    let mut count = 0;
    each_call(body, &mut |called| count += usize::from(called == name));
    count
}

/// The names that a body calls outside of any condition and loop.
fn callees<'b>(body: &'b [Stmt], called: &mut BTreeSet<&'b str>) {
    each_call(body, &mut |name| {
        called.insert(name);
    });
}

fn each_call<'b>(body: &'b [Stmt], found: &mut dyn FnMut(&'b str)) {
    for statement in body {
        match &statement.kind {
            StmtKind::Emit(expr) | StmtKind::Do(expr) | StmtKind::Set(_, expr) => each_call_in(expr, found),
            StmtKind::CallBlock { call, body, .. } => {
                each_call_in(call, found);
                each_call(body, found);
            }
            StmtKind::SetBlock(_, _, body)
            | StmtKind::FilterBlock(_, body)
            | StmtKind::With(_, body)
            | StmtKind::Block(_, body) => each_call(body, found),
            _ => {}
        }
    }
}

fn each_call_in<'b>(expr: &'b Expr, found: &mut dyn FnMut(&'b str)) {
    match &expr.kind {
        ExprKind::Call(callee, args) => {
            match &callee.kind {
                ExprKind::Name(called) => found(called),
                _ => each_call_in(callee, found),
            }
            args.all().for_each(|arg| each_call_in(arg, found));
        }
        // The right side of `and`, `or` and a condition may not run.
        ExprKind::Binary(Binary::And | Binary::Or, left, _) => each_call_in(left, found),
        ExprKind::Binary(_, left, right) => {
            each_call_in(left, found);
            each_call_in(right, found);
        }
        ExprKind::Concat(parts) | ExprKind::List(parts) | ExprKind::Tuple(parts) => {
            parts.iter().for_each(|part| each_call_in(part, found));
        }
        ExprKind::Filter(Some(value), _, args) => {
            each_call_in(value, found);
            args.all().for_each(|arg| each_call_in(arg, found));
        }
        ExprKind::Attr(value, _) | ExprKind::Unary(_, value) => each_call_in(value, found),
        _ => {}
    }
}

/// Whether an inspection is for a word that somebody chose, in what somebody wrote.
fn is_word(probe: &Probe) -> bool {
    probe.class == super::value::Class::Word
        && probe.subject.has(Labels::CONTENT)
        && !probe.literal.starts_with("a length")
        && !probe.literal.starts_with("whether")
}

/// Whether two expressions name the same thing.
fn same(a: &Expr, b: &Expr) -> bool {
    match (&a.kind, &b.kind) {
        (ExprKind::Name(a), ExprKind::Name(b)) => a == b,
        (ExprKind::Attr(a, x), ExprKind::Attr(b, y)) => x == y && same(a, b),
        _ => false,
    }
}

/// Whether `expr` holds `target` twice.
fn doubles(target: &Expr, expr: &Expr) -> bool {
    fn count(target: &Expr, expr: &Expr) -> usize {
        if same(target, expr) {
            return 1;
        }
        match &expr.kind {
            ExprKind::Binary(_, left, right) => {
                let twice = matches!((&left.kind, &right.kind), (_, ExprKind::Int(n)) | (ExprKind::Int(n), _) if *n > 1);
                (count(target, left) + count(target, right)) * if twice { 2 } else { 1 }
            }
            ExprKind::Concat(parts) | ExprKind::List(parts) | ExprKind::Tuple(parts) => {
                parts.iter().map(|part| count(target, part)).sum()
            }
            ExprKind::Call(_, args) => args.all().map(|arg| count(target, arg)).sum(),
            _ => 0,
        }
    }
    count(target, expr) > 1
}

/// A piece on its own, for filters that put text in.
pub(super) fn piece(text: &str, line: u32, guards: Vec<Probe>) -> Piece {
    Piece { text: text.into(), line, guards }
}
