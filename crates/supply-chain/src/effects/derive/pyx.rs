//! Cython sources, read as text: which classes and functions pickling emits, and whether a module holds no sink at all.
//!
//! No parser: definitions start lines, docstrings and comments are blanked, and a body is clean when none of [`SINKS`] is
//! called in it. Linear in the text.

use crate::effects::table::{Table, Traits};
use std::collections::BTreeMap;

const SINKS: &[&str] = &[
    "open",
    "exec",
    "eval",
    "pickle",
    "marshal",
    "subprocess",
    "system",
    "urlopen",
    "socket",
    "dlopen",
    "PyRun_String",
    "PyRun_SimpleString",
    "PyRun_File",
    "fromfile",
    "tofile",
    "memmap",
    "popen",
    "execfile",
    "compile",
    "__import__",
    "loads",
    "fopen",
];

/// What a Cython module says.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Cython {
    pub(crate) module: String,
    /// No sink is called anywhere in it.
    clean: bool,
    /// Names that pickling emits, with whether the body that they name is clean.
    emits: Vec<String>,
    /// Classes that name the class of the object: so do their heirs.
    own: Vec<String>,
    /// Classes with their bases.
    classes: Vec<(String, Vec<String>)>,
    functions: Vec<String>,
    /// Names that are imported, with what they stand for.
    imports: BTreeMap<String, String>,
}

pub(crate) fn read(module: &str, text: &str) -> Cython {
    let text = blank(text);
    let mut found = Cython { module: module.to_owned(), clean: true, ..Cython::default() };
    let package = module.rsplit_once('.').map_or("", |(package, _)| package);
    let mut class: Option<(usize, String)> = None;
    let mut reduce: Option<usize> = None;
    let lines: Vec<&str> = text.lines().collect();
    for (number, line) in lines.iter().enumerate() {
        let trimmed = line.trim_start();
        let indent = line.len() - trimmed.len();
        if trimmed.is_empty() {
            continue;
        }
        if class.as_ref().is_some_and(|(at, _)| indent <= *at) {
            class = None;
        }
        if reduce.is_some_and(|at| indent <= at) {
            reduce = None;
        }
        if let Some(name) = class_name(trimmed) {
            let bases = trimmed.split_once('(').map_or("", |(_, rest)| rest.split(')').next().unwrap_or(""));
            let bases = bases.split(',').map(str::trim).filter(|base| !base.is_empty()).map(str::to_owned);
            found.classes.push((name.to_owned(), bases.collect()));
            class = Some((indent, name.to_owned()));
            continue;
        }
        if let Some(name) = function_name(trimmed) {
            // What starts with `cdef` is not visible from Python.
            if class.is_none() && !trimmed.starts_with("cdef ") {
                found.functions.push(name.to_owned());
            }
            reduce = (name.contains("reduce") || name.contains("pickle")).then_some(indent);
            continue;
        }
        found.clean &= !calls_sink(trimmed);
        import(trimmed, package, &mut found.imports);
        if let (Some(_), Some(value)) = (reduce, trimmed.strip_prefix("return")) {
            // The tuple may go on over several lines.
            let rest = lines[number + 1..].iter().take(2).map(|line| line.trim());
            let value: String = std::iter::once(value.trim()).chain(rest).collect::<Vec<_>>().join(" ");
            match first(&value) {
                Some("self.__class__" | "type" | "cls") => {
                    found.own.extend(class.as_ref().map(|(_, name)| name.clone()));
                }
                Some(name) => found.emits.push(name.to_owned()),
                None => {}
            }
        }
    }
    found
}

/// The first element of `(name, …` or `name, …`, up to a `,` or `(`.
fn first(value: &str) -> Option<&str> {
    let value = value.trim_start_matches(['(', ' ']);
    let end = value.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.'))?;
    let (name, rest) = value.split_at(end);
    let rest = rest.trim_start();
    let tuple = rest.starts_with(',') || (name == "type" && rest.starts_with('('));
    (tuple && !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit())).then_some(name)
}

fn class_name(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("cdef class ").or_else(|| line.strip_prefix("class "));
    let rest = rest
        .or_else(|| line.strip_prefix("cdef public class "))
        .or_else(|| line.strip_prefix("cpdef class "))?;
    let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
    Some(&rest[..end]).filter(|name| !name.is_empty())
}

fn function_name(line: &str) -> Option<&str> {
    let definition = line.starts_with("def ")
        || line.starts_with("cpdef ")
        || (line.starts_with("cdef ") && line.ends_with(':'));
    let open = line.find('(').filter(|_| definition)?;
    line[..open].rsplit([' ', '*']).next()
}

fn calls_sink(line: &str) -> bool {
    SINKS.iter().any(|sink| {
        line.match_indices(sink).any(|(at, _)| {
            let before = line[..at].chars().next_back();
            let after = line[at + sink.len()..].trim_start().chars().next();
            let boundary = before.is_none_or(|c| !(c.is_alphanumeric() || c == '_'));
            boundary && matches!(after, Some('(' | '.'))
        })
    })
}

