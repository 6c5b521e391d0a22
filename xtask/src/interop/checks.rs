//! The checks, one entry each.

use super::{Absent, Bench, Check, Outcome, absent};
use std::{fs, process::Command};

pub(super) static ALL: &[Check] = &[
    Check { what: "SARIF 2.1.0", peer: "npm @microsoft/sarif-multitool-linux", run: sarif },
    Check { what: "CycloneDX 1.7", peer: "PyPI cyclonedx-python-lib", run: cyclonedx },
    Check {
        what: "report JSON against `modelward schema report`",
        peer: "PyPI jsonschema",
        run: report_schema,
    },
    Check { what: "OCSF detection findings", peer: "PyPI py-ocsf-models", run: ocsf },
    Check { what: "JSON Lines", peer: "Python json", run: json_lines },
    Check { what: "the example's pickles", peer: "Python pickletools", run: example_pickles },
    Check { what: "the example's tensors", peer: "PyPI safetensors", run: example_tensors },
    Check { what: "the example's checkpoint is seen", peer: "PyPI picklescan", run: example_seen },
];

fn sarif(bench: &Bench) -> Outcome {
    let report = bench.report("sarif")?;
    let folder = bench.work.join("sarif");
    fs::create_dir_all(&folder).map_err(absent)?;
    let installed = Command::new("npm")
        .args(["install", "--silent", "--no-fund", "--no-audit", "--prefix"])
        .arg(&folder)
        .arg("@microsoft/sarif-multitool-linux@5.7.0")
        .output()
        .map_err(absent)?;
    if !installed.status.success() {
        return Err(Absent("npm cannot install it".to_owned()));
    }
    let target = folder.join("report.sarif");
    fs::copy(report, &target).map_err(absent)?;
    let output = Command::new(folder.join("node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool"))
        .arg("validate")
        .arg(&target)
        .args(["--level", "Error"])
        .env("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", "1")
        .output()
        .map_err(absent)?;
    let words = String::from_utf8_lossy(&output.stdout).into_owned();
    if !words.contains("Analysis completed successfully") {
        return Err(Absent(words));
    }
    let errors: Vec<&str> = words.lines().filter(|line| line.contains(": error ")).collect();
    Ok(if errors.is_empty() { Ok(()) } else { Err(errors.join("\n")) })
}

fn cyclonedx(bench: &Bench) -> Outcome {
    let report = bench.report("cyclonedx")?;
    let program = "
import sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
error = JsonStrictValidator(SchemaVersion.V1_7).validate_str(open(sys.argv[1], encoding='utf-8').read())
sys.exit(str(error) if error else 0)
";
    bench.python("cyclonedx", &["cyclonedx-python-lib[json-validation]"], program, &[&report])
}

fn report_schema(bench: &Bench) -> Outcome {
    let report = bench.report("json")?;
    let schema = bench.work.join("schema.json");
    let output = bench.modelward(&["schema", "report"])?;
    fs::write(&schema, output.stdout).map_err(absent)?;
    let program = "
import json, sys
from jsonschema import Draft202012Validator
schema, report = (json.load(open(path, encoding='utf-8')) for path in sys.argv[1:])
Draft202012Validator.check_schema(schema)
errors = [f'{e.json_path}: {e.message[:200]}' for e in Draft202012Validator(schema).iter_errors(report)]
sys.exit('\\n'.join(errors) or 0)
";
    bench.python("jsonschema", &["jsonschema"], program, &[&schema, &report])
}

fn ocsf(bench: &Bench) -> Outcome {
    let report = bench.report("ocsf")?;
    let program = "
import sys
from py_ocsf_models.events.findings.detection_finding import DetectionFinding
lines = open(sys.argv[1], encoding='utf-8').read().splitlines()
assert lines
for line in lines:
    DetectionFinding.model_validate_json(line)
";
    bench.python("ocsf", &["py-ocsf-models"], program, &[&report])
}

fn json_lines(bench: &Bench) -> Outcome {
    let report = bench.report("jsonl")?;
    let program = "
import json, sys
lines = open(sys.argv[1], encoding='utf-8').read().splitlines()
assert lines and all(isinstance(json.loads(line), dict) for line in lines)
";
    bench.python("plain", &[], program, &[&report])
}

fn example_pickles(bench: &Bench) -> Outcome {
    let program = "
import io, pickletools, sys, zipfile
archive = zipfile.ZipFile(sys.argv[1])
assert archive.testzip() is None
pickletools.dis(archive.read('archive/data.pkl'), out=io.StringIO())
pickletools.dis(open(sys.argv[2], 'rb').read(), out=io.StringIO())
";
    let files = ["encoder/pytorch_model.bin", "scorer/model.pkl"].map(|file| bench.example.join(file));
    bench.python("plain", &[], program, &[&files[0], &files[1]])
}

fn example_tensors(bench: &Bench) -> Outcome {
    let program = "
import sys
from safetensors.numpy import load_file
tensors = load_file(sys.argv[1])
assert {name: t.shape for name, t in tensors.items()} == {'encoder.bias': (4,), 'encoder.weight': (4, 4)}, tensors
";
    bench.python(
        "safetensors",
        &["safetensors", "numpy"],
        program,
        &[&bench.example.join("encoder/model.safetensors")],
    )
}

fn example_seen(bench: &Bench) -> Outcome {
    let program = "
import sys
from picklescan.scanner import scan_file_path
assert scan_file_path(sys.argv[1]).infected_files == 1
";
    bench.python("picklescan", &["picklescan"], program, &[&bench.example.join("encoder/pytorch_model.bin")])
}
