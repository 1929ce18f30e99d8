//! What a read-committed consumer sees of a topic, as it comes.
#![allow(dead_code, reason = "each test uses its own part of it")]

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;
use wrapup::log::{Batch, Cluster, PollLimits, Reader};
use wrapup::time::Timestamp;

use super::until;

const LIMITS: PollLimits = PollLimits { max_records: 10_000, max_bytes: 64 << 20, wait: Duration::from_millis(10) };

/// Name and value of a header.
pub type Header = (String, Option<Vec<u8>>);

/// A record as it was read.
#[derive(Clone, Debug)]
pub struct Record {
    pub partition: u32,
    pub offset: i64,
    pub timestamp: Option<Timestamp>,
    pub key: Option<Vec<u8>>,
    pub value: Option<Vec<u8>>,
    pub headers: Vec<Header>,
}

impl Record {
    pub fn key_text(&self) -> String {
        String::from_utf8_lossy(self.key.as_deref().unwrap_or_default()).into_owned()
    }

    pub fn header(&self, name: &str) -> String {
        let value = self.headers.iter().find(|(of, _)| of == name).and_then(|(_, value)| value.clone());
        String::from_utf8(value.unwrap_or_default()).expect("UTF-8")
    }
}

/// Reads all partitions of a topic from their beginnings.
pub struct Tail {
    readers: Vec<Box<dyn Reader>>,
    batch: Batch,
    pub records: Vec<Record>,
}

impl Tail {
    pub fn new(cluster: &dyn Cluster, topic: &str) -> Tail {
        let partitions = cluster.partitions(topic).expect("asked").expect("a topic");
        let readers = (0..partitions).map(|partition| cluster.reader(topic, partition, 0).expect("a reader"));
        Tail { readers: readers.collect(), batch: Batch::default(), records: Vec::new() }
    }

    /// Takes in what has come.
    pub fn read(&mut self) {
        for (partition, reader) in (0..).zip(&mut self.readers) {
            reader.poll(&mut self.batch, LIMITS).expect("read");
            self.records.extend(self.batch.iter().map(|record| Record {
                partition,
                offset: record.offset(),
                timestamp: record.timestamp(),
                key: record.key().map(<[u8]>::to_vec),
                value: record.value().map(<[u8]>::to_vec),
                headers: record.headers().map(|(name, value)| (name.to_owned(), value.map(<[u8]>::to_vec))).collect(),
            }));
        }
    }

    /// Reads up to the ends that the partitions have now.
    pub fn read_to_end(&mut self, cluster: &dyn Cluster, topic: &str) {
        let partitions = 0..self.readers.len() as u32;
        let ends: Vec<i64> = partitions.map(|partition| cluster.bounds(topic, partition).expect("bounds").1).collect();
        until("the end of the topic", || {
            self.read();
            self.readers.iter().zip(&ends).all(|(reader, end)| reader.position() >= *end).then_some(())
        });
    }

    /// The values as JSON by key, in the order written.
    pub fn by_key(&self) -> BTreeMap<String, Vec<Value>> {
        let mut records: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        for record in &self.records {
            let value = record.value.as_deref().expect("no tombstones");
            records.entry(record.key_text()).or_default().push(serde_json::from_slice(value).expect("JSON"));
        }
        records
    }
}
