use super::*;
use proptest::prelude::*;

/// A file of superblock version 2 with 8-byte addresses, put together block by block.
struct Made {
    bytes: Vec<u8>,
}

fn number(value: u64, width: usize) -> Vec<u8> {
    value.to_le_bytes()[..width].to_vec()
}

fn joined(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

impl Made {
    fn new() -> Self {
        Made { bytes: vec![0; 48] }
    }

    /// Puts a block at the next multiple of 8 and gives its address.
    fn put(&mut self, block: &[u8]) -> u64 {
        self.bytes.resize(self.bytes.len().div_ceil(8) * 8, 0);
        let at = self.bytes.len() as u64;
        self.bytes.extend(block);
        at
    }

    fn object(&mut self, messages: &[(u8, Vec<u8>)]) -> u64 {
        let body: Vec<u8> = messages
            .iter()
            .flat_map(|(kind, body)| joined(&[&[*kind], &number(body.len() as u64, 2), &[0], body]))
            .collect();
        let block = joined(&[b"OHDR\x02\x02", &number(body.len() as u64, 4), &body, &[0; 4]]);
        self.put(&block)
    }

    fn heap(&mut self, text: &[u8]) -> u64 {
        let data = self.put(text);
        self.put(&joined(&[b"HEAP\0\0\0\0", &number(text.len() as u64, 8), &number(0, 8), &number(data, 8)]))
    }

    fn collection(&mut self, object: &[u8]) -> u64 {
        let size = 16 + 16 + object.len().div_ceil(8) * 8;
        let mut block = joined(&[b"GCOL\x01\0\0\0", &number(size as u64, 8), &number(1, 2), &[0; 6]]);
        block.extend(number(object.len() as u64, 8));
        block.extend(object);
        block.resize(size, 0);
        self.put(&block)
    }

    fn file(mut self, root: u64) -> Vec<u8> {
        let head = joined(&[
            b"\x89HDF\r\n\x1a\n\x02\x08\x08\0",
            &number(0, 8),
            &number(u64::MAX, 8),
            &number(self.bytes.len() as u64, 8),
            &number(root, 8),
            &[0; 4],
        ]);
        self.bytes[..head.len()].copy_from_slice(&head);
        self.bytes
    }
}

fn link(name: &str, kind: u8, value: &[u8]) -> (u8, Vec<u8>) {
    (0x06, joined(&[&[1, 0x08, kind, name.len() as u8], name.as_bytes(), value]))
}

fn hard(name: &str, to: u64) -> (u8, Vec<u8>) {
    link(name, 0, &number(to, 8))
}

fn external(name: &str, file: &str, object: &str) -> (u8, Vec<u8>) {
    let value = joined(&[&[0], file.as_bytes(), &[0], object.as_bytes(), &[0]]);
    link(name, 64, &joined(&[&number(value.len() as u64, 2), &value]))
}

/// A fixed text in an attribute of version 3.
fn fixed(name: &str, text: &str) -> (u8, Vec<u8>) {
    let kind = joined(&[&[0x13, 0, 0, 0], &number(text.len() as u64, 4)]);
    (0x0c, attribute(name, &kind, text.as_bytes()))
}

fn attribute(name: &str, kind: &[u8], data: &[u8]) -> Vec<u8> {
    let name = joined(&[name.as_bytes(), &[0]]);
    let space = [2, 0, 0, 0];
    let sizes = [number(name.len() as u64, 2), number(kind.len() as u64, 2), number(4, 2)].concat();
    joined(&[&[3, 0], &sizes, &[0], &name, kind, &space, data])
}

fn read(bytes: Vec<u8>) -> Hdf5File {
    parse(&Source::from_vec(bytes), &Context::default())
}

const LAMBDA: &str = r#"{"class_name": "Lambda", "config": {}}"#;

#[test]
fn groups_and_datasets_are_counted_and_each_object_is_visited_once() {
    let mut made = Made::new();
    let shape = joined(&[&[2, 2, 0, 1], &number(3, 8), &number(4, 8)]);
    let data = made.object(&[(0x01, shape)]);
    let root = made.object(&[hard("a", data), hard("b", data)]);
    let found = read(made.file(root));
    assert_eq!((found.groups, found.datasets, found.elements), (1, 1, 12));
    assert!(found.problems.is_empty());
}

#[test]
fn a_link_to_another_file_is_a_reference() {
    let mut made = Made::new();
    let inner = made.object(&[external("w", "/etc/passwd", "/x")]);
    let root = made.object(&[hard("layers", inner)]);
    let found = read(made.file(root));
    assert_eq!(found.external[0].kind, ExternalKind::Link);
    assert_eq!(
        (found.external[0].object.as_str(), found.external[0].file.as_str()),
        ("/layers/w", "/etc/passwd")
    );
}

#[test]
fn a_dataset_whose_bytes_lie_in_another_file_is_a_reference() {
    let mut made = Made::new();
    let heap = made.heap(b"\0\0\0\0\0\0\0\0/etc/passwd\0");
    let slot = joined(&[&number(8, 8), &number(0, 8), &number(100, 8)]);
    let list = joined(&[&[1, 0, 0, 0, 1, 0, 1, 0], &number(heap, 8), &slot]);
    let root = made.object(&[(0x07, list)]);
    let found = read(made.file(root));
    assert_eq!(
        (found.external[0].kind, found.external[0].file.as_str()),
        (ExternalKind::Storage, "/etc/passwd")
    );
}

#[test]
fn a_dataset_composed_of_those_of_another_file_is_a_reference() {
    let mut made = Made::new();
    let heap = made.collection(&joined(&[&[0], &number(1, 8), b"/data/other.h5\0/x\0"]));
    let root = made.object(&[(0x08, joined(&[&[4, 3], &number(heap, 8), &number(1, 4)]))]);
    let found = read(made.file(root));
    assert_eq!(
        (found.external[0].kind, found.external[0].file.as_str()),
        (ExternalKind::Virtual, "/data/other.h5")
    );
}

#[test]
fn a_configuration_in_an_attribute_is_read_whether_its_text_is_fixed_or_not() {
    let mut made = Made::new();
    let root = made.object(&[fixed("model_config", LAMBDA)]);
    assert_eq!(read(made.file(root)).keras[0].root_class, "Lambda");

    let mut made = Made::new();
    let heap = made.collection(LAMBDA.as_bytes());
    let kind = [0x19, 1, 0, 0, 16, 0, 0, 0, 0x10, 0, 0, 0, 1, 0, 0, 0];
    let data = joined(&[&number(LAMBDA.len() as u64, 4), &number(heap, 8), &number(1, 4)]);
    let root = made.object(&[(0x0c, attribute("model_config", &kind, &data))]);
    assert_eq!(read(made.file(root)).keras[0].root_class, "Lambda");
}

#[test]
fn a_file_behind_a_user_block_is_found() {
    let mut made = Made::new();
    let root = made.object(&[external("w", "x.h5", "/")]);
    let mut bytes = vec![b'#'; 1024];
    bytes.extend(made.file(root));
    let found = read(bytes);
    assert_eq!((found.superblock, found.external.len()), (1024, 1));
}

#[test]
fn groups_in_a_ring_end() {
    let mut made = Made::new();
    let first = made.object(&[hard("a", 0)]);
    let root = made.object(&[hard("up", first)]);
    let mut bytes = made.file(root);
    // The link's target is the last eight bytes before the checksum of the first object.
    let at = first as usize + 10 + 4 + 5;
    bytes[at..at + 8].copy_from_slice(&root.to_le_bytes());
    assert_eq!(read(bytes).groups, 2);
}

#[test]
fn a_header_that_goes_on_in_itself_ends() {
    let mut made = Made::new();
    let root = made.put(&joined(&[
        b"OHDR\x02\x02",
        &number(20, 4),
        &[0x10, 16, 0, 0],
        &number(58, 8),
        &number(20, 8),
        &[0; 4],
    ]));
    let found = read(made.file(root));
    assert!(found.problems.iter().any(|problem| problem.code == "hdf5-header"));
}

#[test]
fn a_filter_that_needs_a_plugin_is_named() {
    let mut made = Made::new();
    let root = made.object(&[(0x0b, vec![2, 1, 0x15, 0x7d, 0, 0, 0, 0, 0, 0])]);
    assert_eq!(read(made.file(root)).filters, [0x7d15]);
}

fn whole() -> Vec<u8> {
    let mut made = Made::new();
    let heap = made.heap(b"\0\0\0\0\0\0\0\0/etc/passwd\0");
    let slot = joined(&[&number(8, 8), &number(0, 8), &number(100, 8)]);
    let list = joined(&[&[1, 0, 0, 0, 1, 0, 1, 0], &number(heap, 8), &slot]);
    let inner = made.object(&[(0x07, list), external("w", "x.h5", "/x"), fixed("model_config", LAMBDA)]);
    let root = made.object(&[hard("a", inner)]);
    made.file(root)
}

proptest! {
    #[test]
    fn any_bytes_after_the_signature_are_read_to_an_end(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let mut file = b"\x89HDF\r\n\x1a\n".to_vec();
        file.extend(bytes);
        read(file);
    }

    #[test]
    fn a_changed_file_is_read_to_an_end(changes in proptest::collection::vec((0usize..600, any::<u8>()), 1..8), cut in 0usize..600) {
        let mut bytes = whole();
        let length = bytes.len();
        for (at, to) in changes {
            bytes[at % length] = to;
        }
        bytes.truncate(length - cut % length);
        read(bytes);
    }
}
