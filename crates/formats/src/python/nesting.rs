//! How deep the tree of a Python text could become, by one linear scan of its characters.
//!
//! Depth comes from brackets, from operators and keywords that stack within one expression (`a.b.c`, `not not x`,
//! `- - 1`, `lambda: lambda: 0`, `x if a else y if b else z`, `a + b + c`), and from indentation. Within each open
//! bracket the stacked marks since the last comma are counted; the depth is at most their sum over all open brackets.
//! It counts too much rather than too little: strings are skipped, except that replacement fields of f-strings count.

/// The depth that is accepted. CPython's own parser stops at 200 brackets and 100 levels of indentation.
pub const MAX_DEPTH: usize = 400;

const MAX_INDENT: usize = 100;

/// Ok, or the offset at which the text is too deep.
///
/// # Errors
/// The byte offset.
pub fn check(text: &str) -> Result<(), usize> {
    let mut scan = Scan { bytes: text.as_bytes(), at: 0, frames: vec![0], total: 0 };
    scan.run()
}

struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Marks since the last comma, for the statement and for each open bracket.
    frames: Vec<usize>,
    total: usize,
}

impl Scan<'_> {
    fn run(&mut self) -> Result<(), usize> {
        let mut indents: Vec<usize> = vec![0];
        let mut line_start = true;
        while let Some(&byte) = self.bytes.get(self.at) {
            if line_start && self.frames.len() == 1 {
                self.indent(&mut indents)?;
                line_start = false;
                continue;
            }
            match byte {
                b'\n' => {
                    line_start = true;
                    self.at += 1;
                    if self.frames.len() == 1 {
                        self.separate();
                    }
                }
                b'\\' => self.at += 2,
                b'#' => {
                    self.at +=
                        memchr::memchr(b'\n', &self.bytes[self.at..]).unwrap_or(self.bytes.len() - self.at)
                }
                b'"' | b'\'' => self.string(false)?,
                b',' | b';' => {
                    self.separate();
                    self.at += 1;
                }
                b'(' | b'[' | b'{' => {
                    self.mark(1)?;
                    self.frames.push(0);
                    self.at += 1;
                }
                b')' | b']' | b'}' => {
                    if self.frames.len() > 1 {
                        self.total -= self.frames.pop().unwrap_or(0);
                    }
                    self.at += 1;
                }
                b'.' | b'+' | b'-' | b'~' | b'*' | b'/' | b'%' | b'@' | b'&' | b'|' | b'^' | b'<' | b'>'
                | b':' | b'!' => {
                    self.mark(1)?;
                    self.at += 1;
                }
                _ if byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80 => self.word()?,
                _ => self.at += 1,
            }
        }
        Ok(())
    }

    fn mark(&mut self, count: usize) -> Result<(), usize> {
        if let Some(frame) = self.frames.last_mut() {
            *frame += count;
        }
        self.total += count;
        if self.total > MAX_DEPTH { Err(self.at) } else { Ok(()) }
    }

    fn separate(&mut self) {
        if let Some(frame) = self.frames.last_mut() {
            self.total -= *frame;
            *frame = 0;
        }
    }

    fn indent(&mut self, indents: &mut Vec<usize>) -> Result<(), usize> {
        let start = self.at;
        while matches!(self.bytes.get(self.at), Some(b' ' | b'\t' | b'\x0c')) {
            self.at += 1;
        }
        if matches!(self.bytes.get(self.at), None | Some(b'\n' | b'\r' | b'#')) {
            return Ok(());
        }
        let width = self.at - start;
        while indents.last().is_some_and(|&last| last > width) {
            indents.pop();
        }
        if indents.last().is_none_or(|&last| last < width) {
            indents.push(width);
        }
        if indents.len() > MAX_INDENT { Err(self.at) } else { Ok(()) }
    }

    /// A name or keyword; a prefix of a string is part of the string.
    fn word(&mut self) -> Result<(), usize> {
        let start = self.at;
        while self.bytes.get(self.at).is_some_and(|&b| b.is_ascii_alphanumeric() || b == b'_' || b >= 0x80) {
            self.at += 1;
        }
        let word = &self.bytes[start..self.at];
        if matches!(self.bytes.get(self.at), Some(b'"' | b'\'')) && word.len() <= 2 {
            return self.string(word.iter().any(|b| matches!(b.to_ascii_lowercase(), b'f' | b't')));
        }
        let stacks: [&[u8]; 14] = [
            b"not", b"lambda", b"await", b"if", b"else", b"and", b"or", b"in", b"is", b"for", b"yield",
            b"async", b"elif", b"from",
        ];
        if stacks.contains(&word) { self.mark(1) } else { Ok(()) }
    }

    /// A string, from its opening quote. Of an f-string the replacement fields are counted as brackets and marks.
    fn string(&mut self, replaces: bool) -> Result<(), usize> {
        let quote = self.bytes[self.at];
        let triple = self.bytes[self.at..].starts_with(&[quote, quote, quote]);
        self.at += if triple { 3 } else { 1 };
        let (mut open, mut marks) = (0usize, 0usize);
        while let Some(&byte) = self.bytes.get(self.at) {
            match byte {
                b'\\' => self.at += 1,
                b'\n' if !triple && open == 0 => break,
                _ if byte == quote && open == 0 => {
                    if !triple {
                        self.at += 1;
                        break;
                    }
                    if self.bytes[self.at..].starts_with(&[quote, quote, quote]) {
                        self.at += 3;
                        break;
                    }
                }
                b'{' if replaces => open += 1,
                // Brackets of the text around the fields are text.
                b'(' | b'[' if replaces && open > 0 => open += 1,
                b'}' | b')' | b']' if replaces && open > 0 => {
                    open = open.saturating_sub(1);
                    if open == 0 {
                        marks = 0;
                    }
                }
                b',' if replaces => marks = 0,
                b'.' | b'+' | b'-' | b'~' | b'*' | b'n' | b'l' | b'f' if replaces && open > 0 => marks += 1,
                _ => {}
            }
            if self.total + open + marks > MAX_DEPTH {
                return Err(self.at);
            }
            self.at += 1;
        }
        Ok(())
    }
}
