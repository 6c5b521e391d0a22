//! A table of effects as data: how it is written, how it is read, how a name is looked up in it.
//!
//! On disk it is one zlib stream over UTF-8 lines. `modelward-effects 1`, then one line `+name<TAB>versions<TAB>digest<TAB>roots`
//! per package that it came from, then per module a line `:module` and its names in order, `name<TAB>entry`. What is not
//! listed has no effect, and is no reduce target. The same content always gives the same bytes.
//!
//! An entry is words: lower-case letters are [`Traits`], capital letters the effects of calling it with arguments of an
//! attacker's choice; `@0` and `@key` name the parameters that it calls; `.s` and capitals the effects of a method that
//! loading runs (see [`Hook`]); `>module.name` the next step on the path to where the worst effect happens.
//! `=module.name` alone makes the name another name of that. A name after `>` or `=` that starts with the dot of the module
//! itself is written without the module.
//!
//! Bounds: a table inflates to at most 64 MiB; reading keeps that text and eight bytes per module.

use super::effect::{Effect, EffectSet};
use flate2::{Compression, read::ZlibDecoder, write::ZlibEncoder};
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeMap,
    fmt::Write as _,
    io::{Read as _, Write as _},
};

const MAGIC: &str = "modelward-effects 1";
const LARGEST: u64 = 64 << 20;

/// A package that a table was derived from.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Package {
    pub name: String,
    /// The oldest and the newest version analysed, as `1.2..3.4`, or one version.
    pub versions: String,
    /// SHA-256 over the digests of the files that it came from.
    pub digest: String,
    /// The top-level modules that it installs.
    pub roots: Vec<String>,
}

/// What kind of thing a name is, and what is known of it beside its effects.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct Traits(u8);

impl Traits {
    /// Some `__reduce__` in the sources emits it.
    pub const TARGET: Traits = Traits(1);
    /// A class that is proved to only hold values.
    pub const VALUE: Traits = Traits(2);
    /// Native, harmless by review.
    pub const INERT: Traits = Traits(4);
    /// Where an effect begins: naming it is already a sign.
    pub const SEED: Traits = Traits(8);
    /// It allocates what its arguments say.
    pub const ALLOCATES: Traits = Traits(16);
    /// It is a class.
    pub const CLASS: Traits = Traits(32);
    /// Its heirs are emitted by pickling as a call of their class, too.
    pub const HEIRS: Traits = Traits(64);
    const LETTERS: [(char, Traits); 7] = [
        ('t', Traits::TARGET),
        ('v', Traits::VALUE),
        ('i', Traits::INERT),
        ('s', Traits::SEED),
        ('a', Traits::ALLOCATES),
        ('c', Traits::CLASS),
        ('h', Traits::HEIRS),
    ];

    #[must_use]
    pub const fn has(self, other: Traits) -> bool {
        self.0 & other.0 != 0
    }

    #[must_use]
    pub const fn with(self, other: Traits) -> Self {
        Traits(self.0 | other.0)
    }

    #[must_use]
    pub const fn without(self, other: Traits) -> Self {
        Traits(self.0 & !other.0)
    }
}

/// A method that loading may run on an object that the stream made.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Hook {
    New,
    SetState,
    SetItem,
    /// `append` and `extend`.
    Append,
    Add,
    /// `__del__`: runs when the object dies.
    Delete,
}

impl Hook {
    pub const ALL: [Hook; 6] =
        [Hook::New, Hook::SetState, Hook::SetItem, Hook::Append, Hook::Add, Hook::Delete];

    const fn letter(self) -> char {
        match self {
            Hook::New => 'n',
            Hook::SetState => 's',
            Hook::SetItem => 'i',
            Hook::Append => 'a',
            Hook::Add => 'd',
            Hook::Delete => 'x',
        }
    }
}

/// A parameter that a callable calls.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Parameter {
    Position(u8),
    Keyword(String),
}

/// What a table says about one name.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Entry {
    pub traits: Traits,
    /// Of calling it; of a class, of its constructor.
    pub effects: EffectSet,
    /// The parameters that it calls; the first one when it calls any and none is named.
    pub calls: Vec<Parameter>,
    pub hooks: Vec<(Hook, EffectSet)>,
    /// The next step towards the worst effect.
    pub next: Option<String>,
    /// It is only another name of this.
    pub alias: Option<String>,
}

impl Entry {
    /// The effects of a method that loading may run.
    #[must_use]
    pub fn hook(&self, hook: Hook) -> EffectSet {
        self.hooks.iter().find(|(own, _)| *own == hook).map_or(EffectSet::NONE, |(_, effects)| *effects)
    }

    /// Whether a pickle may call it: emitted by pickling, a proved value class, or harmless by review.
    #[must_use]
    pub fn allowed(&self) -> bool {
        self.traits.has(Traits::TARGET.with(Traits::VALUE).with(Traits::INERT))
    }

