//! Who the chat is assigned to (`metrics.md`, Identity and description; Flags and counts).

use super::First;
use crate::time::Timestamp;

/// The assignees, first to last.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Assignment {
    pub assigned_at: First,
    pub first_assignee_id: Option<Box<str>>,
    /// The manager assigned last, also if unassigned since.
    last_assignee_id: Option<Box<str>>,
    is_unassigned: bool,
    pub assignee_id_at_first_close: Option<Box<str>>,
    /// Changes from one manager to another one; unassigning between does not hide them.
    pub reassignment_count: u32,
}

impl Assignment {
    pub fn assign(&mut self, at: Timestamp, manager_id: &str) {
        self.assigned_at.set(at);
        self.is_unassigned = false;
        match &self.last_assignee_id {
            None => self.first_assignee_id = Some(manager_id.into()),
            Some(last) if **last == *manager_id => return,
            Some(_) => self.reassignment_count += 1,
        }
        self.last_assignee_id = Some(manager_id.into());
    }

    pub fn unassign(&mut self) {
        self.is_unassigned = true;
    }

    /// The current assignee.
    pub fn assignee_id(&self) -> Option<&str> {
        self.last_assignee_id.as_deref().filter(|_| !self.is_unassigned)
    }

    pub fn keep_for_first_close(&mut self) {
        self.assignee_id_at_first_close = self.assignee_id().map(Into::into);
    }
}
