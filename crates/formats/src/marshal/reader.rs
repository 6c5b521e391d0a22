//! The marshal format (`Python/marshal.c`): objects, references to earlier ones, and the layouts that code objects have had.

/// Objects within objects, as in CPython.
const DEPTH: usize = 2000;
/// Objects that are kept.
const OBJECTS: usize = 4 << 20;
/// Bytes of a text that are kept.
const TEXT: usize = 4096;
const FLAG_REF: u8 = 0x80;

/// How a code object lies in the stream.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Layout {
    /// Four numbers first.
    Python2,
    /// Five numbers: also counts keyword-only arguments.
    Python30,
    /// Six: also positional-only ones.
    Python38,
    /// Five, as locals are counted by a table of their kinds.
    Python311,
}

/// An object's number.
pub(super) type Id = u32;

#[derive(Debug)]
enum Object {
    Other,
    Text(String),
    Bytes(usize, usize),
    Items(Vec<Id>),
}

/// A code object, by the numbers of its parts.
#[derive(Debug)]
pub(super) struct Code {
    pub(super) layout: Layout,
    pub(super) instructions: Id,
    pub(super) constants: Id,
    pub(super) names: Id,
    pub(super) locals: Id,
    pub(super) filename: Id,
    pub(super) name: Id,
    /// Where it starts.
    at: usize,
}

/// Everything that was read.
#[derive(Debug)]
pub(super) struct Read<'a> {
    input: &'a [u8],
    objects: Vec<Object>,
    pub(super) codes: Vec<Code>,
    pub(super) length: usize,
    pub(super) broken: Option<(&'static str, usize)>,
}

impl Read<'_> {
    pub(super) fn text(&self, id: Id) -> String {
        match self.objects.get(id as usize) {
            Some(Object::Text(text)) => text.clone(),
            // Python 2 writes file names and names as byte strings.
            Some(Object::Bytes(..)) => String::from_utf8_lossy(self.bytes(id)).into_owned(),
            _ => String::new(),
        }
    }

    pub(super) fn bytes(&self, id: Id) -> &[u8] {
        match self.objects.get(id as usize) {
            Some(Object::Bytes(start, length)) => self.input.get(*start..start + length).unwrap_or_default(),
            _ => &[],
        }
    }

    /// The texts in a tuple; of other items nothing.
    pub(super) fn texts(&self, id: Id) -> Vec<String> {
        let Some(Object::Items(items)) = self.objects.get(id as usize) else { return Vec::new() };
        let is_text =
            |id: &&Id| matches!(self.objects.get(**id as usize), Some(Object::Text(_) | Object::Bytes(..)));
        items
            .iter()
            .filter(is_text)
            .map(|id| {
                let mut text = self.text(*id);
                if text.len() > TEXT {
                    let end = (0..=TEXT).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
                    text.truncate(end);
                }
                text
            })
            .collect()
    }
}

enum Kind {
    /// A tuple, list or set with so many items to come.
    Items(usize),
    /// Keys and values up to a NULL.
    Pairs,
    Code(Layout, usize),
}

struct Open {
    kind: Kind,
    items: Vec<Id>,
    /// The number that was set aside for it among the references.
    reference: Option<usize>,
}

struct Reader<'a> {
    input: &'a [u8],
    at: usize,
    objects: Vec<Object>,
    codes: Vec<Code>,
    references: Vec<Option<Id>>,
    /// Python 2's own list of interned strings.
    interned: Vec<Id>,
    open: Vec<Open>,
}

type Fault = &'static str;

/// Reads one value, as far as it goes.
pub(super) fn read(input: &[u8]) -> Read<'_> {
    let mut reader = Reader {
        input,
        at: 0,
        objects: Vec::new(),
        codes: Vec::new(),
        references: Vec::new(),
        interned: Vec::new(),
        open: Vec::new(),
    };
    let broken = reader.value().err().map(|fault| (fault, reader.at));
    if broken.is_some() {
        reader.close_broken();
    }
    reader.codes.sort_by_key(|code| code.at);
    Read { input, objects: reader.objects, codes: reader.codes, length: reader.at, broken }
}

