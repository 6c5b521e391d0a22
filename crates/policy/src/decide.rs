//! The gate: severities as the policy wants them, suppressions, and one verdict from one table.
//!
//! | what there is | verdict |
//! |---|---|
//! | a finding at or above the threshold, confirmed and not suppressed | fail |
//! | otherwise, something not judged whose severity reaches the threshold; with `strict`, anything not judged | unknown |
//! | otherwise | pass |
//!
//! *Confirmed* is a finding of high or medium confidence. `allow-unknown` lifts the second row, visibly: for all that was not
//! judged, or for the reasons that it names.

use crate::{Date, Policy, Waiver};
use modelward_kernel::{Finding, Reason, Severity, Suppression, Unknown, Verdict};

/// A waiver that ends within this many days is mentioned.
const SOON_DAYS: i64 = 14;

/// The outcome and what must be said about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    pub verdict: Verdict,
    /// Findings that do not count.
    pub suppressed: u64,
    /// Waivers that ended, end soon, matched nothing or are not allowed; what was ignored; what was accepted.
    pub notes: Vec<String>,
}

/// Applies the policy to the findings (severity and suppression are set in place) and says the verdict.
pub fn decide(findings: &mut [Finding], unknowns: &[Unknown], policy: &Policy, today: Date) -> Decision {
    let mut notes = policy.notes().to_vec();
    let mut waivers = Waivers::new(policy, today);
    let mut baseline_used = 0_usize;
    let (mut fails, mut suppressed) = (false, 0);
    for finding in findings.iter_mut() {
        let path = finding.places.first().map_or("", |p| p.path.as_str()).to_owned();
        finding.severity = policy.severity(finding.rule.id, finding.severity, &path);
        let fingerprint = finding.fingerprint();
        let known_before = policy.baseline.as_ref().is_some_and(|b| b.holds(&fingerprint));
        baseline_used += usize::from(known_before);
        finding.suppressed = waivers.suppression(finding, &fingerprint).or_else(|| {
            let waivable = !policy.never.contains(finding.rule.id);
            let baseline =
                policy.baseline.as_ref().filter(|_| known_before && waivable).map(|b| Suppression {
                    by: "baseline".to_owned(),
                    reason: format!("listed in {}", b.name()),
                    until: None,
                });
            baseline.or_else(|| {
                policy.ignored(&path).filter(|_| waivable).map(|reason| Suppression {
                    by: "scope".to_owned(),
                    reason: reason.to_owned(),
                    until: None,
                })
            })
        });
        suppressed += u64::from(finding.suppressed.is_some());
        fails |= finding.suppressed.is_none()
            && finding.confidence > modelward_kernel::Confidence::Low
            && finding.severity >= policy.threshold(&path);
    }
    waivers.report(&mut notes);
    if let Some(baseline) = &policy.baseline
        && baseline_used < baseline.len()
    {
        notes.push(format!(
            "{} of {} findings in {} are gone: `modelward policy baseline` writes it anew",
            baseline.len() - baseline_used.min(baseline.len()),
            baseline.len(),
            baseline.name()
        ));
    }
    let counted: Vec<&Unknown> = unknowns
        .iter()
        .filter(|u| {
            let path = u.places.first().map_or("", |p| p.path.as_str());
            policy.strict || u.severity >= policy.threshold(path)
        })
        .collect();
    let (accepted, left): (Vec<&Unknown>, Vec<&Unknown>) =
        counted.into_iter().partition(|u| policy.accepts(u));
    if let Some(reason) = &policy.allow_unknown
        && !accepted.is_empty()
    {
        notes.push(format!("{} not judged accepted: {reason}", accepted.len()));
    }
    let verdict = match (fails, left.is_empty()) {
        (true, _) => Verdict::Fail,
        (false, true) => Verdict::Pass,
        (false, false) => Verdict::Unknown,
    };
    Decision { verdict, suppressed, notes }
}

impl Policy {
    /// The severity of a finding at `path` after overrides: the first scope that names the rule, then the file, then
    /// the rule's own; the target may raise it.
    fn severity(&self, rule: &str, own: Severity, path: &str) -> Severity {
        let scoped = self.scopes_at(path).find_map(|s| s.severities.get(rule));
        if let Some(severity) = scoped.or_else(|| self.severities.get(rule)) {
            return *severity;
        }
        let tight = self.tight_scopes.iter().filter(|s| s.paths.iter().any(|p| p.matches(path)));
        tight.filter_map(|s| s.severities.get(rule)).chain(self.raised.get(rule)).fold(own, |a, b| a.max(*b))
    }

    /// The threshold at `path`.
    fn threshold(&self, path: &str) -> Severity {
        if let Some(severity) = self.scopes_at(path).find_map(|s| s.fail_on) {
            return severity;
        }
        let tight = self.tight_scopes.iter().filter(|s| s.paths.iter().any(|p| p.matches(path)));
        tight.filter_map(|s| s.fail_on).fold(self.fail_on(), Severity::min)
    }

