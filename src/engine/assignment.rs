//! Whether the topics fit together, and what a worker may be given of them (`engine.md`, Co-partitioning).

use crate::log::{Cluster, InputPartition};

use super::{Settings, Stage, Stop};

/// The number of partitions that the inputs of a stage share, and what it writes with them.
///
/// # Errors
/// [`Stop`] naming the counts when they differ, or the topics that are missing.
pub(super) fn co_partitioned(cluster: &dyn Cluster, stage: Stage, settings: &Settings) -> Result<u32, Stop> {
    let topics = stage.inputs(settings);
    let mut counts = Vec::new();
    for topic in topics {
        counts.push(cluster.partitions(topic)?.ok_or_else(|| {
            Stop::Misconfigured(format!("there is no topic {topic}: create it with `wrapup topics create`"))
        })?);
    }
    if counts.iter().any(|count| *count != counts[0]) {
        let each: Vec<String> =
            topics.iter().zip(&counts).map(|(topic, count)| format!("{topic} has {count}")).collect();
        return Err(Stop::Misconfigured(format!(
            "the three input topics must have the same number of partitions, but {}: make them anew with equal counts",
            each.join(", ")
        )));
    }
    for topic in stage.as_wide(settings) {
        match cluster.partitions(topic)? {
            Some(count) if count == counts[0] => {}
            Some(count) => {
                return Err(Stop::Misconfigured(format!(
                    "the topic {topic} has {count} partitions, {} has {}: the number is fixed for the life of an \
                     application id; bring it back, or start under a new application_id",
                    topics[0], counts[0]
                )));
            }
            None => {
                return Err(Stop::Misconfigured(format!(
                    "there is no topic {topic}: create it with `wrapup topics create`"
                )));
            }
        }
    }
    Ok(counts[0])
}

/// The task numbers of an assignment, which must be the same for the three topics.
pub(super) fn one_set(partitions: &[InputPartition], topics: &[String]) -> Result<Vec<u32>, Stop> {
    let of = |topic: usize| {
        let mut set: Vec<u32> = partitions.iter().filter(|at| at.topic == topic).map(|at| at.partition).collect();
        set.sort_unstable();
        set
    };
    let first = of(0);
    for topic in 1..topics.len() {
        if of(topic) != first {
            return Err(Stop::Misconfigured(format!(
                "this worker was given partitions {first:?} of {}, but {:?} of {}: every instance of the application must \
                 subscribe to the three topics and use the `range` assignor",
                topics[0],
                of(topic),
                topics[topic]
            )));
        }
    }
    Ok(first)
}
