use super::*;
use crate::{Baseline, Config, Layer, Origin};
use modelward_kernel::{AssetId, Confidence, Place, Reason, Rule, Verdict};

static PICKLE: Rule =
    Rule { id: "unsafe-deserialisation", title: "t", theme: "t", severity: Severity::Critical, page: "" };
static LICENCE: Rule =
    Rule { id: "missing-licence", title: "t", theme: "t", severity: Severity::Low, page: "" };

fn finding(rule: &'static Rule, path: &str) -> Finding {
    let asset = AssetId::from_text(format!("model-file:{path}"));
    Finding::new(rule, &asset, Place::file(path), "m").witness("w")
}

fn unknown(severity: Severity, path: &str) -> Unknown {
    let asset = AssetId::from_text(format!("model-file:{path}"));
    Unknown::new(Reason::UnsupportedFormat, severity, &asset, Place::file(path), "m")
}

fn layer(origin: Origin, text: &str) -> Layer {
    let config = Config::parse(text).unwrap();
    Layer { origin, name: "policy.toml".to_owned(), config, text: text.to_owned() }
}

fn policy(text: &str) -> Policy {
    Policy::assemble(vec![layer(Origin::PolicyFlag, text)])
}

fn today() -> Date {
    "2026-11-26".parse().unwrap()
}

#[track_caller]
fn check(policy: &Policy, findings: &[Finding], unknowns: &[Unknown], expected: Verdict) -> Decision {
    let decision = decide(&mut findings.to_vec(), unknowns, policy, today());
    assert_eq!(decision.verdict, expected, "{decision:?}");
    decision
}

#[test]
fn a_finding_at_the_threshold_fails() {
    let high = [finding(&PICKLE, "a").severity(Severity::High)];
    check(&Policy::default(), &high, &[], Verdict::Fail);
    check(&policy("gate.fail-on = 'critical'"), &high, &[], Verdict::Pass);
    check(&policy("gate.fail-on = 'low'"), &[finding(&LICENCE, "a")], &[], Verdict::Fail);
}

#[test]
fn a_finding_below_the_threshold_passes() {
    check(&Policy::default(), &[finding(&LICENCE, "a")], &[], Verdict::Pass);
}

#[test]
fn an_unconfirmed_finding_does_not_fail() {
    let guess = [finding(&PICKLE, "a").confidence(Confidence::Low)];
    check(&Policy::default(), &guess, &[], Verdict::Pass);
    check(&Policy::default(), &[finding(&PICKLE, "a").confidence(Confidence::Medium)], &[], Verdict::Fail);
}

#[test]
fn a_fail_wins_over_what_was_not_judged() {
    check(&Policy::default(), &[finding(&PICKLE, "a")], &[unknown(Severity::Critical, "b")], Verdict::Fail);
}

#[test]
fn something_not_judged_at_the_threshold_is_unknown() {
    check(&Policy::default(), &[], &[unknown(Severity::High, "b")], Verdict::Unknown);
    check(&policy("gate.fail-on = 'critical'"), &[], &[unknown(Severity::High, "b")], Verdict::Pass);
}

#[test]
fn something_not_judged_below_the_threshold_passes_unless_strict() {
    let low = [unknown(Severity::Info, "b")];
    check(&Policy::default(), &[], &low, Verdict::Pass);
    check(&policy("gate.strict = true"), &[], &low, Verdict::Unknown);
}

#[test]
fn allow_unknown_lifts_it_visibly() {
    let allowed = policy("gate.allow-unknown = 'engines are built here'\ngate.strict = true");
    let decision = check(&allowed, &[], &[unknown(Severity::High, "b")], Verdict::Pass);
    assert_eq!(decision.notes, ["1 not judged accepted: engines are built here"]);
    check(&allowed, &[finding(&PICKLE, "a")], &[unknown(Severity::High, "b")], Verdict::Fail);
}

#[test]
fn allow_unknown_may_name_the_reasons_that_it_lifts() {
    let mut budget = unknown(Severity::High, "c");
    budget.reason = Reason::Budget;
    let both = [unknown(Severity::High, "b"), budget];
    check(&policy("gate.allow-unknown = 'unsupported-format'"), &[], &both[..1], Verdict::Pass);
    check(&policy("gate.allow-unknown = 'unsupported-format'"), &[], &both, Verdict::Unknown);
    check(&policy("gate.allow-unknown = 'unsupported-format, budget'"), &[], &both, Verdict::Pass);
}

