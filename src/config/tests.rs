//! Settings from every place: precedence, refusals, secrets, and the generated files.

use std::io::Write;
use std::path::Path;
use std::time::Duration;

use super::*;
use crate::record::{Encoding, RecordShape};
use crate::time::Span;

/// Loads from TOML text, variables and flags; `config.toml` in errors stands for the file's path.
fn load(toml: &str, variables: &[(&str, &str)], flags: &[(&str, &str)]) -> Result<Config, Vec<String>> {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(toml.as_bytes()).expect("written");
    let own = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    };
    let path = file.path().display().to_string();
    Config::load(Some(file.path()), own(variables).into_iter(), &own(flags))
        .map_err(|errors| errors.to_string().lines().map(|line| line.replace(&path, "config.toml")).collect())
}

fn refused(toml: &str, variables: &[(&str, &str)], flags: &[(&str, &str)]) -> Vec<String> {
    load(toml, variables, flags).expect_err("must be refused")
}

fn flag(key: &str, value: &str) -> Result<Config, Vec<String>> {
    load("", &[], &[(key, value)])
}

#[test]
fn defaults_are_those_of_the_specification() {
    let config = Config::load(None, std::iter::empty(), &[]).expect("defaults are allowed");
    assert_eq!(config, Config::default());
    assert_eq!(config.application_id, "wrapup");
    assert_eq!(config.instance_id, None);
    assert_eq!(config.workers, 2);
    assert_eq!(config.commit_interval, Duration::from_millis(100));
    assert_eq!(config.state_dir, Path::new("/var/lib/wrapup"));
    assert_eq!(config.kafka.bootstrap_servers, ["127.0.0.1:9092"]);
    assert_eq!(config.kafka.session_timeout, Duration::from_secs(20));
    assert_eq!(config.kafka.transaction_timeout, Duration::from_secs(10));
    assert_eq!(config.http.listen, "127.0.0.1:9464");
    assert_eq!(config.http.ready_max_lag, Duration::from_secs(60));
    assert_eq!(config.finalization.update_window, Span::from_secs(900));
    assert_eq!(config.finalization.idle_expiry, Span::from_hours(720));
    assert_eq!(config.finalization.correction_window, Span::from_hours(720));
    assert_eq!(config.finalization.stub_retention, Span::from_hours(9_600));
    assert_eq!(config.input.start, Start::Earliest);
    assert_eq!(config.input.partitioner, Partitioner::Murmur2);
    assert_eq!(config.topics.dead_letters, "dead-letters");
}

#[test]
fn flags_go_before_environment_before_file_before_defaults() {
    let file = "workers = 3\ncommit_interval = \"30ms\"\n[http]\nlisten = \"0.0.0.0:1\"\n";
    let variables = [("WRAPUP_COMMIT_INTERVAL", "40ms"), ("WRAPUP_HTTP__LISTEN", "0.0.0.0:2"), ("PATH", "/bin")];
    let config = load(file, &variables, &[("http.listen", "0.0.0.0:3"), ("http.listen", "[::]:4")]).expect("allowed");
    assert_eq!(config.application_id, "wrapup");
    assert_eq!(config.workers, 3);
    assert_eq!(config.commit_interval, Duration::from_millis(40));
    assert_eq!(config.http.listen, "[::]:4", "of two flags the later counts");
}

#[test]
fn every_kind_is_read_from_text_and_from_toml() {
    let config = load(
        "[kafka]\nbootstrap_servers = [\"a:9092\", \"SSL://b.example:9093\"]\n[memory]\nbudget = \"64MiB\"\n\
         [log]\nformat = \"json\"\n[state]\nwrite_version = 1\n",
        &[("WRAPUP_TOPICS__REPLICATION_FACTOR", "3"), ("WRAPUP_INSTANCE_ID", "a")],
        &[("commit.max_bytes", "64MB"), ("input.partitioner", "any")],
    )
    .expect("allowed");
    assert_eq!(config.kafka.bootstrap_servers, ["a:9092", "SSL://b.example:9093"]);
    assert_eq!(config.memory.budget, Bytes(64 << 20));
    assert_eq!(config.commit.max_bytes, Bytes(64_000_000));
    assert_eq!(config.topics.replication_factor, Some(3));
    assert_eq!(config.instance_id.as_deref(), Some("a"));
    assert_eq!((config.log.format, config.input.partitioner), (LogFormat::Json, Partitioner::Any));
    let list = flag("kafka.bootstrap_servers", "a:1, b:2").expect("allowed");
    assert_eq!(list.kafka.bootstrap_servers, ["a:1", "b:2"]);
    assert_eq!(Kind::Bool.read(&Raw::Text("true".into())), Some(Value::Bool(true)));
    assert_eq!(Kind::Bool.read(&Raw::Integer(1)), None);
}

