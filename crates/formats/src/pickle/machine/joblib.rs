//! The raw arrays of joblib: after BUILD of a `NumpyArrayWrapper` its unpickler reads the array's bytes itself, from where
//! the file stands. Their number follows from the wrapper's shape and dtype. An array of objects is a pickle of its own.
//! Layout: `joblib/numpy_pickle.py`, `NumpyArrayWrapper.read_array`.

use super::{
    super::{
        arena::{Cell, Growing, Node},
        transcript::{End, ObjectId},
    },
    Machine, fail,
};
use crate::ProblemKind;

/// What an object of interest is.
#[derive(Clone, Copy, Debug)]
pub(in crate::pickle) enum Made {
    Wrapper,
    /// A numpy dtype: bytes of one item, or none for objects.
    Dtype(Option<u64>),
}

/// Array bytes between opcodes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::pickle) struct RawArray {
    pub(in crate::pickle) offset: u64,
    pub(in crate::pickle) length: u64,
    /// A pickle stands there instead of bytes.
    pub(in crate::pickle) objects: bool,
}

impl Machine<'_> {
    /// Whether an object is one that raw arrays depend on: those are never taken for one another.
    pub(super) fn is_of_interest(&self, id: ObjectId) -> bool {
        self.numpy.contains_key(&id)
    }

    /// Remembers the dtypes that calls make.
    pub(super) fn note_call(&mut self, callable: Cell, arguments: &[Cell], result: ObjectId) {
        let Some((module, name)) = self.arena.name(callable) else { return };
        match (module, name, arguments.first()) {
            ("numpy", "dtype", Some(text)) if self.arena.is_text(*text) => {
                let size = item_size(&self.arena.name_text(&self.feed, *text));
                if let Some(size) = size {
                    self.numpy.insert(result, Made::Dtype(size));
                }
            }
            ("copy_reg" | "copyreg", "_reconstructor", Some(class)) => self.note_made(*class, result),
            _ => self.note_made(callable, result),
        }
    }

    /// Remembers the wrappers that are made.
    pub(super) fn note_made(&mut self, class: Cell, result: ObjectId) {
        if let Some((module, "NumpyArrayWrapper")) = self.arena.name(class)
            && module.ends_with("joblib.numpy_pickle")
        {
            self.numpy.insert(result, Made::Wrapper);
        }
    }

    /// After a BUILD: completes a dtype, and steps over the bytes behind a wrapper.
    pub(super) fn note_build(&mut self, target: Cell, state: Cell) -> Result<(), End> {
        let Cell::Object(id) = target else { return Ok(()) };
        match self.numpy.get(&id) {
            None => Ok(()),
            Some(Made::Dtype(_)) => {
                self.complete_dtype(id, state);
                Ok(())
            }
            Some(Made::Wrapper) if self.mode.joblib => self.raw_array(state),
            Some(Made::Wrapper) => Ok(()),
        }
    }

    /// A dtype's state: `(version, order, subdtype, names, fields, elsize, alignment, flags, …)`. The flag 1 says that there
    /// are objects in a structure.
    fn complete_dtype(&mut self, id: ObjectId, state: Cell) {
        let Some((items, _)) = self.arena.node(state).and_then(|node| self.arena.items(node)) else { return };
        let has_objects = matches!(items.get(7), Some(Cell::Int(flags)) if flags & 1 == 1);
        let size = match items.get(5) {
            Some(Cell::Int(size)) if *size >= 0 => Some(*size as u64),
            _ => None,
        };
        let made = match (has_objects, size) {
            (true, _) => Made::Dtype(None),
            (false, Some(size)) => Made::Dtype(Some(size)),
            (false, None) => return,
        };
        self.numpy.insert(id, made);
    }

    fn raw_array(&mut self, state: Cell) -> Result<(), End> {
        let Some(Node::Growing(Growing::Dict, _)) = self.arena.node(state) else { return Err(End::RawArray) };
        let Some((shape, dtype, alignment)) = self.wrapper_fields(state) else { return Err(End::RawArray) };
        let start = self.feed.file_position();
        let Some(item) = dtype else {
            return self.array_of_objects(start);
        };
        let Some(length) = shape.iter().try_fold(item, |product, extent| product.checked_mul(*extent)) else {
            return Err(End::RawArray);
        };
        let mut data = start;
        if alignment {
            let padding = self.feed.copy(start, 1);
            let Some(padding) = padding.first() else { return fail("truncated") };
            data = start.saturating_add(1 + u64::from(*padding));
        }
        let end = data.saturating_add(length);
        if end > self.feed.source().len() {
            self.problem(
                ProblemKind::Malformed,
                "array-truncated",
                format!("an array of {length} bytes reaches beyond the end of the file"),
            );
            return fail("truncated");
        }
        self.arrays.push(RawArray { offset: data, length, objects: false });
        self.feed.skip_to(end);
        Ok(())
    }

    /// The pickle in place of the bytes is run like any other, and the outer stream goes on behind it.
    fn array_of_objects(&mut self, start: u64) -> Result<(), End> {
        let mode = super::Mode { joblib: false, ..self.mode };
        let left = self.limit.saturating_sub(self.opcodes);
        let mut outcome = Machine::new(self.feed.source(), start, mode, self.memory).run(left);
        self.opcodes += outcome.opcodes;
        self.copied += outcome.event_bytes;
        self.problems.append(&mut outcome.problems);
        let (end, position) = (outcome.run.end.clone(), outcome.file_position);
        self.arrays.push(RawArray { offset: start, length: position.saturating_sub(start), objects: true });
        self.inner.push((start, outcome));
        if end != End::Stop {
            return Err(End::RawArray);
        }
        self.feed.skip_to(position);
        Ok(())
    }

    /// Shape, item size and whether the bytes are aligned, which newer versions say by an attribute.
    fn wrapper_fields(&self, state: Cell) -> Option<(Vec<u64>, Option<u64>, bool)> {
        let (cells, _) = self.arena.items(self.arena.node(state)?)?;
        let (mut shape, mut dtype, mut alignment) = (None, None, false);
        for pair in cells.chunks_exact(2) {
            let (key, value) = (self.arena.name_text(&self.feed, pair[0]), pair[1]);
            match key.as_str() {
                "shape" => {
                    let (extents, length) = self.arena.items(self.arena.node(value)?)?;
                    if extents.len() as u64 != length {
                        return None;
                    }
                    let extents = extents.iter().map(|extent| match extent {
                        Cell::Int(extent) => u64::try_from(*extent).ok(),
                        _ => None,
                    });
                    shape = Some(extents.collect::<Option<Vec<u64>>>()?);
                }
                "dtype" => match value {
                    Cell::Object(id) => match self.numpy.get(&id) {
                        Some(Made::Dtype(size)) => dtype = Some(*size),
                        _ => return None,
                    },
                    _ => return None,
                },
                "numpy_array_alignment_bytes" => alignment = !matches!(value, Cell::None),
                _ => {}
            }
        }
        Some((shape?, dtype?, alignment))
    }
}