    /// Whether `allow-unknown` covers it. When that names words of [`Reason`], it covers these alone; any other text is
    /// why everything that was not judged is accepted.
    fn accepts(&self, unknown: &Unknown) -> bool {
        let Some(text) = &self.allow_unknown else { return false };
        match text.split(',').map(|word| word.trim().parse::<Reason>()).collect::<Result<Vec<_>, _>>() {
            Ok(reasons) => reasons.contains(&unknown.reason),
            Err(_) => true,
        }
    }

    fn ignored<'p>(&'p self, path: &'p str) -> Option<&'p str> {
        self.scopes_at(path).find_map(|s| s.ignore.as_deref())
    }

    fn scopes_at<'p>(&'p self, path: &'p str) -> impl Iterator<Item = &'p crate::Scope> {
        self.scopes.iter().filter(move |s| s.paths.iter().any(|p| p.matches(path)))
    }
}

/// The waivers of a policy, with what became of each.
struct Waivers<'p> {
    policy: &'p Policy,
    today: Date,
    states: Vec<State>,
    /// How many findings each names, and how many of these may not be waived.
    used: Vec<usize>,
    refused: Vec<usize>,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    InForce,
    Expired,
    /// It has no end, or a later one than the policy allows.
    TooLong,
}

impl<'p> Waivers<'p> {
    fn new(policy: &'p Policy, today: Date) -> Self {
        let state = |waiver: &Waiver| match (waiver.until, policy.max_days) {
            (Some(until), _) if until < today => State::Expired,
            (Some(until), Some(days)) if until > today.plus(i64::from(days)) => State::TooLong,
            (None, Some(_)) => State::TooLong,
            _ => State::InForce,
        };
        let states = policy.waivers.iter().map(|(_, w)| state(w)).collect::<Vec<_>>();
        Waivers { policy, today, used: vec![0; states.len()], refused: vec![0; states.len()], states }
    }

    fn suppression(&mut self, finding: &Finding, fingerprint: &str) -> Option<Suppression> {
        let known = Known { rule: finding.rule.id, asset: finding.asset.as_str(), fingerprint };
        let mut found = None;
        for (i, (_, waiver)) in self.policy.waivers.iter().enumerate() {
            if !waiver.names(&known) {
                continue;
            }
            self.used[i] += 1;
            if self.policy.never.contains(finding.rule.id) {
                self.refused[i] += 1;
            } else if self.states[i] == State::InForce && found.is_none() {
                found = Some(Suppression {
                    by: waiver
                        .by
                        .as_ref()
                        .map_or_else(|| "waiver".to_owned(), |who| format!("waiver of {who}")),
                    reason: waiver.reason.clone(),
                    until: waiver.until.map(|day| day.to_string()),
                });
            }
        }
        found
    }

    /// Says what a keeper of the file should know, in its order.
    fn report(&self, notes: &mut Vec<String>) {
        for (i, (file, waiver)) in self.policy.waivers.iter().enumerate() {
            let place = format!("`{file}` line {}: the waiver for {}", waiver.line, waiver.subject());
            let until = waiver.until.map(|day| day.to_string()).unwrap_or_default();
            let named = waiver.rule.as_ref().is_some_and(|rule| self.policy.never.contains(rule));
            let forbidden = named || (self.used[i] > 0 && self.used[i] == self.refused[i]);
            match self.states[i] {
                State::Expired => notes.push(format!("{place} ended on {until}")),
                State::TooLong => notes.push(format!(
                    "{place} is not in force: the policy allows at most {} days, so `until` must name a day up to {}",
                    self.policy.max_days.unwrap_or_default(),
                    self.today.plus(i64::from(self.policy.max_days.unwrap_or_default()))
                )),
                State::InForce if forbidden => {
                    notes.push(format!("{place} is not in force: the policy lets nobody waive this rule"));
                }
                State::InForce if self.used[i] == 0 => notes.push(format!("{place} matches nothing")),
                State::InForce => {
                    let left = waiver.until.map_or(i64::MAX, |day| self.today.days_until(day));
                    if left <= SOON_DAYS {
                        let days = if left == 1 { "day" } else { "days" };
                        notes.push(format!("{place} ends in {left} {days}, on {until}"));
                    }
                }
            }
        }
    }
}

/// What a waiver can name a finding by.
#[derive(Clone, Copy, Debug)]
pub struct Known<'f> {
    pub rule: &'f str,
    pub asset: &'f str,
    pub fingerprint: &'f str,
}

impl Waiver {
    /// Whether it names this finding; whether it is in force is another question.
    #[must_use]
    pub fn names(&self, finding: &Known<'_>) -> bool {
        self.fingerprint.as_deref().is_none_or(|print| print == finding.fingerprint)
            && self.rule.as_deref().is_none_or(|rule| rule == finding.rule)
            && self.asset.as_ref().is_none_or(|asset| asset.matches(finding.asset))
    }
}

#[cfg(test)]
mod tests;
