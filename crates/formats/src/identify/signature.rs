//! Formats that open with bytes of their own.

use crate::Source;

pub(super) fn seven_zip(head: &[u8], _: &Source) -> bool {
    head.starts_with(b"7z\xbc\xaf\x27\x1c")
}

pub(super) fn gzip(head: &[u8], _: &Source) -> bool {
    head.starts_with(&[0x1f, 0x8b, 8])
}

pub(super) fn bzip2(head: &[u8], _: &Source) -> bool {
    head.starts_with(b"BZh")
        && head.get(3).is_some_and(|level| (b'1'..=b'9').contains(level))
        && head.get(4..10).is_some_and(|magic| magic == b"1AY&SY" || magic == b"\x17\x72\x45\x38\x50\x90")
}

pub(super) fn xz(head: &[u8], _: &Source) -> bool {
    head.starts_with(b"\xfd7zXZ\0")
}

pub(super) fn lz4(head: &[u8], _: &Source) -> bool {
    head.starts_with(&[0x04, 0x22, 0x4d, 0x18]) || head.starts_with(&[0x02, 0x21, 0x4c, 0x18])
}

/// A frame, or a skippable frame that another frame follows.
pub(super) fn zstd(head: &[u8], source: &Source) -> bool {
    const FRAME: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
    let mut at = 0_u64;
    for _ in 0..16 {
        match source.array_at::<8>(at) {
            Some([a, b, c, d, ..]) if [a, b, c, d] == FRAME => return true,
            Some([0x50..=0x5f, 0x2a, 0x4d, 0x18, a, b, c, d]) => {
                at = at.saturating_add(8 + u64::from(u32::from_le_bytes([a, b, c, d])));
            }
            _ => return head.starts_with(&FRAME),
        }
    }
    false
}

pub(super) fn rar(head: &[u8], _: &Source) -> bool {
    head.starts_with(b"Rar!\x1a\x07")
}

/// `ggml`, `ggmf`, `ggjt`, `ggla`: a number in the file's byte order, so the letters stand backwards.
pub(super) fn ggml(head: &[u8], _: &Source) -> bool {
    [b"lmgg", b"fmgg", b"tjgg", b"algg"].iter().any(|magic| head.starts_with(*magic))
}

/// At the start or behind a user block, whose size is a power of two from 512.
pub(super) fn hdf5(head: &[u8], source: &Source) -> bool {
    const MAGIC: &[u8; 8] = b"\x89HDF\r\n\x1a\n";
    if head.starts_with(MAGIC) {
        return true;
    }
    (9..32)
        .map(|shift| 1_u64 << shift)
        .take_while(|at| *at < source.len())
        .any(|at| source.array_at::<8>(at).as_ref() == Some(MAGIC))
}

pub(super) fn xgboost_binary(head: &[u8], _: &Source) -> bool {
    head.starts_with(b"binf") || head.starts_with(b"bs64\t")
}

pub(super) fn catboost(head: &[u8], _: &Source) -> bool {
    head.starts_with(b"CBM1")
}

pub(super) fn tflite(head: &[u8], _: &Source) -> bool {
    head.get(4..8) == Some(b"TFL3")
}

pub(super) fn ort(head: &[u8], _: &Source) -> bool {
    head.get(4..8) == Some(b"ORTM")
}

pub(super) fn executorch(head: &[u8], _: &Source) -> bool {
    head.get(4..7).is_some_and(|magic| magic == b"ET1") && head.get(7).is_some_and(u8::is_ascii_digit)
}

/// Of `saveRDS` without compression (binary, XDR or ASCII), and of `save`.
pub(super) fn rds(head: &[u8], _: &Source) -> bool {
    let version =
        |at: usize| head.get(at..at + 4).is_some_and(|v| v[..3] == [0, 0, 0] && (2..=3).contains(&v[3]));
    [b"RDX2\n", b"RDX3\n", b"RDA2\n", b"RDA3\n", b"RDB2\n", b"RDB3\n"]
        .iter()
        .any(|magic| head.starts_with(*magic))
        || (head.starts_with(b"X\n") && version(2))
        || (head.starts_with(b"B\n")
            && head.get(2..6).is_some_and(|v| v[1..] == [0, 0, 0] && (2..=3).contains(&v[0])))
        || [b"A\n2\n", b"A\n3\n"].iter().any(|magic| head.starts_with(*magic))
}

