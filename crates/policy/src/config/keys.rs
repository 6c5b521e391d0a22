//! The one list of keys, and the schema that is made from it.

/// The budgets that `[limits]` may set; each is also a flag `--max-NAME`.
pub const LIMITS: &[(&str, &str)] = &[
    ("nesting", "archives within archives"),
    ("members", "members of one archive"),
    ("member-bytes", "bytes of one member after decompression"),
    ("unpacked-bytes", "bytes of all members of one file after decompression, at all depths together"),
    ("ratio", "how many times larger than its compressed form a large member may be"),
    ("opcodes", "opcodes of one pickle stream"),
    ("text-bytes", "bytes of a text or header that is read whole"),
];

/// What a value looks like.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Shape {
    Bool,
    Day,
    Days,
    /// A number, or text with a unit such as `4 GiB`.
    Size,
    Severity,
    Text,
    Texts,
    /// Rule id to severity.
    Severities,
    /// Another table of [`TABLES`].
    Table(&'static str),
    /// A list of another table of [`TABLES`].
    Tables(&'static str),
}

/// A key of a table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) shape: Shape,
    pub(super) doc: &'static str,
    pub(super) required: bool,
}

const fn key(name: &'static str, shape: Shape, doc: &'static str) -> Key {
    Key { name, shape, doc, required: false }
}

const fn required(name: &'static str, shape: Shape, doc: &'static str) -> Key {
    Key { name, shape, doc, required: true }
}

/// Every table but `[limits]`, whose keys are [`LIMITS`], and `[severity]`, whose keys are rules. The first is the file.
pub(super) const TABLES: &[(&str, &[Key])] = &[
    (
        "file",
        &[
            key("gate", Shape::Table("gate"), "when the verdict is a fail"),
            key("severity", Shape::Severities, "another severity for the findings of a rule"),
            key("scope", Shape::Tables("scope"), "other settings for some paths"),
            key("waivers", Shape::Table("waivers"), "what holds for all waivers"),
            key("waiver", Shape::Tables("waiver"), "a finding that is accepted"),
            key("limits", Shape::Table("limits"), "budgets; reaching one is reported as not judged"),
        ],
    ),
    (
        "gate",
        &[
            key("fail-on", Shape::Severity, "the least severity that fails the gate; high unless set"),
            key("strict", Shape::Bool, "anything not judged keeps the verdict from being a pass"),
            key(
                "allow-unknown",
                Shape::Text,
                "accept what was not judged, and why; or the reasons to accept, such as unsupported-format",
            ),
            key("baseline", Shape::Text, "a file of findings that were there before, relative to this file"),
        ],
    ),
    (
        "scope",
        &[
            required("paths", Shape::Texts, "patterns of paths relative to what is scanned: *, **, ?"),
            key("fail-on", Shape::Severity, "the least severity that fails the gate there"),
            key("severity", Shape::Severities, "another severity for the findings of a rule there"),
            key("ignore", Shape::Text, "findings there do not count, and why"),
        ],
    ),
    (
        "waivers",
        &[
            key("max-days", Shape::Days, "the longest life of a waiver; then every waiver needs `until`"),
            key("never", Shape::Texts, "rules that cannot be waived"),
        ],
    ),
    (
        "waiver",
        &[
            key("fingerprint", Shape::Text, "the whole fingerprint of the finding"),
            key("rule", Shape::Text, "the id of the rule; with `asset` when there is no fingerprint"),
            key("asset", Shape::Text, "the id of the asset, or a pattern for it"),
            required("reason", Shape::Text, "why it is accepted"),
            key("by", Shape::Text, "who accepts it"),
            key("until", Shape::Day, "the last day on which it is in force"),
        ],
    ),
];

/// The keys of `table`.
pub(super) fn keys(table: &str) -> &'static [Key] {
    TABLES.iter().find(|(name, _)| *name == table).map_or(&[], |(_, keys)| keys)
}

