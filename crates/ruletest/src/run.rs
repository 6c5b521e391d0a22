//! Runs one rule on the files of its page, through the same door that the command line uses.

use crate::{Case, Page, difference, fixture};
use modelward_assessment::{Options, Request, Target, scan};
use modelward_kernel::{Finding, Rule};
use std::{fs, io, path::Path};

/// What the rule says otherwise than its page, one entry per case; nothing when they agree.
#[must_use]
pub fn failures(rule: &'static Rule) -> Vec<String> {
    let page = match Page::read(rule.page) {
        Ok(page) => page,
        Err(problems) => return problems,
    };
    let mut failures = Vec::new();
    if page.title != rule.id {
        failures.push(format!("the page is called `{}`", page.title));
    }
    for case in page.cases() {
        match findings(rule, case) {
            Ok(found) => {
                if let Some(text) = difference(&case.expected, &found) {
                    failures.push(format!("line {}: {}\n{text}", case.line, case.title));
                }
            }
            Err(problems) => failures.extend(problems),
        }
    }
    failures
}

/// The findings of the rule alone on the files of a case, which lie in a folder of their own.
fn findings(rule: &'static Rule, case: &Case) -> Result<Vec<Finding>, Vec<String>> {
    let files = fixture::files(case)?;
    let failed = |what: String| vec![format!("line {}: {what}", case.line)];
    let folder = tempfile::tempdir().map_err(|error| failed(error.to_string()))?;
    write(folder.path(), &files).map_err(|error| failed(error.to_string()))?;
    let options = Options { rules: vec![rule.id.to_owned()], jobs: 1, ..Options::default() };
    let target = Target::Path(folder.path().to_path_buf());
    let report =
        scan(&Request { target, options, progress: None }).map_err(|error| failed(error.to_string()))?;
    Ok(report.findings)
}

fn write(folder: &Path, files: &[fixture::File]) -> io::Result<()> {
    for file in files {
        let path = folder.join(&file.path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, &file.bytes)?;
    }
    Ok(())
}
