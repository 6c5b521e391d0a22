//! A finding: a rule that was broken, the asset that breaks it, and what a reader can check by hand.

use crate::{AssetId, Confidence, Place, Rule, Severity, identity_hash};

/// One problem on one asset.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    pub rule: &'static Rule,
    pub severity: Severity,
    pub confidence: Confidence,
    /// One lower-case sentence without a full stop: what is wrong here, in words that a manager understands.
    pub message: String,
    /// What an attacker gains, when that is more than the message says.
    pub gains: Option<String>,
    pub asset: AssetId,
    /// The first is the primary place; the others are related.
    pub places: Vec<Place>,
    pub evidence: Vec<Evidence>,
    pub fixes: Vec<Fix>,
    /// The semantic witness: the call, the request, the member. With rule and asset it makes the fingerprint, so it must
    /// not hold lines, offsets, wording or order.
    pub witness: String,
    pub suppressed: Option<Suppression>,
}

impl Finding {
    /// A finding with the rule's own severity and high confidence.
    #[must_use]
    pub fn new(rule: &'static Rule, asset: &AssetId, place: Place, message: impl Into<String>) -> Self {
        Finding {
            rule,
            severity: rule.severity,
            confidence: Confidence::High,
            message: message.into(),
            gains: None,
            asset: asset.clone(),
            places: vec![place],
            evidence: Vec::new(),
            fixes: Vec::new(),
            witness: String::new(),
            suppressed: None,
        }
    }

    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    #[must_use]
    pub fn confidence(mut self, confidence: Confidence) -> Self {
        self.confidence = confidence;
        self
    }

    #[must_use]
    pub fn gains(mut self, gains: impl Into<String>) -> Self {
        self.gains = Some(gains.into());
        self
    }

    /// Sets the semantic witness; see [`Finding::witness`].
    #[must_use]
    pub fn witness(mut self, witness: impl Into<String>) -> Self {
        self.witness = witness.into();
        self
    }

    #[must_use]
    pub fn related(mut self, place: Place) -> Self {
        if !self.places.contains(&place) {
            self.places.push(place);
        }
        self
    }

    #[must_use]
    pub fn evidence(mut self, label: &'static str, text: impl Into<String>) -> Self {
        self.evidence.push(Evidence { label: label.into(), text: text.into(), place: None });
        self
    }

    #[must_use]
    pub fn evidence_at(mut self, label: &'static str, text: impl Into<String>, place: Place) -> Self {
        self.evidence.push(Evidence { label: label.into(), text: text.into(), place: Some(place) });
        self
    }

    #[must_use]
    pub fn fix(mut self, summary: impl Into<String>) -> Self {
        self.fixes.push(Fix { summary: summary.into(), safety: FixSafety::Unsafe, patch: None });
        self
    }

    /// A versioned hash of rule, canonical address and witness: never of lines, messages or order.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        format!("f1-{}", identity_hash(&["1", self.rule.id, self.asset.as_str(), &self.witness], 12))
    }
}

/// Something a reader can check by hand. `label` is a short word (`call`, `import`, `bytes`, `header`); `text` may hold
/// text of the target, so writers treat it as hostile.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Evidence {
    pub label: String,
    pub text: String,
    pub place: Option<Place>,
}

/// A way out.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Fix {
    pub summary: String,
    pub safety: FixSafety,
    /// A unified diff, when the fix can be written as one.
    pub patch: Option<String>,
}

/// Whether a fix keeps the behaviour that a user wants.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum FixSafety {
    Safe,
    Unsafe,
}

/// Why a finding does not count for the gate.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Suppression {
    /// What suppresses it: `waiver` or `baseline`, and who.
    pub by: String,
    pub reason: String,
    /// The last day, `YYYY-MM-DD`, when it ends by itself.
    pub until: Option<String>,
}