/// The tables and their keys, as `(table, [(key, what it takes, what it means, whether it is needed)])`, for the reference.
#[must_use]
#[allow(clippy::type_complexity, reason = "rows of one table, spelt out where they are made")]
pub fn reference() -> Vec<(&'static str, Vec<(&'static str, &'static str, &'static str, bool)>)> {
    let mut tables: Vec<_> = TABLES
        .iter()
        .filter(|(name, _)| *name != "file")
        .map(|(name, keys)| {
            (*name, keys.iter().map(|k| (k.name, takes(k.shape), k.doc, k.required)).collect())
        })
        .collect();
    tables.push((
        "limits",
        LIMITS.iter().map(|(name, doc)| (*name, takes(Shape::Size), *doc, false)).collect(),
    ));
    tables
}

const fn takes(shape: Shape) -> &'static str {
    match shape {
        Shape::Bool => "true or false",
        Shape::Day => "a day, as `2026-12-31`",
        Shape::Days => "a number of days",
        Shape::Size => "a number, or a size as `\"4 GiB\"`",
        Shape::Severity => "a severity",
        Shape::Text => "a text",
        Shape::Texts => "a list of texts",
        Shape::Severities => "a table from rule to severity",
        Shape::Table(_) => "a table",
        Shape::Tables(_) => "a list of tables",
    }
}

/// A JSON Schema (2020-12) of the configuration file.
#[must_use]
pub fn schema() -> String {
    let mut out = String::from("{\n");
    out.push_str("  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n");
    out.push_str("  \"title\": \"Modelward configuration\",\n");
    out.push_str("  \"$ref\": \"#/$defs/file\",\n  \"$defs\": {\n");
    for (name, keys) in TABLES {
        out.push_str(&format!(
            "    \"{name}\": {{\n      \"type\": \"object\",\n      \"additionalProperties\": false,\n"
        ));
        let needed: Vec<String> =
            keys.iter().filter(|k| k.required).map(|k| format!("\"{}\"", k.name)).collect();
        if !needed.is_empty() {
            out.push_str(&format!("      \"required\": [{}],\n", needed.join(", ")));
        }
        out.push_str("      \"properties\": {\n");
        let lines: Vec<String> = keys
            .iter()
            .map(|k| {
                format!(
                    "        \"{}\": {{ \"description\": \"{}\", {} }}",
                    k.name,
                    k.doc,
                    shape_schema(k.shape)
                )
            })
            .collect();
        out.push_str(&lines.join(",\n"));
        out.push_str("\n      }\n    },\n");
    }
    out.push_str("    \"limits\": {\n      \"type\": \"object\",\n      \"additionalProperties\": false,\n");
    out.push_str("      \"properties\": {\n");
    let lines: Vec<String> = LIMITS
        .iter()
        .map(|(name, doc)| {
            format!("        \"{name}\": {{ \"description\": \"{doc}\", {} }}", shape_schema(Shape::Size))
        })
        .collect();
    out.push_str(&lines.join(",\n"));
    out.push_str("\n      }\n    },\n");
    out.push_str(
        "    \"severity\": { \"enum\": [\"critical\", \"high\", \"medium\", \"low\", \"info\"] }\n  }\n}\n",
    );
    out
}

fn shape_schema(shape: Shape) -> String {
    match shape {
        Shape::Bool => "\"type\": \"boolean\"".to_owned(),
        Shape::Day => "\"type\": \"string\", \"format\": \"date\"".to_owned(),
        Shape::Days => "\"type\": \"integer\", \"minimum\": 1".to_owned(),
        Shape::Size => "\"type\": [\"integer\", \"string\"]".to_owned(),
        Shape::Severity => "\"$ref\": \"#/$defs/severity\"".to_owned(),
        Shape::Text => "\"type\": \"string\"".to_owned(),
        Shape::Texts => "\"type\": \"array\", \"items\": { \"type\": \"string\" }".to_owned(),
        Shape::Severities => {
            "\"type\": \"object\", \"additionalProperties\": { \"$ref\": \"#/$defs/severity\" }".to_owned()
        }
        Shape::Table(name) => format!("\"$ref\": \"#/$defs/{name}\""),
        Shape::Tables(name) => {
            format!("\"type\": \"array\", \"items\": {{ \"$ref\": \"#/$defs/{name}\" }}")
        }
    }
}