impl Reader<'_> {
    fn take(&mut self, count: usize) -> Result<&[u8], Fault> {
        let end = self.at.checked_add(count).ok_or("a length that overflows")?;
        let bytes = self.input.get(self.at..end).ok_or("the end within a value")?;
        self.at = end;
        Ok(bytes)
    }

    fn byte(&mut self) -> Result<u8, Fault> {
        self.take(1).map(|bytes| bytes[0])
    }

    fn number(&mut self) -> Result<i32, Fault> {
        let bytes = self.take(4)?;
        Ok(i32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }

    fn length(&mut self) -> Result<usize, Fault> {
        usize::try_from(self.number()?).map_err(|_| "a negative length")
    }

    fn add(&mut self, object: Object) -> Result<Id, Fault> {
        if self.objects.len() >= OBJECTS {
            return Err("more objects than are kept");
        }
        self.objects.push(object);
        Ok((self.objects.len() - 1) as Id)
    }

    /// Reads values until the outermost is complete.
    fn value(&mut self) -> Result<(), Fault> {
        loop {
            let Some(mut done) = self.start()? else { continue };
            loop {
                let Some(open) = self.open.last_mut() else { return Ok(()) };
                open.items.push(done);
                match self.complete()? {
                    Some(finished) => done = finished,
                    None => break,
                }
            }
        }
    }

    /// Starts a value: a leaf is complete at once, a container is opened.
    fn start(&mut self) -> Result<Option<Id>, Fault> {
        let at = self.at;
        let tag = self.byte()?;
        let kind = tag & !FLAG_REF;
        let reference = (tag & FLAG_REF != 0).then(|| {
            self.references.push(None);
            self.references.len() - 1
        });
        let opened = match kind {
            b'(' | b'[' | b'<' | b'>' => Some(Kind::Items(self.length()?)),
            b')' => Some(Kind::Items(usize::from(self.byte()?))),
            b':' => Some(Kind::Items(3)),
            b'{' => Some(Kind::Pairs),
            b'c' => Some(Kind::Code(self.code_layout()?, at)),
            b'0' => return self.null(),
            _ => None,
        };
        if let Some(kind) = opened {
            if self.open.len() >= DEPTH {
                return Err("more nesting than Python reads");
            }
            self.open.push(Open { kind, items: Vec::new(), reference });
            return self.complete();
        }
        let id = self.leaf(kind)?;
        if let Some(reference) = reference {
            self.references[reference] = Some(id);
        }
        Ok(Some(id))
    }

    /// NULL ends a dictionary.
    fn null(&mut self) -> Result<Option<Id>, Fault> {
        match self.open.pop() {
            Some(Open { kind: Kind::Pairs, items, reference }) => self.close(items, reference).map(Some),
            _ => Err("a NULL outside a dictionary"),
        }
    }

    fn leaf(&mut self, kind: u8) -> Result<Id, Fault> {
        let object = match kind {
            b'N' | b'F' | b'T' | b'S' | b'.' => Object::Other,
            b'i' => self.take(4).map(|_| Object::Other)?,
            b'I' | b'g' => self.take(8).map(|_| Object::Other)?,
            b'y' => self.take(16).map(|_| Object::Other)?,
            b'f' => self.short_text().map(|_| Object::Other)?,
            b'x' => {
                self.short_text()?;
                self.short_text().map(|_| Object::Other)?
            }
            b'l' => {
                let digits = self.number()?.unsigned_abs() as usize;
                self.take(digits.saturating_mul(2)).map(|_| Object::Other)?
            }
            b's' => {
                let length = self.length()?;
                let start = self.at;
                self.take(length)?;
                Object::Bytes(start, length)
            }
            b't' | b'u' | b'a' | b'A' => {
                let length = self.length()?;
                Object::Text(String::from_utf8_lossy(self.take(length)?).into_owned())
            }
            b'z' | b'Z' => Object::Text(self.short_text()?),
            b'r' => {
                let index = self.length()?;
                let known = self.references.get(index).copied();
                // A reference to a container that is still open is a cycle: nothing that is sought here.
                return match known.ok_or("a reference to nothing")? {
                    Some(id) => Ok(id),
                    None => self.add(Object::Other),
                };
            }
            b'R' => {
                let index = self.length()?;
                return self.interned.get(index).copied().ok_or("a reference to nothing");
            }
            _ => return Err("no type of marshal"),
        };
        let id = self.add(object)?;
        if kind == b't' {
            self.interned.push(id);
        }
        Ok(id)
    }

    fn short_text(&mut self) -> Result<String, Fault> {
        let length = usize::from(self.byte()?);
        Ok(String::from_utf8_lossy(self.take(length)?).into_owned())
    }

    /// The numbers at the start of a code object: as many as lie before its instructions, a byte string.
    fn code_layout(&mut self) -> Result<Layout, Fault> {
        for (count, layout) in [(4, Layout::Python2), (5, Layout::Python30), (6, Layout::Python38)] {
            let after = self.at + 4 * count;
            let fits = match self.input.get(after).map(|tag| tag & !FLAG_REF) {
                Some(b's') => self.input.get(after + 1..after + 5).is_some_and(|length| {
                    let length = u32::from_le_bytes([length[0], length[1], length[2], length[3]]) as usize;
                    length <= self.input.len() - after - 5
                }),
                Some(b'r') => self.input.get(after + 1..after + 5).is_some_and(|index| {
                    let index = u32::from_le_bytes([index[0], index[1], index[2], index[3]]) as usize;
                    index < self.references.len()
                }),
                _ => false,
            };
            if fits {
                self.take(4 * count)?;
                return Ok(layout);
            }
        }
        Err("no known layout of code")
    }

    /// Closes the innermost container when it has all its parts.
    fn complete(&mut self) -> Result<Option<Id>, Fault> {
        let Some(open) = self.open.last_mut() else { return Ok(None) };
        let complete = match &mut open.kind {
            Kind::Items(count) => open.items.len() >= *count,
            Kind::Pairs => false,
            Kind::Code(layout, _) => {
                // From 3.11 on the fifth part is a byte string that tells the kinds of the locals.
                if open.items.len() == 5
                    && *layout == Layout::Python30
                    && matches!(self.objects.get(open.items[4] as usize), Some(Object::Bytes(..)))
                {
                    *layout = Layout::Python311;
                }
                let (parts, layout) = (open.items.len(), *layout);
                if parts == 8 {
                    // The first line's number.
                    self.number()?;
                }
                parts >= if layout == Layout::Python311 { 10 } else { 9 }
            }
        };
        if !complete {
            return Ok(None);
        }
        match self.open.pop() {
            Some(Open { kind: Kind::Code(layout, at), items, reference }) => {
                self.keep_code(layout, at, &items);
                self.close(Vec::new(), reference).map(Some)
            }
            Some(Open { items, reference, .. }) => self.close(items, reference).map(Some),
            None => Ok(None),
        }
    }

    fn keep_code(&mut self, layout: Layout, at: usize, items: &[Id]) {
        let part = |index: usize| items.get(index).copied().unwrap_or(Id::MAX);
        let (filename, name) = if layout == Layout::Python311 { (5, 6) } else { (6, 7) };
        self.codes.push(Code {
            layout,
            at,
            instructions: part(0),
            constants: part(1),
            names: part(2),
            locals: part(3),
            filename: part(filename),
            name: part(name),
        });
    }

    fn close(&mut self, items: Vec<Id>, reference: Option<usize>) -> Result<Id, Fault> {
        let id = self.add(Object::Items(items))?;
        if let Some(reference) = reference {
            self.references[reference] = Some(id);
        }
        Ok(id)
    }

    /// Keeps what is known of code objects that the end cut off.
    fn close_broken(&mut self) {
        for open in std::mem::take(&mut self.open) {
            match open.kind {
                Kind::Code(layout, at) if !open.items.is_empty() => self.keep_code(layout, at, &open.items),
                _ => {}
            }
        }
    }
}
