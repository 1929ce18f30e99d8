//! Settings: file, environment and flags; what is accepted is shown so that it reads the same, and no secret is shown.

use std::fmt::Write;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use wrapup::config::{Config, ConfigError, ConfigErrors, Place, Problem, SETTINGS, example_toml, variable};
use xxhash_rust::xxh3::xxh3_64;

use super::allocator::measured;
use super::dice::Dice;
use super::run::{Seen, Target};
use super::{bytes, json};

/// Between the file, the environment and the flags.
const NEXT: &str = "\n--\n";
/// Never to be seen.
const SECRET: &str = "s3cret-s3cret-s3cret";

/// The target, with a file to write the inputs to.
pub struct Settings {
    file: tempfile::NamedTempFile,
    seeds: Vec<Vec<u8>>,
}

impl Settings {
    pub fn new() -> Settings {
        Settings { file: tempfile::NamedTempFile::new().expect("a file"), seeds: seeds() }
    }

    fn load(
        &self,
        file: &str,
        environment: &[(String, String)],
        flags: &[(String, String)],
    ) -> Result<Config, ConfigErrors> {
        // Made shorter behind what is written, not emptied before: some file systems wait for the disk after that.
        self.file.as_file().write_all_at(file.as_bytes(), 0).expect("the file can be written");
        self.file.as_file().set_len(file.len() as u64).expect("the file can be written");
        Config::load(Some(self.file.path()), environment.iter().cloned(), flags)
    }
}

impl Target for Settings {
    fn name(&self) -> &'static str {
        "config"
    }

    fn about(&self) -> &'static str {
        "settings: file, environment, flags"
    }

    fn seeds(&self) -> Vec<Vec<u8>> {
        self.seeds.clone()
    }

    fn mutated(&self, corpus: &[Vec<u8>], dice: &mut Dice) -> Vec<u8> {
        // What was kept is mostly wrong in some way.
        let from = if dice.percent(60) { &self.seeds[..] } else { corpus };
        let text = String::from_utf8_lossy(dice.pick(from).as_slice()).into_owned();
        let donor = String::from_utf8_lossy(dice.pick(corpus).as_slice()).into_owned();
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let given: Vec<&str> = donor.lines().collect();
        for _ in 0..1 + dice.below(4) {
            let at = dice.below(lines.len());
            match dice.below(7) {
                0 if !lines.is_empty() => drop(lines.remove(at)),
                1 if !given.is_empty() => lines.insert(at, (*dice.pick(&given)).to_owned()),
                2 => lines.insert(at, line(dice)),
                3..5 if !lines.is_empty() => another_value(&mut lines[at], dice),
                5 if lines.len() > 1 => lines.swap(0, at),
                _ => {}
            }
        }
        let mut out = lines.join("\n").into_bytes();
        if dice.percent(15) {
            bytes::mutate(&mut out, dice);
        }
        out.truncate(bytes::BYTES_MAX);
        out
    }

    fn check(&self, input: &[u8]) -> Seen {
        let text = String::from_utf8_lossy(input).into_owned();
        let mut parts = text.splitn(3, NEXT);
        let file = parts.next().unwrap_or_default();
        let pairs = |text: &str| -> Vec<(String, String)> {
            text.lines().filter_map(|line| line.split_once('=')).map(|(k, v)| (k.to_owned(), v.to_owned())).collect()
        };
        let mut environment = pairs(parts.next().unwrap_or_default());
        let flags = pairs(parts.next().unwrap_or_default());
        environment.push(("WRAPUP_KAFKA__COMMON__SASL_PASSWORD".to_owned(), SECRET.to_owned()));
        environment.push(("WRAPUP_OUTPUT__PII_KEY".to_owned(), SECRET.to_owned()));
        let (loaded, cost) = measured(|| self.load(file, &environment, &flags));
        let len = text.len() as u64;
        assert!(cost.bytes <= (1 << 20) + 2_000 * len, "{} bytes allocated for {len} bytes", cost.bytes);
        let about = match &loaded {
            Ok(config) => {
                self.reads_the_same(config);
                format!("{:?} {}", config.output, config.workers)
            }
            Err(errors) => {
                assert!(!errors.to_string().contains(SECRET), "a secret is told");
                let kind = |error: &ConfigError| (std::mem::discriminant(&error.problem), known(&error.key).to_owned());
                format!("{:?}", errors.0.first().map(kind))
            }
        };
        self.tells_nothing_of_a_broken_file(file);
        Seen { signature: xxh3_64(about.as_bytes()), accepted: loaded.is_ok(), cost }
    }
}

