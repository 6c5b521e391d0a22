//! Tokens, as `jinja2/lexer.py` makes them.

/// A token.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Text(String),
    /// `{{`, `{%`, and their ends.
    EmitStart,
    EmitEnd,
    BlockStart,
    BlockEnd,
    Name(String),
    Str(String),
    Int(i128),
    Float(f64),
    Op(&'static str),
    /// The end of the text.
    End,
    /// A character that no token starts with, or a text that does not end.
    Bad(&'static str),
}

const OPS: &[&str] = &[
    "//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<",
    "=", ".", ":", "|", ",", ";",
];

#[derive(Clone, Copy, PartialEq)]
enum Mode {
    Text,
    Emit,
    Block,
}

pub(super) struct Lexer<'a> {
    text: &'a str,
    at: usize,
    pub(super) line: u32,
    mode: Mode,
    /// Open brackets inside a tag: `}}` ends a tag only outside them.
    open: u32,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Lexer { text, at: 0, line: 1, mode: Mode::Text, open: 0 }
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn advance(&mut self, bytes: usize) -> &'a str {
        let end = (self.at + bytes).min(self.text.len());
        let taken = &self.text[self.at..end];
        self.line = self.line.saturating_add(memchr::memchr_iter(b'\n', taken.as_bytes()).count() as u32);
        self.at = end;
        taken
    }

    /// The next token; after the last one it is `End` for ever.
    pub(super) fn next(&mut self) -> Token {
        match self.mode {
            Mode::Text => self.next_in_text(),
            Mode::Emit | Mode::Block => self.next_in_tag(),
        }
    }

    /// Text up to the next tag; comments vanish, raw blocks become text.
    fn next_in_text(&mut self) -> Token {
        let mut text = String::new();
        loop {
            let rest = self.rest();
            let Some(at) = find_open(rest) else {
                text.push_str(rest);
                self.advance(rest.len());
                return if text.is_empty() { Token::End } else { Token::Text(text) };
            };
            text.push_str(&rest[..at]);
            self.advance(at);
            let rest = self.rest();
            if rest.starts_with("{#") {
                match rest.find("#}") {
                    Some(end) => self.advance(end + 2),
                    None => self.advance(rest.len()),
                };
                continue;
            }
            if let Some((inner, whole)) = raw_block(rest) {
                text.push_str(inner);
                self.advance(whole);
                continue;
            }
            if !text.is_empty() {
                return Token::Text(text);
            }
            let block = rest.starts_with("{%");
            self.advance(2);
            if self.rest().starts_with(['-', '+'])
                && !self.rest()[1..].starts_with(|c: char| c.is_ascii_digit())
            {
                self.advance(1);
            }
            self.open = 0;
            self.mode = if block { Mode::Block } else { Mode::Emit };
            return if block { Token::BlockStart } else { Token::EmitStart };
        }
    }

    fn next_in_tag(&mut self) -> Token {
        let rest = self.rest();
        let space = rest.len() - rest.trim_start().len();
        self.advance(space);
        let rest = self.rest();
        let Some(first) = rest.chars().next() else { return Token::End };
        let (end, token) =
            if self.mode == Mode::Block { ("%}", Token::BlockEnd) } else { ("}}", Token::EmitEnd) };
        let marked = rest.strip_prefix(['-', '+']).is_some_and(|rest| rest.starts_with(end));
        if self.open == 0 && (marked || rest.starts_with(end)) {
            self.advance(if marked { 3 } else { 2 });
            self.mode = Mode::Text;
            return token;
        }
        if first == '"' || first == '\'' {
            return self.string(first);
        }
        if first.is_ascii_digit() {
            return self.number();
        }
        if first.is_alphanumeric() || first == '_' {
            let length = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
            return Token::Name(self.advance(length).to_owned());
        }
        for op in OPS {
            if rest.starts_with(op) {
                match *op {
                    "(" | "[" | "{" => self.open = self.open.saturating_add(1),
                    ")" | "]" | "}" => self.open = self.open.saturating_sub(1),
                    _ => {}
                }
                self.advance(op.len());
                return Token::Op(op);
            }
        }
        self.advance(first.len_utf8());
        Token::Bad("a character that Jinja does not know")
    }

    fn string(&mut self, quote: char) -> Token {
        let rest = self.rest();
        let mut escaped = false;
        for (at, c) in rest.char_indices().skip(1) {
            if escaped {
                escaped = false;
            } else if c == '\\' {
                escaped = true;
            } else if c == quote {
                let raw = self.advance(at + 1);
                return Token::Str(unescape(&raw[1..at]));
            }
        }
        self.advance(rest.len());
        Token::Bad("a text that does not end")
    }

    fn number(&mut self) -> Token {
        let rest = self.rest();
        let length = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
        let word = rest[..length].replace('_', "").to_ascii_lowercase();
        for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
            if let Some(digits) = word.strip_prefix(prefix) {
                self.advance(length);
                return Token::Int(i128::from_str_radix(digits, radix).unwrap_or(i128::MAX));
            }
        }
        let digits = rest.find(|c: char| !(c.is_ascii_digit() || c == '_')).unwrap_or(rest.len());
        let mut end = digits;
        let tail = &rest[digits..];
        if tail.starts_with('.') && tail[1..].starts_with(|c: char| c.is_ascii_digit()) {
            end += 1 + tail[1..].find(|c: char| !(c.is_ascii_digit() || c == '_')).unwrap_or(tail.len() - 1);
        }
        let tail = &rest[end..];
        if tail.starts_with(['e', 'E']) {
            let signed = &tail[1..].strip_prefix(['+', '-']).unwrap_or(&tail[1..]);
            let exponent = signed.find(|c: char| !c.is_ascii_digit()).unwrap_or(signed.len());
            if exponent > 0 {
                end += tail.len() - signed.len() + exponent;
            }
        }
        let word = self.advance(end).replace('_', "");
        if end == digits {
            Token::Int(word.parse().unwrap_or(i128::MAX))
        } else {
            Token::Float(word.parse().unwrap_or(f64::INFINITY))
        }
    }
}

