//! Which controls of which framework a rule's theme is evidence for: a derived, dated table of ids.

use std::{collections::BTreeMap, sync::LazyLock};

static TABLE: &str = include_str!("../data/controls.tsv");

static PARSED: LazyLock<Parsed> = LazyLock::new(|| parse(TABLE));

#[derive(Default)]
struct Parsed {
    themes: BTreeMap<&'static str, Vec<Control>>,
    /// By id.
    names: BTreeMap<&'static str, &'static str>,
}

/// A control of a framework, and how a finding bears on it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Control {
    /// Such as `MITRE ATLAS`.
    pub framework: &'static str,
    /// The version or year of the framework's numbering.
    pub version: &'static str,
    pub id: &'static str,
    /// Its name, where the framework's licence lets it be given.
    pub name: Option<&'static str>,
    /// Whether a finding is evidence about the control itself, or only bears on it.
    pub direct: bool,
}

/// The controls of a theme, in the order of the frameworks; none for a theme that the table lacks.
pub fn controls(theme: &str) -> impl Iterator<Item = Control> + use<> {
    PARSED.themes.get(theme).map_or(&[][..], Vec::as_slice).iter().copied()
}

/// The name of a control or of the technique above it.
pub(crate) fn name(id: &str) -> Option<&'static str> {
    PARSED.names.get(id).copied()
}

/// The direct controls of a theme by framework and version: `MITRE ATLAS 5.6.0`, then its ids.
pub(crate) fn by_framework(theme: &str) -> Vec<(String, Vec<Control>)> {
    let mut groups: Vec<(String, Vec<Control>)> = Vec::new();
    for control in controls(theme).filter(|control| control.direct) {
        let framework = format!("{} {}", control.framework, control.version);
        match groups.last_mut() {
            Some((last, ids)) if *last == framework => ids.push(control),
            _ => groups.push((framework, vec![control])),
        }
    }
    groups
}

fn parse(table: &'static str) -> Parsed {
    let mut frameworks = BTreeMap::new();
    let mut parsed = Parsed::default();
    for line in table.lines() {
        let fields: Vec<&'static str> = line.split('\t').collect();
        match fields[..] {
            ["framework", key, name, version, ..] => {
                frameworks.insert(key, (name, version));
            }
            ["name", _, id, name] => {
                parsed.names.insert(id, name);
            }
            ["theme", theme, key, relation, ids] => {
                let Some((framework, version)) = frameworks.get(key).copied() else { continue };
                let (direct, names) = (relation == "direct", &parsed.names);
                let listed = ids.split(',').map(|id| Control {
                    framework,
                    version,
                    id,
                    name: names.get(id).copied(),
                    direct,
                });
                parsed.themes.entry(theme).or_default().extend(listed);
            }
            _ => {}
        }
    }
    parsed
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
        let named = found.iter().find(|c| c.id == "CWE-502").and_then(|c| c.name);
        assert_eq!(named, Some("Deserialization of Untrusted Data"));
    }

    #[test]
    fn every_line_of_the_table_is_understood() {
        let rows = TABLE.lines().filter(|l| l.starts_with("theme\t"));
        let listed: usize = rows.map(|l| l.rsplit('\t').next().unwrap_or_default().split(',').count()).sum();
        assert_eq!(PARSED.themes.values().map(Vec::len).sum::<usize>(), listed);
        assert!(TABLE.lines().all(|l| l.starts_with('#')
            || l.starts_with("name\t")
            || l.starts_with("theme\t")
            || l.starts_with("framework\t")));
    }
}
