//! What was typed. One definition: the help, the man page and the completions are made from it.

use crate::{failure::Failure, usage};
use clap::{
    Args, CommandFactory, Parser, Subcommand, ValueHint,
    builder::{PossibleValuesParser, TypedValueParser, ValueParser},
};
use modelward_kernel::Severity;
use modelward_policy::Date;
use modelward_report::Format;
use std::path::PathBuf;

/// Secures the supply chain of AI systems: judges a model before anyone loads it.
#[derive(Debug, Parser)]
#[command(
    name = "modelward",
    version,
    disable_help_subcommand = true,
    max_term_width = 100,
    after_help = "Examples:
  modelward scan ./model                          judge a model before anyone loads it
  modelward scan model.pt --format json           the whole report, for machines
  modelward scan . --output sarif=report.sarif    a file beside what is printed
  modelward explain unsafe-deserialisation        what a rule flags, why, and the way out

Exit codes: 0 pass, 1 fail, 2 not judged or no report at all."
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Judge a model, an archive or a folder of files
    Scan(Box<Scan>),
    /// Print what loading each pickle would do
    Transcript(Transcript),
    /// List the rules
    Rules(Rules),
    /// Show a rule's page: what it flags, why, and the way out
    Explain(Explain),
    /// Print the JSON Schema of the report or of the configuration
    Schema(Schema),
    /// Draft and check what the gate accepts
    #[command(subcommand)]
    Policy(Policy),
    /// Show what calling a name would do, and derive tables for one's own packages
    #[command(subcommand)]
    Effects(Effects),
    /// Print completions for a shell
    Completions(Completions),
    /// Print the man page
    Man,
    /// Help that the parser wrote, and whether it was asked for by mistake
    #[command(skip)]
    Printed(String, bool),
}

#[derive(Args, Debug)]
#[command(after_help = "Examples:
  modelward scan ./fraud-detector
  modelward scan model.tar.gz --fail-on medium --strict
  curl -s https://example.com/model.bin | modelward scan -
  modelward scan . --format json --output html=report.html --output cyclonedx=bom.json
  modelward scan . --baseline modelward-baseline.txt

Exit codes: 1 when a finding reaches the threshold; else 2 when something that could hide as much
was not judged; else 0. A .modelward.toml in the target can only tighten this.")]
pub(crate) struct Scan {
    /// A file, an archive or a folder; `-` reads one file from standard input
    #[arg(value_hint = ValueHint::AnyPath)]
    pub(crate) target: PathBuf,

    /// What is printed to standard output
    #[arg(long, short, value_parser = formats(), default_value = "terminal", help_heading = "Output")]
    pub(crate) format: Format,
    /// Also write a report to a file: `sarif=report.sarif`; the format may be left out where the name tells it
    #[arg(long, short, value_name = "FORMAT=PATH", help_heading = "Output")]
    pub(crate) output: Vec<String>,
    /// The least severity that the terminal report shows
    #[arg(long, value_parser = severities(), help_heading = "Output")]
    pub(crate) severity: Option<Severity>,
    /// Print no report: only files and the exit code
    #[arg(long, short, help_heading = "Output")]
    pub(crate) quiet: bool,
    /// Show no progress
    #[arg(long, help_heading = "Output")]
    pub(crate) no_progress: bool,
    /// Colour severities
    #[arg(long, value_name = "WHEN", value_parser = ["auto", "always", "never"], default_value = "auto", help_heading = "Output")]
    pub(crate) colour: String,

    /// The least severity that fails the gate (high unless set)
    #[arg(long, value_parser = severities(), value_name = "SEVERITY", help_heading = "Gate")]
    pub(crate) fail_on: Option<Severity>,
    /// Anything not judged keeps the verdict from being a pass
    #[arg(long, help_heading = "Gate")]
    pub(crate) strict: bool,
    /// Accept what was not judged, and say why; or name the reasons to accept, such as `unsupported-format`
    #[arg(long, value_name = "REASON", help_heading = "Gate")]
    pub(crate) allow_unknown: Option<String>,
    /// Findings listed in this file do not count
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Gate")]
    pub(crate) baseline: Option<PathBuf>,
    /// A configuration file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Gate")]
    pub(crate) config: Option<PathBuf>,
    /// A policy file, stronger than the configuration
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Gate")]
    pub(crate) policy: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) work: Work,
}

