//! The inventory graph: the AI-BOM and the attack graph at once.

use crate::{Asset, AssetId, Relation};
use std::collections::BTreeMap;

/// All assets and relations of a run, in a defined order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inventory {
    assets: BTreeMap<AssetId, Asset>,
    relations: BTreeMap<String, Relation>,
}

impl Inventory {
    /// Adds an asset. One that is there already is united with it: places are kept from both, and a property, digest,
    /// version or purl that the first lacks is taken from the second.
    pub fn add_asset(&mut self, asset: Asset) {
        match self.assets.get_mut(&asset.id) {
            Some(known) => known.unite(asset),
            None => {
                self.assets.insert(asset.id.clone(), asset);
            }
        }
    }

    /// Adds a relation; the same kind between the same ends is united and keeps every place.
    pub fn add_relation(&mut self, relation: Relation) {
        match self.relations.get_mut(&relation.id()) {
            Some(known) => known.unite(relation),
            None => {
                self.relations.insert(relation.id(), relation);
            }
        }
    }

    #[must_use]
    pub fn asset(&self, id: &AssetId) -> Option<&Asset> {
        self.assets.get(id)
    }

    pub fn asset_mut(&mut self, id: &AssetId) -> Option<&mut Asset> {
        self.assets.get_mut(id)
    }

    /// Ordered by id.
    pub fn assets(&self) -> impl Iterator<Item = &Asset> {
        self.assets.values()
    }

    /// Ordered by id.
    pub fn relations(&self) -> impl Iterator<Item = &Relation> {
        self.relations.values()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.assets.is_empty()
    }
}
