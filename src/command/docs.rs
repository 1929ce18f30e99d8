//! `wrapup docs`: the pages that are made from the tables in the code.

use std::path::{Path, PathBuf};

use super::{Done, ExitCode, Failure};
use crate::{config, event, record, telemetry};

/// The options of `docs`.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub struct Args {
    /// Write the pages into this working copy
    #[arg(long, value_name = "DIR")]
    write: Option<PathBuf>,
    /// Compare the pages of this working copy
    #[arg(long, value_name = "DIR")]
    check: Option<PathBuf>,
}

/// Every generated page, by its path in the repository.
fn pages() -> Vec<(&'static str, String)> {
    let mut pages = vec![
        ("docs/CONFIG.md", config::markdown()),
        ("docs/METRICS.md", record::metrics_markdown()),
        ("docs/TELEMETRY.md", telemetry::markdown()),
        ("docs/schema/asyncapi.json", record::asyncapi()),
        ("docs/schema/events.schema.json", event::schema::events_json_schema()),
        ("docs/schema/record.schema.json", record::record_json_schema()),
        ("docs/schema/snapshot.schema.json", record::snapshot_json_schema()),
        ("deploy/config.example.toml", config::example_toml()),
        ("proto/wrapup/v1/events.proto", event::schema::events_proto()),
        ("proto/wrapup/v1/record.proto", record::record_proto()),
    ];
    pages.extend(record::warehouse_pages());
    pages
}

/// Writes or compares the pages.
pub fn run(args: &Args) -> Done {
    match (&args.write, &args.check) {
        (Some(root), _) => write(root),
        (None, Some(root)) => check(root),
        (None, None) => Err(Failure::usage("say --write DIR or --check DIR")),
    }
}

fn write(root: &Path) -> Done {
    for (name, text) in pages() {
        let path = root.join(name);
        let folder = path.parent().unwrap_or(root);
        std::fs::create_dir_all(folder)
            .and_then(|()| std::fs::write(&path, text))
            .map_err(|error| Failure::writing(&path.display().to_string(), &error))?;
    }
    Ok(ExitCode::Ok)
}

fn check(root: &Path) -> Done {
    let differs = |(name, text): &(&str, String)| {
        std::fs::read_to_string(root.join(name)).map_or(true, |present| present != *text)
    };
    let stale: Vec<&str> = pages().iter().filter(|page| differs(page)).map(|(name, _)| *name).collect();
    if stale.is_empty() {
        return Ok(ExitCode::Ok);
    }
    Err(Failure::failed(format!("{} not what the code makes: run `make docs` and commit the result", stale.join(", "))))
}
