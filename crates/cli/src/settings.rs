//! From files and flags to the policy in force. Strongest first: flags, `--policy`, `--config`, the user's own file, and
//! what lies in the target, which may only tighten.

use crate::{arguments::Scan, failure::Failure};
use modelward_policy::{Baseline, Config, Layer, Origin, Policy};
use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

/// The name of a configuration file in a folder.
pub(crate) const NAME: &str = ".modelward.toml";
/// More than this is no configuration.
const MOST_BYTES: u64 = 1 << 20;
const MOST_BASELINE_BYTES: u64 = 256 << 20;

/// The policy in force for a scan.
pub(crate) fn policy(scan: &Scan) -> Result<Policy, Failure> {
    let mut layers = vec![flags(scan)];
    let mut notes = Vec::new();
    for path in &scan.policy {
        layers.push(layer(Origin::PolicyFlag, path)?);
    }
    if let Some(path) = &scan.config {
        layers.push(layer(Origin::ConfigFlag, path)?);
    }
    if let Some(path) = own_file() {
        layers.push(layer(Origin::User, &path)?);
    }
    let named = |path: &Path| {
        let same = |other: &PathBuf| other.canonicalize().ok() == path.canonicalize().ok();
        scan.config.iter().chain(&scan.policy).any(same)
    };
    let in_target = scan.target.join(NAME);
    if scan.target.is_dir()
        && in_target.symlink_metadata().is_ok_and(|there| there.is_file())
        && !named(&in_target)
    {
        match read(&in_target)
            .map_err(|e| Failure::reading(&in_target, &e))
            .and_then(|text| parse(&in_target, text))
        {
            Ok((config, text)) => {
                layers.push(Layer { origin: Origin::Target, name: NAME.to_owned(), config, text });
            }
            Err(_) => {
                notes.push(format!("`{NAME}` lies in the target and cannot be read, so it tightens nothing"))
            }
        }
    }
    let baseline = match &scan.baseline {
        Some(path) => Some(path.clone()),
        None => baseline_of(&layers, scan),
    };
    let mut policy = Policy::assemble(layers);
    if let Some(path) = baseline {
        let text = read_up_to(&path, MOST_BASELINE_BYTES).map_err(|error| Failure::reading(&path, &error))?;
        let baseline = Baseline::parse(&path.display().to_string(), &text)
            .map_err(|message| Failure::new(message).hint("`modelward policy baseline` writes one"))?;
        policy = policy.with_baseline(baseline);
    }
    Ok(notes.into_iter().fold(policy, Policy::with_note))
}

/// The baseline that the strongest trusted file names, relative to that file.
fn baseline_of(layers: &[Layer], scan: &Scan) -> Option<PathBuf> {
    let mut trusted: Vec<&Layer> = layers.iter().filter(|l| l.origin != Origin::Target).collect();
    trusted.sort_by_key(|l| std::cmp::Reverse(l.origin));
    let layer = trusted.into_iter().find(|l| l.config.baseline.is_some())?;
    let file = scan.policy.iter().chain(&scan.config).find(|p| p.display().to_string() == layer.name);
    let folder = file.map_or_else(own_folder, |p| p.parent().map(Path::to_path_buf));
    Some(folder.unwrap_or_default().join(layer.config.baseline.as_deref()?))
}

/// The flags, as a layer of their own.
fn flags(scan: &Scan) -> Layer {
    let config = Config {
        fail_on: scan.fail_on,
        strict: scan.strict.then_some(true),
        allow_unknown: scan.allow_unknown.clone(),
        ..Config::default()
    };
    Layer { origin: Origin::Flags, name: "the command line".to_owned(), config, text: String::new() }
}

fn layer(origin: Origin, path: &Path) -> Result<Layer, Failure> {
    let text = read(path).map_err(|error| Failure::reading(path, &error))?;
    let (config, text) = parse(path, text)?;
    Ok(Layer { origin, name: path.display().to_string(), config, text })
}

/// Reads a configuration.
pub(crate) fn parse(path: &Path, text: String) -> Result<(Config, String), Failure> {
    match Config::parse(&text) {
        Ok(config) => Ok((config, text)),
        Err(error) => {
            let failure = Failure::new(format!("`{}` {error}", path.display()));
            Err(match error.hint {
                Some(hint) => failure.hint(hint),
                None => failure.hint("`modelward schema config` prints what a configuration may hold"),
            })
        }
    }
}

/// Reads a text of the size of a configuration.
pub(crate) fn read(path: &Path) -> io::Result<String> {
    read_up_to(path, MOST_BYTES)
}

fn read_up_to(path: &Path, most: u64) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(most + 1).read_to_string(&mut text)?;
    if text.len() as u64 > most {
        return Err(io::Error::other(format!("it is larger than {} MiB", most >> 20)));
    }
    Ok(text)
}

/// `$XDG_CONFIG_HOME/modelward`, else `~/.config/modelward`.
fn own_folder() -> Option<PathBuf> {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    absolute("XDG_CONFIG_HOME")
        .or_else(|| absolute("HOME").map(|home| home.join(".config")))
        .map(|p| p.join("modelward"))
}

fn own_file() -> Option<PathBuf> {
    own_folder().map(|folder| folder.join("config.toml")).filter(|path| path.is_file())
}