    fn write(&self, module: &str, out: &mut String) {
        let short = |name: &str| match name.strip_prefix(module) {
            Some(rest) if rest.starts_with('.') => rest.to_owned(),
            _ => name.to_owned(),
        };
        if let Some(alias) = &self.alias {
            let _ = write!(out, "={}", short(alias));
            return;
        }
        for (letter, own) in Traits::LETTERS {
            if self.traits.has(own) {
                out.push(letter);
            }
        }
        out.extend(self.effects.iter().map(Effect::letter));
        for parameter in &self.calls {
            let _ = match parameter {
                Parameter::Position(index) => write!(out, " @{index}"),
                Parameter::Keyword(name) => write!(out, " @{name}"),
            };
        }
        for (hook, effects) in &self.hooks {
            let _ = write!(out, " .{}", hook.letter());
            out.extend(effects.iter().map(Effect::letter));
        }
        if let Some(next) = &self.next {
            let _ = write!(out, " >{}", short(next));
        }
    }

    fn read(module: &str, text: &str) -> Entry {
        let long =
            |name: &str| if name.starts_with('.') { format!("{module}{name}") } else { name.to_owned() };
        let mut entry = Entry::default();
        if let Some(alias) = text.strip_prefix('=') {
            entry.alias = Some(long(alias));
            return entry;
        }
        for word in text.split(' ') {
            let mut letters = word.chars();
            match letters.next() {
                Some('@') => entry.calls.push(match letters.as_str().parse() {
                    Ok(index) => Parameter::Position(index),
                    Err(_) => Parameter::Keyword(letters.as_str().to_owned()),
                }),
                Some('.') => {
                    let hook = letters.next();
                    if let Some(hook) = Hook::ALL.into_iter().find(|own| Some(own.letter()) == hook) {
                        entry.hooks.push((hook, effects(letters.as_str())));
                    }
                }
                Some('>') => entry.next = Some(long(letters.as_str())),
                _ => {
                    entry.effects = entry.effects.union(effects(word));
                    for (letter, own) in Traits::LETTERS {
                        if word.contains(letter) {
                            entry.traits = entry.traits.with(own);
                        }
                    }
                }
            }
        }
        entry
    }
}

fn effects(letters: &str) -> EffectSet {
    letters.chars().filter_map(EffectSet::from_letter).fold(EffectSet::NONE, EffectSet::union)
}

/// A table while it is made: packages, and modules with their names.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    pub packages: Vec<Package>,
    pub modules: BTreeMap<String, BTreeMap<String, Entry>>,
}

impl Table {
    /// The entry of `module.name`, made when it is not there yet.
    pub fn entry(&mut self, module: &str, name: &str) -> &mut Entry {
        if !self.modules.contains_key(module) {
            self.modules.insert(module.to_owned(), BTreeMap::new());
        }
        let names = self.modules.entry(module.to_owned()).or_default();
        names.entry(name.to_owned()).or_default()
    }

    /// The lines, before compression.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut out = format!("{MAGIC}\n");
        for package in &self.packages {
            let Package { name, versions, digest, roots } = package;
            let _ = writeln!(out, "+{name}\t{versions}\t{digest}\t{}", roots.join(" "));
        }
        for (module, names) in &self.modules {
            let _ = writeln!(out, ":{module}");
            for (name, entry) in names {
                let _ = write!(out, "{name}\t");
                entry.write(module, &mut out);
                out.push('\n');
            }
        }
        out
    }

    /// The bytes of the file.
    ///
    /// # Errors
    /// Never in practice: the encoder writes to memory.
    pub fn to_bytes(&self) -> std::io::Result<Vec<u8>> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(self.to_text().as_bytes())?;
        encoder.finish()
    }
}

/// A table that is only read.
#[derive(Debug)]
pub struct Loaded {
    text: String,
    /// The start of the name of each module, in order, and the end of its lines.
    modules: Vec<(u32, u32)>,
    packages: Vec<Package>,
    digest: String,
}

impl Loaded {
    /// Reads the bytes of a table.
    ///
    /// # Errors
    /// A sentence when the bytes are no table of this version.
    pub fn new(bytes: &[u8]) -> Result<Self, String> {
        let mut text = String::new();
        ZlibDecoder::new(bytes)
            .take(LARGEST)
            .read_to_string(&mut text)
            .map_err(|error| format!("not a table of effects: {error}"))?;
        if !text.starts_with(MAGIC) || text.as_bytes().get(MAGIC.len()) != Some(&b'\n') {
            return Err(format!("not a table of effects of this version: it does not start with `{MAGIC}`"));
        }
        let mut digest = String::new();
        for byte in Sha256::digest(bytes) {
            let _ = write!(digest, "{byte:02x}");
        }
        let body = text.find("\n:").map_or(text.len(), |at| at + 1);
        let packages = text[..body].lines().filter_map(package).collect();
        let mut modules: Vec<(u32, u32)> = Vec::new();
        for at in memchr::memmem::find_iter(&text.as_bytes()[body.saturating_sub(1)..], b"\n:") {
            let start = u32::try_from(body - 1 + at + 2).unwrap_or(u32::MAX);
            if let Some(last) = modules.last_mut() {
                last.1 = start - 1;
            }
            modules.push((start, u32::try_from(text.len()).unwrap_or(u32::MAX)));
        }
        let loaded = Loaded { text, modules, packages, digest };
        if !loaded.modules.is_sorted_by(|a, b| loaded.module_name(*a) < loaded.module_name(*b)) {
            return Err("not a table of effects: its modules are out of order".into());
        }
        Ok(loaded)
    }

