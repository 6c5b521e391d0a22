use super::{
    write::{W, message},
    *,
};
use proptest::prelude::*;

fn fields(bytes: Vec<u8>) -> (Vec<Field>, Option<Fault>) {
    let source = Source::from_vec(bytes);
    let mut walker = Walker::new(&source, 1000);
    let mut span = Span::of(&source);
    let mut seen = Vec::new();
    loop {
        match walker.next(&mut span) {
            Ok(Some(field)) => seen.push(field),
            Ok(None) => return (seen, None),
            Err(fault) => return (seen, Some(fault)),
        }
    }
}

#[test]
fn fields_come_in_the_order_of_the_file() {
    let (seen, fault) = fields(message(&[(1, W::V(300)), (7, W::S("abc")), (1, W::V(0))]));
    let numbers: Vec<u32> = seen.iter().map(|f| f.number).collect();
    assert_eq!(numbers, [1, 7, 1]);
    assert_eq!(seen[0].wire, Wire::Varint(300));
    assert_eq!(seen[1].wire, Wire::Bytes(Span { start: 5, end: 8 }));
    assert_eq!(fault, None);
}

#[test]
fn a_length_beyond_the_end_is_a_fault_and_what_came_before_stays() {
    let mut bytes = message(&[(1, W::V(8))]);
    bytes.extend([0x3a, 0x7f, b'x']);
    let (seen, fault) = fields(bytes);
    assert_eq!(seen.len(), 1);
    assert_eq!(fault.map(|f| f.code), Some("truncated-field"));
}

#[test]
fn a_number_of_more_than_ten_bytes_is_a_fault() {
    let mut bytes = vec![0x08];
    bytes.extend([0xff; 11]);
    assert_eq!(fields(bytes).1.map(|f| f.code), Some("varint-overflow"));
}

#[test]
fn a_group_is_skipped_with_what_is_in_it() {
    let (seen, fault) = fields(vec![0x0b, 0x10, 0x01, 0x13, 0x14, 0x0c, 0x08, 0x05]);
    assert_eq!(seen.len(), 2);
    assert_eq!(seen[0].wire, Wire::Group(Span { start: 1, end: 5 }));
    assert_eq!(fault, None);
}

#[test]
fn a_group_that_ends_as_another_is_a_fault() {
    assert_eq!(fields(vec![0x0b, 0x14]).1.map(|f| f.code), Some("unbalanced-group"));
}

#[test]
fn many_open_groups_are_a_fault_and_no_deep_stack() {
    assert_eq!(fields(vec![0x0b; 100_000]).1.map(|f| f.code), Some("unbalanced-group"));
}

#[test]
fn the_budget_of_fields_is_the_end() {
    let bytes: Vec<u8> = (0..2000).flat_map(|_| [0x08, 0x01]).collect();
    assert_eq!(fields(bytes).1.map(|f| f.code), Some("field-budget"));
}

proptest! {
    #[test]
    fn any_bytes_at_all_are_walked_to_an_end(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        let length = bytes.len() as u64;
        let (seen, _) = fields(bytes);
        for field in seen {
            if let Wire::Bytes(span) | Wire::Group(span) = field.wire {
                prop_assert!(span.start <= span.end && span.end <= length);
            }
        }
    }
}