#[test]
fn nothing_at_all_passes() {
    let decision = check(&Policy::default(), &[], &[], Verdict::Pass);
    assert!(decision.notes.is_empty());
}

#[test]
fn a_waiver_suppresses_until_its_last_day() {
    let waived = |until: &str| {
        policy(&format!(
            "[[waiver]]\nrule = 'unsafe-deserialisation'\nasset = 'model-file:a'\nreason = 'r'\nby = 'ana'\nuntil = {until}"
        ))
    };
    let mut findings = [finding(&PICKLE, "a")];
    let decision = decide(&mut findings, &[], &waived("2026-11-26"), today());
    assert_eq!(decision.verdict, Verdict::Pass);
    assert_eq!(decision.suppressed, 1);
    let suppressed = findings[0].suppressed.as_ref().unwrap();
    assert_eq!((suppressed.by.as_str(), suppressed.until.as_deref()), ("waiver of ana", Some("2026-11-26")));
    assert!(decision.notes[0].ends_with("ends in 0 days, on 2026-11-26"), "{:?}", decision.notes);
    let decision = check(&waived("2026-11-25"), &[finding(&PICKLE, "a")], &[], Verdict::Fail);
    assert!(decision.notes[0].ends_with("ended on 2026-11-25"), "{:?}", decision.notes);
}

#[test]
fn a_waiver_holds_for_the_asset_it_names_alone() {
    let waived = policy("[[waiver]]\nrule = 'unsafe-deserialisation'\nasset = 'model-file:a'\nreason = 'r'");
    check(&waived, &[finding(&PICKLE, "b")], &[], Verdict::Fail);
    check(&waived, &[finding(&PICKLE, "x/model-file:a")], &[], Verdict::Fail);
    let decision = check(&waived, &[], &[], Verdict::Pass);
    assert!(decision.notes[0].ends_with("matches nothing"));
}

#[test]
fn a_waiver_by_fingerprint_needs_all_of_it() {
    let print = finding(&PICKLE, "a").fingerprint();
    let waived = policy(&format!("[[waiver]]\nfingerprint = '{print}'\nreason = 'r'"));
    check(&waived, &[finding(&PICKLE, "a")], &[], Verdict::Pass);
    check(&waived, &[finding(&PICKLE, "a").witness("other")], &[], Verdict::Fail);
    assert!(Config::parse(&format!("[[waiver]]\nfingerprint = '{}'\nreason = 'r'", &print[..9])).is_err());
}

#[test]
fn a_rule_that_nobody_may_waive_stays() {
    let waived = policy(
        "waivers.never = ['unsafe-deserialisation']\n[[waiver]]\nrule = 'unsafe-deserialisation'\nasset = '**'\nreason = 'r'",
    );
    let decision = check(&waived, &[finding(&PICKLE, "a")], &[], Verdict::Fail);
    assert!(decision.notes[0].contains("nobody"), "{:?}", decision.notes);
}

#[test]
fn a_waiver_longer_than_allowed_is_not_in_force() {
    let text = |until: &str| {
        format!(
            "waivers.max-days = 90\n[[waiver]]\nrule = 'unsafe-deserialisation'\nasset = '**'\nreason = 'r'\n{until}"
        )
    };
    check(&policy(&text("until = 2027-02-24")), &[finding(&PICKLE, "a")], &[], Verdict::Pass);
    check(&policy(&text("until = 2027-02-25")), &[finding(&PICKLE, "a")], &[], Verdict::Fail);
    let decision = check(&policy(&text("")), &[finding(&PICKLE, "a")], &[], Verdict::Fail);
    assert!(decision.notes[0].contains("up to 2027-02-24"), "{:?}", decision.notes);
}

#[test]
fn severities_are_overridden_by_rule_and_by_path() {
    let text = "[severity]\nmissing-licence = 'high'\n[[scope]]\npaths = ['examples/**']\nseverity = { missing-licence = 'info' }\nfail-on = 'critical'";
    check(&policy(text), &[finding(&LICENCE, "a")], &[], Verdict::Fail);
    check(&policy(text), &[finding(&LICENCE, "examples/a")], &[], Verdict::Pass);
}

