//! What the reader understands, and the attacks on readers of GGUF by their advisories.

use super::*;
use proptest::prelude::*;

/// Writes a file piece by piece.
struct File {
    bytes: Vec<u8>,
    big: bool,
    short: bool,
}

impl File {
    fn new(version: u32, big: bool, tensors: u64, pairs: u64) -> Self {
        let mut file = File { bytes: b"GGUF".to_vec(), big, short: version == 1 };
        file.u32(version).size(tensors).size(pairs);
        file
    }

    fn v3(tensors: u64, pairs: u64) -> Self {
        File::new(3, false, tensors, pairs)
    }

    fn u32(&mut self, n: u32) -> &mut Self {
        self.bytes.extend_from_slice(&if self.big { n.to_be_bytes() } else { n.to_le_bytes() });
        self
    }

    fn u64(&mut self, n: u64) -> &mut Self {
        self.bytes.extend_from_slice(&if self.big { n.to_be_bytes() } else { n.to_le_bytes() });
        self
    }

    fn size(&mut self, n: u64) -> &mut Self {
        if self.short { self.u32(n as u32) } else { self.u64(n) }
    }

    fn text(&mut self, text: &str) -> &mut Self {
        self.size(text.len() as u64);
        self.bytes.extend_from_slice(text.as_bytes());
        self
    }

    fn pair(&mut self, key: &str, value: &str) -> &mut Self {
        self.text(key).u32(types::STRING).text(value)
    }

    fn tensor(&mut self, name: &str, shape: &[u64], kind: u32, offset: u64) -> &mut Self {
        self.text(name).u32(shape.len() as u32);
        for d in shape {
            self.size(*d);
        }
        self.u32(kind).u64(offset)
    }

    /// Pads to the alignment and appends data.
    fn data(&mut self, data: &[u8]) -> &mut Self {
        self.bytes.resize(self.bytes.len().next_multiple_of(32), 0);
        self.bytes.extend_from_slice(data);
        self
    }

    fn read(&self) -> Gguf {
        parse(&Source::from_vec(self.bytes.clone()), &Context::default())
    }

    fn codes(&self) -> Vec<&'static str> {
        self.read().problems.iter().map(|p| p.code).collect()
    }
}

fn sound() -> File {
    let mut file = File::v3(2, 3);
    file.pair("general.architecture", "llama").pair("tokenizer.chat_template", "{{ messages }}");
    file.text("tokenizer.ggml.tokens").u32(types::ARRAY).u32(types::STRING).u64(2).text("a").text("b");
    file.tensor("w", &[32], 0, 0).tensor("v", &[32, 1], 8, 128).data(&[7; 162]);
    file
}

#[test]
fn a_sound_file_has_pairs_tensors_and_no_problem() {
    let file = sound().read();
    assert_eq!(file.problems, []);
    assert_eq!(file.text("general.architecture"), Some("llama"));
    assert_eq!(file.get("tokenizer.ggml.tokens").unwrap().array_length(), Some(2));
    assert_eq!(file.tensors[1].element.unwrap().word, "Q8_0");
    assert_eq!((file.tensors[1].start, file.tensors[1].length), (file.data_start + 128, Some(34)));
}

#[test]
fn all_versions_and_both_byte_orders_are_read() {
    for (version, big) in [(1, false), (2, false), (3, false), (3, true), (1, true)] {
        let mut file = File::new(version, big, 1, 2);
        file.pair("general.architecture", "gpt2").text("n").u32(11).u64((-5i64) as u64);
        file.tensor("w", &[4], 0, 0).data(&[0; 16]);
        let read = file.read();
        assert_eq!(read.problems, [], "{version} {big}");
        assert_eq!((read.version, read.big_endian, read.get("n")), (version, big, Some(&Value::Signed(-5))));
    }
}

#[test]
fn every_type_of_value_is_read() {
    let mut file = File::v3(0, 6);
    file.text("a").u32(0).bytes.push(200);
    file.text("b").u32(1).bytes.push(200);
    file.text("c").u32(6).u32(1.5f32.to_bits());
    file.text("d").u32(12).u64(2.5f64.to_bits());
    file.text("e").u32(7).bytes.push(1);
    file.text("f").u32(types::ARRAY).u32(5).u64(3).u32(1).u32(u32::MAX).u32(3);
    let file = file.read();
    assert_eq!(file.problems, []);
    let values: Vec<_> = file.pairs.iter().map(|p| p.value.clone()).collect();
    let array = Value::Array {
        kind: 5,
        length: 3,
        head: vec![Value::Signed(1), Value::Signed(-1), Value::Signed(3)],
    };
    assert_eq!(
        values,
        [
            Value::Unsigned(200),
            Value::Signed(-56),
            Value::Float(1.5),
            Value::Float(2.5),
            Value::Bool(true),
            array
        ]
    );
}

#[test]
fn cve_2024_23605_a_count_of_pairs_beyond_the_file() {
    assert_eq!(File::v3(0, u64::MAX / 64).data(&[0; 64]).codes(), ["count-beyond-file"]);
}

#[test]
fn cve_2024_21836_a_count_of_tensors_beyond_the_file() {
    assert_eq!(File::v3(1 << 62, 0).data(&[0; 64]).codes(), ["count-beyond-file"]);
}

#[test]
fn cve_2024_23496_a_text_longer_than_the_file() {
    assert_eq!(File::v3(0, 1).u64(u64::MAX).u64(0).codes(), ["string-beyond-file"]);
    assert_eq!(File::v3(0, 1).text("k").u32(8).u64(u64::MAX - 8).u64(0).codes(), ["string-beyond-file"]);
}

