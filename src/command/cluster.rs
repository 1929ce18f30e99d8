//! The broker that the configuration names.

use std::sync::Arc;
use std::time::Duration;

use super::Failure;
use crate::clock::Clock;
use crate::config::Config;
use crate::log::kafka::{KafkaCluster, KafkaSettings};
use crate::log::{Cluster, LogError};

/// How long to wait before a broker that did not answer is asked again.
const AGAIN: Duration = Duration::from_millis(250);

/// The cluster of the configuration, once it has answered.
///
/// # Errors
/// It did not within `kafka.start_timeout`, or refuses the settings.
pub fn connect(config: &Config, clock: &Arc<dyn Clock>) -> Result<Arc<dyn Cluster>, Failure> {
    let cluster = KafkaCluster::new(settings(config), Arc::clone(clock))?;
    let deadline = clock.monotonic() + config.kafka.start_timeout;
    loop {
        match cluster.cluster_id() {
            Ok(_) => return Ok(Arc::new(cluster)),
            Err(LogError::Unavailable(_)) if clock.monotonic() < deadline => clock.sleep(AGAIN),
            Err(LogError::Unavailable(detail)) => {
                return Err(Failure::failed(format!(
                    "no broker answers at {}: start it, or correct kafka.bootstrap_servers ({detail})",
                    config.kafka.bootstrap_servers.join(",")
                )));
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// How the configuration says the cluster is to be reached.
fn settings(config: &Config) -> KafkaSettings {
    let kafka = &config.kafka;
    let owned = |properties: &crate::config::Properties| {
        properties.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    };
    // A third is for what producers hold; of four topics something is fetched ahead, those of the second stage included.
    let topic_queue_bytes = usize::try_from(config.memory.shares().queues / 3 * 2 / 4).unwrap_or(usize::MAX);
    KafkaSettings {
        topic_queue_bytes,
        common: owned(&kafka.common),
        consumer: owned(&kafka.consumer),
        producer: owned(&kafka.producer),
        session_timeout: kafka.session_timeout,
        transaction_timeout: kafka.transaction_timeout,
        ..KafkaSettings::new(kafka.bootstrap_servers.join(","))
    }
}