#[test]
fn a_scope_that_ignores_says_why() {
    let mut findings = [finding(&PICKLE, "tests/a")];
    let text = "[[scope]]\npaths = ['tests/**']\nignore = 'made to be caught'";
    let decision = decide(&mut findings, &[], &policy(text), today());
    assert_eq!(decision.verdict, Verdict::Pass);
    assert_eq!(findings[0].suppressed.as_ref().unwrap().reason, "made to be caught");
}

#[test]
fn a_baseline_suppresses_what_it_lists_and_reports_what_is_gone() {
    let row = |f: &Finding| (f.fingerprint(), f.rule.id.to_owned(), f.asset.to_string());
    let text = Baseline::render([row(&finding(&PICKLE, "a")), row(&finding(&PICKLE, "gone\n"))]);
    assert_eq!(text.lines().count(), 3);
    let policy = Policy::default().with_baseline(Baseline::parse("base.txt", &text).unwrap());
    let decision = check(&policy, &[finding(&PICKLE, "a")], &[], Verdict::Pass);
    assert!(decision.notes[0].starts_with("1 of 2 findings in base.txt are gone"));
    check(&policy, &[finding(&PICKLE, "new")], &[], Verdict::Fail);
}

#[test]
fn stronger_layers_win_key_by_key() {
    let layers =
        |texts: &[(Origin, &str)]| Policy::assemble(texts.iter().map(|(o, t)| layer(*o, t)).collect());
    let order = [Origin::User, Origin::ConfigFlag, Origin::PolicyFlag, Origin::Flags];
    for (i, weaker) in order.iter().enumerate() {
        for stronger in &order[i + 1..] {
            let policy = layers(&[
                (*weaker, "gate.fail-on = 'low'\nlimits.members = 1"),
                (*stronger, "gate.fail-on = 'critical'"),
            ]);
            assert_eq!(policy.fail_on(), Severity::Critical, "{stronger:?} over {weaker:?}");
            assert_eq!(policy.limit("members"), Some(1));
        }
    }
}

#[test]
fn the_target_may_lower_the_threshold_and_never_raise_it() {
    let policy = |text: &str| Policy::assemble(vec![layer(Origin::Target, text)]);
    assert_eq!(policy("gate.fail-on = 'low'").fail_on(), Severity::Low);
    let loose = policy("gate.fail-on = 'critical'");
    assert_eq!(loose.fail_on(), Severity::High);
    assert!(loose.notes()[0].contains("fail-on"), "{:?}", loose.notes());
    assert!(policy("gate.strict = true").strict());
}

#[test]
fn the_target_waives_nothing() {
    let print = finding(&PICKLE, "a").fingerprint();
    for text in [
        format!("[[waiver]]\nfingerprint = '{print}'\nreason = 'r'"),
        "[[waiver]]\nrule = 'unsafe-deserialisation'\nasset = '**'\nreason = 'r'".to_owned(),
        "[severity]\nunsafe-deserialisation = 'info'".to_owned(),
        "[[scope]]\npaths = ['**']\nignore = 'r'".to_owned(),
        "[[scope]]\npaths = ['**']\nfail-on = 'critical'\nseverity = { unsafe-deserialisation = 'low' }"
            .to_owned(),
        "gate.baseline = 'b'".to_owned(),
        "limits.members = 1".to_owned(),
    ] {
        let policy = Policy::assemble(vec![layer(Origin::Target, &text)]);
        check(&policy, &[finding(&PICKLE, "a")], &[], Verdict::Fail);
        check(&policy, &[finding(&PICKLE, "a").severity(Severity::High)], &[], Verdict::Fail);
        assert_eq!(policy.limit("members"), None);
    }
    let policy = Policy::assemble(vec![layer(Origin::Target, "gate.allow-unknown = 'r'")]);
    check(&policy, &[], &[unknown(Severity::High, "b")], Verdict::Unknown);
}

#[test]
fn the_target_may_raise_a_severity() {
    let policy = Policy::assemble(vec![layer(Origin::Target, "[severity]\nmissing-licence = 'high'")]);
    check(&policy, &[finding(&LICENCE, "a")], &[], Verdict::Fail);
}

#[test]
fn the_user_speaks_last_over_the_target() {
    let policy = Policy::assemble(vec![
        layer(Origin::Target, "gate.fail-on = 'info'\n[severity]\nmissing-licence = 'critical'"),
        layer(Origin::Flags, "gate.fail-on = 'high'\n[severity]\nmissing-licence = 'low'"),
    ]);
    check(&policy, &[finding(&LICENCE, "a")], &[], Verdict::Pass);
}
