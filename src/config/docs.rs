//! What people read: the reference, the example file, and the effective settings, all from the table.

use std::fmt::Write;

use super::properties::REFUSED;
use super::table::{SECTIONS, SETTINGS};
use super::value::{Raw, Value, quoted};
use super::{Config, Kind, Setting, Shares, variable};

const INTRODUCTION: &str = "# Settings

<!-- Made from the table in src/config/table.rs by `make docs`; a test compares. -->

A setting's value comes from the first of these that gives one: a flag (`--set KEY=VALUE`), the environment, the file of
`--config`, the default. A setting that does not exist is refused by name, wherever it stands; all that is wrong is
reported at once. `wrapup check-config` prints what is in effect, with secrets as `***`.

In the environment a setting is called `WRAPUP_` and its name in capitals, with `__` for each dot: `kafka.session_timeout`
is `WRAPUP_KAFKA__SESSION_TIMEOUT`. Lists are separated by commas. Variables that Kubernetes makes for a service called
`wrapup` (`WRAPUP_SERVICE_HOST`, `WRAPUP_PORT_9464_TCP`, …) are not taken for settings.

Times have a unit: `100ms`, `45s`, `15m`, `2h`, `30d`. Sizes too: `64MB` is 64,000,000 bytes, `64MiB` is 67,108,864.
";

const PASS_THROUGH: &str = "
## Properties of librdkafka

`kafka.common` goes to all clients, `kafka.consumer` and `kafka.producer` to one kind only. Names are librdkafka's own, with
their dots, quoted or as nested tables:

```toml
[kafka.common]
\"security.protocol\" = \"sasl_ssl\"
\"sasl.mechanisms\" = \"SCRAM-SHA-512\"
\"sasl.username\" = \"wrapup\"
```

In the environment their dots are underscores: `WRAPUP_KAFKA__COMMON__SASL_PASSWORD` is `sasl.password`. The value of a
property whose name contains `password`, `secret`, `token`, `key`, `jaas` or `credential` (and `sasl.oauthbearer.config`) is
never printed.

`socket.timeout.ms` may be at most 100 ms above `kafka.transaction_timeout`, `message.timeout.ms` and `delivery.timeout.ms` at
most that long. These are refused, because the protocol depends on them or a setting stands for them (a `*` stands for
any ending):

| property | why |
| --- | --- |
";

const OUTPUT: &str = "
In a flat record the members of the record's objects are columns of their own (`profile_csat`, `source_workflow_id`), the
profile's custom keys are one column, `profile_custom`, with the JSON text of an object, and arrays and the objects in them are
JSON texts: the columns are the same for every record. With its schema a record is the struct `wrapup.v1.Record`
or `wrapup.v1.FlatRecord`, instants are Kafka Connect's timestamps (`int64`, milliseconds since the epoch), and the custom keys
are the JSON text of an object in `profile.custom`, or `profile_custom`; what may be any JSON is its text too.
";

const PII: &str = "
```toml
[output.pii]
default = \"hash\"

[output.pii.fields]
name = \"drop\"
tags = \"hash\"
\"meets.from\" = \"drop\"
\"profile.custom\" = \"drop\"
\"profile.custom.tier\" = \"keep\"
```

Any field may be chosen but the chat's id and what tells revisions apart, whether it is marked PII or not; the fields of
objects and rows one by one. Each text is hashed by itself, also in lists; in custom keys numbers, true and false too. What
cannot be hashed is dropped. A field that is dropped keeps its key, with null or, if it is an array, `[]`. The names in
`changed` and the custom keys themselves are never changed, and neither a policy nor a key makes a revision. The policy is for
records; dead letters hold events as they came. In the environment names have `_` for dots and no capital
letters (`WRAPUP_OUTPUT__PII__FIELDS__MEETS_FROM`); custom keys can only be chosen in a file or by a flag.
";

/// `docs/CONFIG.md`.
pub fn markdown() -> String {
    let (mut text, memory) = (INTRODUCTION.to_owned(), memory());
    for (section, doc, settings) in sections() {
        if section.is_empty() {
            text += "\n## The process\n";
        } else {
            let _ = write!(text, "\n## `[{section}]`\n\n{doc}\n");
        }
        text += "\n| setting | default | allowed | what it is |\n| --- | --- | --- | --- |\n";
        for setting in settings {
            let default = setting.default.map_or("none".to_owned(), |default| format!("`{default}`"));
            let _ =
                writeln!(text, "| `{}` | {default} | {} | {} |", setting.key, setting.kind.allowed(), doc_of(setting));
        }
        text += match section {
            "memory" => &memory,
            "output" => OUTPUT,
            "output.pii" => PII,
            _ => "",
        };
    }
    text += PASS_THROUGH;
    for (property, why) in REFUSED {
        let _ = writeln!(text, "| `{property}` | {why} |");
    }
    text
}