#[test]
fn times_need_a_unit_and_stay_within_their_limits() {
    for (text, millis) in [("1ms", 1), ("45s", 45_000), ("15m", 900_000), ("2h", 7_200_000), ("30d", 2_592_000_000)] {
        let config = flag("finalization.update_window", text).expect(text);
        assert_eq!(config.finalization.update_window, Span::from_millis(millis), "{text}");
    }
    for text in ["", "15", "m", "-1m", "+1m", "1.5h", "1h30m", "15 m", "15M", "0s", "36501d", "99999999999999999999d"] {
        assert!(flag("finalization.update_window", text).is_err(), "{text:?}");
    }
    assert!(load("[finalization]\nupdate_window = 15\n", &[], &[]).is_err(), "a number without a unit");
}

#[test]
fn expiry_and_correction_window_below_25_hours_are_errors() {
    for key in ["finalization.idle_expiry", "finalization.correction_window"] {
        assert!(flag(key, "25h").is_ok());
        let errors = flag(key, "1499m").expect_err("too short");
        let expected = format!(
            "setting `{key}` on the command line is \"1499m\"; \
             allowed: a time such as `100ms`, `45s`, `15m`, `2h`, `30d`, at least 25h"
        );
        assert_eq!(errors, [expected]);
    }
}

#[test]
fn unknown_settings_are_refused_by_name_with_the_likely_one() {
    assert_eq!(
        refused("[finalization]\nupdat_window = \"15m\"\n", &[], &[]),
        ["unknown setting `finalization.updat_window` in config.toml (did you mean `finalization.update_window`?)"]
    );
    assert_eq!(
        refused("", &[("WRAPUP_KAFKA_BOOTSTRAP_SERVERS", "a:1")], &[]),
        ["unknown setting `kafka_bootstrap_servers` in environment variable WRAPUP_KAFKA_BOOTSTRAP_SERVERS \
          (did you mean `WRAPUP_KAFKA__BOOTSTRAP_SERVERS`?)"]
    );
    assert_eq!(
        refused("", &[], &[("listen", "a:1"), ("nonsense", "1")]),
        [
            "unknown setting `listen` on the command line (did you mean `http.listen`?)",
            "unknown setting `nonsense` on the command line"
        ]
    );
    assert_eq!(refused("[metrics]\n", &[], &[]), ["unknown setting `metrics` in config.toml"]);
    assert_eq!(refused("workers.threads = 2\n", &[], &[]), ["unknown setting `workers.threads` in config.toml"]);
    assert_eq!(refused("kafka = 2\n", &[], &[]), ["unknown setting `kafka` in config.toml"]);
    assert!(load("[http]\n[kafka.common]\n", &[], &[]).is_ok(), "an empty section says nothing");
}

#[test]
fn several_errors_are_reported_together_and_say_what_is_allowed() {
    let errors = refused(
        "workers = 0\napplication_id = \"a b\"\n[input]\nstart = \"now\"\n",
        &[("WRAPUP_HTTP__LISTEN", "9464")],
        &[("topics.partitions", "many"), ("memory.budget", "1GiB ")],
    );
    assert_eq!(
        errors,
        [
            "setting `application_id` in config.toml is \"a b\"; \
             allowed: letters, digits, `.`, `_`, `-`; 1 to 100 characters, not `.` or `..`",
            "setting `input.start` in config.toml is \"now\"; allowed: `earliest` or `latest`",
            "setting `workers` in config.toml is 0; allowed: a whole number from 1 to 256",
            "setting `http.listen` in environment variable WRAPUP_HTTP__LISTEN is \"9464\"; \
             allowed: `host:port` (an IPv6 host in brackets)",
            "setting `topics.partitions` on the command line is \"many\"; allowed: a whole number from 1 to 10000",
            "setting `memory.budget` on the command line is \"1GiB \"; \
             allowed: a size such as `64MB`, `16MiB`, 64MiB to 1TiB",
        ]
        .map(|line| line.replace("1TiB", "1024GiB"))
    );
}

