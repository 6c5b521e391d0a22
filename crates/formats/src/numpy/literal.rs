//! The part of Python's literals that a header needs, read without evaluation: texts, whole numbers, truth values, `None`,
//! tuples, lists, dictionaries. Depth is bounded at 32, so recursion is too.

const DEPTH: usize = 32;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Literal {
    None,
    Bool(bool),
    /// The digits, with a sign when there is one.
    Int(String),
    Text(String),
    Tuple(Vec<Literal>),
    List(Vec<Literal>),
    Dict(Vec<(Literal, Literal)>),
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum What {
    Syntax,
    /// Deeper than the bound.
    Depth,
    /// A name, a call, an operator: something that only evaluation gives a meaning.
    Code,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Error {
    pub(super) what: What,
    pub(super) at: usize,
}

impl Literal {
    pub(super) fn as_text(&self) -> Option<&str> {
        match self {
            Literal::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The literal as text, cut to about `length` characters.
    pub(super) fn text(&self, length: usize) -> String {
        match self {
            Literal::Text(text) => text.chars().take(length).collect(),
            other => {
                let mut out = String::new();
                other.write(&mut out, length);
                out.chars().take(length).collect()
            }
        }
    }

    fn write(&self, out: &mut String, length: usize) {
        if out.len() > length {
            return;
        }
        let list = |open: char, items: &[Literal], close: char, out: &mut String| {
            out.push(open);
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push_str(", ");
                }
                item.write(out, length);
            }
            out.push(close);
        };
        match self {
            Literal::None => out.push_str("None"),
            Literal::Bool(truth) => out.push_str(if *truth { "True" } else { "False" }),
            Literal::Int(digits) => out.push_str(digits),
            Literal::Text(text) => {
                out.push('\'');
                out.push_str(text);
                out.push('\'');
            }
            Literal::Tuple(items) => list('(', items, ')', out),
            Literal::List(items) => list('[', items, ']', out),
            Literal::Dict(members) => {
                out.push('{');
                for (key, value) in members {
                    key.write(out, length);
                    out.push(':');
                    value.write(out, length);
                }
                out.push('}');
            }
        }
    }
}

/// Reads one literal that fills the text.
pub(super) fn parse(text: &str) -> Result<Literal, Error> {
    let mut reader = Reader { text: text.as_bytes(), at: 0 };
    let literal = reader.value(0)?;
    reader.skip();
    match reader.text.get(reader.at) {
        None => Ok(literal),
        Some(_) => Err(reader.error(reader.stray())),
    }
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn error(&self, what: What) -> Error {
        Error { what, at: self.at }
    }

    /// What a byte that fits nowhere means.
    fn stray(&self) -> What {
        match self.text.get(self.at) {
            Some(
                b'(' | b'.' | b'+' | b'-' | b'*' | b'/' | b'%' | b'<' | b'>' | b'=' | b'|' | b'&' | b'^'
                | b'~' | b'@',
            ) => What::Code,
            Some(byte) if byte.is_ascii_alphabetic() || *byte == b'_' => What::Code,
            _ => What::Syntax,
        }
    }

    fn skip(&mut self) {
        while matches!(self.text.get(self.at), Some(b' ' | b'\t' | b'\n' | b'\r' | b'\x0c' | 0)) {
            self.at += 1;
        }
    }

    fn eat(&mut self, byte: u8) -> bool {
        self.skip();
        let found = self.text.get(self.at) == Some(&byte);
        self.at += usize::from(found);
        found
    }

    fn value(&mut self, depth: usize) -> Result<Literal, Error> {
        if depth > DEPTH {
            return Err(self.error(What::Depth));
        }
        self.skip();
        match self.text.get(self.at) {
            Some(b'{') => self.dict(depth),
            Some(b'(') => {
                self.at += 1;
                let (mut items, comma) = self.items(b')', depth)?;
                // Brackets around one value without a comma are no tuple.
                Ok(if items.len() == 1 && !comma { items.remove(0) } else { Literal::Tuple(items) })
            }
            Some(b'[') => {
                self.at += 1;
                Ok(Literal::List(self.items(b']', depth)?.0))
            }
            Some(b'\'' | b'"') => self.string(),
            Some(b'0'..=b'9' | b'-' | b'+') => self.number(),
            Some(byte) if byte.is_ascii_alphabetic() || *byte == b'_' => self.word(),
            _ => Err(self.error(What::Syntax)),
        }
    }

    fn items(&mut self, close: u8, depth: usize) -> Result<(Vec<Literal>, bool), Error> {
        let mut items = Vec::new();
        let mut comma = false;
        while !self.eat(close) {
            if !items.is_empty() && !comma {
                return Err(self.error(self.stray()));
            }
            items.push(self.value(depth + 1)?);
            comma = self.eat(b',');
        }
        Ok((items, comma))
    }

    fn dict(&mut self, depth: usize) -> Result<Literal, Error> {
        self.at += 1;
        let mut members = Vec::new();
        let mut comma = true;
        while !self.eat(b'}') {
            if !comma {
                return Err(self.error(self.stray()));
            }
            let key = self.value(depth + 1)?;
            if !self.eat(b':') {
                return Err(self.error(self.stray()));
            }
            members.push((key, self.value(depth + 1)?));
            comma = self.eat(b',');
        }
        Ok(Literal::Dict(members))
    }

    fn number(&mut self) -> Result<Literal, Error> {
        let start = self.at;
        self.at += usize::from(matches!(self.text.get(self.at), Some(b'-' | b'+')));
        let digits = self.at;
        while matches!(self.text.get(self.at), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at == digits {
            return Err(self.error(self.stray()));
        }
        let number = String::from_utf8_lossy(&self.text[start..self.at]).into_owned();
        // Python 2 writes long numbers with an L.
        self.at += usize::from(self.text.get(self.at) == Some(&b'L'));
        if matches!(self.text.get(self.at), Some(b'.' | b'e' | b'E' | b'x' | b'X' | b'j' | b'*')) {
            return Err(self.error(What::Syntax));
        }
        Ok(Literal::Int(number))
    }

    fn word(&mut self) -> Result<Literal, Error> {
        let start = self.at;
        while matches!(self.text.get(self.at), Some(b) if b.is_ascii_alphanumeric() || *b == b'_') {
            self.at += 1;
        }
        match &self.text[start..self.at] {
            b"None" => Ok(Literal::None),
            b"True" => Ok(Literal::Bool(true)),
            b"False" => Ok(Literal::Bool(false)),
            b"u" | b"U" | b"b" | b"B" if matches!(self.text.get(self.at), Some(b'\'' | b'"')) => {
                self.string()
            }
            _ => Err(Error { what: What::Code, at: start }),
        }
    }

    fn string(&mut self) -> Result<Literal, Error> {
        let Some(&quote) = self.text.get(self.at) else { return Err(self.error(What::Syntax)) };
        self.at += 1;
        let mut bytes = Vec::new();
        loop {
            match self.text.get(self.at) {
                None | Some(b'\n') => return Err(self.error(What::Syntax)),
                Some(byte) if *byte == quote => break,
                Some(b'\\') => {
                    self.at += 1;
                    self.escape(&mut bytes)?;
                }
                Some(byte) => {
                    bytes.push(*byte);
                    self.at += 1;
                }
            }
        }
        self.at += 1;
        Ok(Literal::Text(String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// One escape, resolved, so that `'\x4f'` is seen as the `O` that NumPy sees.
    fn escape(&mut self, bytes: &mut Vec<u8>) -> Result<(), Error> {
        let Some(&letter) = self.text.get(self.at) else { return Err(self.error(What::Syntax)) };
        self.at += 1;
        let (radix, most) = match letter {
            b'x' => (16, 2),
            b'u' => (16, 4),
            b'U' => (16, 8),
            b'0'..=b'7' => {
                self.at -= 1;
                (8, 3)
            }
            _ => {
                match letter {
                    b'n' => bytes.push(b'\n'),
                    b't' => bytes.push(b'\t'),
                    b'r' => bytes.push(b'\r'),
                    b'\\' | b'\'' | b'"' => bytes.push(letter),
                    b'\n' => {}
                    other => bytes.extend_from_slice(&[b'\\', other]),
                }
                return Ok(());
            }
        };
        let mut code = 0u32;
        let mut count = 0;
        while let Some(digit) =
            self.text.get(self.at).filter(|_| count < most).and_then(|b| char::from(*b).to_digit(radix))
        {
            code = code.wrapping_mul(radix).wrapping_add(digit);
            self.at += 1;
            count += 1;
        }
        let letter = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
        bytes.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
        Ok(())
    }
}