fn import(line: &str, package: &str, imports: &mut BTreeMap<String, String>) {
    let Some((from, names)) = line.strip_prefix("from ").and_then(|rest| rest.split_once(" import ")) else {
        if let Some(rest) = line.strip_prefix("import ") {
            for name in rest.split(',') {
                let mut words = name.split_whitespace();
                let module = words.next().unwrap_or("");
                let own = words.nth(1).unwrap_or_else(|| module.split('.').next().unwrap_or(module));
                imports.insert(own.to_owned(), String::new());
            }
        }
        return;
    };
    let from = from.trim();
    let level = from.len() - from.trim_start_matches('.').len();
    let mut base: Vec<&str> = if level == 0 { Vec::new() } else { package.split('.').collect() };
    base.truncate(base.len().saturating_sub(level.saturating_sub(1)));
    base.extend(Some(from.trim_start_matches('.')).filter(|rest| !rest.is_empty()));
    for name in names.trim_matches(['(', ')', ' ', '\\']).split(',') {
        let mut words = name.split_whitespace();
        let Some(name) = words.next() else { continue };
        let own = words.nth(1).unwrap_or(name);
        imports.insert(own.to_owned(), format!("{}.{name}", base.join(".")));
    }
}

/// The text with comments and the inside of docstrings taken out.
fn blank(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['#', '"', '\'']) {
        out.push_str(&rest[..at]);
        let tail = &rest[at..];
        let quote = ["\"\"\"", "'''"].into_iter().find(|quote| tail.starts_with(quote));
        let end = if let Some(quote) = quote {
            tail[3..].find(quote).map(|end| end + 6)
        } else if tail.starts_with('#') {
            Some(tail.find('\n').unwrap_or(tail.len()))
        } else {
            let quote = tail.as_bytes()[0];
            tail.bytes().skip(1).position(|byte| byte == quote || byte == b'\n').map(|end| end + 2)
        };
        let end = end.unwrap_or(tail.len());
        let end = (end..=tail.len()).find(|end| tail.is_char_boundary(*end)).unwrap_or(tail.len());
        let newlines = tail[..end].matches('\n').count();
        out.push_str(if tail.starts_with('#') { "" } else { "''" });
        out.extend(std::iter::repeat_n('\n', newlines));
        rest = &tail[end..];
    }
    out.push_str(rest);
    out
}

impl Cython {
    /// Writes what pickling emits into the table.
    pub(crate) fn emit(&self, table: &mut Table) {
        for name in &self.emits {
            let (module, name) = match self.imports.get(name).filter(|from| !from.is_empty()) {
                Some(from) => from.rsplit_once('.').unwrap_or((&self.module, name)),
                None if name.contains('.') => continue,
                None => (self.module.as_str(), name.as_str()),
            };
            let entry = table.entry(module, name);
            if entry.alias.is_none() {
                entry.traits = entry.traits.with(Traits::TARGET);
            }
        }
        for (class, _) in &self.classes {
            let entry = table.entry(&self.module, &format!("__pyx_unpickle_{class}"));
            entry.traits = entry.traits.with(Traits::TARGET);
            let mut lineage = vec![class.as_str()];
            let mut next = 0;
            while let Some(own) = lineage.get(next).copied() {
                next += 1;
                let bases = self.classes.iter().filter(|(name, _)| name == own).flat_map(|(_, bases)| bases);
                for base in bases {
                    if !lineage.contains(&base.as_str()) && lineage.len() < 64 {
                        lineage.push(base);
                    }
                }
            }
            let own = lineage.iter().any(|name| self.own.iter().any(|own| own == name));
            if own {
                let entry = table.entry(&self.module, class);
                entry.traits = entry.traits.with(Traits::CLASS).with(Traits::TARGET).with(Traits::HEIRS);
            }
        }
        if self.clean {
            // Generated and included code is not seen, but nothing in the whole source does anything.
            let entry = table.entry(&self.module, "*");
            entry.traits = entry.traits.with(Traits::INERT);
            let known = |name: &str| self.classes.iter().any(|(class, _)| class == name);
            let alone = self.classes.iter().filter(|(_, bases)| bases.iter().all(|base| known(base)));
            let seen = self.imports.keys().chain(&self.functions).chain(alone.map(|(name, _)| name));
            for name in seen.filter(|name| *name != "*" && !name.contains('{')) {
                table.entry(&self.module, name);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tuple_of_a_reducer_names_a_target() {
        let text = "from ._build import ctor\ncdef class Tree:\n    def __reduce__(self):\n        \"\"\"open(x)\"\"\"\n        return (Tree, (self.n,\n            1), self.state())\n    def __reduce_ex__(self, p):\n        return ctor, (1,)\n";
        let mut table = Table::default();
        read("acme.tree._tree", text).emit(&mut table);
        assert!(table.modules["acme.tree._tree"]["Tree"].allowed());
        assert!(table.modules["acme.tree._build"]["ctor"].allowed());
        assert!(table.modules["acme.tree._tree"]["__pyx_unpickle_Tree"].allowed());
        assert!(table.modules["acme.tree._tree"]["*"].allowed());
    }

    #[test]
    fn a_module_with_a_sink_vouches_for_nothing() {
        let mut table = Table::default();
        read("acme.io", "def f(path):\n    return open(path)\n").emit(&mut table);
        assert!(table.modules.is_empty());
    }
}
