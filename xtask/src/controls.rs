//! Makes `crates/report/data/controls.tsv` from a crosswalk of themes to frameworks: ids, and names where the licence of the
//! framework lets them be given (MITRE ATLAS under Apache-2.0; CWE with credit to MITRE). No other text of a framework.

use anyhow::{Context, bail};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    path::Path,
};

/// Key in the crosswalk, name, version or year of the numbering, date, licence of the ids, source.
const FRAMEWORKS: &[[&str; 6]] = &[
    [
        "atlas",
        "MITRE ATLAS",
        "5.6.0",
        "2026-05-05",
        "Apache-2.0",
        "https://github.com/mitre-atlas/atlas-data",
    ],
    ["aisvs-1.0", "OWASP AISVS", "1.0", "2026-06", "CC BY-SA 4.0 (ids)", "https://github.com/OWASP/AISVS"],
    [
        "owasp-llm",
        "OWASP LLM Top 10",
        "2025 and 2026",
        "2026-07-16",
        "CC BY-SA 4.0 (ids)",
        "https://github.com/GenAI-Security-Project/GenAI-LLM-Top10",
    ],
    [
        "owasp-ml-2023",
        "OWASP ML Top 10",
        "2023",
        "2023",
        "CC BY-SA 4.0 (ids)",
        "https://github.com/OWASP/www-project-machine-learning-security-top-10",
    ],
    ["cwe", "CWE", "4.14", "2024-02-29", "CWE terms of use, credit to MITRE", "https://cwe.mitre.org"],
    [
        "slsa-1.2",
        "SLSA",
        "1.2",
        "2025-11-24",
        "Community Specification License 1.0 (ids)",
        "https://slsa.dev/spec/v1.2/",
    ],
    [
        "nist-ai-rmf",
        "NIST AI RMF",
        "1.0",
        "2023-01-26",
        "public domain",
        "https://doi.org/10.6028/NIST.AI.100-1",
    ],
    [
        "iso-42001",
        "ISO/IEC 42001",
        "2023",
        "2023-12",
        "ids of ISO, no text",
        "https://www.iso.org/standard/81230.html",
    ],
    [
        "eu-ai-act",
        "EU AI Act",
        "2024/1689",
        "2024-07-12",
        "EU law, Decision 2011/833/EU",
        "https://eur-lex.europa.eu/eli/reg/2024/1689/oj",
    ],
];

/// The frameworks whose names are given; their files lie beside the crosswalk.
const NAMED: &[&str] = &["atlas", "cwe"];

/// `controls CROSSWALK.json`.
pub(crate) fn run(root: &Path, arguments: &[String]) -> anyhow::Result<()> {
    let [crosswalk] = arguments else { bail!("usage: cargo xtask controls CROSSWALK.json") };
    let text = std::fs::read_to_string(crosswalk).with_context(|| format!("cannot read `{crosswalk}`"))?;
    let mut names = BTreeMap::new();
    for framework in NAMED {
        let path = Path::new(crosswalk).with_file_name(format!("{framework}.json"));
        let text =
            std::fs::read_to_string(&path).with_context(|| format!("cannot read `{}`", path.display()))?;
        let list: Value =
            serde_json::from_str(&text).with_context(|| format!("`{}` is not JSON", path.display()))?;
        for item in list["items"].as_array().into_iter().flatten() {
            if let (Some(id), Some(name)) = (item["id"].as_str(), item["name"].as_str()) {
                names.insert((*framework, id.to_owned()), name.to_owned());
            }
        }
    }
    let to = root.join("crates/report/data/controls.tsv");
    std::fs::write(&to, table(&text, &names)?).with_context(|| format!("cannot write `{}`", to.display()))
}

/// `names` are by framework and id; only those of ids that are used, and of their parents, are written.
fn table(text: &str, names: &BTreeMap<(&'static str, String), String>) -> anyhow::Result<String> {
    let crosswalk: Value = serde_json::from_str(text).context("the crosswalk is not JSON")?;
    let field = |key: &str| crosswalk[key].as_str().unwrap_or("?");
    let mut out = String::from(
        "# Which controls of which framework a finding of a theme is evidence for: made by `cargo xtask controls`, not by hand.\n\
         # direct: about the control itself; supporting: it bears on it. Neither is compliance.\n",
    );
    writeln!(
        out,
        "# source: crosswalk version {} of {}; {}",
        field("version"),
        field("date"),
        field("licence")
    )?;
    for framework in FRAMEWORKS {
        writeln!(out, "framework\t{}", framework.join("\t"))?;
    }
    let items = crosswalk["items"].as_array().context("the crosswalk has no items")?;
    let maps = || items.iter().flat_map(|item| item["maps"].as_array().into_iter().flatten());
    let used = |framework: &str, id: &str| {
        maps().any(|map| {
            let child = map["id"].as_str().unwrap_or_default();
            map["framework"] == framework && (child == id || child.starts_with(&format!("{id}.")))
        })
    };
    for ((framework, id), name) in names {
        if used(framework, id) {
            writeln!(out, "name\t{framework}\t{id}\t{name}")?;
        }
    }
    for item in items {
        let theme = item["id"].as_str().context("an item has no id")?;
        let mut rows: BTreeMap<(usize, &str), BTreeSet<&str>> = BTreeMap::new();
        for map in item["maps"].as_array().into_iter().flatten() {
            let (Some(key), Some(id), Some(relation)) =
                (map["framework"].as_str(), map["id"].as_str(), map["confidence"].as_str())
            else {
                bail!("a mapping of {theme} lacks framework, id or confidence");
            };
            if let Some(i) = FRAMEWORKS.iter().position(|f| f[0] == key) {
                rows.entry((i, relation)).or_default().insert(id);
            }
        }
        for ((framework, relation), ids) in rows {
            let ids: Vec<&str> = ids.into_iter().collect();
            writeln!(out, "theme\t{theme}\t{}\t{relation}\t{}", FRAMEWORKS[framework][0], ids.join(","))?;
        }
    }
    Ok(out)
}
