//! Holds the findings of a rule against what its page says, and words the difference so that it can be pasted into the page.

use crate::Expected;
use modelward_kernel::{Finding, Place};
use std::fmt::Write;

/// Nothing when every expected finding was made once and no other was; else the difference, one line each.
#[must_use]
pub fn difference(expected: &[Expected], found: &[Finding]) -> Option<String> {
    let mut left: Vec<&Finding> = found.iter().collect();
    let missing: Vec<&Expected> = expected
        .iter()
        .filter(|expected| match left.iter().position(|finding| expected.matches(finding)) {
            Some(at) => {
                left.remove(at);
                false
            }
            None => true,
        })
        .collect();
    if missing.is_empty() && left.is_empty() {
        return None;
    }
    let mut text = String::new();
    for expected in missing {
        let _ = writeln!(text, "  - {expected}");
    }
    for finding in left {
        let _ = writeln!(text, "  + {}", shown(finding));
    }
    Some(text)
}

/// A finding in the notation of the pages.
fn shown(finding: &Finding) -> String {
    let place = finding.places.first().map(Place::to_string).unwrap_or_default();
    format!("{} {} {place}: {}", finding.severity, finding.rule.id, finding.message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use modelward_kernel::{AssetId, AssetKind, Rule, Severity};

    static RULE: Rule = Rule {
        id: "bad-thing",
        title: "a bad thing",
        theme: "unsafe-model-format",
        severity: Severity::High,
        page: "",
    };

    fn finding(message: &str) -> Finding {
        Finding::new(&RULE, &AssetId::new(AssetKind::File, "a"), Place::file("a").at_line(2), message)
    }

    #[test]
    fn each_expected_finding_is_used_once() {
        let expected = [Expected::read("high bad-thing a:2: is bad").unwrap()];
        assert_eq!(difference(&expected, &[finding("it is bad")]), None);
        assert_eq!(
            difference(&expected, &[finding("it is bad"), finding("is bad twice")]).unwrap(),
            "  + high bad-thing a:2: is bad twice\n"
        );
    }

    #[test]
    fn the_difference_shows_both_sides() {
        let expected = [Expected::read("low bad-thing a:2: is bad").unwrap()];
        assert_eq!(
            difference(&expected, &[finding("it is bad")]).unwrap(),
            "  - low bad-thing a:2: is bad\n  + high bad-thing a:2: it is bad\n"
        );
    }
}
