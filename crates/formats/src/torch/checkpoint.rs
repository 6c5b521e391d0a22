//! Checkpoints as `torch.save` writes them: `NAME/data.pkl`, and the bytes of each storage in `NAME/data/KEY`.

use super::member;
use crate::{
    Context, Element, Problem, ProblemKind, Source,
    archive::{Archive, Entry, EntryKind},
    pickle::{self, Callee, EventKind, Value},
    statistics::Range,
};
use std::collections::BTreeMap;

/// Bytes of a pickle that are read.
const PICKLE: u64 = 64 << 20;
/// Storages and tensors that are kept.
const KEPT: usize = 1 << 18;

/// One checkpoint of an archive.
#[derive(Clone, Debug, Default)]
pub struct Checkpoint {
    /// The member with the pickle.
    pub pickle: String,
    /// `little` or `big`, when the archive says so.
    pub byte_order: Option<String>,
    /// In the order in which the pickle names them, each key once.
    pub storages: Vec<Storage>,
    pub tensors: Vec<View>,
    /// Places are in the pickle. Codes: `storage-*`, `tensor-*`.
    pub problems: Vec<Problem>,
}

/// A storage as the pickle names it.
#[derive(Clone, Debug, PartialEq)]
pub struct Storage {
    pub key: String,
    /// The name of its class, such as `FloatStorage`.
    pub class: String,
    /// None when the class is unknown. Of `UntypedStorage` the elements are bytes.
    pub element: Option<Element>,
    /// How many elements it has.
    pub count: i64,
    pub location: String,
    /// Where its bytes lie in the archive; none when no member holds them, or they are compressed.
    pub data: Option<u64>,
    /// How many bytes its member has.
    pub bytes: Option<u64>,
}

/// A tensor: a view of a storage.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    /// The storage's index in [`Checkpoint::storages`].
    pub storage: usize,
    pub offset: i64,
    pub shape: Vec<i64>,
    pub stride: Vec<i64>,
}

/// Every checkpoint of an archive that its pickles show.
#[must_use]
pub fn checkpoints(archive: &Archive, source: &Source, context: &Context) -> Vec<Checkpoint> {
    let files = || archive.entries.iter().filter(|entry| entry.kind == EntryKind::File);
    files()
        .filter(|entry| entry.name == "data.pkl" || entry.name.ends_with("/data.pkl"))
        .take(16)
        .filter_map(|entry| {
            let content = member(archive, entry, source, context, PICKLE)?;
            let transcript = pickle::parse(&content, context);
            let prefix = entry.name.strip_suffix("data.pkl").unwrap_or_default();
            let order = files().find(|e| e.name.strip_prefix(prefix) == Some("byteorder"));
            let order = order.and_then(|e| member(archive, e, source, context, 16));
            let mut checkpoint = Checkpoint {
                pickle: entry.name.clone(),
                byte_order: order.map(|s| String::from_utf8_lossy(&s.read_vec(0, 16)).trim().to_owned()),
                ..Checkpoint::default()
            };
            let data: BTreeMap<&str, &Entry> = files()
                .filter_map(|e| Some((e.name.strip_prefix(prefix)?.strip_prefix("data/")?, e)))
                .collect();
            checkpoint.read(&transcript, &data);
            Some(checkpoint)
        })
        .collect()
}

impl Checkpoint {
    /// Where the tensors' bytes lie in the archive, for the statistics.
    #[must_use]
    pub fn ranges(&self) -> Vec<Range> {
        self.storages
            .iter()
            .filter_map(|storage| {
                Some(Range {
                    offset: storage.data?,
                    length: storage.bytes?,
                    element: storage.element?,
                    big_endian: self.byte_order.as_deref() == Some("big"),
                    name: format!("data/{}", crate::safetensors::short(&storage.key)),
                })
            })
            .collect()
    }

    fn problem(&mut self, kind: ProblemKind, code: &'static str, message: String, offset: u64) {
        if self.problems.iter().filter(|p| p.code == code).count() < 16 {
            self.problems.push(Problem::new(kind, code, message).at(offset));
        }
    }