impl Settings {
    /// What `check-config` prints, as a file, gives the same settings; secrets are not in it.
    fn reads_the_same(&self, config: &Config) {
        let shown = config.to_string();
        assert!(!shown.contains(SECRET), "a secret is shown");
        let visible: String =
            shown.lines().filter(|line| !line.contains("***")).fold(String::new(), |all, line| all + line + "\n");
        let secrets = [("WRAPUP_KAFKA__COMMON__SASL_PASSWORD", SECRET), ("WRAPUP_OUTPUT__PII_KEY", SECRET)];
        let secrets = secrets.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let again = self.load(&visible, &secrets, &[]).unwrap_or_else(|errors| panic!("{errors}\nof\n{visible}"));
        if shown.matches("***").count() == 2 {
            assert_eq!(again.to_string(), shown, "shown and read back");
        }
    }

    /// A file that cannot be read as TOML is not quoted: the line may hold a secret.
    fn tells_nothing_of_a_broken_file(&self, file: &str) {
        let with_secret = format!("{file}\npassword = {SECRET}");
        let Err(errors) = self.load(&with_secret, &[], &[]) else { return };
        for error in errors.0.iter().filter(|error| matches!(error.problem, Problem::Unreadable { .. })) {
            assert_eq!(error.place, Place::File(PathBuf::from(self.file.path())));
            assert!(!error.to_string().contains(SECRET), "{error}");
        }
    }
}

/// Every setting at its default: in the file, in the environment, by a flag.
fn seeds() -> Vec<Vec<u8>> {
    let example = example_toml();
    let set: String =
        example.lines().filter(|line| !line.starts_with('#')).fold(String::new(), |all, line| all + line + "\n");
    let mut seeds = vec![format!("{set}{NEXT}{NEXT}"), format!("{NEXT}{NEXT}"), example.replace("\n# ", "\n")];
    for setting in SETTINGS {
        let value = setting.default.unwrap_or("a");
        let name = variable(setting.key);
        seeds.push(format!("{NEXT}{name}={value}{NEXT}{}={value}", setting.key));
    }
    seeds.push(format!("[kafka.common]\n\"security.protocol\" = \"ssl\"\n[output.pii.fields]\nname = \"drop\"\n{NEXT}WRAPUP_KAFKA__CONSUMER__FETCH_MIN_BYTES=1{NEXT}"));
    seeds.into_iter().map(String::into_bytes).collect()
}

/// A setting's key, if it is one.
fn known(key: &str) -> &str {
    SETTINGS.iter().find(|setting| key.starts_with(setting.key)).map_or("", |setting| setting.key)
}

/// A setting in some notation.
fn line(dice: &mut Dice) -> String {
    let setting = dice.pick(SETTINGS);
    let value = value(dice);
    match dice.below(5) {
        0 => format!("{} = {value}", setting.key),
        1 => format!("{}={value}", setting.key),
        2 => format!("{}={value}", variable(setting.key)),
        3 => format!("[{}]", setting.key.split('.').next().unwrap_or_default()),
        _ => format!("\"{}\".{} = {value}", setting.key, json::text(dice)),
    }
}

fn another_value(line: &mut String, dice: &mut Dice) {
    if let Some(at) = line.find('=') {
        line.truncate(at + 1);
        let _ = write!(line, " {}", value(dice));
    }
}

fn value(dice: &mut Dice) -> String {
    let number = *dice.pick(&[0, 1, 2, 16, 64, 1_000, 10_001, u64::MAX]);
    match dice.below(8) {
        0 => format!("{number}"),
        1 => format!("\"{number}{}\"", dice.pick(&["ms", "s", "m", "h", "d", "MB", "MiB", "GiB", "", " s", "x"])),
        2 => format!("{number}{}", dice.pick(&["ms", "s", "m", "h", "d", "MB", "MiB", "KiB"])),
        3 => (*dice.pick(&[
            "true",
            "false",
            "[]",
            "[\"a:1\", \"b:2\"]",
            "{}",
            "{a=1}",
            "2026-03-02",
            "1.5",
            "nan",
            "'x'",
            "\"\"",
        ]))
        .to_owned(),
        4 => format!(
            "{:?}",
            dice.pick(&["earliest", "any", "json", "flat", "hash", "drop", "keep", "protobuf", "text", "trace"])
        ),
        5 => (*dice.pick(&["earliest", "any", "json", "flat", "hash", "drop", "a,b", "127.0.0.1:9092", "[::1]:1"]))
            .to_owned(),
        6 => format!("{:?}", json::text(dice)),
        _ => json::text(dice),
    }
}
