//! Small containers for the tests, made by hand or by the encoders of the libraries that decode.

use std::io::Write;

pub(super) const TEXT: &[u8] =
    b"a payload that is long enough to be compressed, compressed, compressed, compressed";

/// A ZIP of members with one method: 0 or 8.
pub(super) fn zip(members: &[(&str, &[u8])], method: u16) -> Vec<u8> {
    let (mut out, mut central) = (Vec::new(), Vec::new());
    for (name, data) in members {
        let at = out.len() as u32;
        let stored = if method == 8 { deflate(data) } else { data.to_vec() };
        let mut fields = Vec::new();
        for word in [20, 0, method, 0, 33] {
            fields.extend(u16::to_le_bytes(word));
        }
        for long in [crc32fast::hash(data), stored.len() as u32, data.len() as u32] {
            fields.extend(long.to_le_bytes());
        }
        fields.extend((name.len() as u16).to_le_bytes());
        fields.extend([0, 0]);
        out.extend([b"PK\x03\x04", &fields[..], name.as_bytes(), &stored].concat());
        central.extend(
            [b"PK\x01\x02\x14\x00", &fields[..], &[0; 10], &at.to_le_bytes(), name.as_bytes()].concat(),
        );
    }
    let (start, size, count) = (out.len() as u32, central.len() as u32, members.len() as u16);
    out.extend(central);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend([count.to_le_bytes(), count.to_le_bytes()].concat());
    out.extend([size.to_le_bytes(), start.to_le_bytes()].concat());
    out.extend([0, 0]);
    out
}

/// One header of a ustar file.
pub(super) fn tar_header(name: &str, kind: u8, size: usize) -> [u8; 512] {
    let mut block = [0_u8; 512];
    block[..name.len()].copy_from_slice(name.as_bytes());
    block[100..107].copy_from_slice(b"0000644");
    block[124..135].copy_from_slice(format!("{size:011o}").as_bytes());
    block[148..156].copy_from_slice(b"        ");
    block[156] = kind;
    block[257..265].copy_from_slice(b"ustar\x0000");
    let sum: u32 = block.iter().map(|b| u32::from(*b)).sum();
    block[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    block
}

/// A tar of records: name, type, data. Ends with two blocks of zeros.
pub(super) fn tar(records: &[(&str, u8, &[u8])]) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, kind, data) in records {
        out.extend(tar_header(name, *kind, data.len()));
        out.extend(*data);
        out.resize(out.len().next_multiple_of(512), 0);
    }
    out.resize(out.len() + 1024, 0);
    out
}

/// A 7z of one stored member.
pub(super) fn seven_zip(name: &str, data: &[u8]) -> Vec<u8> {
    let length = u8::try_from(data.len()).unwrap();
    let name: Vec<u8> = name.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect();
    let mut header = vec![1, 4, 6, 0, 1, 9, length, 0];
    header.extend([7, 11, 1, 0, 1, 1, 0, 12, length, 0]);
    header.extend([8, 10, 1]);
    header.extend(crc32fast::hash(data).to_le_bytes());
    header.extend([0, 0, 5, 1, 17, name.len() as u8 + 1, 0]);
    header.extend(name);
    header.extend([0, 0]);
    let mut start = [(data.len() as u64).to_le_bytes(), (header.len() as u64).to_le_bytes()].concat();
    start.extend(crc32fast::hash(&header).to_le_bytes());
    let crc = crc32fast::hash(&start).to_le_bytes();
    [&b"7z\xbc\xaf\x27\x1c\0\x04"[..], &crc, &start, data, &header].concat()
}

pub(super) fn deflate(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

pub(super) fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

pub(super) fn zlib(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

pub(super) fn bzip2(data: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::best());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

pub(super) fn xz(data: &[u8]) -> Vec<u8> {
    let mut writer = lzma_rust2::XzWriter::new(Vec::new(), lzma_rust2::XzOptions::with_preset(1)).unwrap();
    writer.write_all(data).unwrap();
    writer.finish().unwrap()
}

pub(super) fn lzma(data: &[u8]) -> Vec<u8> {
    let options = lzma_rust2::LzmaOptions::with_preset(1);
    let mut writer = lzma_rust2::LzmaWriter::new_use_header(Vec::new(), &options, None).unwrap();
    writer.write_all(data).unwrap();
    writer.finish().unwrap()
}

pub(super) fn zstd(data: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(data, ruzstd::encoding::CompressionLevel::Fastest)
}

pub(super) fn lz4(data: &[u8]) -> Vec<u8> {
    let mut encoder = lz4_flex::frame::FrameEncoder::new(Vec::new());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}
