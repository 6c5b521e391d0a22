//! What reading costs where most of the time goes: `cargo bench -p modelward-formats`. The inputs are made here and state
//! their size, so that a figure can be compared with another machine's; no test depends on one.

use divan::{Bencher, counter::BytesCount};
use modelward_formats::{
    Context, Format, Source, archive,
    json::{self, Limits},
    pickle,
    statistics::{self, Range},
};

fn main() {
    divan::main();
}

/// A list of `items` small dictionaries, in protocol 4, without a memo.
fn pickle_of(items: usize) -> Vec<u8> {
    let mut bytes = b"\x80\x04](".to_vec();
    for _ in 0..items {
        bytes.extend_from_slice(b"}(\x8c\x04nameK\x07\x8c\x05valueG\x3f\xf0\0\0\0\0\0\0u");
    }
    bytes.extend_from_slice(b"e.");
    bytes
}

#[divan::bench(args = [1_000, 100_000])]
fn run_a_pickle_of_dictionaries(bencher: Bencher<'_, '_>, items: usize) {
    let bytes = pickle_of(items);
    let length = bytes.len();
    let source = Source::from_vec(bytes);
    bencher.counter(BytesCount::new(length)).bench(|| pickle::parse(&source, &Context::default()));
}

#[divan::bench(args = [1_000, 100_000])]
fn read_json(bencher: Bencher<'_, '_>, items: usize) {
    let text = format!("[{}]", vec![r#"{"name": "value", "shape": [1, 2, 3], "ok": true}"#; items].join(","));
    bencher.counter(BytesCount::new(text.len())).bench(|| json::parse(text.as_bytes(), &Limits::default()));
}

/// A text is every format's hardest question: no signature says what it is not.
#[divan::bench]
fn identify_a_text(bencher: Bencher<'_, '_>) {
    let text = "Some words about a model, and where it came from.\n".repeat(200);
    let source = Source::from_vec(text.into_bytes());
    bencher.bench(|| modelward_formats::identify(&source, "notes.txt"));
}

#[divan::bench]
fn read_the_directories_of_an_empty_archive_behind_other_bytes(bencher: Bencher<'_, '_>) {
    let mut bytes = vec![b'x'; 1 << 20];
    bytes.extend_from_slice(b"PK\x05\x06");
    bytes.extend_from_slice(&[0; 18]);
    let length = bytes.len();
    let source = Source::from_vec(bytes);
    bencher
        .counter(BytesCount::new(length))
        .bench(|| archive::parse(Format::Zip, &source, &Context::default()));
}

/// Sixteen megabytes of one tensor of 32-bit numbers that look like noise.
#[divan::bench]
fn look_for_a_payload_in_a_tensor(bencher: Bencher<'_, '_>) {
    let mut state = 1_u32;
    let numbers = (0..4 << 20).flat_map(|_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (f64::from(state) / f64::from(u32::MAX) - 0.5).to_bits().to_le_bytes()[4..].to_vec()
    });
    let source = Source::from_vec(numbers.collect());
    let range = Range {
        offset: 0,
        length: source.len(),
        element: modelward_formats::Element::F32,
        big_endian: false,
        name: "weight".to_owned(),
    };
    bencher.counter(BytesCount::new(source.len())).bench(|| statistics::scan(&source, vec![range.clone()]));
}
