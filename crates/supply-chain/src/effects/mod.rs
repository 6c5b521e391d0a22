//! What a name does when a pickle calls it: the table of effects, how it is read, and how it is derived from sources.
//!
//! The table does not depend on the host: it is derived from the sources of Python's standard library and of the packages that
//! models are made with, and its digest stands in every report. [`Effects`] looks names up, [`judge`](judge()) reads a load
//! transcript with it, [`derive`](derive()) makes a table from sources.
//! What the table cannot say: a package that was not analysed has no entry, so its names are *not recognised*, never harmless.

pub mod derive;
mod effect;
mod judge;
mod names;
mod resolve;
mod seeds;
pub(crate) mod standard;
mod table;

pub use derive::derive;
pub use effect::{Effect, EffectSet};
pub use judge::{Judgement, Kind, judge};
pub use resolve::Resolved;
pub use table::{Entry, Hook, Loaded, Package, Parameter, Table, Traits};

use std::sync::{Arc, OnceLock};

static BUILTIN: &[u8] = include_bytes!("../../data/effects.table");

/// One or more tables of effects; the first one that knows a name decides. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Effects {
    tables: Vec<Arc<Loaded>>,
}

impl Effects {
    /// The table that ships with the product, read on first use.
    #[must_use]
    pub fn builtin() -> Self {
        static LOADED: OnceLock<Option<Arc<Loaded>>> = OnceLock::new();
        let loaded = LOADED.get_or_init(|| Loaded::new(BUILTIN).ok().map(Arc::new));
        Effects { tables: loaded.iter().cloned().collect() }
    }

    /// Adds a table, as `modelward effects derive` writes it. The built-in table keeps the word on the names that it knows.
    ///
    /// # Errors
    /// A sentence when the bytes are no table.
    pub fn with(mut self, table: &[u8]) -> Result<Self, String> {
        self.tables.push(Arc::new(Loaded::new(table)?));
        Ok(self)
    }

    /// The tables, in the order in which they are asked: their digests and packages stand in reports.
    #[must_use]
    pub fn tables(&self) -> &[Arc<Loaded>] {
        &self.tables
    }

    /// What the tables say about `module.name`, as it stands, without following other names.
    #[must_use]
    pub fn get(&self, module: &str, name: &str) -> Option<Entry> {
        self.tables.iter().find_map(|table| table.get(module, name))
    }

    fn has_module(&self, module: &str) -> bool {
        self.tables.iter().any(|table| table.has_module(module))
    }

    /// Whether some table was derived from the package that installs the top-level module of `module`.
    #[must_use]
    pub fn knows_package_of(&self, module: &str) -> bool {
        let root = module.split('.').next().unwrap_or(module);
        self.tables.iter().any(|table| table.knows_root(root) || table.has_module(root))
    }
}
