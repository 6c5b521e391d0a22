//! Markdown as a model card: the YAML front matter between two lines of three dashes, and the text after it. The text is
//! not parsed further; headings are found by line.
//! Memory: the text and what [`yaml`] says. Time: linear.

use crate::{Context, Problem, ProblemKind, Source, yaml};

/// A card.
#[derive(Clone, Debug, Default)]
pub struct Markdown {
    /// What stands between the first two lines `---`; none when the file does not open with one.
    pub front_matter: Option<yaml::Document>,
    /// The text after the front matter.
    pub body: String,
    /// The line, from 1, on which the body starts.
    pub body_line: u64,
    pub problems: Vec<Problem>,
}

/// Parses a card.
#[must_use]
pub fn parse(bytes: &[u8]) -> Markdown {
    let mut problems = Vec::new();
    let text = crate::text::decode(bytes, "markdown-utf8", &mut problems);
    let Some((matter, body)) = split(&text) else {
        return Markdown { front_matter: None, body: text, body_line: 1, problems };
    };
    // The dashes stay in front, so that lines of the front matter are lines of the file.
    let yaml = yaml::parse(format!("---\n{matter}").as_bytes());
    for problem in &yaml.problems {
        let kind = match problem.kind {
            // A card that no reader understands has no facts; it hides nothing that anyone would load.
            ProblemKind::Malformed => ProblemKind::Note,
            kind => kind,
        };
        problems.push(Problem { kind, ..problem.clone() });
    }
    let body_line = 3 + matter.lines().count() as u64;
    Markdown { front_matter: Some(yaml), body: body.to_owned(), body_line, problems }
}

/// Reads a whole source as a card, up to the limit for texts.
#[must_use]
pub fn read(source: &Source, context: &Context) -> Markdown {
    let limit = usize::try_from(context.limits.text_bytes.min(source.len())).unwrap_or(usize::MAX);
    parse(&source.read_vec(0, limit))
}

fn split(text: &str) -> Option<(&str, &str)> {
    let rest = text.strip_prefix("---\n").or_else(|| text.strip_prefix("---\r\n"))?;
    let mut at = 0;
    for line in rest.split_inclusive('\n') {
        if matches!(line.trim_end(), "---" | "...") {
            return Some((&rest[..at], &rest[at + line.len()..]));
        }
        at += line.len();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_front_matter_is_yaml_and_keeps_its_lines() {
        let card = parse(b"---\nlicense: mit\nbase_model:\n- a/b\n---\n# Title\n");
        let root = card.front_matter.as_ref().and_then(yaml::Document::root).unwrap();
        assert_eq!(root.text("license"), Some("mit"));
        assert_eq!(root.get("license").unwrap().line(), 2);
        assert_eq!((card.body.as_str(), card.body_line), ("# Title\n", 6));
    }

    #[test]
    fn a_text_without_front_matter_is_all_body() {
        let card = parse(b"# Title\n---\nx: 1\n---\n");
        assert!(card.front_matter.is_none());
        assert_eq!(card.body_line, 1);
    }

    proptest! {
        #[test]
        fn any_bytes_end_in_a_card(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&bytes);
            let _ = parse(&[b"---\n".as_slice(), &bytes, b"\n---\n"].concat());
        }
    }
}
