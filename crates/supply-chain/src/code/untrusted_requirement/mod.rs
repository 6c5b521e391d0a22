//! A list of packages that comes with a model and installs from elsewhere than the public index.

use crate::{Artifact, Check, FamilyRule};
use modelward_formats::{Format, Parsed, yaml};
use modelward_kernel::{Finding, Place, Rule, Severity};

pub static RULE: FamilyRule = FamilyRule {
    rule: Rule {
        id: "untrusted-requirement",
        title: "the model's list of packages installs from an untrusted source",
        theme: "dependency-confusion",
        severity: Severity::Medium,
        page: include_str!("README.md"),
    },
    check: Check::Artifact(check),
};

const MAX_BYTES: usize = 1 << 20;
const MAX_FINDINGS: usize = 20;

fn check(artifact: &Artifact<'_>, findings: &mut Vec<Finding>) {
    let name = artifact.file_name().to_ascii_lowercase();
    if artifact.format == Format::Yaml
        && matches!(
            name.as_str(),
            "conda.yaml" | "conda.yml" | "environment.yml" | "environment.yaml" | "python_env.yaml"
        )
    {
        if let Parsed::Yaml(document) = artifact.parsed {
            for node in document
                .walk()
                .filter(|node| matches!(node.kind(), yaml::Kind::Scalar { .. }) && !node.is_key())
            {
                if let Some(line) = node.as_str() {
                    judge(
                        artifact,
                        line,
                        Place { line: Some(node.line()), ..artifact.place.clone() },
                        findings,
                    );
                }
            }
        }
        return;
    }
    let list = name.ends_with(".txt") && (name.contains("requirement") || name.contains("constraints"))
        || name.ends_with(".in") && name.contains("requirement");
    if !list
        || !matches!(
            artifact.format,
            Format::Text | Format::Yaml | Format::Script | Format::Python | Format::Opaque
        )
    {
        return;
    }
    let bytes = artifact.source.read_vec(0, MAX_BYTES);
    for (number, line) in String::from_utf8_lossy(&bytes).lines().enumerate() {
        judge(artifact, line, artifact.place.at_line(number as u64 + 1), findings);
    }
}

fn judge(artifact: &Artifact<'_>, line: &str, place: Place, findings: &mut Vec<Finding>) {
    if findings.len() >= MAX_FINDINGS {
        return;
    }
    let line = line.split(" #").next().unwrap_or(line).trim();
    if line.starts_with('#') || line.is_empty() {
        return;
    }
    let option = ["--index-url", "--extra-index-url", "-i ", "--find-links", "-f ", "--trusted-host"]
        .iter()
        .find(|option| line.starts_with(**option));
    let remote = ["http://", "https://", "ftp://", "git+", "hg+", "svn+", "bzr+", "file:"]
        .iter()
        .any(|scheme| line.contains(scheme));
    let (severity, what) = if let Some(option) = option {
        if is_known_host(line) && *option != "--trusted-host" {
            return;
        }
        (Severity::Medium, "takes packages from an index of its own, which can answer for any name")
    } else if remote && !is_known_host(line) {
        (Severity::Medium, "installs a package straight from an address")
    } else if remote && line.contains("git+") && !is_pinned(line) {
        (Severity::Low, "installs whatever a repository holds on that day")
    } else {
        return;
    };
    let shown: String = without_password(line).chars().take(200).collect();
    findings.push(
        Finding::new(&RULE.rule, artifact.asset, place, format!("the list of packages {what}: `{shown}`"))
            .severity(severity)
            .witness(shown.clone())
            .evidence("line", shown)
            .gains("code of whoever answers at that address, when the model's environment is built")
            .fix("name released packages with their versions and hashes"),
    );
}

/// A revision of forty digits behind the `@`.
fn is_pinned(line: &str) -> bool {
    line.rsplit('@').next().is_some_and(|revision| {
        let revision = revision.split(['#', ' ']).next().unwrap_or(revision);
        revision.len() >= 40 && revision.chars().all(|c| c.is_ascii_hexdigit())
    })
}

/// Hosts of public indexes, wheels and repositories, over HTTPS.
pub(super) fn is_known_host(text: &str) -> bool {
    const HOSTS: &[&str] = &[
        concat!("pypi", ".org"),
        concat!("files.python", "hosted.org"),
        "pypi.python.org",
        "download.pytorch.org",
        "data.pyg.org",
        "pypi.nvidia.com",
        "pypi.ngc.nvidia.com",
        "github.com",
        "gitlab.com",
        "huggingface.co",
        "storage.googleapis.com",
        "conda.anaconda.org",
        "wheels.vllm.ai",
        "flashinfer.ai",
        "download.openmmlab.com",
        "abetlen.github.io",
        "jllllll.github.io",
        "huggingface.github.io",
        "raw.githubusercontent.com",
        "mirrors.aliyun.com",
        "pypi.tuna.tsinghua.edu.cn",
        "mirrors.cloud.tencent.com",
        "dl.fbaipublicfiles.com",
        "rocm.github.io",
        "repo.radeon.com",
        "docs.nvidia.com",
        "bitbucket.org",
        "codeberg.org",
    ];
    let Some(at) =
        text.find("https://").map(|at| at + 8).or_else(|| text.find("ssh://git@").map(|at| at + 10))
    else {
        return false;
    };
    if text.contains("http://") {
        return false;
    }
    let rest = &text[at..];
    let host = rest.split(['/', ' ', ':', '#', '?', '"', '\'']).next().unwrap_or(rest);
    // `user@host` reads as a host to people and as a name to programs.
    let host = host.rsplit('@').next().unwrap_or(host).to_ascii_lowercase();
    HOSTS.iter().any(|known| host == *known)
}

fn without_password(line: &str) -> String {
    match (line.find("://"), line.find('@')) {
        (Some(start), Some(at)) if start < at && !line[start + 3..at].contains('/') => {
            format!("{}://…{}", &line[..start], &line[at..])
        }
        _ => line.to_owned(),
    }
}
