//! A TOML table that knows its keys and where they stand, so that an error can name the place and the likely meaning.

use super::{
    Error,
    keys::{Key, keys},
};
use crate::Date;
use modelward_kernel::Severity;
use std::{collections::BTreeMap, ops::Range};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// The text of the file, to turn byte ranges into lines.
#[derive(Clone, Copy, Debug)]
pub(super) struct Text<'t>(pub(super) &'t str);

impl Text<'_> {
    /// The line and column, from 1, of a byte offset.
    fn position(self, offset: usize) -> (usize, usize) {
        let before = self.0.get(..offset).unwrap_or(self.0);
        let line = before.matches('\n').count() + 1;
        let start = before.rfind('\n').map_or(0, |i| i + 1);
        (line, before[start..].chars().count() + 1)
    }

    pub(super) fn line(self, span: &Range<usize>) -> usize {
        self.position(span.start).0
    }

    pub(super) fn error(
        self,
        span: &Range<usize>,
        message: impl Into<String>,
        hint: Option<String>,
    ) -> Error {
        let (line, column) = self.position(span.start);
        Error { line, column, message: message.into(), hint }
    }
}

/// A table of the file whose keys were all checked.
#[derive(Debug)]
pub(super) struct Table<'t> {
    text: Text<'t>,
    span: Range<usize>,
    entries: BTreeMap<&'static str, (Range<usize>, &'t DeValue<'t>)>,
}