/// The next `{{`, `{%` or `{#`.
fn find_open(text: &str) -> Option<usize> {
    memchr::memchr_iter(b'{', text.as_bytes())
        .find(|&at| matches!(text.as_bytes().get(at + 1), Some(b'{' | b'%' | b'#')))
}

/// The content and length of a raw block at the start of `text`.
fn raw_block(text: &str) -> Option<(&str, usize)> {
    let word = |text: &str, word: &str| -> Option<usize> {
        let rest = text.strip_prefix("{%")?;
        let rest = rest.strip_prefix(['-', '+']).unwrap_or(rest).trim_start().strip_prefix(word)?;
        let rest = rest.trim_start();
        let rest = rest.strip_prefix(['-', '+']).unwrap_or(rest).strip_prefix("%}")?;
        Some(text.len() - rest.len())
    };
    let start = word(text, "raw")?;
    let mut at = start;
    while let Some(found) = text[at..].find("{%") {
        if let Some(length) = word(&text[at + found..], "endraw") {
            return Some((&text[start..at + found], at + found + length));
        }
        at += found + 2;
    }
    Some((&text[start..], text.len()))
}

/// Python's `unicode-escape`; what is no escape stays.
fn unescape(raw: &str) -> String {
    if !raw.contains('\\') {
        return raw.to_owned();
    }
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let Some(letter) = rest.chars().next() else {
            out.push('\\');
            break;
        };
        let hex = |digits: usize| {
            rest.get(1..=digits).and_then(|d| u32::from_str_radix(d, 16).ok()).map(|v| (v, digits + 1))
        };
        let code = match letter {
            'x' => hex(2),
            'u' => hex(4),
            'U' => hex(8),
            '0'..='7' => {
                let digits = rest.bytes().take(3).take_while(|b| (b'0'..=b'7').contains(b)).count();
                u32::from_str_radix(&rest[..digits], 8).ok().map(|v| (v, digits))
            }
            'N' => named(rest),
            _ => None,
        };
        if let Some((value, length)) = code {
            out.push(char::from_u32(value).unwrap_or('\u{fffd}'));
            rest = rest.get(length..).unwrap_or("");
            continue;
        }
        rest = &rest[letter.len_utf8()..];
        match letter {
            'n' => out.push('\n'),
            't' => out.push('\t'),
            'r' => out.push('\r'),
            'a' => out.push('\u{7}'),
            'b' => out.push('\u{8}'),
            'f' => out.push('\u{c}'),
            'v' => out.push('\u{b}'),
            '\n' => {}
            '\\' | '\'' | '"' => out.push(letter),
            other => {
                out.push('\\');
                out.push(other);
            }
        }
    }
    out.push_str(rest);
    out
}

/// `\N{NAME}`: the names that spell Python identifiers; any other is U+FFFD.
fn named(rest: &str) -> Option<(u32, usize)> {
    let end = rest.strip_prefix("N{")?.find('}')?;
    let name = rest[2..2 + end].to_ascii_uppercase();
    let value = match name.as_str() {
        "LOW LINE" | "SPACING UNDERSCORE" => '_',
        "FULL STOP" | "PERIOD" => '.',
        "SPACE" => ' ',
        other => other
            .strip_prefix("LATIN SMALL LETTER ")
            .filter(|letter| letter.len() == 1)
            .and_then(|letter| letter.chars().next())
            .map_or('\u{fffd}', |letter| letter.to_ascii_lowercase()),
    };
    Some((u32::from(value), end + 3))
}
