//! The channel documents of one task: the directory's, and the last usable ones kept with the state.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::calendar::ChannelDocument;
use crate::codec::{
    Row, decode_document, document_key, document_range, document_version_key, document_version_range, encode_document,
    parse_key,
};
use crate::store::{Store, WriteBatch};

use super::TaskError;
use super::directory::{Document, Known, Snapshot};

/// The documents of the channels that chats of the task name. Each is kept in store and changelog: should the directory's
/// newest be unusable after a restart, the one kept stays in force (`events.md`, directory-events); and should it be
/// another one, what was made with the one kept is restated. Until that is done, the earlier one is kept as well: what a
/// chat contributed to metric snapshots with it must be taken back exactly.
pub struct Documents {
    /// By channel; `None`: it has no document.
    kept: BTreeMap<Box<str>, Option<Document>>,
    /// Channels whose row is to be written.
    unwritten: BTreeSet<Box<str>>,
    /// Earlier ones, by channel and hash.
    versions: BTreeMap<(Box<str>, u128), Document>,
    /// Those whose row is to be written, or deleted.
    unwritten_versions: BTreeSet<(Box<str>, u128)>,
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
        let (mut kept, mut versions) = (BTreeMap::new(), BTreeMap::new());
        for (from, to) in [document_range(), document_version_range()] {
            let mut damaged = None;
            store.scan(&from, &to, &mut |key, value| {
                let document = read_document(value);
                match (parse_key(key), document) {
                    (Some(Row::Document(channel)), Ok(document)) => drop(kept.insert(channel.into(), document)),
                    (Some(Row::DocumentVersion(channel, hash)), Ok(Some(document))) => {
                        versions.insert((channel.into(), hash), document);
                    }
                    (_, Err(error)) => damaged = Some(error),
                    _ => damaged = Some(TaskError::Damaged("a document under a key of another kind".to_owned())),
                }
                damaged.is_none()
            })?;
            if let Some(error) = damaged {
                return Err(error);
            }
        }
        Ok(Documents {
            kept,
            unwritten: BTreeSet::new(),
            versions,
            unwritten_versions: BTreeSet::new(),
            version: None,
            absent: Arc::new(ChannelDocument::absent()),
        })
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
            let is_changed = hash(&newest) != hash(kept);
            let before = std::mem::replace(kept, newest);
            if is_changed {
                changed.push(channel.clone());
                if let Some(before) = before {
                    let version = (channel.clone(), before.compiled.hash());
                    self.unwritten_versions.insert(version.clone());
                    self.versions.insert(version, before);
                }
            }
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

    /// The document of a channel with this hash, in force or an earlier one.
    ///
    /// # Errors
    /// [`TaskError`] when it is not there: then the state is not what this program writes.
    pub fn version(&self, channel: Option<&str>, hash: u128) -> Result<Arc<ChannelDocument>, TaskError> {
        let kept = channel.and_then(|channel| self.kept.get(channel)).and_then(Option::as_ref);
        let earlier = channel.and_then(|channel| self.versions.get(&(channel.into(), hash)));
        let known = kept.into_iter().chain(earlier).map(|document| &document.compiled);
        let found = known.chain([&self.absent]).find(|document| document.hash() == hash);
        found.map(Arc::clone).ok_or_else(|| {
            TaskError::Damaged(format!(
                "the document {hash:032x} of channel {channel:?} is missing, which chats refer to"
            ))
        })
    }

    /// The hash of the document kept for a channel.
    pub fn hash(&self, channel: &str) -> u128 {
        let kept = self.kept.get(channel).and_then(Option::as_ref);
        kept.map_or(self.absent.hash(), |document| document.compiled.hash())
    }

    /// No kept chat of the channel refers to an earlier document of it any more.
    pub fn forget_versions(&mut self, channel: &str) {
        let gone: Vec<_> = self.versions.keys().filter(|(of, _)| &**of == channel).cloned().collect();
        for version in gone {
            self.versions.remove(&version);
            self.unwritten_versions.insert(version);
        }
    }

    /// Whether there is something to write.
    pub fn is_written(&self) -> bool {
        self.unwritten.is_empty() && self.unwritten_versions.is_empty()
    }

    /// Adds the rows of changed documents.
    pub fn write(&self, rows: &mut WriteBatch) {
        for channel in &self.unwritten {
            let raw = self.kept.get(channel).and_then(Option::as_ref).map(|document| &*document.raw);
            rows.put(document_key(channel), encode_document(raw));
        }
        for version in &self.unwritten_versions {
            let key = document_version_key(&version.0, version.1);
            match self.versions.get(version) {
                Some(document) => rows.put(key, encode_document(Some(&document.raw))),
                None => rows.delete(key),
            }
        }
    }

    /// The rows that `write` gave are stored.
    pub fn stored(&mut self) {
        self.unwritten.clear();
        self.unwritten_versions.clear();
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

fn read_document(value: &[u8]) -> Result<Option<Document>, TaskError> {
    decode_document(value)?.map(Document::parse).transpose().map_err(TaskError::Damaged)
}
