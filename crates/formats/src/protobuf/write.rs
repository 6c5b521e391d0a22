//! Writes messages for tests: `message(&[(1, V(8)), (7, B(&graph))])`.

pub(crate) enum W<'a> {
    V(u64),
    B(&'a [u8]),
    S(&'a str),
}

pub(crate) fn varint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

pub(crate) fn message(fields: &[(u32, W<'_>)]) -> Vec<u8> {
    let mut out = Vec::new();
    for (number, value) in fields {
        let tag = u64::from(*number) << 3;
        match value {
            W::V(value) => {
                varint(tag, &mut out);
                varint(*value, &mut out);
            }
            W::B(bytes) => lengthy(tag, bytes, &mut out),
            W::S(text) => lengthy(tag, text.as_bytes(), &mut out),
        }
    }
    out
}

fn lengthy(tag: u64, bytes: &[u8], out: &mut Vec<u8>) {
    varint(tag | 2, out);
    varint(bytes.len() as u64, out);
    out.extend_from_slice(bytes);
}
