//! The channel documents of one task: the directory's, and the last usable ones kept with the state.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::calendar::ChannelDocument;
use crate::codec::{Row, decode_document, document_key, document_range, encode_document, parse_key};
use crate::store::{Store, WriteBatch};

use super::TaskError;
use super::directory::{Document, Known, Snapshot};

/// The documents of the channels that chats of the task name. Each is kept in store and changelog: should the directory's
/// newest be unusable after a restart, the one kept stays in force (`events.md`, directory-events); and should it be
/// another one, what was made with the one kept is restated.
pub struct Documents {
    /// By channel; `None`: it has no document.
    kept: BTreeMap<Box<str>, Option<Document>>,
    /// Channels whose row is to be written.
    unwritten: BTreeSet<Box<str>>,
    /// The directory that was looked at last.
    version: Option<u64>,
    absent: Arc<ChannelDocument>,
}

impl Documents {
    /// Reads those that are kept.
    ///
    /// # Errors
    /// [`TaskError`] when the store or a row of it cannot be read.
    pub fn read(store: &dyn Store) -> Result<Self, TaskError> {
        let mut kept = BTreeMap::new();
        let mut damaged = None;
        let (from, to) = document_range();
        store.scan(&from, &to, &mut |key, value| {
            match read_row(key, value) {
                Ok((channel, document)) => drop(kept.insert(channel, document)),
                Err(error) => damaged = Some(error),
            }
            damaged.is_none()
        })?;
        match damaged {
            Some(error) => Err(error),
            None => Ok(Documents {
                kept,
                unwritten: BTreeSet::new(),
                version: None,
                absent: Arc::new(ChannelDocument::absent()),
            }),
        }
    }

    /// Takes the directory's newest over. Gives the channels whose document now says something else.
    pub fn look(&mut self, directory: &Snapshot) -> Vec<Box<str>> {
        if self.version.replace(directory.version) == Some(directory.version) {
            return Vec::new();
        }
        let absent = self.absent.hash();
        let hash = |document: &Option<Document>| document.as_ref().map_or(absent, |document| document.compiled.hash());
        let mut changed = Vec::new();
        for (channel, kept) in &mut self.kept {
            let newest = newest(directory, channel, kept.as_ref());
            if newest.as_ref().map(|d| d.fingerprint) == kept.as_ref().map(|d| d.fingerprint) {
                continue;
            }
            if hash(&newest) != hash(kept) {
                changed.push(channel.clone());
            }
            *kept = newest;
            self.unwritten.insert(channel.clone());
        }
        changed
    }

    /// The document in force for a channel; without one (or without a channel): always open. From then on it is kept.
    pub fn of(&mut self, directory: &Snapshot, channel: Option<&str>) -> Arc<ChannelDocument> {
        let Some(channel) = channel else { return Arc::clone(&self.absent) };
        if !self.kept.contains_key(channel) {
            self.kept.insert(channel.into(), newest(directory, channel, None));
            self.unwritten.insert(channel.into());
        }
        let document = self.kept.get(channel).and_then(Option::as_ref);
        document.map_or_else(|| Arc::clone(&self.absent), |document| Arc::clone(&document.compiled))
    }

    /// Whether there is something to write.
    pub fn is_written(&self) -> bool {
        self.unwritten.is_empty()
    }

    /// Adds the rows of changed documents.
    pub fn write(&self, rows: &mut WriteBatch) {
        for channel in &self.unwritten {
            let raw = self.kept.get(channel).and_then(Option::as_ref).map(|document| &*document.raw);
            rows.put(document_key(channel), encode_document(raw));
        }
    }

    /// The rows that `write` gave are stored.
    pub fn stored(&mut self) {
        self.unwritten.clear();
    }
}

/// The directory's newest, or the one kept where the directory has only unusable ones.
fn newest(directory: &Snapshot, channel: &str, kept: Option<&Document>) -> Option<Document> {
    match directory.channel(channel) {
        Some(Known::Unusable) => kept.cloned(),
        Some(Known::Usable(document)) => Some(document.clone()),
        Some(Known::Deleted) | None => None,
    }
}

fn read_row(key: &[u8], value: &[u8]) -> Result<(Box<str>, Option<Document>), TaskError> {
    let Some(Row::Document(channel)) = parse_key(key) else {
        return Err(TaskError::Damaged("a document under a key of another kind".to_owned()));
    };
    let document = decode_document(value)?.map(Document::parse).transpose().map_err(TaskError::Damaged)?;
    Ok((channel.into(), document))
}
