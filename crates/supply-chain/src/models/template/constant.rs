//! Folding: what filters, methods and operators give on known values, as far as attacks build names with them. What is not
//! folded is not known; nothing here grows beyond [`MAX_TEXT`].

use super::value::Const;
use std::rc::Rc;

/// Bytes of a folded text, and items of a folded list.
pub(super) const MAX_TEXT: usize = 16 << 10;

fn text(value: String) -> Option<Const> {
    (value.len() <= MAX_TEXT).then(|| Const::Str(value.into()))
}

fn list(items: Vec<Const>) -> Option<Const> {
    (items.len() <= MAX_TEXT).then(|| Const::List(Rc::new(items)))
}

/// The items that iterating gives: letters, items, keys.
pub(super) fn items(value: &Const) -> Option<Vec<Const>> {
    match value {
        Const::Str(text) if text.len() <= MAX_TEXT => {
            Some(text.chars().map(|c| Const::str(c.to_string())).collect())
        }
        Const::List(items) => Some(items.to_vec()),
        Const::Dict(pairs) => Some(pairs.iter().map(|(key, _)| key.clone()).collect()),
        _ => None,
    }
}

/// `value[index]`.
pub(super) fn item(value: &Const, index: &Const) -> Option<Const> {
    match value {
        Const::Dict(pairs) => {
            pairs.iter().rev().find(|(key, _)| key == index).map(|(_, value)| value.clone())
        }
        Const::List(items) => items.get(position(index.as_int()?, items.len())?).cloned(),
        Const::Str(text) => {
            let letters: Vec<char> = text.chars().collect();
            letters.get(position(index.as_int()?, letters.len())?).map(|c| Const::str(c.to_string()))
        }
        _ => None,
    }
}

fn position(index: i128, length: usize) -> Option<usize> {
    let index = if index < 0 { index.checked_add(i128::try_from(length).ok()?)? } else { index };
    usize::try_from(index).ok()
}

/// `value[start:stop:step]`.
pub(super) fn slice(value: &Const, parts: [Option<i128>; 3]) -> Option<Const> {
    let all = items(value)?;
    let length = i128::try_from(all.len()).ok()?;
    let step = parts[2].unwrap_or(1);
    if step == 0 {
        return None;
    }
    let clamp = |index: i128, low: i128, high: i128| {
        if index < 0 { index.saturating_add(length) } else { index }.clamp(low, high)
    };
    let (mut at, end) = if step > 0 {
        (parts[0].map_or(0, |i| clamp(i, 0, length)), parts[1].map_or(length, |i| clamp(i, 0, length)))
    } else {
        (
            parts[0].map_or(length - 1, |i| clamp(i, -1, length - 1)),
            parts[1].map_or(-1, |i| clamp(i, -1, length - 1)),
        )
    };
    let mut kept = Vec::new();
    while if step > 0 { at < end } else { at > end } {
        kept.push(all.get(usize::try_from(at).ok()?)?.clone());
        at = at.checked_add(step)?;
    }
    match value {
        Const::Str(_) => text(kept.iter().map(Const::text).collect()),
        _ => list(kept),
    }
}

/// `left + right`.
pub(super) fn add(left: &Const, right: &Const) -> Option<Const> {
    match (left, right) {
        (Const::Str(a), Const::Str(b)) => text(format!("{a}{b}")),
        (Const::List(a), Const::List(b)) => list(a.iter().chain(b.iter()).cloned().collect()),
        (a, b) => Some(Const::Int(a.as_int()?.checked_add(b.as_int()?)?)),
    }
}

