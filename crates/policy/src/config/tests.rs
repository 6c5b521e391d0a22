use super::*;

#[track_caller]
fn refused(text: &str, line: usize, message: &str, hint: &str) {
    let error = Config::parse(text).unwrap_err();
    assert_eq!(error.line, line, "{error:?}");
    assert!(error.message.contains(message), "{error:?}");
    assert!(error.hint.as_deref().unwrap_or_default().contains(hint), "{error:?}");
}

#[test]
fn a_whole_file_is_read() {
    let config = Config::parse(
        r#"
[gate]
fail-on = "medium"
strict = true
allow-unknown = "engines"
baseline = "base.txt"

[severity]
missing-licence = "info"

[[scope]]
paths = ["examples/**"]
severity = { x = "low" }

[waivers]
max-days = 90
never = ["unsafe-deserialisation"]

[[waiver]]
rule = "missing-licence"
asset = "model:*"
reason = "ours"
until = 2026-12-31

[limits]
members = 20_000
member-bytes = "4 GiB"
"#,
    )
    .unwrap();
    assert_eq!(config.fail_on, Some(Severity::Medium));
    assert_eq!(config.limits["member-bytes"], 4 << 30);
    assert_eq!(config.limits["members"], 20_000);
    assert_eq!(config.waivers[0].until.unwrap().to_string(), "2026-12-31");
    assert_eq!(config.max_days, Some(90));
}

#[test]
fn an_empty_file_says_nothing() {
    assert_eq!(Config::parse("").unwrap(), Config::default());
}

#[test]
fn an_unknown_key_is_an_error_with_the_likely_meaning() {
    refused("[gate]\nfail_on = 'low'", 2, "unknown key `fail_on`", "did you mean `fail-on`?");
    refused("[gates]\n", 1, "unknown key `gates`", "did you mean `gate`?");
    refused("[gate]\nbanana = 1", 2, "unknown key `banana`", "the keys here are");
    refused("[limits]\nmember = 1", 2, "unknown key `member`", "did you mean `members`?");
}

#[test]
fn a_wrong_value_is_an_error_with_its_place() {
    refused("[gate]\n\nfail-on = 'huge'", 3, "`huge` is not a severity", "");
    refused("[gate]\nstrict = 'yes'", 2, "takes true or false, not a string", "");
    refused("limits.members = -1", 1, "takes a number", "");
    refused("limits.members = '4 parsecs'", 1, "takes a number", "");
    refused("[[waiver]]\nrule='a'\nasset='b'\nreason='c'\nuntil='31.12.2026'", 5, "is not a day", "");
    refused("[[waiver]]\nrule='a'\nasset='b'", 1, "`reason` is missing", "");
    refused("[[waiver]]\nrule='a'\nreason='b'", 1, "says not what", "fingerprint");
    refused("[[waiver]]\nrule='a'\nasset='b'\nreason='  '", 4, "`reason` is empty", "");
    refused("[waiver]\nrule='a'", 1, "is a list: write it as [[waiver]]", "");
    refused("x = = 1", 1, "", "");
}

#[test]
fn the_schema_knows_every_key() {
    let schema = schema();
    for (_, keys) in keys::TABLES {
        for key in *keys {
            assert!(schema.contains(&format!("\"{}\": {{ \"description\"", key.name)), "{}", key.name);
        }
    }
}

proptest::proptest! {
    #[test]
    fn any_text_is_a_configuration_or_an_error_within_it(text in "(\\PC|\n|\\[|\\]|=|'|\"|gate|waiver|reason|fail-on){0,60}") {
        if let Err(error) = Config::parse(&text) {
            proptest::prop_assert!(error.line >= 1 && error.line <= text.matches('\n').count() + 1);
        }
    }

    #[test]
    fn any_pattern_meets_any_path(pattern in "[a*?/é]{0,20}", path in "[a/é]{0,40}") {
        let _ = Glob::new(&pattern).matches(&path);
        proptest::prop_assert!(Glob::new("**").matches(&path));
        proptest::prop_assert!(Glob::whole(&path).matches(&path) || path.ends_with('/'));
    }
}