    /// SHA-256 over the bytes of the file.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }

    #[must_use]
    pub fn packages(&self) -> &[Package] {
        &self.packages
    }

    /// Whether the table was derived from a package that installs the top-level module `root`.
    #[must_use]
    pub fn knows_root(&self, root: &str) -> bool {
        self.packages.iter().any(|package| package.roots.iter().any(|own| own == root))
    }

    /// What the table says about a name.
    #[must_use]
    pub fn get(&self, module: &str, name: &str) -> Option<Entry> {
        let body = self.lines(module)?;
        body.lines().find_map(|line| {
            let (own, entry) = line.split_once('\t')?;
            (own == name).then(|| Entry::read(module, entry))
        })
    }

    /// Whether the table lists names of `module`.
    #[must_use]
    pub fn has_module(&self, module: &str) -> bool {
        self.lines(module).is_some()
    }

    /// All names of the table, for derivation of further tables on top of it.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &str, Entry)> {
        self.modules.iter().flat_map(|range| {
            let module = self.module_name(*range);
            let body = self.text[range.0 as usize..range.1 as usize].lines().skip(1);
            body.filter_map(move |line| {
                let (name, entry) = line.split_once('\t')?;
                Some((module, name, Entry::read(module, entry)))
            })
        })
    }

    fn lines(&self, module: &str) -> Option<&str> {
        let index = self.modules.binary_search_by(|range| self.module_name(*range).cmp(module)).ok()?;
        let (start, end) = self.modules[index];
        self.text.get(start as usize + module.len()..end as usize)
    }

    fn module_name(&self, (start, end): (u32, u32)) -> &str {
        let line = self.text.get(start as usize..end as usize).unwrap_or("");
        line.split('\n').next().unwrap_or("")
    }
}

fn package(line: &str) -> Option<Package> {
    let mut fields = line.strip_prefix('+')?.split('\t');
    Some(Package {
        name: fields.next()?.to_owned(),
        versions: fields.next()?.to_owned(),
        digest: fields.next()?.to_owned(),
        roots: fields.next()?.split(' ').filter(|root| !root.is_empty()).map(str::to_owned).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_survives_writing_and_reading() {
        let mut table = Table::default();
        table.packages.push(Package {
            name: "acme".into(),
            versions: "1.0..2.1".into(),
            digest: "00ff".into(),
            roots: vec!["acme".into(), "acme_native".into()],
        });
        let entry = table.entry("acme.io", "Reader.open");
        entry.traits = Traits::CLASS.with(Traits::TARGET);
        entry.effects = EffectSet::of(Effect::Read).with(Effect::Calls);
        entry.calls = vec![Parameter::Position(2), Parameter::Keyword("key".into())];
        entry.hooks = vec![(Hook::SetState, EffectSet::of(Effect::Code))];
        entry.next = Some("builtins.open".into());
        let entry = entry.clone();
        table.entry("acme", "Reader").alias = Some("acme.io.Reader".into());

        let loaded = Loaded::new(&table.to_bytes().unwrap()).unwrap();

        assert_eq!(loaded.get("acme.io", "Reader.open"), Some(entry));
        assert_eq!(loaded.get("acme", "Reader").unwrap().alias.as_deref(), Some("acme.io.Reader"));
        assert_eq!(loaded.get("acme", "Writer"), None);
        assert_eq!(loaded.get("acm", "Reader"), None);
        assert_eq!(loaded.packages(), table.packages);
        assert!(loaded.knows_root("acme_native"));
    }

    #[test]
    fn other_bytes_are_refused_with_a_sentence() {
        assert!(Loaded::new(b"PK\x03\x04").unwrap_err().contains("not a table of effects"));
        assert!(Loaded::new(b"").is_err());
    }

    proptest::proptest! {
        #[test]
        fn any_lines_are_read_or_refused(lines in "(\n?[:+=>@. \ta-zA-Zé]{0,12}){0,20}") {
            let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
            encoder.write_all(format!("{MAGIC}\n{lines}").as_bytes()).unwrap();
            if let Ok(table) = Loaded::new(&encoder.finish().unwrap()) {
                for (module, name, _) in table.entries() {
                    let _ = table.get(module, name);
                }
            }
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
            let _ = Loaded::new(&bytes);
        }
    }
}