impl<'t> Table<'t> {
    /// Takes the table called `name` in the list of keys.
    pub(super) fn new(
        text: Text<'t>,
        name: &str,
        span: Range<usize>,
        table: &'t DeTable<'t>,
    ) -> Result<Self, Error> {
        let known: Vec<&'static str> = if name == "limits" {
            super::LIMITS.iter().map(|(name, _)| *name).collect()
        } else {
            keys(name).iter().map(|key| key.name).collect()
        };
        let mut entries = BTreeMap::new();
        for (key, value) in table {
            let Some(known_name) = known.iter().find(|k| **k == key.get_ref().as_ref()) else {
                let hint = match suggestion(key.get_ref(), &known) {
                    Some(name) => format!("did you mean `{name}`?"),
                    None => format!("the keys here are {}", known.join(", ")),
                };
                return Err(text.error(&key.span(), format!("unknown key `{}`", key.get_ref()), Some(hint)));
            };
            entries.insert(*known_name, (value.span(), value.get_ref()));
        }
        if let Some(missing) = keys(name).iter().find(|k| k.required && !entries.contains_key(k.name)) {
            let Key { name: key, doc, .. } = missing;
            return Err(text.error(&span, format!("`{key}` is missing here"), Some(format!("{key}: {doc}"))));
        }
        Ok(Table { text, span, entries })
    }

    pub(super) fn line(&self) -> usize {
        self.text.line(&self.span)
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.entries.contains_key(key)
    }

    pub(super) fn error(&self, key: &str, message: impl Into<String>, hint: Option<String>) -> Error {
        let span = self.entries.get(key).map_or(&self.span, |(span, _)| span);
        self.text.error(span, message, hint)
    }

    fn wrong(&self, key: &str, wanted: &str, value: &DeValue<'_>) -> Error {
        self.error(key, format!("`{key}` takes {wanted}, not {}", a_or_an(value.type_str())), None)
    }

    pub(super) fn text(&self, key: &str) -> Result<Option<String>, Error> {
        match self.entries.get(key) {
            None => Ok(None),
            Some((_, DeValue::String(value))) => Ok(Some(value.to_string())),
            Some((_, value)) => Err(self.wrong(key, "a text", value)),
        }
    }

    /// A text that says something: a reason, a name.
    pub(super) fn filled(&self, key: &str) -> Result<Option<String>, Error> {
        match self.text(key)? {
            Some(text) if text.trim().is_empty() => Err(self.error(key, format!("`{key}` is empty"), None)),
            text => Ok(text),
        }
    }

    /// A day, as a TOML date or as text.
    pub(super) fn day(&self, key: &str) -> Result<Option<Date>, Error> {
        let text = match self.entries.get(key) {
            Some((_, DeValue::Datetime(day))) => Some(day.to_string()),
            _ => self.text(key)?,
        };
        text.map(|day| day.parse::<Date>().map_err(|message| self.error(key, message, None))).transpose()
    }

    pub(super) fn bool(&self, key: &str) -> Result<Option<bool>, Error> {
        match self.entries.get(key) {
            None => Ok(None),
            Some((_, DeValue::Boolean(value))) => Ok(Some(*value)),
            Some((_, value)) => Err(self.wrong(key, "true or false", value)),
        }
    }

    /// A whole number, or a text such as `4 GiB`.
    pub(super) fn size(&self, key: &str) -> Result<Option<u64>, Error> {
        let Some((_, value)) = self.entries.get(key) else { return Ok(None) };
        let number = match value {
            DeValue::Integer(value) => u64::from_str_radix(value.as_str(), value.radix()).ok(),
            DeValue::String(value) => size(value),
            value => return Err(self.wrong(key, "a number or a size such as \"4 GiB\"", value)),
        };
        number.map(Some).ok_or_else(|| {
            self.error(key, format!("`{key}` takes a number or a size such as \"4 GiB\""), None)
        })
    }

    pub(super) fn texts(&self, key: &str) -> Result<Vec<String>, Error> {
        let Some((_, value)) = self.entries.get(key) else { return Ok(Vec::new()) };
        let DeValue::Array(items) = value else { return Err(self.wrong(key, "a list of texts", value)) };
        items
            .iter()
            .map(|item| match item.get_ref() {
                DeValue::String(text) => Ok(text.to_string()),
                value => Err(self.text.error(
                    &item.span(),
                    format!("`{key}` takes texts, not {}", a_or_an(value.type_str())),
                    None,
                )),
            })
            .collect()
    }

    pub(super) fn severity(&self, key: &str) -> Result<Option<Severity>, Error> {
        match self.text(key)? {
            None => Ok(None),
            Some(word) => word.parse().map(Some).map_err(|message: String| self.error(key, message, None)),
        }
    }

    /// Rule id to severity.
    pub(super) fn severities(&self, key: &str) -> Result<BTreeMap<String, Severity>, Error> {
        let Some((_, value)) = self.entries.get(key) else { return Ok(BTreeMap::new()) };
        let DeValue::Table(table) = value else { return Err(self.wrong(key, "a table of rules", value)) };
        table
            .iter()
            .map(|(rule, value)| {
                let word = match value.get_ref() {
                    DeValue::String(word) => word.as_ref(),
                    _ => "",
                };
                let severity =
                    word.parse().map_err(|message: String| self.text.error(&value.span(), message, None))?;
                Ok((rule.get_ref().to_string(), severity))
            })
            .collect()
    }

    /// The table at `key`.
    pub(super) fn table(&self, key: &str) -> Result<Option<Table<'t>>, Error> {
        match self.entries.get(key) {
            None => Ok(None),
            Some((span, DeValue::Table(table))) => Table::new(self.text, key, span.clone(), table).map(Some),
            Some((_, value)) => Err(self.wrong(key, "a table", value)),
        }
    }

    /// The tables at `[[key]]`.
    pub(super) fn tables(&self, key: &str) -> Result<Vec<Table<'t>>, Error> {
        let Some((_, value)) = self.entries.get(key) else { return Ok(Vec::new()) };
        let DeValue::Array(items) = value else {
            return Err(self.error(key, format!("`{key}` is a list: write it as [[{key}]]"), None));
        };
        items
            .iter()
            .map(|item: &Spanned<DeValue<'t>>| match item.get_ref() {
                DeValue::Table(table) => Table::new(self.text, key, item.span(), table),
                value => Err(self.wrong(key, "tables", value)),
            })
            .collect()
    }
}

/// Bytes or a count, as a user writes it: `4096`, `64 MiB`, `2 GB`, `20_000`.
#[must_use]
pub fn size(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '_').unwrap_or(text.len());
    let number: u64 = text[..digits].replace('_', "").parse().ok()?;
    let unit: u64 = match text[digits..].trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kb" => 1_000,
        "m" | "mb" => 1_000_000,
        "g" | "gb" => 1_000_000_000,
        "t" | "tb" => 1_000_000_000_000,
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        "tib" => 1 << 40,
        _ => return None,
    };
    number.checked_mul(unit)
}

fn a_or_an(noun: &str) -> String {
    let article = if noun.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {noun}")
}

/// The known word that a misspelt one most likely means: at most a third of its letters differ.
#[must_use]
pub fn suggestion<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    let word = word.replace('_', "-").to_lowercase();
    known
        .iter()
        .map(|candidate| (distance(&word, candidate), *candidate))
        .filter(|(distance, candidate)| *distance <= candidate.len().max(3) / 3)
        .min()
        .map(|(_, candidate)| candidate)
}

/// The Levenshtein distance.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().take(64).enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}