/// A list of arrays: the number 0x112, then eight bytes of zero.
pub(super) fn mxnet(head: &[u8], _: &Source) -> bool {
    head.starts_with(&[0x12, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
}

pub(super) fn cntk(head: &[u8], _: &Source) -> bool {
    head.starts_with(b"B\0C\0N\0T\0K\0")
}

pub(super) fn rknn(head: &[u8], _: &Source) -> bool {
    head.starts_with(b"RKNN")
}

pub(super) fn tensorrt(head: &[u8], _: &Source) -> bool {
    head.starts_with(b"ptrt") || head.starts_with(b"ftrt")
}

/// The magic, then a type and a machine that exist in one of the byte orders: what a kernel looks at, and no more.
pub(super) fn elf(head: &[u8], _: &Source) -> bool {
    let Some([0x7f, b'E', b'L', b'F', .., a, b, c, d]) = head.first_chunk::<20>() else {
        return false;
    };
    let exists = |kind: u16, machine: u16| (1..=4).contains(&kind) && (1..=300).contains(&machine);
    exists(u16::from_le_bytes([*a, *b]), u16::from_le_bytes([*c, *d]))
        || exists(u16::from_be_bytes([*a, *b]), u16::from_be_bytes([*c, *d]))
}

/// The magic alone: enough when the name says the same.
pub(super) fn elf_magic(head: &[u8], _: &Source) -> bool {
    head.starts_with(b"\x7fELF")
}

/// See [`elf_magic`].
pub(super) fn dos_magic(head: &[u8], _: &Source) -> bool {
    head.starts_with(b"MZ")
}

/// 32 and 64 bits in both orders, and universal files (whose magic is also that of Java classes: those have a version of
/// 45 or more where the number of architectures is).
pub(super) fn mach_o(head: &[u8], _: &Source) -> bool {
    match head.first_chunk::<8>() {
        Some([0xfe, 0xed, 0xfa, 0xce | 0xcf, ..] | [0xce | 0xcf, 0xfa, 0xed, 0xfe, ..]) => true,
        Some([0xca, 0xfe, 0xba, 0xbe | 0xbf, 0, 0, 0, count]) => (1..45).contains(count),
        _ => false,
    }
}

/// A DOS header that points to a PE header, or an "actually portable executable", which is PE, ELF and script at once.
pub(super) fn pe(head: &[u8], source: &Source) -> bool {
    if head.starts_with(b"MZqFpD='") || head.starts_with(b"jartsr='") {
        return true;
    }
    head.starts_with(b"MZ")
        && head.get(0x3c..0x40).and_then(|at| at.try_into().ok()).map(u32::from_le_bytes).is_some_and(|at| {
            source
                .array_at::<4>(u64::from(at))
                .is_some_and(|magic| &magic == b"PE\0\0" || magic.starts_with(b"NE"))
        })
}

/// An interpreter line before bytes that are no text: a program with an archive or a payload behind it.
pub(super) fn script_before_bytes(head: &[u8], _: &Source) -> bool {
    let Some(rest) = head.strip_prefix(b"#!") else {
        return false;
    };
    let line = rest.split(|b| *b == b'\n').next().unwrap_or_default();
    let path = line.trim_ascii_start();
    path.starts_with(b"/")
        && line.len() < 256
        && path.iter().all(|b| b.is_ascii() && *b >= b' ')
        && !super::text::is_text(head)
}

/// The magic of CPython 3: a number of the version, then CR LF; then flags of which two bits are defined.
pub(super) fn python_bytecode(head: &[u8], _: &Source) -> bool {
    matches!(head.first_chunk::<16>(), Some([_, 0x0c..=0x0e, b'\r', b'\n', 0..=3, 0, 0, 0, ..]))
        || matches!(
            head.first_chunk::<9>(),
            Some([0x03 | 0xf3 | 0xd1 | 0xb3, 0xf2 | 0xf3, b'\r', b'\n', .., b'c' | 0xe3])
        )
}

pub(super) fn image(head: &[u8], _: &Source) -> bool {
    let riff = |kind: &[u8]| head.starts_with(b"RIFF") && head.get(8..12) == Some(kind);
    let brand = |brands: &[&[u8]]| {
        head.get(4..8) == Some(b"ftyp") && head.get(8..12).is_some_and(|b| brands.contains(&b))
    };
    head.starts_with(b"\x89PNG\r\n\x1a\n")
        || head.starts_with(&[0xff, 0xd8, 0xff])
        || head.starts_with(b"GIF87a")
        || head.starts_with(b"GIF89a")
        || (head.starts_with(b"BM")
            && head.get(6..10) == Some(&[0, 0, 0, 0])
            && head.get(14..18).is_some_and(|n| n[1..] == [0, 0, 0]))
        || head.starts_with(b"II*\0")
        || head.starts_with(b"MM\0*")
        || (head.starts_with(&[0, 0, 1, 0])
            && matches!(head.get(4..6), Some([1..=32, 0]))
            && head.get(9) == Some(&0))
        || riff(b"WEBP")
        || brand(&[b"avif", b"heic", b"heix", b"mif1"])
        || head.starts_with(b"\0\0\0\x0cJXL \r\n\x87\n")
}

/// Sound, film, fonts, and tables of data that nothing executes.
pub(super) fn media(head: &[u8], _: &Source) -> bool {
    let riff = |kind: &[u8]| head.starts_with(b"RIFF") && head.get(8..12) == Some(kind);
    riff(b"WAVE")
        || riff(b"AVI ")
        || head.starts_with(b"OggS")
        || head.starts_with(b"fLaC")
        || head.starts_with(b"ID3")
        || (head.get(4..8) == Some(b"ftyp") && !image(head, &Source::from_vec(Vec::new())))
        || head.starts_with(&[0x1a, 0x45, 0xdf, 0xa3])
        || head.starts_with(b"wOFF")
        || head.starts_with(b"wOF2")
        || head.starts_with(b"OTTO")
        || head.starts_with(&[0, 1, 0, 0, 0])
        || head.starts_with(b"ARROW1\0\0")
        || head.starts_with(b"SQLite format 3\0")
}

pub(super) fn parquet(head: &[u8], source: &Source) -> bool {
    head.starts_with(b"PAR1")
        && source.len().checked_sub(4).and_then(|at| source.array_at::<4>(at)).as_ref() == Some(b"PAR1")
}

pub(super) fn pdf(head: &[u8], _: &Source) -> bool {
    head.starts_with(b"%PDF-")
}