#[test]
fn names_and_addresses_are_checked() {
    for bad in ["", ".", "..", "a/b", "ä", "a b", &"x".repeat(65)] {
        assert!(flag("instance_id", bad).is_err(), "{bad:?}");
    }
    for bad in ["", "..", "events!", &"x".repeat(250)] {
        assert!(flag("topics.chat_events", bad).is_err(), "{bad:?}");
    }
    for bad in ["", "host", ":9092", "host:", "host:0", "host:65536", "ho st:1", "a:1,", "[::g]:1"] {
        assert!(flag("kafka.bootstrap_servers", bad).is_err(), "{bad:?}");
    }
    assert!(flag("http.listen", "localhost:0").is_ok());
    assert!(flag("workers", "257").is_err());
    assert!(flag("state_dir", "").is_err());
}

#[test]
fn settings_that_contradict_each_other_are_refused() {
    assert_eq!(
        refused("", &[], &[("commit_interval", "4s"), ("topics.dead_letters", "chat-events")]),
        [
            "setting `commit_interval` on the command line: must be at most a third of `kafka.transaction_timeout`",
            "setting `topics.dead_letters` on the command line: names the same topic as `topics.chat_events`, `chat-events`",
        ]
    );
    let timeout = |millis: &str| flag("kafka.producer.socket.timeout.ms", millis);
    assert!(timeout("10100").is_ok());
    assert!(timeout("10101").expect_err("too long")[0].contains("at most 10100"));
    assert!(timeout("soon").is_err());
}

#[test]
fn properties_are_passed_through_from_every_place() {
    let config = load(
        "[kafka.common]\n\"security.protocol\" = \"sasl_ssl\"\nlog_level = 6\n[kafka.common.ssl]\nca.location = \"/ca\"\n\
         [kafka.consumer]\n\"fetch.wait.max.ms\" = 50\n\"check.crcs\" = true\n",
        &[
            ("WRAPUP_KAFKA__COMMON__SECURITY_PROTOCOL", "ssl"),
            ("WRAPUP_KAFKA__CONSUMER__SSL__KEY__PASSWORD", "x"),
            ("WRAPUP_KAFKA__PRODUCER__LINGER_MS", "1"),
        ],
        &[("kafka.producer.linger.ms", "2")],
    )
    .expect("allowed");
    assert_eq!(
        config.kafka.consumer_properties().collect::<Vec<_>>(),
        [
            ("log_level", "6"),
            ("security.protocol", "ssl"),
            ("ssl.ca.location", "/ca"),
            ("check.crcs", "true"),
            ("fetch.wait.max.ms", "50"),
            ("ssl.key.password", "x"),
        ]
    );
    assert_eq!(config.kafka.producer.get("linger.ms"), Some("2"));
}

#[test]
fn properties_that_carry_the_protocol_are_refused_by_name() {
    let names = "isolation.level enable.auto.commit enable.auto.offset.store auto.offset.reset acks \
                 request.required.acks enable.idempotence partition.assignment.strategy group.id group.instance.id \
                 group.protocol transactional.id transaction.timeout.ms allow.auto.create.topics bootstrap.servers \
                 metadata.broker.list enable.partition.eof partitioner max.in.flight \
                 max.in.flight.requests.per.connection session.timeout.ms Isolation.Level";
    for name in names.split_whitespace() {
        for map in ["common", "consumer", "producer"] {
            let key = format!("kafka.{map}.{name}");
            let errors = flag(&key, "1").expect_err(&key);
            assert!(errors[0].starts_with(&format!("setting `{key}` on the command line is refused: ")), "{errors:?}");
        }
    }
    let errors = refused("", &[("WRAPUP_KAFKA__CONSUMER__ISOLATION_LEVEL", "read_uncommitted")], &[]);
    assert_eq!(
        errors,
        ["setting `kafka.consumer.isolation.level` in environment variable WRAPUP_KAFKA__CONSUMER__ISOLATION_LEVEL \
          is refused: only committed records are read"]
    );
}