/// `left * right`; texts repeat.
pub(super) fn multiply(left: &Const, right: &Const) -> Option<Const> {
    let repeat = |value: &Const, count: i128| {
        let count = usize::try_from(count.max(0)).ok()?;
        match value {
            Const::Str(t) if t.len().checked_mul(count)? <= MAX_TEXT => text(t.repeat(count)),
            Const::List(items) if items.len().checked_mul(count)? <= MAX_TEXT => {
                list(std::iter::repeat_n(items.iter(), count).flatten().cloned().collect())
            }
            _ => None,
        }
    };
    match (left, right) {
        (Const::Str(_) | Const::List(_), count) => repeat(left, count.as_int()?),
        (count, Const::Str(_) | Const::List(_)) => repeat(right, count.as_int()?),
        (a, b) => Some(Const::Int(a.as_int()?.checked_mul(b.as_int()?)?)),
    }
}

/// A method of a text, list or dictionary.
pub(super) fn method(value: &Const, name: &str, args: &[Const]) -> Option<Const> {
    let arg = |position: usize| args.get(position).and_then(Const::as_str);
    if let Const::Dict(pairs) = value {
        return match name {
            "items" => list(pairs.iter().map(|(k, v)| Const::list(vec![k.clone(), v.clone()])).collect()),
            "keys" => list(pairs.iter().map(|(k, _)| k.clone()).collect()),
            "values" => list(pairs.iter().map(|(_, v)| v.clone()).collect()),
            "get" | "pop" | "setdefault" => item(value, args.first()?).or_else(|| args.get(1).cloned()),
            _ => None,
        };
    }
    let own = match value {
        Const::Str(text) => &**text,
        Const::List(_) if matches!(name, "copy") => return Some(value.clone()),
        Const::List(items) if name == "pop" => {
            return item(value, args.first().unwrap_or(&Const::Int(-1))).filter(|_| !items.is_empty());
        }
        _ => return None,
    };
    let chars: Vec<char> = arg(0).unwrap_or(" \n\t\r").chars().collect();
    match name {
        "lower" | "casefold" => text(own.to_lowercase()),
        "upper" => text(own.to_uppercase()),
        "title" => text(title(own)),
        "capitalize" => text(capitalize(own)),
        "swapcase" => text(
            own.chars()
                .map(|c| if c.is_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() })
                .collect(),
        ),
        "strip" => text(own.trim_matches(&*chars).to_owned()),
        "lstrip" => text(own.trim_start_matches(&*chars).to_owned()),
        "rstrip" => text(own.trim_end_matches(&*chars).to_owned()),
        "removeprefix" => text(own.strip_prefix(arg(0)?).unwrap_or(own).to_owned()),
        "removesuffix" => text(own.strip_suffix(arg(0)?).unwrap_or(own).to_owned()),
        "replace" => replace(own, arg(0)?, arg(1)?),
        "encode" | "decode"
            if arg(0).is_none_or(|name| name.to_ascii_lowercase().starts_with("utf") || name == "ascii") =>
        {
            Some(value.clone())
        }
        "decode" if matches!(arg(0), Some("hex")) => text(hex(own)?),
        "split" | "rsplit" => match arg(0) {
            Some("") => None,
            Some(separator) => list(own.split(separator).map(Const::str).collect()),
            None => list(own.split_whitespace().map(Const::str).collect()),
        },
        "splitlines" => list(own.lines().map(Const::str).collect()),
        "join" => {
            let parts: Vec<String> = items(args.first()?)?.iter().map(Const::text).collect();
            if parts.iter().map(String::len).sum::<usize>() > MAX_TEXT { None } else { text(parts.join(own)) }
        }
        "format" => format_braces(own, args),
        "startswith" => Some(Const::Bool(own.starts_with(arg(0)?))),
        "endswith" => Some(Const::Bool(own.ends_with(arg(0)?))),
        "find" | "index" => Some(Const::Int(own.find(arg(0)?).map_or(-1, |at| at as i128))),
        "count" => {
            (!arg(0)?.is_empty()).then(|| Const::Int(own.matches(arg(0).unwrap_or(" ")).count() as i128))
        }
        "center" | "ljust" | "rjust" | "zfill" => {
            (args.first()?.as_int()? <= own.len() as i128).then(|| value.clone())
        }
        "translate" => translate(own, args.first()?),
        _ => None,
    }
}

