//! NumPy's `.npy`: a magic, a header that is a Python literal, then the elements, or a pickle when they are objects.
//!
//! Formats 1, 2 and 3 of `numpy.lib.format`. The header is parsed as the small part of Python's literals that it needs, and never
//! evaluated. An `.npz` is a ZIP archive of such files and is not read here.
//!
//! Memory: the header, at most 1 MiB, and about ten times its length for its literal. Time: linear. Start with [`parse`];
//! [`pickle_offset`] says where the pickle of an array of objects starts.

mod descr;
mod literal;

use crate::{Context, Element, Problem, ProblemKind, Source, element};
use literal::Literal;

/// What `numpy.load` reads without being told otherwise (`max_header_size`).
const NUMPY_HEADER: u64 = 10_000;
/// What is read here.
const MAX_HEADER: u64 = 1 << 20;

/// A parsed array.
#[derive(Clone, Debug, Default)]
pub struct Array {
    /// Major and minor version of the format.
    pub version: (u8, u8),
    /// The type of the elements as the header writes it, cut to 200 characters.
    pub descr: String,
    /// The type, when it is a single number.
    pub element: Option<Element>,
    /// Whether numbers have their highest byte first.
    pub big_endian: bool,
    /// Bytes of one element; none when the type is not understood.
    pub item_bytes: Option<u64>,
    pub shape: Vec<u64>,
    /// Where the elements start.
    pub data_start: u64,
    /// Where a pickle starts, when elements are objects or could be.
    pub pickle_offset: Option<u64>,
    /// Codes: `header-*`, `array-*`, `data-*`, `duplicate-key`.
    pub problems: Vec<Problem>,
}

/// Whether the bytes start with NumPy's magic.
#[must_use]
pub fn looks_like(head: &[u8], _source: &Source) -> bool {
    head.starts_with(b"\x93NUMPY")
}

/// Where the pickle of an array of objects starts; none when the source is no array, or holds plain numbers.
#[must_use]
pub fn pickle_offset(source: &Source) -> Option<u64> {
    source
        .array_at::<6>(0)
        .filter(|magic| magic == b"\x93NUMPY")
        .and_then(|_| parse(source, &Context::default()).pickle_offset)
}

/// Reads the header and checks it against the length of the file.
#[must_use]
pub fn parse(source: &Source, _context: &Context) -> Array {
    let mut array = Array::default();
    let Some([_, _, _, _, _, _, major, minor]) = source.array_at::<8>(0) else {
        array.problem(ProblemKind::Malformed, "header-missing", "the file is too short for a header", 0);
        return array;
    };
    array.version = (major, minor);
    let (length, start) = match major {
        1 => (source.array_at::<2>(8).map(|b| u64::from(u16::from_le_bytes(b))), 10),
        2 | 3 => (source.array_at::<4>(8).map(|b| u64::from(u32::from_le_bytes(b))), 12),
        _ => {
            array.problem(
                ProblemKind::Malformed,
                "header-version",
                format!("version {major}.{minor} is unknown"),
                6,
            );
            return array;
        }
    };
    let Some(length) = length else {
        array.problem(
            ProblemKind::Malformed,
            "header-missing",
            "the file ends within the length of its header",
            8,
        );
        return array;
    };
    array.data_start = start + length;
    if length > source.len() - start {
        array.problem(
            ProblemKind::Hostile,
            "header-beyond-file",
            format!("the header declares {length} bytes, and {} follow", source.len() - start),
            8,
        );
    } else if length > MAX_HEADER {
        array.problem(
            ProblemKind::Hostile,
            "header-too-large",
            format!("the header has {length} bytes: evaluating a literal of that size exhausts memory or the stack"),
            8,
        );
    } else if length > NUMPY_HEADER {
        array.problem(
            ProblemKind::Note,
            "header-large",
            format!("the header has {length} bytes: `numpy.load` refuses more than {NUMPY_HEADER} unless it is told otherwise"),
            8,
        );
    }
    let wanted = length.min(MAX_HEADER).min(source.len().saturating_sub(start)) as usize;
    let text = source.read_vec(start, wanted);
    array.read_header(&String::from_utf8_lossy(&text), start, source);
    if array.pickle_offset.is_none() {
        array.check_length(source);
    }
    array
}

impl Array {
    fn problem(&mut self, kind: ProblemKind, code: &'static str, message: impl Into<String>, offset: u64) {
        self.problems.push(Problem::new(kind, code, message).at(offset));
    }

