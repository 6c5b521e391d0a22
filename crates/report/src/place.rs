//! A place as a person reads it: the path, the members inside, and where in the innermost one.

use crate::hostile::visible;
use modelward_kernel::Place;

/// The path and the members, made visible.
pub(crate) fn address(place: &Place) -> String {
    visible(&place.address())
}

/// `member archive/data.pkl at 0x4b4`, `line 14`, `#/a/b`: everything but the path. Nothing for a whole file.
pub(crate) fn within(place: &Place) -> Option<String> {
    let mut parts = Vec::new();
    if !place.inside.is_empty() {
        parts.push(format!("member {}", visible(&place.inside.join("!"))));
    }
    parts.extend(position(place));
    if parts.is_empty() { None } else { Some(parts.join(", ").replace(", at 0x", " at 0x")) }
}

/// Where in the innermost file or member.
pub(crate) fn position(place: &Place) -> Option<String> {
    let mut parts = Vec::new();
    match (place.line, place.column) {
        (Some(line), Some(column)) => parts.push(format!("line {line}:{column}")),
        (Some(line), None) => parts.push(format!("line {line}")),
        _ => {}
    }
    if let Some(pointer) = &place.pointer {
        parts.push(visible(pointer));
    }
    match (place.offset, place.length) {
        (Some(offset), Some(length)) => parts.push(format!("at {offset:#x}+{length:#x}")),
        (Some(offset), None) => parts.push(format!("at {offset:#x}")),
        _ => {}
    }
    if parts.is_empty() { None } else { Some(parts.join(", ")) }
}

/// All of it on one line, the path included.
pub(crate) fn whole(place: &Place) -> String {
    match position(place) {
        None => address(place),
        Some(position) => format!("{}, {position}", address(place)),
    }
}
