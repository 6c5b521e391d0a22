//! Texts that are put together, as far as attacks do it to hide a name or a command.

use ruff_python_ast::{Expr, ExprBinOp, Number, Operator, UnaryOp};

const MAX: usize = 64 << 10;

/// The text that an expression gives; bytes as Latin-1. None when it is not known.
pub(super) fn text(expr: &Expr, names: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    let value = match expr {
        Expr::StringLiteral(literal) => literal.value.to_str().to_owned(),
        Expr::BytesLiteral(literal) => literal.value.bytes().map(char::from).collect(),
        Expr::Name(name) => names(name.id.as_str())?,
        Expr::BinOp(op) => binary(op, names)?,
        Expr::FString(string) => {
            let mut out = String::new();
            for element in string.value.elements() {
                match element {
                    ruff_python_ast::InterpolatedStringElement::Literal(part) => out.push_str(&part.value),
                    ruff_python_ast::InterpolatedStringElement::Interpolation(part) => {
                        out.push_str(&text(&part.expression, names)?)
                    }
                }
            }
            out
        }
        Expr::Subscript(item) => {
            let whole = text(&item.value, names)?;
            let letters: Vec<char> = whole.chars().collect();
            match &*item.slice {
                Expr::Slice(slice) => {
                    let bound = |part: &Option<Box<Expr>>| part.as_ref().map(|part| int(part));
                    let (start, stop, step) = (bound(&slice.lower), bound(&slice.upper), bound(&slice.step));
                    if [start, stop, step].contains(&Some(None)) {
                        return None;
                    }
                    cut(&letters, start.flatten(), stop.flatten(), step.flatten().unwrap_or(1))?
                }
                index => letters.get(position(int(index)?, letters.len())?).map(char::to_string)?,
            }
        }
        Expr::Call(call) => called(call, names)?,
        _ => return None,
    };
    (value.len() <= MAX).then_some(value)
}

fn binary(op: &ExprBinOp, names: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    match op.op {
        Operator::Add => Some(text(&op.left, names)? + &text(&op.right, names)?),
        Operator::Mult => {
            let count = usize::try_from(int(&op.right)?).ok()?;
            let unit = text(&op.left, names)?;
            (unit.len().checked_mul(count)? <= MAX).then(|| unit.repeat(count))
        }
        Operator::Mod => {
            let pattern = text(&op.left, names)?;
            let args: Vec<String> = match &*op.right {
                Expr::Tuple(tuple) => tuple.elts.iter().map(|arg| text(arg, names)).collect::<Option<_>>()?,
                other => vec![text(other, names)?],
            };
            let mut args = args.into_iter();
            let mut parts = pattern.split("%s");
            let mut out = parts.next()?.to_owned();
            for part in parts {
                out.push_str(&args.next()?);
                out.push_str(part);
            }
            Some(out)
        }
        _ => None,
    }
}

