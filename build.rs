//! Generates the state messages from `proto/`.

fn main() -> std::io::Result<()> {
    println!("cargo::rerun-if-changed=proto");
    let files = ["proto/wrapup/v1/snapshot.proto", "proto/wrapup/v1/state.proto"];
    prost_build::compile_protos(&files, &["proto"]).map_err(|error| {
        std::io::Error::other(format!(
            "{error}\nhint: `make setup` installs the protobuf compiler (Debian: protobuf-compiler)"
        ))
    })
}
