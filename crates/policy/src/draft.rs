//! Drafts of what a user would write by hand.

use crate::{Date, config::whole_fingerprint};

/// The lines of a waiver for `fingerprint`, ready to be put into a configuration file.
///
/// # Errors
/// A sentence when the fingerprint is not a whole one, or the reason is empty.
pub fn waiver(
    fingerprint: &str,
    reason: &str,
    by: Option<&str>,
    until: Option<Date>,
) -> Result<String, String> {
    if !whole_fingerprint(fingerprint) {
        return Err(format!("`{fingerprint}` is not a whole fingerprint: f1- and 24 hexadecimal digits"));
    }
    if reason.trim().is_empty() {
        return Err("a waiver needs a reason".to_owned());
    }
    let mut text =
        format!("[[waiver]]\nfingerprint = {}\nreason = {}\n", quoted(fingerprint), quoted(reason));
    if let Some(by) = by {
        text.push_str(&format!("by = {}\n", quoted(by)));
    }
    if let Some(until) = until {
        text.push_str(&format!("until = {until}\n"));
    }
    Ok(text)
}

/// The text without the waivers whose tables begin on the given lines: each goes from its header to the next one.
#[must_use]
pub fn prune(text: &str, lines: &[usize]) -> String {
    let mut out = String::new();
    let mut removing = false;
    for (i, line) in text.split_inclusive('\n').enumerate() {
        if line.trim_start().starts_with('[') {
            removing = lines.contains(&(i + 1)) && line.trim_start().starts_with("[[waiver]]");
        }
        if !removing {
            out.push_str(line);
        }
    }
    out
}

/// A TOML basic string on one line.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => out.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Config;

    #[test]
    fn a_draft_is_a_configuration() {
        let print = format!("f1-{}", "0".repeat(24));
        let reason = "says \"no\"\n[[waiver]]\\";
        let text = waiver(&print, reason, Some("ana"), "2026-12-31".parse().ok()).unwrap();
        let config = Config::parse(&text).unwrap();
        assert_eq!(config.waivers.len(), 1);
        assert_eq!(config.waivers[0].reason, reason);
        assert!(waiver("f1-00", "r", None, None).is_err());
        assert!(waiver(&print, " ", None, None).is_err());
    }

    #[test]
    fn pruning_removes_whole_tables() {
        let one = "[[waiver]]\nrule = 'a'\nasset = 'x'\nreason = 'r'\n\n";
        let text = format!("[gate]\nstrict = true\n\n{one}{one}[limits]\nmembers = 1\n");
        let lines: Vec<usize> = Config::parse(&text).unwrap().waivers.iter().map(|w| w.line).collect();
        let pruned = prune(&text, &lines[..1]);
        let config = Config::parse(&pruned).unwrap();
        assert_eq!((config.waivers.len(), config.strict, config.limits["members"]), (1, Some(true), 1));
    }
}
