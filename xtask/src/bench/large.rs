//! What size costs: ten thousand small files, and one checkpoint of 1.2 GB.

use crate::python::Python;
use anyhow::Result;
use modelward_ruletest::{Case, Fence, fixture};
use std::{
    fs::{self, File},
    io::Write,
    path::Path,
};

/// One figure.
pub(super) struct Figure {
    pub what: &'static str,
    pub target: &'static str,
    pub cpu_s: f64,
    pub wall_s: f64,
    pub max_rss_mib: f64,
}

pub(super) fn rows(binary: &Path, work: &Path, python: &Python) -> Result<Vec<Figure>> {
    let many = many_files(work)?;
    let checkpoint = large_checkpoint(work)?;
    let program = binary.display().to_string();
    let measure = |what, target, options: &[&str], path: &Path| -> Result<Figure> {
        let path = path.display().to_string();
        let command = [&[program.as_str(), "scan", &path, "--format", "json"], options].concat();
        let cost = python.measure(&command, &work.join("large.json"), work)?;
        let (cpu_s, wall_s, max_rss_mib) = (cost.cpu_s, cost.wall_s, cost.max_rss_mib);
        Ok(Figure { what, target, cpu_s, wall_s, max_rss_mib })
    };
    Ok(vec![
        measure("10,000 small model files, hashing included", "2 CPU s, 64 MiB", &[], &many)?,
        measure(
            "checkpoint of 1.2 GB, structure only",
            "0.1 CPU s, 64 MiB",
            &["--structure-only"],
            &checkpoint,
        )?,
        measure(
            "checkpoint of 1.2 GB, with SHA-256 and byte statistics",
            "3 CPU s, 64 MiB",
            &[],
            &checkpoint,
        )?,
    ])
}

/// Small pickles, safetensors and JSON, ten thousand in a hundred folders.
fn many_files(work: &Path) -> Result<std::path::PathBuf> {
    let folder = work.join("many");
    let header = br#"{"w":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}      "#;
    for index in 0..10_000u32 {
        let folder = folder.join(format!("{:03}", index / 100));
        fs::create_dir_all(&folder)?;
        let number = index.to_le_bytes();
        let (name, bytes) = match index % 4 {
            0 => ("pkl", [b"\x80\x04}\x8c\x01wJ", &number[..], b"s."].concat()),
            1 => ("json", format!("{{\"index\": {index}}}\n").into_bytes()),
            _ => {
                let data = [&number[..], &[0; 12]].concat();
                let length = (header.len() as u64).to_le_bytes();
                ("safetensors", [&length[..], header, &data].concat())
            }
        };
        fs::write(folder.join(format!("{index:05}.{name}")), bytes)?;
    }
    Ok(folder)
}

/// A `torch.save` archive with one stored tensor of 300 million numbers.
fn large_checkpoint(work: &Path) -> Result<std::path::PathBuf> {
    const NUMBERS: u32 = 300_000_000;
    let path = work.join("large.pt");
    let small = fixture::files(&Case {
        files: vec![
            fence("pickle", "large.pt!large/data.pkl", STATE.replace("NUMBERS", &NUMBERS.to_string())),
            fence("text", "large.pt!large/data/0", "DATA".to_owned()),
            fence("text", "large.pt!large/version", "3\n".to_owned()),
        ],
        ..Case::default()
    });
    let Ok(small) = small else { anyhow::bail!("the checkpoint cannot be assembled") };
    let archive = &small[0].bytes;
    write_enlarged(&path, archive, u64::from(NUMBERS) * 4)?;
    Ok(path)
}

fn fence(encoding: &str, path: &str, body: String) -> Fence {
    Fence { encoding: encoding.to_owned(), path: path.to_owned(), body, line: 0 }
}

/// Writes the archive with its member `DATA` grown to `size` bytes of noise, all headers mended.
fn write_enlarged(path: &Path, archive: &[u8], size: u64) -> Result<()> {
    let at = find(archive, b"DATA").unwrap_or_default();
    let grown = (size - 4) as u32;
    let block = noise(1 << 20);
    let mut crc = crc32fast::Hasher::new();
    let mut left = size as usize;
    while left > 0 {
        let part = left.min(block.len());
        crc.update(&block[..part]);
        left -= part;
    }
    let (crc, size32) = (crc.finalize().to_le_bytes(), (size as u32).to_le_bytes());
    let mut bytes = archive.to_vec();
    let local = at - "large/data/0".len() - 30;
    bytes[local + 14..local + 18].copy_from_slice(&crc);
    bytes[local + 18..local + 22].copy_from_slice(&size32);
    bytes[local + 22..local + 26].copy_from_slice(&size32);
    let mut position = find(archive, b"PK\x01\x02").unwrap_or_default();
    let end = find(archive, b"PK\x05\x06").unwrap_or_default();
    while position < end {
        let name = usize::from(u16::from_le_bytes([bytes[position + 28], bytes[position + 29]]));
        let offset: [u8; 4] = [0, 1, 2, 3].map(|i| bytes[position + 42 + i]);
        let offset = u32::from_le_bytes(offset);
        if bytes[position + 46..position + 46 + name].ends_with(b"data/0") {
            bytes[position + 16..position + 20].copy_from_slice(&crc);
            bytes[position + 20..position + 24].copy_from_slice(&size32);
            bytes[position + 24..position + 28].copy_from_slice(&size32);
        } else if offset as usize > at {
            bytes[position + 42..position + 46].copy_from_slice(&(offset + grown).to_le_bytes());
        }
        position += 46 + name;
    }
    let start: [u8; 4] = [0, 1, 2, 3].map(|i| bytes[end + 16 + i]);
    bytes[end + 16..end + 20].copy_from_slice(&(u32::from_le_bytes(start) + grown).to_le_bytes());

    let mut file = File::create(path)?;
    file.write_all(&bytes[..at])?;
    let mut left = size as usize;
    while left > 0 {
        let part = left.min(block.len());
        file.write_all(&block[..part])?;
        left -= part;
    }
    file.write_all(&bytes[at + 4..])?;
    Ok(())
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

/// Numbers like those of weights: small floats around zero.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1du64;
    let mut bytes = Vec::with_capacity(length);
    while bytes.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let number = (state >> 40) as f32 / (1u32 << 24) as f32 - 0.5;
        bytes.extend((number * number * number).to_le_bytes());
    }
    bytes
}

const STATE: &str = "
PROTO 2
EMPTY_DICT
BINUNICODE 'weight'
GLOBAL 'torch._utils' '_rebuild_tensor_v2'
MARK
MARK
BINUNICODE 'storage'
GLOBAL 'torch' 'FloatStorage'
BINUNICODE '0'
BINUNICODE 'cpu'
BININT NUMBERS
TUPLE
BINPERSID
BININT1 0
BININT NUMBERS
TUPLE1
BININT1 1
TUPLE1
NEWFALSE
GLOBAL 'collections' 'OrderedDict'
EMPTY_TUPLE
REDUCE
TUPLE
REDUCE
SETITEM
STOP
";