fn translate(own: &str, table: &Const) -> Option<Const> {
    let mut out = String::new();
    for c in own.chars() {
        match item(table, &Const::Int(i128::from(u32::from(c))))
            .or_else(|| item(table, &Const::str(c.to_string())))
        {
            Some(Const::Int(code)) => out.push(char::from_u32(u32::try_from(code).ok()?)?),
            Some(Const::None) => {}
            Some(other) => out.push_str(&other.text()),
            None => out.push(c),
        }
    }
    text(out)
}

fn replace(own: &str, old: &str, new: &str) -> Option<Const> {
    let grown = own.len().saturating_add(own.len().saturating_add(1).saturating_mul(new.len()));
    (grown <= MAX_TEXT * 16).then(|| own.replace(old, new)).and_then(text)
}

fn title(own: &str) -> String {
    let mut start = true;
    own.chars()
        .map(|c| {
            let now = std::mem::replace(&mut start, !c.is_alphanumeric());
            if now { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() }
        })
        .collect()
}

fn capitalize(own: &str) -> String {
    let mut letters = own.chars();
    letters
        .next()
        .map_or_else(String::new, |c| c.to_uppercase().collect::<String>() + &letters.as_str().to_lowercase())
}

fn hex(own: &str) -> Option<String> {
    if !own.is_ascii() {
        return None;
    }
    let bytes: Option<Vec<u8>> = own
        .as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect();
    String::from_utf8(bytes?).ok()
}

/// A filter.
pub(super) fn filter(value: &Const, name: &str, args: &[Const]) -> Option<Const> {
    match name {
        "lower" | "upper" | "title" | "capitalize" | "replace" | "center" => {
            method(&Const::str(value.text()), name, args)
        }
        "trim" => method(&Const::str(value.text()), "strip", args),
        "string" | "escape" | "e" | "safe" | "forceescape" | "striptags" | "urlize" => text(value.text()),
        "list" => list(items(value)?),
        "first" => items(value)?.first().cloned(),
        "last" => items(value)?.last().cloned(),
        "reverse" => match value {
            Const::Str(own) => text(own.chars().rev().collect()),
            _ => list(items(value)?.into_iter().rev().collect()),
        },
        "join" => {
            let separator = args.first().map(Const::text).unwrap_or_default();
            let parts: Vec<String> = items(value)?.iter().map(Const::text).collect();
            if parts.iter().map(String::len).sum::<usize>() > MAX_TEXT {
                None
            } else {
                text(parts.join(&separator))
            }
        }
        "sum" => items(value)?
            .iter()
            .try_fold(args.first().cloned().unwrap_or(Const::Int(0)), |sum, item| add(&sum, item)),
        "sort" | "unique" => {
            let mut all = items(value)?;
            all.sort_by_key(|item| item.text());
            if name == "unique" {
                all.dedup();
            }
            list(all)
        }
        "length" | "count" => Some(Const::Int(items(value)?.len() as i128)),
        "int" => Some(Const::Int(value.as_int().or_else(|| value.as_str()?.trim().parse().ok())?)),
        "abs" => Some(Const::Int(value.as_int()?.checked_abs()?)),
        "items" | "dictsort" => method(value, "items", &[]),
        "default" | "d" => Some(value.clone()),
        "format" => format_percent(value.as_str()?, args),
        "tojson" => match value {
            Const::Str(own) => text(format!("\"{own}\"")),
            other => text(other.text()),
        },
        _ => None,
    }
}

