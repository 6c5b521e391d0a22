//! Every rule does what its page says.

use modelward_ruletest::failures;
use modelward_supply_chain::RULES;

#[test]
fn every_rule_does_what_its_page_says() {
    let only = std::env::var("RULE").ok();
    let mut report = String::new();
    for rule in
        RULES.iter().map(|rule| &rule.rule).filter(|rule| only.as_ref().is_none_or(|id| id == rule.id))
    {
        for failure in failures(rule) {
            report.push_str(&format!("{}: {failure}\n", rule.id));
        }
    }
    assert!(
        report.is_empty(),
        "\n{report}\n`-` the page says, `+` the rule says; RULE=<id> runs one rule alone"
    );
}
