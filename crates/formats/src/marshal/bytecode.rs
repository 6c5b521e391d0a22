//! Instructions, read in a straight line to join names to dotted paths.
//!
//! Python renumbers its opcodes between versions and does not write the version beside them. The layout of the code object
//! and the RESUME instruction tell it, where they can; otherwise every name and every pair of neighbours is taken.

use super::reader::Layout;
use std::collections::{BTreeSet, HashMap};

/// Paths that are kept, and the longest.
const PATHS: usize = 4096;
const LONGEST: usize = 512;

pub(super) struct Input<'a> {
    pub(super) layout: Layout,
    pub(super) instructions: &'a [u8],
    pub(super) names: &'a [String],
    pub(super) locals: &'a [String],
    /// What imports of the code around it put into names.
    pub(super) aliases: &'a HashMap<String, String>,
}

#[derive(Debug, Default)]
pub(super) struct Paths {
    pub(super) imports: BTreeSet<String>,
    pub(super) references: BTreeSet<String>,
    pub(super) understood: bool,
    /// What its own imports put into names.
    pub(super) aliases: HashMap<String, String>,
}

/// The numbers of the instructions that matter.
struct Opcodes {
    /// One byte, or three with an argument, as before 3.6; otherwise always two.
    wide: bool,
    extended: u8,
    import_name: u8,
    import_from: u8,
    load_name: u8,
    load_global: u8,
    load_attribute: u8,
    load_method: Option<u8>,
    store_name: u8,
    store_global: u8,
    store_fast: u8,
    load_fast: u8,
    /// How far the argument of the load of a global, or of an attribute, is shifted.
    global_shift: u8,
    attribute_shift: u8,
}

const PYTHON_2: Opcodes = Opcodes {
    wide: true,
    extended: 145,
    import_name: 108,
    import_from: 109,
    load_name: 101,
    load_global: 116,
    load_attribute: 106,
    load_method: None,
    store_name: 90,
    store_global: 97,
    store_fast: 125,
    load_fast: 124,
    global_shift: 0,
    attribute_shift: 0,
};
const PYTHON_30: Opcodes = Opcodes { extended: 144, ..PYTHON_2 };
const PYTHON_36: Opcodes = Opcodes { wide: false, load_method: Some(160), ..PYTHON_30 };
const PYTHON_311: Opcodes = Opcodes { global_shift: 1, ..PYTHON_36 };
const PYTHON_312: Opcodes = Opcodes { load_method: None, attribute_shift: 1, ..PYTHON_311 };
const PYTHON_313: Opcodes = Opcodes {
    wide: false,
    extended: 71,
    import_name: 75,
    import_from: 74,
    load_name: 92,
    load_global: 91,
    load_attribute: 82,
    load_method: None,
    store_name: 114,
    store_global: 113,
    store_fast: 110,
    load_fast: 85,
    global_shift: 1,
    attribute_shift: 1,
};

fn opcodes(input: &Input<'_>) -> Option<Opcodes> {
    let code = input.instructions;
    let mut words = code.chunks_exact(2).map(|word| word[0]);
    match input.layout {
        Layout::Python2 => Some(PYTHON_2),
        // Words of two bytes end with a return and a zero.
        Layout::Python30 if code.len().is_multiple_of(2) && code.ends_with(&[83, 0]) => Some(PYTHON_36),
        Layout::Python30 => Some(PYTHON_30),
        Layout::Python38 => Some(PYTHON_36),
        // The first instructions prepare cells; then comes RESUME, with a number of its own in each version.
        Layout::Python311 => match words.by_ref().take(64).find(|word| matches!(word, 128 | 149 | 151))? {
            // PRECALL and LOAD_METHOD were in 3.11 alone.
            151 if words.clone().any(|word| word == 166) => Some(PYTHON_311),
            151 => Some(PYTHON_312),
            149 => Some(PYTHON_313),
            _ => None,
        },
    }
}

pub(super) fn paths(input: &Input<'_>) -> Paths {
    let mut paths = Paths::default();
    match opcodes(input) {
        Some(opcodes) => {
            paths.understood = true;
            Scan { input, opcodes, paths: &mut paths, path: None, stored: HashMap::new() }.run();
        }
        None => guess(input, &mut paths),
    }
    paths
}

/// Every name, and every two that stand together: names are listed in the order of their first use.
fn guess(input: &Input<'_>, paths: &mut Paths) {
    let pairs = input.names.windows(2).map(|pair| format!("{}.{}", pair[0], pair[1]));
    paths.references = input.names.iter().cloned().chain(pairs).take(PATHS).collect();
}

