//! Whether the tensors cover the data: no overlap, no hole, nothing after the last, sizes that agree with the shapes.

use super::{Gap, Safetensors, short};
use crate::{ProblemKind, element};

const KEPT_GAPS: usize = 1024;

pub(super) fn check(file: &mut Safetensors, file_length: u64) {
    let tensors = std::mem::take(&mut file.tensors);
    for tensor in &tensors {
        let name = short(&tensor.name);
        if tensor.start > tensor.end {
            file.problem(
                ProblemKind::Hostile,
                "tensor-reversed",
                format!("the tensor `{name}` ends before it starts"),
                tensor.offset,
            );
            continue;
        }
        if tensor.end > file_length {
            file.problem(
                ProblemKind::Hostile,
                "tensor-beyond-file",
                format!(
                    "the tensor `{name}` ends at byte {}, and the file at byte {file_length}",
                    tensor.end
                ),
                tensor.offset,
            );
        }
        match element::count(&tensor.shape).and_then(|count| Some((count, tensor.element?.bytes(count)))) {
            Some((_, Some(bytes))) if bytes == tensor.end - tensor.start => {}
            Some((count, Some(bytes))) => file.problem(
                ProblemKind::Hostile,
                "tensor-size",
                format!(
                    "the tensor `{name}` of {count} elements needs {bytes} bytes, and its offsets hold {}",
                    tensor.end - tensor.start
                ),
                tensor.offset,
            ),
            // An unknown element type was reported already.
            None if element::count(&tensor.shape).is_some() => {}
            _ => file.problem(
                ProblemKind::Hostile,
                "tensor-overflow",
                format!("the shape of the tensor `{name}` overflows or gives no whole number of bytes"),
                tensor.offset,
            ),
        }
    }
    let mut order: Vec<_> = tensors.iter().filter(|t| t.start <= t.end).collect();
    order.sort_by(|a, b| (a.start, a.end, &a.name).cmp(&(b.start, b.end, &b.name)));
    let mut covered = file.data_start;
    let mut last = "";
    for tensor in order {
        if tensor.start < covered && tensor.start < tensor.end {
            file.problem(
                ProblemKind::Differential,
                "tensor-overlap",
                format!("the tensors `{}` and `{}` share bytes", short(last), short(&tensor.name)),
                tensor.start,
            );
        } else if tensor.start > covered {
            gap(file, covered, tensor.start.min(file_length));
        }
        if tensor.end > covered {
            covered = tensor.end;
            last = &tensor.name;
        }
    }
    if covered < file_length {
        file.problem(
            ProblemKind::Differential,
            "data-trailing",
            format!("{} bytes follow the last tensor: the reference reader refuses the file, others carry them along", file_length - covered),
            covered,
        );
        file.gaps.push(Gap { offset: covered, length: file_length - covered });
    }
    file.tensors = tensors;
}

fn gap(file: &mut Safetensors, start: u64, end: u64) {
    let Some(length) = end.checked_sub(start).filter(|length| *length > 0) else { return };
    file.problem(
        ProblemKind::Differential,
        "data-gap",
        format!("{length} bytes belong to no tensor: the reference reader refuses the file, others carry them along"),
        start,
    );
    if file.gaps.len() < KEPT_GAPS {
        file.gaps.push(Gap { offset: start, length });
    }
}
