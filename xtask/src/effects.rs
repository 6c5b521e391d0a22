//! Rebuilds the table of effects that ships with the product, from exactly the files that `effects-sources.txt` names.
//!
//! The files come from the package registry by `pip download`, never installed and never run, into a folder outside the
//! repository; the standard library comes from the interpreter of the same version. The same files give the same bytes.

use anyhow::{Context, Result, bail, ensure};
use modelward_formats::Source;
use modelward_supply_chain::effects::{
    Effects,
    derive::{Content, Input, derive},
};
use sha2::{Digest, Sha256};
use std::{
    fmt::Write as _,
    fs,
    io::Read,
    path::{Path, PathBuf},
    process::Command,
};

const LIST: &str = "crates/supply-chain/data/effects-sources.txt";
const TABLE: &str = "crates/supply-chain/data/effects.table";
/// Answers pip's question for the metadata of a source distribution without running the package.
const NO_BUILD: &str = include_str!("effects/sitecustomize.py");

/// `cargo xtask effects [--check] [CACHE]`.
pub(crate) fn run(root: &Path, words: &[String]) -> Result<()> {
    let check = words.iter().any(|word| word == "--check");
    let cache = words.iter().find(|word| !word.starts_with("--")).map(PathBuf::from);
    let cache = match cache {
        Some(cache) => cache,
        None => {
            let home =
                std::env::var_os("HOME").context("HOME is not set: name a folder for the downloads")?;
            PathBuf::from(home).join(".cache/modelward/effects")
        }
    };
    fs::create_dir_all(&cache).with_context(|| cache.display().to_string())?;
    let list = fs::read_to_string(root.join(LIST)).context(LIST)?;
    let mut inputs = Vec::new();
    for line in list.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty()) {
        let (name, digest) =
            line.split_once(' ').with_context(|| format!("`{line}` is no file and digest"))?;
        inputs.push(input(&cache, name, digest.trim())?);
    }
    println!("{} files", inputs.len());
    let table = derive(&inputs, &Effects::default()).map_err(anyhow::Error::msg)?;
    let bytes = table.to_bytes()?;
    if check {
        ensure!(fs::read(root.join(TABLE))? == bytes, "{TABLE} is not what its sources give");
        println!("{TABLE} is what its sources give");
        return Ok(());
    }
    fs::write(root.join(TABLE), &bytes).context(TABLE)?;
    let names: usize = table.modules.values().map(std::collections::BTreeMap::len).sum();
    println!(
        "{TABLE}: {} packages, {} modules, {names} names, {} bytes",
        table.packages.len(),
        table.modules.len(),
        bytes.len()
    );
    Ok(())
}

fn input(cache: &Path, name: &str, digest: &str) -> Result<Input> {
    if let Some(version) = name.strip_prefix("python-") {
        return standard_library(name, version, digest);
    }
    let path = cache.join(name);
    if !path.exists() {
        download(cache, name)?;
    }
    let found = sha256(&path)?;
    ensure!(found == digest, "{name} has the digest {found}, and {LIST} says {digest}");
    let content = Content::Archive(Source::from_file(fs::File::open(&path)?)?);
    Ok(Input { name: name.to_owned(), digest: found, content })
}

fn sha256(path: &Path) -> Result<String> {
    let mut file = fs::File::open(path).with_context(|| path.display().to_string())?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok(hex(&hash.finalize()));
        }
        hash.update(&buffer[..read]);
    }
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Asks pip for exactly one file. A wheel's name says for which interpreter and system it is.
fn download(cache: &Path, name: &str) -> Result<()> {
    println!("downloading {name}");
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip", "download", "--quiet", "--no-deps", "--dest"]).arg(cache);
    if let Some(stem) = name.strip_suffix(".whl") {
        let parts: Vec<&str> = stem.split('-').collect();
        let [package, version, .., python, abi, system] = parts.as_slice() else {
            bail!("`{name}` is no name of a wheel")
        };
        pip.arg("--only-binary=:all:");
        if *system != "any" {
            for system in system.split('.') {
                pip.args(["--platform", system]);
            }
            pip.args(["--abi", abi, "--implementation", "cp"]);
        }
        let digits: String = python.chars().filter(char::is_ascii_digit).collect();
        pip.args(["--python-version", if digits.len() > 1 && *abi != "abi3" { &digits } else { "3.13" }]);
        pip.arg(format!("{package}=={version}"));
    } else {
        let stem = name.strip_suffix(".tar.gz").or_else(|| name.strip_suffix(".zip")).unwrap_or(name);
        let (package, version) = stem.rsplit_once('-').with_context(|| format!("`{name}` has no version"))?;
        let folder = cache.join("no-build");
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("sitecustomize.py"), NO_BUILD)?;
        pip.env("PYTHONPATH", folder);
        pip.args(["--no-binary=:all:", "--no-build-isolation", "--use-pep517", "--ignore-requires-python"]);
        pip.arg(format!("{package}=={version}"));
    }
    ensure!(pip.status().context("python3 -m pip")?.success(), "pip could not download {name}");
    ensure!(cache.join(name).exists(), "pip downloaded another file than {name}");
    Ok(())
}

/// The sources of the interpreter's own library; the digest is over its names and texts.
fn standard_library(name: &str, version: &str, digest: &str) -> Result<Input> {
    let say =
        "import platform, sysconfig; print(platform.python_version()); print(sysconfig.get_path('stdlib'))";
    let output = Command::new("python3").args(["-c", say]).output().context("python3")?;
    let text = String::from_utf8(output.stdout)?;
    let mut lines = text.lines();
    let found = lines.next().unwrap_or_default();
    ensure!(found == version, "the table needs the library of Python {version}, and python3 is {found}");
    let folder = PathBuf::from(lines.next().unwrap_or_default());
    let mut files = Vec::new();
    collect(&folder, &folder, &mut files)?;
    files.sort();
    let mut hash = Sha256::new();
    for (path, bytes) in &files {
        hash.update(path.as_bytes());
        hash.update([0]);
        hash.update(Sha256::digest(bytes));
    }
    let found = hex(&hash.finalize());
    ensure!(
        found == digest,
        "the library of Python {version} has the digest {found}, and {LIST} says {digest}"
    );
    let files = files.into_iter().map(|(path, bytes)| (path, Source::from_vec(bytes))).collect();
    Ok(Input { name: name.to_owned(), digest: found, content: Content::Folder(files) })
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<(String, Vec<u8>)>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        // What is installed beside the library, its tests, and what building the interpreter wrote are no part of it.
        if path.is_dir() {
            if !["site-packages", "test", "tests", "__pycache__", "ensurepip/_bundled"].contains(&&*name)
                && !name.starts_with("config-")
            {
                collect(root, &path, files)?;
            }
        } else if name.ends_with(".py") && !name.starts_with("_sysconfigdata") {
            let inner = path.strip_prefix(root)?.to_string_lossy().replace('\\', "/");
            files.push((inner, fs::read(&path)?));
        }
    }
    Ok(())
}
