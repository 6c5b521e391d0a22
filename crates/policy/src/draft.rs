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