/// `'%s%c'|format(…)` and `'…' % …`.
pub(super) fn format_percent(pattern: &str, args: &[Const]) -> Option<Const> {
    let mut out = String::new();
    let mut args = args.iter();
    let mut letters = pattern.chars().peekable();
    while let Some(c) = letters.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        if letters.next_if_eq(&'%').is_some() {
            out.push('%');
            continue;
        }
        while letters.next_if(|c| c.is_ascii_digit() || "-+ #.".contains(*c)).is_some() {}
        let conversion = letters.next()?;
        let arg = args.next()?;
        match conversion {
            'c' => match arg.as_int() {
                Some(code) => out.push(char::from_u32(u32::try_from(code).ok()?)?),
                None => out.push_str(&arg.text()),
            },
            'x' => out.push_str(&format!("{:x}", arg.as_int()?)),
            's' | 'r' | 'd' | 'i' => out.push_str(&arg.text()),
            _ => return None,
        }
        if out.len() > MAX_TEXT {
            return None;
        }
    }
    text(out)
}

/// A replacement field of `str.format`: the name with its attributes and items, and the width it asks for.
pub(super) fn format_fields(pattern: &str) -> Vec<(String, Option<u64>)> {
    let mut fields = Vec::new();
    let mut rest = pattern;
    while let Some(at) = rest.find('{') {
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('{') {
            rest = after;
            continue;
        }
        let end = rest.find('}').unwrap_or(rest.len());
        let (name, spec) = rest[..end].split_once(':').unwrap_or((&rest[..end], ""));
        let width: String =
            spec.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
        fields.push((name.split('!').next().unwrap_or(name).to_owned(), width.parse().ok()));
        rest = &rest[end..];
        if fields.len() >= 256 {
            break;
        }
    }
    fields
}

fn format_braces(pattern: &str, args: &[Const]) -> Option<Const> {
    let mut out = String::new();
    let mut rest = pattern;
    let mut next = 0;
    while let Some(at) = rest.find(['{', '}']) {
        out.push_str(&rest[..at]);
        let tail = &rest[at..];
        if let Some(after) = tail.strip_prefix("{{").or_else(|| tail.strip_prefix("}}")) {
            out.push_str(&tail[..1]);
            rest = after;
            continue;
        }
        let end = tail.find('}')?;
        let field = tail.get(1..end)?;
        let (name, spec) = field.split_once(':').unwrap_or((field, ""));
        let arg = if name.is_empty() {
            next += 1;
            args.get(next - 1)?
        } else {
            args.get(name.parse::<usize>().ok()?)?
        };
        match spec {
            "c" => out.push(char::from_u32(u32::try_from(arg.as_int()?).ok()?)?),
            _ => out.push_str(&arg.text()),
        }
        if out.len() > MAX_TEXT {
            return None;
        }
        rest = &tail[end + 1..];
    }
    out.push_str(rest);
    text(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn s(text: &str) -> Const {
        Const::str(text)
    }

    #[test]
    fn slices_follow_python() {
        assert_eq!(slice(&s("__ssalc__"), [None, None, Some(-1)]), Some(s("__class__")));
        assert_eq!(slice(&s("abcdef"), [Some(1), Some(-1), Some(2)]), Some(s("bd")));
        assert_eq!(slice(&s("abc"), [Some(-2), None, None]), Some(s("bc")));
        assert_eq!(slice(&s("abc"), [None, None, Some(0)]), None);
    }

    #[test]
    fn names_are_built_in_many_ways() {
        assert_eq!(format_percent("%s%c%s", &[s("__cla"), Const::Int(115), s("s__")]), Some(s("__class__")));
        assert_eq!(method(&s("{}{:c}"), "format", &[s("a"), Const::Int(95)]), Some(s("a_")));
        assert_eq!(method(&s("-"), "join", &[Const::list(vec![s("a"), s("b")])]), Some(s("a-b")));
        assert_eq!(method(&s("5f5f"), "decode", &[s("hex")]), Some(s("__")));
        assert_eq!(filter(&s("abc"), "reverse", &[]), Some(s("cba")));
    }

    #[test]
    fn nothing_grows_without_bound() {
        assert_eq!(multiply(&s("a"), &Const::Int(i128::MAX)), None);
        assert_eq!(method(&s(&"a".repeat(10_000)), "replace", &[s("a"), s(&"b".repeat(10_000))]), None);
    }
}
