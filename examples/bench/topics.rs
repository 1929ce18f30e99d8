//! Deletes what a measurement has written, so that the disk holds one at a time.

use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions};
use rdkafka::client::DefaultClientContext;
use serde_json::{Value, json};

use super::Failure;

/// Which topics.
#[derive(Debug, clap::Args)]
pub struct DropArgs {
    /// The broker
    #[arg(long)]
    brokers: String,
    /// The topics
    topics: Vec<String>,
}

/// Deletes them.
pub fn drop_topics(args: &DropArgs) -> Result<Value, Failure> {
    let client: AdminClient<DefaultClientContext> =
        ClientConfig::new().set("bootstrap.servers", &args.brokers).create()?;
    let names: Vec<&str> = args.topics.iter().map(String::as_str).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let results = runtime.block_on(client.delete_topics(&names, &AdminOptions::new()))?;
    let deleted = results.iter().filter(|result| result.is_ok()).count();
    Ok(json!({ "deleted": deleted }))
}
