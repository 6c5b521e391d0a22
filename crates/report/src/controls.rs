//! Which controls of which framework a rule's theme is evidence for: a derived, dated table of ids.

use std::{collections::BTreeMap, sync::LazyLock};

static TABLE: &str = include_str!("../data/controls.tsv");

static BY_THEME: LazyLock<BTreeMap<&'static str, Vec<Control>>> = LazyLock::new(|| parse(TABLE));

/// A control of a framework, and how a finding bears on it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Control {
    /// Such as `MITRE ATLAS`.
    pub framework: &'static str,
    /// The version or year of the framework's numbering.
    pub version: &'static str,
    pub id: &'static str,
    /// Whether a finding is evidence about the control itself, or only bears on it.
    pub direct: bool,
}

/// The controls of a theme, in the order of the frameworks; none for a theme that the table lacks.
pub fn controls(theme: &str) -> impl Iterator<Item = Control> + use<> {
    BY_THEME.get(theme).map_or(&[][..], Vec::as_slice).iter().copied()
}

fn parse(table: &'static str) -> BTreeMap<&'static str, Vec<Control>> {
    let mut frameworks = BTreeMap::new();
    let mut themes: BTreeMap<_, Vec<Control>> = BTreeMap::new();
    for line in table.lines() {
        let mut fields = line.split('\t');
        match (fields.next(), fields.next(), fields.next(), fields.next(), fields.next()) {
            (Some("framework"), Some(key), Some(name), Some(version), _) => {
                frameworks.insert(key, (name, version));
            }
            (Some("theme"), Some(theme), Some(key), Some(relation), Some(ids)) => {
                let Some((framework, version)) = frameworks.get(key).copied() else { continue };
                let direct = relation == "direct";
                themes.entry(theme).or_default().extend(ids.split(',').map(|id| Control {
                    framework,
                    version,
                    id,
                    direct,
                }));
            }
            _ => {}
        }
    }
    themes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_theme_names_controls_with_the_year_of_their_numbering() {
        let found: Vec<Control> = controls("unsafe-deserialisation").collect();
        let has = |framework: &str, id: &str| {
            found.iter().any(|c| c.framework == framework && c.id == id && c.direct)
        };
        assert!(has("MITRE ATLAS", "AML.T0011.000"));
        assert!(has("OWASP LLM Top 10", "LLM03:2025") && has("OWASP LLM Top 10", "LLM04:2026"));
        assert!(has("OWASP AISVS", "6.1.1"));
        assert!(has("CWE", "CWE-502"));
    }

    #[test]
    fn every_line_of_the_table_is_understood() {
        let rows = TABLE.lines().filter(|l| l.starts_with("theme\t"));
        let listed: usize = rows.map(|l| l.rsplit('\t').next().unwrap_or_default().split(',').count()).sum();
        assert_eq!(BY_THEME.values().map(Vec::len).sum::<usize>(), listed);
        assert!(
            TABLE
                .lines()
                .all(|l| l.starts_with(['#']) || l.starts_with("theme\t") || l.starts_with("framework\t"))
        );
    }
}
