//! What is found, and what honest numbers look like.

use super::*;
use proptest::prelude::*;

/// A small generator (SplitMix64), so that the numbers are the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let x = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let x = (x ^ x >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ x >> 31
    }

    /// Between 0 and 1, on a grid of 53 bits.
    fn uniform(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }
}

const COUNT: usize = 40_000;

fn f32s(mut number: impl FnMut(usize, &mut Random) -> f64) -> Vec<u8> {
    let mut random = Random(7);
    (0..COUNT).flat_map(|i| (number(i, &mut random) as f32).to_le_bytes()).collect()
}

fn f64s(mut number: impl FnMut(usize, &mut Random) -> f64) -> Vec<u8> {
    let mut random = Random(7);
    (0..COUNT).flat_map(|i| number(i, &mut random).to_le_bytes()).collect()
}

/// To 16 bits with 7 bits of mantissa, rounding to nearest.
fn bf16(number: f64) -> u16 {
    ((number as f32).to_bits().wrapping_add(0x8000) >> 16) as u16
}

/// To 16 bits with 10 bits of mantissa, for numbers that are normal there.
fn f16(number: f64) -> u16 {
    let bits = (number as f32).to_bits();
    let rounded = bits.wrapping_add(0x1000);
    let exponent = (rounded >> 23 & 255) as i32 - 112;
    let sign = (bits >> 16 & 0x8000) as u16;
    if exponent <= 0 { sign } else { sign | (exponent.min(30) as u16) << 10 | (rounded >> 13 & 0x3ff) as u16 }
}

fn shorts(convert: fn(f64) -> u16, mut number: impl FnMut(usize, &mut Random) -> f64) -> Vec<u8> {
    let mut random = Random(7);
    (0..COUNT).flat_map(|i| convert(number(i, &mut random)).to_le_bytes()).collect()
}

fn report(bytes: &[u8], element: Element) -> Report {
    let range = Range { offset: 0, length: bytes.len() as u64, element, big_endian: false, name: "w".into() };
    let mut planes = Planes::new(vec![range]);
    for (i, chunk) in bytes.chunks(10_007).enumerate() {
        planes.update(i as u64 * 10_007, chunk);
    }
    planes.finish()
}

/// Something like a program: a header, code of a skewed distribution, tables, text.
fn program() -> Vec<u8> {
    let mut random = Random(3);
    let mut bytes = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0\x3e\0\x01\0\0\0".to_vec();
    let opcodes = [
        0x48, 0x89, 0x8b, 0xe8, 0xc3, 0x0f, 0x85, 0x83, 0xff, 0x41, 0x55, 0x53, 0x31, 0xc0, 0x74, 0xeb, 0x8d,
        0x05,
    ];
    while bytes.len() < 12_000 {
        let kind = random.next() % 10;
        if kind < 6 {
            bytes.push(opcodes[(random.next() % 18) as usize]);
        } else if kind < 8 {
            bytes.push((random.next() % 64) as u8);
        } else {
            bytes.extend_from_slice(&[0, 0]);
        }
    }
    bytes
}

fn text() -> Vec<u8> {
    let words = "import os sys socket subprocess for name in path if not self.connection print return None True while range \
                 (len(data)) key = value[0:64] lambda x, y: join('/tmp', ENV) # Then 12345 try: except Exception as error";
    let words: Vec<&str> = words.split(' ').collect();
    let mut random = Random(5);
    let mut text = b"import os\n".to_vec();
    while text.len() < 24_000 {
        text.extend_from_slice(words[random.next() as usize % words.len()].as_bytes());
        text.push(if random.next().is_multiple_of(8) { b'\n' } else { b' ' });
    }
    text
}

/// Writes `payload` into the lowest `count` bytes of each number.
fn hide_bytes(mut numbers: Vec<u8>, width: usize, count: usize, reverse: bool, payload: &[u8]) -> Vec<u8> {
    for (number, part) in numbers.chunks_exact_mut(width).zip(payload.chunks(count)) {
        for (i, byte) in part.iter().enumerate() {
            number[if reverse { count - 1 - i } else { i }] = *byte;
        }
    }
    numbers
}

/// Writes `payload` into the lowest `bits` bits of each number.
fn hide_bits(mut numbers: Vec<u8>, width: usize, bits: u32, high_first: bool, payload: &[u8]) -> Vec<u8> {
    let per_byte = 8 / bits;
    let mask = ((1u16 << bits) - 1) as u8;
    for (i, number) in numbers.chunks_exact_mut(width).enumerate() {
        let Some(byte) = payload.get(i / per_byte as usize) else { break };
        let place = i as u32 % per_byte;
        let shift = if high_first { per_byte - 1 - place } else { place } * bits;
        number[0] = number[0] & !mask | byte >> shift & mask;
    }
    numbers
}