fn called(call: &ruff_python_ast::ExprCall, names: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    let args = &call.arguments.args;
    let arg = |position: usize| args.get(position).and_then(|arg| text(arg, names));
    match &*call.func {
        Expr::Name(name) => match name.id.as_str() {
            "chr" => char::from_u32(u32::try_from(int(args.first()?)?).ok()?).map(|c| c.to_string()),
            "str" => arg(0),
            "bytes" | "bytearray" => match args.first()? {
                Expr::List(list) => codes(&list.elts),
                Expr::Tuple(tuple) => codes(&tuple.elts),
                other => text(other, names),
            },
            _ => None,
        },
        Expr::Attribute(method) => {
            let name = method.attr.as_str();
            if matches!(
                name,
                "b64decode" | "urlsafe_b64decode" | "standard_b64decode" | "a85decode" | "b32decode"
            ) {
                return if name == "a85decode" || name == "b32decode" { None } else { base64(&arg(0)?) };
            }
            if matches!(name, "fromhex" | "unhexlify" | "a2b_hex") {
                return hex(&arg(0)?);
            }
            if name == "join" {
                let separator = text(&method.value, names)?;
                let parts: Vec<String> = match args.first()? {
                    Expr::List(list) => {
                        list.elts.iter().map(|part| text(part, names)).collect::<Option<_>>()?
                    }
                    Expr::Tuple(tuple) => {
                        tuple.elts.iter().map(|part| text(part, names)).collect::<Option<_>>()?
                    }
                    Expr::Call(inner) => mapped_chr(inner)?,
                    Expr::ListComp(comp) => listed_chr(&comp.elt, &comp.generators)?,
                    Expr::Generator(comp) => listed_chr(&comp.elt, &comp.generators)?,
                    Expr::Subscript(_) | Expr::StringLiteral(_) => {
                        text(args.first()?, names)?.chars().map(String::from).collect()
                    }
                    _ => return None,
                };
                return Some(parts.join(&separator));
            }
            if name == "decode" && (arg(0).is_some_and(|codec| codec.contains("rot"))) {
                return Some(rot13(&text(&method.value, names)?));
            }
            if matches!((&*method.value, name), (Expr::Name(module), "decode") if module.id.as_str() == "codecs")
            {
                let codec = arg(1)?;
                return match codec.as_str() {
                    "rot13" | "rot_13" => Some(rot13(&arg(0)?)),
                    "hex" => hex(&arg(0)?),
                    "base64" => base64(&arg(0)?),
                    _ => None,
                };
            }
            let own = text(&method.value, names)?;
            match name {
                "decode" | "encode" | "format" if args.is_empty() => Some(own),
                "decode" | "encode" => Some(own),
                "lower" => Some(own.to_lowercase()),
                "upper" => Some(own.to_uppercase()),
                "strip" => Some(own.trim().to_owned()),
                "replace" => Some(own.replace(&arg(0)?, &arg(1)?)),
                "format" => {
                    let mut parts = own.split("{}");
                    let mut out = parts.next()?.to_owned();
                    for (position, part) in parts.enumerate() {
                        out.push_str(&arg(position)?);
                        out.push_str(part);
                    }
                    Some(out)
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// `map(chr, [111, 115])`.
fn mapped_chr(call: &ruff_python_ast::ExprCall) -> Option<Vec<String>> {
    match (&*call.func, &*call.arguments.args) {
        (Expr::Name(map), [Expr::Name(chr), list])
            if map.id.as_str() == "map" && chr.id.as_str() == "chr" =>
        {
            match list {
                Expr::List(list) => codes(&list.elts),
                Expr::Tuple(tuple) => codes(&tuple.elts),
                _ => None,
            }
        }
        (Expr::Name(reversed), [inner]) if reversed.id.as_str() == "reversed" => {
            text(inner, &|_| None).map(|text| text.chars().rev().collect())
        }
        _ => None,
    }
    .map(|text| vec![text])
}

/// `chr(c) for c in [111, 115]`.
fn listed_chr(element: &Expr, generators: &[ruff_python_ast::Comprehension]) -> Option<Vec<String>> {
    let [generator] = generators else { return None };
    let is_chr = matches!(element, Expr::Call(call) if matches!(&*call.func, Expr::Name(name) if name.id.as_str() == "chr") && matches!(call.arguments.args.first(), Some(Expr::Name(_))));
    match &generator.iter {
        Expr::List(list) if is_chr => codes(&list.elts).map(|text| vec![text]),
        Expr::Tuple(tuple) if is_chr => codes(&tuple.elts).map(|text| vec![text]),
        _ => None,
    }
}

fn codes(items: &[Expr]) -> Option<String> {
    items.iter().map(|item| char::from_u32(u32::try_from(int(item)?).ok()?)).collect()
}

/// A whole number.
pub(super) fn int(expr: &Expr) -> Option<i64> {
    match expr {
        Expr::NumberLiteral(number) => match &number.value {
            Number::Int(value) => value.as_i64(),
            _ => None,
        },
        Expr::UnaryOp(op) if op.op == UnaryOp::USub => int(&op.operand)?.checked_neg(),
        Expr::BinOp(op) => {
            let (left, right) = (int(&op.left)?, int(&op.right)?);
            match op.op {
                Operator::Add => left.checked_add(right),
                Operator::Sub => left.checked_sub(right),
                Operator::BitXor => Some(left ^ right),
                Operator::Mult => left.checked_mul(right),
                _ => None,
            }
        }
        _ => None,
    }
}

fn position(index: i64, length: usize) -> Option<usize> {
    let index = if index < 0 { index.checked_add(i64::try_from(length).ok()?)? } else { index };
    usize::try_from(index).ok()
}

fn cut(letters: &[char], start: Option<i64>, stop: Option<i64>, step: i64) -> Option<String> {
    let length = i64::try_from(letters.len()).ok()?;
    if step == 0 {
        return None;
    }
    let clamp = |index: i64, low: i64, high: i64| {
        if index < 0 { index.saturating_add(length) } else { index }.clamp(low, high)
    };
    let (mut at, end) = if step > 0 {
        (start.map_or(0, |i| clamp(i, 0, length)), stop.map_or(length, |i| clamp(i, 0, length)))
    } else {
        (
            start.map_or(length - 1, |i| clamp(i, -1, length - 1)),
            stop.map_or(-1, |i| clamp(i, -1, length - 1)),
        )
    };
    let mut out = String::new();
    while if step > 0 { at < end } else { at > end } {
        out.push(*letters.get(usize::try_from(at).ok()?)?);
        at = at.checked_add(step)?;
    }
    Some(out)
}

fn hex(text: &str) -> Option<String> {
    let digits: Vec<u32> =
        text.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_digit(16)).collect::<Option<_>>()?;
    digits.chunks(2).map(|pair| char::from_u32(pair.iter().fold(0, |sum, digit| sum * 16 + digit))).collect()
}

fn rot13(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            'a'..='z' => char::from((c as u8 - b'a' + 13) % 26 + b'a'),
            'A'..='Z' => char::from((c as u8 - b'A' + 13) % 26 + b'A'),
            other => other,
        })
        .collect()
}

fn base64(text: &str) -> Option<String> {
    let mut out = String::new();
    let (mut bits, mut count) = (0u32, 0);
    for byte in text.bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' | b'\n' | b'\r' | b' ' => continue,
            _ => return None,
        };
        bits = (bits << 6) | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push(char::from(u8::try_from((bits >> count) & 0xff).ok()?));
        }
    }
    Some(out)
}
