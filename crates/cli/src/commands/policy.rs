//! `modelward policy`: drafts of what a user would write by hand, and checks of what was written.

use super::{scan::today, work};
use crate::{
    arguments::{Baseline, Check, Policy, Waive},
    failure::Failure,
    output, settings,
};
use modelward_assessment::{Request, rules, scan};
use modelward_kernel::Finding;
use modelward_policy::{Baseline as Fingerprints, Config, Date, Known, draft_waiver, prune, suggestion};
use serde_json::Value;
use std::{
    io::{self, Read},
    path::Path,
};

pub(super) fn run(arguments: Policy) -> Result<u8, Failure> {
    match arguments {
        Policy::Waive(arguments) => waive(&arguments).map(|()| 0),
        Policy::Baseline(arguments) => baseline(&arguments).map(|()| 0),
        Policy::Check(arguments) => check(&arguments),
    }
}

fn waive(arguments: &Waive) -> Result<(), Failure> {
    let draft =
        draft_waiver(&arguments.fingerprint, &arguments.reason, arguments.by.as_deref(), arguments.until)
            .map_err(|message| Failure::new(message).hint("take the fingerprint from the report, whole"))?;
    let Some(path) = &arguments.into else { return output::print_text(&draft) };
    let before = match settings::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(Failure::reading(path, &error)),
    };
    let gap = match before.as_str() {
        "" => "",
        text if text.ends_with('\n') => "\n",
        _ => "\n\n",
    };
    let (_, text) = settings::parse(path, format!("{before}{gap}{draft}"))?;
    output::file(path, |out| out.write_all(text.as_bytes()))
}

fn baseline(arguments: &Baseline) -> Result<(), Failure> {
    let seen = match &arguments.target {
        target if target.as_os_str() != "-" && !looks_like_a_report(target) => scanned(arguments)?,
        report => findings(report)?,
    };
    let open = seen.into_iter().filter(|f| !f.suppressed);
    let text = Fingerprints::render(open.map(|f| (f.fingerprint, f.rule, f.asset)));
    match &arguments.output {
        None => output::print_text(&text),
        Some(path) => output::file(path, |out| out.write_all(text.as_bytes())),
    }
}

/// Whether a file begins as our reports do.
fn looks_like_a_report(path: &Path) -> bool {
    let mut head = Vec::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(64).read_to_end(&mut head));
    let head = String::from_utf8_lossy(&head);
    read.is_ok() && head.trim_start().trim_start_matches('{').trim_start().starts_with("\"schema_version\"")
}

/// The findings of a scan made now.
fn scanned(arguments: &Baseline) -> Result<Vec<Seen>, Failure> {
    let request = Request {
        target: work::target(&arguments.target),
        options: work::options(&arguments.work, &Default::default())?,
        progress: None,
    };
    let report = scan(&request).map_err(|error| work::failure(&error))?;
    let seen = |finding: &Finding| Seen {
        fingerprint: finding.fingerprint(),
        rule: finding.rule.id.to_owned(),
        asset: finding.asset.to_string(),
        suppressed: false,
    };
    Ok(report.findings.iter().map(seen).collect())
}

/// What a check says about one waiver or rule name.
struct Remark {
    line: usize,
    text: String,
    /// Whether `--prune` removes the waiver.
    stale: bool,
}

fn check(arguments: &Check) -> Result<u8, Failure> {
    let report = arguments.report.as_ref().map(|path| findings(path)).transpose()?;
    let mut left = 0;
    let mut out = String::new();
    for path in &arguments.files {
        let text = settings::read(path).map_err(|error| Failure::reading(path, &error))?;
        let (config, text) = settings::parse(path, text)?;
        let remarks = remarks(&config, report.as_deref(), today());
        let stale: Vec<usize> = remarks.iter().filter(|r| r.stale).map(|r| r.line).collect();
        let pruned = arguments.prune && !stale.is_empty();
        if pruned {
            let text = prune(&text, &stale);
            settings::parse(path, text.clone())?;
            output::file(path, |out| out.write_all(text.as_bytes()))?;
        }
        for remark in &remarks {
            let removed = if pruned && remark.stale { " (removed)" } else { "" };
            left += usize::from(removed.is_empty());
            out.push_str(&format!("{}:{}: {}{removed}\n", path.display(), remark.line, remark.text));
        }
        if remarks.is_empty() {
            out.push_str(&format!("{}: in order, {}\n", path.display(), counted(config.waivers.len())));
        }
    }
    output::print_text(&out)?;
    Ok(u8::from(left > 0))
}

fn remarks(config: &Config, report: Option<&[Seen]>, today: Date) -> Vec<Remark> {
    let mut remarks = Vec::new();
    let known: Vec<&str> = rules().iter().map(|rule| rule.id).collect();
    let mut named = |rule: &str, line: usize| {
        if !known.contains(&rule) {
            let hint =
                suggestion(rule, &known).map_or_else(String::new, |id| format!(", did you mean `{id}`?"));
            remarks.push(Remark { line, text: format!("`{rule}` is not a rule{hint}"), stale: false });
        }
    };
    for rule in config.rules() {
        named(rule, 1);
    }
    for waiver in &config.waivers {
        if let Some(rule) = &waiver.rule {
            named(rule, waiver.line);
        }
    }
    for waiver in &config.waivers {
        let subject = waiver.subject();
        let mut remark = |text: String| remarks.push(Remark { line: waiver.line, text, stale: true });
        if let Some(until) = waiver.until.filter(|until| *until < today) {
            remark(format!("the waiver for {subject} ended on {until}"));
        } else if report.is_some_and(|seen| !seen.iter().any(|f| waiver.names(&f.known()))) {
            remark(format!("the waiver for {subject} matches nothing in the report"));
        } else if let Some(days) = config.max_days {
            let last = today.plus(i64::from(days));
            if waiver.until.is_none_or(|until| until > last) {
                let text = format!("the waiver for {subject} is not in force: it must end by {last}");
                remarks.push(Remark { line: waiver.line, text, stale: false });
            }
        }
    }
    remarks.sort_by_key(|remark| remark.line);
    remarks
}

/// A finding of a JSON report, as far as waivers and baselines care.
struct Seen {
    fingerprint: String,
    rule: String,
    asset: String,
    suppressed: bool,
}

impl Seen {
    fn known(&self) -> Known<'_> {
        Known { rule: &self.rule, asset: &self.asset, fingerprint: &self.fingerprint }
    }
}

fn findings(path: &Path) -> Result<Vec<Seen>, Failure> {
    let mut bytes = Vec::new();
    let read = if path.as_os_str() == "-" {
        io::stdin().lock().read_to_end(&mut bytes)
    } else {
        std::fs::File::open(path).and_then(|mut file| file.read_to_end(&mut bytes))
    };
    read.map_err(|error| Failure::reading(path, &error))?;
    let wrong = || {
        Failure::new(format!("`{}` is not a report of this program", path.display()))
            .hint("make one with `modelward scan TARGET --format json`")
    };
    let report: Value = serde_json::from_slice(&bytes).map_err(|_| wrong())?;
    let list = report["findings"].as_array().ok_or_else(wrong)?;
    list.iter()
        .map(|finding| {
            let text = |key: &str| finding[key].as_str().map(str::to_owned).ok_or_else(wrong);
            Ok(Seen {
                fingerprint: text("fingerprint")?,
                rule: text("rule")?,
                asset: text("asset")?,
                suppressed: !finding["suppressed"].is_null(),
            })
        })
        .collect()
}

fn counted(waivers: usize) -> String {
    format!("{waivers} {}", if waivers == 1 { "waiver" } else { "waivers" })
}