#[test]
fn secrets_are_never_printed() {
    let secrets = [
        "sasl.password",
        "ssl.key.pem",
        "sasl.oauthbearer.client.secret",
        "ssl.keystore.password",
        "sasl.jaas.config",
        "aws.credential",
        "sasl.oauthbearer.token",
        "sasl.oauthbearer.config",
    ];
    let mut toml = "[kafka.common]\n\"sasl.username\" = \"visible\"\n".to_owned();
    for name in secrets {
        toml += &format!("\"{name}\" = \"hunter2\"\n");
    }
    let config = load(&toml, &[("WRAPUP_KAFKA__PRODUCER__SASL_PASSWORD", "hunter2")], &[]).expect("allowed");
    assert_eq!(config.kafka.common.get("sasl.password"), Some("hunter2"));
    for text in [shown(&config), format!("{config}"), format!("{config:?}"), format!("{:#?}", config.kafka)] {
        assert!(!text.contains("hunter2"), "{text}");
        assert!(text.contains("visible") && text.contains(HIDDEN), "{text}");
    }
}

#[test]
fn no_error_repeats_a_secret() {
    let broken_line = "[kafka.common]\n\"sasl.password\" = \"hunter2\n";
    let array = "[kafka.common]\n\"sasl.password\" = [\"hunter2\"]\n";
    let wrong_section = "[kafka.comon]\n\"sasl.password\" = \"hunter2\"\n";
    let twice = "[kafka.common]\n\"sasl.password\" = \"hunter2\"\n\"sasl.password\" = \"hunter2\"\n";
    for toml in [broken_line, array, wrong_section, twice] {
        let errors = refused(toml, &[], &[]).join("\n");
        assert!(!errors.contains("hunter2"), "{errors}");
    }
    let errors = refused(broken_line, &[], &[]).join("\n");
    assert!(errors.starts_with("settings in config.toml cannot be read: line 2, column "), "{errors}");
}

#[test]
fn one_place_gives_a_setting_once() {
    let nested = "[kafka.common]\n\"ssl.ca.location\" = \"a\"\n[kafka.common.ssl.ca]\nlocation = \"b\"\n";
    assert_eq!(refused(nested, &[], &[]), ["setting `kafka.common.ssl.ca.location` is given twice in config.toml"]);
    let variables = [("WRAPUP_WORKERS", "1"), ("WRAPUP_workers", "2")];
    assert_eq!(
        refused("", &variables, &[]),
        ["setting `workers` is given twice in environment variable WRAPUP_workers"]
    );
}

#[test]
fn variables_of_a_kubernetes_service_are_no_settings() {
    let links = [
        ("WRAPUP_SERVICE_HOST", "10.0.0.1"),
        ("WRAPUP_SERVICE_PORT", "9464"),
        ("WRAPUP_SERVICE_PORT_METRICS", "9464"),
        ("WRAPUP_PORT", "tcp://10.0.0.1:9464"),
        ("WRAPUP_PORT_9464_TCP", "tcp://10.0.0.1:9464"),
        ("WRAPUP_HEADLESS_PORT_9464_TCP_ADDR", "10.0.0.1"),
    ];
    assert_eq!(load("", &links, &[]), Ok(Config::default()));
    assert!(load("", &[("WRAPUP_HTTP_PORT", "9464")], &[]).is_err());
}

#[test]
fn a_missing_file_is_one_line() {
    let errors = Config::load(Some(Path::new("no/such.toml")), std::iter::empty(), &[]).expect_err("missing");
    assert!(errors.to_string().starts_with("settings in no/such.toml cannot be read: No such file"), "{errors}");
}

#[cfg(unix)]
#[test]
fn a_variable_that_is_not_utf8_is_an_error_only_if_it_is_ours() {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt;
    let broken = || OsString::from_vec(vec![0xff]);
    assert_eq!(layers::decode([(OsString::from("LANG"), broken())].into_iter()), Ok(Vec::new()));
    let errors = layers::decode([(OsString::from("WRAPUP_STATE_DIR"), broken())].into_iter()).expect_err("not text");
    assert_eq!(errors[0].key, "state_dir");
}