#[test]
fn honest_numbers_raise_no_alarm() {
    let scales: Vec<f64> = (0..64).map(|i| 0.001 + 0.0003 * f64::from(i)).collect();
    let row = |i: usize, length: usize| scales[i / length % 64];
    let cases: Vec<(&str, Vec<u8>, Element)> = vec![
        ("trained", f32s(|_, r| 0.02 * r.normal()), Element::F32),
        ("unit normal", f32s(|_, r| r.normal()), Element::F32),
        ("uniform of 24 bits", f32s(|_, r| (r.next() >> 40) as f64 / 16_777_216.0), Element::F32),
        ("uniform of 23 bits", f32s(|_, r| (r.next() >> 41) as f64 / 8_388_608.0), Element::F32),
        (
            "uniform around zero",
            f32s(|_, r| f64::from((r.next() >> 40) as f32 / 16_777_216.0 * 0.25) - 0.125),
            Element::F32,
        ),
        ("zeros", f32s(|_, _| 0.0), Element::F32),
        ("ones", f32s(|_, _| 1.0), Element::F32),
        ("a constant", f32s(|_, _| 0.1), Element::F32),
        ("pruned by half", f32s(|_, r| if r.next() & 1 == 0 { 0.0 } else { r.normal() }), Element::F32),
        (
            "pruned by nine tenths",
            f32s(|_, r| if r.next() % 10 > 0 { 0.0 } else { r.normal() }),
            Element::F32,
        ),
        ("rows untouched", f32s(|i, r| if i / 512 % 3 > 0 { 0.0 } else { r.normal() }), Element::F32),
        ("rows repeated", f32s(|i, _| Random(i as u64 % 700).normal()), Element::F32),
        ("pairs", f32s(|i, _| Random(i as u64 / 2).normal()), Element::F32),
        (
            "from bf16",
            f32s(|_, r| f64::from(f32::from_bits(u32::from(bf16(0.02 * r.normal())) << 16))),
            Element::F32,
        ),
        (
            "some rows from bf16",
            f32s(|i, r| {
                let x = 0.02 * r.normal();
                if i / 512 % 3 > 0 { f64::from(f32::from_bits(u32::from(bf16(x)) << 16)) } else { x }
            }),
            Element::F32,
        ),
        (
            "mean of three bf16",
            f32s(|_, r| {
                let mut next = || f64::from(f32::from_bits(u32::from(bf16(0.02 * r.normal())) << 16));
                (next() + next() + next()) / 3.0
            }),
            Element::F32,
        ),
        (
            "mean of nine bf16",
            f32s(|_, r| {
                (0..9)
                    .map(|_| f64::from(f32::from_bits(u32::from(bf16(0.02 * r.normal())) << 16)))
                    .sum::<f64>()
                    / 9.0
            }),
            Element::F32,
        ),
        (
            "8 bits by row of 768",
            f32s(|i, r| (r.normal() * 40.0).round().clamp(-127.0, 127.0) * row(i, 768)),
            Element::F32,
        ),
        (
            "8 bits by row of 4096",
            f32s(|i, r| (r.normal() * 40.0).round().clamp(-127.0, 127.0) * row(i, 4096)),
            Element::F32,
        ),
        (
            "6 bits by row of 1024",
            f32s(|i, r| (r.normal() * 10.0).round().clamp(-31.0, 31.0) * row(i, 1024)),
            Element::F32,
        ),
        (
            "4 bits by group of 128",
            f32s(|i, r| (r.normal() * 3.0).round().clamp(-8.0, 7.0) * row(i, 128)),
            Element::F32,
        ),
        (
            "4 bits by group of 32",
            f32s(|i, r| (r.normal() * 3.0).round().clamp(-8.0, 7.0) * row(i, 32)),
            Element::F32,
        ),
        (
            "4 bits in f16",
            shorts(f16, |i, r| (r.normal() * 3.0).round().clamp(-8.0, 7.0) * row(i, 128)),
            Element::F16,
        ),
        (
            "8 bits in f16",
            shorts(f16, |i, r| (r.normal() * 40.0).round().clamp(-127.0, 127.0) * row(i, 4096)),
            Element::F16,
        ),
        (
            "8 bits in bf16",
            shorts(bf16, |i, r| (r.normal() * 40.0).round().clamp(-127.0, 127.0) * row(i, 2048)),
            Element::BF16,
        ),
        ("trained in f16", shorts(f16, |_, r| 0.02 * r.normal()), Element::F16),
        ("unit normal in f16", shorts(f16, |_, r| r.normal()), Element::F16),
        ("trained in bf16", shorts(bf16, |_, r| 0.02 * r.normal()), Element::BF16),
        ("unit normal in bf16", shorts(bf16, |_, r| r.normal()), Element::BF16),
        (
            "bf16 in f16",
            shorts(f16, |_, r| f64::from(f32::from_bits(u32::from(bf16(0.02 * r.normal())) << 16))),
            Element::F16,
        ),
        ("pairs in bf16", shorts(bf16, |i, _| Random(i as u64 / 2).normal()), Element::BF16),
        (
            "one value in between",
            f32s(|i, r| if i % 9 == 0 { 3.3e-5 } else { 1e-5 * r.normal() }),
            Element::F32,
        ),
        (
            "one odd value in between",
            f32s(|i, r| if i % 9 == 0 { 0.1 } else { 1e-5 * r.normal() }),
            Element::F32,
        ),
        (
            "one value in between, in f16",
            shorts(f16, |i, r| if i % 9 == 0 { 0.1 } else { 0.02 * r.normal() }),
            Element::F16,
        ),
        ("squares", f32s(|_, r| (1e-4 * r.normal()).powi(2)), Element::F32),
        ("whole numbers", f32s(|_, r| (r.next() % 30_000) as f64), Element::F32),
        ("large whole numbers", f32s(|_, r| (r.next() % 16_000_000) as f64), Element::F32),
        ("pixels", f32s(|_, r| (r.next() % 256) as f64 / 255.0), Element::F32),
        ("one decimal", f32s(|_, r| (r.next() % 1000) as f64 / 10.0), Element::F32),
        ("prices", f32s(|_, r| (r.next() % 100_000) as f64 / 100.0), Element::F32),
        ("prices in one octave", f32s(|_, r| (6400 + r.next() % 6400) as f64 / 100.0), Element::F32),
        ("three decimals", f32s(|_, r| (r.next() % 100_000) as f64 / 1000.0), Element::F32),
        ("prices in f64", f64s(|_, r| (r.next() % 1_000_000) as f64 / 100.0), Element::F64),
        ("prices in f64 in one octave", f64s(|_, r| (6400 + r.next() % 6400) as f64 / 100.0), Element::F64),
        ("three decimals in f64", f64s(|_, r| (r.next() % 1_000_000) as f64 / 1000.0), Element::F64),
        ("four decimals in f64", f64s(|_, r| (r.next() % 100_000) as f64 / 10_000.0), Element::F64),
        ("f32 in f64", f64s(|_, r| f64::from(r.normal() as f32)), Element::F64),
        ("scaled in f64", f64s(|_, r| (r.normal() - 0.3) / 1.7), Element::F64),
        ("times", f64s(|i, r| 1.7e9 + i as f64 + (r.next() % 1000) as f64 / 1000.0), Element::F64),
        ("sines", f32s(|i, _| (i as f64 * 0.01).sin()), Element::F32),
        (
            "positions",
            f32s(|i, _| ((i / 64) as f64 / 10_000f64.powf((i % 64) as f64 / 64.0)).sin()),
            Element::F32,
        ),
        ("a line", f32s(|i, _| i as f64 / COUNT as f64), Element::F32),
        ("steps of a tenth", f32s(|i, _| f64::from(i as f32 * 0.1f32)), Element::F32),
        ("probabilities", f32s(|_, r| (r.normal() * 4.0).exp()), Element::F32),
        (
            "columns of two kinds",
            f32s(|i, r| if i % 8 < 4 { (r.next() % 5) as f64 } else { r.normal() }),
            Element::F32,
        ),
        ("frequencies", f32s(|_, r| (r.next() % 900) as f64 / 977.0), Element::F32),
    ];
    for (name, bytes, element) in cases {
        let report = report(&bytes, element);
        assert_eq!(report.alarms, [], "{name}");
        assert!(report.numbers > 0, "{name}");
    }
}

