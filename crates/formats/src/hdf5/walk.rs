//! The walk over the objects of a file, from the root group along hard links, each object once.

use super::{
    ExternalKind, ExternalReference, Hdf5File,
    attribute::{Text, attribute, elements},
    bytes::Bytes,
    file::File,
    group::{self, Link, Target},
    heap,
    object::{self, Message},
};
use crate::{Context, Problem, ProblemKind, Source, keras};
use std::collections::BTreeSet;

const OBJECTS: usize = 100_000;
/// References, attributes and the like that are kept, each.
const KEPT: usize = 4096;
const PROBLEMS: usize = 64;
/// Bytes of a path within the file, and of the texts that are read as configurations.
const PATH: usize = 512;
const TEXTS: usize = 32 << 20;

pub(super) struct Walk<'a> {
    source: &'a Source,
    context: &'a Context,
    found: Hdf5File,
    seen: BTreeSet<u64>,
    /// Objects to visit: the address of the header, and the path.
    queue: Vec<(u64, String)>,
    room: usize,
}

impl<'a> Walk<'a> {
    pub(super) fn new(source: &'a Source, context: &'a Context) -> Self {
        Walk {
            source,
            context,
            found: Hdf5File::default(),
            seen: BTreeSet::new(),
            queue: Vec::new(),
            room: TEXTS,
        }
    }

    pub(super) fn file(mut self) -> Hdf5File {
        let Some(file) = File::open(self.source) else {
            self.problem(
                ProblemKind::Malformed,
                "hdf5-superblock",
                "the file has no superblock that can be read",
                None,
            );
            return self.found;
        };
        self.found.superblock = file.base;
        self.found.version = file.version;
        self.queue.push((file.root, String::new()));
        while let Some((address, path)) = self.queue.pop() {
            if !self.seen.insert(address) {
                continue;
            }
            if self.seen.len() > OBJECTS {
                let message = format!("the file has more than {OBJECTS} objects");
                self.problem(ProblemKind::Budget, "hdf5-objects", &message, None);
                break;
            }
            self.object(&file, address, &path);
        }
        self.found
    }

    fn problem(&mut self, kind: ProblemKind, code: &'static str, message: &str, offset: Option<u64>) {
        if self.found.problems.len() < PROBLEMS {
            let offset = offset.map(|offset| offset.saturating_add(self.found.superblock));
            self.found.problems.push(Problem { offset, ..Problem::new(kind, code, message) });
        }
    }

    fn object(&mut self, file: &File, address: u64, path: &str) {
        let (messages, whole) = object::messages(file, address);
        if !whole {
            let message = format!("the header of the object `{}` cannot be read to its end", shown(path));
            self.problem(ProblemKind::Malformed, "hdf5-header", &message, Some(address));
        }
        let mut links = Vec::new();
        let mut group = false;
        for message in &messages {
            match message.kind {
                0x02 | 0x06 | 0x11 => {
                    group = true;
                    self.links(file, message, path, &mut links);
                }
                0x01 if !message.shared => {
                    let elements = elements(file, &message.body).unwrap_or(0);
                    self.found.elements = self.found.elements.saturating_add(elements);
                }
                0x07 => self.storage(file, message, path),
                0x08 => self.layout(file, message, path),
                0x0b => self.filters(message),
                0x0c | 0x15 => self.attributes(file, message, path),
                _ => {}
            }
        }
        if group {
            self.found.groups += 1;
        } else {
            self.found.datasets += 1;
        }
        for link in links {
            self.follow(link, path);
        }
    }

    fn links(&mut self, file: &File, message: &Message, path: &str, links: &mut Vec<Link>) {
        let read = match message.kind {
            0x11 => group::symbols(file, message, links),
            0x06 => group::link(file, &message.body, message.at).map(|link| links.push(link)),
            _ => group::dense(file, message).map(|found| {
                links.extend(found.iter().filter_map(|(body, at)| group::link(file, body, *at)));
            }),
        };
        if read.is_none() {
            let message = format!("the links of the group `{}` cannot all be read", shown(path));
            self.problem(ProblemKind::Malformed, "hdf5-links", &message, None);
        }
    }

    fn follow(&mut self, link: Link, path: &str) {
        let mut name = format!("{path}/{}", link.name);
        if name.len() > PATH {
            name = name.chars().take(PATH / 4).chain(['…']).collect();
        }
        match link.to {
            Target::Object(address) => {
                if self.queue.len() < OBJECTS {
                    self.queue.push((address, name));
                }
            }
            Target::Soft => {}
            Target::External { file, object } => {
                self.external(ExternalKind::Link, name, file, object, link.at)
            }
            Target::UserDefined(kind) => {
                self.external(
                    ExternalKind::UserDefined,
                    name,
                    format!("link type {kind}"),
                    String::new(),
                    link.at,
                );
            }
        }
    }

