//! How a value came about: the chat as it was known after each event, in canonical order.

use crate::calendar::ChannelDocument;
use crate::chat::metric::Facts;
use crate::chat::{Fold, Folded, Inserted, Journal};
use crate::time::Timestamp;

/// What a history is read from.
#[derive(Clone, Copy)]
pub(super) struct History<'h> {
    pub chat_id: &'h str,
    pub journal: &'h Journal,
    pub document: &'h ChannelDocument,
    pub due: Timestamp,
}

impl History<'_> {
    /// The events at which the value changed, each with what it was from then on.
    ///
    /// The value is computed anew after each event: for people who doubt a number that is fast enough, and it cannot
    /// depart from the formula.
    pub fn of(&self, value: impl Fn(&Facts<'_>) -> String) -> Vec<(usize, String)> {
        let (mut journal, mut fold) = (Journal::new(), Fold::default());
        let mut last = value(&Facts::new(self.chat_id, &journal, &fold, self.document, self.due));
        let mut changes = Vec::new();
        for (at, event) in self.journal.iter().enumerate() {
            let inserted = journal.insert(event.clone());
            assert_eq!(inserted, Inserted::Appended, "a journal is walked in canonical order, without duplicates");
            if fold.append(event) == Folded::Stale {
                fold = Fold::of(&journal);
            }
            let now = value(&Facts::new(self.chat_id, &journal, &fold, self.document, self.due));
            if now != last {
                changes.push((at, now.clone()));
                last = now;
            }
        }
        changes
    }
}