    pub(super) fn read(&mut self, transcript: &pickle::Transcript, data: &BTreeMap<&str, &Entry>) {
        let mut keys = BTreeMap::new();
        for stream in &transcript.streams {
            // Objects of the stream that are storages, and those that are tensors.
            let mut storages = BTreeMap::new();
            let mut tensors = Vec::new();
            for event in &stream.c.events {
                match &event.kind {
                    EventKind::PersistentId { id, result } => {
                        if let Some(index) = self.storage(id, data, &mut keys, event.offset) {
                            storages.insert(*result, index);
                        }
                    }
                    EventKind::Call {
                        callee: Callee::Global { module, name }, arguments, result, ..
                    } => {
                        if let Some((name, arguments)) = rebuild(module, name, arguments) {
                            self.tensor(name, arguments, &storages, event.offset);
                            tensors.push(*result);
                        }
                    }
                    EventKind::SetItem { target: Callee::Object(id), .. }
                    | EventKind::Append { target: Callee::Object(id), .. }
                    | EventKind::Add { target: Callee::Object(id), .. }
                        if storages.contains_key(id) || tensors.binary_search(id).is_ok() =>
                    {
                        self.problem(
                            ProblemKind::Hostile,
                            "tensor-written",
                            "the pickle writes an item into a tensor or a storage, as if it were a dictionary or a list".to_owned(),
                            event.offset,
                        );
                    }
                    _ => {}
                }
            }
        }
    }

    /// Notes the storage that a persistent id names; its index.
    fn storage(
        &mut self,
        id: &Value,
        data: &BTreeMap<&str, &Entry>,
        keys: &mut BTreeMap<String, usize>,
        at: u64,
    ) -> Option<usize> {
        let Value::Tuple { items, .. } = id else { return None };
        let [Value::Text { head, .. }, Value::Global { name: class, .. }, key, location, count, ..] =
            items.as_slice()
        else {
            return None;
        };
        if head != "storage" {
            return None;
        }
        let key = match key {
            Value::Text { head, .. } => head.clone(),
            Value::Int(number) => number.to_string(),
            _ => return None,
        };
        let location = match location {
            Value::Text { head, .. } => head.clone(),
            _ => String::new(),
        };
        let Value::Int(count) = *count else {
            self.problem(
                ProblemKind::Hostile,
                "storage-count",
                format!("the storage `{}` has no whole number of elements", crate::safetensors::short(&key)),
                at,
            );
            return None;
        };
        if let Some(&index) = keys.get(&key) {
            let known = &self.storages[index];
            if known.class != *class || known.count != count {
                let message = format!(
                    "the storage `{}` is named as {} of {} elements and as {class} of {count}: tensors of one are laid over the other",
                    crate::safetensors::short(&key),
                    known.class,
                    known.count
                );
                self.problem(ProblemKind::Hostile, "storage-conflict", message, at);
            }
            return Some(index);
        }
        if self.storages.len() >= KEPT {
            return None;
        }
        keys.insert(key.clone(), self.storages.len());
        let entry = data.get(key.as_str());
        let storage = Storage {
            element: element(class),
            class: class.clone(),
            count,
            location,
            data: entry.filter(|entry| entry.stored).map(|entry| entry.offset),
            bytes: entry.map(|entry| entry.size),
            key,
        };
        self.check_storage(&storage, at);
        self.storages.push(storage);
        Some(self.storages.len() - 1)
    }

    fn check_storage(&mut self, storage: &Storage, at: u64) {
        let key = crate::safetensors::short(&storage.key);
        let Some(element) = storage.element else { return };
        let Some(needed) = u64::try_from(storage.count).ok().and_then(|count| element.bytes(count)) else {
            let message = format!("the storage `{key}` declares {} elements, which overflows", storage.count);
            return self.problem(ProblemKind::Hostile, "storage-count", message, at);
        };
        match storage.bytes {
            Some(bytes) if bytes < needed => self.problem(
                ProblemKind::Hostile,
                "storage-short",
                format!("the storage `{key}` declares {needed} bytes, and its member has {bytes}: memory beyond it is read"),
                at,
            ),
            Some(bytes) if bytes > needed => self.problem(
                ProblemKind::Differential,
                "storage-long",
                format!("the storage `{key}` declares {needed} bytes, and its member has {bytes}: the rest is hidden or overruns a buffer"),
                at,
            ),
            None if needed > 0 && storage.location != "meta" => self.problem(
                ProblemKind::Note,
                "storage-missing",
                format!("no member holds the storage `{key}`"),
                at,
            ),
            _ => {}
        }
    }

    fn tensor(&mut self, name: &str, arguments: &[Value], storages: &BTreeMap<u32, usize>, at: u64) {
        let [Value::Object(id), offset, size, stride, ..] = arguments else { return };
        let Some(&index) = storages.get(id) else { return };
        let (Value::Int(offset), Some(shape), Some(stride)) = (offset, numbers(size), numbers(stride)) else {
            return;
        };
        let view = View { storage: index, offset: *offset, shape, stride };
        let storage = &self.storages[index];
        // Of an untyped storage the count is in bytes and the type stands in the arguments.
        let untyped = storage.class == "UntypedStorage";
        let item = match (untyped, name) {
            (true, "_rebuild_tensor_v3") => arguments.get(6).and_then(dtype).and_then(|e| e.bytes(1)),
            (true, _) => None,
            (false, _) => Some(1),
        };
        if let Some(item) = item
            && let Err(what) = check_view(&view, storage.count, item)
        {
            let message = format!(
                "a tensor of shape {:?}, stride {:?} and offset {} {what} of the storage `{}` with {} elements",
                view.shape,
                view.stride,
                view.offset,
                crate::safetensors::short(&storage.key),
                storage.count
            );
            self.problem(ProblemKind::Hostile, "tensor-bounds", message, at);
        }
        if self.tensors.len() < KEPT {
            self.tensors.push(view);
        }
    }
}