/// How bytes are read and judged.
#[derive(Args, Debug)]
pub(crate) struct Work {
    /// Apply only this rule
    #[arg(long, value_name = "ID", help_heading = "Judging")]
    pub(crate) rule: Vec<String>,
    /// A further table of effects, made by `modelward effects derive`
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Judging")]
    pub(crate) effects: Vec<PathBuf>,
    /// Read structure only: no digests, no statistics over bytes
    #[arg(long, help_heading = "Judging")]
    pub(crate) structure_only: bool,
    /// Confine the processes that parse untrusted bytes: as far as the system allows, fully or not at all
    #[arg(long, value_name = "HOW", value_parser = ["auto", "require", "off"], default_value = "auto", help_heading = "Judging")]
    pub(crate) confine: String,
    /// Files judged at the same time
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024), help_heading = "Judging")]
    pub(crate) jobs: Option<u16>,

    #[command(flatten)]
    pub(crate) limits: Limits,
}

/// Budgets. Reaching one is reported as not judged.
#[derive(Args, Debug)]
#[command(next_help_heading = "Limits (reaching one is reported as not judged)")]
pub(crate) struct Limits {
    /// Archives within archives
    #[arg(long, value_name = "N", value_parser = sizes())]
    pub(crate) max_nesting: Option<u64>,
    /// Members of one archive
    #[arg(long, value_name = "N", value_parser = sizes())]
    pub(crate) max_members: Option<u64>,
    /// Bytes of one member after decompression
    #[arg(long, value_name = "SIZE", value_parser = sizes())]
    pub(crate) max_member_bytes: Option<u64>,
    /// Bytes of all members of one file after decompression
    #[arg(long, value_name = "SIZE", value_parser = sizes())]
    pub(crate) max_unpacked_bytes: Option<u64>,
    /// How many times larger than its compressed form a large member may be
    #[arg(long, value_name = "N", value_parser = sizes())]
    pub(crate) max_ratio: Option<u64>,
    /// Opcodes of one pickle stream
    #[arg(long, value_name = "N", value_parser = sizes())]
    pub(crate) max_opcodes: Option<u64>,
    /// Bytes of a text or header that is read whole
    #[arg(long, value_name = "SIZE", value_parser = sizes())]
    pub(crate) max_text_bytes: Option<u64>,
    /// Memory that the parsers of one worker may use
    #[arg(long, value_name = "SIZE", value_parser = sizes())]
    pub(crate) memory: Option<u64>,
    /// Seconds for one file, and one more for each 16 MiB
    #[arg(long, value_name = "N", value_parser = sizes())]
    pub(crate) file_seconds: Option<u64>,
}

#[derive(Args, Debug)]
#[command(after_help = "Examples:
  modelward transcript model.pkl
  modelward transcript model.pt --format jsonl")]
pub(crate) struct Transcript {
    /// A file or folder; `-` reads standard input
    #[arg(value_hint = ValueHint::AnyPath)]
    pub(crate) target: PathBuf,
    /// `terminal` to read, `jsonl` one object per pickle stream
    #[arg(long, short, value_parser = ["terminal", "jsonl"], default_value = "terminal")]
    pub(crate) format: String,
    #[command(flatten)]
    pub(crate) work: Work,
}

#[derive(Args, Debug)]
pub(crate) struct Rules {
    #[arg(long, short, value_parser = ["terminal", "json"], default_value = "terminal")]
    pub(crate) format: String,
}

#[derive(Args, Debug)]
pub(crate) struct Explain {
    /// The id of a rule; `modelward rules` lists them
    pub(crate) rule: String,
}