fn memory() -> String {
    let Shares { block_cache, memtables, overlay, queues } = Shares::PERCENT;
    format!(
        "\n`memory.budget` is divided: {block_cache} % block cache, {memtables} % write buffers, {overlay} % chats in memory \
         (overlay), {queues} % queues of librdkafka;\nthe rest is for transactions on their way, and for what has no bound \
         of its own.\n"
    )
}

/// `deploy/config.example.toml`: every setting at its default.
pub fn example_toml() -> String {
    let mut text = "# Every setting of wrapup at its default. Reference: docs/CONFIG.md.\n\
                    # Made from the table in src/config/table.rs by `make docs`; a test compares.\n"
        .to_owned();
    for (section, doc, settings) in sections() {
        if !section.is_empty() {
            let _ = write!(text, "\n# {doc}\n[{section}]\n");
        }
        for setting in settings {
            let name = setting.key.rsplit('.').next().unwrap_or(setting.key);
            if setting.kind.is_map() {
                let _ = write!(text, "\n{}# [{}]\n", comment(setting), setting.key);
                continue;
            }
            let separator = if section.is_empty() { "\n" } else { "" };
            if matches!(setting.kind, Kind::Secret) {
                let _ = writeln!(text, "{separator}{}", comment(setting).trim_end());
                continue;
            }
            let line = match example_value(setting) {
                Some(value) => format!("{name} = {value}"),
                None => {
                    format!("# {name} = {}", if matches!(setting.kind, Kind::Integer { .. }) { "3" } else { "\"a\"" })
                }
            };
            let _ = writeln!(text, "{separator}{}{line}", comment(setting));
        }
    }
    text
}

/// The effective settings as TOML lines with full names, secrets as `***`.
pub fn shown(config: &Config) -> String {
    let mut text = String::new();
    for (setting, value) in SETTINGS.iter().zip(config.values()) {
        let lines: Vec<String> = match &value {
            Value::Properties(properties) => {
                properties.toml_lines().map(|line| format!("{}.{line}", setting.key)).collect()
            }
            Value::Fields(fields) => fields.toml_lines().map(|line| format!("{}.{line}", setting.key)).collect(),
            value => {
                let value = value.toml();
                vec![value.map_or(format!("# {} is not set", setting.key), |v| format!("{} = {v}", setting.key))]
            }
        };
        for line in lines {
            let _ = writeln!(text, "{line}");
        }
    }
    text
}

/// The table by section, the settings without one first.
fn sections() -> impl Iterator<Item = (&'static str, &'static str, Vec<&'static Setting>)> {
    let of = |section: &str| {
        let inside = move |setting: &&Setting| setting.key.rsplit_once('.').map_or("", |(before, _)| before) == section;
        SETTINGS.iter().filter(inside).collect::<Vec<_>>()
    };
    let root = std::iter::once(("", "", of("")));
    root.chain(SECTIONS.iter().map(move |(section, doc)| (*section, doc.trim(), of(section))))
}

fn doc_of(setting: &Setting) -> &'static str {
    setting.doc.trim()
}

fn comment(setting: &Setting) -> String {
    let mut lines = String::new();
    let mut width = 0;
    for word in doc_of(setting).split_whitespace() {
        if width == 0 || width + word.len() > 96 {
            width = 0;
            lines += if lines.is_empty() { "#" } else { "\n#" };
        }
        lines.push(' ');
        lines += word;
        width += word.len() + 1;
    }
    let inner = if setting.kind.is_map() { "__…" } else { "" };
    let _ = write!(lines, "\n# Environment: {}{inner}", variable(setting.key));
    lines + "\n"
}

fn example_value(setting: &Setting) -> Option<String> {
    let default = setting.default?;
    let raw = Raw::Text(default.to_owned());
    setting.kind.read(&raw).and_then(|value| match value {
        // As the table writes it: the canonical form of a size or time may be another unit.
        Value::Millis(_) | Value::Bytes(_) => Some(quoted(default)),
        other => other.toml(),
    })
}