/// The bytes of one item of a dtype's code such as `f8`, `<i4`, `U5` or `O8`: `Some(None)` for objects, none for a code that
/// is not known.
fn item_size(code: &str) -> Option<Option<u64>> {
    let code = code.trim_start_matches(['<', '>', '|', '=']);
    let mut chars = code.chars();
    let kind = chars.next()?;
    let number = chars.as_str();
    if kind == 'O' {
        return Some(None);
    }
    if code == "?" {
        return Some(Some(1));
    }
    let number: u64 = number.parse().ok()?;
    match kind {
        'U' => Some(Some(number.checked_mul(4)?)),
        'b' | 'i' | 'u' | 'f' | 'c' | 'S' | 'V' | 'M' | 'm' | 'a' | 'B' => Some(Some(number)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::item_size;

    #[test]
    fn a_dtype_says_the_bytes_of_an_item() {
        assert_eq!(item_size("f8"), Some(Some(8)));
        assert_eq!(item_size("<U5"), Some(Some(20)));
        assert_eq!(item_size("V16"), Some(Some(16)));
        assert_eq!(item_size("O8"), Some(None));
        assert_eq!(item_size("?"), Some(Some(1)));
        assert_eq!(item_size("x"), None);
        assert_eq!(item_size(""), None);
    }
}