#[test]
fn assignments_are_split_at_the_first_equals_sign() {
    assert_eq!(assignment("a.b=c=d"), Ok(("a.b".to_owned(), "c=d".to_owned())));
    assert!(assignment("workers").is_err() && assignment("=1").is_err());
}

#[test]
fn what_is_shown_can_be_loaded_again() {
    let flags = [("instance_id", "a"), ("kafka.common.ssl.ca.pem", "-----\nA\\B\"\t\u{1}\n")];
    let config = load("[kafka.common]\n\"client.rack\" = \"r\"\n", &[], &flags).expect("allowed");
    assert_eq!(load(&shown(&config), &[], &[]), Ok(config));
}

#[test]
fn the_memory_budget_is_not_divided_beyond_itself() {
    let memory = Config::default().memory;
    let Shares { block_cache, memtables, overlay, queues } = memory.shares();
    let sum = block_cache + memtables + overlay + queues;
    assert!(sum <= memory.budget.0 && sum > memory.budget.0 / 10 * 6);
}

#[test]
fn the_example_file_is_the_defaults_and_the_table_has_no_empty_cell() {
    assert_eq!(load(&example_toml(), &[], &[]), Ok(Config::default()));
    for setting in SETTINGS {
        assert!(setting.doc.trim().ends_with('.'), "{}", setting.key);
        let is_hidden = matches!(setting.kind, Kind::Secret);
        assert_eq!(is_secret(setting.key), is_hidden, "{}: is its value shown in errors?", setting.key);
    }
    for (property, why) in properties::REFUSED {
        assert!(!property.is_empty() && !why.is_empty());
    }
}

#[test]
fn generated_docs_of_the_settings_are_current() {
    generated::assert_current("docs/CONFIG.md", &markdown());
    generated::assert_current("deploy/config.example.toml", &example_toml());
}

// ------------------------------------------------------------------------------------------------ how records are written

const A_KEY: (&str, &str) = ("WRAPUP_OUTPUT__PII_KEY", "0123456789abcdef");

#[test]
fn records_are_json_and_keep_everything_unless_something_else_is_chosen() {
    let config = Config::default();
    assert_eq!((config.output.encoding, config.output.shape), (Encoding::Json, RecordShape::Nested));
    assert_eq!((config.output_pii.default, config.output.schema_id), (Pii::Keep, None));
    assert!(config.record_output().is_ok());
    let toml = "[output]\nencoding = \"protobuf\"\nschema_id = 7\n[output.pii]\ndefault = \"drop\"\n";
    let config = load(toml, &[("WRAPUP_OUTPUT__SHAPE", "flat")], &[]).expect("allowed");
    assert_eq!((config.output.encoding, config.output.shape), (Encoding::Protobuf, RecordShape::Flat));
    assert_eq!((config.output_pii.default, config.output.schema_id), (Pii::Drop, Some(7)));
    let errors = refused("[output]\nencoding = \"avro\"\n", &[], &[]);
    let allowed = "allowed: `json` or `protobuf` or `connect-json`";
    assert_eq!(errors, [format!("setting `output.encoding` in config.toml is \"avro\"; {allowed}")]);
    let errors = refused("", &[], &[("output.schema_id", "7")]);
    assert_eq!(
        errors,
        ["setting `output.schema_id` on the command line: goes with `output.encoding = \"protobuf\"` only"]
    );
}

