//! The log: Kafka or the in-process one, behind one trait.
