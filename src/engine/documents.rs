//! The channel documents of one task: the directory's, and the last usable ones kept with the state.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::calendar::ChannelDocument;
use crate::codec::{decode_document, document_key, encode_document};
use crate::store::{Store, WriteBatch};

use super::TaskError;
use super::directory::{Document, Known, Snapshot};

/// Finds the document of a chat's channel, and keeps in store and changelog the last usable one of every channel that a
/// chat of the task names: should the directory's newest be unusable after a restart, that one stays in force
/// (`events.md`, directory-events).
pub struct Documents {
    kept: HashMap<Box<str>, Option<Document>>,
    /// Channels whose kept document differs from the stored one.
    changed: BTreeSet<Box<str>>,
    absent: Arc<ChannelDocument>,
}

impl Documents {
    /// Nothing read yet.
    pub fn new() -> Self {
        Documents { kept: HashMap::new(), changed: BTreeSet::new(), absent: Arc::new(ChannelDocument::absent()) }
    }

    /// The document in force for a channel; without one (or without a channel): always open.
    ///
    /// # Errors
    /// [`TaskError`] when the store cannot be read.
    pub fn of(
        &mut self,
        store: &dyn Store,
        directory: &Snapshot,
        channel: Option<&str>,
    ) -> Result<Arc<ChannelDocument>, TaskError> {
        let Some(channel) = channel else { return Ok(Arc::clone(&self.absent)) };
        if !self.kept.contains_key(channel) {
            let kept = match store.get(&document_key(channel))? {
                Some(bytes) => Some(Document::parse(decode_document(&bytes)?).map_err(TaskError::Damaged)?),
                None => None,
            };
            self.kept.insert(channel.into(), kept);
        }
        let kept = self.kept.get_mut(channel).expect("just inserted");
        let newest = match directory.channel(channel) {
            Some(Known::Unusable) => kept.clone(),
            Some(Known::Usable(document)) => Some(document.clone()),
            None => None,
        };
        if newest.as_ref().map(|d| d.fingerprint) != kept.as_ref().map(|d| d.fingerprint) {
            self.changed.insert(channel.into());
            kept.clone_from(&newest);
        }
        Ok(newest.map_or_else(|| Arc::clone(&self.absent), |document| document.compiled))
    }

    /// Adds the rows of changed documents.
    pub fn write(&self, rows: &mut WriteBatch) {
        for channel in &self.changed {
            match self.kept.get(channel).and_then(Option::as_ref) {
                Some(document) => rows.put(document_key(channel), encode_document(&document.raw)),
                None => rows.delete(document_key(channel)),
            }
        }
    }

    /// The rows that `write` gave are stored.
    pub fn stored(&mut self) {
        self.changed.clear();
    }
}
