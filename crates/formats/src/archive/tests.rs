use super::trial::{self, TEXT};
use super::*;
use proptest::prelude::*;

/// Names, contents and the codes of all problems, with `Err`s of the visit among them.
fn read(format: Format, bytes: &[u8]) -> (Vec<(String, Vec<u8>)>, Vec<&'static str>) {
    let (source, context) = (Source::from_vec(bytes.to_vec()), Context::default());
    let archive = parse(format, &source, &context);
    let mut members = Vec::new();
    let mut codes: Vec<&str> = archive.problems.iter().map(|problem| problem.code).collect();
    codes.extend(archive.entries.iter().flat_map(|entry| entry.problems.iter().map(|problem| problem.code)));
    archive.visit(&source, &context, &mut |entry, content| match content {
        Ok(content) => members.push((entry.name.clone(), content.read_vec(0, 1 << 20))),
        Err(problem) => codes.push(problem.code),
    });
    (members, codes)
}

/// A format, and what its encoder makes of bytes.
type Stream = (Format, fn(&[u8]) -> Vec<u8>);

const STREAMS: [Stream; 7] = [
    (Format::Gzip, trial::gzip),
    (Format::Zlib, trial::zlib),
    (Format::Bzip2, trial::bzip2),
    (Format::Xz, trial::xz),
    (Format::Lzma, trial::lzma),
    (Format::Zstd, trial::zstd),
    (Format::Lz4, trial::lz4),
];

/// A valid file of every container.
fn containers() -> Vec<(Format, Vec<u8>)> {
    let mut all = vec![
        (Format::Zip, trial::zip(&[("a/x", TEXT), ("a/y", b"y")], 0)),
        (Format::Zip, trial::zip(&[("a/x", TEXT), ("a/y", b"y")], 8)),
        (Format::Tar, trial::tar(&[("x", b'0', TEXT), ("d/", b'5', b"")])),
        (Format::SevenZip, trial::seven_zip("x", TEXT)),
    ];
    all.extend(STREAMS.iter().map(|(format, encode)| (*format, encode(TEXT))));
    all
}

#[test]
fn every_container_gives_back_what_went_in_and_is_recognised() {
    for (format, bytes) in containers() {
        let (members, codes) = read(format, &bytes);
        assert_eq!(members.first().map(|m| m.1.as_slice()), Some(TEXT), "{format}");
        assert!(codes.is_empty(), "{format}: {codes:?}");
        assert_eq!(crate::identify(&Source::from_vec(bytes), "x"), [format]);
    }
}

