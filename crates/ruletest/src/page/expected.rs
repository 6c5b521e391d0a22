//! One line of a `finding` block: `severity rule-id place: fragment of the message`.

use modelward_kernel::{Finding, Place, Severity};
use std::fmt;

/// A finding as a page states it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Expected {
    pub severity: Severity,
    pub rule: String,
    /// The place as [`Place`] is shown; from its end on, the offset, the pointer, the column and the line may be left out.
    pub place: String,
    /// Some words of the message.
    pub fragment: String,
}

impl Expected {
    /// Reads one line.
    ///
    /// # Errors
    /// What the line lacks, in words.
    pub fn read(line: &str) -> Result<Expected, String> {
        let mut words = line.trim().splitn(3, ' ');
        let (Some(severity), Some(rule), Some(rest)) = (words.next(), words.next(), words.next()) else {
            return Err("a finding reads `severity rule-id place: words of the message`".to_owned());
        };
        let Some((place, fragment)) = rest.split_once(": ") else {
            return Err(format!("`{rest}` lacks the `: ` between the place and the words of the message"));
        };
        Ok(Expected {
            severity: severity.parse()?,
            rule: rule.to_owned(),
            place: place.trim().to_owned(),
            fragment: fragment.trim().to_owned(),
        })
    }

    /// Whether `finding` is the one that is meant.
    #[must_use]
    pub fn matches(&self, finding: &Finding) -> bool {
        finding.severity == self.severity
            && finding.rule.id == self.rule
            && finding.message.contains(&self.fragment)
            && finding.places.first().is_some_and(|place| is_at(place, &self.place))
    }
}

fn is_at(place: &Place, written: &str) -> bool {
    let mut place = place.clone();
    if place.to_string() == written {
        return true;
    }
    let shorter: [fn(&mut Place); 4] =
        [|p| p.offset = None, |p| p.pointer = None, |p| p.column = None, |p| p.line = None];
    shorter.into_iter().any(|shorten| {
        shorten(&mut place);
        place.to_string() == written
    })
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}: {}", self.severity, self.rule, self.place, self.fragment)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_severity_a_rule_a_place_and_words() {
        let expected =
            Expected::read("high conditional-template chat_template.jinja:1: literal \"x: y\"").unwrap();
        assert_eq!(expected.severity, Severity::High);
        assert_eq!(expected.rule, "conditional-template");
        assert_eq!(expected.place, "chat_template.jinja:1");
        assert_eq!(expected.fragment, "literal \"x: y\"");
    }

    #[test]
    fn a_place_may_be_written_without_its_tail() {
        let place = Place::file("a.pt").member("b.pkl").at_line(3).at(7);
        for written in ["a.pt!b.pkl:3 at 0x7", "a.pt!b.pkl:3", "a.pt!b.pkl"] {
            assert!(is_at(&place, written), "{written}");
        }
        for written in ["a.pt", "a.pt!b.pkl:4", "a.pt!b.pkl at 0x7"] {
            assert!(!is_at(&place, written), "{written}");
        }
    }
}