    fn external(&mut self, kind: ExternalKind, object: String, file: String, target: String, at: u64) {
        if self.found.external.len() < KEPT {
            let offset = at.saturating_add(self.found.superblock);
            self.found.external.push(ExternalReference { kind, object, file, target, offset });
        }
    }

    /// The list of files that hold a dataset's bytes.
    fn storage(&mut self, file: &File, message: &Message, path: &str) {
        let mut bytes = Bytes::new(&message.body);
        let mut names = Vec::new();
        let mut read = || {
            bytes.take(6)?;
            let used = bytes.number(2)?;
            let heap = bytes.number(file.address)?;
            for _ in 0..used.min(KEPT as u64) {
                let name = heap::local(file, heap, bytes.number(file.length)?);
                bytes.take(2 * file.length)?;
                names.push(name.unwrap_or_else(|| "a name that cannot be read".to_owned()));
            }
            Some(())
        };
        if read().is_none() || names.is_empty() {
            names.push("a name that cannot be read".to_owned());
        }
        for name in names {
            self.external(ExternalKind::Storage, shown(path).to_owned(), name, String::new(), message.at);
        }
    }

    /// A layout of class 3 is virtual: the dataset is composed of others, each with the file that it lies in.
    fn layout(&mut self, file: &File, message: &Message, path: &str) {
        let mut bytes = Bytes::new(&message.body);
        let (Some(4..), Some(3)) = (bytes.byte(), bytes.byte()) else { return };
        let (address, index) = (bytes.number(file.address), bytes.number(4));
        let (Some(address), Some(index)) = (address, index) else { return };
        let (mut name, mut target) = ("a name that cannot be read".to_owned(), String::new());
        if let Some((mapping, _)) = heap::global(file, address, index) {
            let mut bytes = Bytes::new(&mapping);
            let version = bytes.byte();
            bytes.take(file.length);
            // Version 1 keeps flags before each name.
            bytes.take(usize::from(version == Some(1)));
            name = bytes.text().unwrap_or(name);
            target = bytes.text().unwrap_or_default();
        }
        // A single dot is the file itself.
        if name != "." {
            self.external(ExternalKind::Virtual, shown(path).to_owned(), name, target, message.at);
        }
    }

    fn filters(&mut self, message: &Message) {
        let mut bytes = Bytes::new(&message.body);
        let (Some(version), Some(count)) = (bytes.byte(), bytes.byte()) else { return };
        bytes.take(if version == 1 { 6 } else { 0 });
        for _ in 0..count {
            let Some(filter) = bytes.number(2).map(|number| number as u16) else { return };
            let named = version == 1 || filter >= 256;
            let name = if named { bytes.number(2).unwrap_or(0) as usize } else { 0 };
            bytes.take(2);
            let values = bytes.number(2).unwrap_or(0) as usize;
            bytes.take(if version == 1 { name.div_ceil(8) * 8 } else { name });
            bytes.take(4 * (values + if version == 1 { values % 2 } else { 0 }));
            if filter >= 256 && !self.found.filters.contains(&filter) && self.found.filters.len() < KEPT {
                self.found.filters.push(filter);
            }
        }
    }

    fn attributes(&mut self, file: &File, message: &Message, path: &str) {
        let found = if message.kind == 0x0c {
            (!message.shared).then(|| vec![(message.body.clone(), message.at)])
        } else {
            group::dense(file, message)
        };
        let Some(found) = found else {
            let message = format!("the attributes of the object `{}` cannot all be read", shown(path));
            return self.problem(ProblemKind::Malformed, "hdf5-attributes", &message, None);
        };
        for (body, at) in found {
            match attribute(file, &body, at) {
                Some(attribute) => {
                    for text in attribute.texts {
                        self.text(&attribute.name, text, path);
                    }
                }
                None => {
                    let message = format!("an attribute of the object `{}` cannot be read", shown(path));
                    self.problem(ProblemKind::Malformed, "hdf5-attributes", &message, Some(at));
                }
            }
        }
    }

    /// A text of an attribute: a configuration when it is a JSON object, whatever it is called.
    fn text(&mut self, name: &str, text: Text, path: &str) {
        let start = text.bytes.iter().find(|byte| !byte.is_ascii_whitespace());
        if start == Some(&b'{') {
            if text.bytes.len() > self.room || self.found.keras.len() >= KEPT {
                let message = "the texts of the file's attributes are larger than the budget";
                return self.problem(ProblemKind::Budget, "hdf5-texts", message, None);
            }
            self.room -= text.bytes.len();
            let mut config = keras::config(&text.bytes, self.context);
            if config.is_telling() || name == "model_config" {
                config.moved(text.at.saturating_add(self.found.superblock));
                self.found.keras.push(config);
            }
        }
        if path.is_empty() && self.found.attributes.len() < KEPT {
            let value = String::from_utf8_lossy(&text.bytes[..text.bytes.len().min(PATH)]).into_owned();
            self.found.attributes.push((name.to_owned(), value));
        }
    }
}

fn shown(path: &str) -> &str {
    if path.is_empty() { "/" } else { path }
}