struct Scan<'a, 'b> {
    input: &'a Input<'a>,
    opcodes: Opcodes,
    paths: &'b mut Paths,
    /// The path on top of the stack, as far as that is known.
    path: Option<String>,
    /// What an import put into a variable: of the names, or of the locals.
    stored: HashMap<(bool, usize), String>,
}

impl Scan<'_, '_> {
    fn run(&mut self) {
        let code = self.input.instructions;
        let (mut at, mut high) = (0, 0usize);
        while at < code.len() {
            let opcode = code[at];
            let has_argument = !self.opcodes.wide || opcode >= 90;
            let (argument, width) = match (self.opcodes.wide, has_argument) {
                (true, false) => (0, 1),
                (true, true) => match code.get(at + 1..at + 3) {
                    Some(bytes) => (usize::from(u16::from_le_bytes([bytes[0], bytes[1]])), 3),
                    None => return,
                },
                (false, _) => match code.get(at + 1) {
                    Some(byte) => (usize::from(*byte), 2),
                    None => return,
                },
            };
            at += width;
            let argument = high | argument;
            if opcode == self.opcodes.extended && has_argument {
                high = (argument << if self.opcodes.wide { 16 } else { 8 }) & 0xff_ffff;
                continue;
            }
            high = 0;
            // Word 0 is the inline cache from 3.11 on.
            if opcode != 0 {
                self.instruction(opcode, argument);
            }
        }
    }

    fn instruction(&mut self, opcode: u8, argument: usize) {
        let opcodes = &self.opcodes;
        let (shift_global, shift_attribute) = (opcodes.global_shift, opcodes.attribute_shift);
        if opcode == opcodes.import_name {
            self.path = self.name(argument);
            if let Some(path) = self.path.clone() {
                self.paths.imports.insert(path);
            }
        } else if opcode == opcodes.import_from {
            // The module stays below what is taken from it: the next IMPORT_FROM continues from the module.
            if let (Some(module), Some(name)) = (self.path.clone(), self.name(argument)) {
                let module = module.split('\0').next().unwrap_or_default().to_owned();
                self.paths.imports.insert(format!("{module}.{name}"));
                self.path = Some(format!("{module}\0.{name}"));
            }
        } else if opcode == opcodes.load_name {
            self.load(true, argument);
        } else if opcode == opcodes.load_global {
            self.load(true, argument >> shift_global);
        } else if opcode == opcodes.load_fast {
            self.load(false, argument);
        } else if opcode == opcodes.load_attribute {
            self.attribute(argument >> shift_attribute);
        } else if opcodes.load_method == Some(opcode) {
            self.attribute(argument);
        } else if opcode == opcodes.store_name || opcode == opcodes.store_global {
            self.store(true, argument);
        } else if opcode == opcodes.store_fast {
            self.store(false, argument);
        } else {
            self.path = None;
        }
    }

    fn name(&self, index: usize) -> Option<String> {
        self.input.names.get(index).cloned()
    }

    fn load(&mut self, named: bool, index: usize) {
        let known = self.stored.get(&(named, index)).cloned();
        self.path = match (known, named) {
            (Some(path), _) => Some(path),
            (None, true) => {
                self.name(index).map(|name| self.input.aliases.get(&name).cloned().unwrap_or(name))
            }
            (None, false) => None,
        };
        self.refer();
    }

    fn attribute(&mut self, index: usize) {
        let Some(name) = self.name(index) else { return };
        let path = self.path.take().unwrap_or_default();
        self.path = Some(format!("{path}.{name}")).filter(|path| path.len() <= LONGEST);
        self.refer();
    }

    fn refer(&mut self) {
        if let Some(path) = &self.path
            && self.paths.references.len() < PATHS
        {
            self.paths.references.insert(path.clone());
        }
    }

    /// A variable that an import is stored in stands for the import.
    fn store(&mut self, named: bool, index: usize) {
        let Some(path) = self.path.take() else {
            self.stored.remove(&(named, index));
            return;
        };
        let whole = path.replace('\0', "");
        if path.contains('\0') {
            let module = path.split('\0').next().unwrap_or_default();
            self.path = Some(module.to_owned());
        }
        let local = self.input.locals.get(index).filter(|_| !named);
        let is_top_of_dotted = self.name(index).filter(|_| named).or_else(|| local.cloned());
        // `import a.b` stores the package `a`.
        let stored = match is_top_of_dotted {
            Some(variable) if whole.starts_with(&format!("{variable}.")) && !path.contains('\0') => variable,
            _ => whole,
        };
        if named && let Some(name) = self.name(index) {
            self.paths.aliases.insert(name, stored.clone());
        }
        self.stored.insert((named, index), stored);
    }
}
