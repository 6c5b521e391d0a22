//! For the tests of rules on containers: small archives made by hand, and a rule applied to them and all their members.

use crate::{Artifact, Check, FamilyRule, effects::Effects};
use modelward_formats::{Context, Format, Parsed, Source, identify, parse};
use modelward_kernel::{AssetId, AssetKind, Finding, Place};

/// What `rule` says about the file and, one level down, its members.
pub(in crate::models) fn findings(rule: &FamilyRule, name: &str, bytes: &[u8]) -> Vec<Finding> {
    let mut found = Vec::new();
    judge(rule, &Place::file(name), &Source::from_vec(bytes.to_vec()), &[], &mut found);
    found
}

fn judge(rule: &FamilyRule, place: &Place, source: &Source, within: &[Format], found: &mut Vec<Finding>) {
    let (Check::Artifact(check) | Check::Tensors(check)) = rule.check else {
        return;
    };
    let context = Context::default();
    let name = place.inside.last().unwrap_or(&place.path);
    let name = name.rsplit('/').next().unwrap_or(name);
    for format in identify(source, name) {
        let mut parsed = parse(format, source, name, &context);
        if let Parsed::Archive(archive) = &mut parsed {
            let mut problems = Vec::new();
            let inside = [within, &[format]].concat();
            archive.visit(source, &context, &mut |entry, content| match content {
                Ok(content) if within.len() < 3 => {
                    judge(rule, &place.member(entry.name.as_str()), &content, &inside, found);
                }
                Ok(_) => {}
                Err(problem) => problems.push(problem),
            });
            archive.problems.extend(problems);
        }
        let asset = AssetId::new(AssetKind::ModelFile, &place.address());
        let effects = Effects::default();
        let artifact =
            Artifact { asset: &asset, place, format, parsed: &parsed, source, effects: &effects, within };
        check(&artifact, found);
    }
}

/// A member of a ZIP that is made by hand.
#[derive(Clone)]
pub(in crate::models) struct Member {
    pub(in crate::models) local: &'static str,
    pub(in crate::models) central: &'static str,
    pub(in crate::models) data: Vec<u8>,
    pub(in crate::models) central_flags: u16,
    pub(in crate::models) local_flags: u16,
    pub(in crate::models) crc: u32,
    pub(in crate::models) size: u32,
    /// The mode of a file on Unix.
    pub(in crate::models) mode: u32,
}

pub(in crate::models) fn member(name: &'static str, data: &[u8]) -> Member {
    let crc = crc32(data);
    Member {
        local: name,
        central: name,
        data: data.to_vec(),
        central_flags: 0,
        local_flags: 0,
        crc,
        size: data.len() as u32,
        mode: 0o100_644,
    }
}

/// A ZIP of stored members.
pub(in crate::models) fn zip(members: &[Member]) -> Vec<u8> {
    let (mut out, mut central) = (Vec::new(), Vec::new());
    for member in members {
        let at = out.len() as u32;
        let length = member.data.len() as u32;
        let sizes = [member.crc.to_le_bytes(), length.to_le_bytes(), member.size.to_le_bytes()].concat();
        let word = |n: u16| n.to_le_bytes();
        out.extend(b"PK\x03\x04");
        out.extend([word(20), word(member.local_flags), word(0), word(0), word(33)].concat());
        out.extend(&sizes);
        out.extend([word(member.local.len() as u16), word(0)].concat());
        out.extend(member.local.as_bytes());
        out.extend(&member.data);
        central.extend(b"PK\x01\x02");
        central.extend(
            [word(0x0314), word(20), word(member.central_flags), word(0), word(0), word(33)].concat(),
        );
        central.extend(&sizes);
        central.extend([word(member.central.len() as u16), word(0), word(0), word(0), word(0)].concat());
        central.extend((member.mode << 16).to_le_bytes());
        central.extend(at.to_le_bytes());
        central.extend(member.central.as_bytes());
    }
    let (start, size, count) = (out.len() as u32, central.len() as u32, members.len() as u16);
    out.extend(central);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend([count.to_le_bytes(), count.to_le_bytes()].concat());
    out.extend([size.to_le_bytes(), start.to_le_bytes()].concat());
    out.extend([0, 0]);
    out
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg()))
    })
}

/// A tar of members: name, type, link target, data.
pub(in crate::models) fn tar(members: &[(&str, u8, &str, &[u8])]) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, kind, link, data) in members {
        let mut block = [0_u8; 512];
        block[..name.len()].copy_from_slice(name.as_bytes());
        block[100..107].copy_from_slice(b"0000644");
        block[124..135].copy_from_slice(format!("{:011o}", data.len()).as_bytes());
        block[148..156].copy_from_slice(b"        ");
        block[156] = *kind;
        block[157..157 + link.len()].copy_from_slice(link.as_bytes());
        block[257..265].copy_from_slice(b"ustar\x0000");
        let sum: u32 = block.iter().map(|b| u32::from(*b)).sum();
        block[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        out.extend(block);
        out.extend(*data);
        out.resize(out.len().next_multiple_of(512), 0);
    }
    out.resize(out.len() + 1024, 0);
    out
}
