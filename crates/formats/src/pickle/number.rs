//! The numbers that stand as text in INT, LONG, FLOAT, GET and PUT, as C's and Python's parsers take them. They differ: C
//! reads `010` as eight and stops at a NUL, Python takes `1_0.0`, spaces and `1e400` for floating point numbers.

/// A whole number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Whole {
    Small(i64),
    Big {
        negative: bool,
        bits: u64,
    },
    /// INT's `00` and `01`.
    Bool(bool),
}

/// Why a text is no number.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum NotANumber {
    Syntax,
    /// More than 4,300 decimal digits, which Python refuses since 3.10.7.
    TooLong,
}

const MAX_DIGITS: usize = 4300;
/// Digits from which the size of a large number is told.
const LEADING: u64 = 12;

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | 0x0b | 0x0c | b'\r')
}

fn trim(mut bytes: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = bytes
        && is_space(*first)
    {
        bytes = rest;
    }
    while let [rest @ .., last] = bytes
        && is_space(*last)
    {
        bytes = rest;
    }
    bytes
}

/// Up to the first NUL, where a C string ends.
fn c_string(bytes: &[u8]) -> &[u8] {
    &bytes[..memchr::memchr(0, bytes).unwrap_or(bytes.len())]
}

/// INT as the C unpickler reads it: `strtol` with base 0, then Python's own parser.
pub(super) fn c_int(line: &[u8]) -> Result<Whole, NotANumber> {
    match strtol(line) {
        Some(value @ (0 | 1)) if line.len() == 2 => Ok(Whole::Bool(value == 1)),
        Some(value) => Ok(Whole::Small(value)),
        None => python_int(c_string(line), 0),
    }
}

/// The value that `strtol` gives when it stops at the end of the line or at a NUL.
fn strtol(line: &[u8]) -> Option<i64> {
    let mut rest = line;
    while let [first, tail @ ..] = rest
        && is_space(*first)
    {
        rest = tail;
    }
    let (negative, digits) = sign(rest);
    let (radix, digits) = match digits {
        [b'0', b'x' | b'X', next, ..] if next.is_ascii_hexdigit() => (16, &digits[2..]),
        [b'0', ..] => (8, digits),
        _ => (10, digits),
    };
    let count = digits.iter().take_while(|digit| char::from(**digit).is_digit(radix)).count();
    if count == 0 {
        // Nothing was converted, and C's end pointer is the start of the line.
        return (line.first() == Some(&0)).then_some(0);
    }
    if digits.get(count).is_some_and(|end| *end != 0) {
        return None;
    }
    let mut value: i64 = 0;
    for digit in &digits[..count] {
        let digit = i64::from(char::from(*digit).to_digit(radix)?);
        value = value.checked_mul(i64::from(radix))?;
        value = if negative { value.checked_sub(digit)? } else { value.checked_add(digit)? };
    }
    Some(value)
}

fn sign(bytes: &[u8]) -> (bool, &[u8]) {
    match bytes {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, bytes),
    }
}

/// LONG, GET and PUT as the C unpickler reads them.
pub(super) fn c_whole(line: &[u8], base: u32) -> Result<Whole, NotANumber> {
    python_int(c_string(line), base)
}

/// Python's `int(text, base)` for base 0 and 10.
pub(super) fn python_int(text: &[u8], base: u32) -> Result<Whole, NotANumber> {
    let (negative, digits) = sign(trim(text));
    let (radix, mut digits, leading_zero) = match digits {
        [b'0', b'x' | b'X', rest @ ..] if base == 0 => (16, rest, false),
        [b'0', b'o' | b'O', rest @ ..] if base == 0 => (8, rest, false),
        [b'0', b'b' | b'B', rest @ ..] if base == 0 => (2, rest, false),
        [b'0', ..] if base == 0 => (10, digits, true),
        _ => (10, digits, false),
    };
    if radix != 10
        && let [b'_', rest @ ..] = digits
    {
        digits = rest;
    }
    let mut value: Option<i64> = Some(0);
    let (mut count, mut significant, mut leading, mut underscore) = (0usize, 0u64, 0.0f64, true);
    for byte in digits {
        if *byte == b'_' {
            if underscore {
                return Err(NotANumber::Syntax);
            }
            underscore = true;
            continue;
        }
        underscore = false;
        let digit = char::from(*byte).to_digit(radix).ok_or(NotANumber::Syntax)?;
        count += 1;
        if significant > 0 || digit > 0 {
            significant += 1;
            if significant <= LEADING {
                leading = leading * f64::from(radix) + f64::from(digit);
            }
        }
        value = value.and_then(|value| {
            let value = value.checked_mul(i64::from(radix))?;
            if negative { value.checked_sub(i64::from(digit)) } else { value.checked_add(i64::from(digit)) }
        });
    }
    if underscore || (leading_zero && significant > 0) {
        return Err(NotANumber::Syntax);
    }
    if radix == 10 && count > MAX_DIGITS {
        return Err(NotANumber::TooLong);
    }
    Ok(match value {
        Some(value) => Whole::Small(value),
        None => {
            let rest = significant.saturating_sub(LEADING) as f64 * f64::from(radix).log2();
            let bits = (leading.log2() + rest).floor() as u64 + 1;
            Whole::Big { negative, bits }
        }
    })
}

