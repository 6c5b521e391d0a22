//! safetensors: a length, a JSON header, then the bytes of the tensors without holes.
//!
//! The reference for what loads is the reader of the `safetensors` crate (0.8): a header of at most 100,000,000 bytes, of
//! UTF-8 JSON; tensors that, sorted by their offsets, cover the data without holes or overlaps to the last byte of the
//! file; sizes that agree with shape and element type. What it refuses is explained here by problems, because other readers are
//! laxer. Shard indexes (`*.safetensors.index.json`) are not read here.
//!
//! Memory: the header (at most the limit for texts) and about ten times its length for the flat JSON and the tensors. Time:
//! linear in the header, plus a sort. Tensor data is not read. Start with [`parse`].

mod layout;

use crate::{Context, Element, Problem, ProblemKind, Source, element::Class, json};

/// The largest header that the reference reader takes.
pub const MAX_HEADER: u64 = 100_000_000;

/// A parsed file.
#[derive(Clone, Debug, Default)]
pub struct Safetensors {
    /// Where the data starts: 8 plus the length of the header.
    pub data_start: u64,
    pub metadata: Vec<Metadata>,
    /// In the order of the header.
    pub tensors: Vec<Tensor>,
    /// Bytes that belong to no tensor: between them, or after the last. At most 1,024 are kept.
    pub gaps: Vec<Gap>,
    /// Codes: those of [`crate::json`], and `header-*`, `metadata-*`, `tensor-*`, `data-*`.
    pub problems: Vec<Problem>,
}

/// A pair of `__metadata__`; duplicates are kept.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Metadata {
    pub key: String,
    pub value: String,
    /// Where the value stands in the file.
    pub offset: u64,
}

/// A tensor as its header declares it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Tensor {
    pub name: String,
    /// None when the type is not one of the reference reader's.
    pub element: Option<Element>,
    pub shape: Vec<u64>,
    /// Where its bytes start and end in the file; not checked against the file's length.
    pub start: u64,
    pub end: u64,
    /// Where its entry stands in the header.
    pub offset: u64,
}

/// Bytes of the data that belong to no tensor.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Gap {
    pub offset: u64,
    pub length: u64,
}

/// Whether the bytes start like a safetensors file: a plausible length, then JSON.
#[must_use]
pub fn looks_like(head: &[u8], source: &Source) -> bool {
    let Some((length, rest)) = head.split_first_chunk::<8>() else { return false };
    let length = u64::from_le_bytes(*length);
    let text = rest.trim_ascii_start();
    let starts =
        [&b"{\""[..], b"{}", b"{ ", b"{\n", b"{\r", b"{\t", b"[["].iter().any(|s| text.starts_with(s));
    let plausible = (2..1 << 40).contains(&length) && (length <= source.len() || rest.starts_with(b"{\""));
    (starts && plausible)
        || (text.starts_with(b"{")
            && memchr::memmem::find(rest, b"\"data_offsets\"").is_some()
            && !head.starts_with(b"{"))
}

/// Reads the header and checks it against the length of the file.
#[must_use]
pub fn parse(source: &Source, context: &Context) -> Safetensors {
    let mut file = Safetensors::default();
    let Some(length) = source.array_at::<8>(0).map(u64::from_le_bytes) else {
        file.problem(ProblemKind::Malformed, "header-missing", "the file is too short for a header", 0);
        return file;
    };
    let available = source.len() - 8;
    if length > MAX_HEADER {
        file.problem(
            ProblemKind::Hostile,
            "header-too-large",
            format!("the header declares {length} bytes: the reference reader refuses more than {MAX_HEADER}, others allocate them"),
            0,
        );
    } else if length > available {
        file.problem(
            ProblemKind::Hostile,
            "header-beyond-file",
            format!("the header declares {length} bytes, and {available} follow"),
            0,
        );
    }
    file.data_start = length.saturating_add(8);
    let limits = json::Limits { depth: 16, ..json::Limits::from(&context.limits) };
    let wanted = length.min(available).min(limits.bytes.saturating_add(1));
    let bytes = source.read_vec(8, usize::try_from(wanted).unwrap_or(usize::MAX));
    let document = json::parse(&bytes, &limits);
    file.read_header(&document);
    if length <= available && document.is_complete() {
        layout::check(&mut file, source.len());
    }
    file
}

impl Safetensors {
    fn problem(&mut self, kind: ProblemKind, code: &'static str, message: impl Into<String>, offset: u64) {
        // One hostile header can break one rule a million times.
        if self.problems.iter().filter(|p| p.code == code).count() < 16 {
            self.problems.push(Problem::new(kind, code, message).at(offset));
        }
    }