/// Whether the view lies within a storage of `count` units of which an element takes `item`.
fn check_view(view: &View, count: i64, item: u64) -> Result<(), &'static str> {
    if view.offset < 0 || view.shape.iter().any(|n| *n < 0) || view.stride.iter().any(|n| *n < 0) {
        return Err("has a negative number and reaches before the start");
    }
    if view.shape.len() != view.stride.len() {
        return Err("has another number of strides than of dimensions and reaches out");
    }
    if view.shape.contains(&0) {
        return Ok(());
    }
    let last = view
        .shape
        .iter()
        .zip(&view.stride)
        .try_fold(i128::from(view.offset), |last, (n, stride)| {
            last.checked_add(i128::from(*n - 1).checked_mul(i128::from(*stride))?)
        })
        .and_then(|last| last.checked_add(1))
        .and_then(|end| end.checked_mul(i128::from(item)));
    if last.is_some_and(|end| end <= i128::from(count)) { Ok(()) } else { Err("reaches beyond the end") }
}

/// The function that rebuilds a tensor from a storage, and its arguments; also when a subclass wraps it.
fn rebuild<'a>(module: &str, name: &'a str, arguments: &'a [Value]) -> Option<(&'a str, &'a [Value])> {
    const NAMES: [&str; 4] =
        ["_rebuild_tensor", "_rebuild_tensor_v2", "_rebuild_tensor_v3", "_rebuild_qtensor"];
    if module == "torch._utils" && NAMES.contains(&name) {
        return Some((name, arguments));
    }
    if module == "torch._tensor" && name == "_rebuild_from_type_v2" {
        let [Value::Global { module, name }, _, Value::Tuple { items, .. }, ..] = arguments else {
            return None;
        };
        return (module == "torch._utils" && NAMES.contains(&name.as_str())).then_some((name, items));
    }
    None
}

fn numbers(value: &Value) -> Option<Vec<i64>> {
    let (Value::Tuple { items, length } | Value::List { items, length }) = value else { return None };
    let numbers: Option<Vec<i64>> = items
        .iter()
        .map(|item| match item {
            Value::Int(number) => Some(*number),
            // Beyond 64 bits: as large as can be.
            Value::BigInt { negative, .. } => Some(if *negative { i64::MIN } else { i64::MAX }),
            _ => None,
        })
        .collect();
    numbers.filter(|numbers| numbers.len() as u64 == *length)
}

/// The element of a storage class.
fn element(class: &str) -> Option<Element> {
    Some(match class {
        "FloatStorage" => Element::F32,
        "DoubleStorage" => Element::F64,
        "HalfStorage" => Element::F16,
        "BFloat16Storage" => Element::BF16,
        "LongStorage" => Element::I64,
        "IntStorage" | "QInt32Storage" => Element::I32,
        "ShortStorage" => Element::I16,
        "CharStorage" | "QInt8Storage" => Element::I8,
        "ByteStorage" | "QUInt8Storage" | "QUInt4x2Storage" | "QUInt2x4Storage" | "UntypedStorage" => {
            Element::U8
        }
        "BoolStorage" => Element::BOOL,
        "ComplexFloatStorage" => Element::C64,
        "ComplexDoubleStorage" => Element::C128,
        _ => return None,
    })
}

/// The element of a `torch.dtype`.
fn dtype(value: &Value) -> Option<Element> {
    let Value::Global { module, name } = value else { return None };
    if module != "torch" {
        return None;
    }
    Some(match name.as_str() {
        "float32" | "float" => Element::F32,
        "float64" | "double" => Element::F64,
        "float16" | "half" => Element::F16,
        "bfloat16" => Element::BF16,
        "int64" | "long" => Element::I64,
        "uint64" => Element::U64,
        "int32" | "int" => Element::I32,
        "uint32" => Element::U32,
        "int16" | "short" => Element::I16,
        "uint16" => Element::U16,
        "int8" => Element::I8,
        "bool" => Element::BOOL,
        "complex64" => Element::C64,
        "complex128" => Element::C128,
        name if name == "uint8" || name.starts_with("float8_") => Element::U8,
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
