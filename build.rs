//! Generates the messages of `proto/`: those of state and snapshots for the program; for tests, which read what the
//! program writes and write what it reads, the public ones.

use std::path::{Path, PathBuf};

/// The two of protobuf's well-known files that are needed: not every protobuf compiler brings them.
const WELL_KNOWN: [(&str, &str); 2] = [
    (
        "timestamp",
        "syntax = \"proto3\"; package google.protobuf; message Timestamp { int64 seconds = 1; int32 nanos = 2; }",
    ),
    (
        "struct",
        "syntax = \"proto3\"; package google.protobuf;
        message Struct { map<string, Value> fields = 1; }
        message Value {
          oneof kind {
            NullValue null_value = 1; double number_value = 2; string string_value = 3;
            bool bool_value = 4; Struct struct_value = 5; ListValue list_value = 6;
          }
        }
        enum NullValue { NULL_VALUE = 0; }
        message ListValue { repeated Value values = 1; }",
    ),
];

fn main() -> std::io::Result<()> {
    println!("cargo::rerun-if-changed=proto");
    let files = ["proto/wrapup/snapshot/v1/snapshot.proto", "proto/wrapup/v1/state.proto"];
    prost_build::compile_protos(&files, &["proto"]).map_err(with_hint)?;
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets it"));
    public(&out.join("public"))
}

/// The public messages, and modules around them, in a folder of their own.
fn public(out: &Path) -> std::io::Result<()> {
    let include = out.join("include");
    std::fs::create_dir_all(include.join("google/protobuf"))?;
    for (name, text) in WELL_KNOWN {
        std::fs::write(include.join(format!("google/protobuf/{name}.proto")), text)?;
    }
    prost_build::Config::new()
        .out_dir(out)
        .include_file("mod.rs")
        .compile_well_known_types()
        .btree_map(["."])
        .type_attribute(".wrapup.v1", "#[derive(serde::Serialize, serde::Deserialize)]")
        .message_attribute(".wrapup.v1", "#[serde(default, rename_all = \"camelCase\")]")
        .compile_protos(
            &[Path::new("proto/wrapup/v1/record.proto"), Path::new("proto/wrapup/v1/events.proto")],
            &[include.as_path(), Path::new("proto")],
        )
        .map_err(with_hint)
}

fn with_hint(error: std::io::Error) -> std::io::Error {
    std::io::Error::other(format!(
        "{error}\nhint: `make setup` installs the protobuf compiler (Debian: protobuf-compiler)"
    ))
}