    fn read_header(&mut self, document: &json::Document) {
        for problem in &document.problems {
            let mut problem = problem.clone();
            problem.offset = problem.offset.map(|at| at + 8);
            if problem.code == "json-trailing" {
                problem.kind = ProblemKind::Differential;
                problem.code = "header-trailing";
                problem.message = "bytes follow the JSON within the header: a reader that stops at the closing brace does not see them".into();
            }
            if matches!(problem.code, "json-syntax" | "json-utf8") {
                problem.kind = ProblemKind::Hostile;
                problem.code = "header-json";
                problem.message =
                    format!("the header is no JSON that the reference reader takes: {}", problem.message);
            }
            self.problems.push(problem);
        }
        let Some(root) = document.root() else { return };
        if root.offset() > 0 {
            self.problem(
                ProblemKind::Note,
                "header-start",
                "the header does not start with a brace, which the format asks for",
                8,
            );
        }
        if root.kind() != json::Kind::Object {
            self.problem(ProblemKind::Hostile, "header-no-object", "the header is no JSON object", 8);
        }
        for member in root.members() {
            if member.key == "__metadata__" {
                self.read_metadata(member.value);
            } else {
                self.read_tensor(&member);
            }
        }
    }

    fn read_metadata(&mut self, node: json::Node<'_>) {
        if node.kind() != json::Kind::Object && !node.is_null() {
            self.problem(
                ProblemKind::Malformed,
                "metadata-no-object",
                "the metadata is no JSON object",
                8 + node.offset(),
            );
        }
        for member in node.members() {
            let offset = 8 + member.value.offset();
            let value = match member.value.as_str() {
                Some(text) => text.into_owned(),
                None => {
                    self.problem(
                        ProblemKind::Malformed,
                        "metadata-no-text",
                        format!(
                            "the metadata `{}` is no text: the reference reader refuses the file",
                            short(&member.key)
                        ),
                        offset,
                    );
                    String::from_utf8_lossy(member.value.raw()).into_owned()
                }
            };
            self.metadata.push(Metadata { key: member.key.into_owned(), value, offset });
        }
    }

    fn read_tensor(&mut self, member: &json::Member<'_>) {
        let node = member.value;
        let offset = 8 + member.offset;
        let name = short(&member.key);
        for field in node.members() {
            if !matches!(field.key.as_ref(), "dtype" | "shape" | "data_offsets") {
                self.problem(
                    ProblemKind::Note,
                    "tensor-extra-field",
                    format!("the tensor `{name}` has a field `{}` that no reader knows", short(&field.key)),
                    8 + field.offset,
                );
            }
        }
        let element = node.text("dtype").and_then(|word| element(&word));
        if element.is_none() {
            let word = node.text("dtype").map_or_else(|| "none".into(), |word| short(&word));
            self.problem(
                ProblemKind::Malformed,
                "tensor-type",
                format!("the tensor `{name}` has the unknown element type `{word}`"),
                offset,
            );
        }
        let numbers = |key: &str| -> Option<Vec<u64>> {
            node.get(key).filter(|n| n.kind() == json::Kind::Array)?.items().map(json::Node::as_u64).collect()
        };
        let (Some(shape), Some(range)) = (numbers("shape"), numbers("data_offsets")) else {
            self.problem(
                ProblemKind::Hostile,
                "tensor-numbers",
                format!("the shape or the offsets of the tensor `{name}` are no lists of whole numbers from zero up"),
                offset,
            );
            return;
        };
        let &[begin, end] = range.as_slice() else {
            self.problem(
                ProblemKind::Hostile,
                "tensor-numbers",
                format!("the tensor `{name}` has {} offsets in place of two", range.len()),
                offset,
            );
            return;
        };
        self.tensors.push(Tensor {
            name: member.key.clone().into_owned(),
            element,
            shape,
            start: self.data_start.saturating_add(begin),
            end: self.data_start.saturating_add(end),
            offset,
        });
    }
}

/// The element types of the reference reader.
fn element(word: &str) -> Option<Element> {
    const FLOAT8: [&str; 5] = ["F8_E5M2", "F8_E4M3", "F8_E8M0", "F8_E5M2FNUZ", "F8_E4M3FNUZ"];
    Some(match word {
        "BOOL" => Element::BOOL,
        "F4" => Element::plain("F4", 4, Class::Float { mantissa: 1 }),
        "F6_E2M3" => Element::plain("F6_E2M3", 6, Class::Float { mantissa: 3 }),
        "F6_E3M2" => Element::plain("F6_E3M2", 6, Class::Float { mantissa: 2 }),
        "U8" => Element::U8,
        "I8" => Element::I8,
        "I16" => Element::I16,
        "U16" => Element::U16,
        "F16" => Element::F16,
        "BF16" => Element::BF16,
        "I32" => Element::I32,
        "U32" => Element::U32,
        "F32" => Element::F32,
        "C64" => Element::C64,
        "F64" => Element::F64,
        "I64" => Element::I64,
        "U64" => Element::U64,
        _ => Element::plain(FLOAT8.iter().copied().find(|f| *f == word)?, 8, Class::Float { mantissa: 3 }),
    })
}

/// At most 80 characters of a text of the target.
pub(crate) fn short(text: &str) -> String {
    text.chars().take(80).collect()
}

#[cfg(test)]
mod tests;
