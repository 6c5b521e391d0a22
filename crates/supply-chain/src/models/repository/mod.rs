//! How files become models: which folders are model repositories, which files and archives are models of their own, and
//! what each model is made of and made from.
//!
//! [`repositories`] reads only names, formats and facts, so that it gives the same plans for files on disk and for members
//! of an archive. Counts of models are counts of plans: a repository of a hundred shards is one model.
//! Start with [`repositories`], then `layout` (which names make a folder a repository) and `bom` (facts to properties and
//! relations).

mod bom;
mod layout;
#[cfg(test)]
mod tests;

use crate::{Fact, RepositoryFile};
use modelward_kernel::{Asset, AssetKind, Place, Relation};
use std::collections::{BTreeMap, BTreeSet};

/// A model and the files that make it.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The model, with the facts for the AI-BOM as properties.
    pub asset: Asset,
    /// The folder, the archive, or the single file.
    pub place: Place,
    /// Indices of its files, in the order of their paths.
    pub files: Vec<usize>,
    /// Other assets that it names: base models, datasets.
    pub assets: Vec<Asset>,
    /// What it contains and what it was made from.
    pub relations: Vec<Relation>,
}

impl Plan {
    /// The path of `file` within this model: relative to its folder or archive, members of inner archives after a `!`.
    #[must_use]
    pub fn relative_path(&self, file: &RepositoryFile) -> String {
        let address = file.place.address();
        let own = self.place.address();
        if own == "." {
            return address;
        }
        match address.strip_prefix(&own) {
            Some("") => file.place.path.rsplit('/').next().unwrap_or(&file.place.path).to_owned(),
            Some(rest) => rest.trim_start_matches(['/', '!']).to_owned(),
            None => address,
        }
    }
}

/// Groups `files` into models. Files of no model (a text, a template alone) are in no plan: they are judged one by one.
///
/// A folder with the layout of a model repository is one model with all that lies below it, members of its archives
/// included. Elsewhere each file of weights is a model of its own, and so is each archive that holds a model.
/// Ordered by place; each plan is made when it is asked for, so that ten thousand models need not be kept at once.
pub fn repositories<'a>(files: &'a [RepositoryFile], facts: &'a [Fact]) -> impl Iterator<Item = Plan> + 'a {
    let facts = Facts::new(facts);
    let roots = disk_roots(files, &facts);
    let mut groups: BTreeMap<Place, Vec<usize>> = BTreeMap::new();
    let mut archives: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, file) in files.iter().enumerate() {
        let folder = folder_of(&file.place.path);
        if let Some(root) = enclosing(folder, &roots) {
            groups.entry(folder_place(root)).or_default().push(index);
        } else {
            archives.entry(&file.place.path).or_default().push(index);
        }
    }
    for (path, members) in archives {
        split_archive(path, &members, files, &facts, &mut groups);
    }
    groups.into_iter().map(move |(place, indices)| plan(place, indices, files, &facts))
}

/// Facts by the address of the file that said them.
struct Facts<'a> {
    by_address: BTreeMap<String, Vec<&'a Fact>>,
}

impl<'a> Facts<'a> {
    fn new(facts: &'a [Fact]) -> Self {
        let mut by_address: BTreeMap<String, Vec<&Fact>> = BTreeMap::new();
        for fact in facts {
            by_address.entry(fact.place.address()).or_default().push(fact);
        }
        Facts { by_address }
    }

    fn of(&self, file: &RepositoryFile) -> &[&'a Fact] {
        self.by_address.get(&file.place.address()).map_or(&[], Vec::as_slice)
    }
}

/// The folders on disk that are model repositories, outermost first and none within another.
fn disk_roots(files: &[RepositoryFile], facts: &Facts<'_>) -> BTreeSet<String> {
    let mut folders: BTreeMap<&str, Vec<&RepositoryFile>> = BTreeMap::new();
    for file in files.iter().filter(|file| file.place.inside.is_empty()) {
        folders.entry(folder_of(&file.place.path)).or_default().push(file);
    }
    let candidates: Vec<String> = folders
        .iter()
        .filter(|(_, files)| layout::is_root(files, |file| facts.of(file)))
        .map(|(folder, _)| layout::root_of(folder, |name| folders.contains_key(name)))
        .collect();
    outermost(candidates)
}

/// Those of `folders` that lie in no other.
fn outermost(folders: Vec<String>) -> BTreeSet<String> {
    let mut kept = BTreeSet::new();
    // In the order of their bytes a folder comes before what lies in it.
    for folder in folders.into_iter().collect::<BTreeSet<String>>() {
        if enclosing(&folder, &kept).is_none() {
            kept.insert(folder);
        }
    }
    kept
}

/// The one of `roots` that is `folder` or that it lies in.
fn enclosing<'r>(folder: &str, roots: &'r BTreeSet<String>) -> Option<&'r String> {
    let ancestors = folder.match_indices('/').map(|(at, _)| &folder[..at]);
    [""].into_iter().chain(ancestors).chain([folder]).find_map(|ancestor| roots.get(ancestor))
}

/// A file outside every repository, with its members when it is an archive: a model of its own when it is a file of
/// weights or holds a model; several models when it holds several repositories side by side.
fn split_archive(
    path: &str,
    members: &[usize],
    files: &[RepositoryFile],
    facts: &Facts<'_>,
    groups: &mut BTreeMap<Place, Vec<usize>>,
) {
    let mut folders: BTreeMap<String, Vec<&RepositoryFile>> = BTreeMap::new();
    for &index in members {
        if let [member] = files[index].place.inside.as_slice() {
            folders.entry(folder_of(member).to_owned()).or_default().push(&files[index]);
        }
    }
    let roots = outermost(
        folders
            .iter()
            .filter(|(_, files)| layout::is_root(files, |file| facts.of(file)))
            .map(|(folder, _)| layout::root_of(folder, |name| folders.contains_key(name)))
            .collect(),
    );
    let outer = members.iter().map(|&i| &files[i]).find(|file| file.place.inside.is_empty());
    let own_format = outer.is_some_and(layout::is_weights);
    if roots.len() > 1 && !own_format {
        for &index in members {
            let member = files[index].place.inside.first().map_or("", String::as_str);
            if let Some(root) = enclosing(folder_of(member), &roots) {
                groups.entry(Place::file(path).member(root.as_str())).or_default().push(index);
            }
        }
    } else if own_format || !roots.is_empty() || members.iter().any(|&i| layout::is_weights(&files[i])) {
        groups.entry(Place::file(path)).or_default().extend(members);
    }
}

fn plan(place: Place, mut indices: Vec<usize>, files: &[RepositoryFile], facts: &Facts<'_>) -> Plan {
    indices.sort_by(|&a, &b| files[a].place.cmp(&files[b].place));
    indices.dedup();
    let last = place.inside.last().unwrap_or(&place.path);
    let name = last.rsplit('/').find(|part| !part.is_empty()).unwrap_or(last).to_owned();
    let mut plan = Plan {
        asset: Asset::at(AssetKind::Model, name, place.clone()),
        place,
        files: indices,
        assets: Vec::new(),
        relations: Vec::new(),
    };
    bom::complete(&mut plan, files, |file| facts.of(file));
    plan
}

fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn folder_place(folder: &str) -> Place {
    Place::file(if folder.is_empty() { "." } else { folder })
}