#[test]
fn a_program_in_the_low_bytes_is_found() {
    let normal = || f32s(|_, r| 0.02 * r.normal());
    for (count, reverse) in [(1, false), (2, false), (2, true), (3, false), (3, true)] {
        // Not at the start, so that the distribution alone must tell.
        let mut payload = vec![0x55; 5000 * count];
        payload.extend(program());
        let mut numbers = normal();
        let hidden = hide_bytes(numbers.split_off(20_000), 4, count, reverse, &program());
        numbers.extend(hidden);
        let report = report(&numbers, Element::F32);
        assert!(!report.alarms.is_empty(), "{count} bytes, reverse {reverse}");
        assert_eq!(report.alarms[0].content, Some("ELF program or library"));
    }
}

#[test]
fn text_in_the_low_bytes_is_found_in_every_type() {
    for count in [1, 2, 3] {
        let numbers = hide_bytes(f32s(|_, r| r.normal()), 4, count, false, &text());
        assert!(!report(&numbers, Element::F32).alarms.is_empty(), "F32, {count}");
    }
    for count in [1, 3, 6] {
        let numbers = hide_bytes(f64s(|_, r| r.normal()), 8, count, false, &text());
        assert!(!report(&numbers, Element::F64).alarms.is_empty(), "F64, {count}");
    }
    let words = text()[7..].to_vec();
    let numbers = hide_bytes(shorts(f16, |_, r| 0.02 * r.normal()), 2, 1, false, &words);
    assert!(!report(&numbers, Element::F16).alarms.is_empty());
    let numbers = hide_bytes(shorts(bf16, |_, r| 0.02 * r.normal()), 2, 1, false, &words);
    assert!(!report(&numbers, Element::BF16).alarms.is_empty());
}

