//! How records are written, as configured: what is chosen field by field, the key of the hashes.

use std::collections::BTreeMap;

use super::error::{ConfigError, Place, Problem};
use super::table::name_of_pii;
use super::value::quoted;
use super::{Config, Places};
use crate::record::{KEY_BYTES_MIN, Output, OutputError, OutputOptions, Pii, policy_fields};

const KEY: &str = "output.pii_key";
const KEY_FILE: &str = "output.pii_key_file";
const FIELDS: &str = "output.pii.fields";

const HOW_TO_KEY: &str = "`hash` needs a key: give one in the environment variable WRAPUP_OUTPUT__PII_KEY, or name a file \
                          that holds one by `output.pii_key_file`";

impl Config {
    /// How records are written. Reads the key's file, if there is one.
    ///
    /// # Errors
    /// The file cannot be read, or holds no key that can be used: in words, with the name of the setting.
    pub fn record_output(&self) -> Result<Output, String> {
        let Some(path) = &self.output.pii_key_file else {
            let key = self.output.pii_key.as_ref().map(|key| key.reveal().as_bytes().to_vec());
            return Output::new(&self.options(key)).map_err(|error| format!("`output`: {error}"));
        };
        let wrong = |what: String| format!("`{KEY_FILE}` names {}: {what}", path.display());
        let key = std::fs::read(path).map_err(|error| wrong(error.to_string()))?;
        Output::new(&self.options(Some(without_line_end(key)))).map_err(|error| wrong(error.to_string()))
    }

    fn options(&self, key: Option<Vec<u8>>) -> OutputOptions {
        OutputOptions {
            encoding: self.output.encoding,
            shape: self.output.shape,
            pii: self.output_pii.default,
            fields: self.output_pii.fields.0.clone(),
            key,
            schema_id: self.output.schema_id,
        }
    }
}

/// A key is bytes; the end of the line behind it, which editors and `echo` make, is none of them.
fn without_line_end(mut key: Vec<u8>) -> Vec<u8> {
    for end in [b'\n', b'\r'] {
        key.pop_if(|last| *last == end);
    }
    key
}

/// What of the output does not go together. The key's file is not read: it may lie on another machine.
pub(super) fn conflicts(config: &Config, places: &Places) -> Vec<ConfigError> {
    let mut errors = Vec::new();
    let mut conflict = |key: &str, why: &str| {
        let problem = Problem::Conflict { why: why.to_owned() };
        errors.push(ConfigError { key: key.to_owned(), place: places.of(key), problem });
    };
    let given = config.output.pii_key.as_ref();
    if given.is_some() && config.output.pii_key_file.is_some() {
        conflict(KEY_FILE, "gives a key beside `output.pii_key`: only one of them may");
    }
    if given.is_some() && !matches!(places.of(KEY), Place::Variable(_)) {
        conflict(KEY, "a secret is given in the environment, or in a file named by `output.pii_key_file`, not here");
    }
    let in_file = config.output.pii_key_file.as_ref().map(|_| vec![0; KEY_BYTES_MIN]);
    let key = in_file.or_else(|| given.map(|key| key.reveal().as_bytes().to_vec()));
    match Output::new(&config.options(key)) {
        Ok(_) => {}
        Err(OutputError::NoKey) => {
            let hashed = config.output_pii.fields.0.iter().find(|(_, pii)| **pii == Pii::Hash);
            let key = match (config.output_pii.default, hashed) {
                (Pii::Keep | Pii::Drop, Some((name, _))) => format!("{FIELDS}.{name}"),
                _ => "output.pii.default".to_owned(),
            };
            conflict(&key, HOW_TO_KEY);
        }
        Err(OutputError::SchemaId) => conflict("output.schema_id", "goes with `output.encoding = \"protobuf\"` only"),
        Err(error @ OutputError::ShortKey) => conflict(KEY, &error.to_string()),
        Err(error @ OutputError::UnknownField(_)) => conflict(FIELDS, &error.to_string()),
    }
    errors
}

/// The field that a name in the configuration means; an environment variable has no capital letters, and underscores for
/// dots.
///
/// # Errors
/// There is no such field, or none that can be told from others: perhaps this one was meant.
pub(super) fn field_name(name: &str, place: &Place) -> Result<String, Option<String>> {
    let fields = policy_fields();
    if fields.iter().any(|field| field == name) {
        return Ok(name.to_owned());
    }
    let as_variable = |name: &str| name.to_ascii_lowercase().replace('_', ".");
    let alike: Vec<&String> = fields.iter().filter(|field| as_variable(field) == as_variable(name)).collect();
    match (alike[..].first(), place) {
        (Some(field), Place::Variable(_)) if alike.len() == 1 => Ok((*field).clone()),
        (Some(field), _) => Err(Some(format!("{FIELDS}.{field}"))),
        // Custom keys are the deployment's own: any is known, though not from a variable, which cannot spell them all.
        (None, Place::Variable(_)) => Err(None),
        (None, _) if name.strip_prefix("profile.custom.").is_some_and(|key| !key.is_empty()) => Ok(name.to_owned()),
        (None, _) => {
            let key = name.strip_prefix("profile.");
            Err(key.map(|key| format!("{FIELDS}.profile.custom.{key}")))
        }
    }
}

/// Fields with what becomes of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldPolicies(pub(super) BTreeMap<String, Pii>);

impl FieldPolicies {
    pub(super) fn set(&mut self, field: String, pii: Pii) {
        self.0.insert(field, pii);
    }

    /// One TOML line per field.
    pub(super) fn toml_lines(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(|(name, pii)| format!("{} = {}", quoted(name), quoted(name_of_pii(*pii))))
    }
}
