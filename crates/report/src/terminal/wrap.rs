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

/// The groups with ` · ` between them, in lines that break between groups: the first line has `first` columns, the others
/// `width`. A group that is longer than a line has one to itself.
pub(super) fn grouped(groups: &[String], first: usize, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for (i, group) in groups.iter().enumerate() {
        let end = if i + 1 < groups.len() { " ·" } else { "" };
        let room = if lines.len() > 1 { width } else { first };
        match lines.last_mut() {
            Some(line) if columns(line) + 1 + columns(group) + columns(end) <= room => {
                line.push(' ');
                line.push_str(group);
                line.push_str(end);
            }
            _ => lines.push(format!("{group}{end}")),
        }
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
    use super::{grouped, wrapped};

    #[test]
    fn a_list_breaks_between_groups() {
        let groups = ["9 models", "10 other files", "1 image"].map(str::to_owned);
        assert_eq!(grouped(&groups, 27, 30), ["9 models · 10 other files ·", "1 image"]);
        assert_eq!(grouped(&groups, 12, 26), ["9 models ·", "10 other files · 1 image"]);
        assert_eq!(grouped(&groups, 90, 90), ["9 models · 10 other files · 1 image"]);
        assert!(grouped(&[], 9, 9).is_empty());
    }

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
