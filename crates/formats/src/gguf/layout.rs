//! Whether the tensors lie one after the other within the file, and what else the descriptions claim.

use super::{Gap, Gguf, Tensor, Value};
use crate::{ProblemKind, Source, safetensors::short};

const KEPT_GAPS: usize = 1024;

pub(super) fn check(file: &mut Gguf, source: &Source) {
    let mut tensors = std::mem::take(&mut file.tensors);
    for tensor in &mut tensors {
        measure(file, tensor, source.len());
    }
    file.tensors = tensors;
    check_order(file, source);
    check_names(file);
    check_tokens(file);
}

/// Turns the offset within the data into one of the file and gives the tensor its length.
fn measure(file: &mut Gguf, tensor: &mut Tensor, file_length: u64) {
    let name = short(&tensor.name);
    let Some(start) = file.data_start.checked_add(tensor.start) else {
        tensor.start = u64::MAX;
        file.problem(
            ProblemKind::Hostile,
            "tensor-beyond-file",
            format!("the offset of the tensor `{name}` overflows"),
            tensor.offset,
        );
        return;
    };
    if !tensor.start.is_multiple_of(file.alignment) {
        file.problem(
            ProblemKind::Hostile,
            "tensor-alignment",
            format!("the tensor `{name}` does not start at a multiple of {}", file.alignment),
            tensor.offset,
        );
    }
    tensor.start = start;
    // Signed 64-bit dimensions in ggml: their product must fit as well.
    let count = crate::element::count(&tensor.shape).filter(|count| i64::try_from(*count).is_ok());
    if count.is_none() || tensor.shape.iter().any(|d| i64::try_from(*d).is_err()) {
        file.problem(
            ProblemKind::Hostile,
            "tensor-overflow",
            format!("the shape of the tensor `{name}` overflows: readers multiply it to a small size"),
            tensor.offset,
        );
        return;
    }
    let Some(element) = tensor.element else {
        let kind = if tensor.kind < 100 { ProblemKind::Malformed } else { ProblemKind::Hostile };
        file.problem(
            kind,
            "tensor-type",
            format!("the tensor `{name}` has the unknown type {}", tensor.kind),
            tensor.offset,
        );
        return;
    };
    let row = tensor.shape.first().copied().unwrap_or(1);
    tensor.length =
        count.filter(|_| row % u64::from(element.per_block) == 0).and_then(|count| element.bytes(count));
    match tensor.length {
        None => file.problem(
            ProblemKind::Hostile,
            "tensor-blocks",
            format!(
                "a row of the tensor `{name}` is no whole number of blocks of {}: readers read beyond it",
                element.per_block
            ),
            tensor.offset,
        ),
        Some(length) if start.checked_add(length).is_none_or(|end| end > file_length) => file.problem(
            ProblemKind::Hostile,
            "tensor-beyond-file",
            format!(
                "the tensor `{name}` needs {length} bytes from byte {start}, and the file has {file_length}"
            ),
            tensor.offset,
        ),
        Some(_) => {}
    }
}

/// Overlaps, holes that are not padding, and what follows the last tensor.
fn check_order(file: &mut Gguf, source: &Source) {
    let mut order: Vec<(u64, u64, usize)> = file
        .tensors
        .iter()
        .enumerate()
        .filter_map(|(i, t)| Some((t.start, t.start.checked_add(t.length?)?, i)))
        .collect();
    order.sort_unstable();
    let mut covered = file.data_start.min(source.len());
    let mut last = usize::MAX;
    for (start, end, index) in order {
        if start < covered && start < end && last != usize::MAX {
            let names = [last, index].map(|i| file.tensors.get(i).map_or(String::new(), |t| short(&t.name)));
            file.problem(
                ProblemKind::Differential,
                "tensor-overlap",
                format!("the tensors `{}` and `{}` share bytes", names[0], names[1]),
                start,
            );
        }
        check_gap(file, source, covered, start.min(source.len()), false);
        if end > covered {
            covered = end;
            last = index;
        }
    }
    let unmeasured = file.tensors.iter().any(|t| t.length.is_none());
    if !unmeasured && (!file.tensors.is_empty() || covered < source.len()) {
        check_gap(file, source, covered, source.len(), true);
    }
}

/// Zeros are padding; anything else is carried along unseen.
fn check_gap(file: &mut Gguf, source: &Source, start: u64, end: u64, last: bool) {
    if start >= end || is_zero(source, start, end) {
        return;
    }
    let length = end - start;
    let (code, message) = if last {
        ("data-trailing", format!("{length} bytes that are not all zero follow the last tensor"))
    } else {
        ("data-gap", format!("{length} bytes that are not all zero belong to no tensor"))
    };
    file.problem(ProblemKind::Differential, code, message, start);
    if file.gaps.len() < KEPT_GAPS {
        file.gaps.push(Gap { offset: start, length });
    }
}

fn is_zero(source: &Source, start: u64, end: u64) -> bool {
    let mut reader = source.reader(start);
    while reader.position() < end {
        let left = end - reader.position();
        let window = reader.window();
        let length = window.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        if length == 0 {
            return true;
        }
        if window[..length].iter().any(|byte| *byte != 0) {
            return false;
        }
        let next = reader.position() + length as u64;
        reader.seek(next);
    }
    true
}

fn check_names(file: &mut Gguf) {
    let mut keys: Vec<(String, u64)> = file.pairs.iter().map(|p| (p.key.clone(), p.offset)).collect();
    let mut names: Vec<(String, u64)> = file.tensors.iter().map(|t| (t.name.clone(), t.offset)).collect();
    for (list, code, what) in
        [(&mut keys, "duplicate-key", "the key"), (&mut names, "duplicate-tensor", "the tensor")]
    {
        list.sort();
        for pair in list.windows(2).filter(|pair| pair[0].0 == pair[1].0) {
            file.problem(
                ProblemKind::Differential,
                code,
                format!("{what} `{}` stands twice: readers differ in which they take", short(&pair[1].0)),
                pair[1].1,
            );
        }
    }
}

/// Tables that readers index by one another must have one length.
fn check_tokens(file: &mut Gguf) {
    let Some(count) = file.get("tokenizer.ggml.tokens").and_then(Value::array_length) else { return };
    let mut found = Vec::new();
    for pair in &file.pairs {
        let key = pair.key.as_str();
        if matches!(key, "tokenizer.ggml.scores" | "tokenizer.ggml.token_type")
            && pair.value.array_length().is_some_and(|length| length != count)
        {
            let message =
                format!("`{key}` has not as many elements as there are tokens: readers read beyond it");
            found.push((ProblemKind::Hostile, "token-table", message, pair.offset));
        }
        // llama.cpp warns and takes its default, and honest files with such ids exist.
        if key.starts_with("tokenizer.ggml.")
            && key.ends_with("_token_id")
            && pair.value.as_u64().is_some_and(|id| id >= count)
        {
            let message = format!("`{}` lies beyond the {count} tokens", short(key));
            found.push((ProblemKind::Note, "token-id", message, pair.offset));
        }
    }
    for (kind, code, message, offset) in found {
        file.problem(kind, code, message, offset);
    }
}
