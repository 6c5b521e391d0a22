//! Bytes are what `marshal.dumps` of each version gives for
//! `from os import system as run; def f(): return run("id")`.

use super::*;
use proptest::prelude::*;

const VERSIONS: &[(&str, &str)] = &[
    (
        "2.7.18",
        "6300000000000000000200000040000000731d0000006400006401006c00006d01005a0200016402008400005a030064 \
         030053280400000069ffffffff2801000000740600000073797374656d6300000000000000000200000043000000730a \
         0000007400006401008301005328020000004e740200000069642801000000740300000072756e280000000028000000 \
         00280000000074010000006d74010000006602000000730200000000014e280400000074020000006f73520000000052 \
         020000005204000000280000000028000000002800000000520300000074080000003c6d6f64756c653e010000007302 \
         0000001001",
    ),
    (
        "3.6.15",
        "e300000000000000000000000002000000400000007318000000640064016c006d015a0201006402640384005a036404 \
         53002905e9000000002901da0673797374656d6300000000000000000000000002000000430000007308000000740064 \
         018301530029024eda0269642901da0372756ea90072050000007205000000da016dda01660200000073020000000001 \
         72070000004e2904da026f737202000000720400000072070000007205000000720500000072050000007206000000da \
         083c6d6f64756c653e0100000073020000000c01",
    ),
    (
        "3.8.18",
        "630000000000000000000000000000000002000000400000007318000000640064016c006d015a020100640264038400 \
         5a03640453002905e9000000002901da0673797374656d63000000000000000000000000000000000200000043000000 \
         7308000000740064018301530029024eda0269642901da0372756ea90072040000007204000000da016dda0166020000 \
         007302000000000172060000004e2904da026f7372010000007203000000720600000072040000007204000000720400 \
         00007205000000da083c6d6f64756c653e0100000073020000000c01",
    ),
    (
        "3.11.7",
        "630000000000000000000000000200000000000000f3180000009700640064016c006d015a020100640284005a036403 \
         53002904e9000000002901da0673797374656d630000000000000000000000000300000003000000f320000000970074 \
         01000000000000000000006401a6010000ab010000000000000000530029024eda0269642901da0372756ea900f30000 \
         0000da016dda0166720900000002000000730e0000008000dd090c885489198c19d0021272070000004e2904da026f73 \
         720200000072050000007209000000720600000072070000007208000000fa083c6d6f64756c653e720b000000010000 \
         007330000000f003010101d8001cd0001cd0001cd0001cd0001cd0001cf002010113f000010113f000010113f0000101 \
         13f0000101137207000000",
    ),
    (
        "3.12.1",
        "630000000000000000000000000200000000000000f3160000009700640064016c006d015a020100640284005a037903 \
         2904e9000000002901da0673797374656d630000000000000000000000000300000003000000f3180000009700740100 \
         000000000000006401ab01000000000000530029024eda0269642901da0372756ea900f300000000da016dda01667209 \
         00000002000000730c0000008000dc090c88548b19d0021272070000004e2904da026f73720200000072050000007209 \
         000000720600000072070000007208000000fa083c6d6f64756c653e720b00000001000000730d000000f003010101dd \
         001cf3020101137207000000",
    ),
    (
        "3.13.0",
        "630000000000000000000000000200000000000000f3160000009500530053014b004a017202200053021a0072036703 \
         2904e9000000002901da0673797374656d630000000000000000000000000300000003000000f31800000095005b0100 \
         0000000000000053013501000000000000240029024eda0269642901da0372756ea900f300000000da016dda01667209 \
         00000002000000730c0000008000dc090c88548b19d0021272070000004e2904da026f73720200000072050000007209 \
         000000720600000072070000007208000000da083c6d6f64756c653e720b00000001000000730d000000f003010101dd \
         001cf3020101137207000000",
    ),
];

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits
        .chunks_exact(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

#[test]
fn code_of_every_layout_says_what_it_calls() {
    for (version, hex) in VERSIONS {
        let bytes = bytes(hex);
        let facts = walk(&bytes);
        assert_eq!((facts.length, facts.problems.as_slice()), (bytes.len(), [].as_slice()), "{version}");
        assert_eq!(
            facts.objects.iter().map(|o| o.name.as_str()).collect::<Vec<_>>(),
            ["<module>", "f"],
            "{version}"
        );
        assert_eq!(facts.imports().into_iter().collect::<Vec<_>>(), ["os", "os.system"], "{version}");
        assert_eq!(facts.references().into_iter().collect::<Vec<_>>(), ["os.system"], "{version}");
        assert_eq!(facts.objects[1].texts, ["id"], "{version}");
        assert!(facts.objects.iter().all(|object| object.understood), "{version}");
    }
}

#[test]
fn a_pyc_has_a_header_before_its_code() {
    for (version, header, magic) in [("3.8.18", 16, 3413u16), ("2.7.18", 8, 62211), ("3.6.15", 12, 3379)] {
        let mut pyc = magic.to_le_bytes().to_vec();
        pyc.extend(b"\r\n");
        pyc.resize(header, 0);
        let code = VERSIONS.iter().find(|(known, _)| *known == version).unwrap().1;
        pyc.extend(bytes(code));
        assert!(walk_pyc(&pyc).references().contains("os.system"), "{version}");
    }
}

#[test]
fn code_that_breaks_off_still_says_its_names() {
    let whole = bytes(VERSIONS[3].1);
    let facts = walk(&whole[..whole.len() - 40]);
    assert_eq!(facts.problems[0].code, "marshal-broken");
    assert!(facts.imports().contains("os.system"));
}

#[test]
fn an_unknown_version_gives_the_names_and_their_neighbours() {
    let mut facts = CodeFacts::default();
    let names = ["os".to_owned(), "system".to_owned()];
    facts.objects.push(from_parts(&Parts { code: &[128, 0], names: &names, ..Parts::default() }));
    assert!(facts.references().contains("os.system"));
    assert!(!facts.objects[0].understood);
}

#[test]
fn nesting_ends_where_python_ends_it() {
    let facts = walk(&b")\x01".repeat(1_000_000));
    assert_eq!(facts.problems[0].message, "more nesting than Python reads");
}

#[test]
fn a_length_of_gigabytes_allocates_nothing() {
    assert_eq!(walk(b"(\xff\xff\xff\x7fN").problems.len(), 1);
    assert_eq!(walk(b"s\xff\xff\xff\x7fN").problems.len(), 1);
    assert_eq!(walk(b"l\x00\x00\x00\x80N").problems.len(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = walk_pyc(&bytes);
    }

    #[test]
    fn valid_code_with_changes(version in 0..VERSIONS.len(), changes in prop::collection::vec((0usize..2000, any::<u8>()), 1..8)) {
        let mut bytes = bytes(VERSIONS[version].1);
        for (index, byte) in changes {
            let length = bytes.len();
            bytes[index % length] = byte;
        }
        let _ = walk(&bytes);
    }
}