#[test]
fn a_payload_in_single_bits_is_found() {
    let start = program()[64..].to_vec();
    for payload in [start, text()[7..].to_vec()] {
        for (bits, high_first) in [(1, false), (1, true), (2, false), (2, true), (4, false), (4, true)] {
            let numbers = hide_bits(f32s(|_, r| 0.02 * r.normal()), 4, bits, high_first, &payload);
            assert!(!report(&numbers, Element::F32).alarms.is_empty(), "{bits} bits, {high_first}");
        }
    }
}

#[test]
fn a_signature_at_the_start_of_a_tensor_is_found_even_when_the_rest_is_noise() {
    let mut random = Random(9);
    let mut packed = b"PK\x03\x04\x14\0\0\0\x08\0".to_vec();
    packed.extend((0..20_000).map(|_| random.next() as u8));
    for (bits, numbers) in [
        (8, hide_bytes(f32s(|_, r| r.normal()), 4, 1, false, &packed)),
        (24, hide_bytes(f32s(|_, r| r.normal()), 4, 3, true, &packed)),
        (1, hide_bits(f32s(|_, r| r.normal()), 4, 1, true, &packed)),
        (32, packed.iter().copied().chain(f32s(|_, r| r.normal())).take(80_000).collect()),
    ] {
        let report = report(&numbers, Element::F32);
        assert_eq!(report.alarms[0].sign, Sign::Signature { bits });
        assert_eq!(report.alarms[0].content, Some("ZIP archive"));
    }
}

#[test]
fn bytes_of_a_serialised_state_in_a_tensor_of_bytes_are_no_alarm() {
    let mut state = b"PK\x03\x04\x14\0\0\0\x08\0".to_vec();
    state.resize(5000, 7);
    assert_eq!(report(&state, Element::U8).alarms, []);
    let mut program = program();
    program.resize(9000, 0);
    assert_eq!(report(&program, Element::U8).alarms.len(), 1);
}

#[test]
fn windows_in_a_row_are_one_alarm() {
    let numbers = hide_bytes(f32s(|_, r| r.normal()), 4, 1, false, &[text(), text()].concat());
    let report = report(&numbers, Element::F32);
    assert_eq!(report.alarms.len(), 1);
    assert!(report.alarms[0].length >= 4 * 36_000);
}

#[test]
fn the_size_of_the_chunks_does_not_matter() {
    let mut numbers = f32s(|_, r| r.normal());
    let hidden = hide_bytes(numbers.split_off(70_000), 4, 2, false, &program());
    numbers.extend(hidden);
    let ranges = || {
        let range = |offset, length, name: &str| Range {
            offset,
            length,
            element: Element::F32,
            big_endian: false,
            name: name.into(),
        };
        vec![range(100, 60_000, "a"), range(60_100, 50_000, "b"), range(120_000, 40_000, "c")]
    };
    let whole = {
        let mut planes = Planes::new(ranges());
        planes.update(0, &numbers);
        planes.finish()
    };
    assert!(!whole.alarms.is_empty());
    for size in [1, 7, 4096, 65_536] {
        let mut planes = Planes::new(ranges());
        for (i, chunk) in numbers.chunks(size).enumerate() {
            planes.update((i * size) as u64, chunk);
        }
        assert_eq!(planes.finish(), whole, "{size}");
    }
}

proptest! {
    #[test]
    fn any_ranges_and_chunks_are_taken(
        ranges in proptest::collection::vec((0u64..5000, 0u64..5000, 0usize..6), 0..6),
        chunks in proptest::collection::vec((0u64..6000, proptest::collection::vec(any::<u8>(), 0..3000)), 0..6),
    ) {
        let elements = [Element::F32, Element::F16, Element::F64, Element::U8, Element::BOOL, Element::block("Q4_0", 32, 18)];
        let mut planes = Planes::new(ranges.into_iter().map(|(offset, length, element)| Range {
            offset, length, element: elements[element], big_endian: offset % 2 == 0, name: String::new(),
        }).collect());
        for (offset, chunk) in chunks {
            planes.update(offset, &chunk);
        }
        let _ = planes.finish();
    }
}
