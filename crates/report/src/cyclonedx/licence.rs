//! Licences: an id where the name is one of SPDX, else the name as it stands.

use crate::hostile::visible;
use modelward_kernel::{Asset, Value as Property};
use serde_json::{Value, json};

/// The ids that model hubs write in lower case, in the spelling of the SPDX list.
const SPDX: &[&str] = &[
    "AFL-3.0",
    "AGPL-3.0-only",
    "Apache-2.0",
    "Artistic-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSD-3-Clause-Clear",
    "BSL-1.0",
    "CC-BY-2.0",
    "CC-BY-2.5",
    "CC-BY-3.0",
    "CC-BY-4.0",
    "CC-BY-NC-2.0",
    "CC-BY-NC-3.0",
    "CC-BY-NC-4.0",
    "CC-BY-NC-ND-3.0",
    "CC-BY-NC-ND-4.0",
    "CC-BY-NC-SA-2.0",
    "CC-BY-NC-SA-3.0",
    "CC-BY-NC-SA-4.0",
    "CC-BY-ND-4.0",
    "CC-BY-SA-3.0",
    "CC-BY-SA-4.0",
    "CC0-1.0",
    "CDLA-Permissive-1.0",
    "CDLA-Permissive-2.0",
    "CDLA-Sharing-1.0",
    "ECL-2.0",
    "EPL-1.0",
    "EPL-2.0",
    "EUPL-1.1",
    "EUPL-1.2",
    "GFDL-1.3-only",
    "GPL-2.0-only",
    "GPL-3.0-only",
    "ISC",
    "LGPL-2.1-only",
    "LGPL-3.0-only",
    "MIT",
    "MPL-2.0",
    "MS-PL",
    "MulanPSL-2.0",
    "NCSA",
    "ODbL-1.0",
    "ODC-By-1.0",
    "OFL-1.1",
    "OSL-3.0",
    "PDDL-1.0",
    "PostgreSQL",
    "Unlicense",
    "WTFPL",
    "Zlib",
];

/// The licence choices of a component; empty when it names none.
pub(super) fn choices(asset: &Asset) -> Vec<Value> {
    let Some(value) = asset.properties.get("licence") else { return Vec::new() };
    let names: Vec<&str> = match value {
        Property::Text(text) => vec![text],
        Property::List(items) => items.iter().filter_map(Property::as_text).collect(),
        _ => Vec::new(),
    };
    names.into_iter().filter(|name| !name.trim().is_empty()).map(choice).collect()
}

fn choice(name: &str) -> Value {
    match id(name) {
        Some(id) => json!({ "license": { "id": id } }),
        None => json!({ "license": { "name": visible(name) } }),
    }
}

fn id(name: &str) -> Option<&'static str> {
    let known = |wanted: &str| SPDX.iter().find(|id| id.eq_ignore_ascii_case(wanted)).copied();
    known(name).or_else(|| match name.to_ascii_lowercase().as_str() {
        "gpl-2.0" => Some("GPL-2.0-only"),
        "gpl-3.0" => Some("GPL-3.0-only"),
        "lgpl-2.1" => Some("LGPL-2.1-only"),
        "lgpl-3.0" => Some("LGPL-3.0-only"),
        "agpl-3.0" => Some("AGPL-3.0-only"),
        "gfdl" => Some("GFDL-1.3-only"),
        "odbl" => Some("ODbL-1.0"),
        "pddl" => Some("PDDL-1.0"),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hub_spelling_becomes_an_spdx_id() {
        assert_eq!(choice("apache-2.0"), json!({ "license": { "id": "Apache-2.0" } }));
        assert_eq!(choice("gpl-3.0"), json!({ "license": { "id": "GPL-3.0-only" } }));
        assert_eq!(choice("llama3\u{202e}"), json!({ "license": { "name": "llama3\\u{202e}" } }));
    }
}
