//! Breaking text into lines at spaces.

use crate::hostile::{columns, cut};

/// The text in lines of at most `width` columns, at most `limit` of them; the last is cut when more would follow. A word
/// that is longer than a line is cut where it must.
pub(super) fn wrapped(text: &str, width: usize, limit: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut rest = text.trim_end();
    while !rest.is_empty() && lines.len() < limit {
        if columns(rest) <= width || lines.len() + 1 == limit {
            lines.push(cut(rest, width));
            return lines;
        }
        let end = line_end(rest, width);
        lines.push(rest[..end].trim_end().to_owned());
        rest = rest[end..].trim_start();
    }
    if lines.is_empty() {
        lines.push(String::new());
    }
    lines
}

/// The byte at which a line of `width` columns ends: after the last space that fits, else in the middle of a word.
fn line_end(text: &str, width: usize) -> usize {
    let (mut used, mut space, mut end) = (0, 0, 0);
    for (i, c) in text.char_indices() {
        used += columns(c.encode_utf8(&mut [0; 4]));
        if used > width {
            break;
        }
        end = i + c.len_utf8();
        if c == ' ' {
            space = end;
        }
    }
    let next_is_space = text[end..].starts_with(' ');
    match (next_is_space, space) {
        (true, _) => end,
        (false, 0) => end.max(text.chars().next().map_or(1, char::len_utf8)),
        (false, space) => space,
    }
}

#[cfg(test)]
mod tests {
    use super::wrapped;

    #[test]
    fn a_text_breaks_at_spaces() {
        assert_eq!(wrapped("one two three", 7, 9), ["one two", "three"]);
        assert_eq!(wrapped("one two three", 8, 9), ["one two", "three"]);
        assert_eq!(wrapped("onetwothree", 4, 9), ["onet", "woth", "ree"]);
        assert_eq!(wrapped("", 4, 9), [""]);
        assert_eq!(wrapped("模型模型", 4, 9), ["模型", "模型"]);
    }

    #[test]
    fn the_last_line_says_that_more_would_follow() {
        assert_eq!(wrapped("one two three four", 7, 2), ["one two", "three …"]);
    }
}
