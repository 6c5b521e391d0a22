//! From TOML to [`Config`].

use super::{
    Config, Error, LIMITS, Scope, Waiver,
    table::{Table, Text},
};
use crate::Glob;
use std::collections::BTreeMap;
use toml::de::DeTable;

pub(super) fn config(source: &str) -> Result<Config, Error> {
    let text = Text(source);
    let root = DeTable::parse(source).map_err(|e| {
        let message = e.message().lines().next().unwrap_or("not TOML").to_owned();
        text.error(&e.span().unwrap_or(0..0), message, None)
    })?;
    let file = Table::new(text, "file", root.span(), root.get_ref())?;
    let gate = file.table("gate")?;
    let waivers = file.table("waivers")?;
    let mut config = Config { severities: file.severities("severity")?, ..Config::default() };
    if let Some(gate) = gate {
        config.fail_on = gate.severity("fail-on")?;
        config.strict = gate.bool("strict")?;
        config.allow_unknown = gate.filled("allow-unknown")?;
        config.baseline = gate.filled("baseline")?;
    }
    if let Some(waivers) = waivers {
        config.never = waivers.texts("never")?.into_iter().collect();
        config.max_days = match waivers.size("max-days")? {
            None => None,
            Some(days) => match u32::try_from(days) {
                Ok(days @ 1..=36_500) => Some(days),
                _ => return Err(waivers.error("max-days", "`max-days` takes 1 to 36500", None)),
            },
        };
    }
    config.scopes = file.tables("scope")?.iter().map(scope).collect::<Result<_, _>>()?;
    config.waivers = file.tables("waiver")?.iter().map(waiver).collect::<Result<_, _>>()?;
    config.limits = match file.table("limits")? {
        None => BTreeMap::new(),
        Some(table) => limits(&table)?,
    };
    Ok(config)
}

fn limits(table: &Table<'_>) -> Result<BTreeMap<String, u64>, Error> {
    let mut limits = BTreeMap::new();
    for (name, _) in LIMITS {
        if let Some(value) = table.size(name)? {
            limits.insert((*name).to_owned(), value);
        }
    }
    Ok(limits)
}

fn scope(table: &Table<'_>) -> Result<Scope, Error> {
    let paths = table.texts("paths")?;
    if paths.is_empty() {
        return Err(table.error("paths", "`paths` is empty, so the scope holds for nothing", None));
    }
    Ok(Scope {
        paths: paths.iter().map(|p| Glob::new(p)).collect(),
        fail_on: table.severity("fail-on")?,
        severities: table.severities("severity")?,
        ignore: table.filled("ignore")?,
    })
}

fn waiver(table: &Table<'_>) -> Result<Waiver, Error> {
    let fingerprint = table.text("fingerprint")?;
    if let Some(print) = &fingerprint
        && !whole_fingerprint(print)
    {
        let hint =
            "take it from the report: f1- and 24 hexadecimal digits; the beginning alone could be forged"
                .to_owned();
        return Err(table.error("fingerprint", format!("`{print}` is not a whole fingerprint"), Some(hint)));
    }
    if fingerprint.is_none() && !(table.has("rule") && table.has("asset")) {
        let hint = "name the finding by `fingerprint`, or by `rule` and `asset`".to_owned();
        return Err(table.error("", "this waiver says not what it waives", Some(hint)));
    }
    Ok(Waiver {
        rule: table.filled("rule")?,
        asset: table.filled("asset")?.map(|pattern| Glob::whole(&pattern)),
        fingerprint,
        reason: table.filled("reason")?.unwrap_or_default(),
        by: table.filled("by")?,
        until: table.day("until")?,
        line: table.line(),
    })
}

/// A fingerprint is matched whole: the first digits of another one can be found by trying.
pub(crate) fn whole_fingerprint(text: &str) -> bool {
    text.strip_prefix("f1-").is_some_and(|hex| {
        hex.len() == 24 && hex.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    })
}