#[test]
fn a_stream_that_is_cut_off_gives_what_came_before() {
    let text: Vec<u8> = (0..60_000_u32).flat_map(|i| i.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    for (format, encode) in STREAMS {
        let bytes = encode(&text);
        let (members, codes) = read(format, &bytes[..bytes.len() * 3 / 4]);
        assert_eq!(codes, ["truncated-stream"], "{format}");
        // Bzip2 and LZ4 give whole blocks only.
        if !matches!(format, Format::Bzip2 | Format::Lz4) {
            assert!(members[0].1.len() > text.len() / 3 && text.starts_with(&members[0].1), "{format}");
        }
    }
}

#[test]
fn streams_that_follow_one_another_are_one_content() {
    for (format, encode) in STREAMS {
        let (members, _) = read(format, &[encode(b"first,"), encode(b"second")].concat());
        let all: Vec<u8> = members.into_iter().flat_map(|m| m.1).collect();
        if matches!(format, Format::Zlib | Format::Lzma) {
            // Readers of these take the first alone; the second is content of its own behind it.
            assert!(all.starts_with(b"first,"), "{format}");
        } else {
            assert_eq!(all, b"first,second", "{format}");
        }
    }
}

#[test]
fn a_later_stream_that_is_noise_behind_the_first_is_read_alone_too() {
    let bytes = [trial::gzip(b"\x80\x02}(X"), trial::gzip(b"\x80\x04\x95\x02\0\0\0\0\0\0\0N.")].concat();
    let (members, _) = read(Format::Gzip, &bytes);
    assert_eq!(members[1].1, b"\x80\x04\x95\x02\0\0\0\0\0\0\0N.");
}

#[test]
fn a_pickle_behind_a_stream_is_an_entry_of_its_own() {
    for (format, encode) in STREAMS {
        let bytes = [encode(b"text"), b"\x80\x04\x95\x02\0\0\0\0\0\0\0N.".to_vec()].concat();
        let (members, _) = read(format, &bytes);
        assert_eq!(members.len(), 2, "{format}");
    }
}

#[test]
fn torch_s_padding_and_its_zip64_records_are_no_problem() {
    // As PyTorch writes: the extra field `FB` pads the data to 64 bytes, and a ZIP64 record stands before the end record.
    let mut bytes = trial::zip(&[], 0);
    bytes.clear();
    let (name, data) = ("archive/data.pkl", b"\x80\x02N.");
    let padding = 64 - (30 + name.len() + 4) % 64;
    let extra = [&b"FB"[..], &(padding as u16).to_le_bytes(), &vec![b'Z'; padding]].concat();
    let sizes = [crc32fast::hash(data), 4, 4].map(u32::to_le_bytes).concat();
    let lengths = [(name.len() as u16).to_le_bytes(), (extra.len() as u16).to_le_bytes()].concat();
    bytes.extend(
        [&b"PK\x03\x04\0\0\0\x08\0\0\0\0\0\0"[..], &sizes, &lengths, name.as_bytes(), &extra, data].concat(),
    );
    let start = bytes.len() as u64;
    let lengths = [(name.len() as u16).to_le_bytes(), [0, 0]].concat();
    let head = &b"PK\x01\x02\0\0\0\0\0\x08\0\0\0\0\0\0"[..];
    bytes.extend([head, &sizes, &lengths, &[0; 14], name.as_bytes()].concat());
    let size = bytes.len() as u64 - start;
    let end = bytes.len() as u64;
    let mut wide = vec![0_u8; 56];
    wide[..12].copy_from_slice(b"PK\x06\x06\x2c\0\0\0\0\0\0\0");
    for (at, value) in [(24, 1), (32, 1), (40, size), (48, start)] {
        wide[at..at + 8].copy_from_slice(&u64::to_le_bytes(value));
    }
    bytes.extend(wide);
    bytes.extend([&b"PK\x06\x07\0\0\0\0"[..], &end.to_le_bytes(), &[1, 0, 0, 0]].concat());
    bytes.extend(b"PK\x05\x06\0\0\0\0\x01\0\x01\0");
    bytes.extend([(size as u32).to_le_bytes(), (start as u32).to_le_bytes()].concat());
    bytes.extend([0, 0]);
    let (members, codes) = read(Format::Zip, &bytes);
    assert_eq!(members.len(), 1);
    assert!(codes.is_empty(), "{codes:?}");
}

#[test]
fn a_zip64_record_that_contradicts_the_end_record_is_followed_too() {
    let good = trial::zip(&[("data.pkl", b"good")], 0);
    let directory = memchr::memmem::find(&good, b"PK\x01\x02").unwrap();
    let bad = trial::zip(&[("data.pkl", b"evil")], 0);
    // Both bodies, both directories; the second's offsets are right because its base is the shift.
    let mut bytes = [&bad[..bad.len() - 22], &good[..good.len() - 22]].concat();
    let at = bytes.len() as u64;
    let size = (good.len() - 22 - directory) as u64;
    let mut wide = vec![0_u8; 56];
    wide[..4].copy_from_slice(b"PK\x06\x06");
    for (field, value) in [(24, 1), (32, 1), (40, size), (48, directory as u64)] {
        wide[field..field + 8].copy_from_slice(&u64::to_le_bytes(value));
    }
    bytes.extend(wide);
    bytes.extend([&b"PK\x06\x07\0\0\0\0"[..], &at.to_le_bytes(), &[1, 0, 0, 0]].concat());
    bytes.extend(b"PK\x05\x06\0\0\0\0\x01\0\x01\0");
    let start = (bad.len() - 22 + directory) as u32;
    bytes.extend([(size as u32).to_le_bytes(), start.to_le_bytes()].concat());
    bytes.extend([0, 0]);
    let (members, codes) = read(Format::Zip, &bytes);
    assert!(members.iter().any(|m| m.1 == b"evil") && members.iter().any(|m| m.1 == b"good"));
    assert!(codes.contains(&"zip64-differs"), "{codes:?}");
}

#[test]
fn a_member_with_a_size_behind_its_data_is_found_without_a_directory() {
    let stored = trial::deflate(TEXT);
    let mut bytes = b"PK\x03\x04\x14\0\x08\0\x08\0\0\0\x21\0".to_vec();
    bytes.extend([0; 12]);
    bytes.extend(b"\x01\0\0\0x");
    bytes.extend(&stored);
    bytes.extend([&b"PK\x07\x08"[..], &crc32fast::hash(TEXT).to_le_bytes()].concat());
    bytes.extend([(stored.len() as u32).to_le_bytes(), (TEXT.len() as u32).to_le_bytes()].concat());
    let (members, codes) = read(Format::Zip, &bytes);
    assert_eq!(members, [("x".to_owned(), TEXT.to_vec())]);
    assert_eq!(codes, ["no-directory"]);
}

#[test]
fn deflate64_copies_over_its_whole_window() {
    // A stored block of 65,535 bytes, then a match of the longest distance (code 31) and the length code 285.
    let block: Vec<u8> = (0..65_535_u32).map(|i| (i % 251) as u8).collect();
    let mut bits: Vec<bool> = Vec::new();
    let mut put = |value: u32, count: u32, reversed: bool| {
        for i in 0..count {
            let at = if reversed { count - 1 - i } else { i };
            bits.push(value >> at & 1 == 1);
        }
    };
    put(1, 1, false);
    put(1, 2, false);
    // Length code 285 is the fixed code 11000101, with 16 extra bits: 3 + 7 bytes.
    put(0b1100_0101, 8, true);
    put(7, 16, false);
    // Distance code 31 with 14 extra bits: 49,153 + 16,382 = 65,535.
    put(31, 5, true);
    put(16_382, 14, false);
    put(0, 7, true);
    let mut stream = vec![0, 0xff, 0xff, 0, 0];
    stream.extend(&block);
    stream.extend(bits.chunks(8).map(|byte| byte.iter().rev().fold(0, |n, bit| n << 1 | u8::from(*bit))));
    let source = Source::from_vec(stream);
    let mut tally = Tally::new(&source);
    let out = unpack::unpack(Codec::Deflate64, &source, 0, None, false, &Context::default(), &mut tally);
    assert!(out.problem.is_none(), "{:?}", out.problem);
    assert_eq!(out.source.read_vec(65_535, 100), block[..10]);
}

#[test]
fn a_pax_size_moves_the_next_header_and_both_places_are_read() {
    let inner = trial::tar(&[("hidden", b'0', b"payload")]);
    let inner = &inner[..1024];
    let record = format!("13 size={}\n", inner.len());
    let mut bytes = trial::tar(&[("pax", b'x', record.as_bytes())]);
    bytes.truncate(1024);
    bytes.extend(trial::tar_header("weights", b'0', 0));
    bytes.extend(inner);
    bytes.resize(bytes.len() + 1024, 0);
    let (members, codes) = read(Format::Tar, &bytes);
    assert!(members[0].1.windows(7).any(|w| w == b"payload"));
    assert_eq!(codes, ["size-differs"]);
}

#[test]
fn an_encrypted_member_is_not_judged() {
    let mut bytes = trial::zip(&[("x", TEXT)], 8);
    // Bytes under a key are no Deflate stream.
    for byte in &mut bytes[31..60] {
        *byte ^= 0xa5;
    }
    let directory = memchr::memmem::find(&bytes, b"PK\x01\x02").unwrap();
    (bytes[6], bytes[directory + 8]) = (1, 1);
    let (members, codes) = read(Format::Zip, &bytes);
    assert!(members.is_empty());
    assert_eq!(codes, ["encrypted-member"]);
}

#[test]
fn dictionaries_that_are_asked_for_are_not_reserved() {
    let mut bytes = trial::lzma(TEXT);
    bytes[1..5].copy_from_slice(&u32::MAX.to_le_bytes());
    assert_eq!(read(Format::Lzma, &bytes).1, ["dictionary-too-large"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_bytes_are_read_as_any_container(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        for (format, _) in containers() {
            read(format, &bytes);
        }
        prop_assert!(!crate::identify(&Source::from_vec(bytes), "model.bin").is_empty());
    }

    #[test]
    fn a_few_wrong_bytes_in_a_container_are_survived(
        edits in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        cut in any::<prop::sample::Index>(),
    ) {
        for (format, mut bytes) in containers() {
            for (at, byte) in &edits {
                let at = at.index(bytes.len());
                bytes[at] = *byte;
            }
            read(format, &bytes);
            bytes.truncate(cut.index(bytes.len()));
            read(format, &bytes);
        }
    }

    #[test]
    fn what_is_packed_comes_out(data in proptest::collection::vec(any::<u8>(), 1..5000)) {
        for (format, encode) in STREAMS {
            prop_assert_eq!(&read(format, &encode(&data)).0[0].1, &data);
        }
        prop_assert_eq!(&read(Format::Zip, &trial::zip(&[("x", &data)], 8)).0[0].1, &data);
    }
}