    fn read_header(&mut self, text: &str, start: u64, source: &Source) {
        // Whatever the header says: what is no array that is understood could be unpickled.
        self.pickle_offset = Some(self.data_start).filter(|at| *at < source.len());
        let members = match literal::parse(text) {
            Ok(Literal::Dict(members)) => members,
            Ok(_) => {
                self.problem(ProblemKind::Malformed, "header-no-dict", "the header is no dictionary", start);
                return;
            }
            Err(error) => {
                let (kind, code, message) = match error.what {
                    literal::What::Depth => (
                        ProblemKind::Hostile,
                        "header-depth",
                        "the header's literal is nested deeper than any array needs: evaluating it exhausts the stack",
                    ),
                    literal::What::Code => (
                        ProblemKind::Hostile,
                        "header-code",
                        "the header is no literal but an expression, which old readers evaluate",
                    ),
                    literal::What::Syntax => {
                        (ProblemKind::Malformed, "header-literal", "the header is no Python literal")
                    }
                };
                self.problem(kind, code, message, start + error.at as u64);
                return;
            }
        };
        let get = |key: &str| members.iter().rev().find(|(k, _)| k.as_text() == Some(key)).map(|(_, v)| v);
        for key in ["descr", "fortran_order", "shape"] {
            if members.iter().filter(|(k, _)| k.as_text() == Some(key)).count() > 1 {
                self.problem(
                    ProblemKind::Differential,
                    "duplicate-key",
                    format!("the header gives `{key}` twice: readers differ in which they take"),
                    start,
                );
            }
        }
        if members.iter().any(|(k, _)| !matches!(k.as_text(), Some("descr" | "fortran_order" | "shape"))) {
            self.problem(
                ProblemKind::Note,
                "header-extra-key",
                "the header has keys that NumPy refuses",
                start,
            );
        }
        let Some(descr) = get("descr") else {
            self.problem(ProblemKind::Malformed, "header-descr", "the header gives no element type", start);
            return;
        };
        self.descr = descr.text(200);
        let kind = descr::read(descr);
        self.element = kind.element;
        self.big_endian = kind.big_endian;
        self.item_bytes = kind.bytes;
        if kind.understood && !kind.objects {
            self.pickle_offset = None;
        } else if !kind.understood {
            self.problem(
                ProblemKind::Note,
                "array-type",
                format!(
                    "the element type `{}` is not understood",
                    self.descr.chars().take(80).collect::<String>()
                ),
                start,
            );
        }
        self.read_shape(get("shape"), start);
    }

    fn read_shape(&mut self, shape: Option<&Literal>, start: u64) {
        let dimensions = match shape {
            Some(Literal::Tuple(items) | Literal::List(items)) => items
                .iter()
                .map(|item| match item {
                    Literal::Int(text) => text.parse::<u64>().ok(),
                    _ => None,
                })
                .collect::<Option<Vec<_>>>(),
            _ => None,
        };
        match dimensions {
            Some(dimensions) => self.shape = dimensions,
            None => self.problem(
                ProblemKind::Hostile,
                "array-shape",
                "the shape is no tuple of whole numbers from zero up",
                start,
            ),
        }
    }

    fn check_length(&mut self, source: &Source) {
        let Some(item) = self.item_bytes else { return };
        let available = source.len().saturating_sub(self.data_start);
        let Some(needed) = element::count(&self.shape).and_then(|count| count.checked_mul(item)) else {
            self.problem(
                ProblemKind::Hostile,
                "array-overflow",
                "the shape overflows: readers allocate a wrapped size or exhaust memory",
                self.data_start,
            );
            return;
        };
        if needed > available {
            self.problem(
                ProblemKind::Hostile,
                "array-beyond-file",
                format!("the array needs {needed} bytes, and {available} follow"),
                self.data_start,
            );
        } else if needed < available {
            let end = self.data_start + needed;
            // `numpy.save` into one file twice is a documented way to keep several arrays.
            let (kind, code) = match source.array_at::<6>(end) {
                Some(magic) if magic == *b"\x93NUMPY" => (ProblemKind::Note, "data-another-array"),
                _ => (ProblemKind::Differential, "data-trailing"),
            };
            self.problem(kind, code, format!("{} bytes follow the array", available - needed), end);
        }
    }
}

#[cfg(test)]
mod tests;