#[test]
fn cve_2024_21825_an_array_longer_than_the_file() {
    for kind in [0, 5, types::STRING, types::ARRAY, 12] {
        let mut file = File::v3(0, 1);
        file.text("k").u32(types::ARRAY).u32(kind).u64(0x2000_0000_0000_0001).u64(0).u64(0);
        assert_eq!(file.codes(), ["array-beyond-file"], "{kind}");
    }
}

#[test]
fn cve_2024_21802_more_dimensions_than_there_is_room_for() {
    let mut file = File::v3(1, 0);
    file.text("w").u32(u32::MAX).data(&[0; 64]);
    assert_eq!(file.codes(), ["tensor-dimensions"]);
}

#[test]
fn cve_2025_53630_sizes_that_overflow_when_multiplied_or_added() {
    assert_eq!(
        File::v3(1, 0).tensor("w", &[1 << 33, 1 << 33], 0, 0).data(&[0; 64]).codes(),
        ["tensor-overflow"]
    );
    assert_eq!(File::v3(1, 0).tensor("w", &[1 << 63, 2], 0, 0).data(&[0; 64]).codes(), ["tensor-overflow"]);
    assert_eq!(File::v3(1, 0).tensor("w", &[u64::MAX], 24, 0).data(&[0; 64]).codes(), ["tensor-overflow"]);
    assert_eq!(
        File::v3(1, 0).tensor("w", &[8], 0, u64::MAX - 31).data(&[0; 64]).codes(),
        ["tensor-beyond-file"]
    );
}

#[test]
fn tensors_beyond_the_file_over_one_another_or_with_broken_blocks() {
    assert_eq!(File::v3(1, 0).tensor("w", &[17], 0, 0).data(&[0; 64]).codes(), ["tensor-beyond-file"]);
    let mut file = File::v3(2, 0);
    assert_eq!(
        file.tensor("w", &[16], 0, 0).tensor("v", &[16], 0, 32).data(&[0; 96]).codes(),
        ["tensor-overlap"]
    );
    assert_eq!(File::v3(1, 0).tensor("w", &[31], 2, 0).data(&[0; 64]).codes(), ["tensor-blocks"]);
}

#[test]
fn bytes_that_belong_to_no_tensor_are_a_differential_unless_zero() {
    let mut file = File::v3(2, 0);
    file.tensor("w", &[4], 0, 0).tensor("v", &[4], 0, 64);
    let mut hidden = vec![0; 80];
    file.data(&hidden);
    assert_eq!(file.codes(), Vec::<&str>::new());
    hidden[40] = 1;
    file.bytes.truncate(file.bytes.len() - 80);
    file.data(&hidden);
    assert_eq!(file.codes(), ["data-gap"]);
    file.bytes.extend_from_slice(b"\x7fELF");
    assert_eq!(file.codes(), ["data-gap", "data-trailing"]);
}

#[test]
fn names_that_stand_twice_are_a_differential() {
    assert_eq!(File::v3(0, 2).pair("a", "1").pair("a", "2").codes(), ["duplicate-key"]);
    let mut file = File::v3(2, 0);
    assert_eq!(
        file.tensor("w", &[8], 0, 0).tensor("w", &[8], 0, 32).data(&[0; 64]).codes(),
        ["duplicate-tensor"]
    );
}

#[test]
fn an_alignment_that_readers_divide_by_is_hostile() {
    for alignment in [0, 7, 1 << 31] {
        let mut file = File::v3(0, 1);
        file.text("general.alignment").u32(4).u32(alignment);
        assert_eq!(file.codes(), ["alignment"]);
    }
}

#[test]
fn arrays_in_arrays_cost_no_stack() {
    let mut file = File::v3(0, 1);
    file.text("k");
    file.u32(types::ARRAY);
    for _ in 0..100_000 {
        file.u32(types::ARRAY).u64(1);
    }
    file.u32(0).u64(0);
    assert_eq!(file.codes(), ["array-nested", "array-depth"]);
}

#[test]
fn tables_of_tokens_with_another_length_are_hostile() {
    let mut file = File::v3(0, 2);
    file.text("tokenizer.ggml.tokens").u32(types::ARRAY).u32(types::STRING).u64(2).text("a").text("b");
    file.text("tokenizer.ggml.scores").u32(types::ARRAY).u32(6).u64(1).u32(0);
    assert_eq!(file.codes(), ["token-table"]);
}

proptest! {
    #[test]
    fn any_bytes_after_the_magic_are_read(version in 0u32..5, tail in proptest::collection::vec(any::<u8>(), 0..300)) {
        let mut bytes = b"GGUF".to_vec();
        bytes.extend_from_slice(&version.to_le_bytes());
        bytes.extend_from_slice(&tail);
        let _ = parse(&Source::from_vec(bytes), &Context::default());
    }

    #[test]
    fn a_sound_file_with_any_bytes_changed_is_read(at in 0usize..500, bytes: [u8; 4]) {
        let mut file = sound().bytes;
        let at = at % (file.len() - 4);
        file[at..at + 4].copy_from_slice(&bytes);
        let source = Source::from_vec(file);
        let parsed = parse(&source, &Context::default());
        for tensor in &parsed.tensors {
            let inside = tensor.length.and_then(|l| l.checked_add(tensor.start)).is_some_and(|end| end <= source.len());
            prop_assert!(inside || !parsed.problems.is_empty());
        }
    }
}