#[test]
fn a_hash_needs_a_key_from_the_environment_or_a_file() {
    let hash = "[output.pii]\ndefault = \"hash\"\n";
    let errors = refused(hash, &[], &[]);
    assert!(errors[0].starts_with("setting `output.pii.default` in config.toml: `hash` needs a key: "), "{errors:?}");
    assert!(errors[0].contains("WRAPUP_OUTPUT__PII_KEY") && errors[0].contains("output.pii_key_file"), "{errors:?}");
    let errors = refused("[output.pii.fields]\ntags = \"hash\"\n", &[], &[]);
    assert!(errors[0].starts_with("setting `output.pii.fields.tags` in config.toml: `hash` needs a key"), "{errors:?}");
    assert!(load(hash, &[A_KEY], &[]).expect("allowed").record_output().is_ok());
    let short = refused(hash, &[("WRAPUP_OUTPUT__PII_KEY", "tell-nobody")], &[]);
    let expected = "setting `output.pii_key` in environment variable WRAPUP_OUTPUT__PII_KEY: the key of the hashes must \
                    have at least 16 bytes";
    assert_eq!(short, [expected]);
    let elsewhere = refused("[output]\npii_key = \"0123456789abcdef\"\n", &[], &[]);
    assert!(elsewhere[0].contains("a secret is given in the environment"), "{elsewhere:?}");
    let both = refused("[output]\npii_key_file = \"k\"\n", &[A_KEY], &[]);
    assert!(both[0].starts_with("setting `output.pii_key_file` in config.toml: gives a key beside"), "{both:?}");
}

#[test]
fn a_key_is_read_from_its_file_without_the_end_of_its_line() {
    let with = |key: &[u8]| {
        let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
        file.write_all(key).expect("written");
        let path = file.path().display().to_string();
        let flags = [("output.pii.default", "hash"), ("output.pii_key_file", &*path)];
        let config = load("", &[], &flags).expect("the file is not read before it is needed");
        config.record_output().map_err(|error| error.replace(&path, "KEY"))
    };
    assert!(with(b"0123456789abcdef\r\n").is_ok() && with(&[0xff; 16]).is_ok());
    let expected = "`output.pii_key_file` names KEY: the key of the hashes must have at least 16 bytes";
    assert_eq!(with(b"0123456789abcde\n").err().as_deref(), Some(expected));
    let config = load("", &[], &[("output.pii_key_file", "no/such/key")]).expect("allowed");
    assert!(
        config.record_output().is_err_and(|error| error.starts_with("`output.pii_key_file` names no/such/key: No"))
    );
}

#[test]
fn a_key_is_never_shown() {
    let config = load("", &[A_KEY], &[]).expect("allowed");
    let all = format!("{config} {config:?} {:?}", config.output);
    assert!(!all.contains(A_KEY.1) && all.contains("output.pii_key = \"***\""), "{all}");
    let errors = refused("[output]\npii_key = 7\n", &[], &[]);
    assert_eq!(errors, ["setting `output.pii_key` in config.toml has a value that is not allowed; allowed: a text"]);
}

#[test]
fn fields_are_chosen_by_their_names() {
    let toml = "[output.pii.fields]\n\"meets.from\" = \"drop\"\nprofile.custom.Tier = \"keep\"\nname = \"hash\"\n";
    let variables = [("WRAPUP_OUTPUT__PII__FIELDS__PROFILE_CSATCOMMENT", "drop"), A_KEY];
    let config = load(toml, &variables, &[("output.pii.fields.name", "keep")]).expect("allowed");
    let expected = [
        ("meets.from", Pii::Drop),
        ("name", Pii::Keep),
        ("profile.csatComment", Pii::Drop),
        ("profile.custom.Tier", Pii::Keep),
    ];
    let expected: BTreeMap<String, Pii> = expected.map(|(name, pii)| (name.to_owned(), pii)).into();
    assert_eq!(config.output_pii.fields.0, expected);
    let unknown = |name: &str| refused("", &[], &[(&format!("output.pii.fields.{name}"), "drop")]).remove(0);
    assert_eq!(unknown("nmae"), "unknown setting `output.pii.fields.nmae` on the command line");
    assert_eq!(
        unknown("profile.tier"),
        "unknown setting `output.pii.fields.profile.tier` on the command line (did you mean \
         `output.pii.fields.profile.custom.tier`?)"
    );
    assert!(unknown("Meets.From").ends_with("(did you mean `output.pii.fields.meets.from`?)"));
    let errors = refused("[output.pii.fields]\nname = \"mask\"\n", &[], &[]);
    let expected = "setting `output.pii.fields.name` in config.toml is \"mask\"; allowed: fields of the record, each \
                    `keep` or `hash` or `drop`";
    assert_eq!(errors, [expected]);
    let shown_again = load("[output.pii.fields]\ntags = \"drop\"\n", &[], &[]).expect("allowed");
    assert_eq!(load(&shown(&shown_again), &[], &[]), Ok(shown_again));
}
