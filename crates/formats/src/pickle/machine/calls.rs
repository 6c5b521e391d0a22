//! Opcodes that import, call, make and write: each leaves an event.

use super::{
    super::{
        arena::{Cell, Growing, Node},
        feed::Line,
        opcode,
        text::{self, Encoding, Verdict},
        transcript::{End, EventKind},
    },
    Machine,
    containers::is_made,
    fail,
    fold::Novelty,
};

/// The longest name that an import keeps; the machine reads on behind a longer one.
const NAME: u64 = 4096;

impl Machine<'_> {
    fn name_line(&mut self, line: Line, ascii: bool) -> Result<String, End> {
        if text::check(&mut self.feed, Encoding::Utf8, line.start, line.length) != Verdict::Fine {
            return fail("name-encoding");
        }
        let bytes = self.feed.copy(line.start, line.length.min(NAME) as usize);
        if ascii && text::check(&mut self.feed, Encoding::Ascii, line.start, line.length) != Verdict::Fine {
            return fail("name-encoding");
        }
        // Names are strict UTF-8: no surrogates, except where the copy was cut.
        match std::str::from_utf8(&bytes) {
            Ok(name) => Ok(name.to_owned()),
            Err(_) if line.length > NAME => Ok(String::from_utf8_lossy(&bytes).into_owned()),
            Err(_) => fail("name-encoding"),
        }
    }

    /// The two lines of GLOBAL and INST. C refuses an empty one before it looks further.
    fn name_lines(&mut self, ascii: bool) -> Result<(String, String), End> {
        let mut names = [String::new(), String::new()];
        for name in &mut names {
            let line = self.feed.line()?;
            if line.length == 0 && !self.python() {
                return fail("truncated");
            }
            *name = self.name_line(line, ascii)?;
        }
        Ok(names.into())
    }

    fn import(&mut self, module: String, name: String) -> Cell {
        let cell = self.arena.global(module.clone(), name.clone());
        if let Novelty::New(key) = self.novelty(cell, &[]) {
            self.emit(EventKind::Import { module, name });
            self.remember(key, 0);
        }
        cell
    }

    pub(super) fn global(&mut self) -> Result<(), End> {
        let (module, name) = self.name_lines(false)?;
        let cell = self.import(module, name);
        self.push(cell)
    }

    pub(super) fn stack_global(&mut self) -> Result<(), End> {
        let name = self.pop()?;
        let module = self.pop()?;
        if self.arena.is_text(module) && self.arena.is_text(name) {
            let module = self.arena.name_text(&self.feed, module);
            let name = self.arena.name_text(&self.feed, name);
            let cell = self.import(module, name);
            return self.push(cell);
        }
        let may_be_text = |cell: Cell| self.arena.is_text(cell) || is_made(cell);
        if !may_be_text(module) || !may_be_text(name) {
            return fail("name-type");
        }
        self.lenient_goes_on = true;
        if !self.mode.lenient {
            return fail("name-type");
        }
        let (module, name) = self.show(|copy| (copy.value(module), copy.value(name)));
        let result = self.next_object();
        self.emit(EventKind::ComputedImport { module, name, result });
        self.push(Cell::Object(result))
    }

    pub(super) fn inst(&mut self) -> Result<(), End> {
        // C looks for the mark first, Python imports first.
        if self.marks.is_empty() && !self.python() {
            return fail("no-mark");
        }
        let (module, name) = self.name_lines(true)?;
        let class = self.import(module, name);
        let mark = self.mark()?;
        let arguments = self.stack.split_off(mark);
        self.instantiate(class, &arguments)
    }

    pub(super) fn obj(&mut self) -> Result<(), End> {
        let mark = self.mark()?;
        let items = self.stack.split_off(mark);
        match items.split_first() {
            Some((class, arguments)) => self.instantiate(*class, arguments),
            None => fail("stack-underflow"),
        }
    }

    /// INST and OBJ: a class without arguments is not called, only made.
    fn instantiate(&mut self, class: Cell, arguments: &[Cell]) -> Result<(), End> {
        if !is_made(class) {
            return fail("not-callable");
        }
        if arguments.is_empty() && matches!(class, Cell::Global(_)) {
            return self.make(class, &[], &[]);
        }
        self.call(class, arguments)
    }

    fn call(&mut self, callable: Cell, arguments: &[Cell]) -> Result<(), End> {
        let key = match self.novelty(callable, &[arguments]) {
            Novelty::Seen(first) if !self.is_of_interest(first) => return self.push(Cell::Object(first)),
            Novelty::Seen(_) => None,
            Novelty::New(key) => key,
        };
        let callee = self.callee(callable);
        let shown = self.show(|copy| copy.values(arguments));
        let result = self.next_object();
        self.remember(key, result);
        self.note_call(callable, arguments, result);
        self.emit(EventKind::Call { callee, arguments: shown, keywords: Vec::new(), result });
        self.push(Cell::Object(result))
    }

    fn make(&mut self, class: Cell, arguments: &[Cell], keywords: &[Cell]) -> Result<(), End> {
        let key = match self.novelty(class, &[arguments, keywords]) {
            Novelty::Seen(first) if !self.is_of_interest(first) => return self.push(Cell::Object(first)),
            Novelty::Seen(_) => None,
            Novelty::New(key) => key,
        };
        let callee = self.callee(class);
        let (arguments, keywords) = self.show(|copy| (copy.values(arguments), copy.pairs(keywords)));
        let result = self.next_object();
        self.remember(key, result);
        self.note_made(class, result);
        self.emit(EventKind::NewObject { callee, arguments, keywords, result });
        self.push(Cell::Object(result))
    }

    pub(super) fn reduce(&mut self) -> Result<(), End> {
        let arguments = self.pop()?;
        let callable = self.pop()?;
        if !is_made(callable) {
            return fail("not-callable");
        }
        let arguments = self.unpacked(arguments)?;
        self.call(callable, &arguments)
    }

    pub(super) fn new_object(&mut self) -> Result<(), End> {
        let keywords = match self.opcode {
            opcode::NEWOBJ_EX => Some(self.pop()?),
            _ => None,
        };
        let arguments = self.pop()?;
        let class = self.pop()?;
        if !is_made(class) {
            return fail("class-type");
        }
        let arguments = self.unpacked(arguments)?;
        let keywords = match keywords {
            None => Vec::new(),
            Some(cell) => match self.arena.node(cell) {
                Some(node @ Node::Growing(Growing::Dict, _)) => {
                    self.arena.items(node).map(|(cells, _)| cells.to_vec()).unwrap_or_default()
                }
                _ => return fail("keywords-type"),
            },
        };
        self.make(class, &arguments, &keywords)
    }

    /// What `*arguments` hands over. C takes tuples only, Python whatever can be iterated; what a computed object yields
    /// is not known, and it stands for itself.
    fn unpacked(&mut self, arguments: Cell) -> Result<Vec<Cell>, End> {
        if is_made(arguments) {
            self.lenient_goes_on = true;
            if !self.mode.lenient {
                return fail("arguments-type");
            }
            return Ok(vec![arguments]);
        }
        let is_text = self.arena.is_text(arguments);
        match self.arena.node(arguments) {
            Some(node @ Node::Tuple { .. }) => {
                Ok(self.arena.items(node).map(|(items, _)| items.to_vec()).unwrap_or_default())
            }
            Some(node) if self.python() => match self.arena.items(node) {
                Some((items, _)) if matches!(node, Node::Growing(Growing::Dict, _)) => {
                    Ok(items.iter().copied().step_by(2).collect())
                }
                Some((items, _)) => Ok(items.to_vec()),
                None => fail("arguments-type"),
            },
            // The characters of a text and the bytes of a byte string are shown as one.
            _ if self.python() && (is_text || self.arena.is_bytes(arguments)) => Ok(vec![arguments]),
            _ => fail("arguments-type"),
        }
    }

    pub(super) fn build(&mut self) -> Result<(), End> {
        let state = self.pop()?;
        let target = self.top()?;
        if !is_made(target) {
            return self.build_data(state);
        }
        if let Novelty::New(key) = self.novelty(target, &[&[state]]) {
            let callee = self.callee(target);
            let shown = self.show(|copy| copy.value(state));
            self.emit(EventKind::Build { target: callee, state: shown });
            self.remember(key, 0);
        }
        self.note_build(target, state)
    }

    /// BUILD on a plain value, which has neither `__setstate__` nor `__dict__`: an error unless there is nothing to set.
    fn build_data(&mut self, state: Cell) -> Result<(), End> {
        let parts = match self.arena.node(state) {
            Some(node @ Node::Tuple { length: 2, .. }) => {
                self.arena.items(node).map(|(items, _)| items.to_vec()).unwrap_or_default()
            }
            _ => vec![state],
        };
        let empty = |cell: &Cell| match cell {
            Cell::None | Cell::Bool(false) | Cell::Int(0) => true,
            Cell::Float(value) => *value == 0.0,
            Cell::Text { length, .. } | Cell::Bytes { length, .. } => *length == 0,
            _ => {
                let items = self.arena.node(*cell).and_then(|node| self.arena.items(node));
                items.is_some_and(|(_, length)| length == 0)
            }
        };
        let nothing = if self.python() {
            parts.iter().all(empty)
        } else {
            let is_empty_dict = |cell: &Cell| {
                empty(cell) && matches!(self.arena.node(*cell), Some(Node::Growing(Growing::Dict, _)))
            };
            matches!(parts.first(), Some(Cell::None)) && parts.get(1).is_none_or(is_empty_dict)
        };
        if nothing { Ok(()) } else { fail("attribute") }
    }

    pub(super) fn persistent_id(&mut self) -> Result<(), End> {
        let id = if self.opcode == opcode::PERSID {
            let line = self.feed.line()?;
            if text::check(&mut self.feed, Encoding::Ascii, line.start, line.length) != Verdict::Fine {
                return fail("persistent-id");
            }
            self.arena.text(Encoding::Ascii, line.start, line.length)
        } else {
            self.pop()?
        };
        let id = self.show(|copy| copy.value(id));
        let result = self.next_object();
        self.emit(EventKind::PersistentId { id, result });
        self.push(Cell::Object(result))
    }

    pub(super) fn extension(&mut self) -> Result<(), End> {
        let code = match self.opcode {
            opcode::EXT1 => i64::from(self.feed.byte()?),
            opcode::EXT2 => i64::from(u16::from_le_bytes(self.feed.array()?)),
            _ => i64::from(i32::from_le_bytes(self.feed.array()?)),
        };
        match u32::try_from(code) {
            Ok(code) if code > 0 => {
                let result = self.next_object();
                self.emit(EventKind::Extension { code, result });
                self.push(Cell::Object(result))
            }
            _ => fail("extension-code"),
        }
    }
}
