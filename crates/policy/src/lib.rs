//! What a user decided, and the verdict that follows: thresholds, overrides, scopes, waivers, baselines.
//!
//! Nothing is read from disk here and there is no clock: the texts of the files and today's date are parameters, so that
//! a verdict can be repeated. What lies in the target may only tighten; see [`Policy::assemble`].
//! Start with [`Config`], one file as it was written, then [`Policy`], what all of them mean together, then [`decide`].

mod baseline;
mod config;
mod date;
mod decide;
mod draft;
mod glob;
mod policy;

pub use baseline::Baseline;
pub use config::{Config, Error, LIMITS, Scope, Waiver, reference, schema, size, suggestion};
pub use date::Date;
pub use decide::{Decision, Known, decide};
pub use draft::{prune, waiver as draft_waiver};
pub use glob::Glob;
pub use policy::{Layer, Origin, Policy};
