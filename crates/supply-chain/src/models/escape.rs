//! Whether a location that a model names stays in the model's folder, read the way that any system could read it.
//!
//! It is decided on the text alone: no file is looked at. A reader on Windows splits at backslashes and knows drives, one
//! on POSIX stops at a NUL, some decode percent signs; a location is judged under all of these readings at once.

/// How a location leaves the folder that it is resolved against.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Escape {
    Absolute,
    Parent,
    /// Steps back within the folder: no tool writes it, and a symbolic link on the way turns it into an escape.
    StepsBack,
    Drive,
    Network,
    Scheme,
    Home,
    Variable,
    Control,
    Encoded,
    /// The mark by which ONNX Runtime means an address in its own memory.
    Memory,
}

impl Escape {
    pub(super) const fn words(self) -> &'static str {
        match self {
            Escape::Absolute => "an absolute path",
            Escape::Parent => "a path that climbs out of the model's folder",
            Escape::StepsBack => "a path that steps back through a folder",
            Escape::Drive => "a path on a drive",
            Escape::Network => "a path on another machine",
            Escape::Scheme => "a URL",
            Escape::Home => "a path in someone's home folder",
            Escape::Variable => "a path built from an environment variable",
            Escape::Control => "a path with control characters, at which some readers stop",
            Escape::Encoded => "a path that leaves the folder once its percent signs are decoded",
            Escape::Memory => "an address in the memory of the process",
        }
    }
}

/// How `location` leaves its folder; none when it stays in it under every reading.
pub(super) fn escape(location: &str) -> Option<Escape> {
    let plain = literal(location);
    if plain.is_some() {
        return plain;
    }
    let mut decoded = location.to_owned();
    // Twice: some readers decode what a proxy before them already decoded.
    for _ in 0..2 {
        decoded = percent_decoded(&decoded);
        if literal(&decoded).is_some() {
            return Some(Escape::Encoded);
        }
    }
    None
}

fn literal(location: &str) -> Option<Escape> {
    let trimmed = location.trim();
    let bytes = trimmed.as_bytes();
    let slashes = trimmed.replace('\\', "/");
    if trimmed.contains("*/_ORT_MEM_ADDR_/") {
        return Some(Escape::Memory);
    }
    if let Some(scheme) = scheme(&slashes) {
        return Some(if scheme.len() == 1 { Escape::Drive } else { Escape::Scheme });
    }
    if slashes.starts_with("//") {
        return Some(Escape::Network);
    }
    if slashes.starts_with('/') {
        return Some(Escape::Absolute);
    }
    if bytes.first() == Some(&b'~')
        && matches!(slashes.split('/').next(), Some(first) if first.len() < slashes.len())
    {
        return Some(Escape::Home);
    }
    if is_variable(&slashes) {
        return Some(Escape::Variable);
    }
    let mut depth = 0i64;
    let mut back = false;
    for step in slashes.split('/') {
        match step.trim() {
            "" | "." => {}
            ".." => {
                depth -= 1;
                back = true;
            }
            _ => depth += 1,
        }
        if depth < 0 {
            return Some(Escape::Parent);
        }
    }
    if location.contains(|c: char| c.is_control()) {
        return Some(Escape::Control);
    }
    back.then_some(Escape::StepsBack)
}

/// The part before a first colon when it could be a scheme or a drive: `file:`, `http:`, `C:`.
fn scheme(location: &str) -> Option<&str> {
    let (scheme, _) = location.split_once(':')?;
    let ok = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    // Two letters and more need the slash of a URL; a name such as `a.b:0` has none.
    (ok && (scheme.len() == 1 || location[scheme.len() + 1..].starts_with('/'))).then_some(scheme)
}

/// `$HOME/…`, `${HOME}/…`, `%USERPROFILE%/…`.
fn is_variable(location: &str) -> bool {
    let name = match location.as_bytes().first() {
        Some(b'$') => return true,
        Some(b'%') => location[1..].split_once('%').map(|(name, _)| name),
        _ => None,
    };
    name.is_some_and(|name| name.len() > 2 && name.starts_with(|c: char| c.is_ascii_alphabetic()))
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let digits = tail.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        match digits.filter(|_| *first == b'%').and_then(|two| u8::from_str_radix(two, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_beside_the_model_stay() {
        for location in [
            "w.bin",
            "model.onnx.data",
            "a..b.bin",
            "./w.bin",
            "data/w.bin",
            "weights..",
            "...",
            "w 1.bin",
            "50%.bin",
            "layer:0",
        ] {
            assert_eq!(escape(location), None, "{location}");
        }
    }

    #[test]
    fn every_way_out_is_seen() {
        for (location, expected) in [
            ("/etc/passwd", Escape::Absolute),
            ("\\Windows\\x", Escape::Absolute),
            (" /etc/passwd", Escape::Absolute),
            ("../x", Escape::Parent),
            ("a/../../x", Escape::Parent),
            ("./../x", Escape::Parent),
            ("..\\..\\x", Escape::Parent),
            ("a\\..\\../x", Escape::Parent),
            ("..", Escape::Parent),
            ("a/.. /../x", Escape::Parent),
            ("a/../b", Escape::StepsBack),
            ("C:\\Windows\\x", Escape::Drive),
            ("c:x", Escape::Drive),
            ("\\\\host\\share\\x", Escape::Network),
            ("//host/x", Escape::Network),
            ("http://host/x", Escape::Scheme),
            ("file:/etc/passwd", Escape::Scheme),
            ("~/x", Escape::Home),
            ("~root/x", Escape::Home),
            ("$HOME/x", Escape::Variable),
            ("%USERPROFILE%\\x", Escape::Variable),
            ("w.bin\0../x", Escape::Control),
            ("w.bin\0", Escape::Control),
            ("%2e%2e/x", Escape::Encoded),
            ("%252e%252e%252fx", Escape::Encoded),
            ("%2fetc/passwd", Escape::Encoded),
            ("*/_ORT_MEM_ADDR_/*", Escape::Memory),
        ] {
            let found = escape(location);
            assert!(
                found == Some(expected) || location.contains('\0') && found.is_some(),
                "{location}: {found:?}"
            );
        }
    }
}
