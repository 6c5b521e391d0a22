//! The configuration file, from the one list of its keys.

use super::GENERATED;
use std::fmt::Write;

pub(super) fn page() -> String {
    let mut text = format!(
        "# Configuration\n\n{GENERATED}A file in TOML, named by `--config` or `--policy`, or one of your own at \
         `$XDG_CONFIG_HOME/modelward/config.toml`. For one key the strongest that names it wins: flags, `--policy`, `--config`, \
         your own file. A `.modelward.toml` in what is scanned may only tighten: a lower `fail-on`, `strict`, a raised severity \
         where nothing stronger speaks; all else in it is ignored, and the report says so.\n\n\
         An unknown key is an error. `modelward schema config` prints the JSON Schema, `modelward policy check` checks a file.\n\n\
         `[severity]` takes a rule and the severity that its findings get: `missing-licence = \"info\"`.\n"
    );
    for (table, keys) in modelward_policy::reference() {
        let header =
            if ["scope", "waiver"].contains(&table) { format!("[[{table}]]") } else { format!("[{table}]") };
        let _ = writeln!(text, "\n## `{header}`\n\n| key | takes | |\n|---|---|---|");
        for (key, takes, doc, needed) in keys {
            let needed = if needed { " (needed)" } else { "" };
            let _ = writeln!(text, "| `{key}` | {takes} | {doc}{needed} |");
        }
    }
    text
}
