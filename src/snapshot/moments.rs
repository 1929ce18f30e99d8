//! `moments[]`: the contributions as rows of the chat's record (`snapshots.md`, In the record).

use super::contribution::{Contributions, Moment};
use super::place::Id;
use crate::chat::metric::{Object, Value};

impl Contributions {
    /// The rows of `moments[]`: one per event and ids, messages left out.
    pub fn moments(&self) -> Value<'_> {
        Value::Rows(self.moments.iter().filter_map(row).collect())
    }
}

/// A moment's row; none if it counts messages only.
fn row(moment: &Moment) -> Option<Object<'_>> {
    let counts = moment.adds.counts.iter().filter(|(counter, _)| !counter.is_of_messages());
    let counts = counts.map(|&(counter, grows)| (counter.path(), Value::Count(grows.unsigned_abs())));
    let values = moment.adds.values.iter().map(|&(distribution, value)| (distribution.path(), value.into()));
    let adds: Object<'_> = counts.chain(values).collect();
    if adds.is_empty() {
        return None;
    }
    Some(vec![
        ("at", moment.at.into()),
        ("team", text(&moment.team)),
        ("manager", text(&moment.manager)),
        ("queue", text(&moment.queue)),
        ("adds", Value::Object(adds)),
    ])
}

fn text(id: &Id) -> Value<'_> {
    id.as_deref().into()
}