#[derive(Args, Debug)]
pub(crate) struct Schema {
    #[arg(value_parser = ["report", "config"])]
    pub(crate) what: String,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Policy {
    /// Draft a waiver for a finding
    #[command(after_help = "Example:
  modelward policy waive f1-0123456789abcdef01234567 --reason \"made by us, kept offline\" --until 2026-12-31")]
    Waive(Waive),
    /// Write a baseline: the findings of today do not count from then on
    #[command(after_help = "Examples:
  modelward policy baseline ./models > modelward-baseline.txt
  modelward policy baseline report.json --output modelward-baseline.txt")]
    Baseline(Baseline),
    /// Check configuration files, and name waivers that ended or match nothing
    #[command(after_help = "Examples:
  modelward policy check .modelward.toml
  modelward policy check policy.toml --report report.json --prune")]
    Check(Check),
}

#[derive(Args, Debug)]
pub(crate) struct Waive {
    /// The whole fingerprint, from the report
    pub(crate) fingerprint: String,
    /// Why the finding is accepted
    #[arg(long)]
    pub(crate) reason: String,
    /// Who accepts it
    #[arg(long)]
    pub(crate) by: Option<String>,
    /// The last day, such as 2026-12-31
    #[arg(long, value_name = "DAY", value_parser = |day: &str| day.parse::<Date>())]
    pub(crate) until: Option<Date>,
    /// Append it to this file instead of printing it
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) into: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct Baseline {
    /// What to scan, or a report made with `--format json`; `-` reads a report from standard input
    #[arg(value_hint = ValueHint::AnyPath)]
    pub(crate) target: PathBuf,
    #[command(flatten)]
    pub(crate) work: Work,
    /// Write it here instead of printing it
    #[arg(long, short, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) output: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct Check {
    /// Configuration or policy files
    #[arg(value_hint = ValueHint::FilePath, default_value = ".modelward.toml")]
    pub(crate) files: Vec<PathBuf>,
    /// A report made with `--format json`: waivers that match nothing in it are named too
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) report: Option<PathBuf>,
    /// Remove the waivers that ended or match nothing from the files
    #[arg(long)]
    pub(crate) prune: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Effects {
    /// Show the tables in force, or what they say about a name
    #[command(after_help = "Examples:
  modelward effects show
  modelward effects show os.system
  modelward effects show acme.models.Scorer --effects acme.effects")]
    Show(ShowEffects),
    /// Derive a table from the sources of packages: nothing in them is imported or run
    #[command(after_help = "Examples:
  modelward effects derive acme-1.2-py3-none-any.whl -o acme.effects
  modelward effects derive ./src -o acme.effects
  modelward scan ./model --effects acme.effects")]
    Derive(DeriveEffects),
}

#[derive(Args, Debug)]
pub(crate) struct DeriveEffects {
    /// Wheels, source distributions and folders of Python packages
    #[arg(required = true, value_name = "WHEEL|SDIST|FOLDER", value_hint = ValueHint::AnyPath)]
    pub(crate) sources: Vec<PathBuf>,
    /// Where to write the table
    #[arg(long, short, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) output: PathBuf,
    /// A further table of effects that the packages build on
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) effects: Vec<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct ShowEffects {
    /// A dotted name, as a pickle would write it
    pub(crate) name: Option<String>,
    /// A further table of effects
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) effects: Vec<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct Completions {
    #[arg(value_enum)]
    pub(crate) shell: clap_complete::Shell,
}

fn formats() -> impl TypedValueParser<Value = Format> {
    PossibleValuesParser::new(Format::ALL.iter().map(|f| f.as_str())).try_map(|word| word.parse())
}

fn severities() -> impl TypedValueParser<Value = Severity> {
    PossibleValuesParser::new(Severity::ALL.iter().map(|s| s.as_str())).try_map(|word| word.parse())
}

fn sizes() -> ValueParser {
    ValueParser::new(|text: &str| {
        modelward_policy::size(text).ok_or_else(|| "write a number, or a size such as `4GiB`".to_owned())
    })
}

/// The definition, for the man page and the completions.
pub(crate) fn definition() -> clap::Command {
    Arguments::command()
}

/// Parses the command line. Help and version are printed here and end the program with 0.
pub(crate) fn parse() -> Result<Command, Failure> {
    match Arguments::try_parse() {
        Ok(arguments) => Ok(arguments.command),
        Err(error) => usage::failure(error),
    }
}
