//! `modelward scan`: judge, decide, say.

use super::work;
use crate::{arguments::Scan, failure::Failure, output, progress, settings};
use modelward_assessment::{Request, rules, scan};
use modelward_kernel::Report;
use modelward_policy::{Date, Policy, decide};
use modelward_report::{Format, Options, write};
use std::{
    io::{self, IsTerminal},
    path::PathBuf,
    time::{SystemTime, UNIX_EPOCH},
};

pub(super) fn run(arguments: &Scan) -> Result<u8, Failure> {
    let outputs = arguments.output.iter().map(|text| destination(text)).collect::<Result<Vec<_>, _>>()?;
    let policy = settings::policy(arguments)?;
    let line = if arguments.no_progress || arguments.quiet { None } else { progress::Line::start() };
    let show = |progress: &modelward_assessment::Progress| {
        if let Some(line) = &line {
            line.show(progress);
        }
    };
    let request = Request {
        target: work::target(&arguments.target),
        options: work::options(&arguments.work, &policy)?,
        progress: line.is_some().then_some(&show as _),
    };
    let judged = scan(&request).map_err(|error| work::failure(&error));
    match (&line, &judged) {
        (Some(line), Ok(report)) => line.end(report.stats.files, report.stats.bytes),
        (Some(line), Err(_)) => line.clear(),
        _ => {}
    }
    let report = decided(judged?, &policy);
    say(&report, arguments, &outputs)?;
    Ok(report.verdict.exit_code())
}

/// The report with the policy's severities, suppressions and verdict.
fn decided(mut report: Report, policy: &Policy) -> Report {
    let decision = decide(&mut report.findings, &report.unknowns, policy, today());
    report.findings.sort_by(|a, b| {
        let rest = || (&a.asset, a.rule.id, &a.witness).cmp(&(&b.asset, b.rule.id, &b.witness));
        b.severity.cmp(&a.severity).then_with(rest)
    });
    report.verdict = decision.verdict;
    report.stats.suppressed = decision.suppressed;
    report.notes.extend(decision.notes);
    policy.digest().clone_into(&mut report.run.policy);
    report.run.options.insert("fail-on".to_owned(), policy.fail_on().to_string());
    if policy.strict() {
        report.run.options.insert("strict".to_owned(), "true".to_owned());
    }
    if let Some(reason) = policy.allow_unknown() {
        report.run.options.insert("allow-unknown".to_owned(), reason.to_owned());
    }
    report
}

fn say(report: &Report, arguments: &Scan, outputs: &[(Format, PathBuf)]) -> Result<(), Failure> {
    let rules = rules();
    let time = std::env::var("SOURCE_DATE_EPOCH").ok().and_then(|text| text.parse().ok());
    let plain = Options { floor: arguments.severity, time, ..Options::default() };
    let options = |format: Format| match format {
        // An event needs a time, so that this output alone differs from run to run.
        Format::Ocsf => Options { time: time.or(Some(now())), ..plain.clone() },
        _ => plain.clone(),
    };
    for (format, path) in outputs {
        output::file(path, |out| write(*format, report, &rules, &options(*format), out))?;
    }
    if arguments.quiet {
        return Ok(());
    }
    let mut options = options(arguments.format);
    if arguments.format == Format::Terminal {
        let watched = io::stdout().is_terminal();
        options.width =
            if watched || std::env::var_os("COLUMNS").is_some() { progress::width() } else { options.width };
        options.colour = coloured(&arguments.colour, watched);
    }
    output::print(|out| write(arguments.format, report, &rules, &options, out))
}

/// See <https://no-color.org>.
fn coloured(when: &str, watched: bool) -> bool {
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|value| value == "dumb");
    match when {
        "always" => true,
        "never" => false,
        _ => watched && !refused && !dumb,
    }
}

/// `sarif=report.sarif`, or a name that tells its format.
fn destination(text: &str) -> Result<(Format, PathBuf), Failure> {
    if let Some((word, path)) = text.split_once('=')
        && let Ok(format) = word.parse()
    {
        if path.is_empty() {
            return Err(
                Failure::new(format!("`{text}` names no file")).hint("write it as `sarif=report.sarif`")
            );
        }
        return Ok((format, path.into()));
    }
    let endings = [
        (".cdx.json", Format::Cyclonedx),
        (".ocsf.jsonl", Format::Ocsf),
        (".sarif.json", Format::Sarif),
        (".sarif", Format::Sarif),
        (".json", Format::Json),
        (".jsonl", Format::Jsonl),
        (".html", Format::Html),
        (".md", Format::Markdown),
        (".txt", Format::Terminal),
    ];
    match endings.iter().find(|(ending, _)| text.ends_with(ending)) {
        Some((_, format)) => Ok((*format, text.into())),
        None => {
            let words: Vec<&str> = Format::ALL.iter().map(|f| f.as_str()).collect();
            Err(Failure::new(format!("`{text}` does not tell its format"))
                .hint(format!("write it as FORMAT=PATH; the formats are {}", words.join(", "))))
        }
    }
}

fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| i64::try_from(d.as_secs()).unwrap_or(i64::MAX))
}

pub(super) fn today() -> Date {
    Date::from_unix_seconds(now())
}
