//! A fact that changes in the course of a chat.

/// What a fact was after which event: what is in force, at the end and at any event before.
#[derive(Debug)]
pub(super) struct Course<T> {
    /// Places in canonical order, ascending, each with what held from then on.
    changes: Vec<(usize, Option<T>)>,
}

impl<T> Default for Course<T> {
    fn default() -> Course<T> {
        Course { changes: Vec::new() }
    }
}

impl<T: Copy> Course<T> {
    pub fn set(&mut self, position: usize, value: Option<T>) {
        self.changes.push((position, value));
    }

    /// Sets what was given; what was not given changes nothing.
    pub fn give(&mut self, position: usize, value: Option<T>) {
        if value.is_some() {
            self.set(position, value);
        }
    }

    /// In force right after the event at `position`.
    pub fn after(&self, position: usize) -> Option<T> {
        let later = self.changes.partition_point(|&(at, _)| at <= position);
        self.changes[..later].last().and_then(|&(_, value)| value)
    }

    /// In force at the end.
    pub fn last(&self) -> Option<T> {
        self.changes.last().and_then(|&(_, value)| value)
    }
}
