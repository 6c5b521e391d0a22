//! Signatures of what runs or opens, strict enough that noise has none: each fixes at least forty bits.

/// What `bytes` start with.
pub(super) fn of(bytes: &[u8]) -> Option<&'static str> {
    let at = |offset: usize| bytes.get(offset).copied().unwrap_or(0xff);
    if bytes.starts_with(b"\x7fELF") && matches!(at(4), 1 | 2) && matches!(at(5), 1 | 2) && at(6) == 1 {
        return Some("ELF program or library");
    }
    if bytes.starts_with(b"MZ") && is_pe(bytes) {
        return Some("Windows program or library");
    }
    if matches!(bytes.first_chunk(), Some([0xcf | 0xce, 0xfa, 0xed, 0xfe]))
        && matches!(at(7), 0 | 1)
        && at(13) == 0
        && at(14) == 0
    {
        return Some("Mach-O program or library");
    }
    if bytes.starts_with(b"#!/bin/") || bytes.starts_with(b"#!/usr/") {
        return Some("script");
    }
    if bytes.starts_with(b"import ")
        || bytes.starts_with(b"from __")
        || bytes.starts_with(b"<?php ")
        || bytes.starts_with(b"<script")
    {
        return Some("source code");
    }
    if bytes.starts_with(b"PK\x03\x04")
        && at(4) <= 63
        && at(5) <= 3
        && matches!(at(8), 0 | 8 | 12 | 14 | 93 | 95 | 99)
        && at(9) == 0
    {
        return Some("ZIP archive");
    }
    if bytes.starts_with(b"7z\xbc\xaf\x27\x1c") {
        return Some("7z archive");
    }
    if bytes.starts_with(b"\xfd7zXZ\0") {
        return Some("xz stream");
    }
    if bytes.starts_with(b"\x1f\x8b\x08")
        && at(3) <= 31
        && matches!(at(8), 0 | 2 | 4)
        && matches!(at(9), 0..=13 | 255)
    {
        return Some("gzip stream");
    }
    if matches!(bytes.first_chunk(), Some([0x80, 4 | 5, 0x95])) && bytes.get(7..11) == Some(&[0; 4]) {
        return Some("Python pickle");
    }
    let text = [&b"\x80\x02c"[..], b"\x80\x03c", b"cos\n", b"cposix\n", b"cbuiltins\n", b"c__builtin__\n"];
    if text.iter().any(|start| bytes.starts_with(start))
        && memchr::memmem::find(bytes.get(..48).unwrap_or(bytes), b"\n").is_some()
        && is_global(bytes)
    {
        return Some("Python pickle");
    }
    None
}

/// Whether the header that the DOS header points to is there.
fn is_pe(bytes: &[u8]) -> bool {
    let Some(pointer) = bytes.get(0x3c..0x40).and_then(|p| <[u8; 4]>::try_from(p).ok()) else { return false };
    let pointer = u32::from_le_bytes(pointer) as usize;
    bytes.get(pointer..pointer.saturating_add(4)) == Some(b"PE\0\0")
}

/// Two lines of names after the opcode GLOBAL.
fn is_global(bytes: &[u8]) -> bool {
    let Some(start) = bytes.iter().position(|byte| *byte == b'c') else { return false };
    let mut lines = bytes[start + 1..].split(|byte| *byte == b'\n');
    let name = |line: Option<&[u8]>| {
        line.is_some_and(|line| {
            (2..64).contains(&line.len())
                && line.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.'))
        })
    };
    name(lines.next()) && name(lines.next())
}