/// FLOAT as the C unpickler reads it; overflow is an error there.
pub(super) fn c_float(line: &[u8]) -> Option<f64> {
    let value = plain_float(c_string(line))?;
    let text = c_string(line);
    let says_infinity = text.iter().any(|byte| matches!(byte, b'i' | b'I'));
    (value.is_finite() || value.is_nan() || says_infinity).then_some(value)
}

/// Python's `float(text)`.
pub(super) fn python_float(text: &[u8]) -> Option<f64> {
    let text = trim(text);
    if memchr::memchr(b'_', text).is_none() {
        return plain_float(text);
    }
    let between_digits = |index: usize| {
        index > 0
            && text[index - 1].is_ascii_digit()
            && text.get(index + 1).is_some_and(|next| next.is_ascii_digit())
    };
    if !memchr::memchr_iter(b'_', text).all(between_digits) {
        return None;
    }
    let digits: Vec<u8> = text.iter().copied().filter(|byte| *byte != b'_').collect();
    plain_float(&digits)
}

/// A number without spaces and underscores.
fn plain_float(bytes: &[u8]) -> Option<f64> {
    // Rust's parser takes what C's takes: sign, digits with a point, exponent, inf, infinity and nan in any case.
    std::str::from_utf8(bytes).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c_reads_octal_and_stops_at_nul() {
        assert_eq!(c_int(b"010"), Ok(Whole::Small(8)));
        assert_eq!(python_int(b"010", 0), Err(NotANumber::Syntax));
        assert_eq!(c_int(b"1\0junk"), Ok(Whole::Small(1)));
        assert_eq!(python_int(b"1\0junk", 0), Err(NotANumber::Syntax));
        assert_eq!(c_int(b"\0"), Ok(Whole::Small(0)));
        assert_eq!(c_whole(b"7\0x", 10), Ok(Whole::Small(7)));
    }

    #[test]
    fn truth_values_are_two_digits() {
        assert_eq!(c_int(b"01"), Ok(Whole::Bool(true)));
        assert_eq!(c_int(b"00"), Ok(Whole::Bool(false)));
        assert_eq!(c_int(b"1"), Ok(Whole::Small(1)));
    }

    #[test]
    fn bases_signs_spaces_and_underscores() {
        assert_eq!(c_int(b" -0x1f"), Ok(Whole::Small(-31)));
        assert_eq!(c_int(b"0b101"), Ok(Whole::Small(5)));
        assert_eq!(c_int(b"1_000\r"), Ok(Whole::Small(1000)));
        assert_eq!(python_int(b"1__0", 0), Err(NotANumber::Syntax));
        assert_eq!(python_int(b"0x_f", 0), Ok(Whole::Small(15)));
        assert_eq!(python_int(b"", 0), Err(NotANumber::Syntax));
        assert_eq!(python_int(b"0_0", 0), Ok(Whole::Small(0)));
        assert_eq!(python_int(b"_1", 10), Err(NotANumber::Syntax));
    }

    #[test]
    fn large_numbers_keep_their_sign_and_size() {
        assert_eq!(python_int(b"-20000000000000000000", 0), Ok(Whole::Big { negative: true, bits: 65 }));
        assert_eq!(python_int(b"0x10000000000000000", 0), Ok(Whole::Big { negative: false, bits: 65 }));
        assert_eq!(python_int(&[b'9'; 4301], 0), Err(NotANumber::TooLong));
        assert!(python_int(&[b'9'; 4300], 0).is_ok());
    }

    #[test]
    fn floats_differ_in_spaces_underscores_and_overflow() {
        assert_eq!(c_float(b"1.5"), Some(1.5));
        assert_eq!(c_float(b" 1.5"), None);
        assert_eq!(python_float(b" 1.5 "), Some(1.5));
        assert_eq!(c_float(b"1_0.0"), None);
        assert_eq!(python_float(b"1_0.0"), Some(10.0));
        assert_eq!(c_float(b"1e400"), None);
        assert_eq!(python_float(b"1e400"), Some(f64::INFINITY));
        assert_eq!(c_float(b"-inf"), Some(f64::NEG_INFINITY));
        assert_eq!(python_float(b"1e"), None);
    }
}
