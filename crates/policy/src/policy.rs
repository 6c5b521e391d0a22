//! What all configuration files and flags mean together.
//!
//! From the strongest: flags, the files of `--policy`, the file of `--config`, the user's own file, and what lies in the
//! target. For one key the strongest that names it wins. Waivers of all trusted layers count; `never` and `max-days` can
//! only become stricter. What lies in the target is written by whoever made the target: it may lower the threshold, ask
//! for `strict` and raise severities where no stronger layer speaks; everything else there is ignored, and said.

use crate::{Baseline, Config, Scope, Waiver};
use modelward_kernel::{Severity, identity_hash};
use std::collections::{BTreeMap, BTreeSet};

/// The threshold unless something else is asked.
const DEFAULT_FAIL_ON: Severity = Severity::High;

/// Where a configuration comes from; ordered from the weakest to the strongest.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Origin {
    Target,
    User,
    ConfigFlag,
    PolicyFlag,
    Flags,
}

/// A configuration with its origin.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    pub origin: Origin,
    /// What messages call it: the path of the file.
    pub name: String,
    pub config: Config,
    /// The text of the file; the digest of the policy is made of it.
    pub text: String,
}

/// The decisions in force.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Policy {
    pub(crate) fail_on: Option<Severity>,
    pub(crate) strict: bool,
    pub(crate) allow_unknown: Option<String>,
    pub(crate) severities: BTreeMap<String, Severity>,
    /// Overrides of the target: they count only where they raise.
    pub(crate) raised: BTreeMap<String, Severity>,
    /// From the strongest layer to the weakest, each in the order of its file.
    pub(crate) scopes: Vec<Scope>,
    /// Scopes of the target: they count only where they tighten.
    pub(crate) tight_scopes: Vec<Scope>,
    /// Each with the name of its file.
    pub(crate) waivers: Vec<(String, Waiver)>,
    pub(crate) never: BTreeSet<String>,
    pub(crate) max_days: Option<u32>,
    pub(crate) baseline: Option<Baseline>,
    limits: BTreeMap<String, u64>,
    digest: String,
    notes: Vec<String>,
}

impl Policy {
    /// Joins the layers, in any order.
    #[must_use]
    pub fn assemble(mut layers: Vec<Layer>) -> Self {
        layers.sort_by(|a, b| b.origin.cmp(&a.origin).then_with(|| a.name.cmp(&b.name)));
        let mut policy = Policy::default();
        let mut strict = None;
        let mut digest = Vec::new();
        for layer in &layers {
            if layer.origin == Origin::Target {
                policy.tighten(layer, &mut strict);
            } else {
                policy.take(&layer.config, &layer.name, &mut strict);
            }
            if layer.origin != Origin::Flags {
                digest.push(layer.text.as_str());
            }
        }
        policy.strict = strict.unwrap_or(false);
        policy.digest = match layers.iter().rev().find(|l| l.origin != Origin::Flags) {
            None => "default".to_owned(),
            Some(_) => format!("sha256:{}", identity_hash(&digest, 8)),
        };
        policy
    }

    fn take(&mut self, config: &Config, name: &str, strict: &mut Option<bool>) {
        self.fail_on = self.fail_on.or(config.fail_on);
        *strict = strict.or(config.strict);
        self.allow_unknown = self.allow_unknown.take().or_else(|| config.allow_unknown.clone());
        for (rule, severity) in &config.severities {
            self.severities.entry(rule.clone()).or_insert(*severity);
        }
        self.scopes.extend(config.scopes.iter().cloned());
        self.waivers.extend(config.waivers.iter().map(|w| (name.to_owned(), w.clone())));
        self.never.extend(config.never.iter().cloned());
        self.max_days = match (self.max_days, config.max_days) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        for (limit, value) in &config.limits {
            self.limits.entry(limit.clone()).or_insert(*value);
        }
    }

    /// Takes from the target's file only what makes the judgement stricter.
    fn tighten(&mut self, layer: &Layer, strict: &mut Option<bool>) {
        let config = &layer.config;
        let mut ignored: Vec<String> = Vec::new();
        match (self.fail_on, config.fail_on) {
            (None, Some(severity)) if severity <= DEFAULT_FAIL_ON => self.fail_on = Some(severity),
            (None, Some(severity)) => ignored.push(format!("fail-on = \"{severity}\"")),
            _ => {}
        }
        match config.strict {
            Some(true) if strict.is_none() => *strict = Some(true),
            Some(false) => ignored.push("strict = false".to_owned()),
            _ => {}
        }
        for (rule, severity) in &config.severities {
            if !self.severities.contains_key(rule) {
                self.raised.insert(rule.clone(), *severity);
            }
        }
        for scope in &config.scopes {
            if scope.ignore.is_some() {
                ignored.push("scopes that ignore".to_owned());
            }
            self.tight_scopes.push(Scope { ignore: None, ..scope.clone() });
        }
        self.never.extend(config.never.iter().cloned());
        self.max_days = match (self.max_days, config.max_days) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        if config.allow_unknown.is_some() {
            ignored.push("allow-unknown".to_owned());
        }
        if config.baseline.is_some() {
            ignored.push("baseline".to_owned());
        }
        match config.waivers.len() {
            0 => {}
            1 => ignored.push("1 waiver".to_owned()),
            n => ignored.push(format!("{n} waivers")),
        }
        if !config.limits.is_empty() {
            ignored.push("limits".to_owned());
        }
        ignored.dedup();
        if !ignored.is_empty() {
            self.notes.push(format!(
                "`{}` lies in the target and may only tighten; ignored: {} (use --config to accept it)",
                layer.name,
                ignored.join(", ")
            ));
        }
    }

    /// The same policy with a baseline.
    #[must_use]
    pub fn with_baseline(mut self, baseline: Baseline) -> Self {
        self.baseline = Some(baseline);
        self
    }

    /// The same policy with a remark for the report, such as a file in the target that could not be read.
    #[must_use]
    pub fn with_note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// The least severity that fails the gate where no scope says otherwise.
    #[must_use]
    pub fn fail_on(&self) -> Severity {
        self.fail_on.unwrap_or(DEFAULT_FAIL_ON)
    }

    #[must_use]
    pub const fn strict(&self) -> bool {
        self.strict
    }

    /// The reason why what was not judged is accepted, when it is.
    #[must_use]
    pub fn allow_unknown(&self) -> Option<&str> {
        self.allow_unknown.as_deref()
    }

    /// The budget called `name` in [`LIMITS`](crate::LIMITS), when one was set.
    #[must_use]
    pub fn limit(&self, name: &str) -> Option<u64> {
        self.limits.get(name).copied()
    }

    /// A digest over the files in force, or `default`.
    #[must_use]
    pub fn digest(&self) -> &str {
        if self.digest.is_empty() { "default" } else { &self.digest }
    }

    /// What was ignored while the layers were joined.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }
}
