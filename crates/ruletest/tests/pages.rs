//! Every rule's page, read and assembled.

use modelward_ruletest::{Page, fixture};
use modelward_supply_chain::RULES;

#[test]
fn every_page_can_be_read_and_its_cases_assembled() {
    let mut problems = Vec::new();
    for rule in RULES {
        match Page::read(rule.rule.page) {
            Err(found) => {
                problems.extend(found.into_iter().map(|problem| format!("{}: {problem}", rule.rule.id)))
            }
            Ok(page) => {
                if page.title != rule.rule.id {
                    problems.push(format!("{}: the page is called `{}`", rule.rule.id, page.title));
                }
                for case in page.cases() {
                    if let Err(found) = fixture::files(case) {
                        problems
                            .extend(found.into_iter().map(|problem| format!("{}: {problem}", rule.rule.id)));
                    }
                }
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}
