//! Topics and the cluster itself.

use std::collections::BTreeMap;

use crate::log::{Batch, LogError, Membership, TopicCreated, TopicSpec};

use super::{Subject, World, plain};

pub(super) fn topics_are_created_once_and_described(subject: &dyn Subject) {
    let world = World::new(subject);
    let config = BTreeMap::from([("cleanup.policy".to_string(), "compact".to_string())]);
    let spec = |name: String, partitions| TopicSpec { name, partitions, replication: Some(1), config: config.clone() };
    let (one, two) = (world.name("one"), world.name("two"));
    let created = world.cluster.create_topics(&[spec(one.clone(), 3)]);
    assert_eq!(created, Ok(vec![TopicCreated::Created]));
    world.until("the topic is known", || world.cluster.partitions(&one) == Ok(Some(3)));

    let created = world.cluster.create_topics(&[spec(two.clone(), 1), spec(one.clone(), 7)]);
    assert_eq!(created, Ok(vec![TopicCreated::Created, TopicCreated::Existed]));
    world.until("the topic is known", || world.cluster.partitions(&two) == Ok(Some(1)));
    assert_eq!(world.cluster.partitions(&one), Ok(Some(3)), "an existing topic is left as it is");
    let found = world.cluster.topic_config(&one).expect("a configuration is read").expect("of a topic that exists");
    assert_eq!(found.get("cleanup.policy").map(String::as_str), Some("compact"));
    assert!(found.contains_key("max.message.bytes"), "defaults are part of the effective configuration");
}

pub(super) fn a_cluster_has_a_lasting_id(subject: &dyn Subject) {
    let world = World::new(subject);
    let id = world.cluster.cluster_id().expect("a cluster has an id");
    assert!(!id.is_empty());
    assert_eq!(world.cluster.cluster_id(), Ok(id));
}

pub(super) fn a_missing_topic_is_none_and_fatal_to_use(subject: &dyn Subject) {
    let world = World::new(subject);
    let missing = world.name("missing");
    assert_eq!(world.cluster.partitions(&missing), Ok(None));
    assert_eq!(world.cluster.topic_config(&missing), Ok(None));
    let bounds = world.cluster.bounds(&missing, 0);
    assert!(matches!(bounds, Err(LogError::Fatal(_))), "{bounds:?}");
    assert_eq!(world.cluster.partitions(&missing), Ok(None), "asking creates nothing");

    let mut feed = world.cluster.feed().expect("a feed is made");
    let sent = feed.send(plain(&missing, 0, "x"), None).and_then(|()| feed.flush());
    assert!(matches!(sent, Err(LogError::Fatal(_))), "{sent:?}");
}

/// By `join` itself or by a later poll, but clearly: a worker must not idle over a misspelt topic.
pub(super) fn joining_for_a_missing_topic_is_fatal(subject: &dyn Subject) {
    let world = World::new(subject);
    let there = world.topic("there", 1);
    let topics = vec![there, world.name("missing")];
    let membership = Membership { group: world.name("group"), instance: world.name("instance"), topics };
    let mut session = match world.cluster.join(&membership) {
        Ok(session) => session,
        Err(LogError::Fatal(_)) => return,
        Err(other) => panic!("joining gave {other:?}"),
    };
    world.until("the missing topic is reported", || match session.poll(&mut Batch::default(), world.limits()) {
        Ok(_) => false,
        Err(LogError::Fatal(_)) => true,
        Err(other) => panic!("polling gave {other:?}"),
    });
}
